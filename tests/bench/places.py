"""Fresh databases on SQLite or PostgreSQL, and the folder of an installation for them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Databases:
    """``create`` makes an empty database and returns its address; ``instance`` is the folder of this installation."""

    kind: str
    create: Callable[[str], str]
    instance: Path


@contextlib.contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """All of them are gone at the end of the block."""
    from core.config import ensure_secrets

    with tempfile.TemporaryDirectory(prefix="maillage-bench-") as name:
        folder = Path(name)
        instance = folder / "instance"
        ensure_secrets(instance)
        os.environ["MAILLAGE_INSTANCE"] = str(instance)
        if kind == "sqlite":
            yield Databases(kind, lambda called: f"sqlite:///{folder}/{called}.sqlite", instance)
            return
        from core.testing.postgres import temporary_postgres

        with temporary_postgres() as server:
            yield Databases(kind, server.create, instance)
