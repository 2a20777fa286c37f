"""What somebody was told, how they want to be told, and the end of mails without signing in."""

from typing import Any

from flask import Blueprint, abort, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.cities.models import City
from core.database import db
from core.forms import valid_id
from core.i18n import gettext as _
from core.i18n import ngettext, today
from core.identity.models import Membership
from core.notifications import listing, services
from core.notifications.choices import choose, no_more_mails, wishes_of
from core.notifications.forms import ChoicesForm, choices_form
from core.notifications.kinds import NotificationKind, known_kinds
from core.notifications.tokens import who_stops
from core.permissions import member_only, public
from core.registry import plugin_registry
from core.tenancy import city_scope
from core.web import city_hooks, safe_path, see_other, viewer

bp = Blueprint("notifications", __name__)


def _kinds() -> dict[str, NotificationKind]:
    return known_kinds(g.enabled_plugins)


# -- The page ------------------------------------------------------------------------------------------------


@bp.get("/<city_slug>/notifications")
@member_only
def index() -> str:
    """What the reader was told, the latest first."""
    unread = request.args.get("show") == "unread"
    after = request.args.get("after", "")
    page = listing.read_page(
        viewer(),
        city_hooks(),
        _kinds(),
        unread=unread,
        after=after if valid_id(after) else "",
    )
    kept: dict[str, Any] = {"show": "unread"} if unread else {}
    return render_template(
        "notifications/index.html",
        days=page.days,
        only_unread=unread,
        today=today(),
        next_url=url_for(".index", **kept, after=page.after) if page.after else "",
        first_url=url_for(".index", **kept) if "after" in request.args else "",
    )


@bp.post("/<city_slug>/notifications/read")
@member_only
def read_all() -> AnyResponse:
    """Mark everything as read."""
    number = services.mark_read(viewer())
    db.session.commit()
    if number:
        flash(
            ngettext(
                "%(num)s notification is marked as read.",
                "%(num)s notifications are marked as read.",
                number,
            ),
            "done",
        )
    return see_other(url_for(".index"))


@bp.post("/<city_slug>/notifications/<string(length=16):notification_id>/open")
@member_only
def open_one(notification_id: str) -> AnyResponse:
    """Mark one as read, and go to what it is about, if the reader may see that at this moment."""
    who = viewer()
    one = listing.find_own(notification_id, who) if valid_id(notification_id) else None
    if one is None:
        abort(404)
    target = listing.address_of(one, who, city_hooks(), _kinds())
    services.mark_read(who, notification_id)
    db.session.commit()
    return see_other(target if safe_path(target) else url_for(".index"))


# -- How to be told ------------------------------------------------------------------------------------------


def _kinds_of_reader() -> list[NotificationKind]:
    """What the reader can be told of: what only others are told they need not choose."""
    who = viewer()
    return [kind for kind in _kinds().values() if not kind.permission or who.may(kind.permission)]


def _settings_page(form: ChoicesForm) -> str:
    titles = {name: plugin.title for name, plugin in plugin_registry().plugins.items()}
    return render_template("notifications/settings.html", form=form, titles=titles)


@bp.get("/<city_slug>/notifications/settings")
@member_only
def settings() -> str:
    """How the reader is told of each kind."""
    kinds = _kinds_of_reader()
    return _settings_page(choices_form(kinds, wishes_of(g.membership.id, kinds)))


@bp.post("/<city_slug>/notifications/settings")
@member_only
def save_settings() -> AnyResponse | tuple[str, int]:
    """Keep what was chosen."""
    kinds = _kinds_of_reader()
    form = choices_form(kinds, wishes_of(g.membership.id, kinds), request.form)
    if not form.validate():
        return _settings_page(form), 422
    choose(g.membership, g.person, form.wishes())
    db.session.commit()
    flash(_("Your changes are saved."), "done")
    return see_other(url_for(".settings"))


# -- No more mails -------------------------------------------------------------------------------------------


def _whose(token: str) -> tuple[City, Membership]:
    """The membership that a link of a mail names, else 404."""
    found = who_stops(token)
    city = db.session.get(City, found[0]) if found is not None else None
    if found is None or city is None:
        abort(404)
    with city_scope(city):
        membership = db.session.get(Membership, found)
    if membership is None:
        abort(404)
    return city, membership


@bp.get("/me/mails/<token>")
@public("mails end without signing in; the secret of the mail says whose")
def stop(token: str) -> str:
    """Ask whether mails are to end: programs that look through mails open every link."""
    city, _membership = _whose(token)
    return render_template(
        "notifications/stop.html", city_name=city.name_in(g.language), stopped=False
    )


@bp.post("/me/mails/<token>")
@public("mails end without signing in; the secret of the mail says whose")
def stop_now(token: str) -> str:
    """End the mails of one member, as their mail program or they themselves ask (RFC 8058)."""
    city, membership = _whose(token)
    with city_scope(city):
        no_more_mails(membership)
        db.session.commit()
    return render_template(
        "notifications/stop.html",
        city_name=city.name_in(g.language),
        stopped=True,
        settings=url_for(".settings", city_slug=city.slug),
    )
