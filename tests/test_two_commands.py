"""From a fresh clone the two commands work: ``make run`` serves the demo, and ``make test`` knows its lanes.

That ``make test`` passes in a fresh clone is what continuous integration shows each time it runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(600)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, and nothing else."""
    target = tmp_path_factory.mktemp("fresh") / "maillage"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(target)], check=True)
    return target


@contextlib.contextmanager
def running(folder: Path, port: int) -> Iterator[Path]:
    """``make run`` in ``folder``; yields the file that holds what it printed."""
    output = folder / "build-output.txt"
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("MAILLAGE_", "VIRTUAL_ENV", "MAKE"))
    }
    with output.open("wb") as stream:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=folder,
            env=kept | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield output
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def page(url: str, output: Path) -> str:
    """The page at ``url`` as soon as somebody answers there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(url, timeout=5) as answer,
        ):
            return str(answer.read().decode("utf-8"))
        time.sleep(0.2)
    pytest.fail(f"{url} did not answer:\n{output.read_text('utf-8')[-3000:]}")


def test_make_run_serves_the_demo_and_comes_back_quickly(clone: Path) -> None:
    port = free_port()
    for _time in ("first", "again"):
        with running(clone, port) as output:
            body = page(f"http://127.0.0.1:{port}/sign-in", output)
            printed = output.read_text("utf-8")
        assert "Brezovo" in body, "the sign-in page of the demo offers its accounts"
        assert f"http://127.0.0.1:{port}" in printed
        for role in ("focal point", "chair", "member", "city administrator"):
            assert role in printed.lower(), f"no account of a {role} is printed"
    assert (clone / "instance" / "secrets.json").stat().st_mode & 0o077 == 0
    # Running it leaves nothing behind that git would take for a change.
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in status.stdout.splitlines() if "build-output" not in line] == []


def test_every_habit_has_a_name(clone: Path) -> None:
    done = subprocess.run(["make", "help"], cwd=clone, capture_output=True, text=True, check=True)
    for target in ("run", "test", "check", "browser-all", "bench-quick", "fuzz", "lint", "types"):
        assert f"\n{target} " in f"\n{done.stdout}", f"make help does not name {target}"
