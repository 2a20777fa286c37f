"""The calendar of a city as one reader sees it: what the plugins give, in order, by day."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.home.holidays import Holiday, public_holidays
from core.i18n import gettext as _
from core.i18n import lazy_pgettext as _lp
from core.registry import CityHooks, plugin_registry
from core.values import CalendarEntry, Viewer

FIRST_YEAR, LAST_YEAR = 1990, 2100
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")

# Words for the states that plugins share, with the tone in which they are shown.
STATES = {
    "planned": (_lp("calendar entry", "Planned"), "", "calendar"),
    "held": (_lp("calendar entry", "Held"), "good", "check"),
    "reported": (_lp("calendar entry", "Reported"), "info", "file-check"),
    "postponed": (_lp("calendar entry", "Postponed"), "", "clock"),
    "cancelled": (_lp("calendar entry", "Cancelled"), "", "ban"),
}


class UnknownMonth(ValueError):
    """The month in the address cannot be read."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for: a plugin, an organisation, a level of prevention; empty means all."""

    kind: str = ""
    organisation: str = ""
    level: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind or self.organisation or self.level)

    def passes(self, entry: CalendarEntry) -> bool:
        """Whether ``entry`` is asked for. Of taken time no more is known, so it passes no filter but its kind's."""
        return (
            self.kind in {"", entry.kind}
            and self.organisation in {"", entry.organisation_id}
            and self.level in {"", entry.level}
        )


@dataclass(slots=True)
class Day:
    """One day of the agenda."""

    date: date
    holiday: Holiday | None = None
    entries: list[CalendarEntry] = field(default_factory=list)


def entries_between(
    hooks: CityHooks, viewer: Viewer, start: datetime, end: datetime
) -> list[CalendarEntry]:
    """What happens from ``start`` up to and without ``end``, in order of time.

    What the viewer may not see in full keeps its time alone.
    """
    found = hooks.read("calendar", viewer=viewer, start=start, end=end)
    busy = _("Busy")
    shown = [
        _veiled(entry, busy) if entry.busy_only else entry
        for entry in found
        if isinstance(entry, CalendarEntry)
    ]
    return sorted(shown, key=lambda entry: (entry.start, not entry.all_day, entry.uid))


def _veiled(entry: CalendarEntry, busy: str) -> CalendarEntry:
    """Of taken time nothing but that it is taken."""
    return replace(
        entry, title=busy, place="", description="", url="", language="", organisation="",
        organisation_id=None, level="", status="",
    )  # fmt: skip


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address names, or of the present one. Raises :class:`UnknownMonth`."""
    if not text:
        return today.replace(day=1)
    found = _MONTH.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise UnknownMonth(text)
    return date(int(found[1]), int(found[2]), 1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=32)).replace(day=1)


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which ``day`` begins in ``zone``."""
    return datetime.combine(day, time(), zone)


def first_day(entry: CalendarEntry, zone: ZoneInfo) -> date:
    """The day on which an entry begins, for a reader in ``zone``."""
    if entry.all_day and entry.start_date is not None:
        return entry.start_date
    return entry.start.astimezone(zone).date()


def last_day(entry: CalendarEntry, zone: ZoneInfo) -> date:
    """The last day of an entry, for a reader in ``zone``."""
    start = first_day(entry, zone)
    if entry.all_day:
        return max(start, entry.end_date or start)
    if entry.end is None:
        return start
    # What ends at midnight does not reach into the next day.
    end = entry.end.astimezone(zone)
    return max(start, (end - timedelta(microseconds=1)).date())


def by_day(
    entries: Iterable[CalendarEntry], first: date, end: date, zone: ZoneInfo
) -> dict[date, Day]:
    """The days from ``first`` up to and without ``end`` on which something begins, or goes on from before."""
    days: dict[date, Day] = {}
    for entry in entries:
        day = max(first, first_day(entry, zone))
        if day < end and last_day(entry, zone) >= first:
            days.setdefault(day, Day(day)).entries.append(entry)
    return days


def agenda(
    entries: Iterable[CalendarEntry],
    first: date,
    end: date,
    zone: ZoneInfo,
    country: str,
    language: str,
) -> list[Day]:
    """The days of a month that hold anything, in order: entries, or a public holiday."""
    days = by_day(entries, first, end, zone)
    for day, holiday in public_holidays(country, first, end - timedelta(days=1), language).items():
        days.setdefault(day, Day(day)).holiday = holiday
    return [days[day] for day in sorted(days)]


def kinds(enabled: frozenset[str]) -> dict[str, str]:
    """The plugins of a city that put entries into the calendar, with their titles."""
    registry = plugin_registry()
    names = {found.plugin_name for found in registry.manager.hook.calendar.get_hookimpls()}
    return {
        name: str(registry.plugins[name].title)
        for name in sorted(names & enabled & set(registry.plugins))
    }
