"""The tables of notifications: what somebody is told, how they want to be told, and what they are reminded of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Notification(CityOwned, Model):
    """Something that one member is told, in the page, by mail or both.

    It holds no title and no text of its subject: those are asked for when it is read, as the reader may see them
    then, so that nothing is kept that was taken out of sight since. ``facts`` are small and personal to nobody.
    """

    __tablename__ = "notifications_notification"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        city_key("identity_membership", "actor_id"),
        # Twenty changes of one record are told once, as long as the first was neither read nor mailed.
        UniqueConstraint("city_id", "membership_id", "open_key"),
        Index("ix_notifications_notification_list", "city_id", "membership_id", "at", "id"),
        Index("ix_notifications_notification_unread", "city_id", "membership_id", "unread"),
        Index("ix_notifications_notification_mail", "mail_due_at", "city_id", "membership_id"),
        Index("ix_notifications_notification_subject", "city_id", "ref_plugin", "ref_id"),
    )

    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(80))
    ref_plugin: Mapped[str] = mapped_column(String(60), default="")
    ref_kind: Mapped[str] = mapped_column(String(60), default="")
    ref_id: Mapped[str] = mapped_column(String(40), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    actor_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    open_key: Mapped[str | None] = mapped_column(String(200))
    # How often it happened before it was read.
    times: Mapped[int] = mapped_column(Integer, default=1)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    in_page: Mapped[bool] = mapped_column(default=True)
    # In the page and not read yet; what is told by mail alone is never unread.
    unread: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the next mail to this member is to be put together; empty once it was, or when none is wanted.
    mail_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Choice(CityOwned, Model):
    """How one member wants to be told of one kind of thing; without a row, as the kind itself says.

    The kind ``*`` is every one that has no row of its own: of who wants no mails any more.
    """

    __tablename__ = "notifications_choice"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        UniqueConstraint("city_id", "membership_id", "kind"),
    )

    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(80))
    in_page: Mapped[bool] = mapped_column(default=True)
    # "at_once", "daily", "weekly" or "never".
    mail: Mapped[str] = mapped_column(String(10), default="at_once")


class Reminder(CityOwned, Model):
    """That a member is to be told of a record at a moment; moved and removed with what it reminds of."""

    __tablename__ = "notifications_reminder"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        UniqueConstraint(
            "city_id",
            "ref_plugin",
            "ref_kind",
            "ref_id",
            "kind",
            "membership_id",
            name="uq_notifications_reminder_once",
        ),
        Index("ix_notifications_reminder_due", "sent_at", "remind_at"),
    )

    ref_plugin: Mapped[str] = mapped_column(String(60))
    ref_kind: Mapped[str] = mapped_column(String(60))
    ref_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(80))
    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    remind_at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
