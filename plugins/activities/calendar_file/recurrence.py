"""When a repeating event takes place.

The days of a rule are counted here and not by dateutil, because dateutil cannot
be stopped: a rule that never matches (30 February) keeps it busy until the year
9999, and a calendar may hold ten thousand of them. This module looks at no day
behind the horizon and draws every step from a budget that the whole file shares.
The tests compare it with dateutil on rules made at random.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .times import parse_wall
from .values import LAST_YEAR, Unreadable

DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
TOO_OFTEN = ("HOURLY", "MINUTELY", "SECONDLY")
# A rule may name this many times of day; more is a machine's rule, not people's.
MAX_TIMES_A_DAY = 24
MAX_RULE = 1_000


class Budget:
    """Steps that one file may still take while its rules are worked out."""

    def __init__(self, steps: int = 2_000_000) -> None:
        self.left = steps

    def take(self, steps: int) -> None:
        """Draw ``steps``; raises ``Unreadable`` when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise Unreadable("rule_too_long")


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed RRULE. Weekdays are pairs (ordinal or 0, weekday with Monday = 0)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    until_utc: bool = False
    week_start: int = 0
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def endless(self) -> bool:
        """Whether the rule itself never ends."""
        return self.count is None and self.until is None


def parse_rule(text: str) -> Rule:
    """Return the rule written in ``text``; raise ``Unreadable`` when it makes no sense."""
    from icalendar import vRecur

    if len(text) > MAX_RULE or ("UNTIL=" in text.upper() and "COUNT=" in text.upper()):
        raise Unreadable("rule_unreadable")
    try:
        parts = {str(key).upper(): list(value) for key, value in vRecur.from_ical(text).items()}
    except ValueError as error:
        raise Unreadable("rule_unreadable") from error
    frequency = str(parts.pop("FREQ", [""])[0]).upper()
    if frequency in TOO_OFTEN:
        raise Unreadable("rule_too_often")
    if frequency not in FREQUENCIES:
        raise Unreadable("rule_unreadable")
    if str(parts.pop("RSCALE", ["GREGORIAN"])[0]).upper() != "GREGORIAN":
        raise Unreadable("rule_unreadable")
    parts.pop("SKIP", None)
    # The library gives UNTIL a zone; here it is read the way every other date is.
    until_text = ""
    if parts.pop("UNTIL", None):
        pairs = (pair.partition("=") for pair in text.split(";"))
        until_text = next(value for key, _, value in pairs if key.strip().upper() == "UNTIL")
    until, until_utc = parse_wall(until_text) if until_text else (None, False)
    rule = Rule(
        frequency=frequency,
        interval=_numbers(parts, "INTERVAL", 1, 10_000)[0] if "INTERVAL" in parts else 1,
        count=_numbers(parts, "COUNT", 1, 2**31)[0] if "COUNT" in parts else None,
        until=until,
        until_utc=until_utc,
        week_start=_weekday(str(parts.pop("WKST", ["MO"])[0]))[1],
        months=_numbers(parts, "BYMONTH", 1, 12),
        weeks=_numbers(parts, "BYWEEKNO", 1, 53, signed=True),
        year_days=_numbers(parts, "BYYEARDAY", 1, 366, signed=True),
        month_days=_numbers(parts, "BYMONTHDAY", 1, 31, signed=True),
        weekdays=tuple(_weekday(str(word)) for word in parts.pop("BYDAY", [])),
        hours=_numbers(parts, "BYHOUR", 0, 23),
        minutes=_numbers(parts, "BYMINUTE", 0, 59),
        seconds=_numbers(parts, "BYSECOND", 0, 59),
        positions=_numbers(parts, "BYSETPOS", 1, 366, signed=True),
    )
    if parts:
        raise Unreadable("rule_unreadable")
    _check(rule)
    return rule


def _numbers(
    parts: dict[str, list[object]], name: str, low: int, high: int, *, signed: bool = False
) -> tuple[int, ...]:
    found = []
    for word in parts.pop(name, []):
        try:
            number = int(str(word))
        except ValueError as error:
            raise Unreadable("rule_unreadable") from error
        if not low <= (abs(number) if signed else number) <= high:
            raise Unreadable("rule_unreadable")
        found.append(number)
    return tuple(sorted(set(found)))


def _weekday(word: str) -> tuple[int, int]:
    name = word.strip().upper()
    if name[-2:] not in WEEKDAYS:
        raise Unreadable("rule_unreadable")
    try:
        ordinal = int(name[:-2]) if name[:-2] else 0
    except ValueError as error:
        raise Unreadable("rule_unreadable") from error
    if abs(ordinal) > 53 or (name[:-2] and ordinal == 0):
        raise Unreadable("rule_unreadable")
    return ordinal, WEEKDAYS.index(name[-2:])


def _check(rule: Rule) -> None:
    """Refuse what the standard forbids or programs read differently from one another."""
    yearly = rule.frequency == "YEARLY"
    counted = any(ordinal for ordinal, _ in rule.weekdays)
    by_parts = (
        rule.months, rule.weeks, rule.year_days, rule.month_days,
        rule.weekdays, rule.hours, rule.minutes, rule.seconds,
    )  # fmt: skip
    doubtful = (
        ((rule.weeks or rule.year_days) and not yearly)
        or (counted and rule.frequency not in ("YEARLY", "MONTHLY"))
        or (rule.month_days and rule.frequency == "WEEKLY")
        or (rule.weeks and (not rule.weekdays or counted or rule.week_start != 0))
        or (rule.positions and not any(by_parts))
    )
    if doubtful:
        raise Unreadable("rule_unreadable")
    times = max(1, len(rule.hours)) * max(1, len(rule.minutes)) * max(1, len(rule.seconds))
    if times > MAX_TIMES_A_DAY:
        raise Unreadable("rule_too_often")


def occurrences(
    rule: Rule, start: datetime, stop: datetime, budget: Budget, *, until: datetime | None = None
) -> Iterator[datetime]:
    """Yield the wall times of the rule in order, ``start`` always first, none after ``stop``.

    ``until`` is the rule's own end as wall time. ``start`` counts as the first of
    COUNT even when the rule itself would not have given it.
    """
    last = stop if until is None else min(stop, until)
    if start > last:
        return
    yield start
    given = 1
    times = _times(rule, start)
    for days in _periods(rule, start.date(), last.date(), budget):
        budget.take(len(days) * len(times))
        moments = [datetime.combine(day, moment) for day in days for moment in times]
        if rule.positions:
            moments = _positions(moments, rule.positions)
        for moment in moments:
            if moment <= start:
                continue
            if moment > last or (rule.count is not None and given >= rule.count):
                return
            yield moment
            given += 1
        if rule.count is not None and given >= rule.count:
            return


def _times(rule: Rule, start: datetime) -> list[time]:
    return [
        time(hour, minute, second)
        for hour in rule.hours or (start.hour,)
        for minute in rule.minutes or (start.minute,)
        for second in rule.seconds or (start.second,)
    ]


def _positions(moments: list[datetime], positions: Iterable[int]) -> list[datetime]:
    size = len(moments)
    kept = {p - 1 if p > 0 else size + p for p in positions}
    return [moments[i] for i in sorted(kept) if 0 <= i < size]


def _periods(rule: Rule, start: date, last: date, budget: Budget) -> Iterator[list[date]]:
    """Yield the days of each year, month, week or day that the rule touches."""
    if rule.frequency == "YEARLY":
        for year in range(start.year, last.year + 1, rule.interval):
            candidates = _days_of_year(rule, year, start)
            budget.take(1 + len(candidates))
            yield [day for day in candidates if _fits(rule, day)]
    elif rule.frequency == "MONTHLY":
        first = start.year * 12 + start.month - 1
        for index in range(first, last.year * 12 + last.month, rule.interval):
            year, month = divmod(index, 12)
            if rule.months and month + 1 not in rule.months:
                budget.take(1)
                continue
            candidates = _days_of_month(rule, year, month + 1, start)
            budget.take(1 + len(candidates))
            yield [day for day in candidates if _fits(rule, day)]
    elif rule.frequency == "WEEKLY":
        wanted = {weekday for _, weekday in rule.weekdays} or {start.weekday()}
        offsets = sorted((weekday - rule.week_start) % 7 for weekday in wanted)
        monday = start - DAY * ((start.weekday() - rule.week_start) % 7)
        while monday <= last:
            budget.take(1 + len(offsets))
            week = [monday + DAY * offset for offset in offsets]
            yield [day for day in week if _fits(rule, day)]
            monday += DAY * 7 * rule.interval
    else:
        day = start
        while day <= last:
            budget.take(1)
            if _fits(rule, day):
                yield [day]
            day += DAY * rule.interval


def _days_of_year(rule: Rule, year: int, start: date) -> list[date]:
    """Return a year's days among which the rule's are, in order and without doubles."""
    if rule.year_days:
        length = 366 if calendar.isleap(year) else 365
        numbers = {n if n > 0 else length + 1 + n for n in rule.year_days}
        return [date(year, 1, 1) + DAY * (n - 1) for n in sorted(numbers) if 0 < n <= length]
    if rule.weeks:
        first = date(year, 1, 1)
        return [first + DAY * n for n in range(366 if calendar.isleap(year) else 365)]
    every_month = rule.month_days or rule.weekdays
    months = rule.months or (range(1, 13) if every_month else (start.month,))
    return [day for month in months for day in _days_of_month(rule, year, month, start)]


def _days_of_month(rule: Rule, year: int, month: int, start: date) -> list[date]:
    first_weekday, length = calendar.monthrange(year, month)
    if rule.month_days:
        numbers = sorted({n if n > 0 else length + 1 + n for n in rule.month_days})
    elif rule.weekdays:
        wanted = {weekday for _, weekday in rule.weekdays}
        numbers = [n for n in range(1, length + 1) if (first_weekday + n - 1) % 7 in wanted]
    else:
        numbers = [start.day]
    return [date(year, month, n) for n in numbers if 0 < n <= length]


def _fits(rule: Rule, day: date) -> bool:
    """Whether ``day`` meets every part of the rule that speaks of days."""
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days:
        length = calendar.monthrange(day.year, day.month)[1]
        if day.day not in rule.month_days and day.day - length - 1 not in rule.month_days:
            return False
    if rule.weeks and not _week_fits(rule, day):
        return False
    return not rule.weekdays or any(
        weekday == day.weekday() and (ordinal == 0 or _ordinal_fits(rule, day, ordinal))
        for ordinal, weekday in rule.weekdays
    )


def _week_fits(rule: Rule, day: date) -> bool:
    year, week, _ = day.isocalendar()
    weeks = date(year, 12, 28).isocalendar().week
    return week in rule.weeks or week - weeks - 1 in rule.weeks


def _ordinal_fits(rule: Rule, day: date, ordinal: int) -> bool:
    """Whether ``day`` is the n-th of its weekday in its month, or year where the rule means that."""
    if rule.frequency == "YEARLY" and not rule.months:
        first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    else:
        first = day.replace(day=1)
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    if ordinal > 0:
        return (day - first).days // 7 + 1 == ordinal
    return (last - day).days // 7 + 1 == -ordinal


def horizon(today: date, years: int) -> datetime:
    """Return the last moment up to which endless rules are worked out."""
    year = min(today.year + years, LAST_YEAR)
    day = min(today.day, calendar.monthrange(year, today.month)[1])
    return datetime.combine(date(year, today.month, day), time(23, 59, 59))
