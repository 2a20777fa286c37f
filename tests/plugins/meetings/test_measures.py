"""Each number of the meetings is what its definition says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient

from core.api import FEWEST_PEOPLE, ActionEntry, Measure, Period, add_action, db, utcnow
from core.i18n import today
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.bodies import Quorum, set_quorum
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.measures import measures
from plugins.meetings.services.proposals import PAGE, ProposalEntry, propose
from plugins.meetings.services.seats import Seats, Share, by_sector, told
from plugins.meetings.words import State

from .conftest import See, asking, in_city, items_of, make, make_body, seated

ENTRY = DecisionEntry("So be it.", "Because.", "en")


def found() -> dict[str, Any]:
    """Each number of these two months, of how many."""
    here = Period(today() - timedelta(30), today() + timedelta(30))
    return {each.code: (each.value, each.of) for each in next(measures([here]))}


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
        here = [Period(today() - timedelta(30), today() + timedelta(30))]

        def filled() -> Share:
            [[seats]] = by_sector(here)
            assert seats.people == 2
            return seats.filled

        assert filled() == Share(1, 2)
        attendance.add_person(meeting, keeper, name="A guest", part="guest", stands_for=member.id)
        assert filled() == Share(2, 2)
        # Each of the two would read what the other did.
        assert found()["attendance"] == (None, None)


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
        # Nobody but those in the room may read them yet.
        assert found()["with_rationale"] == (0, 0)
        meeting.state = State.CIRCULATED.value
        db.session.flush()
        told = found()
        meeting.state = State.IN_PROGRESS.value
        db.session.flush()
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
    for path in (
        "meetings/?show=held&amp;year=2024-1",
        "meetings/decisions?open_to=all&amp;year=2024-1",
        "meetings/seats?year=2024-1",
        "meetings/proposals?discussed=2024-1&amp;open_to=all",
        "actions/?whose=all&amp;show=done_or_late&amp;of=meetings&amp;open_to=all&amp;due=2024-1",
    ):
        assert f'"/alva/{path}"' in page
        shown = client.get(f"/alva/{path}".replace("&amp;", "&")).text
        assert re.search(r"Jan\s–\s31\sMar\s2024", shown)


def seats_of(*people: int) -> list[Seats]:
    """Sectors a, b, c and so on of so many people each, who each filled one seat of two."""
    return [
        Seats(code, Share(number, 2 * number), number)
        for code, number in zip("abcdef", people, strict=False)
    ]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("people", "named", "others"),
    [
        ((), "", None),
        ((3, 4), "ab", None),
        ((3, 1, 4, 2), "ac", 3),
        # One sector of two people is not what is left of the sum.
        ((4, 2, 3, 6), "ad", 5),
        ((9, 2), "", None),
        ((1, 1, 1, 2), "", None),
    ],
)
def test_a_sector_of_a_few_people_is_told_with_others_alone(
    people: tuple[int, ...], named: str, others: int | None
) -> None:
    found = told(seats_of(*people))
    assert found.all == Share(sum(people), 2 * sum(people))
    assert "".join(each.sector for each in found.sectors) == named
    assert found.others == (Share(others, 2 * others) if others else None)
    if named:
        rest = sum(people) - sum(each.people for each in found.sectors)
        assert rest == 0 or rest >= FEWEST_PEOPLE
        assert set(named).isdisjoint(found.together)
        assert len(named) + len(found.together) == len(people)


@pytest.mark.one_database
def test_of_two_people_nothing_is_told() -> None:
    assert told(seats_of(1, 1)).all is None


def test_people_count_by_the_quarter_in_which_they_are_fewest(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper, rhythm="")
        first = date(today().year - 2, 2, 1)
        for month, roles in ((2, (Role.CHAIR, Role.MEMBER, Role.FOCAL_POINT)), (5, (Role.MEMBER,))):
            days = (first.replace(month=month) - today()).days
            meeting = make(body, keeper, days=days)
            for role in roles:
                membership = world.person("alva", role).membership_id
                row = attendance.add_person(
                    meeting, keeper, membership_id=membership, part="member"
                )
                row.organisation_id = world.organisations["alva"][0]
            meeting.state = State.CIRCULATED.value
            db.session.flush()
        year = Period(first.replace(month=1), first.replace(year=first.year + 1, month=1))
        quarter = Period.named(f"{first.year}-1")
        cut = Period(year.first, first.replace(month=4, day=20))
        assert quarter is not None
        people = [[(each.people, each.filled.of) for each in one] for one in by_sector([year])]
        assert people == [[(1, 4)]]
        for period in (quarter, cut):
            [[seats]] = by_sector([period])
            assert (seats.people, seats.filled.of) == (3, 3)


def arguments_of(measure: Measure) -> dict[str, Any]:
    return dict(measure.records.arguments) if measure.records is not None else {}


LISTED = {
    "held": r">\s*(\d+) meetings?<",
    "attendance": r'role="status">Seats filled: (\d+ of \d+)<',
    "quorate": r'role="status">(\d+) decisions?<',
    "with_rationale": r'role="status">(\d+) decisions?<',
    "actions_in_time": r'role="status">(\d+) actions?<',
    "proposals_discussed": r'role="status">(\d+) proposals?<',
    "days_to_discussion": r'role="status">(\d+) proposals?<',
}


def a_full_year(world: World, keeper: Any) -> None:
    """Meetings with what every member may see, and with what is open to some alone."""
    mine = ActionEntry("Write", "en", world.organisations["alva"][0], keeper.membership_id, today())
    everybody = (Role.CHAIR, Role.MEMBER, Role.FOCAL_POINT, Role.LEAD_WORKER)
    for facts in ({}, {"readers": "body"}):
        body = make_body(keeper, rhythm="", **facts)
        seated(world, body, keeper, *everybody)
        propose(ProposalEntry(body.id, "A sports day", "en"), keeper)
        propose(ProposalEntry(body.id, "A secret day", "en", restricted=True), keeper)
        for settled in (True, False):
            meeting = make(body, keeper, days=0)
            named = (keeper.membership_id,)
            entry = ItemEntry("Secret", "en", restricted=True, named=named)
            agenda.add_item(meeting, body, entry, keeper)
            set_quorum(body, Quorum(least=1), keeper)
            convening.start(meeting, keeper)
            rows = attendance.rows_of(meeting.id)
            attendance.set_statuses(
                meeting, {row.id: "present" if row is not rows[0] else "excused" for row in rows}, {}, {}, keeper
            )  # fmt: skip
            for item in items_of(meeting):
                convening.go_to(meeting, item, keeper)
                one = decide(item, meeting, body, ENTRY, keeper)
                for days in (-3, 0, 5):
                    wanted = replace(mine, due_on=today() + timedelta(days))
                    with asking(world):
                        action = add_action(wanted, keeper, subject=ref_of("decision", one.id))
                    if days == 0:
                        action.status, action.closed, action.closed_on = "done", True, today()
            if settled:
                meeting.state = State.CIRCULATED.value
            db.session.flush()
    # One that comes from no meeting.
    with asking(world):
        add_action(replace(mine, due_on=today() - timedelta(1)), keeper)
    db.session.commit()


@pytest.mark.parametrize("role", [Role.MEMBER, Role.FOCAL_POINT, Role.DATA_PROTECTION_OFFICER])
def test_the_list_behind_a_number_holds_what_was_counted_for_every_reader(
    world: World, see: See, sign_in: Callable[[Any], FlaskClient], role: Role
) -> None:
    with in_city(world):
        keeper = see()
        a_full_year(world, keeper)
        year = Period.named(str(today().year))
        assert year is not None
        counted = {each.code: each for each in next(measures([year]))}
        with asking(world):
            urls = {
                code: url_for(each.records.endpoint, **arguments_of(each))
                for code, each in counted.items()
                if each.records is not None
            }
    client = sign_in(world.person("alva", role))
    assert set(LISTED) == set(counted)
    for code, wanted in LISTED.items():
        measure, url = counted[code], urls[code]
        text = client.get(url).text
        shown = re.search(wanted, text)
        assert shown, (code, url)
        number: Any = measure.value
        if code == "attendance":
            number = f"{measure.value} of {measure.of}"
        elif code in {"with_rationale", "actions_in_time"}:
            number = measure.of
        elif code == "days_to_discussion":
            number = counted["proposals_discussed"].value
        assert shown[1] == str(number), (code, url)
        assert number, code
        assert "Secret" not in text, code


def test_the_seats_of_a_sector_meeting_by_meeting(
    world: World, see: See, sign_in: Callable[[Any], FlaskClient]
) -> None:
    with in_city(world):
        keeper = see()
        a_full_year(world, keeper)
        year = Period.named(str(today().year))
        assert year is not None
        [sectors] = by_sector([year])
    client = sign_in(world.person("alva", Role.MEMBER))
    assert sectors
    for each in sectors:
        page = client.get(f"/alva/meetings/seats?year={today().year}&sector={each.sector}").text
        told = f"Seats filled: {each.filled.value} of {each.filled.of}<"
        assert told in page
        rows = re.findall(r'data-label="Seats filled">(\d+) of (\d+)<', page)
        sums = [sum(int(row[place]) for row in rows) for place in (0, 1)]
        assert sums == [each.filled.value, each.filled.of]
    assert (
        client.get("/alva/meetings/seats?year=2026-9&sector=nothing&before=x&body=0").status_code
        == 200
    )
    assert "No meeting like that" in client.get("/alva/meetings/seats?year=1990").text
    observer = sign_in(world.person("alva", Role.OBSERVER))
    assert observer.get("/alva/meetings/seats").status_code == 403


def test_what_was_discussed_comes_page_by_page(
    world: World, see: See, sign_in: Callable[[Any], FlaskClient]
) -> None:
    number, noon = 2 * PAGE + 3, datetime(2024, 5, 5, 12, tzinfo=UTC)
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        for each in range(number):
            made = propose(ProposalEntry(body.id, f"Number {each:03}", "en"), keeper)
            # Many at one moment, so that the moment alone does not tell where a page ends.
            made.discussed_at = noon - timedelta(seconds=each // 25)
        propose(ProposalEntry(body.id, "Not discussed", "en"), keeper)
        db.session.commit()
    client = sign_in(world.person("alva", Role.MEMBER))
    path, pages, addresses = "/alva/meetings/proposals?discussed=2024", [], []
    while path:
        text = client.get(path).text
        assert f">{number} proposals<" in text
        pages.append(re.findall(r"Number (\d{3})", text))
        addresses.append(path)
        after = re.search(r'href="([^"]*after=[^"]*)"', text)
        path = after[1].replace("&amp;", "&") if after else ""
    assert [len(page) for page in pages] == [PAGE, PAGE, 3]
    assert len({each for page in pages for each in page}) == number
    back = re.search(r'href="([^"]*before=[^"]*)"', client.get(addresses[-1]).text)
    assert back
    assert re.findall(r"Number (\d{3})", client.get(back[1].replace("&amp;", "&")).text) == pages[1]
    for wrong in ("discussed=x", "discussed=2026-9", "discussed=2024&after=0&before=x"):
        assert client.get(f"/alva/meetings/proposals?{wrong}").status_code == 200


@pytest.mark.one_database
def test_other_sectors_stand_beside_the_same_ones_of_the_year_before_alone() -> None:
    year, same, other = seats_of(3, 1, 2), seats_of(4, 2, 1), seats_of(1, 3, 2)
    codes = [told(each).together for each in (year, same, other)]
    assert codes == [("b", "c"), ("b", "c"), ("a", "c")]
