"""What a file really is, told by its content; its name and what the browser says count for nothing.

Only kinds on the list are taken. What could run something when opened, or fill a disk when unpacked, is refused.
"""

import re
import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from core.files.refusals import UploadRefused
from core.i18n import gettext as _

MOST_PIXELS = 60_000_000
MOST_MEMBERS = 3000
MOST_UNPACKED = 120 * 1024 * 1024
# Office files of mostly empty sheets reach forty or so; bombs reach a thousand.
MOST_RATIO = 150
_SMALL_MEMBER = 512 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: its ending and its media type."""

    ending: str
    media_type: str


PDF = Kind("pdf", "application/pdf")
PNG = Kind("png", "image/png")
JPEG = Kind("jpg", "image/jpeg")
WEBP = Kind("webp", "image/webp")
GIF = Kind("gif", "image/gif")
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = Kind("docx", f"{_OOXML}wordprocessingml.document")
XLSX = Kind("xlsx", f"{_OOXML}spreadsheetml.sheet")
PPTX = Kind("pptx", f"{_OOXML}presentationml.presentation")
_ODF = "application/vnd.oasis.opendocument."
ODT = Kind("odt", f"{_ODF}text")
ODS = Kind("ods", f"{_ODF}spreadsheet")
ODP = Kind("odp", f"{_ODF}presentation")
TXT = Kind("txt", "text/plain")
CSV = Kind("csv", "text/csv")
MD = Kind("md", "text/markdown")

_PICTURES = {"image/png": PNG, "image/jpeg": JPEG, "image/webp": WEBP, "image/gif": GIF}
_BY_ENDING = {
    kind.ending: kind
    for kind in (PDF, PNG, JPEG, WEBP, GIF, DOCX, XLSX, PPTX, ODT, ODS, ODP, TXT, CSV, MD)
} | {"jpeg": JPEG, "markdown": MD}
_OOXML_MAIN = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": DOCX,
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": XLSX,
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": PPTX,
}
_ODF_MIMETYPES = {kind.media_type.encode(): kind for kind in (ODT, ODS, ODP)}
_RUNNABLE = re.compile(
    r"(?:vbaproject\.bin|vbadata\.xml|\.(?:exe|dll|scr|com|bat|cmd|ps1|js|jse|vbs|vbe|wsf|hta|jar|lnk|msi|so))$"
    r"|(?:^|/)(?:macrosheets|activex|basic|scripts|customui)/",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    rb"<(?:!doctype|html|head|body|script|iframe|svg|style|meta|object|embed|\?xml|\?php|%@)[\s>/\x00a-z]",
    re.IGNORECASE,
)


def recognise(path: Path, name: str) -> Kind:
    """What the file at ``path``, which its sender calls ``name``, is. Raises :class:`UploadRefused`."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    claimed = _BY_ENDING.get(ending)
    if claimed is None:
        raise UploadRefused(
            _(
                "Files of this kind are not taken. Send a PDF, a picture, an office file (docx, xlsx, pptx, odt, "
                "ods, odp) or plain text."
            )
        )
    found = _by_content(path, claimed)
    if found is not claimed and not (found in _PICTURES.values() and claimed in _PICTURES.values()):
        raise UploadRefused(
            _(
                "The content of this file is not what its name says. Save it anew in its own program and send it again."
            )
        )
    return found


def _by_content(path: Path, claimed: Kind) -> Kind:
    import filetype

    with path.open("rb") as file:
        head = file.read(8192)
    if not head:
        raise UploadRefused(_("The file is empty."))
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise UploadRefused(
            _(
                "This office file is protected by a password or was saved in a format of before 2007. Save it "
                "without a password as docx, xlsx or pptx."
            )
        )
    guessed = filetype.guess(head)
    if guessed is not None and guessed.mime in _PICTURES:
        _check_picture(path, guessed.mime)
        return _PICTURES[guessed.mime]
    if head.startswith(b"%PDF-"):
        _check_pdf(path)
        return PDF
    if claimed in {TXT, CSV, MD} and guessed is None:
        _check_text(path)
        return claimed
    raise UploadRefused(
        _(
            "The content of this file is not what its name says. Save it anew in its own program and send it again."
        )
    )


def _damaged() -> UploadRefused:
    return UploadRefused(
        _("The file is damaged. Open it on your device, save it anew and send it again.")
    )


def _runnable() -> UploadRefused:
    return UploadRefused(
        _(
            "The file holds a program or a macro. Save it without macros, or as a PDF, and send it again."
        )
    )


# -- Pictures and PDF ----------------------------------------------------------------------------------------


def _check_picture(path: Path, mime: str) -> None:
    data = path.read_bytes()
    try:
        size = _SIZES[mime](data)
    except (struct.error, IndexError, ValueError) as fault:
        raise _damaged() from fault
    if size[0] < 1 or size[1] < 1:
        raise _damaged()
    if size[0] * size[1] > MOST_PIXELS:
        raise UploadRefused(
            _("The picture has too many pixels. Make it smaller and send it again.")
        )
    _check_no_second_file(data)


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError
    width, height = struct.unpack(">II", data[16:24])
    position = 8
    while True:
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind = data[position + 4 : position + 8]
        position += 12 + length
        if position > len(data):
            raise ValueError
        if kind == b"IEND":
            break
    if position != len(data):
        raise ValueError
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    if not data.rstrip(b"\x00").endswith(b";"):
        raise ValueError
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            if b"\xff\xd9" not in data[position:]:
                raise ValueError
            return width, height
        if marker in {0xD9, 0xDA}:
            raise ValueError
        position += 2 + length


def _webp_size(data: bytes) -> tuple[int, int]:
    (length,) = struct.unpack("<I", data[4:8])
    if length + 8 not in {len(data), len(data) - 1}:
        raise ValueError
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError


_SIZES = {
    "image/png": _png_size,
    "image/gif": _gif_size,
    "image/jpeg": _jpeg_size,
    "image/webp": _webp_size,
}


def _check_no_second_file(data: bytes) -> None:
    """Refuse a file that another program would read as something else: an archive or a page at its end."""
    tail = data[-66_000:]
    if b"PK\x05\x06" in tail and zipfile_reads(data):
        raise _damaged()
    if re.search(rb"<(?:script|html|svg|\?php)[\s>]", data, re.IGNORECASE):
        raise _damaged()


def zipfile_reads(data: bytes) -> bool:
    """Whether ``data`` has a working archive at its end."""
    import io

    return zipfile.is_zipfile(io.BytesIO(data))


def _check_pdf(path: Path) -> None:
    data = path.read_bytes()
    if b"%%EOF" not in data[-2048:]:
        raise _damaged()
    if b"PK\x05\x06" in data[-66_000:] and zipfile_reads(data):
        raise _damaged()
    if re.search(rb"/(?:Launch|JavaScript|JS)\b", data):
        raise _runnable()
    if re.search(rb"/Encrypt\b", data):
        raise UploadRefused(
            _("The file is protected by a password. Save it without one and send it again.")
        )


# -- Text ----------------------------------------------------------------------------------------------------


def _check_text(path: Path) -> None:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data = data.decode("utf-16").encode("utf-8", "strict")
        except UnicodeError as fault:
            raise _damaged() from fault
    if re.search(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]", data):
        raise UploadRefused(
            _(
                "The content of this file is not what its name says. Save it anew in its own program and send it again."
            )
        )
    if _MARKUP.search(data[:4096]) or data.startswith(b"#!"):
        raise _runnable()


# -- Office files --------------------------------------------------------------------------------------------


def _office(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, path.stat().st_size)
            kind = _office_kind(archive, {member.filename for member in members})
            _read_everything(archive, members)
            return kind
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ) as fault:
        raise _damaged() from fault
    except Exception as fault:
        # zlib and lzma have errors of their own for data that cannot be unpacked.
        if isinstance(fault, UploadRefused):
            raise
        raise _damaged() from fault


def _check_members(members: list[zipfile.ZipInfo], packed: int) -> None:
    names = [member.filename.lower() for member in members]
    if len(members) > MOST_MEMBERS or len(set(names)) != len(names):
        raise _damaged()
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise UploadRefused(
            _("Unpacked, this file is too large. Save it with fewer or smaller pictures.")
        )
    for member in members:
        parts = re.split(r"[/\\]", member.filename)
        if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise _damaged()
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _damaged()
        if member.flag_bits & 0x1:
            raise UploadRefused(
                _("The file is protected by a password. Save it without one and send it again.")
            )
        if _RUNNABLE.search(member.filename):
            raise _runnable()
        if member.file_size > _SMALL_MEMBER and member.file_size > MOST_RATIO * max(
            member.compress_size, 1
        ):
            raise _damaged()
        if member.compress_size > packed:
            raise _damaged()


def _office_kind(archive: zipfile.ZipFile, names: set[str]) -> Kind:
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        kind = _ODF_MIMETYPES.get(archive.read("mimetype").strip())
        if kind is not None and "content.xml" in names:
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise UploadRefused(
                    _("The file is protected by a password. Save it without one and send it again.")
                )
            return kind
    if "[Content_Types].xml" in names:
        types = archive.read("[Content_Types].xml")
        if b"macroEnabled" in types or b"vbaProject" in types:
            raise _runnable()
        for main, kind in _OOXML_MAIN.items():
            if main in types:
                return kind
    raise UploadRefused(
        _(
            "Files of this kind are not taken. Send a PDF, a picture, an office file (docx, xlsx, pptx, odt, "
            "ods, odp) or plain text."
        )
    )


def _read_everything(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Unpack every member once: sizes in the directory can lie, and a part may fetch from elsewhere."""
    left = MOST_UNPACKED
    for member in members:
        head = b""
        with archive.open(member) as stream:
            while chunk := stream.read(64 * 1024):
                left -= len(chunk)
                if left < 0:
                    raise UploadRefused(
                        _(
                            "Unpacked, this file is too large. Save it with fewer or smaller pictures."
                        )
                    )
                if len(head) < 256 * 1024:
                    head += chunk
        if head.startswith((b"MZ", b"\x7fELF")):
            raise _runnable()
        if not member.filename.lower().endswith((".xml", ".rels")):
            continue
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"<!\x00D\x00O\x00C" in head:
            raise _damaged()
        if member.filename.endswith(".rels") and re.search(
            rb"<[^>]*(?:attachedTemplate|oleObject|frame)\"[^>]*TargetMode=\"External\"", head
        ):
            raise _runnable()
