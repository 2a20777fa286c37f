"""``maillage plugins new``: what it writes works, passes what the house asks, and takes nobody's place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from core.i18n.languages import LANGUAGES
from core.scaffold.writing import New, icons, titles_from
from core.testing.desk import Desk
from core.testing.serving import ROOT
from core.translating import catalogues

Command = Callable[..., Result]
NAME = "lost_property"
TITLES = ("--title", "Lost property", "--title", "fr=Objets trouvés", "--icon", "tag")


@pytest.fixture
def command(app: Flask) -> Command:
    """Runs ``maillage plugins new`` with the given words."""
    return lambda *words: app.test_cli_runner().invoke(args=["plugins", "new", *words])


# -- As a package ------------------------------------------------------------------------------------------


@pytest.fixture
def package(command: Command, tmp_path: Path) -> Path:
    folder = tmp_path / "maillage-lost-property"
    done = command(NAME, "--package", str(folder), *TITLES)
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.one_database
def test_the_package_has_the_shape_of_the_house(package: Path) -> None:
    home = package / NAME
    for name in ("__init__", "plugin", "permissions", "models", "services", "forms", "views"):
        assert (home / f"{name}.py").is_file()
    assert [path.name for path in (home / "templates").iterdir()] == [NAME]
    assert list(home.glob("migrations/versions/0001_*.py"))
    assert (package / "tests" / "conftest.py").is_file()
    assert f'{NAME} = "{NAME}.plugin"' in (package / "pyproject.toml").read_text("utf-8")


@pytest.mark.one_database
def test_every_language_has_every_text(package: Path) -> None:
    from core.translating.checks import check

    assert [str(problem) for problem in check(package)] == []
    languages = {path.name for path in (package / NAME / "translations").iterdir()}
    assert languages == set(LANGUAGES) - {"en"}


@pytest.mark.one_database
def test_titles_are_in_the_catalogues(package: Path) -> None:
    def said(language: str) -> str:
        place = catalogues.Place(NAME, package / NAME, package / NAME / "translations")
        message = catalogues.read_catalogue(place.file(language), language).get("Lost property")
        assert message is not None
        return str(message.string)

    assert said("fr") == "Objets trouvés"
    # Nobody said what it is in Turkish: a module of that name, until somebody does.
    assert said("tr") == "«Lost property» modülü"


@pytest.mark.one_database
def test_it_prints_what_comes_next(command: Command, tmp_path: Path) -> None:
    printed = command(NAME, "--package", str(tmp_path / "new")).output
    assert "maillage db upgrade" in printed
    assert f"maillage plugins enable {NAME} --city" in printed


@pytest.mark.slow
@pytest.mark.one_database
def test_a_package_is_installed_and_passes_its_own_tests(
    package: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = Desk.at_home(tmp_path_factory.mktemp("desk"))
    desk.at = package
    desk.type("uv pip install --no-build-isolation --editable .\npython -m ruff check .")
    desk.type("maillage db upgrade")
    assert "is in order" in desk.type(f"maillage plugins check {NAME}")
    assert "passed" in desk.type("pytest -q")


# -- In the tree -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which somebody has asked for a new plugin."""
    copy = tmp_path_factory.mktemp("tree") / "maillage"
    copy.mkdir()
    for name in ("core", "plugins", "tests", "migrations", "translations", "docs", ".mypy_cache"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    run(copy, "-c", "from core.cli import main; main()", "plugins", "new", NAME, *TITLES)
    return copy


def run(tree: Path, *words: str) -> str:
    """Run Python in the copy, which it imports instead of the original; returns what it prints."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAILLAGE_")}
        | {"PYTHONPATH": str(tree), "MAILLAGE_INSTANCE": str(tree / "instance")},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


FOLDERS = (f"plugins/{NAME}", f"tests/plugins/{NAME}")


@pytest.mark.slow
@pytest.mark.one_database
def test_in_the_tree_it_has_the_style_and_the_types_of_the_house(tree: Path) -> None:
    run(tree, "-m", "ruff", "check", "--no-cache", *FOLDERS)
    run(tree, "-m", "ruff", "format", "--check", "--no-cache", *FOLDERS)
    run(tree, "-m", "mypy", *FOLDERS)
    run(tree, "-c", "from importlinter.cli import lint_imports_command as l; l(['--no-cache'])")


@pytest.mark.slow
@pytest.mark.one_database
def test_in_the_tree_it_passes_its_tests_and_those_of_every_plugin(tree: Path) -> None:
    pytest_here = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    run(tree, *pytest_here, FOLDERS[1])
    every = ("tests/test_architecture.py", "tests/test_migrations.py")
    run(
        tree, *pytest_here, *every, "-k", "name or owner or annotated or head or forward or nothing"
    )


@pytest.mark.slow
@pytest.mark.one_database
def test_in_the_tree_its_pages_are_open_to_exactly_those_who_may(tree: Path) -> None:
    (tree / "tests" / "test_one.py").write_text(
        "from core.testing.contract import House, matrix\n\n"
        "def test_one(house: House) -> None:\n"
        f"    assert matrix(house, only=lambda route: route.area == '{NAME}') == []\n",
        encoding="utf-8",
    )
    run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_one.py")


@pytest.mark.slow
@pytest.mark.one_database
def test_in_the_tree_its_catalogues_are_as_the_workshop_writes_them(tree: Path) -> None:
    before = {path: path.read_bytes() for path in (tree / FOLDERS[0]).rglob("*.po")}
    run(tree, "-m", "core.translating", "update")
    assert before
    assert {path: path.read_bytes() for path in before} == before


# -- What is refused ---------------------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Lending", "small letters"),
        ("lost-property", "small letters"),
        ("lost__property", "small letters"),
        ("a", "small letters"),
        ("a" * 31, "small letters"),
        ("../lending", "small letters"),
        ("match", "word of Python"),
        ("activities", "a plugin called"),
        ("calendar", "Maillage itself"),
        ("identity", "Maillage itself"),
        ("scaffold", "Maillage itself"),
        ("plugins", "Maillage itself"),
        ("json", "a Python package called"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    command: Command, tmp_path: Path, name: str, reason: str
) -> None:
    folder = tmp_path / "new"
    done = command(name, "--package", str(folder))
    assert done.exit_code == 1
    assert reason in done.output
    assert not folder.exists()


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--title", 'A "title"'), "cannot be a title"),
        (("--title", "{{ title }}"), "cannot be a title"),
        (("--title", "$title"), "cannot be a title"),
        (("--title", "fr=%(name)s"), "cannot be a title"),
        (("--title", "fr="), "cannot be a title"),
        (("--title", "xx=Titel"), "not a language"),
        (("--title", "sr_Latn=Naslov"), "not a language"),
        (("--icon", "unicorn"), "no icon"),
    ],
)
def test_what_would_break_the_files_is_refused(
    command: Command, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    folder = tmp_path / "new"
    done = command(NAME, "--package", str(folder), *words)
    assert done.exit_code == 1
    assert reason in done.output
    assert not folder.exists()


@pytest.mark.one_database
def test_nothing_is_overwritten(command: Command, package: Path) -> None:
    before = {path: path.read_bytes() for path in package.rglob("*") if path.is_file()}
    done = command(NAME, "--package", str(package))
    assert done.exit_code == 1
    assert "holds something already" in done.output
    assert {path: path.read_bytes() for path in package.rglob("*") if path.is_file()} == before


@pytest.mark.one_database
def test_the_longest_name_and_a_title_in_another_script_work(
    command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    done = command("a" * 30, "--package", str(folder), "--title", "mk=Изгубени предмети")
    assert done.exit_code == 0, done.output
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=folder, check=True
    )


def test_a_title_without_language_is_english() -> None:
    assert titles_from(("Lost property", "ar=المفقودات")) == {
        "en": "Lost property",
        "ar": "المفقودات",
    }
    assert New("lost_property").title == "Lost property"


def test_the_usual_icon_is_one_that_pages_can_draw() -> None:
    assert New(NAME).icon in icons()
