"""People, the organisations they speak for, memberships, sessions, and what signing in needs.

A person is site-wide; a membership belongs to a city. The rows of a city point to a membership, never to a person.
"""

from datetime import date, datetime
from typing import Any

from flask_security import RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import (
    ID_LENGTH,
    CityOwned,
    Model,
    UtcDateTime,
    city_key,
    new_id,
    same_city,
    sort_key_type,
    utcnow,
)


class SiteRole(RoleMixin, Model):
    """Required by the sign-in library and always empty: roles are held by memberships."""

    __tablename__ = "identity_site_role"

    id: Mapped[str] = mapped_column(  # type: ignore[assignment]  # the library numbers its rows
        String(ID_LENGTH), primary_key=True, default=new_id
    )
    name: Mapped[str] = mapped_column(String(80), unique=True)
    permissions: Mapped[str | None] = mapped_column(Text)  # type: ignore[assignment]  # never filled
    description: Mapped[str | None] = mapped_column(Text)


class Person(UserMixin, Model):
    """Somebody with an account on this site; cities know them by their memberships."""

    __tablename__ = "identity_person"

    id: Mapped[str] = mapped_column(  # type: ignore[assignment]  # the library numbers its rows
        String(ID_LENGTH), primary_key=True, default=new_id
    )
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(12), default="")
    theme: Mapped[str] = mapped_column(String(8), default="auto")
    # Where the person lives by the clock; empty for the zone of the city that writes to them.
    zone: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The names below are those that Flask-Security reads.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(  # type: ignore[assignment]  # made late
        String(64), unique=True
    )
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    # Hashes; replaced as a whole.
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSON)

    webauthn: Mapped[list["Passkey"]] = relationship(  # type: ignore[assignment]  # a list of ours
        back_populates="person", cascade="all, delete", passive_deletes=True
    )
    roles: list[SiteRole] = []  # type: ignore[assignment]  # noqa: RUF012  Flask-Security reads the attribute; ours stays empty.


class Passkey(WebAuthnMixin, Model):
    """A passkey of a person."""

    __tablename__ = "identity_passkey"

    id: Mapped[str] = mapped_column(  # type: ignore[assignment]  # the library numbers its rows
        String(ID_LENGTH), primary_key=True, default=new_id
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(Integer, default=0)
    transports: Mapped[list[str] | None] = mapped_column(JSON)
    extensions: Mapped[str | None] = mapped_column(String(255))
    lastuse_datetime: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    name: Mapped[str] = mapped_column(String(64))
    usage: Mapped[str] = mapped_column(String(64))
    backup_state: Mapped[bool] = mapped_column(default=False)
    device_type: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("identity_person.id", ondelete="CASCADE"))

    person: Mapped[Person] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, Any]:
        """How the sign-in library finds the owner of a passkey."""
        return {"id": self.person_id}


class SessionRow(Model):
    """A signed-in device. Only the hash of its secret is stored."""

    __tablename__ = "identity_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True, default=new_id)
    person_id: Mapped[str] = mapped_column(
        ForeignKey("identity_person.id", ondelete="CASCADE"), index=True
    )
    data: Mapped[str] = mapped_column(Text, default="")
    device: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_minutes: Mapped[int] = mapped_column(Integer)

    person: Mapped[Person] = relationship()


class KeptForm(Model):
    """A form that was sent after its writer's session had ended, sealed until they sign in again.

    The key is in a cookie of the writer's browser; the table holds the hash of it and nothing readable.
    """

    __tablename__ = "identity_kept_form"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        ForeignKey("identity_person.id", ondelete="CASCADE"), index=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Throttle(Model):
    """Counts failed attempts for a key (an account or an address, hashed) within a window."""

    __tablename__ = "identity_throttle"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class Organisation(CityOwned, Model):
    """An agency, school, association or community that takes part in a city's network."""

    __tablename__ = "identity_organisation"
    __table_args__ = (
        city_key("identity_organisation", "merged_into"),
        Index("ix_identity_organisation_order", "city_id", "sort_key", "id"),
    )

    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    sort_key: Mapped[str] = mapped_column(sort_key_type(200), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    sector: Mapped[str] = mapped_column(String(40), default="other")
    levels: Mapped[list[str]] = mapped_column(JSON, default=list)
    services: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    about: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    agreement_from: Mapped[date | None] = mapped_column(Date)
    agreement_until: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(default=True)
    # The organisation that took its place, if it turned out to be the same; then it is active no more.
    merged_into: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    def name_in(self, language: str) -> str:
        """The name in ``language``, else in a language it has."""
        from core.cities.models import text_in

        return text_in(self.names, language, [])


class Membership(CityOwned, Model):
    """Somebody's place in a city's network: who, for which organisation, in which roles, from when to when.

    ``person_id`` is empty for people without an account; they are listed and counted all the same.
    """

    __tablename__ = "identity_membership"
    __table_args__ = (
        city_key("identity_organisation", "organisation_id"),
        city_key("identity_membership", "merged_into"),
        Index("ix_identity_membership_person", "person_id", "city_id"),
        Index("ix_identity_membership_order", "city_id", "sort_key", "id"),
        Index("ix_identity_membership_organisation", "city_id", "organisation_id"),
    )

    person_id: Mapped[str | None] = mapped_column(ForeignKey("identity_person.id"))
    organisation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    shown_name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(sort_key_type(200), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(default=True)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    # The membership that took its place, if both were of one person; then it is active no more.
    merged_into: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    organisation: Mapped[Organisation | None] = relationship(
        primaryjoin=same_city(lambda: Membership, "organisation_id", lambda: Organisation),
        viewonly=False,
    )
    person: Mapped[Person | None] = relationship()


class Invitation(CityOwned, Model):
    """An invitation by mail to take up a membership. Only the hash of its secret is stored."""

    __tablename__ = "identity_invitation"
    __table_args__ = (
        city_key("identity_membership", "membership_id", cascade=True),
        UniqueConstraint("token_hash"),
    )

    membership_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(12), default="en")
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    membership: Mapped[Membership] = relationship(
        primaryjoin=same_city(lambda: Invitation, "membership_id", lambda: Membership)
    )
