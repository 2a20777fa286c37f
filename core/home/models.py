"""The secret addresses at which other programs read the calendar."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class CalendarFeed(CityOwned, Model):
    """A secret address of one membership, and what it is narrowed to. Only the hash of the secret is stored."""

    __tablename__ = "home_calendar_feed"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        # Without its organisation a feed would show everybody's entries, so it goes with it.
        city_key("identity_organisation", "organisation_id", cascade=True),
        UniqueConstraint("token_hash"),
        Index("ix_home_calendar_feed_membership", "city_id", "membership_id"),
    )

    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(80), default="")
    token_hash: Mapped[str] = mapped_column(String(64))
    # The name of a plugin, an organisation, a level of prevention; empty means all.
    kind: Mapped[str] = mapped_column(String(40), default="")
    organisation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    level: Mapped[str] = mapped_column(String(24), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
