"""Actions as the search finds them."""

from collections.abc import Iterator

from flask import current_app, url_for
from sqlalchemy import and_, select

from core.actions.access import KIND, PLUGIN, visible_to
from core.actions.access import ref_of as _ref_of
from core.actions.models import Action
from core.database import db
from core.directory.services import name_of
from core.exporting.batches import in_batches
from core.i18n import format_date
from core.i18n import gettext as _
from core.identity.models import Organisation
from core.permissions import Permission
from core.search.following import follow
from core.search.query import Query
from core.values import Hit, HitKind, Link, Searchable, Viewer

FOUND = f"{PLUGIN}.{KIND}"
# The pages to which a hit leads; without the first there is nowhere to lead to, and nothing is found.
PAGE, LIST = "actions.detail", "actions.index"


def searchable_action(one: Action) -> Searchable:
    """An action by what is to be done, and by what stands in its way."""
    return Searchable(_ref_of(one.id), one.text, one.reason or "", one.language, one.due_on)


def searchable() -> Iterator[Searchable]:
    """Every action of the city in force."""
    for one in in_batches(Action, select(Action), (Action.id,)):
        yield searchable_action(one)


def init_searching() -> None:
    """Index each action in the transaction that writes it."""
    fields = ("text", "reason", "language", "due_on")
    follow(Action, lambda one: _ref_of(one.id), searchable_action, fields)


def hits(viewer: Viewer, query: Query) -> Iterator[Hit]:
    """The actions that match, as far as the viewer may see them."""
    if PAGE not in current_app.view_functions or not viewer.may(Permission.SEE_ACTIONS):
        return
    ids = query.best(FOUND, select(Action.id).where(visible_to(viewer)))
    if not ids:
        return
    more = None
    if LIST in current_app.view_functions:
        # The list shows by itself what is one's own and not finished; here all of it was searched.
        more = Link(_("All in actions"), url_for(LIST, whose="all", show="every", q=query.typed))
    kind = HitKind(_("Actions"), "checklist", 20, more)
    rows = db.session.execute(
        select(
            Action.id,
            Action.text,
            Action.reason,
            Action.language,
            Action.due_on,
            Organisation.names,
        )
        .join(
            Organisation,
            and_(Organisation.city_id == Action.city_id, Organisation.id == Action.organisation_id),
        )
        .where(Action.id.in_(ids), visible_to(viewer))
    )
    found = {row.id: row for row in rows}
    for identifier in ids:
        if (row := found.get(identifier)) is None:
            continue
        yield Hit(
            _ref_of(row.id),
            kind,
            row.text,
            url_for(PAGE, action_id=row.id),
            row.language,
            query.excerpt([(row.reason, row.language)]),
            _(
                "By %(date)s · %(organisation)s",
                date=format_date(row.due_on),
                organisation=name_of(row.names, viewer.locale),
            ),
        )
