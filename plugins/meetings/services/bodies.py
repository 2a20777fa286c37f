"""Bodies: who meets, how often, and what stands on their agenda. Flushes, never commits, never reads the request."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, select
from sqlalchemy.orm import aliased

from core.api import (
    Membership,
    Organisation,
    Viewer,
    calendar_changed,
    current_city,
    db,
    force_language,
    name_of,
    new_id,
    record,
    sort_key,
)
from plugins.meetings.models import (
    Body,
    BodyMember,
    Meeting,
    QuorumOrganisation,
    QuorumRule,
    StandingItem,
)
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.rhythm import Rule
from plugins.meetings.standing import agenda_for

BODY = "body"
_LONGEST_KEY = 200
# Who counts for the quorum and is invited: all but substitutes, who come in somebody's place.
SEATED = ("chair", "deputy", "secretary", "member")


class Conflict(Exception):
    """Somebody else saved the body in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Body) -> None:
        super().__init__("The body was changed by somebody else.")
        self.current = current


class AlreadySeated(Exception):
    """The person has a seat in the body already."""


@dataclass(frozen=True, slots=True)
class BodyEntry:
    """What somebody says of a body."""

    names: Mapping[str, str]
    type: str
    language: str
    readers: str = "network"
    about: str = ""
    rhythm: str = ""
    weekday: int = 1
    nth: int = 1
    on_holidays: str = "next_week"
    start_time: time = time(10)
    duration: int = 120
    place: str = ""
    notice_days: int = 7
    remind_days: int = 2
    last_number: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A body as lists and choices show it."""

    id: str
    name: str
    type: str
    language: str
    active: bool
    seats: int


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's seat in a body, with their names."""

    id: str
    membership_id: str
    name: str
    organisation_id: str
    organisation: str
    sector: str
    role: str
    substitute_for: str
    has_account: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Quorum:
    """When a body is quorate for items of a kind, or for all others where the kind is empty."""

    item_kind: str = ""
    counted: str = "organisations"
    least: int | None = None
    percent: int | None = None
    sectors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    chair_present: bool = False

    @property
    def says_something(self) -> bool:
        """Whether any condition is set."""
        return bool(
            self.least or self.percent or self.sectors or self.organisations or self.chair_present
        )


def rule_of(body: Body) -> Rule:
    """The body's rule, as dates are worked out from it."""
    return Rule(body.rhythm, body.weekday, body.nth, body.on_holidays)


# -- Reading -------------------------------------------------------------------------------------------------


def find_body(body_id: str, *, for_change: bool = False) -> Body | None:
    """A body of the city in force. ``for_change`` holds it until the transaction ends."""
    query = select(Body).where(Body.id == body_id)
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


@lru_cache(maxsize=1)
def _bodies_query() -> Any:
    seats = (
        select(func.count())
        .select_from(BodyMember)
        .where(
            BodyMember.city_id == Body.city_id,
            BodyMember.body_id == Body.id,
            BodyMember.role != "substitute",
        )
        .correlate(Body)
        .scalar_subquery()
    )
    return select(
        Body.id, Body.names, Body.type, Body.language, Body.active, seats.label("seats")
    ).order_by(Body.active.desc(), Body.sort_key, Body.id)


def list_bodies(language: str) -> tuple[BodyLine, ...]:
    """Every body by name, those that still meet first; one query."""
    rows = db.session.execute(_bodies_query())
    return tuple(
        BodyLine(
            row.id, name_of(row.names, language), row.type, row.language, row.active, row.seats
        )
        for row in rows
    )


def seats_of(body_id: str, language: str) -> tuple[Seat, ...]:
    """Who sits in a body, the chair first, each followed by their substitutes; one query."""
    rows = db.session.execute(
        select(
            BodyMember.id,
            BodyMember.membership_id,
            BodyMember.role,
            BodyMember.substitute_for,
            Membership.shown_name,
            Membership.sort_key,
            Membership.person_id,
            Membership.active,
            Organisation.id.label("organisation_id"),
            Organisation.names,
            Organisation.sector,
        )
        .join(
            Membership,
            and_(
                Membership.city_id == BodyMember.city_id, Membership.id == BodyMember.membership_id
            ),
        )
        .outerjoin(
            Organisation,
            and_(
                Organisation.city_id == Membership.city_id,
                Organisation.id == Membership.organisation_id,
            ),
        )
        .where(BodyMember.body_id == body_id)
        .order_by(Membership.sort_key, BodyMember.id)
    )
    seats = [
        Seat(
            row.id,
            row.membership_id,
            row.shown_name,
            row.organisation_id or "",
            name_of(row.names, language) if row.names else "",
            row.sector or "",
            row.role,
            row.substitute_for or "",
            row.person_id is not None,
            row.active,
        )
        for row in rows
    ]
    order = {"chair": 0, "deputy": 1, "secretary": 2, "member": 3, "substitute": 4, "observer": 5}
    first = sorted(
        (seat for seat in seats if not seat.substitute_for), key=lambda seat: order[seat.role]
    )
    behind: dict[str, list[Seat]] = {}
    for seat in seats:
        if seat.substitute_for:
            behind.setdefault(seat.substitute_for, []).append(seat)
    return tuple(each for seat in first for each in (seat, *behind.get(seat.id, ())))


@lru_cache(maxsize=1)
def _quorums_query() -> Any:
    # Kept, since every page of a meeting asks it.
    named = aliased(QuorumOrganisation)
    return (
        select(QuorumRule, named.organisation_id)
        .outerjoin(named, and_(named.city_id == QuorumRule.city_id, named.rule_id == QuorumRule.id))
        .where(QuorumRule.body_id == bindparam("body"))
        .order_by(QuorumRule.item_kind, named.organisation_id)
    )


def quorums_of(body_id: str) -> dict[str, Quorum]:
    """The rules of a body by the kind of item they are for; one query."""
    rows = db.session.execute(_quorums_query(), {"body": body_id})
    found: dict[str, tuple[QuorumRule, list[str]]] = {}
    for rule, organisation in rows:
        _rule, organisations = found.setdefault(rule.item_kind, (rule, []))
        if organisation:
            organisations.append(organisation)
    return {
        kind: Quorum(
            kind,
            rule.counted,
            rule.least,
            rule.percent,
            tuple(rule.sectors),
            tuple(organisations),
            rule.chair_present,
        )
        for kind, (rule, organisations) in found.items()
    }


def standing_of(body_id: str, meeting_type: str) -> list[StandingItem]:
    """The standing agenda of a body for a type of meeting, in order; empty where it has none of its own."""
    return list(
        db.session.scalars(
            select(StandingItem)
            .where(StandingItem.body_id == body_id, StandingItem.meeting_type == meeting_type)
            .order_by(StandingItem.position, StandingItem.id)
        )
    )


def last_series_date(body_id: str) -> date | None:
    """The last date of the body's rule for which there is a meeting."""
    return db.session.scalar(
        select(func.max(Meeting.series_date)).where(Meeting.body_id == body_id)
    )


# -- Writing -------------------------------------------------------------------------------------------------


def add_body(entry: BodyEntry, viewer: Viewer, *, identifier: str = "") -> Body:
    """Set up a body, with the standing agenda of its type in the languages of the city."""
    body = Body(id=identifier or new_id(), statement={})
    _write(body, entry)
    db.session.add(body)
    db.session.flush()
    write_standing(body, entry.type)
    calendar_changed()
    record("meetings.body_added", subject=ref_of(BODY, body.id))
    return body


def change_body(body: Body, entry: BodyEntry, version: int, viewer: Viewer) -> None:
    """Write ``entry`` on a body fetched for change. Raises :class:`Conflict`."""
    if version != body.version:
        raise Conflict(body)
    before = body.type
    _write(body, entry)
    body.version += 1
    db.session.flush()
    if body.type != before and not standing_of(body.id, body.type):
        write_standing(body, body.type)
    calendar_changed()
    record("meetings.body_changed", subject=ref_of(BODY, body.id))


def _write(body: Body, entry: BodyEntry) -> None:
    for name in BodyEntry.__slots__:
        setattr(body, name, getattr(entry, name))
    body.names = {code: text for code, text in entry.names.items() if text}
    body.last_number = max(entry.last_number, 0)
    body.sort_key = sort_key(name_of(body.names, body.language))[:_LONGEST_KEY]


def write_standing(body: Body, meeting_type: str) -> None:
    """Give a body the standing agenda that comes with the plugin, in every language of the city."""
    db.session.execute(
        delete(StandingItem).where(
            StandingItem.body_id == body.id, StandingItem.meeting_type == meeting_type
        )
    )
    items = agenda_for(meeting_type)
    titles: list[dict[str, str]] = [{} for _item in items]
    for code in dict.fromkeys([body.language, *current_city().languages]):
        with force_language(code):
            for number, item in enumerate(items):
                titles[number][code] = str(item.title)
    for number, item in enumerate(items):
        db.session.add(
            StandingItem(
                body_id=body.id,
                meeting_type=meeting_type,
                position=number,
                section=item.section,
                kind=item.kind,
                purpose=item.purpose,
                titles=_distinct(titles[number], body.language),
                minutes=item.minutes,
                restricted=item.restricted,
            )
        )
    db.session.flush()


def _distinct(titles: Mapping[str, str], language: str) -> dict[str, str]:
    """The titles by language; a catalogue that lacks a text gives the English one, which is no translation."""
    original = titles[language]
    return {code: text for code, text in titles.items() if code == language or text != original}


@dataclass(frozen=True, slots=True)
class StandingEntry:
    """An item of a standing agenda as its form says it."""

    section: str
    kind: str
    purpose: str
    titles: Mapping[str, str]
    minutes: int | None
    restricted: bool


def set_standing(body: Body, meeting_type: str, entries: Sequence[StandingEntry]) -> None:
    """Replace the standing agenda of a body for a type of meeting."""
    db.session.execute(
        delete(StandingItem).where(
            StandingItem.body_id == body.id, StandingItem.meeting_type == meeting_type
        )
    )
    db.session.add_all(
        StandingItem(
            body_id=body.id,
            meeting_type=meeting_type,
            position=number,
            section=each.section,
            kind=each.kind,
            purpose=each.purpose,
            titles=dict(each.titles),
            minutes=each.minutes,
            restricted=each.restricted,
        )
        for number, each in enumerate(entries)
    )
    body.version += 1
    db.session.flush()
    record("meetings.standing_changed", subject=ref_of(BODY, body.id))


def seat(
    body: Body, membership_id: str, role: str, viewer: Viewer, *, substitute_for: str = ""
) -> BodyMember:
    """Give somebody a seat in a body. A new chair takes the place of the one before, who stays a member.

    Raises :class:`AlreadySeated`, and ``LookupError`` for somebody who is not in the network, or no such seat.
    """
    there = db.session.scalar(
        select(Membership.id).where(Membership.id == membership_id, Membership.active.is_(True))
    )
    if there is None:
        raise LookupError(membership_id)
    rows = {
        row.membership_id: row
        for row in db.session.scalars(
            select(BodyMember).where(BodyMember.body_id == body.id).with_for_update()
        )
    }
    if membership_id in rows:
        raise AlreadySeated
    if substitute_for and substitute_for not in {row.id for row in rows.values()}:
        raise LookupError(substitute_for)
    _one_chair(rows.values(), role)
    row = BodyMember(
        body_id=body.id,
        membership_id=membership_id,
        role="substitute" if substitute_for else role,
        substitute_for=substitute_for or None,
    )
    db.session.add(row)
    db.session.flush()
    calendar_changed()
    record("meetings.seated", subject=ref_of(BODY, body.id), details={"role": row.role})
    return row


def change_role(body: Body, seat_id: str, role: str, viewer: Viewer) -> None:
    """Give somebody who has a seat another role. Raises ``LookupError``."""
    rows = list(
        db.session.scalars(
            select(BodyMember).where(BodyMember.body_id == body.id).with_for_update()
        )
    )
    row = next((each for each in rows if each.id == seat_id), None)
    if row is None:
        raise LookupError(seat_id)
    _one_chair([each for each in rows if each is not row], role)
    row.role = role
    if role != "substitute":
        row.substitute_for = None
    db.session.flush()
    calendar_changed()
    record("meetings.role_changed", subject=ref_of(BODY, body.id), details={"role": role})


def _one_chair(rows: Iterable[BodyMember], role: str) -> None:
    if role in {"chair", "secretary"}:
        for row in rows:
            if row.role == role:
                row.role = "member"


def unseat(body: Body, seat_id: str, viewer: Viewer) -> str | None:
    """Take a seat away; substitutes for it go with it. Returns whose it was, None where there is no such seat."""
    row = db.session.scalars(
        select(BodyMember).where(BodyMember.body_id == body.id, BodyMember.id == seat_id)
    ).first()
    if row is None:
        return None
    who = row.membership_id
    db.session.execute(delete(BodyMember).where(BodyMember.substitute_for == seat_id))
    db.session.delete(row)
    db.session.flush()
    calendar_changed()
    record("meetings.unseated", subject=ref_of(BODY, body.id))
    return who


def set_quorum(body: Body, quorum: Quorum, viewer: Viewer) -> None:
    """Set when a body is quorate for items of a kind; a rule that says nothing is removed."""
    before = db.session.scalars(
        select(QuorumRule).where(
            QuorumRule.body_id == body.id, QuorumRule.item_kind == quorum.item_kind
        )
    ).first()
    if before is not None:
        db.session.execute(
            delete(QuorumOrganisation).where(QuorumOrganisation.rule_id == before.id)
        )
        db.session.delete(before)
        db.session.flush()
    if quorum.says_something:
        rule = QuorumRule(
            id=new_id(),
            body_id=body.id,
            item_kind=quorum.item_kind,
            counted=quorum.counted,
            least=quorum.least,
            percent=quorum.percent,
            sectors=list(quorum.sectors),
            chair_present=quorum.chair_present,
        )
        db.session.add(rule)
        db.session.flush()
        db.session.add_all(
            QuorumOrganisation(rule_id=rule.id, organisation_id=each)
            for each in _known(quorum.organisations)
        )
    db.session.flush()
    record("meetings.quorum_changed", subject=ref_of(BODY, body.id))


def _known(organisations: Collection[str]) -> list[str]:
    return list(
        db.session.scalars(
            select(Organisation.id)
            .where(Organisation.id.in_(organisations), Organisation.active.is_(True))
            .order_by(Organisation.id)
        )
    )


def set_statement(body: Body, statement: Mapping[str, str], viewer: Viewer) -> None:
    """Set what members of a body declare before a restricted item opens, by language."""
    body.statement = {code: text for code, text in statement.items() if text}
    body.version += 1
    db.session.flush()
    record("meetings.statement_changed", subject=ref_of(BODY, body.id))


def members_to_invite(seats: Iterable[Seat]) -> list[Seat]:
    """Whom a meeting expects: everybody with a seat but substitutes, who come in somebody's place."""
    return [seat for seat in seats if seat.role != "substitute" and seat.active]


def facts_of(body: Body) -> dict[str, Any]:
    """What is stored of a body, as its form shows it."""
    return {name: getattr(body, name) for name in BodyEntry.__slots__}
