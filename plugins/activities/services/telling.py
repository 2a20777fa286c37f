"""Whom a change of an activity concerns: what they are told, and when they are reminded.

One press makes one notification for each series, however many dates it touched. Nobody is told of what they may not
see, and facts hold no title and no place.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from core.api import (
    Membership,
    ReminderAt,
    Viewer,
    accepted_members,
    current_city,
    db,
    lately_told,
    notify,
    remind_all,
    today,
    utcnow,
)
from plugins.activities.models import Activity, Partner
from plugins.activities.permissions import MAY_LOG, READING
from plugins.activities.services.access import ref_of
from plugins.activities.services.entries import TIME_FIELDS
from plugins.activities.services.listing import report_due
from plugins.activities.words import Status, Visibility

CHANGED = "activities.changed"
REPORT_WAITING = "activities.report_waiting"
REMINDER = "activities.reminder"

_TOLD = TIME_FIELDS | {"place", "status"}
# What is further ahead gets its reminder once it comes nearer: the daily work goes on with it.
REMINDERS_AHEAD = timedelta(days=60)
REMINDED_AT = time(9)
# One file of an import may change hundreds: then their number is told, and not each of them.
MOST_TOLD = 10
# What waits for longer has been told often enough.
WAITS_AT_MOST = timedelta(days=31)
AGAIN_AFTER = timedelta(days=7)
_PART = 400

Changes = Sequence[tuple[Activity, Mapping[str, Any]]]


# -- Changes -------------------------------------------------------------------------------------------------


def tell_changes(changes: Changes, viewer: Viewer) -> None:
    """Tell whom it concerns what one press changed, the date in hand first, and let the reminders follow.

    ``changes`` are activities with their changed fields, as history keeps them.
    """
    follow([activity.id for activity, _fields in changes])
    told = [both for both in changes if _concerns(*both)]
    by_series: dict[str, list[tuple[Activity, Mapping[str, Any]]]] = {}
    for both in told:
        by_series.setdefault(both[0].series_id or both[0].id, []).append(both)
    if not by_series:
        return
    people = _concerned([activity for activity, _fields in told])
    if len(by_series) > MOST_TOLD:
        _tell_number(told, people, viewer)
        return
    for group in by_series.values():
        activity, fields = group[0]
        members = set().union(*(people[each.id] for each, _fields in group))
        notify(
            CHANGED,
            members,
            subject=ref_of(activity.id),
            facts=_facts(activity, fields) | {"dates": len(group)},
            actor=viewer,
            # A weekly mail would tell of a cancelled date after it.
            urgent=activity.start_date - today() <= timedelta(days=7),
        )


def _concerns(activity: Activity, fields: Mapping[str, Any]) -> bool:
    """Whether others need to know: of a time, a place or a status, of what lies ahead or did."""
    if not _TOLD & set(fields) or activity.status in {Status.HELD, Status.REPORTED}:
        return False
    was = fields.get("start_date", [None])[0]
    last = max(activity.end_date, date.fromisoformat(was)) if was else activity.end_date
    return last >= today()


def _facts(activity: Activity, fields: Mapping[str, Any]) -> dict[str, Any]:
    return when_of(activity) | {
        "status": activity.status,
        "again": "status" in fields and activity.status == Status.PLANNED,
    }


def when_of(activity: Any) -> dict[str, Any]:
    """When it begins, as the words of a notification read it."""
    if activity.all_day:
        return {"day": activity.start_date.isoformat()}
    return {"start": activity.start_utc.isoformat()}


def _tell_number(told: Changes, people: Mapping[str, set[str]], viewer: Viewer) -> None:
    numbers: dict[str, int] = {}
    for activity, _fields in told:
        for member in people[activity.id]:
            numbers[member] = numbers.get(member, 0) + 1
    for number in sorted(set(numbers.values())):
        members = [member for member, many in numbers.items() if many == number]
        notify(CHANGED, members, facts={"many": number}, actor=viewer)


def _concerned(activities: Collection[Activity]) -> dict[str, set[str]]:
    """The members of the partner organisations of each activity and whoever logged it, if they may see it."""
    partners: dict[str, set[str]] = {activity.id: set() for activity in activities}
    for part in _parts(list(partners)):
        for identifier, organisation in db.session.execute(
            select(Partner.activity_id, Partner.organisation_id).where(
                Partner.activity_id.in_(part)
            )
        ):
            partners[identifier].add(organisation)
    loggers = {activity.logged_by for activity in activities if activity.logged_by}
    members = _members(set().union(*partners.values()), loggers)
    found: dict[str, set[str]] = {}
    for activity in activities:
        found[activity.id] = {
            row.id
            for row in members
            if row.id == activity.logged_by
            or (
                row.organisation_id in partners[activity.id]
                and (
                    activity.visibility == Visibility.MEMBERS
                    or row.organisation_id == activity.organisation_id
                )
            )
        }
    return found


def _members(organisations: Iterable[str], others: Iterable[str] = ()) -> list[Any]:
    """The members of those organisations, and the others named, of all these who may see activities."""
    query = select(Membership.id, Membership.organisation_id, Membership.roles).where(
        Membership.active.is_(True),
        or_(
            Membership.organisation_id.in_(sorted(organisations)),
            Membership.id.in_(sorted(others)),
        ),
    )
    return [row for row in db.session.execute(query) if READING & set(row.roles)]


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _PART] for start in range(0, len(values), _PART))


# -- Reminders -----------------------------------------------------------------------------------------------


def follow(activity_ids: Sequence[str]) -> None:
    """Let the reminders of these activities be as the activities are now: moved, taken back or new."""
    for part in _parts(activity_ids):
        wanted = {ref_of(identifier): ReminderAt() for identifier in part}
        _remind(Activity.id.in_(part), wanted)


def roll_reminders(day: date) -> None:
    """Give every activity that has come near enough its reminder. Safe to run again."""
    _remind(Activity.end_date >= day, {})


def _remind(condition: Any, wanted: dict[Any, ReminderAt]) -> None:
    day = today()
    rows = db.session.execute(
        select(
            Activity.id,
            Activity.all_day,
            Activity.start_date,
            Activity.start_utc,
            Activity.logged_by,
        ).where(
            condition,
            Activity.status == Status.PLANNED.value,
            # A day more than a city's date can differ from another zone's.
            Activity.start_date.between(day, day + REMINDERS_AHEAD),
        )
    ).all()
    zone = ZoneInfo(current_city().zone)
    coming = accepted_members(ref_of(row.id) for row in rows)
    for row in rows:
        ref = ref_of(row.id)
        first = row.start_date if row.all_day else row.start_utc.astimezone(zone).date()
        before = datetime.combine(first - timedelta(days=1), REMINDED_AT, zone)
        people = {*coming.get(ref, ()), *((row.logged_by,) if row.logged_by else ())}
        wanted[ref] = ReminderAt(before.astimezone(UTC), tuple(sorted(people)), when_of(row))
    remind_all(REMINDER, wanted)


# -- Reports -------------------------------------------------------------------------------------------------


def ask_for_reports(day: date) -> None:
    """Tell who may log for an organisation how much of it waits for a report, once a week at most."""
    due = report_due(day)
    waiting: dict[str, int] = {}
    for organisation in db.session.scalars(
        select(Activity.organisation_id).where(
            Activity.status.in_([Status.HELD.value, Status.PLANNED.value]),
            Activity.end_date <= due,
            Activity.end_date > due - WAITS_AT_MOST,
        )
    ):
        waiting[organisation] = waiting.get(organisation, 0) + 1
    if not waiting:
        return
    lately = lately_told(REPORT_WAITING, utcnow() - AGAIN_AFTER)
    by_number: dict[int, list[str]] = {}
    for row in _members(waiting):
        if row.id not in lately and MAY_LOG & set(row.roles):
            by_number.setdefault(waiting[row.organisation_id], []).append(row.id)
    for number, members in sorted(by_number.items()):
        notify(REPORT_WAITING, members, facts={"activities": number}, calm=True)
