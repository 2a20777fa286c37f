"""Title and place of records as one reader may know them, for hooks, links and lists of other features.

By the conditions of the disclosure function alone. The statements are kept: lists of actions and of notifications ask
for the same of every reader.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, select

from core.api import Ref, Viewer, db
from plugins.meetings.models import Body, Decision, Item, Meeting, Note, Proposal
from plugins.meetings.services.access import (
    DECISION,
    ITEM,
    MEETING,
    NOTE,
    PROPOSAL,
    item_open,
    item_open_to_all,
    meeting_visible,
    minutes_open,
    proposal_visible,
    reader_with,
)
from plugins.meetings.services.disclosure import (
    decision_label,
    decision_open,
    same,
    title_of,
)
from plugins.meetings.services.known import Told
from plugins.meetings.services.texts import Words, words_for
from plugins.meetings.words import State


def _asked(ids: Sequence[str], viewer: Viewer) -> dict[str, Any]:
    return {"ids": list(ids), "reader": viewer.membership_id}


_wanted: Any = bindparam("ids", expanding=True)


@lru_cache(maxsize=64)
def _meetings(permissions: frozenset[str]) -> Select[Any]:
    found: Select[Any] = (
        select(
            Meeting.id, Meeting.title, Meeting.language, Meeting.translations, Meeting.number,
            Meeting.state, Body.names,
        )
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .where(Meeting.id.in_(_wanted), meeting_visible(reader_with(permissions)))
    )  # fmt: skip
    return found


def describe_meetings(ids: Sequence[str], viewer: Viewer) -> dict[str, Told]:
    """The meetings of ``ids`` that ``viewer`` may see; one query."""
    rows = db.session.execute(_meetings(viewer.permissions), _asked(ids, viewer))
    return {
        row.id: Told(
            row.id,
            row.id,
            title_of(
                row.title, row.language, row.translations, row.number, row.names, viewer.locale
            ),
            row.state == State.DRAFT,
        )
        for row in rows
    }


@lru_cache(maxsize=64)
def _items(permissions: frozenset[str], *, of_notes: bool) -> Select[Any]:
    viewer = reader_with(permissions)
    query: Select[Any] = (
        select(
            Item.id, Item.meeting_id, Item.title, Item.language, Item.translations,
            case((item_open_to_all(), 1), else_=0).label("for_all"), Meeting.state,
        )
        .join(Meeting, same(Meeting, Item.city_id, Item.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .where(meeting_visible(viewer), item_open(viewer))
    )  # fmt: skip
    if not of_notes:
        return query.where(Item.id.in_(_wanted))
    return (
        query.add_columns(Note.id.label("note_id"))
        .join(Note, and_(Note.city_id == Item.city_id, Note.item_id == Item.id))
        .where(Note.id.in_(_wanted), minutes_open(viewer))
    )


def describe_items(ids: Sequence[str], viewer: Viewer) -> dict[str, Told]:
    """The items of ``ids`` that are open to ``viewer``; one query."""
    rows = db.session.execute(_items(viewer.permissions, of_notes=False), _asked(ids, viewer))
    return {row.id: _told_item(row, row.id, viewer) for row in rows}


def describe_notes(ids: Sequence[str], viewer: Viewer) -> dict[str, Told]:
    """The notes of ``ids`` that ``viewer`` may read, under the title of their item; one query."""
    rows = db.session.execute(_items(viewer.permissions, of_notes=True), _asked(ids, viewer))
    return {row.note_id: _told_item(row, row.note_id, viewer) for row in rows}


def _told_item(row: Row[Any], identifier: str, viewer: Viewer) -> Told:
    return Told(
        identifier,
        row.meeting_id,
        words_for(row.title, row.language, row.translations, "title", viewer.locale),
        not row.for_all or row.state == State.DRAFT,
        row.id,
    )


@lru_cache(maxsize=64)
def _decisions(permissions: frozenset[str]) -> Select[Any]:
    found: Select[Any] = (
        select(
            Decision.id, Decision.meeting_id, Decision.item_id, Decision.text, Decision.language,
            Decision.translations, Decision.number, Decision.apart,
            Meeting.number.label("meeting_number"),
            case((item_open_to_all(), 1), else_=0).label("for_all"), Meeting.state,
        )
        .join(Item, same(Item, Decision.city_id, Decision.item_id))
        .join(Meeting, same(Meeting, Decision.city_id, Decision.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .where(Decision.id.in_(_wanted), decision_open(reader_with(permissions)))
    )  # fmt: skip
    return found


def describe_decisions(ids: Sequence[str], viewer: Viewer) -> dict[str, Told]:
    """The decisions of ``ids`` that ``viewer`` may read; one query."""
    found = {}
    for row in db.session.execute(_decisions(viewer.permissions), _asked(ids, viewer)):
        words = words_for(row.text, row.language, row.translations, "text", viewer.locale)
        label = decision_label(row.meeting_number, row.number, row.apart)
        first = words.text.splitlines()[0][:120] if words.text else ""
        found[row.id] = Told(
            row.id,
            row.meeting_id,
            Words(f"{label} · {first}", words.language, words.state, words.own),
            not row.for_all or not State(row.state).settled,
            row.item_id,
        )
    return found


@lru_cache(maxsize=64)
def _proposals(permissions: frozenset[str]) -> Any:
    found: Any = select(
        Proposal.id, Proposal.meeting_id, Proposal.title, Proposal.language, Proposal.restricted
    )
    return found.where(Proposal.id.in_(_wanted), proposal_visible(reader_with(permissions)))


def describe_proposals(ids: Sequence[str], viewer: Viewer) -> dict[str, Told]:
    """The proposals of ``ids`` that ``viewer`` may see; one query."""
    rows = db.session.execute(_proposals(viewer.permissions), _asked(ids, viewer))
    return {
        row.id: Told(row.id, row.meeting_id or "", Words(row.title, row.language), row.restricted)
        for row in rows
    }


def described(refs: Sequence[Ref], viewer: Viewer) -> dict[Ref, Told]:
    """Of records of this plugin those that are open to ``viewer``; a query for each kind."""
    by_kind = {
        MEETING: describe_meetings,
        ITEM: describe_items,
        NOTE: describe_notes,
        DECISION: describe_decisions,
        PROPOSAL: describe_proposals,
    }
    found: dict[Ref, Told] = {}
    for kind, describe in by_kind.items():
        wanted = {ref.id: ref for ref in refs if ref.kind == kind}
        if wanted:
            found |= {wanted[each]: told for each, told in describe(list(wanted), viewer).items()}
    return found
