"""What the plugins of the city in force count in a period, each number beside that of the year before.

Every number is the city's and the same for all readers: the hook that gives it is not told who is looking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.registry import CityHooks, plugin_registry
from core.tenancy import current_city
from core.values import Measure, MeasurePart, Period

YEARS_OFFERED = 5
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
    found = []
    for name, plugin in plugin_registry().plugins.items():
        if name not in hooks.enabled:
            continue
        now = _measures(name, wanted.period, hooks)
        before = {each.code: each for each in _measures(name, wanted.earlier, hooks)} if now else {}
        if now:
            lines = tuple(_line(each, before.get(each.code)) for each in now)
            found.append(Section(name, str(plugin.title), lines))
    return found


def _measures(plugin: str, period: Period, hooks: CityHooks) -> list[Measure]:
    found = hooks.read(
        "measures", only=plugin, through=_measure, city=current_city(), period=period
    )
    return list(found)


def _measure(given: object) -> Measure:
    # What is anything else would take the page down later, where nobody could say whose fault it was.
    if not isinstance(given, Measure):
        raise TypeError(f"A measure was expected, not {type(given).__name__}.")
    return given


def _line(now: Measure, before: Measure | None) -> Line:
    earlier = {part.code: part for part in before.parts} if before is not None else {}
    return Line(now, before, tuple((part, earlier.get(part.code)) for part in now.parts))


def change(now: Measure | MeasurePart, before: Measure | MeasurePart | None) -> str:
    """How a number stands to that of the year before: ``higher``, ``lower`` or ``same``; empty where none can be told.

    Shares are compared by their percent, everything else by the number itself.
    """
    if before is None:
        return ""
    shares = now.of is not None
    here, there = (now.percent, before.percent) if shares else (now.value, before.value)
    if here is None or there is None:
        return ""
    return "same" if here == there else "higher" if here > there else "lower"
