"""Reminders: once, in time, to whoever acts, or to their organisation where nothing reaches them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.actions.words import Status
from core.daily import run_daily
from core.database import db
from core.identity.models import Person
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
