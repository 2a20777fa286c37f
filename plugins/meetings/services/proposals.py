"""What members would like to discuss: proposing it, and accepting, returning or deferring it with a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select

from core.api import (
    Membership,
    Organisation,
    Period,
    Ref,
    Viewer,
    current_city,
    db,
    kept_alias,
    name_of,
    new_id,
    record,
    utcnow,
    valid_id,
)
from plugins.meetings.models import Body, BodyMember, Item, Meeting, Proposal
from plugins.meetings.services import linking
from plugins.meetings.services.access import PROPOSAL, proposal_visible, ref_of
from plugins.meetings.services.agenda import ItemEntry, add_item, remove_item
from plugins.meetings.words import State

PAGE = 30
MOST = 90
ANSWERS = ("accepted", "returned", "deferred")


class WordNeeded(Exception):
    """What is returned or deferred goes with a word for whoever proposed it."""


class AnsweredAlready(Exception):
    """Somebody else has answered the proposal in the meantime."""


@dataclass(frozen=True, slots=True)
class ProposalEntry:
    """What a member says of what they propose."""

    body_id: str
    title: str
    language: str
    why: str = ""
    purpose: str = "discuss"
    minutes: int | None = None
    restricted: bool = False


def first_moment_here(day: date) -> datetime:
    """The first moment of a day in the city's own time."""
    return datetime.combine(day, time(), ZoneInfo(current_city().zone))


def days_waited(proposed: datetime, discussed: datetime) -> float:
    """How long a proposal waited for its discussion, in days of 24 hours."""
    return max(0.0, (discussed - proposed).total_seconds() / 86_400)


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal as lists show it."""

    id: str
    body_id: str
    body: str
    title: str
    why: str
    language: str
    purpose: str
    minutes: int | None
    restricted: bool
    who: str
    organisation: str
    own: bool
    state: str
    answer: str
    meeting_id: str
    subject: Ref | None
    created_at: Any
    answered_at: Any
    discussed_at: Any

    @property
    def waited(self) -> float | None:
        """How many days it waited for its discussion; None where it was not discussed."""
        if self.discussed_at is None:
            return None
        return round(days_waited(self.created_at, self.discussed_at), 1)


def propose(
    entry: ProposalEntry, viewer: Viewer, *, subject: Ref | None = None, identifier: str = ""
) -> Proposal:
    """Propose something to a body. It stands on the next agenda that is made, or on one once it is accepted.

    Raises ``LookupError`` for a body that there is not.
    """
    body = db.session.scalars(
        select(Body).where(Body.id == entry.body_id, Body.active.is_(True))
    ).first()
    if body is None:
        raise LookupError(entry.body_id)
    proposal = Proposal(
        id=identifier or new_id(),
        organisation_id=viewer.organisation_id,
        proposed_by=viewer.membership_id or None,
        ref_plugin=subject.plugin if subject else "",
        ref_kind=subject.kind if subject else "",
        ref_id=subject.id if subject else "",
        **{name: getattr(entry, name) for name in ProposalEntry.__slots__},
    )
    db.session.add(proposal)
    db.session.flush()
    record("meetings.proposed", subject=ref_of(PROPOSAL, proposal.id))
    linking.tell_proposed(proposal, who_prepares(body.id), viewer)
    return proposal


def who_prepares(body_id: str) -> list[str]:
    """Those who prepare the body's meetings: its chair, its secretary, and the focal points."""
    officers = list(
        db.session.scalars(
            select(BodyMember.membership_id).where(
                BodyMember.body_id == body_id, BodyMember.role.in_(["chair", "secretary"])
            )
        )
    )
    rows = db.session.execute(
        select(Membership.id, Membership.roles).where(Membership.active.is_(True))
    )
    return officers + [row.id for row in rows if "focal_point" in (row.roles or ())]


def is_proposed(proposal_id: str) -> bool:
    """Whether the city has a proposal of that identifier, whoever may see it."""
    return db.session.scalar(select(Proposal.id).where(Proposal.id == proposal_id)) is not None


def find_proposal(proposal_id: str, viewer: Viewer, *, for_change: bool = False) -> Proposal | None:
    """The proposal, if ``viewer`` may see it."""
    query = select(Proposal).where(Proposal.id == proposal_id, proposal_visible(viewer))
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


_who = kept_alias(Membership)


def list_proposals(
    viewer: Viewer, *, body_id: str = "", state: str = "", mine: bool = False, ids: Any = None
) -> list[ProposalLine]:
    """The proposals that ``viewer`` may see, those that wait first, as many as a page holds; one query."""
    conditions = [proposal_visible(viewer)]
    if body_id:
        conditions.append(Proposal.body_id == body_id)
    if state:
        conditions.append(Proposal.state == state)
    if mine:
        conditions.append(Proposal.proposed_by == viewer.membership_id)
    if ids is not None:
        conditions.append(Proposal.id.in_(ids))
    order = ((Proposal.state != "waiting"), Proposal.created_at.desc(), Proposal.id)
    return _lines(conditions, order, MOST, viewer)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was discussed, how much that is, and the marks from which its neighbours are reached."""

    lines: tuple[ProposalLine, ...]
    count: int
    before: str = ""
    after: str = ""


def list_discussed(
    period: Period, viewer: Viewer, *, for_all: bool = False, before: str = "", after: str = ""
) -> Page:
    """The proposals discussed in a period that ``viewer`` may see, the latest first; three queries at most.

    With ``for_all`` those alone that every member may see: what the figures count. A mark that names no row any more
    leads to the first page.
    """
    conditions = [
        proposal_visible(viewer),
        Proposal.discussed_at >= first_moment_here(period.first),
        Proposal.discussed_at < first_moment_here(period.after),
    ]
    if for_all:
        conditions.append(Proposal.restricted.is_(False))
    count = db.session.scalar(select(func.count()).select_from(Proposal).where(*conditions)) or 0
    mark = None
    if valid_id(before or after):
        mark = db.session.execute(
            select(Proposal.discussed_at, Proposal.id).where(
                Proposal.id == (before or after), Proposal.discussed_at.is_not(None)
            )
        ).first()
    backwards = bool(before) and mark is not None
    if mark is not None:
        at, same = Proposal.discussed_at, Proposal.discussed_at == mark.discussed_at
        conditions.append(
            or_(at > mark.discussed_at, and_(same, Proposal.id > mark.id))
            if backwards
            else or_(at < mark.discussed_at, and_(same, Proposal.id < mark.id))
        )
    order = (Proposal.discussed_at, Proposal.id)
    falling = tuple(column.desc() for column in order)
    lines = _lines(conditions, order if backwards else falling, PAGE + 1, viewer)
    more, lines = len(lines) > PAGE, lines[:PAGE]
    if backwards:
        lines.reverse()
    has_before = more if backwards else mark is not None
    return Page(
        tuple(lines),
        count,
        lines[0].id if lines and has_before else "",
        lines[-1].id if lines and (backwards or more) else "",
    )


def _lines(
    conditions: Sequence[Any], order: Sequence[Any], most: int, viewer: Viewer
) -> list[ProposalLine]:
    rows = db.session.execute(
        select(Proposal, Body.names, _who.shown_name, Organisation.names.label("organisation"))
        .join(Body, and_(Body.city_id == Proposal.city_id, Body.id == Proposal.body_id))
        .outerjoin(_who, and_(_who.city_id == Proposal.city_id, _who.id == Proposal.proposed_by))
        .outerjoin(
            Organisation,
            and_(
                Organisation.city_id == Proposal.city_id,
                Organisation.id == Proposal.organisation_id,
            ),
        )
        .where(*conditions)
        .order_by(*order)
        .limit(most)
    )
    return [
        ProposalLine(
            row.Proposal.id,
            row.Proposal.body_id,
            name_of(row.names, viewer.locale),
            row.Proposal.title,
            row.Proposal.why,
            row.Proposal.language,
            row.Proposal.purpose,
            row.Proposal.minutes,
            row.Proposal.restricted,
            row.shown_name or "",
            name_of(row.organisation, viewer.locale) if row.organisation else "",
            row.Proposal.proposed_by == viewer.membership_id,
            row.Proposal.state,
            row.Proposal.answer,
            row.Proposal.meeting_id or "",
            Ref(row.Proposal.ref_plugin, row.Proposal.ref_kind, row.Proposal.ref_id)
            if row.Proposal.ref_id
            else None,
            row.Proposal.created_at,
            row.Proposal.answered_at,
            row.Proposal.discussed_at,
        )
        for row in rows
    ]


def answer(proposal: Proposal, state: str, word: str, viewer: Viewer) -> Item | None:
    """Accept, return or defer a proposal held for change; returns the item that it became.

    Accepted, it stands on the agenda of the body's next meeting that is still to be held; if there is none yet, on the
    next one that is made.
    Raises :class:`WordNeeded` and :class:`AnsweredAlready`.
    """
    if state not in ANSWERS:
        raise ValueError(state)
    if proposal.state not in {"waiting", "deferred"}:
        raise AnsweredAlready
    if state != "accepted" and not word:
        raise WordNeeded
    items = _items_of(proposal)
    made: Item | None = None
    if state == "accepted":
        made = items[0][0] if items else _take_up(proposal, viewer)
    else:
        for item, meeting in items:
            if State(meeting.state).coming:
                remove_item(item, meeting, viewer)
        proposal.meeting_id = None
    proposal.state, proposal.answer = state, word
    proposal.answered_by, proposal.answered_at = viewer.membership_id or None, utcnow()
    proposal.version += 1
    db.session.flush()
    record(
        "meetings.proposal_answered",
        subject=ref_of(PROPOSAL, proposal.id),
        details={"answer": state},
    )
    linking.tell_answered(proposal, viewer)
    return made


def withdraw(proposal: Proposal, viewer: Viewer) -> None:
    """Take one's own proposal back while nobody has answered it. Raises :class:`AnsweredAlready`."""
    if proposal.state not in {"waiting", "deferred"}:
        raise AnsweredAlready
    for item, meeting in _items_of(proposal):
        if State(meeting.state).coming:
            remove_item(item, meeting, viewer)
    proposal.state, proposal.meeting_id = "withdrawn", None
    proposal.version += 1
    db.session.flush()
    record("meetings.proposal_withdrawn", subject=ref_of(PROPOSAL, proposal.id))


def _items_of(proposal: Proposal) -> list[tuple[Item, Meeting]]:
    rows = db.session.execute(
        select(Item, Meeting)
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .where(
            Item.proposal_id == proposal.id,
            or_(Meeting.id == proposal.meeting_id, Meeting.state == State.DRAFT.value),
            Item.state != "withdrawn",
        )
    )
    return [(row.Item, row.Meeting) for row in rows]


def takes_it_up(body_id: str) -> Meeting | None:
    """The meeting on whose agenda a proposal to a body would stand if it were accepted now; one query."""
    return db.session.scalars(_next_meeting(select(Meeting), body_id)).first()


def _next_meeting(query: Any, body_id: str) -> Any:
    return (
        query.where(
            Meeting.body_id == body_id,
            Meeting.state.in_([State.DRAFT.value, State.CONVENED.value]),
            # One that nobody opened discusses nothing any more.
            Meeting.end_utc > utcnow(),
        )
        .order_by(Meeting.start_utc, Meeting.id)
        .limit(1)
    )


def _take_up(proposal: Proposal, viewer: Viewer) -> Item | None:
    query = select(Meeting, Body).join(
        Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id)
    )
    row = db.session.execute(
        _next_meeting(query, proposal.body_id).with_for_update(of=Meeting)
    ).first()
    if row is None:
        return None
    meeting: Meeting = row.Meeting
    proposal.meeting_id = meeting.id
    return add_item(
        meeting,
        row.Body,
        ItemEntry(
            proposal.title,
            proposal.language,
            "topics",
            "proposal",
            proposal.why,
            proposal.purpose,
            proposal.minutes,
            proposal.proposed_by or "",
            restricted=proposal.restricted,
            named=(proposal.proposed_by,) if proposal.proposed_by else (),
        ),
        viewer,
        subject=Ref(proposal.ref_plugin, proposal.ref_kind, proposal.ref_id)
        if proposal.ref_id
        else None,
        proposal=proposal,
    )


def accept_all(meeting: Meeting, viewer: Viewer) -> None:
    """When the agenda is sent, what still stands on it of what was proposed is accepted."""
    rows = db.session.scalars(
        select(Proposal)
        .join(Item, and_(Item.city_id == Proposal.city_id, Item.proposal_id == Proposal.id))
        .where(
            Item.meeting_id == meeting.id, Item.state != "withdrawn", Proposal.state == "waiting"
        )
    )
    for proposal in rows:
        proposal.state, proposal.meeting_id = "accepted", meeting.id
        proposal.answered_by, proposal.answered_at = viewer.membership_id or None, utcnow()
        linking.tell_answered(proposal, viewer)
    db.session.flush()
