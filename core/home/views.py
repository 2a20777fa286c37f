"""Home, the shared calendar, and the addresses at which other programs read it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from jinja2.environment import TemplateModule
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from core.database import db, utcnow
from core.directory.lists import LEVELS
from core.directory.services import partners
from core.forms import valid_id
from core.home import feeds
from core.home.agenda import (
    STATES,
    Day,
    Filters,
    UnknownMonth,
    agenda,
    by_day,
    entries_between,
    first_day,
    kinds,
    last_day,
    midnight,
    month_before,
    month_of,
    next_month,
)
from core.home.forms import FeedForm
from core.home.overview import SHOWN, Upkeep, greeting, upkeep
from core.i18n import current_zone, format_date, local_time, ngettext, today, upper_first
from core.i18n import gettext as _
from core.permissions import Permission, member_only, public, requires
from core.values import Action, CalendarEntry, Card
from core.web import city_hooks, see_other, viewer

log = logging.getLogger(__name__)
bp = Blueprint("home", __name__)

WEEK = 7


# -- Home ------------------------------------------------------------------------------------------------


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
    cards, actions = _from_plugins()
    week = _week() if who.may(Permission.SEE_CALENDAR) else None
    kept = upkeep(g.language) if _keeps_the_network() else None
    return render_template(
        "home/start.html",
        greeting=greeting(who.name, local_time(utcnow())),
        sentence=_sentence(week, kept),
        actions=actions,
        wide=[card for card in cards if card.wide],
        narrow=[card for card in cards if not card.wide],
        week=week[:SHOWN] if week is not None else None,
        week_count=len(week or ()),
        steps=_steps(kept) if kept else [],
        kept=kept if kept and who.may(Permission.MANAGE_MEMBERS) else None,
        day_of=lambda entry: max(today(), first_day(entry, current_zone())),
        states=STATES,
    )


def _from_plugins() -> tuple[list[ShownCard], list[Action]]:
    items = list(city_hooks().read("dashboard", viewer=viewer()))
    actions = sorted((i for i in items if isinstance(i, Action)), key=lambda item: item.order)
    cards = sorted((i for i in items if isinstance(i, Card)), key=lambda item: item.order)
    return [shown for card in cards if (shown := _draw(card)) is not None], actions


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
    now, zone = utcnow(), current_zone()
    end = midnight(today() + timedelta(days=WEEK), zone).astimezone(UTC)
    entries = entries_between(city_hooks(), viewer(), now, end)
    return [entry for entry in entries if entry.status != "cancelled"]


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


# -- Calendar --------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/calendar")
@requires(Permission.SEE_CALENDAR)
def calendar() -> str:
    """A month of everything that the reader may know of, as a list by day."""
    now, zone = today(), current_zone()
    try:
        first = month_of(request.args.get("month", ""), now)
    except UnknownMonth:
        abort(
            400,
            _(
                "The month in the address cannot be read. Write it like %(month)s.",
                month=f"{now:%Y-%m}",
            ),
        )
    end = next_month(first)
    known = kinds(g.enabled_plugins)
    organisations = partners(g.language)
    names = {partner.id: partner.name for partner in organisations}
    wanted = Filters(
        _one_of(request.args.get("kind", ""), known),
        _one_of(request.args.get("organisation", ""), names),
        _one_of(request.args.get("level", ""), LEVELS),
    )
    entries = [
        entry
        for entry in entries_between(
            city_hooks(),
            viewer(),
            midnight(first, zone).astimezone(UTC),
            midnight(end, zone).astimezone(UTC),
        )
        if wanted.passes(entry)
    ]
    days = agenda(entries, first, end, zone, g.city.country, g.language)
    if first <= now < end and days and not wanted and all(day.date != now for day in days):
        days = sorted([*days, Day(now)], key=lambda day: day.date)
    # The present month opens at today; what is over can be unfolded.
    earlier = [day for day in days if day.date < now] if first <= now < end else []
    return render_template(
        "home/calendar.html",
        first=first,
        before=month_before(first),
        after=end,
        here_month=f"{first:%Y-%m}",
        earlier=earlier,
        days=[day for day in days if day not in earlier],
        count=sum(len(shown.entries) for shown in by_day(entries, first, end, zone).values()),
        kinds=known,
        organisations=[
            partner
            for partner in organisations
            if partner.active or partner.id == wanted.organisation
        ],
        levels=LEVELS,
        wanted=wanted,
        tokens=_tokens(wanted, first, known, names),
        today=now,
        tomorrow=now + timedelta(days=1),
        states=STATES,
        until=lambda entry: (
            last_day(entry, zone) if last_day(entry, zone) > first_day(entry, zone) else None
        ),
        started=lambda entry: first_day(entry, zone),
    )


def _one_of(value: str, known: Any) -> str:
    return value if value in known else ""


def _tokens(
    wanted: Filters, first: date, known: dict[str, str], names: dict[str, str]
) -> list[tuple[str, str]]:
    """Each condition in words, with the address of the page without it."""
    held = {"kind": wanted.kind, "organisation": wanted.organisation, "level": wanted.level}
    words = {
        "kind": known.get(wanted.kind, ""),
        "organisation": names.get(wanted.organisation, ""),
        "level": str(LEVELS.get(wanted.level, "")),
    }
    tokens = []
    for name, value in held.items():
        others: dict[str, Any] = {key: text for key, text in held.items() if text and key != name}
        if value:
            url = url_for("home.calendar", month=f"{first:%Y-%m}", **others)
            tokens.append((words[name], url))
    return tokens


# -- Feeds -----------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/calendar/feeds", endpoint="feeds")
@requires(Permission.SEE_CALENDAR)
def feed_list() -> str:
    """The reader's secret addresses."""
    return render_template(
        "home/feeds.html", feeds=feeds.feeds_of(viewer()), form=FeedForm(), made=None
    )


@bp.post("/<city_slug>/calendar/feeds")
@requires(Permission.SEE_CALENDAR)
def feed_new() -> AnyResponse | str:
    """Make a secret address and show it, this one time."""
    form = FeedForm(request.form)
    if not form.validate():
        page = render_template(
            "home/feeds.html", feeds=feeds.feeds_of(viewer()), form=form, made=None
        )
        return make_response(page, 422)
    identifier = form.once.data if valid_id(form.once.data) else None
    if identifier and feeds.exists(identifier):
        # The form was sent twice; the address was shown in the first answer and is not known any more.
        return see_other(url_for("home.feeds"))
    try:
        feed, token = feeds.add_feed(viewer(), form.name.data or "", identifier)
    except feeds.TooManyFeeds:
        flash(
            _("You have as many addresses as one can have. End one that you no longer use first."),
            "late",
        )
        return see_other(url_for("home.feeds"))
    db.session.commit()
    address = f"{current_app.config['SITE_URL']}{url_for('home.feed', token=token)}"
    return render_template(
        "home/feeds.html",
        feeds=feeds.feeds_of(viewer()),
        form=FeedForm(),
        made=feed.id,
        address=address,
        webcal=f"webcal{address[address.index(':') :]}",
    )


@bp.post("/<city_slug>/calendar/feeds/<feed_id>/end")
@requires(Permission.SEE_CALENDAR)
def feed_end(feed_id: str) -> AnyResponse:
    """End a secret address."""
    feed = feeds.find_feed(viewer(), feed_id)
    if feed is None:
        abort(404)
    feeds.revoke_feed(feed)
    db.session.commit()
    flash(_("The address no longer works."), "done")
    return see_other(url_for("home.feeds"))


@bp.get("/feed/<token>.ics")
@public("the address itself is the secret; it is looked up by its hash and shown to nobody")
def feed(token: str) -> Response:
    """The calendar of whoever owns the secret in the address, as they may see it now."""
    found = feeds.open_feed(token)
    if found is None:
        abort(404)
    response = Response(mimetype="text/calendar")
    tag = found.tag()
    response.set_etag(tag)
    if tag in request.if_none_match:
        response.status_code = 304
    else:
        with feeds.reading_as(found):
            response.set_data(feeds.calendar_file(found, current_app.config["SITE_URL"]))
        response.headers["Content-Disposition"] = f'inline; filename="{found.city.slug}.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    try:
        feeds.note_use(found)
    except OperationalError:
        # Somebody is writing for long; that the feed was read can be noted the next time.
        db.session.rollback()
    return response
