"""Circulated minutes ask whether something is wrong; whoever finds it says so there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.api import db
from core.notifications.models import Notification
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Change, Meeting
from plugins.meetings.services import approval, convening, remarks

from .conftest import See, asking, in_city, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]
WRONG = "Kanarinka was not there."


@pytest.fixture
def circulated(world: World, see: See) -> str:
    """A meeting whose minutes are circulated; the chair writes them as well."""
    keeper = see()
    with in_city(world), asking(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper, secretary_id=see(Role.CHAIR).membership_id)
        convening.minute_from_paper(meeting, keeper)
        convening.circulate(meeting, keeper)
        db.session.commit()
        return meeting.id


def _meeting(meeting_id: str) -> Meeting:
    return db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()


def _told(kind: str, membership_id: str) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Notification)
            .where(Notification.kind == kind, Notification.membership_id == membership_id)
        )
        or 0
    )


def test_what_is_wrong_reaches_who_writes_the_minutes_and_nobody_else(
    world: World, see: See, sign_in: SignIn, circulated: str
) -> None:
    home = f"/alva/meetings/{circulated}"
    member = sign_in(world.person("alva", Role.MEMBER))
    assert "Is something wrong?" in member.get(home).get_data(as_text=True)
    with in_city(world):
        version = _meeting(circulated).version
    told = member.post(f"{home}/remark", data={"text": "  "}, follow_redirects=True)
    assert "Write down what is wrong first." in told.get_data(as_text=True)
    # Sent twice it is told once.
    for _twice in range(2):
        assert member.post(f"{home}/remark", data={"text": WRONG}).status_code == 303
    with in_city(world):
        assert _told("meetings.remark", see(Role.CHAIR).membership_id) == 1
        # Whoever is writing at that moment is not thrown back.
        assert _meeting(circulated).version == version
    for path in (home, f"{home}/history"):
        other = sign_in(world.person("alva", Role.LEAD_WORKER)).get(path)
        assert other.status_code == 200
        assert "Kanarinka" not in other.get_data(as_text=True)
    assert WRONG in member.get(home).get_data(as_text=True)
    chair = sign_in(world.person("alva", Role.CHAIR))
    assert WRONG in chair.get(home).get_data(as_text=True)
    # It is still at hand while the minutes are corrected, and gone once they are approved.
    assert chair.post(f"{home}/step/take_back").status_code == 303
    assert WRONG in chair.get(home).get_data(as_text=True)
    told = member.post(f"{home}/remark", data={"text": "More."}, follow_redirects=True)
    assert "Somebody else was quicker" in told.get_data(as_text=True)
    with in_city(world), asking(world):
        convening.circulate(_meeting(circulated), see())
        approval.approve(_meeting(circulated), see())
        db.session.commit()
    assert WRONG not in chair.get(home).get_data(as_text=True)


def test_nobody_buries_the_secretary_in_remarks(world: World, see: See, circulated: str) -> None:
    with in_city(world), asking(world):
        meeting, member = _meeting(circulated), see(Role.MEMBER)
        for number in range(remarks.MOST_REMARKS):
            remarks.make_remark(meeting, f"Wrong {number}", member)
        with pytest.raises(remarks.TooMany):
            remarks.make_remark(meeting, "One more", member)
        kept = select(func.count()).select_from(Change).where(Change.way == "remark")
        assert db.session.scalar(kept) == remarks.MOST_REMARKS
