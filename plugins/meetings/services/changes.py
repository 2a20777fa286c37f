"""The history of a meeting: one line for each change, read by those who may read what was changed."""

from collections.abc import Mapping
from typing import Any

from core.api import Viewer, calendar_changed, db, utcnow
from plugins.meetings.models import Change, Item, Meeting

# A change of one of these reaches the calendars of those who are invited.
_ANNOUNCED = frozenset({"start", "end", "place", "title", "state", "mode", "online_url", "agenda"})


def note_change(
    meeting: Meeting,
    viewer: Viewer | None,
    way: str,
    fields: Mapping[str, Any] | None = None,
    *,
    item: Item | None = None,
) -> None:
    """Count a change of the meeting and keep it in its history; flushes.

    The history of a restricted item is kept apart by ``restricted``, also after the item is open to all again.
    """
    meeting.version += 1
    meeting.updated_at = utcnow()
    if _ANNOUNCED & set(fields or ()):
        meeting.sequence += 1
    db.session.add(
        Change(
            meeting_id=meeting.id,
            item_id=item.id if item is not None else None,
            restricted=item.restricted if item is not None else False,
            way=way,
            fields=dict(fields or {}),
            changed_by=(viewer.membership_id or None) if viewer else None,
            changed_at=meeting.updated_at,
        )
    )
    db.session.flush()
    calendar_changed()
