"""Exported files as other programs read them."""

from __future__ import annotations

import csv
import io
from typing import Any


def of_csv(data: bytes, separator: str = ",") -> list[list[str]]:
    """The rows of a CSV file, its head first."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator))


def of_xlsx(data: bytes) -> Any:
    """A workbook, read by openpyxl."""
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(data))


def of_ods(data: bytes) -> list[list[Any]]:
    """The rows of the first sheet of an OpenDocument file, read by odfdo."""
    import odfdo

    table: Any = odfdo.Document(io.BytesIO(data)).body.get_table(position=0)
    return [list(row) for row in table.get_values()]


def rows_of(kind: str, data: bytes) -> list[list[Any]]:
    """The rows of a file of that kind, its head first."""
    if kind == "csv":
        return [list(row) for row in of_csv(data)]
    if kind == "ods":
        return of_ods(data)
    return [[cell.value for cell in row] for row in of_xlsx(data).worksheets[0].iter_rows()]
