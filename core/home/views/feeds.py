"""The secret addresses at which other programs read the calendar, and what they read there."""

from typing import Any

from flask import (
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
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from core.database import db
from core.directory.services import partners
from core.home import feeds
from core.home.agenda import Filters, kinds
from core.home.forms import FeedForm
from core.home.views.blueprint import bp
from core.home.views.calendar import wanted_in
from core.i18n import gettext as _
from core.once import MadeAlready, once_of
from core.permissions import Permission, public, requires
from core.web import see_other, viewer


@bp.get("/<city_slug>/calendar/feeds", endpoint="feeds")
@requires(Permission.SEE_CALENDAR)
def feed_list() -> str:
    """The reader's secret addresses, and a form for one of what the calendar was narrowed to."""
    wanted = wanted_in(request.args)
    form = FeedForm(kind=wanted.kind, organisation=wanted.organisation, level=wanted.level)
    return _page(form, wanted)


def _page(form: FeedForm, wanted: Filters, **made: Any) -> str:
    known = kinds(g.enabled_plugins)
    names = {partner.id: partner.name for partner in partners(g.language)}
    held = feeds.feeds_of(viewer())
    return render_template(
        "home/feeds.html",
        feeds=[(feed, feeds.wanted_by(feed).in_words(known, names)) for feed in held],
        form=form,
        wanted=wanted.in_words(known, names),
        **({"made": None} | made),
    )


@bp.post("/<city_slug>/calendar/feeds")
@requires(Permission.SEE_CALENDAR)
def feed_new() -> AnyResponse | str:
    """Make a secret address and show it, this one time."""
    form = FeedForm(request.form)
    asked = Filters(form.kind.data or "", form.organisation.data or "", form.level.data or "")
    known = wanted_in(request.form) == asked
    if not form.validate() or not known:
        if not known:
            # An address that shows more than was chosen would be worse than none.
            form.form_errors.append(
                _(
                    "What the calendar was narrowed to is not there any more. Go back to the "
                    "calendar and choose again."
                )
            )
        return make_response(_page(form, wanted_in(request.form)), 422)
    once = once_of(form, feeds.exists)
    if once.made:
        # The form was sent twice; the address was shown in the first answer and is not known any more.
        return see_other(url_for("home.feeds"))
    try:
        with once.making():
            feed, token = feeds.add_feed(viewer(), form.name.data or "", asked, once.identifier)
            db.session.commit()
    except MadeAlready:
        return see_other(url_for("home.feeds"))
    except feeds.TooManyFeeds:
        flash(
            _("You have as many addresses as one can have. End one that you no longer use first."),
            "late",
        )
        return see_other(url_for("home.feeds"))
    address = f"{current_app.config['SITE_URL']}{url_for('home.feed', token=token)}"
    return _page(
        FeedForm(formdata=None),
        Filters(),
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
