"""Each number of the meetings is what its definition says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from core.api import ActionEntry, Period, add_action, db, utcnow
from core.i18n import today
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.bodies import Quorum, set_quorum
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.measures import measures
from plugins.meetings.services.proposals import ProposalEntry, propose
from plugins.meetings.words import State

from .conftest import See, asking, in_city, items_of, make, make_body, seated

ENTRY = DecisionEntry("So be it.", "Because.", "en")


def found() -> dict[str, Any]:
    """Each number of these two months, of how many."""
    here = Period(today() - timedelta(30), today() + timedelta(30))
    return {each.code: (each.value, each.of) for each in measures(here)}


def test_nothing_is_nothing_of_nothing(world: World) -> None:
    with in_city(world):
        told = found()
        assert told.pop("proposals_discussed") == (0, None)
        assert told.pop("days_to_discussion") == (None, None)
        assert set(told) == {"held", "attendance", "quorate", "with_rationale", "actions_in_time"}
        assert set(told.values()) == {(0, 0)}


def test_meetings_held_are_counted_of_those_convened_or_held(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper, rhythm="")
        make(body, keeper, days=-5)
        convening.minute_from_paper(make(body, keeper, days=-4), keeper)
        convening.minute_from_paper(make(body, keeper, days=-200), keeper)
        off = make(body, keeper, days=2)
        convening.convene(off, keeper)
        # What is still to come is neither held nor missed.
        assert found()["held"] == (1, 1)
        convening.call_off(off, State.CANCELLED, "Snow.", keeper)
        off.end_utc = utcnow()
        db.session.flush()
        assert found()["held"] == (1, 2)


def test_a_seat_is_filled_by_whoever_has_it_or_stands_in(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper, days=0)
        convening.start(meeting, keeper)
        chair, member = attendance.rows_of(meeting.id)
        statuses = {chair.id: "present", member.id: "excused"}
        attendance.set_statuses(meeting, statuses, {}, {}, keeper)
        for row in (chair, member):
            row.organisation_id = world.organisations["alva"][0]
        db.session.flush()
        assert found()["attendance"] == (1, 2)
        attendance.add_person(meeting, keeper, name="A guest", part="guest", stands_for=member.id)
        assert found()["attendance"] == (2, 2)


def test_decisions_actions_and_proposals_without_what_is_restricted(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        propose(ProposalEntry(body.id, "A sports day", "en"), keeper)
        meeting = make(body, keeper, days=0)
        secret = agenda.add_item(meeting, body, ItemEntry("Secret", "en", restricted=True), keeper)
        convening.start(meeting, keeper)
        proposed = next(each for each in items_of(meeting) if each.proposal_id)
        decide(proposed, meeting, body, ENTRY, keeper)
        set_quorum(body, Quorum(least=9), keeper)
        missed = decide(proposed, meeting, body, ENTRY, keeper)
        decide(secret, meeting, body, ENTRY, keeper)
        told = found()
        assert told["quorate"] == (0, 1)
        assert told["with_rationale"] == (2, 2)
        assert told["days_to_discussion"] == (None, None)
        convening.go_to(meeting, proposed, keeper)
        assert found()["proposals_discussed"] == (1, None)
        assert found()["days_to_discussion"] == (0.0, None)

        entry = ActionEntry("Write", "en", world.organisations["alva"][0], None, today())
        with asking(world):
            rows = [
                add_action(
                    replace(entry, due_on=today() + timedelta(days)), keeper, subject=ref_of("decision", missed.id)
                )
                for days in (-3, -2, -1, 5)
            ]  # fmt: skip
        # Late, and not yet due.
        assert found()["actions_in_time"] == (0, 3)
        for row, status, late in (
            (rows[0], "done", 0),
            (rows[1], "done", 1),
            (rows[2], "not_possible", 0),
        ):
            row.status, row.closed, row.closed_on = status, True, row.due_on + timedelta(late)
        db.session.flush()
        assert found()["actions_in_time"] == (1, 2)
        rows[0].restricted = True
        db.session.flush()
        assert found()["actions_in_time"] == (0, 1)


def test_a_number_leads_to_the_records_of_its_period(
    world: World, see: See, sign_in: Callable[[Any], FlaskClient]
) -> None:
    with in_city(world):
        keeper = see()
        make(make_body(keeper, rhythm=""), keeper, days=-400)
        db.session.commit()
    client = sign_in(world.person("alva", Role.MEMBER))
    page = client.get("/alva/figures?year=2024&quarter=1").text
    assert "Decisions with a rationale" in page
    for path in ("meetings/?show=held&amp;year=2024-1", "meetings/decisions?year=2024-1"):
        assert f'"/alva/{path}"' in page
        shown = client.get(f"/alva/{path}".replace("&amp;", "&")).text
        assert re.search(r"Jan\s–\s31\sMar\s2024", shown)
