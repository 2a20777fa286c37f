"""Saying in under a minute how an activity went."""

from dataclasses import replace

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import db, requires, see_other, today, viewer
from core.api import gettext as _
from plugins.activities.forms import ReportForm, read_version
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.entries import entry_of
from plugins.activities.services.records import Conflict, change_activity, partner_ids
from plugins.activities.shown import text_for
from plugins.activities.views.common import bp, found_activity
from plugins.activities.words import Status


@bp.get("/<string(length=16):activity_id>/report")
@requires(Permission.LOG)
def report(activity_id: str) -> AnyResponse | str:
    """The short form: how many came, what came of it, what worked."""
    activity = found_activity(activity_id, for_change=False)
    if activity.start_date > today():
        return _not_yet(activity_id)
    form = ReportForm(
        data={
            "version": activity.version,
            "participants": activity.participants,
            "estimated": activity.estimated,
            "result": activity.result,
            "worked": activity.worked,
        }
    )
    return _report_page(form, activity)


def _not_yet(activity_id: str) -> AnyResponse:
    flash(_("Its date lies ahead, so it cannot have been held yet."), "wait")
    return see_other(url_for(".detail", activity_id=activity_id))


def _report_page(form: ReportForm, activity: Activity, *, conflict: bool = False) -> str:
    return render_template(
        "activities/report.html",
        form=form,
        activity=activity,
        text=text_for(activity, viewer()),
        conflict=conflict,
        may_say_it_did_not=activity.status == Status.PLANNED,
    )


@bp.post("/<string(length=16):activity_id>/report")
@requires(Permission.LOG)
def save_report(activity_id: str) -> AnyResponse | str | tuple[str, int]:
    """Keep the report; the activity has then been held, and with a result is reported."""
    activity = found_activity(activity_id)
    if activity.start_date > today():
        return _not_yet(activity_id)
    form = ReportForm(request.form)
    if not form.validate() or not form.says_enough():
        return _report_page(form, activity), 422
    stored = entry_of(activity, partner_ids(activity.id))
    people, result = form.participants.data, form.result.data or ""
    entry = replace(
        stored,
        participants=people,
        estimated=bool(form.estimated.data),
        result=result,
        worked=form.worked.data or "",
        status=(Status.REPORTED if result else Status.HELD).value,
    )
    if people != stored.participants:
        # Parts of another total no longer add up.
        entry = replace(entry, by_sex={}, by_age={})
        if people is None or (entry.attendances or 0) < people:
            entry = replace(entry, attendances=None)
    try:
        change_activity(activity, entry, read_version(form.version.data), viewer(), today())
    except Conflict as conflict:
        form.version.data = str(conflict.version)
        form.version.raw_data = None
        return _report_page(form, activity, conflict=True), 409
    db.session.commit()
    flash(_("Thank you. The report is saved."), "done")
    return see_other(url_for(".detail", activity_id=activity_id))
