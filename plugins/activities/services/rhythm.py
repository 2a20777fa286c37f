"""How often an activity repeats: from what people choose to a rule, from a rule to dates, and a rule that moves.

Rules are kept as calendars write them (RFC 5545, RRULE), so that a series made here and an imported one are the same.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# More dates than two years of a weekly club are a slip.
MOST_DATES = 104
# A series without an end that began long ago would fill itself with dates that nobody held.
LONGEST_PAST = timedelta(days=366)
# From this day on not every month has the date.
_SHORTEST_MONTH = 28


class Every(StrEnum):
    """How often, as people choose it."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH_WEEKDAY = "month_weekday"
    MONTH_DATE = "month_date"
    YEAR = "year"


class TooManyDates(Exception):
    """The rule gives more dates than one series may have."""


class TooFewDates(Exception):
    """The rule gives no second date."""


class TooLongAgo(Exception):
    """A series without an end cannot have begun so long ago."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, and up to when: until a day, so many times, or without an end."""

    every: Every
    until: date | None = None
    times: int | None = None

    @property
    def endless(self) -> bool:
        """Whether nobody said when it ends."""
        return self.until is None and self.times is None


def ordinal_of(day: date) -> int:
    """Which one of its weekday in the month a day is: 1 to 4, or -1 for a fifth, which is always the last."""
    ordinal = (day.day - 1) // 7 + 1
    return ordinal if ordinal < 5 else -1


def rule_of(every: Every, start: date) -> str:
    """The rule without its end, for a series that begins on ``start``.

    A date that short months lack means their last day: the 31st is the last day of every month.
    """
    match every:
        case Every.WEEK:
            return "FREQ=WEEKLY"
        case Every.TWO_WEEKS:
            return "FREQ=WEEKLY;INTERVAL=2"
        case Every.MONTH_WEEKDAY:
            return f"FREQ=MONTHLY;BYDAY={ordinal_of(start)}{WEEKDAYS[start.weekday()]}"
        case Every.MONTH_DATE:
            return f"FREQ=MONTHLY;{_month_days(start)}"
        case Every.YEAR:
            return f"FREQ=YEARLY;BYMONTH={start.month};{_month_days(start)}"


def _month_days(start: date) -> str:
    if start.day <= _SHORTEST_MONTH:
        return f"BYMONTHDAY={start.day}"
    if start.day == 31:
        return "BYMONTHDAY=-1"
    days = ",".join(str(day) for day in range(_SHORTEST_MONTH, start.day + 1))
    return f"BYMONTHDAY={days};BYSETPOS=-1"


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule by name, in capitals."""
    pairs = (part.partition("=") for part in rule.upper().split(";") if part.strip())
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def every_of(rule: str) -> Every | None:
    """What people would have chosen for a rule; None for one that cannot be chosen here."""
    parts = parts_of(rule)
    frequency, interval = parts.get("FREQ"), parts.get("INTERVAL", "1")
    beyond = parts.keys() - {"FREQ", "INTERVAL", "UNTIL", "COUNT", "WKST"}
    if frequency == "WEEKLY" and not beyond:
        return {"1": Every.WEEK, "2": Every.TWO_WEEKS}.get(interval)
    if interval != "1":
        return None
    if frequency == "MONTHLY" and beyond == {"BYDAY"}:
        one = parts["BYDAY"]
        fits = one[-2:] in WEEKDAYS and one[:-2] in {"1", "2", "3", "4", "-1"}
        return Every.MONTH_WEEKDAY if fits else None
    if frequency == "MONTHLY" and beyond <= {"BYMONTHDAY", "BYSETPOS"}:
        return Every.MONTH_DATE if _one_day(parts) else None
    if frequency == "YEARLY" and beyond <= {"BYMONTH", "BYMONTHDAY", "BYSETPOS"}:
        return Every.YEAR if _one_day(parts) and "," not in parts.get("BYMONTH", "") else None
    return None


def _one_day(parts: dict[str, str]) -> bool:
    """Whether the rule gives one day of a month, as :func:`rule_of` writes it or as other calendars do."""
    days = parts.get("BYMONTHDAY", "")
    if "BYSETPOS" in parts:
        return parts["BYSETPOS"] == "-1" and days.startswith("28,")
    return days in {"", "-1"} or days.isdecimal()


def endless(rule: str) -> bool:
    """Whether a rule never ends."""
    return bool(rule) and not parts_of(rule).keys() & {"UNTIL", "COUNT"}


def without_end(rule: str) -> str:
    """The rule as if it never ended."""
    kept = (part for part in rule.split(";") if part.strip())
    return ";".join(
        part for part in kept if part.partition("=")[0].strip().upper() not in {"UNTIL", "COUNT"}
    )


def ending(rule: str, last: date) -> str:
    """The rule, ending with the day ``last``."""
    return f"{without_end(rule)};UNTIL={last:%Y%m%d}" if rule else ""


def dates_of(rhythm: Rhythm, start: date, today: date) -> list[date]:
    """Every date of a series that begins on ``start``; without an end as far as dates are made ahead.

    Raises :class:`TooManyDates`, :class:`TooFewDates` or :class:`TooLongAgo`.
    """
    from plugins.activities.calendar_file.recurrence import (
        Budget,
        horizon,
        occurrences,
        parse_rule,
    )
    from plugins.activities.calendar_file.values import YEARS_AHEAD

    if rhythm.endless and start < today - LONGEST_PAST:
        raise TooLongAgo
    if rhythm.times is not None and rhythm.times > MOST_DATES:
        raise TooManyDates
    last = datetime(start.year + MOST_DATES, 12, 31)  # noqa: DTZ001  a date by the clock on the wall
    if rhythm.until is not None:
        last = datetime.combine(rhythm.until, time.max)
    elif rhythm.endless:
        last = max(horizon(today, YEARS_AHEAD), datetime.combine(start + LONGEST_PAST, time.max))
    most = MOST_DATES if rhythm.times is None else rhythm.times
    found: list[date] = []
    rule = parse_rule(rule_of(rhythm.every, start))
    for moment in occurrences(rule, datetime.combine(start, time()), last, Budget()):
        if len(found) == most:
            if rhythm.until is not None:
                raise TooManyDates
            break
        found.append(moment.date())
    if len(found) < 2:
        raise TooFewDates
    return found


def full_rule(rhythm: Rhythm, start: date) -> str:
    """The rule with its end."""
    rule = rule_of(rhythm.every, start)
    if rhythm.until is not None:
        return ending(rule, rhythm.until)
    return rule if rhythm.times is None else f"{rule};COUNT={rhythm.times}"


# -- Moving ------------------------------------------------------------------------------------------------------


def mover(rule: str, old: date, new: date) -> Callable[[date], date]:
    """Where each date goes when the one on ``old`` goes to ``new``.

    Weeks move by as many days. What stood on the second Tuesday of its month, and is moved to a third Friday, goes to
    the third Friday of each month; a date of the month goes to the other date, or to the last day of a shorter month.
    """
    every = every_of(rule)
    months = (new.year - old.year) * 12 + new.month - old.month
    if every is Every.MONTH_WEEKDAY:
        ordinal, weekday = ordinal_of(new), new.weekday()
        return lambda day: _nth(_month_on(day, months), ordinal, weekday)
    if every is Every.MONTH_DATE:
        return lambda day: _on_date(_month_on(day, months), new.day)
    if every is Every.YEAR:
        years = new.year - old.year
        return lambda day: _on_date(date(day.year + years, new.month, 1), new.day)
    return lambda day: day + (new - old)


def _month_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _nth(first: date, ordinal: int, weekday: int) -> date:
    found = first + DAY * ((weekday - first.weekday()) % 7) + DAY * 7 * (max(ordinal, 1) - 1)
    if ordinal > 0:
        return found
    while (found + DAY * 7).month == first.month:
        found += DAY * 7
    return found


def _on_date(first: date, day: int) -> date:
    return first.replace(day=min(day, calendar.monthrange(first.year, first.month)[1]))


def moved_rule(rule: str, old: date, new: date) -> str:
    """The rule without its end, once the date on ``old`` has gone to ``new``.

    Empty for a rule that cannot be chosen here and does not move as a whole: its dates then stand for themselves.
    """
    if not rule or old == new:
        return without_end(rule)
    every = every_of(rule)
    if every is not None:
        return rule_of(every, new)
    parts = parts_of(without_end(rule))
    days = parts.get("BYDAY", "").split(",")
    weekly = parts.get("FREQ") == "WEEKLY" and parts.keys() <= {"FREQ", "INTERVAL", "BYDAY", "WKST"}
    if weekly and all(day in WEEKDAYS for day in days):
        shift = (new - old).days
        turned = sorted((WEEKDAYS.index(day) + shift) % 7 for day in days)
        parts["BYDAY"] = ",".join(WEEKDAYS[day] for day in turned)
        # Counted from the day on which the moved week begins, every second week stays the same week.
        parts["WKST"] = WEEKDAYS[(WEEKDAYS.index(parts.get("WKST", "MO")) + shift) % 7]
        return ";".join(f"{name}={value}" for name, value in parts.items())
    if parts.get("FREQ") == "DAILY" and parts.keys() <= {"FREQ", "INTERVAL"}:
        return without_end(rule)
    return ""
