"""Logging an activity, and changing one."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    MadeAlready,
    UploadRefused,
    Viewer,
    current_city,
    db,
    ngettext,
    once_of,
    partners,
    requires,
    see_other,
    today,
    valid_id,
    viewer,
)
from core.api import gettext as _
from plugins.activities.forms import (
    ActivityForm,
    first_values,
    form_values,
    read_day,
    read_version,
)
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.entries import entry_of
from plugins.activities.services.records import (
    Conflict,
    find_activity,
    is_logged,
    log_activity,
    partner_ids,
)
from plugins.activities.services.series import Scope, change_dates, reach_of, repeat
from plugins.activities.shown import (
    in_words,
    label_of,
)
from plugins.activities.views.common import bp, found_activity, keep_files, sent
from plugins.activities.views.series import dates_shown
from plugins.activities.words import (
    AGES,
    CURRENCIES,
    SEXES,
)


@bp.get("/new")
@requires(Permission.LOG)
def new() -> str:
    """The form, empty or filled from an earlier activity."""
    form = ActivityForm(data=_first(viewer()))
    return _form_page(form)


@bp.post("/new")
@requires(Permission.LOG)
def create() -> AnyResponse | tuple[str, int]:
    """Log the activity; sent twice, the same form makes one."""
    who = viewer()
    form = ActivityForm(sent())
    once = once_of(form, is_logged)
    if once.made:
        return see_other(url_for(".detail", activity_id=once.identifier))
    _offer(form, who)
    if not form.validate():
        return _form_page(form), 422
    number = 1
    try:
        with once.making():
            activity = log_activity(form.entry(), who, today(), identifier=once.identifier)
            keep_files(activity.id, form.files.data, who)
            if form.rhythm is not None and form.skipped is not None:
                number = repeat(activity, form.rhythm, form.skipped, who, today())
            db.session.commit()
    except UploadRefused as refusal:
        db.session.rollback()
        form.files.errors = [str(refusal)]
        return _form_page(form), 422
    except MadeAlready:
        return see_other(url_for(".detail", activity_id=once.identifier))
    if activity.series_id is not None:
        flash(ngettext("%(num)s date is planned.", "%(num)s dates are planned.", number), "done")
        return see_other(url_for(".series", series_id=activity.series_id))
    if form.rhythm is not None:
        # Without a script nobody has seen the other dates yet.
        asked = {
            "repeats": form.repeats.data,
            "repeat_until": form.repeat_until.data and form.repeat_until.data.isoformat(),
            "repeat_times": form.repeat_times.data,
        }
        return see_other(url_for(".repeat_form", activity_id=activity.id, saved=1, **asked))
    flash(_("The activity is saved."), "done")
    return see_other(url_for(".detail", activity_id=activity.id))


def _first(who: Viewer) -> dict[str, Any]:
    """What a new form shows: what is likely, or what an earlier activity had."""
    values = first_values(who.locale, who.organisation_id, _currency())
    copied = request.args.get("from", "")
    if valid_id(copied) and (source := find_activity(copied, who)) is not None:
        entry = entry_of(source, partner_ids(source.id))
        values |= form_values(
            replace(
                entry,
                start_date=today(),
                end_date=None,
                status="",
                participants=None,
                attendances=None,
                estimated=False,
                by_sex={},
                by_age={},
                budget_spent=None,
                result="",
                worked="",
                not_worked="",
            )
        )
    organisation = request.args.get("organisation", "")
    if valid_id(organisation):
        values["organisation_id"] = organisation
    with suppress(ValueError):
        values["start_date"] = read_day(request.args.get("date", ""))
    return values


def _currency() -> str:
    from babel.numbers import get_territory_currencies

    country = current_city().country
    found = get_territory_currencies(country)[:1] if country else []
    return str(found[0]) if found and found[0] in CURRENCIES else "EUR"


def _offer(form: ActivityForm, who: Viewer, activity: Activity | None = None) -> None:
    kept = () if activity is None else {activity.organisation_id, *partner_ids(activity.id)}
    form.offer(
        partners(who.locale), current_city().languages, kept=kept, changing=activity is not None
    )
    if activity is not None:
        form.ask_scope(reach_of(activity, who, today()))


def _form_page(
    form: ActivityForm,
    activity: Activity | None = None,
    conflict: Conflict | None = None,
) -> str:
    who = viewer()
    if form.organisation_id.choices == []:
        _offer(form, who, activity)
    shown = None
    start = form.start_date.data
    repeating = (form.repeats, form.repeat_until, form.repeat_times, form.start_date)
    if activity is None and form.rhythm and start and not any(each.errors for each in repeating):
        shown = dates_shown(form.rhythm, start, form.skipped)
    names = {str(choice[0]): str(choice[1]) for choice in form.organisation_id.iter_choices()}
    return render_template(
        "activities/form.html",
        form=form,
        activity=activity,
        conflict=conflict,
        clashes=[
            (label_of(clash.name), in_words(clash.name, clash.theirs, names), clash.name)
            for clash in (conflict.clashes if conflict else ())
        ],
        taken_over=[label_of(name) for name in (conflict.taken_over if conflict else ())],
        sexes=SEXES,
        ages=AGES,
        own_organisation=who.organisation_id,
        shown=shown,
    )


@bp.get("/<string(length=16):activity_id>/edit")
@requires(Permission.LOG)
def edit(activity_id: str) -> str:
    """The form with what is stored."""
    activity = found_activity(activity_id, for_change=False)
    values = form_values(entry_of(activity, partner_ids(activity.id)))
    scope = request.args.get("scope", Scope.ONE.value)
    form = ActivityForm(data={**values, "version": activity.version, "scope": scope})
    return _form_page(form, activity)


@bp.post("/<string(length=16):activity_id>/edit")
@requires(Permission.LOG)
def save(activity_id: str) -> AnyResponse | tuple[str, int]:
    """Save the changes. If somebody else saved in between, show both and lose nothing."""
    who, form = viewer(), ActivityForm(sent())
    # Of several dates the series is held first, and then all of them.
    activity = found_activity(activity_id, for_change=form.wanted_scope is Scope.ONE)
    _offer(form, who, activity)
    if not form.validate():
        return _form_page(form, activity), 422
    version, scope = read_version(form.version.data), form.wanted_scope
    try:
        done = change_dates(activity, form.entry(), version, scope, who, today())
        keep_files(activity.id, form.files.data, who)
        db.session.commit()
    except Conflict as conflict:
        values = {**form_values(conflict.merged), "version": conflict.version, "scope": scope.value}
        return _form_page(ActivityForm(data=values), activity, conflict), 409
    except UploadRefused as refusal:
        db.session.rollback()
        form.files.errors = [str(refusal)]
        return _form_page(form, found_activity(activity_id)), 422
    told = _("The changes are saved.")
    if done.dates > 1:
        told = ngettext(
            "The changes are saved for %(num)s date.",
            "The changes are saved for %(num)s dates.",
            done.dates,
        )
    flash(told, "done")
    return see_other(url_for(".detail", activity_id=activity_id))
