"""The real application under the production server, on a free port of this machine.

::

    @pytest.fixture(scope="session")
    def site(databases, tmp_path_factory):
        with served({"MAILLAGE_DATABASE_URL": databases.fresh("demo", make_demo)},
                    instance=tmp_path_factory.mktemp("instance")) as running:
            yield running
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The command of this very environment, whether or not its scripts are on PATH.
MAILLAGE = (sys.executable, "-c", "from core.cli import main; main()")


class DidNotStart(Exception):
    """A process ended, or stayed silent, before it answered; the message holds the end of its log."""


@dataclass(frozen=True)
class Served:
    """A running site: its address without a slash at the end, its log, and its master process."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def log_text(self) -> str:
        """Everything the server wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def environment(settings: Mapping[str, str], instance: Path | None) -> dict[str, str]:
    """This process's environment without its ``MAILLAGE_`` settings, and with the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILLAGE_")}
    if instance is not None:
        kept["MAILLAGE_INSTANCE"] = str(instance)
    return kept | dict(settings)


@contextlib.contextmanager
def served(
    settings: Mapping[str, str],
    *,
    instance: Path | None = None,
    application: str = "core:create_app()",
    workers: int = 1,
    threads: int = 4,
    options: Sequence[str] = (),
    health: str = "/healthz",
) -> Iterator[Served]:
    """Serve ``application`` with gunicorn until the end of the block.

    The socket is opened here and handed on, so that no other process can take the port in between;
    ``MAILLAGE_SITE_URL`` is set to it unless given. Raises :class:`DidNotStart`.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    command = [
        *(sys.executable, "-m", "gunicorn", application),
        *("--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)),
        *("--graceful-timeout", "2", "--timeout", "60", "--log-level", "warning"),
        *options,
    ]
    descriptor, name = tempfile.mkstemp(prefix="maillage-served-", suffix=".log")
    log = Path(name)
    try:
        with listener, os.fdopen(descriptor, "wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={"MAILLAGE_SITE_URL": address} | environment(settings, instance),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        running = Served(address, log, process)
        try:
            _wait_until_healthy(running, address + health)
            yield running
        finally:
            stop(process)
    finally:
        log.unlink(missing_ok=True)


def _wait_until_healthy(running: Served, address: str) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            raise DidNotStart(running.log_text()[-3000:])
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 (our own http)
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            raise DidNotStart(
                f"{address} answered {error.code}\n" + running.log_text()[-3000:]
            ) from error
        except OSError:
            time.sleep(0.05)
    raise DidNotStart(f"{address} did not answer in time\n" + running.log_text()[-3000:])


@contextlib.contextmanager
def background(
    command: Sequence[str], settings: Mapping[str, str], *, instance: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of ours beside the test, such as ``maillage worker``, until the end of the block.

    ``command`` is what follows ``maillage`` on a command line. Its output goes to the test's own.
    """
    process = subprocess.Popen(
        [*MAILLAGE, *command],
        cwd=ROOT,
        env=environment(settings, instance),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)


def maillage(
    *command: str, settings: Mapping[str, str], instance: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run ``maillage`` to its end, as a person would on a command line; the caller judges the answer."""
    return subprocess.run(
        [*MAILLAGE, *command],
        cwd=ROOT,
        env=environment(settings, instance),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything it started: politely, then not."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=8)
    # Workers that outlived their master are still in its group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=8)
