"""A database made by migrations instead of from the models, as every real one is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import create_app, schema
from core.database import db
from core.testing.app import TEST_SETTINGS


def migrate(url: str) -> None:
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": url})
    with app.app_context():
        schema.upgrade_all()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def migrated_database(fresh_database: Callable[..., str]) -> str:
    """The address of a fresh database at the newest schema."""
    return fresh_database("migrated", migrate)
