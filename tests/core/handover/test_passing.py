"""The role passed on: one act, asked once, all of it or nothing; and never a city without a focal point."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.actions.models import Action
from core.audit.models import AuditRecord
from core.database import db
from core.identity.models import Membership
from core.notifications.models import Notification
from core.permissions import Role
from core.testing.app import everything_of

CITY, FOCAL_POINT, MEMBER, ADMINISTRATOR = (
    "alva",
    Role.FOCAL_POINT,
    Role.MEMBER,
    Role.CITY_ADMINISTRATOR,
)
PATH = f"/{CITY}/handover/pass"


def membership(world: Any, role: Role) -> Membership:
    with world.in_city(CITY) as city:
        key = (city.id, world.person(CITY, role).membership_id)
        return db.session.get_one(Membership, key)


def change(world: Any, role: Role, **facts: Any) -> None:
    with world.in_city(CITY) as city:
        key = (city.id, world.person(CITY, role).membership_id)
        one = db.session.get_one(Membership, key)
        for name, value in facts.items():
            setattr(one, name, value)
        db.session.commit()


def fields(text: str) -> dict[str, str]:
    """What the page of confirmation would send."""
    form = re.search(r'<form class="m-card m-measure" method="post".*?</form>', text, re.S)
    assert form, text
    return dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form[0]))


def asked(client: Any, world: Any, to: Role = MEMBER, **more: str) -> dict[str, str]:
    answer = client.get(
        PATH,
        query_string={
            "successor": world.person(CITY, to).membership_id,
            "way": "successor",
            "actions": "all",
            **more,
        },
    )
    assert answer.status_code == 200, answer.text
    assert "What will happen" in answer.text
    return fields(answer.text)


def actions_of(app: Any, text: str) -> Action:
    with app.app_context():
        found: Action = next(one for one in everything_of(Action) if one.text == text)
        return found


def test_a_successor_takes_over_at_once_and_the_former_keeps_nothing_of_it(
    app, world, sign_in, add_action
) -> None:
    mine = world.person(CITY, FOCAL_POINT).membership_id
    add_action("Book the hall", -3, assignee_id=mine)
    add_action("Sweep the yard", -3, assignee_id=mine, closed=True, status="done")
    add_action("Paint the fence", -3, assignee_id=world.person(CITY, Role.CHAIR).membership_id)
    former = sign_in(world.person(CITY, FOCAL_POINT))
    # Both sit at an open page already.
    successor = sign_in(world.person(CITY, MEMBER))
    assert successor.get(f"/{CITY}/week").status_code == 403
    sent = asked(former, world)
    assert membership(world, MEMBER).roles == ["member"], "asking changes nothing"
    answer = former.post(PATH, data=sent)
    assert answer.status_code == 200
    assert "is the focal point now." in answer.text
    assert "1 action went along." in answer.text

    assert membership(world, MEMBER).roles == ["focal_point", "member"]
    assert membership(world, FOCAL_POINT).roles == ["member"]
    # What they may do has changed, so both sign in again: the pages that were open show nothing more.
    for client in (former, successor):
        assert client.get(f"/{CITY}/week").headers["Location"].startswith("/sign-in")
    former = sign_in(world.person(CITY, FOCAL_POINT))
    successor = sign_in(world.person(CITY, MEMBER))
    week = successor.get(f"/{CITY}/week")
    assert week.status_code == 200
    assert "Book the hall" in week.text
    for page in ("week", "handover", "handover.pdf", "handover/pass"):
        assert former.get(f"/{CITY}/{page}").status_code == 403
    assert former.get(f"/{CITY}/").status_code == 200

    to = membership(world, MEMBER)
    moved = actions_of(app, "Book the hall")
    assert (moved.assignee_id, moved.organisation_id) == (to.id, to.organisation_id)
    assert actions_of(app, "Sweep the yard").assignee_id == mine
    assert actions_of(app, "Paint the fence").assignee_id != to.id


def test_what_will_happen_is_said_before_it_does(world, sign_in, add_action) -> None:
    mine = world.person(CITY, FOCAL_POINT).membership_id
    add_action("Book the hall", -3, assignee_id=mine)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    to = world.person(CITY, MEMBER).membership_id
    said = client.get(PATH, query_string={"successor": to, "way": "successor", "actions": "all"})
    assert "You are no longer focal point." in said.text
    assert "1 open action goes to" in said.text
    assert "To go back" in said.text
    said = client.get(PATH, query_string={"successor": to, "way": "substitute", "actions": "keep"})
    assert "You stay focal point as well." in said.text
    assert "No open action changes hands." in said.text


def test_a_substitute_holds_the_role_too(app, world, sign_in, add_action) -> None:
    mine = world.person(CITY, FOCAL_POINT).membership_id
    add_action("Book the hall", -3, assignee_id=mine)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    # A substitute does not end anything.
    sent = asked(client, world, way="substitute", actions="keep", ends="y")
    client.post(PATH, data=sent)
    assert membership(world, MEMBER).roles == ["focal_point", "member"]
    assert membership(world, FOCAL_POINT).roles == ["focal_point"]
    assert membership(world, FOCAL_POINT).active
    assert actions_of(app, "Book the hall").assignee_id == mine


def test_a_restricted_action_goes_to_no_other_organisation(app, world, sign_in, add_action) -> None:
    mine = membership(world, FOCAL_POINT)
    place = world.organisations[CITY].index(mine.organisation_id)
    add_action("Ask the aunt", -3, organisation=place, assignee_id=mine.id, restricted=True)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    same = [
        role
        for role in (MEMBER, Role.CHAIR, Role.LEAD_WORKER)
        if membership(world, role).organisation_id == mine.organisation_id
    ]
    other = [role for role in (MEMBER, Role.CHAIR, Role.LEAD_WORKER) if role not in same]
    said = client.get(
        PATH,
        query_string={
            "successor": world.person(CITY, other[0]).membership_id,
            "way": "successor",
            "actions": "all",
        },
    )
    assert "1 open action stays where it is" in said.text
    client.post(PATH, data=asked(client, world, other[0], way="substitute"))
    assert actions_of(app, "Ask the aunt").assignee_id == mine.id
    client.post(PATH, data=asked(client, world, same[0]))
    assert actions_of(app, "Ask the aunt").assignee_id == membership(world, same[0]).id


def test_sent_twice_it_happens_once(app, world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    sent = asked(client, world, way="substitute")
    assert client.post(PATH, data=sent).status_code == 303
    again = client.post(PATH, data=sent)
    # The memberships are not what they were: it is asked again, and nothing more is done.
    assert again.status_code == 409
    with app.app_context():
        assert [r.action for r in everything_of(AuditRecord)].count("handover.done") == 1


def test_of_two_acts_at_the_same_time_one_counts(world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    first, second = asked(client, world), asked(client, world, Role.CHAIR)
    assert client.post(PATH, data=first).status_code == 200
    client = sign_in(world.person(CITY, FOCAL_POINT))
    assert client.post(PATH, data=second).status_code == 403
    assert "focal_point" not in membership(world, Role.CHAIR).roles


def test_it_is_recorded_and_told(app, world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    client.post(PATH, data=asked(client, world))
    with app.app_context():
        told = {row.kind: row.membership_id for row in everything_of(Notification)}
        done = [r for r in everything_of(AuditRecord) if r.action == "handover.done"]
        roles = [r for r in everything_of(AuditRecord) if r.action == "membership.roles_changed"]
    assert told == {
        "handover.received": world.person(CITY, MEMBER).membership_id,
        "handover.done": world.person(CITY, ADMINISTRATOR).membership_id,
    }
    assert [r.ref_id for r in done] == [world.person(CITY, MEMBER).membership_id]
    assert len(roles) == 2
    read = sign_in(world.person(CITY, MEMBER)).get(f"/{CITY}/notifications").text
    assert "made you the focal point" in read


def test_whoever_leaves_is_gone(world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    sent = asked(client, world, ends="y")
    client.post(PATH, data=sent)
    assert not membership(world, FOCAL_POINT).active
    client = sign_in(world.person(CITY, FOCAL_POINT))
    assert client.get(f"/{CITY}/").status_code == 404


@pytest.mark.parametrize(
    "facts", [{"person_id": None}, {"active": False}], ids=["no account", "ended"]
)
def test_nobody_takes_over_who_could_not_use_it(world, sign_in, facts) -> None:
    change(world, MEMBER, **facts)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    sent = {
        "successor": world.person(CITY, MEMBER).membership_id,
        "way": "successor",
        "actions": "all",
        "leaving": "1",
        "taking": "1",
    }
    assert client.post(PATH, data=sent).status_code == 422
    assert membership(world, FOCAL_POINT).roles == ["focal_point"]
    assert client.get(PATH, query_string=sent).status_code == 422


def test_nobody_hands_over_to_themself_or_to_another_city(world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    for successor in (
        world.person(CITY, FOCAL_POINT).membership_id,
        world.person("bruma", MEMBER).membership_id,
        "n" * 16,
        "\x00",
        "",
    ):
        sent = {"successor": successor, "way": "successor", "leaving": "1", "taking": "1"}
        assert client.post(PATH, data=sent).status_code == 422
    assert membership(world, FOCAL_POINT).roles == ["focal_point"]


def test_only_an_administrator_does_it_for_somebody_else(world, sign_in) -> None:
    change(world, Role.CHAIR, roles=["focal_point"])
    whose = world.person(CITY, Role.CHAIR).membership_id
    client = sign_in(world.person(CITY, FOCAL_POINT))
    assert client.get(PATH, query_string={"from": whose}).status_code == 404
    assert client.post(PATH, data={"from": whose}).status_code == 404
    for role in (MEMBER, Role.OBSERVER):
        assert sign_in(world.person(CITY, role)).get(PATH).status_code == 403


def test_an_administrator_passes_on_the_role_of_who_has_left(
    app, world, sign_in, add_action
) -> None:
    mine = world.person(CITY, FOCAL_POINT).membership_id
    add_action("Book the hall", -3, assignee_id=mine)
    change(world, FOCAL_POINT, active=False)
    client = sign_in(world.person(CITY, ADMINISTRATOR))
    listed = client.get(f"/{CITY}/handover")
    assert "Has left" in listed.text
    # Whoever keeps people in order reads nothing of what the network has open.
    assert "Book the hall" not in listed.text
    assert client.get(f"/{CITY}/handover.pdf").status_code == 403
    form = client.get(PATH, query_string={"from": mine})
    assert form.status_code == 200
    assert 'name="actions"' not in form.text
    sent = asked(client, world, **{"from": mine})
    assert client.post(PATH, data=sent).status_code == 303
    assert "focal_point" in membership(world, MEMBER).roles
    assert "focal_point" not in membership(world, FOCAL_POINT).roles
    assert not membership(world, FOCAL_POINT).active
    assert actions_of(app, "Book the hall").assignee_id == mine


def test_an_administrator_does_not_make_themself_the_focal_point(world, sign_in) -> None:
    client = sign_in(world.person(CITY, ADMINISTRATOR))
    sent = {
        "from": world.person(CITY, FOCAL_POINT).membership_id,
        "successor": world.person(CITY, ADMINISTRATOR).membership_id,
        "way": "successor",
        "leaving": "1",
        "taking": "1",
    }
    answer = client.post(PATH, data=sent)
    assert answer.status_code == 422
    assert "Nobody makes themselves" in answer.text
    assert membership(world, ADMINISTRATOR).roles == ["city_administrator"]


def test_the_last_administrator_cannot_leave_with_the_role(world, sign_in) -> None:
    change(world, FOCAL_POINT, roles=["focal_point", "city_administrator"])
    change(world, ADMINISTRATOR, roles=["member"])
    client = sign_in(world.person(CITY, FOCAL_POINT))
    answer = client.post(PATH, data=asked(client, world, ends="y"))
    assert answer.status_code == 422
    assert "last city administrator" in answer.text
    assert "focal_point" not in membership(world, MEMBER).roles
