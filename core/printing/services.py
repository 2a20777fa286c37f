"""Setting a paper. The templates are ours; what people wrote reaches them as data and is never part of their source."""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.cities.look import HOUSE
from core.database import utcnow
from core.i18n import direction, lang_tag
from core.i18n import gettext as _
from core.printing.arms import arms_picture
from core.printing.blocks import Paper, as_data
from core.printing.fonts import drawable, font_files
from core.tenancy import current_city

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).with_name("templates")
PRESS = Path(__file__).with_name("press.py")
SECONDS = 30
_START = '#import "/base.typ": *\n'
_PICTURE = """#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.data), format: "svg", height: 26mm)
"""


class PrintingFailed(Exception):
    """A paper that could not be set, or not in time."""


def pdf(
    template: str | Path,
    data: Mapping[str, Any],
    *,
    language: str,
    title: str,
    at: datetime | None = None,
    seconds: float = SECONDS,
    files: Mapping[str, Path] | None = None,
) -> bytes:
    """Set a paper, tagged as PDF/UA-1 asks, which typst checks before it hands it over.

    ``template`` is the name of one of core's templates (``table``, ``parallel``), or the path of a template of a
    plugin; it finds the functions of ``base.typ`` and reads ``data``, which holds what JSON can hold. ``language`` is
    the language of the paper and says in which direction it is set, ``title`` is what windows and lists call it.
    ``files`` are pictures that the template names. Characters that no font has come as a box. Raises
    :class:`PrintingFailed`.
    """
    path = template if isinstance(template, Path) else TEMPLATES / f"{template}.typ"
    paper = {
        "title": title,
        "language": lang_tag(language).partition("-")[0],
        "script": {"sr": "cyrl", "sr_Latn": "latn"}.get(language, ""),
        "right_to_left": direction(language) == "rtl",
        # The page and its number are put in by the template, which alone knows them.
        "page_words": _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }
    moment = at or utcnow()
    job: dict[str, Any] = {
        "source": _START + path.read_text(encoding="utf-8"),
        "root": str(TEMPLATES),
        "fonts": sorted({str(file.parent) for file in font_files()}),
        "data": json.dumps(_drawable({**data, "paper": paper}), ensure_ascii=False),
        "timestamp": int(moment.timestamp()),
    }
    if files:
        own = {"base.typ": TEMPLATES / "base.typ", **files}
        job["files"] = {name: str(file) for name, file in own.items()}
    return _pressed(job, b"%PDF-", path.stem, seconds)


@lru_cache(maxsize=64)
def arms_as_png(drawing: str) -> bytes:
    """A coat of arms (SVG, one of ours) as PNG, for papers that programs of an office open."""
    job = {
        "source": _PICTURE,
        "root": str(TEMPLATES),
        "fonts": [],
        "data": drawing,
        "timestamp": 0,
        "kind": "png",
    }
    return _pressed(job, b"\x89PNG", "arms", SECONDS)


def _pressed(job: Mapping[str, Any], begins: bytes, name: str, seconds: float) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603  our own file, by this very interpreter
            [sys.executable, "-I", str(PRESS)],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        log.error("printing_too_long", extra={"template": name})
        raise PrintingFailed("The paper was not ready in time.") from fault
    if done.returncode or not done.stdout.startswith(begins):
        # What typst says names our template and its lines, not the texts.
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.error("printing_failed", extra={"template": name, "reason": reason})
        raise PrintingFailed("The paper could not be set.")
    return done.stdout


def paper_pdf(
    paper: Paper,
    *,
    at: datetime | None = None,
    seconds: float = SECONDS,
    files: Mapping[str, Path] | None = None,
) -> bytes:
    """Set a paper that is described by its parts, as PDF. Raises :class:`PrintingFailed`."""
    data = as_data(paper)
    return pdf(
        "paper",
        data,
        language=paper.language,
        title=paper.title,
        at=at,
        seconds=seconds,
        files=files,
    )


def _drawable(value: Any) -> Any:
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, Mapping):
        return {name: _drawable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_drawable(item) for item in value]
    return value


def letterhead(language: str) -> dict[str, str]:
    """What the head of a paper shows of the city in force: name, network, arms and colour."""
    city = current_city()
    accent = city.accent_light or HOUSE[0]
    return {
        "city": city.name_in(language),
        "network": city.body_name_in(language),
        "arms": arms_picture(city.arms, accent),
        "accent": accent,
    }
