"""Workers killed under load: nothing is lost, writing is done once, and at most the mail in flight repeats."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.audit.models import AuditRecord
from core.audit.services import record
from core.database import db
from core.jobs import enqueue, job, services
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.mail import send_mail
from core.testing.mailbox import Mailbox

KILLS = 50
AT_ONCE = 2
ROUNDS = KILLS // AT_ONCE
# Of each, so many are put aside in every round.
WRITTEN = 5 * ROUNDS
MAILED = 3 * ROUNDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(170)]


@pytest.fixture
def app_settings(mailbox: Mailbox) -> dict[str, Any]:
    return {"MAIL_URL": mailbox.url}


@pytest.fixture(autouse=True)
def short_leases() -> Iterator[None]:
    """What a killed worker held is free again after a second, so that the test need not wait for minutes."""
    mail = services._KINDS["mail.send"]
    services._KINDS["mail.send"] = replace(mail, lease=timedelta(seconds=1.5))

    @job("probe.write", lease=timedelta(seconds=1.5), most_attempts=1000)
    def write(payload: dict[str, Any]) -> None:
        record("probe.written", details={"number": str(payload["number"])})
        # Long enough to be killed in the middle now and then.
        time.sleep(0.01)

    yield
    services._KINDS["mail.send"] = mail
    del services._KINDS["probe.write"]


def work(app: Flask) -> None:
    """What the process that will be killed does: the worker itself, on connections of its own."""
    with app.app_context():
        db.engine.dispose(close=False)
    Worker(app, daily=False).run()


def put_aside(turn: int) -> None:
    """Put the share of one round aside: over all rounds, every number once."""
    for number in range(turn, WRITTEN, ROUNDS):
        enqueue("probe.write", {"number": number})
    for number in range(turn, MAILED, ROUNDS):
        send_mail(f"somebody{number}@alva.example", f"Mail {number}", "Text", locale="en")
    db.session.commit()


def open_jobs() -> int:
    query = select(func.count()).select_from(Job).where(Job.done_at.is_(None))
    return db.session.scalar(query) or 0


def test_workers_killed_fifty_times_lose_nothing(app: Flask, mailbox: Mailbox) -> None:
    dice = random.Random(7)
    forking = multiprocessing.get_context("fork")
    with app.app_context():
        db.engine.dispose()
    killed = 0
    for turn in range(ROUNDS):
        with app.app_context():
            # The load goes on while workers come and go.
            put_aside(turn)
            db.session.remove()
            db.engine.dispose()
        workers = [forking.Process(target=work, args=(app,)) for _ in range(AT_ONCE)]
        for each in workers:
            each.start()
        time.sleep(dice.uniform(0.1, 0.5))
        for each in workers:
            assert each.pid is not None
            os.kill(each.pid, signal.SIGKILL)
            each.join(timeout=10)
            assert each.exitcode == -signal.SIGKILL
            killed += 1
    assert killed == KILLS
    with app.app_context():
        deadline = time.monotonic() + 60
        while open_jobs() and time.monotonic() < deadline:
            db.session.remove()
            Worker(app, daily=False).work_off()
            time.sleep(0.2)
        assert open_jobs() == 0
        rows = db.session.scalars(select(AuditRecord.details)).all()
        written = Counter(row["number"] for row in rows if "number" in row)
        done = Counter(db.session.scalars(select(Job.kind)))
        stuck = db.session.scalars(select(Job.kind).where(Job.failed_at.is_not(None))).all()
    assert stuck == []
    assert done == {"probe.write": WRITTEN, "mail.send": MAILED}
    assert written == {str(number): 1 for number in range(WRITTEN)}, (
        "what a job writes is kept once, whenever its worker was killed"
    )
    arrived = Counter(str(message["To"]) for message in mailbox.messages)
    assert set(arrived) == {f"somebody{number}@alva.example" for number in range(MAILED)}
    assert sum(arrived.values()) - MAILED <= KILLS, "only a mail in flight may come again"
    names = {(str(message["To"]), str(message["Message-ID"])) for message in mailbox.messages}
    assert len(names) == MAILED, "and then under the same name"
