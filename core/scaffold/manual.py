"""The manual of the hooks, written from the code: ``python -m core.scaffold.manual`` prints it.

Signatures and sentences come from the specifications, the values and the door for plugins; where a hook is called,
from core's own calls; the examples from the plugins that come with Maillage and from the tutorial's. A test compares
the page with what this would print, so the page cannot say what the code does not do.
"""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from core.hooks import HookSpecs
from core.scaffold.documents import TUTORIAL, blocks

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "plugin-authors" / "hooks.md"

_HEAD = """\
# Hooks, values and `core.api`

This page is written from the code (`make manual`), and a test compares the two.

## The hooks

Implement a hook as a function of its name in `plugin.py`, marked with `@hookimpl`. Take the arguments you need, under
their names, and say what you return. A hook is called for a city only while the plugin is on there. None can grant
access: what a hook gives is added to what the reader may see anyway.
"""

_VALUES = """\
## The values

What hooks and plugins hand to Maillage and get from it. All are frozen: made once, never changed.
"""

_API = """\
## What `core.api` holds

All of Maillage that a plugin may import. What is not here is not promised to stay.

| Name | What it is |
|---|---|
"""

# What carries no sentence of its own: it is made by a library, or it is a plain value.
WORDS = {
    "CONTENT_LANGUAGES": "The languages in which people may write, by code, with each name in itself.",
    "ACTION_LOOKS": "The tone and mark of each state of an action, by code.",
    "ACTION_STATUSES": "The states of an action, by code, with their titles.",
    "FEWEST_PEOPLE": "A figure tells of no fewer people than these.",
    "SCRIPT_SISTERS": "One language in two scripts, each of which is read by whoever reads the other, by code.",
    "SECTORS": "The sectors that organisations belong to, by code, with their titles.",
    "STRETCH": "The name of the column in which `in_periods` gives the number of the period.",
    "blocks": "The parts of a paper (`blocks.Heading`, `blocks.Grid` …), of which PDF and DOCX are made.",
    "db": "The database: `db.session` is the session of this request.",
    "hookimpl": "Marks a function of `plugin.py` as the implementation of the hook of its name.",
}


def manual() -> str:
    """The whole page."""
    return "\n".join(
        [
            _HEAD,
            *(_hook(name) for name in hook_names()),
            _VALUES,
            *(_value(name, value) for name, value in values().items()),
            _API + "\n".join(_api_lines()) + "\n",
        ]
    )


def hook_names() -> list[str]:
    """The hooks, in the order in which they are specified."""
    return [name for name in vars(HookSpecs) if not name.startswith("_")]


# -- Hooks -------------------------------------------------------------------------------------------------


def _hook(name: str) -> str:
    specification = _parsed(HookSpecs).body[0]
    assert isinstance(specification, ast.ClassDef)  # noqa: S101  it is the source of a class
    function = next(
        node
        for node in specification.body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    parts = [
        f"### {name}\n",
        f"```{{code-block}} python\n{_signature(function)}\n```\n",
        _prose(inspect.getdoc(getattr(HookSpecs, name)) or ""),
        _when(name),
    ]
    if example := _example(name):
        where, source = example
        parts.append(f"From {where}:\n\n```{{code-block}} python\n{source}\n```\n")
    return "\n".join(parts)


def _parsed(thing: Any) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(thing)))


def _signature(function: ast.FunctionDef) -> str:
    taken = [argument for argument in function.args.args if argument.arg != "self"]
    arguments = [f"{argument.arg}: {_type(argument.annotation)}" for argument in taken]
    gives = f") -> {_type(function.returns)}"
    line = f"def {function.name}({', '.join(arguments)}{gives}"
    if len(line) <= 88:
        return line
    return f"def {function.name}(\n" + "".join(f"    {each},\n" for each in arguments) + gives


def _type(annotation: ast.expr | None) -> str:
    # "City" stands in quotation marks where core itself must not import it.
    return ast.unparse(annotation).replace("'", "") if annotation else "Any"


def _when(name: str) -> str:
    """In which file core calls the hook, whom it asks, and what happens if an implementation raises."""
    found = sorted(set(_calls(name)))
    places = " and ".join(f"`{path}`" for path in sorted({path for path, _way, _only in found}))
    asked = "one plugin at a time" if all(only for *_, only in found) else "every plugin that is on"
    match {way for _path, way, _only in found}:
        case ways if ways == {"read"}:
            fate = "What raises is left out of the page and logged; the page stands."
        case ways if ways == {"stream"}:
            fate = "What raises is logged; what it gave until then stands."
        case ways if ways == {"call"}:
            fate = "What raises goes to the caller: it is part of the change."
        case _:
            return (
                "Called by `core/registry.py`, once for each plugin. One that raises is left out.\n"
            )
    return f"Called by {places}, for {asked}. {fate}\n"


def _calls(name: str) -> Iterator[tuple[str, str, bool]]:
    """Where core calls a hook: the file, ``read``, ``call`` or ``stream``, and whether one plugin alone is asked."""
    for path in sorted((ROOT / "core").rglob("*.py")):
        relative = path.relative_to(ROOT).as_posix()
        if relative.startswith(("core/testing/", "core/scaffold/")):
            continue
        text = path.read_text(encoding="utf-8")
        if f'"{name}"' not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                # hooks.read("name", …), or partial(hooks.call, "name", …).
                way, *rest = [node.func, *node.args]
                if isinstance(way, ast.Name) and way.id == "partial" and rest:
                    way, *rest = rest
                asks = isinstance(way, ast.Attribute) and way.attr in {"read", "call", "stream"}
                if asks and rest and name in _constants(rest[0]):
                    only = any(word.arg == "only" for word in node.keywords)
                    yield relative, ast.unparse(way).rpartition(".")[2], only


def _constants(node: ast.AST) -> set[object]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}


def _example(name: str) -> tuple[str, str] | None:
    """The shortest implementation among our plugins and the tutorial's: where it stands, and its source."""
    sources = {
        f"`{path.relative_to(ROOT).as_posix()}`": path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "plugins").glob("*/plugin.py"))
    }
    page = (ROOT / TUTORIAL).read_text(encoding="utf-8")
    for block in blocks(page):
        if block.file.endswith("/plugin.py"):
            sources["[the tutorial](tutorial.md)"] = block.text
    found = [
        (where, ast.get_source_segment(text, node) or "")
        for where, text in sources.items()
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    if not found:
        return None
    where, source = min(found, key=lambda pair: len(pair[1]))
    return where, f"@hookimpl\n{source}"


# -- Values ------------------------------------------------------------------------------------------------


def values() -> dict[str, type]:
    """The frozen values that plugins import, by name."""
    api = _door()
    found = {name: getattr(api, name) for name in sorted(api.__all__, key=str.casefold)}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and is_dataclass(value)
    }


def _value(name: str, value: Any) -> str:
    lines = [f"### {name}\n", _prose(inspect.getdoc(value) or "")]
    types = {
        node.target.id: _type(node.annotation)
        for base in reversed(value.__mro__)
        if is_dataclass(base)
        for node in getattr(_parsed(base).body[0], "body", ())
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    lines += ["| Field | Type | If left out |", "|---|---|---|"]
    for field in fields(value):
        kind = types.get(field.name, "Any").replace("|", "\\|")
        lines.append(f"| `{field.name}` | `{kind}` | {_usual(field)} |")
    return "\n".join(lines) + "\n"


def _usual(field: Field[Any]) -> str:
    """What a field is that is left out, in words."""
    usual = field.default
    if usual is MISSING:
        return "must be given" if field.default_factory is MISSING else "empty"
    if isinstance(usual, Enum):
        return f"`{type(usual).__name__}.{usual.name}`"
    if usual is None or isinstance(usual, bool) or usual:
        return "nothing special" if callable(usual) else f"`{usual!r}`"
    return f"`{usual!r}`" if isinstance(usual, int) else "empty"


# -- The door ----------------------------------------------------------------------------------------------


def _door() -> ModuleType:
    # By its name: nothing of core goes through this door, and the manual only says what stands behind it.
    return importlib.import_module("core.api")


def _api_lines() -> Iterator[str]:
    api = _door()
    for name in sorted(api.__all__, key=str.casefold):
        yield f"| `{name}` | {sentence_of(name).replace('|', '/')} |"


def sentence_of(name: str) -> str:
    """The first sentence that the code says of a name of ``core.api``; empty where it says nothing."""
    thing = getattr(_door(), name)
    if name in WORDS:
        return WORDS[name]
    if not (inspect.isroutine(thing) or inspect.isclass(thing) or hasattr(thing, "__wrapped__")):
        return ""
    return _markdown((thing.__doc__ or "").strip().partition("\n\n")[0])


# -- Words -------------------------------------------------------------------------------------------------


def _prose(docstring: str) -> str:
    return _markdown(docstring) + "\n"


def _markdown(text: str) -> str:
    """A docstring's marks as Markdown has them, and its lines joined as far as a paragraph goes."""
    text = re.sub(r":\w+:`[~.]?(?:\w+\.)*(\w+)`", r"`\1`", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


if __name__ == "__main__":
    sys.stdout.write(manual())
