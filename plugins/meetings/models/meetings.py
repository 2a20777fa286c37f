"""Meetings, the items of their agenda, who may read a restricted one, and what members propose."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, DateTime, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import CityOwned, UtcDateTime, city_key, new_id, utcnow
from plugins.meetings.models.base import CODE, ID, LANGUAGE, Model


def new_uid() -> str:
    """What calendars call a meeting, for good."""
    return f"meeting-{new_id()}@maillage"


class Meeting(CityOwned, Model):
    """One meeting of a body, from its draft to its archived minutes.

    ``wall_start`` and ``wall_end`` are what the clock shows in ``zone``, so that a meeting at ten stays at ten when the
    clocks change; the UTC columns are for queries. ``state`` is one of words.State.
    """

    __tablename__ = "meetings_meeting"
    __table_args__ = (
        city_key("meetings_body", "body_id"),
        city_key("meetings_meeting", "previous_id"),
        city_key("meetings_meeting", "approved_in"),
        city_key("identity_membership", "chair_id"),
        city_key("identity_membership", "secretary_id"),
        city_key("identity_membership", "created_by"),
        city_key("identity_membership", "approved_by"),
        UniqueConstraint("city_id", "body_id", "number"),
        Index("ix_meetings_meeting_date", "city_id", "start_utc", "id", "end_utc"),
        Index("ix_meetings_meeting_body", "city_id", "body_id", "start_utc", "id"),
        Index("ix_meetings_meeting_state", "city_id", "state", "start_utc"),
        Index("ix_meetings_meeting_previous", "city_id", "previous_id"),
    )

    body_id: Mapped[str] = mapped_column(ID)
    number: Mapped[int] = mapped_column(Integer)
    # Empty for "14th meeting of …", which every reader gets in their own language.
    title: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(LANGUAGE)
    # {language: {"title", "state"}}, the copy that lists read.
    translations: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    type: Mapped[str] = mapped_column(CODE)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    # Why it was cancelled or postponed, in a sentence for those who were invited.
    reason: Mapped[str] = mapped_column(String(500), default="")
    zone: Mapped[str] = mapped_column(String(64))
    wall_start: Mapped[datetime] = mapped_column(DateTime)
    wall_end: Mapped[datetime] = mapped_column(DateTime)
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    # The date that the body's rule gave, also after the meeting was moved; None for one outside the rule.
    series_date: Mapped[date | None] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(300), default="")
    mode: Mapped[str] = mapped_column(String(12), default="in_person")
    online_url: Mapped[str] = mapped_column(String(500), default="")
    chair_id: Mapped[str | None] = mapped_column(ID)
    secretary_id: Mapped[str | None] = mapped_column(ID)
    # The meeting before, whose minutes this one approves; and the meeting in which its own were approved.
    previous_id: Mapped[str | None] = mapped_column(ID)
    approved_in: Mapped[str | None] = mapped_column(ID)

    uid: Mapped[str] = mapped_column(String(80), default=new_uid)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    # How often the agenda was sent: what is added after the first time is marked as late, and each issue tells what
    # changed.
    issue: Mapped[int] = mapped_column(Integer, default=0)
    convened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The item that is being discussed.
    current_item: Mapped[str | None] = mapped_column(ID)
    circulated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Until when those who were there may ask for a correction.
    comments_until: Mapped[date | None] = mapped_column(Date)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(ID)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The version of the minutes: 1 when approved, one more with each correction.
    minutes_version: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Item(CityOwned, Model):
    """An item of an agenda. A restricted one is open to its audience alone (:class:`AudienceMember`).

    ``ref_*`` name what it is about, of any plugin; its own title stays readable when that plugin is switched off.
    ``state`` is "open", "current", "done", "not_reached" or "withdrawn".
    """

    __tablename__ = "meetings_item"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("meetings_item", "carried_from"),
        city_key("meetings_proposal", "proposal_id"),
        city_key("meetings_meeting", "about_meeting"),
        city_key("identity_membership", "presenter_id"),
        city_key("identity_membership", "added_by"),
        Index("ix_meetings_item_order", "city_id", "meeting_id", "position", "id"),
        Index("ix_meetings_item_subject", "city_id", "ref_plugin", "ref_kind", "ref_id"),
        Index("ix_meetings_item_carried", "city_id", "carried_from"),
        Index("ix_meetings_item_proposal", "city_id", "proposal_id"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    position: Mapped[int] = mapped_column(Integer)
    section: Mapped[str] = mapped_column(CODE, default="")
    kind: Mapped[str] = mapped_column(CODE, default="any_other")
    title: Mapped[str] = mapped_column(String(200))
    background: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(LANGUAGE)
    # {language: {"title", "background", "state"}}.
    translations: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    purpose: Mapped[str] = mapped_column(String(10), default="discuss")
    minutes: Mapped[int | None] = mapped_column(Integer)
    presenter_id: Mapped[str | None] = mapped_column(ID)
    # Of a guest.
    presenter_name: Mapped[str] = mapped_column(String(120), default="")
    restricted: Mapped[bool] = mapped_column(default=False)
    # Added, or changed in its title, after the agenda was sent.
    late: Mapped[bool] = mapped_column(default=False)
    # Comes back on every further agenda until somebody says that it need not.
    recurring: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12), default="open")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ref_plugin: Mapped[str] = mapped_column(String(60), default="")
    ref_kind: Mapped[str] = mapped_column(String(60), default="")
    ref_id: Mapped[str] = mapped_column(String(40), default="")
    # The meeting whose minutes it approves, the item of an earlier meeting that was not reached, what was proposed.
    about_meeting: Mapped[str | None] = mapped_column(ID)
    carried_from: Mapped[str | None] = mapped_column(ID)
    proposal_id: Mapped[str | None] = mapped_column(ID)
    added_by: Mapped[str | None] = mapped_column(ID)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class AudienceMember(CityOwned, Model):
    """Somebody to whom a restricted item is open: named, or because they were in the room for it.

    ``way`` is "named" or "room". Rows of the room are worked out again whenever the attendance changes.
    """

    __tablename__ = "meetings_audience_member"
    __table_args__ = (
        city_key("meetings_item", "item_id", cascade=True),
        city_key("identity_membership", "membership_id", cascade=True),
        UniqueConstraint("city_id", "item_id", "membership_id", "way"),
        Index("ix_meetings_audience_member_membership", "city_id", "membership_id", "item_id"),
    )

    item_id: Mapped[str] = mapped_column(ID)
    membership_id: Mapped[str] = mapped_column(ID)
    way: Mapped[str] = mapped_column(String(5), default="named")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Proposal(CityOwned, Model):
    """What a member would like a body to discuss, and what became of it.

    ``state`` is "waiting", "accepted", "returned", "deferred" or "withdrawn"; a deferred one is offered again when the
    next meeting is filled. A restricted one is read by whoever proposed it and by those who prepare the body's agenda.
    """

    __tablename__ = "meetings_proposal"
    __table_args__ = (
        city_key("meetings_body", "body_id", cascade=True),
        city_key("meetings_meeting", "meeting_id"),
        city_key("identity_organisation", "organisation_id"),
        city_key("identity_membership", "proposed_by"),
        city_key("identity_membership", "answered_by"),
        Index("ix_meetings_proposal_waiting", "city_id", "body_id", "state", "created_at"),
        Index("ix_meetings_proposal_mine", "city_id", "proposed_by", "created_at"),
        Index("ix_meetings_proposal_subject", "city_id", "ref_plugin", "ref_kind", "ref_id"),
    )

    body_id: Mapped[str] = mapped_column(ID)
    # The meeting for which it is meant, or in whose agenda it was taken up; None for the next one.
    meeting_id: Mapped[str | None] = mapped_column(ID)
    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(LANGUAGE)
    purpose: Mapped[str] = mapped_column(String(10), default="discuss")
    minutes: Mapped[int | None] = mapped_column(Integer)
    restricted: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[str | None] = mapped_column(ID)
    proposed_by: Mapped[str | None] = mapped_column(ID)
    ref_plugin: Mapped[str] = mapped_column(String(60), default="")
    ref_kind: Mapped[str] = mapped_column(String(60), default="")
    ref_id: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    # The word with which it was accepted, returned or deferred.
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[str | None] = mapped_column(ID)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When an item made of it was discussed: the days from proposal to discussion are counted from here.
    discussed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
