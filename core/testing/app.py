"""An application on a fresh database, two cities to keep apart, somebody in every role, and a browserless client.

::

    def test_a_member_sees_the_calendar(world, sign_in):
        client = sign_in(world.person("alva", Role.MEMBER))
        assert client.get("/alva/calendar").status_code == 200
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from core import create_app
from core.cities.models import City, CityPlugin
from core.database import db, metadata, new_id
from core.folding import sort_key
from core.identity.models import Membership, Organisation, Person
from core.permissions import Role
from core.tenancy import city_scope, cross_city

PASSWORD = "seven quiet herons by the river"  # noqa: S105  only ever set in the databases of tests

TEST_SETTINGS: dict[str, Any] = {
    "TESTING": True,
    "SECRET_KEY": "only for tests, and long enough for them",
    "SECURITY_PASSWORD_SALT": "only for tests as well",
    "SECURITY_TOTP_SECRETS": {"1": "also only for tests, and also long enough"},
    "SITE_URL": "http://localhost",
    "WTF_CSRF_ENABLED": False,
    # Tests sign in as every role with a password alone; those of identity ask for the second step.
    "SECOND_STEP_REQUIRED": False,
    # The real cost of a hash would make up most of a test run; one test checks the real one.
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__type": "ID",
        "argon2__time_cost": 1,
        "argon2__memory_cost": 8,
        "argon2__parallelism": 1,
    },
}


def make_tables(url: str) -> None:
    """Create every table, core's and those of the plugins, in the empty database at ``url``."""
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": url})
    with app.app_context():
        with db.engine.begin() as connection:
            metadata.create_all(connection.execution_options(schema_work=True))
        db.engine.dispose()


def make_world(url: str) -> None:
    """Create every table and the test's world in the empty database at ``url``."""
    make_tables(url)
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": url})
    populate(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class CompiledTemplates(BytecodeCache):
    """Templates compiled once in this process; each application of a test would compile them again."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the compiled template, if its source is the same."""
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()


class Client(FlaskClient):
    """A test client each of whose requests has an application context of its own, as in production.

    Requests that share one would share ``g``: one person's answer could hold what was loaded for another.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def _push_request_context() -> None:
    """Replace the fixture of pytest-flask that keeps one request context open during a whole test."""


@pytest.fixture
def app_settings() -> dict[str, Any]:
    """Settings of this test's application; override the fixture to change some."""
    return {}


@pytest.fixture
def app(
    fresh_database: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    app_settings: dict[str, Any],
    request: pytest.FixtureRequest,
) -> Iterator[Flask]:
    """An application on a fresh database with all tables, and an empty instance folder."""
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path / "instance"))
    (tmp_path / "instance").mkdir()
    # A world made with other settings might have other plugins on: then it is made anew.
    inhabited = "world" in request.fixturenames and not app_settings
    url = (
        fresh_database("world", make_world) if inhabited else fresh_database("tables", make_tables)
    )
    made = create_app(TEST_SETTINGS | {"DATABASE_URL": url} | app_settings)
    made.test_client_class = Client
    made.jinja_env.bytecode_cache = _COMPILED
    made.extensions["maillage_test_world"] = inhabited
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass(frozen=True)
class Somebody:
    """A person of the test's world, and their membership in one city."""

    id: str
    email: str
    membership_id: str
    city: str
    role: Role


@dataclass
class World:
    """Two cities, *alva* and *bruma*, with two organisations each and somebody in every role."""

    app: Flask
    people: dict[tuple[str, Role], Somebody] = field(default_factory=dict)
    organisations: dict[str, list[str]] = field(default_factory=dict)

    def person(self, city: str, role: Role = Role.MEMBER) -> Somebody:
        """Who holds ``role`` in ``city``."""
        return self.people[city, role]

    @contextmanager
    def in_city(self, slug: str) -> Iterator[City]:
        """An application context with a city in force."""
        with self.app.app_context():
            city = db.session.query(City).filter_by(slug=slug).one()
            with city_scope(city):
                yield city

    def switch_on(self, plugin: str) -> None:
        """Switch on a plugin that this test brings along, in both cities."""
        for slug in CITIES:
            with self.in_city(slug):
                db.session.add(CityPlugin(name=plugin))
                db.session.commit()


CITIES = {
    "alva": {
        "names": {"en": "Alva", "mk": "Алва", "ar": "ألفا"},
        "official_languages": ["mk", "sq"],
        "working_languages": ["en"],
        "default_language": "en",
        "zone": "Europe/Skopje",
        "country": "MK",
    },
    "bruma": {
        "names": {"en": "Bruma", "fr": "Brume"},
        "official_languages": ["fr"],
        "working_languages": ["en", "ar"],
        "default_language": "en",
        "zone": "Asia/Beirut",
        "country": "LB",
    },
}


def populate(app: Flask, *, plugins: bool = True) -> World:
    """Fill an empty database with the test's world; every loaded plugin is on unless ``plugins`` is false."""
    from flask_security import hash_password

    world = World(app)
    with app.app_context():
        secret = hash_password(PASSWORD) if "security" in app.extensions else ""
        for slug, facts in CITIES.items():
            city = City(slug=slug, **facts)
            db.session.add(city)
            db.session.flush()
            with city_scope(city):
                if plugins:
                    for name in app.extensions["maillage_plugins"].plugins:
                        db.session.add(CityPlugin(name=name))
                organisations = [
                    Organisation(
                        names={"en": f"{kind} of {slug.title()}"},
                        sort_key=sort_key(kind),
                        sector=sector,
                    )
                    for kind, sector in (("School", "education"), ("Youth centre", "youth_work"))
                ]
                db.session.add_all(organisations)
                db.session.flush()
                world.organisations[slug] = [organisation.id for organisation in organisations]
                for number, role in enumerate(Role):
                    person = Person(
                        email=f"{role.value}@{slug}.example",
                        name=f"{role.value} {slug}",
                        password=secret,
                        fs_uniquifier=new_id() * 4,
                        language="en",
                    )
                    db.session.add(person)
                    db.session.flush()
                    membership = Membership(
                        person_id=person.id,
                        organisation_id=organisations[number % 2].id,
                        shown_name=f"{role.value.replace('_', ' ').capitalize()} of {slug.title()}",
                        sort_key=sort_key(role.value),
                        roles=[role.value],
                    )
                    db.session.add(membership)
                    db.session.flush()
                    world.people[slug, role] = Somebody(
                        person.id, person.email, membership.id, slug, role
                    )
        db.session.commit()
    return world


def find_world(app: Flask) -> World:
    """The test's world in a database that was made with it."""
    world = World(app)
    with app.app_context(), cross_city("a test looks for everybody"):
        for city in db.session.scalars(select(City).order_by(City.slug)):
            world.organisations[city.slug] = list(
                db.session.scalars(
                    select(Organisation.id)
                    .where(Organisation.city_id == city.id)
                    .order_by(Organisation.sort_key)
                )
            )
        rows = db.session.execute(
            select(Person, Membership, City)
            .join(Membership, Membership.person_id == Person.id)
            .join(City, City.id == Membership.city_id)
        )
        for person, membership, city in rows:
            role = Role(membership.roles[0])
            world.people[city.slug, role] = Somebody(
                person.id, person.email, membership.id, city.slug, role
            )
    return world


@pytest.fixture
def world(app: Flask) -> World:
    """Two cities with everything on, in the database of ``app``."""
    return find_world(app) if app.extensions["maillage_test_world"] else populate(app)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Somebody], FlaskClient]:
    """Gives a client in which somebody has signed in with their password."""

    def enter(somebody: Somebody) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})
        assert answer.status_code in {302, 303}, answer.status_code
        return client

    return enter


class Statements(list[str]):
    """The SQL statements of a block, without those that only begin and end transactions."""


@contextmanager
def statements_of(app: Flask) -> Iterator[Statements]:
    """Collect the statements that the block sends to the database."""
    seen = Statements()

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def everything_of(model: type[Any]) -> list[Any]:
    """Every row of a city's table, across all cities: for checks of what a test left behind."""
    with cross_city("a test looks at everything"):
        return list(db.session.query(model).all())
