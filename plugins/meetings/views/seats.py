"""The seats filled, meeting by meeting: what stands behind the figure of that name."""

from typing import Any

from flask import render_template, request, url_for

from core.api import SECTORS, Period, format_period, requires, viewer
from plugins.meetings.permissions import Permission
from plugins.meetings.services.bodies import list_bodies
from plugins.meetings.services.listing import read_filters
from plugins.meetings.services.seats import Share, meeting_by_meeting
from plugins.meetings.views.common import bp


@bp.get("/seats")
@requires(Permission.SEE)
def seats() -> str:
    """The meetings held that the address asks for, with the seats filled at each, of all sectors or of one."""
    who, filters = viewer(), read_filters(request.args)
    sector = request.args.get("sector", "")
    sector = sector if sector in SECTORS else ""
    found = meeting_by_meeting(
        filters,
        sector,
        who,
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )
    asked: dict[str, Any] = {"body": filters.body, "year": filters.year, "sector": sector}
    bodies = list_bodies(who.locale)

    def address(**changes: str) -> str:
        return url_for(".seats", **{name: each for name, each in (asked | changes).items() if each})

    names = {each.id: each.name for each in bodies}
    period = Period.named(filters.year)
    tokens = [
        (words, address(**{name: ""}))
        for name, words in (
            ("body", names.get(filters.body, "")),
            ("year", format_period(period) if period else ""),
            ("sector", str(SECTORS[sector]) if sector else ""),
        )
        if words
    ]
    sectors = {
        code: (str(SECTORS.get(code, code)), share) for code, share in found.by_sector.items()
    }
    all_seats = sum(found.by_sector.values(), Share(0, 0))
    return render_template(
        "meetings/seats.html",
        lines=found.page.lines,
        seats=found.of_meeting,
        sectors=sectors,
        sector=sector,
        total=found.by_sector.get(sector, Share(0, 0)) if sector else all_seats,
        filters=filters,
        bodies=bodies,
        tokens=tokens,
        page={
            "previous_url": found.page.before and address(before=found.page.before),
            "next_url": found.page.after and address(after=found.page.after),
        },
    )
