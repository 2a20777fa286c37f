"""Series: made by hand, changed in their three ways, moved, cancelled, and imported ones that people changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.api import Viewer, db
from core.permissions import Role
from core.testing.app import World, statements_of
from plugins.activities.models import Activity, Change, Partner, Series
from plugins.activities.plugin import calendar
from plugins.activities.services.detail import read_detail
from plugins.activities.services.entries import Entry, entry_of
from plugins.activities.services.importing import extend_series
from plugins.activities.services.records import (
    Conflict,
    change_activity,
    change_status,
    find_activity,
    log_activity,
    partner_ids,
)
from plugins.activities.services.rhythm import (
    Every,
    Rhythm,
    TooFewDates,
    TooLongAgo,
    TooManyDates,
    dates_of,
    every_of,
    full_rule,
    moved_rule,
    mover,
    rule_of,
)
from plugins.activities.services.series import (
    AlreadyRepeats,
    Done,
    Reach,
    Scope,
    change_dates,
    change_status_of_dates,
    neighbours_of,
    reach_of,
    read_series,
    repeat,
    undo_status,
)
from plugins.activities.words import Status

from .conftest import asking, in_city
from .test_importing import bring_in, event
from .test_importing import calendar as file

Make = Callable[..., Entry]
See = Callable[..., Viewer]

WEEK = timedelta(days=7)


def club(
    viewer: Viewer, entry: Entry, today: date, *, every: Every = Every.WEEK, times: int = 6
) -> list[Activity]:
    """A series as somebody makes it, its dates in order."""
    first = log_activity(entry, viewer, today)
    repeat(first, Rhythm(every, times=times), (), viewer, today)
    db.session.commit()
    return dates()


def dates() -> list[Activity]:
    return list(db.session.scalars(select(Activity).order_by(Activity.start_utc, Activity.id)))


def change(row: Activity, scope: Scope, viewer: Viewer, today: date, **facts: Any) -> Done:
    """Change a date as the form does: everything that is stored, and what somebody typed over it."""
    entry = replace(entry_of(row, partner_ids(row.id)), **facts)
    done = change_dates(row, entry, row.version, scope, viewer, today)
    db.session.commit()
    return done


# -- Rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "start", "expected"),
    [
        (Every.WEEK, date(2030, 3, 5), ["2030-03-12", "2030-03-19"]),
        (Every.TWO_WEEKS, date(2030, 3, 5), ["2030-03-19", "2030-04-02"]),
        (Every.MONTH_WEEKDAY, date(2030, 3, 12), ["2030-04-09", "2030-05-14"]),
        (Every.MONTH_WEEKDAY, date(2030, 3, 29), ["2030-04-26", "2030-05-31"]),
        (Every.MONTH_DATE, date(2030, 1, 15), ["2030-02-15", "2030-03-15"]),
        (Every.MONTH_DATE, date(2030, 1, 30), ["2030-02-28", "2030-03-30"]),
        (Every.MONTH_DATE, date(2030, 1, 31), ["2030-02-28", "2030-03-31"]),
        (Every.YEAR, date(2028, 2, 29), ["2029-02-28", "2030-02-28"]),
        (Every.YEAR, date(2030, 6, 1), ["2031-06-01", "2032-06-01"]),
    ],
)
def test_people_choose_a_rule_and_get_its_dates(
    every: Every, start: date, expected: list[str]
) -> None:
    found = dates_of(Rhythm(every, times=3), start, start)
    assert [day.isoformat() for day in found] == [start.isoformat(), *expected]
    assert every_of(full_rule(Rhythm(every, times=3), start)) is every


def test_a_series_has_an_end_that_people_gave_or_two_years() -> None:
    start = date(2030, 3, 5)
    until = dates_of(Rhythm(Every.WEEK, until=date(2030, 3, 19)), start, start)
    assert until[-1] == date(2030, 3, 19)
    ahead = dates_of(Rhythm(Every.MONTH_DATE), start, start)
    assert ahead[-1] == date(2032, 3, 5)
    assert len(dates_of(Rhythm(Every.WEEK), start, start)) == 104


def test_a_series_is_neither_one_date_nor_endlessly_many() -> None:
    start = date(2030, 3, 5)
    with pytest.raises(TooFewDates):
        dates_of(Rhythm(Every.WEEK, until=start + timedelta(days=6)), start, start)
    with pytest.raises(TooManyDates):
        dates_of(Rhythm(Every.WEEK, until=start + timedelta(days=1000)), start, start)
    with pytest.raises(TooManyDates):
        dates_of(Rhythm(Every.WEEK, times=105), start, start)
    with pytest.raises(TooLongAgo):
        dates_of(Rhythm(Every.WEEK), start, start + timedelta(days=400))


@given(
    every=st.sampled_from(Every),
    start=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    days=st.integers(-40, 40),
)
@settings(max_examples=300, deadline=None)
def test_moving_every_date_gives_the_dates_of_the_moved_rule(
    every: Every, start: date, days: int
) -> None:
    before = dates_of(Rhythm(every, times=8), start, start)
    new = start + timedelta(days=days)
    move = mover(rule_of(every, start), start, new)
    rule = moved_rule(rule_of(every, start), start, new)
    expected = rrulestr(rule, dtstart=datetime.combine(new, time()))
    moved = [move(day) for day in before]
    assert moved[0] == new
    assert moved == [expected[number].date() for number in range(8)]


def test_a_rule_of_another_calendar_moves_as_far_as_it_can() -> None:
    monday, tuesday = date(2030, 3, 4), date(2030, 3, 5)
    twice = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=9"
    assert moved_rule(twice, monday, tuesday) == ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=TU")
    assert moved_rule("FREQ=MONTHLY;BYDAY=1MO,3MO", monday, tuesday) == ""
    assert every_of(twice) is None


# -- Making ------------------------------------------------------------------------------------------------------


def test_a_series_is_made_of_the_first_date(world: World, see: See, make: Make) -> None:
    member, other = see(), world.organisations["alva"][1]
    with in_city(world) as today:
        entry = make(
            days=2, start_time=time(18), end_time=time(19, 30), place="Hall", partners=(other,),
            participants=9, target_groups=("parents",),
        )  # fmt: skip
        rows = club(member, entry, today, times=4)
        assert [row.start_date for row in rows] == [entry.start_date + WEEK * n for n in range(4)]
        assert {row.wall_start.time() for row in rows} == {time(18)}
        assert {row.place for row in rows} == {"Hall"}
        assert {partner_ids(row.id) for row in rows} == {(other,)}
        assert len({row.uid for row in rows}) == len({row.occurrence_key for row in rows}) == 4
        assert [row.participants for row in rows[1:]] == [None] * 3
        assert rows[1].expected == 9
        (series,) = db.session.scalars(select(Series))
        assert series.rule == "FREQ=WEEKLY;COUNT=4"
        with pytest.raises(AlreadyRepeats):
            repeat(rows[1], Rhythm(Every.WEEK, times=3), (), member, today)


def test_dates_that_are_skipped_are_not_made(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        first = log_activity(make(days=1), member, today)
        holiday = first.start_date + WEEK
        assert repeat(first, Rhythm(Every.WEEK, times=4), [holiday], member, today) == 3
        assert holiday not in [row.start_date for row in dates()]
        (series,) = db.session.scalars(select(Series))
        assert series.exdates == [holiday.isoformat()]


def test_the_clock_on_the_wall_stays_when_summer_time_ends(
    world: World, see: See, make: Make
) -> None:
    today = date(2030, 10, 1)
    with in_city(world):
        entry = replace(make(), start_date=date(2030, 10, 22), start_time=time(18))
        rows = club(see(), entry, today, times=2)
        assert [row.wall_start.time() for row in rows] == [time(18)] * 2
        assert [row.start_utc for row in rows] == [
            datetime(2030, 10, 22, 16, tzinfo=UTC),
            datetime(2030, 10, 29, 17, tzinfo=UTC),
        ]
        change(rows[0], Scope.ALL, see(), today, start_time=time(19))
        assert [row.start_utc.hour for row in dates()] == [17, 18]


def test_a_series_without_an_end_goes_on_with_its_partners(
    world: World, see: See, make: Make
) -> None:
    member, other = see(), world.organisations["alva"][1]
    with in_city(world) as today:
        first = log_activity(make(days=1), member, today)
        repeat(first, Rhythm(Every.MONTH_DATE), (), member, today)
        rows = dates()
        change(rows[-1], Scope.ONE, member, today, title="The last one so far")
        change(rows[0], Scope.ALL, member, today, partners=(other,))
        made = extend_series(today + timedelta(days=100))
        assert made in {3, 4}
        later = dates()[-made:]
        assert {row.title for row in later} == {"Media literacy workshop"}
        assert {partner_ids(row.id) for row in later} == {(other,)}


# -- Three ways of changing --------------------------------------------------------------------------------------


def test_only_this_one_changes_one_and_remembers_it(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today)
        assert change(rows[2], Scope.ONE, member, today, place="Library").dates == 1
        assert [row.place for row in dates()] == ["", "", "Library", "", "", ""]
        assert rows[2].overrides == ["place"]
        # How it went makes no exception of a date.
        change(rows[0], Scope.ONE, member, today, worked="The games")
        assert rows[0].overrides == []


def test_this_and_the_following_become_a_series_of_their_own(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today)
        before = [(row.id, row.uid) for row in rows]
        done = change(rows[2], Scope.FOLLOWING, member, today, place="Library")
        assert done.dates == 4
        assert [row.place for row in dates()] == ["", "", *["Library"] * 4]
        assert [(row.id, row.uid) for row in dates()] == before
        first, second = db.session.scalars(select(Series).order_by(Series.wall_start))
        assert [row.series_id for row in dates()] == [first.id] * 2 + [second.id] * 4
        assert first.rule == f"FREQ=WEEKLY;UNTIL={rows[1].start_date:%Y%m%d}"
        assert second.rule == f"FREQ=WEEKLY;UNTIL={rows[5].start_date:%Y%m%d}"
        assert second.follows_id == first.id
        assert neighbours_of(second, member) == (first.id, "")
        assert neighbours_of(first, member) == ("", second.id)
        # To others a series of whose dates they may see none is not there.
        change(rows[2], Scope.ALL, member, today, visibility="organisation")
        stranger = see(role=Role.OBSERVER, permissions=member.permissions)
        stranger = replace(stranger, organisation_id=world.organisations["alva"][1])
        assert neighbours_of(first, member) == ("", second.id)
        assert neighbours_of(first, stranger) == ("", "")
        assert rows[2].overrides == []


def test_following_the_first_date_is_all_of_them(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today)
        assert change(rows[0], Scope.FOLLOWING, member, today, title="Club").dates == 6
        assert len(db.session.scalars(select(Series)).all()) == 1


def test_all_leaves_exceptions_and_what_was_held(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=-14, start_time=time(18)), today)
        change(rows[1], Scope.ONE, member, today, result="Good.", participants=12)
        change(rows[4], Scope.ONE, member, today, place="Park")
        done = change(rows[3], Scope.ALL, member, today, place="Library", description="New")
        assert done.dates == 4 - (today == rows[2].start_date and rows[2].status == "held")
        assert [row.place for row in dates()][-3:] == ["Library", "Park", "Library"]
        assert [row.description for row in dates()][-3:] == ["New"] * 3
        assert (rows[1].place, rows[1].status, rows[1].participants) == ("", "reported", 12)


def test_only_what_somebody_changed_reaches_the_others(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=0, expected=10), today)
        change(rows[3], Scope.ONE, member, today, expected=40)
        change(
            rows[0], Scope.ALL, member, today, title="Club", status="held", participants=7,
            result="It went well.", budget_spent=None,
        )  # fmt: skip
        assert [row.title for row in dates()] == ["Club"] * 6
        assert [row.status for row in dates()] == ["reported", *["planned"] * 5]
        assert [row.result for row in dates()[1:]] == [""] * 5
        assert [row.expected for row in dates()] == [10, 10, 10, 40, 10, 10]


def test_what_only_tells_how_it_went_parts_nothing(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=-7), today)
        done = change(rows[1], Scope.FOLLOWING, member, today, result="Good.", status="reported")
        assert done.dates == 1
        assert len(db.session.scalars(select(Series)).all()) == 1


def test_each_date_keeps_its_own_history(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today, times=3)
        done = change(rows[0], Scope.ALL, member, today, place="Library")
        changes = db.session.scalars(select(Change)).all()
        assert {each.activity_id for each in changes} == {row.id for row in rows}
        assert {each.batch for each in changes} == {done.batch}
        assert [each.fields for each in changes] == [{"place": ["", "Library"]}] * 3
        assert [(row.version, row.sequence) for row in dates()] == [(2, 1)] * 3


def test_what_somebody_else_saved_is_not_overwritten(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today)
        seen = entry_of(rows[2], ())
        change(rows[0], Scope.ALL, member, today, place="Library")
        with pytest.raises(Conflict) as caught:
            change_dates(rows[2], replace(seen, place="Park"), 1, Scope.ALL, member, today)
        assert [each.name for each in caught.value.clashes] == ["place"]
        assert {row.place for row in dates()} == {"Library"}


@pytest.mark.parametrize("scope", [Scope.FOLLOWING, Scope.ALL])
def test_a_long_series_costs_no_more_statements(
    world: World, see: See, make: Make, scope: Scope
) -> None:
    member, other = see(), world.organisations["alva"][1]

    def cost(times: int) -> int:
        with in_city(world) as today:
            for each in (Change, Partner, Activity):
                db.session.query(each).delete()
            rows = club(member, make(days=1), today, times=times)
            change(rows[-1], Scope.ONE, member, today, place="Park")
            row = rows[1]
            with statements_of(world.app) as seen:
                change(
                    row, scope, member, today, title="Club", place="Hall", partners=(other,),
                    start_date=row.start_date + timedelta(days=1), start_time=time(18),
                )  # fmt: skip
            assert len({each.title for each in dates()}) <= 2
            return len(seen)

    assert cost(104) <= cost(5) + 2


# -- Moving ------------------------------------------------------------------------------------------------------


def test_moving_all_keeps_what_was_held_where_it_was(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=-14, start_time=time(18), end_time=time(19)), today)
        was = [row.start_date for row in rows]
        moved_from = rows[3].start_date
        change(
            rows[3], Scope.ALL, member, today, start_date=moved_from + timedelta(days=1),
            start_time=time(17), end_time=time(18),
        )  # fmt: skip
        now = [row.start_date for row in dates()]
        assert now[:2] == was[:2]
        assert now[3:] == [day + timedelta(days=1) for day in was[3:]]
        assert {row.wall_start.time() for row in dates()[3:]} == {time(17)}
        assert {row.wall_end.time() for row in dates()[3:] if row.wall_end} == {time(18)}
        assert {row.wall_start.time() for row in dates()[:2]} == {time(18)}
        (series,) = db.session.scalars(select(Series))
        assert series.wall_start.weekday() == dates()[3].start_date.weekday()


def test_a_date_moved_by_itself_stays_when_the_series_moves(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=7, start_time=time(18)), today)
        special = rows[2].start_date + timedelta(days=3)
        change(rows[2], Scope.ONE, member, today, start_date=special)
        change(rows[0], Scope.ALL, member, today, start_date=rows[0].start_date + timedelta(days=1))
        assert rows[2].start_date == special
        assert rows[3].start_date == rows[0].start_date + WEEK * 3
        # The date moved by itself gives its new day to all when that is what somebody says.
        change(rows[2], Scope.ALL, member, today, start_date=special - timedelta(days=1))
        assert {row.start_date.weekday() for row in dates()} == {rows[2].start_date.weekday()}
        assert rows[3].start_date == rows[2].start_date + WEEK


def test_a_week_forward_or_back_is_no_collision(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=-1, start_time=time(18)), today)
        for step in (WEEK, WEEK, -WEEK, -WEEK, -WEEK):
            was = [row.start_date for row in rows[1:]]
            change(rows[3], Scope.ALL, member, today, start_date=rows[3].start_date + step)
            assert [row.start_date for row in rows[1:]] == [day + step for day in was]
            keys = [row.occurrence_key for row in dates() if row.occurrence_key]
            assert len(keys) == len(set(keys))


def test_the_second_tuesday_becomes_the_third_friday(world: World, see: See, make: Make) -> None:
    member = see()
    today = date(2030, 3, 1)
    with in_city(world):
        entry = replace(make(), start_date=date(2030, 3, 12))
        rows = club(member, entry, today, every=Every.MONTH_WEEKDAY, times=4)
        change(rows[1], Scope.FOLLOWING, member, today, start_date=date(2030, 4, 19))
        assert [row.start_date.isoformat() for row in dates()] == [
            "2030-03-12", "2030-04-19", "2030-05-17", "2030-06-21",
        ]  # fmt: skip
        later = db.session.scalars(select(Series).where(Series.follows_id.is_not(None))).one()
        assert later.rule == "FREQ=MONTHLY;BYDAY=3FR;UNTIL=20300621"


def test_an_endless_series_goes_on_where_it_was_moved_to(
    world: World, see: See, make: Make
) -> None:
    member = see()
    today = date(2030, 3, 1)
    with in_city(world):
        first = log_activity(
            replace(make(), start_date=date(2030, 3, 5), start_time=time(18)), member, today
        )
        repeat(first, Rhythm(Every.TWO_WEEKS), (), member, today)
        rows = dates()
        change(
            rows[4], Scope.FOLLOWING, member, today, start_time=time(17),
            start_date=rows[4].start_date + timedelta(days=2),
        )  # fmt: skip
        extend_series(today + timedelta(days=60))
        found = dates()
        assert {row.start_date.weekday() for row in found[:4]} == {1}
        assert {row.start_date.weekday() for row in found[4:]} == {3}
        assert {row.wall_start.time() for row in found[4:]} == {time(17)}
        gaps = {(b.start_date - a.start_date).days for a, b in pairwise(found[4:])}
        assert gaps == {14}
        assert len(found) > len(rows)


def test_whole_days_get_a_time_and_lose_it_again(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today, times=3)
        change(rows[0], Scope.ALL, member, today, start_time=time(9), end_time=time(10))
        assert not any(row.all_day for row in dates())
        change(rows[1], Scope.ALL, member, today, start_time=None, end_time=None)
        assert all(row.all_day and row.end_date == row.start_date for row in dates())


# -- Partners ----------------------------------------------------------------------------------------------------


def test_a_partner_joins_all_dates_and_own_partners_stay(
    world: World, see: See, make: Make
) -> None:
    from core.identity.models import Organisation

    member = see()
    with in_city(world) as today:
        second = world.organisations["alva"][1]
        third = Organisation(names={"en": "Library"}, sort_key="library", sector="education")
        db.session.add(third)
        db.session.flush()
        rows = club(member, make(days=1), today, times=4)
        change(rows[2], Scope.ONE, member, today, partners=(third.id,))
        change(rows[1], Scope.FOLLOWING, member, today, partners=(second,))
        assert [set(partner_ids(row.id)) for row in dates()] == [
            set(), {second}, {second, third.id}, {second},
        ]  # fmt: skip
        change(rows[3], Scope.ALL, member, today, partners=())
        assert [set(partner_ids(row.id)) for row in dates()] == [
            set(), set(), {third.id}, set(),
        ]  # fmt: skip


# -- Cancelling --------------------------------------------------------------------------------------------------


def test_cancelling_all_can_be_undone_and_keeps_exceptions(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=-7, start_time=time(18)), today)
        change(rows[0], Scope.ONE, member, today, result="Good.", status="reported")
        change_status(rows[3], Status.POSTPONED, member, today)
        done = change_status_of_dates(rows[2], Status.CANCELLED, Scope.ALL, member, today)
        db.session.commit()
        statuses = [row.status for row in dates()]
        assert statuses[0] == "reported"
        assert statuses[2:] == ["cancelled", "postponed", "cancelled", "cancelled"]
        assert undo_status(done.batch, member) == done.dates
        assert [row.status for row in dates()][2:] == ["planned", "postponed"] + ["planned"] * 2
        assert undo_status(done.batch, member) == 0


def test_cancelling_this_and_the_following_ends_an_endless_series(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        first = log_activity(make(days=1), member, today)
        repeat(first, Rhythm(Every.MONTH_DATE), (), member, today)
        rows = dates()
        done = change_status_of_dates(rows[2], Status.CANCELLED, Scope.FOLLOWING, member, today)
        assert done.dates == len(rows) - 2
        assert extend_series(today + timedelta(days=200)) == 0
        # Planned again, it goes on as if nothing had been.
        assert undo_status(done.batch, member) == done.dates
        assert extend_series(today + timedelta(days=200)) > 4


def test_a_cancelled_date_is_an_exception_until_it_is_planned_again(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today, times=3)
        change_status(rows[1], Status.CANCELLED, member, today)
        assert rows[1].overrides == ["status"]
        change_status(rows[1], Status.PLANNED, member, today)
        assert rows[1].overrides == []
        change_status_of_dates(rows[0], Status.CANCELLED, Scope.ALL, member, today)
        change_status(rows[1], Status.PLANNED, member, today)
        assert rows[1].overrides == ["status"]


def test_calendars_are_told_of_every_date_that_is_cancelled(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today, times=3)
        change_status_of_dates(rows[1], Status.CANCELLED, Scope.FOLLOWING, member, today)
        db.session.commit()
        start = datetime.combine(today, time(), UTC)
        with asking(world):
            entries = list(calendar(member, start, start + timedelta(days=40)))
        assert [(each.status, each.sequence) for each in entries] == [
            ("planned", 0), ("cancelled", 1), ("cancelled", 1),
        ]  # fmt: skip


# -- Who may -----------------------------------------------------------------------------------------------------


def test_dates_of_others_are_left_alone(world: World, see: See, make: Make) -> None:
    member, other = see(), world.organisations["alva"][1]
    with in_city(world) as today:
        rows = club(member, make(days=1), today, times=4)
        rows[2].organisation_id, rows[2].logged_by = other, None
        rows[2].visibility = "organisation"
        db.session.commit()
        assert reach_of(rows[0], member, today) == Reach(3, 3)
        assert change(rows[0], Scope.ALL, member, today, place="Library").dates == 3
        assert rows[2].place == ""
        assert len(read_series(str(rows[0].series_id), member)) == 3
        # It moves along when the series is parted, since it is one of its dates.
        change(rows[1], Scope.FOLLOWING, member, today, place="Park")
        assert rows[2].series_id == rows[1].series_id != rows[0].series_id
    with in_city(world, "bruma") as today:
        assert read_series(str(rows[0].series_id), see(city="bruma")) == []


def test_the_question_tells_how_many_dates_each_answer_touches(
    world: World, see: See, make: Make
) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=-8), today, times=6)
        assert reach_of(rows[3], member, today) == Reach(3, 4)
        assert reach_of(rows[0], member, today).all == 5
        alone = log_activity(make(), member, today)
        assert not reach_of(alone, member, today).others


# -- Parting, whatever the series --------------------------------------------------------------------------------


@given(
    moves=st.lists(
        st.tuples(
            st.integers(0, 7), st.sampled_from([Scope.FOLLOWING, Scope.ALL, Scope.ONE]),
            st.integers(-9, 9), st.booleans(),
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_whatever_is_changed_no_date_is_lost_and_no_two_collide(
    world: World, moves: list[tuple[int, Scope, int, bool]]
) -> None:
    viewer = _viewer(world)
    with in_city(world) as today:
        for each in (Change, Activity):
            db.session.query(each).delete()
        for series in db.session.scalars(select(Series).order_by(Series.created_at.desc())):
            db.session.delete(series)
            db.session.flush()
        entry = Entry(
            title="Club", type="workshop", start_date=today + timedelta(days=30), language="en",
            organisation_id=world.organisations["alva"][0], start_time=time(18),
        )  # fmt: skip
        rows = club(viewer, entry, today, times=8)
        identities = {(row.id, row.uid) for row in rows}
        for index, scope, days, cancel in moves:
            row = rows[index]
            if cancel:
                change_status_of_dates(row, Status.CANCELLED, scope, viewer, today)
            else:
                change(row, scope, viewer, today, start_date=row.start_date + timedelta(days=days))
        found = dates()
        assert {(row.id, row.uid) for row in found} == identities
        keys = [(row.series_id, row.occurrence_key) for row in found if row.occurrence_key]
        assert len(keys) == len(set(keys))
        for series in db.session.scalars(select(Series)):
            own = [row for row in found if row.series_id == series.id]
            plain = [row for row in own if "start_date" not in row.overrides]
            assert len({row.start_date.weekday() for row in plain}) <= 1, series.rule
            assert own, "a series without dates"


def _viewer(world: World) -> Viewer:
    from core.permissions import permissions_of
    from plugins.activities.permissions import PERMISSIONS

    somebody = world.person("alva", Role.MEMBER)
    return Viewer(
        person_id=somebody.id, name="member", locale="en", city_id="",
        membership_id=somebody.membership_id, organisation_id=world.organisations["alva"][0],
        roles=frozenset({"member"}), permissions=permissions_of(["member"], PERMISSIONS),
    )  # fmt: skip


# -- Imported series ---------------------------------------------------------------------------------------------


def test_an_imported_series_that_people_moved_survives_the_next_import(
    world: World, see: See
) -> None:
    member = see()
    with in_city(world) as today:
        weekly = event("weekly", RRULE="FREQ=WEEKLY;COUNT=4")
        bring_in(file(weekly), member, today)
        rows = dates()
        moved = [row.start_date + timedelta(days=1) for row in rows[1:]]
        change(rows[1], Scope.FOLLOWING, member, today, start_date=moved[0], place="Park")
        assert bring_in(file(weekly), member, today).counts == {"unchanged": 1}
        longer = event("weekly", RRULE="FREQ=WEEKLY;COUNT=6", SUMMARY="Evening for parents")
        plan = bring_in(file(longer), member, today)
        assert plan.lines[0]["kept"] == ["start_date"]
        found = dates()
        assert [row.start_date for row in found] == [rows[0].start_date, *moved]
        assert [row.title for row in found] == ["Evening for parents"] * 4
        assert [row.place for row in found] == ["Library", "Park", "Park", "Park"]


def test_a_text_that_people_gave_an_imported_series_stays(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        bring_in(file(event("weekly", RRULE="FREQ=WEEKLY;COUNT=3")), member, today)
        change(dates()[0], Scope.ALL, member, today, title="Parents’ club")
        longer = event(
            "weekly", RRULE="FREQ=WEEKLY;COUNT=4", SUMMARY="Another title", LOCATION="Hall"
        )
        bring_in(file(longer), member, today)
        assert [row.title for row in dates()][:3] == ["Parents’ club"] * 3
        assert {row.place for row in dates()} == {"Hall"}
        assert len(dates()) == 4


def test_the_record_and_the_page_know_the_series(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        rows = club(member, make(days=1), today, times=3)
        found = read_detail(rows[1].id, member)
        assert found is not None
        assert found.series is not None
        assert found.series.rule == "FREQ=WEEKLY;COUNT=3"
        assert find_activity(rows[1].id, member) is rows[1]
        assert not change_activity(rows[1], entry_of(rows[1], ()), 1, member, today)
