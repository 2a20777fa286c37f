"""The time zones that calendar files name, and the ones that they define themselves.

An event is kept in wall time with the name of a zone that every computer knows.
Files name zones by that name, by Windows' name, by a path that ends in it, or by a
word of their own with a definition beside it. A zone of its own is replaced by a
known one whose clock shows the same for every date of the event, the city's first.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from .lines import Component
from .recurrence import Budget, occurrences, parse_rule
from .times import parse_wall
from .values import FIRST_YEAR, Unreadable

_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})(?:[0-9]{2})?")
_FIXED = re.compile(r"(?:UTC|GMT)\s*([+-])0?([0-9]{1,2})(?::?00)?", re.IGNORECASE)
_UTC_NAMES = frozenset({"UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT", "COORDINATED UNIVERSAL TIME"})


class Clock(Protocol):
    """Anything that tells how far a wall time is from UTC."""

    def offset(self, wall: datetime) -> timedelta:
        """Return wall time minus UTC."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the file: ``name`` is a known zone's, or empty when only ``clock`` is known."""

    name: str
    clock: Clock
    #: Taken from a definition or a Windows name: another known name may fit better.
    open_to_change: bool = False

    def to_utc(self, wall: datetime) -> datetime:
        """Return the naive UTC time of a wall time in this zone."""
        return wall - self.clock.offset(wall)


class KnownClock:
    """The clock of a zone in the computer's own table."""

    def __init__(self, name: str) -> None:
        self.info = ZoneInfo(name)

    def offset(self, wall: datetime) -> timedelta:
        """Return wall time minus UTC; an hour that is skipped or doubled counts as before."""
        return wall.replace(tzinfo=self.info).utcoffset() or timedelta()


class DefinedClock:
    """The clock that a VTIMEZONE describes."""

    def __init__(self, changes: list[tuple[datetime, timedelta, timedelta]]) -> None:
        changes.sort(key=lambda change: change[0])
        self._starts = [start for start, _, _ in changes]
        self._after = [after for _, _, after in changes]
        self._before = changes[0][1]

    def offset(self, wall: datetime) -> timedelta:
        """Return wall time minus UTC."""
        index = bisect.bisect_right(self._starts, wall)
        return self._after[index - 1] if index else self._before


@lru_cache(maxsize=256)
def known_zone(name: str) -> Zone:
    """Return the zone of that name; raises ZoneInfoNotFoundError when there is none."""
    return Zone(name, KnownClock(name))


def from_utc(moment: datetime, zone: str) -> datetime:
    """Return a naive UTC time as naive wall time of a known zone."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


class Zones:
    """The zones of one calendar, looked up by the TZID that its events use."""

    def __init__(self, definitions: list[Component], stop: datetime, budget: Budget):
        self._definitions = {part.text("TZID"): part for part in reversed(definitions)}
        self._stop = stop
        self._budget = budget
        self._found: dict[str, Zone] = {}

    def zone(self, tzid: str) -> Zone:
        """Return the zone that ``tzid`` means; raise ``Unreadable`` when nothing tells."""
        if tzid not in self._found:
            self._found[tzid] = self._resolve(tzid)
        return self._found[tzid]

    def _resolve(self, tzid: str) -> Zone:
        if name := _plain_name(tzid):
            return known_zone(name)
        if name := _windows_names().get(tzid.strip().lower(), ""):
            return Zone(name, KnownClock(name), open_to_change=True)
        definition = self._definitions.get(tzid)
        if definition is None:
            raise Unreadable("zone_unknown", zone=tzid[:80])
        if name := _plain_name(definition.text("X-LIC-LOCATION")):
            return known_zone(name)
        return Zone("", _defined_clock(definition, self._stop, self._budget), open_to_change=True)


def _plain_name(tzid: str) -> str:
    """Return the known zone that a TZID names, directly or at the end of a path."""
    cleaned = tzid.strip().strip("/")
    if cleaned.upper() in _UTC_NAMES:
        return "UTC"
    known = _known_names()
    parts = cleaned.lower().split("/")
    for start in range(max(0, len(parts) - 3), len(parts)):
        # The last word of a path alone ("…/GMT") names a zone only when it is all there is.
        whole_or_pair = start == 0 or len(parts) - start > 1
        if whole_or_pair and (name := known.get("/".join(parts[start:]), "")):
            return name
    if match := _FIXED.fullmatch(cleaned):
        # The signs of these names are the reverse of everybody's.
        return known.get(f"etc/gmt{'-' if match[1] == '+' else '+'}{match[2]}", "")
    return ""


@lru_cache(maxsize=1)
def _known_names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if name != "localtime"}


@lru_cache(maxsize=1)
def _windows_names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    known = _known_names()
    return {
        windows.lower(): name for windows, name in WINDOWS_TO_OLSON.items() if name.lower() in known
    }


def likely_zones() -> list[str]:
    """Return one known zone for each set of rules that is in use, by name."""
    return sorted(set(_windows_names().values()))


def _defined_clock(definition: Component, stop: datetime, budget: Budget) -> DefinedClock:
    """Return the clock of a VTIMEZONE; raise ``Unreadable`` when it is not whole."""
    changes: list[tuple[datetime, timedelta, timedelta]] = []
    for part in definition.children:
        before, after = _offset(part.text("TZOFFSETFROM")), _offset(part.text("TZOFFSETTO"))
        start = _onset(part.text("DTSTART"))
        starts = {start}
        if rule_text := part.text("RRULE"):
            rule = parse_rule(rule_text)
            until = _as_datetime(rule.until) if rule.until is not None else None
            if until is not None and rule.until_utc:
                until += before
            starts.update(occurrences(rule, start, stop, budget, until=until))
        for dates in part.properties.get("RDATE", []):
            starts.update(_onset(word.partition("/")[0]) for word in dates.value.split(","))
        budget.take(len(starts))
        changes.extend((moment, before, after) for moment in starts)
    if not changes:
        raise Unreadable("zone_unknown", zone=definition.text("TZID")[:80])
    return DefinedClock(changes)


def _onset(text: str) -> datetime:
    """Return when a part of a zone begins; definitions often begin in 1601."""
    if text[:4].isdecimal() and int(text[:4]) < FIRST_YEAR:
        text = f"{FIRST_YEAR}{text[4:]}"
    return _as_datetime(parse_wall(text)[0])


def _as_datetime(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time())


def _offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 23 or int(match[3]) > 59:
        raise Unreadable("zone_unknown", zone="")
    length = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -length if match[1] == "-" else length
