"""One meeting: its agenda, who is there, what is said and decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, render_template, request

from core.api import (
    Viewer,
    attachments_of,
    format_date,
    happenings,
    partners,
    requires,
    subject_link,
    translations_url,
    until_changed,
    utcnow,
    viewer,
)
from plugins.meetings.forms.minutes import NoteForm
from plugins.meetings.permissions import Permission
from plugins.meetings.services import linking
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.attendance import apology_of
from plugins.meetings.services.bodies import quorums_of
from plugins.meetings.services.disclosure import (
    read_meeting,
    read_meeting_of,
)
from plugins.meetings.services.known import ItemView, MeetingView
from plugins.meetings.services.meetings import start_of
from plugins.meetings.services.notes import versions_of
from plugins.meetings.services.papers import TITLES, papers_of
from plugins.meetings.services.papers.reissued import to_be_sent
from plugins.meetings.services.proposals import list_proposals
from plugins.meetings.services.remarks import remarks_of
from plugins.meetings.services.room import QuorumState, Room, quorum_of, read_room
from plugins.meetings.services.taking import papers_of_last_time
from plugins.meetings.views.common import bp, columns, languages
from plugins.meetings.words import PLUGIN, State

HAPPENED_SHOWN = 5
# Whoever opens a meeting so long before its time has most likely pressed the wrong button.
EARLY = timedelta(hours=2)
MOST_HAPPENED = 50
LOOK_AHEAD = timedelta(days=45)
LOOK_BACK = timedelta(days=45)
# Minutes are approved by their own button, and at the end what was decided is only read back.
_DECIDED_ELSEWHERE = frozenset({"previous_minutes", "next_meeting"})
# A busy city has enough in a week; the rest of the months would be read to be left out.
NEAR = timedelta(days=7)


@bp.get("/<string(length=16):meeting_id>")
@requires(Permission.SEE)
def detail(meeting_id: str) -> str:
    """A meeting as this reader may know it."""
    who = viewer()
    meeting = read_meeting(meeting_id, who)
    if meeting is None:
        abort(404)
    held = meeting.state.held
    listed = held and meeting.list_open
    room = read_room(meeting, who.locale) if listed else Room()
    quorum = quorum_shown(meeting, room) if listed else None
    open_items = meeting.open_items
    kinds = {item.kind for item in open_items}
    preparing = meeting.state.coming or meeting.state is State.IN_PROGRESS
    return render_template(
        "meetings/meeting.html",
        meeting=meeting,
        quorum=quorum,
        missing=missing_in(quorum, who.locale),
        agreed=linking.agreed_on(open_items, who, translated=meeting.minutes_open) if held else {},
        open_actions=linking.open_actions(meeting.body_id, who)
        if preparing and "action_review" in kinds
        else (),
        happened=_happened(who, meeting.start, meeting.previous_id)
        if preparing and "activity_report" in kinds
        else (),
        proposals=tuple(
            (line.id, line)
            for line in list_proposals(
                who, ids=[item.proposal_id for item in open_items if item.proposal_id]
            )
        )
        if any(item.proposal_id for item in open_items) and meeting.state is State.DRAFT
        else (),
        columns=columns(meeting.language),
        languages=languages(),
        one=bool(request.args.get("one")),
        may_propose=who.may(Permission.TAKE_PART),
        papers=papers_of(meeting),
        paper_titles=TITLES,
        ref=ref_of("meeting", meeting.id),
        # Who is invited is told to those who may know the list, and to whoever is invited themselves.
        lacking=_lacking(meeting, room)
        if meeting.may_prepare and meeting.state is State.MINUTES
        else None,
        unsent=to_be_sent(meeting, who)
        if meeting.may_prepare and meeting.state is State.CONVENED
        else (),
        remarks=remarks_of(meeting.id, who, prepares=meeting.may_prepare)
        if meeting.state in {State.CIRCULATED, State.MINUTES} and meeting.list_open
        else (),
        early=meeting.start - utcnow() > EARLY,
        told_who=meeting.list_open or who.membership_id in linking.answers(meeting.id),
        own_apology=apology_of(meeting.id, who)
        if meeting.on_list and meeting.state is State.CONVENED
        else "",
    )


@dataclass(frozen=True, slots=True)
class _Lacking:
    """What whoever writes the minutes has most likely forgotten. False where it is nothing."""

    nobody: bool
    expected: int
    undecided: tuple[ItemView, ...]

    def __bool__(self) -> bool:
        return bool(self.nobody or self.expected or self.undecided)


def _lacking(meeting: MeetingView, room: Room) -> _Lacking:
    return _Lacking(
        not any(each.status == "present" for each in room.people),
        sum(each.status == "expected" for each in room.people),
        tuple(
            item
            for item in meeting.open_items
            if item.state == "done"
            and item.purpose == "decide"
            and item.kind not in _DECIDED_ELSEWHERE
            and not item.decisions
        ),
    )


def quorum_shown(meeting: MeetingView, room: Room) -> QuorumState:
    """The quorum of the item that is discussed, or of the meeting as a whole; one query.

    Of a restricted item that is not open to the reader not even its kind is told: then it is the general one.
    """
    current = meeting.current
    return quorum_of(
        room,
        quorums_of(meeting.body_id),
        current.kind if current is not None else "",
        current.id if current is not None else "",
    )


def missing_in(quorum: QuorumState | None, language: str) -> tuple[str, ...]:
    """What the organisations are called without which nothing is quorate, and which are not here."""
    if quorum is None or not quorum.missing_organisations:
        return ()
    names = {each.id: each.name for each in partners(language)}
    return tuple(names.get(each, each) for each in quorum.missing_organisations)


@until_changed(most=64)
def _happened(who: Viewer, start: datetime, previous_id: str) -> tuple[Any, ...]:
    """What was held since the last meeting, and what is coming: what the item on activities is about.

    What is nearest comes first on both sides; the page unfolds the rest. Everybody in the room asks for it again and
    again.
    """
    held, coming = _around(who, start - NEAR, start, start + NEAR)
    # Only the side that has too little is looked at further away.
    since = until = start
    if len(held) < MOST_HAPPENED:
        since = (start_of(previous_id) if previous_id else None) or start - LOOK_BACK
    if len(coming) < MOST_HAPPENED:
        until = start + LOOK_AHEAD
    if since < until:
        further = _around(who, since, start, until)
        held = further[0] if since < start else held
        coming = further[1] if until > start else coming
    first = held[-HAPPENED_SHOWN:] + coming[:HAPPENED_SHOWN]
    rest = held[:-HAPPENED_SHOWN][-MOST_HAPPENED:] + coming[HAPPENED_SHOWN:MOST_HAPPENED]
    return tuple(first + rest)


def _around(
    who: Viewer, since: datetime, moment: datetime, until: datetime
) -> tuple[list[Any], list[Any]]:
    found = [
        entry
        for entry in happenings(who, since, until, but=PLUGIN)
        if entry.status not in {"cancelled", "postponed"}
    ]
    return (
        [entry for entry in found if entry.start < moment],
        [entry for entry in found if entry.start >= moment],
    )


def found_view(item_id: str) -> tuple[MeetingView, ItemView]:
    """The meeting and the item as the reader may know them; 404 where the item is not open to them."""
    found = read_meeting_of(item_id, viewer())
    if found is None:
        abort(404)
    return found


def note_form(view: ItemView, meeting: MeetingView) -> NoteForm:
    """The form of the notes of an item, with what is stored."""
    written_in = view.note.language if view.note else meeting.language
    form = NoteForm(
        data={
            "version": view.note.version if view.note else 0,
            "text": view.note.original if view.note else "",
            "language": written_in,
        }
    )
    form.offer(languages(), written_in)
    return form


def item_context(meeting: MeetingView, view: ItemView) -> dict[str, Any]:
    """What the page of an item shows."""
    who = viewer()
    ref = ref_of(ITEM, view.id)
    room = read_room(meeting, who.locale) if meeting.state.held else Room()
    return {
        "meeting": meeting,
        "item": view,
        "ref": ref,
        "attachments": attachments_of(ref),
        "last_time": papers_of_last_time(view.id, view.carried_from, who)
        if meeting.may_prepare and not meeting.state.closed
        else [],
        "link": subject_link(view.subject, who) if view.subject else None,
        "room": room,
        "quorum": quorum_of(room, quorums_of(meeting.body_id), view.kind, view.id)
        if meeting.state.held
        else None,
        "translations": translations_url(ref),
        "columns": columns(meeting.language),
        "note_form": note_form(view, meeting),
        "theirs": None,
        "versions": versions_of(view.note.id) if view.note and meeting.may_prepare else [],
        "date": format_date(meeting.wall_start),
    }
