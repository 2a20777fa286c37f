"""Rows written in bulk, past the session: what is measured is the product, not the making of its figures.

Values go through the types of their columns, so that the product reads them as if it had written them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Table

from core.database import db, learn_sizes

Row = Sequence[Any]


class Stencil:
    """A row of a table as the driver takes it, in which some columns differ from copy to copy.

    ``values`` are those of all copies; a column that is named nowhere gets its default.
    """

    def __init__(
        self, engine: Engine, table: Table, values: Mapping[str, Any], differing: Sequence[str]
    ) -> None:
        self.table = table
        names = [column.name for column in table.columns]
        binds = {column.name: _processor(engine, column) for column in table.columns}
        # What differs has no value of its own here, and a default is not asked for it.
        known = dict.fromkeys(differing) | dict(values)
        self._row = [
            binds[column.name](known[column.name] if column.name in known else _default(column))
            for column in table.columns
        ]
        self._places = [(names.index(name), binds[name]) for name in differing]

    def copy(self, *values: Any) -> list[Any]:
        """The row with ``values`` in the columns that differ, in the order in which they were named."""
        row = self._row.copy()
        for (place, bind), value in zip(self._places, values, strict=True):
            row[place] = bind(value)
        return row


def _processor(engine: Engine, column: Any) -> Callable[[Any], Any]:
    found = column.type.dialect_impl(engine.dialect).bind_processor(engine.dialect)
    return found or (lambda value: value)


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    if column.default.is_scalar:
        return column.default.arg
    # A default that is worked out takes the context of a statement, of which ours make no use.
    return column.default.arg(None)


class Pouring:
    """An open connection of the driver, into which rows are poured."""

    def __init__(self, engine: Engine, connection: Any) -> None:
        self._sqlite = engine.dialect.name == "sqlite"
        self._cursor = connection.cursor()

    def pour(self, table: Table, rows: Iterable[Row]) -> None:
        """Write ``rows``, whose values stand in the order of the table's columns."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        if self._sqlite:
            marks = ", ".join("?" for _ in table.columns)
            self._cursor.executemany(
                f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',
                rows,
            )
            return
        with self._cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def pouring(engine: Engine) -> Iterator[Pouring]:
    """One transaction of bulk writing. On SQLite nothing in it is safe from a power cut."""
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    if engine.dialect.name == "sqlite":
        # These can only be set outside a transaction. The connection is closed afterwards, and they go with it.
        for setting in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
            driver.execute(f"PRAGMA {setting}")
        driver.execute("BEGIN")
    try:
        yield Pouring(engine, driver)
        driver.commit()
    finally:
        connection.invalidate()


def settle(engine: Engine) -> None:
    """Let the database learn how many rows there are, as one that has been in use for a day has."""
    if engine.dialect.name == "sqlite":
        learn_sizes()
        db.session.commit()
        return
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    try:
        driver.autocommit = True
        driver.execute("VACUUM ANALYZE")
    finally:
        connection.invalidate()
