"""A city of an ordinary size: thirty organisations, two thousand activities, one member with a password."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, time, timedelta

from flask import Flask

from core.cities.models import City, CityPlugin
from core.database import db, metadata, new_id
from core.directory.lists import SECTORS
from core.folding import search_key, sort_key
from core.identity.models import Membership, Organisation, Person
from core.tenancy import city_scope
from plugins.activities.models import Activity, Partner, new_uid
from plugins.activities.services.entries import Entry, settle_status, tidy, write
from plugins.activities.services.texts import keep_texts
from plugins.activities.words import LEVELS, TARGET_GROUPS, TYPES

SLUG = "brezovo"
EMAIL = "member@brezovo.example"
PASSWORD = "seven quiet herons by the river"
ORGANISATIONS = 30
ACTIVITIES = 2000
MOST_PARTNERS = 3

_KINDS = ("School", "Centre for social work", "Youth club", "Health centre", "Library", "Police")
_THEMES = ("Media literacy", "Football and dialogue", "Parents’ evening", "Safe on the net")
_PLACES = ("Town hall", "School yard", "Sports hall", "Library, second floor", "")
_TEXT = (
    "Two facilitators, a room with a view of the river, and time to talk. "
    "Those who came asked for a second meeting with the parents. "
)


def make_city(app: Flask) -> str:
    """Make the tables and the city in the empty database of ``app``; an activity of the member's own organisation."""
    # The same city in every run, so that two runs can be compared.
    chance = random.Random(20261123)
    with app.app_context():
        with db.engine.begin() as connection:
            metadata.create_all(connection.execution_options(schema_work=True))
        city = City(
            slug=SLUG,
            names={"en": "Brezovo", "mk": "Брезово"},
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
            organisations, membership = found_city(make_person(), chance)
            ids = [organisation.id for organisation in organisations]
            activities = [make_activity(n, ids, membership.id, chance) for n in range(ACTIVITIES)]
            db.session.add_all(activities)
            db.session.flush()
            for activity in activities:
                others = [other for other in ids if other != activity.organisation_id]
                db.session.add_all(
                    Partner(activity_id=activity.id, organisation_id=other)
                    for other in chance.sample(others, chance.randint(0, MOST_PARTNERS))
                )
            # The overview of translations counts what core keeps of each.
            keep_texts(activities, None)
            db.session.commit()
            shown = next(each.id for each in activities if each.organisation_id == ids[0])
        db.session.remove()
        db.engine.dispose()
    return shown


def make_person() -> Person:
    """The one who reads and writes in all cities of the bench."""
    from flask_security import hash_password

    person = Person(
        email=EMAIL,
        name="Member of Brezovo",
        password=hash_password(PASSWORD),
        fs_uniquifier=new_id() * 4,
        language="en",
    )
    db.session.add(person)
    db.session.flush()
    return person


def found_city(person: Person, chance: random.Random) -> tuple[list[Organisation], Membership]:
    """Give the city in force its plugin, its organisations, and ``person`` as a member of the first of them."""
    db.session.add(CityPlugin(name="activities"))
    organisations = list(_organisations(chance))
    db.session.add_all(organisations)
    db.session.flush()
    membership = Membership(
        person_id=person.id,
        organisation_id=organisations[0].id,
        shown_name=person.name,
        sort_key=sort_key(person.name),
        roles=["member"],
    )
    db.session.add(membership)
    db.session.flush()
    return organisations, membership


def _organisations(chance: random.Random) -> Iterator[Organisation]:
    for number in range(ORGANISATIONS):
        name = f"{chance.choice(_KINDS)} {number + 1}"
        yield Organisation(
            names={"en": name, "mk": f"Училиште {number + 1}"},
            sort_key=sort_key(name),
            search_text=search_key(name),
            sector=chance.choice(list(SECTORS)),
            levels=["primary"],
            languages=["mk", "sq"],
        )


def make_activity(
    number: int,
    organisations: list[str],
    writer: str,
    chance: random.Random,
    days: tuple[int, int] = (-730, 180),
) -> Activity:
    """An activity within so many ``days`` of today: by themselves those of a city that has worked for a while."""
    today = date.today()  # noqa: DTZ011  a city's day, early or late, changes no figure
    day = today + timedelta(days=chance.randint(*days))
    timed = chance.random() < 0.7
    past = day <= today
    result = _TEXT if past and chance.random() < 0.7 else ""
    entry = Entry(
        title=f"{chance.choice(_THEMES)}, meeting {number + 1}",
        type=chance.choice(list(TYPES)),
        start_date=day,
        start_time=time(chance.randint(8, 19), chance.choice((0, 30))) if timed else None,
        end_time=time(chance.randint(20, 22)) if timed else None,
        organisation_id=chance.choice(organisations),
        language=chance.choice(("en", "mk", "sq")),
        description=_TEXT * chance.randint(1, 3),
        level=chance.choice(list(LEVELS)),
        target_groups=tuple(chance.sample(list(TARGET_GROUPS), 2)),
        languages_used=("mk", "sq"),
        place=chance.choice(_PLACES),
        participants=chance.randint(5, 120) if past else None,
        expected=None if past else 30,
        result=result,
        status=settle_status("", day, result, today),
    )
    activity = Activity(
        id=new_id(),
        uid=new_uid(),
        zone="Europe/Skopje",
        logged_by=writer,
        translations={},
    )
    write(activity, tidy(entry))
    return activity
