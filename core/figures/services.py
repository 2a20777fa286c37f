"""What the plugins of the city in force count in a period, each number beside that of the year before.

Every number is the city's and the same for all readers: the hook that gives it is not told who is looking.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.registry import CityHooks, plugin_registry
from core.tenancy import current_city
from core.values import Measure, MeasurePart, Period

log = logging.getLogger(__name__)
YEARS_OFFERED = 5
# For so long the report on the stretch before is still being written.
YOUNG = timedelta(days=31)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Compared:
    """A period, and the one a year earlier that is put beside it.

    While the period goes on, the earlier one ends on the same day of its year: half a year beside a whole one would
    look like a fall.
    """

    period: Period
    earlier: Period
    begun: bool
    today: date

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the period as far as it has come."""
        last = self.period.after - _DAY
        return self.period.first, min(last, self.today) if self.begun else last

    @property
    def days_earlier(self) -> tuple[date, date]:
        """The same a year earlier."""
        return self.earlier.first, self.earlier.after - _DAY


def compared(period: Period, today: date) -> Compared:
    """``period`` and what stands beside it, as of ``today``."""
    begun = period.first <= today
    until = min(today + _DAY, period.after) if begun else period.after
    earlier = Period(_year_earlier(period.first), _year_earlier(until))
    return Compared(period, earlier, begun, today)


def _year_earlier(day: date) -> date:
    # The day after the last of a stretch: where there is no 29 February, it is the first of March.
    leap = (day.month, day.day) == (2, 29)
    return date(day.year - 1, 3, 1) if leap else day.replace(year=day.year - 1)


def asked_for(arguments: Mapping[str, str], today: date) -> Period:
    """The period of an address, by ``year`` and ``quarter``; the year of ``today`` where it names none."""
    year, quarter = arguments.get("year", ""), arguments.get("quarter", "")
    this_year = Period(date(today.year, 1, 1), date(today.year + 1, 1, 1))
    named = Period.named(year) or this_year
    return Period.named(f"{named.first.year}-{quarter}") or named


def years_offered(period: Period, today: date) -> list[int]:
    """The years to choose from, the latest first, with that of ``period``."""
    latest = range(today.year, today.year - YEARS_OFFERED, -1)
    return sorted({*latest, period.first.year}, reverse=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A number and the one of the year before; None where nobody counted then."""

    now: Measure
    before: Measure | None
    parts: tuple[tuple[MeasurePart, MeasurePart | None], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What one plugin counts."""

    plugin: str
    title: str
    lines: tuple[Line, ...]


def figures(wanted: Compared, hooks: CityHooks) -> list[Section]:
    """The numbers of every plugin that is on and counts anything; the queries are the plugins' own."""
    if not wanted.begun:
        return []
    periods = (wanted.period, wanted.earlier)
    found = []
    for name, plugin in plugin_registry().plugins.items():
        if name not in hooks.enabled:
            continue
        now, earlier = _measures(name, periods, hooks)
        before = {each.code: each for each in earlier}
        if now:
            lines = tuple(_line(each, before.get(each.code)) for each in now)
            found.append(Section(name, str(plugin.title), lines))
    return found


def _measures(
    plugin: str, periods: Sequence[Period], hooks: CityHooks
) -> list[tuple[Measure, ...]]:
    """What a plugin counts in each of ``periods``; nothing at all where it gives too little, or too much."""
    given = hooks.read(
        "measures", only=plugin, through=_of_one, city=current_city(), periods=periods
    )
    found = list(given)
    if len(found) == len(periods):
        return found
    if found:
        log.error("measures_of_other_periods", extra={"plugin": plugin, "given": len(found)})
    return [()] * len(periods)


def _of_one(given: Iterable[object]) -> tuple[Measure, ...]:
    # What is anything else would take the page down later, where nobody could say whose fault it was.
    all_given = tuple(given)
    found = tuple(each for each in all_given if isinstance(each, Measure))
    if len(found) != len(all_given):
        raise TypeError("A sequence of measures was expected for each period.")
    return found


def _line(now: Measure, before: Measure | None) -> Line:
    earlier = {part.code: part for part in before.parts} if before is not None else {}
    return Line(now, before, tuple((part, earlier.get(part.code)) for part in now.parts))


@dataclass(frozen=True, slots=True)
class Change:
    """How a number stands to that of the year before: ``higher``, ``lower`` or ``same``, and ``by`` how much.

    Shares are compared by their percent, so ``by`` is in percentage points; everything else by the number itself.
    """

    way: str
    by: int | float
    points: bool


def change(now: Measure, before: Measure | None) -> Change | None:
    """How a measure stands to that of the year before; None where it cannot be told."""
    if before is None:
        return None
    shares = now.of is not None
    here, there = (now.percent, before.percent) if shares else (now.value, before.value)
    if here is None or there is None:
        return None
    way = "same" if here == there else "higher" if here > there else "lower"
    return Change(way, round(abs(here - there), 1), shares)


def young(wanted: Compared) -> Period | None:
    """The year or quarter before one that has only begun, whose report is still to be written; else None."""
    first = wanted.period.first
    if not wanted.begun or wanted.today - first >= YOUNG:
        return None
    if not (name := wanted.period.name):
        return None
    last = first - _DAY
    quarter = f"-{(last.month - 1) // 3 + 1}" if "-" in name else ""
    return Period.named(f"{last.year}{quarter}")
