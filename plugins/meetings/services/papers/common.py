"""What the papers of a meeting share: their head and foot, and a text in several languages side by side."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.api import (
    Viewer,
    blocks,
    format_datetime,
    format_number,
    format_range,
    language_name,
    letterhead,
    ngettext,
    upper_first,
    utcnow,
)
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.services.known import DecisionView, ItemView, MeetingView
from plugins.meetings.services.room import QuorumState
from plugins.meetings.services.texts import Words
from plugins.meetings.words import TEXT_STATES


def written(words: Words) -> blocks.Words:
    """A text in the language in which the reader gets it."""
    return blocks.Text(words.text, words.language) if words.text else ""


def printed(viewer: Viewer) -> str:
    """Who made a paper, and when: whoever finds it knows whom to bring it back to."""
    return _("Printed on %(when)s by %(name)s", when=format_datetime(utcnow()), name=viewer.name)


def paper(
    kind: str,
    title: Words,
    viewer: Viewer,
    parts: Sequence[blocks.Part],
    *,
    mark: str = "",
    foot: str = "",
    wide: bool = False,
) -> blocks.Paper:
    """A paper with the city's letterhead: ``kind`` is what it is, ``title`` the meeting's."""
    return blocks.Paper(
        title=f"{kind}: {title.text}",
        heading=written(title),
        head=letterhead(viewer.locale),
        language=viewer.locale,
        parts=parts,
        lead=kind,
        foot=foot or printed(viewer),
        mark=mark,
        wide=wide,
    )


def when(start: datetime, end: datetime | None) -> str:
    """Day and hours of a meeting, in full."""
    return format_range(start, end, "full")


def facts(meeting: MeetingView, more: Sequence[tuple[str, blocks.Words]] = ()) -> blocks.Facts:
    """When and where a meeting is, and who chairs it."""
    rows: list[tuple[str, blocks.Words]] = [
        (_p("head of a column", "When"), when(meeting.wall_start, meeting.wall_end)),
        (_p("meeting", "Where"), _place(meeting)),
        (_p("role in a body", "Chair"), meeting.chair),
        (_p("role in a body", "Secretary"), meeting.secretary),
        *more,
    ]
    return blocks.Facts([(name, value) for name, value in rows if value])


def _place(meeting: MeetingView) -> blocks.Words:
    if not meeting.place:
        return meeting.online_url
    place = f"{meeting.place} · {meeting.online_url}" if meeting.online_url else meeting.place
    return blocks.Text(place, meeting.language)


def for_whom(meeting: MeetingView) -> str:
    """For whom what is said in a meeting is, where that is not every member of the network."""
    return _("For members of this body alone") if meeting.readers == "body" else ""


def heads(languages: Sequence[str]) -> list[blocks.Text]:
    """The names of languages, each in itself."""
    return [blocks.Text(upper_first(language_name(code, code), code), code) for code in languages]


def with_original(languages: Sequence[str], language: str) -> list[str]:
    """The languages side by side, and behind them the one that a text was written in, if it is none of them."""
    return list(dict.fromkeys([*languages, language]))


def title_in(
    code: str, original: str, language: str, translations: Mapping[str, Any]
) -> blocks.Words:
    """A title in one language; as it was written where it is not translated, since a reader needs one."""
    told = original if code == language else (translations.get(code) or {}).get("title")
    return blocks.Text(told, code) if told else blocks.Text(original, language)


def other_title(item: ItemView, code: str) -> blocks.Words:
    """The title in a column, where the heading above has it in another language."""
    if code == item.title.language:
        return ""
    told = (
        item.original["title"]
        if code == item.language
        else (item.translations.get(code) or {}).get("title")
    )
    return blocks.Text(told, code) if told else ""


def side(
    code: str,
    original: str,
    language: str,
    translations: Mapping[str, Any],
    field: str,
    *,
    lead: bool = False,
    stated: bool = True,
    title: blocks.Words = "",
) -> blocks.Side:
    """One text in one language, and how it stands there."""
    told = translations.get(code) or {}
    text = original if code == language else told.get(field, "")
    if not original:
        return blocks.Side("", title=title)
    if not text:
        return blocks.Side(_("Not translated yet."), title=title, soft=True)
    standing = "original" if code == language else told.get("state", "translated")
    state = str(TEXT_STATES[standing][0]) if stated else ""
    return blocks.Side(blocks.Text(text, code), state, title=title, lead=lead)


def said_beside(
    languages: Sequence[str], language: str, original: Mapping[str, str], translations: Mapping[str, Any],
    field: str, *, lead: bool = False, titled: Sequence[blocks.Words] = (), stated: bool = True,
) -> list[blocks.Side]:  # fmt: skip
    """One text in every language; ``titled`` are titles above it."""
    return [
        side(
            code, original[field], language, translations, field, lead=lead,
            title=titled[at] if titled else "", stated=stated,
        )
        for at, code in enumerate(languages)
    ]  # fmt: skip


def decision_texts(
    decision: DecisionView, languages: Sequence[str], *, names: Sequence[str]
) -> blocks.Beside:
    """What was decided, and why: the texts called ``names``, in every language."""
    languages = with_original(languages, decision.language)
    labels = {"text": "", "rationale": _("Rationale"), "alternatives": _("Alternatives considered")}
    return blocks.Beside(
        heads(languages),
        [
            (
                labels[name],
                said_beside(
                    languages, decision.language, decision.original, decision.translations, name,
                    lead=name == "text", stated=name == "text",
                ),
            )
            for name in names
            if decision.original[name]
        ],
        _("Decision %(label)s", label=decision.label),
    )  # fmt: skip


def votes(decision: DecisionView) -> str:
    """How it was voted, in a sentence; empty where nobody counted."""
    if decision.votes[0] is None:
        return ""
    told = [format_number(each or 0) for each in decision.votes]
    return _(
        "%(for)s for, %(against)s against, %(abstained)s abstained",
        **{"for": told[0], "against": told[1], "abstained": told[2]},
    )


def quorum_words(quorum: QuorumState) -> str:
    """How the quorum stood, in a sentence."""
    numbers = {"present": format_number(quorum.present), "all": format_number(quorum.all)}
    if quorum.counted == "people":
        told = _("%(present)s of %(all)s people", **numbers)
    else:
        told = _("%(present)s of %(all)s organisations", **numbers)
    if quorum.needed:
        needed = ngettext("%(num)s is needed", "%(num)s are needed", quorum.needed)
        told = f"{told} ({needed})"
    if quorum.quorate is not None:
        told += f" · {_('Quorate') if quorum.quorate else _('Not quorate')}"
    return told
