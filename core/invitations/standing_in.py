"""Somebody who is invited in the place of a member who cannot come, and who that is. Flushes, never commits.

Whom to invite is the owner's to say, which knows the substitutes. Nothing here needs a reader: an answer by the link of
a mail comes from nobody who is signed in. Only the row that is written is held, since every answer holds its own.
"""

from collections.abc import Iterable

from sqlalchemy import and_, func, select

from core.audit.services import record
from core.database import db, utcnow
from core.identity.models import Membership
from core.invitations.models import Invitee
from core.invitations.services import (
    MOST_INVITED,
    about,
    active_members,
    insert_invitees,
    new_invitee,
    put_aside,
    subject_of,
)
from core.values import Ref


def invite_instead(subject: Ref, member: str, of: str) -> bool:
    """Invite ``member`` in the place of ``of``, who is invited and cannot come; by membership.

    The invitation comes from whoever invited that one. Returns whether ``member`` is invited now and was not before:
    who is invited in their own right stays so, and who is not in the city, or would be one too many, is left out.
    """
    theirs = db.session.scalars(
        select(Invitee).where(about(subject), Invitee.membership_id == of)
    ).first()
    if theirs is None or not active_members([member]):
        return False
    row = db.session.scalars(
        select(Invitee).where(about(subject), Invitee.membership_id == member).with_for_update()
    ).first()
    if row is not None and row.withdrawn_at is None:
        return False
    number = db.session.scalar(
        select(func.count()).where(about(subject), Invitee.withdrawn_at.is_(None))
    )
    if (number or 0) >= MOST_INVITED:
        return False
    if row is None:
        insert_invitees(
            [new_invitee(subject, theirs.invited_by, membership_id=member, instead_of=of)]
        )
    else:
        row.withdrawn_at, row.invited_by, row.instead_of = None, theirs.invited_by, of
        row.answer, row.answered_at, row.answered_for = "", None, ""
    db.session.flush()
    record("invitation.made", subject=subject, details={"instead": "1"})
    put_aside([subject])
    return True


def spare(subject: Ref, members: Iterable[str], *, thanked: bool = True) -> None:
    """Take back the invitations of those who were invited in somebody's place, who is not missing any more.

    The mail that tells them thanks them for having been ready; not so without ``thanked``, as where that place is
    gone. The owner, who asks for it, is not asked in turn.
    """
    rows = db.session.scalars(
        select(Invitee)
        .where(
            about(subject),
            Invitee.membership_id.in_(sorted(set(members))),
            Invitee.instead_of.is_not(None),
            Invitee.withdrawn_at.is_(None),
        )
        .with_for_update()
    ).all()
    if not rows:
        return
    for row in rows:
        row.withdrawn_at = utcnow()
        if not thanked:
            row.instead_of = None
    db.session.flush()
    record("invitation.withdrawn", subject=subject, details={"number": str(len(rows))})
    put_aside([subject])


def who_comes_instead(row: Invitee) -> str:
    """The name of who is invited in the place of ``row``, a member who cannot come; empty where nobody is."""
    if row.answer != "declined" or row.withdrawn_at is not None or row.membership_id is None:
        return ""
    return (
        db.session.scalars(
            select(Membership.shown_name)
            .join(
                Invitee,
                and_(Invitee.city_id == Membership.city_id, Invitee.membership_id == Membership.id),
            )
            .where(
                about(subject_of(row)),
                Invitee.instead_of == row.membership_id,
                Invitee.withdrawn_at.is_(None),
                Invitee.answer != "declined",
            )
            .order_by(Invitee.created_at, Invitee.id)
        ).first()
        or ""
    )
