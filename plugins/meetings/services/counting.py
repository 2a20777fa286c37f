"""How the quorum stands for decisions that are written down already, once the attendance is set right.

Whoever minutes from paper often writes the decisions first and ticks who was there afterwards; and a slip in the list
is corrected later. What a decision keeps of the quorum follows, until the minutes are approved.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, select

from core.api import db
from plugins.meetings.models import Decision, Item, Meeting
from plugins.meetings.services.bodies import quorums_of
from plugins.meetings.services.room import QuorumState, Room, quorum_of, read_room
from plugins.meetings.words import State


def kept_of(quorum: QuorumState, room: Room) -> dict[str, object]:
    """What a decision keeps of the quorum; with it who chaired, since another may chair later."""
    return quorum.as_kept() | {"chair": room.chair_id}


def count_again(meeting: Meeting) -> None:
    """Work out anew for each decision of the meeting how the quorum stood; three queries more than none."""
    if State(meeting.state).closed:
        return
    rows = db.session.execute(
        select(Decision, Item.kind)
        .join(Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id))
        .where(Decision.meeting_id == meeting.id)
    ).all()
    if not rows:
        return
    room, rules = read_room(meeting, meeting.language), quorums_of(meeting.body_id)
    for row in rows:
        decision: Decision = row.Decision
        then = _as_it_was(room, decision, meeting.ended_at)
        quorum = quorum_of(then, rules, row.kind, decision.item_id)
        decision.quorate, decision.counts = quorum.quorate, kept_of(quorum, then)
    db.session.flush()


def _as_it_was(room: Room, decision: Decision, ended_at: datetime | None) -> Room:
    """The room for a decision: who left during the same item, but after it was taken, was there for it.

    Only while the meeting was running does the clock say which came first; of what is written afterwards nobody knows.
    """
    running = ended_at is None or decision.created_at < ended_at
    return replace(
        room,
        chair_id=(decision.counts or {}).get("chair") or room.chair_id,
        movements=tuple(
            moved
            for moved in room.movements
            if not (
                running and moved.item_id == decision.item_id and moved.at > decision.created_at
            )
        ),
    )
