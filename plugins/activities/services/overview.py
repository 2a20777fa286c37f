"""Activities as the calendar, the home page and other plugins' pages show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from json import loads
from typing import Any

from sqlalchemy import (
    Date,
    Row,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from core.api import CalendarEntry, Organisation, Viewer, db, partners, until_changed
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.access import VISIBLE, sight, visible_to
from plugins.activities.services.listing import (
    months_on,
    quarter_of,
    report_due,
    took_place,
    unreported,
)
from plugins.activities.services.texts import shown_text
from plugins.activities.words import Status

MONTHS_SHOWN = 6
LATEST = 5
WAITING = 4
ROWS_AT_ONCE = 500
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


_CALENDAR = (
    select(
        Activity.id,
        Activity.uid,
        Activity.sequence,
        Activity.title,
        Activity.description,
        Activity.language,
        # As it is stored: most have none, and ten thousand empty ones take longer to read than their titles.
        cast(Activity.translations, Text),
        Activity.status,
        Activity.zone,
        Activity.all_day,
        Activity.wall_start,
        Activity.wall_end,
        Activity.start_utc,
        Activity.end_utc,
        Activity.start_date,
        Activity.end_date,
        case((Activity.place_sensitive.is_(True), ""), else_=Activity.place),
        Activity.level,
        Activity.organisation_id,
        Activity.updated_at,
        case((VISIBLE, 1), else_=0),
    )
    .where(
        Activity.start_utc < bindparam("end"),
        # Says no more than the next condition, but an index can serve it.
        Activity.end_utc >= bindparam("start"),
        # A moment without length belongs to the stretch in which it starts.
        or_(
            Activity.end_utc > bindparam("start"),
            Activity.start_utc >= bindparam("start"),
        ),
        or_(
            VISIBLE,
            Activity.status.not_in([Status.CANCELLED.value, Status.POSTPONED.value]),
        ),
    )
    .order_by(Activity.start_utc, Activity.id)
)
_NO_TRANSLATION = frozenset({"{}", "null", None})


def calendar_entries(
    viewer: Viewer, start: datetime, end: datetime, base: str
) -> Iterator[CalendarEntry]:
    """What happens in a stretch of time, in order; of what the viewer may not read the time alone.

    ``base`` is the address below which each activity has its page. One query, and the organisations' names, which
    are remembered. A feed asks for three years at a time: what is done for each row is done ten thousand times.
    """
    if not viewer.may(Permission.SEE):
        return
    names = {one.id: one.name for one in partners(viewer.locale)}
    rows = db.session.execute(_CALENDAR, {"start": start, "end": end, **sight(viewer)})
    # Part by part: all of them at once, before the first is used, would be the most memory that a feed takes.
    rows.yield_per(ROWS_AT_ONCE)
    # Taken apart by place: a look-up by name costs as much as the rest of the loop.
    for (
        identifier, uid, sequence, own_title, own_description, own_language, translations, status, zone, all_day,
        wall_start, wall_end, start_utc, end_utc, start_date, end_date, place, level, organisation, updated, visible,
    ) in rows:  # fmt: skip
        if not visible:
            yield CalendarEntry(
                uid, sequence, "activities", "", "", zone, start_utc, end_utc, wall_start,
                wall_end, updated, all_day, start_date, end_date, busy_only=True,
            )  # fmt: skip
            continue
        title, description, language = own_title, own_description, own_language
        if language != viewer.locale and translations not in _NO_TRANSLATION:
            text = shown_text(title, description, language, loads(translations), viewer.locale)
            title, description, language = text.title, text.description, text.language
        yield CalendarEntry(
            uid, sequence, "activities", title, status, zone, start_utc,
            end_utc if wall_end is not None else None, wall_start, wall_end, updated, all_day,
            # A calendar leaves the house: a sensitive place stays on the page of the activity.
            start_date, end_date, place, description, f"{base}{identifier}", language,
            organisation, names.get(organisation, ""), level,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of the home page: this quarter's, last quarter's, and month by month."""

    activities: int
    people: int
    activities_before: int
    people_before: int
    activities_by_month: tuple[int, ...]
    people_by_month: tuple[int, ...]
    first_day: date
    last_month: date


def _sum_of(condition: Any, what: Any = 1) -> Any:
    return func.sum(case((condition, what), else_=0))


# Both databases write a day as 2026-11-23; SQLite takes the text apart three times as fast as the date.
_MONTH = func.substr(cast(Activity.start_date, String), 1, 7, type_=String)
_COUNTED = (
    select(
        _MONTH.label("month"),
        _sum_of(took_place()).label("activities"),
        _sum_of(took_place(), func.coalesce(Activity.participants, 0)).label("people"),
    )
    .where(
        VISIBLE,
        Activity.start_date >= bindparam("since"),
        Activity.start_date < bindparam("before"),
    )
    .group_by(_MONTH)
)
# A series of a hundred dates is one thing that was logged: its first date stands for it.
_earlier = aliased(Activity)
_LATEST = (
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
    .where(
        VISIBLE,
        ~exists().where(
            _earlier.city_id == Activity.city_id,
            _earlier.series_id == Activity.series_id,
            _earlier.occurrence_key < Activity.occurrence_key,
        ),
    )
    .order_by(Activity.created_at.desc(), Activity.id.desc())
    .limit(LATEST)
)


# The latest are best remembered; how many there are stands in each row.
_WAITING = (
    _with_organisation(
        Activity.id,
        Activity.title,
        Activity.language,
        Activity.translations,
        Activity.status,
        Activity.start_date,
        Activity.created_at,
        Organisation.names.label("organisation_names"),
        func.count().over().label("waiting"),
    )
    .where(unreported(bindparam("due", type_=Date)))
    .order_by(Activity.end_utc.desc(), Activity.id)
    .limit(WAITING)
)


def _empty(columns: Any) -> Any:
    return (cast(null(), each.type).label(each.name) for each in columns)


# A query for each would be one more on a page where the cards of all plugins come together.
_latest, _counted = _LATEST.subquery("latest"), _COUNTED.subquery("counted")
_waiting = _WAITING.subquery("waiting")
_number = _waiting.c.waiting
_HOME = union_all(
    select(*_latest.c, *_empty([_number]), *_empty(_counted.c)),
    select(*_waiting.c, *_empty(_counted.c)),
    select(*_empty(_latest.c), *_empty([_number]), *_counted.c),
)


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows: the figures, what was logged last, and what waits for a report of the viewer's own."""

    figures: Figures
    latest: tuple[Row[Any], ...]
    waiting: tuple[Row[Any], ...]
    number_waiting: int


@until_changed
def home(viewer: Viewer, today: date) -> Home:
    """What took place and whom it reached, what was logged last, and what lacks a report; at most one query for all.

    Whoever may see activities counts those they may see; an observer counts those that every member may see.
    """
    quarter = quarter_of(today)
    after, before = months_on(quarter, 3), months_on(quarter, -3)
    first_month = months_on(today.replace(day=1), 1 - MONTHS_SHOWN)
    found = db.session.execute(
        _HOME,
        {
            "due": report_due(today),
            "since": min(first_month, before),
            "before": after,
            **sight(viewer, counts_only=True),
        },
    ).all()
    named = [row for row in found if row.id is not None and viewer.may(Permission.SEE)]
    logged = [row for row in named if row.waiting is None]
    waiting = [row for row in named if row.waiting is not None and viewer.may(Permission.LOG)]
    waiting.sort(key=lambda row: row.start_date, reverse=True)
    rows = [row for row in found if row.id is None]
    by_month = {
        date.fromisoformat(f"{row.month}-01"): (int(row.activities), int(row.people))
        for row in rows
    }
    months = [by_month.get(months_on(first_month, n), (0, 0)) for n in range(MONTHS_SHOWN)]
    now = [both for month, both in by_month.items() if quarter <= month < after]
    earlier = [both for month, both in by_month.items() if before <= month < quarter]
    figures = Figures(
        activities=sum(count for count, _people in now),
        people=sum(people for _count, people in now),
        activities_before=sum(count for count, _people in earlier),
        people_before=sum(people for _count, people in earlier),
        activities_by_month=tuple(count for count, _people in months),
        people_by_month=tuple(people for _count, people in months),
        first_day=quarter,
        last_month=months_on(quarter, 2),
    )
    return Home(
        figures,
        tuple(sorted(logged, key=lambda row: row.created_at, reverse=True)),
        tuple(waiting),
        waiting[0].waiting if waiting else 0,
    )


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
                Activity.visibility,
            ).where(Activity.id.in_(ids), visible_to(viewer))
        )
