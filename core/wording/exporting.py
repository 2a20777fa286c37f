"""The reported words as a file: what their list shows. Translators get a catalogue instead, see export.py."""

from collections.abc import Iterator, Mapping, Sequence

from core.database import db
from core.exporting.batches import batches, identifiers
from core.exporting.lists import Column, ListExport, Value, Written
from core.i18n import language_name, ngettext, pgettext, upper_first
from core.i18n import lazy_gettext as _l
from core.permissions import Permission
from core.values import Viewer
from core.wording.export import english, shown
from core.wording.models import Report
from core.wording.services import (
    ORDER,
    STATES,
    Told,
    how_many,
    read_filters,
    reports_query,
    told,
)


def _rows(_viewer: Viewer, asked: Mapping[str, str]) -> Iterator[Sequence[Value]]:
    query = reports_query(read_filters(asked))
    for part in batches(identifiers(query, Report, ORDER)):
        rows = list(db.session.scalars(query.where(Report.id.in_(part)).order_by(*ORDER)))
        for line in told(rows):
            one = line.report
            yield (
                Written(shown(one), one.language),
                Written(one.suggestion, one.language),
                upper_first(language_name(one.language)),
                Written(english(one), "en"),
                _who(line),
                one.last_at,
                str(STATES[one.state]),
            )
        for row in rows:
            db.session.expunge(row)


def _who(line: Told) -> str:
    if line.count < 2:
        return line.first
    others = ngettext("and %(num)s other", "and %(num)s others", line.count - 1)
    return f"{line.first} {others}"


def _said(_viewer: Viewer, asked: Mapping[str, str]) -> list[str]:
    filters = read_filters(asked)
    state = STATES.get(filters.show)
    said = [str(state) if state is not None else pgettext("reported words", "All")]
    return [*said, upper_first(language_name(filters.language))] if filters.language else said


WORDS = ListExport(
    name="words",
    title=_l("Reported words"),
    columns=(
        Column("now", _l("Now"), width=36),
        Column("suggestion", _l("Should be"), width=36),
        Column("language", _l("Language"), width=14),
        Column("english", _l("English"), width=36),
        Column("who", _l("Who"), width=24),
        Column("at", _l("When"), "datetime", width=18),
        Column("state", _l("State"), width=14),
    ),
    rows=_rows,
    permission=Permission.MANAGE_CITY,
    count=lambda _viewer, asked: how_many(read_filters(asked)),
    arguments=("show", "language"),
    words=_said,
)
