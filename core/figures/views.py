"""The figures of a year or a quarter, plugin by plugin; each leads to the records behind it."""

import logging
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.routing import BuildError

from core.figures import services
from core.i18n import format_number, format_period, ngettext, quarter_names, today
from core.i18n import gettext as _
from core.i18n import pgettext as _p
from core.permissions import Audience, Permission, requires, route_policy
from core.values import Measure, Records
from core.web import city_hooks, viewer

log = logging.getLogger(__name__)
bp = Blueprint("figures", __name__)


@bp.get("/<city_slug>/figures")
@requires(Permission.SEE_FIGURES)
def index() -> str:
    """What the plugins count in the period that the address names."""
    day = today()
    period = services.asked_for(request.args, day)
    wanted = services.compared(period, day)
    finished = services.young(wanted)
    year, _dash, quarter = period.name.partition("-")
    return render_template(
        "figures/index.html",
        sections=services.figures(wanted, city_hooks()),
        wanted=wanted,
        year=int(year),
        quarter=quarter,
        years=services.years_offered(period, day),
        quarters=quarter_names(),
        change=services.change,
        change_words=_change_words,
        missing=_missing,
        finished=finished,
        finished_words=format_period(finished) if finished else "",
        finished_quarter=finished.name.partition("-")[2] if finished else "",
        address=_address,
    )


def _change_words(change: services.Change) -> str:
    if change.way == "same":
        return _p("figures", "as before")
    if change.points:
        points = int(change.by)
        return (
            ngettext(
                "higher now by %(num)s percentage point",
                "higher now by %(num)s percentage points",
                points,
            )
            if change.way == "higher"
            else ngettext(
                "lower now by %(num)s percentage point",
                "lower now by %(num)s percentage points",
                points,
            )
        )
    much = format_number(change.by)
    if change.way == "higher":
        return _("higher now by %(much)s", much=much)
    return _("lower now by %(much)s", much=much)


def _missing(measure: Measure) -> str:
    """Why there is no number; empty where there is one."""
    if measure.of == 0:
        return _("There was nothing to count.")
    return measure.why if measure.value is None else ""


def _address(records: Records | None) -> str:
    """Where the records behind a number are, for a reader who may open that page; else nothing."""
    policy = route_policy(current_app, records.endpoint) if records is not None else None
    if records is None or policy is None:
        return ""
    closed = policy.audience is Audience.PERMISSION and not viewer().may(policy.permission)
    arguments: dict[str, Any] = dict(records.arguments)
    try:
        return "" if closed else url_for(records.endpoint, **arguments)
    except BuildError:
        # The plugin's fault costs it the link, and nobody the page.
        log.exception("no_such_records", extra={"endpoint": records.endpoint})
        return ""
