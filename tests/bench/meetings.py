"""A council of forty seats and its meetings: a few are held as the product holds them, and copied with what they hold.

Each has twenty items with notes and ten decisions in two languages. The words of the search are copied for the largest
city alone: it is asked there, each city's words lie by themselves, and those of all would be twelve million rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, Table, or_, select

from core.actions.services import ActionEntry, add_action
from core.api import Viewer, keep_translation
from core.cities.models import CityPlugin
from core.database import db, metadata
from core.folding import sort_key
from core.identity.models import Membership, Person
from core.tenancy import current_city
from plugins.meetings.models import Approval, Body, Item, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.access import DECISION, ITEM, NOTE, ref_of
from plugins.meetings.services.agenda import ItemEntry, add_item
from plugins.meetings.services.approval import standings
from plugins.meetings.services.bodies import BodyEntry, Quorum, add_body, seat, set_quorum
from plugins.meetings.services.convening import share_texts
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.meetings import first_entry, make_meeting
from plugins.meetings.services.notes import save_note
from plugins.meetings.words import State

from .pour import Pouring, Stencil

KEEPER = "keeper@brezovo.example"
SEATS = 40
ITEMS = 20
DECIDED = 10
# Those of a year are still to be done.
RECENT = 12
_OTHER = {"mk": "sq", "sq": "mk"}
_TITLE = {"mk": "Безбедност околу училиштата, дел", "sq": "Siguria rreth shkollave, pjesa"}
_NOTE = {
    "mk": (
        "Претставниците на училиштата раскажаа што забележале оваа есен. Социјалната работа предложи заедничка "
        "средба со родителите, а општината обезбедува простор.\n\nПолицијата ќе прати човек за врска."
    ),
    "sq": (
        "Përfaqësuesit e shkollave treguan çfarë kanë vënë re këtë vjeshtë. Puna sociale propozoi një takim të "
        "përbashkët me prindërit dhe komuna siguron hapësirën.\n\nPolicia do të dërgojë një person kontakti."
    ),
}
_DECIDED = {
    "mk": "Се одржува заедничка средба со родителите во секое училиште до крајот на полугодието.",
    "sq": "Mbahet një takim i përbashkët me prindërit në çdo shkollë deri në fund të gjysmëvjetorit.",
}
_WHY = {
    "mk": "Родителите прашуваа двапати, и никој досега не им одговорил.",
    "sq": "Prindërit pyetën dy herë dhe askush nuk u është përgjigjur deri tani.",
}
# The tables of a meeting, and by which column a row of it belongs to what was found before.
_BELONG = {
    "meetings_meeting": ("id",),
    "meetings_item": ("meeting_id",),
    "meetings_note": ("item_id",),
    "meetings_decision": ("meeting_id",),
    "meetings_attendance": ("meeting_id",),
    "meetings_dissent": ("decision_id",),
    "meetings_movement": ("attendance_id",),
    "meetings_approval": ("meeting_id",),
    "actions_action": ("ref_id",),
    "content_text": ("record_id",),
    "search_document": ("ref_id",),
    "search_term": ("ref_id",),
}
_OF_BODY = ("meetings_body_member", "meetings_standing_item", "meetings_quorum_rule")
# What moves when a meeting is copied to another day. The search keeps its day as a number.
_MOVED = {
    "meetings_meeting": (
        *("wall_start", "wall_end", "start_utc", "end_utc", "series_date", "convened_at"),
        *("started_at", "ended_at", "circulated_at", "approved_at"),
    ),
    "meetings_decision": ("decided_on",),
    "meetings_approval": ("approved_at",),
    "actions_action": ("due_on", "closed_on"),
    "content_text": ("needed_on",),
    "search_document": ("day",),
}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Council:
    """The body and the meetings that are copied, as rows; what they refer to is the first city's."""

    city: str
    members: Sequence[str]
    organisations: Sequence[str]
    body: str
    of_body: Rows
    approved: Sequence[str]
    in_progress: str
    meetings: Mapping[str, Rows]


def enable_meetings() -> None:
    """Switch the plugin on in the city in force."""
    db.session.add(CityPlugin(name="meetings"))
    db.session.flush()


def found_council(reader: Membership, organisations: Sequence[str], password: str) -> Council:
    """Give the city in force a council: its people, three meetings with approved minutes, and one that is held now."""
    enable_meetings()
    people = [reader, *_people(organisations, password)]
    keeper = people[1]
    who = Viewer(
        keeper.person_id or "", keeper.shown_name, "en", keeper.city_id, keeper.id, keeper.organisation_id,
        frozenset(keeper.roles), frozenset(each.value for each in Permission),
    )  # fmt: skip
    body = add_body(
        BodyEntry(
            names={"en": "Prevention council", "mk": "Совет", "sq": "Këshilli"},
            type="plenary_network", language="mk", rhythm="monthly", weekday=1, nth=1, start_time=time(10),
        ),
        who,
    )  # fmt: skip
    for number, each in enumerate(people):
        seat(body, each.id, {1: "secretary", 2: "chair"}.get(number, "member"), who)
    set_quorum(body, Quorum(least=3, percent=50, chair_present=True), who)
    approved = [
        _approved(body, who, people, turn, weeks_ago) for turn, weeks_ago in enumerate((3, 2, 1))
    ]
    in_progress = _in_progress(body, who, people)
    db.session.flush()
    meetings = {each.id: _rows_of(each.id) for each in (*approved, in_progress)}
    return Council(
        keeper.city_id,
        [each.id for each in people],
        organisations,
        body.id,
        _rows_of_body(body.id),
        [each.id for each in approved],
        in_progress.id,
        meetings,
    )


def _people(organisations: Sequence[str], password: str) -> Iterator[Membership]:
    for number in range(1, SEATS):
        name = f"Seat {number}"
        person = Person(
            email=KEEPER if number == 1 else f"seat-{number}@bench.example",
            name=name,
            password=password if number == 1 else None,
            fs_uniquifier=f"{name:0>64}",
            language="en",
        )
        db.session.add(person)
        db.session.flush()
        made = Membership(
            person_id=person.id,
            organisation_id=organisations[number % len(organisations)],
            shown_name=name,
            sort_key=sort_key(name),
            roles=[{1: "focal_point", 2: "chair"}.get(number, "member")],
        )
        db.session.add(made)
        db.session.flush()
        yield made


# -- Meetings as the product makes them --------------------------------------------------------------------


def _meeting(
    body: Body, who: Viewer, language: str, days_ago: int, *, recurring: bool = False
) -> Meeting:
    today = date.today()  # noqa: DTZ011  as in the cities of the bench
    usual, _series = first_entry(body, today, "en")
    day = today - timedelta(days=days_ago)
    entry = replace(usual, day=day, language=language, place="Town hall, second floor")
    meeting = make_meeting(body, entry, who, series_date=day)
    for number in range(ITEMS - len(_items(meeting))):
        added = ItemEntry(
            f"{_TITLE[language]} {number + 1}",
            language,
            minutes=10,
            recurring=recurring,
        )
        item = add_item(meeting, body, added, who)
        other = _OTHER[language]
        keep_translation(
            ref_of(ITEM, item.id), other, {"title": f"{_TITLE[other]} {number + 1}"}, who
        )
    return meeting


def _items(meeting: Meeting) -> list[Item]:
    return list(
        db.session.scalars(
            select(Item).where(Item.meeting_id == meeting.id).order_by(Item.position, Item.id)
        )
    )


def _mark(meeting: Meeting, who: Viewer) -> None:
    statuses = {
        row.id: "present" if row.part == "chair" or number % 5 else "excused"
        for number, row in enumerate(attendance.rows_of(meeting.id))
    }
    attendance.set_statuses(meeting, statuses, {}, {}, who)


def _minute(
    item: Item, number: int, meeting: Meeting, body: Body, who: Viewer, *, decided: bool
) -> str:
    """Notes of an item, and a decision on it, in both languages; the decision."""
    language = meeting.language
    other = _OTHER[language]
    note = save_note(item, meeting, body, _NOTE[language], 0, who, language=language)
    keep_translation(
        ref_of(NOTE, note.id), other, {"text": _NOTE[other]}, who, approve=number % 4 > 0
    )
    if not decided:
        return ""
    majority: dict[str, Any] = {
        "rule": "majority", "votes_for": 25, "votes_against": 4, "votes_abstained": 2,
        "dissents": ((attendance.rows_of(meeting.id)[3].id, ""),),
    }  # fmt: skip
    entry = DecisionEntry(
        f"{_DECIDED[language]} ({number})",
        _WHY[language],
        language,
        publicity="public" if number % 3 else "members",
        **(majority if number % 4 == 0 else {}),
    )
    decision = decide(item, meeting, body, entry, who)
    told = {"text": f"{_DECIDED[other]} ({number})", "rationale": _WHY[other]}
    keep_translation(ref_of(DECISION, decision.id), other, told, who, approve=True)
    return decision.id


def _act(
    decision: str, number: int, meeting: Meeting, who: Viewer, people: Sequence[Membership], *, closed: bool
) -> None:  # fmt: skip
    somebody = people[number % len(people)]
    action = add_action(
        ActionEntry(
            _DECIDED[meeting.language], meeting.language, somebody.organisation_id or "", somebody.id,
            meeting.wall_start.date() + timedelta(days=28),
        ),
        who,
        subject=ref_of(DECISION, decision),
    )  # fmt: skip
    if closed:
        action.status, action.closed, action.closed_on = "done", True, meeting.wall_start.date()


def _approved(
    body: Body, who: Viewer, people: Sequence[Membership], turn: int, weeks_ago: int
) -> Meeting:
    meeting = _meeting(body, who, ("mk", "sq")[turn % 2], weeks_ago * 7)
    convening.minute_from_paper(meeting, who)
    _mark(meeting, who)
    for number, item in enumerate(_items(meeting)):
        decided = number < DECIDED
        made = _minute(item, number, meeting, body, who, decided=decided)
        if decided and not number % 4:
            _act(made, number, meeting, who, people, closed=turn < 2)
    meeting.state = State.APPROVED.value
    meeting.approved_at, meeting.approved_by = (
        meeting.end_utc + timedelta(days=3),
        who.membership_id,
    )
    meeting.minutes_version = 1
    db.session.add_all(
        Approval(
            meeting_id=meeting.id, language=each.language, texts=each.texts,
            missing=each.missing + each.outdated, approved_by=who.membership_id, approved_at=meeting.approved_at,
        )
        for each in standings(meeting)
    )  # fmt: skip
    share_texts(meeting, body, who)
    return meeting


def _in_progress(body: Body, who: Viewer, people: Sequence[Membership]) -> Meeting:
    """Half of the agenda is done: the notes of the item that is discussed are open, two came late and two left."""
    # What comes back every time is what the next meeting opens with.
    meeting = _meeting(body, who, "mk", 0, recurring=True)
    convening.start(meeting, who)
    _mark(meeting, who)
    there = attendance.rows_of(meeting.id)
    for number, item in enumerate(_items(meeting)[: DECIDED + 1]):
        convening.go_to(meeting, item, who)
        made = _minute(item, number, meeting, body, who, decided=number < DECIDED)
        if made and not number % 4:
            _act(made, number, meeting, who, people, closed=False)
        if number in {3, 6}:
            attendance.note_movement(meeting, there[number].id, item, "left", who)
            attendance.note_movement(meeting, there[number + 1].id, item, "arrived", who)
    return meeting


# -- Their rows ----------------------------------------------------------------------------------------------


def _rows_of(meeting: str) -> Rows:
    found: dict[str, list[Mapping[str, Any]]] = {}
    known = [meeting]
    for name, columns in _BELONG.items():
        table = metadata.tables[name]
        belongs = or_(*(table.c[column].in_(known) for column in columns))
        found[name] = _read(table, belongs)
        known += [row["id"] for row in found[name] if "id" in row]
    return found


def _rows_of_body(body: str) -> Rows:
    table = metadata.tables["meetings_body"]
    found = {"meetings_body": _read(table, table.c.id == body)}
    for name in _OF_BODY:
        table = metadata.tables[name]
        found[name] = _read(table, table.c.body_id == body)
    return found


def _read(table: Table, condition: Any) -> list[Mapping[str, Any]]:
    rows = db.session.execute(select(table).where(table.c.city_id == current_city().id, condition))
    return [dict(row._mapping) for row in rows]


# -- Copies --------------------------------------------------------------------------------------------------


@dataclass
class _Copied:
    """A row that is copied: the columns that name something, those that move, and what else differs."""

    stencil: Stencil
    names: list[str]
    named: list[str]
    moved: list[Any]
    own: list[str] = field(default_factory=list)

    def copy(
        self, mapping: Mapping[str, str], days: timedelta, own: Mapping[str, Any]
    ) -> list[Any]:
        return self.stencil.copy(
            *(mapping[each] for each in self.named),
            *(_later(each, days) for each in self.moved),
            *(own[name] for name in self.own),
        )


def _later(value: Any, days: timedelta) -> Any:
    return value + (days.days if isinstance(value, int) else days)


class Copies:
    """Makes the meetings of every city out of those of the council."""

    def __init__(
        self, engine: Engine, pouring: Pouring, council: Council, new_id: Callable[[], str]
    ) -> None:
        self._engine, self._open, self._council, self._new_id = engine, pouring, council, new_id
        self._outside = {
            council.city, council.body, *council.members, *council.organisations,
        }  # fmt: skip
        self._of_body = self._stencils(council.of_body)
        self._meetings = {
            name: self._stencils(rows, {"meetings_meeting": ("number", "uid")})
            for name, rows in council.meetings.items()
        }
        self._ids = {name: self._own_ids(rows) for name, rows in council.meetings.items()}
        self._days = {
            name: rows["meetings_meeting"][0]["wall_start"].date()
            for name, rows in council.meetings.items()
        }

    @staticmethod
    def _own_ids(rows: Rows) -> list[str]:
        return [row["id"] for some in rows.values() for row in some if "id" in row]

    def _stencils(
        self, rows: Rows, own: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, list[_Copied]]:
        known = {*self._outside, *self._own_ids(rows)}
        before = {row.get("previous_id") for row in rows.get("meetings_meeting", ())} - {None}
        known |= before
        found: dict[str, list[_Copied]] = {}
        for name, some in rows.items():
            table = metadata.tables[name]
            mine = list((own or {}).get(name, ()))
            found[name] = []
            for row in some:
                names = [
                    column
                    for column, value in row.items()
                    if isinstance(value, str) and value in known and column not in mine
                ]
                moved = [column for column in _MOVED.get(name, ()) if row.get(column) is not None]
                found[name].append(
                    _Copied(
                        Stencil(self._engine, table, row, [*names, *moved, *mine]),
                        names,
                        [row[column] for column in names],
                        [row[column] for column in moved],
                        mine,
                    )
                )
        return found

    def fill(
        self, city: str, members: Sequence[str], organisations: Sequence[str], number: int
    ) -> None:
        """Give a city so many meetings, the latest of which is held now; the first city has the originals already."""
        council = self._council
        first = city == council.city
        mapping = {council.city: city, council.body: council.body if first else self._new_id()}
        mapping |= dict(zip(council.members, members, strict=False))
        mapping |= dict(zip(council.organisations, organisations, strict=False))
        if not first:
            self._pour_body(mapping)
        today = date.today()  # noqa: DTZ011  as in the cities of the bench
        wanted: list[tuple[str, dict[str, str], timedelta, dict[str, Any]]] = []
        before = None
        have = len(council.approved) if first else 0
        for back in range(number - 1, have, -1):
            # The last pattern's actions are open: those of the last year are.
            name = council.approved[back % 2 if back > RECENT else 2]
            before = self._want(wanted, name, mapping, before, number - back + 100, back, today)
        if not first:
            self._want(wanted, council.in_progress, mapping, before, number + 100, 0, today)
        self._pour(wanted, searched=first)

    def _want(
        self, wanted: list[Any], name: str, mapping: Mapping[str, str], before: str | None,
        number: int, weeks: int, today: date,
    ) -> str:  # fmt: skip
        ids = {each: self._new_id() for each in self._ids[name]}
        own = {"number": number, "uid": f"meeting-{ids[name]}@maillage"}
        row = self._council.meetings[name]["meetings_meeting"][0]
        if row["previous_id"] is not None:
            ids[row["previous_id"]] = before or ids[name]
        days = timedelta(weeks=-weeks) + (today - self._days[name])
        wanted.append((name, {**mapping, **ids}, days, own))
        return ids[name]

    def _pour_body(self, mapping: dict[str, str]) -> None:
        for rows in self._council.of_body.values():
            mapping |= {row["id"]: self._new_id() for row in rows if row["id"] not in mapping}
        for name, rows in self._of_body.items():
            self._open.pour(
                metadata.tables[name], [row.copy(mapping, timedelta(), {}) for row in rows]
            )

    def _pour(self, wanted: Sequence[Any], *, searched: bool) -> None:
        for name in _BELONG:
            table = metadata.tables[name]
            if name.startswith("search_") and not searched:
                continue
            rows = (
                row.copy(mapping, days, own)
                for pattern, mapping, days, own in wanted
                for row in self._meetings[pattern][name]
            )
            if "id" in table.c:
                self._open.pour(table, rows)
                continue
            # Where the key is what the rows say, a tree is filled in its own order, as a rebuilding fills it.
            places = [list(table.columns).index(column) for column in table.primary_key.columns]
            self._open.pour(table, sorted(rows, key=itemgetter(*places)))


__all__ = ["KEEPER", "Copies", "Council", "enable_meetings", "found_council"]
