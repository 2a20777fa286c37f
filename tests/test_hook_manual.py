"""The manual for authors of plugins says what the code says."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass

import pytest

from core import api
from core.hooks import HookSpecs
from core.scaffold import manual
from core.testing.serving import ROOT

pytestmark = pytest.mark.one_database

PAGE = manual.PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_code_says() -> None:
    """After a hook, a value, a docstring or an example has changed: make manual."""
    assert manual.manual() == PAGE, (
        "The manual of the hooks is out of step with the code: make manual"
    )


@pytest.mark.parametrize("hook", manual.hook_names())
def test_every_hook_stands_there_with_its_arguments_and_its_sentence(hook: str) -> None:
    specification = getattr(HookSpecs, hook)
    section = PAGE.split(f"\n### {hook}\n")[1].split("\n### ")[0]
    signature = re.search(r"^def \w+\((.*?)\) -> ", section, re.M | re.S)
    assert signature
    wanted = [name for name in inspect.signature(specification).parameters if name != "self"]
    assert re.findall(r"(\w+): ", signature[1]) == wanted
    first = (inspect.getdoc(specification) or "").split(".")[0].replace("``", "`")
    assert " ".join(first.split()) in section
    assert "Called by `core/" in section


def test_every_example_is_python_that_a_plugin_really_holds() -> None:
    found = re.findall(r"^From (.+?):\n\n```\{code-block\} python\n(.*?)^```", PAGE, re.M | re.S)
    assert len(found) >= 5
    tutorial = (ROOT / "docs" / "plugin-authors" / "tutorial.md").read_text(encoding="utf-8")
    for where, code in found:
        ast.parse(code)
        home = re.fullmatch(r"`(.+)`", where)
        source = (ROOT / home[1]).read_text(encoding="utf-8") if home else tutorial
        assert code.strip() in source


def test_every_name_of_the_door_has_a_sentence() -> None:
    assert [name for name in api.__all__ if not manual.sentence_of(name)] == []


def test_every_sentence_of_our_own_is_about_a_name_that_has_none() -> None:
    assert set(manual.WORDS) <= set(api.__all__)


def test_what_is_left_out_is_told_in_words() -> None:
    @dataclass(frozen=True)
    class Sample:
        """A sample of ``fields``."""

        name: str
        note: str = ""
        order: int = 0
        on: bool = False

    told = manual._value("Sample", Sample)
    assert "A sample of `fields`." in told
    assert "| `name` | `str` | must be given |" in told
    assert "| `note` | `str` | empty |" in told
    assert "| `order` | `int` | `0` |" in told
    assert "| `on` | `bool` | `False` |" in told


def test_where_a_hook_is_called_is_read_from_the_code() -> None:
    assert ("core/web.py", "read", False) in set(manual._calls("navigation"))
    # One plugin alone, and by way of partial().
    assert ("core/daily.py", "call", True) in set(manual._calls("run_daily"))
