"""Lists as papers."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.exporting.about import About
from core.exporting.guard import readable
from core.exporting.lists import Value, Written
from core.i18n import format_date, format_datetime, format_number, lang_tag
from core.i18n import gettext as _
from core.printing import letterhead, pdf

# More than this stands across the page only if the page lies on its side.
UPRIGHT_WIDTH = 95
_AT_END = frozenset({"number", "money"})
_UNBROKEN = _AT_END | {"date", "datetime"}
_LONG_WORD = re.compile(r"\S{22,}")
_STRONG = re.compile("[A-Za-z\u00c0-\u058f]|([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])")


def write_pdf(path: Path, about: About, rows: Iterable[Sequence[Value]], *, seconds: float) -> None:
    """Write the printed columns of ``rows`` as a paper. Raises :class:`core.printing.PrintingFailed`."""
    shown = [number for number, column in enumerate(about.columns) if column.printed]
    columns: list[dict[str, Any]] = [
        {
            "title": about.heads[number],
            # Days and numbers take what they need, so that none is broken; the words share the rest.
            "width": 0 if about.columns[number].kind in _UNBROKEN else about.columns[number].width,
            "at_end": about.columns[number].kind in _AT_END,
        }
        for number in shown
    ]
    data: dict[str, Any] = {
        "head": letterhead(about.language),
        "lead": [about.rows, *about.filters],
        "foot": about.made,
        "columns": columns,
        "rows": [[_cell(row[number], about) for number in shown] for row in rows],
        "empty": _("Nothing stands in this list."),
        "wide": sum(about.columns[number].width for number in shown) > UPRIGHT_WIDTH,
    }
    path.write_bytes(
        pdf("table", data, language=about.language, title=about.title, seconds=seconds)
    )


def _cell(value: Value, about: About) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return about.yes if value else about.no
        case int():
            return format_number(value)
        case Decimal():
            return format_number(value, 2)
        case datetime():
            return _unbroken(format_datetime(value))
        case date():
            return _unbroken(format_date(value))
        case _:
            text = _LONG_WORD.sub(_with_breaks, readable(str(value)).strip())
            language = value.language if isinstance(value, Written) else ""
            turned = runs_right_to_left(text, about.right_to_left)
            if turned == about.right_to_left and language in {"", about.language}:
                return text
            return [text, lang_tag(language).partition("-")[0] if language else "", turned]


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _with_breaks(word: re.Match[str]) -> str:
    """A long word, such as an address, with places where a line may end."""
    return "\u200b".join(re.findall(r"[^/@._-]{1,16}[/@._-]*|[/@._-]+", word.group()))


def runs_right_to_left(text: str, otherwise: bool) -> bool:
    """The direction that the first letter of ``text`` gives it, as ``dir="auto"`` decides on a page."""
    found = _STRONG.search(text)
    return otherwise if found is None else found.group(1) is not None
