"""The list of actions: one's own, one's organisation's, everybody's."""

from typing import Any

from flask import g, render_template, request, url_for

from core.actions import listing
from core.actions.exporting import filter_words
from core.actions.views.blueprint import bp
from core.actions.words import LOOKS, SHOWN, STATUSES, WHOSE
from core.content.owners import describe
from core.directory.services import partners
from core.directory.views.common import Pager
from core.i18n import today
from core.permissions import Permission, requires
from core.web import city_hooks, viewer

_MARKS = ("before", "after")


@bp.get("/<city_slug>/actions/")
@requires(Permission.SEE_ACTIONS)
def index() -> str:
    """What one owes, from every plugin; and what one's organisation and the others owe."""
    who, now = viewer(), today()
    filters = listing.read_filters(request.args)
    page = listing.list_actions(
        filters,
        who,
        now,
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )
    words = filter_words(filters, g.language)
    return render_template(
        "actions/index.html",
        page=page,
        filters=filters,
        pager=Pager(
            _url(filters, before=page.before) if page.before else "",
            _url(filters, after=page.after) if page.after else "",
        ),
        tabs=[
            (title, _url(filters, whose=code), code == filters.whose)
            for code, title in WHOSE.items()
            if code != "ours" or who.organisation_id
        ],
        tokens=[(words[name], _url(filters, **{name: ""})) for name in words],
        subjects=describe({line.subject for line in page.rows if line.subject}, who, city_hooks()),
        organisations=[
            one for one in partners(g.language) if one.active or one.id == filters.organisation
        ],
        shown=SHOWN,
        statuses=STATUSES,
        looks=LOOKS,
        here=_url(filters),
        may_add=who.may(Permission.ADD_ACTIONS),
        may_manage=who.may(Permission.MANAGE_ACTIONS),
    )


def _url(filters: listing.Filters, **changes: str) -> str:
    marks: dict[str, Any] = {name: changes.pop(name) for name in _MARKS if name in changes}
    return url_for("actions.index", **filters.address(**changes), **marks)
