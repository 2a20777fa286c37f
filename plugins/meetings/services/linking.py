"""Everything that meetings ask of core's actions, notifications, invitations and search: the one place that does.

What is told carries no title: core asks :func:`describe` for it as each reader may see it, when they read it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, exists, select

from core.api import (
    ActionLine,
    Guest,
    InviteeLine,
    Ref,
    Searchable,
    Viewer,
    actions_on,
    batches,
    db,
    forget,
    forget_subject,
    index_many,
    invite_instead,
    invitees_of,
    notify,
    open_actions_on,
    remind,
    spare,
    subject_restricted,
    today,
    told_to,
    translations_of,
    unreached,
    utcnow,
)
from core.api import event_changed as invited_event_changed
from core.api import invite as invite_people
from core.api import withdraw as withdraw_invitations
from plugins.meetings.models import (
    Attendance,
    AudienceMember,
    Body,
    Decision,
    Item,
    Meeting,
    Note,
    Proposal,
)
from plugins.meetings.services.access import (
    DECISION,
    ITEM,
    MEETING,
    PROPOSAL,
    item_open,
    meeting_visible,
    minutes_open,
    reader_with,
    ref_of,
)
from plugins.meetings.services.known import ItemView
from plugins.meetings.words import PLUGIN

PROPOSED, ANSWERED, REMINDER = "meetings.proposed", "meetings.answered", "meetings.reminder"
SOON = timedelta(days=7)


# -- Actions -------------------------------------------------------------------------------------------------


def actions_of(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, tuple[ActionLine, ...]]:
    """The actions that hang on items and decisions, which are open to ``viewer`` or only counted; one query."""
    return actions_on(refs, viewer, today())


def actions_told(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, tuple[ActionLine, ...]]:
    """As :func:`actions_of`, in the language of ``viewer`` where it is translated to it; two queries at most."""
    found = actions_of(refs, viewer)
    told = iter(told_to((line for lines in found.values() for line in lines), viewer.locale))
    return {ref: tuple(next(told) for _line in lines) for ref, lines in found.items()}


def translations_of_actions(
    lines: Iterable[ActionLine],
) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """What is said of actions in other languages, by action and language; one query, and none for none."""
    refs = {Ref("actions", "action", line.id): line.id for line in lines}
    return {refs[ref]: told for ref, told in translations_of(refs).items()} if refs else {}


@dataclass(frozen=True, slots=True)
class Agreed:
    """An action of an item, and what is said of it in other languages; None where that is not told."""

    line: ActionLine
    told: Mapping[str, Mapping[str, str]] | None = None

    def __hash__(self) -> int:
        return hash((self.line.id, self.line.version))


def agreed_on(
    items: Iterable[ItemView], viewer: Viewer, *, translated: bool
) -> dict[str, tuple[Agreed, ...]]:
    """The actions of each item and of its decisions, by item; two queries at most, and one if not ``translated``."""
    refs = {
        ref: item.id
        for item in items
        for ref in (
            ref_of(ITEM, item.id),
            *(ref_of(DECISION, decision.id) for decision in item.decisions),
        )
    }
    found = actions_of(list(refs), viewer)
    told = (
        translations_of_actions(line for lines in found.values() for line in lines)
        if translated
        else {}
    )
    agreed: dict[str, tuple[Agreed, ...]] = {}
    for ref, item_id in refs.items():
        lines = tuple(Agreed(line, told.get(line.id)) for line in found.get(ref, ()))
        if lines:
            agreed[item_id] = agreed.get(item_id, ()) + lines
    return agreed


def open_actions(body_id: str, viewer: Viewer, most: int = 100) -> tuple[ActionLine, ...]:
    """What is still to be done of what the meetings of a body agreed, the overdue first; one query.

    Of what hangs on an item that is not open to ``viewer`` nothing is among it.
    """
    given = {"body": body_id, "reader": viewer.membership_id}
    return open_actions_on(_agreed(viewer.permissions), viewer, today(), most, given)


@lru_cache(maxsize=64)
def _agreed(permissions: frozenset[str]) -> tuple[tuple[str, str, Select[Any]], ...]:
    """The items and decisions of a body that a reader may know, as statements that are kept."""
    viewer = reader_with(permissions)
    seen = (Meeting.body_id == bindparam("body"), meeting_visible(viewer), item_open(viewer))
    items = (
        select(Item.id)
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(*seen)
    )
    decisions = (
        select(Decision.id)
        .join(Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id))
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(*seen, minutes_open(viewer))
    )
    return ((PLUGIN, ITEM, items), (PLUGIN, DECISION, decisions))


def restriction_changed(item: Item, decision_ids: Iterable[str]) -> None:
    """Say that who may see an item and its decisions has changed: their actions follow."""
    subject_restricted(ref_of(ITEM, item.id), item.restricted)
    for each in decision_ids:
        subject_restricted(ref_of(DECISION, each), item.restricted)


# -- Telling and reminding -----------------------------------------------------------------------------------


def tell_proposed(proposal: Proposal, recipients: Iterable[str], viewer: Viewer) -> None:
    """Tell those who prepare a body's agenda that something was proposed."""
    notify(PROPOSED, recipients, subject=ref_of(PROPOSAL, proposal.id), actor=viewer)


def tell_answered(proposal: Proposal, viewer: Viewer) -> None:
    """Tell who proposed something what became of it."""
    if proposal.proposed_by:
        notify(
            ANSWERED,
            [proposal.proposed_by],
            subject=ref_of(PROPOSAL, proposal.id),
            facts={"state": proposal.state},
            actor=viewer,
        )


def listed(meeting: Meeting, only_for: Item | None = None) -> list[str]:
    """The memberships on the list of a meeting; of a restricted item, those who are named for it."""
    query = select(Attendance.membership_id).where(
        Attendance.meeting_id == meeting.id, Attendance.membership_id.is_not(None)
    )
    if only_for is not None and only_for.restricted:
        query = query.where(
            exists().where(
                AudienceMember.city_id == Attendance.city_id,
                AudienceMember.item_id == only_for.id,
                AudienceMember.membership_id == Attendance.membership_id,
            )
        )
    return [each for each in db.session.scalars(query) if each]


def tell(kind: str, meeting: Meeting, recipients: Iterable[str], viewer: Viewer | None) -> None:
    """Tell members of a meeting: "convened", "agenda", "circulated", "remark", "approved", "corrected", "called_off".

    Facts hold the time, which every member may know, and neither title nor place.
    """
    soon = meeting.start_utc - utcnow() <= SOON
    notify(
        f"meetings.{kind}",
        recipients,
        subject=ref_of(MEETING, meeting.id),
        facts=_facts(meeting),
        actor=viewer,
        urgent=soon and kind in {"convened", "agenda", "called_off"},
    )


def _facts(meeting: Meeting) -> dict[str, Any]:
    return {"start": meeting.start_utc.isoformat(), "state": meeting.state}


def set_reminders(
    meeting: Meeting, body: Body, recipients: Iterable[str], at: datetime | None
) -> None:
    """Remind those who come, at a moment that follows the meeting; None takes it back."""
    remind(REMINDER, ref_of(MEETING, meeting.id), at, recipients, _facts(meeting))


# -- Invitations ---------------------------------------------------------------------------------------------


def invite(
    meeting: Meeting,
    members: Iterable[str],
    viewer: Viewer,
    guests: Iterable[tuple[str, str, str]] = (),
) -> None:
    """Invite members and guests (name, address, language) to a meeting."""
    invite_people(ref_of(MEETING, meeting.id), members, viewer, [Guest(*guest) for guest in guests])


def withdraw(meeting: Meeting, membership_id: str, viewer: Viewer) -> None:
    """Take back the invitation of somebody who has no seat any more."""
    ref = ref_of(MEETING, meeting.id)
    ids = [line.id for line in invitees_of(ref) if line.membership_id == membership_id]
    withdraw_invitations(ref, ids, viewer)


def call_in(meeting: Meeting, substitute: str, member: str) -> bool:
    """Invite a substitute in the place of a member who cannot come, and tell them as all others were told.

    Returns whether they were; not so where they are invited in their own right.
    """
    called = invite_instead(ref_of(MEETING, meeting.id), substitute, member)
    if called:
        tell("convened", meeting, [substitute], None)
    return called


def send_home(meeting: Meeting, substitute: str, *, thanked: bool) -> None:
    """Take back the invitation of a substitute; ``thanked`` where the member can come after all."""
    spare(ref_of(MEETING, meeting.id), [substitute], thanked=thanked)


def invited(meeting_id: str) -> tuple[InviteeLine, ...]:
    """Who is invited to a meeting, members and guests, and what they answered; one query."""
    return invitees_of(ref_of(MEETING, meeting_id))


def answers(meeting_id: str) -> Mapping[str, str]:
    """What each member who is invited has answered, by membership; one query."""
    lines = invited(meeting_id)
    return {line.membership_id: line.answer for line in lines if line.membership_id}


def without_mail(meeting_id: str) -> tuple[str, ...]:
    """The names of those whom no mail about a meeting reaches; two queries at most."""
    return unreached(ref_of(MEETING, meeting_id))


def event_changed(meeting: Meeting) -> None:
    """Say that time, place, title or state of a meeting changed: updates go out, one for all changes of a minute."""
    invited_event_changed(ref_of(MEETING, meeting.id))


# -- Search --------------------------------------------------------------------------------------------------


def index_items(item_ids: Iterable[str]) -> None:
    """Let items be found by their title, their background and their notes, in every language that they have."""
    db.session.flush()
    index_many(
        _searchable_item(row)
        for row in db.session.execute(_ITEMS.where(Item.id.in_(list(item_ids)))).all()
    )


def index_decisions(decision_ids: Iterable[str]) -> None:
    """Let decisions be found by their text and their reasons."""
    db.session.flush()
    index_many(
        _searchable_decision(row)
        for row in db.session.execute(_DECISIONS.where(Decision.id.in_(list(decision_ids)))).all()
    )


def forget_item(item_id: str) -> None:
    """Let an item that is gone no longer be found; what was promised on it stands by itself."""
    forget(ref_of(ITEM, item_id))
    forget_subject(ref_of(ITEM, item_id))


def forget_decision(ref: Ref) -> None:
    """Let a decision that is gone no longer be found; what was promised by it stands by itself."""
    forget(ref)
    forget_subject(ref)


def all_searchable() -> Iterator[Searchable]:
    """Every item and decision of the city in force, whoever may read it: the search asks for that itself."""
    for query, key, make in (
        (_ITEMS, Item.id, _searchable_item),
        (_DECISIONS, Decision.id, _searchable_decision),
    ):
        ids = list(db.session.scalars(select(key).order_by(key)))
        for some in batches(ids):
            for row in db.session.execute(query.where(key.in_(some))).all():
                yield make(row)


_ITEMS = (
    select(Item, Note, Meeting.start_utc, Meeting.zone)
    .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
    .outerjoin(Note, and_(Note.city_id == Item.city_id, Note.item_id == Item.id))
    .where(Item.state != "withdrawn")
)
_DECISIONS = select(Decision)


def _searchable_item(row: Any) -> Searchable:
    item, note = row.Item, row.Note
    texts = [item.background, *_told(item.translations, "background"), item.presenter_name]
    if note is not None:
        texts += [note.text, *_told(note.translations, "text")]
    return Searchable(
        ref_of(ITEM, item.id),
        " ".join([item.title, *_told(item.translations, "title")]),
        "\n".join(text for text in texts if text),
        item.language,
        row.start_utc.astimezone(ZoneInfo(row.zone)).date(),
    )


def _searchable_decision(row: Any) -> Searchable:
    decision = row.Decision
    texts = [decision.rationale, decision.alternatives, decision.legal_basis]
    for name in ("rationale", "alternatives"):
        texts += _told(decision.translations, name)
    return Searchable(
        ref_of(DECISION, decision.id),
        " ".join([decision.text, *_told(decision.translations, "text")]),
        "\n".join(text for text in texts if text),
        decision.language,
        decision.decided_on,
    )


def _told(translations: Mapping[str, Any] | None, name: str) -> list[str]:
    return [each[name] for each in (translations or {}).values() if each.get(name)]
