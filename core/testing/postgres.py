"""Databases for tests: a PostgreSQL server of our own, and fresh databases on it or in SQLite.

One server serves a whole test run, started by the first test of any worker that needs one. A small
process keeps it and ends it when the run is over, however the run ends.

``pytest --database=postgresql`` runs on PostgreSQL what otherwise runs on SQLite.
``MAILLAGE_TEST_POSTGRES_URL`` names a server to use instead of starting one; its user must be
allowed to create databases.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.testing.system import find_postgres, lacking

RUN_FOLDER = "MAILLAGE_TEST_RUN"
# The application's role is no superuser, as in production: a superuser passes every policy.
ROLE = "maillage"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
shared_buffers = 128MB
timezone = 'UTC'
"""


class NoPostgres(Exception):
    """No server could be started; the message says why."""


# -- The server ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgresServer:
    """A running server. ``admin_url`` may create databases; ``owner`` is the role that gets them."""

    admin_url: str
    owner: str

    def url(self, database: str) -> str:
        """The address of ``database`` for the application, as for ``MAILLAGE_DATABASE_URL``."""
        from sqlalchemy import make_url

        address = make_url(self.admin_url).set(database=database, username=self.owner)
        return address.render_as_string(hide_password=False)

    def create(self, name: str | None = None, *, template: str = "template1") -> str:
        """Create a database, by default with a random name, as a copy of ``template``; its address."""
        name = name or f"test_{secrets.token_hex(6)}"
        self.execute(f'CREATE DATABASE "{name}" OWNER "{self.owner}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop the database at ``url``, ending whoever is still connected."""
        from sqlalchemy import make_url

        self.execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def exists(self, name: str) -> bool:
        """Whether there is a database called ``name``."""
        return bool(self.execute("SELECT 1 FROM pg_database WHERE datname = %s", name))

    def execute(self, statement: str, *parameters: str) -> list[tuple[object, ...]]:
        """Run one statement in the maintenance database, outside any transaction; the rows."""
        import psycopg

        address = self.admin_url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def temporary_postgres() -> Iterator[PostgresServer]:
    """A server on a socket in a folder of its own, gone at the end. Raises :class:`NoPostgres`.

    Only the user who runs the tests (and root) can reach the socket, so that trusting every
    connection gives nothing to anybody else on the machine.
    """
    programs = find_postgres()
    if programs is None:
        raise NoPostgres("PostgreSQL’s server programs are not on this machine")
    # The path of a socket has room for about a hundred characters, so it is not below TMPDIR.
    folder = Path(tempfile.mkdtemp(prefix="maillage-pg-", dir="/tmp"))
    drop_root: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        user = _unprivileged_user()
        shutil.chown(folder, user)
        drop_root = ["runuser", "-u", user, "--"]

    def run(program: str, *arguments: str) -> None:
        with (folder / "log").open("ab") as log:
            done = subprocess.run(
                [*drop_root, str(programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                check=False,
                timeout=60,
            )
        if done.returncode:
            tail = (folder / "log").read_text(errors="replace").splitlines()[-8:]
            raise NoPostgres(f"{program} failed: " + " / ".join(tail))

    data = str(folder / "data")
    try:
        run(
            "initdb",
            *("--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
        )
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(folder=folder))
        run("pg_ctl", "start", "--pgdata", data, "--wait", "--log", f"{data}/server.log")
        try:
            server = PostgresServer(f"postgresql://postgres@/postgres?host={folder}", ROLE)
            server.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            yield server
        finally:
            run("pg_ctl", "stop", "--pgdata", data, "--mode=immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str:
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoPostgres("PostgreSQL refuses to run as root, and there is no user to run it as")


# -- One server for a whole run ----------------------------------------------------------------------


def _run_folder() -> Path:
    return Path(os.environ[RUN_FOLDER])


def shared_postgres() -> PostgresServer:
    """The server of this test run, started now if no worker has asked before.

    Raises :class:`NoPostgres`.
    """
    if given := os.environ.get("MAILLAGE_TEST_POSTGRES_URL"):
        from sqlalchemy import make_url

        return PostgresServer(given, make_url(given).username or "")
    note = _run_folder() / "postgres.json"
    with alone("postgres"):
        if not note.exists():
            _start_keeper(note)
        answer = json.loads(note.read_text())
    if "error" in answer:
        raise NoPostgres(answer["error"])
    return PostgresServer(answer["admin_url"], answer["owner"])


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """One worker at a time."""
    with (_run_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_keeper(note: Path) -> None:
    run_process = (_run_folder() / "process").read_text()
    with (_run_folder() / "keeper.log").open("wb") as log:
        # Returns when the server answers: the keeper itself goes on in the background.
        subprocess.run(
            [sys.executable, "-m", "core.testing.postgres", str(note), run_process],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # An interrupt from the keyboard is for the tests; the keeper goes when they are gone.
            start_new_session=True,
            check=False,
            timeout=120,
        )
    if not note.exists():
        raise NoPostgres((_run_folder() / "keeper.log").read_text()[-1000:])


def keep(note: Path, process: int) -> None:
    """Run a server, write its address to ``note``, and end it when ``process`` or the note is gone."""

    def announce(answer: dict[str, str]) -> None:
        unfinished = note.with_suffix(".new")
        unfinished.write_text(json.dumps(answer))
        unfinished.rename(note)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with temporary_postgres() as server:
            announce({"admin_url": server.admin_url, "owner": server.owner})
            while note.exists() and _alive(process):
                time.sleep(0.2)
    except NoPostgres as reason:
        announce({"error": str(reason)})


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# -- Databases, of either kind -----------------------------------------------------------------------


@dataclass(frozen=True)
class Databases:
    """Makes databases of one kind: ``sqlite`` or ``postgresql``."""

    kind: str
    folder: Path

    def fresh(self, template: str = "", prepare: Callable[[str], None] | None = None) -> str:
        """The address of a new database: empty, or a copy of the one that ``prepare`` once made.

        ``prepare`` gets the address of an empty database, fills it and closes its connections. It
        is called once in a whole test run for each name of ``template``, in whichever worker comes
        first.
        """
        if self.kind == "postgresql":
            server = shared_postgres()
            if prepare is None:
                return server.create()
            self._prepare_postgres(server, template, prepare)
            return server.create(template=f"template_{template}")
        target = self.folder / f"{secrets.token_hex(6)}.sqlite"
        if prepare is not None:
            source = self._prepare_sqlite(template, prepare)
            with (
                contextlib.closing(sqlite3.connect(source)) as original,
                contextlib.closing(sqlite3.connect(target)) as copy,
            ):
                original.backup(copy)
        return f"sqlite:///{target}"

    def drop(self, url: str) -> None:
        """Remove the database at ``url``."""
        if url.startswith("sqlite"):
            for ending in ("", "-wal", "-shm"):
                Path(url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)
        else:
            shared_postgres().drop(url)

    def _prepare_postgres(
        self, server: PostgresServer, template: str, prepare: Callable[[str], None]
    ) -> None:
        name = f"template_{template}"
        with alone(f"postgres-{template}"):
            if not server.exists(name):
                unfinished = server.create(f"unfinished_{template}_{secrets.token_hex(3)}")
                prepare(unfinished)
                made = unfinished.partition("?")[0].rpartition("/")[2]
                server.execute(f'ALTER DATABASE "{made}" RENAME TO "{name}"')

    def _prepare_sqlite(self, template: str, prepare: Callable[[str], None]) -> Path:
        source = _run_folder() / f"template_{template}.sqlite"
        with alone(f"sqlite-{template}"):
            if not source.exists():
                unfinished = source.with_name(f"unfinished_{secrets.token_hex(3)}.sqlite")
                prepare(f"sqlite:///{unfinished}")
                # Whatever is still in the log beside the file belongs to the copy as well.
                with contextlib.closing(sqlite3.connect(unfinished)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                unfinished.rename(source)
        return source


# -- pytest ----------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database``: which one the tests run on."""
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="which database the tests run on (sqlite)",
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Name the database in the first lines of a run."""
    return f"database: {config.getoption('--database')}"


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run makes the folder that all its workers share."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="maillage-tests-")
        config.stash[_outer] = os.environ.get(RUN_FOLDER)
        os.environ[RUN_FOLDER] = folder
        (Path(folder) / "process").write_text(str(os.getpid()))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The same process removes it, and the server with it."""
    if _outer not in config.stash:
        return
    shutil.rmtree(_run_folder(), ignore_errors=True)
    outer = config.stash[_outer]
    if outer is None:
        del os.environ[RUN_FOLDER]
    else:
        os.environ[RUN_FOLDER] = outer


_outer = pytest.StashKey[str | None]()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The PostgreSQL server of this run; the test is skipped where there cannot be one."""
    try:
        return shared_postgres()
    except NoPostgres as reason:
        lacking(str(reason))


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    """Makes databases of the kind that this run is about; see :meth:`Databases.fresh`."""
    kind: str = request.config.getoption("--database")
    if kind == "postgresql":
        request.getfixturevalue("postgres_server")
    return Databases(kind, tmp_path_factory.mktemp("databases"))


@pytest.fixture
def fresh_database(
    databases: Databases,
) -> Iterator[Callable[..., str]]:
    """Call it for the address of a new database (as :meth:`Databases.fresh`), gone after the test."""
    made: list[str] = []

    def fresh(template: str = "", prepare: Callable[[str], None] | None = None) -> str:
        made.append(databases.fresh(template, prepare))
        return made[-1]

    yield fresh
    for url in made:
        databases.drop(url)


def _main(note: Path, process: int) -> None:
    keeper = os.fork()
    if not keeper:
        keep(note, process)
        return
    while not note.exists() and os.waitpid(keeper, os.WNOHANG) == (0, 0):
        time.sleep(0.02)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
