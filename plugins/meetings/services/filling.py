"""What the next meeting opens with, so that nobody types it again.

The standing agenda, the minutes still to be approved, what the last meeting did not reach, what comes back every time,
and what members proposed. Open actions and what was held since stand on the page by themselves, since they change
until the meeting is over.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from core.api import (
    OriginalText,
    Ref,
    Viewer,
    attachments_on,
    copy_attachments,
    db,
    force_language,
    keep_new_texts,
    new_id,
)
from core.api import gettext as _
from plugins.meetings.models import (
    AudienceMember,
    Body,
    Item,
    Meeting,
    Proposal,
    StandingItem,
)
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.bodies import standing_of, write_standing
from plugins.meetings.services.texts import original_item
from plugins.meetings.words import SECTION_ORDER, State

MOST_PROPOSALS = 100
_HELD = [state.value for state in State if state.held]


@dataclass(slots=True)
class Draft:
    """An item that is about to be made, with its translations and whom it is open to."""

    facts: dict[str, Any]
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    # Whoever makes a restricted item is among its readers; whoever only hands one on is not.
    open_to_maker: bool = True
    # Whether what it was carried from has papers that go along.
    papers: bool = False

    @property
    def plain(self) -> bool:
        """Whether nobody has added anything to it yet, beside its title."""
        return not (self.papers or self.facts.get("background") or self.facts.get("proposal_id"))

    def matches(self, standing: Collection[tuple[str, str]]) -> bool:
        """Whether it is among ``standing``, by its kind and its title in any language."""
        titles = {self.facts["title"], *(each.get("title") for each in self.translations.values())}
        return any((self.facts["kind"], title) in standing for title in titles)


def fill(meeting: Meeting, body: Body, viewer: Viewer) -> list[Item]:
    """Make the items of a new meeting; its row is flushed. A handful of statements, however long the agenda."""
    standing = standing_of(body.id, meeting.type)
    if not standing:
        write_standing(body, meeting.type)
        standing = standing_of(body.id, meeting.type)
    drafts = _together(list(_standing(standing, meeting, body)), left_over(meeting))
    drafts += _proposals(meeting, body)
    drafts.sort(key=lambda draft: _place(draft.facts["section"]))
    return make_items(drafts, meeting, body, viewer)


def _together(standing: list[Draft], left: Sequence[Draft]) -> list[Draft]:
    """The standing items and what is left over. A standing item that was not reached comes once, with what it had."""
    drafts, more = list(standing), []
    for draft in left:
        at = next(
            (
                number
                for number, each in enumerate(drafts)
                if "carried_from" not in each.facts
                and draft.matches({(each.facts["kind"], each.facts["title"])})
            ),
            None,
        )
        if at is None:
            more.append(draft)
            continue
        # Of a standing item without a word of its own there is nothing to be kept from who prepares the meeting.
        draft.open_to_maker = draft.plain
        draft.facts["restricted"] |= drafts[at].facts.get("restricted", False)
        draft.translations = drafts[at].translations | draft.translations
        draft.translations.pop(draft.facts["language"], None)
        drafts[at] = draft
    return drafts + more


def _place(section: str) -> int:
    return SECTION_ORDER.index(section) if section in SECTION_ORDER else len(SECTION_ORDER)


def _standing(standing: Sequence[StandingItem], meeting: Meeting, body: Body) -> Iterable[Draft]:
    unapproved = _unapproved(meeting)
    for each in standing:
        if each.kind == "previous_minutes":
            yield from approvals(each, unapproved, meeting)
            continue
        language = (
            meeting.language if meeting.language in each.titles else next(iter(each.titles), "")
        )
        yield Draft(
            {
                "section": each.section,
                "kind": each.kind,
                "title": each.titles.get(language, ""),
                "language": language or meeting.language,
                "purpose": each.purpose,
                "minutes": each.minutes,
                "restricted": each.restricted,
            },
            {code: {"title": title} for code, title in each.titles.items() if code != language},
        )


def _unapproved(meeting: Meeting) -> list[Meeting]:
    """Earlier meetings of the body that were held and whose minutes nobody has approved, the earliest first."""
    return list(
        db.session.scalars(
            select(Meeting)
            .where(
                Meeting.body_id == meeting.body_id,
                Meeting.id != meeting.id,
                Meeting.start_utc < meeting.start_utc,
                Meeting.state.in_(
                    [State.IN_PROGRESS.value, State.MINUTES.value, State.CIRCULATED.value]
                ),
            )
            .order_by(Meeting.start_utc, Meeting.id)
        )
    )


def approvals(
    standing: StandingItem, unapproved: Sequence[Meeting], meeting: Meeting
) -> Iterable[Draft]:
    """One item for each meeting whose minutes are to be approved; none where there is nothing to approve."""
    for earlier in unapproved:
        titles = {}
        for code in dict.fromkeys([meeting.language, *standing.titles]):
            with force_language(code):
                titles[code] = _(
                    "Approval of the minutes of meeting %(number)s", number=earlier.number
                )
        own = titles[meeting.language]
        yield Draft(
            {
                "section": standing.section,
                "kind": standing.kind,
                "title": own,
                "purpose": standing.purpose,
                "minutes": standing.minutes,
                "about_meeting": earlier.id,
            },
            {code: {"title": text} for code, text in titles.items() if text != own},
        )


def left_over(meeting: Meeting) -> list[Draft]:
    """What the last meeting did not reach, and what comes back every time."""
    if meeting.previous_id is None:
        return []
    items = list(
        db.session.scalars(
            select(Item)
            .where(
                Item.meeting_id == meeting.previous_id,
                Item.state != "withdrawn",
                or_(
                    Item.recurring.is_(True),
                    Item.state == "not_reached",
                ),
            )
            .order_by(Item.position, Item.id)
        )
    )
    named = _named([item.id for item in items if item.restricted])
    # What comes back every time has new papers mostly; its page offers those of last time.
    hanging = attachments_on(
        [ref_of(ITEM, item.id) for item in items if item.state == "not_reached"]
    )
    return [
        Draft(
            {
                "section": item.section,
                "kind": item.kind,
                "title": item.title,
                "background": item.background,
                "language": item.language,
                "purpose": item.purpose,
                "minutes": item.minutes,
                "presenter_id": item.presenter_id,
                "presenter_name": item.presenter_name,
                "restricted": item.restricted,
                "recurring": item.recurring,
                "ref_plugin": item.ref_plugin,
                "ref_kind": item.ref_kind,
                "ref_id": item.ref_id,
                "carried_from": item.id,
                "proposal_id": item.proposal_id,
            },
            {
                code: {name: each[name] for name in ("title", "background") if each.get(name)}
                for code, each in (item.translations or {}).items()
                if each.get("state") != "outdated" and code != item.language
            },
            tuple(named.get(item.id, ())),
            open_to_maker=False,
            papers=ref_of(ITEM, item.id) in hanging,
        )
        for item in items
        # Standing items come anyway.
        if item.kind
        not in {"opening_declarations", "previous_minutes", "action_review", "next_meeting"}
    ]


def _named(item_ids: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    if item_ids:
        rows = db.session.execute(
            select(AudienceMember.item_id, AudienceMember.membership_id).where(
                AudienceMember.item_id.in_(item_ids), AudienceMember.way == "named"
            )
        )
        for item_id, membership_id in rows:
            found.setdefault(item_id, []).append(membership_id)
    return found


def _proposals(meeting: Meeting, body: Body) -> list[Draft]:
    """What members proposed and nobody has answered yet, or was put off until now; each is still to be accepted."""
    proposals = list(
        db.session.scalars(
            select(Proposal)
            .where(
                Proposal.body_id == body.id,
                Proposal.state.in_(["waiting", "deferred", "accepted"]),
                # An accepted one without a meeting waited for this one to be made.
                Proposal.meeting_id.is_(None),
            )
            .order_by(Proposal.created_at, Proposal.id)
            .limit(MOST_PROPOSALS)
            .with_for_update()
        )
    )
    for proposal in proposals:
        proposal.meeting_id = meeting.id
        if proposal.state == "deferred":
            proposal.state = "waiting"
    return [from_proposal(proposal) for proposal in proposals]


def from_proposal(proposal: Proposal) -> Draft:
    """The item that a proposal becomes."""
    return Draft(
        {
            "section": "topics",
            "kind": "proposal",
            "title": proposal.title,
            "background": proposal.why,
            "language": proposal.language,
            "purpose": proposal.purpose,
            "minutes": proposal.minutes,
            "presenter_id": proposal.proposed_by,
            "restricted": proposal.restricted,
            "ref_plugin": proposal.ref_plugin,
            "ref_kind": proposal.ref_kind,
            "ref_id": proposal.ref_id,
            "proposal_id": proposal.id,
        },
        named=(proposal.proposed_by,) if proposal.restricted and proposal.proposed_by else (),
    )


def make_items(drafts: Sequence[Draft], meeting: Meeting, body: Body, viewer: Viewer) -> list[Item]:
    """Make the items of a meeting whose row is flushed, with their translations and readers; in this order."""
    items: list[Item] = []
    translations: dict[Ref, dict[str, dict[str, str]]] = {}
    for position, draft in enumerate(drafts):
        item = Item(
            **(
                {"language": meeting.language}
                | draft.facts
                | {
                    "id": new_id(),
                    "meeting_id": meeting.id,
                    "position": position,
                    "added_by": viewer.membership_id or None,
                    "translations": {
                        code: {**texts, "state": "translated"}
                        for code, texts in draft.translations.items()
                    },
                }
            )
        )
        items.append(item)
        translations[ref_of(ITEM, item.id)] = draft.translations
    db.session.add_all(items)
    db.session.flush()
    db.session.add_all(
        AudienceMember(item_id=item.id, membership_id=membership_id, way="named")
        for item, draft in zip(items, drafts, strict=True)
        if item.restricted
        for membership_id in dict.fromkeys(
            [*draft.named, viewer.membership_id if draft.open_to_maker else ""]
        )
        if membership_id
    )
    copy_attachments(
        {
            ref_of(ITEM, item.carried_from): ref_of(ITEM, item.id)
            for item, draft in zip(items, drafts, strict=True)
            if item.carried_from and draft.papers
        },
        viewer,
    )
    originals: list[OriginalText] = [original_item(item, meeting, body) for item in items]
    keep_new_texts(originals, translations, viewer)
    db.session.flush()
    return items
