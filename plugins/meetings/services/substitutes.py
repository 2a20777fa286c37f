"""Standing substitutes: invited when the member for whom they stand in says no, and sent home when that one can come.

What is to be follows from the answers, the seats and the list as they are, so it may be asked for as often as one
likes. The meeting is not held for change, since a member answers while somebody else may be preparing it.
"""

from collections.abc import Iterator

from core.api import db, new_id, utcnow
from plugins.meetings.models import Attendance, Meeting
from plugins.meetings.services import linking
from plugins.meetings.services.attendance import MOST_PEOPLE, rows_of
from plugins.meetings.services.bodies import Seat, seats_of
from plugins.meetings.words import State

NO = "declined"
COMES = frozenset({"accepted", "tentative"})


def stand_in(meeting: Meeting) -> None:
    """Bring those who are invited in somebody's place up to date with the answers to a convened meeting.

    Of several substitutes of a member the first who has not said no is invited. Nobody is, nor sent home, once the
    meeting has begun. Who is invited or listed already, in their own right, is left as they are.
    """
    if State(meeting.state) is not State.CONVENED or meeting.start_utc <= utcnow():
        return
    lines = {line.membership_id: line for line in linking.invited(meeting.id) if line.membership_id}
    seats = seats_of(meeting.body_id, meeting.language)
    called = [line for line in lines.values() if line.instead_of]
    if not called and not any(seat.substitute_for for seat in seats):
        return
    answers = {each: line.answer for each, line in lines.items()}
    first = {member: _first(some, answers) for member, some in _substitutes(seats)}
    for line in called:
        member = line.instead_of
        if answers.get(member) in COMES or member not in answers:
            _send_home(meeting, line.membership_id, thanked=member in answers)
        elif (
            answers[member] == NO
            and line.answer != NO
            and first.get(member, "") not in {"", line.membership_id}
        ):
            # The one before them can come after all.
            _send_home(meeting, line.membership_id, thanked=True)
    rows = {row.membership_id: row for row in rows_of(meeting.id)}
    for member, substitute in first.items():
        row = rows.get(member)
        if not substitute or answers.get(member) != NO or row is None or row.status != "expected":
            continue
        if substitute not in rows and substitute not in lines and len(rows) < MOST_PEOPLE:
            rows[substitute] = _call_in(meeting, substitute, row, seats, len(rows))


def _substitutes(seats: tuple[Seat, ...]) -> Iterator[tuple[str, list[str]]]:
    """Each member with those who may come in their place, in the order of the list of seats."""
    for seat in seats:
        if seat.role != "substitute":
            yield (
                seat.membership_id,
                [
                    each.membership_id
                    for each in seats
                    if each.substitute_for == seat.id and each.active
                ],
            )


def _first(substitutes: list[str], answers: dict[str, str]) -> str:
    return next((each for each in substitutes if answers.get(each) != NO), "")


def _call_in(
    meeting: Meeting, substitute: str, row: Attendance, seats: tuple[Seat, ...], position: int
) -> Attendance:
    seat = next(each for each in seats if each.membership_id == substitute)
    made = Attendance(
        id=new_id(),
        meeting_id=meeting.id,
        membership_id=substitute,
        organisation_id=seat.organisation_id or None,
        part="substitute",
        status="expected",
        stands_for=row.id,
        position=position,
    )
    db.session.add(made)
    db.session.flush()
    linking.call_in(meeting, substitute, row.membership_id or "")
    return made


def _send_home(meeting: Meeting, substitute: str, *, thanked: bool) -> None:
    """Take a substitute off the list, unless something was noted of them there meanwhile, and tell them."""
    row = next((row for row in rows_of(meeting.id) if row.membership_id == substitute), None)
    if row is not None and (row.part != "substitute" or row.status != "expected"):
        return
    if row is not None:
        db.session.delete(row)
        db.session.flush()
    linking.send_home(meeting, substitute, thanked=thanked)
