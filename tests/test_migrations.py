"""Every history goes forward and back, and ends where the models are, on both databases."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from core import create_app, schema
from core.cities.models import City, CityPlugin
from core.database import db, metadata, new_id
from core.identity.models import Membership, Organisation
from core.tenancy import city_scope
from core.testing.app import TEST_SETTINGS


@pytest.fixture
def empty(
    fresh_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """An application on an empty database, in an application context."""
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": fresh_database()})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def triggers() -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with db.engine.connect() as connection:
        return set(connection.scalars(text(query)))


def owners() -> list[str]:
    return list(schema.histories())


def test_every_history_has_one_head_and_no_gap(empty: Flask) -> None:
    for owner, folder in schema.histories().items():
        script = schema._script(owner, folder)
        assert len(script.get_heads()) == 1, owner
        numbers = sorted(revision.revision for revision in script.walk_revisions())
        assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)], owner


def test_forward_to_where_the_models_are(empty: Flask) -> None:
    assert set(schema.pending()) == set(owners())
    assert schema.upgrade_all() == {}
    assert schema.pending() == {}
    for owner in owners():
        assert schema.check_drift(owner) == [], owner
    assert set(metadata.tables) <= tables()


def test_the_triggers_are_those_of_the_models(
    empty: Flask, fresh_database: Callable[..., str]
) -> None:
    schema.upgrade_all()
    migrated = triggers()
    db.session.remove()
    other = create_app(TEST_SETTINGS | {"DATABASE_URL": fresh_database()})
    with other.app_context():
        with db.engine.begin() as connection:
            metadata.create_all(connection.execution_options(schema_work=True))
        made = triggers()
        db.engine.dispose()
    assert migrated == made
    assert migrated


def test_back_to_nothing_and_forward_again(empty: Flask) -> None:
    schema.upgrade_all()
    before = tables()
    for owner in reversed(owners()):
        schema.downgrade(owner)
    assert tables() == set()
    assert triggers() == set()
    schema.upgrade_all()
    assert tables() == before
    for owner in owners():
        assert schema.check_drift(owner) == [], owner


def test_forward_twice_changes_nothing(empty: Flask) -> None:
    schema.upgrade_all()
    assert schema.upgrade_all() == {}


def test_a_step_that_fails_leaves_nothing_behind(empty: Flask) -> None:
    schema.upgrade(schema.CORE)
    before = tables()

    def fail_half_way() -> None:
        with schema.schema_connection() as connection:
            connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert tables() == before


def test_a_drift_is_found(empty: Flask) -> None:
    schema.upgrade_all()
    with schema.schema_connection() as connection:
        connection.execute(text("ALTER TABLE cities_city ADD COLUMN surplus INTEGER"))
        connection.execute(text("CREATE TABLE left_over (id INTEGER)"))
    found = schema.check_drift(schema.CORE)
    assert any("surplus" in difference for difference in found)
    assert any("left_over" in difference for difference in found)


def test_children_survive_a_table_made_anew(empty: Flask) -> None:
    """On SQLite a batch operation drops the old table; with foreign keys on, its children would go too."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    schema.upgrade_all()
    city = City(slug="alva", names={"en": "Alva"})
    db.session.add(city)
    db.session.flush()
    with city_scope(city):
        organisation = Organisation(names={"en": "School"})
        db.session.add(organisation)
        db.session.flush()
        db.session.add(Membership(shown_name="Somebody", organisation_id=organisation.id))
        db.session.commit()
    with schema.schema_connection() as connection:
        operations = Operations(MigrationContext.configure(connection))
        for table in ("identity_organisation", "cities_city"):
            with operations.batch_alter_table(table, recreate="auto") as batch:
                batch.alter_column("names", new_column_name="names_renamed")
            with operations.batch_alter_table(table, recreate="auto") as batch:
                batch.alter_column("names_renamed", new_column_name="names")
        counts = [
            connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("cities_city", "identity_organisation", "identity_membership")
        ]
    assert counts == [1, 1, 1]
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_rows_that_would_point_to_nothing_stop_a_migration(empty: Flask) -> None:
    schema.upgrade_all()
    with (
        # PostgreSQL refuses the row itself.
        pytest.raises((schema.SchemaError, IntegrityError)),
        schema.schema_connection() as connection,
    ):
        connection.execute(
            text(
                "INSERT INTO cities_plugin (city_id, id, name, enabled, settings, changed_at) "
                "VALUES ('nowhere', 'a', 'x', true, '{}', '2026-01-01')"
            )
        )
    with db.engine.connect().execution_options(schema_work=True) as connection:
        assert connection.scalar(text("SELECT count(*) FROM cities_plugin")) == 0


def test_tables_of_a_newer_version_are_left_alone(empty: Flask) -> None:
    schema.upgrade_all()
    with schema.schema_connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    state = next(state for state in schema.states() if state.owner == schema.CORE)
    assert state.unknown
    with pytest.raises(schema.SchemaError, match="newer"):
        schema.upgrade_all()


# -- A plugin of a third party --------------------------------------------------------------------------

REVISION = '''
"""The first table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{name}_thing", sa.Column("id", sa.String(16), primary_key=True))


def downgrade() -> None:
    op.drop_table("{name}_thing")
'''


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package of two plugins with tables: one breaks when it is imported, the other's history is broken."""
    package = f"strangers_{new_id()}"
    root = tmp_path / "strangers"
    for name, plugin, revision in (
        ("broken", "raise RuntimeError('broken on purpose')", REVISION.format(name="broken")),
        ("crooked", "", "raise RuntimeError('a crooked revision')"),
    ):
        versions = root / package / name / "migrations" / "versions"
        versions.mkdir(parents=True)
        (root / package / name / "__init__.py").write_text(plugin)
        (root / package / name / "plugin.py").write_text(plugin)
        (versions / "0001_first.py").write_text(revision)
    (root / package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(root)
    importlib.invalidate_caches()
    yield package
    for name in [name for name in sys.modules if name.startswith(package)]:
        del sys.modules[name]


@pytest.fixture
def with_strangers(
    strangers: str,
    fresh_database: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    app = create_app(
        TEST_SETTINGS | {"DATABASE_URL": fresh_database(), "PLUGIN_PACKAGE": strangers}
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_broken_plugin_is_migrated_and_removed(with_strangers: Flask) -> None:
    assert {
        left_out.name for left_out in with_strangers.extensions["maillage_plugins"].left_out
    } == {
        "broken",
        "crooked",
    }
    schema.upgrade_all()
    assert "broken_thing" in tables()
    assert schema.version_table("broken") in tables()
    city = City(slug="alva", names={"en": "Alva"})
    db.session.add(city)
    db.session.flush()
    with city_scope(city):
        db.session.add(CityPlugin(name="broken"))
        db.session.commit()
    schema.remove_plugin("broken")
    assert "broken_thing" not in tables()
    assert schema.version_table("broken") not in tables()
    with city_scope(city):
        assert db.session.scalars(select(CityPlugin.name)).all() == []
    schema.remove_plugin("broken")


def test_a_plugin_with_a_broken_history_harms_nobody_else(with_strangers: Flask) -> None:
    failed = schema.upgrade_all()
    assert set(failed) == {"crooked"}
    assert "broken_thing" in tables()
    assert "cities_city" in tables()


def test_tables_of_a_plugin_that_is_gone_belong_to_nobody_who_could_lose_them(
    with_strangers: Flask,
) -> None:
    schema.upgrade_all()
    with_strangers.config["PLUGIN_PACKAGE"] = ""
    assert schema.upgrade_all() == {}
    assert "broken_thing" in tables()


def test_a_plugin_without_a_package_cannot_be_removed(empty: Flask) -> None:
    with pytest.raises(schema.SchemaError):
        schema.remove_plugin("gone")
    with pytest.raises(schema.SchemaError):
        schema.remove_plugin(schema.CORE)


def test_of_two_plugins_the_longer_name_owns_the_table() -> None:
    names = ["meetings", "meetings_extra"]
    assert schema.owner_of("meetings_extra_note", names) == "meetings_extra"
    assert schema.owner_of("meetings_note", names) == "meetings"
    assert schema.owner_of("identity_person", names) == schema.CORE
