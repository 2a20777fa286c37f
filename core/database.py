"""The one database: metadata, session, engine settings, and what every row has in common.

Rows that belong to a city derive from :class:`CityOwned`; the walls that keep cities apart stand in
:mod:`core.tenancy`. Plugins map their tables with a registry of their own (:func:`mapper_registry`), so
that a faulty mapping in one of them cannot break the queries of the others.
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    Text,
    TypeDecorator,
    and_,
    event,
)
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    aliased,
    declared_attr,
    foreign,
    mapped_column,
    registry,
    validates,
)
from sqlalchemy.pool import ConnectionPoolEntry

from core import tenancy

_Kept = TypeVar("_Kept")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Rows stay readable after the one commit of a request: what a page shows then costs no further query.
db = SQLAlchemy(
    metadata=metadata,
    disable_autonaming=True,
    session_options={"class_": tenancy.CitySession, "expire_on_commit": False},
)

ID_LENGTH = 16


def new_id() -> str:
    """A random identifier of 80 bits: 16 characters of a-z and 2-7, safe in an address.

    Identifiers are random because a sequence tells a reader how much there is and what comes next.
    """
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def utcnow() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


def _moment_of(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(f"{stored}+00:00")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware values go in, aware values in UTC come out, on both databases.

    Raises ``ValueError`` for a naive value, since nobody could say which moment it means.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """PostgreSQL keeps the zone; SQLite gets naive UTC."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the database stores."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "A moment needs a time zone."
            raise ValueError(msg)
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """On SQLite read text and zone in one go: a feed reads thirty thousand moments."""
        return (
            _moment_of if dialect.name == "sqlite" else super().result_processor(dialect, coltype)
        )

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every stored moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def sort_key_type(length: int) -> String:
    """The column type of a stored sort key of at most ``length`` characters.

    Both databases then order by the key's own characters. PostgreSQL would otherwise order as its locale says, and a
    list would turn out differently from one server to the next.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def mapper_registry() -> registry:
    """A registry on the shared metadata: one for core, and one for each plugin."""
    return registry(
        metadata=metadata,
        type_annotation_map={
            datetime: UtcDateTime(),
            str: Text(),
            bool: Boolean(),
            dict[str, str]: JSON(),
            dict[str, Any]: JSON(),
            list[str]: JSON(),
        },
    )


class Model(DeclarativeBase):
    """The base of core's own tables."""

    registry = mapper_registry()


class CityOwned:
    """A row that belongs to one city and is invisible from every other.

    The city is part of the primary key, so that a row is never fetched, changed or removed by its
    identifier alone, and composite foreign keys cannot point across cities.
    """

    @declared_attr
    def city_id(cls) -> Mapped[str]:
        """The owning city; filled from the city in force."""
        return mapped_column(
            String(ID_LENGTH),
            ForeignKey("cities_city.id"),
            primary_key=True,
            default=tenancy.current_city_id,
            sort_order=-2,
        )

    @declared_attr
    def id(cls) -> Mapped[str]:
        """The public, random identifier within the city."""
        return mapped_column(String(ID_LENGTH), primary_key=True, default=new_id, sort_order=-1)

    @validates("city_id")
    def _city_is_fixed(self, _key: str, value: str) -> str:
        present = self.__dict__.get("city_id")
        if present is not None and present != value:
            raise tenancy.OtherCity("A row never moves to another city.")
        return value


def city_key(table: str, *columns: str, cascade: bool = False) -> ForeignKeyConstraint:
    """A foreign key from ``columns`` of a city's table to ``table``, held inside the city.

    ``columns`` are the referring columns without the city; they name the target's identifier. The key is
    composite (city and identifier), so that the database itself refuses a row of another city. Relationships
    over it are written with :func:`same_city`.
    """
    (column,) = columns
    return ForeignKeyConstraint(
        ["city_id", column],
        [f"{table}.city_id", f"{table}.id"],
        ondelete="CASCADE" if cascade else None,
    )


def same_city(
    source: Callable[[], Any], column: str, target: Callable[[], Any]
) -> Callable[[], ColumnElement[bool]]:
    """The ``primaryjoin`` of a relationship from ``source.column`` to ``target``, both in one city.

    The classes are given as functions, so that they may be named before they exist. Only the identifier is
    marked as foreign: unsetting the relationship clears that column and leaves the city where it is.
    """

    def join() -> ColumnElement[bool]:
        here, there = source(), target()
        return and_(there.city_id == here.city_id, there.id == foreign(getattr(here, column)))

    return join


def kept_alias(model: type[_Kept]) -> type[_Kept]:
    """An alias of ``model`` that a module keeps for its statements, as ``sqlalchemy.orm.aliased`` makes one.

    SQLAlchemy prepares an alias when it is first asked for a column. Two threads that ask at once, as after a start
    under load, can leave it half prepared, and the page then fails for as long as the process lives. So every column
    is asked for here, while the module is imported.
    """
    found = aliased(model)
    for name in model.__table__.columns.keys():  # type: ignore[attr-defined]  # noqa: SIM118  models have tables
        _ = getattr(found, name).expression
    return found


# -- Engines ---------------------------------------------------------------------------------------------

_write_intent: ContextVar[bool] = ContextVar("maillage_write_intent", default=False)


@contextmanager
def write_intent(intended: bool = True) -> Iterator[None]:
    """Transactions begun inside take SQLite's write lock at once (``BEGIN IMMEDIATE``).

    A transaction that reads first and writes later otherwise fails, or silently loses the update of a
    neighbour, because SQLite does not wait when it upgrades a read lock.
    """
    token = _write_intent.set(intended)
    try:
        yield
    finally:
        _write_intent.reset(token)


def intend_to_write() -> None:
    """As :func:`write_intent`, until :func:`forget_write_intent`: for the life of a request."""
    _write_intent.set(True)


def forget_write_intent() -> None:
    """Transactions read again unless told otherwise."""
    _write_intent.set(False)


SQLITE_SETTINGS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": "10000",
    "secure_delete": "ON",
    "trusted_schema": "OFF",
    "cache_size": "-16000",
}


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling is switched off; _begin_sqlite below says when one starts.
    connection.isolation_level = None
    cursor = connection.cursor()
    for name, value in SQLITE_SETTINGS.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if _write_intent.get():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # It neither waits nor fails, and SQLAlchemy's way to it takes longer than SQLite's.
        connection.connection.cursor().execute("BEGIN")


def _prepare_postgresql(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET statement_timeout = '30s'")
    cursor.execute("SET lock_timeout = '10s'")
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.autocommit = False


def prepare_engine(engine: Engine) -> Engine:
    """Give an engine the settings of the house and the statement guard; returns the same engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql)
    tenancy.guard_engine(engine, metadata)
    return engine


def learn_sizes() -> None:
    """Let SQLite learn how much there is and which index leads to few rows; a fifth of a second for a million rows.

    Until then it takes the first index that begins with the city, and reads all of the city's rows to find one of
    them. So it does where it looks at too little of an index: ten thousand actions that hang on nothing stand in front
    of all that hang on a record. PostgreSQL learns by itself.
    """
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit=100000")
        connection.exec_driver_sql("ANALYZE")


_decode = json.JSONDecoder().decode


def read_json(text: str | bytes) -> Any:
    """A stored value. Most mappings and lists are empty, and a list reads a hundred of them."""
    if text == "{}":
        return {}
    if text == "[]":
        return []
    return _decode(text) if isinstance(text, str) else json.loads(text)


def init_database(app: Flask) -> None:
    """Bind the session to the application's engine. Opens no connection."""
    app.config["SQLALCHEMY_ENGINE_OPTIONS"].setdefault("json_deserializer", read_json)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    tenancy.guard_session(db.session)


def rows_changed(result: Any) -> int:
    """How many rows an UPDATE or DELETE touched."""
    return int(result.rowcount)
