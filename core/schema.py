"""Migrations: one history for core and one for each plugin, each with a version table of its own.

A history is found by its folder, without importing the plugin, so that a broken plugin can still be migrated or
removed; and a plugin whose package is gone leaves everybody else's history in order.
"""

import importlib.util
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.config import ROOT
from core.database import db, metadata, prepare_engine, write_intent
from core.registry import RESERVED_NAMES, PluginClash, find_plugins

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

log = logging.getLogger(__name__)

CORE = "core"
FOLDER = ROOT / "migrations"
# Any number will do, as long as it stays the same: two processes that migrate at once wait for each other.
_POSTGRES_LOCK = 7_361_204_415


class SchemaError(Exception):
    """A history that cannot be run; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class State:
    """How far one owner's tables are: where they are, where they should be, and how many steps are missing."""

    owner: str
    current: str
    head: str
    pending: int
    unknown: bool = False


def init_schema(_app: Flask) -> None:
    """Make the tables known that no page of core brings along. Touches no database."""
    from core.audit import models as audit_models  # noqa: F401
    from core.jobs import models as jobs_models  # noqa: F401


# -- Who owns what ---------------------------------------------------------------------------------------


def histories() -> dict[str, Path]:
    """The folder of revisions of every owner that has one: core first, then the plugins by name."""
    found = {CORE: FOLDER / "versions"}
    for plugin in find_plugins(current_app.config["PLUGIN_PACKAGE"]):
        folder = _package_folder(plugin.package)
        if folder is not None and (folder / "migrations" / "versions").is_dir():
            found[plugin.name] = folder / "migrations" / "versions"
    return found


def _package_folder(package: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(package)
    except Exception:
        # The package above it is broken; then nothing can be found below.
        log.exception("plugin_folder_not_found")
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def plugin_names() -> list[str]:
    """The names of all plugins that are installed, whether or not they load."""
    try:
        found = [plugin.name for plugin in find_plugins(current_app.config["PLUGIN_PACKAGE"])]
    except PluginClash:
        return []
    # One that calls itself like a part of core is never loaded, and must not come to own core's tables.
    return [name for name in found if name not in RESERVED_NAMES]


def owner_of(table: str, plugins: list[str]) -> str:
    """Who owns a table: the plugin with whose name it begins, else core. Of two such plugins, the longer name."""
    for name in sorted(plugins, key=len, reverse=True):
        if table.startswith(f"{name}_"):
            return name
    return CORE


def version_table(owner: str) -> str:
    """Where the revision of an owner's tables is written down."""
    return "alembic_version" if owner == CORE else f"alembic_version_{owner}"


# -- Alembic -----------------------------------------------------------------------------------------------


def _config(owner: str, folder: Path, connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("version_locations", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(connection=connection, owner=owner, plugins=plugin_names())
    return config


def _script(owner: str, folder: Path) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(owner, folder))


def _folder_of(owner: str) -> Path:
    folder = histories().get(owner)
    if folder is None:
        raise SchemaError(f"{owner} has no folder of migrations, or is not installed.")
    return folder


def configure_alembic(context: Any) -> None:
    """Tell Alembic about the connection and the owner at work; called by ``migrations/env.py``."""
    attributes = context.config.attributes
    connection: Connection = attributes["connection"]
    context.configure(
        connection=connection, **_options(connection, attributes["owner"], attributes["plugins"])
    )


def _options(connection: Connection, owner: str, plugins: list[str]) -> dict[str, Any]:
    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        if kind != "table" or name is None:
            return True
        return not name.startswith("alembic_version") and owner_of(name, plugins) == owner

    def include_object(
        _thing: object, name: str | None, kind: str, _reflected: bool, _other: object
    ) -> bool:
        return kind != "table" or include_name(name, "table", None)

    return {
        "target_metadata": metadata,
        "version_table": version_table(owner),
        "include_name": include_name,
        "include_object": include_object,
        "render_item": _render_item,
        "compare_type": _types_differ,
        "render_as_batch": True,
        "process_revision_directives": _plain_indexes,
        "transactional_ddl": True,
    }


def _plain_indexes(_context: object, _revision: object, directives: list[Any]) -> None:
    """Write new tables and their indexes plainly: SQLite needs the batch form only for a table that exists."""
    from alembic.operations import ops

    for script in directives:
        new = {
            step.table_name
            for step in script.upgrade_ops.ops
            if isinstance(step, ops.CreateTableOp)
        }
        for steps in (script.upgrade_ops, script.downgrade_ops):
            plain: list[Any] = []
            for step in steps.ops:
                alone = isinstance(step, ops.ModifyTableOps) and step.table_name in new
                plain.extend(step.ops if alone else [step])
            steps.ops[:] = plain


def _render_item(kind: str, thing: Any, _autogen: object) -> str | bool:
    """Write our own types as what they are in the database: a revision outlives the classes of today."""
    if kind != "type" or not isinstance(thing, TypeDecorator):
        return False
    from core.database import UtcDateTime

    if isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return f"sa.{thing.impl_instance!r}"


def _types_differ(
    context: Any, _inspected: object, _meta: object, found: TypeEngine[Any], wanted: TypeEngine[Any]
) -> bool | None:
    dialect: Dialect = context.connection.dialect
    if dialect.name == "sqlite" and isinstance(wanted, TypeDecorator):
        # SQLite keeps no zone with a moment, and has one kind of text.
        return wanted.dialect_impl(dialect)._type_affinity is not found._type_affinity
    return None


# -- Doing it ------------------------------------------------------------------------------------------------


@contextmanager
def schema_connection(engine: Engine | None = None) -> Iterator[Connection]:
    """A connection in one transaction for work on tables. All of it is kept, or none.

    On SQLite foreign keys are off meanwhile, since a batch operation drops the old table and would take every
    row that hangs on it along; they are checked before the end. On PostgreSQL it waits four seconds for a lock
    and then gives up, so that a waiting migration does not make the whole site wait behind it.
    """
    engine = engine or db.engine
    with engine.connect().execution_options(schema_work=True) as connection:
        sqlite = engine.dialect.name == "sqlite"
        driver: Any = connection.connection.dbapi_connection
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with write_intent(), connection.begin():
                if not sqlite:
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK}
                    )
                    connection.execute(text("SET LOCAL lock_timeout = '4s'"))
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                yield connection
                if (
                    sqlite
                    and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None
                ):
                    raise SchemaError(
                        "The migration would leave rows that point to nothing. Nothing was changed."
                    )
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def upgrade(owner: str, revision: str = "head", *, engine: Engine | None = None) -> None:
    """Bring one owner's tables forward. Raises :class:`SchemaError` for an owner without a history."""
    from alembic import command

    folder = _folder_of(owner)
    with schema_connection(engine) as connection:
        command.upgrade(_config(owner, folder, connection), revision)


def downgrade(owner: str, revision: str = "base") -> None:
    """Take one owner's tables back, by default to nothing."""
    from alembic import command

    folder = _folder_of(owner)
    with schema_connection() as connection:
        command.downgrade(_config(owner, folder, connection), revision)
        if revision == "base":
            connection.execute(text(f'DROP TABLE IF EXISTS "{version_table(owner)}"'))


def upgrade_all() -> dict[str, str]:
    """Bring everything forward, core first; returns the plugins that failed and why.

    A plugin's fault stops neither core nor the other plugins. Core's own is raised.
    """
    failed: dict[str, str] = {}
    for state in states():
        if state.unknown:
            message = (
                f"The tables of {state.owner} are at revision {state.current}, which this version does not know. "
                "They were made by a newer version: install that one, or restore a backup."
            )
            if state.owner == CORE:
                raise SchemaError(message)
            failed[state.owner] = message
        elif state.pending:
            try:
                upgrade(state.owner)
            except Exception as fault:
                if state.owner == CORE:
                    raise
                log.exception("migration_failed", extra={"plugin": state.owner})
                failed[state.owner] = f"{type(fault).__name__}: {fault}"
    return failed


def states() -> list[State]:
    """How far every owner's tables are. A history that cannot be read counts as unknown."""
    from alembic.migration import MigrationContext
    from alembic.util import CommandError

    found: list[State] = []
    with db.engine.connect().execution_options(schema_work=True) as connection:
        for owner, folder in histories().items():
            current = ""
            try:
                context = MigrationContext.configure(
                    connection, opts={"version_table": version_table(owner)}
                )
                current = context.get_current_revision() or ""
                script = _script(owner, folder)
                head = script.get_current_head() or ""
                missing = len(list(script.iterate_revisions(head or "base", current or "base")))
                found.append(State(owner, current, head, missing))
            except CommandError:
                found.append(State(owner, current, "", 0, unknown=True))
            except Exception:
                log.exception("history_unreadable", extra={"plugin": owner})
                found.append(State(owner, current, "", 0, unknown=True))
        connection.rollback()
    return found


def knows(owner: str, revision: str) -> bool:
    """Whether the history of ``owner`` that is installed here has a revision of that name."""
    from alembic.util import CommandError

    try:
        return _script(owner, _folder_of(owner)).get_revision(revision) is not None
    except CommandError:
        return False


def pending() -> dict[str, int]:
    """How many steps are missing, for each owner that misses any."""
    return {state.owner: state.pending for state in states() if state.pending}


def is_empty() -> bool:
    """Whether the database has no table at all."""
    with db.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def check_drift(owner: str, *, engine: Engine | None = None) -> list[str]:
    """What differs between an owner's tables in the database and its models; empty when nothing does."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with (engine or db.engine).connect().execution_options(schema_work=True) as connection:
        options = _options(connection, owner, plugin_names())
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
    return [repr(difference) for difference in differences]


def make_revision(owner: str, message: str) -> Path:
    """Write a new revision with what the models have and the history lacks; returns its path. For developers.

    The history is run in a database made for it, so that nobody's own database is asked or changed.
    """
    from alembic import command

    folder = _folder_of(owner) if owner == CORE else _make_folder(owner)
    number = f"{len(list(folder.glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as scratch:
        engine = prepare_engine(create_engine(f"sqlite:///{scratch}/scratch.sqlite"))
        for name in dict.fromkeys([CORE, owner]):
            upgrade(name, engine=engine)
        with engine.connect().execution_options(schema_work=True) as connection:
            made = command.revision(
                _config(owner, folder, connection),
                message,
                autogenerate=True,
                rev_id=number,
                version_path=str(folder),
            )
        engine.dispose()
    if made is None or isinstance(made, list):
        raise SchemaError("Nothing was written.")
    path = Path(made.path)
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if "###" not in line]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return path


def _make_folder(owner: str) -> Path:
    for plugin in find_plugins(current_app.config["PLUGIN_PACKAGE"]):
        if plugin.name == owner and (folder := _package_folder(plugin.package)) is not None:
            versions = folder / "migrations" / "versions"
            versions.mkdir(parents=True, exist_ok=True)
            return versions
    raise SchemaError(f"No plugin called {owner!r} is installed.")


# -- Removing a plugin -------------------------------------------------------------------------------------


def remove_plugin(name: str) -> None:
    """Take a plugin's tables, settings, jobs, attachments and words of the search out of the database.

    Its package stays where it is. Works while the plugin is broken, but not once its package is gone, for its history
    went with it. Commits. Raises :class:`SchemaError`.
    """
    from sqlalchemy import delete, select

    from core.audit.services import record
    from core.cities.models import CityPlugin
    from core.cities.services import all_cities
    from core.files.models import Attachment
    from core.files.services import remove_attachment
    from core.jobs.models import Job
    from core.search.services import forget_plugin
    from core.tenancy import city_scope

    if name == CORE:
        raise SchemaError("Core cannot be removed.")
    # The tables first: if that fails nothing was changed, and if the rest is interrupted it can be asked for again.
    downgrade(name)
    # A transaction that read before the tables went would not be let write after it.
    db.session.rollback()
    with write_intent():
        for city in all_cities():
            with city_scope(city):
                for attachment in db.session.scalars(
                    select(Attachment).where(Attachment.ref_plugin == name)
                ):
                    remove_attachment(attachment)
                forget_plugin(name)
                db.session.execute(
                    delete(CityPlugin)
                    .where(CityPlugin.city_id == city.id, CityPlugin.name == name)
                    .execution_options(synchronize_session=False)
                )
        db.session.execute(
            delete(Job)
            .where(Job.kind.startswith(f"{name}.", autoescape=True))
            .execution_options(synchronize_session=False)
        )
        record("plugin.removed", details={"plugin": name})
        db.session.commit()
