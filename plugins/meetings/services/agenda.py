"""The agenda of a meeting: adding items, changing them, their order, and whom a restricted one is open to.

The caller has found the item by :func:`plugins.meetings.services.disclosure.find_item` for change, which holds the
meeting, and knows that the viewer prepares it. Flushes, never commits, never reads the request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from core.api import (
    Membership,
    Ref,
    Viewer,
    attachments_of,
    db,
    forget_texts,
    new_id,
    record,
    remove_attachment,
)
from plugins.meetings.models import (
    AudienceMember,
    Body,
    Correction,
    Decision,
    Item,
    Meeting,
    Note,
    Proposal,
)
from plugins.meetings.services import linking
from plugins.meetings.services.access import ITEM, NOTE, ref_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.texts import (
    keep_texts,
    original_decision,
    original_item,
    original_note,
)
from plugins.meetings.words import SECTION_ORDER, State

# Nobody gets through more in a day; what is beyond is a slip of a script.
MOST_ITEMS = 500


class Conflict(Exception):
    """Somebody else saved the item in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Item) -> None:
        super().__init__("The item was changed by somebody else.")
        self.current = current


class TooMany(Exception):
    """An agenda holds so many items at most."""


class HasMinutes(Exception):
    """What was discussed cannot be taken off the agenda."""


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """What somebody says of an item."""

    title: str
    language: str
    section: str = "topics"
    kind: str = "planning"
    background: str = ""
    purpose: str = "discuss"
    minutes: int | None = None
    presenter_id: str = ""
    presenter_name: str = ""
    restricted: bool = False
    recurring: bool = False
    named: tuple[str, ...] = ()


def entry_of(item: Item) -> ItemEntry:
    """What is stored of an item, as its form says it; one query for whom it is open to."""
    return ItemEntry(
        item.title,
        item.language,
        item.section,
        item.kind,
        item.background,
        item.purpose,
        item.minutes,
        item.presenter_id or "",
        item.presenter_name,
        item.restricted,
        item.recurring,
        named_for(item.id),
    )


def named_for(item_id: str) -> tuple[str, ...]:
    """Whom a restricted item is open to by name, sorted."""
    return tuple(
        db.session.scalars(
            select(AudienceMember.membership_id)
            .where(AudienceMember.item_id == item_id, AudienceMember.way == "named")
            .order_by(AudienceMember.membership_id)
        )
    )


def rows_of(meeting_id: str) -> list[Item]:
    """Every item of an agenda in its order, whoever may read it: for what moves or counts them."""
    return list(
        db.session.scalars(
            select(Item)
            .where(Item.meeting_id == meeting_id, Item.state != "withdrawn")
            .order_by(Item.position, Item.id)
        )
    )


def is_added(item_id: str) -> bool:
    """Whether the city has an item of that identifier, whoever may read it."""
    return db.session.scalar(select(Item.id).where(Item.id == item_id)) is not None


# -- Adding, changing, taking off --------------------------------------------------------------------------------


def add_item(
    meeting: Meeting,
    body: Body,
    entry: ItemEntry,
    viewer: Viewer,
    *,
    subject: Ref | None = None,
    proposal: Proposal | None = None,
    identifier: str = "",
) -> Item:
    """Put an item on the agenda of a meeting held for change, last in its section. Raises :class:`TooMany`.

    Once the agenda was sent it is marked as late.
    """
    rows = rows_of(meeting.id)
    if len(rows) >= MOST_ITEMS:
        raise TooMany
    item = Item(
        id=identifier or new_id(),
        meeting_id=meeting.id,
        position=len(rows),
        translations={},
        added_by=viewer.membership_id or None,
        late=meeting.issue > 0,
        ref_plugin=subject.plugin if subject else "",
        ref_kind=subject.kind if subject else "",
        ref_id=subject.id if subject else "",
        proposal_id=proposal.id if proposal else None,
    )
    _write(item, entry)
    db.session.add(item)
    db.session.flush()
    _name(item, entry.named, viewer)
    number_rows(into_section(rows, item))
    keep_texts([original_item(item, meeting, body)], viewer)
    note_change(meeting, viewer, "item_added", {"agenda": ["", item.title]}, item=item)
    linking.index_items([item.id])
    record("meetings.item_added", subject=ref_of(ITEM, item.id))
    return item


def change_item(
    item: Item, meeting: Meeting, body: Body, entry: ItemEntry, version: int, viewer: Viewer
) -> bool:
    """Write ``entry`` on an item; returns whether anything differed. Raises :class:`Conflict`."""
    before = entry_of(item)
    changed = _differences(before, entry)
    if not changed:
        return False
    if version != item.version:
        raise Conflict(item)
    if "section" in changed:
        rows = [row for row in rows_of(meeting.id) if row.id != item.id]
        _write(item, entry)
        number_rows(into_section(rows, item))
    else:
        _write(item, entry)
    item.version += 1
    if {"named", "restricted"} & set(changed):
        _name(item, entry.named, viewer)
    if "restricted" in changed:
        _restriction_changed(item, meeting, body, viewer)
    keep_texts([original_item(item, meeting, body)], viewer)
    note_change(meeting, viewer, "item_changed", {"agenda": True, **changed}, item=item)
    linking.index_items([item.id])
    record("meetings.item_changed", subject=ref_of(ITEM, item.id))
    return True


def _write(item: Item, entry: ItemEntry) -> None:
    for name in (
        "title", "language", "section", "kind", "background", "purpose", "minutes", "presenter_name",
        "restricted", "recurring",
    ):  # fmt: skip
        setattr(item, name, getattr(entry, name))
    item.presenter_id = entry.presenter_id or None


def _differences(before: ItemEntry, after: ItemEntry) -> dict[str, list[Any]]:
    def kept(value: Any) -> Any:
        return sorted(value) if isinstance(value, tuple) else value

    both = {
        name: [kept(getattr(before, name)), kept(getattr(after, name))]
        for name in ItemEntry.__slots__
    }
    if not before.restricted and not after.restricted:
        # Nobody is named for what everybody may read.
        del both["named"]
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _name(item: Item, named: Iterable[str], viewer: Viewer) -> None:
    """Let a restricted item be open to exactly ``named``, and to whoever names them; to nobody by name else."""
    wanted = {each for each in named if each}
    if item.restricted and viewer.membership_id:
        wanted.add(viewer.membership_id)
    db.session.execute(
        delete(AudienceMember).where(
            AudienceMember.item_id == item.id, AudienceMember.way == "named"
        )
    )
    if not item.restricted:
        return
    there = db.session.scalars(select(Membership.id).where(Membership.id.in_(wanted)))
    db.session.add_all(
        AudienceMember(item_id=item.id, membership_id=each, way="named") for each in sorted(there)
    )
    db.session.flush()


def _restriction_changed(item: Item, meeting: Meeting, body: Body, viewer: Viewer) -> None:
    """What hangs on an item follows it: notes, decisions, actions, its proposal, and how its decisions are counted."""
    from plugins.meetings.services.room import work_out_room

    db.session.flush()
    note = db.session.scalars(select(Note).where(Note.item_id == item.id)).first()
    decisions = list(db.session.scalars(select(Decision).where(Decision.item_id == item.id)))
    for decision in decisions:
        decision.apart = item.restricted
        decision.number = 1 + (
            db.session.scalar(
                select(func.max(Decision.number)).where(
                    Decision.meeting_id == meeting.id,
                    Decision.apart.is_(item.restricted),
                    Decision.id != decision.id,
                )
            )
            or 0
        )
        decision.publicity = "restricted" if item.restricted else "members"
        db.session.flush()
    keep_texts(
        [
            original_note(note, item, meeting, body) if note is not None else None,
            *(original_decision(each, item, meeting, body) for each in decisions),
        ],
        viewer,
    )
    if item.restricted and item.proposal_id is not None:
        # It says the same as the item. That it was asked for openly does not make it open again.
        proposal = db.session.scalars(
            select(Proposal).where(Proposal.id == item.proposal_id)
        ).first()
        if proposal is not None:
            proposal.restricted = True
    work_out_room(meeting, [item])
    linking.restriction_changed(item, [each.id for each in decisions])


def remove_item(item: Item, meeting: Meeting, viewer: Viewer) -> None:
    """Take an item off the agenda. Before anybody was told it is gone; afterwards it stands as withdrawn.

    A proposal that it was made of waits again. Raises :class:`HasMinutes` for what was discussed.
    """
    if item.state == "done" or _has_minutes(item.id):
        raise HasMinutes
    rows = [row for row in rows_of(meeting.id) if row.id != item.id]
    if item.proposal_id is not None:
        proposal = db.session.scalars(
            select(Proposal).where(Proposal.id == item.proposal_id)
        ).first()
        if proposal is not None and proposal.state in {"waiting", "accepted"}:
            proposal.state, proposal.meeting_id = "waiting", None
    note_change(meeting, viewer, "item_removed", {"agenda": [item.title, ""]}, item=item)
    if meeting.current_item == item.id:
        meeting.current_item = None
    if meeting.issue:
        item.state = "withdrawn"
        item.position = len(rows)
    else:
        forget_texts(ref_of(ITEM, item.id))
        for each in attachments_of(ref_of(ITEM, item.id)):
            remove_attachment(each)
        db.session.delete(item)
    db.session.flush()
    number_rows(rows)
    linking.forget_item(item.id)
    record("meetings.item_removed", subject=ref_of(ITEM, item.id))


def _has_minutes(item_id: str) -> bool:
    note = db.session.scalars(select(Note).where(Note.item_id == item_id)).first()
    if note is not None and note.text:
        return True
    if note is not None:
        forget_texts(ref_of(NOTE, note.id))
    for model in (Decision, Correction):
        if db.session.scalar(select(model.id).where(model.item_id == item_id).limit(1)):
            return True
    return False


def put_off(item: Item, meeting: Meeting, viewer: Viewer) -> None:
    """Say that an item was not reached: the next meeting opens with it."""
    item.state = "not_reached"
    item.started_at = item.ended_at = None
    if meeting.current_item == item.id:
        meeting.current_item = None
    note_change(meeting, viewer, "item_put_off", {}, item=item)


# -- The order ---------------------------------------------------------------------------------------------------


def move(item: Item, meeting: Meeting, direction: int, viewer: Viewer) -> None:
    """Move an item one place up (-1) or down (1). At the border of a section it first changes the section.

    A restricted neighbour is passed like any other: the reader knows that it is there, and learns nothing else.
    """
    rows = rows_of(meeting.id)
    at = next(number for number, row in enumerate(rows) if row.id == item.id)
    to = at + direction
    if not 0 <= to < len(rows):
        sections = SECTION_ORDER
        place = sections.index(item.section) if item.section in sections else len(sections) - 1
        if not 0 <= place + direction < len(sections):
            return
        item.section = sections[place + direction]
    elif rows[to].section != item.section:
        item.section = rows[to].section
    else:
        rows[at], rows[to] = rows[to], rows[at]
        number_rows(rows)
    item.version += 1
    note_change(meeting, viewer, "moved", {"agenda": True}, item=item)


def reorder(
    meeting: Meeting,
    ids: Sequence[str],
    sections: Sequence[str],
    viewer: Viewer,
    open_ids: set[str],
) -> bool:
    """Put the items that are open to the viewer into the order ``ids``; the others keep their places.

    ``sections`` says for each in which section it stands now. What is not among ``ids`` keeps its place as well, and
    what is not open to the viewer is passed over. Returns whether anything moved.
    """
    rows = rows_of(meeting.id)
    by_id = {row.id: row for row in rows if row.id in open_ids}
    wanted = [each for each in dict.fromkeys(ids) if each in by_id]
    named = {
        each: section
        for each, section in zip(ids, sections, strict=False)
        if section in SECTION_ORDER
    }
    moving = set(wanted)
    coming = iter(wanted)
    after = [by_id[next(coming)] if row.id in moving else row for row in rows]
    changed = [row.id for row in after] != [row.id for row in rows]
    for each in wanted:
        if each in named and by_id[each].section != named[each]:
            by_id[each].section = named[each]
            changed = True
    if changed:
        number_rows(after)
        note_change(meeting, viewer, "moved", {"agenda": True})
    return changed


def into_section(rows: Sequence[Item], item: Item) -> list[Item]:
    """The rows with ``item`` behind the last one of its section, or where the section would begin."""
    place = _place(item.section)
    at = max(
        (number for number, row in enumerate(rows) if _place(row.section) <= place), default=-1
    )
    return [*rows[: at + 1], item, *rows[at + 1 :]]


def _place(section: str) -> int:
    return SECTION_ORDER.index(section) if section in SECTION_ORDER else len(SECTION_ORDER)


def number_rows(rows: Sequence[Item]) -> None:
    """Give the rows the places in which they stand."""
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
    db.session.flush()


def may_change_agenda(meeting: Meeting) -> bool:
    """Whether the agenda can still be changed: until the minutes are on their way."""
    return State(meeting.state) in {
        State.DRAFT,
        State.CONVENED,
        State.IN_PROGRESS,
        State.MINUTES,
        State.POSTPONED,
    }
