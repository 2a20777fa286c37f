"""The manual: it builds without a warning, its French is whole, and its words are those on the screen."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from core.testing.manual import DOCS, LANGUAGES, ROOT, extract_manual, manual_of_this_run
from core.translating.catalogues import ids_of, templates

pytestmark = pytest.mark.one_database

PICTURES = DOCS / "pictures"
CATALOGUES = DOCS / "locale" / "fr" / "LC_MESSAGES"
# Made of the words of the code, which are English; see docs/conf.py.
ALWAYS_ENGLISH = {"plugin-authors/hooks"}
PAGES = sorted(path for path in DOCS.glob("**/*.md"))
LABEL = re.compile(r"\{label\}`([^`]+)`")
# A picture is named by a directive of MyST, or between the brackets of Markdown in README.md.
PICTURE = re.compile(r"(?:\{figure\}\s+|\]\()([\w./-]*pictures/[\w./-]+)")


def texts_of_interface() -> set[tuple[str, str | None]]:
    """Every text of the source by words and context, and by words alone."""
    found: set[tuple[str, str | None]] = set()
    for catalogue in templates().values():
        for message in catalogue:
            for words in ids_of(message):
                found |= {(words, None), (words, message.context)}
    return found


def page_of(file: Path, folder: Path) -> str:
    return file.relative_to(folder).with_suffix("").as_posix()


def named_in(text: str) -> list[str]:
    """The labels, addresses and commands in a paragraph, in any order."""
    rest = LABEL.sub("", text)
    return sorted(
        LABEL.findall(text) + re.findall(r"\]\(([^)]+)\)", rest) + re.findall(r"`([^`]+)`", rest)
    )


def read(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale="fr")


@pytest.fixture(scope="module")
def built() -> Path:
    return manual_of_this_run()


# -- Words ---------------------------------------------------------------------------------------------------


def test_every_label_that_the_manual_quotes_stands_on_the_screen() -> None:
    sys.path.insert(0, str(DOCS / "site"))
    try:
        from labels import parts  # type: ignore[import-not-found]  # A folder of the manual, no package.
    finally:
        sys.path.pop(0)
    known = texts_of_interface()
    sources = [*PAGES, *CATALOGUES.rglob("*.po")]
    lost = {
        f"{file.relative_to(ROOT)}: {label}"
        for file in sources
        for label in LABEL.findall(re.sub(r'"\n"', "", file.read_text(encoding="utf-8")))
        if parts(re.sub(r"\s+", " ", label)) not in known
    }
    assert not lost, "\n".join(sorted(lost))


@pytest.mark.slow
def test_the_french_manual_is_whole(tmp_path: Path) -> None:
    faults = []
    folder = extract_manual(tmp_path)
    wanted = {page_of(path, folder): read(path) for path in folder.rglob("*.pot")}
    wanted = {name: one for name, one in wanted.items() if name not in {*ALWAYS_ENGLISH, "sphinx"}}
    there = {page_of(path, CATALOGUES): read(path) for path in CATALOGUES.rglob("*.po")}
    assert wanted
    assert set(there) == set(wanted), "A catalogue of the manual is missing or left over"
    for name, template in wanted.items():
        for message in template:
            if not message.id:
                continue
            translated = there[name].get(message.id, message.context)
            if translated is None or not translated.string or translated.fuzzy:
                faults.append(f"{name}: {message.id}")
        faults += [
            f"{name}: no longer said: {message.id}"
            for message in there[name]
            if message.id and template.get(message.id, message.context) is None
        ]
    assert not faults, "make docs-update brings them up to date:\n" + "\n".join(faults)


def test_the_french_of_the_manual_names_the_same_labels_links_and_commands() -> None:
    faults = []
    for file in sorted(CATALOGUES.rglob("*.po")):
        for message in read(file):
            if not message.id or not message.string or message.fuzzy:
                continue
            said, again = named_in(str(message.id)), named_in(str(message.string))
            if said != again:
                faults.append(f"{page_of(file, CATALOGUES)}: {message.id}\n    {said} or {again}?")
    assert not faults, "\n".join(faults)


# -- Pictures ------------------------------------------------------------------------------------------------


def pictures_named() -> set[Path]:
    named = set()
    for file in [*PAGES, ROOT / "README.md"]:
        for target in PICTURE.findall(file.read_text(encoding="utf-8")):
            named.add((file.parent / target).resolve())
    return named


def test_every_picture_of_the_manual_is_there_in_both_languages() -> None:
    named = pictures_named()
    manual = {path for path in named if path.parent.name == "manual"}
    assert manual
    wanted = named | {path.parent / "fr" / path.name for path in manual}
    assert not sorted(str(path) for path in wanted if not path.exists())


def test_every_picture_that_lies_in_docs_is_shown_somewhere() -> None:
    named = {path.name for path in pictures_named()}
    lying = {path.name for path in PICTURES.rglob("*.*")}
    assert lying <= named, sorted(lying - named)


def test_the_pictures_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.rglob("*.*")}
    assert sum(sizes.values()) < 3_000_000
    assert max(sizes.values()) < 150_000, max(sizes.items(), key=lambda one: one[1])


# -- The site ------------------------------------------------------------------------------------------------


class _Links(HTMLParser):
    """The addresses that a page leads to, those that it loads, and the anchors in it."""

    def __init__(self) -> None:
        super().__init__()
        self.to: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.without_words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.anchors.add(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.to.add(str(given["href"]))
        if tag == "link" and given.get("rel") not in {"alternate", "canonical"}:
            self.loads.add(str(given.get("href")))
        if tag in {"script", "img"} and given.get("src"):
            self.loads.add(str(given["src"]))
        if tag == "img" and "alt" not in given:
            self.without_words.append(str(given.get("src")))


def read_pages(folder: Path) -> dict[Path, _Links]:
    pages = {}
    for path in folder.rglob("*.html"):
        pages[path.resolve()] = links = _Links()
        links.feed(path.read_text(encoding="utf-8"))
    return pages


@pytest.mark.slow
def test_every_link_of_the_built_manual_leads_somewhere(built: Path) -> None:
    """Between the languages too: each page leads to itself in the other one."""
    pages = read_pages(built)
    faults = []
    for path, links in pages.items():
        for address in links.to | links.loads:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target.exists() and (
                not parts.fragment or target not in pages or parts.fragment in pages[target].anchors
            )
            if not there:
                faults.append(f"{path.relative_to(built)} → {address}")
    assert len(pages) > 2 * len(PAGES)
    assert not faults, "\n".join(sorted(faults))


@pytest.mark.slow
def test_the_built_manual_loads_nothing_from_another_host(built: Path) -> None:
    foreign = {
        address
        for links in read_pages(built).values()
        for address in links.loads
        if urlsplit(address).netloc
    }
    sheets = [path.read_text(encoding="utf-8") for path in built.rglob("*.css")]
    foreign |= {
        one for sheet in sheets for one in re.findall(r"url\(\s*[\"']?(https?:[^)]+)", sheet)
    }
    assert not foreign


@pytest.mark.slow
def test_every_page_is_reached_from_the_front_page_and_says_its_language(built: Path) -> None:
    for language in LANGUAGES:
        folder = built / language
        pages = read_pages(folder)
        seen: set[Path] = set()
        waiting = [(folder / "index.html").resolve()]
        while waiting:
            page = waiting.pop()
            if page in seen or page not in pages:
                continue
            seen.add(page)
            waiting += [
                (page.parent / unquote(urlsplit(address).path)).resolve()
                for address in pages[page].to
                if urlsplit(address).path and not urlsplit(address).netloc
            ]
        wanted = {
            (folder / path.relative_to(DOCS)).with_suffix(".html").resolve() for path in PAGES
        }
        assert wanted <= seen, sorted(str(path) for path in wanted - seen)
        for page in wanted:
            assert f'lang="{language}"' in page.read_text(encoding="utf-8")[:200], page


@pytest.mark.slow
def test_every_picture_of_the_built_manual_says_what_it_shows(built: Path) -> None:
    silent = {
        f"{path.relative_to(built)}: {source}"
        for path, links in read_pages(built).items()
        for source in links.without_words
    }
    assert not silent


@pytest.mark.slow
def test_the_french_pages_show_the_words_of_the_french_interface(built: Path) -> None:
    page = (built / "fr" / "members" / "first-activity.html").read_text(encoding="utf-8")
    assert '<span class="guilabel">Consigner une activité</span>' in page
    assert "pictures/manual/fr" not in page, "Sphinx gathers pictures under _images"
    assert "Log an activity" not in page
