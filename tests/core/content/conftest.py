"""Texts to translate: an activity in Macedonian, and whoever looks at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from core.database import db
from core.permissions import Role, permissions_of
from core.registry import plugin_registry
from core.testing.app import World
from core.values import Ref, Viewer
from plugins.activities.services.entries import Entry
from plugins.activities.services.records import log_activity

See = Callable[..., Viewer]
Log = Callable[..., Ref]


@pytest.fixture
def see(app: Flask, world: World) -> See:
    """The viewer for somebody of the test's world."""

    def viewer(role: Role = Role.MEMBER, city: str = "alva") -> Viewer:
        somebody = world.person(city, role)
        registry = plugin_registry(app)
        return Viewer(
            person_id=somebody.id,
            name=role.value,
            locale="en",
            city_id="",
            membership_id=somebody.membership_id,
            organisation_id=world.organisations[city][list(Role).index(role) % 2],
            roles=frozenset({role.value}),
            permissions=permissions_of([role.value], registry.permissions(set(registry.plugins))),
        )

    return viewer


@pytest.fixture
def log(world: World, see: See) -> Log:
    """Logs an activity in Macedonian and gives its ref."""

    def made(days: int = 3, role: Role = Role.MEMBER, **facts: Any) -> Ref:
        with world.in_city("alva"):
            usual: dict[str, Any] = {
                "title": "Работилница за медиумска писменост",
                "description": "Младите проверуваат една вест.",
                "type": "workshop",
                "start_date": date.today() + timedelta(days=days),  # noqa: DTZ011  a day more or less is the same
                "organisation_id": world.organisations["alva"][0],
                "language": "mk",
            }
            activity = log_activity(Entry(**(usual | facts)), see(role), date.today())  # noqa: DTZ011
            db.session.commit()
            return Ref("activities", "activity", activity.id)

    return made
