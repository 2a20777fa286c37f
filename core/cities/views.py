"""The settings pages of a city."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from sqlalchemy import and_, or_
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Form as WTForm

from core.audit.models import AuditRecord
from core.audit.services import record
from core.cities import services
from core.cities.actions import ACTIONS, shown_details
from core.cities.exporting import log_query
from core.cities.forms import AppearanceForm, general_form, languages_form, typed
from core.cities.lists import ARMS
from core.cities.look import HOUSE
from core.cities.translated import ref_of
from core.content.shown import translations_url
from core.database import db
from core.directory.services import partners, people_by_membership
from core.i18n import LANGUAGES, pgettext
from core.i18n import gettext as _
from core.permissions import CORE_GRANTS, PERMISSION_TITLES, ROLE_TITLES, Permission, requires
from core.registry import Plugin, plugin_registry
from core.values import Ref
from core.web import see_other, viewer

log = logging.getLogger(__name__)
bp = Blueprint("cities", __name__)
PAGE = 50


@bp.context_processor
def settings_tabs() -> dict[str, Any]:
    """The tabs above every page of the settings, also of those that other parts of core add."""
    if not g.get("viewer"):
        return {}
    pages = [
        (Permission.MANAGE_CITY, "cities.settings", pgettext("settings", "General")),
        (Permission.MANAGE_CITY, "cities.languages", pgettext("settings", "Languages")),
        (Permission.MANAGE_PLUGINS, "cities.plugins", pgettext("settings", "Plugins")),
        (Permission.MANAGE_CITY, "cities.appearance", pgettext("settings", "Appearance")),
        (Permission.MANAGE_CITY, "cities.roles", pgettext("settings", "Roles")),
        (Permission.MANAGE_CITY, "wording.words", pgettext("settings", "Words")),
        (Permission.MANAGE_JOBS, "jobs.index", pgettext("settings", "Background work")),
        (Permission.MANAGE_CITY, "cities.log", pgettext("settings", "Log")),
    ]
    return {
        "tabs": [
            (
                title,
                url_for(endpoint),
                request.endpoint == endpoint
                or (endpoint == "wording.words" and request.blueprint == "wording"),
            )
            for permission, endpoint, title in pages
            if viewer().may(permission)
        ]
    }


def _save(action: str, facts: Mapping[str, Any]) -> None:
    """Write settings, note what changed, and say so."""
    changed = services.change_city(by=viewer(), **facts)
    if changed:
        record(
            action,
            subject=Ref("cities", "city", g.city.id),
            details={"changed": ", ".join(changed)},
        )
    db.session.commit()
    flash(_("Saved."), "done")


@bp.route("/<city_slug>/settings", methods=["GET", "POST"])
@requires(Permission.MANAGE_CITY)
def settings() -> AnyResponse | str:
    """Names, time zone, country."""
    sent = request.method == "POST"
    form = general_form(request.form if sent else None, g.city)
    if sent and form.validate():
        # Names in languages that the city has given up are kept: it may take them up again.
        _save(
            "city.general_changed",
            {
                "names": form.texts("name", g.city.names),
                "body_names": form.texts("body", g.city.body_names),
                "zone": form.zone.data,
                "country": form.country.data or "",
            },
        )
        return see_other(url_for("cities.settings"))
    translations = translations_url(ref_of(g.city))
    page = render_template("cities/general.html", form=form, translations=translations)
    return make_response(page, 422 if sent else 200)


@bp.route("/<city_slug>/settings/languages", methods=["GET", "POST"])
@requires(Permission.MANAGE_CITY)
def languages() -> AnyResponse | str:
    """The languages in which the city works."""
    sent = request.method == "POST"
    form = languages_form(request.form if sent else None, g.city)
    if sent and form.validate():
        _save("city.languages_changed", form.facts())
        return see_other(url_for("cities.languages"))
    usual = {*LANGUAGES, *g.city.languages, "rom"}
    page = render_template("cities/languages.html", form=form, usual=usual)
    return make_response(page, 422 if sent else 200)


@bp.route("/<city_slug>/settings/appearance", methods=["GET", "POST"])
@requires(Permission.MANAGE_CITY)
def appearance() -> AnyResponse | str:
    """Accent and arms."""
    sent = request.method == "POST"
    form = AppearanceForm(
        request.form if sent else None,
        accent_light=g.city.accent_light or HOUSE[0],
        accent_dark=g.city.accent_dark or HOUSE[1],
        arms=g.city.arms,
    )
    if sent and request.form.get("reset"):
        _save("city.appearance_changed", {"accent_light": "", "accent_dark": ""})
        return see_other(url_for("cities.appearance"))
    if sent:
        # A button offers the nearest colours that can be read; it sends them in the place of the fields.
        for field in (form.accent_light, form.accent_dark):
            if request.form.get("take_nearest") and request.form.get(f"nearest_{field.name}"):
                field.data = request.form[f"nearest_{field.name}"]
        if form.validate():
            _save(
                "city.appearance_changed",
                {
                    "accent_light": form.accent_light.data,
                    "accent_dark": form.accent_dark.data,
                    "arms": form.arms.data or "",
                },
            )
            return see_other(url_for("cities.appearance"))
    page = render_template("cities/appearance.html", form=form, arms_titles=ARMS, house=HOUSE)
    return make_response(page, 422 if sent else 200)


@bp.get("/<city_slug>/settings/roles")
@requires(Permission.MANAGE_CITY)
def roles() -> str:
    """Which role may do what; read only, since roles are data of the software."""
    enabled = [
        plugin for name, plugin in plugin_registry().plugins.items() if name in g.enabled_plugins
    ]
    rows = []
    for role, title in ROLE_TITLES.items():
        own = [
            str(words)
            for permission, words in PERMISSION_TITLES.items()
            if permission in CORE_GRANTS[role]
        ]
        areas = [("", own)]
        for plugin in enabled:
            held = [str(one.title) for one in plugin.permissions if role in one.roles]
            areas.append((str(plugin.title), held))
        rows.append((title, areas))
    return render_template("cities/roles.html", roles=rows)


# -- Plugins ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PluginCard:
    """What the page says of one plugin."""

    name: str
    title: str
    summary: str
    audience: str
    icon: str
    on: bool
    state: str
    settings_url: str


def _plugin_cards() -> list[PluginCard]:
    registry = plugin_registry()
    return [
        PluginCard(
            name=name,
            title=str(plugin.title),
            summary=str(plugin.summary),
            audience=str(plugin.audience),
            icon=plugin.icon,
            on=name in g.enabled_plugins,
            state=_state(name, plugin, registry.origins.get(name, "")),
            settings_url=url_for("cities.plugin_settings", name=name)
            if plugin.settings_form is not None and name in g.enabled_plugins
            else "",
        )
        for name, plugin in registry.plugins.items()
    ]


def _state(name: str, plugin: Plugin, origin: str) -> str:
    parts = []
    if name in g.enabled_plugins and plugin.usage is not None:
        try:
            parts.append(_("In use: %(what)s", what=plugin.usage()))
        except Exception:
            # The page must stand even when a plugin cannot count its own records.
            db.session.rollback()
            log.exception("usage_failed", extra={"plugin": name})
    if origin:
        parts.append(_("From another author: %(package)s", package=origin))
    if not parts:
        parts.append(_("In use") if name in g.enabled_plugins else _("Not in use"))
    return " · ".join(parts)


@bp.get("/<city_slug>/settings/plugins")
@requires(Permission.MANAGE_PLUGINS)
def plugins() -> str:
    """What each plugin is, and whether the city uses it."""
    return render_template(
        "cities/plugins.html", cards=_plugin_cards(), left_out=plugin_registry().left_out
    )


@bp.post("/<city_slug>/settings/plugins")
@requires(Permission.MANAGE_PLUGINS)
def plugins_switch() -> AnyResponse:
    """Switch plugins on and off.

    The page sends what was on when it was made: only what its reader switched is changed, and not what a
    colleague has switched since.
    """
    known = set(plugin_registry().plugins)
    before = set(request.form.getlist("was_on")) & known
    after = set(request.form.getlist("on")) & known
    switched = []
    for name in sorted(before ^ after):
        try:
            changed = services.set_plugin(name, enabled=name in after)
        except services.PluginRefused:
            db.session.rollback()
            log.exception("plugin_switch_failed", extra={"plugin": name})
            flash(
                _(
                    "%(plugin)s could not be switched and stays as it was. The other plugins were not touched.",
                    plugin=plugin_registry().plugins[name].title,
                ),
                "late",
            )
            continue
        if changed:
            record(
                "plugin.enabled" if name in after else "plugin.disabled",
                subject=Ref("cities", "plugin", name[:40]),
                details={"plugin": name},
            )
            switched.append(name)
        # Each by itself, so that a plugin that fails takes no other with it.
        db.session.commit()
    if switched:
        flash(_("Saved. It counts from the next page on, for everybody."), "done")
    return see_other(url_for("cities.plugins"))


@bp.route("/<city_slug>/settings/plugins/<name>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLUGINS)
def plugin_settings(name: str) -> AnyResponse | str:
    """The settings of one plugin in this city."""
    plugin = plugin_registry().plugins.get(name)
    if plugin is None or plugin.settings_form is None or name not in g.enabled_plugins:
        abort(404)
    sent = request.method == "POST"
    form = plugin.settings_form(
        request.form if sent else typed(services.plugin_settings(name)) or None
    )
    if sent and form.validate():
        services.save_plugin_settings(name, _storable(form))
        services.calendar_changed()
        record(
            "plugin.settings_changed",
            subject=Ref("cities", "plugin", name[:40]),
            details={"plugin": name},
        )
        db.session.commit()
        flash(_("Saved."), "done")
        return see_other(url_for("cities.plugins"))
    page = render_template(
        "cities/plugin_settings.html",
        form=form,
        title=str(plugin.title),
        summary=str(plugin.summary),
    )
    return make_response(page, 422 if sent else 200)


def _storable(form: WTForm) -> dict[str, Any]:
    """What was typed, as JSON can keep it."""

    def plain(value: Any) -> Any:
        if isinstance(value, date | datetime | time):
            return value.isoformat()
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value

    return {name: plain(value) for name, value in form.data.items() if name != "csrf_token"}


# -- The log of settings ---------------------------------------------------------------------------------


@bp.get("/<city_slug>/settings/log", endpoint="log")
@requires(Permission.MANAGE_CITY)
def log_page() -> str:
    """Who changed settings, plugins, organisations and memberships; never what anybody wrote."""
    query = log_query()
    mark = request.args.get("after", "")
    start = db.session.get(AuditRecord, mark) if 0 < len(mark) <= 16 else None
    if start is not None and start.city_id == g.city.id:
        query = query.where(
            or_(
                AuditRecord.at < start.at,
                and_(AuditRecord.at == start.at, AuditRecord.id < start.id),
            )
        )
    rows = list(
        db.session.scalars(
            query.order_by(AuditRecord.at.desc(), AuditRecord.id.desc()).limit(PAGE + 1)
        )
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    named = {row.membership_id for row in rows} | {
        row.ref_id for row in rows if row.ref_kind == "membership"
    }
    return render_template(
        "cities/log.html",
        rows=rows,
        people=people_by_membership({identifier for identifier in named if identifier}),
        organisations={one.id: one.name for one in partners(g.language)},
        actions=ACTIONS,
        details=shown_details,
        next_url=url_for("cities.log", after=rows[-1].id) if more else "",
        first_url=url_for("cities.log") if start is not None else "",
    )
