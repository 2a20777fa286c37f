"""Excel workbooks: typed cells, written row by row."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.exporting.about import About
from core.exporting.guard import readable, reads_as_formula
from core.exporting.lists import Value
from core.exporting.values import wall_time

LONGEST_CELL = 32_767
LONGEST_SHEET_NAME = 31
# Excel's own numbers for "a day" and "a day and a time": each reader's Excel writes them as its country does.
_DAY, _MOMENT = 14, 22


def write_xlsx(path: Path, about: About, rows: Iterable[Sequence[Value]]) -> None:
    """Write ``rows`` as a table that can be sorted and filtered at once, and a second sheet that says what it is."""
    import xlsxwriter

    with xlsxwriter.Workbook(
        str(path),
        {
            # Rows go to disk as they come: memory does not grow with them.
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        },
    ) as book:
        book.set_properties(
            {"title": about.title, "subject": "; ".join(about.filters), "company": about.city,
             "comments": about.made, "created": about.made_at}
        )  # fmt: skip
        _Table(book, about).write(rows)
        _write_facts(book, about)


class _Table:
    def __init__(self, book: Any, about: About) -> None:
        self.about = about
        top = {"valign": "top"}
        self.text = book.add_format(top | {"text_wrap": True})
        # Somebody who opens such a cell and presses Enter would otherwise make a formula of it.
        self.quoted = book.add_format(top | {"text_wrap": True, "quote_prefix": True})
        self.whole = book.add_format(top | {"num_format": "#,##0"})
        self.exact = book.add_format(top | {"num_format": "#,##0.00"})
        self.day = book.add_format(top | {"num_format": _DAY, "align": "left"})
        self.moment = book.add_format(top | {"num_format": _MOMENT, "align": "left"})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#eef1f0"}
        )
        self.sheet = book.add_worksheet(_sheet_name(about.title))

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        about, sheet = self.about, self.sheet
        if about.right_to_left:
            sheet.right_to_left()
        for position, column in enumerate(about.columns):
            sheet.set_column(position, position, column.width + 2)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        # "&" begins a code in a header, and two of them are one that is shown.
        city, title, made = (
            text.replace("&", "&&")[:80] for text in (about.city, about.title, about.made)
        )
        sheet.set_header(f"&L{city}&R{title}")
        sheet.set_footer(f"&L{made}&R&P / &N")
        for position, head in enumerate(about.heads):
            sheet.write_string(0, position, head, self.head)
        last = 0
        for last, row in enumerate(rows, start=1):
            for position, value in enumerate(row):
                self.cell(last, position, value)
        sheet.autofilter(0, 0, last, max(len(about.columns) - 1, 0))

    def cell(self, row: int, position: int, value: Value) -> None:
        sheet = self.sheet
        match value:
            case None:
                pass
            case bool():
                sheet.write_string(
                    row, position, self.about.yes if value else self.about.no, self.text
                )
            case int():
                sheet.write_number(row, position, value, self.whole)
            case Decimal():
                sheet.write_number(row, position, value, self.exact)
            case datetime():
                sheet.write_datetime(row, position, wall_time(value), self.moment)
            case date():
                sheet.write_datetime(row, position, value, self.day)
            case _:
                text = readable(str(value))
                if len(text) > LONGEST_CELL:
                    text = f"{text[: LONGEST_CELL - 1]}…"
                if text:
                    # Always as text: "write" would look at what it begins with.
                    kind = self.quoted if reads_as_formula(text) else self.text
                    sheet.write_string(row, position, text, kind)


def _write_facts(book: Any, about: About) -> None:
    sheet = book.add_worksheet(_sheet_name(about.sheet))
    if about.right_to_left:
        sheet.right_to_left()
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 80)
    term, said = (
        book.add_format({"bold": True, "valign": "top"}),
        book.add_format({"text_wrap": True}),
    )
    for row, (name, value) in enumerate(about.facts):
        sheet.write_string(row, 0, name, term)
        sheet.write_string(row, 1, readable(value), said)


def _sheet_name(title: str) -> str:
    """A title as Excel lets a sheet be called."""
    kept = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip("' ")
    return kept[:LONGEST_SHEET_NAME] or "1"
