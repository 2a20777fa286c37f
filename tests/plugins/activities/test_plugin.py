"""What the plugin adds to pages that are not its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from core.api import Viewer, current_city, db
from core.permissions import Role
from core.testing.app import World
from plugins.activities import plugin
from plugins.activities.models import Activity, Partner
from plugins.activities.services.entries import entry_of
from plugins.activities.words import Status

from .conftest import asking, in_city

See = Callable[..., Viewer]


def test_who_finds_it_in_the_navigation(world: World, see: See) -> None:
    with in_city(world), asking(world):
        for role in Role:
            found = [item.url for item in plugin.navigation(see(role=role))]
            sees = role not in {Role.OBSERVER, Role.CITY_ADMINISTRATOR}
            assert found == (["/alva/activities/"] if sees else [])


def test_the_demo_is_alive_and_made_once(world: World) -> None:
    with in_city(world) as today:
        plugin.seed_demo(current_city())
        plugin.seed_demo(current_city())
        db.session.commit()
        rows = db.session.scalars(select(Activity)).all()
        assert len(rows) > 20
        assert {row.status for row in rows} >= {Status.PLANNED, Status.HELD, Status.REPORTED}
        assert {row.language for row in rows} <= {"mk", "sq", "en"}
        assert any(row.series_id for row in rows)
        assert db.session.scalar(select(func.count()).select_from(Partner))
        for row in rows:
            entry = entry_of(row, ())
            assert row.title
            assert row.search_text
            assert row.end_utc >= row.start_utc
            if entry.by_sex:
                assert sum(entry.by_sex.values()) == entry.participants
            if entry.by_age:
                assert sum(entry.by_age.values()) == entry.participants
            if row.start_date > today:
                assert row.status not in {Status.HELD, Status.REPORTED}


def test_the_daily_work_may_be_done_twice(world: World) -> None:
    with in_city(world) as today:
        plugin.seed_demo(current_city())
        db.session.commit()

        def number() -> Any:
            return db.session.scalar(select(func.count()).select_from(Activity))

        before = number()
        for day in (today, today, today + timedelta(days=90)):
            plugin.run_daily(current_city(), day)
            db.session.commit()
        assert number() == before, "a series with an end gets no further dates"
