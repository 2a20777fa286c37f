"""Invitations by mail to take up a membership: made, sent again, taken back, accepted."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.cities.models import City
from core.database import db, utcnow
from core.identity.forms import checked_address
from core.identity.mails import send_invitation
from core.identity.models import Invitation, Membership, Organisation, Person
from core.identity.sessions import hash_token
from core.tenancy import city_scope, cross_city, current_city
from core.values import Ref

LASTS = timedelta(days=14)


class AlreadyHasAccount(Exception):
    """The membership, or the address, belongs to somebody's account already."""


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can still be accepted, with all that its page shows."""

    invitation: Invitation
    membership: Membership
    organisation: Organisation | None
    city: City


def invite(membership: Membership, email: str, language: str) -> str:
    """Invite somebody to take up ``membership`` of the city in force; returns the secret of the link.

    Earlier invitations to it end. The caller commits.

    Raises ``ValueError`` for an address that no mail could reach, and :class:`AlreadyHasAccount` when the membership
    has been taken up.
    """
    from core.audit.services import record

    if membership.person_id is not None:
        raise AlreadyHasAccount
    address = checked_address(email)
    revoke(membership)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        membership_id=membership.id,
        email=address,
        language=language,
        token_hash=hash_token(token),
        expires_at=utcnow() + LASTS,
    )
    db.session.add(invitation)
    db.session.flush()
    organisation = None
    if membership.organisation_id is not None:
        organisation = db.session.scalar(
            select(Organisation).where(Organisation.id == membership.organisation_id)
        )
    send_invitation(invitation, current_city(), organisation, token)
    record("membership.invited", subject=Ref("identity", "membership", membership.id))
    return token


def resend(invitation: Invitation) -> None:
    """Send a new link in the place of the old one, which ends. The caller commits.

    Raises :class:`AlreadyHasAccount` when the membership has been taken up.
    """
    membership = db.session.scalars(
        select(Membership).where(Membership.id == invitation.membership_id)
    ).one()
    invite(membership, invitation.email, invitation.language)


def revoke(membership: Membership) -> int:
    """Take back every open invitation to ``membership``; returns how many there were. The caller commits."""
    taken = 0
    for invitation in open_invitations(membership):
        invitation.revoked_at = utcnow()
        taken += 1
    db.session.flush()
    return taken


def open_invitations(membership: Membership) -> list[Invitation]:
    """The invitations to ``membership`` that were neither accepted nor taken back, expired ones included."""
    return list(
        db.session.scalars(
            select(Invitation).where(
                Invitation.membership_id == membership.id,
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
            )
        )
    )


def find_invitation(token: str, *, lock: bool = False) -> OpenInvitation | None:
    """The invitation behind a link, or None when it is unknown, too old, taken back or used.

    With ``lock`` nobody else can accept it until the transaction ends.
    """
    query = (
        select(Invitation, Membership, Organisation, City)
        .join(City, City.id == Invitation.city_id)
        .join(
            Membership,
            (Membership.city_id == Invitation.city_id)
            & (Membership.id == Invitation.membership_id),
        )
        .outerjoin(
            Organisation,
            (Organisation.city_id == Membership.city_id)
            & (Organisation.id == Membership.organisation_id),
        )
        .where(
            Invitation.token_hash == hash_token(token),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > utcnow(),
            Membership.active.is_(True),
            Membership.person_id.is_(None),
        )
    )
    if lock:
        query = query.with_for_update(of=Invitation)
    with cross_city("an invitation is found by its secret before its city is known"):
        row = db.session.execute(query).one_or_none()
    return OpenInvitation(*row) if row is not None else None


def has_account(address: str) -> bool:
    """Whether ``address`` already belongs to an account."""
    return db.session.scalar(select(Person.id).where(Person.email == address)) is not None


def new_person(found: OpenInvitation, name: str, handle: str) -> Person:
    """Make the account of somebody invited; the membership is taken up with :func:`take_up`. The caller commits.

    Raises :class:`AlreadyHasAccount` when the address got an account meanwhile.
    """
    person = Person(
        email=found.invitation.email,
        name=name,
        language=found.invitation.language,
        confirmed_at=utcnow(),
        fs_uniquifier=uuid.uuid4().hex,
        fs_webauthn_user_handle=handle,
    )
    try:
        with db.session.begin_nested():
            db.session.add(person)
            db.session.flush()
    except IntegrityError as fault:
        raise AlreadyHasAccount from fault
    return person


def take_up(found: OpenInvitation, person: Person) -> None:
    """Give the membership to ``person`` and use the invitation up. The caller commits.

    Raises :class:`AlreadyHasAccount` when somebody else was quicker.
    """
    from core.audit.services import record

    now = utcnow()
    with city_scope(found.city):
        used = db.session.execute(
            update(Invitation)
            .where(
                Invitation.id == found.invitation.id,
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
            )
            .values(accepted_at=now)
            .execution_options(synchronize_session=False)
        )
        if used.rowcount != 1 or found.membership.person_id is not None:  # type: ignore[attr-defined]  # a cursor's result
            raise AlreadyHasAccount
        found.membership.person_id = person.id
        found.membership.confirmed_at = now
        db.session.flush()
        record(
            "membership.taken_up",
            subject=Ref("identity", "membership", found.membership.id),
            person_id=person.id,
        )
