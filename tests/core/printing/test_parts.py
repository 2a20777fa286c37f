"""Papers of parts: the same description as PDF and as DOCX, in scripts of both directions."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from core.i18n import force_language
from core.printing import paper_docx, paper_pdf
from core.printing.arms import arms_picture
from core.printing.blocks import (
    Beside,
    Facts,
    Framed,
    Grid,
    Heading,
    Lines,
    Listed,
    Paper,
    Part,
    Side,
    Signing,
    Text,
)
from core.testing.papers import (
    follows_the_standard,
    fonts,
    kinds,
    opened,
    read_pdf,
    resolved,
    says,
    text_of,
    words_of,
)

ARABIC = "ورشة عمل حول قراءة الأخبار"
FRENCH = "Lire les nouvelles"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HEADS = [Text("العربية", "ar"), Text("français", "fr")]
PARTS: tuple[Part, ...] = (
    Lines("A sentence beside.", "soft"),
    Facts([("When", "Thursday"), ("Where", Text("قاعة البلدية", "ar"))]),
    Heading(Text("Winter programme", "en"), 2, "4", "To decide"),
    Beside(
        HEADS,
        [
            ("", [Side(Text(ARABIC, "ar"), "Original"), Side(Text(f"{FRENCH}.\nDeux.", "fr"), "Outdated")]),
            ("Rationale", [Side(Text(ARABIC, "ar")), Side("Not translated yet.", soft=True)]),
        ],
        "Minutes in two languages",
    ),
    Framed("Decision 14/2", "By consensus", [Lines(Text("Three workshops are held.", "en"), "lead")]),
    Grid(["Name", "Signature"], [2, 1], [["Ana Ilieva", ""], ["Борис", ""]], "Who is there", tall=True),
    Listed([Text("plan.pdf", "en"), "A line"], ["https://net.example/f?a=1&b=2", ""]),
    Signing([("Chair", "Arben Limani"), ("Secretary", "")]),
)  # fmt: skip


def paper(language: str = "en", parts: Any = PARTS, **more: Any) -> Paper:
    head = {
        "city": "Алмина",
        "network": "Network",
        "arms": arms_picture("bridge"),
        "accent": "#24545f",
    }
    facts = {"heading": "Minutes", "lead": "14th meeting", "foot": "Printed", "mark": "Restricted"}
    return Paper("Minutes", head=head, language=language, parts=parts, **{**facts, **more})


def part_of(content: bytes, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return ElementTree.fromstring(package.read(name))


@pytest.mark.parametrize("language", ["en", "ar", "mk"])
def test_a_pdf_of_parts_is_tagged_in_its_language_with_its_fonts(language: str) -> None:
    with force_language(language):
        reader = read_pdf(paper_pdf(paper(language), at=AT))
    assert follows_the_standard(reader)
    assert str(reader.root_object["/Lang"]) == language
    assert fonts(reader)
    assert all(fonts(reader).values())
    found = kinds(reader)
    for kind in ("/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/L", "/Link"):
        assert kind in found, kind
    text = text_of(reader)
    for words in (
        "Lire les nouvelles",
        "Deux.",
        "Original",
        "Rationale",
        "Ana Ilieva",
        "Arben Limani",
        "Restricted",
    ):
        assert words in text, words
    assert says(reader, ARABIC)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_document_of_parts_opens_in_libreoffice_with_all_its_words(language: str) -> None:
    with force_language(language):
        content = paper_docx(paper(language), at=AT)
    text = words_of(content)
    for words in (
        "Minutes", "14th meeting", "4 · Winter programme", FRENCH, "Deux.", ARABIC, "قاعة البلدية", "Rationale",
        "Not translated yet.", "Decision 14/2", "Three workshops are held.", "Ana Ilieva", "Борис", "plan.pdf",
        "Arben Limani",
    ):  # fmt: skip
        assert words in text, words


def test_a_document_prints_with_its_letterhead_and_arabic_from_right_to_left() -> None:
    with force_language("ar"):
        reader = read_pdf(opened(paper_docx(paper("ar"), at=AT), "pdf"))
    text = text_of(reader)
    assert "Алмина" in text
    assert "Restricted" in text
    assert any("/XObject" in resolved(page["/Resources"]) for page in reader.pages)


def test_paragraphs_runs_and_tables_know_their_direction_and_language() -> None:
    with force_language("en"):
        document = part_of(paper_docx(paper(), at=AT), "word/document.xml")
    for paragraph in document.iter(f"{W}p"):
        words = "".join(each.text or "" for each in paragraph.iter(f"{W}t"))
        turned = paragraph.find(f"{W}pPr/{W}bidi") is not None
        if words == ARABIC:
            assert turned
            assert all(run.find(f"{W}rPr/{W}rtl") is not None for run in paragraph.iter(f"{W}r"))
            assert {each.get(f"{W}bidi") for each in paragraph.iter(f"{W}lang")} == {"ar"}
        if words.startswith(FRENCH):
            assert not turned
            assert {each.get(f"{W}val") for each in paragraph.iter(f"{W}lang")} == {"fr"}
    assert {each.get(f"{W}val") for each in document.iter(f"{W}bidiVisual")} == {"0"}
    with force_language("ar"):
        mirrored = part_of(paper_docx(paper("ar"), at=AT), "word/document.xml")
    assert {each.get(f"{W}val") for each in mirrored.iter(f"{W}bidiVisual")} == {None}
    assert mirrored.find(f".//{W}sectPr/{W}bidi") is not None


def test_latin_words_in_an_arabic_line_are_a_run_of_their_own() -> None:
    mixed = "اتفق الحاضرون مع UNICEF في 2026."
    with force_language("en"):
        document = part_of(
            paper_docx(paper(parts=[Lines(Text(mixed, "ar"))]), at=AT), "word/document.xml"
        )
    runs = {
        "".join(each.text or "" for each in run.iter(f"{W}t")).strip(): run.find(f"{W}rPr/{W}rtl")
        for run in document.iter(f"{W}r")
    }
    assert runs["UNICEF"] is None
    assert runs["اتفق الحاضرون مع"] is not None
    assert mixed in words_of(paper_docx(paper(parts=[Lines(Text(mixed, "ar"))]), at=AT))


def test_a_document_says_its_title_language_and_whom_it_is_from() -> None:
    with force_language("en"):
        content = paper_docx(paper(), at=AT)
    properties = part_of(content, "docProps/core.xml")
    told = {each.tag.rpartition("}")[2]: each.text for each in properties}
    assert told == {
        "title": "Minutes", "creator": "Алмина", "language": "en", "created": "2026-11-23T10:00:00Z",
        "modified": "2026-11-23T10:00:00Z",
    }  # fmt: skip


def test_every_table_repeats_its_head_and_has_a_name() -> None:
    with force_language("en"):
        document = part_of(paper_docx(paper(), at=AT), "word/document.xml")
    named = [
        table for table in document.iter(f"{W}tbl")
        if table.find(f"{W}tblPr/{W}tblCaption") is not None
    ]  # fmt: skip
    assert len(named) == 2
    assert all(table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None for table in named)


@pytest.mark.parametrize(
    "words", ["<w:p/>", "a & b", "]]>", '"q"', "a\x00\x0bb", "\ud800", "a\u202eb", "\ufffe"]
)
def test_what_people_wrote_is_text_and_nothing_else(words: str) -> None:
    with force_language("en"):
        content = paper_docx(
            paper(parts=[Lines(Text(words, "en")), Listed([words], [words])], heading=words), at=AT
        )
    document = part_of(content, "word/document.xml")
    text = "".join(each.text or "" for each in document.iter(f"{W}t"))
    assert re.sub("[\x00-\x1f\u202e\ufffe\ud800]", "", words) in text
    part_of(content, "word/_rels/document.xml.rels")


def test_the_same_paper_is_the_same_document() -> None:
    with force_language("en"):
        assert paper_docx(paper(), at=AT) == paper_docx(paper(), at=AT)


def test_every_relation_of_a_document_leads_to_a_part() -> None:
    with force_language("en"), zipfile.ZipFile(io.BytesIO(paper_docx(paper(), at=AT))) as package:
        names = set(package.namelist())
        for name in names:
            if not name.endswith(".rels"):
                ElementTree.fromstring(package.read(name)) if name.endswith(".xml") else None
                continue
            for each in ElementTree.fromstring(package.read(name)):
                if each.get("TargetMode") != "External":
                    folder = "word/" if name.startswith("word/") else ""
                    assert folder + str(each.get("Target")) in names
