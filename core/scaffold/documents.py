"""What the manual's own code blocks hold: files to be written, commands to be typed, and what these print.

A block that names a file in its caption is that file, whole. A block of ``sh`` is typed into a terminal, and a block
of ``text`` after it stands in what the commands print.
"""

import re
from dataclasses import dataclass
from pathlib import Path

TUTORIAL = Path("docs", "plugin-authors", "tutorial.md")

_BLOCK = re.compile(
    r"^(?P<fence>`{3,})\{code-block\} (?P<language>\S+)\n"
    r"(?P<options>(?::[a-z]+:[^\n]*\n)*)"
    r"(?P<text>.*?)^(?P=fence)$",
    re.M | re.S,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One code block: its language, the file that it is (or nothing), and its text."""

    language: str
    file: str
    text: str


def blocks(page: str) -> list[Block]:
    """The code blocks of a page of the manual, in their order."""
    found = []
    for match in _BLOCK.finditer(page):
        caption = re.search(r"^:caption: (.+)$", match["options"], re.M)
        found.append(Block(match["language"], caption[1].strip() if caption else "", match["text"]))
    return found


def write(block: Block, folder: Path) -> Path:
    """Write the file that a block is, below ``folder``; returns where."""
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
    return path
