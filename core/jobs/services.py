"""Putting jobs aside for the worker, and the kinds of jobs there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.database import db, new_id, rows_changed, utcnow
from core.jobs.models import Job, WorkerRow

Handler = Callable[[dict[str, Any]], None]

# Thirty seconds, one minute, two, four … six hours: a mail server may be away for a whole day.
MOST_ATTEMPTS = 14
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
# So many rows fit into one statement on either database.
_MANY = 500
KEEP_DONE = timedelta(days=14)
KEEP_FAILED = timedelta(days=90)
# A worker says every twenty seconds that it lives, also while it works.
SILENT_AFTER = timedelta(minutes=2)


class GiveUp(Exception):
    """Raised by a handler when trying again cannot help; the job is put aside as failed at once."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: who does it, and for how long one attempt has it for itself."""

    name: str
    handler: Handler
    lease: timedelta
    most_attempts: int
    title: object = ""


_KINDS: dict[str, Kind] = {}


def job(
    kind: str,
    *,
    title: object = "",
    lease: timedelta = timedelta(minutes=2),
    most_attempts: int = MOST_ATTEMPTS,
) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of ``kind``, named ``<feature or plugin>.<verb>``.

    ``title`` is a lazy text that says in plain words what is done, for the administrator's page of what is stuck.

    It gets the payload, inside an application context and the job's city. What it writes is committed together
    with the mark that the job is done, so a job that only writes here is done exactly once. What it does outside
    (a mail) may be repeated if the machine stops in between. Such a handler goes outside before its first
    statement: from then on it holds the database. Several may run at once on PostgreSQL. A job of a plugin that
    is off in its city waits until it is on again.
    """

    def register(handler: Handler) -> Handler:
        _KINDS[kind] = Kind(kind, handler, lease, most_attempts, title)
        return handler

    return register


def kind_called(name: str) -> Kind | None:
    """The kind of that name, or None."""
    return _KINDS.get(name)


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    city_id: str | None = None,
    run_after: datetime | None = None,
    key: str | None = None,
) -> bool:
    """Put a job aside in the caller's transaction; a change that is rolled back leaves no job.

    ``key`` makes it unique: while a job with that key is known, done or not, another is not made, and the answer
    is False.
    """
    values = {
        "id": new_id(),
        "kind": kind,
        "payload": payload,
        "city_id": city_id,
        "key": key,
        "created_at": utcnow(),
        "run_after": run_after or utcnow(),
        "attempts": 0,
        "last_error": "",
    }
    if key is None:
        db.session.add(Job(**values))
        db.session.flush()
        return True
    dialect = db.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(Job).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return db.session.scalar(statement.returning(Job.id)) is not None


def enqueue_all(
    kind: str,
    jobs: Mapping[str, tuple[dict[str, Any], datetime]],
    *,
    city_id: str | None = None,
) -> None:
    """Put many jobs of one kind aside in a few statements: by their keys, each with its payload and its moment."""
    dialect = db.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = [
        {
            "id": new_id(),
            "kind": kind,
            "payload": payload,
            "city_id": city_id,
            "key": key,
            "created_at": utcnow(),
            "run_after": run_after,
            "attempts": 0,
            "last_error": "",
        }
        for key, (payload, run_after) in jobs.items()
    ]
    for start in range(0, len(rows), _MANY):
        part = insert(Job).values(rows[start : start + _MANY])
        db.session.execute(part.on_conflict_do_nothing(index_elements=["key"]))


def waiting_after(failures: int) -> timedelta:
    """How long a job rests after its ``failures``-th failure."""
    doubled: timedelta = FIRST_WAIT * (1 << min(max(failures - 1, 0), 20))
    return min(doubled, LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class QueueState:
    """What ``maillage doctor`` tells about the jobs."""

    waiting: int
    overdue: int
    stuck: int
    worker_seen: datetime | None


def queue_state() -> QueueState:
    """How many jobs wait, are overdue and are stuck, and when a worker was last seen."""
    now = utcnow()
    is_open = Job.done_at.is_(None) & Job.failed_at.is_(None)

    def count(*conditions: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(Job).where(*conditions)) or 0

    return QueueState(
        waiting=count(is_open),
        overdue=count(
            is_open,
            Job.attempts == 0,
            Job.run_after < now - timedelta(minutes=10),
            or_(Job.locked_until.is_(None), Job.locked_until < now),
        ),
        stuck=count(Job.failed_at.is_not(None)),
        worker_seen=db.session.scalar(select(func.max(WorkerRow.seen_at))),
    )


def purge_jobs() -> int:
    """Forget jobs long done or long failed, and workers that ended without a word; returns how many rows."""
    now = utcnow()
    removed = 0
    for statement in (
        delete(Job).where(Job.done_at < now - KEEP_DONE),
        delete(Job).where(Job.failed_at < now - KEEP_FAILED),
        delete(WorkerRow).where(WorkerRow.seen_at < now - timedelta(days=2)),
    ):
        removed += rows_changed(
            db.session.execute(statement.execution_options(synchronize_session=False))
        )
    return removed
