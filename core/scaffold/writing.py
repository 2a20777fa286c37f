"""A new plugin: a list with a form, in the shape of the house, that works and passes every test from the start.

Its files are the templates beside this module, filled in by :class:`string.Template`: nothing in them is executed, and
what a person gives is checked before it is put in.
"""

import csv
import importlib.util
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from babel.messages.catalog import Catalog
from flask import current_app

from core.database import metadata
from core.i18n.languages import LANGUAGES
from core.registry import RESERVED_NAMES
from core.schema import plugin_names
from core.translating import catalogues

HERE = Path(__file__).resolve().parent / "templates"
CORE = Path(__file__).resolve().parents[1]

LONGEST_NAME = 30
_NAME = re.compile(r"[a-z][a-z0-9]+(?:_[a-z0-9]+)*")
# Letters of any script, digits and plain signs: nothing that code, templates or catalogues read as their own.
_TITLE = re.compile(r"[\w’][\w’ .,:()&/–-]{0,59}")


class Refused(Exception):
    """A plugin that cannot be written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class New:
    """What somebody asked for: a name, a title by language, an icon, and a folder if it is to be its own package."""

    name: str
    titles: Mapping[str, str] = field(default_factory=dict)
    icon: str = "list"
    package: Path | None = None

    @property
    def title(self) -> str:
        """The English title; without one, the name as a title."""
        return self.titles.get("en") or self.name.replace("_", " ").capitalize()

    @property
    def root(self) -> Path:
        """Where the files stand: the folder of the package, or the checkout."""
        return self.package or CORE.parent

    @property
    def module(self) -> str:
        """What Python calls it."""
        return self.name if self.package else f"plugins.{self.name}"

    @property
    def home(self) -> Path:
        """The folder of the plugin's Python package."""
        return self.root / self.name if self.package else self.root / "plugins" / self.name

    @property
    def tests(self) -> Path:
        """The folder of its tests."""
        return self.root / "tests" if self.package else self.root / "tests" / "plugins" / self.name


def write(new: New) -> list[Path]:
    """Write the plugin; returns its files. Nothing that exists is changed. Raises :class:`Refused`."""
    _check(new)
    words = {
        "name": new.name,
        "dashed": new.name.replace("_", "-"),
        "module": new.module,
        "title": new.title,
        "icon": new.icon,
    }
    for path, template in _files(new):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template).substitute(words), encoding="utf-8")
    (new.home / "translations").mkdir()
    _write_catalogues(new)
    _put_in_form(new)
    written = {new.home, new.tests, *([new.package] if new.package else [])}
    return sorted(
        {
            path
            for folder in written
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    )


def _files(new: New) -> Iterator[tuple[Path, str]]:
    """Where each file goes, and its template."""
    parts = {
        "plugin": new.home,
        "plugin/migrations": new.home / "migrations" / "versions",
        "plugin/templates": new.home / "templates" / new.name,
    }
    for folder, target in parts.items():
        for path in sorted((HERE / folder).glob("*.tmpl")):
            yield target / path.name.removesuffix(".tmpl"), path.read_text(encoding="utf-8")
    of_the_plugin = (HERE / "tests" / "test_plugin.py.tmpl").read_text(encoding="utf-8")
    yield new.tests / f"test_{new.name}.py", of_the_plugin
    if new.package:
        for path in sorted((HERE / "package").glob("*.tmpl")):
            target = new.tests if path.name.endswith(".py.tmpl") else new.root
            yield target / path.name.removesuffix(".tmpl"), path.read_text(encoding="utf-8")


# -- What is refused ---------------------------------------------------------------------------------------


def _check(new: New) -> None:
    _check_name(new)
    for title in new.titles.values():
        if not _TITLE.fullmatch(title):
            raise Refused(
                f"{title!r} cannot be a title: letters, digits, spaces and . , : ( ) & / - ’ make one, sixty at most."
            )
    if new.icon not in icons():
        raise Refused(
            f"There is no icon called {new.icon!r}. core/static/icons.txt names those there are, such as "
            "list, users, tag or heart-handshake."
        )
    for folder in (new.home, new.tests, new.package):
        if folder is not None and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
            raise Refused(f"{folder} holds something already. Nothing was changed; choose another.")


def _check_name(new: New) -> None:
    name = new.name
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Refused(
            f"{name!r} cannot be the name of a plugin: small letters a-z, digits and _, beginning with a letter, "
            f"two to {LONGEST_NAME} long, such as lending or lost_property."
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise Refused(f"{name!r} is a word of Python’s own. Choose another name.")
    if name in plugin_names():
        raise Refused(f"There is a plugin called {name!r} already. Choose another name.")
    if name in _taken():
        raise Refused(f"{name!r} is used by Maillage itself. Choose another name.")
    if importlib.util.find_spec(name) is not None:
        raise Refused(f"There is a Python package called {name!r} already. Choose another name.")


def _taken() -> set[str]:
    """Names that core uses for its packages, the beginnings of its tables, and its addresses in a city."""
    packages = {path.stem for path in CORE.iterdir()}
    tables = {table.partition("_")[0] for table in metadata.tables}
    parts = (rule.rule.split("/") for rule in current_app.url_map.iter_rules())
    addresses = {part[2] for part in parts if len(part) > 2 and part[1].startswith("<")}
    return {*RESERVED_NAMES, *packages, *tables, *addresses, "core", "plugins", "tests", "maillage"}


def icons() -> frozenset[str]:
    """The names of the icons that pages can draw."""
    text = (CORE / "static" / "icons.txt").read_text(encoding="utf-8")
    return frozenset(
        line.strip() for line in text.splitlines() if line and not line.startswith("#")
    )


# -- Translations ------------------------------------------------------------------------------------------


def _write_catalogues(new: New) -> None:
    """The texts of the files as they were written, in every language; what core says, core translates."""
    place = catalogues.Place(new.name, new.home, new.home / "translations")
    core = catalogues.template(catalogues.places()[0])
    said_by_core = {catalogues.key_of(message) for message in core if message.id}
    wanted = Catalog(charset="utf-8")
    for message in catalogues.template(place, new.root):
        if message.id and catalogues.key_of(message) not in said_by_core:
            wanted.add(message.id, None, message.locations)
    for language in catalogues.WRITTEN:
        memory: dict[tuple[catalogues.Key, int], tuple[str, ...]] = {
            ((text, None), 1): (said,) for text, said in _said(new, language)
        }
        made = catalogues.filled(wanted, language, memory)
        catalogues.write_catalogue(place.file(language), made, language)
    for language in catalogues.DERIVED:
        derived = catalogues.derived_catalogue(place, language)
        catalogues.write_catalogue(place.file(language), derived, language)


def _said(new: New, language: str) -> Iterator[tuple[str, str]]:
    """Each English text with what it is in ``language``."""
    own = new.titles.get(language)
    with (HERE / "words.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            english = Template(row["en"]).substitute(title=new.title)
            said = Template(row[language]).substitute(said=own or new.title)
            yield english, own if own and row["en"] == "$title" else said


# -- Form --------------------------------------------------------------------------------------------------


def _put_in_form(new: New) -> None:
    """Break lines where a long name made them too long, if the tool for it is installed."""
    if importlib.util.find_spec("ruff") is None:
        return
    ruff = [sys.executable, "-m", "ruff"]
    for words in (("check", "--quiet", "--fix", "--select", "I"), ("format", "--quiet")):
        subprocess.run(  # noqa: S603  our own tool on files that were just written
            [*ruff, *words, "--no-cache", str(new.home), str(new.tests)], cwd=new.root, check=False
        )


def titles_from(texts: tuple[str, ...]) -> dict[str, str]:
    """``("Lending", "fr=Prêt")`` as titles by language; one without a language is the English one.

    Raises :class:`Refused` for a language that the interface does not have.
    """
    found: dict[str, str] = {}
    for text in texts:
        language, sign, words = text.partition("=")
        if not sign:
            language, words = "en", text
        if language not in LANGUAGES or language in catalogues.DERIVED:
            known = ", ".join(("en", *catalogues.WRITTEN))
            raise Refused(f"{language!r} is not a language of the interface. There are: {known}.")
        found[language] = words.strip()
    return found
