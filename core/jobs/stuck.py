"""What failed for good and what waits for another try: looked at, tried again, given up. Flushes, never commits.

Nothing here reads a payload: it may hold an address or a secret link, and whoever looks after the site need not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from core.audit.services import record
from core.database import db, utcnow
from core.jobs.models import Job, WorkerRow
from core.jobs.services import SILENT_AFTER, enqueue
from core.tenancy import current_city_id
from core.values import Ref

PAGE = 50
# Of what is tried again by itself nobody need read more.
MOST_WAITING = 20
# The name under which the notice to the administrators is put aside.
TELL = "jobs.tell"
# What gets stuck together is told once.
GATHERED = timedelta(minutes=1)
# After so many tries something has failed for an hour.
TOLD_AT = 8
# What stands as the reason of a job that somebody gave up.
GIVEN_UP = "GivenUp"


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be read of a job."""

    id: str
    kind: str
    city_id: str | None
    since: datetime
    tries: int
    next_try: datetime
    failed_at: datetime | None
    error: str
    tried_now: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, the latest first, and the mark at which the next page begins; empty on the last."""

    rows: Sequence[Shown]
    after: str


_SHOWN = (
    Job.id, Job.kind, Job.city_id, Job.created_at, Job.attempts, Job.run_after, Job.failed_at, Job.last_error,
    Job.locked_until,
)  # fmt: skip


def in_city(city_id: str) -> ColumnElement[bool]:
    """The condition that a job is of that city."""
    return Job.city_id == city_id


def _stuck() -> ColumnElement[bool]:
    return and_(Job.done_at.is_(None), Job.failed_at.is_not(None))


def _waiting(now: datetime) -> ColumnElement[bool]:
    """Tried in vain before, or left by a worker that ended in the middle."""
    left = and_(Job.attempts > 0, Job.locked_until < now)
    return and_(Job.done_at.is_(None), Job.failed_at.is_(None), or_(Job.last_error != "", left))


def _at_rest(now: datetime) -> ColumnElement[bool]:
    return or_(Job.locked_until.is_(None), Job.locked_until < now)


def _shown(row: Any, now: datetime) -> Shown:
    return Shown(
        id=row.id,
        kind=row.kind,
        city_id=row.city_id,
        since=row.created_at,
        tries=row.attempts,
        next_try=row.run_after,
        failed_at=row.failed_at,
        error=row.last_error,
        tried_now=row.locked_until is not None and row.locked_until >= now,
    )


def stuck_jobs(*conditions: ColumnElement[bool], after: str = "", most: int = PAGE) -> Page:
    """Jobs that failed for good, the latest first, behind the one whose identifier is ``after``."""
    now = utcnow()
    query = select(*_SHOWN).where(_stuck(), *conditions)
    if after:
        mark = db.session.execute(
            select(Job.failed_at, Job.id).where(Job.id == after, _stuck(), *conditions)
        ).first()
        if mark is not None:
            query = query.where(
                or_(
                    Job.failed_at < mark.failed_at,
                    and_(Job.failed_at == mark.failed_at, Job.id < mark.id),
                )
            )
    rows = db.session.execute(
        query.order_by(Job.failed_at.desc(), Job.id.desc()).limit(most + 1)
    ).all()
    shown = [_shown(row, now) for row in rows[:most]]
    return Page(shown, shown[-1].id if len(rows) > most else "")


def waiting_jobs(*conditions: ColumnElement[bool], most: int = MOST_WAITING) -> Page:
    """Jobs that failed and wait for another try, the next first."""
    now = utcnow()
    rows = db.session.execute(
        select(*_SHOWN)
        .where(_waiting(now), *conditions)
        .order_by(Job.run_after, Job.id)
        .limit(most + 1)
    ).all()
    shown = [_shown(row, now) for row in rows[:most]]
    return Page(shown, shown[-1].id if len(rows) > most else "")


def find_job(identifier: str, *conditions: ColumnElement[bool]) -> Shown | None:
    """The job of that identifier, in whatever state."""
    row = db.session.execute(select(*_SHOWN).where(Job.id == identifier, *conditions)).first()
    return _shown(row, utcnow()) if row is not None else None


def try_again(job: Shown) -> bool:
    """Let the worker try a job now. False if it is being tried, was done or was given up meanwhile."""
    changed = _change(job.id, failed_at=None, run_after=utcnow(), last_error="", attempts=_afresh())
    if changed:
        _record("job.retried", job)
    return bool(changed)


def _afresh() -> ColumnElement[int]:
    # What failed for good has all its attempts before it again; what waits goes on counting.
    return case((Job.failed_at.is_not(None), 0), else_=Job.attempts)


def try_all_again(*conditions: ColumnElement[bool]) -> int:
    """Let the worker try everything now that failed for good or waits for another try; returns how much there was."""
    now = utcnow()
    changed = db.session.execute(
        update(Job)
        .where(or_(_stuck(), _waiting(now)), _at_rest(now), *conditions)
        .values(attempts=_afresh(), failed_at=None, run_after=now, last_error="", locked_until=None)
        .returning(Job.id, Job.kind, Job.city_id)
        .execution_options(synchronize_session=False)
    ).all()
    kinds: dict[str, int] = {}
    for row in changed:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    for kind, number in sorted(kinds.items()):
        record("job.retried", details={"job": kind, "number": str(number)})
    return len(changed)


def give_up(job: Shown) -> bool:
    """Never do a job that is in trouble, and forget what it would have been. False as in :func:`try_again`."""
    changed = _change(job.id, failed_at=None, done_at=utcnow(), payload={}, last_error=GIVEN_UP)
    if changed:
        _record("job.given_up", job)
    return bool(changed)


def _change(identifier: str, **values: Any) -> bool:
    """Change a job that is in trouble and not at work at this moment; a worker and two administrators may meet here."""
    now = utcnow()
    found = db.session.scalar(
        update(Job)
        .where(Job.id == identifier, or_(_stuck(), _waiting(now)), _at_rest(now))
        .values(locked_until=None, **values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return found is not None


def _record(action: str, job: Shown) -> None:
    record(action, subject=Ref("jobs", "job", job.id), details={"job": job.kind})


def worker_is_silent() -> bool:
    """Whether no worker has said lately that it lives."""
    seen = db.session.scalar(select(func.max(WorkerRow.seen_at)))
    return seen is None or utcnow() - seen > SILENT_AFTER


def is_long(attempt: int) -> bool:
    """Whether something has failed for about an hour by its ``attempt``-th try."""
    return attempt == TOLD_AT


def ask_to_tell(kind: str, city_id: str | None) -> None:
    """Have the city's administrators told that something is stuck, in the transaction in which it gets stuck.

    However much gets stuck, one notice waits at a time, and the notice itself is not told of.
    """
    if city_id is None or kind == TELL:
        return
    waits = select(Job.id).where(
        Job.kind == TELL,
        Job.city_id == city_id,
        Job.done_at.is_(None),
        Job.failed_at.is_(None),
    )
    if db.session.scalar(waits.limit(1)) is None:
        enqueue(TELL, {}, city_id=city_id, run_after=utcnow() + GATHERED)


def moments_of_stuck() -> tuple[datetime, datetime] | None:
    """When the first and the last of what is stuck in the city in force got stuck.

    What has failed for an hour counts as well, and is stuck at this moment: where the mail server is away, everything
    waits, and nothing would fail for good before the next day.
    """
    ours = and_(in_city(current_city_id()), Job.kind != TELL)
    row = db.session.execute(
        select(func.min(Job.failed_at), func.max(Job.failed_at)).where(_stuck(), ours)
    ).one()
    moments: list[datetime] = [each for each in row if each is not None]
    now = utcnow()
    since = db.session.scalar(
        select(func.min(Job.created_at)).where(_waiting(now), Job.attempts >= TOLD_AT, ours)
    )
    if since is not None:
        moments += [since, now]
    return (min(moments), max(moments)) if moments else None
