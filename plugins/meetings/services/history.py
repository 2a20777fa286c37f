"""What was changed in a meeting, as far as a reader may read what was changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from core.api import Membership, Viewer, db, format_range
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.models import Attendance, Body, Change, Correction, Item, Meeting
from plugins.meetings.services.access import (
    item_open,
    meeting_visible,
    minutes_open,
    plain_open,
)
from plugins.meetings.services.texts import Words, words_for
from plugins.meetings.words import ATTENDANCE, DECISION_STATES, MODES, PUBLICITY, RULES

SHOWN = 200


@dataclass(frozen=True, slots=True)
class FromTo:
    """What was made of what; ``title`` says of what, and is empty where the change itself says it."""

    title: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Line:
    """A change: ``item`` is the title of the item that it belongs to, empty for one of the meeting itself."""

    way: str
    fields: Mapping[str, Any]
    who: str
    at: datetime
    item: Words | None
    moved: tuple[FromTo, ...] = ()


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction of approved minutes, and what it made of what."""

    version: int
    what: str
    reason: str
    who: str
    at: datetime
    item: Words | None
    moved: tuple[FromTo, ...] = ()


def _said(fields: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[FromTo]:
    """What a change made of what, in words: of people on the list by their ``names``, of what has none not at all."""
    known: dict[str, tuple[str, Any]] = {
        "start": (_("When"), _moment),
        "place": (_p("meeting", "Place"), str),
        "title": (_("Title of its own"), str),
        "mode": (_("How people meet"), MODES.get),
        "text": ("", str),
        "added": ("", str),
        "rationale": (_("Rationale"), str),
        "alternatives": (_("Alternatives considered"), str),
        "legal_basis": (_("Legal basis"), str),
        "rule": (_("How it was decided"), RULES.get),
        "publicity": (_("May be read by"), PUBLICITY.get),
        "votes_for": (_("For"), str),
        "votes_against": (_("Against"), str),
        "votes_abstained": (_("Abstained"), str),
        "state": ("", DECISION_STATES.get),
    }
    for name, pair in fields.items():
        if not (isinstance(pair, list) and len(pair) == len(("was", "now"))):
            continue
        title, words = known.get(name, (names.get(name, ""), ATTENDANCE.get))
        if name not in known and not title:
            continue
        was, now = (str(words(each) or "") if each not in {None, ""} else "" for each in pair)
        if was or now:
            yield FromTo(title, was, now)


def _moment(value: str) -> str:
    return format_range(datetime.fromisoformat(value), None, "full")


def _names_on(meeting_id: str) -> dict[str, str]:
    rows = db.session.execute(
        select(Attendance.id, Attendance.guest_name, Membership.shown_name)
        .outerjoin(
            Membership,
            and_(
                Membership.city_id == Attendance.city_id, Membership.id == Attendance.membership_id
            ),
        )
        .where(Attendance.meeting_id == meeting_id)
    )
    return {row.id: row.shown_name or row.guest_name for row in rows}


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
            # What somebody finds wrong is between them and whoever writes the minutes.
            Change.way != "remark",
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
            tuple(_said(row.Change.fields, {})) if row.Change.way == "edit" else (),
        )
        for row in rows
    ]


def _title(item: Item | None, viewer: Viewer) -> Words | None:
    if item is None:
        return None
    return words_for(item.title, item.language, item.translations, "title", viewer.locale)


def corrections_of(meeting_id: str, viewer: Viewer, *, handed_on: bool = False) -> list[Corrected]:
    """The corrections of approved minutes that ``viewer`` may read, the latest first; two queries.

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
            or_(
                and_(Correction.item_id.is_(None), plain_open(viewer)),
                and_(Correction.item_id.is_not(None), item_open(viewer), plain),
            ),
        )
        .order_by(Correction.minutes_version.desc(), Correction.id)
        .limit(SHOWN)
    ).all()
    listed = any(row.Correction.what == "attendance" for row in rows)
    names = _names_on(meeting_id) if listed else {}
    return [
        Corrected(
            row.Correction.minutes_version,
            row.Correction.what,
            row.Correction.reason,
            row.shown_name or "",
            row.Correction.made_at,
            _title(row.Item, viewer),
            tuple(_said(row.Correction.fields, names)),
        )
        for row in rows
    ]
