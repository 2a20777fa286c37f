"""Inviting people to a record of any plugin, and what they answer. Flushes, never commits, never reads the request.

Whether somebody may invite is the owner's to say: its page asks before it calls :func:`invite`. Mails are jobs
(:mod:`core.invitations.jobs`): each change puts one aside for the minute after next, so that what is changed within a
minute is told once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.audit.services import record
from core.database import db, new_id, utcnow
from core.directory.services import name_of
from core.i18n import current_language, known_language
from core.identity.models import Membership, Organisation, Person
from core.invitations import events
from core.invitations.models import Invitee
from core.jobs.services import enqueue
from core.mail.services import given_up_on
from core.registry import CityHooks
from core.tenancy import current_city, current_city_id
from core.values import CalendarEntry, Ref, Viewer

ANSWERS = ("accepted", "tentative", "declined")
# More than a whole network is a slip, or somebody who makes the site write to strangers.
MOST_INVITED = 500
MOST_GUESTS = 100
JOB = "invitations.send"
_CHUNK = 500


class TooMany(Exception):
    """So many people, or guests, cannot be invited to one event; ``most`` is how many can."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class Closed(Exception):
    """An invitation cannot be answered. ``reason`` is ``withdrawn``, ``gone``, ``cancelled``, ``over`` or ``moved``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody without an account who is invited: a name, an address, and the language in which they are written to."""

    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class InviteeLine:
    """Somebody who is invited, as the page of the event shows it.

    ``paper`` says that a member has no account: no mail goes out, and somebody tells them in another way.
    ``answer`` is empty, ``accepted``, ``tentative`` or ``declined``. ``instead_of`` is the membership in whose place
    they are invited; empty for all who are invited in their own right.
    """

    id: str
    name: str
    organisation: str
    answer: str
    membership_id: str
    email: str
    paper: bool
    instead_of: str

    @property
    def guest(self) -> bool:
        """Whether it is a guest and no member."""
        return not self.membership_id


def about(subject: Ref) -> Any:
    """The condition that leaves the invitees of one subject."""
    return and_(
        Invitee.ref_plugin == subject.plugin,
        Invitee.ref_kind == subject.kind,
        Invitee.ref_id == subject.id,
    )


def subject_of(row: Invitee) -> Ref:
    """What somebody is invited to."""
    return Ref(row.ref_plugin, row.ref_kind, row.ref_id)


# -- Inviting ----------------------------------------------------------------------------------------------


def invite(
    subject: Ref, members: Iterable[str], viewer: Viewer, guests: Iterable[Guest] = ()
) -> None:
    """Invite members (by membership) and guests to ``subject``; who is invited already stays so.

    Members who are not in the city, or whose place has ended, are left out. The invitations go by mail a minute
    later. Raises :class:`TooMany`, and ``ValueError`` for a guest's address that no mail could reach.
    """
    from core.identity.forms import checked_address

    strangers = {checked_address(guest.email): guest for guest in guests}
    wanted = active_members(members)
    before = list(db.session.scalars(select(Invitee).where(about(subject)).with_for_update()))
    by_member = {row.membership_id: row for row in before if row.membership_id}
    by_address = {row.email: row for row in before if row.email}
    _check_number(before, wanted, strangers)
    again = [by_member[one] for one in wanted if one in by_member]
    for address, guest in strangers.items():
        row = by_address.get(address)
        if row is not None:
            row.name, row.language = guest.name, known_language(guest.language)
            again.append(row)
    for row in again:
        if row.withdrawn_at is not None:
            row.withdrawn_at, row.invited_by = None, viewer.membership_id
            row.answer, row.answered_at, row.answered_for = "", None, ""
        # Whoever is asked for themselves is not sent home because somebody else comes after all.
        row.instead_of = None
    new = [
        new_invitee(subject, viewer.membership_id, membership_id=one)
        for one in wanted
        if one not in by_member
    ]
    new += [
        new_invitee(
            subject,
            viewer.membership_id,
            email=address,
            name=guest.name,
            language=known_language(guest.language),
        )
        for address, guest in strangers.items()
        if address not in by_address
    ]
    insert_invitees(new)
    db.session.flush()
    record(
        "invitation.made",
        subject=subject,
        details={"members": str(len(wanted)), "guests": str(len(strangers))},
    )
    put_aside([subject])


def active_members(members: Iterable[str]) -> list[str]:
    """Those of the memberships that are in force in the city, in a fixed order."""
    wanted = sorted(set(members))
    found: list[str] = []
    for start in range(0, len(wanted), _CHUNK):
        found += db.session.scalars(
            select(Membership.id)
            .where(Membership.id.in_(wanted[start : start + _CHUNK]), Membership.active.is_(True))
            .order_by(Membership.id)
        )
    return found


def _check_number(
    before: Sequence[Invitee], members: Sequence[str], guests: Mapping[str, Guest]
) -> None:
    present = [row for row in before if row.withdrawn_at is None]
    addresses = {row.email for row in present if row.email} | set(guests)
    if len(addresses) > MOST_GUESTS:
        raise TooMany(MOST_GUESTS)
    all_members = {row.membership_id for row in present if row.membership_id} | set(members)
    if len(addresses) + len(all_members) > MOST_INVITED:
        raise TooMany(MOST_INVITED)


def new_invitee(subject: Ref, invited_by: str | None, **facts: Any) -> dict[str, Any]:
    """The columns of somebody who is not invited to ``subject`` yet, by a membership."""
    usual = {
        "membership_id": None,
        "email": None,
        "name": "",
        "language": "",
        "instead_of": None,
    }
    return {
        "city_id": current_city_id(),
        "id": new_id(),
        "ref_plugin": subject.plugin,
        "ref_kind": subject.kind,
        "ref_id": subject.id,
        "answer": "",
        "answered_for": "",
        "invited_by": invited_by,
        "sequence": -1,
        "sent": {},
        "created_at": utcnow(),
        **usual,
        **facts,
    }


def insert_invitees(rows: Sequence[dict[str, Any]]) -> None:
    """Write new invitees; whom another press invited at the same moment is passed over."""
    if not rows:
        return
    dialect = db.session.get_bind().dialect.name
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(Invitee)
    for start in range(0, len(rows), 50):
        db.session.execute(
            statement.values(list(rows[start : start + 50])).on_conflict_do_nothing()
        )


def withdraw(subject: Ref, invitee_ids: Iterable[str], viewer: Viewer) -> None:
    """Take invitations to ``subject`` back. Who was told of it is told of this as well."""
    wanted = sorted(set(invitee_ids))
    rows = list(
        db.session.scalars(
            select(Invitee)
            .where(about(subject), Invitee.id.in_(wanted), Invitee.withdrawn_at.is_(None))
            .with_for_update()
        )
    )
    if not rows:
        return
    for row in rows:
        row.withdrawn_at, row.instead_of = utcnow(), None
    db.session.flush()
    record(
        "invitation.withdrawn",
        subject=subject,
        details={"number": str(len(rows)), "by": viewer.membership_id},
    )
    _say_answered(subject, events.hooks_of(current_city()))
    put_aside([subject])


def event_changed(*subjects: Ref) -> None:
    """Say that time, place, title or state of records changed, or that they are no more; in the same transaction.

    Everybody invited gets one message for what was changed within a minute, and none that says nothing new. One
    query for all records of a kind, and a job for each to which somebody is invited.
    """
    by_kind: dict[tuple[str, str], list[str]] = {}
    for subject in dict.fromkeys(subjects):
        by_kind.setdefault((subject.plugin, subject.kind), []).append(subject.id)
    for (plugin, kind), ids in by_kind.items():
        for start in range(0, len(ids), _CHUNK):
            some = ids[start : start + _CHUNK]
            found = db.session.scalars(
                select(Invitee.ref_id)
                .where(
                    Invitee.ref_plugin == plugin,
                    Invitee.ref_kind == kind,
                    Invitee.ref_id.in_(some),
                )
                .distinct()
            )
            put_aside([Ref(plugin, kind, one) for one in found])


def put_aside(subjects: Iterable[Ref]) -> None:
    """Have the worker look at ``subjects`` once the present minute, and a whole one after it, are over.

    All changes of a minute share a job, since it is named after that minute; whichever runs first tells of all.
    """
    minute = int(events.GATHERED.total_seconds())
    number = int(utcnow().timestamp()) // minute
    due = datetime.fromtimestamp((number + 2) * minute, UTC)
    city = current_city_id()
    for subject in subjects:
        name = f"invitations {city} {subject.plugin} {subject.kind} {subject.id} {number}"
        enqueue(
            JOB,
            {"plugin": subject.plugin, "kind": subject.kind, "id": subject.id},
            city_id=city,
            run_after=due,
            # A key is at most so long; the end of the name is what differs.
            key=name[-120:],
        )


# -- Answering ---------------------------------------------------------------------------------------------


def find_invitee(identifier: str, *, lock: bool = False) -> Invitee | None:
    """An invitee of the city in force, or None; withdrawn ones too."""
    query = select(Invitee).where(Invitee.id == identifier)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def closed(row: Invitee, entry: CalendarEntry | None) -> str:
    """Why ``row`` cannot be answered, as :class:`Closed` names it; empty while it can."""
    if row.withdrawn_at is not None:
        return "withdrawn"
    if entry is None:
        return "gone"
    if entry.status == events.CANCELLED:
        return "cancelled"
    return "over" if events.is_over(entry, utcnow()) else ""


def set_answer(subject: Ref, invitee_id: str, answer: str) -> bool:
    """Write what somebody who is invited to ``subject`` answers; returns whether it differs from before.

    For a plugin that takes answers down in a way of its own, as for members without an account. Raises
    :class:`Closed`, also for somebody who is not invited.
    """
    row = find_invitee(invitee_id, lock=True)
    if row is None or subject_of(row) != subject:
        raise Closed("withdrawn")
    hooks = events.hooks_of(current_city())
    viewer = events.any_member(hooks, current_language())
    return write_answer(row, answer, events.entry_of(subject, viewer, hooks))


def write_answer(row: Invitee, answer: str, entry: CalendarEntry | None, *, seen: str = "") -> bool:
    """Write an answer on a row fetched with ``lock``; returns whether it differs from before.

    ``entry`` is the event as it is now, ``seen`` the time that the page showed (:func:`events.time_of`). Raises
    :class:`Closed`; with the reason ``moved`` when the time shown is no longer the event's.
    """
    if answer not in ANSWERS:
        raise ValueError(answer)
    reason = closed(row, entry)
    if reason or entry is None:
        raise Closed(reason)
    time = events.time_of(entry)
    if seen and seen != time:
        raise Closed("moved")
    if row.answer == answer and row.answered_for == time:
        return False
    row.answer, row.answered_at, row.answered_for = answer, utcnow(), time
    db.session.flush()
    record("invitation.answered", subject=subject_of(row), details={"answer": answer})
    _say_answered(subject_of(row), events.hooks_of(current_city()))
    return True


def _say_answered(subject: Ref, hooks: CityHooks) -> None:
    """Let the owner of ``subject`` know that other people come to it than before."""
    hooks.call("answered", only=subject.plugin, ref=subject)


# -- Reading -----------------------------------------------------------------------------------------------

_LINES = (
    select(
        Invitee.id,
        Invitee.name,
        Invitee.email,
        Invitee.answer,
        Invitee.membership_id,
        Invitee.instead_of,
        Membership.shown_name,
        Membership.person_id,
        Organisation.names,
    )
    .outerjoin(
        Membership,
        and_(Membership.city_id == Invitee.city_id, Membership.id == Invitee.membership_id),
    )
    .outerjoin(
        Organisation,
        and_(
            Organisation.city_id == Membership.city_id,
            Organisation.id == Membership.organisation_id,
        ),
    )
    .where(
        # Kept with parameters: every record's page asks it, and putting it together takes longer than the answer.
        Invitee.ref_plugin == bindparam("ref_plugin"),
        Invitee.ref_kind == bindparam("ref_kind"),
        Invitee.ref_id == bindparam("ref_id"),
        Invitee.withdrawn_at.is_(None),
    )
    .order_by(func.coalesce(Membership.sort_key, ""), Invitee.name, Invitee.id)
)


def invitees_of(subject: Ref) -> tuple[InviteeLine, ...]:
    """Who is invited to ``subject``, with names in the reader's language; one query.

    The caller has checked that the reader may see the subject.
    """
    rows = db.session.execute(
        _LINES,
        {"ref_plugin": subject.plugin, "ref_kind": subject.kind, "ref_id": subject.id},
    )
    language = current_language()
    return tuple(
        InviteeLine(
            id=row.id,
            name=row.shown_name or row.name or row.email or "",
            organisation=name_of(row.names, language) if row.names else "",
            answer=row.answer,
            membership_id=row.membership_id or "",
            email=row.email or "",
            paper=row.membership_id is not None and row.person_id is None,
            instead_of=row.instead_of or "",
        )
        for row in rows
    )


def unreached(subject: Ref) -> tuple[str, ...]:
    """The names of those invited to ``subject`` whom no mail reaches: the last ones to them were given up.

    For those who invited them, who then call. Two queries, one where every mail arrived.
    """
    refused = given_up_on()
    if not refused:
        return ()
    rows = db.session.execute(
        select(Invitee.name, Invitee.email, Membership.shown_name, Person.email.label("address"))
        .outerjoin(
            Membership,
            and_(Membership.city_id == Invitee.city_id, Membership.id == Invitee.membership_id),
        )
        .outerjoin(Person, Person.id == Membership.person_id)
        .where(about(subject), Invitee.withdrawn_at.is_(None))
        .order_by(Invitee.id)
    )
    return tuple(
        row.shown_name or row.name or row.email
        for row in rows
        if (row.email or row.address or "").lower() in refused
    )


def accepted_members(subjects: Iterable[Ref]) -> dict[Ref, tuple[str, ...]]:
    """The memberships that accepted an invitation to each of ``subjects``: whom a reminder is for.

    A query for each 500 records of a kind. A subject to which nobody said yes is left out.
    """
    by_kind: dict[tuple[str, str], list[str]] = {}
    for subject in dict.fromkeys(subjects):
        by_kind.setdefault((subject.plugin, subject.kind), []).append(subject.id)
    found: dict[Ref, tuple[str, ...]] = {}
    for (plugin, kind), ids in by_kind.items():
        for start in range(0, len(ids), 500):
            rows = db.session.execute(
                select(Invitee.ref_id, Invitee.membership_id)
                .where(
                    Invitee.ref_plugin == plugin,
                    Invitee.ref_kind == kind,
                    Invitee.ref_id.in_(ids[start : start + 500]),
                    Invitee.answer == "accepted",
                    Invitee.withdrawn_at.is_(None),
                    Invitee.membership_id.is_not(None),
                )
                .order_by(Invitee.membership_id)
            )
            for one, member in rows:
                subject = Ref(plugin, kind, one)
                found[subject] = (*found.get(subject, ()), member or "")
    return found


def count_answers(lines: Iterable[InviteeLine]) -> Counter[str]:
    """How many gave each answer; those who gave none stand under the empty one."""
    return Counter(line.answer for line in lines)


def coming_up(viewer: Viewer, most: int) -> list[Invitee]:
    """What the viewer is invited to and is not over, the next first; one query.

    What nobody has looked at yet, since the job has not run, is among them.
    """
    return list(
        db.session.scalars(
            select(Invitee)
            .where(
                Invitee.membership_id == viewer.membership_id,
                Invitee.withdrawn_at.is_(None),
                or_(Invitee.ends_at.is_(None), Invitee.ends_at > utcnow()),
            )
            .order_by(func.coalesce(Invitee.ends_at, Invitee.created_at), Invitee.id)
            .limit(most)
        )
    )


def organiser_name(language: str) -> str:
    """Whom invitations come from: the city's network under its name, else the city."""
    city = current_city()
    return city.body_name_in(language) or city.name_in(language)
