"""The attendance list as its secretary keeps it: many at once, and whoever stands on it by mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import db
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Meeting
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.linking import invited
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.papers.minutes import minutes_paper
from plugins.meetings.services.room import read_room

from .conftest import See, asking, in_city, items_of, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]


@pytest.fixture
def convened(world: World, see: See) -> str:
    """A convened meeting of a chair and a member."""
    keeper = see()
    with in_city(world), asking(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        convening.convene(meeting, keeper)
        db.session.commit()
        return meeting.id


def _meeting(meeting_id: str) -> Meeting:
    return db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()


def _statuses(meeting_id: str) -> dict[str, str]:
    return {
        row.membership_id or row.guest_name: row.status for row in attendance.rows_of(meeting_id)
    }


def test_everybody_who_is_still_expected_is_marked_at_once(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    chair, member, helper = (
        see(role).membership_id for role in (Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER)
    )
    page = f"/alva/meetings/{convened}/attendance"
    # Before the meeting nobody is here.
    assert "Everybody still expected is here" not in desk.get(page).get_data(as_text=True)
    desk.post(page, data={"everybody": "1"})
    with in_city(world), asking(world):
        assert set(_statuses(convened).values()) == {"expected"}
        meeting = _meeting(convened)
        # A substitute is expected in the place of the member, who is then not here as well.
        [seat] = [row for row in attendance.rows_of(convened) if row.membership_id == member]
        attendance.add_person(
            meeting, see(), membership_id=helper, stands_for=seat.id, status="expected"
        )
        attendance.add_person(meeting, see(), name="A guest", status="expected")
        convening.start(meeting, see())
        guest = next(row.id for row in attendance.rows_of(convened) if row.guest_name)
        db.session.commit()
    assert "Everybody still expected is here" in desk.get(page).get_data(as_text=True)
    # Whoever was ticked otherwise stays as they were ticked.
    ticked = {"everybody": "1", f"status-{guest}": "absent"}
    assert desk.post(page, data=ticked).status_code == 303
    with in_city(world):
        assert _statuses(convened) == {
            chair: "present", member: "replaced", helper: "present", "A guest": "absent",
        }  # fmt: skip
    assert "Everybody still expected is here" not in desk.get(page).get_data(as_text=True)


def test_whoever_is_on_the_list_by_mistake_is_taken_off(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    helper, member = see(Role.LEAD_WORKER).membership_id, see(Role.MEMBER).membership_id
    page = f"/alva/meetings/{convened}/attendance"
    assert "Somebody is on the list by mistake" not in desk.get(page).get_data(as_text=True)
    with in_city(world), asking(world):
        [seat] = [row for row in attendance.rows_of(convened) if row.membership_id == member]
        row = attendance.add_person(
            _meeting(convened), see(), membership_id=helper, stands_for=seat.id, status="present"
        )
        row_id, seat_id = row.id, seat.id
        db.session.commit()
        assert helper in {line.membership_id for line in invited(convened)}
    assert "Somebody is on the list by mistake" in desk.get(page).get_data(as_text=True)
    told = desk.post(f"{page}/take-off", data={"person": seat_id}, follow_redirects=True)
    assert "Mark them as absent instead." in told.get_data(as_text=True)
    assert desk.post(f"{page}/take-off", data={"person": row_id}).status_code == 303
    with in_city(world):
        assert helper not in _statuses(convened)
        # The member's seat is theirs again, and whoever was invited is told that they are not.
        assert _statuses(convened)[member] == "expected"
        assert helper not in {line.membership_id for line in invited(convened)}
    for gone in (row_id, "nonsense", ""):
        told = desk.post(f"{page}/take-off", data={"person": gone}, follow_redirects=True)
        assert "They are not on the list any more." in told.get_data(as_text=True)


def test_whoever_dissented_stays_on_the_list(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    with in_city(world), asking(world):
        meeting, keeper = _meeting(convened), see()
        guest = attendance.add_person(meeting, keeper, name="A guest")
        convening.start(meeting, keeper)
        entry = DecisionEntry("Done.", "Needed.", "en", dissents=((guest.id, "Too dear."),))
        decide(items_of(meeting)[0], meeting, body_of(meeting), entry, keeper)
        db.session.commit()
        guest_id = guest.id
    told = desk.post(
        f"/alva/meetings/{convened}/attendance/take-off",
        data={"person": guest_id},
        follow_redirects=True,
    ).get_data(as_text=True)
    assert "Take that out of the decision first." in told
    with in_city(world):
        assert "A guest" in _statuses(convened)


def test_only_who_prepares_the_meeting_takes_anybody_off(
    world: World, see: See, sign_in: SignIn, convened: str
) -> None:
    with in_city(world), asking(world):
        guest = attendance.add_person(_meeting(convened), see(), name="A guest").id
        db.session.commit()
    member = sign_in(world.person("alva", Role.MEMBER))
    answer = member.post(f"/alva/meetings/{convened}/attendance/take-off", data={"person": guest})
    assert answer.status_code == 404


def test_the_minutes_say_in_whose_place_a_substitute_came(
    world: World, see: See, convened: str
) -> None:
    with in_city(world), asking(world):
        keeper, member = see(), see(Role.MEMBER).membership_id
        rows = attendance.rows_of(convened)
        seat = next(row for row in rows if row.membership_id == member)
        meeting = _meeting(convened)
        attendance.add_person(
            meeting, keeper, name="A guest", stands_for=seat.id, status="expected"
        )
        convening.minute_from_paper(meeting, keeper)
        paper = minutes_paper(convened, keeper, ["en"])
        room = read_room(meeting, "en")
        name = next(each.name for each in room.people if each.membership_id == member)
        assert f"in place of {name}" in repr(paper)
