"""The floor and Maillage as processes of their own under a production server, and what these processes use.

``python -m tests.bench.sites floor|maillage|worker …`` is such a process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

ROOT = Path(__file__).resolve().parent.parent.parent
SERVERS = ("gunicorn", "granian")
PATIENCE = 40


class DidNotStart(Exception):
    """A server ended or stayed silent; the message holds the end of its log."""


@dataclass(frozen=True)
class Site:
    """A running site, and how long it took to answer."""

    url: str
    process: subprocess.Popen[bytes]
    seconds_until_up: float

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [
            pid
            for pid in map(int, children.split())
            if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def cpu_seconds(self, *, children: bool = False) -> float:
        """Processor time that the workers have used so far, and with ``children`` what they waited for."""
        return sum(_cpu_seconds(pid, children=children) for pid in self.workers())

    def memory(self) -> float:
        """The proportional set size of the largest worker, in megabytes."""
        return max(_memory(pid, "Pss") for pid in self.workers())

    def held(self) -> tuple[float, float]:
        """Megabytes that all workers hold together: proportional, and with shared pages counted in each of them."""
        workers = self.workers()
        pss, rss = (sum(_memory(pid, each) for pid in workers) for each in ("Pss", "Rss"))
        return pss, rss

    def forget_peak(self) -> None:
        """From here on :meth:`peak` begins anew."""
        for pid in self.workers():
            _forget_peak(pid)

    def peak(self) -> float:
        """The most memory that a worker has held at once, in megabytes, what it shares with others included."""
        return max(_peak(pid) for pid in self.workers())


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _memory(pid: int, kind: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu_seconds(pid: int, *, children: bool = False) -> float:
    # The name in parentheses may hold anything, so the fields are counted from behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if children else 13])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(
    name: str,
    database: str,
    instance: Path,
    *,
    server: str = "gunicorn",
    workers: int = 2,
    threads: int | None = None,
) -> Iterator[Site]:
    """Serve ``name`` (``floor`` or ``maillage``) until the end of the block. Raises :class:`DidNotStart`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.bench.sites", name, database, str(port)]
    command += ["--server", server, "--workers", str(workers)]
    command += ["--threads", str(threads)] if threads else []
    with tempfile.TemporaryFile() as log:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_surroundings(database, instance, url),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            while not _answers(url):
                if process.poll() is not None or time.perf_counter() - begin > PATIENCE:
                    log.seek(0)
                    raise DidNotStart(log.read().decode("utf-8", "replace")[-3000:])
                time.sleep(0.01)
            yield Site(url, process, time.perf_counter() - begin)
        finally:
            _stop(process)


def _surroundings(database: str, instance: Path, url: str) -> dict[str, str]:
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MAILLAGE_")}
    return kept | {
        "MAILLAGE_INSTANCE": str(instance),
        "MAILLAGE_DATABASE_URL": database,
        "MAILLAGE_SITE_URL": url,
    }


@dataclass(frozen=True)
class Spent:
    """What a piece of work took: seconds by the clock and of the processor, and megabytes at its peak."""

    seconds: float
    cpu: float
    peak: float


class JobWorker:
    """The process that does the jobs, which does what is due when it is told to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def work(self) -> Spent:
        """Do every job that is due. Raises :class:`DidNotStart`."""
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise DidNotStart("The worker cannot be spoken to.")
        asked.write(b"\n")
        asked.flush()
        line = told.readline()
        if not line:
            raise DidNotStart("The worker has ended.")
        return Spent(**json.loads(line))


@contextlib.contextmanager
def job_worker(database: str, instance: Path) -> Iterator[JobWorker]:
    """A worker for the jobs of ``database`` until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sites", "worker", database, "0"],
        cwd=ROOT,
        env=_surroundings(database, instance, "http://127.0.0.1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield JobWorker(process)
    finally:
        _stop(process)


def _work() -> None:
    """Do the jobs that are due at each line that comes in, and say what they took."""
    from core import create_app
    from core.jobs.worker import Worker

    worker = Worker(create_app(), daily=False)
    for _line in sys.stdin:
        _forget_peak(os.getpid())
        before, begin = os.times(), time.perf_counter()
        worker.work_off()
        seconds, after = time.perf_counter() - begin, os.times()
        # A paper is set by a process of its own, which is the worker's child.
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        spent = {
            "seconds": seconds,
            "cpu": sum(after[:4]) - sum(before[:4]),
            "peak": max(_peak(os.getpid()), child),
        }
        sys.stdout.write(f"{json.dumps(spent)}\n")
        sys.stdout.flush()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=8)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=8)


# -- The process itself ----------------------------------------------------------------------------


def make_app(name: str, database: str) -> Flask:
    """One of the two applications."""
    if name == "floor":
        from .floor import create_floor

        return create_floor(database)
    from core import create_app

    return create_app()


def application() -> Flask:
    """What granian's processes load."""
    return make_app(os.environ["BENCH_APPLICATION"], os.environ["BENCH_DATABASE"])


def main() -> None:
    """Serve one application until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=("floor", "maillage", "worker"))
    parser.add_argument("database")
    parser.add_argument("port", type=int)
    parser.add_argument("--server", choices=SERVERS, default="gunicorn")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.name == "worker":
        _work()
        return
    if options.server == "granian":
        from granian.server import Server

        os.environ["BENCH_APPLICATION"] = options.name
        os.environ["BENCH_DATABASE"] = options.database
        Server(
            "tests.bench.sites:application",
            address="127.0.0.1",
            port=options.port,
            interface="wsgi",  # type: ignore[arg-type]  # an enumeration that takes its own texts
            workers=options.workers,
            blocking_threads=options.threads or 1,
            factory=True,
        ).serve()
        return
    from core.serving import serve

    app = make_app(options.name, options.database)
    serve(app, "127.0.0.1", options.port, options.workers, options.threads)


if __name__ == "__main__":
    main()
