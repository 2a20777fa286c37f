"""What somebody searches for, and the statement that finds it among what they may see."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Subquery,
    TableValuedAlias,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    outerjoin,
    select,
    true,
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
    _held: "_Held" = field(repr=False, compare=False)
    _forgiven: set[str] = field(default_factory=set, repr=False, compare=False)

    def best(self, kind: str, visible: Select[Any], most: int = MOST_HITS) -> list[str]:
        """The identifiers of the records of ``kind`` that match best, in order.

        ``kind`` is ``<feature or plugin>.<kind of record>``, as in the record's Ref; ``visible`` selects the
        identifiers of those that the viewer may see, each once. Every word must match: as it is, as the beginning of a
        word (from three letters), or, where nothing visible matches so, with one wrong letter (from five). What
        matches in the title comes first, then the later date, then the title by name.
        """
        if not self.words:
            return []
        held = self._held.of(kind)
        nearly = {word: sorted(held & with_one_wrong(word)) for word in self.words}
        if any(word not in held and not nearly[word] for word in self.words):
            return []
        # Whether letters are forgiven follows from what this viewer may see. Were it asked of the index, the answer
        # would tell whether a record that is kept from them holds the word.
        exact = self._found(kind, visible, most, {}) if held.issuperset(self.words) else []
        if exact or not any(nearly.values()):
            return exact
        found = self._found(kind, visible, most, nearly)
        if found:
            self._forgiven.add(kind)
        return found

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

    def _found(
        self, kind: str, visible: Select[Any], most: int, nearly: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """One statement. ``nearly`` says what else a word may have been meant to be."""
        return list(db.session.scalars(self._statement(kind, visible, most, nearly)))

    def _statement(
        self, kind: str, visible: Select[Any], most: int, nearly: Mapping[str, Sequence[str]]
    ) -> Select[Any]:
        matched, seen = self._matched(kind, nearly), visible.subquery()
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
            select(found.c.ref_id)
            .where(found.c.place == 1)
            .order_by(found.c.rank, found.c.day.desc(), found.c.sort_key, found.c.ref_id)
            .limit(most)
        )

    def _matched(self, kind: str, nearly: Mapping[str, Sequence[str]]) -> Subquery:
        """Which records hold every word, and how well: the least for each word, added up.

        Of a single word a record comes as often as it holds words that match; the best in its thread is taken anyway.
        """
        parts = [
            part
            for n, word in enumerate(self.words)
            for part in _postings(kind, n, word, nearly.get(word, ()))
        ]
        found = union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
        if len(self.words) == 1:
            return found
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


def _same(word: str) -> ColumnElement[bool]:
    """As it is, or as a beginning."""
    if len(word) < SHORTEST_BEGINNING:
        return Term.word == word
    return and_(Term.word >= word, Term.word < word + _LAST)


def _postings(kind: str, number: int, word: str, nearly: Sequence[str]) -> Iterable[Any]:
    """The statements that find one word: as it is or as a beginning, and as each that it may have been meant to be."""
    yield select(
        Term.ref_id.label("ref_id"),
        literal(number).label("n"),
        case(
            (and_(Term.word == word, Term.weight == IN_TITLE), 0),
            (Term.weight == IN_TITLE, 1),
            (Term.word == word, 2),
            else_=3,
        ).label("rank"),
    ).where(Term.kind == kind, _same(word))
    if nearly:
        yield select(
            Term.ref_id.label("ref_id"),
            literal(number).label("n"),
            (literal(_WRONG + IN_TITLE) - Term.weight).label("rank"),
        ).where(Term.kind == kind, Term.word.in_(nearly))


class _Held:
    """What the city's records hold of some words, looked up when it is first asked for: once, for all kinds of them.

    It says for which kinds, and with which spellings, there is anything to look for. What comes of it is decided with
    what the viewer may see.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._by_kind: dict[str, frozenset[str]] | None = None

    def of(self, kind: str) -> frozenset[str]:
        """Those of the words that records of ``kind`` hold as they are or as a beginning, and with one wrong letter."""
        if self._by_kind is None:
            found: dict[str, set[str]] = {}
            for row in db.session.execute(_holding(self._words)):
                found.setdefault(row.kind, set()).add(row.spelling)
            self._by_kind = {each: frozenset(some) for each, some in found.items()}
        return self._by_kind.get(kind, frozenset())


def _holding(words: Sequence[str]) -> CompoundSelect[Any]:
    """Which kinds of records hold which of ``words`` and of their spellings with one wrong letter.

    Every spelling is looked up by itself, some hundreds of them: that costs the same however many words the city has,
    and needs no list of them. Few of them are words, and only those are worth searching for: a database that is to
    search for all of them expects thousands of records, and prepares for those.
    """
    # From one kind to the next: a list of them would be gathered from all documents.
    kinds = select(func.min(Document.kind).label("kind")).cte("kinds", recursive=True)
    after = select(func.min(Document.kind)).where(Document.kind > kinds.c.kind).scalar_subquery()
    kinds = kinds.union_all(select(after).where(kinds.c.kind.is_not(None)))
    parts = [
        select(kinds.c.kind, literal(word).label("spelling")).where(
            _any_term(Term.kind == kinds.c.kind, _same(word))
        )
        for word in words
    ]
    wrong = frozenset().union(*map(with_one_wrong, words)).difference(words)
    given = _table_of(sorted(wrong))
    parts.append(
        select(kinds.c.kind, given.c.value)
        .join_from(kinds, given, true())
        .where(_any_term(Term.kind == kinds.c.kind, Term.word == given.c.value))
    )
    return union_all(*parts)


def _any_term(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    # Asked as a value, so that it is one look into the index, whatever a database expects to find.
    return select(literal(1)).where(*where).limit(1).scalar_subquery().is_not(None)


def _table_of(texts: Sequence[str]) -> TableValuedAlias:
    """``texts`` as a table, sent as one value: hundreds of parameters take longer to write than to look up."""
    value = column("value", String())
    if db.session.get_bind().dialect.name == "postgresql":
        return func.unnest(literal(texts, ARRAY(String))).table_valued(value).render_derived()
    return func.json_each(json.dumps(texts)).table_valued(value)


def read_query(typed: str, today: date) -> Query:
    """What somebody typed as a query: at most :data:`MOST_WORDS` different words of its first :data:`LONGEST` signs.

    Takes any text; what no database can hold is left out.
    """
    kept = "".join(
        " " if sign < " " or "\ud800" <= sign <= "\udfff" else sign for sign in typed[:LONGEST]
    )
    said = " ".join(kept.split())
    words = tuple(dict.fromkeys(words_in(said)))[:MOST_WORDS]
    return Query(said, words, today, Finder(words), _Held(words))
