"""What the reader of calendar files hands out, and the limits it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

MAX_BYTES = 8 * 1024 * 1024
MAX_EVENTS = 20_000
MAX_OCCURRENCES = 20_000
MAX_OCCURRENCES_PER_SERIES = 500
#: Dates that one series may add and leave out one by one.
MAX_LISTED_DATES = 5_000
MAX_TITLE = 200
MAX_PLACE = 500
MAX_DESCRIPTION = 20_000
MAX_UID = 255
YEARS_AHEAD = 2
#: Dates outside these years are slips of another program (year 1, year 1604 for
#: a birthday without a year, year 9999 for "never"), and they break arithmetic.
FIRST_YEAR, LAST_YEAR = 1900, 2199

Params = Mapping[str, str | int]
NO_PARAMS: Params = MappingProxyType({})


class CalendarFileError(Exception):
    """The file as a whole cannot be read.

    ``code`` is a key of ``reasons.REASONS``, ``params`` what its sentence needs.
    """

    def __init__(self, code: str, params: Params = NO_PARAMS) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about an event that is taken over all the same."""

    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OccurrenceRead:
    """One date of an event, in the wall time of the event's zone.

    ``key`` is the start that the rule gave, as ISO text: it stays when the date is
    moved. ``end`` of an all-day event is its last day; None is an open end. Texts
    are None unless this one date has its own.
    """

    key: str
    start: date | datetime
    end: date | datetime | None
    cancelled: bool = False
    title: str | None = None
    place: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class EventRead:
    """One event of the file, with every date on which it takes place.

    ``start`` and ``end`` are naive wall times in ``zone``, or dates when ``all_day``
    (then ``end`` is the last day itself, not the day after). ``title`` may be empty.
    ``fingerprint`` changes when, and only when, something changes that a reader of
    the event would see; it depends neither on today nor on the file's order.
    """

    line: int
    uid: str
    sequence: int
    title: str
    description: str
    place: str
    language: str
    status: Literal["planned", "cancelled"]
    all_day: bool
    zone: str
    start: date | datetime
    end: date | datetime | None
    rule: str
    rdates: tuple[str, ...]
    exdates: tuple[str, ...]
    occurrences: tuple[OccurrenceRead, ...]
    fingerprint: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event, or other thing in the file, that is not taken over, and why."""

    line: int
    uid: str
    title: str
    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalendarRead:
    """Everything the file holds, in its order: what can be taken over and what not."""

    name: str
    lines: tuple[EventRead | Refusal, ...]

    @property
    def events(self) -> tuple[EventRead, ...]:
        """Only what can be taken over."""
        return tuple(line for line in self.lines if isinstance(line, EventRead))

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Only what is refused."""
        return tuple(line for line in self.lines if isinstance(line, Refusal))


class Unreadable(Exception):
    """One event cannot be taken over; never leaves the package, becomes a ``Refusal``."""

    def __init__(self, code: str, line: int = 0, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.params: Params = params
