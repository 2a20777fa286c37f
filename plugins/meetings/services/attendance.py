"""The attendance list: who is expected, who is there, who came and went. Flushes, never commits.

The caller holds the meeting for change and knows that the viewer prepares it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select, update

from core.api import Membership, Viewer, db, new_id, record
from plugins.meetings.models import (
    Attendance,
    Body,
    Conflict,
    Dissent,
    Item,
    Meeting,
    Movement,
    Statement,
)
from plugins.meetings.services import linking
from plugins.meetings.services.access import MEETING, ref_of
from plugins.meetings.services.bodies import Seat, members_to_invite, seats_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.counting import count_again
from plugins.meetings.services.notes import ReasonNeeded, correct
from plugins.meetings.services.room import work_out_room
from plugins.meetings.words import State

MOST_PEOPLE = 500
LONGEST_NAME = 120
SEATED = ("chair", "member")
_PART_OF_ROLE = {"chair": "chair", "observer": "observer"}


class TooMany(Exception):
    """An attendance list holds so many people at most."""


class HasSeat(Exception):
    """Whoever has a seat in the body stands on the list of its meetings."""


class HasDissented(Exception):
    """Whoever did not agree with a decision was there."""


class OnTheList(Exception):
    """Somebody stands on the list already."""


def part_of(seat: Seat) -> str:
    """What somebody with a seat in the body is in its meetings."""
    return _PART_OF_ROLE.get(seat.role, "member")


def rows_of(meeting_id: str, *, for_change: bool = False) -> list[Attendance]:
    """The rows of a list, in its order."""
    query = (
        select(Attendance)
        .where(Attendance.meeting_id == meeting_id)
        .order_by(Attendance.position, Attendance.id)
    )
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def expect_members(meeting: Meeting, body: Body, viewer: Viewer) -> list[Attendance]:
    """Put everybody with a seat on the list who is not on it, and take off who has none any more.

    Only a member who is merely expected is taken off: what was noted of somebody stays, and so do those who were put
    on the list without a seat.
    """
    seats = members_to_invite(seats_of(body.id, viewer.locale))
    rows = rows_of(meeting.id, for_change=True)
    there = {row.membership_id: row for row in rows}
    wanted = {seat.membership_id for seat in seats}
    replaced = {row.stands_for for row in rows}
    for row in rows:
        if (
            row.part in {"chair", "member"}
            and row.status == "expected"
            and row.membership_id not in wanted
            and row.id not in replaced
        ):
            db.session.delete(row)
    for number, seat in enumerate(seats):
        known = there.get(seat.membership_id)
        row = known or Attendance(
            id=new_id(),
            meeting_id=meeting.id,
            membership_id=seat.membership_id,
            organisation_id=seat.organisation_id or None,
            status="expected",
        )
        if known is None:
            db.session.add(row)
        if row.status == "expected":
            if row.part == "substitute":
                # They have a seat of their own now.
                row.stands_for = None
            row.part, row.position = part_of(seat), number
    db.session.flush()
    return rows_of(meeting.id)


def coming_meetings(body_id: str) -> list[Meeting]:
    """The meetings of a body to which its members are invited and that are still to be held, held for change."""
    return list(
        db.session.scalars(
            select(Meeting)
            .where(Meeting.body_id == body_id, Meeting.state == State.CONVENED.value)
            .order_by(Meeting.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def expect_new_seat(body: Body, viewer: Viewer) -> list[Meeting]:
    """Somebody has a seat now, or another role: they are invited to what is convened already, and told.

    Returns those meetings, whose reminders are to follow.
    """
    meetings = coming_meetings(body.id)
    for meeting in meetings:
        before = {row.membership_id for row in rows_of(meeting.id) if row.membership_id}
        rows = expect_members(meeting, body, viewer)
        now = {row.membership_id for row in rows if row.membership_id}
        invite_more(meeting, now - before, viewer)
        for each in sorted(before - now):
            linking.withdraw(meeting, each, viewer)
    return meetings


def invite_more(meeting: Meeting, members: Collection[str], viewer: Viewer) -> None:
    """Invite somebody to a meeting that is convened already, and tell them as all others were told."""
    if members and State(meeting.state) is State.CONVENED:
        linking.invite(meeting, members, viewer)
        linking.tell("convened", meeting, members, viewer)


def forget_seat(body_id: str, membership_id: str, viewer: Viewer) -> list[Meeting]:
    """Somebody has no seat any more: they are not expected at what is to come, and are told so.

    Returns those meetings, whose reminders are to follow.
    """
    rows = db.session.execute(
        select(Attendance, Meeting)
        .join(
            Meeting,
            (Meeting.city_id == Attendance.city_id) & (Meeting.id == Attendance.meeting_id),
        )
        .where(
            Meeting.body_id == body_id,
            Meeting.state.in_([State.DRAFT.value, State.CONVENED.value]),
            Attendance.membership_id == membership_id,
            Attendance.status == "expected",
        )
    ).all()
    for row in rows:
        linking.withdraw(row.Meeting, membership_id, viewer)
        # Whoever was put on the list in their place by hand stays on it.
        db.session.execute(
            update(Attendance)
            .where(Attendance.stands_for == row.Attendance.id)
            .values(stands_for=None)
        )
        db.session.delete(row.Attendance)
    db.session.flush()
    return [row.Meeting for row in rows]


def set_statuses(
    meeting: Meeting,
    statuses: Mapping[str, str],
    apologies: Mapping[str, str],
    stands_for: Mapping[str, str],
    viewer: Viewer,
    *,
    reason: str = "",
) -> None:
    """Write who is there, by attendance identifier; who is not named stays as they were.

    ``stands_for`` says in whose place a substitute came; that member is then replaced. Once the minutes are approved it
    is a correction of them: raises :class:`ReasonNeeded`.
    """
    rows = {row.id: row for row in rows_of(meeting.id, for_change=True)}
    changed: dict[str, list[Any]] = {}
    for identifier, status in statuses.items():
        row = rows.get(identifier)
        if row is not None and row.status != status:
            changed[identifier] = [row.status, status]
            row.status = status
            row.version += 1
    for identifier, text in apologies.items():
        row = rows.get(identifier)
        if row is not None and row.apology != text:
            row.apology = text
            changed.setdefault(identifier, ["", "apology"])
    for identifier, seat in stands_for.items():
        row = rows.get(identifier)
        if row is None or seat == identifier or (seat and seat not in rows):
            continue
        if row.stands_for != (seat or None):
            row.stands_for = seat or None
            changed.setdefault(identifier, ["", "substitute"])
    changed |= _replace(rows)
    if changed:
        closed = State(meeting.state).closed
        if closed and not reason:
            raise ReasonNeeded
        db.session.flush()
        work_out_room(meeting)
        count_again(meeting)
        if closed:
            correct(meeting, "attendance", reason, changed, viewer)
        else:
            note_change(meeting, viewer, "attendance", {"people": len(changed)})
        record("meetings.attendance", subject=ref_of(MEETING, meeting.id))


def expect_guest(meeting: Meeting, membership_id: str, name: str, position: int) -> Attendance:
    """Put somebody on the list who was invited to this meeting alone; returns the row, which is flushed."""
    organisation = (
        db.session.scalar(select(Membership.organisation_id).where(Membership.id == membership_id))
        if membership_id
        else None
    )
    row = Attendance(
        meeting_id=meeting.id,
        membership_id=membership_id or None,
        organisation_id=organisation,
        guest_name="" if membership_id else name[:LONGEST_NAME],
        part="guest",
        status="expected",
        position=position,
    )
    db.session.add(row)
    db.session.flush()
    return row


def apology_of(meeting_id: str, viewer: Viewer) -> str:
    """What the viewer sent along to a meeting to which they are expected; one query."""
    return (
        db.session.scalar(
            select(Attendance.apology).where(
                Attendance.meeting_id == meeting_id,
                Attendance.membership_id == viewer.membership_id,
            )
        )
        or ""
    )


def send_apology(meeting: Meeting, text: str, viewer: Viewer) -> None:
    """The viewer sends something along to a meeting that is still to be held. Raises ``LookupError``.

    Whether they come says their answer to the invitation. The list is not counted as changed, since whoever prepares
    the meeting may be writing in it.
    """
    row = db.session.scalars(
        select(Attendance)
        .where(
            Attendance.meeting_id == meeting.id, Attendance.membership_id == viewer.membership_id
        )
        .with_for_update()
    ).first()
    if row is None or State(meeting.state) is not State.CONVENED:
        raise LookupError(meeting.id)
    if row.apology != text:
        row.apology = text
        db.session.flush()
        record("meetings.apology", subject=ref_of(MEETING, meeting.id))


def _replace(rows: Mapping[str, Attendance]) -> dict[str, list[Any]]:
    """A member whose substitute is there is replaced, and not any more once the substitute is not."""
    changed: dict[str, list[Any]] = {}
    taken = {row.stands_for for row in rows.values() if row.status == "present"}
    named = {row.stands_for for row in rows.values()}
    for row in rows.values():
        status = row.status
        if row.id in taken and status != "present":
            status = "replaced"
        elif row.id in named - taken and status == "replaced":
            status = "expected"
        if status != row.status:
            changed[row.id] = [row.status, status]
            row.status = status
    return changed


def add_person(
    meeting: Meeting,
    viewer: Viewer,
    *,
    membership_id: str = "",
    name: str = "",
    organisation: str = "",
    part: str = "guest",
    stands_for: str = "",
    status: str = "present",
    identifier: str = "",
    reason: str = "",
) -> Attendance:
    """Put somebody else on the list: a substitute or observer of the network, or a guest by name.

    Raises :class:`TooMany`, :class:`OnTheList`, ``LookupError`` for a membership or a seat that there is not, and once
    the minutes are approved :class:`ReasonNeeded`.
    """
    closed = State(meeting.state).closed
    if closed and not reason:
        raise ReasonNeeded
    rows = rows_of(meeting.id, for_change=True)
    if len(rows) >= MOST_PEOPLE:
        raise TooMany
    organisation_id = None
    if membership_id:
        if membership_id in {row.membership_id for row in rows}:
            raise OnTheList
        found = db.session.execute(
            select(Membership.id, Membership.organisation_id).where(
                Membership.id == membership_id, Membership.active.is_(True)
            )
        ).first()
        if found is None:
            raise LookupError(membership_id)
        organisation_id = found.organisation_id
    seat = next((row for row in rows if row.id == stands_for), None)
    if stands_for and seat is None:
        raise LookupError(stands_for)
    row = Attendance(
        id=identifier or new_id(),
        meeting_id=meeting.id,
        membership_id=membership_id or None,
        organisation_id=organisation_id,
        guest_name=name,
        guest_organisation=organisation,
        part="substitute" if seat is not None else part,
        status=status,
        stands_for=seat.id if seat is not None else None,
        position=len(rows),
    )
    db.session.add(row)
    if seat is not None and status == "present" and seat.status != "present":
        seat.status = "replaced"
    db.session.flush()
    work_out_room(meeting)
    count_again(meeting)
    if closed:
        correct(meeting, "attendance", reason, {row.id: ["", status]}, viewer)
    else:
        note_change(meeting, viewer, "attendance", {"people": 1})
    if membership_id:
        invite_more(meeting, [membership_id], viewer)
    return row


def everybody_expected(meeting_id: str) -> dict[str, str]:
    """The list with all who are still expected as present, but for members in whose place somebody else is expected."""
    rows = rows_of(meeting_id)
    replaced = {row.stands_for for row in rows if row.status in {"expected", "present"}}
    return {
        row.id: "present" for row in rows if row.status == "expected" and row.id not in replaced
    }


def take_off(meeting: Meeting, attendance_id: str, viewer: Viewer) -> None:
    """Take somebody off the list who was put on it by mistake; a member keeps their seat and was absent.

    Raises ``LookupError`` for whoever is not on it, :class:`HasSeat`, and :class:`HasDissented`.
    """
    rows = {row.id: row for row in rows_of(meeting.id, for_change=True)}
    row = rows.get(attendance_id)
    if row is None:
        raise LookupError(attendance_id)
    if row.part in SEATED:
        raise HasSeat
    if db.session.scalar(select(Dissent.id).where(Dissent.attendance_id == row.id).limit(1)):
        raise HasDissented
    seat = rows.get(row.stands_for or "")
    if seat is not None and seat.status == "replaced":
        seat.status = "expected"
    db.session.execute(
        update(Attendance).where(Attendance.stands_for == row.id).values(stands_for=None)
    )
    if row.membership_id and State(meeting.state) is State.CONVENED:
        linking.withdraw(meeting, row.membership_id, viewer)
    db.session.delete(row)
    db.session.flush()
    work_out_room(meeting)
    count_again(meeting)
    note_change(meeting, viewer, "attendance", {"people": 1})


def note_movement(
    meeting: Meeting, attendance_id: str, item: Item, way: str, viewer: Viewer
) -> None:
    """Write down that somebody came or went during an item. Raises ``LookupError``.

    Who arrives is present from then on, whatever the list said before.
    """
    row = next((each for each in rows_of(meeting.id) if each.id == attendance_id), None)
    if row is None:
        raise LookupError(attendance_id)
    if row.status != "present":
        row.status = "present"
    db.session.execute(
        delete(Movement).where(
            Movement.attendance_id == row.id, Movement.item_id == item.id, Movement.way == way
        )
    )
    db.session.add(
        Movement(
            attendance_id=row.id,
            item_id=item.id,
            way=way,
            noted_by=viewer.membership_id or None,
        )
    )
    db.session.flush()
    work_out_room(meeting)
    count_again(meeting)
    note_change(meeting, viewer, "movement", {way: 1}, item=item)


def forget_movement(meeting: Meeting, movement_id: str, viewer: Viewer) -> None:
    """Take back that somebody came or went."""
    ids = [row.id for row in rows_of(meeting.id)]
    db.session.execute(
        delete(Movement).where(Movement.id == movement_id, Movement.attendance_id.in_(ids))
    )
    work_out_room(meeting)
    count_again(meeting)
    note_change(meeting, viewer, "movement", {})


def set_interests(
    meeting: Meeting, item: Item, leaving: Collection[str], staying: Collection[str], viewer: Viewer
) -> None:
    """Write down who has an interest in an item: they do not vote, and leave the room or stay in it."""
    ids = {row.id for row in rows_of(meeting.id)}
    db.session.execute(delete(Conflict).where(Conflict.item_id == item.id))
    db.session.add_all(
        Conflict(attendance_id=each, item_id=item.id, stays=each not in leaving)
        for each in sorted({*leaving, *staying} & ids)
    )
    db.session.flush()
    work_out_room(meeting, [item])
    count_again(meeting)
    note_change(meeting, viewer, "interests", {}, item=item)


def promise(meeting: Meeting, words: str, viewer: Viewer) -> None:
    """The viewer promises confidence for a meeting; once is enough."""
    there = db.session.scalar(
        select(Statement.id).where(
            Statement.meeting_id == meeting.id, Statement.membership_id == viewer.membership_id
        )
    )
    if there is None:
        db.session.add(
            Statement(meeting_id=meeting.id, membership_id=viewer.membership_id, words=words)
        )
        db.session.flush()
        record("meetings.promised", subject=ref_of(MEETING, meeting.id))
