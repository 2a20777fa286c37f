"""Every page in every language: well-formed, labelled, in the right direction, and without a word outside gettext."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel import Locale
from sqlalchemy import update

from core import i18n
from core.identity.models import Person
from core.testing.contract import House, Principal, Route, make_house
from core.testing.pages import bare_words, page_faults
from core.testing.postgres import Databases

LANGUAGES = tuple(i18n.LANGUAGES)
# Whoever sees most of a page, first.
READERS = ("city_administrator", "focal_point", "member", "observer", "anonymous")


pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _put_back(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in ("house", "pseudo_house"):
        if name in request.fixturenames:
            request.getfixturevalue(name).restore()


def speak(house: House, language: str) -> None:
    """Let everybody read in ``language``."""
    with house.engine.begin() as connection:
        connection.execute(update(Person).values(language=language))


def pages(house: House, language: str) -> Iterator[tuple[Route, Principal, str, str]]:
    """Every page that answers, in the language of its reader: route, reader, address and text.

    In the first language everybody opens it, since each sees another part; in the others whoever sees most.
    """
    for route in house.routes:
        if "GET" not in route.methods or route.area == "static":
            continue
        for name in READERS:
            who = house.principal(name)
            path = house.address(route, who)
            answer = house.ask(
                who, "GET", path, headers={"Accept-Language": i18n.lang_tag(language)}
            )
            if answer.mimetype == "text/html" and answer.status_code not in {302, 303}:
                yield route, who, path, answer.get_data(as_text=True)
                if answer.status_code == 200 and language != LANGUAGES[0]:
                    break
    # Pages for what is not there are read as often as others.
    for name in ("member", "anonymous"):
        who = house.principal(name)
        tag = i18n.lang_tag(language)
        answer = house.ask(who, "GET", "/no/such/page", headers={"Accept-Language": tag})
        yield house.routes[0], who, "/no/such/page", answer.get_data(as_text=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_well_made(house: House, language: str) -> None:
    speak(house, language)
    faults, seen = [], set()
    tag, direction = i18n.lang_tag(language), i18n.direction(language)
    for route, who, path, text in pages(house, language):
        seen.add(route.endpoint)
        faults += [
            f"{path} as {who}: {fault}"
            for fault in page_faults(text, language=tag, direction=direction)
        ]
    assert len(seen) > 15, seen
    assert not faults, f"{len(faults)} faults\n" + "\n".join(sorted(faults))


# -- Words outside gettext ---------------------------------------------------------------------------------

ENGLISH = Locale("en")
# What stands on pages without being a text of ours: names of languages and of the site, units, and what Babel
# says of countries, languages and dates.
NEVER_TRANSLATED = frozenset(
    {
        *(language.name_in_itself for language in i18n.LANGUAGES.values()),
        *(language.name_in_itself.capitalize() for language in i18n.LANGUAGES.values()),
        *ENGLISH.territories.values(),
        *ENGLISH.languages.values(),
        *(
            name
            for form in ("wide", "abbreviated")
            for name in ENGLISH.months["format"][form].values()
        ),
        *(
            name
            for form in ("wide", "abbreviated")
            for name in ENGLISH.days["format"][form].values()
        ),
        "Maillage",
        # Kinds of files, under the names that their programs show.
        *("PDF", "Word", "ICS"),
    }
)


def written_by_people(house: House) -> frozenset[str]:
    """Every text in the database that is no code of ours."""
    found: set[str] = set()

    def gather(value: object) -> None:
        if isinstance(value, str) and not re.fullmatch(r"[a-z0-9_.-]*", value):
            found.update(line.strip() for line in value.splitlines() if len(line.strip()) > 2)
        elif isinstance(value, dict):
            for item in value.values():
                gather(item)
        elif isinstance(value, list):
            for item in value:
                gather(item)

    for rows in house.snapshot.rows.values():
        for row in rows.values():
            gather(row)
    return frozenset(found)


@pytest.fixture(scope="module")
def pseudo_house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house in which every text that went through gettext is marked."""
    with make_house(databases, tmp_path_factory.mktemp("pseudo"), {"PSEUDO_LOCALE": True}) as made:
        yield made


def test_no_word_stands_outside_gettext(pseudo_house: House) -> None:
    allowed = NEVER_TRANSLATED | written_by_people(pseudo_house)
    faults = {
        f"{route.rule}: {words!r}"
        for route, _who, _path, text in pages(pseudo_house, "en")
        for words in bare_words(text, allowed)
    }
    assert not faults, f"{len(faults)} texts\n" + "\n".join(sorted(faults))


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<p>Naked</p>", ["Naked"]),
        ("<p>⟦Cålm⟧</p>", []),
        ("<p>⟦Rêåd <a href='/'>the whole</a> thîng⟧</p>", []),
        ("<p>⟦Cålm⟧ naked</p>", ["naked"]),
        ("<p dir='auto'>What people wrote</p>", []),
        ("<p lang='mk'>Младински центар</p>", []),
        ("<input aria-label='Naked'>", ["Naked"]),
        ("<time>12 May</time> 14:30 · 3", []),
    ],
)
def test_the_search_for_words_outside_gettext_finds_them(markup: str, found: list[str]) -> None:
    page = f"<!doctype html><html lang=en><body>{markup}</body></html>"
    assert bare_words(page, frozenset()) == found


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<p style='color: red'>x</p>", "inline"),
        ("<p onclick='x()'>x</p>", "inline"),
        ("<a href='javascript:x()'>x</a>", "javascript"),
        ("<script>x()</script>", "inline"),
        ("<img alt='' src='https://elsewhere.example/x.png'>", "leaves the site"),
        ("<i id=a></i><i id=a></i>", "used twice"),
        ("<input name=x>", "no label"),
        ("<label for=nobody>x</label>", "points to nothing"),
        ("<button></button>", "no name"),
        ("<h1>Another</h1>", "2 h1"),
        ("<p><div></p>", "markup"),
    ],
)
def test_the_search_for_faults_finds_them(markup: str, fault: str) -> None:
    page = (
        "<!doctype html><html lang=en dir=ltr><head><title>x</title></head>"
        f"<body><h1>One</h1>{markup}</body></html>"
    )
    faults = page_faults(page, language="en", direction="ltr")
    assert any(fault in found for found in faults), faults
