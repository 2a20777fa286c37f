"""Catalogues: where they are, how they are merged, and how one is refused.

Plugins' catalogues come first and core's last: a word that both have is core's. Each folder holds
``<language>/LC_MESSAGES/messages.po``; the compiled ``.mo`` beside it is used where it is not older. A merged
catalogue is made when first needed and kept for the life of the process.
"""

import gettext as gnu
import importlib.util
import logging
import re
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from babel.support import Translations

from core.i18n.languages import LANGUAGES

log = logging.getLogger(__name__)

CORE_CATALOGUES = Path(__file__).resolve().parents[2] / "translations"

# Where the libraries that speak to people keep their own words, and which of their catalogues serves which of our
# languages. WTForms' "sr" is written in Latin letters. What is not named here they lack, and ours has it.
_FOREIGN: dict[str, tuple[str, str, dict[str, str]]] = {
    "wtforms": ("wtforms", "locale", {"fr": "fr", "tr": "tr", "ar": "ar", "sr_Latn": "sr"}),
    "flask_security": (
        "flask_security",
        "translations",
        {"fr": "fr_FR", "tr": "tr_TR", "ar": "ar"},
    ),
}


class CatalogueRefused(Exception):
    """A catalogue that cannot be used; the message names the file and says what is wrong with it."""


def messages_file(folder: Path, language: str) -> Path:
    """Where the catalogue of ``language`` stands below ``folder``."""
    return folder / language / "LC_MESSAGES" / "messages.po"


def plural_rule(header: str) -> tuple[int, Callable[[int], int]]:
    """How many forms a Plural-Forms header has, and the function from a number to its form.

    Raises ``ValueError`` for a header that cannot be read.
    """
    found = re.fullmatch(
        r"\s*nplurals\s*=\s*(\d)\s*;\s*plural\s*=\s*(.+?)\s*;?\s*", header, re.DOTALL
    )
    if found is None:
        raise ValueError(f"{header!r} is not a Plural-Forms header.")
    return int(found[1]), gnu.c2py(found[2])


# Every rule repeats within a hundred, and above a hundred the hundreds alone matter: this proves equality.
_ENOUGH = range(301)


def check_plural_header(header: str | None, language: str, file: Path) -> None:
    """Raise :class:`CatalogueRefused` unless ``header`` counts as the table of languages does."""
    wanted = LANGUAGES[language].plural_header
    try:
        forms, rule = plural_rule(header or "")
    except ValueError as fault:
        raise CatalogueRefused(f"{file}: {fault}") from None
    own_forms, own_rule = plural_rule(wanted)
    if forms != own_forms or any(rule(n) != own_rule(n) for n in _ENOUGH):
        raise CatalogueRefused(f"{file}: Plural-Forms must be “{wanted}”, not “{header}”.")


def check_folder(folder: Path) -> None:
    """Raise :class:`CatalogueRefused` when a catalogue below ``folder`` counts differently from the table.

    Reads the heads of the files only.
    """
    for language in LANGUAGES:
        file = messages_file(folder, language)
        if file.is_file():
            with file.open(encoding="utf-8") as lines:
                head = "".join(line for line, _ in zip(lines, range(40), strict=False))
            joined = head.replace('"\n"', "")
            found = re.search(r"Plural-Forms:(.*?)\\n", joined)
            check_plural_header(found[1] if found else None, language, file)
        elif file.with_suffix(".mo").is_file():
            _load(file, language)


@lru_cache(maxsize=256)
def _load(file: Path, language: str) -> Translations | None:
    """One catalogue, or ``None`` where there is none. Raises :class:`CatalogueRefused`."""
    compiled = file.with_suffix(".mo")
    if compiled.is_file() and (
        not file.is_file() or compiled.stat().st_mtime_ns >= file.stat().st_mtime_ns
    ):
        with compiled.open("rb") as stream:
            catalogue = Translations(stream)
    elif file.is_file():
        catalogue = Translations(_compiled(file, language))
    else:
        return None
    info = {str(name): str(value) for name, value in catalogue.info().items()}
    check_plural_header(info.get("plural-forms"), language, file)
    return catalogue


def _compiled(file: Path, language: str) -> BytesIO:
    # Only where nobody ran the compiler: in a fresh checkout, in tests, while translating.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    stream = BytesIO()
    try:
        with file.open("rb") as source:
            write_mo(stream, read_po(source, locale=language, abort_invalid=True))
    except (PoFileError, ValueError) as fault:
        raise CatalogueRefused(f"{file}: {fault}") from fault
    stream.seek(0)
    return stream


@lru_cache(maxsize=256)
def merged_catalogue(folders: tuple[Path, ...], language: str, foreign: str = "") -> Translations:
    """The catalogue of ``language``: the plugins' folders in their order, then core's.

    ``foreign`` names a library whose own words are used where ours are silent. A plugin's catalogue that cannot
    be used is logged and left out; core's raises :class:`CatalogueRefused`. Where a language has no catalogue,
    the result answers in English.
    """
    merged = Translations()
    if foreign and (own := _foreign_catalogue(foreign, language)) is not None:
        merged.merge(own)
    for folder in folders:
        file = messages_file(folder, language)
        try:
            catalogue = _load(file, language)
        except CatalogueRefused:
            if folder == CORE_CATALOGUES:
                raise
            log.exception("catalogue_left_out")
            continue
        if catalogue is not None:
            merged.merge(catalogue)
    # merge() takes the entries of the other catalogue and forgets how it counts.
    merged.plural = cast("Any", plural_rule(LANGUAGES[language].plural_header)[1])
    return merged


def _foreign_catalogue(name: str, language: str) -> Translations | None:
    package, folder, languages = _FOREIGN[name]
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None or language not in languages:
        return None
    home = Path(spec.origin).parent / folder / languages[language] / "LC_MESSAGES"
    file = home / f"{name}.mo"
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return Translations(stream)
