"""Series: made of an activity, and changed or cancelled for one date, this and the following ones, or all.

Every date is an activity of its own, so whatever happens to a series, each keeps its address, its identifier in
calendars, its attachments and what was reported. What has been held, and what lies in the past, is never changed by
changing others; a date on which somebody changed a field keeps its own value of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, inspect, or_, select, update
from sqlalchemy.orm.attributes import flag_modified

from core.api import (
    Organisation,
    Viewer,
    calendar_changed,
    db,
    new_id,
    record,
    utcnow,
)
from plugins.activities.models import Activity, Change, Partner, Series
from plugins.activities.services.access import VISIBLE, may_change, may_see, ref_of, sight
from plugins.activities.services.announcing import tell_invited
from plugins.activities.services.entries import (
    REPORTED_FIELDS,
    TIME_FIELDS,
    Entry,
    differences,
    entry_of,
    place_in_time,
    settle_status,
    sibling,
    tidy,
    write,
)
from plugins.activities.services.records import (
    add_change,
    change_activity,
    change_status,
    conflict_of,
    partner_ids,
    status_after,
)
from plugins.activities.services.rhythm import (
    Rhythm,
    dates_of,
    ending,
    endless,
    full_rule,
    moved_rule,
    mover,
    parts_of,
    without_end,
)
from plugins.activities.services.telling import follow, tell_changes
from plugins.activities.services.texts import KEPT_FIELDS, keep_texts
from plugins.activities.words import Status


class Scope(StrEnum):
    """Which dates of a series a change is meant for."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"


class AlreadyRepeats(Exception):
    """The activity is part of a series already."""


# -- Making ------------------------------------------------------------------------------------------------------


def repeat(
    activity: Activity, rhythm: Rhythm, skipped: Iterable[date], viewer: Viewer, today: date
) -> int:
    """Make a series of an activity fetched for change, which is its first date; returns how many dates it has.

    ``skipped`` are dates of the rule that are left out. Raises :class:`AlreadyRepeats`, and what
    :func:`~plugins.activities.services.rhythm.dates_of` raises.
    """
    if activity.series_id is not None:
        raise AlreadyRepeats
    start = activity.start_date
    dates = dates_of(rhythm, start, today)
    left_out = sorted(set(dates[1:]) & set(skipped))
    partners = partner_ids(activity.id)
    entry = entry_of(activity, partners)
    series = Series(
        id=new_id(),
        organisation_id=activity.organisation_id,
        rule=full_rule(rhythm, start),
        zone=activity.zone,
        all_day=activity.all_day,
        wall_start=activity.wall_start,
        wall_end=_wall_end(entry),
        exdates=[day.isoformat() for day in left_out],
        filled_until=dates[-1],
    )
    db.session.add(series)
    db.session.flush()
    activity.series_id, activity.occurrence_key = series.id, _key(activity.wall_start, series)
    span = (entry.end_date or start) - start
    made = []
    for day in dates[1:]:
        if day in left_out:
            continue
        one = sibling(activity, status=settle_status("", day, "", today))
        place_in_time(one, day, entry.start_time, day + span if span else None, entry.end_time)
        one.occurrence_key = _key(one.wall_start, series)
        made.append(one)
    db.session.add_all(made)
    db.session.flush()
    add_partners([one.id for one in made], partners)
    keep_texts(made, None)
    follow([activity.id, *(one.id for one in made)])
    calendar_changed()
    record(
        "activities.series_made",
        subject=ref_of(activity.id),
        details={"rule": series.rule, "dates": str(len(made) + 1)},
    )
    return len(made) + 1


def add_partners(activity_ids: Iterable[str], organisations: Iterable[str]) -> None:
    """Let organisations take part in several activities that have no partners yet."""
    organisations = list(organisations)
    db.session.add_all(
        Partner(activity_id=identifier, organisation_id=each)
        for identifier in activity_ids
        for each in organisations
    )
    db.session.flush()


def _key(wall: datetime, series: Series) -> str:
    return wall.date().isoformat() if series.all_day else wall.isoformat()


def _wall_end(entry: Entry) -> datetime | None:
    """When the first date ends, as series keep it: of whole days the last one, None where no end is known."""
    last = entry.end_date or entry.start_date
    if entry.start_time is None:
        return datetime.combine(last, time())
    if entry.end_time is not None:
        return datetime.combine(last, entry.end_time)
    return datetime.combine(last, entry.start_time) if entry.end_date else None


# -- Which dates -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """How many dates a change would touch, the one in hand included."""

    following: int
    all: int

    @property
    def others(self) -> bool:
        """Whether there is anything to ask."""
        return self.all > 1

    def of(self, scope: Scope) -> int:
        """How many dates a scope touches."""
        return {Scope.ONE: 1, Scope.FOLLOWING: self.following, Scope.ALL: self.all}[scope]


_WAITING = frozenset({Status.PLANNED, Status.POSTPONED, Status.CANCELLED})


def reach_of(activity: Activity, viewer: Viewer, today: date) -> Reach:
    """What each scope would touch; one query, none for an activity that stands alone."""
    if activity.series_id is None:
        return Reach(1, 1)
    rows = db.session.execute(
        select(
            Activity.id,
            Activity.occurrence_key,
            Activity.wall_start,
            Activity.start_date,
            Activity.status,
            Activity.visibility,
            Activity.organisation_id,
            Activity.logged_by,
        ).where(
            Activity.series_id == activity.series_id,
            Activity.id != activity.id,
            Activity.start_date >= today,
        )
    ).all()
    coming = [row for row in rows if _is_open(row, viewer, today)]
    following = sum(_place(row) > _place(activity) for row in coming)
    return Reach(1 + following, 1 + len(coming))


def _place(row: Any) -> tuple[str, str]:
    """The order of a series: by the dates of its rule, whatever became of them."""
    return row.occurrence_key or row.wall_start.isoformat(), row.id


def _is_open(row: Any, viewer: Viewer, today: date) -> bool:
    """Whether a change of another date may reach this one: it lies ahead, and the viewer could change it alone."""
    return (
        row.status in _WAITING
        and row.start_date >= today
        and may_see(row, viewer)
        and may_change(row, viewer)
    )


@dataclass(slots=True)
class _Hold:
    """A series with all its dates in order, and the one in hand, held until the transaction ends."""

    series: Series
    rows: list[Activity]
    pivot: Activity

    def reached(self, scope: Scope, viewer: Viewer, today: date) -> list[Activity]:
        """The other dates that a change is meant for."""
        return [
            row
            for row in self.rows
            if row is not self.pivot
            and _is_open(row, viewer, today)
            and (scope is Scope.ALL or _place(row) > _place(self.pivot))
        ]


def _hold(activity: Activity) -> _Hold:
    """The series is held first, so that two changes of one series come one after the other."""
    series = db.session.scalars(
        select(Series)
        .where(Series.id == activity.series_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    rows = db.session.scalars(
        select(Activity)
        .where(Activity.series_id == series.id)
        .order_by(Activity.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return _Hold(series, sorted(rows, key=_place), activity)


def _partners_of(series_id: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for identifier, organisation in db.session.execute(
        select(Partner.activity_id, Partner.organisation_id)
        .join(
            Activity,
            and_(Activity.city_id == Partner.city_id, Activity.id == Partner.activity_id),
        )
        .where(Activity.series_id == series_id)
        .order_by(Partner.organisation_id)
    ):
        found.setdefault(identifier, []).append(organisation)
    return {identifier: tuple(organisations) for identifier, organisations in found.items()}


# -- Changing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """How many dates were changed, and the press that did it, by which it can be taken back."""

    dates: int
    batch: str = ""


def change_dates(
    activity: Activity, entry: Entry, version: int, scope: Scope, viewer: Viewer, today: date
) -> Done:
    """Write ``entry`` on an activity, and what it changes on the other dates of ``scope``.

    Others take over only the fields that differ from what was stored, and none that tells how this date went. Added
    partners are added to each, removed ones removed. A new day or time moves the dates that lie ahead. Raises
    :class:`~plugins.activities.services.records.Conflict`.
    """
    if scope is Scope.ONE or activity.series_id is None:
        return Done(int(change_activity(activity, entry, version, viewer, today)))
    hold = _hold(activity)
    partners = _partners_of(hold.series.id)
    stored = entry_of(activity, partners.get(activity.id, ()))
    entry = tidy(entry)
    entry = replace(entry, status=status_after(stored, entry, today))
    changed = differences(stored, entry)
    shared = set(changed) - REPORTED_FIELDS
    if entry.status in {Status.HELD, Status.REPORTED}:
        shared -= {"status"}
    if not shared:
        return Done(int(change_activity(activity, entry, version, viewer, today)))
    if version != activity.version:
        raise conflict_of(activity, stored, entry, version)
    others = hold.reached(scope, viewer, today)
    terms = _Terms(stored, entry, frozenset(shared), hold.series.rule, _day_by_rule(activity))
    before = {row.id: entry_of(row, partners.get(row.id, ())) for row in others}
    after = {row.id: terms.carried(before[row.id], set(row.overrides)) for row in others}
    before[activity.id], after[activity.id] = stored, entry
    with db.session.no_autoflush:
        _part(hold, scope)
        if shared & TIME_FIELDS:
            _move_series(hold, [activity, *others], terms)
        batch, changes = new_id(), []
        for row in (activity, *others):
            told = differences(before[row.id], after[row.id])
            if told:
                _write(row, after[row.id], told, viewer)
                add_change(row, viewer.membership_id, told, batch=batch)
                changes.append((row, told))
        activity.overrides = sorted(set(activity.overrides) - shared)
        _alike(hold.rows)
    db.session.flush()
    touched = [row.id for row, _told in changes]
    _write_partners(
        {each: before[each].partners for each in touched},
        {each: after[each].partners for each in touched},
    )
    if KEPT_FIELDS & shared:
        keep_texts([row for row, _told in changes], viewer)
    tell_changes(changes, viewer)
    calendar_changed()
    tell_invited(changes)
    _record(activity, scope, len(touched), ", ".join(sorted(shared)))
    return Done(len(touched), batch)


def _record(activity: Activity, scope: Scope, dates: int, fields: str) -> None:
    record(
        "activities.series_changed",
        subject=ref_of(activity.id),
        details={"scope": scope.value, "dates": str(dates), "fields": fields},
    )


def _day_by_rule(activity: Activity) -> date:
    """The day that the series gives a date, which may have been moved by itself since."""
    if "start_date" in activity.overrides and activity.occurrence_key:
        return date.fromisoformat(activity.occurrence_key[:10])
    return activity.start_date


@dataclass(frozen=True, slots=True)
class _Terms:
    """What somebody changed on one date, as others take it over."""

    stored: Entry
    wished: Entry
    shared: frozenset[str]
    rule: str
    day: date

    def move(self, day: date) -> date:
        """Where a date of the series goes."""
        if "start_date" not in self.shared:
            return day
        return mover(self.rule, self.day, self.wished.start_date)(day)

    def carried(self, row: Entry, own: set[str]) -> Entry:
        """What another date says afterwards; ``own`` are the fields it keeps."""
        plain = self.shared - own - TIME_FIELDS - {"partners"}
        values: dict[str, Any] = {name: getattr(self.wished, name) for name in plain}
        if "partners" in self.shared:
            was, now = set(self.stored.partners), set(self.wished.partners)
            values["partners"] = tuple((set(row.partners) - (was - now)) | (now - was))
        return tidy(replace(self._timed(row, (self.shared & TIME_FIELDS) - own), **values))

    def _timed(self, row: Entry, fields: frozenset[str]) -> Entry:
        if not fields:
            return row
        start = self.move(row.start_date) if "start_date" in fields else row.start_date
        span = _span(row)
        if "end_date" in fields and _span(self.wished) != _span(self.stored):
            span = _span(self.wished)
        begin = self.wished.start_time if "start_time" in fields else row.start_time
        until = self.wished.end_time if "end_time" in fields else row.end_time
        if begin is not None and until is not None and not span and until < begin:
            # With a time of its own it would end before it begins: then it keeps the whole of it.
            begin, until = row.start_time, row.end_time
        end = start + span if span else None
        return replace(row, start_date=start, end_date=end, start_time=begin, end_time=until)


def _span(entry: Entry) -> timedelta:
    return (entry.end_date or entry.start_date) - entry.start_date


def _write(row: Activity, entry: Entry, told: Mapping[str, Any], viewer: Viewer) -> None:
    write(row, entry)
    if "organisation_id" in told:
        row.on_behalf = row.on_behalf or entry.organisation_id != viewer.organisation_id


def _alike(rows: Sequence[Activity]) -> None:
    """Let all changed rows write the same columns, so that they go to the database in one statement."""
    changes = {
        row: {each.key for each in inspect(row).attrs if each.history.has_changes()} for row in rows
    }
    written = set().union(*changes.values())
    for row, names in changes.items():
        for name in written if names else ():
            flag_modified(row, name)


def _write_partners(
    before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]
) -> None:
    leaving: dict[tuple[str, ...], list[str]] = {}
    for identifier, organisations in after.items():
        left = tuple(sorted(set(before[identifier]) - set(organisations)))
        if left:
            leaving.setdefault(left, []).append(identifier)
    for gone, identifiers in leaving.items():
        db.session.execute(
            delete(Partner).where(
                Partner.activity_id.in_(identifiers), Partner.organisation_id.in_(gone)
            )
        )
    db.session.add_all(
        Partner(activity_id=identifier, organisation_id=each)
        for identifier, organisations in after.items()
        for each in sorted(set(organisations) - set(before[identifier]))
    )
    db.session.flush()


# -- Parting, and moving the rule --------------------------------------------------------------------------------


def _day(key: str) -> date:
    return date.fromisoformat(key[:10])


def _end_of(rule: str) -> date | None:
    """The day on which a rule says it ends."""
    until = parts_of(rule).get("UNTIL", "")
    return datetime.strptime(until[:8], "%Y%m%d").date() if until else None  # noqa: DTZ007  a day has no zone


def _part(hold: _Hold, scope: Scope) -> None:
    """For "this and the following" the dates from the one in hand on become a series of their own.

    Their rows move along, with everything that hangs on them. Where nothing comes before, the series stays as it is.
    """
    series, pivot = hold.series, hold.pivot
    earlier = [row for row in hold.rows if _place(row) < _place(pivot)]
    if scope is Scope.ALL or not earlier:
        return
    hold.rows = [row for row in hold.rows if _place(row) >= _place(pivot)]
    key, last = _place(pivot)[0], _day(_place(earlier[-1])[0])
    start = datetime.fromisoformat(key)
    later = Series(
        id=new_id(),
        organisation_id=series.organisation_id,
        rule=series.rule,
        zone=series.zone,
        all_day=series.all_day,
        wall_start=start,
        wall_end=series.wall_end and start + (series.wall_end - series.wall_start),
        rdates=[each for each in series.rdates if each[:10] >= key[:10]],
        exdates=[each for each in series.exdates if each[:10] >= key[:10]],
        filled_until=series.filled_until,
        source_uid=series.source_uid,
        fingerprint=series.fingerprint,
        moved_here=series.moved_here,
        follows_id=series.id,
        # The latest of an imported calendar is the one that a later import adds its dates to.
        created_at=utcnow(),
    )
    if series.rule and not endless(series.rule):
        # So many times are counted from the first date, which the new series does not hold.
        later.rule = ending(series.rule, _last_day(hold.rows, _end_of(series.rule)))
    series.rule = ending(series.rule, last)
    series.filled_until = last
    series.rdates = [each for each in series.rdates if each[:10] < key[:10]]
    series.exdates = [each for each in series.exdates if each[:10] < key[:10]]
    db.session.add(later)
    db.session.flush()
    for row in hold.rows:
        row.series_id = later.id
    hold.series = later


def _last_day(rows: Sequence[Activity], end: date | None) -> date:
    days = [_day(_place(row)[0]) for row in rows]
    return max([*days, end] if end is not None else days)


def _move_series(hold: _Hold, rows: Sequence[Activity], terms: _Terms) -> None:
    """Let the rule, and the dates by the rule of ``rows``, follow a new day or time."""
    series, wished = hold.series, terms.wished
    bounded = bool(series.rule) and not endless(series.rule)
    first = min(_day(_place(row)[0]) for row in rows)
    length = None if series.wall_end is None else series.wall_end - series.wall_start
    if terms.shared - {"start_date"} & TIME_FIELDS:
        end = _wall_end(wished)
        begin = datetime.combine(wished.start_date, wished.start_time or time())
        length = None if end is None else end - begin
    if "start_time" in terms.shared:
        series.all_day, clock = wished.start_time is None, wished.start_time or time()
    else:
        clock = series.wall_start.time()
    series.wall_start = datetime.combine(terms.move(first), clock)
    series.wall_end = None if length is None else series.wall_start + length
    series.exdates = [
        terms.move(_day(each)).isoformat() if _day(each) >= first else each
        for each in series.exdates
    ]
    _rekey(hold, rows, lambda day: _key(datetime.combine(terms.move(day), clock), series))
    end_day = _end_of(series.rule)
    moved = "start_date" in terms.shared
    series.rule = rule = (
        moved_rule(series.rule, terms.day, wished.start_date) if moved else without_end(series.rule)
    )
    if bounded:
        series.rule = ending(rule, _last_day(hold.rows, end_day and terms.move(end_day)))
    if series.filled_until is not None:
        series.filled_until = terms.move(series.filled_until)
    series.moved_here = series.source_uid is not None


def _rekey(hold: _Hold, rows: Sequence[Activity], key: Callable[[date], str]) -> None:
    """Give ``rows`` the dates that the moved rule gives them; what stays behind and is in their way loses its own."""
    wanted = {row.id: key(_day(row.occurrence_key)) for row in rows if row.occurrence_key}
    taken = set(wanted.values())
    in_the_way = {
        row.id for row in hold.rows if row.id not in wanted and row.occurrence_key in taken
    }
    # In one statement a date may come to where another still is: all make room first.
    db.session.execute(
        update(Activity)
        .where(Activity.id.in_([*wanted, *in_the_way]))
        .values(occurrence_key=None)
        .execution_options(synchronize_session=False)
    )
    for row in hold.rows:
        if row.id in wanted or row.id in in_the_way:
            row.occurrence_key = wanted.get(row.id)
            flag_modified(row, "occurrence_key")


# -- Cancelling, postponing, planning again ----------------------------------------------------------------------


def change_status_of_dates(
    activity: Activity, status: Status, scope: Scope, viewer: Viewer, today: date
) -> Done:
    """Cancel or postpone dates of a series that lie ahead, or plan them again.

    A date whose status somebody changed by itself keeps it. Raises
    :class:`~plugins.activities.services.records.NotYet`.
    """
    if scope is Scope.ONE or activity.series_id is None or status.took_place:
        before = change_status(activity, status, viewer, today)
        return Done(int(before != activity.status))
    hold = _hold(activity)
    others = [row for row in hold.reached(scope, viewer, today) if "status" not in row.overrides]
    batch, changes = new_id(), []
    with db.session.no_autoflush:
        _part(hold, scope)
        for row in (activity, *others):
            if row.status == status:
                continue
            told = {"status": [row.status, status.value]}
            row.status = status.value
            add_change(row, viewer.membership_id, told, way="status", batch=batch)
            changes.append((row, told))
        activity.overrides = sorted(set(activity.overrides) - {"status"})
        _alike(hold.rows)
    db.session.flush()
    if changes:
        tell_changes(changes, viewer)
        calendar_changed()
        tell_invited(changes)
        _record(activity, scope, len(changes), "status")
    return Done(len(changes), batch)


def undo_status(batch: str, viewer: Viewer) -> int:
    """Give the dates that one press cancelled or postponed the status they had; returns how many.

    What somebody has changed since stays as it is.
    """
    found = db.session.execute(
        select(Change, Activity)
        .join(Activity, and_(Activity.city_id == Change.city_id, Activity.id == Change.activity_id))
        .where(Change.batch == batch, Change.way == "status", Change.version == Activity.version)
        .order_by(Activity.id)
        .with_for_update(of=Activity)
        .execution_options(populate_existing=True)
    ).all()
    back = [
        (change, row) for change, row in found if may_see(row, viewer) and may_change(row, viewer)
    ]
    again, changes = new_id(), []
    for change, row in back:
        was, now = change.fields["status"]
        row.status = was
        told = {"status": [now, was]}
        add_change(row, viewer.membership_id, told, way="status", batch=again)
        changes.append((row, told))
    _alike([row for _change, row in back])
    db.session.flush()
    if back:
        tell_changes(changes, viewer)
        calendar_changed()
        tell_invited([(row, change.fields) for change, row in back])
        record(
            "activities.series_changed",
            subject=ref_of(back[0][1].id),
            details={"undone": batch, "dates": str(len(back))},
        )
    return len(back)


# -- Reading -----------------------------------------------------------------------------------------------------

MOST_SHOWN = 600
_SHOWN = (
    select(
        Activity.id,
        Activity.title,
        Activity.language,
        Activity.translations,
        Activity.status,
        Activity.all_day,
        Activity.wall_start,
        Activity.wall_end,
        Activity.start_date,
        Activity.end_date,
        Activity.place,
        Activity.participants,
        Activity.overrides,
        Activity.visibility,
        Activity.organisation_id,
        Activity.logged_by,
        Organisation.names.label("organisation_names"),
        Series,
    )
    .select_from(Series)
    .join(Activity, and_(Activity.city_id == Series.city_id, Activity.series_id == Series.id))
    .join(
        Organisation,
        and_(Organisation.city_id == Activity.city_id, Organisation.id == Activity.organisation_id),
    )
    .where(Series.id == bindparam("series_id"), VISIBLE)
    .order_by(Activity.start_utc.desc(), Activity.id)
    .limit(MOST_SHOWN)
)


def read_series(series_id: str, viewer: Viewer) -> list[Row[Any]]:
    """The dates of a series that ``viewer`` may see, the latest first, each with the series; one query."""
    return list(db.session.execute(_SHOWN, {"series_id": series_id, **sight(viewer)}))


def neighbours_of(series: Series, viewer: Viewer) -> tuple[str, str]:
    """The series that this one goes on from, and the one that goes on from it; one query.

    Empty where there is none, and where ``viewer`` may see none of its dates.
    """
    seen = exists().where(
        Activity.city_id == Series.city_id, Activity.series_id == Series.id, VISIBLE
    )
    found = db.session.scalars(
        select(Series.id)
        .where(or_(Series.id == series.follows_id, Series.follows_id == series.id), seen)
        .order_by(Series.created_at),
        sight(viewer),
    ).all()
    before = series.follows_id or ""
    after = next((each for each in found if each != before), "")
    return before if before in found else "", after
