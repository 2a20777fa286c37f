"""The tables of reported words: what is wrong, what should stand there, and who said so."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Report(CityOwned, Model):
    """One text that reads wrong in one language, and one suggestion for it, however many people made it.

    ``owner`` is ``core`` or the name of a plugin, and empty where the text was found in no catalogue; then
    ``words``, which is what the reader saw, is all there is.
    """

    __tablename__ = "wording_report"
    __table_args__ = (
        city_key("identity_membership", "settled_by"),
        # Of what is open each exists once: a second reader joins the report of the first.
        UniqueConstraint("city_id", "open_key"),
        Index("ix_wording_report_list", "city_id", "state", "last_at", "id"),
    )

    language: Mapped[str] = mapped_column(String(12))
    owner: Mapped[str] = mapped_column(String(60), default="")
    context: Mapped[str | None] = mapped_column(Text)
    msgid: Mapped[str] = mapped_column(Text, default="")
    msgid_plural: Mapped[str] = mapped_column(Text, default="")
    # Which of the translation's forms the reader saw; 0 where there is but one.
    form: Mapped[int] = mapped_column(Integer, default=0)
    current: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[str] = mapped_column(Text)
    suggestion: Mapped[str] = mapped_column(Text)
    # The rule of the page's address, never the address: that would name a record.
    page: Mapped[str] = mapped_column(String(200), default="")
    # "open", "accepted", "declined" or "right".
    state: Mapped[str] = mapped_column(String(12), default="open")
    # Set while the report is open.
    open_key: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text, default="")
    settled_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    version: Mapped[int] = mapped_column(Integer, default=1)


class Reporter(CityOwned, Model):
    """One person who made a report, and why."""

    __tablename__ = "wording_reporter"
    __table_args__ = (
        city_key("wording_report", "report_id", cascade=True),
        city_key("identity_membership", "membership_id", cascade=True),
        UniqueConstraint("city_id", "report_id", "membership_id"),
        Index("ix_wording_reporter_membership", "city_id", "membership_id", "at"),
    )

    report_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
