"""What people say of an activity, as one value: from a form, from a record, and as history keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.api import new_id, search_key, sort_key
from plugins.activities.models import Activity, new_uid
from plugins.activities.words import Status, Visibility

DAY = timedelta(days=1)
MIDNIGHT = time()
LONGEST_KEY = 300
# What is told of one date once it has come; the other dates of a series never take it over.
REPORTED_FIELDS = frozenset(
    {
        "participants",
        "attendances",
        "estimated",
        "by_sex",
        "by_age",
        "budget_spent",
        "result",
        "worked",
        "not_worked",
    }
)
TIME_FIELDS = frozenset({"start_date", "start_time", "end_date", "end_time"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An activity as somebody tells it. ``status`` may be empty: then the date and the result decide.

    ``start_time`` is None for whole days. ``partners`` are organisations, sorted.
    """

    title: str
    type: str
    start_date: date
    organisation_id: str
    language: str
    start_time: time | None = None
    end_date: date | None = None
    end_time: time | None = None
    description: str = ""
    status: str = ""
    level: str = ""
    target_groups: tuple[str, ...] = ()
    languages_used: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    place: str = ""
    place_sensitive: bool = False
    mode: str = "in_person"
    participants: int | None = None
    attendances: int | None = None
    estimated: bool = False
    expected: int | None = None
    by_sex: Mapping[str, int] = field(default_factory=dict)
    by_age: Mapping[str, int] = field(default_factory=dict)
    budget_planned: Decimal | None = None
    budget_spent: Decimal | None = None
    currency: str = "EUR"
    result: str = ""
    worked: str = ""
    not_worked: str = ""
    objective: str = ""
    funding: str = ""
    visibility: str = Visibility.MEMBERS.value


FIELDS = tuple(each.name for each in fields(Entry))
# Kept as they are; the others make up the time, or are rows of their own.
_PLAIN = tuple(
    name
    for name in FIELDS
    if name
    not in {
        "start_date", "start_time", "end_date", "end_time", "partners",
        "target_groups", "languages_used", "by_sex", "by_age",
    }
)  # fmt: skip
# What the calendars of others must be told about (RFC 5545, SEQUENCE).
_ANNOUNCED = frozenset(
    {
        "title",
        "status",
        "place",
        "place_sensitive",
        "start_date",
        "start_time",
        "end_date",
        "end_time",
    }
)


def settle_status(wished: str, start: date, result: str, today: date) -> str:
    """The status that is meant: as wished, else planned ahead of the date, reported with a result, held without."""
    if wished:
        return wished
    if start > today:
        return Status.PLANNED.value
    return Status.REPORTED.value if result else Status.HELD.value


def entry_of(activity: Activity, partners: tuple[str, ...]) -> Entry:
    """What a record says."""
    plain = {name: getattr(activity, name) for name in _PLAIN}
    timed = not activity.all_day
    end = activity.wall_end if timed else None
    return Entry(
        **plain,
        start_date=activity.start_date,
        start_time=activity.wall_start.time() if timed else None,
        end_date=activity.end_date if activity.end_date != activity.start_date else None,
        end_time=end.time() if end is not None else None,
        partners=tuple(sorted(partners)),
        target_groups=tuple(activity.target_groups),
        languages_used=tuple(activity.languages_used),
        by_sex=dict(activity.by_sex),
        by_age=dict(activity.by_age),
    )


def tidy(entry: Entry) -> Entry:
    """One way to say each thing: no end that only repeats the start, no lead organisation among the partners."""
    end_date = entry.end_date if entry.end_date != entry.start_date else None
    return replace(
        entry,
        end_date=end_date,
        end_time=entry.end_time if entry.start_time is not None else None,
        partners=tuple(sorted(set(entry.partners) - {entry.organisation_id})),
    )


def write(activity: Activity, entry: Entry) -> None:
    """Put everything of a tidy ``entry`` but its partners on the record, and what is worked out from it."""
    for name in _PLAIN:
        setattr(activity, name, getattr(entry, name))
    activity.target_groups = list(entry.target_groups)
    activity.languages_used = list(entry.languages_used)
    activity.by_sex = dict(entry.by_sex)
    activity.by_age = dict(entry.by_age)
    place_in_time(activity, entry.start_date, entry.start_time, entry.end_date, entry.end_time)
    index_texts(activity)


def place_in_time(
    activity: Activity,
    start_date: date,
    start_time: time | None,
    end_date: date | None,
    end_time: time | None,
) -> None:
    """Set wall time, days and moments; the zone stands on the record."""
    last = end_date or start_date
    activity.all_day = start_time is None
    activity.start_date, activity.end_date = start_date, last
    activity.wall_start = datetime.combine(start_date, start_time or MIDNIGHT)
    if start_time is None:
        activity.wall_end = datetime.combine(last, MIDNIGHT) + DAY
    elif end_time is not None:
        activity.wall_end = datetime.combine(last, end_time)
    elif last != start_date:
        activity.wall_end = datetime.combine(last, start_time)
    else:
        activity.wall_end = None
    activity.start_utc = to_utc(activity.wall_start, activity.zone)
    activity.end_utc = (
        to_utc(activity.wall_end, activity.zone) if activity.wall_end else activity.start_utc
    )


def sibling(activity: Activity, **facts: Any) -> Activity:
    """A new planned activity like ``activity``, for another date of the same series; ``facts`` come on top.

    Its time is still to be set. Nothing of what was reported, spent or attached comes along.
    """
    usual: dict[str, Any] = {
        "id": new_id(),
        "uid": new_uid(),
        "translations": {},
        "status": Status.PLANNED.value,
        "target_groups": list(activity.target_groups),
        "languages_used": list(activity.languages_used),
        "expected": activity.participants if activity.expected is None else activity.expected,
    }
    same = (
        "title", "description", "language", "type", "organisation_id", "logged_by", "on_behalf",
        "level", "place", "place_sensitive", "mode", "currency", "objective", "funding",
        "visibility", "zone", "series_id", "sort_key", "search_text",
    )  # fmt: skip
    return Activity(
        **(usual | {name: getattr(activity, name) for name in same} | {"result": ""} | facts)
    )


def to_utc(wall: datetime, zone: str) -> datetime:
    """The moment that a clock in ``zone`` shows as ``wall``."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def index_texts(activity: Activity) -> None:
    """Fold title and texts for sorting and searching; done with every change."""
    activity.sort_key = sort_key(activity.title)[:LONGEST_KEY]
    translated = [
        text
        for each in (activity.translations or {}).values()
        for text in (each.get("title", ""), each.get("description", ""))
    ]
    texts = [
        activity.title, activity.place, activity.description, activity.result,
        activity.objective, activity.funding, *translated,
    ]  # fmt: skip
    activity.search_text = search_key("\n".join(text for text in texts if text))


def as_kept(entry: Entry) -> dict[str, Any]:
    """``entry`` in values that JSON keeps, field by field; equal exactly when the entries are."""
    return {name: _kept(getattr(entry, name)) for name in FIELDS}


def from_kept(kept: Mapping[str, Any]) -> Entry:
    """The entry that :func:`as_kept` made ``kept`` from."""
    values = dict(kept)
    for name in ("start_date", "end_date"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    for name in ("start_time", "end_time"):
        values[name] = time.fromisoformat(values[name]) if values[name] else None
    for name in ("budget_planned", "budget_spent"):
        values[name] = Decimal(values[name]) if values[name] is not None else None
    for name in ("target_groups", "languages_used", "partners"):
        values[name] = tuple(values[name])
    return Entry(**values)


def _kept(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal("0.01")))
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def differences(before: Entry, after: Entry) -> dict[str, list[Any]]:
    """Each field that differs, with both values as history keeps them."""
    was, now = as_kept(before), as_kept(after)
    return {name: [was[name], now[name]] for name in FIELDS if was[name] != now[name]}


def announced(names: Mapping[str, Any]) -> bool:
    """Whether a change of these fields must reach the calendars of others."""
    return bool(_ANNOUNCED & set(names))
