"""What somebody who reads circulated minutes finds wrong in them, told to whoever writes them. Flushes, never commits.

A remark stands in the history as a change of nothing. It is read by whoever prepares the meeting and by who made it,
and counts no version, since its secretary may be writing at that moment.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from core.api import Membership, Viewer, db, record, utcnow
from plugins.meetings.models import Change, Meeting
from plugins.meetings.services import linking
from plugins.meetings.services.access import MEETING, ref_of
from plugins.meetings.services.proposals import who_prepares
from plugins.meetings.words import State

REMARK = "remark"
LONGEST_REMARK = 2000
# Of one reader on the minutes of one meeting; what is beyond is better said aloud.
MOST_REMARKS = 20


class NotCirculated(Exception):
    """Minutes are remarked on between their circulation and their approval."""


class TooMany(Exception):
    """Somebody has said enough on the minutes of one meeting."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody finds wrong in the minutes."""

    text: str
    who: str
    at: datetime


def make_remark(meeting: Meeting, text: str, viewer: Viewer) -> None:
    """Tell whoever writes the minutes what is wrong in them; the same said twice is told once.

    Raises :class:`NotCirculated` and :class:`TooMany`. The caller knows that ``viewer`` may read the minutes.
    """
    if State(meeting.state) is not State.CIRCULATED:
        raise NotCirculated
    own = (
        Change.meeting_id == meeting.id,
        Change.way == REMARK,
        Change.changed_by == viewer.membership_id,
    )
    if text in {fields["text"] for fields in db.session.scalars(select(Change.fields).where(*own))}:
        return
    if (db.session.scalar(select(func.count()).where(*own)) or 0) >= MOST_REMARKS:
        raise TooMany
    db.session.add(
        Change(
            meeting_id=meeting.id,
            way=REMARK,
            fields={"text": text},
            changed_by=viewer.membership_id or None,
            changed_at=utcnow(),
        )
    )
    db.session.flush()
    writer = [meeting.secretary_id] if meeting.secretary_id else who_prepares(meeting.body_id)
    linking.tell(REMARK, meeting, writer, viewer)
    record("meetings.remarked", subject=ref_of(MEETING, meeting.id))


def remarks_of(meeting_id: str, viewer: Viewer, *, prepares: bool) -> list[Remark]:
    """The remarks on minutes, the earliest first: all for who prepares the meeting, else one's own; one query."""
    rows = db.session.execute(
        select(Change.fields, Change.changed_at, Membership.shown_name)
        .outerjoin(
            Membership,
            and_(Membership.city_id == Change.city_id, Membership.id == Change.changed_by),
        )
        .where(
            Change.meeting_id == meeting_id,
            Change.way == REMARK,
            *(() if prepares else (Change.changed_by == viewer.membership_id,)),
        )
        .order_by(Change.changed_at, Change.id)
    )
    return [Remark(row.fields["text"], row.shown_name or "", row.changed_at) for row in rows]
