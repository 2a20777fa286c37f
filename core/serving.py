"""The production server, and how many processes and threads of it.

gunicorn with threads: a process of its own for each core, since Python computes in one thread at a time, and a few
threads each, so that one slow reader does not keep the others waiting. README.md has the figures behind the choice.
"""

import contextlib
import ctypes
import gc
import os
import socket
from typing import Any

from flask import Flask

from core.i18n.languages import LANGUAGES, first_day_of_week, formatting_locale
from core.i18n.reader import language_settings

THREADS = 4
MOST_WORKERS = 2


class PortTaken(Exception):
    """Somebody else listens where we should; the message says what to do."""


def check_port(host: str, port: int) -> None:
    """Raise :class:`PortTaken` if nobody can listen on that port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise PortTaken(
                f"Nothing can listen on {host}:{port} ({os.strerror(fault.errno or 0).lower()}). "
                "Choose another with --port, or end what is there."
            ) from fault


def server_settings(
    host: str, port: int, workers: int | None = None, threads: int | None = None
) -> dict[str, Any]:
    """What gunicorn is told."""
    return {
        "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
        "worker_class": "gthread",
        "workers": workers or min(os.cpu_count() or 1, MOST_WORKERS),
        "threads": threads or THREADS,
        "timeout": 60,
        "graceful_timeout": 10,
        "control_socket_disable": True,
        "loglevel": "warning",
        # Heartbeats of the processes go here; on a disk they would stand still when it is busy.
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
    }


def _keep_memory_together() -> None:
    """Let the threads of a process share two pools of memory, and give back what one long text took.

    By default each thread takes a pool of its own and keeps it; and after the first long text was given back, the next
    ones are laid among the short-lived pieces of the pools, which then never shrink.
    """
    arena_max, pools = -8, 2
    mmap_threshold, long_text = -3, 256 * 1024
    # Only the C library of GNU has such pools.
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(arena_max, pools)
        library.mallopt(mmap_threshold, long_text)


def read_languages(app: Flask) -> None:
    """Read the catalogues, and how each language writes dates and numbers, before anybody asks.

    Otherwise each process would do so for the first reader of a language, and keep a copy of its own.
    """
    with app.app_context():
        settings = language_settings()
        for code in LANGUAGES:
            settings.catalogue(code)
            # A locale is read from its file with the first question to it.
            first_day_of_week(formatting_locale(code))


def serve(
    app: Flask, host: str, port: int, workers: int | None = None, threads: int | None = None
) -> None:
    """Serve ``app`` until told to stop. The processes are forked from this one and share what it has loaded."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        """Hands the application and its settings to gunicorn."""

        def load_config(self) -> None:
            for name, value in server_settings(host, port, workers, threads).items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    _keep_memory_together()
    read_languages(app)
    # What is loaded by now lives as long as the process: nobody needs to look through it for rubbish again and again,
    # and the processes forked from here go on sharing its pages.
    gc.collect()
    gc.freeze()
    Server().run()
