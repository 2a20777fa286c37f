"""The list of activities."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request, url_for

from core.api import Partner, Viewer, partners, requires, today, until_changed, viewer
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.activities.permissions import Permission
from plugins.activities.services.listing import (
    SORTS,
    Filters,
    count_activities,
    list_activities,
    read_filters,
)
from plugins.activities.shown import Line, filter_words, line_of, period_words
from plugins.activities.views.common import bp
from plugins.activities.words import (
    LEVELS,
    PERIODS,
    SORT_TITLES,
    STATUS_FILTERS,
    TARGET_GROUPS,
    TYPES,
)


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of the list in words, and the marks of the pages before and after it."""

    lines: tuple[Line, ...]
    before: str
    after: str


class Choices:
    """What the list can be narrowed to and ordered by. The same for everybody, so that parts are remembered by it."""

    types = TYPES
    levels = LEVELS
    target_groups = TARGET_GROUPS
    statuses = STATUS_FILTERS
    periods = PERIODS
    sorts = SORT_TITLES


CHOICES = Choices()


@until_changed(most=64)
def _lines(filters: Filters, who: Viewer, day: date, before: str, after: str) -> Lines:
    page = list_activities(filters, who, day, before=before, after=after)
    return Lines(tuple(line_of(row, who) for row in page.rows), page.before, page.after)


@bp.get("/")
@requires(Permission.SEE)
def index() -> str:
    """The list, as the address asks for it."""
    who, filters, day = viewer(), read_filters(request.args), today()
    organisations = partners(who.locale)
    page = _lines(filters, who, day, request.args.get("before", ""), request.args.get("after", ""))
    return render_template(
        "activities/index.html",
        lines=page.lines,
        count=count_activities(filters, who, day),
        filters=filters,
        organisations=organisations,
        page={
            "previous_url": page.before and _list_url(filters, before=page.before),
            "next_url": page.after and _list_url(filters, after=page.after),
        },
        tokens=_tokens(filters, organisations),
        columns=_columns(filters),
        base=url_for(".index"),
        may_log=who.may(Permission.LOG),
        may_import=who.may(Permission.IMPORT),
        choices=CHOICES,
        # A year or quarter that a link asked for is offered as long as it is chosen.
        named_period=period_words(filters.period)
        if filters.period and filters.period not in PERIODS
        else "",
    )


def _list_url(filters: Filters, **arguments: str) -> str:
    asked: dict[str, Any] = filters.address(**arguments)
    return url_for(".index", **asked)


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


def _tokens(filters: Filters, organisations: Iterable[Partner]) -> list[tuple[str, str]]:
    if not filters.narrowed:
        return []
    names = {each.id: each.name for each in organisations}
    told = filter_words(filters, names)
    return [(words, _list_url(filters, **{name: ""})) for name, words in told.items()]
