"""The public extract: another document than the minutes, made from what is public alone.

It names nobody, and it counts its items by itself: that there were others is not in it.
"""

from collections.abc import Sequence

from core.api import Viewer, blocks, format_datetime, utcnow
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.services.disclosure import public_extract
from plugins.meetings.services.papers.common import (
    decision_texts,
    heads,
    other_title,
    paper,
    votes,
    when,
    written,
)
from plugins.meetings.words import DECISION_STATES


def extract_paper(meeting_id: str, viewer: Viewer, languages: Sequence[str]) -> blocks.Paper | None:
    """The extract, in the language of whoever makes it and the city's side by side; None before the approval."""
    extract = public_extract(meeting_id, viewer)
    if extract is None:
        return None
    rows: list[tuple[str, blocks.Words]] = [
        (_("Body"), extract.body),
        (_p("head of a column", "When"), when(extract.wall_start, None)),
    ]
    if extract.place:
        rows.append((_p("meeting", "Where"), blocks.Text(extract.place, extract.language)))
    parts: list[blocks.Part] = [blocks.Facts(rows)]
    if not extract.items:
        parts.append(blocks.Lines(_("Nothing of this meeting is public."), "soft"))
    for item in extract.items:
        parts.append(blocks.Heading(written(item.title), number=str(item.number)))
        called = [other_title(item, code) for code in languages]
        if any(called):
            sides = [blocks.Side(title) for title in called]
            number = _("Item %(number)s", number=item.number)
            parts.append(blocks.Beside(heads(languages), [("", sides)], number))
        for decision in item.decisions:
            told: list[tuple[str, blocks.Words]] = [
                (_("Votes"), votes(decision)),
                (_("Legal basis"), decision.legal_basis),
            ]
            known = [(name, value) for name, value in told if value]
            parts.append(
                blocks.Framed(
                    _("Decision %(label)s", label=decision.label),
                    "" if decision.state == "in_force" else str(DECISION_STATES[decision.state]),
                    [
                        decision_texts(decision, languages, names=("text", "rationale")),
                        *([blocks.Facts(known)] if known else []),
                    ],
                )
            )
    return paper(
        _("Public extract"),
        extract.title,
        viewer,
        parts,
        mark=_("Public"),
        foot=_("Made on %(when)s", when=format_datetime(utcnow())),
        wide=len(languages) > 2,
    )
