"""The steps of a meeting: convened, held, minuted, circulated, called off. Flushes, never commits.

The caller holds the meeting for change and knows that the viewer prepares it.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from core.api import Viewer, db, record, utcnow
from plugins.meetings.models import (
    Attendance,
    Body,
    Decision,
    Document,
    Item,
    Meeting,
    Movement,
    Note,
    Proposal,
)
from plugins.meetings.services import agenda, carrying, linking
from plugins.meetings.services.access import MEETING, ref_of
from plugins.meetings.services.attendance import (
    MOST_PEOPLE,
    expect_guest,
    expect_members,
    rows_of,
)
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.proposals import accept_all
from plugins.meetings.services.room import work_out_room
from plugins.meetings.services.substitutes import stand_in
from plugins.meetings.services.texts import (
    keep_texts,
    original_decision,
    original_item,
    original_meeting,
    original_note,
)
from plugins.meetings.words import STEPS, State

COMMENT_DAYS = 7


class NoSuchStep(Exception):
    """A meeting in this state cannot be brought into that one."""


class ReasonNeeded(Exception):
    """What is cancelled or postponed says why, to those who were invited."""


class HasBegun(Exception):
    """Something was written down or decided, so the meeting was not opened by mistake."""


class EmptyAgenda(Exception):
    """A meeting without any item cannot be convened."""


class HasPassed(Exception):
    """A meeting whose time has passed cannot be convened; it can be minuted from paper."""


def _step(meeting: Meeting, state: State, viewer: Viewer, reason: str = "") -> State:
    before = State(meeting.state)
    if state not in STEPS[before]:
        raise NoSuchStep
    _enter(meeting, state, viewer, reason)
    return before


def _enter(meeting: Meeting, state: State, viewer: Viewer, reason: str = "") -> None:
    before = State(meeting.state)
    meeting.state, meeting.reason = state.value, reason
    note_change(meeting, viewer, "state", {"state": [before.value, state.value]})
    record("meetings.state", subject=ref_of(MEETING, meeting.id), details={"state": state.value})


def share_texts(meeting: Meeting, body: Body, viewer: Viewer | None) -> None:
    """Tell core anew which texts of the meeting every member may read; done with every step that changes it."""
    originals: list[Any] = [original_meeting(meeting)]
    rows = db.session.execute(
        select(Item, Note)
        .outerjoin(Note, (Note.city_id == Item.city_id) & (Note.item_id == Item.id))
        .where(Item.meeting_id == meeting.id)
    ).all()
    items = {row.Item.id: row.Item for row in rows}
    for row in rows:
        originals.append(original_item(row.Item, meeting, body))
        if row.Note is not None:
            originals.append(original_note(row.Note, row.Item, meeting, body))
    originals += [
        original_decision(decision, items[decision.item_id], meeting, body)
        for decision in db.session.scalars(
            select(Decision).where(Decision.meeting_id == meeting.id)
        )
    ]
    keep_texts(originals, viewer)


# -- Before ------------------------------------------------------------------------------------------------------


def convene(
    meeting: Meeting, viewer: Viewer, guests: list[tuple[str, str, str]] | None = None
) -> None:
    """Invite the body's members with the agenda, and remind them; what was proposed and stands on it is accepted.

    Raises :class:`NoSuchStep`, :class:`EmptyAgenda` and :class:`HasPassed`.
    """
    body = body_of(meeting)
    if State.CONVENED not in STEPS[State(meeting.state)]:
        raise NoSuchStep
    if not _items(meeting):
        raise EmptyAgenda
    if meeting.end_utc <= utcnow():
        raise HasPassed
    _step(meeting, State.CONVENED, viewer)
    meeting.convened_at = utcnow()
    accept_all(meeting, viewer)
    rows = expect_members(meeting, body, viewer)
    issue_agenda(meeting, viewer)
    share_texts(meeting, body, viewer)
    members = [row.membership_id for row in rows if row.membership_id]
    called = {line.membership_id for line in linking.invited(meeting.id) if line.instead_of}
    # Whoever stands in for somebody since an earlier date goes on doing so, and is not asked in their own right.
    linking.invite(meeting, set(members) - called, viewer, guests or ())
    linking.tell("convened", meeting, members, viewer)
    _remind(meeting, body, members)


def _items(meeting: Meeting) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Item)
            .where(Item.meeting_id == meeting.id, Item.state != "withdrawn")
        )
        or 0
    )


def issue_agenda(meeting: Meeting, viewer: Viewer, reason: str = "") -> Document:
    """Count another issue of the agenda, and keep what every member reads of it: the next can tell what changed."""
    meeting.issue += 1
    rows = db.session.scalars(
        select(Item)
        .where(Item.meeting_id == meeting.id, Item.state != "withdrawn")
        .order_by(Item.position, Item.id)
    )
    readers = body_of(meeting).readers
    document = Document(
        meeting_id=meeting.id,
        kind="agenda",
        audience="members",
        number=meeting.issue,
        reason=reason,
        made_by=viewer.membership_id or None,
        content={
            "start": meeting.wall_start.isoformat(timespec="minutes"),
            "place": meeting.place,
            "items": [
                {"withheld": True}
                if item.restricted or readers != "network"
                else {"id": item.id, "title": item.title, "minutes": item.minutes}
                for item in rows
            ],
        },
    )
    db.session.add(document)
    db.session.flush()
    return document


def send_again(meeting: Meeting, viewer: Viewer) -> None:
    """Send the changed agenda to everybody on the list; calendars follow. Raises :class:`NoSuchStep`."""
    if State(meeting.state) is not State.CONVENED:
        raise NoSuchStep
    issue_agenda(meeting, viewer)
    meeting.sequence += 1
    note_change(meeting, viewer, "agenda_sent", {"issue": [meeting.issue - 1, meeting.issue]})
    linking.event_changed(meeting)
    linking.tell("agenda", meeting, _members(meeting), viewer)


def _members(meeting: Meeting) -> list[str]:
    return [
        each
        for each in db.session.scalars(
            select(Attendance.membership_id).where(Attendance.meeting_id == meeting.id)
        )
        if each
    ]


def _remind(meeting: Meeting, body: Body, members: list[str]) -> None:
    coming = State(meeting.state) is State.CONVENED
    at = meeting.start_utc - timedelta(days=body.remind_days) if body.remind_days else None
    replies = linking.answers(meeting.id) if coming else {}
    members = [each for each in members if replies.get(each) != "declined"]
    linking.set_reminders(meeting, body, members if coming else (), at if coming else None)


def follow(meeting: Meeting) -> None:
    """After a meeting was changed, or answered: reminders follow it, of those who did not say that they cannot come."""
    _remind(meeting, body_of(meeting), _members(meeting))


def answers_changed(meeting_id: str) -> None:
    """Somebody answered the invitation to a meeting, or it was taken back: substitutes and reminders follow.

    Locks nothing.
    """
    meeting = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).first()
    if meeting is not None and State(meeting.state) is State.CONVENED:
        stand_in(meeting)
        follow(meeting)


def call_off(meeting: Meeting, state: State, reason: str, viewer: Viewer) -> None:
    """Cancel or postpone a meeting, with a sentence for those who were invited. Nobody is told of a draft.

    Raises :class:`NoSuchStep` and :class:`ReasonNeeded`.
    """
    told = State(meeting.state) in {State.CONVENED, State.POSTPONED} and meeting.issue > 0
    if state not in {State.CANCELLED, State.POSTPONED}:
        raise NoSuchStep
    if told and not reason:
        raise ReasonNeeded
    _step(meeting, state, viewer, reason)
    linking.set_reminders(meeting, body_of(meeting), (), None)
    if told:
        linking.event_changed(meeting)
        linking.tell("called_off", meeting, _members(meeting), viewer)
    if state is State.CANCELLED:
        # What was proposed for it waits for another one.
        db.session.execute(
            update(Proposal)
            .where(Proposal.meeting_id == meeting.id, Proposal.state.in_(["waiting", "accepted"]))
            .values(meeting_id=None)
            .execution_options(synchronize_session="fetch")
        )


def plan_again(meeting: Meeting, viewer: Viewer) -> None:
    """Make a cancelled or postponed meeting a draft again. Raises :class:`NoSuchStep`."""
    _step(meeting, State.DRAFT, viewer)


# -- While it is held --------------------------------------------------------------------------------------------


def start(meeting: Meeting, viewer: Viewer) -> None:
    """Open the meeting, or go on with it. The list of who is expected is made if there is none yet."""
    before = State(meeting.state)
    body = body_of(meeting)
    _step(meeting, State.IN_PROGRESS, viewer)
    if before is State.DRAFT:
        accept_all(meeting, viewer)
        expect_members(meeting, body, viewer)
        share_texts(meeting, body, viewer)
    if before is State.MINUTES:
        _open_again(meeting, viewer)
    _take_over_answers(meeting)
    meeting.started_at = meeting.started_at or utcnow()
    meeting.ended_at = meeting.paused_at = None
    linking.set_reminders(meeting, body, (), None)
    db.session.flush()


def not_begun(meeting: Meeting, viewer: Viewer) -> None:
    """Take back that the meeting was opened, which was a slip: it is convened again, or a draft, and reminders follow.

    Who was marked as present is expected again. Raises :class:`NoSuchStep`, and :class:`HasBegun` once anything was
    written down.
    """
    before = State(meeting.state)
    if before not in {State.IN_PROGRESS, State.MINUTES}:
        raise NoSuchStep
    if _something_written(meeting):
        raise HasBegun
    if before is State.MINUTES:
        carrying.take_back(meeting, viewer)
    _enter(meeting, State.CONVENED if meeting.issue else State.DRAFT, viewer)
    meeting.started_at = meeting.paused_at = meeting.ended_at = meeting.current_item = None
    items = list(
        db.session.scalars(
            select(Item).where(Item.meeting_id == meeting.id, Item.state != "withdrawn")
        )
    )
    for item in items:
        item.state, item.started_at, item.ended_at = "open", None, None
    db.session.execute(
        update(Proposal)
        .where(Proposal.id.in_([item.proposal_id for item in items if item.proposal_id]))
        .values(discussed_at=None)
        .execution_options(synchronize_session="fetch")
    )
    for row in rows_of(meeting.id, for_change=True):
        if row.status in {"present", "absent"}:
            row.status = "expected"
    db.session.flush()
    work_out_room(meeting)
    share_texts(meeting, body_of(meeting), viewer)
    follow(meeting)


def _something_written(meeting: Meeting) -> bool:
    items = select(Item.id).where(Item.meeting_id == meeting.id)
    return bool(
        db.session.scalar(select(Note.id).where(Note.item_id.in_(items), Note.text != "").limit(1))
        or db.session.scalar(select(Decision.id).where(Decision.meeting_id == meeting.id).limit(1))
        or db.session.scalar(select(Movement.id).where(Movement.item_id.in_(items)).limit(1))
    )


def _open_again(meeting: Meeting, viewer: Viewer) -> None:
    """The meeting goes on, so what it had not reached can still be reached."""
    for item in db.session.scalars(
        select(Item).where(Item.meeting_id == meeting.id, Item.state == "not_reached")
    ):
        item.state = "open"
    carrying.take_back(meeting, viewer)


def _take_over_answers(meeting: Meeting) -> None:
    """Who answered that they cannot come is excused, and who was invited besides is expected: nobody types it again."""
    rows = rows_of(meeting.id, for_change=True)
    listed = {row.membership_id for row in rows if row.membership_id}
    # Of guests without an account the name is all that both lists know.
    named = {row.guest_name.casefold() for row in rows}
    for line in linking.invited(meeting.id):
        declined = line.answer == "declined"
        if line.membership_id in listed:
            row = next(each for each in rows if each.membership_id == line.membership_id)
            if declined and row.status == "expected":
                row.status = "excused"
        elif line.guest and line.name.casefold() in named:
            continue
        elif not declined and len(rows) < MOST_PEOPLE:
            guest = expect_guest(meeting, line.membership_id, line.name, len(rows))
            rows.append(guest)


def minute_from_paper(meeting: Meeting, viewer: Viewer) -> None:
    """Write the minutes of a meeting that was held without anybody pressing anything: all its items were discussed."""
    before = State(meeting.state)
    body = body_of(meeting)
    _step(meeting, State.MINUTES, viewer)
    if before is State.DRAFT:
        accept_all(meeting, viewer)
        expect_members(meeting, body, viewer)
        share_texts(meeting, body, viewer)
    _take_over_answers(meeting)
    meeting.started_at = meeting.started_at or meeting.start_utc
    meeting.ended_at = meeting.end_utc
    for item in db.session.scalars(
        select(Item).where(Item.meeting_id == meeting.id, Item.state.in_(["open", "current"]))
    ):
        item.state = "done"
        _discussed(item, meeting.start_utc)
    linking.set_reminders(meeting, body, (), None)
    db.session.flush()
    work_out_room(meeting)
    carrying.hand_on(meeting, viewer)


def pause(meeting: Meeting, viewer: Viewer) -> None:
    """Interrupt the meeting, or go on after the break."""
    if State(meeting.state) is not State.IN_PROGRESS:
        raise NoSuchStep
    going_on = meeting.paused_at is not None
    meeting.paused_at = None if going_on else utcnow()
    note_change(meeting, viewer, "resumed" if going_on else "paused")


def go_to(meeting: Meeting, item: Item | None, viewer: Viewer) -> None:
    """Take up an item; the one before is finished. None finishes the last one. Raises :class:`NoSuchStep`."""
    if State(meeting.state) is not State.IN_PROGRESS:
        raise NoSuchStep
    now = utcnow()
    for running in db.session.scalars(
        select(Item).where(Item.meeting_id == meeting.id, Item.state == "current")
    ):
        if item is not None and running.id == item.id:
            continue
        running.state, running.ended_at = "done", now
    if item is not None:
        item.state = "current"
        item.started_at = item.started_at or now
        item.ended_at = None
        _discussed(item, now)
    meeting.current_item = item.id if item is not None else None
    meeting.paused_at = None
    db.session.flush()
    work_out_room(meeting)
    note_change(meeting, viewer, "item_taken_up", {}, item=item)


def _discussed(item: Item, at: datetime) -> None:
    if item.proposal_id is not None:
        db.session.execute(
            update(Proposal)
            .where(Proposal.id == item.proposal_id, Proposal.discussed_at.is_(None))
            .values(discussed_at=at)
            .execution_options(synchronize_session="fetch")
        )


def next_item(meeting: Meeting) -> Item | None:
    """The item after the one that is discussed, whoever may read it; the first before any was."""
    rows = list(
        db.session.scalars(
            select(Item)
            .where(Item.meeting_id == meeting.id, Item.state != "withdrawn")
            .order_by(Item.position, Item.id)
        )
    )
    at = next((n for n, row in enumerate(rows) if row.id == meeting.current_item), None)
    if at is None:
        return next((row for row in rows if row.state == "open"), None)
    return next((row for row in rows[at + 1 :] if row.state in {"open", "not_reached"}), None)


def end(meeting: Meeting, viewer: Viewer) -> None:
    """Close the meeting: what nobody took up was not reached, and opens the next one.

    What was written down of an item was discussed, also where nobody pressed that it was taken up.
    """
    now = utcnow()
    _step(meeting, State.MINUTES, viewer)
    minuted = _minuted(meeting)
    for item in db.session.scalars(select(Item).where(Item.meeting_id == meeting.id)):
        if item.state == "current":
            item.state, item.ended_at = "done", now
        elif item.state == "open" and item.id in minuted:
            item.state = "done"
            _discussed(item, now)
        elif item.state == "open":
            item.state = "not_reached"
    meeting.current_item = meeting.paused_at = None
    meeting.ended_at = now
    db.session.flush()
    work_out_room(meeting)
    carrying.hand_on(meeting, viewer)


def _minuted(meeting: Meeting) -> set[str]:
    items = select(Item.id).where(Item.meeting_id == meeting.id)
    return {
        *db.session.scalars(select(Note.item_id).where(Note.item_id.in_(items), Note.text != "")),
        *db.session.scalars(select(Decision.item_id).where(Decision.meeting_id == meeting.id)),
    }


def was_discussed(item: Item, meeting: Meeting, viewer: Viewer) -> None:
    """Say that an item was discussed after all: the next meeting does not open with it, unless somebody worked on it.

    Raises :class:`NoSuchStep` but for an item that was not reached, while its minutes are a draft.
    """
    if State(meeting.state) is not State.MINUTES or item.state != "not_reached":
        raise NoSuchStep
    item.state = "done"
    _discussed(item, meeting.ended_at or utcnow())
    db.session.flush()
    work_out_room(meeting, [item])
    carrying.take_back(meeting, viewer, item)
    note_change(meeting, viewer, "item_taken_up", {}, item=item)


def put_off(item: Item, meeting: Meeting, viewer: Viewer) -> None:
    """Say that an item was not reached: the next meeting opens with it, also if that is made already."""
    agenda.put_off(item, meeting, viewer)
    if State(meeting.state) is State.MINUTES:
        db.session.flush()
        carrying.hand_on(meeting, viewer)


# -- The minutes on their way ------------------------------------------------------------------------------------


def circulate(meeting: Meeting, viewer: Viewer) -> None:
    """Send the minutes to everybody on the list; from now on every member may read what is not restricted."""
    body = body_of(meeting)
    _step(meeting, State.CIRCULATED, viewer)
    meeting.circulated_at = utcnow()
    here = utcnow().astimezone(ZoneInfo(meeting.zone)).date()
    meeting.comments_until = here + timedelta(days=COMMENT_DAYS)
    share_texts(meeting, body, viewer)
    linking.tell("circulated", meeting, _members(meeting), viewer)


def take_back(meeting: Meeting, viewer: Viewer) -> None:
    """Take circulated minutes back to the desk, to correct them before they are approved."""
    _step(meeting, State.MINUTES, viewer)
    share_texts(meeting, body_of(meeting), viewer)


def archive(meeting: Meeting, viewer: Viewer) -> None:
    """Put an approved meeting into the archive."""
    _step(meeting, State.ARCHIVED, viewer)
    meeting.archived_at = utcnow()
