"""Series: making one of an activity, its page, and cancelling or planning again which of its dates."""

from datetime import date
from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    current_city,
    db,
    format_date,
    lang_tag,
    name_of,
    ngettext,
    public_holidays,
    requires,
    see_other,
    today,
    valid_id,
    viewer,
)
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.activities.forms import NearbyForm, RepeatForm, ScopeForm
from plugins.activities.forms.repeating import check_dates, skipped_of, stamp, tickable
from plugins.activities.models import Activity, Series
from plugins.activities.permissions import Permission
from plugins.activities.repeats import last_of, rule_in_words, series_in_words
from plugins.activities.services.access import may_change
from plugins.activities.services.entries import REPORTED_FIELDS
from plugins.activities.services.nearby import Around, Neighbour, near
from plugins.activities.services.records import find_activity
from plugins.activities.services.rhythm import Rhythm, dates_of, full_rule
from plugins.activities.services.series import (
    AlreadyRepeats,
    Reach,
    Scope,
    change_status_of_dates,
    neighbours_of,
    reach_of,
    read_series,
    repeat,
    undo_status,
)
from plugins.activities.shown import label_of, text_for
from plugins.activities.views.common import bp, found_activity
from plugins.activities.words import STATUSES, TARGET_GROUPS, Status

# -- The dates before they are made --------------------------------------------------------------------------


def dates_shown(rhythm: Rhythm, start: date, skipped: list[date] | None = None) -> dict[str, Any]:
    """What a page needs to show the dates of a series and let some be left out."""
    days = dates_of(rhythm, start, today())
    holidays = public_holidays(current_city().country, days[1], days[-1], viewer().locale)
    rule = full_rule(rhythm, start)
    return {
        "rule": rule_in_words(rule, start, last_of(rule, days)),
        "stamp": stamp(rhythm, start),
        "days": tickable(days, holidays, skipped),
        "holidays": sum(day in holidays for day in days),
        "filled": rhythm.endless,
    }


@bp.get("/dates")
@requires(Permission.LOG)
def dates() -> str:
    """The dates of a series that is being typed; the form of an activity fetches them while one types."""
    from plugins.activities.forms import ActivityForm

    form = ActivityForm(request.args)
    form.start_date.validate(form)
    start = None if form.start_date.errors else form.start_date.data
    for field in (form.repeats, form.repeat_until, form.repeat_times):
        field.validate(form)
    shown = None
    if start is not None and form.repeats.data and check_dates(form, start):
        rhythm = form.rhythm
        shown = rhythm and dates_shown(rhythm, start)
    return render_template("activities/dates.html", form=form, shown=shown)


@bp.get("/<string(length=16):activity_id>/repeat")
@requires(Permission.LOG)
def repeat_form(activity_id: str) -> AnyResponse | str:
    """How often an activity repeats, and its dates before they are made."""
    activity = found_activity(activity_id, for_change=False)
    if activity.series_id is not None:
        return see_other(url_for(".series", series_id=activity.series_id))
    form = RepeatForm(request.args)
    asked = bool(form.repeats.data)
    shown = None
    if asked and form.fits(activity.start_date) and form.rhythm is not None:
        shown = dates_shown(form.rhythm, activity.start_date)
    return _repeat_page(activity, form, shown, fresh=not asked)


def _repeat_page(
    activity: Activity, form: RepeatForm, shown: dict[str, Any] | None, *, fresh: bool = False
) -> str:
    return render_template(
        "activities/repeat.html",
        activity=activity,
        text=text_for(activity, viewer()),
        form=RepeatForm() if fresh else form,
        shown=shown,
        just_saved="saved" in request.args,
    )


@bp.post("/<string(length=16):activity_id>/repeat")
@requires(Permission.LOG)
def make_series(activity_id: str) -> AnyResponse | str | tuple[str, int]:
    """Make the dates that are ticked. Other dates than those that were shown are shown first."""
    activity = found_activity(activity_id)
    form = RepeatForm(request.form)
    if activity.series_id is not None:
        return see_other(url_for(".series", series_id=activity.series_id))
    if not form.fits(activity.start_date) or form.rhythm is None:
        return _repeat_page(activity, form, None), 422
    skipped = skipped_of(form, activity.start_date)
    if skipped is None:
        return _repeat_page(activity, form, dates_shown(form.rhythm, activity.start_date))
    try:
        number = repeat(activity, form.rhythm, skipped, viewer(), today())
    except AlreadyRepeats:
        abort(409)
    db.session.commit()
    flash(ngettext("%(num)s date is planned.", "%(num)s dates are planned.", number), "done")
    return see_other(url_for(".series", series_id=activity.series_id))


# -- What happens near -----------------------------------------------------------------------------------------


def neighbours_shown(found: list[Neighbour]) -> list[dict[str, Any]]:
    """What happens near, for this reader."""
    who = viewer()
    lines = []
    for each in found:
        text = text_for(each.row, who)
        shared = [str(TARGET_GROUPS[code]) for code in each.groups if code in TARGET_GROUPS]
        if each.same_place:
            shared.insert(0, _p("activity", "same place"))
        lines.append(
            {
                "url": url_for(".detail", activity_id=each.row.id),
                "title": text.title,
                "tag": lang_tag(text.language),
                "day": format_date(each.row.start_date, "full"),
                "organisation": name_of(each.row.organisation_names, who.locale),
                "shared": ", ".join(shared),
            }
        )
    return lines


@bp.get("/nearby")
@requires(Permission.LOG)
def nearby() -> str:
    """What happens within a week of a day, in the same place or for the same people."""
    form = NearbyForm(request.args)
    form.validate()
    found: list[Neighbour] = []
    if form.start_date.data is not None and not form.errors:
        own = request.args.get("activity", "")
        activity = find_activity(own, viewer()) if valid_id(own) else None
        around = Around(
            form.start_date.data,
            form.place.data or "",
            tuple(form.target_groups.data or ()),
            activity.id if activity else "",
            (activity.series_id or "") if activity else "",
        )
        found = near(around, viewer())
    return render_template("activities/nearby.html", form=form, near=neighbours_shown(found))


# -- The page of a series --------------------------------------------------------------------------------------


@bp.get("/series/<string(length=16):series_id>")
@requires(Permission.SEE)
def series(series_id: str) -> str:
    """A series in words, and its dates."""
    who, day = viewer(), today()
    rows = list(reversed(read_series(series_id, who)))
    if not rows:
        abort(404)
    made: Series = rows[0].Series
    coming = [row for row in rows if row.start_date >= day and row.status == Status.PLANNED]
    first = coming[0] if coming else rows[-1]
    changeable = [row for row in rows if row.start_date >= day and may_change(row, who)]
    before, after = neighbours_of(made, who)
    return render_template(
        "activities/series.html",
        series=made,
        text=text_for(first, who),
        organisation=name_of(first.organisation_names, who.locale),
        rule=series_in_words(made, made.filled_until),
        past=[_date_shown(row, first, day) for row in rows if row.end_date < day],
        ahead=[_date_shown(row, first, day) for row in rows if row.end_date >= day],
        before=before,
        after=after,
        first=first,
        may_change=bool(changeable),
        all_cancelled=bool(changeable)
        and all(row.status == Status.CANCELLED for row in changeable),
        handle=changeable[0].id if changeable else "",
    )


def _date_shown(row: Any, first: Any, day: date) -> dict[str, Any]:
    text = text_for(row, viewer())
    own = [name for name in row.overrides if name not in REPORTED_FIELDS | {"status"}]
    return {
        "row": row,
        "url": url_for(".detail", activity_id=row.id),
        "title": text.title if "title" in own else "",
        "tag": lang_tag(text.language),
        "next": row.id == first.id and row.start_date >= day,
        "own": ", ".join(label_of(name) for name in own),
    }


# -- Cancelling, postponing, planning again ----------------------------------------------------------------------

_SCOPED = "/<string(length=16):activity_id>/dates/<any(planned, postponed, cancelled):status>"


def _scope_words(status: Status) -> dict[str, str]:
    return {
        Status.CANCELLED: {
            "title": _("Cancel which dates?"),
            "told": _(
                "What is cancelled stays in the list and in calendars, marked as cancelled. You can plan it again."
            ),
            "button": _p("dates of a series", "Cancel the dates"),
            "mark": "ban",
        },
        Status.POSTPONED: {
            "title": _("Postpone which dates?"),
            "told": _("What is postponed has no date for now. Give it a new one when you know it."),
            "button": _p("dates of a series", "Postpone the dates"),
            "mark": "calendar-off",
        },
        Status.PLANNED: {
            "title": _("Plan which dates again?"),
            "told": _("They stand in the calendar again, each on its day."),
            "button": _p("dates of a series", "Plan the dates again"),
            "mark": "calendar",
        },
    }[status]


@bp.get(_SCOPED)
@requires(Permission.LOG)
def choose_dates(activity_id: str, status: str) -> str:
    """Only this date, this and the following, or all?"""
    activity = found_activity(activity_id, for_change=False)
    form = ScopeForm(data={"scope": request.args.get("scope", Scope.ONE.value)})
    reach = reach_of(activity, viewer(), today())
    return _scope_page(activity, Status(status), form, reach)


def _scope_page(activity: Activity, status: Status, form: ScopeForm, reach: Reach) -> str:
    form.ask(reach)
    return render_template(
        "activities/scope.html",
        activity=activity,
        text=text_for(activity, viewer()),
        form=form,
        status=status.value,
        words=_scope_words(status),
    )


@bp.post(_SCOPED)
@requires(Permission.LOG)
def set_status_of_dates(activity_id: str, status: str) -> AnyResponse | tuple[str, int]:
    """Change the status of the dates that were chosen; one press takes it back."""
    activity = found_activity(activity_id, for_change=False)
    form = ScopeForm(request.form)
    reach = reach_of(activity, viewer(), today())
    form.ask(reach)
    if not form.validate():
        return _scope_page(activity, Status(status), form, reach), 422
    scope = Scope(form.scope.data)
    activity = found_activity(activity_id, for_change=scope is Scope.ONE)
    before = activity.status
    done = change_status_of_dates(activity, Status(status), scope, viewer(), today())
    db.session.commit()
    back = url_for(".detail", activity_id=activity_id)
    told = _(
        "%(status)s: %(dates)s.",
        status=STATUSES[Status(status)],
        dates=ngettext("%(num)s date", "%(num)s dates", done.dates),
    )
    undo = ""
    if done.batch and done.dates:
        undo = url_for(".undo_dates", activity_id=activity_id, batch=done.batch)
    elif done.dates:
        undo = url_for(".set_status", activity_id=activity_id, status=before, undo=1)
    flash({"text": told, "undo": undo}, "done")  # type: ignore[arg-type]  # the frame reads a mapping with "undo"
    return see_other(back)


@bp.post("/<string(length=16):activity_id>/undo")
@requires(Permission.LOG)
def undo_dates(activity_id: str) -> AnyResponse:
    """Take back what one press did to several dates."""
    found_activity(activity_id, for_change=False)
    batch = request.args.get("batch", "")
    number = undo_status(batch, viewer()) if valid_id(batch) else 0
    db.session.commit()
    flash(
        ngettext(
            "%(num)s date is as it was before.", "%(num)s dates are as they were before.", number
        ),
        "done",
    )
    return see_other(url_for(".detail", activity_id=activity_id))
