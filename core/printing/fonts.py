"""The fonts of papers, by their files, and which characters they have.

IBM Plex Sans as on the pages (Latin, Cyrillic), its Arabic sister, and Noto Sans for what neither has. Fonts of the
system are not asked: a paper looks the same whichever machine made it.
"""

import struct
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# In the order in which a character is looked for.
PACKAGES = ("fontpkg_ibm_plex_sans", "fontpkg_ibm_plex_sans_arabic", "fontpkg_noto_sans")
# A dotted circle: the sign of a place without a letter.
STAND_IN = "\u25cc"


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, ...]:
    """The files of all fonts. Raises ``RuntimeError`` when a package of fonts is not installed."""
    found: list[Path] = []
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise RuntimeError(f"The fonts of {name} are not installed.")
        found += sorted((Path(spec.origin).parent / "files").glob("*.[ot]tf"))
    return tuple(found)


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """The code points that at least one upright font can draw."""
    points: set[int] = set()
    for path in font_files():
        if "Italic" not in path.name:
            points |= _code_points(path.read_bytes())
    return frozenset(points)


def _code_points(font: bytes) -> set[int]:
    """What the character map of an OpenType font has (OpenType specification, "cmap", formats 4 and 12)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    start = next(
        offset
        for tag, _sum, offset, _length in (
            struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(tables)
        )
        if tag == b"cmap"
    )
    (maps,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for number in range(maps):
        _platform, _encoding, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * number)
        (kind,) = struct.unpack_from(">H", font, start + offset)
        if kind == 12:
            found |= _groups(font, start + offset)
        elif kind == 4:
            found |= _segments(font, start + offset)
    return found


def _groups(font: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    found: set[int] = set()
    for number in range(count):
        first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * number)
        found.update(range(first, last + 1))
    return found


def _segments(font: bytes, at: int) -> set[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + doubled)
    found: set[int] = set()
    for first, last in zip(starts, ends, strict=True):
        found.update(point for point in range(first, last + 1) if point != 0xFFFF)
    return found


# What draws nothing but says how letters join and where lines may end.
_SILENT = frozenset({0x09, 0x0A, 0xAD, *range(0x200B, 0x2010), 0x2060})


def drawable(text: str) -> str:
    """``text`` with a stand-in for what no font has: one emoji would otherwise keep a whole paper from being made.

    Marks that turn the direction of what follows them are left out, since they could reach beyond their own cell, and
    so are those that only say how an emoji looks.
    """
    if text.isascii() and text.isprintable():
        return text
    known = covered()
    return "".join(
        sign if ord(sign) in _SILENT or ord(sign) in known else STAND_IN
        for sign in text
        if not _left_out(ord(sign))
    )


def _left_out(point: int) -> bool:
    return (
        (point < 0x20 and point not in _SILENT)
        or point == 0x61C
        or 0x202A <= point <= 0x202E
        or 0x2061 <= point <= 0x206F
        or 0xFE00 <= point <= 0xFE0F
        or 0x1F3FB <= point <= 0x1F3FF
    )
