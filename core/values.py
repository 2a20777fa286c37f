"""The values that hooks and layers hand to one another: small, frozen, and free of the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Ref:
    """Names any record of any plugin without importing it."""

    plugin: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """What a reader may know of a record: its title, where it is, and the title's language.

    ``restricted`` says that not every member of the city may see the record: then its title stands in no mail, and
    what hangs on it is shown to those alone who may see it.
    """

    title: str
    url: str
    language: str = ""
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, in one city: nothing below the views reads anything else about the person."""

    person_id: str
    name: str
    locale: str
    city_id: str
    membership_id: str
    organisation_id: str | None
    roles: frozenset[str]
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """Whether the viewer holds ``permission`` in this city."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the side navigation. ``prefix`` is the path below which it counts as current."""

    title: str
    url: str
    icon: str
    order: int = 50
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the home page: a template of the plugin and what it needs. Lower ``order`` comes first.

    The template is what stands below the title; ``link`` stands beside it and leads to all of it. ``wide`` cards
    stand in the broad column, the others in the narrow one.
    """

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 50
    wide: bool = False
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a reader can start from the home page; the lowest ``order`` is its main action."""

    title: str
    url: str
    icon: str = "plus"
    order: int = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for an organisation, such as an activity without its report.

    ``since`` is the day from which it has been waiting, ``kind`` says in words what is waited for, ``language`` is
    that of the title, empty where it is not known.
    """

    title: str
    url: str
    organisation_id: str
    organisation: str
    since: date
    kind: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, from ``first`` up to and without ``after``."""

    first: date
    after: date

    @property
    def name(self) -> str:
        """How an address names a whole year or a quarter: ``2026``, ``2026-3``; empty for any other stretch."""
        year, quarter = self.first.year, (self.first.month - 1) // 3 + 1
        names = (f"{year}", f"{year}-{quarter}")
        return next((name for name in names if Period.named(name) == self), "")

    @staticmethod
    def named(name: str) -> "Period | None":
        """The year or quarter of a :attr:`name`; None for anything else."""
        found = _PERIOD.fullmatch(name)
        if found is None:
            return None
        year, quarter = int(found[1]), int(found[2] or 0)
        if not quarter:
            return Period(date(year, 1, 1), date(year + 1, 1, 1))
        after = date(year + 1, 1, 1) if quarter == 4 else date(year, quarter * 3 + 1, 1)
        return Period(date(year, quarter * 3 - 2, 1), after)


# No year before those that a calendar of ours could hold, nor one that has no year after it.
_PERIOD = re.compile(r"((?:19|2[0-9])[0-9]{2})(?:-([1-4]))?")


@dataclass(frozen=True, slots=True)
class Records:
    """The list behind a number: the page of the plugin that shows it, and the arguments of its address.

    It is linked for those alone who may open that page. What it shows is exactly what was counted, to every reader: of
    a share either the ``value`` or all those ``of`` which it is one. So its arguments also leave out what only some
    may see.
    """

    endpoint: str
    arguments: Mapping[str, str] = field(default_factory=dict)


# A figure of two people tells each of them of the other, and everybody who knows one of them.
FEWEST_PEOPLE = 3


def _percent(value: float | None, of: int | None) -> int | None:
    return round(100 * value / of) if value is not None and of else None


@dataclass(frozen=True, slots=True)
class MeasurePart:
    """What a measure comes to in one group, such as a sector; ``code`` names the group from one period to another."""

    code: str
    label: str
    value: int
    of: int | None = None
    records: Records | None = None

    @property
    def percent(self) -> int | None:
        """The share in whole percent; None without ``of``, and of nothing."""
        return _percent(self.value, self.of)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that a plugin counts in a period, with its definition in one plain sentence.

    ``code`` is unique within the plugin. A share is a ``value`` of so many ``of``. ``value`` is None where there is
    nothing to tell, and ``why`` says in a few words why. Everybody reads the same number, and it may leave the house in
    a report: what not every member of the city may see is in none, nor how much of that there is, nor what fewer than
    :data:`FEWEST_PEOPLE` people did.
    """

    code: str
    title: str
    definition: str
    value: int | float | None
    of: int | None = None
    parts: tuple[MeasurePart, ...] = ()
    records: Records | None = None
    why: str = ""

    @property
    def percent(self) -> int | None:
        """The share in whole percent; None without ``of``, and of nothing."""
        return _percent(self.value, self.of)


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One entry of the calendar: a page, a feed and a print show it alike.

    ``start`` and ``end`` are moments in UTC; ``wall_start`` and ``wall_end`` are what the clock on the wall
    says in ``zone``. An entry of whole days has ``start_date`` and ``end_date``, both days included.
    ``sequence`` is raised by the organiser's change alone (RFC 5545, 3.8.7.4). ``may_invite`` and ``agenda``
    are asked of the hook ``events`` alone: whether this viewer may invite to it, and withdraw invitations; and what an
    invitation says of it beside title, time and place, line by line.
    """

    uid: str
    sequence: int
    kind: str
    title: str
    status: str
    zone: str
    start: datetime
    end: datetime | None
    wall_start: datetime
    wall_end: datetime | None
    updated: datetime
    all_day: bool = False
    start_date: date | None = None
    end_date: date | None = None
    place: str = ""
    description: str = ""
    url: str = ""
    language: str = ""
    organisation_id: str | None = None
    organisation: str = ""
    level: str = ""
    busy_only: bool = False
    may_invite: bool = False
    agenda: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    """One of a record's texts that can be translated: its name, what it is called, how long it may be."""

    name: str
    label: str
    longest: int
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Translatable:
    """Which texts of a record can be translated, and what this viewer may do with its translations."""

    fields: tuple[TextField, ...]
    may_translate: bool
    may_approve: bool


@dataclass(frozen=True, slots=True)
class Searchable:
    """What a record is found by: its title and all its other text, in every language that it has.

    ``language`` is that of the original. ``at`` is the day it is about: of two that match alike the later comes first.
    Records of one ``thread``, such as the dates of a series, are found as one: the one that is nearest to today.
    """

    ref: Ref
    title: str
    text: str = ""
    language: str = ""
    at: date | None = None
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; ``marked`` where it is what was searched for."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a record's text around what was searched for, and its language."""

    pieces: tuple[Piece, ...]
    language: str = ""


@dataclass(frozen=True, slots=True)
class HitKind:
    """A section of the search: what stands above it, and ``more``, which leads to the list of all that match.

    Lower ``order`` comes first.
    """

    title: str
    icon: str
    order: int = 50
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found, as this reader may see it.

    ``detail`` is a short line, such as its date and whose it is.
    """

    ref: Ref
    kind: HitKind
    title: str
    url: str
    language: str = ""
    snippet: Snippet | None = None
    detail: str = ""
