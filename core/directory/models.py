"""The tables of merges: which record went into which, what that wrote, and every row that it moved."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Merge(CityOwned, Model):
    """Two records of one kind that turned out to be one. What it needs to be undone is kept with it."""

    __tablename__ = "directory_merge"
    __table_args__ = (
        city_key("identity_membership", "made_by"),
        city_key("identity_membership", "undone_by"),
        Index("ix_directory_merge_made", "city_id", "made_at", "id"),
    )

    # "organisation" or "membership".
    kind: Mapped[str] = mapped_column(String(20))
    kept_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    merged_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    made_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # {field: [before, after]} of the record that stayed, and {field: before} of the other.
    kept_fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    merged_fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # {table: rows that were moved}.
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    undone_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MovedRow(CityOwned, Model):
    """A row that pointed to the merged record and now points to the one that stayed.

    ``content`` holds the row itself where it was taken out, because the other record had one like it already.
    """

    __tablename__ = "directory_moved_row"
    __table_args__ = (
        city_key("directory_merge", "merge_id", cascade=True),
        Index(
            "ix_directory_moved_row_merge",
            "city_id",
            "merge_id",
            "table_name",
            "column_name",
            "row_id",
        ),
    )

    merge_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    table_name: Mapped[str] = mapped_column(String(80))
    column_name: Mapped[str] = mapped_column(String(80))
    row_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
