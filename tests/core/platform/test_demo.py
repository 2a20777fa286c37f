"""The demo: invented, complete, and open to whoever sits at the machine alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from core import demo
from core.cities.services import all_cities
from core.database import db
from core.demo.people import ACCOUNTS, LISTED
from core.demo.places import CITIES, KINDS, names_in
from core.directory.lists import LEVELS, SECTORS, SERVICES
from core.i18n import LANGUAGES
from core.identity.models import Membership, Organisation, Person
from core.permissions import Role
from core.search.models import Term
from core.search.services import rebuild
from core.tenancy import city_scope
from core.testing.app import statements_of

pytestmark = pytest.mark.one_database


@pytest.fixture
def seeded(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        demo.seed()
        yield app


def test_the_plan_is_whole() -> None:
    assert set(KINDS) == set(SECTORS)
    for kinds in KINDS.values():
        assert len(kinds) == 3
        for kind in kinds:
            assert set(kind.levels) <= set(LEVELS)
            assert set(kind.services) <= set(SERVICES)
    for city in CITIES:
        assert set(city.official) | set(city.working) == set(city.languages)
        assert set(city.languages) <= set(LANGUAGES)
        assert {person.role for person in ACCOUNTS[city.slug]} == set(Role)
        assert len(LISTED[city.slug]) >= 8
        for kinds in KINDS.values():
            for kind in kinds:
                assert all("{" not in name for name in names_in(city, kind).values())
    shown = [person.role for people in ACCOUNTS.values() for person in people if person.shown]
    assert sorted(shown) == sorted(Role)


def test_three_cities_stand_with_everything(seeded: Flask) -> None:
    cities = all_cities()
    assert [city.slug for city in cities] == ["almina", "brezovo", "rivemont"]
    for city in cities:
        with city_scope(city):
            organisations = db.session.scalars(select(Organisation)).all()
            assert len(organisations) == 3 * len(SECTORS)
            memberships = db.session.scalars(select(Membership)).all()
            assert any(membership.person_id is None for membership in memberships)
            assert {role for membership in memberships for role in membership.roles} == set(Role)
    people = db.session.scalars(select(Person)).all()
    assert all(person.demo and person.email.endswith(".example") for person in people)
    assert all(person.email.isascii() for person in people)


def test_one_account_for_each_role_is_told(seeded: Flask) -> None:
    told = demo.accounts()
    assert len(told) == len(Role)
    assert len({account.role for account in told}) == len(Role)
    assert len(demo.PASSPHRASE) >= 15


def test_it_never_goes_beside_something(seeded: Flask) -> None:
    with pytest.raises(demo.NotEmpty):
        demo.seed()


def test_everything_of_the_demo_can_be_found(seeded: Flask) -> None:
    for city in all_cities():
        with city_scope(city):
            assert db.session.scalars(select(Term.word).limit(1)).all()
            with statements_of(seeded) as seen:
                assert list(rebuild(city))[-1] > 100
            assert [one for one in seen if one.startswith(("INSERT", "UPDATE", "DELETE"))] == []
