"""How each member wants to be told. Flushes, never commits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from core.audit.services import record
from core.database import db, utcnow
from core.identity.models import Membership, Person
from core.notifications.kinds import AT_ONCE, NEVER, NotificationKind
from core.notifications.models import Choice, Notification
from core.notifications.services import EVERY_KIND, due_for, enqueue_rounds
from core.values import Ref


@dataclass(frozen=True, slots=True)
class Wish:
    """How one kind is told: whether in the page, and how often by mail."""

    in_page: bool
    mail: str


def wishes_of(membership_id: str, kinds: Iterable[NotificationKind]) -> dict[str, Wish]:
    """How a member is told of each of ``kinds``, as chosen or as the kind says; one query."""
    rows = {
        row.kind: Wish(row.in_page, row.mail)
        for row in db.session.scalars(select(Choice).where(Choice.membership_id == membership_id))
    }
    every = rows.get(EVERY_KIND)
    return {
        kind.name: rows.get(kind.name) or Wish(kind.in_page, every.mail if every else kind.mail)
        for kind in kinds
    }


def choose(membership: Membership, person: Person, wishes: Mapping[str, Wish]) -> None:
    """Keep how a member wants to be told of the kinds named; mails that wait already follow it."""
    _forget_choices(membership, [*wishes, EVERY_KIND])
    _keep(membership, wishes)
    if wishes and all(wish.mail == NEVER for wish in wishes.values()):
        # Whoever wants none of what there is wants none of what comes later either.
        _keep(membership, {EVERY_KIND: Wish(in_page=True, mail=NEVER)})
    _reschedule(membership, person, wishes)
    _record(membership)


def no_more_mails(membership: Membership) -> None:
    """Mail this member nothing any more, of no kind there is or will be; the page goes on telling."""
    rows = db.session.scalars(select(Choice).where(Choice.membership_id == membership.id)).all()
    for row in rows:
        row.mail = NEVER
    if all(row.kind != EVERY_KIND for row in rows):
        _keep(membership, {EVERY_KIND: Wish(in_page=True, mail=NEVER)})
    for waiting in _waiting(membership):
        waiting.mail_due_at = None
    _record(membership)


def _forget_choices(membership: Membership, kinds: Iterable[str]) -> None:
    db.session.execute(
        delete(Choice)
        .where(Choice.membership_id == membership.id, Choice.kind.in_(list(kinds)))
        .execution_options(synchronize_session=False)
    )


def _keep(membership: Membership, wishes: Mapping[str, Wish]) -> None:
    db.session.add_all(
        Choice(membership_id=membership.id, kind=kind, in_page=wish.in_page, mail=wish.mail)
        for kind, wish in wishes.items()
    )
    db.session.flush()


def _waiting(membership: Membership) -> list[Notification]:
    return list(
        db.session.scalars(
            select(Notification).where(
                Notification.membership_id == membership.id, Notification.mail_due_at.is_not(None)
            )
        )
    )


def _reschedule(membership: Membership, person: Person, wishes: Mapping[str, Wish]) -> None:
    now = utcnow()
    moments = set()
    for row in _waiting(membership):
        wish = wishes.get(row.kind)
        if wish is None:
            continue
        due = due_for(wish.mail, person.zone, person.language, now)
        if wish.mail == AT_ONCE and row.mail_due_at is not None and due is not None:
            due = min(due, row.mail_due_at)
        row.mail_due_at = due
        if due is not None:
            moments.add(due)
    db.session.flush()
    enqueue_rounds((membership.id, due) for due in moments)


def _record(membership: Membership) -> None:
    db.session.flush()
    record("notifications.chosen", subject=Ref("identity", "membership", membership.id))
