"""A calendar file taken over as activities: looked at first, written only when confirmed, all or nothing.

What the file said is kept with each activity, so that a later import changes only what the file changed, and leaves
alone what people changed here since.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select

from core.api import (
    CONTENT_LANGUAGES,
    Organisation,
    Viewer,
    calendar_changed,
    current_city,
    db,
    index_many,
    new_id,
    partners,
    record,
    utcnow,
)
from plugins.activities.calendar_file import (
    CalendarRead,
    EventRead,
    OccurrenceRead,
    Refusal,
    read_calendar,
)
from plugins.activities.models import Activity, PendingImport, Series, new_uid
from plugins.activities.services.access import may_change, visible_to
from plugins.activities.services.entries import index_texts, place_in_time, sibling
from plugins.activities.services.records import note_change, partner_ids
from plugins.activities.services.series import add_partners
from plugins.activities.services.telling import REMINDERS_AHEAD, follow, tell_changes
from plugins.activities.services.texts import KEPT_FIELDS, keep_texts, searchable_of
from plugins.activities.words import Status, Visibility

KEPT_FOR = timedelta(days=1)
# Texts are kept with every date; more than this is a machine's file, not people's.
MOST_TEXT = 40_000_000
_CHUNK = 400
_TEXTS = ("title", "description", "place")
# So many of the last dates of a series are looked at for one that nobody changed by itself.
_LATELY = 20


class TooMuchText(Exception):
    """The texts of the file, times the dates they stand on, are more than a calendar of people holds."""


class PlanChanged(Exception):
    """Between looking and confirming something changed, so that the import would do other than it showed."""


@dataclass(slots=True)
class _Step:
    """What one line of the file does."""

    line: dict[str, Any]
    event: EventRead | None = None
    series: Series | None = None
    create: list[dict[str, Any]] = field(default_factory=list)
    # Each with the fields of history, what to set, and what the file says now.
    change: list[tuple[Activity, dict[str, list[Any]], dict[str, Any], dict[str, Any]]] = field(
        default_factory=list
    )


@dataclass(slots=True)
class Plan:
    """What an import would do, line by line."""

    steps: list[_Step]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines as the preview keeps them: codes and numbers, no sentences."""
        return [step.line for step in self.steps]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines do what."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line["does"]] = found.get(line["does"], 0) + 1
        return found

    @property
    def digest(self) -> str:
        """The same for plans that do the same."""
        return hashlib.sha256(json.dumps(self.lines, sort_keys=True).encode()).hexdigest()

    @property
    def writes(self) -> bool:
        """Whether anything would be written."""
        return any(step.create or step.change for step in self.steps)


def read_file(data: bytes, zone: str, today: date) -> CalendarRead:
    """Read the file. Raises ``CalendarFileError`` when it is unfit as a whole, and :class:`TooMuchText`."""
    read = read_calendar(data, zone=zone, today=today)
    text = sum(
        (len(event.title) + len(event.description) + len(event.place)) * len(event.occurrences)
        for event in read.events
    )
    if text > MOST_TEXT:
        raise TooMuchText
    return read


# -- Planning ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for the whole import."""

    organisation_id: str
    language: str
    viewer: Viewer
    today: date
    untitled: str


def make_plan(
    read: CalendarRead,
    *,
    organisation_id: str,
    language: str,
    viewer: Viewer,
    today: date,
    untitled: str,
) -> Plan:
    """What importing ``read`` for an organisation would do; writes nothing.

    ``language`` is that of texts whose event names none; ``untitled`` stands where an event has no title.
    """
    terms = _Terms(organisation_id, language, viewer, today, untitled)
    uids = [event.uid for event in read.events]
    sources = _sources(organisation_id)
    known = _known(uids, sources)
    series = _known_series(uids, organisation_id, known)
    elsewhere = _elsewhere(uids, sources, terms)
    steps = []
    for line in read.lines:
        if isinstance(line, Refusal):
            steps.append(_Step(_refused(line)))
        elif line.uid in elsewhere and line.uid not in known:
            steps.append(_barred(line, "elsewhere", organisation=elsewhere[line.uid]))
        elif not all(_may_write(row, viewer) for row in known.get(line.uid, ())):
            steps.append(_barred(line, "not_yours"))
        else:
            steps.append(_event_step(line, known.get(line.uid, []), series.get(line.uid), terms))
    return Plan(steps)


def _barred(event: EventRead, code: str, **params: str) -> _Step:
    return _Step({**_line(event, "refuse"), "code": code, "params": params})


def _may_write(activity: Activity, viewer: Viewer) -> bool:
    hidden = (
        activity.visibility == Visibility.ORGANISATION
        and activity.organisation_id != viewer.organisation_id
        and activity.logged_by != viewer.membership_id
    )
    return may_change(activity, viewer) and not hidden


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _sources(organisation_id: str) -> list[str]:
    """The organisation, and those that were merged into it: what was imported for them is known as its own."""
    merged = select(Organisation.id).where(Organisation.merged_into == organisation_id)
    return [organisation_id, *db.session.scalars(merged.order_by(Organisation.id))]


def _known(uids: Sequence[str], sources: Sequence[str]) -> dict[str, list[Activity]]:
    found: dict[str, list[Activity]] = {}
    for chunk in _chunks(uids):
        for activity in db.session.scalars(
            select(Activity)
            .where(Activity.source_for.in_(sources), Activity.source_uid.in_(chunk))
            .order_by(Activity.start_utc, Activity.id)
        ):
            found.setdefault(str(activity.source_uid), []).append(activity)
    return {uid: _of_one_source(rows, sources) for uid, rows in found.items()}


def _of_one_source(rows: list[Activity], sources: Sequence[str]) -> list[Activity]:
    # Two organisations that were merged may both have brought it in. The other's stays as it is: cancelling it as
    # left out of the file, or changing it too, would surprise whoever reads the calendar.
    there = {row.source_for for row in rows}
    chosen = next(source for source in sources if source in there)
    return [row for row in rows if row.source_for == chosen]


def _known_series(
    uids: Sequence[str], organisation_id: str, known: Mapping[str, list[Activity]]
) -> dict[str, Series]:
    found: dict[str, Series] = {}
    for chunk in _chunks(uids):
        for series in db.session.scalars(
            select(Series)
            .where(Series.organisation_id == organisation_id, Series.source_uid.in_(chunk))
            .order_by(Series.created_at, Series.id)
        ):
            uid = str(series.source_uid)
            if uid not in found or any(row.series_id == series.id for row in known.get(uid, ())):
                found[uid] = series
    return found


def _elsewhere(uids: Sequence[str], sources: Sequence[str], terms: _Terms) -> dict[str, str]:
    """Events that another organisation imported and the viewer can see: twice in the calendar helps nobody."""
    found: dict[str, str] = {}
    for chunk in _chunks(uids):
        for uid, organisation_id in db.session.execute(
            select(Activity.source_uid, func.min(Activity.organisation_id))
            .where(
                Activity.source_for.not_in(sources),
                Activity.source_uid.in_(chunk),
                visible_to(terms.viewer),
            )
            .group_by(Activity.source_uid)
        ):
            found[str(uid)] = organisation_id
    if found:
        names = {each.id: each.name for each in partners(terms.viewer.locale)}
        found = {uid: names[organisation_id] for uid, organisation_id in found.items()}
    return found


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {
        "does": "refuse",
        "line": refusal.line,
        "title": refusal.title,
        "code": refusal.code,
        "params": dict(refusal.params),
    }


def _line(event: EventRead, does: str) -> dict[str, Any]:
    return {
        "does": does,
        "line": event.line,
        "title": event.title,
        "start": event.start.isoformat(),
        "all_day": event.all_day,
        "dates": len(event.occurrences),
        "notes": [[note.code, dict(note.params)] for note in event.notes],
    }


def _event_step(
    event: EventRead, rows: list[Activity], series: Series | None, terms: _Terms
) -> _Step:
    if rows and all(row.source_fingerprint == event.fingerprint for row in rows):
        return _Step(_line(event, "unchanged"), event)
    repeats = bool(event.rule or event.rdates)
    step = _Step(_line(event, "create" if not rows else "change"), event, series)
    wanted = {each.key: _says(event, each, terms) for each in event.occurrences}
    matched = _match(rows, event, wanted, repeats)
    new = [key for key in wanted if key not in matched]
    # Where people moved the whole series here, its dates stay as they made them.
    moved = series is not None and series.moved_here
    step.create = [] if moved else [wanted[key] for key in new]
    kept: set[str] = set()
    changed: set[str] = set()
    for key, activity in matched.items():
        history, values, held = _merge(activity, wanted[key], terms.today)
        step.change.append((activity, history, values, wanted[key]))
        changed |= set(history)
        kept |= held
    left = [activity for activity in rows if activity not in matched.values()]
    for activity in left if not moved else ():
        changed |= _leave_out(step, activity, terms.today)
    if moved and (new or left):
        kept.add("start_date")
    if rows:
        added = len(step.create)
        step.line |= {"changed": sorted(changed), "kept": sorted(kept), "added": added}
        if not changed and not added:
            step.line["does"] = "keep" if kept else "unchanged"
    return step


def _match(
    rows: list[Activity], event: EventRead, wanted: Mapping[str, Any], repeats: bool
) -> dict[str, Activity]:
    """Which stored date is which date of the file."""
    if not repeats and len(rows) == 1 and rows[0].series_id is None:
        return {event.occurrences[0].key: rows[0]}
    # The date that the file gave: the series may have been moved here since.
    by_key = {str(row.source_values.get("key") or row.occurrence_key): row for row in rows}
    return {key: by_key[key] for key in wanted if key in by_key}


def _says(event: EventRead, occurrence: OccurrenceRead, terms: _Terms) -> dict[str, Any]:
    """What the file says of one date, in values that JSON keeps."""
    cancelled = occurrence.cancelled or event.status == "cancelled"
    title = occurrence.title if occurrence.title is not None else event.title
    return {
        "key": occurrence.key,
        "title": title or terms.untitled,
        "description": event.description
        if occurrence.description is None
        else occurrence.description,
        "place": event.place if occurrence.place is None else occurrence.place,
        "time": _time_said(occurrence.start, occurrence.end, event.all_day, event.zone),
        "cancelled": cancelled,
        "own": [name for name in _TEXTS if getattr(occurrence, name) is not None],
    }


def _time_said(
    start: date | datetime, end: date | datetime | None, all_day: bool, zone: str
) -> list[Any]:
    return [start.isoformat(), end.isoformat() if end is not None else None, all_day, zone]


def _time_stored(activity: Activity) -> list[Any]:
    if activity.all_day:
        return [
            activity.start_date.isoformat(), activity.end_date.isoformat(), True, activity.zone,
        ]  # fmt: skip
    end = activity.wall_end.isoformat() if activity.wall_end is not None else None
    return [activity.wall_start.isoformat(), end, False, activity.zone]


def _same_time(one: Sequence[Any], other: Sequence[Any]) -> bool:
    def plain(said: Sequence[Any]) -> list[Any]:
        start, end, all_day, zone = said
        return [start, end or start, all_day, "" if all_day else zone]

    return plain(one) == plain(other)


def _merge(
    activity: Activity, says: dict[str, Any], today: date
) -> tuple[dict[str, list[Any]], dict[str, Any], set[str]]:
    """What to change on a stored date, and which fields stay as people have changed them here."""
    said = activity.source_values or {}
    history: dict[str, list[Any]] = {}
    values: dict[str, Any] = {}
    kept: set[str] = set()
    for name in _TEXTS:
        stored = getattr(activity, name)
        if says[name] in (said.get(name), stored):
            continue
        if stored != said.get(name):
            kept.add(name)
            continue
        history[name] = [stored, says[name]]
        values[name] = says[name]
    stored_time = _time_stored(activity)
    if not _same_time(says["time"], stored_time) and says["time"] != said.get("time"):
        if said.get("time") and not _same_time(stored_time, said["time"]):
            kept.add("start_date")
        else:
            history["start_date"] = [stored_time[0][:10], says["time"][0][:10]]
            values["time"] = says["time"]
    if says["cancelled"] != said.get("cancelled", False):
        status = _status_said(says, today)
        expected = Status.PLANNED if says["cancelled"] else Status.CANCELLED
        if activity.status == expected and activity.status != status:
            history["status"] = [activity.status, status]
            values["status"] = status
        elif activity.status != status:
            kept.add("status")
    return history, values, kept


def _status_said(says: Mapping[str, Any], today: date) -> str:
    if says["cancelled"]:
        return Status.CANCELLED.value
    start = date.fromisoformat(says["time"][0][:10])
    return (Status.PLANNED if start >= today else Status.HELD).value


def _leave_out(step: _Step, activity: Activity, today: date) -> set[str]:
    """A coming date that the file no longer holds is cancelled; what has been stays."""
    if activity.status != Status.PLANNED or activity.start_date < today:
        return set()
    history = {"status": [activity.status, Status.CANCELLED.value]}
    says = {**(activity.source_values or {}), "cancelled": True}
    step.change.append((activity, history, {"status": Status.CANCELLED.value}, says))
    return {"status"}


# -- Carrying out ----------------------------------------------------------------------------------------------


def carry_out(
    plan: Plan,
    *,
    organisation_id: str,
    language: str,
    viewer: Viewer,
    today: date,
) -> None:
    """Write everything the plan says, in the caller's transaction."""
    rows: list[dict[str, Any]] = []
    changed: list[Activity] = []
    told: list[tuple[Activity, dict[str, list[Any]]]] = []
    index: dict[tuple[str, ...], tuple[str, str]] = {}
    visibility = Visibility.MEMBERS.value
    for step in plan.steps:
        event = step.event
        if event is None or not (step.create or step.change):
            continue
        series_id = _series_of(step, event, organisation_id, today)
        for activity, history, values, says in step.change:
            visibility = activity.visibility
            _write_change(activity, history, values, viewer)
            told.append((activity, history))
            if KEPT_FIELDS & set(values) or "time" in values:
                changed.append(activity)
            if series_id is not None and activity.series_id is None:
                activity.series_id, activity.occurrence_key = series_id, says["key"]
            activity.source_values = says
            activity.source_fingerprint = event.fingerprint
        rows.extend(
            _new_row(
                event,
                says,
                index,
                organisation_id=organisation_id,
                language=_language_of(event, language),
                viewer=viewer,
                today=today,
                series_id=series_id,
                # A date added to what an organisation keeps to itself is not for everybody either.
                visibility=visibility if step.change else Visibility.MEMBERS.value,
            )
            for says in step.create
        )
    db.session.flush()
    for start in range(0, len(rows), _CHUNK):
        db.session.execute(insert(Activity), rows[start : start + _CHUNK])
    # Rows that came in one statement: nobody else saw them.
    index_many(searchable_of(row) for row in rows)
    keep_texts([*changed, *rows], viewer)
    tell_changes(told, viewer)
    near = today + REMINDERS_AHEAD
    follow([row["id"] for row in rows if today <= row["start_date"] <= near])
    calendar_changed()
    record(
        "activities.imported",
        details={name: str(number) for name, number in sorted(plan.counts.items())},
    )


def _series_of(step: _Step, event: EventRead, organisation_id: str, today: date) -> str | None:
    if not (event.rule or event.rdates):
        return None
    series = step.series
    if series is None:
        series = Series(id=new_id(), organisation_id=organisation_id, source_uid=event.uid)
        db.session.add(series)
    elif series.moved_here:
        return series.id
    series.rule, series.zone, series.all_day = event.rule, event.zone, event.all_day
    series.wall_start = _as_wall(event.start)
    series.wall_end = None if event.end is None else _as_wall(event.end)
    series.rdates, series.exdates = list(event.rdates), list(event.exdates)
    series.fingerprint = event.fingerprint
    last = event.occurrences[-1].start if event.occurrences else event.start
    series.filled_until = last.date() if isinstance(last, datetime) else last
    db.session.flush()
    return series.id


def _as_wall(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def _write_change(
    activity: Activity, history: dict[str, list[Any]], values: dict[str, Any], viewer: Viewer
) -> None:
    if not history:
        return
    for name, value in values.items():
        if name == "time":
            _set_time(activity, value)
        else:
            setattr(activity, name, value)
    index_texts(activity)
    note_change(activity, viewer.membership_id, history, way="import")


def _set_time(activity: Activity, said: Sequence[Any]) -> None:
    start, end, all_day, zone = said
    activity.zone = zone
    if all_day:
        first = date.fromisoformat(start)
        last = date.fromisoformat(end) if end else first
        place_in_time(activity, first, None, last, None)
        return
    begin = datetime.fromisoformat(start)
    until = datetime.fromisoformat(end) if end else None
    place_in_time(
        activity,
        begin.date(),
        begin.time(),
        until.date() if until else None,
        until.time() if until else None,
    )


def _new_row(
    event: EventRead,
    says: Mapping[str, Any],
    index: dict[tuple[str, ...], tuple[str, str]],
    *,
    organisation_id: str,
    language: str,
    viewer: Viewer,
    today: date,
    series_id: str | None,
    visibility: str,
) -> dict[str, Any]:
    """A row to insert. Thousands come at once, so texts that repeat are folded once."""
    activity = Activity(
        title=says["title"],
        description=says["description"],
        place=says["place"],
        language=language,
        organisation_id=organisation_id,
        logged_by=viewer.membership_id,
        on_behalf=organisation_id != viewer.organisation_id,
        status=_status_said(says, today),
        zone=event.zone,
        translations={},
        result="",
        objective="",
        funding="",
    )
    _set_time(activity, says["time"])
    texts = (activity.title, activity.place, activity.description)
    if texts not in index:
        index_texts(activity)
        index[texts] = (activity.sort_key, activity.search_text)
    sort_key, search_text = index[texts]
    now = utcnow()
    return {
        "id": new_id(),
        "city_id": current_city().id,
        "uid": new_uid(),
        "type": "other",
        "source_uid": event.uid,
        "source_fingerprint": event.fingerprint,
        "source_values": dict(says),
        "source_for": organisation_id,
        "series_id": series_id,
        "occurrence_key": says["key"] if series_id is not None else None,
        "overrides": list(says["own"]),
        "sort_key": sort_key,
        "search_text": search_text,
        "visibility": visibility,
        "created_at": now,
        "updated_at": now,
    } | {
        name: getattr(activity, name)
        for name in (
            "title", "description", "place", "language", "organisation_id", "logged_by",
            "on_behalf", "status", "zone", "translations", "all_day", "wall_start", "wall_end",
            "start_date", "end_date", "start_utc", "end_utc",
        )
    }  # fmt: skip


def _language_of(event: EventRead, otherwise: str) -> str:
    code = event.language.replace("-", "_")
    for candidate in (code, code.partition("_")[0]):
        if candidate in CONTENT_LANGUAGES:
            return candidate
    return otherwise


# -- Between looking and confirming ------------------------------------------------------------------------------


def keep_preview(
    data: bytes,
    file_name: str,
    plan: Plan,
    *,
    organisation_id: str,
    language: str,
    viewer: Viewer,
    today: date,
) -> PendingImport:
    """Keep a file and what it would do, for a day; earlier ones that nobody confirmed go."""
    forget_old_previews()
    pending = PendingImport(
        made_by=viewer.membership_id,
        organisation_id=organisation_id,
        language=language,
        file_name=file_name[:200],
        digest=plan.digest,
        data=zlib.compress(data, 6),
        seen_on=today,
        lines=plan.lines,
        counts=plan.counts,
        expires_at=utcnow() + KEPT_FOR,
    )
    db.session.add(pending)
    db.session.flush()
    return pending


def forget_old_previews() -> None:
    """Remove the previews whose day is over."""
    db.session.execute(delete(PendingImport).where(PendingImport.expires_at <= utcnow()))


def find_preview(
    pending_id: str, viewer: Viewer, *, for_change: bool = False
) -> PendingImport | None:
    """A preview of the viewer's own that has not expired."""
    query = select(PendingImport).where(
        PendingImport.id == pending_id,
        PendingImport.made_by == viewer.membership_id,
        PendingImport.expires_at > utcnow(),
    )
    if for_change:
        query = query.with_for_update()
    return db.session.scalars(query).first()


def lock_organisation(organisation_id: str) -> Organisation | None:
    """Hold the organisation, so that two imports for it come one after the other."""
    return db.session.scalars(
        select(Organisation).where(Organisation.id == organisation_id).with_for_update()
    ).first()


def confirm_preview(pending: PendingImport, viewer: Viewer, untitled: str) -> dict[str, int]:
    """Write what the preview showed and forget it; returns how many lines did what.

    Raises :class:`PlanChanged` when that would no longer be what was shown; the preview then shows what would be.
    """
    lock_organisation(pending.organisation_id)
    read = read_file(zlib.decompress(pending.data), current_city().zone, pending.seen_on)
    plan = make_plan(
        read,
        organisation_id=pending.organisation_id,
        language=pending.language,
        viewer=viewer,
        today=pending.seen_on,
        untitled=untitled,
    )
    if plan.digest != pending.digest:
        pending.lines, pending.counts, pending.digest = plan.lines, plan.counts, plan.digest
        db.session.flush()
        raise PlanChanged
    carry_out(
        plan,
        organisation_id=pending.organisation_id,
        language=pending.language,
        viewer=viewer,
        today=pending.seen_on,
    )
    db.session.delete(pending)
    db.session.flush()
    return plan.counts


# -- Series without an end ---------------------------------------------------------------------------------------


def extend_series(today: date) -> int:
    """Make the dates of endless series that have come within the horizon; returns how many."""
    from plugins.activities.calendar_file.recurrence import horizon, parse_rule
    from plugins.activities.calendar_file.values import YEARS_AHEAD, Unreadable

    stop = horizon(today, YEARS_AHEAD)
    made = 0
    for series in db.session.scalars(
        select(Series).where(
            Series.rule != "",
            Series.rule.not_like("%UNTIL=%"),
            Series.rule.not_like("%COUNT=%"),
            Series.filled_until < stop.date(),
        )
    ).all():
        try:
            rule = parse_rule(series.rule)
            if rule.endless:
                # A cancelled series stays where it is, and goes on from there once it is planned again.
                if not _goes_on(series, today):
                    continue
                made += _extend(series, _later_starts(series, rule, stop))
        except Unreadable:
            continue
        series.filled_until = stop.date()
    if made:
        calendar_changed()
    db.session.flush()
    return made


def _later_starts(series: Series, rule: Any, stop: datetime) -> Iterator[datetime]:
    from plugins.activities.calendar_file.recurrence import Budget, occurrences

    left_out = set(series.exdates)
    for start in occurrences(rule, series.wall_start, stop, Budget()):
        named = {start.isoformat(), start.date().isoformat()}
        if series.filled_until is not None and start.date() <= series.filled_until:
            continue
        if not named & left_out:
            yield start


def _goes_on(series: Series, today: date) -> bool:
    ahead = select(Activity.id).where(
        Activity.series_id == series.id,
        Activity.status != Status.CANCELLED.value,
        Activity.end_date >= today,
    )
    return db.session.scalar(ahead.limit(1)) is not None


def _extend(series: Series, starts: Iterable[datetime]) -> int:
    rows = db.session.scalars(
        select(Activity)
        .where(Activity.series_id == series.id, Activity.status != Status.CANCELLED.value)
        .order_by(Activity.start_utc.desc(), Activity.id)
        .limit(_LATELY)
    ).all()
    # The next dates are like those that nobody changed by themselves.
    last = next((row for row in rows if not row.overrides), rows[0])
    known = set(
        db.session.scalars(select(Activity.occurrence_key).where(Activity.series_id == series.id))
    )
    length = None if series.wall_end is None else series.wall_end - series.wall_start
    made = []
    for start in starts:
        key = start.date().isoformat() if series.all_day else start.isoformat()
        if key in known:
            continue
        end = None if length is None else start + length
        said = _time_said(
            start.date() if series.all_day else start,
            end.date() if end is not None and series.all_day else end,
            series.all_day,
            series.zone,
        )
        activity = sibling(last, occurrence_key=key)
        if last.source_uid is not None and not series.moved_here:
            activity.source_uid, activity.source_for = last.source_uid, last.source_for
            activity.source_fingerprint = series.fingerprint
            activity.source_values = (last.source_values or {}) | {
                "key": key,
                "time": said,
                "cancelled": False,
                "own": [],
            }
        _set_time(activity, said)
        made.append(activity)
    db.session.add_all(made)
    keep_texts(made, None)
    add_partners([each.id for each in made], partner_ids(last.id))
    return len(made)
