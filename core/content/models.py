"""The tables of translated content: one row for a record and a language, and the words a city has agreed on."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import (
    ID_LENGTH,
    CityOwned,
    Model,
    UtcDateTime,
    city_key,
    sort_key_type,
    utcnow,
)
from core.values import Ref


class ContentText(CityOwned, Model):
    """The texts of one record in one language: the original, or a translation and how it stands.

    A translation keeps the original that it was made from, so that it is known when that has changed, and what.
    """

    __tablename__ = "content_text"
    __table_args__ = (
        city_key("identity_membership", "made_by"),
        city_key("identity_membership", "approved_by"),
        UniqueConstraint("city_id", "plugin", "kind", "record_id", "language"),
        # Holds all that the overview counts, so that counting reads no rows.
        Index(
            "ix_content_text_counted",
            "city_id",
            "shared",
            "plugin",
            "kind",
            "language",
            "state",
        ),
        # The list of what is to be done walks along the originals, by the day for which they are needed.
        Index("ix_content_text_needed", "city_id", "original", "shared", "needed_on", "id"),
        Index("ix_content_text_same", "city_id", "fingerprint"),
    )

    plugin: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(12))
    original: Mapped[bool] = mapped_column(default=False)
    # One of core.content.states.
    state: Mapped[str] = mapped_column(String(12))
    # By field; a field that says nothing is left out.
    texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # The original's texts from which this translation was made; empty for the original itself.
    source: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    made_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    approved_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    # Whether every member may see the record; only such texts are counted and listed.
    shared: Mapped[bool] = mapped_column(default=False)
    # The day for which the texts are needed, such as an activity's; None for what is always shown.
    needed_on: Mapped[date | None] = mapped_column(Date)
    # Equal exactly for originals that say the same in the same language; empty for translations.
    fingerprint: Mapped[str] = mapped_column(String(32), default="")

    @property
    def ref(self) -> Ref:
        """The record whose texts these are."""
        return Ref(self.plugin, self.kind, self.record_id)


class Term(CityOwned, Model):
    """A word of the city's glossary: how it is said in each language, and a note on its use."""

    __tablename__ = "content_term"
    __table_args__ = (
        city_key("identity_membership", "changed_by"),
        Index("ix_content_term_order", "city_id", "sort_key", "id"),
    )

    words: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    # The key in the shipped glossary, for a word that was taken from there.
    shipped_as: Mapped[str] = mapped_column(String(60), default="")
    sort_key: Mapped[str] = mapped_column(sort_key_type(200), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    version: Mapped[int] = mapped_column(Integer, default=1)
