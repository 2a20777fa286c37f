"""The register of decisions over all meetings."""

from flask import render_template, request, url_for

from core.api import requires, viewer
from plugins.meetings.permissions import Permission
from plugins.meetings.services.bodies import list_bodies
from plugins.meetings.services.exporting import filter_words
from plugins.meetings.services.register import (
    KNOWN,
    count_decisions,
    list_decisions,
    read_filters,
    years,
)
from plugins.meetings.views.common import bp


@bp.get("/decisions")
@requires(Permission.SEE)
def decisions() -> str:
    """What was decided, as the address asks for it, the latest first, and what became of each."""
    who, filters = viewer(), read_filters(request.args)
    bodies = list_bodies(who.locale)
    told = filter_words(filters, {each.id: each.name for each in bodies})
    page = list_decisions(
        filters, who, before=request.args.get("before", ""), after=request.args.get("after", "")
    )
    return render_template(
        "meetings/register.html",
        lines=page.lines,
        count=count_decisions(filters, who),
        filters=filters,
        bodies=bodies,
        years=years(who),
        known=KNOWN,
        page={
            "previous_url": page.before
            and url_for(".decisions", **filters.address(before=page.before)),
            "next_url": page.after and url_for(".decisions", **filters.address(after=page.after)),
        },
        year_words=told.get("year", ""),
        tokens=[
            (words, url_for(".decisions", **filters.address(**{name: ""})))
            for name, words in told.items()
        ],
    )
