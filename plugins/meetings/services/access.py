"""Who may see and change what. The one place that says so, as conditions of SQL and for rows that were fetched.

A meeting is seen by every member once it is convened, and before by those who prepare it. A restricted item is open to
its audience alone, who is named or was in the room, and to them only after they promised confidence for this meeting.
Nobody is let in by their role: a focal point who is not in the audience reads "Restricted item" like everybody else.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, or_

from core.api import Ref, Viewer, kept_alias
from plugins.meetings.models import (
    Attendance,
    AudienceMember,
    Body,
    BodyMember,
    Item,
    Meeting,
    Proposal,
    Statement,
)
from plugins.meetings.permissions import Permission
from plugins.meetings.words import PLUGIN, State

MEETING, ITEM, NOTE, DECISION, PROPOSAL, DOCUMENT = (
    "meeting",
    "item",
    "note",
    "decision",
    "proposal",
    "document",
)
_SETTLED = [state.value for state in State if state.settled]


def ref_of(kind: str, identifier: str) -> Ref:
    """The name of a record of this plugin for the rest of the house."""
    return Ref(PLUGIN, kind, identifier)


# Aliased, so that a statement that reads these tables itself is not taken for the same.
_seat, _listed = kept_alias(BodyMember), kept_alias(Attendance)
_reader, _promise = kept_alias(AudienceMember), kept_alias(Statement)
_made, _named = kept_alias(Item), kept_alias(AudienceMember)


# -- Conditions. Those on items need Meeting and Body in the same statement -------------------------------------


def _never() -> ColumnElement[bool]:
    # A plain false() would swallow the city's own condition, and the walls would refuse the statement.
    return Meeting.state == "nobody’s"


def _prepares(viewer: Viewer) -> ColumnElement[bool]:
    return or_(
        Meeting.chair_id == viewer.membership_id, Meeting.secretary_id == viewer.membership_id
    )


def meeting_visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves the meetings ``viewer`` may see."""
    if not viewer.may(Permission.SEE):
        return _never()
    if viewer.may(Permission.CONVENE):
        return Meeting.state != ""
    return or_(Meeting.state != State.DRAFT.value, _prepares(viewer))


def in_body(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer has a seat in the meeting's body."""
    return exists().where(
        _seat.city_id == Meeting.city_id,
        _seat.body_id == Meeting.body_id,
        _seat.membership_id == viewer.membership_id,
    )


def on_list(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer stands on the meeting's attendance list."""
    return exists().where(
        _listed.city_id == Meeting.city_id,
        _listed.meeting_id == Meeting.id,
        _listed.membership_id == viewer.membership_id,
    )


def in_audience(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer is named for the item, or was in the room for it."""
    return exists().where(
        _reader.city_id == Item.city_id,
        _reader.item_id == Item.id,
        _reader.membership_id == viewer.membership_id,
    )


def has_promised(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer has promised confidence for the meeting."""
    return exists().where(
        _promise.city_id == Meeting.city_id,
        _promise.meeting_id == Meeting.id,
        _promise.membership_id == viewer.membership_id,
    )


def plain_open(viewer: Viewer) -> ColumnElement[bool]:
    """Whether what is not restricted of a meeting is open to the viewer, who may see the meeting."""
    if viewer.may(Permission.CONVENE):
        return Meeting.state != ""
    return or_(Body.readers == "network", in_body(viewer), on_list(viewer), _prepares(viewer))


def item_open(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the item is open to the viewer, who may see its meeting."""
    plain: ColumnElement[bool] = Item.restricted.is_(False)
    if not viewer.may(Permission.CONVENE):
        plain = and_(plain, plain_open(viewer))
    return or_(plain, and_(Item.restricted.is_(True), in_audience(viewer), has_promised(viewer)))


def item_open_to_all() -> ColumnElement[bool]:
    """Whether every member of the network may read the item: what a paper for all holds."""
    return and_(Item.restricted.is_(False), Body.readers == "network")


def minutes_open(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the notes and decisions of the meeting's open items are open to the viewer.

    To every member once they were circulated; before, to those who write them and to those on the attendance list.
    """
    if viewer.may(Permission.CONVENE):
        return Meeting.state != ""
    return or_(Meeting.state.in_(_SETTLED), _prepares(viewer), on_list(viewer))


def minutes_open_to_all() -> ColumnElement[bool]:
    """Whether every member of the network may read the notes and decisions of what is open to all."""
    return Meeting.state.in_(_SETTLED)


def proposal_visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves the proposals ``viewer`` may see: those for all, their own, and what they answer.

    Once it became a restricted item it is read by that item's audience: its words are the item's, and nobody is let in
    by their role.
    """
    if not viewer.may(Permission.SEE):
        return Proposal.state == "nobody’s"
    found = [Proposal.restricted.is_(False), Proposal.proposed_by == viewer.membership_id]
    if viewer.may(Permission.CONVENE):
        became = (
            _made.city_id == Proposal.city_id,
            _made.proposal_id == Proposal.id,
            _made.restricted.is_(True),
        )
        found += [
            Proposal.state == "waiting",
            ~exists().where(*became),
            exists().where(
                *became,
                _named.city_id == _made.city_id,
                _named.item_id == _made.id,
                _named.membership_id == viewer.membership_id,
            ),
        ]
    return or_(*found)


@lru_cache(maxsize=64)
def reader_with(permissions: frozenset[str]) -> Viewer:
    """Anybody who holds ``permissions``: who it is comes as the parameter ``reader`` of a statement that is kept.

    For the page of a meeting, which asks the same of every reader: making its statements takes longer than the answers.
    """
    unknown: Any = bindparam("reader", type_=String)
    return Viewer("", "", "", "", unknown, None, frozenset(), permissions)


# -- The same for rows that were fetched --------------------------------------------------------------------------


def may_prepare(meeting: Meeting, viewer: Viewer) -> bool:
    """Whether ``viewer`` may prepare, convene, minute and close a meeting that they may see."""
    return viewer.may(Permission.CONVENE) or (
        viewer.may(Permission.TAKE_PART)
        and viewer.membership_id in {meeting.chair_id, meeting.secretary_id}
    )


def may_answer(viewer: Viewer) -> bool:
    """Whether ``viewer`` decides what becomes of proposals."""
    return viewer.may(Permission.CONVENE)
