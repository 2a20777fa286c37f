"""The table of exports that the worker makes. Their files are kept like attachments, and go after a day."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Export(CityOwned, Model):
    """A file that somebody asked for: which list, by which filters, how far it is, and until when it is kept.

    ``state`` is ``waiting``, ``making``, ``ready`` or ``failed``. What is over is removed, with its file: the filters
    may hold a name that somebody searched for.
    """

    __tablename__ = "exporting_export"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        Index("ix_exporting_export_membership", "city_id", "membership_id", "asked_at"),
        Index("ix_exporting_export_expires", "city_id", "expires_at"),
        UniqueConstraint("stored_as"),
    )

    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    plugin: Mapped[str] = mapped_column(String(60))
    list_name: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    file_kind: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    file_name: Mapped[str] = mapped_column(String(160), default="")
    stored_as: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
