"""``maillage run`` and ``maillage worker`` as processes: from nothing to a site, and killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import db, utcnow
from core.jobs.models import Job
from core.mail import send_mail
from core.testing.mailbox import Mailbox
from core.testing.serving import MAILLAGE, ROOT, background, environment, stop

pytestmark = pytest.mark.slow


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def children(process: subprocess.Popen[bytes]) -> list[int]:
    answer = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in answer.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child that ended and was not collected yet counts as ended.
    answer = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(answer.stdout.strip()) and "Z" not in answer.stdout


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def run(port: int) -> subprocess.Popen[bytes]:
        log = (tmp_path / "log").open("wb")
        process = subprocess.Popen(
            [*MAILLAGE, "run", "--port", str(port)],
            cwd=ROOT,
            env=environment({}, tmp_path / "instance"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        started.append(process)
        return process

    yield run
    for process in started:
        stop(process)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 90:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.status == 200
                return time.monotonic() - began
        except OSError:
            time.sleep(0.05)
    pytest.fail(log.read_text())


@pytest.mark.one_database
def test_from_nothing_to_a_site_and_back(
    start: Callable[[int], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    port = free_port()
    process = start(port)
    wait_for(f"http://127.0.0.1:{port}/readyz", process, tmp_path / "log")
    shown = (tmp_path / "log").read_text()
    assert f"http://127.0.0.1:{port}" in shown
    assert len(re.findall(r"@\w+\.example", shown)) == 7
    assert "Traceback" not in shown
    for name in ("maillage.sqlite", "secrets.json"):
        assert (tmp_path / "instance" / name).stat().st_mode & 0o077 == 0
    started = children(process)
    assert len(started) >= 2
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 0
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in started):
        assert time.monotonic() < deadline, "a process was left behind"
        time.sleep(0.1)

    # The second start finds everything there.
    process = start(port)
    wait_for(f"http://127.0.0.1:{port}/readyz", process, tmp_path / "log")
    assert "Filling" not in (tmp_path / "log").read_text()

    # Where somebody listens already, a sentence says so.
    other = subprocess.run(
        [*MAILLAGE, "run", "--port", str(port)],
        cwd=ROOT,
        env=environment({}, tmp_path / "instance"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert other.returncode == 1
    assert "--port" in other.stderr
    assert "Traceback" not in other.stderr

    # However the main process goes, the worker goes with it.
    started = children(process)
    process.kill()
    process.wait(timeout=10)
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in started):
        assert time.monotonic() < deadline, "a process outlived the one that started it"
        time.sleep(0.1)


def test_a_worker_killed_in_the_middle_repeats_that_one_mail_at_most(
    app: Flask, mailbox: Mailbox
) -> None:
    instance = Path(app.instance_path)
    (instance / "secrets.json").write_text(
        '{"SECRET_KEY": "'
        + "x" * 40
        + '", "SECURITY_PASSWORD_SALT": "y", "TOTP_SECRETS": {"1": "z"}}'
    )
    settings = {
        "MAILLAGE_DATABASE_URL": app.config["DATABASE_URL"],
        "MAILLAGE_MAIL_URL": mailbox.url,
    }
    with app.app_context():
        expected = {
            send_mail(f"n{number}@alva.example", "Subject", "Text", locale="en")
            for number in range(4)
        }
        db.session.commit()
    mailbox.manner = "slow"
    mailbox.seconds = 1.0
    with background(["worker"], settings, instance=instance) as process:
        mailbox.wait(1, seconds=60)
        for _moment in range(400):
            if mailbox.attempts >= 2:
                break
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
    mailbox.manner = "accept"
    with app.app_context():
        # The lease of the one at work would last for two minutes.
        held = db.session.scalars(select(Job).where(Job.locked_until.is_not(None))).all()
        assert len(held) == 1
        held[0].locked_until = utcnow() - timedelta(seconds=1)
        db.session.commit()
        db.session.remove()
    with background(["worker"], settings, instance=instance) as process:
        deadline = time.monotonic() + 60
        while True:
            with app.app_context():
                waiting = db.session.scalars(select(Job.id).where(Job.done_at.is_(None))).all()
                db.session.remove()
            if not waiting:
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
    delivered = [str(message["Message-ID"]) for message in mailbox.messages]
    assert set(delivered) == expected
    assert len(delivered) <= len(expected) + 1
