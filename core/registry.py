"""Plugins: the manifest, how they are found, checked and loaded, and the hooks of one city.

A plugin is loaded for everybody and enabled for each city. One that cannot be loaded is left out: the site starts
without it, its data stays where it is, and the reason is shown to the administrator and by ``maillage doctor``.
"""

import importlib
import logging
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from flask import Blueprint, Flask, current_app
from wtforms import Form

from core.database import db, metadata, utcnow
from core.exporting.lists import ListExport
from core.hooks import PROJECT, HookSpecs
from core.i18n import add_catalogues
from core.importing.tables import TableImport
from core.notifications.kinds import NotificationKind, fault_of_kind
from core.permissions import PluginPermission, policy_of, undeclared_routes
from core.tenancy import refresh_city_tables

log = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "maillage.plugins"
_NAME = re.compile(r"[a-z][a-z0-9]{1,29}(?:_[a-z0-9]+)*")

# Names that a city's address or core's own pages already use.
RESERVED_NAMES = frozenset(
    (
        "calendar organisations people settings files imports importing translations core site home identity cities "
        "content security static audit jobs directory alembic wording exports exporting printing actions notifications "
        "invitations search week handover figures"
    ).split()
)


class PluginError(Exception):
    """A plugin that cannot be loaded; the message says why, in English, for its author."""


class PluginClash(RuntimeError):
    """Two plugins call themselves the same: nobody could say which one owns the data."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """The manifest: the facts about a plugin. What depends on the request is a hook instead.

    ``name`` is also the name of the blueprint, of the template folder and of the migration history, and the prefix
    of every table. ``title``, ``summary`` and ``audience`` are lazy translations: what it is, what it does, and who
    sees what it holds. ``settings_form`` is a WTForms form shown to the city administrator, ``exports`` are the lists
    that can be taken out as files, ``notifications`` what it tells members in the page and by mail.
    """

    name: str
    title: object
    summary: object
    audience: object = ""
    icon: str = "plug"
    version: str = ""
    blueprint: Blueprint | None = None
    permissions: tuple[PluginPermission, ...] = ()
    settings_form: type[Form] | None = None
    usage: Callable[[], str] | None = None
    exports: tuple[ListExport, ...] = ()
    imports: tuple[TableImport, ...] = ()
    notifications: tuple[NotificationKind, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A plugin that was not loaded, and why."""

    name: str
    reason: str
    since: datetime = field(default_factory=utcnow)


@dataclass(slots=True)
class _Found:
    name: str
    module: str
    package: str
    distribution: str = ""


class PluginRegistry:
    """All plugins of one application, and the way to their hooks."""

    def __init__(self) -> None:
        self.plugins: dict[str, Plugin] = {}
        self.modules: dict[str, ModuleType] = {}
        self.packages: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        self.left_out: list[LeftOut] = []
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(HookSpecs)

    def permissions(self, names: "frozenset[str] | set[str]") -> Iterator[PluginPermission]:
        """The permissions of the named plugins that are loaded."""
        for name, plugin in self.plugins.items():
            if name in names:
                yield from plugin.permissions

    def hooks(self, enabled: "frozenset[str] | set[str]") -> "CityHooks":
        """The hooks of the plugins in ``enabled`` and of no other."""
        return CityHooks(self, frozenset(enabled))


class CityHooks:
    """Calls the hooks of one city's plugins, one implementation after the other, in the plugins' order."""

    def __init__(self, registry: PluginRegistry, enabled: frozenset[str]) -> None:
        self.enabled = enabled
        self._manager = registry.manager

    def read(
        self,
        hook: str,
        *,
        only: str | None = None,
        through: Callable[[Any], Any] | None = None,
        **arguments: Any,
    ) -> Iterator[Any]:
        """Yield every item (or the mapping) that the implementations of a reading hook give.

        An implementation that raises is rolled back, logged and skipped. ``only`` asks one plugin alone. Items go
        ``through`` a function one by one as the plugin gives them, so that nobody holds ten thousand of them; an item
        at which it fails counts as its plugin's fault.
        """
        for implementation in self._implementations(hook, only):
            try:
                answer: Any = implementation.function(
                    *(arguments[name] for name in implementation.argnames)
                )
                # A generator runs here, not later in the template, where nobody could catch its fault.
                items = [answer] if isinstance(answer, Mapping) else answer or ()
                items = list(items if through is None else map(through, items))
            except Exception:
                db.session.rollback()
                log.exception(
                    "hook_failed", extra={"hook": hook, "plugin": implementation.plugin_name}
                )
                continue
            yield from items

    def stream(self, hook: str, *, only: str, **arguments: Any) -> Iterator[Any]:
        """Yield what one plugin gives while it gives it: more than can be held. What it raises goes to the caller."""
        for implementation in self._implementations(hook, only):
            given: Any = implementation.function(
                *(arguments[name] for name in implementation.argnames)
            )
            yield from given

    def call(self, hook: str, *, only: str | None = None, **arguments: Any) -> None:
        """Call a hook that changes something; what it raises goes to the caller, whose change it is part of."""
        for implementation in self._implementations(hook, only):
            implementation.function(*(arguments[name] for name in implementation.argnames))

    def _implementations(self, hook: str, only: str | None) -> list[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return [
            implementation
            for implementation in caller.get_hookimpls()
            if implementation.plugin_name in self.enabled
            and (only is None or implementation.plugin_name == only)
        ]


def plugin_registry(app: Flask | None = None) -> PluginRegistry:
    """The registry of ``app``, or of the application at work."""
    registry: PluginRegistry = (app or current_app).extensions["maillage_plugins"]
    return registry


def find_plugins(package: str) -> list[_Found]:
    """Everything that calls itself a plugin: folders of ``package``, then entry points, sorted by name.

    Nothing of a plugin is imported here, so that even a broken one can be migrated or removed. Raises
    :class:`PluginClash` when a name is met twice.
    """
    found: dict[str, _Found] = {}
    if package:
        parent = importlib.import_module(package)
        for info in pkgutil.iter_modules(parent.__path__):
            if info.ispkg:
                home = f"{package}.{info.name}"
                found[info.name] = _Found(info.name, f"{home}.plugin", home)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name in found:
            raise PluginClash(f"Two plugins are called {point.name!r}: remove one of the packages.")
        home = point.module.rpartition(".")[0] or point.module
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else ""
        found[point.name] = _Found(point.name, point.module, home, origin)
    return [found[name] for name in sorted(found)]


def init_plugins(app: Flask) -> PluginRegistry:
    """Find, check and load every plugin; returns the registry, which also stands in ``app.extensions``."""
    registry = PluginRegistry()
    app.extensions["maillage_plugins"] = registry
    # pluggy calls the last registered first, so the alphabet is walked backwards.
    for found in reversed(find_plugins(app.config["PLUGIN_PACKAGE"])):
        before = set(metadata.tables)
        try:
            _load(app, registry, found)
        except Exception as fault:
            log.exception("plugin_left_out", extra={"plugin": found.name})
            registry.left_out.append(LeftOut(found.name, _explain(fault)))
            for table in set(metadata.tables) - before:
                metadata.remove(metadata.tables[table])
    registry.plugins = dict(sorted(registry.plugins.items()))
    registry.left_out.sort(key=lambda left_out: left_out.name)
    refresh_city_tables(metadata)
    return registry


def _explain(fault: Exception) -> str:
    return str(fault) if isinstance(fault, PluginError) else f"{type(fault).__name__}: {fault}"


def _load(app: Flask, registry: PluginRegistry, found: _Found) -> None:
    module = importlib.import_module(found.module)
    manifest = _check_manifest(found, getattr(module, "plugin", None))
    _check_tables(found)
    # A catalogue that counts differently from the table of languages leaves its plugin out.
    add_catalogues(app, Path(str(module.__file__)).parent / "translations")
    if manifest.blueprint is not None:
        _check_routes(manifest.blueprint)
    registry.manager.register(module, name=found.name)
    try:
        registry.manager.check_pending()
        for caller in registry.manager.get_hookcallers(module) or ():
            if caller.spec is None:
                raise PluginError(f"The hook {caller.name!r} does not exist.")
        for implementation in registry.manager.hook.configure_app.get_hookimpls():
            if implementation.plugin_name == found.name:
                implementation.function(app)
        if manifest.blueprint is not None:
            app.register_blueprint(manifest.blueprint, url_prefix=f"/<city_slug>/{found.name}")
    except Exception:
        registry.manager.unregister(module)
        raise
    registry.plugins[found.name] = manifest
    registry.modules[found.name] = module
    registry.packages[found.name] = found.package
    registry.origins[found.name] = found.distribution


def _check_manifest(found: _Found, manifest: object) -> Plugin:
    if not isinstance(manifest, Plugin):
        raise PluginError(f"{found.module} has no manifest called 'plugin'.")
    if manifest.name != found.name:
        raise PluginError(f"The manifest says {manifest.name!r}, the package says {found.name!r}.")
    if not _NAME.fullmatch(manifest.name) or manifest.name in RESERVED_NAMES:
        raise PluginError(f"{manifest.name!r} cannot be the name of a plugin.")
    for table in manifest.imports:
        if table.name.partition(".")[0] != manifest.name:
            raise PluginError(f"The import {table.name!r} must begin with {manifest.name!r}.")
    for kind in manifest.notifications:
        if fault := fault_of_kind(kind, manifest.name):
            raise PluginError(fault)
    if manifest.blueprint is not None and manifest.blueprint.name != manifest.name:
        raise PluginError(f"The blueprint must be called {manifest.name!r}.")
    for permission in manifest.permissions:
        if not permission.name.startswith(f"{manifest.name}."):
            raise PluginError(
                f"The permission {permission.name!r} must begin with {manifest.name!r}."
            )
    return manifest


def _check_tables(found: _Found) -> None:
    """Configure the plugin's own mappings now: a bad relationship shows here and nowhere else."""
    from sqlalchemy.orm import registry as orm_registry

    configured: set[orm_registry] = set()
    for name, module in _modules_of(f"{found.package}."):
        for value in list(vars(module).values()):
            # The type is asked first: a module also holds proxies that answer only within a request.
            if issubclass(type(value), type) and value.__module__ == name:
                own = getattr(value, "registry", None)
                if isinstance(own, orm_registry):
                    configured.add(own)
    for own in configured:
        own.configure()
        for mapper in own.mappers:
            table = str(getattr(mapper.local_table, "name", ""))
            if not table.startswith(f"{found.name}_"):
                raise PluginError(f"The table {table!r} must begin with '{found.name}_'.")


def _modules_of(prefix: str) -> Iterator[tuple[str, ModuleType]]:
    import sys

    for name, module in list(sys.modules.items()):
        if name.startswith(prefix):
            yield name, module


def _check_routes(blueprint: Blueprint) -> None:
    """Register the blueprint on a scratch application: every route must say who may call it."""
    scratch = Flask("scratch", static_folder=None)
    scratch.register_blueprint(blueprint, url_prefix="/<city_slug>/scratch")
    for endpoint in undeclared_routes(scratch):
        view = scratch.view_functions.get(endpoint)
        if policy_of(view) is None:
            page = endpoint.rpartition(".")[2]
            raise PluginError(f"The page {page!r} does not say who may open it.")
