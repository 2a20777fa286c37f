"""Meetings as the calendar and the home page show them. A calendar's entry holds the open agenda and no more."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, select

from core.api import CalendarEntry, Ref, Viewer, db
from plugins.meetings.models import Body, Item, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services.access import MEETING, item_open, may_prepare, meeting_visible
from plugins.meetings.services.disclosure import title_of
from plugins.meetings.services.texts import words_for
from plugins.meetings.words import PLUGIN, State

ROWS_AT_ONCE = 500
# What is an agenda in a calendar: nobody reads further there.
MOST_LINES = 40
# How the calendar of the house calls these states.
_STATUS = {
    State.DRAFT: "planned",
    State.CONVENED: "planned",
    State.CANCELLED: "cancelled",
    State.POSTPONED: "postponed",
}


def calendar_entries(
    viewer: Viewer, start: datetime, end: datetime, base: str
) -> Iterator[CalendarEntry]:
    """The meetings of a stretch of time that ``viewer`` may see, in order; one query."""
    if not viewer.may(Permission.SEE):
        return
    rows = db.session.execute(
        select(Meeting, Body.names)
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(
            Meeting.start_utc < end,
            Meeting.end_utc >= start,
            # A draft is nobody's date yet, but of those who prepare it.
            meeting_visible(viewer),
        )
        .order_by(Meeting.start_utc, Meeting.id)
    )
    for row in rows.yield_per(ROWS_AT_ONCE):
        yield _entry(row.Meeting, row.names, viewer, base, "")


def _entry(
    meeting: Meeting,
    names: dict[str, str],
    viewer: Viewer,
    base: str,
    description: str,
    *,
    may_invite: bool = False,
    agenda: str = "",
) -> CalendarEntry:
    title = title_of(
        meeting.title, meeting.language, meeting.translations, meeting.number, names, viewer.locale
    )
    return CalendarEntry(
        uid=meeting.uid,
        sequence=meeting.sequence,
        kind=PLUGIN,
        title=title.text,
        status=_STATUS.get(State(meeting.state), "held"),
        zone=meeting.zone,
        start=meeting.start_utc,
        end=meeting.end_utc,
        wall_start=meeting.wall_start,
        wall_end=meeting.wall_end,
        updated=meeting.updated_at,
        place=meeting.place or meeting.online_url,
        description=description,
        url=f"{base}{meeting.id}",
        language=title.language,
        may_invite=may_invite,
        agenda=agenda,
    )


def events(refs: Sequence[Ref], viewer: Viewer, base: str) -> dict[Ref, CalendarEntry]:
    """Meetings as entries with their agenda as text, as ``viewer`` may see them; two queries.

    For invitations: each gets the agenda in their own language, and of restricted items nothing.
    """
    wanted = {ref.id: ref for ref in refs if ref.kind == MEETING}
    if not wanted:
        return {}
    agendas: dict[str, list[str]] = {}
    for row in db.session.execute(
        select(Item)
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(
            Item.meeting_id.in_(wanted),
            Item.state != "withdrawn",
            # What leaves the house in a mail or a calendar is what is not restricted, whoever reads it.
            Item.restricted.is_(False),
            meeting_visible(viewer),
            item_open(viewer),
        )
        .order_by(Item.position, Item.id)
    ):
        item: Item = row.Item
        title = words_for(item.title, item.language, item.translations, "title", viewer.locale)
        agendas.setdefault(item.meeting_id, []).append(title.text)
    rows = db.session.execute(
        select(Meeting, Body.names)
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(Meeting.id.in_(wanted), meeting_visible(viewer))
    )
    return {
        wanted[row.Meeting.id]: _entry(
            row.Meeting,
            row.names,
            viewer,
            base,
            _agenda_text(agendas.get(row.Meeting.id, []), row.Meeting),
            agenda=_agenda_text(agendas.get(row.Meeting.id, []), row.Meeting),
            may_invite=row.Meeting.state == State.CONVENED and may_prepare(row.Meeting, viewer),
        )
        for row in rows
    }


def _agenda_text(lines: Sequence[str], meeting: Meeting) -> str:
    told = [f"• {line}" for line in lines[:MOST_LINES]]
    if meeting.reason:
        told.insert(0, meeting.reason)
    if meeting.online_url:
        told.append(meeting.online_url)
    return "\n".join(told)
