"""The attendance list on paper: to be signed before and during a meeting, to be filed after it."""

from collections.abc import Iterator

from core.api import Viewer, blocks
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.services.bodies import quorums_of
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.known import MeetingView
from plugins.meetings.services.papers.common import facts, paper, quorum_words
from plugins.meetings.services.room import Person, Room, quorum_of, read_room
from plugins.meetings.words import ATTENDANCE, PARTS

# Lines for those who come without having been expected.
FREE_LINES = 4


def attendance_paper(meeting_id: str, viewer: Viewer) -> blocks.Paper | None:
    """The list with a column to sign in; of items, and of what somebody sent along, it says nothing."""
    meeting = read_meeting(meeting_id, viewer, items=False, minutes=False)
    if meeting is None or not meeting.list_open:
        return None
    room = read_room(meeting, viewer.locale)
    told = []
    if meeting.state.held:
        told = [(_("Quorum"), quorum_words(quorum_of(room, quorums_of(meeting.body_id))))]
    rows = [[*_named(each, room, held=meeting.state.held), ""] for each in room.people]
    if not meeting.state.closed:
        rows += [["", "", "", ""] for _line in range(FREE_LINES)]
    heads = [
        _p("head of a column", "Name"),
        _("Organisation"),
        _p("attendance", "Attendance") if meeting.state.held else _p("attendance", "Part"),
        _p("head of a column", "Signature"),
    ]
    parts: list[blocks.Part] = [
        facts(meeting, told),
        blocks.Grid(heads, [2.4, 2.6, 1.6, 2.4], rows, _("Attendance list"), tall=True),
    ]
    return paper(_("Attendance list"), meeting.title, viewer, parts)


def attended(meeting: MeetingView, room: Room) -> Iterator[blocks.Part]:
    """Who was there, as the minutes say it."""
    if not room.people:
        return
    yield blocks.Heading(_("Attendance"))
    yield blocks.Grid(
        [
            _p("head of a column", "Name"),
            _("Organisation"),
            _p("attendance", "Part"),
            _p("attendance", "Attendance"),
        ],
        [3, 3, 2, 2],
        [
            [each.name, each.organisation, _part(each, room), str(ATTENDANCE[each.status])]
            for each in room.people
        ],
        _("Attendance"),
    )


def _named(each: Person, room: Room, *, held: bool) -> list[str]:
    if not held:
        return [each.name, each.organisation, _part(each, room)]
    return [each.name, each.organisation, str(ATTENDANCE[each.status])]


def _part(each: Person, room: Room) -> str:
    """What somebody is in the meeting; of a substitute in whose place, which is what matters."""
    other = room.person(each.stands_for) if each.stands_for else None
    return _("in place of %(name)s", name=other.name) if other else str(PARTS[each.part])
