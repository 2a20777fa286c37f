"""Appending PDFs that others wrote: what they show comes along, what acts in them does not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from core.i18n import force_language
from core.printing import PrintingFailed, append_pages, count_pages, paper_pdf
from core.printing.arms import arms_picture
from core.printing.blocks import Lines, Paper
from core.testing.papers import follows_the_standard, read_pdf, resolved


@pytest.fixture(scope="module")
def paper() -> bytes:
    head = {"city": "Alva", "network": "", "arms": arms_picture("bridge"), "accent": "#24545f"}
    with force_language("en"):
        return paper_pdf(Paper("Agenda", "Agenda", head, "en", [Lines("Words.")]))


def written(path: Path, pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(path)
    return writer


def test_pages_are_counted_and_what_cannot_be_read_has_none(tmp_path: Path) -> None:
    good, broken, missing = (tmp_path / name for name in ("good.pdf", "broken.pdf", "missing.pdf"))
    written(good, 3)
    broken.write_bytes(b"%PDF-1.7\nnothing\n%%EOF\n")
    locked = tmp_path / "locked.pdf"
    writer = written(locked)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(locked)
    assert count_pages([good, broken, missing, locked]) == [3, 0, 0, 0]
    assert count_pages([]) == []


def test_pages_come_behind_the_paper_under_their_titles(paper: bytes, tmp_path: Path) -> None:
    written(tmp_path / "a.pdf", 2)
    written(tmp_path / "b.pdf")
    reader = read_pdf(
        append_pages(paper, [(tmp_path / "a.pdf", "Budget"), (tmp_path / "b.pdf", "خطة")])
    )
    assert len(reader.pages) == 4
    assert "Words." in reader.pages[0].extract_text()
    titles = [str(each["/Title"]) for each in reader.outline if not isinstance(each, list)]
    assert titles[-2:] == ["Budget", "خطة"]
    assert str(reader.root_object["/Lang"]) == "en"
    assert resolved(reader.root_object["/MarkInfo"])["/Marked"]
    # Of the pages of others nobody knows whether they follow it.
    assert follows_the_standard(read_pdf(paper))
    assert not follows_the_standard(reader)
    assert reader.metadata is not None
    assert reader.metadata.title == "Agenda"


def test_nothing_that_acts_comes_along(paper: bytes, tmp_path: Path) -> None:
    writer = written(tmp_path / "x.pdf")

    def mark(kind: str, action: dict[str, str]) -> DictionaryObject:
        told = {
            NameObject(name): TextStringObject(value)
            for name, value in action.items()
            if name != "/S"
        }
        doing = DictionaryObject({NameObject("/S"): NameObject(action["/S"]), **told})
        return DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject(kind),
                NameObject("/A"): doing,
                NameObject("/AA"): DictionaryObject({NameObject("/E"): doing}),
            }
        )

    script = {"/S": "/JavaScript", "/JS": "app.alert(1)"}
    page = writer.pages[0]
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): NameObject("/evil")})
    drawn = mark("/Widget", script)
    drawn[NameObject("/AP")] = DictionaryObject()
    page[NameObject("/Annots")] = ArrayObject(
        [
            mark("/Link", script),
            mark("/Link", {"/S": "/Launch", "/F": "evil.exe"}),
            mark("/Link", {"/S": "/URI", "/URI": "javascript:evil()"}),
            mark("/Link", {"/S": "/URI", "/URI": "https://good.example/"}),
            mark("/Screen", script),
            drawn,
        ]
    )
    writer.write(tmp_path / "x.pdf")
    reader = read_pdf(append_pages(paper, [(tmp_path / "x.pdf", "x")]))
    last = reader.pages[-1]
    kept = [resolved(each) for each in last["/Annots"]]  # type: ignore[attr-defined]
    assert [str(each["/Subtype"]) for each in kept] == ["/Link", "/Widget"]
    told = repr(kept) + repr(dict(last))
    for evil in ("JavaScript", "alert", "evil", "/AA"):
        assert evil not in told, evil
    assert "https://good.example/" in repr([resolved(each["/A"]) for each in kept if "/A" in each])


def test_what_cannot_be_appended_or_takes_too_long_is_refused(paper: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(PrintingFailed):
        append_pages(paper, [(tmp_path / "broken.pdf", "x")])
    written(tmp_path / "good.pdf")
    with pytest.raises(PrintingFailed):
        append_pages(paper, [(tmp_path / "good.pdf", "x")], seconds=0.001)


def test_what_a_reader_writes_as_numbers_of_pages_is_small(tmp_path: Path) -> None:
    """A file that says it has a million pages has those that are there."""
    target = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(target)
    path = tmp_path / "lying.pdf"
    path.write_bytes(target.getvalue().replace(b"/Count 1", b"/Count 1000000"))
    assert count_pages([path])[0] <= 1
