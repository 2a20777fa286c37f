"""The tutorial for authors of plugins, followed from its own page: whoever copies each block gets what it promises."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from core import create_app
from core.database import db
from core.identity.models import Person
from core.scaffold.documents import TUTORIAL, Block, blocks, write
from core.testing.app import TEST_SETTINGS
from core.testing.contract import start_session
from core.testing.desk import Desk
from core.testing.serving import ROOT, Served, maillage, served

# It installs and runs a plugin as a process of its own, which takes minutes where others work too.
pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(600)]

BLOCKS = blocks((ROOT / TUTORIAL).read_text(encoding="utf-8"))
READER, NEIGHBOUR = "elena.stojkovska@brezovo.example", "layla.haddad@almina.example"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A machine on which Maillage has run once, with its demo, as the tutorial asks."""
    made = Desk.at_home(tmp_path_factory.mktemp("desk"))
    upgraded = maillage("db", "upgrade", settings=made.settings, instance=made.instance)
    assert upgraded.returncode == 0, upgraded.stderr
    seeded = maillage("demo", settings=made.settings, instance=made.instance)
    assert seeded.returncode == 0, seeded.stderr
    return made


@pytest.fixture(scope="module")
def followed(desk: Desk) -> Desk:
    """The same machine once somebody has followed the tutorial, block by block."""
    printed = ""
    for block in BLOCKS:
        if block.file:
            write(block, desk.at)
        elif block.language == "sh":
            printed = desk.type(block.text)
        else:
            for line in block.text.splitlines():
                assert line in printed, (
                    f"the tutorial promises {line!r}, and there came:\n{printed}"
                )
    return desk


@pytest.fixture(scope="module")
def site(followed: Desk) -> Iterator[Served]:
    """Maillage under its server, with the plugin that the tutorial made."""
    with served(
        followed.settings | {"PYTHONPATH": str(followed.at)}, instance=followed.instance
    ) as running:
        yield running


def test_every_file_of_the_plugin_is_told_once() -> None:
    files = [block.file for block in BLOCKS if block.file]
    assert len(files) == len(set(files))
    assert {"pyproject.toml", "lending/plugin.py", "tests/test_lending.py"} <= set(files)


def test_every_block_is_a_file_or_commands_or_what_they_print() -> None:
    page = (ROOT / TUTORIAL).read_text(encoding="utf-8")
    assert page.count("```") == 2 * len(BLOCKS), "a block of another kind would not be followed"
    strays = [block for block in BLOCKS if not block.file and block.language not in {"sh", "text"}]
    assert not strays


def test_a_block_is_read_with_its_file_and_its_text() -> None:
    page = "Words.\n\n```{code-block} python\n:caption: a/b.py\nx = 1\n```\n\n```{code-block} sh\nls\n```\n"
    assert blocks(page) == [Block("python", "a/b.py", "x = 1\n"), Block("sh", "", "ls\n")]


def test_who_follows_the_tutorial_gets_what_it_promises(followed: Desk) -> None:
    """Its own tests have passed, its check found nothing, and its package was built: all of it is typed there."""
    assert (followed.at / "dist").is_dir()
    assert (
        "sa.Date()" in next(followed.at.glob("lending/migrations/versions/0001_*.py")).read_text()
    )


def test_the_plugin_is_there_for_the_readers_of_one_city(site: Served, followed: Desk) -> None:
    open_page = reader(followed)
    assert "Lending" in open_page(f"{site.url}/brezovo/", READER)[1]
    status, page = open_page(f"{site.url}/brezovo/lending/", READER)
    assert status == 200
    assert "Nothing can be borrowed yet" in page
    # Whoever lives in another city does not learn that it exists.
    assert open_page(f"{site.url}/almina/lending/", NEIGHBOUR)[0] == 404
    assert "lending" not in open_page(f"{site.url}/almina/", NEIGHBOUR)[1].lower()


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [("fr", "Rien à emprunter pour le moment", "ltr"), ("ar", "لا شيء للاستعارة بعد", "rtl")],
)
def test_it_speaks_the_languages_of_the_tutorial(
    site: Served, followed: Desk, language: str, words: str, direction: str
) -> None:
    status, page = reader(followed, language)(f"{site.url}/brezovo/lending/", READER)
    assert status == 200
    assert words in page
    assert f'dir="{direction}"' in page


def reader(desk: Desk, language: str = "en") -> Callable[[str, str], tuple[int, str]]:
    """Opens a page of the running site as somebody of the demo, who reads in ``language``."""

    def open_page(url: str, email: str) -> tuple[int, str]:
        request = urllib.request.Request(
            url, headers={"Cookie": f"maillage={session_of(desk, email, language)}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return open_page


def session_of(desk: Desk, email: str, language: str) -> str:
    """The secret that somebody's browser holds once they have signed in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILLAGE_INSTANCE", str(desk.instance))
        app = create_app(TEST_SETTINGS)
        with app.app_context():
            person = db.session.scalars(select(Person).where(Person.email == email)).one()
            person.language = language
            db.session.commit()
            identity = person.id
            db.session.remove()
        token = start_session(app, identity)
        with app.app_context():
            db.engine.dispose()
    return token
