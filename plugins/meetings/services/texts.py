"""What people wrote, in every language: what core keeps of it, and in which language a reader gets it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.api import SCRIPT_SISTERS, OriginalText, Viewer, db, keep_originals, search_key
from plugins.meetings.models import Body, Decision, Item, Meeting, Note
from plugins.meetings.services.access import DECISION, ITEM, MEETING, NOTE, ref_of
from plugins.meetings.words import State

LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
LONGEST_SENTENCE = 4_000


@dataclass(frozen=True, slots=True)
class Words:
    """A text for a reader, the language it is in, and how it stands there.

    ``state`` is "original", "translated", "approved" or "outdated"; ``own`` says that it is the reader's language.
    """

    text: str
    language: str
    state: str = "original"
    own: bool = True

    def __bool__(self) -> bool:
        return bool(self.text)


NOTHING = Words("", "")


def words_for(
    text: str, language: str, translations: Mapping[str, Any] | None, field: str, reader: str
) -> Words:
    """``text`` for a reader of ``reader``: in their language if it was translated, else as it was written."""
    if not text:
        return NOTHING
    if language == reader:
        return Words(text, language)
    for code in (reader, SCRIPT_SISTERS.get(reader, "")):
        found = (translations or {}).get(code)
        if found and found.get(field):
            return Words(found[field], code, found.get("state", "translated"))
    return Words(text, language, own=SCRIPT_SISTERS.get(reader) == language)


# The translatable texts of each kind of record, in the order in which they stand on a page.
FIELDS: Mapping[str, tuple[str, ...]] = {
    MEETING: ("title",),
    ITEM: ("title", "background"),
    NOTE: ("text",),
    DECISION: ("text", "rationale", "alternatives"),
}


def searched_in(decision: Decision) -> str:
    """All that a decision says, in every language that it has, folded as searches compare it."""
    texts = [getattr(decision, name) for name in FIELDS[DECISION]] + [decision.legal_basis]
    for told in (decision.translations or {}).values():
        texts += [told.get(name) or "" for name in FIELDS[DECISION]]
    return search_key(" ".join(text for text in texts if text))


def original_item(item: Item, meeting: Meeting, body: Body) -> OriginalText:
    """What core keeps of an item; shared where every member may read it."""
    shared = not item.restricted and body.readers == "network" and meeting.state != State.DRAFT
    return OriginalText(
        ref_of(ITEM, item.id),
        item.language,
        {"title": item.title, "background": item.background},
        shared=shared,
        needed_on=meeting.wall_start.date(),
    )


def original_note(note: Note, item: Item, meeting: Meeting, body: Body) -> OriginalText:
    """What core keeps of the notes of an item."""
    return OriginalText(
        ref_of(NOTE, note.id),
        note.language,
        {"text": note.text},
        shared=_minutes_shared(item, meeting, body),
        needed_on=meeting.wall_start.date(),
    )


def original_decision(decision: Decision, item: Item, meeting: Meeting, body: Body) -> OriginalText:
    """What core keeps of a decision."""
    return OriginalText(
        ref_of(DECISION, decision.id),
        decision.language,
        {name: getattr(decision, name) for name in FIELDS[DECISION]},
        shared=_minutes_shared(item, meeting, body),
        needed_on=meeting.wall_start.date(),
    )


def original_meeting(meeting: Meeting) -> OriginalText | None:
    """What core keeps of a meeting's title; None where it has none of its own."""
    if not meeting.title:
        return None
    return OriginalText(
        ref_of(MEETING, meeting.id),
        meeting.language,
        {"title": meeting.title},
        shared=meeting.state != State.DRAFT,
        needed_on=meeting.wall_start.date(),
    )


def _minutes_shared(item: Item, meeting: Meeting, body: Body) -> bool:
    return not item.restricted and body.readers == "network" and State(meeting.state).settled


def keep_texts(originals: Iterable[OriginalText | None], viewer: Viewer | None) -> None:
    """Tell core what records say now; what was translated from something else becomes outdated."""
    found = [each for each in originals if each is not None]
    if found:
        db.session.flush()
        keep_originals(found, viewer)
