"""A file is read as it was written, in whatever encoding, with whatever separator, or refused with a sentence."""

from __future__ import annotations

import csv
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.exporting.guard import harmless
from core.importing.cells import (
    Unread,
    read_clock,
    read_day,
    read_email,
    read_money,
    read_number,
    read_phone,
    read_website,
)
from core.importing.encodings import find_encoding
from core.importing.headings import Guesser, find_headings, joined
from core.importing.reading import (
    Grid,
    NotATable,
    _number_in_text,
    find_separator,
    read_grid,
)
from core.importing.tables import ImportField

from .conftest import book

MACEDONIAN = "Назив;Место\nООУ „Браќа“;Ѓорче\nЗдружение Ќош;Џепчиште\n"
SERBIAN = "Naziv;Mesto\nŠkola Đurđevak;Čačak\nUdruženje Žar;Ćuprija\n"
TURKISH = "Adı;Şehir\nÖğrenci Evi;Iğdır\nGençlik Şubesi;Çorlu\n"
FRENCH = "Nom;Lieu\nÉcole du Chêne;Évreux\nŒuvre à côté;Noël\n"
ARABIC = "الاسم;المدينة\nمدرسة النور;ألمينا\nجمعية الأمل;طرابلس\n"


@pytest.mark.parametrize(
    ("text", "encoding", "languages"),
    [
        (MACEDONIAN, "cp1251", ("mk", "sq")),
        (SERBIAN, "cp1250", ("sr", "sr_Latn")),
        (TURKISH, "cp1254", ("tr",)),
        (FRENCH, "cp1252", ("fr", "en")),
        (ARABIC, "cp1256", ("ar", "fr")),
        *(
            (text, encoding, ("mk", "ar", "tr"))
            for text in (MACEDONIAN, ARABIC, TURKISH)
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        ),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str, languages: tuple[str, ...]) -> None:
    assert find_encoding(text.encode(encoding), languages) == encoding
    grid = read_grid(text.encode(encoding), "a.csv", languages, {})
    assert grid.rows == [line.split(";") for line in text.splitlines()]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_is_believed_and_dropped(encoding: str) -> None:
    grid = read_grid(MACEDONIAN.encode(encoding), "a.csv", ("mk",), {})
    assert grid.rows[0] == ["Назив", "Место"]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_found_though_cells_hold_others(separator: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator)
    writer.writerows([["Name", "Address"], ["A", "Street 1, back; left"], ["B", "Lane | 2"]] * 3)
    assert find_separator(stream.getvalue()) == separator


def test_a_line_that_names_the_separator_is_no_row() -> None:
    grid = read_grid(b"sep=|\r\nName|Phone\r\nA|1\r\n", "a.csv", ("en",), {})
    assert (grid.rows[0], grid.numbers) == (["Name", "Phone"], [2, 3])


def test_a_quotation_mark_that_nobody_closed_is_a_letter() -> None:
    rows = "".join(f"School {n};{n}\n" for n in range(300))
    grid = read_grid(f'Name;Number\n"Broken;1\n{rows}'.encode(), "a.csv", ("en",), {})
    assert len(grid.rows) == 302
    assert grid.rows[1] == ['"Broken', "1"]


def test_line_numbers_are_those_of_the_file() -> None:
    grid = read_grid(b'Name;About\nA;"one\ntwo"\n\nB;x\n', "a.csv", ("en",), {})
    assert grid.numbers == [1, 2, 5]


def test_headings_of_two_lines_are_joined() -> None:
    upper = ["No", "Name", "", "Contact", "", ""]
    lower = ["", "in one", "in other", "Person", "Phone", ""]
    assert joined([upper, lower], 6) == [
        "No", "Name / in one", "Name / in other", "Contact / Person", "Contact / Phone", "",
    ]  # fmt: skip


def test_cells_merged_downwards_say_the_same_in_each_row() -> None:
    data = book(
        ("One", [["Sector", "Name"], ["Education", "A"], [None, "B"], ["Health", "C"]]),
        merged=("A2:A3",),
    )
    grid = read_grid(data, "a.xlsx", ("en",), {})
    assert grid.rows[2] == ["Education", "B"]
    assert grid.rows[3] == ["Health", "C"]


def test_a_workbook_gives_days_numbers_and_truth_as_text() -> None:
    from datetime import date, datetime, time

    row = [date(2026, 3, 1), datetime(2026, 3, 1, 17, 30), 70123456.0, 1.5, True, time(9, 5), None]
    grid = read_grid(book(("One", [["a"] * 6, row])), "a.xlsx", ("en",), {})
    assert grid.rows[1] == ["2026-03-01", "2026-03-01 17:30", "70123456", "1.5", "TRUE", "09:05"]


def test_another_sheet_can_be_chosen() -> None:
    data = book(("Cover", [["Hello"]]), ("Data", [["a", "b", "c"], ["1", "2", "3"]]))
    assert read_grid(data, "a.xlsx", ("en",), {}).sheet == 1
    assert read_grid(data, "a.xlsx", ("en",), {"sheet": 0}).rows == [["Hello"]]


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.csv", "empty"),
        (b"\n\n;;\n", "a.csv", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "Excel before 2007"),
        (b"%PDF-1.7", "a.csv", "neither a CSV file nor"),
        (b"<html><table><tr><td>a", "a.xls", "web page"),
        (b"PK\x03\x04 broken", "a.xlsx", "damaged"),
        (b"a;b\n" * 10_002, "a.csv", "more than 10000 rows"),
        (b";".join([b"a"] * 102), "a.csv", "more than 100 columns"),
        (b"x" * 20_001, "a.csv", "too long"),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(data: bytes, name: str, sentence: str) -> None:
    with pytest.raises(NotATable, match=sentence):
        read_grid(data, name, ("en",), {})


@pytest.mark.fuzz
@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_rubbish_is_read_or_refused_and_never_fails(data: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"\xff\xfe", b"Name;Phone\n"):
        with suppress(NotATable):
            assert read_grid(head + data, "a.csv", ("mk", "ar"), {}).rows


@pytest.mark.fuzz
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_damaged_workbook_is_read_or_refused(at: int, junk: bytes) -> None:
    data = bytearray(WORKBOOK)
    at %= len(data)
    data[at : at + len(junk)] = junk
    with suppress(NotATable):
        assert read_grid(bytes(data), "a.xlsx", ("en",), {}).rows


WORKBOOK = book(("One", [["Name", "Phone"], ["A", "070 123 456"], ["B", 12.5]]))
_WORD = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=12
).map(lambda text: " ".join(f"x{text}x".split()))


@pytest.mark.fuzz
@given(
    st.lists(st.lists(_WORD, min_size=3, max_size=3), min_size=2, max_size=8),
    st.sampled_from([";", ",", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=100, deadline=None)
def test_what_was_written_is_what_is_read(
    rows: list[list[str]], separator: str, encoding: str
) -> None:
    from core.forms import clean

    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    grid = read_grid(stream.getvalue().encode(encoding), "a.csv", ("en",), {"separator": separator})
    assert grid.rows == [[clean(cell.replace("\u00a0", " ")) for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31.12.2026", "2026-12-31"), ("31.12.2026 г.", "2026-12-31"), ("1/2/2026", "2026-02-01"),
        ("12/31/2026", "2026-12-31"), ("2026-12-31", "2026-12-31"), ("31.12.26", "2026-12-31"),
        ("2026-12-31 00:00:00", "2026-12-31"), ("46387", "2026-12-31"), ("٣١/١٢/٢٠٢٦", "2026-12-31"),
        ("31 декември 2026", "2026-12-31"), ("31 dhjetor 2026", "2026-12-31"),
        ("31 Aralık 2026", "2026-12-31"), ("31 décembre 2026", "2026-12-31"),
        ("31 كانون الأول 2026", "2026-12-31"), ("31 ديسمبر 2026", "2026-12-31"),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text: str, day: str) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text", ["32.1.2026", "2026", "soon", "1.1.1812", "0", "٣١", "1.13.13.2026"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Unread):
        read_day(text)


def test_numbers_amounts_and_times_are_read_as_people_write_them() -> None:
    assert [read_number(text) for text in ("30", "٣٠", "1.046", "1 046")] == [30, 30, 1046, 1046]
    assert [read_money(text) for text in ("1.200,50", "1200.5 ден.", "€ 1 200", "١٬٢٠٠٫٥٠")] == [
        "1200.50", "1200.50", "1200.00", "1200.50",
    ]  # fmt: skip
    assert [read_clock(text) for text in ("17:30", "17.30 ч", "9", "2026-03-01 17:30")] == [
        "17:30", "17:30", "09:00", "17:30",
    ]  # fmt: skip


def test_a_telephone_that_a_spreadsheet_has_shortened_is_refused() -> None:
    assert read_phone("02/3123-456") == "02/3123-456"
    with pytest.raises(Unread):
        read_phone("3,89702E+11")


@pytest.mark.parametrize(
    ("read", "text"),
    [(read_website, "http://" + "a." * 9_000 + "@"), (read_email, "a." * 90_000 + "@b.example")],
)
def test_an_endless_address_is_refused_at_once(read: Callable[[str], str], text: str) -> None:
    began = time.process_time()
    with pytest.raises(Unread):
        read(text)
    assert time.process_time() - began < 0.5


def test_a_format_of_endless_zeros_does_not_lengthen_a_number() -> None:
    assert _number_in_text(12, "0000") == "0012"
    assert _number_in_text(12, "0" * 1_000_000) == "12"


def packed(**members: bytes) -> bytes:
    """An archive with these members, packed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def memory_for(data: bytes, name: str) -> int:
    """How much memory it takes to refuse a file."""
    tracemalloc.start()
    try:
        with pytest.raises(NotATable):
            read_grid(data, name, ("mk",), {})
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_an_archive_says_of_itself_is_not_unpacked_whole() -> None:
    assert memory_for(packed(mimetype=b"x" * 60_000_000), "bomb.xlsx") < 20_000_000


def with_sheet(sheet: str) -> bytes:
    """A workbook whose first sheet is this."""
    source = zipfile.ZipFile(io.BytesIO(book(("Sheet", [["Name"]]))))
    members = {name: source.read(name) for name in source.namelist()}
    members["xl/worksheets/sheet1.xml"] = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{sheet}</sheetData></worksheet>"
    ).encode()
    return packed(**members)


@pytest.mark.parametrize("between", ["", "<!--<row >-->", "<row/>"])
def test_a_row_of_endless_cells_is_refused_before_it_is_held(between: str) -> None:
    cells = between.join(f"<c><v>{number * 7919}</v></c>" for number in range(120_000))
    assert memory_for(with_sheet(f"<row>{cells}</row>"), "wide.xlsx") < 40_000_000


def test_rows_far_apart_do_not_make_the_reader_count_for_hours() -> None:
    rows = "".join(
        f'<row r="{number * 9_000}"><c r="A{number * 9_000}"><v>1</v></c></row>'
        for number in range(1, 60)
    )
    with pytest.raises(NotATable, match="more than"):
        read_grid(with_sheet(rows), "gaps.xlsx", ("mk",), {})


@pytest.mark.parametrize("text", ["%50 of all", "|more", "\uff1d1+1", "\u22125", "=1+1", "@home"])
def test_the_mark_of_a_text_that_is_no_formula_is_taken_off_again(text: str) -> None:
    data = f"Name;Place\n{harmless(text)};Alva\n".encode()
    assert harmless(text) != text
    assert read_grid(data, "ours.csv", ("mk",), {}).rows[1] == [text, "Alva"]


def test_headings_of_a_wide_table_are_found_at_once() -> None:
    """Answers of a survey: a hundred columns of short texts, of which none is a heading that anybody knows."""
    fields = [
        ImportField(f"field{number}", "Title", words=tuple(f"w{number}a{word} of it" for word in range(25)))
        for number in range(35)
    ]  # fmt: skip
    rows = [[f"answer {row} to {column} and more" for column in range(100)] for row in range(35)]
    began = time.process_time()
    find_headings(Grid(rows, list(range(35))), Guesser(fields))
    assert time.process_time() - began < 2
