"""All rows of a test's database: what has changed in them, and how they are put back."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import Engine, Table, and_, delete, event, insert, select, tuple_, update

from core.database import metadata

# What a GET may write (architecture.md, Data): that a device or a feed was used, throttles, and denials.
GREY_TABLES = frozenset(
    {"identity_session", "identity_throttle", "identity_kept_form", "audit_record"}
)
GREY_COLUMNS = frozenset({"seen_at", "last_used_at", "used_at", "last_use", "last_used"})
# The database itself refuses to take these back.
APPEND_ONLY = frozenset({"audit_record"})

Rows = dict[tuple[Any, ...], dict[str, Any]]


# Without an end, SQLite would wait for whoever still holds the file, and no time limit of the tests would reach it.
LOCKED_AT_MOST = 30.0


def _no_longer_than(seconds: float) -> Callable[[int, int, int], None]:
    """What ends a copy that is not done after ``seconds``: raises ``TimeoutError``."""
    until = time.monotonic() + seconds

    def look(status: int, _left: int, _all: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > until:
            raise TimeoutError("A request left its transaction open, and holds the database.")

    return look


# What a statement writes to, and the statements that write to nothing.
_WRITES = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')
_READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SHOW|PRAGMA)\b")


class Snapshot:
    """All rows of a database, to compare with what it holds later, and to go back to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.rows = self.read(self._engine)
        # The tables that were written to since, and those of which rows were deleted.
        self._written: set[str] = set()
        self._deleted_from: set[str] = set()
        event.listen(engine, "before_cursor_execute", self._note)
        self._copy: sqlite3.Connection | None = None
        if engine.dialect.name == "sqlite":
            self._copy = sqlite3.connect(":memory:")
            with closing(sqlite3.connect(str(engine.url.database))) as original:
                original.backup(self._copy)

    def _note(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if (found := _WRITES.match(statement)) is not None:
            self._written.add(found[2])
            if found[1] == "DELETE FROM":
                self._deleted_from.add(found[2])
        elif not _READS.match(statement):
            # It may have written to anything.
            self._written |= self.rows.keys()

    def _touched(self) -> frozenset[str]:
        """The tables that may hold other rows: deleting a row may have taken or changed those that refer to it."""
        emptied, gone = set[str](), self._deleted_from
        while gone:
            emptied |= gone
            gone = {
                table.name
                for table in metadata.sorted_tables
                if any(key.column.table.name in gone for key in table.foreign_keys)
            } - emptied
        return frozenset((self._written | emptied) & self.rows.keys())

    @staticmethod
    def read(engine: Engine, only: Collection[str] | None = None) -> dict[str, Rows]:
        """Every row of every table, or of some, by its key."""
        with engine.connect().execution_options(schema_work=True) as connection:
            found: dict[str, Rows] = {}
            for table in metadata.sorted_tables:
                if only is not None and table.name not in only:
                    continue
                key = [column.name for column in table.primary_key.columns]
                rows = connection.execute(select(table)).mappings()
                found[table.name] = {tuple(row[n] for n in key): dict(row) for row in rows}
            connection.rollback()
        return found

    def close(self) -> None:
        """Let go of the copy, and of the engine."""
        event.remove(self._engine, "before_cursor_execute", self._note)
        if self._copy is not None:
            self._copy.close()

    def changes(self, *, grey: bool = False) -> list[str]:
        """What differs now, one line for each row; what a GET may write is left out unless ``grey``."""
        now = self.read(self._engine)
        return [
            f"{table}: {what}"
            for table, then in self.rows.items()
            if grey or table not in GREY_TABLES
            for what in _differences(then, now[table], grey)
        ]

    def restore(self) -> None:
        """Put every row back as it was, apart from records that the database itself keeps for good."""
        touched = self._touched()
        if not touched:
            return
        if self._copy is not None:
            # A file is copied back as a whole, which is ten times quicker than looking for what changed.
            with closing(sqlite3.connect(str(self._engine.url.database))) as original:
                self._copy.backup(original, progress=_no_longer_than(LOCKED_AT_MOST))
        else:
            self._put_back(touched - APPEND_ONLY)
        self._written.clear()
        self._deleted_from.clear()

    def _put_back(self, names: Collection[str]) -> None:
        now = self.read(self._engine, names)
        order = [table for table in metadata.sorted_tables if table.name in names]
        with (
            self._engine.connect().execution_options(schema_work=True) as connection,
            connection.begin(),
        ):
            for table in reversed(order):
                added = list(now[table.name].keys() - self.rows[table.name].keys())
                if added:
                    # In one statement, since rows of one table may refer to each other.
                    whole = tuple_(*table.primary_key.columns).in_(added)
                    connection.execute(delete(table).where(whole))
            for table in order:
                then, present = self.rows[table.name], now[table.name]
                gone = [row for key, row in then.items() if key not in present]
                if gone:
                    connection.execute(insert(table).values(gone))
                for key, row in then.items():
                    if key in present and present[key] != row:
                        connection.execute(update(table).where(_is(table, key)).values(row))
        # Deleting a row may have taken others with it, which were read before.
        if any(
            found.keys() != self.rows[name].keys()
            for name, found in self.read(self._engine, names).items()
        ):
            self._put_back(names)


def _is(table: Table, key: tuple[Any, ...]) -> Any:
    return and_(*(c == value for c, value in zip(table.primary_key.columns, key, strict=True)))


def _differences(then: Rows, now: Rows, grey: bool) -> Iterator[str]:
    for key in now.keys() - then.keys():
        yield f"new {key}"
    for key in then.keys() - now.keys():
        yield f"gone {key}"
    for key in then.keys() & now.keys():
        changed = sorted(
            name
            for name, value in then[key].items()
            if now[key][name] != value and (grey or name not in GREY_COLUMNS)
        )
        if changed:
            yield f"changed {key}: {', '.join(changed)}"
