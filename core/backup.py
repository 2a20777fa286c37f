"""One file that holds everything but the keys, taken while the site runs; and the way back.

The file is a zip archive: the database (a copy by SQLite's backup interface, or a dump by pg_dump), the attachments,
the settings of the instance folder, and a manifest with the hash of each. Its last 64 characters are the hash of all
that comes before them, so that a single changed bit anywhere is noticed. The keys are never in it: whoever finds a
backup cannot sign in with it.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from flask import current_app
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from core import schema
from core.config import SECRETS_FILE
from core.database import db, new_id, utcnow

FORMAT = 1
_HASH_LENGTH = 64
_MANIFEST = "manifest.json"
_SQLITE = "database.sqlite"
_POSTGRES = "database.dump"
_SETTINGS = ("config.py", "plugins.txt")
_DUMP_SECONDS = 4 * 3600
# Records of what was done are never removed: a copy with fewer of them than before it was begun is not whole.
_ONLY_GROWS = "audit_record"


class BackupRefused(Exception):
    """A backup that cannot be made or brought back; the message is a sentence for the operator."""


@dataclass(slots=True)
class Manifest:
    """What a backup says about itself."""

    format: int
    made_at: str
    database: str
    schema: dict[str, str]
    rows: dict[str, int]
    members: dict[str, str]
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A backup that was made."""

    path: Path
    rows: int
    files: int
    size: int


@dataclass(slots=True)
class Restored:
    """What was brought back, where the former state is, and what is left to do."""

    rows: int = 0
    files: int = 0
    aside: Path | None = None
    notes: list[str] = field(default_factory=list)


def _instance() -> Path:
    return Path(current_app.instance_path)


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _stamp() -> str:
    return utcnow().strftime("%Y%m%d-%H%M%S")


# -- Making one ----------------------------------------------------------------------------------------------


def make_backup(target: Path | None = None) -> Written:
    """Write a backup to ``target``, by default a new file below ``instance/backups``. Raises :class:`BackupRefused`."""
    if target is None:
        target = _instance() / "backups" / f"maillage-{_stamp()}.zip"
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.exists():
        raise BackupRefused(f"{target} exists already. Backups are never written over.")
    if not target.parent.is_dir():
        raise BackupRefused(f"There is no folder {target.parent}.")
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with tempfile.TemporaryDirectory(prefix="backup-", dir=_work_folder()) as work:
            manifest = _collect(Path(work))
            _pack(Path(work), manifest, unfinished)
        check_backup(unfinished)
        unfinished.rename(target)
    except OSError as fault:
        raise BackupRefused(
            f"The backup could not be written: {fault.strerror or fault}."
        ) from fault
    finally:
        unfinished.unlink(missing_ok=True)
    files = sum(name.startswith("files/") for name in manifest.members)
    return Written(target, sum(manifest.rows.values()), files, target.stat().st_size)


def _work_folder() -> Path:
    folder = _instance() / "work"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _collect(work: Path) -> Manifest:
    # Attachments come and go while the database is copied. Linked before and after, the ones that its rows name
    # are all there: those removed since, and those added since the first look.
    _link_files(work)
    rows = _copy_sqlite(work / _SQLITE) if _is_sqlite() else _dump_postgres(work / _POSTGRES)
    _link_files(work)
    for name in _SETTINGS:
        if (_instance() / name).is_file():
            (work / "settings").mkdir(exist_ok=True)
            shutil.copyfile(_instance() / name, work / "settings" / name)
    members = {
        path.relative_to(work).as_posix(): _hash_of(path)
        for path in sorted(work.rglob("*"))
        if path.is_file()
    }
    return Manifest(
        format=FORMAT,
        made_at=utcnow().isoformat(timespec="seconds"),
        database=db.engine.dialect.name,
        schema={state.owner: state.current for state in schema.states() if state.current},
        rows=rows,
        members=members,
        keys=_fingerprint(_instance() / SECRETS_FILE),
    )


def _link_files(work: Path) -> None:
    source = _instance() / "files"
    for path in source.rglob("*") if source.is_dir() else ():
        relative = path.relative_to(source)
        if path.is_symlink() or not path.is_file() or relative.parts[0] == "incoming":
            continue
        target = work / "files" / relative
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except FileNotFoundError:
            continue
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path, target)


def _copy_sqlite(target: Path) -> dict[str, int]:
    source = db.engine.url.database
    if not source:
        raise BackupRefused("A database in memory cannot be backed up.")
    with contextlib.closing(sqlite3.connect(source, timeout=30)) as live:
        before = _count_sqlite(live, only=_ONLY_GROWS)
        with contextlib.closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=2000)
            # A single file: without this a reader would expect a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    rows = _check_sqlite(target)
    if rows.get(_ONLY_GROWS, 0) < before.get(_ONLY_GROWS, 0):
        raise BackupRefused("The copy holds fewer records than the database. Try again.")
    return rows


def _count_sqlite(connection: sqlite3.Connection, only: str = "") -> dict[str, int]:
    names = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        if not only or row[0] == only
    ]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  a table's own name
        for name in names
    }


def _check_sqlite(path: Path) -> dict[str, int]:
    """The rows of each table of a database file. Raises :class:`BackupRefused` if the file is not in order."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise BackupRefused("The database in the backup is damaged.")
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BackupRefused("The database in the backup has rows that point to nothing.")
            return _count_sqlite(connection)
    except sqlite3.DatabaseError as fault:
        raise BackupRefused("The database in the backup cannot be read.") from fault


def _dump_postgres(target: Path) -> dict[str, int]:
    engine = db.engine
    with engine.connect().execution_options(
        schema_work=True, isolation_level="REPEATABLE READ"
    ) as connection:
        # The dump sees the very moment at which the rows are counted.
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        rows = _count_postgres(connection)
        _postgres_program(
            "pg_dump",
            *("--format=custom", "--no-owner", "--no-privileges", "--schema=public"),
            *(f"--snapshot={snapshot}", f"--file={target}"),
        )
        connection.rollback()
    return rows


def _count_postgres(connection: Connection) -> dict[str, int]:
    names = inspect(connection).get_table_names(schema="public")
    return {
        name: connection.scalar(text(f'SELECT count(*) FROM public."{name}"')) or 0  # noqa: S608  a table's own name
        for name in names
    }


def _postgres_program(name: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=str)
        if not found:
            raise BackupRefused(
                f"{name} is not on this machine: install the package postgresql-client."
            )
        program = str(found[-1])
    _positional, options = db.engine.dialect.create_connect_args(db.engine.url)
    names = {
        "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
        "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "passfile": "PGPASSFILE",
    }  # fmt: skip
    environment = dict(os.environ) | {
        names[key]: str(value) for key, value in options.items() if key in names
    }
    try:
        # The password travels in the environment: a command line can be read by everybody on the machine.
        done = subprocess.run(  # noqa: S603  a fixed program with arguments of ours
            [program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_DUMP_SECONDS,
        )
    except subprocess.TimeoutExpired as fault:
        raise BackupRefused(f"{name} did not end in time.") from fault
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BackupRefused(f"{name} failed: {last}")


def _pack(work: Path, manifest: Manifest, target: Path) -> None:
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for name in manifest.members:
                archive.write(work / name, name)
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
            archive.comment = b"0" * _HASH_LENGTH
        file.flush()
        file.seek(0)
        digest = _hash_without_end(file)
        file.seek(-_HASH_LENGTH, os.SEEK_END)
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())


def _hash_without_end(file: Any) -> str:
    left = file.seek(0, os.SEEK_END) - _HASH_LENGTH
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0 and (chunk := file.read(min(left, 1024 * 1024))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(path: Path) -> str:
    """Enough to tell whether keys belong to a backup, and of no use to whoever would like to have them."""
    return _hash_of(path)[:16] if path.is_file() else ""


def write_keys(target: Path) -> None:
    """Write this instance's keys to a file of their own that only its owner can read. Raises :class:`BackupRefused`."""
    source = _instance() / SECRETS_FILE
    if not source.is_file():
        raise BackupRefused(
            "There are no keys in the instance folder: they come from the environment or config.py."
        )
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise BackupRefused(f"{target} exists already.") from fault
    with os.fdopen(descriptor, "wb") as file:
        file.write(source.read_bytes())
        os.fsync(file.fileno())


# -- Checking one --------------------------------------------------------------------------------------------


def check_backup(path: Path) -> Manifest:
    """The manifest of a backup whose every byte is as it was written. Raises :class:`BackupRefused`."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) <= _HASH_LENGTH:
            raise BackupRefused("This is not a backup of Maillage, or only a piece of one.")
        digest = _hash_without_end(file)
        file.seek(-_HASH_LENGTH, os.SEEK_END)
        if file.read() != digest.encode():
            raise BackupRefused("The backup is damaged or not complete. Use another one.")
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _read_manifest(archive)
            names = archive.namelist()
            if sorted(names) != sorted([*manifest.members, _MANIFEST]):
                raise BackupRefused("The backup does not hold what its manifest says.")
            for name, expected in manifest.members.items():
                _check_name(name)
                with archive.open(name) as member:
                    if _hash_of_stream(member) != expected:
                        raise BackupRefused("The backup is damaged. Use another one.")
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as fault:
        raise BackupRefused("The backup is damaged or not complete. Use another one.") from fault
    return manifest


def _hash_of_stream(stream: Any) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        facts = json.loads(archive.read(_MANIFEST))
        known = facts["format"]
        if known != FORMAT:
            raise BackupRefused(
                f"The backup has format {known}, and this version of Maillage reads format {FORMAT}. "
                "Restore it with the version that made it."
            )
        return Manifest(**facts)
    except (KeyError, TypeError, ValueError) as fault:
        raise BackupRefused("This is not a backup of Maillage.") from fault


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or ".." in path.parts
        or path.parts[0] not in {"files", "settings", _SQLITE, _POSTGRES}
    ):
        raise BackupRefused("The backup holds a file that does not belong there.")


# -- The way back ----------------------------------------------------------------------------------------------


def restore(path: Path, *, replace: bool = False, keys: Path | None = None) -> Restored:
    """Bring back what a backup holds. Raises :class:`BackupRefused` before anything is touched.

    What is there already is in the way unless ``replace``; then it is moved aside, never removed.
    """
    manifest = check_backup(path)
    _check_schema(manifest)
    if manifest.database != db.engine.dialect.name:
        raise BackupRefused(
            f"The backup is of a database of the kind {manifest.database}, and this site's is "
            f"{db.engine.dialect.name}. Set MAILLAGE_DATABASE_URL accordingly."
        )
    if keys is not None:
        _check_keys(keys)
    in_the_way = _what_is_there()
    if in_the_way and not replace:
        raise BackupRefused(
            f"There is something already: {', '.join(in_the_way)}. With --replace it is moved aside."
        )
    done = Restored(rows=sum(manifest.rows.values()))
    with tempfile.TemporaryDirectory(prefix="restore-", dir=_work_folder()) as work:
        staged = Path(work)
        _unpack(path, manifest, staged)
        if _is_sqlite():
            _stage_sqlite(staged, manifest)
        aside = _instance() / f"replaced-{_stamp()}-{new_id()[:4]}"
        with _undone_on_fault() as undo:
            if _is_sqlite():
                _swap_sqlite(staged, aside, undo)
            else:
                _swap_postgres(staged, manifest, undo)
            done.files = _swap_files(staged, aside, undo)
            _swap_settings(staged, aside, undo, done)
            _swap_keys(keys, aside, undo)
            _end_sessions(done)
        done.aside = aside if aside.exists() else None
    _tell_about_keys(manifest, done)
    if schema.pending():
        done.notes.append("The backup is of an earlier version: run maillage db upgrade.")
    return done


def _check_schema(manifest: Manifest) -> None:
    known = schema.histories()
    for owner, revision in manifest.schema.items():
        if owner in known and not schema.knows(owner, revision):
            raise BackupRefused(
                f"The backup's tables of {owner} are at revision {revision}, which this version of Maillage does not "
                "know. Install the version that made the backup, or a newer one."
            )
    if schema.CORE not in manifest.schema:
        raise BackupRefused("The backup holds no tables of Maillage.")


def _check_keys(path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(found, dict) and {
            "SECRET_KEY",
            "SECURITY_PASSWORD_SALT",
            "TOTP_SECRETS",
        } <= set(found)
    except (OSError, ValueError):
        whole = False
    if not whole:
        raise BackupRefused(f"{path} is not a file of keys of Maillage.")


def _what_is_there() -> list[str]:
    there = []
    if _is_sqlite():
        database = Path(db.engine.url.database or "")
        if database.exists() and database.stat().st_size:
            there.append(f"the database {database}")
    else:
        with db.engine.connect() as connection:
            if inspect(connection).get_table_names(schema="public"):
                there.append(f"the database {db.engine.url.database}")
    if any((_instance() / "files").rglob("*")) if (_instance() / "files").is_dir() else False:
        there.append("attachments")
    return there


def _unpack(path: Path, manifest: Manifest, staged: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name, expected in manifest.members.items():
            target = staged / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with archive.open(name) as member, target.open("wb") as file:
                shutil.copyfileobj(member, file)
                os.fsync(file.fileno())
            target.chmod(0o600)
            if _hash_of(target) != expected:
                raise BackupRefused(
                    "The disk did not keep what was written to it. Nothing was changed."
                )


class _Undo:
    """What to do, in reverse order, to have everything as before."""

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def rename(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source.rename(target)
        self.steps.append(lambda: target.rename(source))


@contextlib.contextmanager
def _undone_on_fault() -> Iterator[_Undo]:
    undo = _Undo()
    try:
        yield undo
    except BaseException as fault:
        for step in reversed(undo.steps):
            with contextlib.suppress(OSError):
                step()
        if isinstance(fault, OSError):
            raise BackupRefused(
                f"Restoring failed and was undone: {fault.strerror or fault}."
            ) from fault
        raise


def _stage_sqlite(staged: Path, manifest: Manifest) -> None:
    if _SQLITE not in manifest.members:
        raise BackupRefused("The backup holds no database.")
    if _check_sqlite(staged / _SQLITE) != manifest.rows:
        raise BackupRefused(
            "The database in the backup does not hold the rows that its manifest says."
        )


def _swap_sqlite(staged: Path, aside: Path, undo: _Undo) -> None:
    database = Path(db.engine.url.database or "")
    db.session.remove()
    db.engine.dispose()
    if database.exists():
        _refuse_if_in_use(database)
    for ending in ("", "-wal", "-shm"):
        part = Path(f"{database}{ending}")
        if part.exists():
            undo.rename(part, aside / part.name)
    undo.rename(staged / _SQLITE, database)


def _refuse_if_in_use(database: Path) -> None:
    """Fold the log into the file, which only works while nobody else is in the middle of something."""
    with contextlib.closing(sqlite3.connect(database, timeout=3)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as fault:
            raise BackupRefused(
                "The database is in use. Stop the site and its worker first."
            ) from fault
        except sqlite3.DatabaseError:
            # A damaged database may be the very reason for restoring; it is moved aside as it is.
            return


def _swap_postgres(staged: Path, manifest: Manifest, undo: _Undo) -> None:
    if _POSTGRES not in manifest.members:
        raise BackupRefused("The backup holds no database.")
    db.session.remove()
    # Two restores within one second must not meet under one name.
    former = f"replaced_{_stamp().replace('-', '_')}_{new_id()[:4]}"
    with _owner_connection() as connection:
        connection.execute(text(f"ALTER SCHEMA public RENAME TO {former}"))
        connection.execute(text("CREATE SCHEMA public"))

    def back() -> None:
        with _owner_connection() as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS public CASCADE"))
            connection.execute(text(f"ALTER SCHEMA {former} RENAME TO public"))

    undo.steps.append(back)
    listing = staged / "restore.list"
    _postgres_program("pg_restore", "--list", f"--file={listing}", str(staged / _POSTGRES))
    # The schema itself is there already.
    kept = [line for line in listing.read_text().splitlines() if " SCHEMA - public " not in line]
    listing.write_text("\n".join(kept) + "\n")
    _postgres_program(
        "pg_restore",
        *("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"),
        *(f"--use-list={listing}", f"--dbname={db.engine.url.database}", str(staged / _POSTGRES)),
    )
    with _owner_connection() as connection:
        if _count_postgres(connection) != manifest.rows:
            raise BackupRefused(
                "The restored database does not hold the rows that the manifest says. It was undone."
            )
        if not inspect(connection).get_table_names(schema=former):
            connection.execute(text(f"DROP SCHEMA {former} CASCADE"))


@contextlib.contextmanager
def _owner_connection() -> Iterator[Connection]:
    with db.engine.connect().execution_options(schema_work=True) as connection, connection.begin():
        connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        yield connection
    db.engine.dispose()


def _swap_files(staged: Path, aside: Path, undo: _Undo) -> int:
    here = _instance() / "files"
    if here.exists():
        undo.rename(here, aside / "files")
    source = staged / "files"
    if not source.is_dir():
        return 0
    count = sum(path.is_file() for path in source.rglob("*"))
    undo.rename(source, here)
    return count


def _swap_settings(staged: Path, aside: Path, undo: _Undo, done: Restored) -> None:
    for name in _SETTINGS:
        source, here = staged / "settings" / name, _instance() / name
        if not source.is_file() or (here.is_file() and _hash_of(here) == _hash_of(source)):
            continue
        if here.exists():
            undo.rename(here, aside / name)
        undo.rename(source, here)
        if name == "plugins.txt":
            done.notes.append("The backup names plugins to install: run make env-run.")


def _swap_keys(keys: Path | None, aside: Path, undo: _Undo) -> None:
    if keys is None:
        return
    here = _instance() / SECRETS_FILE
    incoming = _work_folder() / f"{SECRETS_FILE}.new"
    incoming.unlink(missing_ok=True)
    descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(keys.read_bytes())
    if here.exists():
        undo.rename(here, aside / SECRETS_FILE)
    undo.rename(incoming, here)


def _end_sessions(done: Restored) -> None:
    """Nobody comes in with a session of then: it may have been ended since, and for a reason."""
    with db.engine.begin() as connection:
        for table in set(inspect(connection).get_table_names()) & {
            "identity_session",
            "identity_kept_form",
        }:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  two names written above
    done.notes.append("Everybody signs in anew.")


def _tell_about_keys(manifest: Manifest, done: Restored) -> None:
    present = _fingerprint(_instance() / SECRETS_FILE)
    if not manifest.keys or present == manifest.keys:
        return
    done.notes.append(
        "The keys of this instance are not those that the backup was made with, and codes of authenticator apps work "
        "only with those. If you have them, restore again with --keys."
    )
