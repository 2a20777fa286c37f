"""The process that does the jobs: ``maillage worker``."""

import logging
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType
from typing import Any, cast

from flask import Flask
from sqlalchemy import Table, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from core import tenancy
from core.cities.models import City
from core.database import db, new_id, rows_changed, utcnow, write_intent
from core.jobs.models import Job, WorkerRow
from core.jobs.services import GiveUp, Kind, enqueue, kind_called, waiting_after
from core.jobs.stuck import ask_to_tell, is_long

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
HEARTBEAT_SECONDS = 20.0
# A job of a plugin that is switched off looks again after an hour, and gives up after a month.
REST_WHILE_OFF = timedelta(hours=1)
LONGEST_REST = timedelta(days=30)
_LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: str
    kind: str
    payload: dict[str, Any]
    city_id: str | None
    attempt: int
    created_at: datetime


class LostLease(Exception):
    """The job took so long that another worker has taken it over; what this one wrote is not kept."""


class WorkerEnded(Exception):
    """Every attempt ended with its worker, so none could say what was wrong."""


class NobodyDoesIt(Exception):
    """No part of the site does jobs of this kind any more."""


class PluginOff(Exception):
    """The job's plugin is off in its city, or was left out of the site."""


class Worker:
    """Does jobs one after the other until it is told to stop."""

    def __init__(self, app: Flask, *, daily: bool = True) -> None:
        self.app = app
        self.daily = daily
        self.stopping = threading.Event()
        self.id = new_id()
        self._day = ""

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End after the job at work."""
        self.stopping.set()

    def run(self) -> None:
        """Work until told to stop; a database that is away is waited for."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
        pulse = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        pulse.start()
        log.info("worker_started")
        wait = IDLE_SECONDS
        while not self.stopping.is_set():
            try:
                self._start_day()
                if self.work_once():
                    wait = IDLE_SECONDS
                    continue
                wait = IDLE_SECONDS
            except SQLAlchemyError as fault:
                log.error("worker_waits_for_database", extra={"fault": type(fault).__name__})
                wait = min(wait * 2, 30.0)
            self.stopping.wait(wait)
        pulse.join(timeout=5)
        log.info("worker_stopped")

    def work_off(self) -> int:
        """Do everything that is due now; returns how many jobs were tried."""
        done = 0
        while self.work_once():
            done += 1
        return done

    def work_once(self) -> bool:
        """Do one job that is due; returns whether there was one. Raises what the database raises."""
        with self.app.app_context():
            try:
                claimed = self._claim()
                if claimed is None:
                    return False
                self._do(claimed)
                return True
            finally:
                db.session.remove()

    # -- One job -------------------------------------------------------------------------------------

    def _claim(self) -> _Claimed | None:
        now = utcnow()
        due = (
            select(Job.id, Job.kind, Job.payload, Job.city_id, Job.attempts, Job.created_at)
            .where(
                Job.done_at.is_(None),
                Job.failed_at.is_(None),
                Job.run_after <= now,
                or_(Job.locked_until.is_(None), Job.locked_until < now),
            )
            .order_by(Job.run_after, Job.id)
            .limit(1)
        )
        # A look without the write lock first: an idle worker must not stand in anybody's way.
        found = db.session.scalar(due.with_only_columns(Job.id))
        db.session.rollback()
        if found is None:
            return None
        with write_intent():
            row = db.session.execute(due.with_for_update(skip_locked=True)).first()
            if row is None:
                db.session.rollback()
                return None
            kind = kind_called(row.kind)
            db.session.execute(
                update(Job)
                .where(Job.id == row.id)
                .values(
                    attempts=row.attempts + 1, locked_until=now + (kind.lease if kind else _LEASE)
                )
                .execution_options(synchronize_session=False)
            )
            db.session.commit()
        return _Claimed(
            row.id, row.kind, row.payload, row.city_id, row.attempts + 1, row.created_at
        )

    def _do(self, claimed: _Claimed) -> None:
        about = {"job": claimed.id, "kind": claimed.kind, "attempt": claimed.attempt}
        kind = kind_called(claimed.kind)
        try:
            if kind is not None and claimed.attempt > kind.most_attempts:
                raise GiveUp from WorkerEnded()
            with write_intent():
                self._handle(claimed, kind)
                self._settle(
                    claimed, payload={}, done_at=utcnow(), locked_until=None, last_error=""
                )
                db.session.commit()
            log.info("job_done", extra=about)
        except SQLAlchemyError as fault:
            if getattr(fault, "connection_invalidated", False):
                raise
            self._failed(claimed, kind, fault, about)
        except LostLease:
            db.session.rollback()
            log.warning("job_taken_over", extra=about)
        except PluginOff as off:
            self._rest(claimed, off, about)
        except Exception as fault:
            self._failed(claimed, kind, fault, about)

    def _handle(self, claimed: _Claimed, kind: Kind | None) -> None:
        owner = claimed.kind.partition(".")[0]
        registry = self.app.extensions["maillage_plugins"]
        left_out = {plugin.name for plugin in registry.left_out}
        if owner in left_out or (kind is None and owner not in registry.plugins):
            raise PluginOff
        if kind is None:
            raise GiveUp from NobodyDoesIt()
        with self._city_of(claimed, owner if owner in registry.plugins else None):
            kind.handler(dict(claimed.payload))

    @contextmanager
    def _city_of(self, claimed: _Claimed, plugin: str | None) -> Iterator[None]:
        if claimed.city_id is None:
            yield
            return
        from core.web import enabled_plugins

        city = db.session.get(City, claimed.city_id)
        if city is None:
            raise GiveUp("The city is gone.")
        with tenancy.city_scope(city):
            if plugin is not None and plugin not in enabled_plugins(city):
                raise PluginOff
            yield

    # -- How it ended ----------------------------------------------------------------------------------

    def _settle(self, claimed: _Claimed, **values: Any) -> None:
        """Note how an attempt ended, if the job is still ours. Raises :class:`LostLease` if it is not."""
        result = db.session.execute(
            update(Job)
            .where(Job.id == claimed.id, Job.attempts == claimed.attempt, Job.done_at.is_(None))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if not rows_changed(result):
            raise LostLease

    def _settle_alone(self, claimed: _Claimed, about: dict[str, Any], **values: Any) -> None:
        db.session.rollback()
        try:
            with write_intent():
                self._settle(claimed, **values)
                if values.get("failed_at") is not None or is_long(claimed.attempt):
                    ask_to_tell(claimed.kind, claimed.city_id)
                db.session.commit()
        except LostLease:
            db.session.rollback()
            log.warning("job_taken_over", extra=about)

    def _failed(
        self, claimed: _Claimed, kind: Kind | None, fault: Exception, about: dict[str, Any]
    ) -> None:
        reason = type(fault).__name__
        cause = fault.__cause__ or fault
        log.warning("job_failed", extra=about | {"fault": reason})
        last = kind.most_attempts if kind else 1
        if isinstance(fault, GiveUp) or claimed.attempt >= last:
            self._settle_alone(
                claimed,
                about,
                failed_at=utcnow(),
                locked_until=None,
                last_error=type(cause).__name__[:120],
            )
            log.error("job_stuck", extra=about | {"fault": reason})
            return
        # A little disorder, so that what failed together does not come back together.
        wait = waiting_after(claimed.attempt) * random.uniform(0.8, 1.2)  # noqa: S311
        self._settle_alone(
            claimed, about, run_after=utcnow() + wait, locked_until=None, last_error=reason[:120]
        )

    def _rest(self, claimed: _Claimed, off: PluginOff, about: dict[str, Any]) -> None:
        now = utcnow()
        values: dict[str, Any] = {"locked_until": None, "last_error": type(off).__name__}
        if now - claimed.created_at > LONGEST_REST:
            values |= {"failed_at": now}
        else:
            values |= {"run_after": now + REST_WHILE_OFF, "attempts": claimed.attempt - 1}
        self._settle_alone(claimed, about, **values)
        log.info("job_rests", extra=about)

    # -- Beside the jobs ---------------------------------------------------------------------------------

    def _start_day(self) -> None:
        """Put the daily work aside once a day, however many workers there are."""
        today = utcnow().date().isoformat()
        if not self.daily or self._day == today:
            return
        with self.app.app_context():
            try:
                with write_intent():
                    enqueue("core.daily", {}, key=f"daily {today}")
                    db.session.commit()
            finally:
                db.session.remove()
        self._day = today

    def _beat(self) -> None:
        """Say every few seconds that this worker lives, until it stops; then take the row away."""
        workers = cast("Table", WorkerRow.__table__)
        stopped = False
        while not stopped:
            stopped = self.stopping.is_set()
            try:
                with self.app.app_context(), write_intent(), db.engine.begin() as connection:
                    if stopped:
                        connection.execute(workers.delete().where(workers.c.id == self.id))
                        continue
                    now = utcnow()
                    own = workers.update().where(workers.c.id == self.id).values(seen_at=now)
                    if not rows_changed(connection.execute(own)):
                        connection.execute(
                            workers.insert().values(id=self.id, started_at=now, seen_at=now)
                        )
            except SQLAlchemyError as fault:
                log.debug("heartbeat_missed", extra={"fault": type(fault).__name__})
            self.stopping.wait(HEARTBEAT_SECONDS)
