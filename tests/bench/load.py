"""A load for one page: a few connections kept open, each asking again as soon as it is answered.

One thread over plain sockets: a load that computes much takes the processor from the server that it measures, and
makes dear pages look better beside cheap ones than they are.
"""

from __future__ import annotations

import math
import selectors
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 8
# Connections are closed now and then, so that the server deals them to its processes anew.
REQUESTS_A_CONNECTION = 50


@dataclass(frozen=True)
class Request:
    """What is asked: method, path, headers, and a body made anew for each request."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: Callable[[], bytes] | None = None
    expected: int = 200
    # What must stand in the answer, so that an error page in time is no good answer.
    contains: bytes = b""

    def as_bytes(self) -> bytes:
        """The request as it goes over the wire."""
        body = self.body() if self.body else b""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Figures:
    """Requests per second, milliseconds at the percentiles, bytes of an answer, and how many answers there were."""

    per_second: float
    p50: float
    p95: float
    p99: float
    size: int
    count: int


class WrongAnswer(Exception):
    """The page answered with something that the bench does not expect."""


class _Connection:
    """One browser: sends a request, reads the answer to its end, and notes how long that took."""

    def __init__(self, host: str, port: int, request: Request) -> None:
        self._address = (host, port)
        self._request = request
        # A request without a body is the same every time.
        self._raw = request.as_bytes() if request.body is None else None
        self._left = 0
        self.socket = self._connect()
        self._read = b""
        self._whole = -1
        self._sent_at = 0.0
        self.size = 0

    def _connect(self) -> socket.socket:
        made = socket.create_connection(self._address, timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = REQUESTS_A_CONNECTION
        return made

    def ask(self) -> bool:
        """Send the next request; returns whether that took a new socket."""
        fresh = self._left == 0
        if fresh:
            self.socket.close()
            self.socket = self._connect()
        self._left -= 1
        self._read, self._whole = b"", -1
        self._sent_at = time.perf_counter()
        self.socket.sendall(self._raw or self._request.as_bytes())
        return fresh

    def hear(self) -> float | None:
        """Read what is there; seconds from asking to the answer's end, or None if more is to come."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise WrongAnswer(f"{self._request.path}: the server closed the connection.")
        self._read += part
        if self._whole < 0:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return None
            self._whole = self._length(self._read[:end], end + 4)
        if len(self._read) < self._whole:
            return None
        took = time.perf_counter() - self._sent_at
        self.size = self._whole
        if self._request.contains not in self._read:
            raise WrongAnswer(f"{self._request.path}: the answer lacks {self._request.contains!r}.")
        return took

    def _length(self, head: bytes, start: int) -> int:
        status = int(head[9:12])
        if status != self._request.expected:
            raise WrongAnswer(
                f"{self._request.method} {self._request.path} answered {status}, not {self._request.expected}."
            )
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            name = name.lower()
            if name == b"content-length":
                return start + int(value)
            if name == b"connection" and b"close" in value.lower():
                self._left = 0
        if status in {204, 304}:
            return start
        raise WrongAnswer(f"{self._request.path}: the answer does not say how long it is.")


def measure(
    url: str,
    request: Request,
    seconds: float = math.inf,
    *,
    connections: int = CONNECTIONS,
    most: float = math.inf,
) -> Figures:
    """Ask for ``seconds``, or ``most`` so often, over ``connections`` kept open. Raises :class:`WrongAnswer`."""
    host = urlsplit(url)
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        asking = [
            _Connection(host.hostname or "", host.port or 80, request) for _ in range(connections)
        ]
        begin = time.perf_counter()
        end = begin + seconds
        for each in asking:
            each.ask()
            selector.register(each.socket, selectors.EVENT_READ, each)
        waiting = connections
        while waiting:
            ready = selector.select(timeout=30)
            if not ready:
                raise WrongAnswer(f"{request.path}: no answer within 30 seconds.")
            for key, _ in ready:
                each = key.data
                took = each.hear()
                if took is None:
                    continue
                times.append(took)
                # Those that were asked already are waited for.
                if time.perf_counter() >= end or len(times) + waiting > most:
                    selector.unregister(key.fileobj)
                    waiting -= 1
                    continue
                before = each.socket
                selector.unregister(before)
                each.ask()
                selector.register(each.socket, selectors.EVENT_READ, each)
        elapsed = time.perf_counter() - begin
        for each in asking:
            each.socket.close()
    cut = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    p50, p95, p99 = (cut[index] * 1000 for index in (49, 94, 98))
    return Figures(len(times) / elapsed, p50, p95, p99, asking[0].size, len(times))
