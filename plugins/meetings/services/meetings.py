"""Making a meeting and changing it. Flushes, never commits, never reads the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select

from core.api import Viewer, current_city, db, new_id, record
from plugins.meetings.models import Body, BodyMember, Item, Meeting
from plugins.meetings.services import linking
from plugins.meetings.services.access import MEETING, meeting_visible, ref_of
from plugins.meetings.services.bodies import last_series_date, rule_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.counting import count_again
from plugins.meetings.services.filling import fill
from plugins.meetings.services.notes import ReasonNeeded, correct
from plugins.meetings.services.rhythm import RuleDate, next_date, to_utc
from plugins.meetings.services.texts import keep_texts, original_item, original_meeting
from plugins.meetings.words import State

_HELD = [state.value for state in State if state.held]
_COMING = [State.DRAFT.value, State.CONVENED.value, State.POSTPONED.value]


class Conflict(Exception):
    """Somebody else saved the meeting in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Meeting) -> None:
        super().__init__("The meeting was changed by somebody else.")
        self.current = current


@dataclass(frozen=True, slots=True)
class MeetingEntry:
    """What somebody says of a meeting. It ends on the day after when ``end`` lies before ``start``."""

    type: str
    language: str
    day: date
    start: time
    end: time
    title: str = ""
    place: str = ""
    mode: str = "in_person"
    online_url: str = ""
    chair_id: str = ""
    secretary_id: str = ""


def find_meeting(meeting_id: str, viewer: Viewer, *, for_change: bool = False) -> Meeting | None:
    """The meeting, if ``viewer`` may see it. ``for_change`` holds the row until the transaction ends."""
    query = select(Meeting).where(Meeting.id == meeting_id, meeting_visible(viewer))
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def is_made(meeting_id: str) -> bool:
    """Whether the city has a meeting of that identifier, whoever may see it."""
    return db.session.scalar(select(Meeting.id).where(Meeting.id == meeting_id)) is not None


@lru_cache(maxsize=1)
def _start_query() -> Any:
    return select(Meeting.start_utc).where(Meeting.id == bindparam("meeting"))


def start_of(meeting_id: str) -> datetime | None:
    """When a meeting began or begins, whoever may see it."""
    found: datetime | None = db.session.scalar(_start_query(), {"meeting": meeting_id})
    return found


def body_of(meeting: Meeting) -> Body:
    """The body of a meeting; its foreign key says that there is one."""
    return db.session.get_one(Body, (current_city().id, meeting.body_id))


def entry_of(meeting: Meeting) -> MeetingEntry:
    """What is stored of a meeting, as its form says it."""
    return MeetingEntry(
        meeting.type,
        meeting.language,
        meeting.wall_start.date(),
        meeting.wall_start.time(),
        meeting.wall_end.time(),
        meeting.title,
        meeting.place,
        meeting.mode,
        meeting.online_url,
        meeting.chair_id or "",
        meeting.secretary_id or "",
    )


def coming_date(body: Body, today: date, language: str) -> RuleDate | None:
    """The next date of a body's rule for which there is no meeting yet; None for a body without a rule."""
    return next_date(rule_of(body), last_series_date(body.id), today, language)


def officers_of(body_id: str) -> dict[str, str]:
    """Who chairs a body and who writes its minutes, by role: memberships. One query."""
    return {
        row.role: row.membership_id
        for row in db.session.execute(
            select(BodyMember.role, BodyMember.membership_id).where(
                BodyMember.body_id == body_id, BodyMember.role.in_(["chair", "secretary"])
            )
        )
    }


def officers_changed(
    body_id: str, before: Mapping[str, str], viewer: Viewer, *, gone: str = ""
) -> None:
    """Let the meetings that are still to be held have the body's new chair and secretary, where they had the old ones.

    ``before`` is what :func:`officers_of` said, ``gone`` whoever has no seat any more. Whoever was named for one
    meeting alone stays.
    """
    after = officers_of(body_id)
    for meeting in db.session.scalars(
        select(Meeting)
        .where(Meeting.body_id == body_id, Meeting.state.in_(_COMING))
        .order_by(Meeting.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        changed: dict[str, list[str]] = {}
        for role, name in (("chair", "chair_id"), ("secretary", "secretary_id")):
            had = getattr(meeting, name) or ""
            old, new = before.get(role, ""), after.get(role, "")
            if had and had != new and had in {gone, old if old != new else ""}:
                setattr(meeting, name, new or None)
                changed[role] = [had, new]
        if changed:
            note_change(meeting, viewer, "edit", changed)


def first_entry(body: Body, today: date, language: str) -> tuple[MeetingEntry, date | None]:
    """What the next meeting of a body will most likely be, and the date that its rule gave: nothing is typed."""
    found = coming_date(body, today, language)
    officers = officers_of(body.id)
    start = body.start_time
    end = (datetime.combine(today, start) + timedelta(minutes=body.duration)).time()
    entry = MeetingEntry(
        type=body.type,
        language=body.language,
        day=found.day if found else today + timedelta(days=body.notice_days),
        start=start,
        end=end,
        place=body.place,
        chair_id=officers.get("chair", ""),
        secretary_id=officers.get("secretary", ""),
    )
    return entry, found.series_date if found else None


def make_meeting(
    body: Body,
    entry: MeetingEntry,
    viewer: Viewer,
    *,
    series_date: date | None = None,
    identifier: str = "",
) -> Meeting:
    """Make a meeting of a body that is held for change: a draft, of which nobody is told, already filled."""
    body.last_number = max(body.last_number, _highest_number(body.id)) + 1
    meeting = Meeting(
        id=identifier or new_id(),
        body_id=body.id,
        number=body.last_number,
        zone=current_city().zone,
        state=State.DRAFT.value,
        series_date=series_date,
        translations={},
        created_by=viewer.membership_id or None,
    )
    _write(meeting, entry)
    meeting.previous_id = _previous(meeting)
    db.session.add(meeting)
    db.session.flush()
    keep_texts([original_meeting(meeting)], viewer)
    items = fill(meeting, body, viewer)
    note_change(meeting, viewer, "made")
    meeting.sequence = 0
    linking.index_items([item.id for item in items])
    record("meetings.made", subject=ref_of(MEETING, meeting.id))
    return meeting


def _highest_number(body_id: str) -> int:
    return (
        db.session.scalar(select(func.max(Meeting.number)).where(Meeting.body_id == body_id)) or 0
    )


def _previous(meeting: Meeting) -> str | None:
    """The last meeting of the body before this one that was held."""
    return db.session.scalar(
        select(Meeting.id)
        .where(
            Meeting.body_id == meeting.body_id,
            Meeting.start_utc < meeting.start_utc,
            Meeting.state.in_(_HELD),
            Meeting.id != meeting.id,
        )
        .order_by(Meeting.start_utc.desc(), Meeting.id)
        .limit(1)
    )


def _write(meeting: Meeting, entry: MeetingEntry) -> None:
    meeting.type, meeting.language, meeting.title = entry.type, entry.language, entry.title
    meeting.place, meeting.mode, meeting.online_url = entry.place, entry.mode, entry.online_url
    meeting.chair_id, meeting.secretary_id = entry.chair_id or None, entry.secretary_id or None
    meeting.wall_start = datetime.combine(entry.day, entry.start)
    meeting.wall_end = datetime.combine(entry.day, entry.end)
    if meeting.wall_end <= meeting.wall_start:
        meeting.wall_end += timedelta(days=1)
    meeting.start_utc = to_utc(meeting.wall_start, meeting.zone)
    # Where the clocks are turned back in between, the wall says less time than passes, never the other way round.
    meeting.end_utc = max(to_utc(meeting.wall_end, meeting.zone), meeting.start_utc)


def change_meeting(
    meeting: Meeting, entry: MeetingEntry, version: int, viewer: Viewer, *, reason: str = ""
) -> bool:
    """Write ``entry`` on a meeting fetched for change; returns whether anything differed.

    Moving it leaves the date that the body's rule gave, so that the dates after it stay. Who is invited is told. Once
    its minutes are approved it is a correction of them. Raises :class:`Conflict` and :class:`ReasonNeeded`.
    """
    before = entry_of(meeting)
    changed = _differences(before, entry)
    if not changed:
        return False
    if version != meeting.version:
        raise Conflict(meeting)
    closed = State(meeting.state).closed
    if closed and not reason:
        raise ReasonNeeded
    _write(meeting, entry)
    if {"title", "language", "start", "end"} & set(changed):
        _keep_all(meeting, viewer)
    if "chair" in changed:
        db.session.flush()
        count_again(meeting)
    if closed:
        correct(meeting, "meeting", reason, changed, viewer)
    else:
        note_change(meeting, viewer, "edit", changed)
    if State(meeting.state) is State.CONVENED:
        linking.event_changed(meeting)
    record(
        "meetings.changed",
        subject=ref_of(MEETING, meeting.id),
        details={"fields": ", ".join(sorted(changed))},
    )
    return True


def _keep_all(meeting: Meeting, viewer: Viewer | None) -> None:
    """The day for which the texts are needed, or the title, is another one."""
    body = body_of(meeting)
    items = db.session.scalars(select(Item).where(Item.meeting_id == meeting.id))
    keep_texts(
        [original_meeting(meeting), *(original_item(item, meeting, body) for item in items)], viewer
    )


def _differences(before: MeetingEntry, after: MeetingEntry) -> dict[str, list[Any]]:
    def kept(entry: MeetingEntry) -> dict[str, str]:
        start = datetime.combine(entry.day, entry.start)
        return {
            "title": entry.title,
            "language": entry.language,
            "type": entry.type,
            "start": start.isoformat(timespec="minutes"),
            "end": entry.end.isoformat(timespec="minutes"),
            "place": entry.place,
            "mode": entry.mode,
            "online_url": entry.online_url,
            "chair": entry.chair_id,
            "secretary": entry.secretary_id,
        }

    was, now = kept(before), kept(after)
    return {name: [was[name], now[name]] for name in was if was[name] != now[name]}
