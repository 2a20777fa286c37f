"""The list of actions as a file: what its page shows, under the same conditions."""

from collections.abc import Iterator, Sequence

from core.actions.access import PLUGIN
from core.actions.listing import (
    Filters,
    actions_query,
    count_actions,
    names_of_organisations,
    read_filters,
    words_told,
)
from core.actions.models import Action
from core.actions.words import SHOWN, STATUSES, WHOSE
from core.directory.services import people_by_membership
from core.exporting.batches import batches, identifiers
from core.exporting.lists import Arguments, Column, ListExport, Value, Written, register
from core.i18n import format_period, today
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.permissions import Permission
from core.registry import plugin_registry
from core.values import Period, Viewer


def filter_words(filters: Filters, language: str) -> dict[str, str]:
    """Each condition of the list in words, but whose actions they are, which its tabs say."""
    found = {
        "q": _("Search: %(words)s", words=filters.q) if filters.q else "",
        "show": str(SHOWN[filters.show]) if filters.show else "",
        "organisation": names_of_organisations(language).get(filters.organisation, ""),
        "due": _("Due: %(period)s", period=format_period(period))
        if (period := Period.named(filters.due))
        else "",
        "of": _("From: %(plugin)s", plugin=plugin_registry().plugins[filters.of].title)
        if filters.of
        else "",
        "open_to": _("Open to every member") if filters.open_to else "",
    }
    return {name: words for name, words in found.items() if words}


def _rows(viewer: Viewer, asked: Arguments) -> Iterator[Sequence[Value]]:
    from core.database import db

    filters, now = read_filters(asked), today()
    query = actions_query(filters, viewer, now)
    order = (
        (Action.due_on.desc(), Action.id.desc())
        if filters.newest_first
        else (Action.due_on, Action.id)
    )
    names = names_of_organisations(viewer.locale)
    for part in batches(identifiers(query, Action, order)):
        rows = {row.id: row for row in db.session.scalars(query.where(Action.id.in_(part)))}
        people = people_by_membership([row.assignee_id or "" for row in rows.values()])
        told = words_told(
            {row.id: row.language for row in rows.values() if row.ref_id}, viewer.locale
        )
        for identifier in part:
            # What was closed or moved meanwhile is left out.
            if (row := rows.get(identifier)) is not None:
                text = Written(*told.get(row.id, (row.text, row.language)))
                yield _line(row, text, names, people)
        for row in rows.values():
            db.session.expunge(row)


def _line(
    action: Action, text: Written, names: dict[str, str], people: dict[str, str]
) -> Sequence[Value]:
    return (
        text,
        Written(names.get(action.organisation_id, "")),
        Written(people.get(action.assignee_id or "", "")),
        action.due_on,
        str(STATUSES[action.status]),
        Written(action.reason),
        action.closed_on,
        action.created_at,
    )


ACTIONS = ListExport(
    name="actions",
    title=_l("Actions"),
    columns=(
        Column("text", _l("What is to be done"), width=50),
        Column("organisation", _l("Organisation"), width=26),
        Column("person", _l("Person"), width=22),
        Column("due_on", _l("By when"), "date", width=12),
        Column("status", _lp("action", "State"), width=14),
        Column("reason", _l("Why"), width=30, printed=False),
        Column("closed_on", _l("Finished on"), "date", width=12, printed=False),
        Column("created_at", _l("Added on"), "datetime", width=16, printed=False),
    ),
    rows=_rows,
    permission=Permission.SEE_ACTIONS,
    count=lambda viewer, asked: count_actions(read_filters(asked), viewer, today()),
    arguments=("whose", "show", "organisation", "q", "due", "of", "open_to"),
    words=lambda viewer, asked: [
        str(WHOSE[(found := read_filters(asked)).whose]),
        *filter_words(found, viewer.locale).values(),
    ],
)


def offer_list() -> None:
    """Let the list be exported."""
    register(PLUGIN, ACTIONS)
