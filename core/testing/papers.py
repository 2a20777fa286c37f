"""Reading papers as others do: PDF by pypdf, DOCX by LibreOffice without windows."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from core.testing.system import find_office, lacking

OFFICE_SECONDS = 120
_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def read_pdf(content: bytes) -> PdfReader:
    """The paper."""
    return PdfReader(io.BytesIO(content))


def resolved(value: Any) -> Any:
    """What a reference of a PDF leads to."""
    return value.get_object() if isinstance(value, IndirectObject) else value


def structure(reader: PdfReader) -> Iterator[Any]:
    """Every element of the structure, from the root down."""
    waiting = [resolved(reader.root_object["/StructTreeRoot"])]
    while waiting:
        here = waiting.pop()
        if not isinstance(here, DictionaryObject):
            continue
        if "/S" in here:
            yield here
        below = resolved(here.get("/K", []))
        waiting += [resolved(each) for each in (below if isinstance(below, list) else [below])]


def kinds(reader: PdfReader) -> list[str]:
    """The kinds of all elements of the structure."""
    return [str(element["/S"]) for element in structure(reader)]


def text_of(reader: PdfReader) -> str:
    """The words, without marks of direction and of joining, which extraction adds."""
    return _MARKS.sub("", "\n".join(page.extract_text() for page in reader.pages))


def drawn(reader: PdfReader) -> bytes:
    """The instructions of all pages."""
    contents: list[Any] = [page.get_contents() for page in reader.pages]
    return b"".join(each.get_data() for each in contents if each is not None)


def says(reader: PdfReader, arabic: str) -> bool:
    """Whether a line of right-to-left words is there, joined and in the order of reading.

    A PDF holds such a line as the eye sees it, each run marked as turned round (ISO 32000, "ReversedChars"). Laid
    out by where it stands it comes from its end to its beginning. Lam and alef are one sign, which stands for both in
    their order; the font has further such pairs (a tooth and reh), which texts of tests leave out.
    """
    laid_out = "\n".join(page.extract_text(extraction_mode="layout") for page in reader.pages)
    as_seen = re.sub("\u0644([\u0627\u0623\u0625\u0622])", "\\1\u0644", arabic)[::-1]
    return b"/ReversedChars" in drawn(reader) and as_seen in laid_out


def fonts(reader: PdfReader) -> dict[str, bool]:
    """The fonts of a paper by name, and whether each is in it."""
    found = {}
    for page in reader.pages:
        for font in resolved(resolved(page["/Resources"]).get("/Font", {})).values():
            inner = resolved(resolved(resolved(font)["/DescendantFonts"])[0])
            descriptor = resolved(inner["/FontDescriptor"])
            name = str(descriptor["/FontName"]).partition("+")[2]
            found[name] = bool({"/FontFile2", "/FontFile3"} & set(descriptor))
    return found


def follows_the_standard(reader: PdfReader) -> bool:
    """Whether a paper says that it is tagged and follows PDF/UA-1."""
    root: Any = reader.root_object
    identification = resolved(root["/Metadata"]).get_data().decode()
    return (
        bool(resolved(root["/MarkInfo"])["/Marked"])
        and "/StructTreeRoot" in root
        and re.search(r"pdfuaid:part[=>\s\"]*1", identification) is not None
    )


def opened(content: bytes, kind: str = "txt") -> bytes:
    """A document as LibreOffice saves it in another kind ("txt", "pdf"); skips the test where there is none."""
    office = find_office()
    if office is None:
        lacking("LibreOffice is not on this machine")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "paper.docx").write_bytes(content)
        wanted = "txt:Text (encoded):UTF8" if kind == "txt" else kind
        subprocess.run(
            [
                office, "--headless", f"-env:UserInstallation=file://{folder}/profile",
                "--convert-to", wanted, "--outdir", str(folder), str(folder / "paper.docx"),
            ],
            capture_output=True, timeout=OFFICE_SECONDS, check=True,
        )  # fmt: skip
        return (folder / f"paper.{kind}").read_bytes()


def words_of(content: bytes) -> str:
    """The words of a document, as LibreOffice reads them."""
    return _MARKS.sub("", opened(content).decode("utf-8-sig"))
