"""The agenda on paper: what is discussed, in every language of the city, and what changed since it was last sent."""

from collections.abc import Iterator, Sequence

from core.api import Viewer, blocks, format_number, ngettext
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.known import AnyItem, ItemView, MeetingView, Withheld
from plugins.meetings.services.papers.attached import Attached, attached_to, attached_words
from plugins.meetings.services.papers.common import (
    facts,
    for_whom,
    heads,
    paper,
    said_beside,
    title_in,
    with_original,
)
from plugins.meetings.services.papers.reissued import what_changed
from plugins.meetings.words import PURPOSES, SECTIONS, STATES, State


def agenda_paper(
    meeting_id: str,
    viewer: Viewer,
    languages: Sequence[str],
    attached: Sequence[Attached] | None = None,
) -> blocks.Paper | None:
    """The agenda for ``viewer``, restricted items withheld; ``attached`` are its attachments, else all are linked."""
    meeting = read_meeting(meeting_id, viewer, minutes=False, handed_on=True)
    if meeting is None:
        return None
    if attached is None:
        attached = attached_to(meeting)
    more: list[tuple[str, blocks.Words]] = []
    if meeting.issue:
        more.append((_p("agenda", "Issue"), format_number(meeting.issue)))
    if meeting.minutes_planned:
        more.append(
            (
                _p("agenda", "Planned"),
                ngettext("%(num)s minute", "%(num)s minutes", meeting.minutes_planned),
            )
        )
    parts: list[blocks.Part] = [facts(meeting, more)]
    if meeting.reason:
        parts.insert(0, blocks.Lines(blocks.Text(meeting.reason, meeting.language)))
    if meeting.state in {State.CANCELLED, State.POSTPONED}:
        parts.insert(0, blocks.Lines(str(STATES[meeting.state]), "lead"))
    since, changes = what_changed(meeting, viewer)
    if changes:
        parts += [
            blocks.Heading(_("Changed since issue %(number)s", number=since)),
            blocks.Listed(changes),
        ]
    parts += _items(meeting.items, languages)
    parts += _before(meeting, languages)
    if attached:
        parts += [
            blocks.Heading(_("Attachments")),
            blocks.Listed([attached_words(each) for each in attached], [each.url for each in attached]),
        ]  # fmt: skip
        parts += [each.picture for each in attached if each.picture is not None]
    draft = _p("agenda", "Draft") if meeting.state is State.DRAFT else for_whom(meeting)
    wide = len(languages) > 2
    return paper(_("Agenda"), meeting.title, viewer, parts, mark=draft, wide=wide)


def _items(items: Sequence[AnyItem], languages: Sequence[str]) -> Iterator[blocks.Part]:
    """A table for each section; what is withheld stands in its place, and says nothing of its own."""
    section, rows = "", list[list[blocks.Words]]()
    for item in items:
        if isinstance(item, ItemView) and item.section != section:
            if rows:
                yield from _section(section, rows, languages)
            section, rows = item.section, []
        rows.append(_row(item, languages))
    if rows:
        yield from _section(section, rows, languages)


def _section(
    section: str, rows: list[list[blocks.Words]], languages: Sequence[str]
) -> Iterator[blocks.Part]:
    title = str(SECTIONS[section]) if section in SECTIONS else _("Agenda")
    yield blocks.Heading(title)
    yield blocks.Grid(
        [
            _p("agenda", "No."),
            *(each.words for each in heads(languages)),
            _p("agenda", "Purpose, who presents"),
            _p("agenda", "Minutes"),
        ],
        [0.6, *(3 for _code in languages), 2.2, 1.1],
        rows,
        title,
    )


def _row(item: AnyItem, languages: Sequence[str]) -> list[blocks.Words]:
    if isinstance(item, Withheld):
        others = [""] * (len(languages) + 1)
        return [str(item.number), _("Restricted item"), *others]
    purpose = str(PURPOSES[item.purpose]) if item.purpose in PURPOSES else ""
    told = [purpose, item.presenter, _("Added late") if item.late else ""]
    return [
        str(item.number),
        *(
            title_in(code, item.original["title"], item.language, item.translations)
            for code in languages
        ),
        " · ".join(each for each in told if each),
        format_number(item.minutes) if item.minutes else "",
    ]


def _before(meeting: MeetingView, languages: Sequence[str]) -> Iterator[blocks.Part]:
    """What one should know before, of those items that say something."""
    found = [item for item in meeting.open_items if item.original["background"]]
    if not found:
        return
    yield blocks.Heading(_("What one should know before"))
    for item in found:
        title = blocks.Text(item.title.text, item.title.language)
        beside = with_original(languages, item.language)
        yield blocks.Heading(title, 3, str(item.number))
        yield blocks.Beside(
            heads(beside),
            [
                (
                    "",
                    said_beside(beside, item.language, item.original, item.translations, "background"),
                )
            ],
            _("Item %(number)s", number=item.number),
        )  # fmt: skip
