"""Everything the page of one activity shows, in two queries; the attachments are a third."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, and_, bindparam, cast, null, select, union_all

from core.api import Membership, Organisation, Viewer, db, kept_alias, name_of
from plugins.activities.models import Activity, Change, Partner, Series
from plugins.activities.services.access import VISIBLE, sight
from plugins.activities.services.nearby import (
    Around,
    Neighbour,
    near_parameters,
    near_query,
    neighbours,
)
from plugins.activities.words import Status


@dataclass(frozen=True, slots=True)
class Detail:
    """An activity with the names that belong to it."""

    activity: Activity
    organisation: str
    logged_by: str
    logged_by_organisation: str
    partners: tuple[tuple[str, str], ...]
    series: Series | None


_lead, _partner, _writer = (kept_alias(Organisation) for _ in range(3))


def _same(target: Any, city_id: Any, identifier: Any) -> Any:
    return and_(target.city_id == city_id, target.id == identifier)


_DETAIL = (
    select(
        Activity,
        _lead.names,
        Membership.shown_name,
        _writer.names,
        Partner.organisation_id,
        _partner.names,
        Series,
    )
    .select_from(Activity)
    .join(_lead, _same(_lead, Activity.city_id, Activity.organisation_id))
    .outerjoin(Membership, _same(Membership, Activity.city_id, Activity.logged_by))
    .outerjoin(_writer, _same(_writer, Membership.city_id, Membership.organisation_id))
    .outerjoin(
        Partner,
        and_(
            Partner.city_id == Activity.city_id,
            Partner.activity_id == Activity.id,
            # Two organisations that became one may have been both.
            Partner.organisation_id != Activity.organisation_id,
        ),
    )
    .outerjoin(_partner, _same(_partner, Partner.city_id, Partner.organisation_id))
    .outerjoin(Series, _same(Series, Activity.city_id, Activity.series_id))
    .where(Activity.id == bindparam("activity_id"), VISIBLE)
    .order_by(_partner.sort_key, _partner.id)
)


def read_detail(activity_id: str, viewer: Viewer) -> Detail | None:
    """The activity and its names, if ``viewer`` may see it; one query."""
    rows = db.session.execute(_DETAIL, {"activity_id": activity_id, **sight(viewer)}).all()
    if not rows:
        return None
    activity, lead_names, person, writer_names, _id, _names, series = rows[0]
    return Detail(
        activity,
        name_of(lead_names, viewer.locale),
        person or "",
        name_of(writer_names, viewer.locale) if writer_names else "",
        tuple((row[4], name_of(row[5], viewer.locale)) for row in rows if row[4]),
        series,
    )


_HISTORY = (
    select(
        Change.id.label("change_id"),
        Change.changed_at,
        Change.version,
        Change.way,
        Change.fields,
        Change.batch,
        Membership.shown_name,
    )
    .outerjoin(
        Membership,
        and_(Membership.city_id == Change.city_id, Membership.id == Change.changed_by),
    )
    .where(Change.activity_id == bindparam("activity_id"))
    .order_by(Change.version.desc(), Change.id)
    .limit(100)
)


def read_history(activity_id: str) -> list[tuple[Row[Any], str]]:
    """The changes of an activity and who made them, the latest first; one query."""
    rows = db.session.execute(_HISTORY, {"activity_id": activity_id})
    return [(change, change.shown_name or "") for change in rows]


def read_surroundings(
    activity: Activity, viewer: Viewer
) -> tuple[list[tuple[Row[Any], str]], list[Neighbour]]:
    """The changes of an activity as :func:`read_history` gives them, and what happens near it; one query for both.

    What has been, or does not take place, has no neighbours.
    """
    around = around_of(activity)
    if activity.status != Status.PLANNED or not around.asks:
        return read_history(activity.id), []
    parameters = {"activity_id": activity.id} | near_parameters(around) | sight(viewer)
    rows = db.session.execute(_history_and_near(*around.shape), parameters).all()
    changes = [row for row in rows if row.change_id is not None]
    changes.sort(key=lambda row: (-row.version, row.change_id))
    return (
        [(row, row.shown_name or "") for row in changes],
        neighbours(around, [row for row in rows if row.change_id is None]),
    )


@lru_cache(maxsize=64)
def _history_and_near(groups: int, in_a_place: bool) -> Any:
    """Both in one statement: a question for each would be one more than the page may ask."""
    history = _HISTORY.subquery("history")
    close = near_query(groups, in_a_place).subquery("close")
    return union_all(
        select(*history.c, *(cast(null(), column.type).label(column.name) for column in close.c)),
        select(*(cast(null(), column.type).label(column.name) for column in history.c), *close.c),
    )


def around_of(activity: Activity) -> Around:
    """What others are compared with."""
    return Around(
        activity.start_date,
        activity.place,
        tuple(activity.target_groups),
        activity.id,
        activity.series_id or "",
    )
