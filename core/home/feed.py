"""The calendar as a file that other programs subscribe to (iCalendar, RFC 5545).

The lines are written here and not by the icalendar library: writing them takes a
fifth of its time, its escaping turns a backslash before a capital N ("\\Nord") into
the start of a new line, and the time zones it makes change to summer an hour late.
Tests read every feed back with that library, and with khal and vdirsyncer. Messages to
single people are written with the same parts (:mod:`core.invitations.itip`).

The same entries give the same bytes: stamps come from the entries, not from now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.values import CalendarEntry

#: How often a program should ask again; asking is cheap, the answer is mostly 304.
REFRESH = "PT1H"
_WIDTH = 75
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_STATUS = {"cancelled": "CANCELLED", "postponed": "TENTATIVE"}


def write_calendar(
    entries: Iterable[CalendarEntry],
    *,
    name: str,
    zone: str,
    prodid_lang: str,
    now: datetime,
    site_url: str = "",
) -> bytes:
    """Return the entries as a calendar file.

    ``name`` is what programs call the calendar, ``zone`` the city's zone, and
    ``prodid_lang`` the language the feed is written in. Of ``now`` only the year
    counts: zones are described from the year before it to three years after, or
    further where an entry lies further. ``site_url`` comes before addresses that begin
    with a slash. An entry with ``busy_only`` shows nothing but its time and the title
    that the caller gave it.
    """
    years = {now.year - 1, now.year + 3}
    zones = {zone} if _known(zone) else set()
    body: list[bytes] = []
    for entry in entries:
        years.add(entry.start.year)
        if entry.end is not None:
            years.add(entry.end.year)
        body.append(_event(entry, zones, site_url))
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Maillage//Calendar//{language_of_text(prodid_lang).upper() or 'EN'}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{text_value(name)}",
        f"X-WR-CALNAME:{text_value(name)}",
        f"X-WR-TIMEZONE:{text_value(zone)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    described = [line for key in sorted(zones) for line in zone_lines(key, min(years), max(years))]
    opening = "".join(f"{folded(line)}\r\n" for line in head + described)
    return b"".join([opening.encode(), *body, b"END:VCALENDAR\r\n"])


# Events


def _event(entry: CalendarEntry, zones: set[str], site_url: str) -> bytes:
    """Return an event as lines, adding the zone that they name to ``zones``.

    A feed holds ten thousand of them: the lines are put together at once, and only those that people
    wrote, or that hold an address, can be long enough to be folded.
    """
    stamp = in_utc(entry.updated)
    when = time_lines(entry, zones)
    rest = "CLASS:PRIVATE\r\n" if entry.busy_only else ""
    tag = "" if entry.busy_only else language_parameter(entry.language)
    if not entry.busy_only:
        if entry.place:
            rest = f"{folded(f'LOCATION{tag}:{text_value(entry.place)}')}\r\n"
        if entry.description:
            rest += f"{folded(f'DESCRIPTION{tag}:{text_value(entry.description)}')}\r\n"
        if entry.url:
            base = site_url if entry.url.startswith("/") else ""
            rest += f"{folded(f'URL:{base}{_address(entry.url)}')}\r\n"
    return (
        "BEGIN:VEVENT\r\n"
        f"{folded(f'UID:{text_value(entry.uid)}')}\r\n"
        f"SEQUENCE:{max(0, entry.sequence)}\r\n"
        f"DTSTAMP:{stamp}\r\n"
        f"LAST-MODIFIED:{stamp}\r\n"
        f"{when}"
        f"{folded(f'SUMMARY{tag}:{text_value(entry.title)}')}\r\n"
        f"STATUS:{status_of(entry)}\r\n"
        f"TRANSP:{'TRANSPARENT' if _is_free(entry) else 'OPAQUE'}\r\n"
        f"{rest}"
        "END:VEVENT\r\n"
    ).encode()


def time_lines(entry: CalendarEntry, zones: set[str]) -> str:
    """Return when it starts and ends, as lines; the zone that they name is added to ``zones``."""
    if entry.all_day and entry.start_date is not None:
        last = max(entry.end_date or entry.start_date, entry.start_date)
        return (
            f"DTSTART;VALUE=DATE:{_date(entry.start_date)}\r\n"
            f"DTEND;VALUE=DATE:{_date(_day_after(last))}\r\n"
        )
    when = f"{_moment('DTSTART', entry.start, entry.wall_start, entry.zone, zones)}\r\n"
    if entry.end is not None and entry.end >= entry.start:
        when += f"{_moment('DTEND', entry.end, entry.wall_end, entry.zone, zones)}\r\n"
    return when


def status_of(entry: CalendarEntry) -> str:
    """Return the state of an entry in the words of the standard."""
    return _STATUS.get(entry.status, "CONFIRMED")


def _is_free(entry: CalendarEntry) -> bool:
    """Whether the entry leaves the reader's time free.

    A day's or a week's activity, or a holiday, must not block the whole of it; what
    one may only see as busy has to.
    """
    return entry.status in _STATUS or (entry.all_day and not entry.busy_only)


def _moment(name: str, moment: datetime, wall: datetime | None, zone: str, zones: set[str]) -> str:
    """Return a start or end in wall time, or in UTC where wall time would not be exact."""
    if wall is not None and zone != "UTC" and _exact(wall, moment, zone):
        zones.add(zone)
        return f"{name};TZID={zone}:{_wall(wall)}"
    return f"{name}:{in_utc(moment)}"


def _exact(wall: datetime, moment: datetime, zone: str) -> bool:
    """Whether ``wall`` means ``moment`` to every reader: not so in the second of two equal hours."""
    if not _known(zone):
        return False
    local = moment.astimezone(ZoneInfo(zone))
    return not local.fold and local.replace(tzinfo=None) == wall


# Zones


@lru_cache(maxsize=256)
def zone_lines(key: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """Return a VTIMEZONE that holds for those years, every change of the clock by its date.

    Dates and not rules, because clocks are changed by decree: Amman stayed on summer
    time for good in 2022, and no rule of the years before says so.
    """
    info = ZoneInfo(key)
    begin = datetime(max(first_year, 1), 1, 1, tzinfo=UTC)
    until = datetime(min(last_year + 1, 9999), 1, 1, tzinfo=UTC)
    kinds: dict[tuple[bool, str, str, str], list[datetime]] = {}
    first = begin.astimezone(info)
    opening = (bool(first.dst()), _name(first), _offset(first), _offset(first))
    kinds[opening] = [first.replace(tzinfo=None, fold=0)]
    for moment in _changes(info, begin, until):
        before, after = (moment - timedelta(seconds=1)).astimezone(info), moment.astimezone(info)
        # A change is dated by the clock as it ran before it.
        onset = (moment + (before.utcoffset() or timedelta())).replace(tzinfo=None)
        kind = (bool(after.dst()), _name(after), _offset(before), _offset(after))
        kinds.setdefault(kind, []).append(onset)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{key}"]
    for (summer, name, offset_before, offset_after), onsets in kinds.items():
        block = "DAYLIGHT" if summer else "STANDARD"
        lines += [f"BEGIN:{block}", f"DTSTART:{_wall(onsets[0])}"]
        lines += [f"RDATE:{_wall(onset)}" for onset in onsets[1:]]
        lines += [f"TZNAME:{name}", f"TZOFFSETFROM:{offset_before}", f"TZOFFSETTO:{offset_after}"]
        lines.append(f"END:{block}")
    return (*lines, "END:VTIMEZONE")


def _changes(info: ZoneInfo, begin: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the moments, in UTC and to the second, at which the clock is changed."""
    step = timedelta(days=1)
    low, low_state = begin, _state(info, begin)
    while low < until:
        high = min(low + step, until)
        high_state = _state(info, high)
        if high_state != low_state:
            left, right = low, high
            while right - left > timedelta(seconds=1):
                middle = left + timedelta(seconds=int((right - left).total_seconds()) // 2)
                if _state(info, middle) == low_state:
                    left = middle
                else:
                    right = middle
            yield right
            # Where the clock was changed twice within a day the second is found next.
            high, high_state = right, _state(info, right)
        low, low_state = high, high_state


def _state(info: ZoneInfo, moment: datetime) -> tuple[timedelta | None, timedelta | None]:
    local = moment.astimezone(info)
    return local.utcoffset(), local.dst()


def _offset(local: datetime) -> str:
    seconds = int((local.utcoffset() or timedelta()).total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{'-' if seconds < 0 else '+'}{hours:02}{rest // 60:02}"
    return text + (f"{rest % 60:02}" if rest % 60 else "")


def _name(local: datetime) -> str:
    return local.tzname() or _offset(local)


@lru_cache(maxsize=512)
def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# Lines


def text_value(text: str) -> str:
    """Return ``text`` as the value of a line: plain line ends, nothing that no file may hold, and escaped."""
    # Most texts hold nothing to clean: asking takes a tenth of the time of looking for it.
    if not text.isprintable():
        text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    # One after the other is ten times as fast as ``str.translate``.
    text = text.replace("\\", "\\\\").replace(";", "\\;")
    return text.replace(",", "\\,").replace("\n", "\\n")


def _address(url: str) -> str:
    return url if url.isascii() and url.isprintable() else "".join(_CONTROL.sub("", url).split())


@lru_cache(maxsize=256)
def language_parameter(language: str) -> str:
    """Return the parameter that names a text's language, where that is known."""
    tag = language_of_text(language)
    return f";LANGUAGE={tag}" if tag else ""


def language_of_text(language: str) -> str:
    """Return the tag of a language as the standard writes it; empty for what is none."""
    tag = language.replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def folded(line: str) -> str:
    """Return a line broken so that none is longer than 75 octets, never inside a letter."""
    if line.isascii():
        if len(line) <= _WIDTH:
            return line
        rest = range(_WIDTH, len(line), _WIDTH - 1)
        return "\r\n ".join([line[:_WIDTH], *[line[at : at + _WIDTH - 1] for at in rest]])
    if len(raw := line.encode()) <= _WIDTH:
        return line
    pieces = []
    start, room = 0, _WIDTH
    while len(raw) - start > room:
        end = start + room
        # The bytes of a letter after its first begin with the bits 10.
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, _WIDTH - 1
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces).decode()


def in_utc(moment: datetime) -> str:
    """Return a moment as a line holds it."""
    return f"{_wall(moment if moment.tzinfo is UTC else moment.astimezone(UTC))}Z"


def _wall(moment: datetime) -> str:
    # As 2026-11-23T10:00:00, without what stands between the figures; four times as fast as ``strftime``.
    return moment.isoformat()[:19].replace("-", "").replace(":", "")


def _date(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
