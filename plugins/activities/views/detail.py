"""One activity: its page, its status, and its files."""

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    UploadRefused,
    attachments_of,
    db,
    lang_tag,
    language_name,
    remove_attachment,
    requires,
    see_other,
    today,
    translations_url,
    viewer,
)
from core.api import gettext as _
from plugins.activities.forms import (
    AttachmentForm,
)
from plugins.activities.permissions import Permission
from plugins.activities.repeats import series_in_words
from plugins.activities.services.access import may_change, ref_of
from plugins.activities.services.detail import read_detail, read_history, read_surroundings
from plugins.activities.services.records import (
    NotYet,
    change_status,
)
from plugins.activities.shown import (
    LONG_TEXTS,
    in_words,
    label_of,
    money,
    text_for,
)
from plugins.activities.views.common import bp, found_activity, keep_files, sent
from plugins.activities.views.series import neighbours_shown
from plugins.activities.words import (
    AGES,
    LEVELS,
    MODES,
    SEXES,
    STATUSES,
    TARGET_GROUPS,
    TYPES,
    VISIBILITIES,
    Mode,
    Status,
    Visibility,
)


@bp.get("/<string(length=16):activity_id>")
@requires(Permission.SEE)
def detail(activity_id: str) -> str:
    """Everything about one activity."""
    who = viewer()
    found = read_detail(activity_id, who)
    if found is None:
        abort(404)
    activity = found.activity
    may = may_change(activity, who)
    # What happens nearby is for those who can still choose another day.
    changes, close = read_surroundings(activity, who) if may else (read_history(activity.id), [])
    series = found.series
    names = {activity.organisation_id: found.organisation, **dict(found.partners)}
    return render_template(
        "activities/detail.html",
        activity=activity,
        ref=ref_of(activity.id),
        detail=found,
        text=text_for(activity, who, activity.description),
        status=Status(activity.status),
        attachments=attachments_of(ref_of(activity.id)),
        history=[
            {
                "who": name,
                "at": change.changed_at,
                "way": change.way,
                "with_others": change.batch is not None,
                "fields": [
                    (
                        label_of(field),
                        None
                        if field in LONG_TEXTS
                        else [in_words(field, value, names) for value in both],
                    )
                    for field, both in change.fields.items()
                ],
            }
            for change, name in changes
        ],
        near=neighbours_shown(close),
        rule=series_in_words(series, series.filled_until) if series else "",
        may_change=may,
        may_translate=may
        or (who.may(Permission.LOG) and activity.visibility == Visibility.MEMBERS),
        translations=translations_url(ref_of(activity.id)),
        translated=len(activity.translations or {}),
        may_log=who.may(Permission.LOG),
        has_come=activity.start_date <= today(),
        past=activity.end_date < today(),
        kind=TYPES.get(activity.type, activity.type),
        level=LEVELS.get(activity.level, ""),
        mode=MODES[Mode(activity.mode)],
        visibility=VISIBILITIES[Visibility(activity.visibility)],
        groups=[TARGET_GROUPS.get(code, code) for code in activity.target_groups],
        languages_used=[language_name(code) for code in activity.languages_used],
        planned=money(activity.budget_planned, activity.currency),
        spent=money(activity.budget_spent, activity.currency),
        sexes=SEXES,
        ages=AGES,
        lang_tag=lang_tag,
    )


@bp.post(
    "/<string(length=16):activity_id>/status/"
    "<any(planned, held, reported, postponed, cancelled):status>"
)
@requires(Permission.LOG)
def set_status(activity_id: str, status: str) -> AnyResponse:
    """Say that it was held, postponed, cancelled, or is planned again."""
    activity = found_activity(activity_id)
    try:
        before = change_status(activity, Status(status), viewer(), today())
    except NotYet:
        db.session.rollback()
        flash(_("Its date lies ahead, so it cannot have been held yet."), "wait")
        return see_other(url_for(".detail", activity_id=activity_id))
    db.session.commit()
    told: dict[str, str] | str = _("Status: %(status)s", status=STATUSES[Status(activity.status)])
    if before != activity.status and "undo" not in request.args:
        told = {
            "text": str(told),
            "undo": url_for(".set_status", activity_id=activity_id, status=before, undo=1),
        }
    flash(told, "done")  # type: ignore[arg-type]  # the frame reads a mapping with "undo"
    return see_other(url_for(".detail", activity_id=activity_id))


@bp.post("/<string(length=16):activity_id>/attachments")
@requires(Permission.LOG)
def attach(activity_id: str) -> AnyResponse:
    """Keep files with the activity."""
    activity = found_activity(activity_id)
    form = AttachmentForm(sent())
    if not form.files.data:
        flash(_("Choose a file first."), "wait")
        return see_other(url_for(".detail", activity_id=activity_id))
    try:
        keep_files(activity.id, form.files.data, viewer())
        db.session.commit()
    except UploadRefused as refusal:
        db.session.rollback()
        flash(str(refusal), "late")
    else:
        flash(_("The file is saved."), "done")
    return see_other(url_for(".detail", activity_id=activity_id) + "#attachments")


@bp.post("/<string(length=16):activity_id>/attachments/<string(length=16):attachment_id>/remove")
@requires(Permission.LOG)
def detach(activity_id: str, attachment_id: str) -> AnyResponse:
    """Remove a file from the activity."""
    activity = found_activity(activity_id)
    hanging = {each.id: each for each in attachments_of(ref_of(activity.id))}
    if attachment_id not in hanging:
        abort(404)
    remove_attachment(hanging[attachment_id])
    db.session.commit()
    flash(_("The file is removed."), "done")
    return see_other(url_for(".detail", activity_id=activity_id) + "#attachments")
