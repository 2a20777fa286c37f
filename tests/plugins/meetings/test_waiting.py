"""What meetings wait for is known to who keeps the network, from the day on which it was due."""

from __future__ import annotations

from datetime import timedelta

from core.api import db
from core.i18n import today
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.services import convening
from plugins.meetings.services.approval import approve
from plugins.meetings.services.meetings import coming_date
from plugins.meetings.services.waiting import waiting

from .conftest import See, in_city, make, make_body


def kinds(see: See, role: Role = Role.FOCAL_POINT) -> list[tuple[str, str]]:
    return [(one.kind, one.title) for one in waiting(see(role), today(), "/m/")]


def test_minutes_wait_to_be_circulated_and_then_approved(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        meeting = make(make_body(keeper, rhythm=""), keeper, days=-3)
        meeting.state = "convened"
        assert kinds(see) == [("Minutes to circulate", "Council, meeting 1")]
        convening.minute_from_paper(meeting, keeper)
        (one,) = waiting(keeper, today(), "/m/")
        assert (one.since, one.url) == (today() - timedelta(3), f"/m/{meeting.id}")
        convening.circulate(meeting, keeper)
        # Time to comment is left.
        assert kinds(see) == []
        meeting.comments_until = today() - timedelta(1)
        db.session.flush()
        assert kinds(see) == [("Minutes to approve", "Council, meeting 1")]
        approve(meeting, keeper)
        assert kinds(see) == []


def test_meetings_wait_to_be_prepared_and_convened(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper, rhythm="weekly", notice_days=14)
        assert kinds(see) == [("Meeting to prepare", "Council")]
        # A member prepares nothing, and does not know of a draft.
        assert kinds(see, Role.MEMBER) == []
        found = coming_date(body, today(), "en")
        assert found is not None
        days = (found.day - today()).days
        meeting = make(body, keeper, days=days, series_date=found.series_date)
        assert ("Meeting to convene", "Council, meeting 1") in kinds(see)
        assert kinds(see, Role.MEMBER) == []
        convening.convene(meeting, keeper)
        assert ("Meeting to convene", "Council, meeting 1") not in kinds(see)
        body.active = False
        db.session.flush()
        assert kinds(see) == []
        # Far ahead nothing is due yet.
        make(body, keeper, days=40)
        assert kinds(see) == []
