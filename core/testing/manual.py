"""Building the manual, as `make docs` does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"


def build_manual(language: str, folder: Path) -> Path:
    """Build the manual in ``language`` into a folder of that name below ``folder``; that folder.

    Raises ``AssertionError`` with every warning: a page that Sphinx doubts is a page that is wrong.
    """
    target = folder / language
    done = sphinx(
        *("-b", "html", "-D", f"language={language}", "-d", str(folder / f".doctrees-{language}")),
        *(str(DOCS), str(target)),
    )
    assert done.returncode == 0, f"The manual in {language}:\n{done.stderr}"
    return target


def extract_manual(folder: Path) -> Path:
    """Write the texts of the manual as templates for translators into ``folder``; that folder."""
    done = sphinx("-b", "gettext", "-d", str(folder / ".doctrees"), str(DOCS), str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def sphinx(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Sphinx strictly: every warning counts, and all of them are said."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
