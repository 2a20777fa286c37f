"""What changed in an agenda since it was last sent.

What was sent is kept with each issue, but a title that stood there is told again only if it is open to the reader now.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.api import Viewer, blocks, db
from core.api import gettext as _
from plugins.meetings.models import Document
from plugins.meetings.services.describing import describe_items
from plugins.meetings.services.known import ItemView, MeetingView, Withheld
from plugins.meetings.services.papers.common import when

MOST_LINES = 30


def what_changed(meeting: MeetingView, viewer: Viewer) -> tuple[int, list[blocks.Words]]:
    """Since which issue, and what: against the last one, or the one before where nothing changed since the last.

    ``meeting`` is its view for a paper that is handed on: restricted items are withheld in it.
    """
    issues = db.session.execute(
        select(Document.number, Document.content)
        .where(Document.meeting_id == meeting.id, Document.kind == "agenda")
        .order_by(Document.number.desc())
        .limit(2)
    ).all()
    for issue in issues:
        lines = _lines(issue.content, meeting, viewer)
        if lines:
            return issue.number, lines[:MOST_LINES]
    return 0, []


def to_be_sent(meeting: MeetingView, viewer: Viewer) -> list[blocks.Words]:
    """What has changed since the agenda was last sent, and nobody was told yet; two queries at most.

    ``meeting`` is the view of whoever prepares it. Of restricted items it says nothing, as they are told to nobody.
    """
    content = db.session.scalar(
        select(Document.content)
        .where(Document.meeting_id == meeting.id, Document.kind == "agenda")
        .order_by(Document.number.desc())
        .limit(1)
    )
    if content is None:
        return []
    handed_on = tuple(
        Withheld(each.number) if isinstance(each, ItemView) and each.restricted else each
        for each in meeting.items
    )
    return _lines(content, replace(meeting, items=handed_on), viewer)[:MOST_LINES]


def _lines(before: Mapping[str, Any], meeting: MeetingView, viewer: Viewer) -> list[blocks.Words]:
    found: list[blocks.Words] = []
    if before.get("start") != meeting.wall_start.isoformat(timespec="minutes"):
        old = datetime.fromisoformat(before["start"])
        found.append(
            _(
                "New time: %(new)s, before %(old)s",
                new=when(meeting.wall_start, meeting.wall_end),
                old=when(old, None),
            )
        )
    if before.get("place") != meeting.place:
        found.append(_("New place: %(place)s", place=meeting.place or "–"))
    # In a body of its own readers nothing of the items was kept.
    if meeting.readers == "network":
        found += _items(before, meeting, viewer)
    return found


def _items(before: Mapping[str, Any], meeting: MeetingView, viewer: Viewer) -> list[blocks.Words]:
    then = {each["id"]: each for each in before.get("items", ()) if "id" in each}
    now = {item.id: item for item in meeting.open_items}
    found: list[blocks.Words] = []
    for item in now.values():
        named = {"number": item.number, "title": item.title.text}
        if item.id not in then:
            told = _("Added: %(number)s · %(title)s", **named)
        elif then[item.id]["title"] != item.original["title"]:
            told = _("New title: %(number)s · %(title)s", **named)
        elif then[item.id]["minutes"] != item.minutes:
            told = _("Other length: %(number)s · %(title)s", **named)
        else:
            continue
        found.append(told)
    gone = [identifier for identifier in then if identifier not in now]
    told_of = describe_items(gone, viewer).values() if gone else ()
    found += [
        _("Taken off: %(title)s", title=each.title.text) for each in told_of if not each.restricted
    ]
    kept = [identifier for identifier in then if identifier in now]
    if kept != [identifier for identifier in now if identifier in then]:
        found.append(_("The order has changed."))
    return found
