"""Bringing a meeting from one state into the next."""

from datetime import timedelta

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import db, requires, see_other, today, utcnow, viewer
from core.api import gettext as _
from plugins.meetings.forms.agenda import ReasonForm
from plugins.meetings.models import Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import convening
from plugins.meetings.services.bodies import members_to_invite, seats_of
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.meetings import body_of
from plugins.meetings.views.common import bp, prepared_meeting
from plugins.meetings.words import State


def _no_such_step() -> None:
    db.session.rollback()
    flash(_("Somebody else was quicker: the meeting is in another state now."), "wait")


@bp.get("/<string(length=16):meeting_id>/convene")
@requires(Permission.TAKE_PART)
def convene(meeting_id: str) -> str:
    """Who will be told, and what they get, before anybody is."""
    meeting = prepared_meeting(meeting_id, for_change=False)
    return _convene_page(meeting)


def _convene_page(meeting: Meeting) -> str:
    who = viewer()
    body = body_of(meeting)
    due = meeting.wall_start.date() - timedelta(days=body.notice_days)
    return render_template(
        "meetings/convene.html",
        # As everybody gets it: what is restricted is withheld, also from who prepares it.
        meeting=read_meeting(meeting.id, who, minutes=False, handed_on=True),
        seats=members_to_invite(seats_of(body.id, who.locale)),
        body=body,
        past=meeting.end_utc < utcnow(),
        due=due,
        short=meeting.end_utc >= utcnow() and today() > due,
    )


@bp.post("/<string(length=16):meeting_id>/convene")
@requires(Permission.TAKE_PART)
def send_invitations(meeting_id: str) -> AnyResponse:
    """Convene the meeting."""
    meeting = prepared_meeting(meeting_id)
    try:
        convening.convene(meeting, viewer())
        db.session.commit()
    except convening.NoSuchStep:
        _no_such_step()
    except convening.EmptyAgenda:
        db.session.rollback()
        flash(_("The agenda is empty. Put at least one item on it first."), "wait")
    except convening.HasPassed:
        db.session.rollback()
        flash(
            _("Its time has passed. Set another date, or write its minutes from paper."),
            "wait",
        )
    else:
        flash(_("The meeting is convened. Its members are invited."), "done")
    return see_other(url_for(".detail", meeting_id=meeting_id))


_STEPS = "send_again, start, not_begun, pause, next, end, paper, circulate, take_back, archive, plan_again"


@bp.post(f"/<string(length=16):meeting_id>/step/<any({_STEPS}):step>")
@requires(Permission.TAKE_PART)
def take(meeting_id: str, step: str) -> AnyResponse:
    """Take a step that needs no word."""
    meeting = prepared_meeting(meeting_id)
    try:
        # Of two presses the second one finds another issue, so that nobody gets the same agenda twice.
        if step == "send_again" and request.args.get("issue", str(meeting.issue)) != str(
            meeting.issue
        ):
            raise convening.NoSuchStep
        told = _take(meeting, step)
        db.session.commit()
    except convening.NoSuchStep:
        _no_such_step()
    except convening.HasBegun:
        db.session.rollback()
        flash(_("Something is written down already, so the meeting has begun."), "wait")
    else:
        if told:
            flash(told, "done")
    anchor = "#now" if step in {"next", "start"} else ""
    return see_other(url_for(".detail", meeting_id=meeting_id) + anchor)


def _take(meeting: Meeting, step: str) -> str:
    who = viewer()
    if step == "next":
        coming = convening.next_item(meeting)
        convening.go_to(meeting, coming, who)
        return "" if coming is not None else _("That was the last item. You can close the meeting.")
    if step == "start":
        convening.start(meeting, who)
        if meeting.current_item is None:
            convening.go_to(meeting, convening.next_item(meeting), who)
        return ""
    steps = {
        "send_again": (convening.send_again, _("The changed agenda is sent.")),
        "not_begun": (convening.not_begun, _("The meeting has not begun.")),
        "pause": (convening.pause, ""),
        "end": (convening.end, _("The meeting is closed. Its minutes are a draft now.")),
        "paper": (
            convening.minute_from_paper,
            _("Write down who was there, what was said and what was decided."),
        ),
        "circulate": (convening.circulate, _("The minutes are circulated.")),
        "take_back": (convening.take_back, _("The minutes are a draft again.")),
        "archive": (convening.archive, _("The meeting is in the archive.")),
        "plan_again": (convening.plan_again, _("The meeting is a draft again.")),
    }
    act, told = steps[step]
    act(meeting, who)
    return told


@bp.get("/<string(length=16):meeting_id>/call-off/<any(cancelled, postponed):state>")
@requires(Permission.TAKE_PART)
def call_off(meeting_id: str, state: str) -> str:
    """Ask for the reason, and say who will be told."""
    meeting = prepared_meeting(meeting_id, for_change=False)
    return _call_off_page(meeting, state, ReasonForm())


def _call_off_page(meeting: Meeting, state: str, form: ReasonForm) -> str:
    return render_template(
        "meetings/call_off.html",
        meeting=read_meeting(meeting.id, viewer(), items=False),
        state=state,
        form=form,
    )


@bp.post("/<string(length=16):meeting_id>/call-off/<any(cancelled, postponed):state>")
@requires(Permission.TAKE_PART)
def do_call_off(meeting_id: str, state: str) -> AnyResponse | tuple[str, int]:
    """Cancel or postpone the meeting."""
    meeting = prepared_meeting(meeting_id)
    form = ReasonForm(request.form)
    if not form.validate():
        return _call_off_page(meeting, state, form), 422
    try:
        convening.call_off(meeting, State(state), form.reason.data or "", viewer())
        db.session.commit()
    except convening.NoSuchStep:
        _no_such_step()
    except convening.ReasonNeeded:
        db.session.rollback()
        form.reason.errors = [_("Say in a sentence why. Those who were invited read it.")]
        fresh = prepared_meeting(meeting_id, for_change=False)
        return _call_off_page(fresh, state, form), 422
    else:
        flash(
            _("The meeting is cancelled.")
            if state == State.CANCELLED
            else _("The meeting is postponed. Set another date when you know it."),
            "done",
        )
    return see_other(url_for(".detail", meeting_id=meeting_id))
