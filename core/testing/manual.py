"""Building the manual, as `make docs` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from core.testing.postgres import RUN_FOLDER, alone

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
LANGUAGES = ("en", "fr")


def manual_of_this_run() -> Path:
    """The folder of the manual in both languages, built by whichever process of a test run asks first."""
    folder = Path(os.environ[RUN_FOLDER]) / "manual"
    with alone("manual"):
        if not folder.exists():
            unfinished = folder.with_name("manual-unfinished")
            for language in LANGUAGES:
                build_manual(language, unfinished)
            unfinished.rename(folder)
    return folder


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
