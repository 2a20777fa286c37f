"""What tests need from the machine: PostgreSQL's server programs, a Chromium and LibreOffice.

Run as a script it names what is missing, for ``make test`` to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn


def find_postgres() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, newest version first, or None."""
    candidates = []
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        ).stdout.strip()
        if answer:
            candidates.append(Path(answer))
    candidates += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: float(folder.parent.name) if folder.parent.name.isdecimal() else 0.0,
        reverse=True,
    )
    if initdb := shutil.which("initdb"):
        candidates.append(Path(initdb).resolve().parent)
    for folder in candidates:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


def find_chromium() -> str | None:
    """The program named by ``MAILLAGE_CHROMIUM``, else the system's Chromium or Chrome, or None."""
    if named := os.environ.get("MAILLAGE_CHROMIUM"):
        return shutil.which(named)
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


def find_office() -> str | None:
    """LibreOffice, which opens what we write as office documents, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def office_packages() -> list[str]:
    """The Debian packages of LibreOffice that are missing: Writer for letters, Calc for tables.

    They come without windows, which is a third of the whole. On another system, whoever has an
    ``soffice`` has both.
    """
    if find_office() is None:
        return ["libreoffice-writer-nogui", "libreoffice-calc-nogui"]
    programs = Path("/usr/lib/libreoffice/program")
    if (programs / "libswlo.so").exists() and not (programs / "libsclo.so").exists():
        return ["libreoffice-calc-nogui"]
    return []


def lacking(what: str) -> NoReturn:
    """Skip the test for lack of ``what``; under continuous integration fail it instead.

    A machine that belongs to somebody may lack a browser. One that decides what is released may
    not: a skipped test there would look like a passed one.
    """
    import pytest

    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"{what}, and in continuous integration this test must run.", pytrace=False)
    pytest.skip(what)


def main() -> int:
    """Print the Debian packages that are missing, one a line; 1 if there are any."""
    missing = []
    if find_postgres() is None:
        missing.append("postgresql")
    if find_chromium() is None:
        missing.append("chromium")
    missing += office_packages()
    sys.stdout.writelines(f"{name}\n" for name in missing)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
