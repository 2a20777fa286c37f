"""Decisions: their text and why, how they were taken, who did not agree. Flushes, never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, or_, select

from core.api import Viewer, db, forget_texts, new_id, record, utcnow
from plugins.meetings.models import Attendance, Body, Decision, Dissent, Item, Meeting
from plugins.meetings.services import linking
from plugins.meetings.services.access import DECISION, ref_of
from plugins.meetings.services.bodies import quorums_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.counting import kept_of
from plugins.meetings.services.disclosure import decision_open
from plugins.meetings.services.notes import NotHeld, ReasonNeeded, correct
from plugins.meetings.services.room import quorum_of, read_room
from plugins.meetings.services.texts import keep_texts, original_decision, searched_in
from plugins.meetings.words import State

MOST_DECISIONS = 200


class Conflict(Exception):
    """Somebody else saved the decision in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Decision) -> None:
        super().__init__("The decision was changed by somebody else.")
        self.current = current


class NotReplaceable(Exception):
    """The decision that was to be replaced is not in force, or cannot be read by whoever chose it."""


class NotApproved(Exception):
    """What nobody has approved yet is taken out, not withdrawn."""


class SentAlready(Exception):
    """What was sent to its readers is not taken out of the minutes any more."""


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """What is decided. ``dissents`` are attendance identifiers with a reason each."""

    text: str
    rationale: str
    language: str
    alternatives: str = ""
    rule: str = "consensus"
    votes_for: int | None = None
    votes_against: int | None = None
    votes_abstained: int | None = None
    legal_basis: str = ""
    publicity: str = "members"
    replaces_id: str | None = None
    dissents: tuple[tuple[str, str], ...] = ()


def entry_of(decision: Decision) -> DecisionEntry:
    """What is stored of a decision, as its form says it; one query for who dissented."""
    dissents = db.session.execute(
        select(Dissent.attendance_id, Dissent.reason)
        .where(Dissent.decision_id == decision.id)
        .order_by(Dissent.position, Dissent.id)
    )
    facts = {
        name: getattr(decision, name) for name in DecisionEntry.__slots__ if name != "dissents"
    }
    return DecisionEntry(
        **facts, dissents=tuple((row.attendance_id or "", row.reason) for row in dissents)
    )


def is_decided(decision_id: str) -> bool:
    """Whether the city has a decision of that identifier, whoever may read it."""
    return db.session.scalar(select(Decision.id).where(Decision.id == decision_id)) is not None


def replaceable(
    item: Item, meeting: Meeting, viewer: Viewer, own: str = "", kept: str | None = None
) -> list[tuple[Decision, int]]:
    """The earlier decisions of the body that one on ``item`` may take the place of, with their meetings' numbers.

    Those in force that ``viewer`` may read, the latest first, and ``kept``, which the decision ``own`` replaces
    already. A decision on a restricted item replaces none, and none replaces it: "replaced" would tell others of it.
    """
    if item.restricted:
        return []
    rows = db.session.execute(
        select(Decision, Meeting.number.label("meeting_number"))
        .join(Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id))
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(
            Meeting.body_id == meeting.body_id,
            Item.restricted.is_(False),
            Decision.decided_on <= meeting.wall_start.date(),
            or_(Decision.state == "in_force", Decision.id == (kept or "")),
            Decision.id != own,
            decision_open(viewer),
        )
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
        .limit(MOST_DECISIONS)
    )
    return [(row.Decision, row.meeting_number) for row in rows]


def _take_the_place(
    decision: Decision, before: str | None, item: Item, meeting: Meeting, viewer: Viewer
) -> None:
    """Mark the decision that is replaced now, and put the one that was before in force again."""
    now = decision.replaces_id
    if now is not None and now not in {
        each.id for each, _number in replaceable(item, meeting, viewer, decision.id, before)
    }:
        raise NotReplaceable
    for identifier, state in ((before, "in_force"), (now, "replaced")):
        old = db.session.get(Decision, (decision.city_id, identifier)) if identifier else None
        if old is not None and before != now and old.state != "withdrawn":
            old.state = state
            old.version += 1
    db.session.flush()


def decide(
    item: Item,
    meeting: Meeting,
    body: Body,
    entry: DecisionEntry,
    viewer: Viewer,
    *,
    identifier: str = "",
    reason: str = "",
) -> Decision:
    """Write down a decision on an item held for change, with how the quorum stood.

    Raises :class:`NotHeld` before the meeting has begun, :class:`ReasonNeeded` once its minutes are approved, and
    :class:`NotReplaceable`.
    """
    state = State(meeting.state)
    if not state.held:
        raise NotHeld
    if state.closed and not reason:
        raise ReasonNeeded
    room = read_room(meeting, viewer.locale)
    quorum = quorum_of(room, quorums_of(body.id), item.kind, item.id)
    highest = db.session.scalar(
        select(func.max(Decision.number)).where(
            Decision.meeting_id == meeting.id, Decision.apart.is_(item.restricted)
        )
    )
    decision = Decision(
        id=identifier or new_id(),
        meeting_id=meeting.id,
        item_id=item.id,
        number=(highest or 0) + 1,
        apart=item.restricted,
        decided_on=meeting.wall_start.date(),
        translations={},
        quorate=quorum.quorate,
        counts=kept_of(quorum, room),
        created_by=viewer.membership_id or None,
    )
    _write(decision, entry, item)
    db.session.add(decision)
    db.session.flush()
    _take_the_place(decision, None, item, meeting, viewer)
    _set_dissents(decision, meeting, entry.dissents)
    keep_texts([original_decision(decision, item, meeting, body)], viewer)
    if state.closed:
        correct(meeting, "decision", reason, {"added": ["", entry.text]}, viewer, item=item,
                decision_id=decision.id)  # fmt: skip
    else:
        note_change(meeting, viewer, "decision", {"added": decision.number}, item=item)
    record("meetings.decided", subject=ref_of(DECISION, decision.id))
    linking.index_decisions([decision.id])
    return decision


def change_decision(
    decision: Decision,
    item: Item,
    meeting: Meeting,
    body: Body,
    entry: DecisionEntry,
    version: int,
    viewer: Viewer,
    *,
    reason: str = "",
) -> bool:
    """Write ``entry`` on a decision fetched for change; returns whether anything differed.

    Raises :class:`Conflict`, :class:`NotReplaceable`, and :class:`ReasonNeeded` once the minutes are approved.
    """
    before = entry_of(decision)
    after = _fitting(entry, item)
    changed = _differences(before, after)
    if not changed:
        return False
    if version != decision.version:
        raise Conflict(decision)
    closed = State(meeting.state).closed
    if closed and not reason:
        raise ReasonNeeded
    _write(decision, after, item)
    decision.version += 1
    decision.updated_at = utcnow()
    db.session.flush()
    if "replaces_id" in changed:
        _take_the_place(decision, before.replaces_id, item, meeting, viewer)
    if "dissents" in changed:
        _set_dissents(decision, meeting, after.dissents)
    keep_texts([original_decision(decision, item, meeting, body)], viewer)
    if closed:
        correct(meeting, "decision", reason, changed, viewer, item=item, decision_id=decision.id)
    else:
        note_change(meeting, viewer, "decision", {"changed": sorted(changed)}, item=item)
    record("meetings.decision_changed", subject=ref_of(DECISION, decision.id))
    linking.index_decisions([decision.id])
    return True


def _fitting(entry: DecisionEntry, item: Item) -> DecisionEntry:
    from dataclasses import replace

    if item.restricted:
        return replace(entry, publicity="restricted", replaces_id=None)
    return replace(entry, publicity="members") if entry.publicity == "restricted" else entry


def _write(decision: Decision, entry: DecisionEntry, item: Item) -> None:
    entry = _fitting(entry, item)
    for name in DecisionEntry.__slots__:
        if name != "dissents":
            setattr(decision, name, getattr(entry, name))
    decision.search_text = searched_in(decision)


def _set_dissents(
    decision: Decision, meeting: Meeting, dissents: Sequence[tuple[str, str]]
) -> None:
    db.session.execute(delete(Dissent).where(Dissent.decision_id == decision.id))
    there = set(
        db.session.scalars(select(Attendance.id).where(Attendance.meeting_id == meeting.id))
    )
    db.session.add_all(
        Dissent(decision_id=decision.id, attendance_id=each, reason=reason, position=number)
        for number, (each, reason) in enumerate(dissents)
        if each in there
    )
    db.session.flush()


def _differences(before: DecisionEntry, after: DecisionEntry) -> dict[str, list[Any]]:
    def kept(value: Any) -> Any:
        return [list(each) for each in value] if isinstance(value, tuple) else value

    both = {
        name: [kept(getattr(before, name)), kept(getattr(after, name))]
        for name in DecisionEntry.__slots__
    }
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def withdraw(
    decision: Decision,
    item: Item,
    meeting: Meeting,
    viewer: Viewer,
    *,
    reason: str,
    holds: bool = False,
) -> bool:
    """Say that an approved decision does not hold any more, or with ``holds`` that it does; it stays in the minutes.

    Returns whether anything changed; what another decision replaced stays replaced. It is a correction: raises
    :class:`ReasonNeeded`, and :class:`NotApproved` before the minutes are, when it is taken out instead.
    """
    if not State(meeting.state).closed:
        raise NotApproved
    before, after = ("withdrawn", "in_force") if holds else ("in_force", "withdrawn")
    if decision.state != before:
        return False
    if not reason:
        raise ReasonNeeded
    decision.state = after
    decision.version += 1
    decision.updated_at = utcnow()
    db.session.flush()
    correct(meeting, "decision", reason, {"state": [before, after]}, viewer, item=item,
            decision_id=decision.id)  # fmt: skip
    record("meetings.decision_withdrawn", subject=ref_of(DECISION, decision.id))
    linking.index_decisions([decision.id])
    return True


def take_out(decision: Decision, item: Item, meeting: Meeting, viewer: Viewer) -> None:
    """Take a decision that was written down by mistake out of minutes that nobody was sent; the later ones move up.

    What was to be done by it stands by itself, and what it replaced is in force again. Raises :class:`SentAlready`, and
    :class:`NotReplaceable` where another decision takes its place.
    """
    if State(meeting.state).settled:
        raise SentAlready
    if db.session.scalar(select(Decision.id).where(Decision.replaces_id == decision.id).limit(1)):
        raise NotReplaceable
    number, apart = decision.number, decision.apart
    before, decision.replaces_id = decision.replaces_id, None
    _take_the_place(decision, before, item, meeting, viewer)
    ref = ref_of(DECISION, decision.id)
    forget_texts(ref)
    linking.forget_decision(ref)
    db.session.delete(decision)
    db.session.flush()
    for later in db.session.scalars(
        select(Decision)
        .where(
            Decision.meeting_id == meeting.id, Decision.apart.is_(apart), Decision.number > number
        )
        .order_by(Decision.number)
    ).all():
        later.number -= 1
        # One by one, since two may not bear the same number for a moment.
        db.session.flush()
    note_change(meeting, viewer, "decision", {"removed": number}, item=item)
    record("meetings.decision_taken_out", subject=ref)
