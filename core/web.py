"""The way of a request: who, which city, which plugin, may they; and what every template finds.

The order is the same for every route: the session gives the person, the address gives the city, the person's
memberships give the viewer, the plugin's switch and the route's policy decide. Only then does a view run.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    get_flashed_messages,
    has_request_context,
    redirect,
    request,
    session,
    url_for,
)
from flask.globals import request_ctx
from flask_login import current_user
from sqlalchemy import select
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from core import i18n, tenancy
from core.cities.models import City, CityPlugin
from core.database import db, forget_write_intent, intend_to_write, new_id
from core.i18n import gettext as _
from core.i18n.languages import SOURCE_LANGUAGE
from core.identity.models import Person
from core.identity.sessions import this_session
from core.permissions import Audience, Permission, permissions_of, route_policy
from core.registry import CityHooks, plugin_registry
from core.templating import PageEnvironment
from core.values import NavItem, Viewer

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
# First path segments that are pages of the site, so no city may be called so.
RESERVED_SLUGS = frozenset(
    "sign-in sign-out login logout reset change invitation me account static healthz readyz look feed files "
    "language theme admin api city cities core tf-setup tf-validate verify wan-signin wan-register "
    "resume well-known favicon robots security demo answer".split()
)


def valid_slug(slug: str) -> bool:
    """Whether ``slug`` may be a city's address: 3 to 40 characters of a-z, 0-9 and hyphen, not reserved."""
    return bool(_SLUG.fullmatch(slug)) and slug not in RESERVED_SLUGS


class Application(Flask):
    """Flask, which remembers the addresses it has built: a page holds dozens, and most are the same on every page."""

    jinja_environment = PageEnvironment

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._remembered = lru_cache(maxsize=8192)(self._build_address)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """As Flask's. Remembered are paths; all they depend on is part of what they are remembered by."""
        # Flask fills in its own arguments with None, and an address leaves None out.
        values = {name: value for name, value in values.items() if value is not None}
        if (
            not has_request_context()
            or "_scheme" in values
            or any(type(value) not in {str, int} for value in values.values())
        ):
            return super().url_for(endpoint, **values)
        if endpoint.startswith("."):
            endpoint = f"{request.blueprint}{endpoint}"
        adapter = request_ctx.url_adapter
        return self._remembered(
            endpoint,
            g.get("city_slug"),
            adapter.script_name if adapter else "",
            tuple(values.items()),
        )

    def _build_address(
        self,
        endpoint: str,
        _city_slug: str | None,
        _mounted_at: str,
        values: tuple[tuple[str, Any], ...],
    ) -> str:
        return super().url_for(endpoint, **dict(values))


@dataclass(frozen=True, slots=True)
class CityFace:
    """What a page shows of a city, in the reader's language."""

    slug: str
    name: str
    body_name: str
    arms: str
    look_version: int


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A line of the side navigation; ``current`` on the pages that it leads to."""

    title: str
    url: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class SpokenFor:
    """One of the organisations that the reader speaks for in this city."""

    id: str
    organisation_name: str
    current: bool


def signed_in_person() -> Person | None:
    """The signed-in person, or None."""
    return (
        cast("Person", current_user._get_current_object())
        if current_user.is_authenticated
        else None
    )


def viewer() -> Viewer:
    """Who is looking, in the city in force. Only for views behind a member's policy."""
    found: Viewer | None = g.get("viewer")
    if found is None:
        abort(404)
    return found


def city_hooks() -> CityHooks:
    """The hooks of the plugins that are on in the city in force."""
    return plugin_registry().hooks(g.enabled_plugins)


def enabled_plugins(city: City) -> frozenset[str]:
    """The names of the plugins that are on in ``city`` and loaded; asks the database."""
    names = db.session.scalars(
        select(CityPlugin.name).where(CityPlugin.city_id == city.id, CityPlugin.enabled.is_(True))
    )
    return frozenset(names) & frozenset(plugin_registry().plugins)


def init_web(app: Flask) -> None:
    """Install the way of a request on ``app``."""
    app.url_value_preprocessor(_take_city_from_address)
    app.url_defaults(_put_city_into_address)
    app.before_request(_begin)
    app.before_request(_recognise)
    app.before_request(_decide)
    app.teardown_request(_end)
    app.context_processor(_for_templates)


def _take_city_from_address(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.city_slug = (values or {}).pop("city_slug", None)


def _put_city_into_address(endpoint: str, values: dict[str, Any]) -> None:
    if "city_slug" in values or not g.get("city_slug"):
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "city_slug"):
        values["city_slug"] = g.city_slug


def _begin() -> None:
    g.setdefault("request_id", new_id())
    g.city = g.viewer = g.membership = g.organisation = g.person = None
    g.places = ()
    g.unread = 0
    g.enabled_plugins = frozenset()
    g.language = SOURCE_LANGUAGE
    g.too_large = g.unreadable = False
    if _holds_nul(request.path) or any(
        _holds_nul(text) for pair in request.args.items(multi=True) for text in pair
    ):
        # The page that says so is written for whoever is reading, and no database takes such a name of a city.
        g.city_slug = None
        g.unreadable = True
        return
    if request.method not in SAFE_METHODS:
        if request.mimetype == "application/x-www-form-urlencoded":
            # Werkzeug holds only multipart fields to this limit; these are held in memory all the same.
            request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
        # The body is parsed before the write lock is taken, so that a slow sender holds up nobody.
        try:
            nameless = None in request.form or None in request.files
        except RequestEntityTooLarge:
            # The page that says so is written for whoever sent it, and who that is turns out only now.
            g.too_large = True
            return
        if nameless:
            # A part without a name, which no browser sends and no code expects.
            abort(400)
        intend_to_write()


def _holds_nul(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _recognise() -> AnyResponse | None:
    """Find the person, the memberships and the city: one query at most."""
    if request.endpoint in {"static", "site.healthz", "site.readyz", "site.city_look"}:
        return None
    # Kept for the page: an error page must not ask the database once more for who is reading it.
    person = g.person = signed_in_person()
    if person is not None:
        # They came with the session, in one query. A city in which somebody has no place is, to them, not there; so
        # it is not looked for.
        found = this_session()
        g.places = found.places
        g.enabled_plugins = found.plugins & frozenset(plugin_registry().plugins)
        city = next((place.city for place in g.places if place.city.slug == g.city_slug), None)
        if city is None:
            g.enabled_plugins = frozenset()
        else:
            _enter(person, city)
    g.language = i18n.choose_language(
        person.language if person else None,
        session.get("language"),
        request.headers.get("Accept-Language", ""),
        _default_language(),
    )
    if g.city is not None:
        g.country = g.city.country
        g.zone = g.city.zone
        if g.viewer is not None and g.viewer.locale != g.language:
            g.viewer = _viewer_in(g.viewer, g.language)
    return None


def _viewer_in(found: Viewer, language: str) -> Viewer:
    from dataclasses import replace

    return replace(found, locale=language)


def _default_language() -> str:
    if g.city is not None:
        return str(g.city.default_language)
    cities = {place.city.default_language for place in g.places}
    return cities.pop() if len(cities) == 1 else SOURCE_LANGUAGE


def _enter(person: Person, city: City) -> None:
    here = [place for place in g.places if place.city.id == city.id]
    chosen = session.get("speaks_for", {}).get(city.id)
    acting = next((place for place in here if place.membership.id == chosen), here[0])
    tenancy.enter_city(city)
    g.city = city
    g.membership = acting.membership
    g.organisation = acting.organisation
    g.unread = acting.unread
    registry = plugin_registry()
    roles = frozenset(acting.membership.roles)
    g.viewer = Viewer(
        person_id=person.id,
        name=acting.membership.shown_name,
        locale=person.language or city.default_language,
        city_id=city.id,
        membership_id=acting.membership.id,
        organisation_id=acting.membership.organisation_id,
        roles=roles,
        permissions=permissions_of(roles, registry.permissions(g.enabled_plugins)),
    )


def _decide() -> AnyResponse | None:
    """The gate: deny unless the route's policy lets this reader in."""
    if g.unreadable:
        abort(400, _("The address holds a character that cannot be read."))
    if g.too_large:
        abort(413)
    endpoint = request.endpoint
    if endpoint is None:
        return None  # Flask answers 404 or 405 for an address that matches nothing.
    policy = route_policy(current_app, endpoint)
    if policy is None:
        abort(404)
    if policy.audience is Audience.PUBLIC:
        return None
    if signed_in_person() is None:
        return cast("AnyResponse", current_app.extensions["maillage_ask_to_sign_in"]())
    if policy.audience is Audience.SIGNED_IN:
        return None
    if g.viewer is None:
        abort(404)
    plugin = _plugin_of_route()
    if plugin is not None and plugin not in g.enabled_plugins:
        abort(404)
    if policy.audience is Audience.PERMISSION and policy.permission not in g.viewer.permissions:
        abort(403)
    return None


def _plugin_of_route() -> str | None:
    """The plugin whose blueprint answers this request, if it is one."""
    if not request.blueprints:
        return None
    name = request.blueprints[-1]
    return name if name in plugin_registry().plugins else None


def _end(_fault: BaseException | None) -> None:
    # Worker threads live on, and so would what this request put in force.
    tenancy.leave_city()
    forget_write_intent()


# -- What every template finds ---------------------------------------------------------------------------


def _for_templates() -> dict[str, Any]:
    language = g.get("language", "en")
    city: City | None = g.get("city")
    person: Person | None = g.get("person")
    return {
        "city": city_face(city, language) if city else None,
        "viewer": g.get("viewer"),
        "unread": g.get("unread", 0),
        "person": person,
        "other_cities": _other_cities(city, language),
        "memberships_here": _memberships_here(city, language),
        "navigation": _navigation() if g.get("viewer") else (),
        "navigation_rest": _navigation_rest() if g.get("viewer") else (),
        "interface_languages": tuple(
            (item.code, item.name_in_itself, item.tag, item.direction, item.code == language)
            for item in i18n.LANGUAGES.values()
        ),
        "language": language,
        "locale_tag": i18n.lang_tag(language),
        "direction": i18n.direction(language),
        "theme": (person.theme if person else session.get("theme")) or "auto",
        "notices": get_flashed_messages,
        "request_id": g.get("request_id", ""),
    }


def city_face(city: City, language: str) -> CityFace:
    """The city as a page shows it."""
    return CityFace(
        city.slug,
        city.name_in(language),
        city.body_name_in(language),
        city.arms or "house",
        city.look_version,
    )


def _other_cities(city: City | None, language: str) -> tuple[CityFace, ...]:
    seen: dict[str, CityFace] = {}
    for place in g.get("places", ()):
        if city is None or place.city.id != city.id:
            seen.setdefault(place.city.id, city_face(place.city, language))
    return tuple(seen.values())


def _memberships_here(city: City | None, language: str) -> tuple[SpokenFor, ...]:
    here = [place for place in g.get("places", ()) if city is not None and place.city.id == city.id]
    if len(here) < 2:
        return ()
    return tuple(
        SpokenFor(
            place.membership.id,
            place.organisation.name_in(language)
            if place.organisation
            else place.membership.shown_name,
            place.membership.id == g.membership.id,
        )
        for place in here
    )


def _leads_to(item: NavItem, path: str, home: str) -> bool:
    """Whether the page at ``path`` is the one behind ``item``, or below it; below ``home`` is everything."""
    prefix = item.prefix or item.url
    return path == prefix or (prefix != home and path.startswith(prefix.rstrip("/") + "/"))


def _navigation() -> tuple[MenuLine, ...]:
    items = [NavItem(_("Home"), url_for("home.start"), "home", 0)]
    if g.viewer.may(Permission.KEEP_NETWORK):
        items.append(NavItem(_("This week"), url_for("week.index"), "list-check", 5))
    if g.viewer.may(Permission.SEE_CALENDAR):
        items.append(NavItem(_("Calendar"), url_for("home.calendar"), "calendar", 10))
    items.append(NavItem(_("Invitations"), url_for("invitations.mine"), "mail", 15))
    if g.viewer.may(Permission.SEE_ACTIONS):
        items.append(NavItem(_("Actions"), url_for("actions.index"), "checklist", 20))
    items.extend(city_hooks().read("navigation", viewer=g.viewer))
    return _as_menu(sorted(items, key=lambda item: item.order))


def _navigation_rest() -> tuple[MenuLine, ...]:
    items = []
    if g.viewer.may(Permission.SEE_DIRECTORY):
        items.append(
            NavItem(_("Organisations"), url_for("directory.organisations"), "building-community")
        )
        items.append(NavItem(_("People"), url_for("directory.people"), "users"))
    if g.viewer.may(Permission.TRANSLATE_CONTENT):
        items.append(NavItem(_("Translations"), url_for("content.overview"), "language"))
    if g.viewer.may(Permission.SEE_FIGURES):
        items.append(NavItem(_("Figures"), url_for("figures.index"), "chart-bar"))
    if g.viewer.may(Permission.HAND_OVER):
        items.append(NavItem(_("Handover"), url_for("handover.index"), "transfer"))
    if g.viewer.may(Permission.MANAGE_CITY):
        items.append(NavItem(_("City settings"), url_for("cities.settings"), "settings"))
    return _as_menu(items)


def _as_menu(items: list[NavItem]) -> tuple[MenuLine, ...]:
    path, home = request.path, url_for("home.start")
    return tuple(
        MenuLine(str(item.title), item.url, item.icon, _leads_to(item, path, home))
        for item in items
    )


def back_to(default: str) -> AnyResponse:
    """Redirect to the local path in the form's ``next``, else to ``default``; never to another host."""
    target = request.form.get("next", "")
    return redirect(target if safe_path(target) else default, 303)


def safe_path(target: str) -> bool:
    """Whether ``target`` is a path of this site that no browser reads as another host."""
    return (
        bool(re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", target))
        and len(target) < 2000
        and "//" not in target.split("?", maxsplit=1)[0]
    )


def see_other(url: str) -> Response:
    """Answer a form that was acted on: go and look at the result with GET."""
    return cast("Response", redirect(url, 303))
