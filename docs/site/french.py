"""Brings the French catalogues of the manual up to date with its English pages: `make docs-update`.

    french.py TEMPLATES     # a folder of .pot files, as Sphinx writes them

A paragraph that changed keeps its French as a suggestion, marked as fuzzy and not shown, until somebody reads it again.
The files hold nothing that changes without a text changing: no dates, and no places.
"""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

CATALOGUES = Path(__file__).resolve().parent.parent / "locale" / "fr" / "LC_MESSAGES"
HEADER = (
    'msgid ""\n'
    'msgstr ""\n'
    '"Project-Id-Version: Maillage\\n"\n'
    '"Language: fr\\n"\n'
    '"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
)


def read(file: Path) -> Catalog:
    """The catalogue in ``file``, or an empty one."""
    if not file.exists():
        return Catalog(locale="fr")
    with file.open("rb") as stream:
        return read_po(stream, locale="fr")


def written(catalogue: Catalog) -> str:
    """What is kept of a catalogue."""
    for message in catalogue:
        # Names of roles stand in braces; Babel takes them for Python's.
        message.flags -= {"python-brace-format", "python-format"}
    stream = BytesIO()
    write_po(stream, catalogue, width=110, no_location=True, omit_header=True, ignore_obsolete=True)
    return HEADER + stream.getvalue().decode("utf-8").strip() + "\n"


def main(templates: Path) -> None:
    """Update every catalogue, make those that are new, remove those without a template."""
    CATALOGUES.mkdir(parents=True, exist_ok=True)
    sources = {path.stem: read(path) for path in sorted(templates.glob("*.pot"))}
    for path in CATALOGUES.glob("*.po"):
        if path.stem not in sources:
            path.unlink()
    left = 0
    code = re.compile(r"`[^`]*`|[\W\d_]")
    for name, source in sources.items():
        file = CATALOGUES / f"{name}.po"
        catalogue = read(file)
        catalogue.update(source, update_header_comment=False)
        for message in catalogue:
            # A cell that holds a command and no word is the same in every language.
            if message.id and not code.sub("", message.id):
                message.string = message.id
                message.flags.discard("fuzzy")
        left += sum(1 for one in catalogue if one.id and (one.fuzzy or not one.string))
        file.write_text(written(catalogue), encoding="utf-8")
    sys.stdout.write(f"{left} paragraphs wait for their French.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
