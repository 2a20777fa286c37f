"""Actions as the search finds them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from flask import current_app, url_for
from sqlalchemy import and_, select

from core.actions.access import KIND, PLUGIN, visible_to
from core.actions.access import ref_of as _ref_of
from core.actions.listing import words_told
from core.actions.models import Action
from core.content.services import translations_of
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

# So many actions are indexed at once, with one question for their translations.
AT_ONCE = 500
FOUND = f"{PLUGIN}.{KIND}"
# The pages to which a hit leads; without the first there is nowhere to lead to, and nothing is found.
PAGE, LIST = "actions.detail", "actions.index"


def searchable_actions(actions: Iterable[Action]) -> Iterator[Searchable]:
    """Actions by what is to be done, in every language that says it, and by what stands in its way; one query."""
    found = list(actions)
    # What hangs on nothing is not translated.
    told = translations_of([_ref_of(one.id) for one in found if one.ref_id])
    for one in found:
        texts = [words.get("text") for words in told.get(_ref_of(one.id), {}).values()]
        text = "\n".join(filter(None, [one.reason, *texts]))
        yield Searchable(_ref_of(one.id), one.text, text, one.language, one.due_on)


def searchable() -> Iterator[Searchable]:
    """Every action of the city in force."""
    rows = in_batches(Action, select(Action), (Action.id,))
    while part := list(islice(rows, AT_ONCE)):
        yield from searchable_actions(part)


def init_searching() -> None:
    """Index each action in the transaction that writes it; its translations are told to its owner."""
    fields = ("text", "reason", "language", "due_on")
    follow(Action, lambda one: _ref_of(one.id), lambda one: next(searchable_actions([one])), fields)


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
            Action.ref_id,
            Organisation.names,
        )
        .join(
            Organisation,
            and_(Organisation.city_id == Action.city_id, Organisation.id == Action.organisation_id),
        )
        .where(Action.id.in_(ids), visible_to(viewer))
    )
    found = {row.id: row for row in rows}
    told = words_told({row.id: row.language for row in found.values() if row.ref_id}, viewer.locale)
    for identifier in ids:
        if (row := found.get(identifier)) is None:
            continue
        text, language = told.get(row.id, (row.text, row.language))
        # Where a word of the original was searched for, the reader sees that it stands there.
        written = [(row.text, row.language)] if row.id in told else []
        yield Hit(
            _ref_of(row.id),
            kind,
            text,
            url_for(PAGE, action_id=row.id),
            language,
            query.excerpt([*written, (row.reason, row.language)]),
            _(
                "By %(date)s · %(organisation)s",
                date=format_date(row.due_on),
                organisation=name_of(row.names, viewer.locale),
            ),
        )
