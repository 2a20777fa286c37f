"""The tables: files waiting to be imported, how columns were matched, and what an import said of a record."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class PendingTable(CityOwned, Model):
    """A spreadsheet that was looked at and not yet taken over. It goes after a day."""

    __tablename__ = "importing_pending"
    __table_args__ = (city_key("identity_membership", "made_by", cascade=True),)

    made_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(60))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    data: Mapped[bytes] = mapped_column(LargeBinary)
    # How the file is read, and what the person said of its columns and words.
    reading: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    matching: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seen_on: Mapped[date] = mapped_column(Date)
    # Empty until the preview is made.
    digest: Mapped[str] = mapped_column(String(64), default="")
    lines: Mapped[list[Any]] = mapped_column(JSON, default=list)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Matching(CityOwned, Model):
    """How somebody matched the columns of a file, for the next file with such headings."""

    __tablename__ = "importing_matching"
    __table_args__ = (
        UniqueConstraint("city_id", "kind", "fingerprint"),
        Index("ix_importing_matching_used", "city_id", "kind", "used_at"),
    )

    kind: Mapped[str] = mapped_column(String(60))
    fingerprint: Mapped[str] = mapped_column(String(64))
    # {folded heading: field}, and {field: {folded word: code}}.
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Source(CityOwned, Model):
    """What an import said of a record last, so that the next one sees what people changed here since."""

    __tablename__ = "importing_source"
    __table_args__ = (
        UniqueConstraint("city_id", "kind", "record_id"),
        Index("ix_importing_source_reference", "city_id", "kind", "reference"),
    )

    kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    reference: Mapped[str] = mapped_column(String(200), default="")
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
