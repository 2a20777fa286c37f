"""The tables: activities, series, partners, what was changed, and imports waiting to be confirmed.

An activity is an occurrence: the record that is planned, held and reported. A repeating one belongs to a series and
keeps the start that the rule gave (``occurrence_key``) and the names of the fields in which it differs (``overrides``).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.api import (
    CityOwned,
    UtcDateTime,
    city_key,
    mapper_registry,
    new_id,
    sort_key_type,
    utcnow,
)

ID = String(16)


class Codes(TypeDecorator[list[str]]):
    """A list of our own codes in one text, ``,a,b,``: the same search finds one on every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str:
        """Codes hold no comma."""
        return f",{','.join(value)}," if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        """Give the list back."""
        return [code for code in (value or "").split(",") if code]


class Model(DeclarativeBase):
    """The base of this plugin's tables."""

    registry = mapper_registry()


class Series(CityOwned, Model):
    """A repeating activity: the rule and what it starts from. Its dates are rows of :class:`Activity`."""

    __tablename__ = "activities_series"
    __table_args__ = (
        city_key("identity_organisation", "organisation_id"),
        city_key("activities_series", "follows_id"),
        Index("ix_activities_series_source", "city_id", "organisation_id", "source_uid"),
        Index("ix_activities_series_follows", "city_id", "follows_id"),
    )

    organisation_id: Mapped[str] = mapped_column(ID)
    rule: Mapped[str] = mapped_column(Text, default="")
    zone: Mapped[str] = mapped_column(String(64))
    all_day: Mapped[bool] = mapped_column(default=False)
    wall_start: Mapped[datetime] = mapped_column(DateTime)
    wall_end: Mapped[datetime | None] = mapped_column(DateTime)
    rdates: Mapped[list[str]] = mapped_column(JSON, default=list)
    exdates: Mapped[list[str]] = mapped_column(JSON, default=list)
    # The day up to which the dates of a rule without an end exist as rows.
    filled_until: Mapped[date | None] = mapped_column(Date)
    source_uid: Mapped[str | None] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    # People moved its dates here since it was imported: a later import adds none and leaves none out.
    moved_here: Mapped[bool] = mapped_column(default=False)
    # The series that this one goes on from, since "this and the following dates" were changed.
    follows_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Activity(CityOwned, Model):
    """One activity on its date: planned, held, reported, postponed or cancelled.

    ``wall_start`` and ``wall_end`` are what the clock shows in ``zone``; the UTC columns are for queries, and
    ``end_utc`` is the start where no end is known. An activity of whole days ends at the midnight after its last day.
    No names of participants, in any field.
    """

    __tablename__ = "activities_activity"
    __table_args__ = (
        city_key("identity_organisation", "organisation_id"),
        city_key("identity_membership", "logged_by"),
        city_key("activities_series", "series_id"),
        UniqueConstraint("city_id", "series_id", "occurrence_key"),
        # With the end, so that a stretch of time is found without reading the rows of others.
        Index("ix_activities_activity_date", "city_id", "start_utc", "id", "end_utc"),
        Index("ix_activities_activity_end", "city_id", "end_utc"),
        # Holds all that is counted, so that counting reads no rows.
        Index(
            "ix_activities_activity_counted",
            "city_id",
            "start_date",
            "visibility",
            "organisation_id",
            "logged_by",
            "status",
            "participants",
            "end_date",
        ),
        Index("ix_activities_activity_title", "city_id", "sort_key", "id"),
        Index("ix_activities_activity_participants", "city_id", "participants", "id"),
        Index("ix_activities_activity_organisation", "city_id", "organisation_id"),
        Index("ix_activities_activity_created", "city_id", "created_at", "id"),
        Index("ix_activities_activity_source", "city_id", "source_uid", "source_for"),
    )

    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(12))
    # {language: {"title", "description", "state"}}; the state is "translated", or "outdated" once the original changed.
    translations: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    type: Mapped[str] = mapped_column(String(40), default="other")
    status: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[str] = mapped_column(ID)
    logged_by: Mapped[str | None] = mapped_column(ID)
    on_behalf: Mapped[bool] = mapped_column(default=False)
    level: Mapped[str] = mapped_column(String(24), default="")
    target_groups: Mapped[list[str]] = mapped_column(Codes, default=list)
    languages_used: Mapped[list[str]] = mapped_column(Codes, default=list)

    all_day: Mapped[bool] = mapped_column(default=True)
    zone: Mapped[str] = mapped_column(String(64))
    wall_start: Mapped[datetime] = mapped_column(DateTime)
    wall_end: Mapped[datetime | None] = mapped_column(DateTime)
    start_date: Mapped[date] = mapped_column(Date)
    end_date: Mapped[date] = mapped_column(Date)
    start_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    end_utc: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(500), default="")
    place_sensitive: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[str] = mapped_column(String(12), default="in_person")

    participants: Mapped[int | None] = mapped_column(Integer)
    attendances: Mapped[int | None] = mapped_column(Integer)
    estimated: Mapped[bool] = mapped_column(default=False)
    expected: Mapped[int | None] = mapped_column(Integer)
    by_sex: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    by_age: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    budget_planned: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    budget_spent: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    result: Mapped[str] = mapped_column(Text, default="")
    worked: Mapped[str] = mapped_column(Text, default="")
    not_worked: Mapped[str] = mapped_column(Text, default="")
    objective: Mapped[str] = mapped_column(String(300), default="")
    funding: Mapped[str] = mapped_column(String(300), default="")
    visibility: Mapped[str] = mapped_column(String(12), default="members")

    uid: Mapped[str] = mapped_column(String(255))
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    series_id: Mapped[str | None] = mapped_column(ID)
    occurrence_key: Mapped[str | None] = mapped_column(String(40))
    overrides: Mapped[list[str]] = mapped_column(Codes, default=list)
    source_uid: Mapped[str | None] = mapped_column(String(255))
    # The organisation for which it was imported: it stays when the lead organisation changes, also when that one is
    # merged into another, which the next import finds by its ``merged_into``.
    source_for: Mapped[str | None] = mapped_column(ID)
    source_fingerprint: Mapped[str] = mapped_column(String(64), default="")
    # What the imported calendar said, so that a later import sees which fields people changed here since.
    source_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    sort_key: Mapped[str] = mapped_column(sort_key_type(300), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Partner(CityOwned, Model):
    """An organisation that took part in an activity beside the lead organisation."""

    __tablename__ = "activities_partner"
    __table_args__ = (
        city_key("activities_activity", "activity_id", cascade=True),
        city_key("identity_organisation", "organisation_id"),
        UniqueConstraint("city_id", "activity_id", "organisation_id"),
        Index("ix_activities_partner_organisation", "city_id", "organisation_id", "activity_id"),
    )

    activity_id: Mapped[str] = mapped_column(ID)
    organisation_id: Mapped[str] = mapped_column(ID)
    role: Mapped[str] = mapped_column(String(20), default="partner")


class Change(CityOwned, Model):
    """One change of an activity: who, when, and each field from what to what."""

    __tablename__ = "activities_change"
    __table_args__ = (
        city_key("activities_activity", "activity_id", cascade=True),
        city_key("identity_membership", "changed_by"),
        Index("ix_activities_change_activity", "city_id", "activity_id", "version"),
        Index("ix_activities_change_batch", "city_id", "batch"),
    )

    activity_id: Mapped[str] = mapped_column(ID)
    changed_by: Mapped[str | None] = mapped_column(ID)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The version that the change made.
    version: Mapped[int] = mapped_column(Integer)
    # "edit", "status", "translation" or "import".
    way: Mapped[str] = mapped_column(String(12), default="edit")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The same for all dates of a series that one press changed.
    batch: Mapped[str | None] = mapped_column(ID)


class PendingImport(CityOwned, Model):
    """A calendar file that was looked at and not yet taken over. It goes after a day."""

    __tablename__ = "activities_import"
    __table_args__ = (
        city_key("identity_membership", "made_by", cascade=True),
        city_key("identity_organisation", "organisation_id", cascade=True),
    )

    made_by: Mapped[str] = mapped_column(ID)
    organisation_id: Mapped[str] = mapped_column(ID)
    language: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    digest: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    seen_on: Mapped[date] = mapped_column(Date)
    lines: Mapped[list[Any]] = mapped_column(JSON, default=list)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


def new_uid() -> str:
    """A calendar identifier that never changes, whatever happens to the activity."""
    return f"{new_id()}@maillage"
