"""Meetings as tests need them: a body with its seats, its next meeting, and somebody to prepare it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select

from core import tenancy
from core.api import Viewer, db
from core.i18n import today
from core.permissions import Role, permissions_of
from core.registry import plugin_registry
from core.testing.app import World
from plugins.meetings.models import Body, Item, Meeting
from plugins.meetings.services import convening
from plugins.meetings.services.bodies import BodyEntry, add_body, seat
from plugins.meetings.services.meetings import MeetingEntry, make_meeting

See = Callable[..., Viewer]
Make = Callable[..., Meeting]


@pytest.fixture
def see(world: World) -> See:
    """The viewer for somebody of the test's world, with what every plugin grants them."""

    def viewer(role: Role = Role.FOCAL_POINT, city: str = "alva", **more: Any) -> Viewer:
        somebody = world.person(city, role)
        number = list(Role).index(role)
        added = list(plugin_registry(world.app).permissions({"meetings"}))
        facts: dict[str, Any] = {
            "person_id": somebody.id,
            "name": role.value,
            "locale": "en",
            "city_id": "",
            "membership_id": somebody.membership_id,
            "organisation_id": world.organisations[city][number % 2],
            "roles": frozenset({role.value}),
            "permissions": permissions_of([role.value], added),
        }
        return Viewer(**(facts | more))

    return viewer


@pytest.fixture
def desk(world: World, sign_in: Callable[[Any], FlaskClient]) -> FlaskClient:
    """The focal point's browser."""
    return sign_in(world.person("alva", Role.FOCAL_POINT))


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


def make_body(viewer: Viewer, **facts: Any) -> Body:
    """A body in the city in force."""
    usual: dict[str, Any] = {
        "names": {"en": "Council", "mk": "Совет"},
        "type": "plenary_network",
        "language": "en",
        "rhythm": "monthly",
    }
    return add_body(BodyEntry(**(usual | facts)), viewer)


def seated(world: World, body: Body, viewer: Viewer, *roles: Role) -> None:
    """Give people of the test's world a seat: the chair's is the chair's."""
    for role in roles:
        part = "chair" if role is Role.CHAIR else "member"
        seat(body, world.person("alva", role).membership_id, part, viewer)


def make(
    body: Body, viewer: Viewer, days: int = 10, clock: time = time(10), **facts: Any
) -> Meeting:
    """A meeting so many days from today."""
    usual = MeetingEntry(body.type, body.language, today() + timedelta(days), clock, time(12))
    series = facts.pop("series_date", None)
    return make_meeting(body, replace(usual, **facts), viewer, series_date=series)


def items_of(meeting: Meeting) -> list[Item]:
    """The items of a meeting in their order, whoever may read them."""
    return list(
        db.session.scalars(
            select(Item)
            .where(Item.meeting_id == meeting.id, Item.state != "withdrawn")
            .order_by(Item.position)
        )
    )


def hold(meeting: Meeting, viewer: Viewer, *, until: int | None = None) -> None:
    """Open a meeting and take up its items, all or the first ``until``; then close it."""
    convening.start(meeting, viewer)
    for number, item in enumerate(items_of(meeting)):
        if until is not None and number >= until:
            break
        convening.go_to(meeting, item, viewer)
    convening.end(meeting, viewer)
