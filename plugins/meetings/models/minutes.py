"""What was said and decided: notes with their versions, decisions with their reasons, approvals, papers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import CityOwned, UtcDateTime, city_key, utcnow
from plugins.meetings.models.base import ID, LANGUAGE, Model


class Note(CityOwned, Model):
    """The minutes of one item, in the language in which they are written; other languages are translated content."""

    __tablename__ = "meetings_note"
    __table_args__ = (
        city_key("meetings_item", "item_id", cascade=True),
        city_key("identity_membership", "changed_by"),
        UniqueConstraint("city_id", "item_id"),
    )

    item_id: Mapped[str] = mapped_column(ID)
    text: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(LANGUAGE)
    # {language: {"text", "state"}}.
    translations: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(Integer, default=1)
    changed_by: Mapped[str | None] = mapped_column(ID)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class NoteVersion(CityOwned, Model):
    """What a note said before: nothing that was saved is ever lost.

    Kept for each save of another person, and of the same one after a while; ``way`` is "saved", "merged" when two had
    written at once, or "corrected" after the approval.
    """

    # Not meetings_note_version: SQLAlchemy labels the version of a note so, and the walls would take it for this table.
    __tablename__ = "meetings_earlier_note"
    __table_args__ = (
        city_key("meetings_note", "note_id", cascade=True),
        city_key("identity_membership", "written_by"),
        Index("ix_meetings_earlier_note_note", "city_id", "note_id", "version"),
    )

    note_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(LANGUAGE)
    way: Mapped[str] = mapped_column(String(10), default="saved")
    written_by: Mapped[str | None] = mapped_column(ID)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Decision(CityOwned, Model):
    """A decision. Its rationale is part of it.

    ``number`` counts the decisions of a meeting; those of restricted items count by themselves (``apart``), so that a
    gap tells nobody that there was one. ``quorate`` and ``counts`` are what held at that moment.
    """

    __tablename__ = "meetings_decision"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("meetings_item", "item_id", cascade=True),
        city_key("meetings_decision", "replaces_id"),
        city_key("identity_membership", "created_by"),
        UniqueConstraint("city_id", "meeting_id", "apart", "number"),
        Index("ix_meetings_decision_item", "city_id", "item_id", "number"),
        # In the order of the register, the latest first.
        Index(
            "ix_meetings_decision_register",
            "city_id",
            "decided_on",
            "meeting_id",
            "apart",
            "number",
        ),
        Index("ix_meetings_decision_replaces", "city_id", "replaces_id"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    item_id: Mapped[str] = mapped_column(ID)
    number: Mapped[int] = mapped_column(Integer)
    apart: Mapped[bool] = mapped_column(default=False)
    decided_on: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(Text)
    rationale: Mapped[str] = mapped_column(Text)
    alternatives: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(LANGUAGE)
    # {language: {"text", "rationale", "alternatives", "state"}}.
    translations: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # "consensus", "majority" or "chair" (the chair's casting vote).
    rule: Mapped[str] = mapped_column(String(10), default="consensus")
    votes_for: Mapped[int | None] = mapped_column(Integer)
    votes_against: Mapped[int | None] = mapped_column(Integer)
    votes_abstained: Mapped[int | None] = mapped_column(Integer)
    legal_basis: Mapped[str] = mapped_column(String(300), default="")
    # "public", "members" or "restricted"; always the last for a restricted item.
    publicity: Mapped[str] = mapped_column(String(10), default="members")
    # None where the body has no rule.
    quorate: Mapped[bool | None] = mapped_column()
    # {"present", "needed", "all"} and what was lacking, as codes.
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The earlier decision that this one takes the place of.
    replaces_id: Mapped[str | None] = mapped_column(ID)
    # "in_force", "replaced" or "withdrawn".
    state: Mapped[str] = mapped_column(String(10), default="in_force")
    # All that it says in every language, folded: what the register looks for words in.
    search_text: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Dissent(CityOwned, Model):
    """Who did not agree with a decision, and why."""

    __tablename__ = "meetings_dissent"
    __table_args__ = (
        city_key("meetings_decision", "decision_id", cascade=True),
        city_key("meetings_attendance", "attendance_id"),
        Index("ix_meetings_dissent_decision", "city_id", "decision_id", "position"),
        Index("ix_meetings_dissent_attendance", "city_id", "attendance_id"),
    )

    decision_id: Mapped[str] = mapped_column(ID)
    attendance_id: Mapped[str | None] = mapped_column(ID)
    reason: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(Integer, default=0)


class Approval(CityOwned, Model):
    """The minutes of a meeting are approved in a language, at a version; what was missing then is counted."""

    __tablename__ = "meetings_approval"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("identity_membership", "approved_by"),
        # Named, since its columns would make a name too long for PostgreSQL.
        UniqueConstraint(
            "city_id", "meeting_id", "language", "minutes_version", name="uq_meetings_approval_once"
        ),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    language: Mapped[str] = mapped_column(LANGUAGE)
    minutes_version: Mapped[int] = mapped_column(Integer, default=1)
    texts: Mapped[int] = mapped_column(Integer, default=0)
    missing: Mapped[int] = mapped_column(Integer, default=0)
    approved_by: Mapped[str | None] = mapped_column(ID)
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Correction(CityOwned, Model):
    """A change of approved minutes: each makes a new version and says why.

    ``what`` is "note", "decision", "attendance" or "meeting", of when and where it was; it is read as its item is.
    """

    __tablename__ = "meetings_correction"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("meetings_item", "item_id", cascade=True),
        city_key("meetings_decision", "decision_id", cascade=True),
        city_key("identity_membership", "made_by"),
        Index("ix_meetings_correction_meeting", "city_id", "meeting_id", "minutes_version"),
        Index("ix_meetings_correction_item", "city_id", "item_id"),
        Index("ix_meetings_correction_decision", "city_id", "decision_id"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    item_id: Mapped[str | None] = mapped_column(ID)
    decision_id: Mapped[str | None] = mapped_column(ID)
    what: Mapped[str] = mapped_column(String(12))
    minutes_version: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(500))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_by: Mapped[str | None] = mapped_column(ID)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Document(CityOwned, Model):
    """A paper that was issued: agenda, attendance list, restricted minutes or public extract.

    Each is made from the meeting for its own audience; ``audience`` is "members", "restricted" or "public". The file
    itself is an attachment of ``Ref("meetings", "document", id)``.
    """

    __tablename__ = "meetings_document"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("identity_membership", "made_by"),
        UniqueConstraint("city_id", "meeting_id", "kind", "audience", "number"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    # "agenda", "attendance", "minutes" or "extract".
    kind: Mapped[str] = mapped_column(String(12))
    audience: Mapped[str] = mapped_column(String(10), default="members")
    number: Mapped[int] = mapped_column(Integer, default=1)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    # What a reissue changes, or why a correction was made.
    reason: Mapped[str] = mapped_column(String(500), default="")
    # What it says, so that the next one can tell what changed.
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_by: Mapped[str | None] = mapped_column(ID)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Change(CityOwned, Model):
    """One change of a meeting or of something in it: who, when, and each field from what to what.

    ``item_id`` is the item that it belongs to: whoever may not read that item does not read of the change.
    """

    __tablename__ = "meetings_change"
    __table_args__ = (
        city_key("meetings_meeting", "meeting_id", cascade=True),
        city_key("identity_membership", "changed_by"),
        Index("ix_meetings_change_meeting", "city_id", "meeting_id", "changed_at", "id"),
    )

    meeting_id: Mapped[str] = mapped_column(ID)
    # No foreign key: the history of an item that was taken off the agenda stays, for those who could read it.
    item_id: Mapped[str | None] = mapped_column(ID)
    restricted: Mapped[bool] = mapped_column(default=False)
    # "state", "edit", "item_added", "item_changed", "item_removed", "moved", "attendance", "decision", "note", …
    way: Mapped[str] = mapped_column(String(20))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_by: Mapped[str | None] = mapped_column(ID)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
