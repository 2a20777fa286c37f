"""What is wrong with a plugin, in plain words for its author."""

import ast
import importlib
import inspect
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import create_engine

from core import schema
from core.database import prepare_engine
from core.hooks import HookSpecs
from core.i18n.languages import LANGUAGES
from core.registry import PluginRegistry, plugin_registry
from core.translating import catalogues


@dataclass(slots=True)
class Report:
    """What is wrong with a plugin, and what is only not done yet."""

    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def check(name: str) -> Report:
    """Look at everything that can be seen of a plugin without opening its pages; never raises for its faults.

    What only requests can show is the contract, :mod:`core.testing.contract`, which its own tests run.
    """
    registry = plugin_registry()
    for left_out in registry.left_out:
        if left_out.name == name:
            return Report([f"Maillage leaves it out: {left_out.reason}"])
    if name not in registry.plugins:
        known = ", ".join(registry.plugins) or "none"
        return Report(
            [
                f"It is not installed here. Installed are: {known}. Install its package, then look again."
            ]
        )
    package = importlib.import_module(registry.packages[name])
    home = Path(next(iter(package.__path__)))
    report = Report(
        [
            *_of_the_folder(home, name),
            *_of_imports(home, name, registry),
            *_of_hooks(registry, registry.modules[name]),
            *_of_tables(name),
        ]
    )
    report.remarks += _of_texts(home, name)
    return report


def _of_the_folder(home: Path, name: str) -> Iterator[str]:
    tree = ast.parse((home / "__init__.py").read_text(encoding="utf-8"))
    if ast.get_docstring(tree) is None or len(tree.body) > 1:
        yield "__init__.py holds a docstring that says what the plugin is, and nothing else."
    templates = home / "templates"
    strays = (
        [path.name for path in templates.iterdir() if path.name != name]
        if templates.is_dir()
        else []
    )
    if strays:
        yield (
            f"Templates stand in templates/{name}/, where no other plugin’s can take their place; "
            f"move {', '.join(sorted(strays))} there."
        )


def _of_imports(home: Path, name: str, registry: PluginRegistry) -> Iterator[str]:
    others = {package for other, package in registry.packages.items() if other != name}
    for path in sorted(home.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        where = path.relative_to(home).as_posix()
        for node in ast.walk(tree):
            for module in _imported(node):
                if module.partition(".")[0] == "core" and module != "core.api":
                    yield f"{where} imports {module}: take what you need from core.api, the rest may change."
                elif any(module == other or module.startswith(f"{other}.") for other in others):
                    yield f"{where} imports {module}: name records of another plugin with a Ref instead."


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        # “from core import api” names the module in the second half.
        if node.module in {"core", "plugins"}:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield node.module


def _of_hooks(registry: PluginRegistry, module: ModuleType) -> Iterator[str]:
    for caller in registry.manager.get_hookcallers(module) or ():
        specification: Any = getattr(HookSpecs, caller.name)
        signature = inspect.signature(getattr(module, caller.name))
        if signature.return_annotation is inspect.Signature.empty:
            yield f"The hook {caller.name} does not say what it returns; see the manual of the hooks."
        unknown = set(signature.parameters) - set(inspect.signature(specification).parameters)
        if unknown:
            yield f"The hook {caller.name} gets no argument called {', '.join(sorted(unknown))}."


def _of_tables(name: str) -> Iterator[str]:
    if name not in schema.histories():
        from core.database import metadata

        if any(table.startswith(f"{name}_") for table in metadata.tables):
            yield f'Its tables have no migration: write it with maillage db revision {name} -m "The first tables".'
        return
    with tempfile.TemporaryDirectory() as scratch:
        engine = prepare_engine(create_engine(f"sqlite:///{scratch}/scratch.sqlite"))
        try:
            for owner in (schema.CORE, name):
                schema.upgrade(owner, engine=engine)
            differences = schema.check_drift(name, engine=engine)
        except Exception as fault:
            yield f"Its migrations stop with {type(fault).__name__}: {fault}"
        else:
            if differences:
                yield (
                    f'The models have changed since the last migration: maillage db revision {name} -m "…" '
                    f"writes the next one. What differs: {'; '.join(differences)}"
                )
        finally:
            engine.dispose()


def _of_texts(home: Path, name: str) -> Iterator[str]:
    place = catalogues.Place(name, home, home / "translations")
    try:
        wanted = [message for message in catalogues.template(place, home.parent) if message.id]
    except catalogues.ExtractionFault as fault:
        yield f"Its texts cannot be read: {fault}"
        return
    core = catalogues.places()[0]
    for language in LANGUAGES:
        if language == "en":
            continue
        said = {
            catalogues.key_of(message)
            for folder in (core, place)
            for message in catalogues.read_catalogue(folder.file(language), language)
            if message.id and all(catalogues.texts_of(message))
        }
        missing = [message for message in wanted if catalogues.key_of(message) not in said]
        if missing:
            yield f"{language}: {len(missing)} of {len(wanted)} texts are still in English."
