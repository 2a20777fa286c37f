"""The table of what is to be done later, and of the workers that do it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, Model, UtcDateTime, new_id, utcnow


class Job(Model):
    """Something to be done outside a request. Written in the transaction of the change that wants it.

    Not ``CityOwned``: a worker takes whatever is due, and puts the job's city in force before it acts.
    """

    __tablename__ = "jobs_job"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_jobs_job_due", "done_at", "failed_at", "run_after"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(80))
    # Emptied when the job is done: it may hold an address or a secret link.
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    city_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    key: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The name of a class, never its message: messages quote addresses and names.
    last_error: Mapped[str] = mapped_column(String(120), default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WorkerRow(Model):
    """A running worker and when it last said so."""

    __tablename__ = "jobs_worker"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
