"""What was named and translated before there was one table for it moves there, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, Boolean, Date, DateTime, Integer, MetaData, Table, insert, select

from core import create_app, schema
from core.database import db
from core.testing.app import TEST_SETTINGS

CITY, SCHOOL, ACTIVITY = "c" * 16, "s" * 16, "a" * 16


@pytest.fixture
def before(
    fresh_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """A database as it was before translated content, with a city, an organisation and an activity in it."""
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": fresh_database()})
    with app.app_context():
        schema.upgrade("core", "0001")
        schema.upgrade("activities", "0002")
        fill(
            "cities_city",
            id=CITY,
            slug="alva",
            names={"mk": "Алва", "sq": "Alva"},
            body_names={"mk": "Совет"},
            official_languages=["mk"],
            working_languages=["sq"],
        )
        fill(
            "identity_organisation",
            city_id=CITY,
            id=SCHOOL,
            names={"sq": "Shkolla", "en": "School"},
        )
        fill(
            "activities_activity",
            city_id=CITY,
            id=ACTIVITY,
            organisation_id=SCHOOL,
            title="Работилница",
            description="За млади.",
            language="mk",
            visibility="members",
            translations={
                "sq": {"title": "Punëtori", "description": "Për të rinj.", "state": "translated"},
                "en": {"title": "Workshop", "description": "", "state": "outdated"},
                # The original had become what was a translation before.
                "mk": {"title": "Alt", "description": "", "state": "translated"},
            },
        )
        yield app
        db.session.remove()
        db.engine.dispose()


def reflected(name: str) -> Table:
    with db.engine.connect() as connection:
        guarded = connection.execution_options(schema_work=True)
        return Table(name, MetaData(), autoload_with=guarded)


def fill(name: str, **values: Any) -> None:
    """Insert a row; what is not said is empty."""
    usual: dict[type, Any] = {
        Boolean: False, Integer: 1, JSON: {}, Date: date(2026, 1, 2), DateTime: datetime(2026, 1, 2, tzinfo=UTC),
    }  # fmt: skip
    table = reflected(name)
    row = {
        column.name: next(
            (value for kind, value in usual.items() if isinstance(column.type, kind)), ""
        )
        for column in table.columns
        if not column.nullable
    }
    with db.engine.begin() as connection:
        connection.execution_options(schema_work=True).execute(insert(table).values(row | values))


def rows(plugin: str) -> dict[str, Any]:
    table = reflected("content_text")
    with db.engine.connect() as connection:
        found = connection.execution_options(schema_work=True).execute(
            select(table).where(table.c.plugin == plugin)
        )
        return {row.language: row for row in found}


def test_names_and_translations_move_with_their_states(before: Flask) -> None:
    schema.upgrade_all()
    city, school, activity = rows("cities"), rows("identity"), rows("activities")
    assert {code: row.state for code, row in city.items()} == {"mk": "original", "sq": "translated"}
    assert city["mk"].texts == {"name": "Алва", "network": "Совет"}
    # The first of the city's languages that has a name is the original.
    assert {code: row.state for code, row in school.items()} == {
        "sq": "original",
        "en": "translated",
    }
    assert {code: row.state for code, row in activity.items()} == {
        "mk": "original",
        "sq": "translated",
        "en": "outdated",
    }
    assert activity["mk"].texts == {"title": "Работилница", "description": "За млади."}
    assert activity["sq"].source == activity["mk"].texts
    assert activity["en"].texts == {"title": "Workshop"}
    assert activity["mk"].needed_on == date(2026, 1, 2)


def test_what_was_moved_is_kept_on_as_if_it_had_always_been_there(before: Flask) -> None:
    from core.cities.models import City
    from core.content.services import keep_original
    from core.tenancy import city_scope
    from core.values import Ref

    schema.upgrade_all()
    city = db.session.get(City, CITY)
    assert city is not None
    texts = {"title": "Работилница", "description": "За млади."}
    with city_scope(city):
        ref = Ref("activities", "activity", ACTIVITY)
        keep_original(ref, "mk", texts, None, shared=True)
        db.session.commit()
        # Nothing has changed, so what was translated still is.
        assert {code: row.state for code, row in rows("activities").items()} == {
            "mk": "original",
            "sq": "translated",
            "en": "outdated",
        }


def test_going_back_leaves_the_copies(before: Flask) -> None:
    schema.upgrade_all()
    schema.downgrade("activities", "0002")
    assert rows("activities") == {}
    table = reflected("activities_activity")
    with db.engine.connect() as connection:
        kept = connection.execution_options(schema_work=True).scalar(select(table.c.translations))
    assert kept is not None
    assert kept["sq"]["title"] == "Punëtori"
