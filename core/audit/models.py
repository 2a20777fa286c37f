"""The append-only table of who did what. The database itself refuses to change or remove a record."""

from datetime import datetime
from typing import cast

from sqlalchemy import DDL, JSON, Index, String, Table, event
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, Model, UtcDateTime, new_id, utcnow


class AuditRecord(Model):
    """One thing that was done, or was tried.

    Not ``CityOwned``: what happens outside every city, such as signing in, is recorded as well. ``person_id`` and
    ``membership_id`` are no foreign keys, since a record outlives whom it names.
    """

    __tablename__ = "audit_record"
    __table_args__ = (Index("ix_audit_record_city_at", "city_id", "at", "id"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    city_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    person_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    membership_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    action: Mapped[str] = mapped_column(String(80))
    ref_plugin: Mapped[str | None] = mapped_column(String(60))
    ref_kind: Mapped[str | None] = mapped_column(String(60))
    ref_id: Mapped[str | None] = mapped_column(String(40))
    result: Mapped[str] = mapped_column(String(20), default="done")
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    request_id: Mapped[str] = mapped_column(String(40), default="")


# The migration holds the same statements; a test compares the two databases.
APPEND_ONLY = {
    "sqlite": [
        (
            "CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record "
            "BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END"
        ),
        (
            "CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record "
            "BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END"
        ),
    ],
    "postgresql": [
        (
            "CREATE FUNCTION audit_record_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit records are never changed or removed'; END $$"
        ),
        (
            "CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_record_refuse()"
        ),
    ],
}
APPEND_ONLY_UNDONE = {
    "sqlite": [],
    "postgresql": ["DROP FUNCTION IF EXISTS audit_record_refuse() CASCADE"],
}


def _listen(moment: str, statements: dict[str, list[str]]) -> None:
    table = cast("Table", AuditRecord.__table__)
    for dialect, texts in statements.items():
        for text in texts:
            ddl: DDL = DDL(text)  # type: ignore[no-untyped-call]
            event.listen(table, moment, ddl.execute_if(dialect=dialect))


_listen("after_create", APPEND_ONLY)
_listen("after_drop", APPEND_ONLY_UNDONE)
