"""Comma-separated values."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.exporting.about import About
from core.exporting.guard import harmless
from core.exporting.lists import Value
from core.exporting.values import as_plain_text, is_text


def write_csv(path: Path, about: About, rows: Iterable[Sequence[Value]]) -> None:
    """Write ``rows`` under one line of heads, and nothing else, so that other programs read it without being told.

    A file without types is opened by the reader's own spreadsheet with the reader's own settings: where the decimal
    sign is a comma, programs expect semicolons between the cells, and the mark at the beginning tells them UTF-8,
    without which they garble Cyrillic and Arabic.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if about.decimal == "," else ",")
        writer.writerow([harmless(head) for head in about.heads])
        for row in rows:
            writer.writerow([_cell(value, about) for value in row])


def _cell(value: Value, about: About) -> str:
    # Most cells of a wide list are empty.
    if value is None:
        return ""
    text = as_plain_text(value, about.decimal, about.yes, about.no)
    # A number below zero is a number; only words can be mistaken for formulas.
    return harmless(text) if is_text(value) else text
