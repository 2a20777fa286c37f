"""Reading in somebody's place where no request is: a mail or an export holds what its reader may see, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import current_app, g
from flask.globals import app_ctx

from core.cities.models import City
from core.i18n import known_language
from core.identity.models import Membership, Person
from core.permissions import permissions_of
from core.registry import plugin_registry
from core.values import Viewer

_IN_G = ("city", "city_slug", "viewer", "enabled_plugins", "language")


def viewer_of(
    membership: Membership,
    person: Person,
    city: City,
    enabled: frozenset[str],
    language: str = "",
) -> Viewer:
    """Who looks for a membership in ``city`` with the plugins in ``enabled`` on, in ``language`` or their own.

    The caller has checked that the membership is in force.
    """
    roles = frozenset(membership.roles)
    return Viewer(
        person_id=person.id,
        name=membership.shown_name,
        locale=known_language(language or person.language or city.default_language),
        city_id=city.id,
        membership_id=membership.id,
        organisation_id=membership.organisation_id,
        roles=roles,
        permissions=permissions_of(roles, plugin_registry().permissions(enabled)),
    )


@contextmanager
def reading_as(viewer: Viewer, city: City, enabled: frozenset[str]) -> Iterator[None]:
    """Hooks inside find what a page would give them, and make full addresses of this site. The city is in force."""
    before = {name: g.get(name) for name in _IN_G if name in g}
    adapter = app_ctx.url_adapter
    g.city, g.city_slug, g.viewer = city, city.slug, viewer
    g.enabled_plugins, g.language = enabled, viewer.locale
    site = urlsplit(current_app.config["SITE_URL"])
    app_ctx.url_adapter = current_app.url_map.bind(site.netloc, url_scheme=site.scheme)
    try:
        yield
    finally:
        app_ctx.url_adapter = adapter
        for name in _IN_G:
            g.pop(name, None)
        for name, value in before.items():
            setattr(g, name, value)
