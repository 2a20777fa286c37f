"""``maillage plugins check``: an author who broke a rule is told which, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.scaffold.writing import New, write
from core.testing.app import TEST_SETTINGS
from core.testing.desk import Desk
from core.testing.serving import maillage

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

NAME = "lost_property"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A machine on which a new plugin is installed."""
    from core import create_app

    made = Desk.at_home(tmp_path_factory.mktemp("desk"))
    made.at = made.home / "package"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILLAGE_INSTANCE", str(made.instance))
        app = create_app(TEST_SETTINGS | {"DATABASE_URL": f"sqlite:///{made.home}/none.sqlite"})
        with app.app_context():
            write(New(NAME, package=made.at))
    made.type("uv pip install --no-build-isolation --editable .\nmaillage db upgrade")
    return made


@pytest.fixture
def home(desk: Desk) -> Iterator[Path]:
    """The folder of the plugin, whose files are put back afterwards."""
    folder = desk.at / NAME
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yield folder
    for path in folder.rglob("*"):
        if path.is_file() and path not in before:
            path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def test_a_new_plugin_is_in_order(desk: Desk) -> None:
    assert desk.type(f"maillage plugins check {NAME}").strip() == f"{NAME} is in order."


def test_a_language_that_lacks_texts_is_named_and_is_no_fault(desk: Desk, home: Path) -> None:
    (home / "translations" / "tr" / "LC_MESSAGES" / "messages.po").unlink()
    printed = desk.type(f"maillage plugins check {NAME} 2>&1")
    assert "tr: " in printed
    assert "still in English" in printed
    assert f"{NAME} is in order." in printed


FAULTS = {
    "past the door": ("services.py", "from core.identity.models import Person\n", "core.api"),
    "another plugin": ("services.py", "from plugins.activities import models\n", "with a Ref"),
    "more than a docstring": ("__init__.py", "VERSION = 1\n", "__init__.py holds a docstring"),
    "a hook that says nothing": (
        "plugin.py",
        "@hookimpl\ndef dashboard(viewer):\n    return []\n",
        "dashboard does not say what it returns",
    ),
    "a column without migration": (
        "models.py",
        '\n\nclass Forgotten(CityOwned, Model):\n    __tablename__ = "lost_property_forgotten"\n',
        "maillage db revision lost_property",
    ),
    "a page for everybody": (
        "views.py",
        '\n\n@bp.get("/all")\ndef everything() -> str:\n    return ""\n',
        "does not say who may open it",
    ),
    "a stray template": ("templates/index.html", "", "index.html there"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_plain_words(desk: Desk, home: Path, fault: str) -> None:
    name, addition, told = FAULTS[fault]
    with (home / name).open("a", encoding="utf-8") as file:
        file.write(addition)
    printed = desk.type(f"maillage plugins check {NAME} && exit 9 || true")
    assert told in printed
    assert "in order" not in printed


def test_a_plugin_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    done = maillage(
        *("plugins", "check", "nonesuch"),
        settings={"MAILLAGE_DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite"},
        instance=tmp_path,
    )
    assert done.returncode == 1
    assert "not installed here" in done.stdout
    assert "activities" in done.stdout
