"""Keeping what the search finds in step with the records. Flushes, never commits, never reads the request.

A record is indexed in the transaction that writes it. Rows that are written through the session are followed
(:func:`follow`), so that no service can forget it; what is written past it is given to :func:`index_many`.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from core.cities.models import City
from core.database import db
from core.folding import sort_key
from core.identity.models import Membership
from core.search.models import Document, Term
from core.search.query import IN_TEXT, IN_TITLE
from core.search.words import words_in
from core.tenancy import current_city_id
from core.values import Ref, Searchable

log = logging.getLogger(__name__)

# A text of some twenty pages; whoever writes more is found by its first part.
MOST_WORDS = 2_000
_LONGEST_KEY = 200
# SQLite takes so many parameters in one statement, and more would be slow anywhere.
_AT_ONCE = 400
_BETWEEN = "|"

_documents, _terms = cast("Table", Document.__table__), cast("Table", Term.__table__)


def kind_of(ref: Ref) -> str:
    """The kind of a record as queries name it: ``<feature or plugin>.<kind of record>``."""
    return f"{ref.plugin}.{ref.kind}"


def _ref_of(kind: str, identifier: str) -> Ref:
    owner, _dot, name = kind.partition(".")
    return Ref(owner, name, identifier)


def index(found: Searchable) -> bool:
    """Let a record be found by what it says now; returns whether that wrote anything."""
    return bool(index_many([found]))


def index_many(found: Iterable[Searchable]) -> int:
    """As :func:`index`, for many records in few statements; returns for how many something was written.

    Of several for one record the last counts. A record that says what it said before writes nothing.
    """
    wanted: dict[str, dict[str, _Entry]] = {}
    folded: dict[tuple[str, str], _Said] = {}
    for each in found:
        # The dates of a series say the same: they are folded once.
        texts = (each.title, each.text)
        said = folded.get(texts) or folded.setdefault(texts, _said(*texts))
        wanted.setdefault(kind_of(each.ref), {})[each.ref.id] = _entry(each, said)
    return sum(
        _write(kind, {identifier: entries[identifier] for identifier in some})
        for kind, entries in wanted.items()
        for some in _parts(list(entries))
    )


def forget(ref: Ref) -> None:
    """Let a record that is gone no longer be found."""
    forget_many([ref])


def forget_many(refs: Iterable[Ref]) -> None:
    """As :func:`forget`, for many records."""
    kinds: dict[str, list[str]] = {}
    for ref in refs:
        kinds.setdefault(kind_of(ref), []).append(ref.id)
    for kind, identifiers in kinds.items():
        for some in _parts(identifiers):
            _write(kind, dict.fromkeys(some))


def forget_plugin(name: str) -> None:
    """Forget everything of a plugin in the city in force: its records are gone."""
    for table in (_terms, _documents):
        db.session.execute(
            delete(table).where(
                table.c.city_id == current_city_id(),
                table.c.kind.startswith(f"{name}.", autoescape=True),
            )
        )


# -- What is written -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a record with their weight, as terms and as its document lists them."""

    weights: Mapping[str, int]
    listed: str
    sort_key: str


@dataclass(frozen=True, slots=True)
class _Entry:
    said: _Said
    day: int
    thread: str

    def row(self) -> dict[str, Any]:
        return {
            "day": self.day,
            "sort_key": self.said.sort_key,
            "thread": self.thread,
            "words": self.said.listed,
        }


def _said(title: str, text: str) -> _Said:
    weights = dict.fromkeys(words_in(title), IN_TITLE)
    for word in words_in(text):
        if len(weights) >= MOST_WORDS:
            break
        weights.setdefault(word, IN_TEXT)
    by_weight = (
        " ".join(word for word, weight in weights.items() if weight == each)
        for each in (IN_TITLE, IN_TEXT)
    )
    return _Said(weights, _BETWEEN.join(by_weight), sort_key(title)[:_LONGEST_KEY])


def _listed(words: str) -> dict[str, int]:
    """What :func:`_said` listed."""
    title, _between, text = words.partition(_BETWEEN)
    return dict.fromkeys(title.split(), IN_TITLE) | dict.fromkeys(text.split(), IN_TEXT)


def _entry(found: Searchable, said: _Said) -> _Entry:
    day = found.at.toordinal() if found.at is not None else 0
    return _Entry(said, day, found.thread or found.ref.id)


def _write(kind: str, entries: Mapping[str, _Entry | None]) -> int:
    """Write what differs from what is stored; None removes. Returns how many documents differ."""
    city_id = current_city_id()
    rows = db.session.execute(
        select(_documents).where(
            _documents.c.city_id == city_id,
            _documents.c.kind == kind,
            _documents.c.ref_id.in_(list(entries)),
        )
    )
    stored = {row.ref_id: row._mapping for row in rows}
    documents: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    come: list[dict[str, Any]] = []
    removed: list[str] = []
    for identifier, entry in entries.items():
        there = stored.get(identifier)
        own = {"city_id": city_id, "kind": kind, "ref_id": identifier}
        before = _listed(there["words"]) if there is not None else {}
        if entry is None:
            after: Mapping[str, int] = {}
            if there is not None:
                removed.append(identifier)
        else:
            row = entry.row()
            if there is not None and all(there[name] == value for name, value in row.items()):
                continue
            after = entry.said.weights
            documents.append(own | row)
        gone += [own | {"word": word} for word in before if word not in after]
        come += [
            own | {"word": word, "weight": weight}
            for word, weight in after.items()
            if before.get(word) != weight
        ]
    _put(_documents, documents, ("day", "sort_key", "thread", "words"))
    _take(gone)
    _put(_terms, come, ("weight",))
    if removed:
        db.session.execute(
            delete(_documents).where(
                _documents.c.city_id == city_id,
                _documents.c.kind == kind,
                _documents.c.ref_id.in_(removed),
            )
        )
    return len(documents) + len(removed)


def _put(table: Table, rows: Sequence[Mapping[str, Any]], changing: Sequence[str]) -> None:
    """Insert ``rows``, or write them over what is there: a rebuilding may go on beside us."""
    if not rows:
        return
    dialect = db.session.get_bind().dialect.name
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in changing},
    )
    # In one order everywhere: two that write the same words wait for one another, and never in a circle.
    key = [column.name for column in table.primary_key.columns]
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in key))
    db.session.execute(statement, ordered)


def _take(rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        key = [column.name for column in _terms.primary_key.columns]
        where = [_terms.c[name] == bindparam(f"of_{name}") for name in key]
        given = [{f"of_{name}": value for name, value in row.items()} for row in rows]
        db.session.connection().execute(delete(_terms).where(*where), given)


def _parts(identifiers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(identifiers), _AT_ONCE):
        yield identifiers[start : start + _AT_ONCE]


# -- Making it anew ------------------------------------------------------------------------------------------------


def is_incomplete() -> bool:
    """Whether the city in force has members whom the search does not know: its records are older than the index."""
    unknown = select(Membership.id).where(
        ~exists().where(
            Document.city_id == Membership.city_id,
            Document.kind == "identity.membership",
            Document.ref_id == Membership.id,
        )
    )
    return db.session.scalar(unknown.limit(1)) is not None


def rebuild(city: City) -> Iterator[int]:
    """Make the index of the city in force anew from its records, part by part.

    Yields how many records were read so far; what was written until then is whole, so the caller commits at each, and
    nobody who writes waits for long. What is not among the records any more is forgotten at the end. A plugin that
    fails is logged, and keeps what it had; so does one that is off, since it is not asked.
    """
    from core.registry import plugin_registry
    from core.search.own import SOURCES
    from core.web import enabled_plugins

    hooks = plugin_registry().hooks(enabled_plugins(city))
    read, seen = 0, set[tuple[str, str]]()
    asked: set[str] = set()
    for owner, source in (
        *((owner, each()) for owner, each in SOURCES),
        *(
            (name, hooks.stream("searchable", only=name, city=city))
            for name in sorted(hooks.enabled)
        ),
    ):
        try:
            for part in _gathered(source):
                index_many(part)
                seen.update((kind_of(each.ref), each.ref.id) for each in part)
                read += len(part)
                yield read
        except Exception:
            if owner not in hooks.enabled:
                raise
            db.session.rollback()
            log.exception("search_not_rebuilt", extra={"plugin": owner})
        else:
            asked.add(owner)
    rows = db.session.execute(select(Document.kind, Document.ref_id)).all()
    forget_many(
        _ref_of(row.kind, row.ref_id)
        for row in rows
        if row.kind.partition(".")[0] in asked and (row.kind, row.ref_id) not in seen
    )
    yield read


def _gathered(source: Iterable[Searchable]) -> Iterator[list[Searchable]]:
    part: list[Searchable] = []
    for each in source:
        part.append(each)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part
