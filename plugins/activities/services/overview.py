"""Activities as the calendar, the home page and other plugins' pages show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, case, func, or_, select, true

from core.api import Organisation, Viewer, db
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.access import visible_to
from plugins.activities.services.listing import (
    months_on,
    quarter_of,
    took_place,
    unfinished,
)
from plugins.activities.words import Status, Visibility

MONTHS_SHOWN = 6
LATEST = 5
# Below this many people a figure could tell of somebody; observers read "fewer than".
SMALL = 5


def _with_organisation(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Activity)
        .join(
            Organisation,
            and_(
                Organisation.city_id == Activity.city_id,
                Organisation.id == Activity.organisation_id,
            ),
        )
    )


def calendar_rows(viewer: Viewer, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """What happens in a stretch of time, with ``visible`` for what the viewer may read; one query.

    Of the others only those that take up time are given.
    """
    visible = visible_to(viewer)
    return (
        db.session.execute(
            _with_organisation(
                Activity.id,
                Activity.uid,
                Activity.sequence,
                Activity.title,
                Activity.description,
                Activity.language,
                Activity.translations,
                Activity.status,
                Activity.zone,
                Activity.all_day,
                Activity.wall_start,
                Activity.wall_end,
                Activity.start_utc,
                Activity.end_utc,
                Activity.start_date,
                Activity.end_date,
                Activity.place,
                Activity.place_sensitive,
                Activity.level,
                Activity.organisation_id,
                Activity.updated_at,
                Organisation.names.label("organisation_names"),
                case((visible, 1), else_=0).label("visible"),
            )
            .where(
                Activity.start_utc < end,
                # A moment without length belongs to the stretch in which it starts.
                or_(Activity.end_utc > start, Activity.start_utc >= start),
                or_(
                    visible,
                    Activity.status.not_in([Status.CANCELLED.value, Status.POSTPONED.value]),
                ),
            )
            .order_by(Activity.start_utc, Activity.id)
        ).all()
        if viewer.may(Permission.SEE)
        else []
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of the home page: this quarter's, last quarter's, and month by month.

    ``unfinished`` are activities of the viewer's own organisation that should have a result and have none.
    """

    activities: int
    people: int
    activities_before: int
    people_before: int
    activities_by_month: tuple[int, ...]
    people_by_month: tuple[int, ...]
    unfinished: int
    first_day: date
    last_month: date


def home(viewer: Viewer, today: date) -> tuple[Figures, list[Row[Any]]]:
    """Figures of what took place and whom it reached, and what was logged last; one query for both.

    Whoever may see activities counts those they may see; an observer counts those that every member may see, and
    gets no list.
    """
    quarter = quarter_of(today)
    after, before = months_on(quarter, 3), months_on(quarter, -3)
    first_month = months_on(today.replace(day=1), 1 - MONTHS_SHOWN)
    spans = [(quarter, after), (before, quarter)] + [
        (months_on(first_month, number), months_on(first_month, number + 1))
        for number in range(MONTHS_SHOWN)
    ]
    counted = (
        select(*_sums(spans), _count(unfinished(viewer, today)).label("unfinished"))
        .where(
            visible_to(viewer)
            if viewer.may(Permission.SEE)
            else Activity.visibility == Visibility.MEMBERS.value,
            Activity.start_date >= min(first_month, before),
        )
        .subquery("counted")
    )
    latest = (
        _with_organisation(
            Activity.id,
            Activity.title,
            Activity.language,
            Activity.translations,
            Activity.status,
            Activity.start_date,
            Activity.created_at,
            Organisation.names.label("organisation_names"),
        )
        .where(visible_to(viewer))
        .order_by(Activity.created_at.desc(), Activity.id)
        .limit(LATEST)
        .subquery("latest")
    )
    rows = list(db.session.execute(select(counted, latest).outerjoin_from(counted, latest, true())))
    numbers = [int(value) for value in rows[0][: 2 * len(spans) + 1]]
    months = numbers[4:-1]
    found = Figures(
        activities=numbers[0],
        people=numbers[1],
        activities_before=numbers[2],
        people_before=numbers[3],
        activities_by_month=tuple(months[::2]),
        people_by_month=tuple(months[1::2]),
        unfinished=numbers[-1],
        first_day=quarter,
        last_month=months_on(quarter, 2),
    )
    listed = [row for row in rows if row.id is not None]
    return found, sorted(listed, key=lambda row: row.created_at, reverse=True)


def _count(condition: Any, what: Any = 1) -> Any:
    return func.coalesce(func.sum(case((condition, what), else_=0)), 0)


def _sums(spans: Sequence[tuple[date, date]]) -> Iterator[Any]:
    """For each span: how many activities took place, and how many people came."""
    for number, (first, end) in enumerate(spans):
        inside = and_(took_place(), Activity.start_date >= first, Activity.start_date < end)
        yield _count(inside).label(f"activities_{number}")
        yield _count(inside, func.coalesce(Activity.participants, 0)).label(f"people_{number}")


def titles_of(ids: Sequence[str], viewer: Viewer) -> Iterator[Row[Any]]:
    """Title and language of those of the activities that ``viewer`` may see; one query."""
    if ids:
        yield from db.session.execute(
            select(
                Activity.id,
                Activity.title,
                Activity.description,
                Activity.language,
                Activity.translations,
            ).where(Activity.id.in_(ids), visible_to(viewer))
        )
