"""The calendar of a city as one reader sees it: what the plugins give, in order, by day."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from flask import g, has_request_context

from core.directory.lists import LEVELS
from core.home.holidays import Holiday, public_holidays
from core.i18n import gettext as _
from core.i18n import lazy_pgettext as _lp
from core.registry import CityHooks, plugin_registry
from core.tenancy import current_city
from core.values import CalendarEntry, Viewer

# Words for the states that plugins share, with the tone in which they are shown.
STATES = {
    "planned": (_lp("calendar entry", "Planned"), "", "calendar"),
    "held": (_lp("calendar entry", "Held"), "good", "check"),
    "reported": (_lp("calendar entry", "Reported"), "info", "file-check"),
    "postponed": (_lp("calendar entry", "Postponed"), "", "clock"),
    "cancelled": (_lp("calendar entry", "Cancelled"), "", "ban"),
}


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

    def in_words(self, kinds: Mapping[str, str], organisations: Mapping[str, str]) -> list[str]:
        """Each condition in words, of what is still known by those names."""
        words = (
            kinds.get(self.kind, ""),
            organisations.get(self.organisation, ""),
            str(LEVELS.get(self.level, "")),
        )
        return [word for word in words if word]


EVERYTHING = Filters()


@dataclass(slots=True)
class Day:
    """One day of the calendar: what begins on it, and what goes on from the days before."""

    date: date
    holiday: Holiday | None = None
    entries: list[CalendarEntry] = field(default_factory=list)
    going_on: list[CalendarEntry] = field(default_factory=list)

    def __len__(self) -> int:
        """How many entries cover the day."""
        return len(self.entries) + len(self.going_on)

    def __bool__(self) -> bool:
        """Whether there is anything to say of the day."""
        return bool(self.holiday or self.entries or self.going_on)

    def foremost(self, most: int) -> list[CalendarEntry]:
        """The entries to show where there is room for ``most``: what begins before what goes on.

        What was cancelled gives way to the rest.
        """
        every = self.entries + self.going_on
        if len(every) > most:
            every.sort(key=lambda entry: entry.status == "cancelled")
        return every[:most]

    def through(self, most: int) -> list[CalendarEntry]:
        """The first ``most`` entries as one goes through the day: what lasts all of it, then hour by hour."""
        return [*self.going_on, *sorted(self.entries, key=lambda entry: not entry.all_day)][:most]


def entries_between(
    hooks: CityHooks, viewer: Viewer, start: datetime, end: datetime, wanted: Filters = EVERYTHING
) -> list[CalendarEntry]:
    """What happens from ``start`` up to and without ``end`` and is ``wanted``, in order of time.

    What the viewer may not see in full keeps its time alone, and is taken for nothing else by a filter.
    """
    found = hooks.read("calendar", through=shown_as(wanted), viewer=viewer, start=start, end=end)
    shown = [entry for entry in found if entry is not None]
    # By the start alone: what begins together stays in the order in which its plugin gave it.
    shown.sort(key=attrgetter("start"))
    return shown


def happenings(
    viewer: Viewer, start: datetime, end: datetime, *, but: str = ""
) -> list[CalendarEntry]:
    """What happens from ``start`` up to and without ``end``, in order: for a plugin that looks at what others hold.

    ``but`` is the plugin that asks, whose own entries are left out. What the viewer may know only as taken time is
    left out as well.
    """
    from core.web import enabled_plugins

    enabled = g.enabled_plugins if has_request_context() else enabled_plugins(current_city())
    hooks = plugin_registry().hooks(frozenset(enabled) - {but})
    found = entries_between(hooks, viewer, start, end)
    return [entry for entry in found if not entry.busy_only]


def shown_as(wanted: Filters = EVERYTHING) -> Callable[[object], CalendarEntry | None]:
    """What is shown of an item that a plugin gave: the entry, of taken time its time alone, or None if not wanted."""
    busy = _("Busy")

    def shown(item: object) -> CalendarEntry | None:
        if not isinstance(item, CalendarEntry):
            return None
        entry = _veiled(item, busy) if item.busy_only else item
        return entry if not wanted or wanted.passes(entry) else None

    return shown


def _veiled(entry: CalendarEntry, busy: str) -> CalendarEntry:
    """Of taken time nothing but that it is taken."""
    return replace(
        entry, title=busy, place="", description="", url="", language="", organisation="",
        organisation_id=None, level="", status="",
    )  # fmt: skip


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
    """Every day from ``first`` up to and without ``end``, with what begins or goes on on it, in the entries' order."""
    days = {day: Day(day) for day in (first + timedelta(n) for n in range((end - first).days))}
    for entry in entries:
        day, last = first_day(entry, zone), last_day(entry, zone)
        if day in days:
            days[day].entries.append(entry)
        day = max(first, day + timedelta(1))
        while day <= last and day < end:
            days[day].going_on.append(entry)
            day += timedelta(1)
    return days


def with_holidays(days: Mapping[date, Day], country: str, language: str) -> None:
    """Write the public holidays of ``country`` to the days on which they fall."""
    for day, holiday in public_holidays(country, min(days), max(days), language).items():
        days[day].holiday = holiday


def kinds(enabled: frozenset[str]) -> dict[str, str]:
    """The plugins of a city that put entries into the calendar, with their titles."""
    registry = plugin_registry()
    names = {found.plugin_name for found in registry.manager.hook.calendar.get_hookimpls()}
    return {
        name: str(registry.plugins[name].title)
        for name in sorted(names & enabled & set(registry.plugins))
    }
