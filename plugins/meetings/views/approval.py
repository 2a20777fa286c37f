"""Approving minutes in the languages of the city, and what was changed when."""

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import clean, db, language_name, list_comma, requires, see_other, viewer
from core.api import gettext as _
from plugins.meetings.models import Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import approval as approving
from plugins.meetings.services import remarks
from plugins.meetings.services.convening import NoSuchStep
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.history import corrections_of, history_of
from plugins.meetings.services.meetings import find_meeting
from plugins.meetings.views.common import bp, prepared_meeting


@bp.get("/<string(length=16):meeting_id>/approval")
@requires(Permission.TAKE_PART)
def approval(meeting_id: str) -> str:
    """Which languages are complete, and what approving them says."""
    return _page(prepared_meeting(meeting_id, for_change=False))


def _page(meeting: Meeting) -> str:
    return render_template(
        "meetings/approval.html",
        meeting=read_meeting(meeting.id, viewer()),
        standings=approving.standings(meeting, viewer()),
        refuses=approving.rule_of_city() == approving.REFUSE,
    )


@bp.post("/<string(length=16):meeting_id>/approval")
@requires(Permission.TAKE_PART)
def approve(meeting_id: str) -> AnyResponse:
    """Approve the minutes."""
    meeting = prepared_meeting(meeting_id)
    back = url_for(".approval", meeting_id=meeting_id)
    try:
        approving.approve(meeting, viewer())
        db.session.commit()
    except approving.Incomplete as lacking:
        db.session.rollback()
        flash(
            _(
                "Not approved: the city asks for every official language, and this one is not complete: %(languages)s",
                languages=list_comma().join(language_name(code) for code in lacking.languages),
            ),
            "late",
        )
        return see_other(back)
    except NoSuchStep:
        db.session.rollback()
        flash(_("Only circulated minutes can be approved."), "wait")
        return see_other(url_for(".detail", meeting_id=meeting_id))
    flash(
        _("The minutes are approved. From now on only a correction with its reason changes them."),
        "done",
    )
    return see_other(url_for(".detail", meeting_id=meeting_id))


@bp.post("/<string(length=16):meeting_id>/approval/<language>")
@requires(Permission.TAKE_PART)
def approve_language(meeting_id: str, language: str) -> AnyResponse:
    """Approve approved minutes in a further language."""
    meeting = prepared_meeting(meeting_id)
    try:
        approving.approve_language(meeting, language, viewer())
        db.session.commit()
    except (approving.Incomplete, NoSuchStep):
        db.session.rollback()
        flash(_("In this language something is still missing or outdated."), "wait")
    else:
        flash(_("The minutes are approved in this language."), "done")
    return see_other(url_for(".approval", meeting_id=meeting_id))


@bp.post("/<string(length=16):meeting_id>/remark")
@requires(Permission.SEE)
def remark(meeting_id: str) -> AnyResponse:
    """Tell whoever writes the minutes what is wrong in them."""
    who = viewer()
    seen = read_meeting(meeting_id, who, items=False)
    meeting = find_meeting(meeting_id, who)
    if seen is None or meeting is None or not (seen.minutes_open and seen.list_open):
        abort(404)
    text = (clean(request.form.get("text")) or "")[: remarks.LONGEST_REMARK]
    back = url_for(".detail", meeting_id=meeting_id) + "#remarks"
    if not text:
        flash(_("Write down what is wrong first."), "wait")
        return see_other(back)
    try:
        remarks.make_remark(meeting, text, who)
        db.session.commit()
    except remarks.NotCirculated:
        db.session.rollback()
        flash(_("Somebody else was quicker: the meeting is in another state now."), "wait")
    except remarks.TooMany:
        db.session.rollback()
        flash(
            _("You have said a lot on these minutes already. Talk to whoever writes them."), "wait"
        )
    else:
        flash(_("Whoever writes the minutes is told."), "done")
    return see_other(back)


@bp.get("/<string(length=16):meeting_id>/history")
@requires(Permission.SEE)
def history(meeting_id: str) -> str:
    """What was changed, by whom and when, as far as the reader may read what was changed."""
    who = viewer()
    meeting = read_meeting(meeting_id, who, items=False)
    if meeting is None:
        abort(404)
    return render_template(
        "meetings/history.html",
        meeting=meeting,
        lines=history_of(meeting_id, who),
        corrections=corrections_of(meeting_id, who) if meeting.state.closed else [],
    )
