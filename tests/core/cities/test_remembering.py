"""What is remembered of a city is never older than the city."""

from __future__ import annotations

from flask import Flask, g

from core import create_app
from core.cities.models import City
from core.cities.remembering import until_changed
from core.cities.services import calendar_changed
from core.database import db
from core.tenancy import city_scope
from core.testing.app import TEST_SETTINGS, World


def test_it_is_worked_out_once_until_the_city_changes(world: World) -> None:
    calls: list[str] = []

    @until_changed
    def count(word: str) -> int:
        calls.append(word)
        return len(calls)

    def asked(word: str, slug: str = "alva", method: str = "GET") -> int:
        with (
            world.app.test_request_context(f"/{slug}/", method=method),
            world.in_city(slug) as city,
        ):
            g.city = city
            return count(word)

    assert [asked("a"), asked("a"), asked("b")] == [1, 1, 2]
    assert asked("a", "bruma") == 3, "another city has its own"
    assert [asked("a", method="POST"), asked("a", method="POST")] == [4, 5], "writing asks anew"
    with world.in_city("alva"):
        calendar_changed()
        db.session.commit()
    assert asked("a") == 6
    with world.in_city("alva"):
        assert count("a") == 7, "without a request nothing is remembered"


def test_another_application_of_the_process_remembers_for_itself(world: World) -> None:
    calls: list[str] = []

    @until_changed
    def count() -> int:
        calls.append("")
        return len(calls)

    def asked(app: Flask, city: City) -> int:
        with app.test_request_context("/alva/"), city_scope(city):
            return count()

    with world.in_city("alva") as city:
        other = create_app(TEST_SETTINGS | {"DATABASE_URL": "sqlite://"})
        assert [asked(world.app, city), asked(other, city), asked(world.app, city)] == [1, 2, 1]
