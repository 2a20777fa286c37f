"""What a meeting hands on to the next one when that is made already, as happens where dates are set far ahead.

A meeting that is made afterwards opens with it by itself: see :mod:`plugins.meetings.services.filling`.
"""

from sqlalchemy import and_, select

from core.api import Viewer, db
from plugins.meetings.models import Body, Item, Meeting
from plugins.meetings.services import linking
from plugins.meetings.services.agenda import (
    MOST_ITEMS,
    HasMinutes,
    into_section,
    number_rows,
    remove_item,
    rows_of,
)
from plugins.meetings.services.bodies import standing_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.filling import Draft, approvals, left_over, make_items
from plugins.meetings.words import State

_COMING = [State.DRAFT.value, State.CONVENED.value]


def hand_on(meeting: Meeting, viewer: Viewer) -> None:
    """Put what was not reached, and the approval of the minutes, on the next agenda, if there is one already.

    What stands there anyway is not put on it twice. Once that agenda was sent, what is added is marked as late.
    """
    following = _following(meeting)
    if following is None:
        return
    body = db.session.scalars(select(Body).where(Body.id == meeting.body_id)).one()
    following.previous_id = meeting.id
    rows = rows_of(following.id)
    drafts = _missing(meeting, following, rows)[: MOST_ITEMS - len(rows)]
    for item in make_items(drafts, following, body, viewer):
        item.late = following.issue > 0
        rows = into_section(rows, item)
        note_change(following, viewer, "item_added", {"agenda": ["", item.title]}, item=item)
        linking.index_items([item.id])
    number_rows(rows)


def _following(meeting: Meeting) -> Meeting | None:
    return db.session.scalars(
        select(Meeting)
        .where(
            Meeting.body_id == meeting.body_id,
            Meeting.start_utc > meeting.start_utc,
            Meeting.state.in_(_COMING),
        )
        .order_by(Meeting.start_utc, Meeting.id)
        .limit(1)
        .with_for_update()
    ).first()


def _missing(meeting: Meeting, following: Meeting, rows: list[Item]) -> list[Draft]:
    found: list[Draft] = []
    if meeting.id not in {row.about_meeting for row in rows}:
        for standing in standing_of(following.body_id, following.type):
            if standing.kind == "previous_minutes":
                found += approvals(standing, [meeting], following)
    carried = {row.carried_from for row in rows}
    for draft in left_over(following):
        if draft.facts["carried_from"] in carried:
            continue
        if draft.plain and draft.matches({(row.kind, row.title) for row in rows}):
            continue
        found.append(draft)
    return found


def take_back(meeting: Meeting, viewer: Viewer, item: Item | None = None) -> None:
    """The meeting goes on: what it had handed on to the next one is its own again, unless somebody worked on it.

    With ``item`` that one alone.
    """
    if item is not None:
        handed = select(Item.id).where(Item.id == item.id)
    else:
        handed = select(Item.id).where(Item.meeting_id == meeting.id)
    rows = db.session.execute(
        select(Item, Meeting)
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .where(
            Item.carried_from.in_(handed),
            Item.recurring.is_(False),
            Item.version == 1,
            Item.state != "withdrawn",
            Meeting.state.in_(_COMING),
        )
        .with_for_update(of=Meeting)
    ).all()
    for row in rows:
        # The proposal stays with the meeting that discusses it now.
        row.Item.proposal_id = None
        try:
            remove_item(row.Item, row.Meeting, viewer)
        except HasMinutes:
            continue
