"""Which days a page of the calendar shows, whatever the calendar, the country or the address says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.home.agenda import by_day
from core.home.stretches import (
    DAY,
    LIST,
    MONTH,
    WEEK,
    UnreadableDay,
    UnreadableMonth,
    address_of,
    begin_of_week,
    stretch_of,
)
from core.i18n.languages import days_of_rest, first_day_of_week, formatting_locale
from core.values import CalendarEntry

TODAY = date(2026, 11, 17)
MONDAY, SATURDAY, SUNDAY = 0, 5, 6
SKOPJE = ZoneInfo("Europe/Skopje")


def entry(start: datetime, end: datetime | None = None, **facts: object) -> CalendarEntry:
    known = {
        "uid": "a", "sequence": 0, "kind": "probe", "title": "A", "status": "planned",
        "zone": "Europe/Skopje", "start": start, "end": end, "wall_start": start.replace(tzinfo=None),
        "wall_end": None, "updated": start,
    }  # fmt: skip
    return CalendarEntry(**(known | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "country", "first", "rest"),
    [
        ("ar", "JO", SATURDAY, {4, 5}),
        ("ar", "LB", MONDAY, {5, 6}),
        ("fr", "JO", SATURDAY, {4, 5}),
        ("mk", "MK", MONDAY, {5, 6}),
        ("sq", "AL", MONDAY, {5, 6}),
        ("tr", "TR", MONDAY, {5, 6}),
        ("en", "GB", MONDAY, {5, 6}),
        ("en", "US", SUNDAY, {5, 6}),
        ("en", "IR", SATURDAY, {4}),
        ("en", "", MONDAY, {5, 6}),
    ],
)
def test_the_week_and_its_rest_are_the_countrys(language, country, first, rest) -> None:
    locale = formatting_locale(language, country)
    assert first_day_of_week(locale, country) == first
    assert days_of_rest(locale, country) == rest


@pytest.mark.parametrize(
    ("month", "first_week_day", "weeks", "begins"),
    [
        ("2026-11", MONDAY, 6, date(2026, 10, 26)),
        ("2026-11", SATURDAY, 5, date(2026, 10, 31)),
        ("2026-11", SUNDAY, 5, date(2026, 11, 1)),
        ("2026-08", MONDAY, 6, date(2026, 7, 27)),
        ("2027-02", MONDAY, 4, date(2027, 2, 1)),
        ("2028-02", MONDAY, 5, date(2028, 1, 31)),
        ("2026-12", MONDAY, 5, date(2026, 11, 30)),
        ("2027-01", MONDAY, 5, date(2026, 12, 28)),
        ("1990-01", SUNDAY, 5, date(1989, 12, 31)),
        ("2100-12", SUNDAY, 5, date(2100, 11, 28)),
    ],
)
def test_a_month_is_drawn_in_whole_weeks(month, first_week_day, weeks, begins) -> None:
    stretch = stretch_of({"view": MONTH, "month": month}, TODAY, first_week_day)
    drawn = stretch.weeks()
    assert len(drawn) == weeks
    assert drawn[0][0] == begins
    assert {len(week) for week in drawn} == {7}
    assert {week[0].weekday() for week in drawn} == {first_week_day}
    days = [day for week in drawn for day in week]
    assert days == [begins + timedelta(n) for n in range(7 * weeks)]
    assert stretch.first in drawn[0]
    assert stretch.last in drawn[-1]


def test_a_leap_day_is_the_last_of_its_month() -> None:
    assert stretch_of({"month": "2028-02"}, TODAY, MONDAY).last == date(2028, 2, 29)
    assert stretch_of({"day": "2028-02-29"}, TODAY, MONDAY).first == date(2028, 2, 29)
    with pytest.raises(UnreadableDay):
        stretch_of({"day": "2026-02-29"}, TODAY, MONDAY)


@pytest.mark.parametrize(
    ("week", "first_week_day", "begins"),
    [
        ("2026-11-17", MONDAY, date(2026, 11, 16)),
        ("2026-11-17", SATURDAY, date(2026, 11, 14)),
        ("2026-11-17", SUNDAY, date(2026, 11, 15)),
        ("2026-11-14", SATURDAY, date(2026, 11, 14)),
        ("2027-01-01", MONDAY, date(2026, 12, 28)),
        ("2026-W47", MONDAY, date(2026, 11, 16)),
        ("2026-W53", MONDAY, date(2026, 12, 28)),
        ("", MONDAY, date(2026, 11, 16)),
    ],
)
def test_a_week_begins_as_the_country_has_it(week, first_week_day, begins) -> None:
    stretch = stretch_of({"view": WEEK, "week": week}, TODAY, first_week_day)
    assert (stretch.first, stretch.end) == (begins, begins + timedelta(7))
    assert begin_of_week(stretch.last, first_week_day) == begins


def test_paging_leads_there_and_back() -> None:
    for arguments in (
        {"view": MONTH, "month": "2026-12"},
        {"month": "2026-01"},
        {"view": WEEK, "week": "2026-12-28"},
        {"day": "2026-12-31"},
    ):
        here = stretch_of(arguments, TODAY, SATURDAY)
        assert here.after is not None
        after = stretch_of(here.after, TODAY, SATURDAY)
        assert after.first == here.end
        assert after.before == here.here
        assert after.view == here.view


def test_the_calendar_ends_where_its_years_do() -> None:
    assert stretch_of({"month": "1990-01"}, TODAY, MONDAY).before is None
    assert stretch_of({"month": "2100-12"}, TODAY, MONDAY).after is None
    assert stretch_of({"day": "2100-12-31"}, TODAY, MONDAY).after is None
    assert stretch_of({"view": WEEK, "week": "1990-01-01"}, TODAY, MONDAY).before is None


def test_a_month_may_come_in_two_fields() -> None:
    assert stretch_of({"month": "2", "year": "2027"}, TODAY, MONDAY).first == date(2027, 2, 1)
    assert stretch_of({"month": "02", "year": "2027"}, TODAY, MONDAY).first == date(2027, 2, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        {"month": "2026-13"},
        {"month": "2026-00"},
        {"month": "13", "year": "2026"},
        {"month": "5"},
        {"year": "2026"},
        {"month": "5", "year": "26"},
        {"month": "5", "year": "0000"},
        {"month": "x"},
        {"view": MONTH, "month": "２０２６-10"},
        {"month": "1989-12"},
        {"month": "2101-01"},
    ],
)
def test_a_month_that_cannot_be_read_is_refused(arguments) -> None:
    with pytest.raises(UnreadableMonth):
        stretch_of(arguments, TODAY, MONDAY)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-31", "2026-W54", "2026-W00", "2025-W53", "2026-1-1", "x", "0000-01-01", "0000-W01",
        "9999-12-31", "9999-W52", "1989-12-31", "20261117",
    ],
)  # fmt: skip
def test_a_day_or_week_that_cannot_be_read_is_refused(text) -> None:
    with pytest.raises(UnreadableDay):
        stretch_of({"view": WEEK, "week": text}, TODAY, MONDAY)
    with pytest.raises(UnreadableDay):
        stretch_of({"day": text}, TODAY, MONDAY)


def test_an_unknown_view_is_the_list() -> None:
    assert stretch_of({"view": "year"}, TODAY, MONDAY).view == LIST
    assert stretch_of({"view": "list", "day": "2026-11-17"}, TODAY, MONDAY).view == DAY


def test_another_view_opens_around_today_or_the_first_day() -> None:
    assert stretch_of({"month": "2026-11"}, TODAY, MONDAY).day_for(TODAY) == TODAY
    assert stretch_of({"month": "2026-12"}, TODAY, MONDAY).day_for(TODAY) == date(2026, 12, 1)
    assert address_of(WEEK, TODAY) == {"view": "week", "week": "2026-11-17"}


# -- Which entries stand on which day ------------------------------------------------------------------------


def covered(one: CalendarEntry, first: date, end: date) -> list[date]:
    return [day.date for day in by_day([one], first, end, SKOPJE).values() if len(day)]


def test_an_entry_of_several_days_covers_each_of_them() -> None:
    begin, last = date(2026, 10, 30), date(2026, 11, 3)
    start = datetime(2026, 10, 29, 23, tzinfo=UTC)
    camp = entry(start, start + timedelta(5), all_day=True, start_date=begin, end_date=last)
    days = by_day([camp], date(2026, 11, 1), date(2026, 12, 1), SKOPJE)
    assert [day.date.day for day in days.values() if day.going_on] == [1, 2, 3]
    assert not any(day.entries for day in days.values())
    assert covered(camp, date(2026, 10, 1), date(2026, 11, 1)) == [
        date(2026, 10, 30), date(2026, 10, 31),
    ]  # fmt: skip


def test_what_ends_at_midnight_does_not_reach_into_the_next_day() -> None:
    start = datetime(2026, 11, 17, 20, tzinfo=UTC)
    week = date(2026, 11, 16), date(2026, 11, 23)
    assert covered(entry(start, start + timedelta(hours=3)), *week) == [date(2026, 11, 17)]
    assert covered(entry(start, start + timedelta(hours=4)), *week) == [
        date(2026, 11, 17), date(2026, 11, 18),
    ]  # fmt: skip


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_in_the_week_in_which_the_clock_is_changed_each_entry_keeps_its_day(change) -> None:
    first = begin_of_week(change, MONDAY)
    days = {first + timedelta(n) for n in range(7)}
    for day in days:
        for hour in (0, 23):
            start = datetime(day.year, day.month, day.day, hour, 30, tzinfo=SKOPJE).astimezone(UTC)
            assert covered(entry(start), first, first + timedelta(7)) == [day]
