"""What exported files hold, and what a spreadsheet makes of them."""

from __future__ import annotations

import io
import re
import sys
import time
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core.exporting.about import About, about
from core.exporting.csv_file import write_csv
from core.exporting.guard import harmless, readable, reads_as_formula
from core.exporting.lists import Column, ListExport, Value, Written
from core.exporting.ods_file import MEDIA_TYPE, _line, write_ods
from core.exporting.pdf_file import runs_right_to_left, write_pdf
from core.exporting.xlsx_file import LONGEST_CELL, write_xlsx
from core.i18n import force_language
from core.testing import spreadsheets
from core.testing.app import World
from core.values import Viewer

LIVE = [
    '=HYPERLINK("https://bad.example")', "+1+1", "-1+1", "@SUM(A1)", "|calc", "%0A", "\t=1", "\r=1", "\n=1", " =1",
    "\ufeff=1", "\u200b=1", "\u00a0=1", "＝1+1", "＋1", "－1", "＠SUM(1)", "﹢1", "−1", "=cmd|' /C calc'!A0",
]  # fmt: skip
CALM = [
    "",
    "Workshop",
    "3 = 3",
    "a@b.example",
    "'quoted",
    "Работилница",
    "ورشة",
    "1-2",
    "(=1)",
    "“=1”",
]
MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
COLUMNS = (
    Column("text", "Text"),
    Column("number", "Number", "number"),
    Column("money", "Money", "money"),
    Column("day", "Day", "date"),
    Column("at", "At", "datetime"),
    Column("done", "Done", "yes_no", printed=False),
    Column("url", "Page", "url", printed=False),
)
ROW: Sequence[Value] = (
    Written("Работилница", "mk"), -12, Decimal("-1234.50"), date(2026, 11, 23), MOMENT, True, "https://a.example/x",
)  # fmt: skip
WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "ods": write_ods}


def viewer(language: str = "en") -> Viewer:
    return Viewer("p", "Elena & Sons", language, "c", "m", None, frozenset(), frozenset({"see"}))


def told(world: World, language: str = "en", **more: Any) -> About:
    facts: dict[str, Any] = {
        "name": "things",
        "title": "Things",
        "columns": COLUMNS,
        "permission": "see",
    }
    export = ListExport(**(facts | {"rows": lambda _who, _asked: iter(())} | more))
    with world.in_city("alva"), force_language(language):
        return about(export, viewer(language), {}, 1)


def write(
    kind: str, world: World, rows: Sequence[Sequence[Value]], path: Path, **more: Any
) -> bytes:
    described = told(world, **more)
    with world.in_city("alva"):
        WRITERS[kind](path, described, rows)
    return path.read_bytes()


# -- The guard ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", LIVE)
def test_what_could_run_is_recognised(text: str) -> None:
    assert reads_as_formula(text)
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", CALM)
def test_what_cannot_run_is_left_alone(text: str) -> None:
    assert not reads_as_formula(text)
    assert harmless(text) == text


def test_no_letter_and_no_figure_stands_for_the_sign_of_a_formula() -> None:
    # The guard passes what begins with one, so this must hold of every sign that there is.
    signs = (chr(code) for code in range(sys.maxunicode + 1))
    live = [
        s for s in signs if s.isalnum() and unicodedata.normalize("NFKC", s)[0] in "=+-@|%\u2212"
    ]
    assert live == []


@given(st.text(max_size=30))
def test_no_text_reads_as_a_formula_once_it_is_harmless(text: str) -> None:
    assert not reads_as_formula(harmless(text))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", readable(text))


@pytest.mark.parametrize("kind", list(WRITERS))
def test_no_text_of_any_file_is_a_formula(kind: str, world: World, tmp_path: Path) -> None:
    rows: list[Sequence[Value]] = [(text, *[None] * 6) for text in LIVE + CALM]
    data = write(kind, world, rows, tmp_path / f"x.{kind}")
    if kind == "csv":
        texts = [row[0] for row in spreadsheets.of_csv(data)[1:]]
        assert not [text for text in texts if reads_as_formula(text)]
    elif kind == "xlsx":
        cells = list(spreadsheets.of_xlsx(data).worksheets[0].iter_rows(min_row=2, max_col=1))
        assert {cell[0].data_type for cell in cells} <= {"s", "inlineStr", "n"}
        assert not [
            cell[0].value
            for cell in cells
            if cell[0].data_type == "n" and cell[0].value is not None
        ]
        # Somebody who opens the cell and presses Enter keeps a text as well.
        quoted = [cell[0] for cell in cells if reads_as_formula(str(cell[0].value or ""))]
        assert quoted
        assert all(cell.quotePrefix for cell in quoted)
    else:
        content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
        assert "table:formula" not in content
        kinds = set(re.findall(r'office:value-type="(\w+)"', content))
        assert kinds == {"string"}


def test_a_head_and_a_sheet_called_like_a_formula_are_text(world: World, tmp_path: Path) -> None:
    columns = (Column("x", "=1+1"), *COLUMNS[1:])
    assert (
        spreadsheets.of_csv(write("csv", world, [], tmp_path / "a.csv", columns=columns))[0][0]
        == "'=1+1"
    )
    book = spreadsheets.of_xlsx(
        write("xlsx", world, [], tmp_path / "a.xlsx", columns=columns, title="=[x]:/?*'")
    )
    assert book.worksheets[0]["A1"].data_type == "s"


# -- Values ------------------------------------------------------------------------------------------------


def test_an_excel_sheet_keeps_numbers_days_and_moments_as_what_they_are(
    world: World, tmp_path: Path
) -> None:
    sheet = spreadsheets.of_xlsx(write("xlsx", world, [ROW], tmp_path / "x.xlsx")).worksheets[0]
    values = [cell.value for cell in sheet[2]]
    # Skopje is an hour ahead in November, and a spreadsheet knows no zones.
    assert values == [
        "Работилница", -12, -1234.5, datetime(2026, 11, 23), datetime(2026, 11, 23, 10, 30), "yes",
        "https://a.example/x",
    ]  # fmt: skip
    assert [cell.is_date for cell in sheet[2]] == [False, False, False, True, True, False, False]
    assert sheet["G2"].hyperlink is None
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:G2"


def test_an_open_document_keeps_numbers_days_and_moments_as_what_they_are(
    world: World, tmp_path: Path
) -> None:
    data = write("ods", world, [ROW, (None,) * 7], tmp_path / "x.ods")
    assert spreadsheets.of_ods(data)[1] == [
        "Работилница", -12, Decimal("-1234.50"), date(2026, 11, 23), datetime(2026, 11, 23, 10, 30), "yes",
        "https://a.example/x",
    ]  # fmt: skip
    package = zipfile.ZipFile(io.BytesIO(data))
    first = package.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert package.read("mimetype").decode() == MEDIA_TYPE
    for name in package.namelist()[1:]:
        ElementTree.fromstring(package.read(name))
    named = set(re.findall(r'full-path="([^"/]+)"', package.read("META-INF/manifest.xml").decode()))
    assert named == {name for name in package.namelist() if "/" not in name} - {"mimetype"}


def test_text_comes_back_from_an_open_document_as_it_was(world: World, tmp_path: Path) -> None:
    texts = ["two  blanks", " first", "last ", "a\tb", "<&>\"'", "one\ntwo", "   ", "\x00odd\ud800"]
    data = write("ods", world, [(text, *[None] * 6) for text in texts], tmp_path / "x.ods")
    back = [row[0] for row in spreadsheets.of_ods(data)[1:]]
    assert back == [readable(text) for text in texts]


@pytest.mark.parametrize(
    ("language", "separator", "amount"), [("en", ",", "-1234.50"), ("fr", ";", "-1234,50")]
)
def test_a_csv_is_written_for_the_reader_s_own_spreadsheet(
    world: World, tmp_path: Path, language: str, separator: str, amount: str
) -> None:
    data = write("csv", world, [ROW], tmp_path / "x.csv", language=language)
    assert data.startswith(b"\xef\xbb\xbf")
    row = spreadsheets.of_csv(data, separator)[1]
    assert row[0] == "Работилница"
    assert row[1:5] == ["-12", amount, "2026-11-23", "2026-11-23 10:30"]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize(("language", "turned"), [("ar", True), ("mk", False)])
def test_a_sheet_runs_as_its_reader_reads(
    world: World, tmp_path: Path, kind: str, language: str, turned: bool
) -> None:
    data = write(kind, world, [ROW], tmp_path / f"x.{kind}", language=language)
    if kind == "xlsx":
        assert all(
            bool(sheet.sheet_view.rightToLeft) is turned
            for sheet in spreadsheets.of_xlsx(data).worksheets
        )
    else:
        content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
        assert ('writing-mode="rl-tb"' in content) is turned


def test_a_sheet_says_on_a_second_one_which_list_it_is_and_who_took_it_out(
    world: World, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"words": lambda _who, _asked: ["Period: this year"]}
    for kind in ("xlsx", "ods"):
        data = write(kind, world, [ROW], tmp_path / f"x.{kind}", **more)
        if kind == "xlsx":
            book = spreadsheets.of_xlsx(data)
            said = " ".join(
                str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row
            )
            assert book.properties.title == "Things"
        else:
            said = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
        for words in ("Things", "Alva", "Period: this year", "Elena &"):
            assert words in said, (kind, words)


def test_a_text_too_long_for_a_cell_is_cut_with_a_mark(world: World, tmp_path: Path) -> None:
    sheet = spreadsheets.of_xlsx(
        write("xlsx", world, [("x" * 40_000, *[None] * 6)], tmp_path / "x.xlsx")
    ).worksheets[0]
    assert len(sheet["A2"].value) == LONGEST_CELL
    assert sheet["A2"].value.endswith("…")


@pytest.mark.parametrize("kind", list(WRITERS))
def test_an_empty_list_is_a_file_with_heads(kind: str, world: World, tmp_path: Path) -> None:
    rows = spreadsheets.rows_of(kind, write(kind, world, [], tmp_path / f"x.{kind}"))
    assert rows[0] == [str(column.title) for column in COLUMNS]
    assert len(rows) == 1


# -- On paper ----------------------------------------------------------------------------------------------


def test_a_paper_shows_the_printed_columns_in_words_of_the_reader(
    world: World, tmp_path: Path
) -> None:
    from pypdf import PdfReader

    described = told(world)
    with world.in_city("alva"), force_language("en"):
        write_pdf(tmp_path / "x.pdf", described, [ROW], seconds=30)
    text = PdfReader(tmp_path / "x.pdf").pages[0].extract_text()
    for words in ("Things", "Alva", "Работилница", "-1,234.50", "1 row", "by Elena & Sons"):
        assert words in text, words
    assert "Page 1 of 1" in text
    assert "a.example" not in text


@pytest.mark.parametrize(
    ("text", "turned"),
    [("ورشة", True), ("12 ورشة", True), ("Workshop ورشة", False), ("12", False), ("עברית", True)],
)
def test_a_cell_runs_as_its_first_letter_says(text: str, turned: bool) -> None:
    assert runs_right_to_left(text, False) is turned


def test_a_list_knows_the_arguments_it_names_and_no_others(app: Flask) -> None:
    export = ListExport("x", "X", COLUMNS, lambda _w, _a: iter([ROW, ROW]), "see", arguments=("q",))
    assert export.known({"q": "a" * 300, "after": "z", "evil": "1"}) == {"q": "a" * 200}
    assert export.known({"q": ""}) == {}
    assert export.how_many(viewer(), {}) == 2


def test_a_line_of_nothing_but_blanks_is_written_at_once() -> None:
    """And with the blanks that it has."""
    assert _line("a   b  c d") == 'a <text:s text:c="2"/>b <text:s text:c="1"/>c d'
    began = time.process_time()
    _line("a" + " " * 20_000 + "b")
    assert time.process_time() - began < 0.5
