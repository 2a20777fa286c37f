"""A decision that was written down by mistake, and one that does not hold any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import ActionEntry, add_action, db, today
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Correction, Decision, Meeting
from plugins.meetings.services import approval, convening, decisions
from plugins.meetings.services.access import DECISION, ref_of
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.meetings import body_of

from .conftest import See, asking, in_city, items_of, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]
WHY = "The council of the city decided otherwise."


@pytest.fixture
def minuted(world: World, see: See) -> dict[str, str]:
    """A meeting whose minutes are a draft with three decisions: the identifiers of the meeting, its item and each."""
    keeper = see()
    with in_city(world), asking(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        convening.minute_from_paper(meeting, keeper)
        item = items_of(meeting)[0]
        found = {"meeting": meeting.id, "item": item.id}
        for number in ("one", "two", "three"):
            entry = DecisionEntry(f"Decided {number}", "It is needed.", "en")
            found[number] = decide(item, meeting, body, entry, keeper).id
        db.session.commit()
        return found


def _numbers(item_id: str) -> dict[str, int]:
    rows = db.session.scalars(select(Decision).where(Decision.item_id == item_id))
    return {row.text: row.number for row in rows}


def _meeting(found: dict[str, str]) -> Meeting:
    return db.session.scalars(select(Meeting).where(Meeting.id == found["meeting"])).one()


def test_what_was_written_down_twice_is_taken_out_and_the_later_ones_move_up(
    world: World, see: See, desk: FlaskClient, minuted: dict[str, str]
) -> None:
    with in_city(world):
        theirs = world.organisations["alva"][0]
        entry = ActionEntry("Order the lamps", "en", theirs, None, today())
        action = add_action(entry, see(), subject=ref_of(DECISION, minuted["two"]))
        db.session.commit()
        action_id = action.id
    page = f"/alva/meetings/decisions/{minuted['two']}"
    assert "Take it out of the minutes" in desk.get(f"{page}/edit").get_data(as_text=True)
    assert desk.post(f"{page}/take-out").status_code == 303
    assert desk.post(f"{page}/take-out").status_code == 404
    with in_city(world):
        assert _numbers(minuted["item"]) == {"Decided one": 1, "Decided three": 2}
        # What somebody promised stays promised.
        from core.actions.models import Action

        kept = db.session.scalars(select(Action).where(Action.id == action_id)).one()
        assert kept.ref_id == ""


def test_what_was_sent_is_not_taken_out(
    world: World, see: See, desk: FlaskClient, minuted: dict[str, str]
) -> None:
    with in_city(world), asking(world):
        convening.circulate(_meeting(minuted), see())
        db.session.commit()
    page = f"/alva/meetings/decisions/{minuted['two']}"
    assert "Take it out" not in desk.get(f"{page}/edit").get_data(as_text=True)
    told = desk.post(f"{page}/take-out", follow_redirects=True).get_data(as_text=True)
    assert "Take them back to the draft first." in told
    with in_city(world):
        assert len(_numbers(minuted["item"])) == 3


def test_what_another_decision_replaces_is_not_taken_out(
    world: World, see: See, desk: FlaskClient, minuted: dict[str, str]
) -> None:
    with in_city(world), asking(world):
        meeting, keeper = _meeting(minuted), see()
        [item] = [each for each in items_of(meeting) if each.id == minuted["item"]]
        entry = DecisionEntry("Decided anew", "It changed.", "en", replaces_id=minuted["one"])
        new = decide(item, meeting, body_of(meeting), entry, keeper)
        db.session.commit()
        old = db.session.scalars(select(Decision).where(Decision.id == minuted["one"])).one()
        with pytest.raises(decisions.NotReplaceable):
            decisions.take_out(old, item, meeting, keeper)
        db.session.rollback()
        new_id = new.id
    # Taken out itself, it leaves in force what it replaced.
    assert desk.post(f"/alva/meetings/decisions/{new_id}/take-out").status_code == 303
    with in_city(world):
        old = db.session.scalars(select(Decision).where(Decision.id == minuted["one"])).one()
        assert old.state == "in_force"


def test_an_approved_decision_is_withdrawn_with_its_reason_and_put_in_force_again(
    world: World, see: See, desk: FlaskClient, minuted: dict[str, str]
) -> None:
    page = f"/alva/meetings/decisions/{minuted['one']}"
    # Before, it is taken out instead.
    told = desk.post(f"{page}/withdraw", data={"reason": WHY}, follow_redirects=True)
    assert "Take the decision out of them instead." in told.get_data(as_text=True)
    with in_city(world), asking(world):
        meeting = _meeting(minuted)
        convening.circulate(meeting, see())
        approval.approve(meeting, see())
        db.session.commit()
    assert "Withdraw the decision" in desk.get(f"{page}/edit").get_data(as_text=True)
    refused = desk.post(f"{page}/withdraw")
    assert refused.status_code == 422
    assert "Say why they are corrected." in refused.get_data(as_text=True)
    # Pressed twice, it is withdrawn once.
    for _twice in range(2):
        assert desk.post(f"{page}/withdraw", data={"reason": WHY}).status_code == 303
    with in_city(world):
        row = db.session.scalars(select(Decision).where(Decision.id == minuted["one"])).one()
        assert row.state == "withdrawn"
        assert db.session.scalars(select(Correction)).one().reason == WHY
        assert _meeting(minuted).minutes_version == 2
    register = desk.get("/alva/meetings/decisions?state=withdrawn").get_data(as_text=True)
    assert "Decided one" in register
    assert "Decided two" not in register
    assert "Withdrawn" in desk.get(f"/alva/meetings/{minuted['meeting']}").get_data(as_text=True)
    assert desk.post(f"{page}/restore", data={"reason": "A slip."}).status_code == 303
    with in_city(world):
        row = db.session.scalars(select(Decision).where(Decision.id == minuted["one"])).one()
        assert row.state == "in_force"


def test_only_who_writes_the_minutes_does_either(
    world: World, sign_in: SignIn, minuted: dict[str, str]
) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    for act in ("withdraw", "restore", "take-out"):
        answer = member.post(
            f"/alva/meetings/decisions/{minuted['one']}/{act}", data={"reason": WHY}
        )
        assert answer.status_code == 404
