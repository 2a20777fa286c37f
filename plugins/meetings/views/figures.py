"""The figures of meetings, year by year; each leads to the records behind it."""

from datetime import date

from flask import render_template, request

from core.api import SECTORS, requires, today
from plugins.meetings.permissions import Permission
from plugins.meetings.services.measures import Period, measures
from plugins.meetings.services.register import read_filters
from plugins.meetings.views.common import bp

YEARS_OFFERED = 5


@bp.get("/figures")
@requires(Permission.SEE)
def figures() -> str:
    """What can be counted of the meetings of a year."""
    this_year = today().year
    year = int(read_filters(request.args).year or this_year)
    return render_template(
        "meetings/figures.html",
        found=measures(Period(date(year, 1, 1), date(year + 1, 1, 1))),
        year=year,
        years=sorted({year, *range(this_year, this_year - YEARS_OFFERED, -1)}, reverse=True),
        sector_titles=SECTORS,
    )
