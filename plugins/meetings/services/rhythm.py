"""The dates that a body's rule gives: monthly, the first Tuesday, and not on public holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.api import current_city, public_holidays, rest_days

WEEK = 7
_MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3}
_WEEKS = {"weekly": 1, "biweekly": 2}
# Nobody looks further ahead than this for a date that is no holiday.
_MOST_SHIFTS = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a body meets: a rhythm, the weekday (0 is Monday), which of the month, and what a holiday does."""

    rhythm: str
    weekday: int
    nth: int
    on_holidays: str


@dataclass(frozen=True, slots=True)
class RuleDate:
    """A date of a rule, and the day on which it falls once holidays are passed over; ``holiday`` says which one."""

    series_date: date
    day: date
    holiday: str = ""


def dates_after(rule: Rule, last: date | None, after: date) -> Iterator[date]:
    """The dates of the rule that lie after ``after``, counted on from ``last``, its last date so far."""
    if rule.rhythm in _WEEKS:
        step = timedelta(weeks=_WEEKS[rule.rhythm])
        day = (last + step) if last else after + timedelta((rule.weekday - after.weekday()) % WEEK)
        # The weekday may have been changed since.
        day += timedelta((rule.weekday - day.weekday()) % WEEK)
        while True:
            if day > after:
                yield day
            day += step
    elif rule.rhythm in _MONTHS:
        step_months = _MONTHS[rule.rhythm]
        month = _month_of(last) + step_months if last else _month_of(after)
        while True:
            day = nth_weekday(month // 12, month % 12 + 1, rule.weekday, rule.nth)
            if day > after and (last is None or day > last):
                yield day
                month += step_months
            else:
                month += step_months if last else 1


def next_date(rule: Rule, last: date | None, today: date, language: str) -> RuleDate | None:
    """The next date of the rule after today; None for a body without one."""
    return next(iter(coming_dates(rule, last, today, language, 1)), None)


def coming_dates(
    rule: Rule, last: date | None, today: date, language: str, number: int
) -> list[RuleDate]:
    """The next dates of the rule, at most ``number``."""
    found: list[RuleDate] = []
    for day in dates_after(rule, last, today):
        falls = shifted(rule, day, language)
        if rule.rhythm == "weekly" and falls.day != day and rule.on_holidays == "next_week":
            # A week later there is the next one, so this one is left out.
            continue
        found.append(falls)
        if len(found) == number:
            break
    return found


def shifted(rule: Rule, day: date, language: str) -> RuleDate:
    """Where a date of the rule falls when it is a public holiday of the city's country."""
    city = current_city()
    holidays = public_holidays(city.country, day, day + timedelta(_MOST_SHIFTS * WEEK), language)
    if day not in holidays or rule.on_holidays == "stay":
        return RuleDate(day, day, str(holidays.get(day, "")))
    moved = day
    for _turn in range(_MOST_SHIFTS):
        if rule.on_holidays == "next_day":
            moved += timedelta(1)
            free = moved.weekday() in rest_days()
        else:
            moved += timedelta(WEEK)
            free = False
        if moved not in holidays and not free:
            break
    return RuleDate(day, moved, str(holidays[day]))


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The first to fourth such weekday of a month, or the last for -1."""
    first = date(year, month, 1)
    if nth > 0:
        return first + timedelta((weekday - first.weekday()) % WEEK + (nth - 1) * WEEK)
    last = (first + timedelta(32)).replace(day=1) - timedelta(1)
    return last - timedelta((last.weekday() - weekday) % WEEK)


def _month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def to_utc(wall: datetime, zone: str) -> datetime:
    """The moment that a clock in ``zone`` shows as ``wall``; an hour that the clocks leave out is the one after."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
