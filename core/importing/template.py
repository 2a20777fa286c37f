"""Files that leave: an empty spreadsheet to fill in, and the refused rows with their reasons."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from core.directory.services import Partner
from core.exporting.guard import harmless
from core.i18n import current_language, direction
from core.i18n import gettext as _
from core.i18n import pgettext as _p
from core.importing.headings import Headings
from core.importing.models import PendingTable
from core.importing.planning import preview_headings, rows_below
from core.importing.reading import Grid
from core.importing.reasons import problems_in_words
from core.importing.tables import Cell, ImportField, TableImport

_ROWS_OFFERED = 2000


def template_file(
    table: TableImport, fields: Sequence[ImportField], organisations: Sequence[Partner]
) -> bytes:
    """A workbook with the headings of ``fields`` and, on a second sheet, the words that their cells may hold."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    book = Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#dfeae6", "text_wrap": True})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(_p("sheet", "Table"))
    words = book.add_worksheet(_p("sheet", "Allowed words"))
    for each in (sheet, words):
        each.freeze_panes(1, 0)
        if direction(current_language()) == "rtl":
            each.right_to_left()
    listed = 0
    for column, field in enumerate(fields):
        title = str(field.title)
        sheet.write_string(0, column, title, needed if field.required else head)
        # Telephones keep their zeros and plus signs only in cells of text.
        kind = day if field.cell is Cell.DAY else text
        sheet.set_column(column, column, max(14, min(36, len(title) + 6)), kind)
        allowed = _allowed(field, organisations)
        if not allowed:
            continue
        words.write_string(0, listed, title, head)
        words.set_column(listed, listed, 34)
        for row, word in enumerate(allowed, start=1):
            words.write_string(row, listed, word)
        sheet.data_validation(
            1, column, _ROWS_OFFERED, column,
            {
                "validate": "list",
                "source": _range(words.get_name(), listed, len(allowed)),
                # Several may stand in a cell, with semicolons; and what is not listed is asked about later.
                "error_type": "information",
                "show_error": False,
            },
        )  # fmt: skip
        listed += 1
    book.close()
    return stream.getvalue()


def _allowed(field: ImportField, organisations: Sequence[Partner]) -> list[str]:
    if field.cell in {Cell.ORGANISATION, Cell.ORGANISATIONS}:
        return [one.name for one in organisations if one.active]
    if field.cell is Cell.YES_NO:
        return [_p("answer", "Yes"), _p("answer", "No")]
    return [str(title) for title in field.choices.values()]


def _range(sheet: str, column: int, count: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    letter = xl_col_to_name(column, True)
    quoted = sheet.replace("'", "''")
    return f"='{quoted}'!{letter}$2:{letter}${count + 1}"


def refused_file(
    pending: PendingTable,
    grid: Grid,
    headings: Headings,
    table: TableImport,
    titles: Mapping[str, str],
) -> bytes:
    """The refused rows as they came, with their line and the reasons in front, as CSV that spreadsheets open."""
    refused: dict[int, Mapping[str, Any]] = {
        line["line"]: line for line in pending.lines if line["does"] == "refuse"
    }
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=grid.separator or ";")
    writer.writerow(
        [_p("file", "Line"), _("Reasons"), *map(harmless, preview_headings(grid, headings))]
    )
    for number, row in rows_below(grid, headings):
        if number in refused:
            reasons = " ".join(problems_in_words(refused[number], table, titles))
            writer.writerow([str(number), harmless(reasons), *map(harmless, row)])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()
