"""Who is there, who comes and goes, who has an interest in an item, and who promised confidence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    MadeAlready,
    clean,
    db,
    name_of,
    once_of,
    requires,
    see_other,
    valid_id,
    viewer,
)
from core.api import gettext as _
from plugins.meetings.forms.minutes import ListForm, PersonForm
from plugins.meetings.permissions import Permission
from plugins.meetings.services import attendance as lists
from plugins.meetings.services import confidence, convening, linking
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.known import MeetingView, Withheld
from plugins.meetings.services.meetings import body_of, find_meeting
from plugins.meetings.services.notes import ReasonNeeded
from plugins.meetings.services.people import people_to_name
from plugins.meetings.services.room import read_room
from plugins.meetings.views.common import bp, found_body, prepared_item, prepared_meeting
from plugins.meetings.views.meeting import missing_in, quorum_shown
from plugins.meetings.words import ATTENDANCE, State

LONGEST_APOLOGY = 2000


@bp.get("/<string(length=16):meeting_id>/attendance")
@requires(Permission.SEE)
def attendance(meeting_id: str) -> str:
    """The attendance list; who prepares the meeting writes in it, or corrects it once the minutes are approved."""
    meeting = read_meeting(meeting_id, viewer(), minutes=False)
    if meeting is None or not meeting.list_open:
        abort(404)
    return _page(meeting, correcting=bool(request.args.get("correct")))


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was ticked and written in the list, by attendance identifier."""

    statuses: Mapping[str, str]
    apologies: Mapping[str, str]
    stands_for: Mapping[str, str]


def _page(
    meeting: MeetingView,
    form: PersonForm | None = None,
    *,
    correcting: bool = False,
    list_form: ListForm | None = None,
    typed: _Typed | None = None,
) -> str:
    who = viewer()
    form = form or PersonForm()
    room = read_room(meeting, who.locale)
    if typed is not None:
        people = (
            replace(
                each,
                status=typed.statuses.get(each.id, each.status),
                apology=typed.apologies.get(each.id, each.apology),
            )
            for each in room.people
        )
        room = replace(room, people=tuple(people))
    listed = {each.membership_id for each in room.people}
    closed = meeting.state.closed
    may = meeting.may_prepare and (correcting or not closed)
    if may:
        form.offer(
            [each for each in people_to_name(who.locale) if each[0] not in listed],
            [(each.id, each.name) for each in room.people if each.part in {"chair", "member"}],
        )
    numbers = {item.id: item for item in meeting.open_items}
    quorum = quorum_shown(meeting, room) if meeting.state.held else None
    return render_template(
        "meetings/attendance.html",
        meeting=meeting,
        room=room,
        form=form,
        list_form=list_form or ListForm(),
        may=may,
        closed=closed,
        besides=[each for each in room.people if each.part not in lists.SEATED],
        may_correct=closed and meeting.may_prepare and not correcting,
        quorum=quorum,
        without_mail=linking.without_mail(meeting.id) if may and meeting.state.coming else (),
        # Of a restricted item that is not open to the reader it is not told who came or went during it.
        movements=[(each, numbers.get(each.item_id)) for each in room.movements],
        names={each.id: each.name for each in room.people},
        asks_promise=may
        and not closed
        and any(isinstance(each, Withheld) or each.restricted for each in meeting.items),
        promised=confidence.who_promised(meeting.id) if may else frozenset(),
        missing=missing_in(quorum, who.locale),
    )


def _listed(meeting_id: str) -> Any:
    meeting = prepared_meeting(meeting_id)
    if State(meeting.state).closed:
        db.session.rollback()
        flash(_("The minutes are approved, so the list stays as it is."), "wait")
        return None
    return meeting


@bp.post("/<string(length=16):meeting_id>/attendance")
@requires(Permission.TAKE_PART)
def save_attendance(meeting_id: str) -> AnyResponse | tuple[str, int]:
    """Save who is there; of approved minutes as a correction with its reason."""
    back = url_for(".attendance", meeting_id=meeting_id)
    meeting = prepared_meeting(meeting_id)
    typed, form = _typed(), ListForm(request.form)
    if request.form.get("everybody") and State(meeting.state).held:
        typed = replace(typed, statuses={**lists.everybody_expected(meeting_id), **typed.statuses})
    if not form.validate():
        return _corrected_page(meeting_id, list_form=form, typed=typed), 422
    try:
        lists.set_statuses(
            meeting, typed.statuses, typed.apologies, typed.stands_for, viewer(),
            reason=form.reason.data or "",
        )  # fmt: skip
    except ReasonNeeded:
        db.session.rollback()
        form.reason.errors = [_("The minutes are approved. Say why they are corrected.")]
        return _corrected_page(meeting_id, list_form=form, typed=typed), 422
    signed = set(_ids("signed-"))
    if signed and not State(meeting.state).closed:
        confidence.promise_on_paper(meeting, signed, _statement(meeting.body_id), viewer())
    db.session.commit()
    flash(_("The attendance is saved."), "done")
    return see_other(back)


def _corrected_page(meeting_id: str, **more: Any) -> str:
    seen = read_meeting(meeting_id, viewer(), minutes=False)
    assert seen is not None  # noqa: S101  the reader prepares it
    return _page(seen, correcting=True, **more)


def _typed() -> _Typed:
    statuses, apologies, stands_for = {}, {}, {}
    for name, value in request.form.items():
        kind, dash, identifier = name.partition("-")
        if not dash or not valid_id(identifier):
            continue
        if kind == "status" and value in ATTENDANCE:
            statuses[identifier] = value
        elif kind == "apology":
            apologies[identifier] = (clean(value) or "")[:LONGEST_APOLOGY]
        elif kind == "for" and (not value or valid_id(value)):
            stands_for[identifier] = value
    return _Typed(statuses, apologies, stands_for)


@bp.post("/<string(length=16):meeting_id>/apology")
@requires(Permission.SEE)
def send_apology(meeting_id: str) -> AnyResponse:
    """Somebody who is expected sends along what should be read out in their place."""
    meeting = find_meeting(meeting_id, viewer())
    if meeting is None:
        abort(404)
    text = (clean(request.form.get("apology")) or "")[:LONGEST_APOLOGY]
    try:
        lists.send_apology(meeting, text, viewer())
    except LookupError:
        db.session.rollback()
        flash(_("Somebody else was quicker: the meeting is in another state now."), "wait")
    else:
        db.session.commit()
        flash(_("The changes are saved."), "done")
    return see_other(url_for(".detail", meeting_id=meeting_id))


@bp.post("/<string(length=16):meeting_id>/attendance/add")
@requires(Permission.TAKE_PART)
def add_person(meeting_id: str) -> AnyResponse | tuple[str, int]:
    """Put a substitute, an observer or a guest on the list."""
    back = url_for(".attendance", meeting_id=meeting_id)
    meeting = prepared_meeting(meeting_id)
    form = PersonForm(request.form)
    room = read_room(meeting, viewer().locale)
    form.offer(
        people_to_name(viewer().locale),
        [(each.id, each.name) for each in room.people if each.part in {"chair", "member"}],
    )
    if not form.validate() or not form.says_who():
        return _corrected_page(meeting_id, form=form), 422
    once = once_of(form, room.person)
    if once.made:
        return see_other(back)
    try:
        # The meeting is held since before the list was read, so of two presses the second one finds the first.
        with once.making():
            lists.add_person(
                meeting,
                viewer(),
                membership_id=form.membership_id.data or "",
                name="" if form.membership_id.data else form.name.data or "",
                organisation="" if form.membership_id.data else form.organisation.data or "",
                part=form.part.data,
                stands_for=form.stands_for.data or "",
                status="present" if State(meeting.state).held else "expected",
                identifier=once.identifier,
                reason=form.reason.data or "",
            )
            if State(meeting.state) is State.CONVENED:
                convening.follow(meeting)
            db.session.commit()
    except MadeAlready:
        return see_other(back)
    except ReasonNeeded:
        db.session.rollback()
        form.reason.errors = [_("The minutes are approved. Say why they are corrected.")]
        return _corrected_page(meeting_id, form=form), 422
    except lists.OnTheList:
        db.session.rollback()
        flash(_("They stand on the list already."), "wait")
    except lists.TooMany:
        db.session.rollback()
        flash(_("The list is full."), "wait")
    except LookupError:
        db.session.rollback()
        flash(_("They are not in the network any more. Choose somebody else."), "wait")
    else:
        flash(_("They are on the list."), "done")
    return see_other(back)


@bp.post("/<string(length=16):meeting_id>/attendance/take-off")
@requires(Permission.TAKE_PART)
def take_off(meeting_id: str) -> AnyResponse:
    """Take somebody off the list who was put on it by mistake."""
    back = url_for(".attendance", meeting_id=meeting_id)
    meeting = _listed(meeting_id)
    if meeting is None:
        return see_other(back)
    chosen = request.form.get("person", "")
    try:
        lists.take_off(meeting, chosen if valid_id(chosen) else "", viewer())
        if State(meeting.state) is State.CONVENED:
            convening.follow(meeting)
        db.session.commit()
    except LookupError:
        db.session.rollback()
        flash(_("They are not on the list any more."), "wait")
    except lists.HasSeat:
        db.session.rollback()
        flash(_("They have a seat in this body. Mark them as absent instead."), "wait")
    except lists.HasDissented:
        db.session.rollback()
        flash(_("They did not agree with a decision. Take that out of the decision first."), "wait")
    else:
        flash(_("They are taken off the list."), "done")
    return see_other(back)


@bp.post(
    "/<string(length=16):meeting_id>/attendance/<string(length=16):attendance_id>/"
    "<any(arrived, left):way>"
)
@requires(Permission.TAKE_PART)
def move(meeting_id: str, attendance_id: str, way: str) -> AnyResponse:
    """Somebody came or went during an item: the one in the form, else the one that is discussed now."""
    back = url_for(".attendance", meeting_id=meeting_id)
    meeting = _listed(meeting_id)
    if meeting is None:
        return see_other(back)
    chosen = request.form.get("item", "") or meeting.current_item or ""
    if not valid_id(chosen):
        flash(_("Say during which item: none is being discussed now."), "wait")
        return see_other(back)
    item, of, _body = prepared_item(chosen)
    if of.id != meeting.id:
        abort(404)
    try:
        lists.note_movement(meeting, attendance_id, item, way, viewer())
    except LookupError:
        abort(404)
    db.session.commit()
    flash(_("It is written down."), "done")
    return see_other(back)


@bp.post(
    "/<string(length=16):meeting_id>/attendance/movements/<string(length=16):movement_id>/forget"
)
@requires(Permission.TAKE_PART)
def forget_movement(meeting_id: str, movement_id: str) -> AnyResponse:
    """Take back that somebody came or went."""
    meeting = _listed(meeting_id)
    if meeting is not None:
        lists.forget_movement(meeting, movement_id, viewer())
        db.session.commit()
    return see_other(url_for(".attendance", meeting_id=meeting_id))


@bp.post("/items/<string(length=16):item_id>/interests")
@requires(Permission.TAKE_PART)
def save_interests(item_id: str) -> AnyResponse:
    """Write down who has an interest in an item."""
    item, meeting, _body = prepared_item(item_id)
    if State(meeting.state).closed:
        abort(404)
    chosen = {each: request.form.get(f"interest-{each}", "") for each in _ids("interest-")}
    lists.set_interests(
        meeting,
        item,
        {each for each, how in chosen.items() if how == "leaves"},
        {each for each, how in chosen.items() if how == "stays"},
        viewer(),
    )
    db.session.commit()
    flash(_("The interests are written down."), "done")
    return see_other(url_for(".item", item_id=item_id) + "#room")


def _ids(prefix: str) -> list[str]:
    return [
        name.removeprefix(prefix)
        for name in request.form
        if name.startswith(prefix) and valid_id(name.removeprefix(prefix))
    ]


# -- Confidence --------------------------------------------------------------------------------------------------


def usual_statement() -> str:
    """What members declare where their body has no words of its own."""
    return _(
        "I keep to myself what I learn in the restricted part of this meeting. I use it only for what the meeting "
        "agrees, and I leave the room where my own interests are concerned."
    )


@bp.get("/<string(length=16):meeting_id>/statement")
@requires(Permission.SEE)
def statement(meeting_id: str) -> str:
    """The statement of confidence for this meeting."""
    meeting = read_meeting(meeting_id, viewer(), minutes=False)
    if meeting is None:
        abort(404)
    return render_template(
        "meetings/statement.html", meeting=meeting, words=_statement(meeting.body_id)
    )


def _statement(body_id: str) -> str:
    texts = found_body(body_id).statement
    return (name_of(texts, viewer().locale) if texts else "") or usual_statement()


@bp.post("/<string(length=16):meeting_id>/statement")
@requires(Permission.SEE)
def accept_statement(meeting_id: str) -> AnyResponse:
    """Promise confidence."""
    meeting = find_meeting(meeting_id, viewer())
    if meeting is None:
        abort(404)
    lists.promise(meeting, _statement(body_of(meeting).id), viewer())
    db.session.commit()
    flash(_("Thank you. What is restricted and open to you can be read now."), "done")
    return see_other(url_for(".detail", meeting_id=meeting_id))
