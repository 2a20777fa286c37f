"""A load for one page: a few connections kept open, each asking again as soon as it is answered."""

from __future__ import annotations

import http.client
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECTIONS = 8


@dataclass(frozen=True)
class Request:
    """What is asked: method, path, headers, and a body made anew for each request."""

    path: str
    headers: dict[str, str]
    method: str = "GET"
    body: Callable[[], bytes] | None = None
    expected: frozenset[int] = frozenset({200})


@dataclass(frozen=True)
class Figures:
    """Requests per second and milliseconds at the percentiles."""

    per_second: float
    p50: float
    p95: float
    p99: float
    count: int


class WrongAnswer(Exception):
    """The page answered with a status that the bench does not expect."""


def _ask(url: str, request: Request, seconds: float, results: multiprocessing.Queue) -> None:  # type: ignore[type-arg]  # generic only to type checkers
    host = urlsplit(url)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
    times: list[float] = []
    end = time.perf_counter() + seconds
    wrong = 0
    while time.perf_counter() < end:
        body = request.body() if request.body else None
        start = time.perf_counter()
        connection.request(request.method, request.path, body, request.headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - start)
        if answer.status not in request.expected:
            wrong = answer.status
            break
    results.put((times, wrong))


def measure(url: str, request: Request, seconds: float, connections: int = CONNECTIONS) -> Figures:
    """Ask for ``seconds`` over ``connections`` kept open. Raises :class:`WrongAnswer`."""
    results: multiprocessing.Queue = multiprocessing.Queue()  # type: ignore[type-arg]  # as above
    processes = [
        multiprocessing.Process(target=_ask, args=(url, request, seconds, results))
        for _ in range(connections)
    ]
    begin = time.perf_counter()
    for process in processes:
        process.start()
    times: list[float] = []
    for _ in processes:
        some, wrong = results.get()
        if wrong:
            for process in processes:
                process.kill()
            raise WrongAnswer(f"{request.method} {request.path} answered {wrong}")
        times.extend(some)
    elapsed = time.perf_counter() - begin
    for process in processes:
        process.join()
    times.sort()
    cut = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    return Figures(len(times) / elapsed, cut[49] * 1000, cut[94] * 1000, cut[98] * 1000, len(times))


def memory_of(pid: int) -> float:
    """The proportional set size of a process in megabytes, from the kernel's own account."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123  /proc is no path of ours
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
