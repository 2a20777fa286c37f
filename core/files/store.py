"""Where the bytes of attachments are: one file each, under a random name, in step with the transaction.

A file is written before its row is committed and removed after the removal of its row is, so that a row
without its file cannot be; a file without a row, left by a crash in between, is swept up daily.
"""

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.scoping import scoped_session

from core.database import db

_NAME = re.compile(r"[a-z0-9]{32}")
_WRITTEN = "maillage_files_written"
_REMOVED = "maillage_files_removed"
_ABANDONED_SECONDS = 24 * 3600


def folder() -> Path:
    """The folder of all attachments of this instance."""
    return Path(current_app.instance_path) / "files"


def path_of(city_id: str, stored_as: str) -> Path:
    """Where the file called ``stored_as`` of a city is. Raises ``ValueError`` for a name that is none of ours."""
    if not _NAME.fullmatch(stored_as) or not re.fullmatch(r"[a-z2-7]{16}", city_id):
        raise ValueError("This is not the name of a stored file.")
    return folder() / city_id / stored_as[:2] / stored_as


def new_name() -> str:
    """A random name for a file: 32 characters of 0-9 and a-f."""
    return secrets.token_hex(16)


@contextlib.contextmanager
def incoming() -> Iterator[Path]:
    """The path of a new empty file that only we can read; gone afterwards unless :func:`keep` took it."""
    waiting = folder() / "incoming"
    waiting.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = waiting / new_name()
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def keep(source: Path, city_id: str) -> str:
    """Move ``source`` to its place; returns its stored name. Undone if the transaction is rolled back."""
    name = new_name()
    target = path_of(city_id, name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source.open("rb") as written:
        os.fsync(written.fileno())
    db.session.info.setdefault(_WRITTEN, []).append(target)
    source.rename(target)
    # Without this the name itself could be lost with the power, and the row kept.
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return name


def remove(city_id: str, stored_as: str) -> None:
    """Remove a file once the transaction at work is committed."""
    db.session.info.setdefault(_REMOVED, []).append(path_of(city_id, stored_as))


def _committed(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.info.pop(_WRITTEN, None)
    for path in session.info.pop(_REMOVED, []):
        path.unlink(missing_ok=True)


def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is not None:
        return
    # After a commit both lists are gone already; what is here belongs to a transaction that was not kept.
    for path in session.info.pop(_WRITTEN, []):
        path.unlink(missing_ok=True)
    session.info.pop(_REMOVED, None)


def follow_transactions(session: "scoped_session[Any]") -> None:
    """Keep files in step with the transactions of ``session``. Safe to call more than once."""
    for name, listener in (("after_commit", _committed), ("after_transaction_end", _ended)):
        if not event.contains(session, name, listener):
            event.listen(session, name, listener)


def sweep(known: dict[str, set[str]]) -> int:
    """Remove files older than a day that no row names; returns how many.

    ``known`` has the stored names by city. Younger files may belong to a transaction that is still open.
    """
    removed = 0
    now = time.time()
    root = folder()
    if not root.is_dir():
        return 0
    for path in root.rglob("*"):
        if (
            path.is_symlink()
            or not path.is_file()
            or now - path.stat().st_mtime < _ABANDONED_SECONDS
        ):
            continue
        city_id = path.relative_to(root).parts[0]
        if path.name not in known.get(city_id, set()):
            path.unlink(missing_ok=True)
            removed += 1
    return removed
