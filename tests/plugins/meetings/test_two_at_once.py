"""Two who save at once through the pages, without a script: both read what the other wrote, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from core.api import db
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Decision
from plugins.meetings.services import convening
from plugins.meetings.services.decisions import DecisionEntry, decide

from .conftest import See, in_city, items_of, make, make_body

SignIn = Callable[[Any], FlaskClient]


def test_two_who_change_a_decision_read_each_others_words(
    world: World, see: See, sign_in: SignIn
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        meeting = make(body, keeper, days=0)
        convening.start(meeting, keeper)
        item = items_of(meeting)[0]
        entry = DecisionEntry("It is decided.", "Because.", "en")
        decision = decide(item, meeting, body, entry, keeper)
        db.session.commit()
        identifier, version = decision.id, decision.version
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    where = f"/alva/meetings/decisions/{identifier}/edit"
    form = {"version": str(version), "rule": "consensus", "publicity": "members", "language": "en"}
    first = form | {"text": "Ana’s words.", "rationale": "Because."}
    second = form | {"text": "Ben’s words.", "rationale": "Because of Ben."}
    assert client.post(where, data=first).status_code == 303
    answer = client.post(where, data=second)
    assert answer.status_code == 409
    told = answer.text
    assert "Somebody else saved this decision in the meantime." in told
    shown = told[told.index("What they wrote") :]
    for said in ("Ana’s words.", "Because.", "Ben’s words.", "Because of Ben."):
        assert said in shown
    # Sent once more with the version that the page carries now, it is kept.
    assert f'value="{version + 1}"' in told
    assert client.post(where, data=second | {"version": str(version + 1)}).status_code == 303
    with in_city(world):
        assert db.session.query(Decision).one().text == "Ben’s words."
