"""The first page of a city."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from flask import current_app, g, render_template, url_for
from jinja2.environment import TemplateModule

from core.actions.listing import owed_by
from core.cities.remembering import until_changed
from core.database import db, utcnow
from core.home.agenda import STATES, entries_between, first_day, midnight
from core.home.overview import SHOWN, Upkeep, greeting, upkeep
from core.home.views.blueprint import bp
from core.i18n import current_zone, format_date, local_time, ngettext, today, upper_first
from core.i18n import gettext as _
from core.permissions import Permission, member_only
from core.registry import plugin_registry
from core.values import CalendarEntry, Card, Shortcut, Viewer
from core.web import city_hooks, viewer

log = logging.getLogger(__name__)

WEEK = 7


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card of a plugin, already drawn."""

    title: str
    body: TemplateModule
    link: Any
    wide: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a new city's checklist."""

    title: str
    sentence: str
    done: bool
    url: str


@bp.get("/<city_slug>/")
@member_only
def start() -> str:
    """The first page: what is next, what waits, and the way to what one came for."""
    who = viewer()
    cards, shortcuts = _from_plugins()
    week = _week() if who.may(Permission.SEE_CALENDAR) else None
    kept = upkeep(g.language) if _keeps_the_network() else None
    owed = owed_by(who, today()) if who.may(Permission.SEE_ACTIONS) else None
    return render_template(
        "home/start.html",
        greeting=greeting(who.name, local_time(utcnow())),
        sentence=_sentence(week, kept),
        shortcuts=shortcuts,
        wide=[card for card in cards if card.wide],
        narrow=[card for card in cards if not card.wide],
        week=week[:SHOWN] if week is not None else None,
        week_count=len(week or ()),
        owed=owed if owed and owed.lines else None,
        steps=_steps(kept) if kept else [],
        kept=kept if kept and who.may(Permission.MANAGE_MEMBERS) else None,
        day_of=lambda entry: max(today(), first_day(entry, current_zone())),
        states=STATES,
    )


def _from_plugins() -> tuple[list[ShownCard], list[Shortcut]]:
    items = list(city_hooks().read("dashboard", viewer=viewer()))
    shortcuts = sorted((i for i in items if isinstance(i, Shortcut)), key=lambda item: item.order)
    cards = sorted((i for i in items if isinstance(i, Card)), key=lambda item: item.order)
    return [shown for card in cards if (shown := _draw(card)) is not None], shortcuts


def _draw(card: Card) -> ShownCard | None:
    """The card with its body drawn; None when its template fails, which must not take the page with it."""
    try:
        template = current_app.jinja_env.get_template(card.template)
        # As a module the template is drawn here and now, and the page takes it as the markup it is.
        body = template.make_module({"viewer": viewer(), **card.context})
    except Exception:
        db.session.rollback()
        log.exception("card_failed")
        return None
    return ShownCard(card.title, body, card.link, card.wide)


def _week() -> list[CalendarEntry]:
    """What is still to come in the next seven days; what is over of today is left out."""
    now = utcnow()
    return [
        entry
        for entry in _this_week(viewer(), g.enabled_plugins, today())
        if entry.all_day or entry.start >= now or (entry.end is not None and entry.end > now)
    ]


@until_changed(most=256)
def _this_week(who: Viewer, plugins: frozenset[str], first: date) -> tuple[CalendarEntry, ...]:
    zone = current_zone()
    start, end = (
        midnight(day, zone).astimezone(UTC) for day in (first, first + timedelta(days=WEEK))
    )
    entries = entries_between(plugin_registry().hooks(plugins), who, start, end)
    return tuple(entry for entry in entries if entry.status != "cancelled")


def _keeps_the_network() -> bool:
    return any(
        viewer().may(permission)
        for permission in (
            Permission.MANAGE_CITY,
            Permission.MANAGE_MEMBERS,
            Permission.MANAGE_ORGANISATIONS,
        )
    )


def _sentence(week: Sequence[CalendarEntry] | None, kept: Upkeep | None) -> str:
    parts = [f"{upper_first(format_date(today(), 'full')).rstrip('.')}."]
    if kept is not None and kept.to_confirm and viewer().may(Permission.MANAGE_MEMBERS):
        parts.append(
            ngettext(
                "%(num)s membership waits for confirmation.",
                "%(num)s memberships wait for confirmation.",
                kept.to_confirm,
            )
        )
    elif week:
        parts.append(
            ngettext(
                "%(num)s thing is in the calendar for the next seven days.",
                "%(num)s things are in the calendar for the next seven days.",
                len(week),
            )
        )
    elif week is not None:
        parts.append(_("Nothing is in the calendar for the next seven days."))
    return " ".join(parts)


def _steps(kept: Upkeep) -> list[Step]:
    """The checklist of a new city; empty once all is done."""
    who, city = viewer(), g.city
    organise = who.may(Permission.MANAGE_ORGANISATIONS)
    steps = [
        Step(
            _("Languages"),
            _("Say which languages the city works in."),
            bool(city.official_languages),
            url_for("cities.languages") if who.may(Permission.MANAGE_CITY) else "",
        ),
        Step(
            _("Organisations"),
            _("Add the organisations that take part."),
            kept.organisations > 1,
            url_for("directory.organisation_new") if organise else "",
        ),
        Step(
            _("People"),
            _("Invite those who speak for them."),
            kept.people > 1,
            url_for("directory.person_new") if who.may(Permission.MANAGE_MEMBERS) else "",
        ),
        Step(
            _("Plugins"),
            _("Switch on what the city wants to use."),
            bool(g.enabled_plugins),
            url_for("cities.plugins") if who.may(Permission.MANAGE_PLUGINS) else "",
        ),
    ]
    return [] if all(step.done for step in steps) else steps
