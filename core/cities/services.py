"""What can be done to a city: make it, change its settings, switch plugins. Flushes, never commits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from core import tenancy
from core.cities.models import City, CityPlugin
from core.database import db, utcnow
from core.registry import plugin_registry


class UnknownPlugin(LookupError):
    """A plugin of that name is not loaded on this site."""


def calendar_changed() -> None:
    """Say that something a calendar shows has changed in the city in force, in the same transaction."""
    db.session.execute(
        update(City)
        .where(City.id == tenancy.current_city_id())
        .values(calendar_version=City.calendar_version + 1)
        .execution_options(synchronize_session=False)
    )


def find_city(slug: str) -> City | None:
    """The city with that address, or None."""
    return db.session.scalars(select(City).where(City.slug == slug)).first()


def all_cities() -> list[City]:
    """Every city of the site, by address."""
    return list(db.session.scalars(select(City).order_by(City.slug)))


def create_city(slug: str, names: Mapping[str, str], **facts: Any) -> City:
    """Make a city; ``facts`` are columns of :class:`City`. The caller has checked the address."""
    city = City(slug=slug, names=dict(names), **facts)
    db.session.add(city)
    db.session.flush()
    return city


def city_plugins() -> dict[str, CityPlugin]:
    """The plugins that the city in force has ever switched on, by name."""
    rows = db.session.scalars(select(CityPlugin))
    return {row.name: row for row in rows}


def set_plugin(name: str, *, enabled: bool) -> bool:
    """Switch a plugin on or off in the city in force; returns whether that changed anything.

    Tells the plugin, and moves the calendar on, since its entries come or go. Raises :class:`UnknownPlugin`.
    """
    registry = plugin_registry()
    if name not in registry.plugins:
        raise UnknownPlugin(name)
    city = tenancy.current_city()
    row = city_plugins().get(name)
    if row is None:
        row = CityPlugin(name=name, enabled=False)
        db.session.add(row)
    if row.enabled == enabled:
        return False
    row.enabled = enabled
    row.changed_at = utcnow()
    db.session.flush()
    hooks = registry.hooks(frozenset({name}))
    hooks.call("plugin_enabled" if enabled else "plugin_disabled", only=name, city=city)
    calendar_changed()
    return True


def plugin_settings(name: str) -> dict[str, Any]:
    """The settings of a plugin in the city in force."""
    row = city_plugins().get(name)
    return dict(row.settings) if row else {}


def save_plugin_settings(name: str, settings: Mapping[str, Any]) -> None:
    """Keep the settings of a plugin in the city in force."""
    row = city_plugins().get(name)
    if row is None:
        raise UnknownPlugin(name)
    row.settings = dict(settings)
    row.changed_at = utcnow()
    db.session.flush()
