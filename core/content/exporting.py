"""The list of what is to be translated and the city's glossary as files: what their pages show."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import func, select

from core.content import listing
from core.content.asking import asked_for
from core.content.glossary import terms_query
from core.content.models import Term
from core.content.owners import describe
from core.content.shown import STATES
from core.content.states import State
from core.database import db
from core.directory.forms import named
from core.exporting.batches import in_batches
from core.exporting.lists import Column, ListExport, Value, Written
from core.i18n import gettext as _
from core.i18n import language_name, pgettext, today
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.permissions import Permission
from core.tenancy import current_city
from core.values import Viewer
from core.web import city_hooks


def _rows(viewer: Viewer, asked: Mapping[str, str]) -> Iterator[Sequence[Value]]:
    hooks = city_hooks()
    wanted = asked_for(viewer, hooks, asked)
    # The page shows texts that say the same as one line; a file holds each of them.
    for part in listing.every_to_do(wanted.filters, wanted.owners, today()):
        links = describe([row.ref for row in part], viewer, hooks)
        for row in part:
            # What the reader may not see is not there.
            if row.ref in links:
                link = links[row.ref]
                yield (
                    Written(link.title, link.language or ""),
                    wanted.kinds.get(f"{row.ref.plugin}.{row.ref.kind}", ""),
                    named(row.original.language),
                    row.original.needed_on,
                    row.words,
                    str(STATES[row.state][0]),
                )


def _count(viewer: Viewer, asked: Mapping[str, str]) -> int:
    wanted = asked_for(viewer, city_hooks(), asked)
    return listing.how_many_to_do(wanted.filters, wanted.owners)


def _said(viewer: Viewer, asked: Mapping[str, str]) -> list[str]:
    wanted = asked_for(viewer, city_hooks(), asked)
    filters = wanted.filters
    to_do = filters.state in {"", State.MISSING, State.OUTDATED}
    said = [
        _("To translate into %(language)s", language=language_name(filters.language))
        if to_do
        else named(filters.language),
        str(STATES[filters.state][0])
        if filters.state
        else pgettext("filter", "Missing or outdated"),
    ]
    return [*said, wanted.kinds[filters.kind]] if filters.kind else said


TRANSLATIONS = ListExport(
    name="translations",
    title=_l("Translations"),
    columns=(
        Column("text", _lp("translations", "Text"), width=40),
        Column("kind", _l("Texts of"), width=20),
        Column("original", _lp("translations", "Original"), width=14),
        Column("day", _lp("translations", "For the day"), "date", width=14),
        Column("words", _l("Words"), "number", width=8),
        Column("state", _lp("translations", "State"), width=18),
    ),
    rows=_rows,
    permission=Permission.TRANSLATE_CONTENT,
    count=_count,
    arguments=("language", "kind", "state"),
    words=_said,
)


def _term_columns() -> tuple[Column, ...]:
    return (
        *(Column(code, named(code), width=24) for code in current_city().languages),
        Column("note", _l("Note"), width=36),
    )


def _term_rows(_viewer: Viewer, asked: Mapping[str, str]) -> Iterator[Sequence[Value]]:
    languages = current_city().languages
    query = terms_query(asked.get("q", ""))
    for term in in_batches(Term, query, (Term.sort_key, Term.id)):
        yield (*(Written(term.words.get(code, ""), code) for code in languages), Written(term.note))


GLOSSARY = ListExport(
    name="glossary",
    title=_l("Glossary"),
    columns=_term_columns,
    rows=_term_rows,
    permission=Permission.TRANSLATE_CONTENT,
    count=lambda _viewer, asked: (
        db.session.scalar(
            select(func.count()).select_from(terms_query(asked.get("q", "")).subquery())
        )
        or 0
    ),
    arguments=("q",),
    words=lambda _viewer, asked: (
        [_("Search: %(words)s", words=asked["q"])] if asked.get("q") else []
    ),
)
