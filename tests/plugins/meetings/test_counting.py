"""What decisions keep of the quorum, once the attendance is set right."""

from __future__ import annotations

from dataclasses import replace

from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Decision, Meeting
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.bodies import Quorum, set_quorum
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.meetings import change_meeting, entry_of
from plugins.meetings.services.room import read_room

from .conftest import See, in_city, items_of, make, make_body, seated

ENTRY = DecisionEntry("So be it.", "Because.", "en")


def stands(decision: Decision) -> bool | None:
    """Whether it is kept as quorate, asked anew each time."""
    return decision.quorate


def everybody_came(meeting: Meeting, see: See) -> None:
    rows = attendance.rows_of(meeting.id)
    attendance.set_statuses(meeting, {row.id: "present" for row in rows}, {}, {}, see())


def test_decisions_from_paper_follow_who_is_ticked_afterwards(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        set_quorum(body, Quorum(least=2, counted="people"), keeper)
        meeting = make(body, keeper, days=-1)
        convening.minute_from_paper(meeting, keeper)
        item = items_of(meeting)[0]
        decision = decide(item, meeting, body, ENTRY, keeper)
        assert stands(decision) is False
        everybody_came(meeting, see)
        assert stands(decision) is True
        assert decision.counts["present"] == 2
        row = attendance.rows_of(meeting.id)[0]
        attendance.set_interests(meeting, item, set(), {row.id}, keeper)
        assert stands(decision) is False


def test_who_leaves_after_a_decision_was_there_for_it(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        set_quorum(body, Quorum(least=2, counted="people"), keeper)
        meeting = make(body, keeper, days=0)
        convening.start(meeting, keeper)
        everybody_came(meeting, see)
        first, second = items_of(meeting)[:2]
        convening.go_to(meeting, first, keeper)
        before = decide(first, meeting, body, ENTRY, keeper)
        row = attendance.rows_of(meeting.id)[1]
        attendance.note_movement(meeting, row.id, first, "left", keeper)
        convening.go_to(meeting, second, keeper)
        after = decide(second, meeting, body, ENTRY, keeper)
        assert (before.quorate, after.quorate) == (True, False)
        movement = read_room(meeting, "en").movements[0]
        attendance.forget_movement(meeting, movement.id, keeper)
        assert (before.quorate, after.quorate) == (True, True)


def test_another_chair_changes_nothing_that_was_decided_before(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        set_quorum(body, Quorum(chair_present=True), keeper)
        chair, member = (
            world.person("alva", role).membership_id for role in (Role.CHAIR, Role.MEMBER)
        )
        meeting = make(body, keeper, days=0, chair_id=chair)
        convening.start(meeting, keeper)
        rows = {row.membership_id: row for row in attendance.rows_of(meeting.id)}
        attendance.set_statuses(
            meeting, {rows[chair].id: "absent", rows[member].id: "present"}, {}, {}, keeper
        )
        item = items_of(meeting)[0]
        without = decide(item, meeting, body, ENTRY, keeper)
        entry = replace(entry_of(meeting), chair_id=member)
        change_meeting(meeting, entry, meeting.version, keeper)
        under_another = decide(item, meeting, body, ENTRY, keeper)
        assert (without.quorate, under_another.quorate) == (False, True)


def test_a_chair_who_is_named_afterwards_counts(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR)
        set_quorum(body, Quorum(chair_present=True), keeper)
        meeting = make(body, keeper, days=-1)
        convening.minute_from_paper(meeting, keeper)
        everybody_came(meeting, see)
        decision = decide(items_of(meeting)[0], meeting, body, ENTRY, keeper)
        assert stands(decision) is False
        entry = replace(entry_of(meeting), chair_id=world.person("alva", Role.CHAIR).membership_id)
        change_meeting(meeting, entry, meeting.version, keeper)
        assert stands(decision) is True
