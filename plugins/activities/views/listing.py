"""The list of activities."""

from typing import Any

from flask import render_template, request, url_for

from core.api import gettext as _
from core.api import (
    partners,
    requires,
    today,
    viewer,
)
from core.api import pgettext as _p
from plugins.activities.permissions import Permission
from plugins.activities.services.listing import (
    SORTS,
    Filters,
    count_activities,
    list_activities,
    read_filters,
)
from plugins.activities.shown import filter_words, line_of, periods
from plugins.activities.views.common import bp
from plugins.activities.words import (
    LEVELS,
    STATUS_FILTERS,
    TARGET_GROUPS,
    TYPES,
)


@bp.get("/")
@requires(Permission.SEE)
def index() -> str:
    """The list, as the address asks for it."""
    who, filters = viewer(), read_filters(request.args)
    organisations = partners(who.locale)
    page = list_activities(
        filters,
        who,
        today(),
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )
    count = count_activities(filters, who, today())
    return render_template(
        "activities/index.html",
        lines=[line_of(row, who) for row in page.rows],
        count=count,
        filters=filters,
        organisations=organisations,
        page={
            "previous_url": page.before and _list_url(filters, before=page.before),
            "next_url": page.after and _list_url(filters, after=page.after),
        },
        tokens=_tokens(filters, {each.id: each.name for each in organisations}),
        columns=_columns(filters),
        base=url_for(".index"),
        may_log=who.may(Permission.LOG),
        may_import=who.may(Permission.IMPORT),
        status_filters=STATUS_FILTERS,
        types=TYPES,
        levels=LEVELS,
        target_groups=TARGET_GROUPS,
        periods=periods(),
        sorts=_sort_choices(),
    )


def _list_url(filters: Filters, **arguments: str) -> str:
    asked: dict[str, Any] = filters.address(**arguments)
    return url_for(".index", **asked)


def _sort_choices() -> dict[str, str]:
    return {
        "-date": _("Latest first"),
        "date": _("Earliest first"),
        "title": _("By title"),
        "organisation": _("By organisation"),
        "-participants": _("Most participants first"),
    }


def _columns(filters: Filters) -> list[dict[str, str]]:
    """The heads of the table that sort it: words, address, and how the column is sorted now."""
    current, descending = filters.order
    words = {
        "date": _p("activity", "Date"),
        "title": _("Activity"),
        "organisation": _("Organisation"),
        "participants": _("Participants"),
    }
    # A second press turns the order round; numbers and dates begin with the largest.
    first = {"date": "-date", "participants": "-participants"}
    heads = []
    for name in SORTS:
        turned = name if descending else f"-{name}"
        heads.append(
            {
                "name": name,
                "title": words[name],
                "url": _list_url(
                    filters, sort=turned if name == current else first.get(name, name)
                ),
                "sorted": ("descending" if descending else "ascending") if name == current else "",
            }
        )
    return heads


def _tokens(filters: Filters, names: dict[str, str]) -> list[tuple[str, str]]:
    told = filter_words(filters, names)
    return [(words, _list_url(filters, **{name: ""})) for name, words in told.items()]
