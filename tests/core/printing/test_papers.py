"""Papers: tagged, in their language, with fonts that came with them, and readable in the order in which one reads."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from pypdf import PdfReader

from core.i18n import force_language
from core.printing import PrintingFailed, letterhead, pdf, services
from core.printing.arms import DRAWINGS, HOUSE_ACCENT, arms_picture
from core.printing.fonts import STAND_IN, covered, drawable, font_files
from core.testing.app import World
from core.testing.papers import drawn, fonts, kinds, resolved, says, structure, text_of

HEAD = {
    "city": "Брезово",
    "network": "Локална мрежа",
    "arms": arms_picture("tower"),
    "accent": "#24545f",
}
ARABIC = "ورشة عمل حول قراءة الأخبار"


def table(rows: list[list[Any]], *, language: str = "en", title: str = "Activities") -> PdfReader:
    data = {
        "head": HEAD,
        "lead": ["2 rows", "Period: this year"],
        "foot": "Exported by Elena",
        "columns": [
            {"title": "Title", "width": 30, "at_end": False},
            {"title": "People", "width": 0, "at_end": True},
        ],
        "rows": rows,
        "empty": "Nothing stands in this list.",
        "wide": False,
    }
    with force_language(language):
        return PdfReader(io.BytesIO(pdf("table", data, language=language, title=title)))


def test_a_paper_says_that_it_is_tagged_and_follows_the_standard_for_everybody() -> None:
    reader = table([["Workshop", "12"]])
    root: Any = reader.root_object
    assert resolved(root["/MarkInfo"])["/Marked"]
    assert "/StructTreeRoot" in root
    assert resolved(root["/ViewerPreferences"])["/DisplayDocTitle"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Activities"
    identification = resolved(root["/Metadata"]).get_data().decode()
    assert re.search(r"pdfuaid:part[=>\s\"]*1", identification), identification


def test_a_table_has_rows_heads_and_cells_for_who_listens() -> None:
    found = kinds(table([["One", "1"], ["Two", "2"]]))
    assert found.count("/TH") == 2
    assert found.count("/TD") == 4
    assert found.count("/TR") == 3
    assert "/THead" in found
    assert "/H1" in found
    heads = [e for e in structure(table([["One", "1"]])) if e["/S"] == "/TH"]
    for head in heads:
        attributes = resolved(head["/A"])
        parts = attributes if isinstance(attributes, list) else [attributes]
        assert any(resolved(each).get("/Scope") == "/Column" for each in parts)


def test_the_head_of_a_long_table_is_repeated_to_the_eye_and_said_once_to_the_ear() -> None:
    reader = table([[f"Row {number}", str(number)] for number in range(120)])
    assert len(reader.pages) > 2
    assert all("People" in page.extract_text() for page in reader.pages)
    assert kinds(reader).count("/TH") == 2


def test_every_page_has_its_number_and_how_many_there_are() -> None:
    reader = table([[f"Row {number}", str(number)] for number in range(120)])
    last = len(reader.pages)
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of {last}" in page.extract_text()


def test_all_fonts_are_in_the_paper_and_are_those_of_the_house() -> None:
    reader = table([["Работилница " + ARABIC, "1"]])
    names = fonts(reader)
    assert all(names.values())
    assert names
    assert all("Plex" in name or "NotoSans" in name for name in names), names


def test_arabic_is_joined_and_comes_out_in_the_order_in_which_it_is_read() -> None:
    reader = table([[ARABIC, "7"]], language="ar", title="الأنشطة")
    assert str(reader.root_object["/Lang"]) == "ar"
    text = text_of(reader)
    assert says(reader, ARABIC)
    assert "الأنشطة" in text


def test_a_text_in_another_language_says_which() -> None:
    reader = table([[[ARABIC, "ar", True], "7"]])
    spoken = {str(element["/Lang"]) for element in structure(reader) if "/Lang" in element}
    assert "ar" in spoken or b"/Lang" in drawn(reader)
    assert says(reader, ARABIC)


def test_serbian_in_both_scripts_is_a_paper() -> None:
    for language in ("sr", "sr_Latn"):
        assert (
            table([["Радионица, radionica", "1"]], language=language).root_object["/Lang"]
            is not None
        )


def test_what_no_font_has_becomes_a_mark_and_the_paper_is_made() -> None:
    text = text_of(table([["Party \U0001f389 in 北京", "1"]]))
    assert f"Party {STAND_IN} in {STAND_IN}{STAND_IN}" in text


@pytest.mark.parametrize(
    "text", ["#panic()", "$x^2$", "= Title", "\\", "*/ //", '"]', "{page}", "@x", "<a>"]
)
def test_what_people_wrote_is_never_read_as_a_template(text: str) -> None:
    reader = table([[text, text]], title=text)
    assert text_of(reader).count(text) >= 2


def test_marks_that_turn_the_direction_do_not_reach_a_paper() -> None:
    assert drawable("a\u202egnp.exe\u2066b") == "agnp.exeb"


def test_every_letter_of_the_eight_languages_has_a_font() -> None:
    letters = (
        "АБВГДЃЅЈКЉЊЌЏЋЂабвгдѓѕјкљњќџћђÇçËëĞğİıŞşÖöÜüŽžŠšĐđĆćČčàâæçéèêëîïôœùûüÿ"
        "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي،؛؟«»“”„’–—…·€"
    )
    assert not [letter for letter in letters if ord(letter) not in covered()]
    assert ord(STAND_IN) in covered()


def test_the_character_map_is_read_as_typst_reads_it() -> None:
    """What is said to be drawable is drawn: a paper of all of it is made."""
    points = sorted(point for point in covered() if point >= 0x20 and chr(point).isprintable())
    rows = [
        ["".join(map(chr, points[start : start + 60])), ""] for start in range(0, len(points), 60)
    ]
    assert table(rows).pages


def test_the_arms_are_the_city_s_in_its_colour() -> None:
    assert 'fill="#112233"' in arms_picture("bridge", "#112233")
    assert arms_picture("bridge") != arms_picture("star")
    assert HOUSE_ACCENT in arms_picture("bridge", "red; evil")
    assert arms_picture("no such") == arms_picture("")
    for name in re.findall(r'id="arms-([a-z]+)"', DRAWINGS.read_text(encoding="utf-8")):
        assert "currentColor" not in arms_picture(name)


def test_the_letterhead_is_that_of_the_city_in_force(world: World) -> None:
    with world.in_city("alva") as city:
        city.arms, city.accent_light = "tower", "#1f6552"
        city.body_names = {"en": "Local prevention network"}
        head = letterhead("mk")
    assert head["city"] == "Алва"
    assert head["network"] == "Local prevention network"
    assert "#1f6552" in head["arms"]


def test_a_paper_that_cannot_be_set_is_refused_without_its_text_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#assert(false)", encoding="utf-8")
    with force_language("en"), pytest.raises(PrintingFailed):
        pdf(broken, {"secret": "somebody's name"}, language="en", title="x")
    assert "printing_failed" in caplog.text
    assert "somebody's name" not in caplog.text


def test_a_paper_that_never_settles_is_stopped(tmp_path: Path) -> None:
    endless = tmp_path / "endless.typ"
    endless.write_text("#while true { let x = 1 }\n#let f(n) = f(n)\n", encoding="utf-8")
    slow = tmp_path / "slow.typ"
    slow.write_text("#for i in range(100000000) { let x = i }", encoding="utf-8")
    for path in (endless, slow):
        started = datetime.now(UTC)
        with force_language("en"), pytest.raises(PrintingFailed):
            pdf(path, {}, language="en", title="x", seconds=2)
        assert (datetime.now(UTC) - started).total_seconds() < 8


def test_the_same_paper_is_the_same_bytes() -> None:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    sides = [{"name": name, "state": ""} for name in "ab"]
    data = {
        "head": HEAD,
        "title": "x",
        "lead": "",
        "foot": "",
        "missing": "-",
        "sides": sides,
        "parts": [],
    }
    with force_language("en"):
        first, second = (pdf("parallel", data, language="en", title="x", at=at) for _ in "12")
    assert first == second


def test_two_languages_stand_side_by_side_each_in_its_direction() -> None:
    data = {
        "head": HEAD,
        "title": ["Lire les nouvelles", "fr", False],
        "lead": "",
        "foot": "Printed by Elena",
        "missing": "Not translated yet.",
        "sides": [{"name": "français", "state": "Original"}, {"name": "العربية", "state": "Translated"}],
        "parts": [
            {"label": "Title", "texts": [["Lire les nouvelles", "fr", False], [ARABIC, "ar", True]]},
            {"label": "Description", "texts": [["Un.\nDeux.", "fr", False], ["", "ar", True]]},
        ],
    }  # fmt: skip
    with force_language("en"):
        reader = PdfReader(io.BytesIO(pdf("parallel", data, language="en", title="Side by side")))
    text = text_of(reader)
    for words in (
        "Lire les nouvelles",
        "Original",
        "Translated",
        "Not translated yet.",
        "Deux.",
    ):
        assert words in text, words
    assert says(reader, ARABIC)
    assert kinds(reader).count("/TH") == 2


def test_templates_do_not_hold_what_the_gathering_of_texts_would_read_as_its_own() -> None:
    for path in services.TEMPLATES.glob("*.typ"):
        Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def test_the_fonts_come_with_packages_and_not_with_the_machine() -> None:
    assert all("site-packages" in str(path) for path in font_files())
