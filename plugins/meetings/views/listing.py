"""The list of meetings."""

from flask import render_template, request, url_for

from core.api import Period, format_period, requires, viewer
from plugins.meetings.permissions import Permission
from plugins.meetings.services.bodies import list_bodies
from plugins.meetings.services.listing import (
    Filters,
    coming,
    count_meetings,
    list_meetings,
    read_filters,
)
from plugins.meetings.views.common import bp
from plugins.meetings.words import SHOWN

COMING_SHOWN = 3


@bp.get("/")
@requires(Permission.SEE)
def index() -> str:
    """Meetings as the address asks for them, the latest first; the next ones stand above."""
    who, filters = viewer(), read_filters(request.args)
    bodies = list_bodies(who.locale)
    page = list_meetings(
        filters, who, before=request.args.get("before", ""), after=request.args.get("after", "")
    )
    return render_template(
        "meetings/index.html",
        lines=page.lines,
        count=count_meetings(filters, who),
        next=coming(who, COMING_SHOWN) if not filters.address() else [],
        filters=filters,
        bodies=bodies,
        shown=SHOWN,
        page={
            "previous_url": page.before
            and url_for(".index", **filters.address(before=page.before)),
            "next_url": page.after and url_for(".index", **filters.address(after=page.after)),
        },
        tokens=_tokens(filters, {each.id: each.name for each in bodies}),
        may_convene=who.may(Permission.CONVENE),
        may_manage=who.may(Permission.MANAGE_BODIES),
        may_propose=who.may(Permission.TAKE_PART),
    )


def _tokens(filters: Filters, names: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    if filters.body in names:
        found.append((names[filters.body], url_for(".index", **filters.address(body=""))))
    if filters.show:
        found.append((str(SHOWN[filters.show]), url_for(".index", **filters.address(show=""))))
    if period := Period.named(filters.year):
        found.append((format_period(period), url_for(".index", **filters.address(year=""))))
    return found
