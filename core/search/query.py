"""What somebody searches for, and the statement that finds it among what they may see."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    outerjoin,
    select,
    union_all,
)

from core.database import db
from core.search.models import Document, Term
from core.search.words import SHORTEST_BEGINNING, Finder, with_one_wrong, words_in
from core.values import Piece, Snippet

LONGEST = 200
MOST_WORDS = 8
MOST_HITS = 10
IN_TITLE, IN_TEXT = 2, 1
# Greater than any sum of exact matches: one wrong letter comes after all of them.
_WRONG = 1000
# Behind every word that begins alike, on both databases.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed, and its words as they are compared; without words nothing is found.

    ``today`` decides which date of a series stands for it.
    """

    typed: str
    words: tuple[str, ...]
    today: date
    _finder: Finder = field(repr=False, compare=False)
    _forgiven: set[str] = field(default_factory=set, repr=False, compare=False)

    def best(self, kind: str, visible: Select[Any], most: int = MOST_HITS) -> list[str]:
        """The identifiers of the records of ``kind`` that match best, in order; one statement.

        ``kind`` is ``<feature or plugin>.<kind of record>``, as in the record's Ref; ``visible`` selects the
        identifiers of those that the viewer may see, each once. Every word must match: as it is, as the beginning of a
        word (from three letters), or, where nothing visible matches so, with one wrong letter (from five). What
        matches in the title comes first, then the later date, then the title by name.
        """
        if not self.words:
            return []
        rows = db.session.execute(self._statement(kind, visible, most)).all()
        # Whether letters are forgiven follows from what this viewer may see. Were it asked of the index, the answer
        # would tell whether a record that is kept from them holds the word.
        exact = [row.ref_id for row in rows if row.rank < _WRONG]
        if rows and not exact:
            self._forgiven.add(kind)
        return exact or [row.ref_id for row in rows]

    def forgave(self, kind: str) -> bool:
        """Whether what :meth:`best` found of ``kind`` differs by a letter from what was typed."""
        return kind in self._forgiven

    def marked(self, text: str) -> tuple[Piece, ...]:
        """``text`` in pieces, with the words that match marked."""
        return self._finder.marked(text)

    def excerpt(self, texts: Iterable[tuple[str, str]]) -> Snippet | None:
        """The part of ``texts`` (each with its language) that says most of the words, else how the first begins.

        Give it only what the viewer is shown of the record anyway. None where there is nothing to show.
        """
        return self._finder.excerpt(texts)

    def _statement(self, kind: str, visible: Select[Any], most: int) -> Select[Any]:
        matched, seen = self._matched(kind), visible.subquery()
        (identifier,) = seen.c
        thread = func.row_number().over(
            partition_by=Document.thread,
            order_by=(
                matched.c.rank,
                func.abs(Document.day - self.today.toordinal()),
                Document.day.desc(),
                Document.ref_id,
            ),
        )
        # What matches is asked first, and each of it whether it may be seen: SQLite would rather begin with all
        # documents, or with everything that may be seen, if joins left it the choice.
        own = and_(Document.kind == kind, Document.ref_id == matched.c.ref_id)
        found = (
            select(
                matched.c.ref_id,
                matched.c.rank,
                Document.day.label("day"),
                Document.sort_key.label("sort_key"),
                thread.label("place"),
            )
            .select_from(outerjoin(matched, Document, own))
            .where(exists().where(identifier == matched.c.ref_id))
            .subquery()
        )
        return (
            select(found.c.ref_id, found.c.rank)
            .where(found.c.place == 1)
            .order_by(found.c.rank, found.c.day.desc(), found.c.sort_key, found.c.ref_id)
            .limit(most)
        )

    def _matched(self, kind: str) -> Subquery:
        """Which records hold every word, and how well: the least for each word, added up."""
        parts = [part for n, word in enumerate(self.words) for part in _postings(kind, n, word)]
        found = union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
        if len(self.words) == 1:
            return (
                select(found.c.ref_id, func.min(found.c.rank).label("rank"))
                .group_by(found.c.ref_id)
                .subquery()
            )
        least = [func.min(case((found.c.n == n, found.c.rank))) for n in range(len(self.words))]
        total: ColumnElement[Any] = least[0]
        for each in least[1:]:
            total = total + each
        return (
            select(found.c.ref_id, total.label("rank"))
            .group_by(found.c.ref_id)
            .having(and_(*(each.is_not(None) for each in least)))
            .subquery()
        )


def _postings(kind: str, number: int, word: str) -> Iterable[Any]:
    """The statements that find one word: as it is or as a beginning, and with one wrong letter.

    Every spelling with one wrong letter is looked up by itself, some hundreds of them: that costs the same however
    many words the city has, and needs no list of them.
    """
    same = and_(Term.word >= word, Term.word < word + _LAST)
    if len(word) < SHORTEST_BEGINNING:
        same = Term.word == word
    yield select(
        Term.ref_id.label("ref_id"),
        literal(number).label("n"),
        case(
            (and_(Term.word == word, Term.weight == IN_TITLE), 0),
            (Term.weight == IN_TITLE, 1),
            (Term.word == word, 2),
            else_=3,
        ).label("rank"),
    ).where(Term.kind == kind, same)
    if nearly := with_one_wrong(word):
        yield select(
            Term.ref_id.label("ref_id"),
            literal(number).label("n"),
            (literal(_WRONG + IN_TITLE) - Term.weight).label("rank"),
        ).where(Term.kind == kind, Term.word.in_(sorted(nearly)))


def read_query(typed: str, today: date) -> Query:
    """What somebody typed as a query: at most :data:`MOST_WORDS` different words of its first :data:`LONGEST` signs.

    Takes any text; what no database can hold is left out.
    """
    kept = "".join(
        " " if sign < " " or "\ud800" <= sign <= "\udfff" else sign for sign in typed[:LONGEST]
    )
    said = " ".join(kept.split())
    words = tuple(dict.fromkeys(words_in(said)))[:MOST_WORDS]
    return Query(said, words, today, Finder(words))
