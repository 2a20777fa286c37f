"""What hangs on an agenda: appended to its paper, or linked with a sentence that says why."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.api import (
    Ref,
    db,
    save_upload,
)
from core.files.models import Attachment
from core.permissions import Role
from core.testing.app import World
from core.testing.papers import (
    follows_the_standard,
    kinds,
    read_pdf,
    resolved,
    text_of,
)
from plugins.meetings.models import Item, Meeting

from .conftest import See, in_city
from .papers_desk import (
    PNG,
    SignIn,
    get,
    meeting,
    picture,
)

__all__ = ["meeting"]


def written_pdf(pages: int, *, acting: bool = False) -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(300, 300)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://net.example/"))
    if acting:
        action = DictionaryObject(
            {
                NameObject("/S"): NameObject("/SubmitForm"),
                NameObject("/F"): TextStringObject("https://evil.example"),
            }
        )
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def attach(world: World, see: See, content: bytes | BinaryIO, name: str) -> str:
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    with in_city(world):
        item = db.session.scalars(select(Item).where(Item.title == "برنامج الشتاء")).one()
        kept = save_upload(Ref("meetings", "item", item.id), FileStorage(stream, name), see())
        db.session.commit()
        return kept.id


def agenda_of(world: World, meeting: str, sign_in: SignIn) -> PdfReader:
    return read_pdf(get(sign_in(world.person("alva", Role.MEMBER)), meeting, "agenda"))


def test_pdfs_and_pictures_are_appended_and_others_linked(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    alone = len(agenda_of(world, meeting, sign_in).pages)
    attach(world, see, written_pdf(3), "budget.pdf")
    attach(world, see, PNG, "poster.png")
    attach(world, see, b"Some notes.", "notes.txt")
    reader = agenda_of(world, meeting, sign_in)
    text = text_of(reader)
    assert len(reader.pages) >= alone + 4
    for words in ("budget.pdf (appended, 3 pages)", "poster.png (appended)", "notes.txt"):
        assert words in text, words
    addresses = repr([resolved(each) for page in reader.pages for each in page.get("/Annots", ())])
    assert "/alva/files/" in addresses
    assert "https://net.example/" in addresses
    assert "/StructTreeRoot" in reader.root_object
    # What others wrote may not follow the standard, so the whole does not say that it does.
    assert not follows_the_standard(reader)
    assert [str(each["/Title"]) for each in reader.outline if not isinstance(each, list)][
        -1
    ] == "budget.pdf"


def test_a_picture_alone_leaves_the_agenda_by_the_standard(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, PNG, "poster.png")
    reader = agenda_of(world, meeting, sign_in)
    assert follows_the_standard(reader)
    assert "/Figure" in kinds(reader)


def test_what_acts_in_the_pdf_of_somebody_else_is_left_out(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, written_pdf(1, acting=True), "acting.pdf")
    reader = agenda_of(world, meeting, sign_in)
    assert all("/AA" not in page for page in reader.pages)
    assert "evil" not in repr(
        [resolved(each) for page in reader.pages for each in page.get("/Annots", ())]
    )


def test_a_broken_pdf_and_a_broken_picture_are_linked_with_a_sentence(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, b"%PDF-1.7\nnothing\n%%EOF\n", "broken.pdf")
    attach(world, see, picture(broken=True), "broken.png")
    text = text_of(agenda_of(world, meeting, sign_in))
    assert text.count("not appended, since it could not be") == 2


def test_a_large_attachment_that_is_allowed_is_linked_with_a_sentence(
    world: World, see: See, meeting: str, sign_in: SignIn, tmp_path: Path
) -> None:
    alone = get(sign_in(world.person("alva", Role.MEMBER)), meeting, "agenda")
    world.app.config["FILES_MOST_MEGABYTES"] = 30
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as file:
        # Nothing is on the disk for most of its length.
        file.write(written_pdf(1))
        file.seek(21 * 1024 * 1024)
        file.write(b"%%EOF\n")
    with huge.open("rb") as file:
        kept = attach(world, see, file, "huge.pdf")
    made = get(sign_in(world.person("alva", Role.MEMBER)), meeting, "agenda")
    reader, before = read_pdf(made), read_pdf(alone)
    text = " ".join(text_of(reader).split())
    assert "too large to be appended (21.0 MB); open it here" in text
    addresses = repr([resolved(each) for page in reader.pages for each in page.get("/Annots", ())])
    assert f"/alva/files/{kept}" in addresses
    assert len(reader.pages) <= len(before.pages) + 1
    assert len(made) < len(alone) + 100_000


def test_a_pdf_of_too_many_pages_is_linked(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, written_pdf(201), "long.pdf")
    reader = agenda_of(world, meeting, sign_in)
    assert len(reader.pages) < 20
    assert "the paper would become too long" in " ".join(text_of(reader).split())


def test_a_paper_that_cannot_be_made_says_so_on_the_page(
    world: World, meeting: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins.meetings.services.papers import making

    monkeypatch.setattr(making, "SECONDS", 0.001)
    member = sign_in(world.person("alva", Role.MEMBER))
    answer = member.get(f"/alva/meetings/{meeting}/papers/agenda.pdf", follow_redirects=True)
    assert "The paper could not be made." in answer.get_data(as_text=True)


def test_a_file_that_is_gone_is_linked(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    from core.api import file_of

    attach(world, see, written_pdf(1), "gone.pdf")
    with in_city(world):
        path = file_of(db.session.scalars(select(Attachment)).one())
    assert path is not None
    path.unlink()
    assert "gone.pdf" in text_of(agenda_of(world, meeting, sign_in))


def test_an_agenda_of_300_items_is_made(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    with in_city(world):
        made = db.session.scalars(select(Meeting).where(Meeting.id == meeting)).one()
        for number in range(300):
            db.session.add(
                Item(
                    meeting_id=made.id,
                    position=100 + number,
                    title=f"Matter {number}",
                    language="fr",
                )
            )
        db.session.commit()
    assert "Matter 299" in text_of(agenda_of(world, meeting, sign_in))
