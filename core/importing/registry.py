"""Which tables the city in force can import: core's own, and those of the plugins that are on."""

from collections.abc import Iterator, Mapping

from flask import g

from core.importing.organisations import ORGANISATIONS
from core.importing.people import PEOPLE
from core.importing.tables import TableImport
from core.registry import plugin_registry


def tables() -> Mapping[str, TableImport]:
    """The tables by name."""
    return {table.name: table for table in _tables()}


def _tables() -> Iterator[TableImport]:
    yield ORGANISATIONS
    yield PEOPLE
    plugins = plugin_registry().plugins
    for name in sorted(g.enabled_plugins):
        yield from plugins[name].imports
