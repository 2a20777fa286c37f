"""A council of forty seats whose meetings are held as the product holds them; :mod:`tests.bench.copies` copies them.

Each has twenty items with notes, and ten decisions, in two languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select

from core.actions.services import ActionEntry, add_action
from core.api import Viewer, keep_translation
from core.cities.models import CityPlugin
from core.database import db
from core.folding import sort_key
from core.identity.models import Membership, Person
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

from .copies import Council, rows_of, rows_of_body

KEEPER = "keeper@brezovo.example"
SEATS = 40
ITEMS = 20
DECIDED = 10
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
    meetings = {each.id: rows_of(each.id) for each in (*approved, in_progress)}
    return Council(
        keeper.city_id,
        [each.id for each in people],
        organisations,
        body.id,
        rows_of_body(body.id),
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
        for each in standings(meeting, who)
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
