"""Actions, agreements and memberships about today, in a city of the test's world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from core.actions.models import Action
from core.database import db
from core.i18n import today
from core.permissions import Role, permissions_of
from core.testing.app import World
from core.values import Viewer

CITY = "alva"


@pytest.fixture
def viewer_of(world: World) -> Callable[..., Viewer]:
    """Somebody of the city as the services know them."""

    def make(role: Role, organisation: int | None = None) -> Viewer:
        somebody = world.person(CITY, role)
        place = list(Role).index(role) % 2 if organisation is None else organisation
        with world.in_city(CITY) as city:
            return Viewer(
                person_id=somebody.id,
                name=f"{role.value} of Alva",
                locale="en",
                city_id=city.id,
                membership_id=somebody.membership_id,
                organisation_id=world.organisations[CITY][place],
                roles=frozenset({role.value}),
                permissions=permissions_of([role], ()),
            )

    return make


@pytest.fixture
def add_action(world: World) -> Callable[..., str]:
    """Write an action down as it might have been weeks ago; its identifier."""

    def add(text: str, days: int, *, organisation: int = 0, **facts: Any) -> str:
        with world.in_city(CITY):
            action = Action(
                text=text,
                language="en",
                organisation_id=world.organisations[CITY][organisation],
                due_on=today() + timedelta(days=days),
                **facts,
            )
            db.session.add(action)
            db.session.commit()
            return str(action.id)

    return add


@pytest.fixture
def day(world: World) -> date:
    """Today in the city."""
    with world.in_city(CITY):
        return today()
