"""A month of a body through the pages alone, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.api import db, new_id
from core.i18n import today
from core.permissions import Role
from core.testing.app import World, statements_of
from plugins.meetings.models import Attendance, Body, Decision, Item, Meeting, Note, Proposal

from .conftest import in_city

SignIn = Callable[[Any], FlaskClient]


def body_of(world: World, desk: FlaskClient) -> str:
    """A body with two seats, set up through the pages."""
    once = new_id()
    form = {
        "once": once, "name-mk": "Совет", "name-en": "Council", "type": "plenary_network",
        "rhythm": "monthly", "nth": "1", "weekday": "1", "start_time": "10:00", "duration": "120",
        "language": "en", "readers": "network", "on_holidays": "next_week", "active": "y",
    }  # fmt: skip
    for _twice in range(2):
        assert desk.post("/alva/meetings/bodies/new", data=form).status_code == 303
    for role, part in ((Role.CHAIR, "chair"), (Role.MEMBER, "member")):
        seat = {"membership_id": world.person("alva", role).membership_id, "role": part}
        assert desk.post(f"/alva/meetings/bodies/{once}/seats", data=seat).status_code == 303
    with in_city(world):
        assert db.session.query(Body).filter_by(id=once).count() == 1
    return once


def prepare(desk: FlaskClient, body: str, days: int) -> str:
    """A meeting so many days from now; the form is what the page itself offers, with another day."""
    page = desk.get(f"/alva/meetings/new?body={body}").get_data(as_text=True)
    series = re.search(r'name="series_date"[^>]*value="([^"]*)"', page)
    once = new_id()
    form = {
        "once": once, "day": (today() + timedelta(days)).isoformat(), "start": "10:00", "end": "12:00",
        "type": "plenary_network", "language": "en", "mode": "in_person",
        "series_date": series[1] if series else "",
    }  # fmt: skip
    assert desk.post(f"/alva/meetings/new?body={body}", data=form).status_code == 303
    return once


def test_a_month_without_a_script(world: World, desk: FlaskClient, sign_in: SignIn) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    body = body_of(world, desk)
    meeting = prepare(desk, body, 3)
    home = f"/alva/meetings/{meeting}"
    # Nobody else sees the draft; a member proposes, and it is accepted onto it.
    assert member.get(home).status_code == 404
    proposed = {
        "once": new_id(), "body_id": body, "title": "A sports day", "language": "en", "purpose": "decide",
    }  # fmt: skip
    assert member.post("/alva/meetings/propose", data=proposed).status_code == 303
    answer = f"/alva/meetings/proposals/{proposed['once']}/answer"
    assert desk.post(answer, data={"state": "returned"}).status_code == 422
    assert member.post(answer, data={"state": "accepted"}).status_code == 403
    assert desk.post(answer, data={"state": "accepted"}).status_code == 303
    assert desk.get(f"{home}/convene").status_code == 200
    assert desk.post(f"{home}/convene").status_code == 303
    assert "A sports day" in member.get(home).get_data(as_text=True)
    assert desk.post(f"{home}/step/start").status_code == 303
    with in_city(world):
        rows = db.session.query(Attendance).filter_by(meeting_id=meeting).all()
        item = db.session.query(Item).filter_by(proposal_id=proposed["once"]).one().id
    present = {f"status-{row.id}": "present" for row in rows}
    assert desk.post(f"{home}/attendance", data=present).status_code == 303
    assert desk.post(f"/alva/meetings/items/{item}/take_up").status_code == 303
    # Notes: saved, refused to somebody else's older version, shown side by side with what was typed.
    note = f"/alva/meetings/items/{item}/note"
    assert desk.post(note, data={"version": "0", "text": "All agree."}).status_code == 303
    clash = desk.post(note, data={"version": "0", "text": "Nobody agrees."})
    assert clash.status_code == 409
    assert {"All agree.", "Nobody agrees."} <= set(
        re.findall(r"All agree\.|Nobody agrees\.", clash.get_data(as_text=True))
    )
    assert member.post(note, data={"version": "1", "text": "Mine."}).status_code == 404
    by_script = desk.post(
        note,
        data={"version": "1", "text": "All agree now."},
        headers={"X-Requested-With": "maillage"},
    )
    assert by_script.get_json()["version"] == 2
    decision = f"/alva/meetings/items/{item}/decisions/new"
    without = {
        "once": new_id(),
        "text": "It is held.",
        "rule": "consensus",
        "publicity": "public",
        "language": "en",
    }
    assert desk.post(decision, data=without).status_code == 422
    whole = without | {
        "rationale": "Both schools asked.",
        "dissent": rows[0].id,
        f"dissent-{rows[0].id}": "Cost.",
    }
    for _twice in range(2):
        assert desk.post(decision, data=whole).status_code == 303
    for step in ("end", "circulate"):
        assert desk.post(f"{home}/step/{step}").status_code == 303
    read = member.get(home).get_data(as_text=True)
    assert "All agree now." in read
    assert "Cost." in read
    assert desk.post(f"{home}/approval").status_code == 303
    with in_city(world):
        found = db.session.query(Meeting).filter_by(id=meeting).one()
        assert found.state == "approved"
        assert db.session.query(Decision).filter_by(item_id=item).count() == 1
        assert db.session.query(Note).filter_by(item_id=item).one().version == 2
        assert db.session.query(Proposal).one().discussed_at is not None
    following = prepare(desk, body, 33)
    page = desk.get(f"/alva/meetings/{following}").get_data(as_text=True)
    # What was not taken up comes back by itself.
    assert "Plan and budget, and what stands in the way" in page
    assert "Not reached" in desk.get(home).get_data(as_text=True)


def test_what_happened_is_read_once_until_the_calendar_changes(
    world: World, desk: FlaskClient
) -> None:
    def log(title: str, days: int) -> None:
        logged = {
            "once": new_id(), "title": title, "type": "workshop", "language": "en",
            "start_date": (today() + timedelta(days)).isoformat(), "visibility": "members",
            "organisation_id": world.organisations["alva"][0], "mode": "in_person", "currency": "EUR",
        }  # fmt: skip
        assert desk.post("/alva/activities/new", data=logged).status_code == 303

    def shown() -> tuple[set[str], bool]:
        with statements_of(world.app) as seen:
            page = desk.get(home).get_data(as_text=True)
        asked = any("FROM activities_activity" in each for each in seen)
        return set(re.findall(r"(?:Sports|Theatre|Cinema) day", page)), asked

    meeting = prepare(desk, body_of(world, desk), 3)
    home = f"/alva/meetings/{meeting}"
    log("Sports day", -2)
    log("Theatre day", 30)
    assert desk.post(f"{home}/convene").status_code == 303
    assert desk.post(f"{home}/step/start").status_code == 303
    assert shown() == ({"Sports day", "Theatre day"}, True)
    assert shown() == ({"Sports day", "Theatre day"}, False)
    log("Cinema day", 5)
    assert shown() == ({"Sports day", "Theatre day", "Cinema day"}, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", "2026-02-31"), ("day", ""), ("start", "25:99"), ("online_url", "javascript:alert(1)"),
        ("title", "x" * 300), ("chair_id", "nnnnnnnnnnnnnnnn"), ("secretary_id", "  "),
        ("title", "\ud800"), ("place", "a\x00b" * 200),
    ],
)  # fmt: skip
def test_wrong_input_gets_a_sentence_and_keeps_what_was_typed(
    world: World, desk: FlaskClient, field: str, value: str
) -> None:
    body = body_of(world, desk)
    form = {
        "once": new_id(), "day": today().isoformat(), "start": "10:00", "end": "12:00", "place": "Town hall",
        "type": "plenary_network", "language": "en", "mode": "in_person",
    } | {field: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}  # fmt: skip
    answer = desk.post(f"/alva/meetings/new?body={body}", data=form)
    assert answer.status_code in {303, 422}
    if answer.status_code == 422:
        page = answer.get_data(as_text=True)
        assert "m-error" in page
        assert field == "place" or "Town hall" in page


def test_calling_off_asks_for_a_word_once_people_were_told(world: World, desk: FlaskClient) -> None:
    meeting = prepare(desk, body_of(world, desk), 3)
    home = f"/alva/meetings/{meeting}"
    assert desk.post(f"{home}/convene").status_code == 303
    assert desk.post(f"{home}/call-off/cancelled", data={"reason": ""}).status_code == 422
    assert desk.post(f"{home}/call-off/cancelled", data={"reason": "Snow."}).status_code == 303
    assert "Snow." in desk.get(home).get_data(as_text=True)
    # Somebody with an old page presses what is no more.
    assert desk.post(f"{home}/step/start").status_code == 303
    with in_city(world):
        assert db.session.query(Meeting).filter_by(id=meeting).one().state == "cancelled"


def test_a_record_of_another_plugin_is_put_on_an_agenda_and_outlives_it(
    world: World, desk: FlaskClient
) -> None:
    from core.cities.models import CityPlugin
    from plugins.activities.models import Activity

    body = body_of(world, desk)
    once = new_id()
    logged = {
        "once": once, "title": "Reading club", "type": "workshop", "start_date": today().isoformat(),
        "organisation_id": world.organisations["alva"][0], "visibility": "members", "mode": "in_person",
        "language": "en", "currency": "EUR",
    }  # fmt: skip
    assert desk.post("/alva/activities/new", data=logged).status_code == 303
    with in_city(world):
        assert db.session.query(Activity).filter_by(id=once).count() == 1
    assert "Put on an agenda" in desk.get(f"/alva/activities/{once}").get_data(as_text=True)
    about = f"plugin=activities&kind=activity&id={once}"
    assert "Reading club" in desk.get(f"/alva/meetings/propose?{about}").get_data(as_text=True)
    proposed = {
        "once": new_id(),
        "body_id": body,
        "title": "Reading club",
        "language": "en",
        "purpose": "inform",
    }
    assert desk.post(f"/alva/meetings/propose?{about}", data=proposed).status_code == 303
    prepare(desk, body, 3)
    with in_city(world):
        item = db.session.query(Item).filter_by(ref_id=once).one().id
    assert f"/alva/activities/{once}" in desk.get(f"/alva/meetings/items/{item}").get_data(
        as_text=True
    )
    with in_city(world):
        db.session.query(CityPlugin).filter_by(name="activities").one().enabled = False
        db.session.commit()
    page = desk.get(f"/alva/meetings/items/{item}").get_data(as_text=True)
    assert "Reading club" in page
    assert f"/alva/activities/{once}" not in page
