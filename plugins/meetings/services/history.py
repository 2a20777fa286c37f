"""What was changed in a meeting, as far as a reader may read what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from core.api import Membership, Viewer, db
from plugins.meetings.models import Body, Change, Correction, Item, Meeting
from plugins.meetings.services.access import item_open, meeting_visible, minutes_open
from plugins.meetings.services.texts import Words, words_for

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A change: ``item`` is the title of the item that it belongs to, empty for one of the meeting itself."""

    way: str
    fields: Mapping[str, Any]
    who: str
    at: datetime
    item: Words | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction of approved minutes."""

    version: int
    what: str
    reason: str
    who: str
    at: datetime
    item: Words | None


def history_of(meeting_id: str, viewer: Viewer) -> list[Line]:
    """The changes of a meeting that ``viewer`` may see, the latest first; one query.

    What belongs to an item is told only to those to whom the item is open now. Of an item that is gone and was
    restricted nothing is told to anybody.
    """
    rows = db.session.execute(
        select(Change, Item, Membership.shown_name)
        .join(Meeting, and_(Meeting.city_id == Change.city_id, Meeting.id == Change.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .outerjoin(Item, and_(Item.city_id == Change.city_id, Item.id == Change.item_id))
        .outerjoin(
            Membership,
            and_(Membership.city_id == Change.city_id, Membership.id == Change.changed_by),
        )
        .where(
            Change.meeting_id == meeting_id,
            meeting_visible(viewer),
            or_(
                Change.item_id.is_(None),
                and_(Item.id.is_not(None), item_open(viewer)),
                and_(Item.id.is_(None), Change.restricted.is_(False), Body.readers == "network"),
            ),
        )
        .order_by(Change.changed_at.desc(), Change.id)
        .limit(SHOWN)
    )
    return [
        Line(
            row.Change.way,
            row.Change.fields,
            row.shown_name or "",
            row.Change.changed_at,
            _title(row.Item, viewer),
        )
        for row in rows
    ]


def _title(item: Item | None, viewer: Viewer) -> Words | None:
    if item is None:
        return None
    return words_for(item.title, item.language, item.translations, "title", viewer.locale)


def corrections_of(meeting_id: str, viewer: Viewer, *, handed_on: bool = False) -> list[Corrected]:
    """The corrections of approved minutes that ``viewer`` may read, the latest first; one query.

    With ``handed_on`` those of restricted items are left out for everybody.
    """
    plain = Item.restricted.is_(False) if handed_on else Correction.minutes_version > 0
    rows = db.session.execute(
        select(Correction, Item, Membership.shown_name)
        .join(
            Meeting,
            and_(Meeting.city_id == Correction.city_id, Meeting.id == Correction.meeting_id),
        )
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .outerjoin(Item, and_(Item.city_id == Correction.city_id, Item.id == Correction.item_id))
        .outerjoin(
            Membership,
            and_(Membership.city_id == Correction.city_id, Membership.id == Correction.made_by),
        )
        .where(
            Correction.meeting_id == meeting_id,
            meeting_visible(viewer),
            minutes_open(viewer),
            or_(Correction.item_id.is_(None), and_(item_open(viewer), plain)),
        )
        .order_by(Correction.minutes_version.desc(), Correction.id)
        .limit(SHOWN)
    )
    return [
        Corrected(
            row.Correction.minutes_version,
            row.Correction.what,
            row.Correction.reason,
            row.shown_name or "",
            row.Correction.made_at,
            _title(row.Item, viewer),
        )
        for row in rows
    ]
