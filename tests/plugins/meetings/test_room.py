"""Who is in the room, item by item, and the quorum that follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.api import db
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import AudienceMember
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.bodies import Quorum, seats_of, set_quorum, unseat
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.room import Interest, Moved, Person, Room, quorum_of, read_room

from .conftest import See, in_city, items_of, make, make_body, seated

NOW = datetime(2026, 11, 19, 10, tzinfo=UTC)


def person(name: str, organisation: str = "", **facts: str) -> Person:
    usual = {
        "id": name, "membership_id": f"m-{name}", "name": name, "organisation_id": organisation or name,
        "organisation": organisation, "sector": "education", "part": "member", "status": "present",
        "stands_for": "", "apology": "",
    }  # fmt: skip
    return Person(**(usual | facts), has_account=True, active=True, version=1)


def room(*people: Person, moves: tuple[tuple[str, str, str], ...] = (), **facts: object) -> Room:
    movements = tuple(
        Moved(f"{n}", who, item, way, NOW + timedelta(minutes=n))
        for n, (who, item, way) in enumerate(moves)
    )
    return Room(people, movements, order=("1", "2", "3"), **facts)  # type: ignore[arg-type]  # as given


def test_who_arrives_during_an_item_is_there_from_then_on() -> None:
    found = room(person("ana"), person("ben"), moves=(("ben", "2", "arrived"),))
    assert found.in_room("1") == {"ana"}
    assert found.in_room("2") == found.in_room("3") == {"ana", "ben"}


def test_who_leaves_during_an_item_was_in_the_room_for_it_and_counts_no_more() -> None:
    found = room(person("ana"), person("ben"), moves=(("ben", "2", "left"),))
    assert found.in_room("2") == {"ana", "ben"}
    assert found.present("2") == {"ana"}
    assert found.in_room("3") == {"ana"}


def test_who_comes_back_is_there_again() -> None:
    found = room(person("ben"), moves=(("ben", "1", "left"), ("ben", "3", "arrived")))
    assert found.in_room("2") == frozenset()
    assert found.in_room("3") == {"ben"}


def test_who_has_an_interest_does_not_count_and_leaves_unless_they_may_stay() -> None:
    interests = (Interest("x", "ana", "2", False, ""), Interest("y", "ben", "2", True, ""))
    found = room(person("ana"), person("ben"), person("cem"), interests=interests)
    assert found.in_room("2") == {"ben", "cem"}
    assert found.present("2") == {"cem"}
    assert found.in_room("1") == {"ana", "ben", "cem"}


@pytest.mark.parametrize(
    ("rule", "quorate"),
    [
        (Quorum(least=2), True),
        (Quorum(least=3), False),
        (Quorum(percent=50), True),
        (Quorum(percent=67), False),
        (Quorum(sectors=("education",)), True),
        (Quorum(sectors=("police",)), False),
        (Quorum(organisations=("school",)), True),
        (Quorum(organisations=("hospital",)), False),
        (Quorum(chair_present=True), True),
        (Quorum(counted="people", least=3), True),
    ],
)
def test_each_condition_of_a_quorum(rule: Quorum, quorate: bool) -> None:
    found = room(
        person("ana", "school", part="chair"),
        person("ben", "school"),
        person("cem", "youth"),
        person("dea", "hospital", status="excused", sector="health"),
        person("eva", "guests", part="guest"),
        chair_id="m-ana",
    )
    assert quorum_of(found, {"": rule}).quorate is quorate


def test_without_a_rule_nothing_is_said() -> None:
    assert quorum_of(room(person("ana")), {}).quorate is None


def test_a_substitute_takes_the_seat_of_whom_they_stand_for() -> None:
    found = room(
        person("dea", "hospital", status="replaced"),
        person("fay", "clinic", part="substitute", stands_for="dea"),
    )
    state = quorum_of(found, {"": Quorum(organisations=("hospital",), least=1)})
    assert state.quorate
    assert (state.present, state.all) == (1, 1)


def test_a_kind_of_item_has_its_own_rule() -> None:
    rules = {"": Quorum(least=1), "case_block": Quorum("case_block", organisations=("police",))}
    found = room(person("ana", "school"))
    assert quorum_of(found, rules, "planning").quorate
    assert quorum_of(found, rules, "case_block").missing_organisations == ("police",)


def test_a_chair_who_leaves_midway_makes_what_is_decided_then_not_quorate(
    world: World, see: See
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        set_quorum(body, Quorum(least=1, chair_present=True), keeper)
        meeting = make(
            body, keeper, days=0, chair_id=world.person("alva", Role.CHAIR).membership_id
        )
        convening.start(meeting, keeper)
        rows = attendance.rows_of(meeting.id)
        attendance.set_statuses(meeting, {row.id: "present" for row in rows}, {}, {}, keeper)
        first, second = items_of(meeting)[:2]
        convening.go_to(meeting, first, keeper)
        entry = DecisionEntry("So be it.", "Because.", "en")
        assert decide(first, meeting, body, entry, keeper).quorate is True
        chair = next(row for row in rows if row.membership_id == meeting.chair_id)
        attendance.note_movement(meeting, chair.id, first, "left", keeper)
        convening.go_to(meeting, second, keeper)
        later = decide(second, meeting, body, entry, keeper)
        assert later.quorate is False
        assert later.counts["chair_missing"] is True
        # Naming another chair makes the meeting able to decide again.
        meeting.chair_id = next(
            row.membership_id for row in rows if row.membership_id != chair.membership_id
        )
        assert decide(second, meeting, body, entry, keeper).quorate is True


def test_the_room_follows_the_attendance(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper, days=0)
        item = agenda.add_item(
            meeting, body, ItemEntry("Secret", "en", "opening", restricted=True), keeper
        )

        def audience() -> set[str]:
            return set(
                db.session.scalars(
                    select(AudienceMember.membership_id).where(
                        AudienceMember.item_id == item.id, AudienceMember.way == "room"
                    )
                )
            )

        convening.start(meeting, keeper)
        rows = attendance.rows_of(meeting.id)
        attendance.set_statuses(meeting, {row.id: "present" for row in rows}, {}, {}, keeper)
        # Being there is not enough: the item must have been taken up.
        assert audience() == set()
        convening.go_to(meeting, item, keeper)
        everybody = {row.membership_id for row in rows}
        assert audience() == everybody
        attendance.set_interests(meeting, item, {rows[0].id}, set(), keeper)
        assert audience() == everybody - {rows[0].membership_id}
        attendance.set_statuses(meeting, {rows[1].id: "absent"}, {}, {}, keeper)
        assert audience() == set()


def test_a_member_removed_between_convening_and_meeting_is_not_expected(
    world: World, see: See
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        convening.convene(meeting, keeper)
        assert len(attendance.rows_of(meeting.id)) == 2
        gone = next(each for each in seats_of(body.id, "en") if each.role == "member")
        whose = unseat(body, gone.id, keeper)
        assert whose is not None
        attendance.forget_seat(body.id, whose, keeper)
        assert [row.part for row in attendance.rows_of(meeting.id)] == ["chair"]
        assert read_room(meeting, "en").people
