"""The tables of actions: who does what by when, and what was changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Action(CityOwned, Model):
    """One thing that one organisation, and in it one person, does by one date; one record for every plugin.

    It hangs on a subject (``ref_plugin``, ``ref_kind``, ``ref_id``; empty for an action of its own), which its
    organisation need not be able to see. ``restricted`` actions are those of a subject that not every member may
    see: then only the organisation, the person, whoever added it and whoever may see the subject see the action.
    """

    __tablename__ = "actions_action"
    __table_args__ = (
        city_key("identity_organisation", "organisation_id"),
        city_key("identity_membership", "assignee_id"),
        city_key("identity_membership", "created_by"),
        # Holds all that says who may see an action, so that counting reads no rows.
        Index(
            "ix_actions_action_due",
            "city_id",
            "closed",
            "due_on",
            "id",
            "restricted",
            "organisation_id",
            "assignee_id",
            "created_by",
        ),
        Index(
            "ix_actions_action_organisation", "city_id", "organisation_id", "closed", "due_on", "id"
        ),
        Index("ix_actions_action_assignee", "city_id", "assignee_id", "closed", "due_on", "id"),
        Index("ix_actions_action_subject", "city_id", "ref_plugin", "ref_kind", "ref_id"),
    )

    ref_plugin: Mapped[str] = mapped_column(String(60), default="")
    ref_kind: Mapped[str] = mapped_column(String(60), default="")
    ref_id: Mapped[str] = mapped_column(String(40), default="")
    restricted: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(String(500))
    language: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    assignee_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    due_on: Mapped[date] = mapped_column(Date)
    # "open", "in_progress", "blocked", "done" or "not_possible"; overdue is worked out and never stored.
    status: Mapped[str] = mapped_column(String(14), default="open")
    # Done or not possible: what lists of open actions leave out.
    closed: Mapped[bool] = mapped_column(default=False)
    closed_on: Mapped[date | None] = mapped_column(Date)
    # Why it is blocked or not possible.
    reason: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    search_text: Mapped[str] = mapped_column(Text, default="")
    # The day on which its people were last reminded of it, so that running twice a day reminds once.
    reminded_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class ActionChange(CityOwned, Model):
    """One change of an action: who, when, and each field from what to what."""

    __tablename__ = "actions_change"
    __table_args__ = (
        city_key("actions_action", "action_id", cascade=True),
        city_key("identity_membership", "changed_by"),
        Index("ix_actions_change_action", "city_id", "action_id", "version"),
    )

    action_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    changed_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The version that the change made.
    version: Mapped[int] = mapped_column(Integer)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
