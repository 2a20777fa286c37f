"""The table of who is invited to what: members, and guests without an account."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Invitee(CityOwned, Model):
    """Somebody who is invited to an event of any plugin: a member, or a guest with an address and no account.

    ``sequence`` is the SEQUENCE of what was last sent (RFC 5545, 3.8.7.4), -1 while nothing was. Somebody who is
    no longer invited keeps the row, so that the cancellation can be sent and the link says so.
    """

    __tablename__ = "invitations_invitee"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        city_key("identity_membership", "invited_by"),
        UniqueConstraint(
            "city_id",
            "ref_plugin",
            "ref_kind",
            "ref_id",
            "membership_id",
            name="uq_invitations_invitee_member",
        ),
        UniqueConstraint(
            "city_id",
            "ref_plugin",
            "ref_kind",
            "ref_id",
            "email",
            name="uq_invitations_invitee_guest",
        ),
        Index("ix_invitations_invitee_membership", "city_id", "membership_id", "answer"),
    )

    ref_plugin: Mapped[str] = mapped_column(String(60))
    ref_kind: Mapped[str] = mapped_column(String(60))
    ref_id: Mapped[str] = mapped_column(String(40))
    membership_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    # Of a guest; a member's own address is never copied here.
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(12), default="")
    # "", "accepted", "tentative" or "declined".
    answer: Mapped[str] = mapped_column(String(10), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invited_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    sequence: Mapped[int] = mapped_column(Integer, default=-1)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
