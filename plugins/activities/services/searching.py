"""Activities as the search finds them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, and_, select

from core.api import (
    Hit,
    HitKind,
    Link,
    Organisation,
    Query,
    Searchable,
    Viewer,
    batches,
    db,
    format_date,
    name_of,
)
from core.api import gettext as _
from plugins.activities.models import Activity
from plugins.activities.services.access import FOUND, ref_of, visible_to
from plugins.activities.services.texts import FOUND_BY, ShownText, searchable_of
from plugins.activities.shown import text_for

_READ = tuple(getattr(Activity, name) for name in ("id", *FOUND_BY))


def all_searchable() -> Iterator[Searchable]:
    """Every activity of the city in force, whoever may see it."""
    ids = list(db.session.scalars(select(Activity.id).order_by(Activity.id)))
    for some in batches(ids):
        for row in db.session.execute(select(*_READ).where(Activity.id.in_(some))).all():
            yield searchable_of(row._asdict())


def hits(viewer: Viewer, query: Query, base: str, more: str) -> Iterator[Hit]:
    """The activities that match, as far as ``viewer`` may see them.

    ``base`` is the address below which each has its page, ``more`` that of the list of all that match.
    """
    ids = query.best(FOUND, select(Activity.id).where(visible_to(viewer)))
    if not ids:
        return
    kind = HitKind(_("Activities"), "clipboard-list", 10, Link(_("All in activities"), more))
    rows = db.session.execute(
        select(
            Activity.id,
            Activity.title,
            Activity.description,
            Activity.language,
            Activity.translations,
            Activity.place,
            Activity.place_sensitive,
            Activity.result,
            Activity.start_date,
            Organisation.names.label("organisation_names"),
        )
        .join(
            Organisation,
            and_(
                Organisation.city_id == Activity.city_id,
                Organisation.id == Activity.organisation_id,
            ),
        )
        .where(Activity.id.in_(ids), visible_to(viewer))
    )
    found = {row.id: row for row in rows}
    for row in (found[each] for each in ids if each in found):
        text = text_for(row, viewer, row.description)
        yield Hit(
            ref_of(row.id),
            kind,
            text.title,
            f"{base}{row.id}",
            text.language,
            query.excerpt(_texts(row, text)),
            " · ".join(
                [format_date(row.start_date), name_of(row.organisation_names, viewer.locale)]
            ),
        )


def _texts(row: Row[Any], shown: ShownText) -> Iterator[tuple[str, str]]:
    """What can be shown of an activity beside its title, the reader's own language first, each with its language."""
    yield shown.description, shown.description_language
    yield row.result, row.language
    # A list of hits is looked at in passing, as a calendar is: a sensitive place stays on the page of the activity.
    yield "" if row.place_sensitive else row.place, row.language
    if shown.title != row.title:
        yield row.title, row.language
    yield row.description, row.language
    for code, told in (row.translations or {}).items():
        if code != shown.language:
            yield told.get("title") or "", code
            yield told.get("description") or "", code
