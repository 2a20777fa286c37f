"""The coats of arms as pictures of their own: a page takes them from the sprite, a paper needs a file."""

import re
from functools import lru_cache
from pathlib import Path

from core.cities.look import HOUSE

DRAWINGS = Path(__file__).resolve().parent.parent / "static" / "arms.svg"
HOUSE_ACCENT = HOUSE[0]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@lru_cache(maxsize=128)
def arms_picture(drawing: str, accent: str = "") -> str:
    """The drawing called ``drawing`` as SVG, its shield in ``accent`` and its figure in white.

    An unknown drawing gives the mark of Maillage, an accent that is none gives that of the house.
    """
    source = DRAWINGS.read_text(encoding="utf-8")
    symbol = r'<symbol id="arms-([a-z]+)" viewBox="0 0 44 50">(.*?)</symbol>'
    found: dict[str, str] = dict(re.findall(symbol, source, re.DOTALL))
    body = found.get(drawing or "house", found["house"])
    colour = accent if _COLOUR.fullmatch(accent) else HOUSE_ACCENT
    # What has no fill of its own is the shield, as in the style sheet of the pages.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 50" width="44" height="50" fill="{colour}">'
        f"{body.replace('currentColor', '#ffffff')}</svg>"
    )
