"""The rules of the house that a machine can hold: names, hooks, two applications in one process."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from core import api, create_app
from core.database import metadata
from core.hooks import HookSpecs
from core.registry import Plugin, plugin_registry
from core.testing.app import TEST_SETTINGS

ROOT = Path(__file__).resolve().parent.parent
SPECS = {name: spec for name, spec in vars(HookSpecs).items() if not name.startswith("_")}


def arguments_of(function: Callable[..., object]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


@pytest.fixture
def plugins(app: Flask) -> dict[str, Plugin]:
    return plugin_registry(app).plugins


def test_no_plugin_of_ours_is_left_out(app: Flask) -> None:
    assert plugin_registry(app).left_out == []
    assert plugin_registry(app).plugins


@pytest.mark.parametrize("hook", sorted(SPECS))
def test_every_hook_is_described_annotated_and_used(app: Flask, hook: str) -> None:
    spec = SPECS[hook]
    assert inspect.getdoc(spec), "a docstring says what the hook is for"
    signature = inspect.signature(spec)
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(p.annotation is not p.empty for n, p in signature.parameters.items() if n != "self")


def test_implementations_are_annotated_as_their_specification(app: Flask) -> None:
    registry = plugin_registry(app)
    for name, module in registry.modules.items():
        for caller in registry.manager.get_hookcallers(module) or ():
            implementation = getattr(module, caller.name)
            assert set(arguments_of(implementation)) <= set(arguments_of(SPECS[caller.name])), name
            assert (
                inspect.signature(implementation).return_annotation is not inspect.Signature.empty
            ), f"{name}.{caller.name} says what it returns"


def test_one_name_for_each_plugin(app: Flask, plugins: dict[str, Plugin]) -> None:
    registry = plugin_registry(app)
    for name, plugin in plugins.items():
        assert plugin.blueprint is None or plugin.blueprint.name == name
        package = importlib.import_module(registry.packages[name])
        folder = Path(next(iter(package.__path__)))
        templates = folder / "templates"
        assert not templates.exists() or [p.name for p in templates.iterdir()] == [name]
        assert package.__doc__
        source = (folder / "__init__.py").read_text(encoding="utf-8")
        assert not re.sub(r'^""".*?"""\s*', "", source, flags=re.S), "docstring only"


def test_every_table_has_an_owner(app: Flask, plugins: dict[str, Plugin]) -> None:
    packages = {path.name for path in (ROOT / "core").iterdir() if path.is_dir()}
    owners = {*packages, *plugins}
    strays = [
        name for name in metadata.tables if not name.startswith(tuple(f"{o}_" for o in owners))
    ]
    assert strays == []


def test_no_table_is_called_as_a_column_of_another_is_labelled(app: Flask) -> None:
    """The walls find tables by their names in SQL, and SQLAlchemy labels columns ``<table>_<column>``."""
    labels = {
        f"{name}_{each.name}" for name, table in metadata.tables.items() for each in table.columns
    }
    assert labels & set(metadata.tables) == set()


def test_what_plugins_may_import_is_named(app: Flask) -> None:
    assert len(set(api.__all__)) == len(api.__all__)
    for name in api.__all__:
        assert hasattr(api, name)


def test_two_applications_live_in_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    first = create_app(TEST_SETTINGS | {"DATABASE_URL": f"sqlite:///{tmp_path / 'a.sqlite'}"})
    second = create_app(TEST_SETTINGS | {"DATABASE_URL": f"sqlite:///{tmp_path / 'b.sqlite'}"})
    assert {r.rule for r in first.url_map.iter_rules()} == {
        r.rule for r in second.url_map.iter_rules()
    }
    for app in (first, second):
        assert app.test_client().get("/healthz").status_code == 200


def test_importing_and_making_the_application_touches_no_database(tmp_path: Path) -> None:
    program = (
        "import core\n"
        "app = core.create_app({'SECRET_KEY': 'x' * 40, 'SECURITY_PASSWORD_SALT': 'y' * 20, "
        "'DATABASE_URL': 'postgresql://nobody@127.0.0.1:1/none'})\n"
        "print(len(list(app.url_map.iter_rules())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "MAILLAGE_INSTANCE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 10
    assert not list(tmp_path.iterdir())


# Words that open a door which the house keeps shut, and the few files that may hold the key, with the reason.
BANNED: dict[str, dict[str, str]] = {
    r"(?<![.\w])(?<!def )text\(": {
        "core/site/views.py": "SELECT 1, to see whether the database answers",
        "core/doctor.py": "questions about the database itself",
        "core/schema.py": "locks and limits of PostgreSQL, and the version tables",
        "core/backup.py": "snapshots and schemas of PostgreSQL",
    },
    r"\bfrom_statement\(": {},
    r"\bbulk_(insert|update|save)_(mappings|objects)\(": {},
    r"\brender_template_string\(": {},
    r"\|\s*safe\b": {},
    r"\bMarkup\(": {
        "core/assets.py": "icons: names of our own sprite",
        "core/templating.py": "parts of a page, rendered from autoescaped templates",
        "core/i18n/setup.py": "sentences of our catalogues, whose values are escaped",
    },
    r"\bpickle\b": {},
    r"\byaml\.load\(": {},
    r"shell=True": {},
    r"\bsend_file\(": {
        "core/files/views.py": "the one place that hands out attachments",
        "core/exporting/views.py": "the one place that hands out exports, to who asked for them",
    },
    r"\bexec_driver_sql\(": {
        "core/database.py": "BEGIN, which is SQLite’s own business",
        "core/schema.py": "PRAGMA foreign_key_check after a migration",
    },
}


def sources() -> Iterator[tuple[str, str]]:
    for folder in ("core", "plugins"):
        for path in sorted((ROOT / folder).rglob("*")):
            relative = path.relative_to(ROOT).as_posix()
            passed_over = "/static/" in relative or "/migrations/" in relative
            if (
                path.suffix in {".py", ".html", ".txt"}
                and not passed_over
                and not relative.startswith("core/testing/")
            ):
                yield relative, path.read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", sorted(BANNED))
def test_dangerous_words_stand_only_where_they_are_explained(pattern: str) -> None:
    found = {name for name, text in sources() if re.search(pattern, text)}
    assert found <= set(BANNED[pattern]), f"{pattern}: {sorted(found - set(BANNED[pattern]))}"


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (r"(?<![.\w])(?<!def )text\(", "db.session.execute(text('SELECT 1'))"),
        (r"\|\s*safe\b", "{{ words | safe }}"),
        (r"shell=True", "run('ls', shell=True)"),
    ],
)
def test_the_search_for_dangerous_words_finds_them(pattern: str, sample: str) -> None:
    assert pattern in BANNED
    assert re.search(pattern, sample)


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    for name, text in sources():
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), name
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text), name


def test_styles_know_no_left_or_right() -> None:
    physical = re.compile(
        r"(margin|padding|border)-(left|right)|text-align:\s*(left|right)|float:\s*(left|right)"
    )
    for path in (ROOT / "core" / "static" / "css").glob("*.css"):
        assert not physical.search(path.read_text(encoding="utf-8")), path.name
