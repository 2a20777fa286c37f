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
# The reference of hooks is made of the words of the code, which are English; and Sphinx has its own words.
NOT_TRANSLATED = (Path("plugin-authors/hooks.po"), Path("sphinx.po"))
CODE = re.compile(r"`[^`]*`|[\W\d_]")
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


def remembered() -> dict[str, str]:
    """What is translated already, on any page: a paragraph that moves keeps its French."""
    return {
        str(message.id): str(message.string)
        for file in sorted(CATALOGUES.rglob("*.po"))
        for message in read(file)
        if message.id and message.string and not message.fuzzy
    }


def main(templates: Path) -> None:
    """Update every catalogue, make those that are new, remove those without a template."""
    memory = remembered()
    wanted = {
        path.relative_to(templates).with_suffix(".po"): path for path in templates.rglob("*.pot")
    }
    for skipped in NOT_TRANSLATED:
        wanted.pop(skipped, None)
    for path in CATALOGUES.rglob("*.po"):
        if path.relative_to(CATALOGUES) not in wanted:
            path.unlink()
    left = 0
    for name, template in sorted(wanted.items()):
        file = CATALOGUES / name
        file.parent.mkdir(parents=True, exist_ok=True)
        catalogue = read(file)
        catalogue.update(read(template), update_header_comment=False)
        for message in catalogue:
            if not message.id or (message.string and not message.fuzzy):
                continue
            # A cell that holds a command and no word is the same in every language.
            known = memory.get(str(message.id)) or (
                "" if CODE.sub("", str(message.id)) else str(message.id)
            )
            if known:
                message.string = known
                message.flags.discard("fuzzy")
            else:
                left += 1
        file.write_text(written(catalogue), encoding="utf-8")
    sys.stdout.write(f"{left} paragraphs wait for their French.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
