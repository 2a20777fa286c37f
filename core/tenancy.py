"""The city in force, and the two walls that keep the rows of cities apart.

1. Every ORM statement is narrowed to the city in force.
2. Every statement that names a city's table, however it was made, must bind ``city_id`` to the city in
   force for each mention of the table; otherwise it raises before it reaches the database. A flush that would
   write a row of another city raises as well.

Both fail closed: with no city in force, a city's table cannot be touched. Statements that must look across
cities say so with :func:`cross_city` and a reason; a test pins the list of places that do.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import Connection, ExecutionContext
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.scoping import scoped_session

if TYPE_CHECKING:
    from core.cities.models import City


class NoCityInForce(RuntimeError):
    """A row of a city was asked for while no city was in force."""


class OtherCity(RuntimeError):
    """A statement or a change would have crossed the border between two cities."""


_city: ContextVar["City | None"] = ContextVar("maillage_city", default=None)
_city_id: ContextVar[str | None] = ContextVar("maillage_city_id", default=None)
_crossing: ContextVar[str | None] = ContextVar("maillage_crossing", default=None)


def current_city() -> "City":
    """The city in force. Raises :class:`NoCityInForce` when there is none."""
    city = _city.get()
    if city is None:
        raise NoCityInForce("No city is in force.")
    return city


def current_city_id() -> str:
    """The identifier of the city in force. Raises :class:`NoCityInForce` when there is none."""
    city_id = _city_id.get()
    if city_id is None:
        raise NoCityInForce("No city is in force.")
    return city_id


def city_in_force() -> bool:
    """Whether a city is in force."""
    return _city_id.get() is not None


@contextmanager
def city_scope(city: "City") -> Iterator["City"]:
    """Put ``city`` in force; what was in force before comes back at the end."""
    # The identifier is kept apart from the row: reading an attribute of an expired row would ask the
    # database while a statement is being checked.
    identifier = _city_id.set(city.id)
    row = _city.set(city)
    try:
        yield city
    finally:
        _city.reset(row)
        _city_id.reset(identifier)


def enter_city(city: "City") -> None:
    """As :func:`city_scope`, until :func:`leave_city`: for the life of a request."""
    _city.set(city)
    _city_id.set(city.id)


def leave_city() -> None:
    """No city is in force any more."""
    _city.set(None)
    _city_id.set(None)


@contextmanager
def cross_city(reason: str) -> Iterator[None]:
    """Statements inside may look across cities. ``reason`` says why, for the reader and the test."""
    token = _crossing.set(reason)
    try:
        yield
    finally:
        _crossing.reset(token)


# -- Wall 1: the ORM filter, and the check of what is flushed ----------------------------------------------


def _narrow(state: ORMExecuteState) -> None:
    if _crossing.get() is not None or not (state.is_select or state.is_update or state.is_delete):
        return
    from core.database import CityOwned

    city_id = _city_id.get()
    if city_id is None:
        # The guard below decides: a statement without a city's table passes, any other raises.
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            CityOwned, lambda cls: cls.city_id == city_id, include_aliases=True
        )
    )


def _check_flush(session: Session, _context: object, _instances: object) -> None:
    from core.database import CityOwned

    if _crossing.get() is not None:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, CityOwned):
            continue
        city_id = current_city_id()
        if row.__dict__.get("city_id", city_id) != city_id:
            raise OtherCity(f"A {type(row).__name__} of another city cannot be written here.")


def guard_session(session: "scoped_session[Any]") -> None:
    """Install the ORM filter and the flush check. Safe to call once for each application."""
    for name, listener in (("do_orm_execute", _narrow), ("before_flush", _check_flush)):
        if not event.contains(session, name, listener):
            event.listen(session, name, listener)


# -- Wall 2: the statement guard ------------------------------------------------------------------------

_PLACEHOLDER = r"(?:%\((?P<{0}>\w+)\)s|(?P<{0}q>\?)|:(?P<{0}c>\w+))"


class _Verdict:
    """What one SQL text must prove: the parameters that have to equal the city in force."""

    __slots__ = ("names", "positions", "problem")

    def __init__(self, names: tuple[str, ...], positions: tuple[int, ...], problem: str | None) -> None:
        self.names = names
        self.positions = positions
        self.problem = problem


_OWNED_TABLES: frozenset[str] = frozenset()
_MENTION = re.compile("(?!)")


def city_tables(metadata: MetaData) -> frozenset[str]:
    """The names of all tables whose rows belong to a city: those with ``city_id`` in the primary key."""
    return frozenset(
        name for name, table in metadata.tables.items() if "city_id" in table.primary_key.columns
    )


def _strip_literals(sql: str) -> str:
    """Comments and quoted strings could hide or fake a table name; positions are kept."""
    return re.sub(
        r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", lambda match: " " * len(match.group()), sql, flags=re.S
    )


def _prepare_mentions(tables: frozenset[str]) -> None:
    global _OWNED_TABLES, _MENTION
    if tables == _OWNED_TABLES:
        return
    _OWNED_TABLES = tables
    names = "|".join(re.escape(name) for name in sorted(tables, key=len, reverse=True))
    _MENTION = re.compile(
        rf'(?<![\w."])(?:"?\w+"?\.)?"?(?P<table>{names})"?(?![\w"]|\s*\.)(?:\s+(?:AS\s+)?"?(?P<alias>\w+)"?)?',
        re.I,
    ) if names else re.compile("(?!)")
    _judge.cache_clear()


_NOT_AN_ALIAS = frozenset(
    "where on set join left right inner outer cross full natural order group having limit union except "
    "intersect returning values select using and or as default offset for window fetch not".split()
)


@lru_cache(maxsize=4096)
def _judge(sql: str) -> _Verdict | None:
    """The verdict on one SQL text, or None when it names no city's table."""
    text = _strip_literals(sql)
    mentions = [
        (match.group("table"), match.group("alias"), match.start()) for match in _MENTION.finditer(text)
    ]
    if not mentions:
        return None
    starts = {match.start(): n for n, match in enumerate(re.finditer(r"\?", text))}
    head = text.lstrip(" (\n\t").split(None, 1)[0].upper() if text.strip() else ""
    names: list[str] = []
    positions: list[int] = []

    if head == "INSERT":
        target = re.match(
            r'\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+"?(\w+)"?\s*\(([^)]*)\)\s*VALUES\s*', text, re.I
        )
        if target and target.group(1) in _OWNED_TABLES:
            columns = [column.strip().strip('"') for column in target.group(2).split(",")]
            if "city_id" not in columns:
                return _Verdict((), (), "an insert without city_id")
            index = columns.index("city_id")
            body = text[target.end() :]
            rows = list(re.finditer(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)", body.split("RETURNING")[0]))
            offset = target.end()
            if not rows:
                return _Verdict((), (), "an insert whose values cannot be read")
            for row in rows:
                if re.search(r"ON\s+CONFLICT|DO\s+UPDATE", body[: row.start()], re.I):
                    break
                values = _split_values(row.group(1))
                if len(values) != len(columns):
                    return _Verdict((), (), "an insert whose values cannot be read")
                value, at = values[index]
                placeholder = re.fullmatch(_PLACEHOLDER.format("p") + r"(?:::\w+)?", value.strip())
                if placeholder is None:
                    return _Verdict((), (), "an insert that does not bind its city")
                name = placeholder.group("p") or placeholder.group("pc")
                if name:
                    names.append(name)
                else:
                    positions.append(starts[offset + row.start(1) + at])
            remaining = [m for m in mentions if m[2] > target.end()]
            if remaining:
                return _Verdict((), (), "an insert that reads another table")
            return _Verdict(tuple(names), tuple(positions), None)

    bound: set[str] = set()
    for match in re.finditer(
        r'"?(?P<owner>\w+)"?\."?city_id"?\s*=\s*' + _PLACEHOLDER.format("p"), text
    ):
        bound.add(match.group("owner"))
        _note(match, names, positions, starts)
    if len(mentions) == 1:
        # A statement on one table may leave out the table's name in front of the column.
        for match in re.finditer(
            r'(?<![\w".])"?city_id"?\s*=\s*' + _PLACEHOLDER.format("p"), text
        ):
            before = text[: match.start()].upper()
            if head == "UPDATE" and "WHERE" not in before:
                continue
            bound.add(mentions[0][0])
            _note(match, names, positions, starts)
    if re.search(r"\bSET\b[^;]*?(?<![\w.])\"?city_id\"?\s*=", text.split("WHERE")[0], re.I) and head == "UPDATE":
        return _Verdict((), (), "an update of city_id")
    if re.search(r"\bOR\b", _outside_parentheses(text), re.I) and head != "INSERT":
        return _Verdict((), (), "an OR beside the city's condition")
    for table, alias, _start in mentions:
        called = alias if alias and alias.lower() not in _NOT_AN_ALIAS else table
        if called not in bound:
            return _Verdict((), (), f"{table} without its city")
    return _Verdict(tuple(names), tuple(positions), None)


def _note(
    match: re.Match[str], names: list[str], positions: list[int], starts: dict[int, int]
) -> None:
    name = match.group("p") or match.group("pc")
    if name:
        names.append(name)
    else:
        positions.append(starts[match.start("pq")])


def _split_values(row: str) -> list[tuple[str, int]]:
    values: list[tuple[str, int]] = []
    depth = start = 0
    for index, character in enumerate(row + ","):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "," and depth == 0:
            raw = row[start:index]
            values.append((raw, start + len(raw) - len(raw.lstrip())))
            start = index + 1
    return values


def _outside_parentheses(text: str) -> str:
    kept: list[str] = []
    depth = 0
    for character in text:
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


def _check_statement(
    connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,
    context: ExecutionContext | None,
    executemany: bool,
) -> None:
    verdict = _judge(statement)
    if verdict is None or _crossing.get() is not None:
        return
    if connection.get_execution_options().get("schema_work"):
        return
    city_id = _city_id.get()
    if city_id is None:
        raise NoCityInForce("A table of a city was used while no city was in force.")
    if verdict.problem is not None:
        raise OtherCity(f"Refused: {verdict.problem}.")
    # SQLAlchemy's multi-row insert says "many" and hands over one flat set of parameters.
    rows: Sequence[Any] = parameters if executemany and isinstance(parameters, list) else [parameters]
    for row in rows:
        for name in verdict.names:
            if not isinstance(row, Mapping) or row.get(name) != city_id:
                raise OtherCity("Refused: a statement bound to another city.")
        for position in verdict.positions:
            if isinstance(row, Mapping) or row[position] != city_id:
                raise OtherCity("Refused: a statement bound to another city.")


def guard_engine(engine: Engine, metadata: MetaData) -> None:
    """Check every statement of ``engine`` before it is sent."""
    refresh_city_tables(metadata)
    event.listen(engine, "before_cursor_execute", _check_statement)


def refresh_city_tables(metadata: MetaData) -> None:
    """Learn the city tables anew; called once more when the plugins' tables are known."""
    _prepare_mentions(city_tables(metadata))
