"""The role ``{label}``: what stands on a button, a field or a page, in the language of the reader.

A page says ``{label}`Save``` and names the text of the source. The French manual shows what the French interface
shows, from its catalogue, so the two never part. Where a word has several meanings, its context follows a bar:
``{label}`Status | activity```. What the application fills in, such as a number, is shown as three dots.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

ROOT = Path(__file__).resolve().parent.parent.parent


def parts(text: str) -> tuple[str, str | None]:
    """The words of a label, and its context if one is given."""
    words, bar, context = text.partition(" | ")
    return words, context if bar else None


def _catalogues(language: str) -> Iterator[Path]:
    yield ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    yield from sorted(ROOT.glob(f"plugins/*/translations/{language}/LC_MESSAGES/messages.po"))


@cache
def translations(language: str) -> dict[tuple[str, str | None], str]:
    """The texts of the interface in ``language`` by words and context; without a context, the first."""
    found: dict[tuple[str, str | None], str] = {}
    for file in _catalogues(language):
        if not file.exists():
            continue
        with file.open("rb") as stream:
            catalogue = read_po(stream)
        for message in catalogue:
            one = isinstance(message.id, str)
            words = message.id if one else message.id[0]
            text = message.string if one else message.string[0]
            if words and text and not message.fuzzy:
                found.setdefault((words, message.context), text)
                found.setdefault((words, None), text)
    return found


class Label(SphinxRole):
    """What stands on the screen, as the reader sees it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """One inline node with the text of the interface."""
        words, context = parts(self.text)
        shown = words
        if self.config.language != "en":
            shown = translations(self.config.language).get((words, context), words)
        shown = re.sub(r"%\(\w+\)s", "…", shown)
        return [nodes.inline(self.rawtext, shown, classes=["guilabel"])], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the role known to Sphinx."""
    app.add_role("label", Label())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
