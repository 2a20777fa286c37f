"""Items and decisions as the search finds them: of what is not open to the reader, nothing is found or counted."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import and_, case, select

from core.api import Hit, HitKind, Link, Query, Viewer, db, format_date
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.models import Body, Decision, Item, Meeting, Note
from plugins.meetings.services.access import (
    DECISION,
    ITEM,
    item_open,
    meeting_visible,
    minutes_open,
    ref_of,
)
from plugins.meetings.services.disclosure import decision_label, decision_open, title_of
from plugins.meetings.services.texts import words_for
from plugins.meetings.words import State

_NOT_MINUTED = {State.DRAFT.value, State.CONVENED.value}


def _of_meetings(query: Any) -> Any:
    return query.join(
        Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id)
    ).join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))


def hits(viewer: Viewer, query: Query, base: str) -> Iterator[Hit]:
    """What matches among the items and decisions that are open to ``viewer``; ``base`` is the address of the list."""
    yield from _items(viewer, query, base)
    yield from _decisions(viewer, query, base)


def _items(viewer: Viewer, query: Query, base: str) -> Iterator[Hit]:
    # The index holds an item's notes as well: it is searched only where they are open too, or where there are none yet.
    visible = and_(
        meeting_visible(viewer),
        item_open(viewer),
        minutes_open(viewer) | Meeting.state.in_(_NOT_MINUTED),
    )
    ids = query.best(f"meetings.{ITEM}", _of_meetings(select(Item.id)).where(visible))
    if not ids:
        return
    kind = HitKind(_p("search", "Meetings"), "users", 20, Link(_("All meetings"), base))
    rows = db.session.execute(
        _of_meetings(
            select(
                Item,
                Note,
                Meeting,
                Body.names,
                case((minutes_open(viewer), 1), else_=0).label("read"),
            )
        )
        .outerjoin(Note, and_(Note.city_id == Item.city_id, Note.item_id == Item.id))
        .where(Item.id.in_(ids), visible)
    )
    found = {row.Item.id: row for row in rows}
    for row in (found[each] for each in ids if each in found):
        title = words_for(
            row.Item.title, row.Item.language, row.Item.translations, "title", viewer.locale
        )
        yield Hit(
            ref_of(ITEM, row.Item.id),
            kind,
            title.text,
            f"{base}items/{row.Item.id}",
            title.language,
            query.excerpt(_texts(row, viewer)),
            f"{_meeting(row, viewer)} · {format_date(row.Meeting.wall_start)}",
        )


def _meeting(row: Any, viewer: Viewer) -> str:
    meeting = row.Meeting
    return title_of(
        meeting.title,
        meeting.language,
        meeting.translations,
        meeting.number,
        row.names,
        viewer.locale,
    ).text


def _texts(row: Any, viewer: Viewer) -> Iterator[tuple[str, str]]:
    """What can be shown beside the title, the reader's own language first, each with its language."""
    item, note = row.Item, row.Note
    records = [(note, "text")] if note is not None and row.read else []
    for record, name in [*records, (item, "background")]:
        own = words_for(
            getattr(record, name), record.language, record.translations, name, viewer.locale
        )
        yield own.text, own.language
        yield getattr(record, name), record.language
        for code, told in (record.translations or {}).items():
            yield told.get(name) or "", code
    for code, told in (item.translations or {}).items():
        yield told.get("title") or "", code


def _decisions(viewer: Viewer, query: Query, base: str) -> Iterator[Hit]:
    joined = _of_meetings(
        select(Decision.id).join(
            Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id)
        )
    )
    ids = query.best(f"meetings.{DECISION}", joined.where(decision_open(viewer)))
    if not ids:
        return
    kind = HitKind(
        _p("search", "Decisions"),
        "gavel",
        21,
        Link(_("All decisions"), f"{base}decisions?{urlencode({'q': query.typed})}"),
    )
    rows = db.session.execute(
        _of_meetings(
            select(Decision, Meeting, Body.names).join(
                Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id)
            )
        ).where(Decision.id.in_(ids), decision_open(viewer))
    )
    found = {row.Decision.id: row for row in rows}
    for row in (found[each] for each in ids if each in found):
        decision: Decision = row.Decision
        told = decision.translations
        text = words_for(decision.text, decision.language, told, "text", viewer.locale)
        reason = words_for(decision.rationale, decision.language, told, "rationale", viewer.locale)
        label = decision_label(row.Meeting.number, decision.number, decision.apart)
        yield Hit(
            ref_of(DECISION, decision.id),
            kind,
            text.text[:200],
            f"{base}items/{decision.item_id}#decisions",
            text.language,
            query.excerpt([(reason.text, reason.language)]),
            f"{label} · {format_date(decision.decided_on)}",
        )
