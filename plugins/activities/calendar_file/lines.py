"""From bytes to the components of a calendar, each line with its number in the file.

The library's own reader of whole calendars is not used: it keeps the time zones
that one file defines for the whole process, where the next file of another city
would meet them, it cannot name the line that is wrong, and it gives up on a whole
calendar for one bad line. Its reader of a single content line is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .values import MAX_BYTES, MAX_EVENTS, CalendarFileError, Unreadable

#: Control characters that no text needs; tab and line feed stay.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_NAME = re.compile(r"[A-Za-z0-9-]+(?=[;:])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")

#: The only properties that are read. People who take part (ORGANIZER, ATTENDEE,
#: CONTACT) and everything of other programs' own (X-…) never get any further.
_READ = frozenset(
    "VERSION METHOD X-WR-CALNAME NAME UID SEQUENCE SUMMARY DESCRIPTION LOCATION STATUS CLASS "
    "DTSTART DTEND DURATION RRULE EXRULE RDATE EXDATE RECURRENCE-ID DTSTAMP LAST-MODIFIED "
    "TZID X-LIC-LOCATION TZOFFSETFROM TZOFFSETTO".split()
)
# What stands before the first colon; longer ones are no calendar program's.
_LONGEST_HEAD = 4_000
_EVENT = "VEVENT"
_OTHER = frozenset({"VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"})
_OBSERVANCES = frozenset({"STANDARD", "DAYLIGHT"})


@dataclass(slots=True)
class Property:
    """One line: its parameters by upper-case name, its value as written."""

    line: int
    params: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as people read it."""
        return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], self.value)


@dataclass(slots=True)
class Component:
    """A BEGIN … END block: what of it is read, and the line that is wrong, if one is."""

    kind: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    children: list[Component] = field(default_factory=list)
    fault: Unreadable | None = None

    def first(self, name: str) -> Property | None:
        """Return the first property of that name, or None."""
        found = self.properties.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """Return the first such property as text without spaces around it, or nothing."""
        found = self.first(name)
        return found.text.strip() if found else ""


def read_components(data: bytes) -> list[Component]:
    """Return the calendars of the file; raise ``CalendarFileError`` when there is none."""
    text = _decode(data)
    if re.search(r"^[ \t]*BEGIN:VCALENDAR[ \t]*$", text, re.IGNORECASE | re.MULTILINE) is None:
        raise CalendarFileError(_what_else(text))
    try:
        calendars = _tree(_unfold(text))
    except CalendarFileError as error:
        if error.code == "file_damaged" and not text.rstrip().upper().endswith("END:VCALENDAR"):
            raise CalendarFileError("file_incomplete") from error
        raise
    for calendar in calendars:
        if calendar.text("VERSION").startswith("1"):
            raise CalendarFileError("file_vcalendar1")
    return calendars


def _decode(data: bytes) -> str:
    """Return the file's text with line feeds only and no control characters."""
    if len(data) > MAX_BYTES:
        raise CalendarFileError("file_too_large", {"megabytes": MAX_BYTES // 1024 // 1024})
    if not data.strip():
        raise CalendarFileError("file_empty")
    if data.startswith(_PACKED):
        raise CalendarFileError("file_packed")
    if data.startswith(b"%PDF"):
        raise CalendarFileError("file_not_calendar")
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        raise CalendarFileError("file_encoding") from error
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data[1:2] == b"\x00":
        return "utf-16-le"
    if data[:1] == b"\x00":
        return "utf-16-be"
    return "utf-8-sig"


def _what_else(text: str) -> str:
    start = text.lstrip()[:300].lower()
    if not start:
        return "file_empty"
    if start.startswith("<") and "html" in start:
        return "file_web_page"
    return "file_not_calendar"


def _unfold(text: str) -> Iterator[tuple[int, str]]:
    """Yield whole lines with the number of their first line; empty lines are no lines."""
    pieces: list[str] = []
    number = 0
    for index, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        if line[0] in " \t" and pieces:
            pieces.append(line[1:])
            continue
        if pieces:
            yield number, "".join(pieces)
        pieces, number = [line], index
    if pieces:
        yield number, "".join(pieces)


def _tree(lines: Iterator[tuple[int, str]]) -> list[Component]:
    """Sort the lines into calendars, events and time zones.

    What lies deeper (alarms) or beside them is passed over, however deeply nested.
    """
    calendars: list[Component] = []
    stack: list[tuple[str, Component | None]] = []
    events = 0
    for number, line in lines:
        name = _name(line)
        current = stack[-1][1] if stack else None
        if name == "BEGIN":
            kind = line.partition(":")[2].strip().upper()
            component = _component(kind, number, current, depth=len(stack))
            if component is not None:
                (current.children if current else calendars).append(component)
                events += kind == _EVENT or kind in _OTHER
                if events > MAX_EVENTS:
                    raise CalendarFileError("file_too_many_events", {"limit": MAX_EVENTS})
            elif kind == _EVENT and any(outer == _EVENT for outer, _ in stack):
                raise CalendarFileError("file_damaged", {"line": number})
            stack.append((kind, component))
        elif name == "END":
            kind = line.partition(":")[2].strip().upper()
            if not stack or stack[-1][0] != kind:
                raise CalendarFileError("file_damaged", {"line": number})
            stack.pop()
        elif current is not None:
            _add(current, name, number, line)
    if stack:
        raise CalendarFileError("file_incomplete")
    return calendars


def _component(kind: str, number: int, parent: Component | None, *, depth: int) -> Component | None:
    if parent is None:
        wanted = depth == 0 and kind == "VCALENDAR"
    elif parent.kind == "VCALENDAR":
        wanted = kind in (_EVENT, "VTIMEZONE") or kind in _OTHER
    else:
        wanted = parent.kind == "VTIMEZONE" and kind in _OBSERVANCES
    return Component(kind, number) if wanted else None


def _name(line: str) -> str:
    match = _NAME.match(line.lstrip(" \t"))
    return match[0].upper() if match else ""


def _add(component: Component, name: str, number: int, line: str) -> None:
    if name and name not in _READ:
        return
    try:
        if not name:
            raise ValueError("no property name")
        params, value = _parse(line)
        if params.get("ENCODING", "").upper() in ("QUOTED-PRINTABLE", "BASE64", "B"):
            raise Unreadable("encoding_old", number)
        component.properties.setdefault(name, []).append(Property(number, params, value))
    except Unreadable as fault:
        component.fault = component.fault or fault
    except ValueError:
        # Only what stands in an event is worth a sentence to a person.
        if component.kind == _EVENT and component.fault is None:
            component.fault = Unreadable("line_unreadable", number)


def _parse(line: str) -> tuple[dict[str, str], str]:
    head, colon, value = line.partition(":")
    if colon and ";" not in head:
        return {}, value
    if len(head) > _LONGEST_HEAD:
        raise ValueError("too many parameters")
    from icalendar.parser import Contentline

    _, params, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
    return {
        key.upper(): content if isinstance(content, str) else ",".join(map(str, content))
        for key, content in params.items()
    }, value
