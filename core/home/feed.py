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
    """Return the entries as a calendar file; the arguments are those of :class:`CalendarWriter`."""
    writer = CalendarWriter(zone, site_url)
    events = [writer.event(entry) for entry in entries]
    return writer.file(events, name=name, prodid_lang=prodid_lang, now=now)


class CalendarWriter:
    """Writes a calendar file: each entry as it comes, so that nobody holds all of them, and then what is around them.

    ``zone`` is the city's. ``site_url`` comes before addresses that begin with a slash. An entry with ``busy_only``
    shows nothing but its time and the title that the caller gave it.
    """

    def __init__(self, zone: str, site_url: str = "") -> None:
        self._zone, self._site_url = zone, site_url
        self._zones = {zone} if _known(zone) else set()
        self._years: set[int] = set()

    def file(self, events: Iterable[bytes], *, name: str, prodid_lang: str, now: datetime) -> bytes:
        """Return the file of ``events``, which this writer has written.

        ``name`` is what programs call the calendar, and ``prodid_lang`` the language it is written in. Of ``now``
        only the year counts: zones are described from the year before it to three years after, or further where an
        entry lies further.
        """
        head = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"PRODID:-//Maillage//Calendar//{language_of_text(prodid_lang).upper() or 'EN'}",
            "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH",
            f"NAME:{text_value(name)}",
            f"X-WR-CALNAME:{text_value(name)}",
            f"X-WR-TIMEZONE:{text_value(self._zone)}",
            f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
            f"X-PUBLISHED-TTL:{REFRESH}",
        ]
        years = self._years | {now.year - 1, now.year + 3}
        for zone in sorted(self._zones):
            head += zone_lines(zone, min(years), max(years))
        opening = "".join(f"{folded(line)}\r\n" for line in head)
        return b"".join([opening.encode(), *events, b"END:VCALENDAR\r\n"])

    def event(self, entry: CalendarEntry) -> bytes:
        """Return an event as lines, and note the zone and the years that the file has to describe for them.

        A feed holds ten thousand of them: the lines are put together at once, and only those that people
        wrote, or that hold an address, can be long enough to be folded.
        """
        self._years.add(entry.start.year)
        if entry.end is not None:
            self._years.add(entry.end.year)
        stamp = in_utc(entry.updated)
        when = time_lines(entry, self._zones)
        if entry.busy_only:
            tag, rest = "", "CLASS:PRIVATE\r\n"
        else:
            tag, rest = language_parameter(entry.language), ""
            if entry.place:
                rest = f"{_line(f'LOCATION{tag}:', entry.place)}\r\n"
            if entry.description:
                rest += f"{_line(f'DESCRIPTION{tag}:', entry.description)}\r\n"
            if entry.url:
                base = self._site_url if entry.url.startswith("/") else ""
                rest += f"{folded(f'URL:{base}{_address(entry.url)}')}\r\n"
        return (
            "BEGIN:VEVENT\r\n"
            f"{_line('UID:', entry.uid)}\r\n"
            f"SEQUENCE:{max(0, entry.sequence)}\r\n"
            f"DTSTAMP:{stamp}\r\n"
            f"LAST-MODIFIED:{stamp}\r\n"
            f"{when}"
            f"{_line(f'SUMMARY{tag}:', entry.title)}\r\n"
            f"STATUS:{status_of(entry)}\r\n"
            f"TRANSP:{'TRANSPARENT' if _is_free(entry) else 'OPAQUE'}\r\n"
            f"{rest}"
            "END:VEVENT\r\n"
        ).encode()


def time_lines(entry: CalendarEntry, zones: set[str]) -> str:
    """Return when it starts and ends, as lines; the zone that they name is added to ``zones``."""
    start, end = entry.start, entry.end
    if entry.all_day and entry.start_date is not None:
        last = max(entry.end_date or entry.start_date, entry.start_date)
        return (
            f"DTSTART;VALUE=DATE:{_date(entry.start_date)}\r\n"
            f"DTEND;VALUE=DATE:{_date(_day_after(last))}\r\n"
        )
    when = f"DTSTART{_moment(start, entry.wall_start, entry.zone, zones)}\r\n"
    if end is not None and end >= start:
        when += f"DTEND{_moment(end, entry.wall_end, entry.zone, zones)}\r\n"
    return when


def _moment(moment: datetime, wall: datetime | None, zone: str, zones: set[str]) -> str:
    """Return a start or end in wall time, or in UTC where wall time would not be exact.

    It is exact if it means the moment to every reader: not so in the second of two equal hours.
    """
    if wall is not None and zone != "UTC" and (info := _info(zone)) is not None:
        local = moment.astimezone(info)
        if not local.fold and local.replace(tzinfo=None) == wall:
            zones.add(zone)
            return f";TZID={zone}:{_wall(wall)}"
    return f":{in_utc(moment)}"


def status_of(entry: CalendarEntry) -> str:
    """Return the state of an entry in the words of the standard."""
    return _STATUS.get(entry.status, "CONFIRMED")


def _is_free(entry: CalendarEntry) -> bool:
    """Whether the entry leaves the reader's time free.

    A day's or a week's activity, or a holiday, must not block the whole of it; what
    one may only see as busy has to.
    """
    return entry.status in _STATUS or (entry.all_day and not entry.busy_only)


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
def _info(zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _known(zone: str) -> bool:
    return _info(zone) is not None


# Lines


def _line(name: str, text: str) -> str:
    line = f"{name}{text_value(text)}"
    return line if len(line) <= _WIDTH and line.isascii() else folded(line)


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
    # A third of the time of ``strftime``, and half of taking ``isoformat`` apart.
    return "%04d%02d%02dT%02d%02d%02d" % (  # noqa: UP031  as above
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second,
    )  # fmt: skip


def _date(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
