"""A file becomes a grid of texts. Whatever is wrong with it is told as :class:`NotATable`, never as a failure.

Nothing here knows what the cells mean: numbers, days and truth come as texts that :mod:`core.importing.cells` reads.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from core.exporting.guard import reads_as_formula
from core.files.content import XLSX, recognise
from core.files.refusals import UploadRefused
from core.forms import clean
from core.i18n import gettext as _
from core.i18n import ngettext
from core.importing.encodings import ENCODINGS, decode, find_encoding

MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 40 * 1024 * 1024
MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_SHEETS = 50
LONGEST_CELL = 20_000
# A sheet has 16,384 columns and a million rows; what is more was made to fill the memory.
MOST_INSIDE = 100_000
MOST_OUTSIDE = 1_200_000
_DEPTH_OF_ROWS = 3
# The last row that a sheet may have, a long way below the last that is taken.
LAST_ROW = 20 * MOST_ROWS
SEPARATORS = (";", ",", "\t", "|")
_LINES_IN_A_CELL = 100
_SAMPLE_ROWS = 200


class NotATable(Exception):
    """The file cannot be read as a table. The message is a sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a file, and how they were read.

    ``numbers`` are the lines of the file, or the rows of the sheet, in which each row begins.
    """

    rows: list[list[str]]
    numbers: list[int]
    encoding: str = ""
    separator: str = ""
    sheets: tuple[str, ...] = ()
    sheet: int = 0

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max((len(row) for row in self.rows), default=0)


def _too_many_rows() -> NotATable:
    return NotATable(
        _(
            "The file has more than %(most)s rows. Split it and import one part after the other.",
            most=MOST_ROWS,
        )
    )


@dataclass(slots=True)
class _Gathered:
    """Rows that are not empty, within the limits."""

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, number: int, cells: list[str]) -> None:
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return
        if len(self.rows) >= MOST_ROWS:
            raise _too_many_rows()
        if len(cells) > MOST_COLUMNS:
            raise NotATable(
                _(
                    "The table has more than %(most)s columns. Delete those that are not needed.",
                    most=MOST_COLUMNS,
                )
            )
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise NotATable(
                ngettext(
                    "A cell in line %(num)s is too long. Shorten it, or delete its column.",
                    "A cell in line %(num)s is too long. Shorten it, or delete its column.",
                    number,
                )
            )
        self.rows.append(cells)
        self.numbers.append(number)


def read_grid(
    data: bytes, name: str, languages: tuple[str, ...], chosen: Mapping[str, Any]
) -> Grid:
    """Read a file that its sender calls ``name``. ``chosen`` may hold encoding, separator and sheet.

    Raises :class:`NotATable`.
    """
    if not data.strip():
        raise NotATable(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise NotATable(_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1024 // 1024))
    if data.startswith(b"PK\x03\x04"):
        grid = _read_xlsx(data, chosen)
    elif data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise NotATable(_wrong_kind(name))
    else:
        grid = _read_csv(data, languages, chosen)
    if not grid.rows:
        raise NotATable(_("The table is empty."))
    return grid


def _wrong_kind(name: str) -> str:
    if name.lower().endswith(".xls"):
        return _(
            "Files in the format of Excel before 2007 (.xls) are not read. Open it and save it as an Excel workbook "
            "(.xlsx)."
        )
    return _(
        "This is neither a CSV file nor an Excel workbook. Open it in its program and save it as .xlsx or as .csv."
    )


# -- Text with separators ----------------------------------------------------------------------------------------


def _read_csv(data: bytes, languages: tuple[str, ...], chosen: Mapping[str, Any]) -> Grid:
    encoding = str(chosen.get("encoding") or "")
    if encoding not in ENCODINGS or (text := decode(data, encoding)) is None:
        encoding = find_encoding(data, languages)
        text = decode(data, encoding) if encoding else None
    if text is None:
        raise NotATable(
            _(
                "The text of the file cannot be read. Save it anew as “CSV UTF-8” or as an Excel workbook (.xlsx)."
            )
        )
    if re.match(r"\s*<(?:!doctype|html|\?xml|table)", text, re.IGNORECASE):
        raise NotATable(
            _(
                "This is a web page and no spreadsheet, whatever its name. Open it and save it as an Excel workbook "
                "(.xlsx)."
            )
        )
    offset = 0
    separator = str(chosen.get("separator") or "")
    if told := re.match(r"sep=(.)\r?\n", text):
        text, offset = text[told.end() :], 1
        separator = separator or told[1]
    if separator not in SEPARATORS:
        separator = find_separator(text)
    gathered = _Gathered()
    for number, cells in _records(text, separator):
        gathered.add(number + offset, [_plain(cell) for cell in cells])
    return Grid(gathered.rows, gathered.numbers, encoding=encoding, separator=separator)


def _plain(text: str) -> str:
    if not text:
        # Most cells of most files, and millions of those that are made to keep us busy.
        return text
    text = clean(text.replace("\u00a0", " ").replace("\u200b", "")) or ""
    # The mark by which spreadsheets, and our own files, say that a text is no formula.
    return text[1:] if text.startswith("'") and reads_as_formula(text[1:]) else text


def _records(text: str, separator: str, most: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line in which it begins.

    A quotation mark that nobody closed would swallow the rest of the file: then marks are letters like any other.
    """
    lines = io.StringIO(text, newline="")
    if _quotes_close(text, separator):
        reader = csv.reader(lines, delimiter=separator)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    try:
        before = 0
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
            if most and before >= most:
                return
    except csv.Error as fault:
        raise NotATable(
            _(
                "The file cannot be read from line %(line)s on. Save it anew as an Excel workbook (.xlsx).",
                line=reader.line_num,
            )
        ) from fault


def _quotes_close(text: str, separator: str) -> bool:
    if '"' not in text:
        return True
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(cell.count("\n") > _LINES_IN_A_CELL for cell in cells):
                return False
    except csv.Error:
        return False
    return True


def find_separator(text: str) -> str:
    """What stands between the cells: what cuts the lines into the most columns, the most evenly."""
    sample = text[:64_000]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, most = SEPARATORS[0], 0.0
    for separator in SEPARATORS:
        if separator not in sample:
            continue
        try:
            widths = [
                len(cells) for _number, cells in _records(sample, separator, _SAMPLE_ROWS) if cells
            ]
        except NotATable:
            continue
        points = _evenness(widths)
        if points > most:
            best, most = separator, points
    return best


def _evenness(widths: list[int]) -> float:
    split = [width for width in widths if width > 1]
    if not split:
        return 0.0
    usual = max(set(split), key=lambda width: (split.count(width), width))
    share = split.count(usual) / len(widths)
    return share * share * min(usual, 12) + 0.01 * len(split) / len(widths)


# -- Workbooks ---------------------------------------------------------------------------------------------------


def _read_xlsx(data: bytes, chosen: Mapping[str, Any]) -> Grid:
    _check_workbook(data)
    import warnings

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # Of styles and checks that it does not know; we read values alone.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                return _read_book(book, data, chosen)
            finally:
                book.close()
    except NotATable:
        raise
    except Exception as fault:
        # The library checks little: a damaged workbook fails in as many ways as it can be damaged.
        raise NotATable(
            _("The workbook is damaged. Open it in its program, save it anew and send it again.")
        ) from fault


def _check_workbook(data: bytes) -> None:
    """Refuse what is no workbook, holds a program, or would fill the memory when unpacked."""
    with NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(data)
        file.flush()
        try:
            recognise(Path(file.name), "table.xlsx")
        except UploadRefused as fault:
            if _kind_inside(data) != XLSX.media_type:
                raise NotATable(_other_office(data)) from fault
            raise NotATable(str(fault)) from fault
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED:
            raise NotATable(
                _("Unpacked, this workbook is too large. Copy the table alone into a new one.")
            )
        try:
            for member in archive.infolist():
                with archive.open(member) as part:
                    _check_part(part)
        except _TooMuch as fault:
            raise NotATable(
                _("Unpacked, this workbook is too large. Copy the table alone into a new one.")
            ) from fault


class _TooMuch(Exception):
    """A part of a workbook that would fill the memory."""


def _check_part(part: IO[bytes]) -> None:
    """Raise :class:`_TooMuch` for rows, or texts, that hold more than the library should hold at once."""
    from xml.parsers.expat import ExpatError, ParserCreate

    depth = inside = outside = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth, inside, outside
        depth += 1
        # A row stands within the table of its sheet, its cells in it.
        if depth <= _DEPTH_OF_ROWS:
            inside, outside = 0, outside + 1
        else:
            inside += 1
        if inside > MOST_INSIDE or outside > MOST_OUTSIDE:
            raise _TooMuch

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    # What is no XML is a picture, or damaged, of which the library will tell.
    with suppress(ExpatError):
        parser.ParseFile(part)


def _kind_inside(data: bytes) -> str:
    """What an archive says of itself: a workbook, or what its first member names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                # No more than the beginning: who knows what the whole unpacks to.
                with archive.open("mimetype") as said:
                    return said.read(200).decode("ascii", "replace").strip()
            return XLSX.media_type if any(name.startswith("xl/") for name in names) else ""
    except Exception:
        # Damaged in whatever way; the refusal says so already.
        return XLSX.media_type


def _other_office(data: bytes) -> str:
    if "opendocument.spreadsheet" in _kind_inside(data):
        return _(
            "OpenDocument spreadsheets (.ods) are not read. Open it and save it as an Excel workbook (.xlsx)."
        )
    return _wrong_kind("")


def _read_book(book: Any, data: bytes, chosen: Mapping[str, Any]) -> Grid:
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:MOST_SHEETS]
    if not sheets:
        raise NotATable(_("The workbook holds no visible sheet."))
    wanted = chosen.get("sheet")
    if not isinstance(wanted, int) or not 0 <= wanted < len(sheets):
        wanted = _fullest(sheets)
    gathered = _read_sheet(sheets[wanted], data)
    return Grid(
        gathered.rows,
        gathered.numbers,
        sheets=tuple(str(sheet.title)[:60] for sheet in sheets),
        sheet=wanted,
    )


def _fullest(sheets: list[Any]) -> int:
    """The first sheet that holds a table, as far as its first rows tell; else the one that holds most."""
    most, best = -1, 0
    for number, sheet in enumerate(sheets):
        rows = sheet.iter_rows(max_row=_SAMPLE_ROWS, max_col=MOST_COLUMNS, values_only=True)
        widths = [sum(1 for value in row if value is not None) for row in rows]
        # Words that a table allows, or a list of them, stand behind it; what stands before it is a page of text.
        if sum(1 for width in widths if width > 2) > 1:
            return number
        if sum(widths) > most:
            most, best = sum(widths), number
    return best


def _read_sheet(sheet: Any, data: bytes) -> _Gathered:
    merged = _merged_down(sheet, data)
    gathered = _Gathered()
    # By column: the last row of the cell that is merged downwards here, and what it says.
    open_now: dict[int, tuple[int, str]] = {}
    empty = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_in_text(cell) for cell in row[: MOST_COLUMNS + 1]]
        for column, (last, says) in list(open_now.items()):
            if number > last:
                del open_now[column]
            elif says:
                cells += [""] * (column + 1 - len(cells))
                cells[column] = cells[column] or says
        for column, last in merged.get(number, ()):
            open_now[column] = (last, cells[column] if column < len(cells) else "")
        before = len(gathered.rows)
        gathered.add(number, cells)
        # Programs write a million formatted rows below a table; a long gap is its end.
        empty = 0 if len(gathered.rows) > before else empty + 1
        if empty > MOST_ROWS:
            break
        if number > LAST_ROW:
            raise _too_many_rows()
    return gathered


def _merged_down(sheet: Any, data: bytes) -> dict[int, list[tuple[int, int]]]:
    """Cells merged over several rows say the same in each of them: column and last row, by the first row.

    Merged sideways is a heading over several columns, which :mod:`core.importing.headings` understands.
    """
    from openpyxl.utils.cell import range_boundaries

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # The library reads merged cells only together with every style of the sheet: five times as long.
        text = archive.read(str(sheet._worksheet_path).lstrip("/"))
    merged: dict[int, list[tuple[int, int]]] = {}
    tail = text[text.rfind(b"</sheetData>") :]
    for found in re.findall(rb"<(?:\w+:)?mergeCell [^>]*ref=\"([A-Z0-9:$]{3,30})\"", tail)[:5000]:
        first_column, first, _last_column, last = range_boundaries(found.decode())
        if first_column and first and last and last > first and first_column <= MOST_COLUMNS:
            merged.setdefault(first, []).append((first_column - 1, last))
    return merged


def _in_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return "" if value.startswith("#") and value in _FAULTS else _plain(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_in_text(value, str(cell.number_format or ""))
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return _plain(str(value))


_FAULTS = frozenset("#N/A #REF! #NAME? #VALUE! #DIV/0! #NUM! #NULL!".split())


def _number_in_text(value: float, shown_as: str) -> str:
    """Without the .0 that spreadsheets give to telephone numbers, with the zeros that their format shows."""
    if not float(value).is_integer():
        return repr(round(float(value), 10))
    text = str(int(value))
    zeros = len(shown_as) < 30 and set(shown_as) == {"0"}
    return text.zfill(len(shown_as)) if zeros and value >= 0 else text
