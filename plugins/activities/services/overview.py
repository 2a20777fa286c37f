"""Activities as the calendar, the home page and other plugins' pages show them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from json import dumps, loads
from types import SimpleNamespace
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
    inspect,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm.util import identity_key

from core.api import (
    CalendarEntry,
    Organisation,
    Viewer,
    current_city,
    db,
    kept_alias,
    partners,
    until_changed,
)
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.access import VISIBLE, may_change, may_see, sight, visible_to
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


def _told(row: Any, seen: Any) -> tuple[Any, ...]:
    """What the calendar tells of an activity, in the order in which it is read; ``row`` is the class or its columns."""
    return (
        row.id,
        row.uid,
        row.sequence,
        row.title,
        row.description,
        row.language,
        # As it is stored: most have none, and ten thousand empty ones take longer to read than their titles.
        cast(row.translations, Text),
        row.status,
        row.zone,
        row.all_day,
        row.wall_start,
        row.wall_end,
        row.start_utc,
        row.end_utc,
        row.start_date,
        row.end_date,
        case((row.place_sensitive.is_(True), ""), else_=row.place),
        row.level,
        row.organisation_id,
        row.updated_at,
        case((seen, 1), else_=0),
    )


# A feed reads ten thousand rows, and the session takes a third more time over each than the bare connection. So these
# are the columns of the table, and the statement itself says which city it asks: the walls refuse one that does not.
_row = Activity.__table__.c
_seen = or_(
    _row.visibility == bindparam("seen_visibility"),
    _row.logged_by == bindparam("seen_by"),
    _row.organisation_id == bindparam("seen_from"),
)
_CALENDAR = (
    select(*_told(_row, _seen))
    .where(
        _row.city_id == bindparam("city"),
        _row.start_utc < bindparam("end"),
        # Says no more than the next condition, but an index can serve it.
        _row.end_utc >= bindparam("start"),
        # A moment without length belongs to the stretch in which it starts.
        or_(
            _row.end_utc > bindparam("start"),
            _row.start_utc >= bindparam("start"),
        ),
        or_(
            _seen,
            _row.status.not_in([Status.CANCELLED.value, Status.POSTPONED.value]),
        ),
    )
    .order_by(_row.start_utc, _row.id)
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
    rows = db.session.connection().execute(
        _CALENDAR, {"city": current_city().id, "start": start, "end": end, **sight(viewer)}
    )
    # Part by part: all of them at once, before the first is used, would be the most memory that a feed takes.
    rows.yield_per(ROWS_AT_ONCE)
    yield from _entries(rows, viewer, base, names)


def _entries(
    rows: Iterable[Any], viewer: Viewer, base: str, names: Mapping[str, str]
) -> Iterator[CalendarEntry]:
    """Each row of :func:`_told` as an entry, as the viewer may read it; ``names`` are those of organisations."""
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


_EVENTS = select(*_told(Activity, VISIBLE), Activity.logged_by).where(
    Activity.id.in_(bindparam("ids", expanding=True))
)


def events_of(ids: Sequence[str], viewer: Viewer, base: str) -> dict[str, CalendarEntry]:
    """Those of the activities that there are, by identifier, as the calendar tells them; at most one query.

    Unlike there, also of what the viewer may not read: who was invited must hear when it moves or is called off.
    """
    rows: list[Any] = [one for each in ids if (one := _read_already(each, viewer)) is not None]
    others = sorted(set(ids) - {row[0] for row in rows})
    if others:
        rows += db.session.execute(_EVENTS, {"ids": others, **sight(viewer)})
    found = {}
    for row, entry in zip(
        rows, _entries([row[:-1] for row in rows], viewer, base, {}), strict=True
    ):
        identifier, status, known_end = row[0], row[7], row[11] is not None
        kept_by: Any = SimpleNamespace(organisation_id=row[18], logged_by=row[-1])
        found[identifier] = replace(
            entry,
            status=status,
            # Taken time ends somewhere on a page; in a message an end that nobody gave is none.
            end=entry.end if known_end else None,
            url=f"{base}{identifier}",
            may_invite=not entry.busy_only and may_change(kept_by, viewer),
        )
    return found


def _read_already(identifier: str, viewer: Viewer) -> tuple[Any, ...] | None:
    """The row of an activity that the page in hand has read for itself; asking again would be a query too many."""
    key = identity_key(Activity, (current_city().id, identifier))
    one: Activity | None = db.session.identity_map.get(key)
    if one is None or inspect(one).expired:
        return None
    return (
        one.id, one.uid, one.sequence, one.title, one.description, one.language,
        dumps(one.translations or {}), one.status, one.zone, one.all_day, one.wall_start,
        one.wall_end, one.start_utc, one.end_utc, one.start_date, one.end_date,
        "" if one.place_sensitive else one.place, one.level, one.organisation_id, one.updated_at,
        may_see(one, viewer), one.logged_by,
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
_earlier = kept_alias(Activity)
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
