"""This week, and the two lists behind its numbers that no other page has."""

from datetime import date, timedelta

from flask import Blueprint, abort, flash, g, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.actions.words import LOOKS, STATUSES
from core.database import db
from core.forms import valid_id
from core.home.agenda import STATES, first_day
from core.home.overview import upkeep
from core.i18n import current_zone, ngettext, today
from core.i18n import gettext as _
from core.permissions import Permission, requires
from core.web import city_hooks, see_other, viewer
from core.week import services
from core.week.telling import NobodyToTell, NothingLate, RemindedToday, remind

bp = Blueprint("week", __name__)


@bp.get("/<city_slug>/week")
@requires(Permission.KEEP_NETWORK)
def index() -> str:
    """What is late and with whom, due, coming, waiting for a report, and lapsing."""
    who, day = viewer(), today()
    late, due = services.told(
        services.late_actions(who, day), services.due_actions(who, day), who.locale
    )
    waiting = services.waiting_for(who, city_hooks())
    coming = services.coming(who, city_hooks(), day)
    lapsing = services.lapsing(g.language, day)
    kept = upkeep(g.language)
    return render_template(
        "week/index.html",
        day=day,
        last_day=day + timedelta(days=6),
        late=late,
        reach=services.reach_of([group.organisation_id for group in late.rows], day),
        due=due,
        waiting=waiting[: services.SHOWN],
        waiting_count=len(waiting),
        kinds={one.kind for one in waiting},
        coming=coming[: services.SHOWN],
        coming_count=len(coming),
        lapsing=lapsing,
        lapsing_count=lapsing.number + kept.to_confirm,
        kept=kept,
        behind=services.behind_in_languages(),
        **_words(day),
    )


def _words(day: date) -> dict[str, object]:
    return {
        "states": STATES,
        "statuses": STATUSES,
        "looks": LOOKS,
        "day_of": lambda entry: max(day, first_day(entry, current_zone())),
        "days_since": lambda then: (day - then).days,
    }


@bp.get("/<city_slug>/week/waiting")
@requires(Permission.KEEP_NETWORK)
def waiting() -> str:
    """Everything that waits for an organisation."""
    found = services.waiting_for(viewer(), city_hooks())
    return render_template(
        "week/waiting.html",
        waiting=found[: services.AT_MOST],
        number=len(found),
        kinds={one.kind for one in found},
        **_words(today()),
    )


@bp.get("/<city_slug>/week/lapsing")
@requires(Permission.KEEP_NETWORK)
def lapsing() -> str:
    """Every membership, agreement and invitation that ends before long or has ended."""
    day = today()
    found = services.lapsing(g.language, day, most=services.AT_MOST)
    return render_template(
        "week/lapsing.html", lapsing=found, to_confirm=upkeep(g.language).to_confirm, **_words(day)
    )


@bp.post("/<city_slug>/week/remind/<organisation_id>")
@requires(Permission.KEEP_NETWORK)
def remind_organisation(organisation_id: str) -> AnyResponse:
    """Tell the people of an organisation that something of theirs is late."""
    if not valid_id(organisation_id):
        abort(404)
    try:
        told = remind(organisation_id, viewer(), today())
    except LookupError:
        abort(404)
    except RemindedToday:
        flash(_("They were reminded today already. Tomorrow you can remind them again."), "late")
    except NothingLate:
        flash(_("Nothing of theirs is late any more."), "done")
    except NobodyToTell:
        db.session.rollback()
        flash(
            _("Nobody of this organisation can be told here. Call them, or invite somebody."),
            "late",
        )
    else:
        db.session.commit()
        flash(
            ngettext("%(num)s person was reminded.", "%(num)s people were reminded.", told), "done"
        )
    return see_other(url_for("week.index", _anchor="late"))
