"""The minutes on paper: every text in the languages of the city side by side, with how it stands in each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.api import ActionLine, Viewer, blocks, format_date, format_datetime, list_comma
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.services import linking
from plugins.meetings.services.bodies import quorums_of
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.history import corrections_of
from plugins.meetings.services.known import DecisionView, ItemView, MeetingView, Withheld
from plugins.meetings.services.papers.attendance import attended
from plugins.meetings.services.papers.common import (
    decision_texts,
    facts,
    for_whom,
    heads,
    other_title,
    paper,
    quorum_words,
    said_beside,
    votes,
    with_original,
    written,
)
from plugins.meetings.services.room import Room, quorum_of, read_room
from plugins.meetings.words import DECISION_STATES, PUBLICITY, RULES, STATES, State

MOST_UPRIGHT = 2


def minutes_paper(
    meeting_id: str, viewer: Viewer, languages: Sequence[str], *, restricted: bool = False
) -> blocks.Paper | None:
    """The minutes for ``viewer``; None where they may not read them.

    The ``restricted`` ones hold what is open to the viewer alone. In the others restricted items are withheld.
    """
    meeting = read_meeting(meeting_id, viewer, handed_on=not restricted)
    if meeting is None or not meeting.minutes_open:
        return None
    room = read_room(meeting, viewer.locale)
    kind = _("Restricted minutes") if restricted else _("Minutes")
    marks = [
        "" if meeting.state.settled else _p("minutes", "Draft"),
        _("Restricted, not to be handed on") if restricted else for_whom(meeting),
    ]
    quorum = quorum_of(room, quorums_of(meeting.body_id))
    told = [(_("Quorum"), quorum_words(quorum))] if quorum.all and meeting.list_open else []
    parts: list[blocks.Part] = [
        facts(meeting, [(_p("meeting", "State"), _standing(meeting)), *told]),
        *(attended(meeting, room) if meeting.list_open else ()),
    ]
    agreed = linking.agreed_on(meeting.open_items, viewer, translated=True)
    for item in meeting.items:
        if isinstance(item, Withheld):
            parts.append(blocks.Heading(_("Restricted item"), number=str(item.number)))
        else:
            found = [(each.line, each.told) for each in agreed.get(item.id, ())]
            parts += _item(item, meeting, room, languages, found)
    parts += _corrections(meeting, viewer, handed_on=not restricted)
    parts.append(
        blocks.Signing(
            [
                (_p("role in a body", "Chair"), meeting.chair),
                (_p("role in a body", "Secretary"), meeting.secretary),
            ]
        )
    )
    return paper(
        kind,
        meeting.title,
        viewer,
        parts,
        mark=" · ".join(filter(None, marks)),
        wide=len(languages) > MOST_UPRIGHT,
    )


def _standing(meeting: MeetingView) -> str:
    told = str(STATES[meeting.state])
    at = meeting.approved_at if meeting.state.closed else meeting.circulated_at
    if at is not None and meeting.state.settled:
        told = f"{told}, {format_date(at)}"
    if meeting.minutes_version > 1:
        told = f"{told} · {_('Version %(number)s', number=meeting.minutes_version)}"
    return told


def _item(
    item: ItemView,
    meeting: MeetingView,
    room: Room,
    languages: Sequence[str],
    actions: Sequence[tuple[ActionLine, Mapping[str, Any] | None]],
) -> Iterator[blocks.Part]:
    late = _("Not reached") if item.state == "not_reached" else ""
    yield blocks.Heading(written(item.title), number=str(item.number), note=late)
    if item.note is not None and item.note.original:
        note = item.note
        beside = with_original(languages, note.language)
        yield blocks.Beside(
            heads(beside),
            [
                (
                    "",
                    said_beside(
                        beside,
                        note.language,
                        {"text": note.original},
                        note.translations,
                        "text",
                        titled=[other_title(item, code) for code in beside],
                    ),
                )
            ],
            _("Item %(number)s", number=item.number),
        )  # fmt: skip
    elif not item.decisions and not actions and item.state == "done":
        yield blocks.Lines(_("Nothing was written down."), "soft")
    names = {each.id: each.name for each in room.people}
    told = [
        _("%(name)s declared an interest and stayed in the room.", name=names.get(each.attendance_id, ""))
        if each.stays
        else _("%(name)s declared an interest and left the room.", name=names.get(each.attendance_id, ""))
        for each in room.interests
        if each.item_id == item.id
    ]  # fmt: skip
    told += [
        _("%(name)s came during this item.", name=names.get(each.attendance_id, ""))
        if each.way == "arrived"
        else _("%(name)s left during this item.", name=names.get(each.attendance_id, ""))
        for each in room.movements
        if each.item_id == item.id
    ]
    if told:
        yield blocks.Lines("\n".join(told), "soft")
    for decision in item.decisions:
        yield _decision(decision, languages)
    if actions:
        yield _actions(actions, item, languages)


def _decision(decision: DecisionView, languages: Sequence[str]) -> blocks.Framed:
    how = [str(RULES[decision.rule])]
    if decision.quorate is False:
        how.append(_("Not quorate"))
    if decision.state != "in_force":
        how.append(str(DECISION_STATES[decision.state]))
    dissent = "; ".join(
        f"{each.name or _('Somebody')}: {each.reason}"
        if each.reason
        else each.name or _("Somebody")
        for each in decision.dissents
    )
    rows: list[tuple[str, blocks.Words]] = [
        (_("Dissent"), dissent or _p("dissent", "None")),
        (_("Votes"), votes(decision)),
        (_("Legal basis"), decision.legal_basis),
        (_("May be read by"), str(PUBLICITY[decision.publicity])),
    ]
    return blocks.Framed(
        _("Decision %(label)s", label=decision.label),
        " · ".join(how),
        [
            decision_texts(decision, languages, names=("text", "rationale", "alternatives")),
            blocks.Facts([(name, value) for name, value in rows if value]),
        ],
    )


def _actions(
    actions: Sequence[tuple[ActionLine, Mapping[str, Any] | None]],
    item: ItemView,
    languages: Sequence[str],
) -> blocks.Part:
    """What is to be done, in every language where it can be translated; who acts and by when stand above the words."""
    caption = _("Actions of item %(number)s", number=item.number)
    beside = list(dict.fromkeys([*languages, *(action.language for action, _told in actions)]))
    if len(beside) > 1 and all(told is not None for _action, told in actions):
        return blocks.Beside(
            heads(beside),
            [
                (
                    f"{_who(action)} · {format_date(action.due_on)}",
                    said_beside(beside, action.language, {"text": action.text}, told or {}, "text"),
                )
                for action, told in actions
            ],
            caption,
        )
    return blocks.Grid(
        [_("What is to be done"), _("Who acts"), _("By when")],
        [3, 2, 1],
        [
            [blocks.Text(action.text, action.language), _who(action), format_date(action.due_on)]
            for action, _told in actions
        ],
        caption,
    )


def _who(action: ActionLine) -> str:
    return list_comma().join(each for each in (action.assignee, action.organisation) if each)


def _corrections(meeting: MeetingView, viewer: Viewer, *, handed_on: bool) -> Iterator[blocks.Part]:
    if meeting.state is State.IN_PROGRESS or meeting.minutes_version <= 1:
        return
    found = corrections_of(meeting.id, viewer, handed_on=handed_on)
    if not found:
        return
    whole = {"attendance": _("Attendance"), "meeting": _("When and where")}
    yield blocks.Heading(_("Corrections of the approved minutes"))
    yield blocks.Grid(
        [_p("head of a column", "Version"), _("Item"), _("Why"), _p("head of a column", "When")],
        [1, 3, 4, 2],
        [
            [
                str(each.version),
                written(each.item) if each.item is not None else whole.get(each.what, ""),
                blocks.Text(each.reason, meeting.language),
                format_datetime(each.at),
            ]
            for each in found
        ],
        _("Corrections of the approved minutes"),
    )
