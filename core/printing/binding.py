"""Appending PDFs that others wrote to a paper of ours, in a process that is stopped when it takes too long."""

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from core.printing.services import PrintingFailed

log = logging.getLogger(__name__)
BINDER = Path(__file__).with_name("binder.py")
SECONDS = 20


def count_pages(files: Sequence[Path], *, seconds: float = SECONDS) -> list[int]:
    """How many pages each PDF has; 0 for one that cannot be read.

    Raises :class:`PrintingFailed` where it takes too long.
    """
    if not files:
        return []
    found: list[int] = json.loads(
        _bound({"do": "count", "files": [str(each) for each in files]}, seconds)
    )
    return found


def append_pages(
    paper: bytes, files: Sequence[tuple[Path, str]], *, seconds: float = SECONDS
) -> bytes:
    """``paper`` with the pages of PDFs behind it, each under its title in the list of contents.

    What acts in them is left out. The whole no longer says that it follows PDF/UA-1, since theirs may not. Raises
    :class:`PrintingFailed`.
    """
    with NamedTemporaryFile(suffix=".pdf") as first:
        first.write(paper)
        first.flush()
        job = {
            "do": "append",
            "paper": first.name,
            "files": [{"path": str(path), "title": title} for path, title in files],
        }
        return _bound(job, seconds)


def _bound(job: dict[str, Any], seconds: float) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603  our own file, by this very interpreter
            [sys.executable, "-I", str(BINDER)],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        log.error("binding_too_long")
        raise PrintingFailed("The attachments were not read in time.") from fault
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.error("binding_failed", extra={"reason": reason})
        raise PrintingFailed("The attachments could not be appended.")
    return done.stdout
