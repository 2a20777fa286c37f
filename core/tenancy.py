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
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from flask_sqlalchemy.session import Session
from sqlalchemy import Engine, Executable, MetaData, String, bindparam, event, inspect
from sqlalchemy.engine import Connection, ExecutionContext
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.orm.scoping import scoped_session
from sqlalchemy.sql.base import ExecutableOption

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


def city_or_none() -> "City | None":
    """The city in force, or None."""
    return _city.get()


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


@lru_cache(maxsize=1)
def _own_city_only() -> ExecutableOption:
    """Narrows every mention of a city's table to the city in force when the statement is sent.

    The city is a parameter that is asked for at that moment, so that one compiled statement serves all cities.
    """
    from core.database import ID_LENGTH, CityOwned

    city_in_force = bindparam("city_in_force", callable_=current_city_id, type_=String(ID_LENGTH))
    return with_loader_criteria(
        CityOwned,
        lambda cls: cls.city_id == city_in_force,
        include_aliases=True,
        track_closure_variables=False,
    )


# A statement that a module keeps is narrowed once; SQLAlchemy then finds its compiled form in a third of the time.
_narrowed: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


def _narrow(statement: Any) -> Any:
    if _crossing.get() is not None or _city_id.get() is None:
        # Without a city the guard below decides: a statement without a city's table passes, any other raises.
        return statement
    if not (statement.is_select or statement.is_update or statement.is_delete):
        return statement
    found = _narrowed.get(statement)
    if found is None:
        found = _narrowed[statement] = statement.options(_own_city_only())
    return found


class CitySession(Session):
    """A session that narrows what it sends to the city in force.

    An event of SQLAlchemy would do the same, but prepares every statement twice.
    """

    def execute(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        """As SQLAlchemy's, within the city in force."""
        return super().execute(_narrow(statement), *args, **kwargs)

    def scalars(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        """As SQLAlchemy's, within the city in force."""
        return super().scalars(_narrow(statement), *args, **kwargs)

    def scalar(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        """As SQLAlchemy's, within the city in force."""
        return super().scalar(_narrow(statement), *args, **kwargs)


def _check_flush(session: Session, _context: object, _instances: object) -> None:
    from core.database import CityOwned, new_id

    if _crossing.get() is not None:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, CityOwned):
            continue
        city_id = current_city_id()
        if row.__dict__.get("city_id", city_id) != city_id:
            raise OtherCity(f"A {type(row).__name__} of another city cannot be written here.")
    # With its whole key a row needs no answer, and many go as one short statement with many sets of parameters. Else
    # they go as one long statement, in which a driver looks for the parameters half of the time that an import takes.
    for row in session.new:
        if isinstance(row, CityOwned):
            if row.__dict__.get("city_id") is None:
                row.city_id = current_city_id()
            # A row whose key is something else has no such column.
            if "id" in inspect(type(row)).columns and row.__dict__.get("id") is None:
                row.id = new_id()


def guard_session(session: "scoped_session[Any]") -> None:
    """Install the flush check. Safe to call once for each application."""
    if not event.contains(session, "before_flush", _check_flush):
        event.listen(session, "before_flush", _check_flush)


# -- Wall 2: the statement guard ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one SQL text must prove: the parameters that have to equal the city in force, or why it cannot."""

    names: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Mention:
    """One place where a statement names a city's table, and what the statement calls it."""

    table: str
    called: str
    start: int


_NOT_AN_ALIAS = frozenset(
    "where on set join left right inner outer cross full natural order group having limit union except "
    "intersect returning values select using and or as default offset for window fetch not".split()
)


class _CityTables:
    """The tables whose rows belong to a city, and the pattern that finds them in SQL."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        self._pattern = re.compile("(?!)")

    def learn(self, metadata: MetaData) -> None:
        """Take the tables anew from ``metadata``, and forget the verdicts given before."""
        names = city_tables(metadata)
        if names == self.names:
            return
        self.names = names
        longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._pattern = re.compile(
            rf'(?<![\w."])(?:"?\w+"?\.)?"?(?P<table>{longest_first})"?'
            r'(?![\w"]|\s*\.)(?:\s+(?:AS\s+)?"?(?P<alias>\w+)"?)?',
            re.IGNORECASE,
        )
        _judge.cache_clear()

    def mentions(self, sql: str) -> list[_Mention]:
        """Every mention of a city's table in ``sql``."""
        found = []
        for match in self._pattern.finditer(sql):
            alias = match["alias"]
            called = alias if alias and alias.lower() not in _NOT_AN_ALIAS else match["table"]
            found.append(_Mention(match["table"], called, match.start()))
        return found


_tables = _CityTables()


def city_tables(metadata: MetaData) -> frozenset[str]:
    """The names of all tables whose rows belong to a city: those with ``city_id`` in the primary key."""
    return frozenset(
        name for name, table in metadata.tables.items() if "city_id" in table.primary_key.columns
    )


def refresh_city_tables(metadata: MetaData) -> None:
    """Learn the city tables anew; called once more when the plugins' tables are known."""
    _tables.learn(metadata)


class _Bound:
    """Collects the parameters that a statement binds its cities to."""

    def __init__(self, sql: str) -> None:
        self.names: list[str] = []
        self.positions: list[int] = []
        self._order = {match.start(): n for n, match in enumerate(re.finditer(r"\?", sql))}

    def note(self, match: re.Match[str], offset: int = 0) -> None:
        """Note the placeholder that ``match`` found, ``offset`` characters into the statement."""
        name = match["named"] or match["colon"]
        if name:
            self.names.append(name)
        else:
            self.positions.append(self._order[offset + match.start("mark")])

    def verdict(self) -> _Verdict:
        """The statement passes if these parameters equal the city in force."""
        return _Verdict(tuple(self.names), tuple(self.positions))


_PLACEHOLDER = r"(?:%\((?P<named>\w+)\)s|(?P<mark>\?)|:(?P<colon>\w+))(?:::\w+)?"
_OWN_CITY = re.compile(r'"?(?P<owner>\w+)"?\."?city_id"?\s*=\s*' + _PLACEHOLDER)
_BARE_CITY = re.compile(r'(?<![\w".])"?city_id"?\s*=\s*' + _PLACEHOLDER)
_SETS_CITY = re.compile(r'\bSET\b[^;]*?(?<![\w.])"?city_id"?\s*=', re.IGNORECASE)
_INSERT = re.compile(
    r'\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+"?(\w+)"?\s*\(([^)]*)\)\s*VALUES\s*', re.IGNORECASE
)
_ROW_OF_VALUES = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_AFTER_VALUES = re.compile(r"\bON\s+CONFLICT\b|\bRETURNING\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _judge(sql: str) -> _Verdict | None:
    """The verdict on one SQL text, or None when it names no city's table."""
    # Comments and quoted strings could hide or fake a table's name; positions stay as they are.
    text = re.sub(
        r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", lambda m: " " * len(m.group()), sql, flags=re.DOTALL
    )
    mentions = _tables.mentions(text)
    if not mentions:
        return None
    insert = _INSERT.match(text)
    if insert and insert[1] in _tables.names:
        return _judge_insert(text, insert, mentions)
    return _judge_conditions(text, mentions)


def _judge_insert(text: str, insert: re.Match[str], mentions: list[_Mention]) -> _Verdict:
    """An insert must bind ``city_id`` in every row of values, and read no other city's table."""
    columns = [column.strip().strip('"') for column in insert[2].split(",")]
    if "city_id" not in columns:
        return _Verdict(problem="an insert without city_id")
    if any(mention.start > insert.end() for mention in mentions):
        return _Verdict(problem="an insert that reads another table")
    index, body, bound = columns.index("city_id"), text[insert.end() :], _Bound(text)
    after = _AFTER_VALUES.search(body)
    rows = list(_ROW_OF_VALUES.finditer(body[: after.start()] if after else body))
    if not rows:
        return _Verdict(problem="an insert whose values cannot be read")
    for row in rows:
        values = _split_values(row[1])
        if len(values) != len(columns):
            return _Verdict(problem="an insert whose values cannot be read")
        value, start = values[index]
        placeholder = re.fullmatch(_PLACEHOLDER, value.strip())
        if placeholder is None:
            return _Verdict(problem="an insert that does not bind its city")
        bound.note(placeholder, insert.end() + row.start(1) + start)
    return bound.verdict()


def _judge_conditions(text: str, mentions: list[_Mention]) -> _Verdict:
    """Any other statement must hold each mentioned table to a bound city."""
    is_update = text.lstrip(" (\n\t").upper().startswith("UPDATE")
    if is_update and _SETS_CITY.search(text.split("WHERE", maxsplit=1)[0]):
        return _Verdict(problem="an update of city_id")
    if re.search(r"\bOR\b", _outside_parentheses(text), re.IGNORECASE):
        return _Verdict(problem="an OR beside the city's condition")
    bound, owners = _Bound(text), set()
    for match in _OWN_CITY.finditer(text):
        owners.add(match["owner"])
        bound.note(match)
    if len(mentions) == 1:
        # A statement on one table may leave out the table's name in front of the column.
        for match in _BARE_CITY.finditer(text):
            owners.add(mentions[0].called)
            bound.note(match)
    for mention in mentions:
        if mention.called not in owners:
            return _Verdict(problem=f"{mention.table} without its city")
    return bound.verdict()


def _split_values(row: str) -> list[tuple[str, int]]:
    """The values of one row, each with where it starts; commas inside parentheses do not count."""
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
    rows: Sequence[Any] = (
        parameters if executemany and isinstance(parameters, list) else [parameters]
    )
    for row in rows:
        bound = (
            [row.get(name) for name in verdict.names]
            if isinstance(row, Mapping)
            else [row[position] for position in verdict.positions]
        )
        if not bound or any(value != city_id for value in bound):
            raise OtherCity("Refused: a statement bound to another city.")


def guard_engine(engine: Engine, metadata: MetaData) -> None:
    """Check every statement of ``engine`` before it is sent."""
    refresh_city_tables(metadata)
    event.listen(engine, "before_cursor_execute", _check_statement)
