"""Compile every ``*.po`` below the given folders into the ``*.mo`` beside it, where it is newer.

Fuzzy entries are left out: a guess is not a translation. The whole is about a second for eight
languages, where ``pybabel compile`` would start once for each folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po


def compile_catalogue(source: Path) -> bool:
    """Write the compiled file of ``source`` if it is missing or older; say whether it was."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=source.parent.parent.name, abort_invalid=True)
    unfinished = target.with_suffix(".mo.new")
    with unfinished.open("wb") as stream:
        write_mo(stream, catalogue)
    unfinished.replace(target)
    return True


def main(folders: list[str]) -> int:
    """Compile the catalogues of ``folders``; the number of files that could not be read."""
    failures = 0
    for folder in folders:
        for source in sorted(Path(folder).glob("**/LC_MESSAGES/*.po")):
            try:
                compile_catalogue(source)
            except (PoFileError, ValueError) as error:
                print(f"{source}: {error}", file=sys.stderr)
                failures += 1
    return failures


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
