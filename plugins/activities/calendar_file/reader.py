"""The way in: bytes and where they belong, out come lines for the preview."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from .events import Part, Setting, read_event, stable_uid
from .lines import Component, read_components
from .recurrence import Budget
from .texts import one_line
from .times import shorten
from .values import (
    MAX_OCCURRENCES,
    MAX_UID,
    CalendarFileError,
    CalendarRead,
    EventRead,
    Refusal,
    Unreadable,
)
from .zones import Zones, known_zone


def read_calendar(data: bytes, *, zone: str, today: date) -> CalendarRead:
    """Return what a calendar file holds, line by line, changing nothing anywhere.

    ``data`` is the file; ``zone`` the city's zone (an IANA name), which holds for times
    that name none; ``today`` is the day from which rules without an end are worked out
    two years ahead. Raises ``CalendarFileError`` when the file as a whole is unfit,
    and for no bytes whatever anything else.
    """
    known_zone(zone)
    try:
        return _read(data, zone, today)
    except CalendarFileError:
        raise
    except Exception as error:
        # A fault of ours must not take the page down; the tests hold that it never occurs.
        raise CalendarFileError("file_unreadable") from error


def _read(data: bytes, zone: str, today: date) -> CalendarRead:
    calendars = read_components(data)
    setting = Setting(zone, today, Budget())
    lines: list[EventRead | Refusal] = []
    parts: list[Part] = []
    for calendar in calendars:
        definitions = [child for child in calendar.children if child.kind == "VTIMEZONE"]
        zones = Zones(definitions, setting.stop, setting.budget)
        cancelled = calendar.text("METHOD").upper() == "CANCEL"
        for child in calendar.children:
            if child.kind == "VEVENT":
                parts.append(Part(child, zones, cancelled))
            elif child.kind != "VTIMEZONE":
                lines.append(_refusal(child, Unreadable("not_event", kind=child.kind)))
    total = 0
    for line in _units(parts, setting):
        if isinstance(line, EventRead):
            total += len(line.occurrences)
            if total > MAX_OCCURRENCES:
                raise CalendarFileError("file_too_many_dates", {"limit": MAX_OCCURRENCES})
        lines.append(line)
    names = (one_line(c.text("NAME") or c.text("X-WR-CALNAME")) for c in calendars)
    name = shorten(next(filter(None, names), ""), 200)
    return CalendarRead(name, tuple(sorted(lines, key=lambda line: line.line)))


def _units(parts: list[Part], setting: Setting) -> Iterable[EventRead | Refusal]:
    """Yield a line for each UID, and one for each part that another one outdates."""
    groups: dict[str, list[Part]] = {}
    for part in parts:
        groups.setdefault(stable_uid(part.uid, part), []).append(part)
    for uid, group in groups.items():
        masters = [part for part in group if part.component.first("RECURRENCE-ID") is None]
        changes = [part for part in group if part.component.first("RECURRENCE-ID") is not None]
        if not masters:
            for part in changes:
                yield _refusal(part.component, Unreadable("change_alone"), uid)
            continue
        master = max(masters, key=lambda part: part.rank)
        for part in masters:
            if part is not master:
                repeated = Unreadable("uid_repeated", other=master.component.line)
                yield _refusal(part.component, repeated, uid)
        try:
            yield read_event(uid, master, changes, setting)
        except Unreadable as error:
            yield _refusal(master.component, error, uid)


def _refusal(component: Component, error: Unreadable, uid: str = "") -> Refusal:
    return Refusal(
        line=error.line or component.line,
        uid=uid or one_line(component.text("UID"))[:MAX_UID],
        title=shorten(one_line(component.text("SUMMARY")), 200),
        code=error.code,
        params=error.params,
    )
