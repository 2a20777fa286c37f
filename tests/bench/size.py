"""Two sizes of a site: small is one young city, full is fifty that have worked for years.

A few hundred records are made as the product makes them and copied into the tables in bulk, so that a site of a million
rows stands in a minute. Every run makes the same.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import Any, cast

from flask import Flask
from sqlalchemy import Engine, Table, select

from core.actions.models import Action
from core.cities.models import City
from core.database import db, metadata
from core.folding import sort_key
from core.identity.models import Membership, Person
from core.notifications.models import Notification
from core.tenancy import city_scope
from plugins.activities.models import Activity, Partner
from plugins.activities.services.texts import keep_texts
from plugins.activities.words import Status

from .copies import Copies, Council
from .meetings import enable_meetings, found_council
from .pour import Pouring, Stencil, pouring, settle
from .seed import found_city, make_activity, make_person

SHARE_OF_LARGEST = 0.1
PATTERNS = 60
_WHAT = (
    "Ask the parents once more",
    "Book the sports hall",
    "Write to the school",
    "Find a trainer",
)
# The tables in which core keeps something of records of others, and how they name the record.
_KEPT = {"content_text": "record_id", "search_document": "ref_id", "search_term": "ref_id"}


@dataclass(frozen=True)
class Size:
    """How much there is on a site, in all cities together; the largest holds a tenth, or all if there is one."""

    name: str
    cities: int
    people: int
    activities: int
    actions: int
    notifications: int
    meetings: int

    def share(self, total: int, number: int) -> int:
        """How many of ``total`` the city of that ``number`` holds, the first being the largest."""
        if self.cities == 1:
            return total
        largest = round(total * SHARE_OF_LARGEST)
        each, over = divmod(total - largest, self.cities - 1)
        return largest if number == 0 else each + (number <= over)


# As many people as a meeting of either has seats.
SMALL = Size("small", 1, 40, 100, 200, 500, 10)
FULL = Size("full", 50, 5_000, 100_000, 200_000, 500_000, 10_000)


@dataclass(frozen=True)
class Made:
    """Where the reader of the bench has a place, two activities of their own organisation there, and its council."""

    slug: str
    held: str
    planned: str
    body: str
    approved: str
    in_progress: str


@dataclass
class _Place:
    """A city, and what its rows refer to."""

    city: City
    organisations: list[str]
    reader: str
    patterns: list[Activity]
    actions: list[Action]
    own: tuple[str, str]
    members: list[str] = field(default_factory=list)
    council: Council | None = None


def make_site(app: Flask, size: Size) -> Made:
    """Make the tables and everything in the empty database of ``app``."""
    chance = random.Random(20261128)
    with app.app_context():
        with db.engine.begin() as connection:
            metadata.create_all(connection.execution_options(schema_work=True))
        reader = make_person()
        places = [_found(number, reader, chance) for number in range(size.cities)]
        council = cast("Council", places[0].council)
        db.session.commit()
        # The records are read from here on, and never asked for again.
        db.session.expunge_all()
        with pouring(db.engine) as open_to:
            writer = _Writer(db.engine, open_to, chance)
            copies = Copies(db.engine, open_to, council, writer.new_id)
            for number, place in enumerate(places):
                writer.fill(place, size, number)
                copies.fill(
                    place.city.id, place.members, place.organisations, size.share(size.meetings, number)
                )  # fmt: skip
        settle(db.engine)
        db.session.remove()
        db.engine.dispose()
    held, planned = places[0].own
    return Made(
        places[0].city.slug, held, planned, council.body, council.approved[-1], council.in_progress
    )


def _found(number: int, reader: Person, chance: random.Random) -> _Place:
    """A city with its organisations and the records that are copied; the reader is a member of the first alone."""
    city = City(
        slug=f"city-{number + 1}",
        names={"en": f"City {number + 1}"},
        body_names={"en": "LPN"},
        official_languages=["mk", "sq"],
        working_languages=["en"],
        default_language="en",
        zone="Europe/Skopje",
        country="MK",
    )
    db.session.add(city)
    db.session.flush()
    with city_scope(city):
        person = reader if number == 0 else _person(f"first-{number}")
        organisations, membership = found_city(person, chance)
        ids = [each.id for each in organisations]
        patterns = [make_activity(n, ids, membership.id, chance) for n in range(PATTERNS)]
        held, planned = (
            next(each for each in patterns if (each.status == Status.PLANNED) is wanted)
            for wanted in (False, True)
        )
        held.organisation_id = planned.organisation_id = ids[0]
        db.session.add_all(patterns)
        db.session.flush()
        keep_texts(patterns, None)
        actions = list(_actions(ids, membership.id))
        db.session.add_all(actions)
        db.session.flush()
        own = (held.id, planned.id)
        place = _Place(city, ids, membership.id, patterns, actions, own, [membership.id])
        if number == 0:
            place.council = found_council(membership, ids, reader.password or "")
            place.members = list(place.council.members)
        else:
            enable_meetings()
        return place


def _actions(organisations: list[str], member: str) -> Iterator[Action]:
    """Three in four are done."""
    for number in range(40):
        closed = bool(number % 4)
        yield Action(
            text=f"{_WHAT[number % len(_WHAT)]}, {number + 1}",
            language="en",
            organisation_id=organisations[0],
            assignee_id=member,
            created_by=member,
            due_on=date.today() + timedelta(days=number - 20),  # noqa: DTZ011  as in the other cities of the bench
            status="done" if closed else "open",
            closed=closed,
            closed_on=date.today() if closed else None,  # noqa: DTZ011  as above
        )


def _person(name: str) -> Person:
    made = Person(
        email=f"{name}@bench.example", name=f"Member {name}", fs_uniquifier=f"{name:0>64}"
    )
    db.session.add(made)
    db.session.flush()
    return made


def _table(model: Any) -> Table:
    return cast("Table", model.__table__)


class _Writer:
    """Copies records into the tables of one city after the other."""

    def __init__(self, engine: Engine, open_to: Pouring, chance: random.Random) -> None:
        self._engine, self._open, self._chance = engine, open_to, chance
        self._numbers = count(1)
        self._now = datetime.now(UTC)
        self._today = date.today()  # noqa: DTZ011  as in the other cities of the bench

    def new_id(self) -> str:
        """An identifier, the same in every run."""
        return base64.b32encode(self._chance.randbytes(10)).decode().lower()

    def _stencil(self, model: Any, values: dict[str, Any], *differing: str) -> Stencil:
        return Stencil(self._engine, _table(model), values, differing)

    def fill(self, place: _Place, size: Size, number: int) -> None:
        """Write the share of everything that the city of that ``number`` has."""
        self._people(place, size.share(size.people, number))
        activities = self._activities(place, size.share(size.activities, number))
        self._actions(place, size.share(size.actions, number), activities)
        self._notifications(place, size.share(size.notifications, number), activities)

    def _people(self, place: _Place, number: int) -> None:
        people = self._stencil(Person, {"name": "A member"}, "id", "email", "fs_uniquifier")
        members = self._stencil(
            Membership,
            {"city_id": place.city.id, "roles": ["member"], "shown_name": "A member"},
            *("id", "person_id", "organisation_id", "shown_name", "sort_key"),
        )
        made, places = [], []
        for n in range(len(place.members), number):
            person, member = self.new_id(), self.new_id()
            name = f"Member {n}"
            place.members.append(member)
            made.append(people.copy(person, f"{person}@bench.example", person))
            organisation = self._chance.choice(place.organisations)
            places.append(members.copy(member, person, organisation, name, sort_key(name)))
        self._open.pour(_table(Person), made)
        self._open.pour(_table(Membership), places)

    def _activities(self, place: _Place, number: int) -> list[str]:
        """Copies of the patterns on other days, with their partners, the texts kept of them and their search terms."""
        made = [each.id for each in place.patterns]
        copies = [(place.patterns[n % PATTERNS], self.new_id()) for n in range(len(made), number)]
        made += [identifier for _pattern, identifier in copies]
        self._open.pour(_table(Activity), self._activity_rows(place, copies))
        self._open.pour(_table(Partner), self._partner_rows(place, made))
        self._copy_what_is_kept(place, [(pattern.id, copy) for pattern, copy in copies])
        return made

    def _activity_rows(
        self, place: _Place, copies: list[tuple[Activity, str]]
    ) -> Iterator[list[Any]]:
        differing = (
            *("id", "uid", "title", "sort_key", "search_text", "organisation_id", "logged_by"),
            *("created_at", "updated_at", "start_date", "end_date", "wall_start", "wall_end"),
            *("start_utc", "end_utc"),
        )
        stencils = {
            pattern.id: self._stencil(
                Activity,
                {column.name: getattr(pattern, column.key) for column in _columns(Activity)},
                *differing,
            )
            for pattern in place.patterns
        }
        for pattern, identifier in copies:
            number = next(self._numbers)
            title = f"{pattern.title.rpartition(' ')[0]} {number}"
            # What was held stays held: a copy lies on another day on the same side of today.
            held = pattern.start_date <= self._today
            day = self._chance.randint(-730, 0) if held else self._chance.randint(1, 180)
            moved = self._today + timedelta(days=day) - pattern.start_date
            written = self._now - timedelta(minutes=number)
            yield stencils[pattern.id].copy(
                *(identifier, f"{identifier}@maillage", title, sort_key(title)),
                f"{pattern.search_text} {number}",
                self._chance.choice(place.organisations),
                self._chance.choice(place.members),
                *(written, written, pattern.start_date + moved, pattern.end_date + moved),
                pattern.wall_start + moved,
                pattern.wall_end + moved if pattern.wall_end is not None else None,
                *(pattern.start_utc + moved, pattern.end_utc + moved),
            )

    def _partner_rows(self, place: _Place, activities: list[str]) -> Iterator[list[Any]]:
        stencil = self._stencil(
            Partner, {"city_id": place.city.id}, "id", "activity_id", "organisation_id"
        )
        for activity in activities:
            for other in self._chance.sample(place.organisations, self._chance.randint(0, 3)):
                yield stencil.copy(self.new_id(), activity, other)

    def _copy_what_is_kept(self, place: _Place, copies: Sequence[tuple[str, str]]) -> None:
        """What core keeps of each record in tables of its own is copied with it: texts, and what the search reads."""
        patterns = sorted({pattern for pattern, _copy in copies})
        for name, names_record in _KEPT.items():
            table = metadata.tables[name]
            with city_scope(place.city):
                found = db.session.execute(
                    select(table).where(
                        table.c.city_id == place.city.id, table.c[names_record].in_(patterns)
                    )
                ).all()
            db.session.rollback()
            # A record is found by itself: its thread in the search is its own.
            of_record = [each for each in (names_record, "thread") if each in table.c]
            own_id = [each for each in ("id",) if each in table.c]
            stencils: dict[str, list[Stencil]] = {}
            for row in found:
                values = dict(row._mapping)
                stencils.setdefault(values[names_record], []).append(
                    Stencil(self._engine, table, values, (*of_record, *own_id))
                )
            rows = (
                stencil.copy(*(identifier for _ in of_record), *(self.new_id() for _ in own_id))
                for pattern, identifier in copies
                for stencil in stencils.get(pattern, ())
            )
            if own_id:
                self._open.pour(table, rows)
                continue
            # Where the key is what the rows say, a tree is filled in its own order, as a rebuilding fills it.
            places = [list(table.columns).index(column) for column in table.primary_key.columns]
            self._open.pour(table, sorted(rows, key=itemgetter(*places)))

    def _actions(self, place: _Place, number: int, activities: list[str]) -> None:
        differing = (
            *("id", "organisation_id", "assignee_id", "due_on"),
            *("ref_plugin", "ref_kind", "ref_id"),
        )
        stencils = {
            pattern.id: self._stencil(
                Action,
                {column.name: getattr(pattern, column.key) for column in _columns(Action)},
                *differing,
            )
            for pattern in place.actions
        }
        copies = [
            (place.actions[n % len(place.actions)].id, self.new_id())
            for n in range(number - len(place.actions))
        ]

        def rows() -> Iterator[list[Any]]:
            for n, (pattern, identifier) in enumerate(copies):
                # Every other hangs on an activity.
                subject = (
                    ("activities", "activity", self._chance.choice(activities))
                    if n % 2
                    else ("", "", "")
                )
                yield stencils[pattern].copy(
                    identifier,
                    self._chance.choice(place.organisations),
                    self._chance.choice(place.members),
                    self._today + timedelta(days=self._chance.randint(-60, 60)),
                    *subject,
                )

        self._open.pour(_table(Action), rows())
        self._copy_what_is_kept(place, copies)

    def _notifications(self, place: _Place, number: int, activities: list[str]) -> None:
        common = {
            "city_id": place.city.id,
            "kind": "actions.assigned",
            "ref_plugin": "activities",
            "ref_kind": "activity",
            "mail_due_at": None,
            "mailed_at": self._now,
        }
        # One in ten was not read yet.
        stencils = [
            self._stencil(
                Notification,
                common | {"unread": unread, "open_key": None},
                *("id", "membership_id", "ref_id", "at"),
            )
            for unread in (True, *[False] * 9)
        ]

        def rows() -> Iterator[list[Any]]:
            for n in range(number):
                yield self._chance.choice(stencils).copy(
                    self.new_id(),
                    place.members[n % len(place.members)],
                    self._chance.choice(activities),
                    self._now - timedelta(minutes=n),
                )

        self._open.pour(_table(Notification), rows())


def _columns(model: Any) -> list[Any]:
    return list(model.__mapper__.columns)
