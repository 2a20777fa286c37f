"""Three large cities in one database: of five thousand activities, of ten thousand in a feed, of twenty thousand.

Rows are copied from a few hundred that were made as the small city's are, and written without the records' classes:
what is measured is the product, not the making of its figures.
"""

from __future__ import annotations

import csv
import io
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from flask import Flask
from sqlalchemy import Table, insert, inspect

from core.cities.models import City
from core.database import db, metadata, new_id
from core.home.feeds import hash_of
from core.home.models import CalendarFeed
from core.identity.models import Person
from core.tenancy import city_scope
from plugins.activities.models import Activity, Partner, new_uid

from .seed import found_city, make_activity, make_person

IN_MONTHS = "five-thousand"
IN_FEED = "ten-thousand"
IN_EXPORT = "twenty-thousand"
SIZES = {IN_MONTHS: 5_000, IN_FEED: 10_000, IN_EXPORT: 20_000}
# A feed goes a year back and two ahead; entries at its very ends would come and go with the day.
FEED_DAYS = (-355, 720)
_PATTERNS = 400
_PARTS = 5_000


@dataclass(frozen=True)
class LargeCities:
    """Where the feed of ten thousand entries is read, and the organisations of the city that takes an import."""

    feed: str
    organisations: tuple[str, ...]


def make_large_cities(app: Flask) -> LargeCities:
    """Make the tables and the cities in the empty database of ``app``."""
    chance = random.Random(20261124)
    token = secrets.token_urlsafe(32)
    names: tuple[str, ...] = ()
    with app.app_context():
        with db.engine.begin() as connection:
            metadata.create_all(connection.execution_options(schema_work=True))
        person = make_person()
        for slug, size in SIZES.items():
            city = City(
                slug=slug,
                names={"en": slug.capitalize()},
                body_names={"en": "LPN"},
                official_languages=["mk", "sq"],
                working_languages=["en"],
                default_language="en",
                zone="Europe/Skopje",
                country="MK",
            )
            made = _fill(city, size, person, chance, token if slug == IN_FEED else "")
            # What is imported names organisations of the city that takes it.
            names = made if slug == IN_MONTHS else names
        db.session.remove()
        db.engine.dispose()
    return LargeCities(f"/feed/{token}.ics", names)


def _fill(
    city: City, size: int, person: Person, chance: random.Random, token: str
) -> tuple[str, ...]:
    db.session.add(city)
    db.session.flush()
    with city_scope(city):
        organisations, membership = found_city(person, chance)
        ids = [each.id for each in organisations]
        days = FEED_DAYS if token else (-730, 180)
        patterns = [
            _values(make_activity(0, ids, membership.id, chance, days)) for _ in range(_PATTERNS)
        ]
        for first in range(0, size, _PARTS):
            rows = [
                _row(patterns[number % _PATTERNS], number)
                for number in range(first, min(first + _PARTS, size))
            ]
            db.session.execute(insert(cast("Table", Activity.__table__)), rows)
            db.session.execute(
                insert(cast("Table", Partner.__table__)),
                [
                    {"id": new_id(), "activity_id": row["id"], "organisation_id": other}
                    for row in rows
                    for other in chance.sample(ids, 2)
                    if other != row["organisation_id"]
                ],
            )
        if token:
            db.session.add(
                CalendarFeed(membership_id=membership.id, name="Bench", token_hash=hash_of(token))
            )
        db.session.commit()
        return tuple(each.names["en"] for each in organisations)


def _values(activity: Activity) -> dict[str, Any]:
    """What stands in the columns of a record that is not in the database."""
    given = inspect(activity).dict
    return {
        column.key: given[column.key]
        for column in Activity.__mapper__.columns
        if column.key in given
    }


def _row(pattern: dict[str, Any], number: int) -> dict[str, Any]:
    title = f"{pattern['title'].rpartition(' ')[0]} {number + 1}"
    # A city's newest are not all of one moment.
    written = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    values = pattern | {
        "id": new_id(),
        "uid": new_uid(),
        "title": title,
        "sort_key": f"{pattern['sort_key']} {number:05}",
        "search_text": f"{number + 1} {pattern['search_text']}",
        "created_at": written,
        "updated_at": written,
    }
    # One in four of those that the reader cannot read as they were written is translated.
    if pattern["language"] != "en" and not number % 4:
        translated = {"title": title, "description": pattern["description"], "state": "translated"}
        values["translations"] = {"en": translated}
    return values


HEADINGS = (
    "Title", "Date", "Start time", "End time", "Lead organisation", "Type of activity", "Place",
    "Participants", "Target group", "Description", "Result",
)  # fmt: skip


def spreadsheet(organisations: tuple[str, ...], rows: int, result: str) -> bytes:
    """A spreadsheet of activities of the last two years, every title of its own; the same but for ``result``."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEADINGS)
    table.writerows(_lines(organisations, rows, result))
    return text.getvalue().encode()


def _lines(organisations: tuple[str, ...], rows: int, result: str) -> Iterator[list[str]]:
    chance = random.Random(20261125)
    today = date.today()  # noqa: DTZ011  as in the small city
    for number in range(rows):
        hour = chance.randint(8, 18)
        yield [
            f"Imported meeting {number + 1}",
            (today - timedelta(days=chance.randint(2, 700))).isoformat(),
            f"{hour:02}:30",
            f"{hour + 2:02}:00",
            chance.choice(organisations),
            chance.choice(("Workshop", "Community meeting", "Sport and culture")),
            chance.choice(("Town hall", "School yard", "Library, second floor")),
            str(chance.randint(5, 120)),
            chance.choice(("Parents", "Teachers", "Women")),
            "Two facilitators, a room with a view of the river, and time to talk.",
            result,
        ]
