"""The tables of the search: one document for each record that can be found, and the words that find it.

Both are copies that ``maillage search rebuild`` makes anew. They hold folded words alone, go with their record, and say
nothing about who may see it: that is asked of the record itself, in the same statement.
"""

from datetime import datetime

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, sort_key_type, utcnow


class Document(CityOwned, Model):
    """A record that can be found."""

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("city_id", "plugin", "kind", "ref_id"),)

    plugin: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    ref_id: Mapped[str] = mapped_column(String(40))
    # Of two that match alike the later comes first, then by title: the same order on every database.
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    sort_key: Mapped[str] = mapped_column(sort_key_type(200), default="")
    # Of the texts it was made from, so that saving without a change writes nothing.
    fingerprint: Mapped[str] = mapped_column(String(32), default="")


class Term(CityOwned, Model):
    """A word of a document, and how much it says about it: more in a title than in a text."""

    __tablename__ = "search_term"
    __table_args__ = (
        city_key("search_document", "document_id", cascade=True),
        Index("ix_search_term_word", "city_id", "word", "document_id", "weight"),
        Index("ix_search_term_document", "city_id", "document_id"),
    )

    document_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    word: Mapped[str] = mapped_column(sort_key_type(40))
    weight: Mapped[int] = mapped_column(Integer)
