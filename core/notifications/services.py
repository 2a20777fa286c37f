"""Telling members something, and reminding them. Flushes, never commits, never reads the request.

What is told is rows, written in the transaction of the change that it tells of, with the jobs that will mail them: a
change that is rolled back tells nobody. Nothing here holds a title: whoever reads asks for it, as they may see it then.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from core.database import db, new_id, rows_changed, utcnow
from core.i18n import known_language
from core.i18n.languages import first_day_of_week, formatting_locale
from core.i18n.reader import zone_of
from core.identity.memberships import covers
from core.identity.models import Membership, Person
from core.jobs.services import enqueue_all
from core.notifications.kinds import AT_ONCE, NEVER, NotificationKind, find_kind
from core.notifications.models import Choice, Notification, Reminder
from core.notifications.timing import GATHERED, next_mail
from core.tenancy import current_city, current_city_id
from core.values import Ref, Viewer

# A choice for every kind that has none of its own: of who wants no mails any more.
EVERY_KIND = "*"
# A round that has not come for so long will not come by itself.
LOST_AFTER = timedelta(hours=1)
READ_IS_KEPT, KEPT_AT_MOST = timedelta(days=90), timedelta(days=365)
REMINDER_IS_KEPT = timedelta(days=30)
_BATCH = 400


# -- Telling -------------------------------------------------------------------------------------------------


def notify(
    kind: str,
    recipients: Iterable[str],
    *,
    subject: Ref | None = None,
    facts: Mapping[str, Any] | None = None,
    actor: Viewer | None = None,
    urgent: bool = False,
    calm: bool = False,
) -> None:
    """Tell members (by membership) of something, in the page and by mail, as each of them wants to be told.

    ``kind`` is the name of one that is registered. ``subject`` is what it is about: while somebody has not read of it,
    another change of it is told with the first; without a subject this holds for all of the kind. ``facts`` are small,
    fit for JSON, and hold nothing that only some may see: no title, place or name. The last ones count. ``actor`` is
    who did it, and is not told. ``urgent`` does not wait for a daily or weekly mail; ``calm`` is what nobody does at
    this moment, as the work of each day: its mail wakes nobody up, and waits for seven in the morning. Left out is who
    has no account, is not in force, or wants neither page nor mail. Raises ``LookupError`` for an unknown kind.
    """
    known, now = find_kind(kind), utcnow()
    wanted = {each for each in recipients if each}
    told = [
        line
        for row in _recipients(wanted, kind, actor, now)
        if (line := _line(row, known, now, urgent=urgent, calm=calm)) is not None
    ]
    for part in _parts(told):
        _write(part, kind, subject, facts or {}, actor, now)
    enqueue_rounds(
        (each.membership_id, each.mail_due_at)
        for each in told
        if each.mail_due_at is not None and not each.awaited
    )


class _Line(NamedTuple):
    """How one member is told of it. ``awaited``: the mail's job is there already."""

    membership_id: str
    in_page: bool
    mail_due_at: datetime | None
    awaited: bool


def _recipients(
    wanted: Collection[str], kind: str, actor: Viewer | None, now: datetime
) -> Iterator[Any]:
    """Those of ``wanted`` who can be told, with what they chose and when their next mail is due."""
    own, every = aliased(Choice), aliased(Choice)
    # Aliased, since the member's other kinds count as well.
    other = aliased(Notification)
    next_due = (
        select(func.min(other.mail_due_at))
        .where(
            other.city_id == Membership.city_id,
            other.membership_id == Membership.id,
            other.mail_due_at > now - LOST_AFTER,
            other.mail_due_at <= now + GATHERED,
        )
        .correlate(Membership)
        .scalar_subquery()
    )
    query = (
        select(
            Membership.id, Membership.since, Membership.until,
            Person.zone, Person.language, Person.demo,
            own.in_page, own.mail, every.mail.label("every_mail"), next_due.label("next_due"),
        )
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(own, _choice_of(own, kind))
        .outerjoin(every, _choice_of(every, EVERY_KIND))
        .where(Membership.active.is_(True), Person.active.is_(True))
    )  # fmt: skip
    if actor is not None:
        query = query.where(
            Membership.id != actor.membership_id, Membership.person_id != actor.person_id
        )
    today = now.astimezone(zone_of(current_city().zone)).date()
    for part in _parts(sorted(wanted)):
        for row in db.session.execute(query.where(Membership.id.in_(part)).order_by(Membership.id)):
            if covers(row.since, row.until, today):
                yield row


def _choice_of(choice: type[Choice], kind: str) -> Any:
    return and_(
        choice.city_id == Membership.city_id,
        choice.membership_id == Membership.id,
        choice.kind == kind,
    )


def _line(
    row: Any, kind: NotificationKind, now: datetime, *, urgent: bool, calm: bool
) -> _Line | None:
    in_page = kind.in_page if row.in_page is None else row.in_page
    mail = row.mail or row.every_mail or kind.mail
    if mail != NEVER and (urgent or not kind.digest):
        mail = AT_ONCE
    # The addresses of the demo are invented.
    due = None if row.demo else due_for(mail, row.zone, row.language, now, calm=calm)
    awaited = due is not None and mail == AT_ONCE and row.next_due is not None
    if not in_page and due is None:
        return None
    return _Line(row.id, in_page, row.next_due if awaited else due, awaited)


def due_for(
    mail: str, zone: str, language: str, now: datetime, *, calm: bool = False
) -> datetime | None:
    """When somebody in ``zone`` (empty for the city's) who wants mails ``mail`` gets the next one; see ``notify``."""
    city = current_city()
    locale = formatting_locale(known_language(language or city.default_language), city.country)
    first = first_day_of_week(locale, city.country)
    return next_mail(mail, now, zone_of(zone or city.zone), first, calm=calm)


def enqueue_rounds(due: Iterable[tuple[str, datetime]]) -> None:
    """Have the worker put together mails of members at moments; asked twice for one moment, it is one job."""
    city_id = current_city_id()
    enqueue_all(
        "notifications.round",
        {
            f"notifications.round {city_id} {member} {at.isoformat()}": ({"member": member}, at)
            for member, at in due
        },
        city_id=city_id,
    )


def _write(
    lines: Sequence[_Line],
    kind: str,
    subject: Ref | None,
    facts: Mapping[str, Any],
    actor: Viewer | None,
    now: datetime,
) -> None:
    about = subject or Ref("", "", "")
    same = {
        "city_id": current_city_id(),
        "kind": kind,
        "ref_plugin": about.plugin,
        "ref_kind": about.kind,
        "ref_id": about.id,
        "facts": dict(facts),
        "actor_id": (actor.membership_id or None) if actor is not None else None,
        "open_key": _digest(kind, about),
        "times": 1,
        "at": now,
    }
    insert = _insert()(Notification).values(
        [
            same
            | {
                "id": new_id(),
                "membership_id": line.membership_id,
                "in_page": line.in_page,
                "unread": line.in_page,
                "mail_due_at": line.mail_due_at,
            }
            for line in lines
        ]
    )
    new = insert.excluded
    sooner = case(
        (Notification.mail_due_at.is_(None), new.mail_due_at),
        (new.mail_due_at < Notification.mail_due_at, new.mail_due_at),
        else_=Notification.mail_due_at,
    )
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=["city_id", "membership_id", "open_key"],
            set_={
                "times": Notification.times + 1,
                "facts": new.facts,
                "actor_id": new.actor_id,
                "at": new.at,
                "mail_due_at": sooner,
            },
        )
    )


def _insert() -> Any:
    return (
        postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )


def _digest(kind: str, subject: Ref) -> str:
    parts = (kind, subject.plugin, subject.kind, subject.id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def lately_told(kind: str, since: datetime) -> frozenset[str]:
    """The memberships that were told of something of ``kind`` since that moment: for what is told now and then."""
    return frozenset(
        db.session.scalars(
            select(Notification.membership_id).where(
                Notification.kind == kind, Notification.at >= since
            )
        )
    )


def told_not_yet(kind: str, subject: Ref) -> frozenset[str]:
    """The memberships that are told of ``subject`` by ``kind`` and have neither read it nor got the mail."""
    return frozenset(
        db.session.scalars(
            select(Notification.membership_id).where(
                Notification.kind == kind,
                *_is_about(Notification, subject),
                Notification.read_at.is_(None),
                Notification.mailed_at.is_(None),
            )
        )
    )


# -- Reminding -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReminderAt:
    """When to remind whom (by membership) of a record; without a moment, nobody. ``facts`` as in :func:`notify`."""

    at: datetime | None = None
    recipients: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def remind(
    kind: str,
    subject: Ref,
    at: datetime | None,
    recipients: Iterable[str],
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Let exactly ``recipients`` be reminded of ``subject`` at the moment ``at``, in UTC, by a reminder of ``kind``.

    Call it whenever the record, its time or its people change: what is as it was stays, what moved moves, and without
    a moment, or with one that has passed, what was not told yet is taken back. Somebody who was reminded is reminded
    again only for another moment.
    """
    remind_all(kind, {subject: ReminderAt(at, tuple(recipients), facts or {})})


def remind_all(kind: str, wanted: Mapping[Ref, ReminderAt]) -> None:
    """:func:`remind` for many records of one plugin at once, in a few statements."""
    find_kind(kind)
    now = utcnow()
    for part in _parts(list(wanted)):
        _set_reminders(kind, {ref: wanted[ref] for ref in part}, now)
    db.session.flush()


def _set_reminders(kind: str, wanted: Mapping[Ref, ReminderAt], now: datetime) -> None:
    stored = {
        (Ref(row.ref_plugin, row.ref_kind, row.ref_id), row.membership_id): row
        for row in db.session.execute(
            select(
                Reminder.id, Reminder.ref_plugin, Reminder.ref_kind, Reminder.ref_id,
                Reminder.membership_id, Reminder.remind_at, Reminder.sent_at, Reminder.facts,
            ).where(Reminder.kind == kind, Reminder.ref_id.in_({ref.id for ref in wanted}))
        )
    }  # fmt: skip
    wished = {
        (ref, member): (one.at, dict(one.facts))
        for ref, one in wanted.items()
        if one.at is not None and one.at > now
        for member in set(one.recipients)
        if member
    }
    gone = [
        row.id
        for both, row in stored.items()
        if both[0] in wanted and both not in wished and row.sent_at is None
    ]
    _take_back(kind, {both for both, row in stored.items() if _holds_no_more(row, wanted, both)})
    if gone:
        db.session.execute(
            delete(Reminder).where(Reminder.id.in_(gone), Reminder.sent_at.is_(None))
        )
    changed = {
        both: one
        for both, one in wished.items()
        if both not in stored or (stored[both].remind_at, stored[both].facts) != one
    }
    for part in _parts(sorted(changed, key=repr)):
        _write_reminders(kind, {both: changed[both] for both in part})
    _enqueue_reminders(kind, {(ref, changed[ref, member][0]) for ref, member in changed})


def _holds_no_more(row: Any, wanted: Mapping[Ref, ReminderAt], both: tuple[Ref, str]) -> bool:
    """Whether somebody was reminded of what is off, was moved, or is none of theirs any more."""
    one = wanted.get(both[0])
    if one is None or row.sent_at is None:
        return False
    return (row.remind_at, row.facts) != (one.at, dict(one.facts)) or both[1] not in one.recipients


def _take_back(kind: str, told: Collection[tuple[Ref, str]]) -> None:
    """Reminders that were told are neither read nor mailed any more: what they remind of is off, or was moved."""
    members: dict[Ref, list[str]] = {}
    for ref, member in told:
        members.setdefault(ref, []).append(member)
    for ref, some in members.items():
        settle([kind], [ref], of=some)


def _write_reminders(
    kind: str, changed: Mapping[tuple[Ref, str], tuple[datetime, dict[str, Any]]]
) -> None:
    insert = _insert()(Reminder).values(
        [
            {
                "city_id": current_city_id(),
                "id": new_id(),
                "ref_plugin": ref.plugin,
                "ref_kind": ref.kind,
                "ref_id": ref.id,
                "kind": kind,
                "membership_id": member,
                "remind_at": at,
                "facts": facts,
            }
            for (ref, member), (at, facts) in changed.items()
        ]
    )
    new = insert.excluded
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=[
                "city_id", "ref_plugin", "ref_kind", "ref_id", "kind", "membership_id",
            ],
            set_={
                "remind_at": new.remind_at,
                "facts": new.facts,
                "sent_at": case((Reminder.remind_at == new.remind_at, Reminder.sent_at), else_=None),
            },
        )
    )  # fmt: skip


def _enqueue_reminders(kind: str, moments: Iterable[tuple[Ref, datetime]]) -> None:
    city_id = current_city_id()
    enqueue_all(
        "notifications.remind",
        {
            f"notifications.remind {city_id} {_digest(kind, ref)[:40]} {at.isoformat()}": (
                {"about": kind, "plugin": ref.plugin, "kind": ref.kind, "id": ref.id},
                at,
            )
            for ref, at in moments
        },
        city_id=city_id,
    )


# -- Reading -------------------------------------------------------------------------------------------------


def mark_read(viewer: Viewer, identifier: str = "") -> int:
    """Mark one of the viewer's notifications as read, or all of them; returns how many were unread.

    What was read is not mailed any more.
    """
    mine = [Notification.membership_id == viewer.membership_id, Notification.unread.is_(True)]
    if identifier:
        mine.append(Notification.id == identifier)
    return _put_away(*mine)


def put_away_plugin(name: str) -> None:
    """A plugin is switched off: what it told is unread and waits for a mail no more."""
    _put_away(
        Notification.kind.startswith(f"{name}.", autoescape=True),
        or_(Notification.unread.is_(True), Notification.mail_due_at.is_not(None)),
    )


def settle(
    kinds: Collection[str],
    subjects: Collection[Ref],
    *,
    of: Collection[str] | None = None,
    but: Collection[str] = (),
) -> None:
    """What was told of ``subjects`` by ``kinds`` is settled: it is unread and waits for a mail no more.

    Call it when nothing of it holds any longer, as what was due and is done. It stays in the list of what was told, as
    read. ``of`` names the only members whom it concerns, ``but`` those for whom it still holds, both by membership. A
    mail that was written and could not be sent yet is not sent, or written anew without it. The subjects are of one
    kind of record.
    """
    about = list(dict.fromkeys(subjects))
    for part in _parts(about):
        conditions = [
            Notification.kind.in_(sorted(kinds)),
            Notification.ref_plugin == part[0].plugin,
            Notification.ref_kind == part[0].kind,
            Notification.ref_id.in_([ref.id for ref in part]),
            Notification.read_at.is_(None),
        ]
        if of is not None:
            conditions.append(Notification.membership_id.in_(sorted(of)))
        if but:
            conditions.append(Notification.membership_id.not_in(sorted(but)))
        _put_away(*conditions)


def _put_away(*conditions: Any) -> int:
    return rows_changed(
        db.session.execute(
            update(Notification)
            .where(*conditions)
            .values(unread=False, read_at=utcnow(), open_key=None, mail_due_at=None)
            .execution_options(synchronize_session=False)
        )
    )


# -- Forgetting ----------------------------------------------------------------------------------------------


def forget_reminders(subject: Ref) -> None:
    """Take back every reminder of ``subject`` that was not told yet."""
    db.session.execute(
        delete(Reminder)
        .where(*_is_about(Reminder, subject), Reminder.sent_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def forget_notifications(subject: Ref) -> None:
    """The record is gone: forget what nobody has read of it yet, and what waits to be mailed."""
    db.session.execute(
        delete(Notification)
        .where(
            *_is_about(Notification, subject),
            or_(Notification.unread.is_(True), Notification.mail_due_at.is_not(None)),
        )
        .execution_options(synchronize_session=False)
    )


def _is_about(model: type[Notification | Reminder], subject: Ref) -> tuple[Any, ...]:
    return (
        model.ref_plugin == subject.plugin,
        model.ref_kind == subject.kind,
        model.ref_id == subject.id,
    )


def forget_old() -> int:
    """Forget what was read long ago, what is older than a year, and reminders whose time has passed.

    Mails whose round never came, such as after a fault of the worker's, are asked for once more. Returns how many rows
    were forgotten. Run once a day in each city.
    """
    now = utcnow()
    seen_at = func.coalesce(Notification.read_at, Notification.at)
    lost = db.session.scalars(
        select(Notification.membership_id)
        .where(Notification.mail_due_at < now - LOST_AFTER)
        .distinct()
    ).all()
    enqueue_rounds((member, now) for member in lost)
    removed = 0
    for statement in (
        delete(Notification).where(
            Notification.unread.is_(False),
            Notification.mail_due_at.is_(None),
            seen_at < now - READ_IS_KEPT,
        ),
        delete(Notification).where(Notification.at < now - KEPT_AT_MOST),
        delete(Reminder).where(Reminder.remind_at < now - REMINDER_IS_KEPT),
    ):
        removed += rows_changed(
            db.session.execute(statement.execution_options(synchronize_session=False))
        )
    return removed
