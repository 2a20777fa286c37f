"""Bodies: who meets, how often, when it is quorate, and what stands on every agenda."""

from datetime import datetime, time

from sqlalchemy import JSON, Index, Integer, String, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import CityOwned, UtcDateTime, city_key, sort_key_type, utcnow
from plugins.meetings.models.base import CODE, ID, LANGUAGE, Model


class Body(CityOwned, Model):
    """A body that meets: the prevention council, the case table, a working group. A city may have several.

    The rule of its meetings is a rhythm (``monthly``), a weekday and which of the month (1 to 4, or -1 for the last):
    the dates follow from it, and a meeting that is moved keeps the date that the rule gave it.
    """

    __tablename__ = "meetings_body"
    __table_args__ = (Index("ix_meetings_body_order", "city_id", "active", "sort_key", "id"),)

    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    about: Mapped[str] = mapped_column(Text, default="")
    # One of words.MEETING_TYPES: which standing agenda it begins with.
    type: Mapped[str] = mapped_column(CODE, default="plenary_network")
    language: Mapped[str] = mapped_column(LANGUAGE)
    # Who reads what is not restricted: "network", every member, or "body", its own members alone.
    readers: Mapped[str] = mapped_column(String(10), default="network")

    rhythm: Mapped[str] = mapped_column(String(12), default="")
    weekday: Mapped[int] = mapped_column(Integer, default=1)
    nth: Mapped[int] = mapped_column(Integer, default=1)
    # What a rule's date becomes on a public holiday: "next_week", "next_day" or "stay".
    on_holidays: Mapped[str] = mapped_column(String(10), default="next_week")
    start_time: Mapped[time] = mapped_column(Time, default=time(10))
    duration: Mapped[int] = mapped_column(Integer, default=120)
    place: Mapped[str] = mapped_column(String(300), default="")
    notice_days: Mapped[int] = mapped_column(Integer, default=7)
    # So many days before the meeting its members are reminded.
    remind_days: Mapped[int] = mapped_column(Integer, default=2)
    # What members declare before a restricted item opens, by language.
    statement: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # The number of the last meeting, so that a body with a history goes on counting.
    last_number: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(default=True)
    sort_key: Mapped[str] = mapped_column(sort_key_type(200), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class BodyMember(CityOwned, Model):
    """Somebody's seat in a body. A substitute's row names the seat that it stands in for."""

    __tablename__ = "meetings_body_member"
    __table_args__ = (
        city_key("meetings_body", "body_id", cascade=True),
        city_key("identity_membership", "membership_id", cascade=True),
        city_key("meetings_body_member", "substitute_for", cascade=True),
        UniqueConstraint("city_id", "body_id", "membership_id"),
        Index("ix_meetings_body_member_membership", "city_id", "membership_id"),
        Index("ix_meetings_body_member_substitute", "city_id", "substitute_for"),
    )

    body_id: Mapped[str] = mapped_column(ID)
    membership_id: Mapped[str] = mapped_column(ID)
    # "chair", "deputy", "secretary", "member", "substitute" or "observer"; observers count for no quorum.
    role: Mapped[str] = mapped_column(String(12), default="member")
    substitute_for: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class QuorumRule(CityOwned, Model):
    """When a body is quorate: every condition that is set must hold. ``item_kind`` is empty for all other items."""

    __tablename__ = "meetings_quorum_rule"
    __table_args__ = (
        city_key("meetings_body", "body_id", cascade=True),
        UniqueConstraint("city_id", "body_id", "item_kind"),
    )

    body_id: Mapped[str] = mapped_column(ID)
    item_kind: Mapped[str] = mapped_column(CODE, default="")
    # Whether "organisations" or "people" are counted.
    counted: Mapped[str] = mapped_column(String(14), default="organisations")
    least: Mapped[int | None] = mapped_column(Integer)
    percent: Mapped[int | None] = mapped_column(Integer)
    # Each of these sectors has at least one present.
    sectors: Mapped[list[str]] = mapped_column(JSON, default=list)
    chair_present: Mapped[bool] = mapped_column(default=False)


class QuorumOrganisation(CityOwned, Model):
    """An organisation that must be there, as those that a city names for a case. Its own table, since two may merge."""

    __tablename__ = "meetings_quorum_organisation"
    __table_args__ = (
        city_key("meetings_quorum_rule", "rule_id", cascade=True),
        city_key("identity_organisation", "organisation_id", cascade=True),
        UniqueConstraint("city_id", "rule_id", "organisation_id"),
        Index("ix_meetings_quorum_organisation_organisation", "city_id", "organisation_id"),
    )

    rule_id: Mapped[str] = mapped_column(ID)
    organisation_id: Mapped[str] = mapped_column(ID)


class StandingItem(CityOwned, Model):
    """An item that stands on every agenda of a body for one type of meeting."""

    __tablename__ = "meetings_standing_item"
    __table_args__ = (
        city_key("meetings_body", "body_id", cascade=True),
        Index("ix_meetings_standing_item_order", "city_id", "body_id", "meeting_type", "position"),
    )

    body_id: Mapped[str] = mapped_column(ID)
    meeting_type: Mapped[str] = mapped_column(CODE)
    position: Mapped[int] = mapped_column(Integer)
    section: Mapped[str] = mapped_column(CODE, default="")
    kind: Mapped[str] = mapped_column(CODE)
    purpose: Mapped[str] = mapped_column(String(10), default="discuss")
    # By language; the original is in the body's.
    titles: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    minutes: Mapped[int | None] = mapped_column(Integer)
    restricted: Mapped[bool] = mapped_column(default=False)
