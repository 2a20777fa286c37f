"""Somebody to search, and records to be found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.permissions import Role, permissions_of
from core.search.own import hits
from core.search.query import read_query
from core.testing.app import World
from core.values import Hit, Viewer
from plugins.activities.permissions import PERMISSIONS

TODAY = date(2026, 6, 1)
See = Callable[..., Viewer]


@pytest.fixture
def see(world: World) -> See:
    """The viewer for somebody of the test's world."""

    def viewer(city: str = "alva", role: Role = Role.MEMBER, **more: Any) -> Viewer:
        somebody = world.person(city, role)
        with world.in_city(city) as there:
            city_id = there.id
        facts: dict[str, Any] = {
            "person_id": somebody.id,
            "name": role.value,
            "locale": "en",
            "city_id": city_id,
            "membership_id": somebody.membership_id,
            "organisation_id": world.organisations[city][list(Role).index(role) % 2],
            "roles": frozenset({role.value}),
            "permissions": permissions_of([role.value], PERMISSIONS),
        }
        return Viewer(**(facts | more))

    return viewer


@pytest.fixture
def found(world: World) -> Callable[..., list[Hit]]:
    """What core itself finds for somebody, in a request."""

    def search(typed: str, viewer: Viewer, slug: str = "alva") -> list[Hit]:
        from flask import g

        with world.app.test_request_context(f"/{slug}/"), world.in_city(slug):
            g.city_slug = slug
            return list(hits(viewer, read_query(typed, TODAY)))

    return search
