"""The tables of the search: one document for each record that can be found, and the words that find it.

Both are copies that ``maillage search rebuild`` makes anew. They hold folded words alone, go with their record, and say
nothing about who may see it: that is asked of the record itself, in the same statement.
"""

from typing import ClassVar

from sqlalchemy import Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import CityOwned, Model, sort_key_type

LONGEST_WORD = 40


class Document(CityOwned, Model):
    """A record that can be found. ``kind`` is ``<feature or plugin>.<kind of record>``."""

    __tablename__ = "search_document"

    # The record is the identity: a document of its own number would be looked up once more for every word.
    id: ClassVar[None] = None  # type: ignore[assignment]  # the column of the mixin is left out
    kind: Mapped[str] = mapped_column(String(121), primary_key=True)
    ref_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # Of two that match alike the later comes first, then by title: the same order on every database.
    day: Mapped[int] = mapped_column(Integer, default=0)
    sort_key: Mapped[str] = mapped_column(sort_key_type(200), default="")
    # Records of one thread, such as the dates of a series, are found as one.
    thread: Mapped[str] = mapped_column(String(40), default="")
    # What stands in the other table, title before text: a change then writes no more than what differs.
    words: Mapped[str] = mapped_column(Text, default="")


class Term(CityOwned, Model):
    """A word of a document, and how much it says about it: more in a title than in a text.

    There are thirty for each record, so the row is its own key, in the order in which it is looked up, and has neither
    an identifier nor a second index; it is removed by the words that its document lists.
    """

    __tablename__ = "search_term"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: ClassVar[None] = None  # type: ignore[assignment]  # the column of the mixin is left out
    kind: Mapped[str] = mapped_column(String(121), primary_key=True)
    word: Mapped[str] = mapped_column(sort_key_type(LONGEST_WORD), primary_key=True)
    ref_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    weight: Mapped[int] = mapped_column(SmallInteger)
