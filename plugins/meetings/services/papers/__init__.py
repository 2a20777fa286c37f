"""The papers of a meeting, each described by its parts and made from what its own readers may know.

Agenda, attendance list and minutes are handed from one to the other: restricted items are withheld in them from
everybody. Restricted minutes and the public extract are documents of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.api import Viewer, blocks
from core.api import lazy_pgettext as _lp
from plugins.meetings.services.known import ItemView, MeetingView
from plugins.meetings.services.papers.agenda import agenda_paper
from plugins.meetings.services.papers.attendance import attendance_paper
from plugins.meetings.services.papers.extract import extract_paper
from plugins.meetings.services.papers.minutes import minutes_paper
from plugins.meetings.words import State

TITLES: Mapping[str, Any] = {
    "agenda": _lp("paper of a meeting", "Agenda"),
    "attendance": _lp("paper of a meeting", "Attendance list"),
    "minutes": _lp("paper of a meeting", "Minutes"),
    "restricted": _lp("paper of a meeting", "Restricted minutes"),
    "extract": _lp("paper of a meeting", "Public extract"),
}
FORMATS = ("pdf", "docx")


def papers_of(meeting: MeetingView) -> list[str]:
    """Which papers of a meeting its reader can have now; ``meeting`` is the view of it that is theirs."""
    found = ["agenda"]
    if meeting.state in {State.CANCELLED, State.POSTPONED}:
        # Nobody came, and nothing was said.
        return found
    if meeting.state is not State.DRAFT and meeting.list_open:
        found.append("attendance")
    if meeting.minutes_open:
        found.append("minutes")
        if any(_told(item) for item in meeting.open_items if item.restricted):
            found.append("restricted")
    if meeting.state.closed:
        found.append("extract")
    return found


def _told(item: ItemView) -> bool:
    return item.note is not None or bool(item.decisions) or item.state == "done"


def paper_of(
    kind: str, meeting: MeetingView, viewer: Viewer, languages: Sequence[str]
) -> blocks.Paper | None:
    """A paper of a meeting for ``viewer``, with texts side by side in ``languages``; None where there is none.

    ``meeting`` is the view of it that is the viewer's; what a paper says is read anew, for its own readers.
    """
    if kind not in papers_of(meeting):
        return None
    match kind:
        case "agenda":
            return agenda_paper(meeting.id, viewer, languages)
        case "attendance":
            return attendance_paper(meeting.id, viewer)
        case "minutes":
            return minutes_paper(meeting.id, viewer, languages)
        case "restricted":
            return minutes_paper(meeting.id, viewer, languages, restricted=True)
        case _:
            return extract_paper(meeting.id, viewer, languages)
