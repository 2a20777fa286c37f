"""Which days a page of the calendar shows: what its address says, and the addresses before and after."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

FIRST_YEAR, LAST_YEAR = 1990, 2100
MONTH, WEEK, LIST, DAY = "month", "week", "list", "day"
WEEK_LENGTH = 7

_MONTH_NAMED = re.compile(r"([0-9]{4})-([0-9]{2})")
_MONTH, _YEAR = re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{4}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# What a browser's field for weeks gives: the week of the standard, which begins on Monday.
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")

# Values are text; any, as whoever builds an address from them takes any.
Address = Mapping[str, Any]


class UnreadableMonth(ValueError):
    """The month in the address cannot be read."""


class UnreadableDay(ValueError):
    """The day or week in the address cannot be read."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days from ``first`` up to and without ``end``, as ``view`` shows them.

    ``drawn_from`` and ``drawn_to`` are the same, or further where a month is drawn in whole weeks. The addresses are
    what stands after the question mark; ``before`` and ``after`` are None at the ends of the calendar.
    """

    view: str
    first: date
    end: date
    drawn_from: date
    drawn_to: date
    here: Address
    before: Address | None
    after: Address | None

    def __contains__(self, day: date) -> bool:
        """Whether the page is about that day."""
        return self.first <= day < self.end

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - timedelta(1)

    def day_for(self, today: date) -> date:
        """The day around which another view of the same time is opened."""
        return today if today in self else self.first

    def weeks(self) -> list[list[date]]:
        """The days drawn, week by week."""
        days = [
            self.drawn_from + timedelta(n) for n in range((self.drawn_to - self.drawn_from).days)
        ]
        return [days[at : at + WEEK_LENGTH] for at in range(0, len(days), WEEK_LENGTH)]


def stretch_of(arguments: Mapping[str, str], today: date, first_week_day: int) -> Stretch:
    """What an address asks for; ``first_week_day`` is 0 for Monday.

    Without a month, a week or a day it is the present one, without a view the list. Raises
    :class:`UnreadableMonth` or :class:`UnreadableDay`.
    """
    view = arguments.get("view", "")
    if view == WEEK:
        return _week(_day_of(arguments.get("week", ""), today), first_week_day)
    if view != MONTH and arguments.get("day"):
        return _day(_day_of(arguments["day"], today))
    first = _month_of(arguments.get("month", ""), arguments.get("year", ""), today)
    return _month(MONTH if view == MONTH else LIST, first, first_week_day)


def address_of(view: str, day: date) -> Address:
    """The address of the view that shows ``day``."""
    if view == DAY:
        return {"day": day.isoformat()}
    if view == WEEK:
        return {"view": WEEK, "week": day.isoformat()}
    month = {"month": f"{day:%Y-%m}"}
    return month if view == LIST else {"view": view, **month}


def begin_of_week(day: date, first_week_day: int) -> date:
    """The day with which the week of ``day`` begins."""
    return day - timedelta((day.weekday() - first_week_day) % WEEK_LENGTH)


def _month(view: str, first: date, first_week_day: int) -> Stretch:
    end = (first + timedelta(32)).replace(day=1)
    drawn_from, drawn_to = first, end
    if view == MONTH:
        drawn_from = begin_of_week(first, first_week_day)
        drawn_to = begin_of_week(end - timedelta(1), first_week_day) + timedelta(WEEK_LENGTH)
    return Stretch(
        view, first, end, drawn_from, drawn_to,
        here=address_of(view, first),
        before=_reachable(view, (first - timedelta(1)).replace(day=1)),
        after=_reachable(view, end),
    )  # fmt: skip


def _week(day: date, first_week_day: int) -> Stretch:
    first = begin_of_week(day, first_week_day)
    end = first + timedelta(WEEK_LENGTH)
    return Stretch(
        WEEK, first, end, first, end,
        here=address_of(WEEK, first),
        before=_reachable(WEEK, first - timedelta(WEEK_LENGTH)),
        after=_reachable(WEEK, end),
    )  # fmt: skip


def _day(day: date) -> Stretch:
    end = day + timedelta(1)
    return Stretch(
        DAY, day, end, day, end,
        here=address_of(DAY, day),
        before=_reachable(DAY, day - timedelta(1)),
        after=_reachable(DAY, end),
    )  # fmt: skip


def _reachable(view: str, day: date) -> Address | None:
    return address_of(view, day) if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _month_of(month: str, year: str, today: date) -> date:
    """The first day of a month written as 2026-11, or as 11 with the year beside it, as two fields give it."""
    if not month and not year:
        return today.replace(day=1)
    if found := _MONTH_NAMED.fullmatch(month):
        year, month = found[1], found[2]
    if not _MONTH.fullmatch(month) or not _YEAR.fullmatch(year):
        raise UnreadableMonth(month)
    try:
        first = date(int(year), int(month), 1)
    except ValueError as fault:
        raise UnreadableMonth(month) from fault
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise UnreadableMonth(month)
    return first


def _day_of(text: str, today: date) -> date:
    if not text:
        return today
    try:
        if found := _DAY.fullmatch(text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        elif found := _WEEK.fullmatch(text):
            day = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        else:
            raise UnreadableDay(text)
    except ValueError as fault:
        raise UnreadableDay(text) from fault
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UnreadableDay(text)
    return day
