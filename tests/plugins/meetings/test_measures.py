"""Each number of the meetings is what its definition says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from core.api import ActionEntry, add_action, db, utcnow
from core.i18n import today
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.bodies import Quorum, set_quorum
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.measures import Measures, Period, Share, measures
from plugins.meetings.services.proposals import ProposalEntry, propose
from plugins.meetings.words import State

from .conftest import See, asking, in_city, items_of, make, make_body, seated

ENTRY = DecisionEntry("So be it.", "Because.", "en")
NOTHING = Share(0, 0)


def here() -> Period:
    return Period(today() - timedelta(30), today() + timedelta(30))


def test_nothing_is_nothing_of_nothing(world: World) -> None:
    with in_city(world):
        assert measures(here()) == Measures(NOTHING, (), NOTHING, NOTHING, NOTHING, 0, None)
        assert NOTHING.percent is None


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
        assert measures(here()).held == Share(1, 1)
        convening.call_off(off, State.CANCELLED, "Snow.", keeper)
        off.end_utc = utcnow()
        db.session.flush()
        assert measures(here()).held == Share(1, 2)
        assert measures(here()).held.percent == 50


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
        ((_sector, filled),) = measures(here()).by_sector
        assert filled == Share(1, 2)
        attendance.add_person(meeting, keeper, name="A guest", part="guest", stands_for=member.id)
        ((_sector, filled),) = measures(here()).by_sector
        assert filled == Share(2, 2)


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
        found = measures(here())
        assert found.quorate == Share(0, 1)
        assert found.with_rationale == Share(2, 2)
        assert found.days_to_discussion is None
        convening.go_to(meeting, proposed, keeper)
        assert (measures(here()).proposals, measures(here()).days_to_discussion) == (1, 0.0)

        entry = ActionEntry("Write", "en", world.organisations["alva"][0], None, today())
        with asking(world):
            rows = [
                add_action(
                    replace(entry, due_on=today() + timedelta(days)), keeper, subject=ref_of("decision", missed.id)
                )
                for days in (-3, -2, -1, 5)
            ]  # fmt: skip
        # Late, and not yet due.
        assert measures(here()).actions_in_time == Share(0, 3)
        for row, status, late in (
            (rows[0], "done", 0),
            (rows[1], "done", 1),
            (rows[2], "not_possible", 0),
        ):
            row.status, row.closed, row.closed_on = status, True, row.due_on + timedelta(late)
        db.session.flush()
        assert measures(here()).actions_in_time == Share(1, 2)
        rows[0].restricted = True
        db.session.flush()
        assert measures(here()).actions_in_time == Share(0, 1)


def test_the_page_shows_them(world: World, sign_in: Callable[[Any], FlaskClient]) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    page = client.get("/alva/meetings/figures?year=2024").get_data(as_text=True)
    assert "Decisions with a rationale" in page
    assert "0 of 0" in page
    assert client.get("/alva/meetings/figures?year=٢٠٢٤").status_code == 200
