"""The notes of each item: saved item by item, with every version, and two who write at once lose no word.

The caller has found the item for change, which holds its meeting, and knows that the viewer prepares it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select

from core.api import Membership, Viewer, db, new_id, record, utcnow
from plugins.meetings.models import Body, Correction, Item, Meeting, Note, NoteVersion
from plugins.meetings.services import linking
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.texts import keep_texts, original_note
from plugins.meetings.words import State

# What one person saves again within this time is one version: a script saves every few seconds.
ONE_SITTING = timedelta(minutes=5)
MOST_VERSIONS = 50


class Conflict(Exception):
    """Somebody else saved these notes in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Note) -> None:
        super().__init__("The notes were changed by somebody else.")
        self.current = current


class NotHeld(Exception):
    """A meeting that has not begun has no notes."""


class ReasonNeeded(Exception):
    """Approved minutes are changed by a correction alone, which says why."""


@dataclass(frozen=True, slots=True)
class Version:
    """What notes said before."""

    version: int
    text: str
    language: str
    way: str
    who: str
    at: datetime


def note_of(item_id: str, *, for_change: bool = False) -> Note | None:
    """The notes of an item."""
    query = select(Note).where(Note.item_id == item_id)
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def save_note(
    item: Item,
    meeting: Meeting,
    body: Body,
    text: str,
    version: int,
    viewer: Viewer,
    *,
    language: str = "",
    reason: str = "",
) -> Note:
    """Write the notes of an item; ``version`` is the one that the writer had before them, 0 for none.

    Who sends what is stored already changes nothing. Raises :class:`Conflict`, :class:`NotHeld` and, once the minutes
    are approved, :class:`ReasonNeeded`.
    """
    state = State(meeting.state)
    if not state.held:
        raise NotHeld
    note = note_of(item.id, for_change=True)
    language = language or (note.language if note is not None else meeting.language)
    if note is None:
        if not text:
            return Note(
                id=new_id(), item_id=item.id, text="", language=language, translations={}, version=0
            )
        if state.closed and not reason:
            raise ReasonNeeded
        note = Note(
            id=new_id(),
            item_id=item.id,
            text="",
            language=language,
            translations={},
            version=0,
            changed_by=viewer.membership_id or None,
            changed_at=utcnow(),
        )
        db.session.add(note)
    elif note.text == text and note.language == language:
        return note
    elif version != note.version:
        raise Conflict(note)
    if state.closed and not reason:
        raise ReasonNeeded
    before = note.text
    _keep_version(note, viewer, corrected=state.closed)
    note.text, note.language = text, language
    note.version += 1
    note.changed_by, note.changed_at = viewer.membership_id or None, utcnow()
    db.session.flush()
    keep_texts([original_note(note, item, meeting, body)], viewer)
    if state.closed:
        correct(meeting, "note", reason, {"text": [before, text]}, viewer, item=item)
    else:
        note_change(meeting, viewer, "note", {}, item=item)
    record("meetings.minuted", subject=ref_of(ITEM, item.id))
    linking.index_items([item.id])
    return note


def _keep_version(note: Note, viewer: Viewer, *, corrected: bool) -> None:
    """Keep what the notes say now, unless the same person has only just begun to write on."""
    if not note.text:
        return
    sitting = note.changed_by == viewer.membership_id and utcnow() - note.changed_at < ONE_SITTING
    kept = db.session.scalars(
        select(NoteVersion)
        .where(NoteVersion.note_id == note.id)
        .order_by(NoteVersion.version.desc())
        .limit(1)
    ).first()
    if sitting and not corrected and kept is not None and utcnow() - kept.written_at < ONE_SITTING:
        return
    db.session.add(
        NoteVersion(
            note_id=note.id,
            version=note.version,
            text=note.text,
            language=note.language,
            way="corrected" if corrected else "saved",
            written_by=note.changed_by,
            written_at=note.changed_at,
        )
    )


def versions_of(note_id: str) -> list[Version]:
    """What the notes said before, the latest first; one query. The caller knows that the reader may read them."""
    rows = db.session.execute(
        select(NoteVersion, Membership.shown_name)
        .outerjoin(
            Membership,
            and_(
                Membership.city_id == NoteVersion.city_id, Membership.id == NoteVersion.written_by
            ),
        )
        .where(NoteVersion.note_id == note_id)
        .order_by(NoteVersion.version.desc(), NoteVersion.id)
        .limit(MOST_VERSIONS)
    )
    return [
        Version(
            row.NoteVersion.version,
            row.NoteVersion.text,
            row.NoteVersion.language,
            row.NoteVersion.way,
            row.shown_name or "",
            row.NoteVersion.written_at,
        )
        for row in rows
    ]


def correct(
    meeting: Meeting,
    what: str,
    reason: str,
    fields: dict[str, Any],
    viewer: Viewer,
    *,
    item: Item | None = None,
    decision_id: str = "",
) -> Correction:
    """Count a correction of approved minutes: a new version, with its reason. Whoever is on the list is told.

    Of a restricted item only those on the list who are named for it.
    """
    if not reason:
        raise ReasonNeeded
    meeting.minutes_version += 1
    correction = Correction(
        meeting_id=meeting.id,
        item_id=item.id if item is not None else None,
        decision_id=decision_id or None,
        what=what,
        minutes_version=meeting.minutes_version,
        reason=reason,
        fields=fields,
        made_by=viewer.membership_id or None,
    )
    db.session.add(correction)
    db.session.flush()
    note_change(
        meeting,
        viewer,
        "corrected",
        {"version": [meeting.minutes_version - 1, meeting.minutes_version], "reason": ["", reason]},
        item=item,
    )
    linking.tell("corrected", meeting, linking.listed(meeting, item), viewer)
    return correction
