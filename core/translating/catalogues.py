"""Catalogues as files: extracted from the source, merged with what is translated, written without noise."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.i18n.catalogues import messages_file, plural_rule
from core.i18n.languages import LANGUAGES
from core.translating.foreign import foreign_messages
from core.translating.latin import latinise

ROOT = Path(__file__).resolve().parents[2]

DERIVED = {"sr_Latn": "sr"}
# English catalogues hold only what a library says worse than we would; everything else is in the source.
WRITTEN = tuple(code for code in LANGUAGES if code not in DERIVED and code != "en")

KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "gettext_noop": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "_p": ((1, "c"), 2),
    "_lp": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "lazy_npgettext": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators:",)

Key = tuple[str, str | None]


class ExtractionFault(Exception):
    """A source file that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the source with catalogues of its own: core, or one plugin."""

    name: str
    source: Path
    folder: Path

    def file(self, language: str) -> Path:
        """The catalogue of ``language``."""
        return messages_file(self.folder, language)


def house_of(root: Path) -> Path:
    """The repository whose settings and lists hold for ``root``: itself, or ours for a plugin's own folder."""
    whole = (root / "core").is_dir() and (root / "pyproject.toml").is_file()
    return root if whole else ROOT


def places(root: Path = ROOT) -> list[Place]:
    """Core first, then the plugins of the repository by name; of a plugin's own folder, the plugin alone."""
    if house_of(root) != root:
        homes = (home for home in sorted(root.iterdir()) if (home / "plugin.py").is_file())
        return [Place(home.name, home, home / "translations") for home in homes]
    found = [Place("core", root / "core", root / "translations")]
    found.extend(
        Place(home.name, home, home / "translations")
        for home in sorted((root / "plugins").iterdir())
        if (home / "__init__.py").is_file()
    )
    return found


def key_of(message: Message) -> Key:
    """What tells one message from another: its (singular) text and its context."""
    return (message.id if isinstance(message.id, str) else str(message.id[0]), message.context)


def texts_of(message: Message) -> tuple[str, ...]:
    """The translations of a message, one for each plural form; all empty where there are none."""
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(str(text or "") for text in message.string or ())


def ids_of(message: Message) -> tuple[str, ...]:
    """The English of a message: one text, or singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(map(str, message.id))


# -- Extraction --------------------------------------------------------------------------------------------


@cache
def _mapping(root: Path) -> tuple[list[tuple[str, str]], dict[str, dict[str, Any]]]:
    text = (house_of(root) / "pyproject.toml").read_text("utf-8")
    settings = tomllib.loads(text)["tool"]["babel"]
    methods: list[tuple[str, str]] = []
    options: dict[str, dict[str, Any]] = {}
    for mapping in settings["mappings"]:
        entry = dict(mapping)
        patterns, method = entry.pop("pattern"), entry.pop("method")
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            methods.append((pattern, method))
            options[pattern] = entry
    return methods, options


def _extract(place: Place, root: Path) -> Iterator[tuple[str, Any, list[str], str | None]]:
    methods, options = _mapping(root)
    at_work = [""]

    def remember(file: str, method: str, options: dict[str, Any]) -> None:
        at_work[0] = file

    try:
        for file, _line, message, comments, context in extract_from_dir(
            str(place.source),
            methods,
            options,
            KEYWORDS,
            COMMENT_TAGS,
            callback=remember,
            strip_comment_tags=True,
        ):
            path = (place.source.relative_to(root) / file).as_posix()
            yield path, message, list(comments), context
    except Exception as fault:
        raise ExtractionFault(f"{place.name}: {at_work[0]}: {fault}") from fault


def template(place: Place, root: Path = ROOT) -> Catalog:
    """Every message of ``place`` as the source has it now. Raises :class:`ExtractionFault`.

    Core's has what our libraries say to people too; a plugin's lacks what core has anyway.
    """
    catalogue = Catalog(charset="utf-8")
    for path, message, comments, context in _extract(place, root):
        catalogue.add(
            message,
            None,
            [(path, 0)],
            auto_comments=comments,
            context=context,
        )
    if place.name == "core":
        for foreign in foreign_messages():
            catalogue.add(foreign.id, None, [(foreign.library, 0)])
    return catalogue


def templates(root: Path = ROOT) -> dict[str, Catalog]:
    """The templates of all places by name, each without what core's has already."""
    made = {place.name: template(place, root) for place in places(root)}
    core = made.get("core") or template(places(ROOT)[0])
    shared = {key_of(message): ids_of(message) for message in core if message.id}
    for name, catalogue in made.items():
        if name != "core":
            for message in list(catalogue):
                if message.id and shared.get(key_of(message)) == ids_of(message):
                    catalogue.delete(*key_of(message))
    return made


def is_foreign(message: Message) -> bool:
    """Whether only a library says this, and not our own source."""
    return all(file in {"WTForms", "Flask-Security"} for file, _ in message.locations)


# -- Files -------------------------------------------------------------------------------------------------


def read_catalogue(file: Path, language: str) -> Catalog:
    """The catalogue in ``file``; an empty one where there is none."""
    if not file.is_file():
        return empty_catalogue(language)
    with file.open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def empty_catalogue(language: str) -> Catalog:
    """A catalogue of ``language`` that counts as the table of languages does."""
    catalogue = Catalog(locale=language, charset="utf-8")
    catalogue.mime_headers = [("Plural-Forms", LANGUAGES[language].plural_header)]
    return catalogue


def catalogue_text(catalogue: Catalog, language: str) -> bytes:
    """The file of a catalogue: sorted, without dates, hosts and line numbers, so that only words change it."""
    own = LANGUAGES[language]
    head = (
        f"# {own.name_in_itself} ({own.code})\n"
        'msgid ""\nmsgstr ""\n'
        '"Project-Id-Version: Maillage\\n"\n'
        f'"Language: {own.code}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {own.plural_header}\\n"\n'
        "\n"
    )
    body = BytesIO()
    write_po(
        body,
        catalogue,
        width=0,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return head.encode() + body.getvalue()


def template_text(catalogue: Catalog) -> bytes:
    """A template for translators' tools."""
    body = BytesIO()
    write_po(body, catalogue, width=0, sort_output=True, include_lineno=False, omit_header=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + body.getvalue()


def write_catalogue(file: Path, catalogue: Catalog, language: str) -> bool:
    """Write ``file`` where it would change; returns whether it did."""
    content = catalogue_text(catalogue, language)
    if file.is_file() and file.read_bytes() == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return True


def filled(
    wanted: Iterable[Message], language: str, memory: dict[tuple[Key, int], tuple[str, ...]]
) -> Catalog:
    """A catalogue of the messages ``wanted``, with the translations that ``memory`` has for them."""
    catalogue = empty_catalogue(language)
    forms = plural_rule(LANGUAGES[language].plural_header)[0]
    for message in wanted:
        if not message.id:
            continue
        count = 1 if isinstance(message.id, str) else forms
        texts = memory.get((key_of(message), len(ids_of(message))), ())
        if len(texts) != count:
            texts = ("",) * count
        catalogue.add(
            message.id,
            texts[0] if isinstance(message.id, str) else texts,
            message.locations,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return catalogue


def _memory(language: str, root: Path) -> dict[tuple[Key, int], tuple[str, ...]]:
    """What is translated anywhere. Core's word wins; a message that moves to another place takes its words."""
    memory: dict[tuple[Key, int], tuple[str, ...]] = {}
    for place in reversed(places(root)):
        for message in read_catalogue(place.file(language), language):
            if message.id and not message.fuzzy and all(texts_of(message)):
                memory[key_of(message), len(ids_of(message))] = texts_of(message)
    return memory


def update(root: Path = ROOT) -> list[Path]:
    """Bring every catalogue up to date with the source; returns the files that changed.

    Nothing is guessed: a changed English text is untranslated again. What the source no longer says goes.
    """
    made = templates(root)
    changed: list[Path] = []
    for language in ("en", *WRITTEN):
        memory = _memory(language, root)
        for place in places(root):
            wanted = [message for message in made[place.name] if message.id]
            if language == "en":
                wanted = [message for message in wanted if is_foreign(message)]
            if not wanted and not place.file(language).is_file():
                continue
            catalogue = filled(wanted, language, memory)
            if write_catalogue(place.file(language), catalogue, language):
                changed.append(place.file(language))
    return changed + write_derived(root)


def derived_catalogue(place: Place, language: str) -> Catalog:
    """The catalogue of ``language`` as its source language gives it."""
    source = DERIVED[language]
    original = read_catalogue(place.file(source), source)
    memory = {
        (key_of(message), len(ids_of(message))): tuple(map(latinise, texts_of(message)))
        for message in original
        if message.id and not message.fuzzy
    }
    return filled(original, language, memory)


def write_derived(root: Path = ROOT) -> list[Path]:
    """Write Serbian in Latin letters from Serbian in Cyrillic; returns the files that changed."""
    return [
        place.file(language)
        for language, source in DERIVED.items()
        for place in places(root)
        if place.file(source).is_file()
        and write_catalogue(place.file(language), derived_catalogue(place, language), language)
    ]


def compile_all(root: Path = ROOT) -> list[Path]:
    """Write the compiled catalogue beside each catalogue; returns the files written."""
    written = []
    for place in places(root):
        for language in LANGUAGES:
            file = place.file(language)
            if file.is_file():
                with file.with_suffix(".mo").open("wb") as stream:
                    write_mo(stream, read_catalogue(file, language))
                written.append(file.with_suffix(".mo"))
    return written
