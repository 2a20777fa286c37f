"""Reminders: once, in time, to whoever acts, or to their organisation where nothing reaches them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.actions import services
from core.actions.words import Status
from core.daily import run_daily
from core.database import db
from core.identity.models import Person
from core.notifications.models import Notification
from core.permissions import Role

from .conftest import Scene, day_of_alva, in_days

SCHOOL = (Role.MEMBER, Role.FOCAL_POINT, Role.DATA_PROTECTION_OFFICER)


def of_school(scene: Scene, *without: Role) -> set[str]:
    """Those of the school who see actions; its observer does not."""
    return {scene.member(role) for role in SCHOOL if role not in without}


@pytest.fixture(autouse=True)
def _places(scene: Scene) -> None:
    """Who speaks for which organisation stands here, not in the order of the roles."""
    for role in Role:
        here = role in {*SCHOOL, Role.OBSERVER}
        scene.set_member(role, organisation_id=scene.school if here else scene.centre)


def test_the_daily_work_reminds_once_however_often_it_runs(scene: Scene) -> None:
    scene.add("In ten days", 10, to=Role.CHAIR)
    scene.add("In three days", 3, to=Role.CHAIR)
    scene.add("Today", 0, to=Role.CHAIR)
    scene.add("Late", -1, to=Role.CHAIR)
    done = scene.add("Done and late", -1, to=Role.CHAIR)
    scene.settle(done, Status.DONE)
    for _twice in range(2):
        with scene.app.app_context():
            assert run_daily().failed == []
    told = [(kind, who, times) for kind, who, _facts, times in scene.told("actions.")]
    chair = scene.member(Role.CHAIR)
    assert [one for one in told if one[0] in {"actions.due", "actions.late"}] == [
        ("actions.due", chair, 1),
        ("actions.due", chair, 1),
        ("actions.late", chair, 1),
    ]
    shown = scene.words(Role.CHAIR, "/alva/notifications")
    assert "Due on" in shown
    assert "Late, it was due on" in shown


def test_at_night_a_reminder_waits_for_the_morning(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = scene.add(days=2, to=Role.CHAIR)
    night = datetime.combine(day_of_alva(), time(1, 5), ZoneInfo("Europe/Skopje")).astimezone(UTC)
    monkeypatch.setattr("core.notifications.services.utcnow", lambda: night)
    scene.remind()
    with scene.world.in_city("alva"):
        due = select(Notification.mail_due_at).where(Notification.kind == "actions.due")
        (moment,) = db.session.scalars(due).all()
    assert moment == night + timedelta(hours=5, minutes=55), action


def test_an_action_is_reminded_of_before_on_its_day_and_weekly_once_late(scene: Scene) -> None:
    action = scene.add(days=20, to=Role.CHAIR)
    due = day_of_alva() + timedelta(days=20)
    days = [day for day in range(-10, 100) if scene.remind(due + timedelta(days=day))]
    assert days == [-3, 0, *range(1, 91, 7)]
    scene.settle(action, Status.DONE)
    assert scene.remind(due + timedelta(days=3)) == 0


def test_a_moved_action_is_reminded_of_again(scene: Scene) -> None:
    action = scene.add(days=2, to=Role.CHAIR)
    assert scene.remind() == 1
    page = scene.client(Role.CHAIR)
    data = {
        "text": "Book the room",
        "who": f"p:{scene.member(Role.CHAIR)}",
        "due_on": in_days(3),
        "version": "1",
    }
    assert page.post(f"/alva/actions/{action}/edit", data=data).status_code == 303
    assert scene.remind() == 1
    assert scene.remind() == 0


def test_a_person_without_an_account_is_reminded_through_their_organisation(scene: Scene) -> None:
    paper = scene.on_paper(scene.school)
    client = scene.client(Role.CHAIR)
    data = {
        "text": "Bring the key",
        "who": f"p:{paper}",
        "due_on": in_days(1),
    }
    assert client.post("/alva/actions/new", data=data).status_code == 303
    assert scene.remind() == 1
    for kind in ("actions.assigned", "actions.due"):
        assert scene.whom(kind) == of_school(scene)
    assert "Due by your organisation on" in scene.words(Role.FOCAL_POINT, "/alva/notifications")
    mails = {str(mail["To"]): mail.get_content() for mail in scene.mails()}
    assert set(mails) == {
        "member@alva.example",
        "focal_point@alva.example",
        "data_protection_officer@alva.example",
    }
    assert "Bring the key" in mails["member@alva.example"]
    assert "Vera Paper" not in mails["member@alva.example"]


@pytest.mark.parametrize(
    "facts", [{"until": date(2020, 1, 1)}, {"active": False}, {"since": date(2090, 1, 1)}]
)
def test_who_has_left_is_reminded_through_their_organisation(
    scene: Scene, facts: dict[str, Any]
) -> None:
    scene.add(days=1, to=Role.MEMBER, by=Role.CHAIR)
    scene.set_member(Role.MEMBER, **facts)
    assert scene.remind() == 1
    assert scene.whom("actions.due") == of_school(scene, Role.MEMBER)


def test_whose_account_is_shut_is_reminded_through_their_organisation(scene: Scene) -> None:
    scene.add(days=1, to=Role.MEMBER, by=Role.CHAIR)
    with scene.world.in_city("alva"):
        person = db.session.get_one(Person, scene.world.person("alva", Role.MEMBER).id)
        person.active = False
        db.session.commit()
    assert scene.remind() == 1
    assert scene.whom("actions.due") == of_school(scene, Role.MEMBER)


def test_whose_role_sees_no_actions_is_reminded_through_their_organisation(scene: Scene) -> None:
    scene.add(days=1, to=Role.OBSERVER, by=Role.CHAIR)
    assert scene.remind() == 1
    assert scene.whom("actions.due") == of_school(scene)


def test_reminding_of_many_asks_no_more_for_each_who_is_to_be_told(scene: Scene) -> None:
    from core.testing.app import statements_of

    for each in range(6):
        scene.add(f"Action {each}", 1, to=Role.CHAIR)
    with statements_of(scene.app) as seen:
        assert scene.remind() == 6
    assert len([one for one in seen if "JOIN identity_person" in one and "SELECT" in one]) <= 7


def test_whoever_did_it_is_not_told_and_whoever_added_it_is(scene: Scene) -> None:
    action = scene.add(to=Role.CHAIR)
    assert scene.whom("actions.assigned") == {scene.member(Role.CHAIR)}
    scene.client(Role.CHAIR).post(f"/alva/actions/{action}/status/done")
    assert scene.whom("actions.settled") == {scene.member(Role.MEMBER)}
    shown = scene.words(Role.MEMBER, "/alva/notifications")
    assert "An action that you added is done" in shown
    own = scene.add("For myself", to=Role.MEMBER)
    scene.settle(own, Status.DONE)
    assert len(scene.told("actions.settled")) == 1


def unread(scene: Scene, role: Role) -> list[str]:
    """Of what kinds the bell of somebody tells."""
    with scene.world.in_city("alva"):
        rows = db.session.scalars(
            select(Notification.kind)
            .where(Notification.membership_id == scene.member(role), Notification.unread.is_(True))
            .order_by(Notification.kind)
        )
        return [kind for kind in rows if kind.startswith("actions.")]


def change(scene: Scene, action: str, **facts: str) -> None:
    """Its member changes an action in the page."""
    data = {
        "text": "Book the room",
        "who": f"p:{scene.member(Role.CHAIR)}",
        "due_on": in_days(2),
        "version": str(scene.stored(action).version),
    }
    answer = scene.client(Role.MEMBER).post(f"/alva/actions/{action}/edit", data=data | facts)
    assert answer.status_code == 303


def test_what_is_done_rings_no_bell_and_is_not_mailed(scene: Scene) -> None:
    action = scene.add("Finished before the mail", -1, to=Role.CHAIR)
    scene.remind()
    assert unread(scene, Role.CHAIR) == ["actions.assigned", "actions.late"]
    scene.client(Role.CHAIR).post(f"/alva/actions/{action}/status/done")
    assert unread(scene, Role.CHAIR) == []
    assert "Late, it was due on" in scene.words(Role.CHAIR, "/alva/notifications"), "in the list"
    assert [mail["To"] for mail in scene.mails()] == ["member@alva.example"], "that it is done"


def test_what_is_opened_again_was_not_finished(scene: Scene) -> None:
    action = scene.add(to=Role.CHAIR)
    page = scene.client(Role.CHAIR)
    page.post(f"/alva/actions/{action}/status/done")
    assert unread(scene, Role.MEMBER) == ["actions.settled"]
    page.post(f"/alva/actions/{action}/status/open")
    assert unread(scene, Role.MEMBER) == []
    assert scene.mails() == []


def test_whoever_acts_no_more_is_asked_no_more(scene: Scene) -> None:
    action = scene.add(days=2, to=Role.CHAIR)
    scene.remind()
    change(scene, action, who=f"p:{scene.member(Role.FOCAL_POINT)}")
    assert unread(scene, Role.CHAIR) == []
    assert unread(scene, Role.FOCAL_POINT) == ["actions.assigned"]
    given = scene.viewer(Role.FOCAL_POINT)
    with scene.world.in_city("alva"):
        services.reassign([action], scene.school, scene.member(Role.MEMBER), given)
        db.session.commit()
    assert unread(scene, Role.FOCAL_POINT) == []
    assert unread(scene, Role.MEMBER) == ["actions.reassigned"]


def test_a_reminder_of_the_day_before_the_change_is_taken_back(scene: Scene) -> None:
    action = scene.add(days=2, to=Role.CHAIR)
    scene.mails()
    scene.remind()
    change(scene, action, due_on=in_days(30))
    assert unread(scene, Role.CHAIR) == ["actions.assigned", "actions.changed"]


def test_what_is_late_was_due_and_says_it_once(scene: Scene) -> None:
    scene.add(days=1, to=Role.CHAIR)
    scene.remind()
    scene.remind(day_of_alva() + timedelta(days=2))
    assert unread(scene, Role.CHAIR) == ["actions.assigned", "actions.late"]


def test_whoever_has_not_heard_of_it_yet_hears_of_it_once_as_it_is_now(scene: Scene) -> None:
    action = scene.add("Book the hall", days=2, to=Role.CHAIR)
    change(scene, action, text="Book the big hall")
    assert unread(scene, Role.CHAIR) == ["actions.assigned"]
    (mail,) = scene.mails()
    assert "Book the big hall" in mail.get_content()
    change(scene, action, text="Book the small hall")
    assert unread(scene, Role.CHAIR) == ["actions.assigned", "actions.changed"]


def test_a_mail_that_waits_for_its_server_does_not_ask_for_what_is_done_meanwhile(
    scene: Scene,
) -> None:
    done = scene.add("Done while the server is away", to=Role.CHAIR)
    scene.mailbox.manner = "defer"
    assert scene.mails() == []
    assert scene.mailbox.attempts, "it was written, and tried"
    other = scene.add("Still to be done", to=Role.CHAIR)
    assert scene.mails() == []
    scene.settle(done, Status.DONE, by=Role.CHAIR)
    scene.mailbox.manner = "accept"
    mails = [mail for mail in scene.mails() if mail["To"] == "chair@alva.example"]
    assert [mail.get_content().count("You are to act") for mail in mails] == [1]
    assert "Still to be done" in mails[0].get_content()
    scene.settle(other, Status.DONE, by=Role.CHAIR)


def test_of_a_mail_that_waits_the_rest_is_told_anew(scene: Scene) -> None:
    done, other = (scene.add(text, to=Role.CHAIR) for text in ("Done", "Still to be done"))
    scene.mailbox.manner = "defer"
    assert scene.mails() == []
    scene.settle(done, Status.DONE, by=Role.CHAIR)
    scene.mailbox.manner = "accept"
    mails = scene.mails() + scene.mails()
    (told,) = [mail.get_content() for mail in mails if mail["To"] == "chair@alva.example"]
    assert "Still to be done" in told
    assert told.count("You are to act") == 1
    assert scene.stored(other).status == "open"
