"""Who is in the room, item by item: attendance, arrivals and departures, interests, and the quorum that follows.

The restricted items are open to those who were in the room for them; those rows are worked out here, again after every
change of the attendance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import Any

from sqlalchemy import (
    Boolean,
    String,
    and_,
    bindparam,
    cast,
    delete,
    literal,
    null,
    select,
    union_all,
)

from core.api import Membership, Organisation, db, name_of
from plugins.meetings.models import (
    Attendance,
    AudienceMember,
    Conflict,
    Item,
    Meeting,
    Movement,
)
from plugins.meetings.services.bodies import Quorum

COUNTING_PARTS = ("chair", "member")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the attendance list, with names in the reader's language."""

    id: str
    membership_id: str
    name: str
    organisation_id: str
    organisation: str
    sector: str
    part: str
    status: str
    stands_for: str
    apology: str
    has_account: bool
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody came or went during an item."""

    id: str
    attendance_id: str
    item_id: str
    way: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Interest:
    """Somebody has an interest in an item."""

    id: str
    attendance_id: str
    item_id: str
    stays: bool
    note: str


@dataclass(frozen=True, slots=True)
class Room:
    """The attendance of a meeting. ``order`` are the identifiers of all its items, whoever may read them."""

    people: tuple[Person, ...] = ()
    movements: tuple[Moved, ...] = ()
    interests: tuple[Interest, ...] = ()
    order: tuple[str, ...] = ()
    chair_id: str = ""

    def person(self, attendance_id: str) -> Person | None:
        """Somebody on the list."""
        return next((each for each in self.people if each.id == attendance_id), None)

    def _steps(self) -> dict[str, list[tuple[int, str]]]:
        """Who came and went, in order: at the item of which number, and which way."""
        index = {identifier: number for number, identifier in enumerate(self.order)}
        found: dict[str, list[tuple[int, str]]] = {}
        for number, _at, way, who in sorted(
            (index.get(moved.item_id, -1), moved.at, moved.way, moved.attendance_id)
            for moved in self.movements
        ):
            found.setdefault(who, []).append((number, way))
        return found

    def in_room(self, item_id: str) -> frozenset[str]:
        """Who was in the room for an item, at least for a part of it: attendance identifiers."""
        if item_id not in self.order:
            return frozenset()
        at = self.order.index(item_id)
        out = {
            each.attendance_id
            for each in self.interests
            if each.item_id == item_id and not each.stays
        }
        steps = self._steps()
        return frozenset(
            each.id
            for each in self.people
            if each.status == "present"
            and each.id not in out
            and self._was_there(steps.get(each.id, []), at)
        )

    @staticmethod
    def _was_there(steps: Sequence[tuple[int, str]], at: int) -> bool:
        here = not steps or steps[0][1] == "left"
        for number, way in steps:
            if number > at:
                break
            if number == at:
                # Who came during it, and who left during it, was there for a part.
                here = here or way == "arrived"
                if here:
                    return True
            here = way == "arrived"
        return here

    def present(self, item_id: str = "") -> frozenset[str]:
        """Who is there at the end of an item, or now: who counts for the quorum and votes."""
        at = self.order.index(item_id) if item_id in self.order else len(self.order)
        biased = {each.attendance_id for each in self.interests if each.item_id == item_id}
        found = set()
        moved = self._steps()
        for each in self.people:
            if each.status != "present" or each.id in biased:
                continue
            steps = moved.get(each.id, ())
            here = not steps or steps[0][1] == "left"
            for number, way in steps:
                if number <= at:
                    here = way == "arrived"
            if here:
                found.add(each.id)
        return frozenset(found)


@lru_cache(maxsize=1)
def _people_query() -> Any:
    # Kept, as the one below: every page of a meeting asks both.
    # Columns, since a list of forty is read for every page and nothing of it is changed there.
    return (
        select(
            Attendance.id,
            Attendance.membership_id,
            Attendance.guest_name,
            Attendance.guest_organisation,
            Attendance.organisation_id,
            Attendance.part,
            Attendance.status,
            Attendance.stands_for,
            Attendance.apology,
            Attendance.version,
            Membership.shown_name,
            Membership.person_id,
            Membership.active,
            Organisation.names,
            Organisation.sector,
        )
        .outerjoin(
            Membership,
            and_(
                Membership.city_id == Attendance.city_id, Membership.id == Attendance.membership_id
            ),
        )
        .outerjoin(
            Organisation,
            and_(
                Organisation.city_id == Attendance.city_id,
                Organisation.id == Attendance.organisation_id,
            ),
        )
        .where(Attendance.meeting_id == bindparam("meeting"))
        .order_by(Attendance.position, Membership.sort_key, Attendance.id)
    )


def read_room(meeting: Any, language: str) -> Room:
    """The attendance of a meeting (its row or its view); two queries."""
    rows = db.session.execute(_people_query(), {"meeting": meeting.id})
    people = tuple(
        Person(
            row.id,
            row.membership_id or "",
            row.shown_name or row.guest_name,
            row.organisation_id or "",
            name_of(row.names, language) if row.names else row.guest_organisation,
            row.sector or "",
            row.part,
            row.status,
            row.stands_for or "",
            row.apology,
            row.person_id is not None,
            bool(row.active) if row.membership_id else True,
            row.version,
        )
        for row in rows
    )
    return Room(people, *_comings_and_goings(meeting.id), meeting.chair_id or "")


@lru_cache(maxsize=1)
def _comings_query() -> Any:
    meeting: Any = bindparam("meeting")
    moved = (
        select(
            literal("moved").label("what"), Movement.id, Movement.attendance_id, Movement.item_id,
            Movement.way.label("way"), Movement.at.label("at"),
            cast(null(), Boolean).label("stays"), cast(null(), String).label("note"),
            literal(0).label("position"),
        )
        .join(
            Attendance,
            and_(Attendance.city_id == Movement.city_id, Attendance.id == Movement.attendance_id),
        )
        .where(Attendance.meeting_id == meeting)
    )  # fmt: skip
    biased = (
        select(
            literal("interest").label("what"), Conflict.id, Conflict.attendance_id, Conflict.item_id,
            literal("").label("way"), Conflict.created_at.label("at"), Conflict.stays, Conflict.note,
            literal(0).label("position"),
        )
        .join(
            Attendance,
            and_(Attendance.city_id == Conflict.city_id, Attendance.id == Conflict.attendance_id),
        )
        .where(Attendance.meeting_id == meeting)
    )  # fmt: skip
    items = select(
        literal("item").label("what"), Item.id, literal("").label("attendance_id"),
        Item.id.label("item_id"), literal("").label("way"), Item.created_at.label("at"),
        cast(null(), Boolean).label("stays"), cast(null(), String).label("note"), Item.position,
    ).where(Item.meeting_id == meeting, Item.state != "withdrawn")  # fmt: skip
    return union_all(moved, biased, items)


def _comings_and_goings(
    meeting_id: str,
) -> tuple[tuple[Moved, ...], tuple[Interest, ...], tuple[str, ...]]:
    """Who came and went, who has an interest in what, and the items in their order; one query for all."""
    rows = db.session.execute(_comings_query(), {"meeting": meeting_id}).all()
    return (
        tuple(
            Moved(row.id, row.attendance_id, row.item_id, row.way, row.at)
            for row in sorted(rows, key=lambda row: (row.at, row.id))
            if row.what == "moved"
        ),
        tuple(
            Interest(row.id, row.attendance_id, row.item_id, bool(row.stays), row.note or "")
            for row in rows
            if row.what == "interest"
        ),
        tuple(
            row.id
            for row in sorted(rows, key=lambda row: (row.position, row.id))
            if row.what == "item"
        ),
    )


# -- The quorum --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SectorCount:
    """Of a sector: how many of those who count are there, and how many there are."""

    sector: str
    have: int
    all: int
    required: bool


@dataclass(frozen=True, slots=True)
class QuorumState:
    """How it stands: ``quorate`` is None where the body has no rule. ``missing_*`` say what lacks."""

    quorate: bool | None
    counted: str
    present: int
    all: int
    needed: int
    sectors: tuple[SectorCount, ...] = ()
    missing_sectors: tuple[str, ...] = ()
    missing_organisations: tuple[str, ...] = ()
    chair_missing: bool = False

    def as_kept(self) -> dict[str, Any]:
        """What a decision keeps of it."""
        return {
            "counted": self.counted,
            "present": self.present,
            "all": self.all,
            "needed": self.needed,
            "missing_sectors": list(self.missing_sectors),
            "missing_organisations": list(self.missing_organisations),
            "chair_missing": self.chair_missing,
        }


def quorum_of(
    room: Room, rules: Mapping[str, Quorum], item_kind: str = "", item_id: str = ""
) -> QuorumState:
    """How the quorum stands now, or at an item: by the rule for its kind, else by the one for all others."""
    rule = rules.get(item_kind) or rules.get("") or Quorum()
    here = room.present(item_id)
    seats = [each for each in room.people if each.part in COUNTING_PARTS]
    taken = {each.id for each in seats if each.id in here}
    # A substitute takes the seat of the member in whose place they came.
    taken |= {each.stands_for for each in room.people if each.stands_for and each.id in here}
    filled = [each for each in seats if each.id in taken]
    organisations = {each.organisation_id for each in filled if each.organisation_id}
    if rule.counted == "people":
        present, everybody = len(filled), len(seats)
    else:
        present = len(organisations)
        everybody = len({each.organisation_id for each in seats if each.organisation_id})
    needed = max(rule.least or 0, ceil((rule.percent or 0) * everybody / 100))
    sectors = _sectors(seats, filled, rule)
    missing_sectors = tuple(
        sector for sector in rule.sectors if not any(each.sector == sector for each in filled)
    )
    missing_organisations = tuple(each for each in rule.organisations if each not in organisations)
    chair_missing = rule.chair_present and not any(
        each.id in here and each.membership_id == room.chair_id and room.chair_id
        for each in room.people
    )
    quorate = (
        present >= needed
        and not missing_sectors
        and not missing_organisations
        and not chair_missing
    )
    return QuorumState(
        quorate if rule.says_something else None,
        rule.counted,
        present,
        everybody,
        needed,
        sectors,
        missing_sectors,
        missing_organisations,
        chair_missing,
    )


def _sectors(
    seats: Sequence[Person], filled: Sequence[Person], rule: Quorum
) -> tuple[SectorCount, ...]:
    def count(people: Sequence[Person], sector: str) -> int:
        return len({each.organisation_id or each.id for each in people if each.sector == sector})

    names = dict.fromkeys([*(each.sector for each in seats if each.sector), *rule.sectors])
    return tuple(
        SectorCount(sector, count(filled, sector), count(seats, sector), sector in rule.sectors)
        for sector in names
    )


# -- To whom the room opens restricted items ---------------------------------------------------------------------


def work_out_room(meeting: Meeting, items: Iterable[Item] | None = None) -> None:
    """Write down who was in the room for each restricted item that was begun; of the others nobody."""
    db.session.flush()
    wanted = (
        list(items)
        if items is not None
        else list(
            db.session.scalars(
                select(Item).where(Item.meeting_id == meeting.id, Item.restricted.is_(True))
            )
        )
    )
    if not wanted:
        return
    room = read_room(meeting, meeting.language)
    members = {each.id: each.membership_id for each in room.people}
    stored = {
        (row.item_id, row.membership_id): row
        for row in db.session.scalars(
            select(AudienceMember).where(
                AudienceMember.item_id.in_([item.id for item in wanted]),
                AudienceMember.way == "room",
            )
        )
    }
    now = {
        (item.id, members[attendance_id])
        for item in wanted
        if item.restricted and item.state in {"current", "done"}
        for attendance_id in room.in_room(item.id)
        if members[attendance_id]
    }
    gone = [row.id for key, row in stored.items() if key not in now]
    if gone:
        db.session.execute(delete(AudienceMember).where(AudienceMember.id.in_(gone)))
    db.session.add_all(
        AudienceMember(item_id=item_id, membership_id=membership_id, way="room")
        for item_id, membership_id in sorted(now - set(stored))
    )
    db.session.flush()
