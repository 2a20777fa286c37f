"""Preparing a meeting, and changing when and where it is."""

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    MadeAlready,
    db,
    format_date,
    once_of,
    read_day,
    read_version,
    requires,
    see_other,
    today,
    valid_id,
    viewer,
)
from core.api import gettext as _
from plugins.meetings.forms.agenda import MeetingForm
from plugins.meetings.models import Body, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import convening
from plugins.meetings.services.bodies import list_bodies
from plugins.meetings.services.meetings import (
    Conflict,
    MeetingEntry,
    body_of,
    change_meeting,
    coming_date,
    entry_of,
    first_entry,
    is_made,
    make_meeting,
)
from plugins.meetings.services.notes import ReasonNeeded
from plugins.meetings.services.people import people_to_name
from plugins.meetings.views.common import bp, found_body, languages, prepared_meeting
from plugins.meetings.words import State


@bp.get("/new")
@requires(Permission.CONVENE)
def new() -> Any:
    """The form of the next meeting of a body, already filled; with several bodies one chooses first."""
    who = viewer()
    chosen = request.args.get("body", "")
    if not valid_id(chosen):
        bodies = [each for each in list_bodies(who.locale) if each.active]
        if len(bodies) == 1:
            return redirect(url_for(".new", body=bodies[0].id))
        return render_template(
            "meetings/choose_body.html",
            bodies=bodies,
            may_manage=who.may(Permission.MANAGE_BODIES),
        )
    body = found_body(chosen)
    entry, series_date = first_entry(body, today(), who.locale)
    values = {name: getattr(entry, name) for name in MeetingEntry.__slots__}
    form = MeetingForm(
        data=values | {"series_date": series_date.isoformat() if series_date else ""}
    )
    return _form_page(form, body)


@bp.post("/new")
@requires(Permission.CONVENE)
def create() -> AnyResponse | tuple[str, int]:
    """Make the meeting, a draft of which nobody is told; sent twice, the same form makes one."""
    chosen = request.args.get("body", "")
    body = found_body(chosen, for_change=True) if valid_id(chosen) else abort(404)
    form = MeetingForm(request.form)
    once = once_of(form, is_made)
    if once.made:
        return see_other(url_for(".detail", meeting_id=once.identifier))
    _offer(form)
    if not form.validate():
        return _form_page(form, body), 422
    try:
        with once.making():
            meeting = make_meeting(
                body,
                form.entry(),
                viewer(),
                series_date=_series_date(form, body),
                identifier=once.identifier,
            )
            db.session.commit()
    except MadeAlready:
        return see_other(url_for(".detail", meeting_id=once.identifier))
    flash(_("The draft is ready. Nobody is told until you convene the meeting."), "done")
    return see_other(url_for(".detail", meeting_id=meeting.id))


def _series_date(form: MeetingForm, body: Body) -> date | None:
    """The date of the rule that the form was filled with, if that is still the next one."""
    found = coming_date(body, today(), viewer().locale)
    try:
        told = read_day(form.series_date.data or "")
    except (ValueError, OverflowError):
        return None
    return told if found is not None and found.series_date == told else None


def _offer(form: MeetingForm, meeting: Meeting | None = None) -> None:
    kept = (meeting.chair_id or "", meeting.secretary_id or "") if meeting is not None else ()
    form.offer(people_to_name(viewer().locale, kept), languages())


def _form_page(
    form: MeetingForm, body: Body, meeting: Meeting | None = None, *, conflict: bool = False
) -> str:
    from core.api import name_of

    if form.language.choices == []:
        _offer(form, meeting)
    rule = None if meeting is not None else coming_date(body, today(), viewer().locale)
    return render_template(
        "meetings/form.html",
        form=form,
        body=body,
        name=name_of(body.names, viewer().locale),
        meeting=meeting,
        closed=meeting is not None and State(meeting.state).closed,
        conflict=conflict,
        moved_for=rule.holiday if rule and rule.day != rule.series_date else "",
        moved_from=format_date(rule.series_date) if rule else "",
    )


@bp.get("/<string(length=16):meeting_id>/edit")
@requires(Permission.TAKE_PART)
def edit(meeting_id: str) -> str:
    """The form with what is stored."""
    meeting = prepared_meeting(meeting_id, for_change=False)
    entry = entry_of(meeting)
    values = {name: getattr(entry, name) for name in MeetingEntry.__slots__}
    form = MeetingForm(data=values | {"version": meeting.version})
    return _form_page(form, body_of(meeting), meeting)


@bp.post("/<string(length=16):meeting_id>/edit")
@requires(Permission.TAKE_PART)
def save(meeting_id: str) -> AnyResponse | tuple[str, int]:
    """Save the changes. A meeting that is moved takes its reminders and calendars along."""
    meeting = prepared_meeting(meeting_id)
    form = MeetingForm(request.form)
    _offer(form, meeting)
    if not form.validate():
        return _form_page(form, body_of(meeting), meeting), 422
    try:
        if change_meeting(
            meeting, form.entry(), read_version(form.version.data), viewer(),
            reason=form.reason.data or "",
        ):  # fmt: skip
            convening.follow(meeting)
        db.session.commit()
    except ReasonNeeded:
        db.session.rollback()
        form.reason.errors = [_("The minutes are approved. Say why they are corrected.")]
        return _form_page(form, body_of(meeting), meeting), 422
    except Conflict as conflict:
        form.version.data = str(conflict.current.version)
        db.session.rollback()
        return _form_page(form, body_of(meeting), meeting, conflict=True), 409
    flash(_("The changes are saved."), "done")
    return see_other(url_for(".detail", meeting_id=meeting_id))
