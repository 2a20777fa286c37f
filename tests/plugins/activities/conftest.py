"""Activities as tests need them: an entry to log, and somebody to log it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import g

from core import tenancy
from core.api import Viewer
from core.i18n import today
from core.permissions import Role, permissions_of
from core.testing.app import World
from plugins.activities.permissions import PERMISSIONS
from plugins.activities.services.entries import Entry

Make = Callable[..., Entry]
See = Callable[..., Viewer]


@pytest.fixture
def see(world: World) -> See:
    """The viewer for somebody of the test's world."""

    def viewer(city: str = "alva", role: Role = Role.MEMBER, **more: Any) -> Viewer:
        somebody = world.person(city, role)
        number = list(Role).index(role)
        facts: dict[str, Any] = {
            "person_id": somebody.id,
            "name": role.value,
            "locale": "en",
            "city_id": "",
            "membership_id": somebody.membership_id,
            "organisation_id": world.organisations[city][number % 2],
            "roles": frozenset({role.value}),
            "permissions": permissions_of([role.value], PERMISSIONS),
        }
        return Viewer(**(facts | more))

    return viewer


@pytest.fixture
def make(world: World) -> Make:
    """An entry with everything that is needed, and what the test says."""

    def entry(city: str = "alva", days: int = -3, **facts: Any) -> Entry:
        usual: dict[str, Any] = {
            "title": "Media literacy workshop",
            "type": "workshop",
            "start_date": today() + timedelta(days=days),
            "organisation_id": world.organisations[city][0],
            "language": "en",
        }
        return Entry(**(usual | facts))

    return entry


@contextmanager
def in_city(world: World, slug: str = "alva") -> Iterator[date]:
    """A city in force, and its date."""
    with world.in_city(slug):
        yield today()


@contextmanager
def asking(world: World, slug: str = "alva") -> Iterator[None]:
    """A request in a city that is in force already, for what makes addresses."""
    city = tenancy.current_city()
    with world.app.test_request_context(f"/{slug}/"):
        g.city_slug = slug
        yield
    # The end of a request puts no city in force; the test goes on in its own.
    tenancy.enter_city(city)
