"""Who was there: attendance, who came and went, who has an interest in an item, and who promised confidence."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import CityOwned, UtcDateTime, city_key, utcnow
from plugins.meetings.models.base import ID, Model


class Attendance(CityOwned, Model):
    """Somebody on the attendance list of a meeting: a member of the body, a substitute, a guest, an observer.

    ``status`` is "expected", "present", "excused", "absent" or "replaced"; ``part`` is what somebody is in the meeting:
    "chair", "member", "substitute", "guest" or "observer". ``stands_for`` is the row of the member that is replaced.
    The organisation is kept as it was, since people change theirs; ``role`` as well, for the quorum of that day.
    """

    __tablename__ = "meetings_attendance"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("identity_membership", "membership_id"),
        city_key("identity_organisation", "organisation_id"),
        city_key("meetings_attendance", "stands_for"),
        UniqueConstraint("city_id", "meeting_id", "membership_id"),
        Index("ix_meetings_attendance_membership", "city_id", "membership_id", "meeting_id"),
        Index("ix_meetings_attendance_organisation", "city_id", "organisation_id"),
        Index("ix_meetings_attendance_stands", "city_id", "stands_for"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    membership_id: Mapped[str | None] = mapped_column(ID)
    organisation_id: Mapped[str | None] = mapped_column(ID)
    # Of a guest without a membership.
    guest_name: Mapped[str] = mapped_column(String(120), default="")
    guest_organisation: Mapped[str] = mapped_column(String(200), default="")
    part: Mapped[str] = mapped_column(String(12), default="member")
    status: Mapped[str] = mapped_column(String(10), default="expected")
    stands_for: Mapped[str | None] = mapped_column(ID)
    # What somebody who cannot come sends along: read out, and kept with the minutes.
    apology: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Movement(CityOwned, Model):
    """Somebody came or went: ``way`` is "arrived" or "left", during the item ``item_id``.

    Who arrives during an item is in the room for it; who leaves during one was in the room for it, and counts no more.
    """

    __tablename__ = "meetings_movement"
    __table_args__ = (
        city_key("meetings_attendance", "attendance_id", cascade=True),
        city_key("meetings_item", "item_id", cascade=True),
        city_key("identity_membership", "noted_by"),
        Index("ix_meetings_movement_attendance", "city_id", "attendance_id", "at"),
        Index("ix_meetings_movement_item", "city_id", "item_id"),
    )

    attendance_id: Mapped[str] = mapped_column(ID)
    item_id: Mapped[str] = mapped_column(ID)
    way: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    noted_by: Mapped[str | None] = mapped_column(ID)


class Conflict(CityOwned, Model):
    """Somebody has an interest in an item. They do not vote, and leave the room unless ``stays``."""

    __tablename__ = "meetings_conflict"
    __table_args__ = (
        city_key("meetings_attendance", "attendance_id", cascade=True),
        city_key("meetings_item", "item_id", cascade=True),
        UniqueConstraint("city_id", "item_id", "attendance_id"),
        Index("ix_meetings_conflict_attendance", "city_id", "attendance_id"),
    )

    attendance_id: Mapped[str] = mapped_column(ID)
    item_id: Mapped[str] = mapped_column(ID)
    stays: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Statement(CityOwned, Model):
    """Somebody has promised confidence for this meeting; before, no restricted item opens to them."""

    __tablename__ = "meetings_statement"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("identity_membership", "membership_id", cascade=True),
        UniqueConstraint("city_id", "meeting_id", "membership_id"),
        Index("ix_meetings_statement_membership", "city_id", "membership_id", "meeting_id"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    membership_id: Mapped[str] = mapped_column(ID)
    # The words as they were accepted.
    words: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # Who wrote it down for somebody who signed on paper.
    noted_by: Mapped[str | None] = mapped_column(ID)
