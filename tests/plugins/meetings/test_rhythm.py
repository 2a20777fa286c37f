"""The dates of a body's rule, worked out from the rule alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice

import pytest

from core.testing.app import World
from plugins.meetings.services.rhythm import (
    Rule,
    coming_dates,
    dates_after,
    next_date,
    nth_weekday,
    to_utc,
)

from .conftest import in_city

FIRST_TUESDAY = Rule("monthly", 1, 1, "next_week")


def test_the_first_tuesday_of_each_month() -> None:
    found = list(islice(dates_after(FIRST_TUESDAY, None, date(2026, 11, 29)), 3))
    assert found == [date(2026, 12, 1), date(2027, 1, 5), date(2027, 2, 2)]


def test_the_last_friday() -> None:
    assert nth_weekday(2026, 2, 4, -1) == date(2026, 2, 27)
    assert nth_weekday(2026, 5, 4, -1) == date(2026, 5, 29)


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        ("weekly", [date(2026, 12, 8), date(2026, 12, 15)]),
        ("biweekly", [date(2026, 12, 15), date(2026, 12, 29)]),
        ("bimonthly", [date(2027, 2, 2), date(2027, 4, 6)]),
        ("quarterly", [date(2027, 3, 2), date(2027, 6, 1)]),
    ],
)
def test_it_counts_on_from_the_last_date(rhythm: str, expected: list[date]) -> None:
    rule = Rule(rhythm, 1, 1, "stay")
    found = islice(dates_after(rule, date(2026, 12, 1), date(2026, 12, 2)), 2)
    assert list(found) == expected


def test_a_long_pause_is_passed_over() -> None:
    assert next(dates_after(FIRST_TUESDAY, date(2025, 1, 7), date(2026, 11, 29))) == date(
        2026, 12, 1
    )


def test_a_public_holiday_moves_it_and_the_rule_keeps_its_date(world: World) -> None:
    # In North Macedonia the second Friday of January 2027 is none, but the first of January is.
    with in_city(world):
        rule = Rule("monthly", 4, 1, "next_week")
        found = next_date(rule, None, date(2026, 12, 20), "en")
        assert found is not None
        assert (found.series_date, found.day) == (date(2027, 1, 1), date(2027, 1, 8))
        assert found.holiday
        stays = next_date(Rule("monthly", 4, 1, "stay"), None, date(2026, 12, 20), "en")
        assert stays is not None
        assert stays.day == date(2027, 1, 1)
        day_after = next_date(Rule("monthly", 4, 1, "next_day"), None, date(2026, 12, 20), "en")
        assert day_after is not None
        # Saturday and Sunday are days of rest.
        assert day_after.day == date(2027, 1, 4)


def test_a_weekly_date_on_a_holiday_is_left_out_and_no_day_comes_twice(world: World) -> None:
    with in_city(world):
        rule = Rule("weekly", 4, 1, "next_week")
        found = coming_dates(rule, date(2026, 12, 18), date(2026, 12, 20), "en", 3)
        assert [each.day for each in found] == [
            date(2026, 12, 25), date(2027, 1, 8), date(2027, 1, 15),
        ]  # fmt: skip


def test_ten_stays_ten_when_the_clocks_change() -> None:
    before = to_utc(datetime(2027, 3, 27, 10), "Europe/Skopje")
    after = to_utc(datetime(2027, 3, 28, 10), "Europe/Skopje")
    assert (before, after) == (
        datetime(2027, 3, 27, 9, tzinfo=UTC),
        datetime(2027, 3, 28, 8, tzinfo=UTC),
    )
