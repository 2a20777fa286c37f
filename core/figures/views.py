"""The figures of a year or a quarter, plugin by plugin; each leads to the records behind it."""

import logging
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.routing import BuildError

from core.figures import services
from core.i18n import quarter_names, today
from core.permissions import Audience, Permission, requires, route_policy
from core.values import Records
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
        address=_address,
    )


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
