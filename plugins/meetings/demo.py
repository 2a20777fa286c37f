"""Meetings of the invented cities, in their languages: a year of a council, and a table where cases are discussed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from core.api import (
    ActionEntry,
    City,
    Membership,
    Ref,
    Viewer,
    add_action,
    db,
    keep_translation,
    today,
    utcnow,
)
from plugins.meetings.demo_texts import (
    CASE_DECIDED,
    CASE_NOTE,
    CASE_TITLE,
    COUNCIL,
    PROPOSED,
    TABLE,
    THEMES,
    Theme,
)
from plugins.meetings.models import Approval, Body, Item, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.access import DECISION, NOTE, ref_of
from plugins.meetings.services.agenda import ItemEntry, add_item
from plugins.meetings.services.approval import standings
from plugins.meetings.services.bodies import BodyEntry, Quorum, add_body, seat, set_quorum
from plugins.meetings.services.convening import share_texts
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.meetings import MeetingEntry, first_entry, make_meeting
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.proposals import ProposalEntry, propose
from plugins.meetings.services.rhythm import nth_weekday
from plugins.meetings.words import State

MOST_SEATS = 12
PAST = 12
# A city of a few people gets a short past.
PAST_OF_FEW, FEW = 2, 9
_TUESDAY = 1
# How the action of each meeting ended, the latest last: the open ones are those of the last two.
_ENDS = ("done", "done", "late", "done", "done", "not_possible", "done", "done", "done", "done")


@dataclass(frozen=True, slots=True)
class _Here:
    """The city, who keeps its network, and its languages: the official ones, and all that something is written in."""

    who: Viewer
    people: Sequence[Membership]
    chair: Membership
    keeper: Membership
    official: Sequence[str]
    written: Sequence[str]


def _of(texts: Mapping[str, Any], language: str) -> Any:
    return texts.get(language) or texts["en"]


def seed(city: City) -> None:
    """Two bodies with their seats, a year of monthly meetings and the next one, and a table with restricted items."""
    people = list(
        db.session.scalars(
            select(Membership)
            .where(Membership.active.is_(True), Membership.organisation_id.is_not(None))
            .order_by(Membership.sort_key, Membership.id)
        )
    )
    if not people:
        return
    keeper = next((each for each in people if "focal_point" in each.roles), people[0])
    chair = next((each for each in people if "chair" in each.roles), people[0])
    who = Viewer(
        keeper.person_id or "", keeper.shown_name, city.default_language, city.id, keeper.id,
        keeper.organisation_id, frozenset(keeper.roles), frozenset(each.value for each in Permission),
    )  # fmt: skip
    official = [code for code in city.official_languages if code in THEMES[0]] or ["en"]
    written = [code for code in city.languages if code in THEMES[0]] or official
    here = _Here(who, people, chair, keeper, official, written)
    _council(city, here)
    _table(city, here)


def _body(city: City, here: _Here, names: Mapping[str, str], type_: str, seats: int) -> Body:
    body = add_body(
        BodyEntry(
            names={code: names.get(code, names["en"]) for code in city.languages},
            type=type_,
            language=here.official[0],
            rhythm="monthly",
            weekday=_TUESDAY,
            nth=1 if type_ == "plenary_network" else 3,
            start_time=time(10) if type_ == "plenary_network" else time(14),
        ),
        here.who,
    )
    # An administrator keeps the site and sits in no body.
    members = [each for each in here.people if "city_administrator" not in each.roles]
    for each in list(dict.fromkeys([here.chair, here.keeper, *members]))[:seats]:
        role = "chair" if each is here.chair else "secretary" if each is here.keeper else "member"
        if each is not here.chair and "observer" in each.roles:
            role = "observer"
        seat(body, each.id, role, here.who)
    return body


# -- The council -----------------------------------------------------------------------------------------------


def _council(city: City, here: _Here) -> None:
    body = _body(city, here, COUNCIL, "plenary_network", MOST_SEATS)
    set_quorum(body, Quorum(least=2, percent=50, chair_present=True), here.who)
    number = PAST if len(here.people) > FEW else PAST_OF_FEW
    usual, _date = first_entry(body, today(), here.who.locale)
    previous: Meeting | None = None
    for back in range(number, 0, -1):
        meeting = _past(body, here, replace(usual, day=_months_back(back)), number - back)
        if previous is not None:
            _settle(previous, body, here, State.APPROVED, meeting.start_utc, meeting)
        _settle(meeting, body, here, State.CIRCULATED, meeting.end_utc + timedelta(days=3))
        previous = meeting
    if previous is not None:
        share_texts(previous, body, here.who)
    propose(ProposalEntry(body.id, _of(PROPOSED, here.official[0]), here.official[0]), here.who)
    entry, series_date = first_entry(body, today(), here.who.locale)
    coming = make_meeting(body, entry, here.who, series_date=series_date)
    _case(coming, body, here)
    convening.convene(coming, here.who)


def _months_back(months: int) -> date:
    """The first Tuesday so many months ago."""
    month = today().year * 12 + today().month - 1 - months
    return nth_weekday(month // 12, month % 12 + 1, _TUESDAY, 1)


def _past(body: Body, here: _Here, entry: MeetingEntry, turn: int) -> Meeting:
    """A meeting that was held, with its notes in every language, its decision, and what somebody took on."""
    # Where a city has two official languages, minutes are written now in one, now in the other.
    language = here.official[turn % len(here.official)]
    texts = THEMES[turn % len(THEMES)]
    day = entry.day
    meeting = make_meeting(body, replace(entry, language=language), here.who, series_date=day)
    convening.minute_from_paper(meeting, here.who)
    meeting.convened_at = meeting.start_utc - timedelta(days=body.notice_days)
    _mark(meeting, here, turn)
    item = db.session.scalars(
        select(Item).where(Item.meeting_id == meeting.id, Item.kind == "planning")
    ).first()
    if item is None:
        return meeting
    theme: Theme = texts[language]
    note = save_note(item, meeting, body, theme.note, 0, here.who, language=language)
    decision = decide(
        item,
        meeting,
        body,
        _entry(theme, language, turn),
        here.who,
    )
    for code in here.written:
        if code != language:
            other = texts[code]
            _translate(ref_of(NOTE, note.id), code, {"text": other.note}, here)
            told = {"text": other.decided, "rationale": other.why, "alternatives": ""}
            _translate(ref_of(DECISION, decision.id), code, told, here)
    _act(ref_of(DECISION, decision.id), texts, language, day, turn, here)
    return meeting


def _entry(theme: Theme, language: str, turn: int) -> DecisionEntry:
    if turn % 4 == 1:
        return DecisionEntry(
            theme.decided, theme.why, language, rule="majority", votes_for=5, votes_against=1,
            votes_abstained=1, publicity="public",
        )  # fmt: skip
    return DecisionEntry(
        theme.decided, theme.why, language, publicity="public" if turn % 2 else "members"
    )


def _translate(ref: Ref, code: str, texts: Mapping[str, str], here: _Here) -> None:
    keep_translation(ref, code, texts, here.who, approve=code in here.official)


def _mark(meeting: Meeting, here: _Here, turn: int) -> None:
    rows = attendance.rows_of(meeting.id)
    statuses = {
        row.id: "excused" if number % 6 == (turn + 3) % 6 else "present"
        for number, row in enumerate(rows)
    }
    # The chair opens every meeting, but one of them was not quorate.
    statuses |= {row.id: "present" for row in rows if row.part == "chair"}
    if turn == 1:
        statuses = {row.id: "present" if row.part == "chair" else "excused" for row in rows}
    attendance.set_statuses(meeting, statuses, {}, {}, here.who)


def _act(
    subject: Ref, texts: Mapping[str, Theme], language: str, day: date, turn: int, here: _Here
) -> None:
    member = here.people[turn % len(here.people)]
    due = day + timedelta(days=28)
    if member.organisation_id is None:
        return
    action = add_action(
        ActionEntry(texts[language].action, language, member.organisation_id, member.id, due),
        here.who,
        subject=subject,
    )
    for code in here.written:
        if code != language:
            ref = Ref("actions", "action", action.id)
            _translate(ref, code, {"text": texts[code].action}, here)
    end = _ENDS[turn] if turn < len(_ENDS) and due < today() else ""
    if end:
        action.status = "done" if end == "late" else end
        action.closed, action.closed_on = True, due + timedelta(days=9 if end == "late" else -4)


def _settle(
    meeting: Meeting,
    body: Body,
    here: _Here,
    state: State,
    at: datetime,
    approved_in: Meeting | None = None,
) -> None:
    """Bring the minutes of long ago to ``state``. Nobody is told, and texts are shared once, when they are approved."""
    meeting.state = state.value
    if state is State.CIRCULATED:
        meeting.circulated_at = at
        meeting.comments_until = at.date() + timedelta(days=10)
    else:
        meeting.approved_at, meeting.approved_by = at, here.keeper.id
        meeting.approved_in = approved_in.id if approved_in is not None else None
        meeting.minutes_version = 1
        db.session.add_all(
            Approval(
                meeting_id=meeting.id, language=each.language, texts=each.texts,
                missing=each.missing + each.outdated, approved_by=here.keeper.id, approved_at=at,
            )
            for each in standings(meeting, here.who)
        )  # fmt: skip
        share_texts(meeting, body, here.who)


# -- The table, with its restricted items ----------------------------------------------------------------------


def _table(city: City, here: _Here) -> None:
    body = _body(city, here, TABLE, "case_table", 4)
    set_quorum(body, Quorum(least=2), here.who)
    language = here.official[0]
    entry, _date = first_entry(body, today(), here.who.locale)
    day = today() - timedelta(days=20)
    meeting = make_meeting(body, replace(entry, day=day), here.who, series_date=day)
    item = _case(meeting, body, here)
    convening.minute_from_paper(meeting, here.who)
    _mark(meeting, here, 0)
    save_note(item, meeting, body, _of(CASE_NOTE, language), 0, here.who)
    text, why = _of(CASE_DECIDED, language)
    decide(
        item, meeting, body, DecisionEntry(text, why, language, publicity="restricted"), here.who
    )
    _settle(meeting, body, here, State.CIRCULATED, utcnow())
    share_texts(meeting, body, here.who)


def _case(meeting: Meeting, body: Body, here: _Here) -> Item:
    """A restricted item, for the chair and for who prepares the meeting."""
    language = here.official[0]
    return add_item(
        meeting,
        body,
        ItemEntry(
            _of(CASE_TITLE, language), language, "cases", "case_block", restricted=True,
            named=(here.chair.id, here.keeper.id),
        ),
        here.who,
    )  # fmt: skip
