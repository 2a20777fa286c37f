"""Jobs: put aside with the change, done once, tried again, given up, and never done where a plugin is off."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.cities.services import set_plugin
from core.database import db, utcnow
from core.jobs import GiveUp, enqueue, job, services
from core.jobs.models import Job, WorkerRow
from core.jobs.services import FIRST_WAIT, LONGEST_WAIT, purge_jobs, queue_state, waiting_after
from core.jobs.worker import Worker
from core.tenancy import current_city_id
from core.testing.app import World
from core.testing.serving import background

seen: list[Any] = []


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Kinds of jobs that only tests have."""
    seen.clear()

    @job("probe.note")
    def note(payload: dict[str, Any]) -> None:
        seen.append(payload["text"])

    @job("probe.city")
    def city(_payload: dict[str, Any]) -> None:
        seen.append(current_city_id())

    @job("probe.fail", most_attempts=3)
    def fail(_payload: dict[str, Any]) -> None:
        enqueue("probe.note", {"text": "from a job that failed"})
        raise LookupError("somebody@example.org is not found")

    @job("probe.hopeless")
    def hopeless(_payload: dict[str, Any]) -> None:
        raise GiveUp("never")

    @job("probe.dies", most_attempts=2)
    def dies(_payload: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    @job("activities.probe")
    def of_plugin(_payload: dict[str, Any]) -> None:
        seen.append("activities")

    yield
    for name in [name for name in services._KINDS if "probe" in name]:
        del services._KINDS[name]


def put(kind: str, payload: dict[str, Any] | None = None, **more: Any) -> None:
    enqueue(kind, payload or {}, **more)
    db.session.commit()


def only_job() -> Job:
    db.session.expire_all()
    return db.session.scalars(select(Job).where(Job.kind != "probe.note")).one()


def worker_of(app: Flask) -> Worker:
    return Worker(app, daily=False)


def test_a_job_is_done_once_and_its_payload_forgotten(app: Flask) -> None:
    with app.app_context():
        put("probe.note", {"text": "somebody@example.org"})
    assert worker_of(app).work_off() == 1
    assert worker_of(app).work_off() == 0
    assert seen == ["somebody@example.org"]
    with app.app_context():
        done = db.session.scalars(select(Job)).one()
        assert done.done_at is not None
        assert done.payload == {}
        assert done.locked_until is None


def test_a_change_that_is_rolled_back_leaves_no_job(app: Flask) -> None:
    with app.app_context():
        enqueue("probe.note", {"text": "never"})
        db.session.rollback()
    assert worker_of(app).work_off() == 0


def test_a_key_makes_a_job_unique_even_when_it_is_done(app: Flask) -> None:
    with app.app_context():
        assert enqueue("probe.note", {"text": "one"}, key="k")
        assert not enqueue("probe.note", {"text": "two"}, key="k")
        db.session.commit()
    worker_of(app).work_off()
    with app.app_context():
        assert not enqueue("probe.note", {"text": "three"}, key="k")
        db.session.commit()
    worker_of(app).work_off()
    assert seen == ["one"]


def test_a_job_waits_for_its_time(app: Flask) -> None:
    with app.app_context():
        put("probe.note", {"text": "later"}, run_after=utcnow() + timedelta(hours=1))
    assert worker_of(app).work_off() == 0


def test_a_failure_keeps_nothing_of_the_job_and_waits(app: Flask) -> None:
    with app.app_context():
        put("probe.fail")
    assert worker_of(app).work_off() == 1
    with app.app_context():
        row = only_job()
        assert db.session.scalars(select(Job).where(Job.kind == "probe.note")).all() == []
        assert row.last_error == "LookupError", "the message could hold an address"
        assert FIRST_WAIT * 0.7 < row.run_after - utcnow() < FIRST_WAIT * 1.3
        assert row.failed_at is None


def test_after_the_last_attempt_it_is_stuck(app: Flask) -> None:
    with app.app_context():
        put("probe.fail")
    for _attempt in range(5):
        worker_of(app).work_off()
        with app.app_context():
            only_job().run_after = utcnow()
            db.session.commit()
    with app.app_context():
        row = only_job()
        assert row.attempts == 3
        assert row.failed_at is not None
        assert queue_state().stuck == 1


def test_what_can_never_work_is_given_up_at_once(app: Flask) -> None:
    with app.app_context():
        put("probe.hopeless")
    worker_of(app).work_off()
    with app.app_context():
        assert only_job().failed_at is not None


def test_waiting_doubles_up_to_six_hours() -> None:
    waits = [waiting_after(number) for number in range(1, 15)]
    assert waits[:4] == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 8]
    assert waits[-1] == LONGEST_WAIT
    assert waiting_after(10_000) == LONGEST_WAIT


def test_a_job_has_its_city(world: World) -> None:
    with world.in_city("alva") as city:
        put("probe.city", city_id=city.id)
        expected = city.id
    worker_of(world.app).work_off()
    assert seen == [expected]


def test_the_city_of_one_job_is_not_that_of_the_next(world: World) -> None:
    expected = []
    for slug in ("alva", "bruma"):
        with world.in_city(slug) as city:
            put("probe.city", city_id=city.id)
            expected.append(city.id)
    with world.app.app_context():
        put("probe.city")
    worker_of(world.app).work_off()
    assert sorted(seen) == sorted(expected)
    with world.app.app_context():
        failed = db.session.scalars(select(Job).where(Job.done_at.is_(None))).one()
        assert failed.last_error == "NoCityInForce"


def test_a_job_of_a_plugin_rests_while_the_plugin_is_off(world: World) -> None:
    with world.in_city("alva") as city:
        set_plugin("activities", enabled=False)
        put("activities.probe", city_id=city.id)
    worker_of(world.app).work_off()
    assert seen == []
    with world.in_city("alva"):
        row = only_job()
        assert row.attempts == 0, "resting is no failure"
        assert row.run_after > utcnow()
        set_plugin("activities", enabled=True)
        row.run_after = utcnow()
        db.session.commit()
    worker_of(world.app).work_off()
    assert seen == ["activities"]


def test_a_job_of_a_plugin_that_is_gone_rests_and_at_last_ends(app: Flask) -> None:
    with app.app_context():
        put("gone.work")
    worker_of(app).work_off()
    with app.app_context():
        row = only_job()
        assert row.failed_at is None
        row.created_at = utcnow() - timedelta(days=40)
        row.run_after = utcnow()
        db.session.commit()
    worker_of(app).work_off()
    with app.app_context():
        assert only_job().failed_at is not None


def test_a_worker_that_dies_leaves_the_job_to_the_next_after_the_lease(app: Flask) -> None:
    with app.app_context():
        put("probe.dies")
        put("probe.note", {"text": "after it"})
    with pytest.raises(KeyboardInterrupt):
        worker_of(app).work_once()
    # Its lease lasts: nobody else takes it, and the other job is not held up.
    assert worker_of(app).work_off() == 1
    assert seen == ["after it"]
    for attempt in (2, 3):
        with app.app_context():
            only_job().locked_until = utcnow() - timedelta(seconds=1)
            db.session.commit()
        if attempt == 2:
            with pytest.raises(KeyboardInterrupt):
                worker_of(app).work_once()
        else:
            worker_of(app).work_once()
    with app.app_context():
        assert only_job().failed_at is not None, "a job that ends the process is not tried for ever"


def test_who_lost_the_lease_keeps_nothing(app: Flask) -> None:
    def take_over(_payload: dict[str, Any]) -> None:
        enqueue("probe.note", {"text": "must not be kept"})
        db.session.flush()
        row = db.session.scalars(select(Job).where(Job.kind == "probe.slow")).one()
        row.attempts += 1
        db.session.flush()

    job("probe.slow")(take_over)
    with app.app_context():
        put("probe.slow")
    worker_of(app).work_once()
    with app.app_context():
        assert db.session.scalars(select(Job.kind)).all() == ["probe.slow"]


def test_many_workers_do_each_job_once(app: Flask) -> None:
    with app.app_context():
        for number in range(24):
            enqueue("probe.note", {"text": number})
        db.session.commit()
    threads = [threading.Thread(target=worker_of(app).work_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(seen) == list(range(24))


def test_a_worker_says_that_it_lives_and_takes_its_row_away(app: Flask) -> None:
    made = worker_of(app)
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        for _moment in range(100):
            with app.app_context():
                if queue_state().worker_seen is not None:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("no heartbeat")
    finally:
        made.stop()
        thread.join(timeout=20)
    assert not thread.is_alive()
    with app.app_context():
        assert db.session.scalars(select(WorkerRow)).all() == []


def test_the_daily_work_is_put_aside_once_a_day(app: Flask) -> None:
    for _worker in range(2):
        Worker(app)._start_day()
    with app.app_context():
        assert db.session.scalars(select(Job.kind)).all() == ["core.daily"]


def test_old_jobs_are_forgotten(app: Flask) -> None:
    with app.app_context():
        put("probe.note", {"text": "x"}, key="done long ago")
        put("probe.note", {"text": "y"}, key="waits")
        old = db.session.scalars(select(Job).where(Job.key == "done long ago")).one()
        old.done_at = utcnow() - timedelta(days=30)
        db.session.commit()
        assert purge_jobs() == 1
        db.session.commit()
        assert db.session.scalars(select(Job.key)).all() == ["waits"]


@pytest.mark.slow
def test_the_command_ends_politely_when_told_to(app: Flask) -> None:
    settings = {
        "MAILLAGE_DATABASE_URL": app.config["DATABASE_URL"],
        "MAILLAGE_SECRET_KEY": "only for tests, and long enough for them",
    }
    with app.app_context():
        from core.mail import send_mail

        send_mail("somebody@alva.example", "Hello", "Text", locale="en")
        db.session.commit()
    from pathlib import Path

    folder = Path(app.instance_path)
    (folder / "secrets.json").write_text(
        '{"SECRET_KEY": "x", "SECURITY_PASSWORD_SALT": "y", "TOTP_SECRETS": {"1": "z"}}'
    )
    with background(["worker"], settings, instance=folder) as process:
        for _moment in range(300):
            if list((folder / "mail").glob("*.eml")):
                break
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=15) == 0
    assert len(list((folder / "mail").glob("*.eml"))) == 1
