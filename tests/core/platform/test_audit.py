"""The record of who did what only grows, whoever asks the database."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.audit.models import AuditRecord
from core.audit.services import record
from core.database import db
from core.testing.app import World
from core.values import Ref


def test_a_record_says_what_was_done_and_where(world: World) -> None:
    with world.in_city("alva") as city:
        record("probe.done", subject=Ref("activities", "activity", "abc"), details={"count": "3"})
        db.session.commit()
        row = db.session.scalars(
            select(AuditRecord).where(AuditRecord.action == "probe.done")
        ).one()
        assert (row.city_id, row.ref_plugin, row.ref_kind, row.ref_id) == (
            city.id, "activities", "activity", "abc",
        )  # fmt: skip
        assert row.details == {"count": "3"}
        assert row.result == "done"
        assert row.person_id is None


def test_a_change_that_is_rolled_back_leaves_no_record(app: Flask) -> None:
    with app.app_context():
        record("probe.undone")
        db.session.rollback()
        assert db.session.scalars(select(AuditRecord)).all() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET action = 'other'",
        "DELETE FROM audit_record",
        "DELETE FROM audit_record WHERE action = 'probe.kept'",
    ],
)
def test_the_database_refuses_to_change_it(app: Flask, statement: str) -> None:
    with app.app_context():
        record("probe.kept")
        db.session.commit()
        with pytest.raises(DBAPIError, match="never"):
            db.session.execute(text(statement))
        db.session.rollback()
        assert db.session.scalars(select(AuditRecord.action)).all() == ["probe.kept"]


def test_a_long_detail_is_cut(app: Flask) -> None:
    with app.app_context():
        record("probe.long", details={"text": "x" * 5000})
        db.session.commit()
        assert len(db.session.scalars(select(AuditRecord)).one().details["text"]) == 200
