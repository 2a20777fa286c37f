"""A body whose members alone read its agendas and minutes: who came is nobody else's business either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import db
from core.identity.models import Membership
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Meeting
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.exporting import attendance_rows, count_attended
from plugins.meetings.services.papers.attendance import attendance_paper
from plugins.meetings.services.papers.minutes import minutes_paper

from .conftest import See, asking, in_city, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]
NAME, APOLOGY = "Kanarinka Name", "Kanarinka is in hospital"


@pytest.fixture
def closed(world: World, see: See) -> str:
    """A convened meeting of a body that its members alone read; one of them cannot come and says why."""
    keeper, helper = see(), see(Role.LEAD_WORKER)
    with in_city(world), asking(world):
        row = db.session.scalars(
            select(Membership).where(Membership.id == helper.membership_id)
        ).one()
        row.shown_name = NAME
        body = make_body(keeper, readers="body")
        seated(world, body, keeper, Role.CHAIR, Role.LEAD_WORKER)
        meeting = make(body, keeper)
        convening.convene(meeting, keeper)
        attendance.send_apology(meeting, APOLOGY, helper)
        db.session.commit()
        return meeting.id


def _hold(world: World, see: See, meeting_id: str) -> None:
    with in_city(world), asking(world):
        meeting = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()
        for step in (convening.start, convening.end, convening.circulate):
            step(meeting, see())
        db.session.commit()


@pytest.mark.parametrize("held", [False, True])
def test_who_has_no_seat_learns_nothing_of_the_list(
    world: World, see: See, sign_in: SignIn, closed: str, held: bool
) -> None:
    home = f"/alva/meetings/{closed}"
    if held:
        _hold(world, see, closed)
    outsider = sign_in(world.person("alva", Role.MEMBER))
    page = outsider.get(home)
    assert page.status_code == 200
    read = page.get_data(as_text=True)
    assert NAME not in read
    assert APOLOGY not in read
    assert "attendance" not in read
    assert outsider.get(f"{home}/attendance").status_code == 404
    assert outsider.get(f"{home}/papers/attendance.pdf").status_code == 404
    assert outsider.get(f"{home}/papers/minutes.pdf").status_code == 404
    with in_city(world), asking(world):
        viewer = see(Role.MEMBER)
        assert attendance_paper(closed, viewer) is None
        assert minutes_paper(closed, viewer, ["en"]) is None
        assert count_attended(viewer, {}) == 0
        assert list(attendance_rows(viewer, {})) == []


def test_who_has_a_seat_reads_it(world: World, see: See, sign_in: SignIn, closed: str) -> None:
    _hold(world, see, closed)
    insider = sign_in(world.person("alva", Role.CHAIR))
    read = insider.get(f"/alva/meetings/{closed}/attendance").get_data(as_text=True)
    assert NAME in read
    assert APOLOGY in read
    with in_city(world), asking(world):
        assert count_attended(see(Role.LEAD_WORKER), {}) == 2
        assert minutes_paper(closed, see(Role.LEAD_WORKER), ["en"]) is not None


def test_minutes_that_are_not_open_are_said_to_be_the_body_s(
    world: World, see: See, sign_in: SignIn, closed: str
) -> None:
    _hold(world, see, closed)
    outsider = sign_in(world.person("alva", Role.MEMBER))
    read = outsider.get(f"/alva/meetings/{closed}").get_data(as_text=True)
    assert "Only the members of this body read its minutes." in read
    assert "Nothing written yet." not in read
