"""What can be done to a city: make it, change its settings, switch plugins. Flushes, never commits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from core import tenancy
from core.cities.models import City, CityPlugin
from core.database import db, utcnow
from core.registry import plugin_registry
from core.values import Viewer


class UnknownPlugin(LookupError):
    """A plugin of that name is not loaded on this site."""


class PluginRefused(RuntimeError):
    """The plugin itself failed while it was switched on or off; nothing of the transaction may be kept."""


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
    with tenancy.city_scope(city):
        _keep_names(city, None)
    return city


def _keep_names(city: City, by: Viewer | None) -> None:
    # It builds on this module.
    from core.cities.translated import keep_names

    keep_names(city, by)


def city_plugins() -> dict[str, CityPlugin]:
    """The plugins that the city in force has ever switched on, by name."""
    rows = db.session.scalars(select(CityPlugin))
    return {row.name: row for row in rows}


def set_plugin(name: str, *, enabled: bool) -> bool:
    """Switch a plugin on or off in the city in force; returns whether that changed anything.

    Tells the plugin, and moves the calendar on, since its entries come or go. Raises :class:`UnknownPlugin`, and
    :class:`PluginRefused` when the plugin fails over it.
    """
    registry = plugin_registry()
    if name not in registry.plugins:
        raise UnknownPlugin(name)
    city = tenancy.current_city()
    # One after the other: two first switches of one plugin would otherwise make two rows.
    db.session.execute(select(City.id).where(City.id == city.id).with_for_update())
    row = db.session.scalars(
        select(CityPlugin).where(CityPlugin.name == name).execution_options(populate_existing=True)
    ).first()
    if (row.enabled if row is not None else False) == enabled:
        return False
    known = row is not None
    if row is None:
        row = CityPlugin(name=name)
        db.session.add(row)
    row.enabled = enabled
    row.changed_at = utcnow()
    db.session.flush()
    try:
        hooks = registry.hooks(frozenset({name}))
        hooks.call("plugin_enabled" if enabled else "plugin_disabled", only=name, city=city)
    except Exception as fault:
        raise PluginRefused(name) from fault
    if not enabled:
        # It builds on this module.
        from core.notifications.services import put_away_plugin

        put_away_plugin(name)
    if enabled and known:
        # What it kept may be older than the index, which is made without asking plugins that are off.
        from core.search.jobs import enqueue_rebuild

        enqueue_rebuild(city, name)
    calendar_changed()
    return True


LOOK = frozenset({"accent_light", "accent_dark", "arms"})
# What a feed writes into its file; the languages decide which name an organisation is called by.
IN_FEEDS = frozenset({"names", "zone", "official_languages", "working_languages"})


def change_city(*, by: Viewer | None = None, **facts: Any) -> list[str]:
    """Write ``facts``, columns of :class:`City`, to the city in force; returns the names of those that changed.

    ``by`` is who does it. Browsers get the new colours and arms, and calendars the new name and zone, at their next
    request.
    """
    city = tenancy.current_city()
    changed = [name for name, value in facts.items() if getattr(city, name) != value]
    for name in changed:
        setattr(city, name, facts[name])
    if LOOK.intersection(changed):
        city.look_version += 1
    db.session.flush()
    if {"names", "body_names"}.intersection(changed):
        _keep_names(city, by)
    if IN_FEEDS.intersection(changed):
        calendar_changed()
    return changed


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
