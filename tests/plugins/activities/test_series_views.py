"""Series on the pages: made, shown, changed and cancelled; reports that wait; what else happens near."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import Viewer, db, new_id
from core.i18n import today
from core.permissions import Role
from core.testing.app import Somebody, World, statements_of
from plugins.activities.models import Activity, Series
from plugins.activities.repeats import rule_in_words
from plugins.activities.services.detail import read_surroundings
from plugins.activities.services.entries import Entry
from plugins.activities.services.listing import Filters, list_activities
from plugins.activities.services.nearby import Around, near
from plugins.activities.services.overview import home
from plugins.activities.services.records import change_status, log_activity
from plugins.activities.services.rhythm import Every, Rhythm
from plugins.activities.services.series import repeat
from plugins.activities.words import Status

from .conftest import asking, in_city
from .test_views import filled

Make = Callable[..., Entry]
See = Callable[..., Viewer]
SignIn = Callable[[Somebody], FlaskClient]


@pytest.fixture
def member(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva"))


def dates(world: World) -> list[Activity]:
    with in_city(world):
        return list(db.session.scalars(select(Activity).order_by(Activity.start_utc, Activity.id)))


def club(world: World, see: See, make: Make, *, times: int = 5, **facts: Any) -> list[Activity]:
    with in_city(world) as day:
        first = log_activity(make(**({"days": 1} | facts)), see(), day)
        repeat(first, Rhythm(Every.WEEK, times=times), (), see(), day)
        db.session.commit()
    return dates(world)


def form_of(row: Activity, world: World, **facts: Any) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "title": row.title, "start_date": row.start_date.isoformat(), "version": row.version,
        "status": row.status,
    }  # fmt: skip
    return filled(world, **(stored | facts))


# -- In words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY", "Every Tuesday, without an end"),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20300630", "Every second Tuesday, until 30 June 2030"),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=3", "Every month, on the first Tuesday, until 30 June 2030"),
        ("FREQ=MONTHLY;BYDAY=-1TU", "Every month, on the last Tuesday, without an end"),
        ("FREQ=MONTHLY;BYMONTHDAY=5", "Every month, on day 5, without an end"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month, on the last day, without an end"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "Every week: Tuesday, Thursday, without an end"),
        ("FREQ=DAILY;UNTIL=20300630", "Every day, until 30 June 2030"),
        ("FREQ=MONTHLY;BYDAY=1TU,3TU", "Several dates, without an end"),
        ("", "Several dates"),
    ],
)
def test_a_rule_is_told_in_words(world: World, rule: str, words: str) -> None:
    with in_city(world), asking(world):
        assert rule_in_words(rule, date(2030, 3, 5), date(2030, 6, 30)) == words


# -- Making ------------------------------------------------------------------------------------------------------


def test_without_a_script_the_dates_are_shown_before_they_are_made(
    world: World, member: FlaskClient
) -> None:
    start = date(today().year + 1, 12, 1)
    answer = member.post(
        "/alva/activities/new",
        data=filled(world, start_date=start.isoformat(), repeats="week", repeat_times="٦"),
    )
    assert answer.status_code == 303
    assert "/repeat?" in answer.location
    page = member.get(answer.location).text
    assert "The first date is saved." in page
    stamp = re.search(r'name="shown_dates" value="([^"]+)"', page)
    ticked = re.findall(r'name="dates" value="([^"]+)"(?: checked)?>', page)
    assert stamp is not None
    assert len(ticked) == 6
    assert len(dates(world)) == 1
    answer = member.post(
        answer.location.partition("?")[0],
        data={
            "repeats": "week", "repeat_times": "6", "shown_dates": stamp[1], "dates": ticked[:4],
        },
    )  # fmt: skip
    assert answer.status_code == 303
    assert len(dates(world)) == 4
    page = member.get(answer.location).text
    assert page.count('role="row"') == 5
    assert "Every" in page


def test_holidays_are_marked_and_left_out_unless_somebody_ticks_them(
    world: World, member: FlaskClient
) -> None:
    # A week before New Year's Day, which is a holiday in both countries.
    start = date(today().year + 1, 12, 25)
    page = member.get(
        "/alva/activities/dates",
        query_string={"start_date": start.isoformat(), "repeats": "week", "repeat_times": 3},
    ).text
    new_year = f"{start.year + 1}-01-01"
    assert re.search(rf'value="{new_year}"><span>[^<]+<small', page)
    assert re.search(rf'value="{start.year + 1}-01-08" checked', page)


def test_ticks_for_other_dates_count_for_nothing(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    with in_city(world) as day:
        activity = log_activity(make(days=1), see(), day)
        db.session.commit()
        address = f"/alva/activities/{activity.id}/repeat"
    answer = member.post(
        address, data={"repeats": "week", "repeat_times": "3", "shown_dates": "other", "dates": []}
    )
    assert answer.status_code == 200
    assert 'name="shown_dates"' in answer.text
    assert len(dates(world)) == 1


def test_dates_seen_while_typing_are_made_at_once(world: World, member: FlaskClient) -> None:
    start = today() + timedelta(days=1)
    days = [(start + timedelta(days=7 * number)).isoformat() for number in range(3)]
    data = filled(
        world, start_date=start.isoformat(), repeats="week", repeat_times="3",
        shown_dates=f"{start.isoformat()} week  3", dates=[days[0], days[2]],
    )  # fmt: skip
    answer = member.post("/alva/activities/new", data=data)
    assert "/activities/series/" in answer.location
    assert [row.start_date.isoformat() for row in dates(world)] == [days[0], days[2]]
    # The same form once more makes nothing.
    member.post("/alva/activities/new", data=data)
    assert len(dates(world)) == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"repeats": "hourly"}, "repeats"),
        ({"repeats": "week", "repeat_times": "1"}, "repeat_times"),
        ({"repeats": "week", "repeat_times": "500"}, "repeat_times"),
        ({"repeats": "week", "repeat_times": "many"}, "repeat_times"),
        ({"repeats": "week", "repeat_until": "2026-03-03"}, "repeat_until"),
        ({"repeats": "week", "repeat_until": "2099-03-03"}, "repeat_until"),
        ({"repeats": "year", "start_date": "2001-01-01"}, "repeat_until"),
        ({"repeats": "week", "repeat_times": "3", "repeat_until": "2026-06-01"}, "repeat_times"),
    ],
)
def test_a_series_that_makes_no_sense_is_told_at_its_field(
    world: World, member: FlaskClient, facts: dict[str, str], field: str
) -> None:
    answer = member.post("/alva/activities/new", data=filled(world, **facts))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert '<details class="m-more m-field" open>' in answer.text
    assert not dates(world)


@pytest.mark.parametrize(
    "query", ["", "start_date=x&repeats=week", "repeats=hourly&repeat_until=9"]
)
def test_the_preview_bears_whatever_is_typed(member: FlaskClient, query: str) -> None:
    assert member.get(f"/alva/activities/dates?{query}").status_code == 200


# -- Changing ----------------------------------------------------------------------------------------------------


def test_the_form_of_a_series_asks_which_dates(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    page = member.get(f"/alva/activities/{rows[2].id}/edit").text
    assert "This and the following: 3 dates" in page
    assert "All that lie ahead: 5 dates" in page
    assert re.search(r'name="scope"[^>]*value="one" checked', page)
    page = member.get(f"/alva/activities/{rows[2].id}/edit?scope=all").text
    assert re.search(r'name="scope"[^>]*value="all" checked', page)


@pytest.mark.parametrize(("scope", "changed"), [("one", 1), ("following", 3), ("all", 5)])
def test_a_change_reaches_the_dates_that_were_chosen(
    world: World, see: See, make: Make, member: FlaskClient, scope: str, changed: int
) -> None:
    rows = club(world, see, make)
    answer = member.post(
        f"/alva/activities/{rows[2].id}/edit",
        data=form_of(rows[2], world, scope=scope, place="Library"),
    )
    assert answer.status_code == 303
    assert [row.place for row in dates(world)].count("Library") == changed
    assert "Library" in member.get(answer.location).text


def test_a_scope_that_nobody_offered_is_refused(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    address = f"/alva/activities/{rows[2].id}"
    data = form_of(rows[2], world, scope="everything", place="Library")
    answer = member.post(f"{address}/edit", data=data)
    assert answer.status_code == 422
    assert 'value="Library"' in answer.text
    assert member.post(f"{address}/dates/cancelled", data={"scope": "x"}).status_code == 422
    assert {row.place for row in dates(world)} == {""}


def test_cancelling_a_series_is_undone_by_one_press(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    address = f"/alva/activities/{rows[1].id}/dates/cancelled"
    assert "All that lie ahead: 5 dates" in member.get(address).text
    answer = member.post(address, data={"scope": "following"})
    assert [row.status for row in dates(world)] == ["planned", *["cancelled"] * 4]
    page = member.get(answer.location).text
    undo = re.search(r'action="([^"]+/undo\?batch=[a-z2-7]{16})"', page)
    assert undo is not None
    member.post(undo[1])
    assert {row.status for row in dates(world)} == {"planned"}
    member.post(undo[1])
    member.post(undo[1].partition("?")[0] + "?batch=x")
    assert {row.status for row in dates(world)} == {"planned"}


def test_who_may_not_change_a_series_is_not_asked(
    world: World, see: See, make: Make, sign_in: SignIn
) -> None:
    rows = club(world, see, make)
    other = sign_in(world.person("alva", Role.DATA_PROTECTION_OFFICER))
    stranger = sign_in(world.person("bruma"))
    paths = ("repeat", "report", "dates/cancelled")
    for path in paths:
        assert other.get(f"/alva/activities/{rows[0].id}/{path}").status_code == 403
    page = f"/alva/activities/series/{rows[0].series_id}"
    assert "Change the series" not in other.get(page).text
    assert stranger.get(page.replace("/alva/", "/bruma/")).status_code == 404
    for path in paths:
        assert stranger.get(f"/bruma/activities/{rows[0].id}/{path}").status_code == 404
        assert stranger.post(f"/bruma/activities/{rows[0].id}/{path}").status_code == 404
    observer = sign_in(world.person("alva", Role.OBSERVER))
    assert observer.get(page).status_code == 403


def test_a_series_that_is_kept_private_is_not_there_for_others(
    world: World, see: See, make: Make, sign_in: SignIn
) -> None:
    rows = club(world, see, make, visibility="organisation")
    chair = sign_in(world.person("alva", Role.FOCAL_POINT))
    page = chair.get(f"/alva/activities/series/{rows[0].series_id}")
    own = see(role=Role.FOCAL_POINT).organisation_id == rows[0].organisation_id
    assert page.status_code == (200 if own else 404)
    assert chair.get(f"/alva/activities/series/{new_id()}").status_code == 404


def test_the_page_of_a_series_marks_what_is_next_and_what_differs(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    member.post(
        f"/alva/activities/{rows[3].id}/edit",
        data=form_of(rows[3], world, scope="one", place="Library"),
    )
    page = member.get(f"/alva/activities/series/{rows[0].series_id}").text
    assert page.count("Next</span>") == 1
    assert "Differs from the others: Place or area" in page
    for row in rows:
        assert f"/activities/{row.id}" in page
    assert (
        f"/activities/series/{rows[0].series_id}"
        in member.get(f"/alva/activities/{rows[4].id}").text
    )


def test_two_people_changing_one_series_see_both_versions(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    mine = form_of(rows[1], world, scope="all", title="Mine")
    theirs = form_of(rows[0], world, scope="all", title="Theirs")
    assert member.post(f"/alva/activities/{rows[0].id}/edit", data=theirs).status_code == 303
    answer = member.post(f"/alva/activities/{rows[1].id}/edit", data=mine)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert re.search(r'name="scope"[^>]*value="all" checked', answer.text)


# -- Reports -----------------------------------------------------------------------------------------------------


def test_what_lacks_a_report_after_three_days_is_listed_for_its_organisation(
    world: World, see: See, make: Make
) -> None:
    own, other = world.organisations["alva"]
    member = see()
    with in_city(world) as day:
        facts: list[dict[str, Any]] = [
            {"title": "Held", "days": -3},
            {"title": "Too fresh", "days": -2},
            {"title": "Long", "days": -6, "end_date": day - timedelta(days=1)},
            {"title": "Reported", "days": -9, "result": "Good."},
            {"title": "Theirs", "days": -9, "organisation_id": other},
            {"title": "Never said", "days": -20, "status": "planned"},
            {"title": "Cancelled", "days": -20, "status": "cancelled"},
        ]
        for each in facts:
            log_activity(make(**each), member, day)
        db.session.commit()
        rows = list_activities(Filters(status="unreported"), member, day).rows
        assert [row.title for row in rows] == ["Held", "Never said"]
        found = home(member, day)
        assert [row.title for row in found.waiting] == ["Held", "Never said"]
        assert found.number_waiting == 2
        assert {row.title for row in found.latest} >= {"Cancelled"}
        theirs = home(replace(member, organisation_id=other), day)
        assert [row.title for row in theirs.waiting] == ["Theirs"]
        assert home(replace(member, organisation_id=None), day).waiting == ()
    assert own != other


def test_a_series_is_listed_once_among_what_was_logged_lately(
    world: World, see: See, make: Make
) -> None:
    rows = club(world, see, make)
    with in_city(world) as day:
        assert [row.id for row in home(see(), day).latest] == [rows[0].id]


def test_the_home_page_leads_to_the_report(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    with in_city(world) as day:
        activity = log_activity(make(days=-5), see(), day)
        db.session.commit()
        address = f"/alva/activities/{activity.id}/report"
    # The first page asks for what is remembered of the city.
    member.get("/alva/")
    with statements_of(world.app) as seen:
        page = member.get("/alva/").text
    assert len(seen) <= 6
    assert "Waiting for your report" in page
    assert address in page
    form = member.get(address).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)
    assert version is not None
    data = {"version": version[1], "participants": "٢٣", "result": "It went well.", "worked": "x"}
    assert member.post(address, data=data).status_code == 303
    (row,) = dates(world)
    assert (row.participants, row.result, row.status) == (23, "It went well.", "reported")
    assert "Waiting for your report" not in member.get("/alva/").text


def test_a_report_says_something_and_loses_nothing(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    with in_city(world) as day:
        activity = log_activity(make(days=-5), see(), day)
        coming = log_activity(make(days=5), see(), day)
        db.session.commit()
        address = f"/alva/activities/{activity.id}/report"
        ahead = f"/alva/activities/{coming.id}/report"
    assert member.post(address, data={"version": 1}).status_code == 422
    answer = member.post(address, data={"version": 1, "participants": "x", "worked": "Kept"})
    assert answer.status_code == 422
    assert "Kept" in answer.text
    member.post(address, data={"version": 1, "result": "Theirs"})
    answer = member.post(address, data={"version": 1, "result": "Mine"})
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert member.get(ahead).status_code == 303
    assert member.post(ahead, data={"version": 1, "result": "x"}).status_code == 303
    assert [row.result for row in dates(world)] == ["Theirs", ""]


def test_parts_of_another_total_go_with_a_new_total(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    with in_city(world) as day:
        entry = make(days=-5, participants=10, attendances=12, by_sex={"female": 10})
        activity = log_activity(entry, see(), day)
        db.session.commit()
        address = f"/alva/activities/{activity.id}/report"
    member.post(address, data={"version": 1, "participants": "11", "result": "x"})
    (row,) = dates(world)
    assert (row.participants, row.by_sex, row.attendances) == (11, {}, 12)


# -- Near --------------------------------------------------------------------------------------------------------


def test_what_shares_a_place_or_a_group_within_a_week_is_told(
    world: World, see: See, make: Make
) -> None:
    member, other = see(), world.organisations["alva"][1]
    with in_city(world) as day:
        for facts in (
            {"title": "Same place", "days": 13, "place": "Дом на культура"},
            {"title": "Same group", "days": 5, "target_groups": ("parents", "women")},
            {"title": "Too far", "days": 18, "place": "Дом на культура"},
            {"title": "Too early", "days": 2, "target_groups": ("parents",)},
            {"title": "Elsewhere", "days": 10, "place": "Дом", "description": "dom na kultura"},
            {"title": "Cancelled", "days": 10, "place": "dom na kultura", "status": "cancelled"},
            {"title": "Hidden", "days": 10, "place": "dom na kultura", "organisation_id": other,
             "visibility": "organisation"},
        ):  # fmt: skip
            activity = log_activity(make(**facts), member, day)
            if facts["title"] == "Hidden":
                activity.logged_by = None
        db.session.commit()
        around = Around(day + timedelta(days=10), "Dom na  KULTURA", ("parents",))
        found = near(around, member)
        assert [(each.row.title, each.same_place, each.groups) for each in found] == [
            ("Same place", True, ()), ("Same group", False, ("parents",)),
        ]  # fmt: skip
        with statements_of(world.app) as seen:
            assert near(Around(day, "", ()), member) == []
        assert seen == []


def test_a_series_is_no_neighbour_of_itself_and_stands_once(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make, place="Hall")
    with in_city(world) as day:
        assert read_surroundings(rows[1], see())[1] == []
        alone = log_activity(make(days=9, place="hall", title="Alone"), see(), day)
        db.session.commit()
        found = read_surroundings(alone, see())[1]
        assert [each.row.id for each in found] == [rows[1].id]
        identifier = alone.id
    # The first page asks for the city's organisations as well, which are remembered until they change.
    member.get(f"/alva/activities/{identifier}")
    with statements_of(world.app) as seen:
        page = member.get(f"/alva/activities/{identifier}").text
    assert len(seen) <= 6
    assert "Something close to it is planned within seven days." in page
    assert f"/activities/{rows[1].id}" in page


def test_the_form_hears_of_it_while_one_types(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    with in_city(world) as day:
        activity = log_activity(make(days=9, place="Hall"), see(), day)
        db.session.commit()
        identifier, when = activity.id, activity.start_date.isoformat()
    query: dict[str, Any] = {"start_date": when, "place": "hall"}
    page = member.get("/alva/activities/nearby", query_string=query).text
    assert f"/activities/{identifier}" in page
    own = member.get("/alva/activities/nearby", query_string=query | {"activity": identifier}).text
    assert f"/activities/{identifier}" not in own
    for bad in ({"start_date": "x"}, {"target_groups": "nobody", "start_date": when}, {}):
        assert member.get("/alva/activities/nearby", query_string=bad).status_code == 200


def test_a_series_parted_twice_leads_on_and_back(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    for number, place in ((2, "Library"), (3, "Park")):
        row = rows[number]
        member.post(
            f"/alva/activities/{row.id}/edit",
            data=form_of(row, world, scope="following", place=place),
        )
        rows = dates(world)
    with in_city(world):
        assert len(db.session.scalars(select(Series)).all()) == 3
    page = member.get(f"/alva/activities/series/{rows[2].series_id}").text
    assert f"/activities/series/{rows[0].series_id}" in page
    assert f"/activities/series/{rows[4].series_id}" in page


def test_planning_a_postponed_date_again_asks_which(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    rows = club(world, see, make)
    with in_city(world) as day:
        activity = db.session.scalars(select(Activity).where(Activity.id == rows[1].id)).one()
        change_status(activity, Status.POSTPONED, see(), day)
        db.session.commit()
    page = member.get(f"/alva/activities/{rows[1].id}").text
    assert f"/activities/{rows[1].id}/dates/planned" in page
    member.post(f"/alva/activities/{rows[1].id}/dates/planned", data={"scope": "one"})
    assert {row.status for row in dates(world)} == {"planned"}
