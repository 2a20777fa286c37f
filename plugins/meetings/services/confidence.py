"""Who has promised confidence for a meeting, and writing down who did so on paper. Flushes, never commits."""

from collections.abc import Collection

from sqlalchemy import select

from core.api import Viewer, db, record
from plugins.meetings.models import Attendance, Meeting, Statement
from plugins.meetings.services.access import MEETING, ref_of


def who_promised(meeting_id: str) -> frozenset[str]:
    """Who has promised confidence for a meeting: memberships; one query."""
    return frozenset(
        db.session.scalars(
            select(Statement.membership_id).where(Statement.meeting_id == meeting_id)
        )
    )


def promise_on_paper(
    meeting: Meeting, attendance_ids: Collection[str], words: str, viewer: Viewer
) -> int:
    """Write down who of the list has signed the statement on paper; returns how many were new."""
    listed = db.session.scalars(
        select(Attendance.membership_id).where(
            Attendance.meeting_id == meeting.id, Attendance.id.in_(attendance_ids)
        )
    )
    new = sorted({each for each in listed if each} - who_promised(meeting.id))
    db.session.add_all(
        Statement(
            meeting_id=meeting.id,
            membership_id=each,
            words=words,
            noted_by=viewer.membership_id or None,
        )
        for each in new
    )
    db.session.flush()
    if new:
        record("meetings.promised_on_paper", subject=ref_of(MEETING, meeting.id))
    return len(new)
