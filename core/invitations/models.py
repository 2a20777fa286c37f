"""The table of who is invited to what: members, and guests without an account."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Invitee(CityOwned, Model):
    """Somebody who is invited to an event of any plugin: a member, or a guest with an address and no account.

    ``sequence`` is the SEQUENCE of what was last sent (RFC 5545, 3.8.7.4), -1 while nothing was; it rises with every
    message, also where the event's own did not, as when somebody is invited anew. ``sent`` is what that message said
    (:mod:`core.invitations.events`), so that a cancellation can be written when the event is no more, and so that
    nobody gets a mail that says nothing new. Somebody who is no longer invited keeps the row, so that the
    cancellation can be sent and the link says so.

    ``instead_of`` is the membership in whose place somebody is invited, and empty for all who are invited in their own
    right. It stays when that member comes after all, so that the mail which takes the invitation back can say so.
    """

    __tablename__ = "invitations_invitee"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        city_key("identity_membership", "invited_by"),
        city_key("identity_membership", "instead_of"),
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
        # What lies ahead of a member, however many years of meetings lie behind.
        Index("ix_invitations_invitee_membership", "city_id", "membership_id", "ends_at"),
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
    # The time that the event had when the answer was given: whoever can come at ten need not at three.
    answered_for: Mapped[str] = mapped_column(String(100), default="")
    invited_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    instead_of: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    sequence: Mapped[int] = mapped_column(Integer, default=-1)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # When the event ends, as far as is known; lists ask by it.
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
