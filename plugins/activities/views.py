"""The pages of activities: list, form, detail, translation, attachments, and the import of a calendar."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    CONTENT_LANGUAGES,
    UploadRefused,
    Viewer,
    attachments_of,
    current_city,
    db,
    lang_tag,
    language_name,
    partners,
    remove_attachment,
    requires,
    save_upload,
    see_other,
    today,
    valid_id,
    viewer,
)
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.activities.forms import (
    ActivityForm,
    AttachmentForm,
    TranslationForm,
    first_values,
    form_values,
    read_day,
    read_version,
)
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.access import may_change, ref_of
from plugins.activities.services.detail import read_detail, read_history
from plugins.activities.services.entries import entry_of
from plugins.activities.services.listing import (
    PERIODS,
    SORTS,
    Filters,
    count_activities,
    list_activities,
    read_filters,
)
from plugins.activities.services.records import (
    Conflict,
    NotYet,
    change_activity,
    change_status,
    find_activity,
    is_logged,
    log_activity,
    partner_ids,
    translate_activity,
)
from plugins.activities.shown import (
    LONG_TEXTS,
    in_words,
    label_of,
    line_of,
    money,
    text_for,
)
from plugins.activities.words import (
    AGES,
    CURRENCIES,
    LEVELS,
    MODES,
    SEXES,
    STATUS_FILTERS,
    STATUS_LOOKS,
    STATUSES,
    TARGET_GROUPS,
    TYPES,
    VISIBILITIES,
    Mode,
    Status,
    Visibility,
)

bp = Blueprint("activities", __name__, template_folder="templates")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"statuses": STATUSES, "status_looks": STATUS_LOOKS}


# -- The list --------------------------------------------------------------------------------------------


@bp.get("/")
@requires(Permission.SEE)
def index() -> str:
    """The list, as the address asks for it."""
    who, filters = viewer(), read_filters(request.args)
    organisations = partners(who.locale)
    page = list_activities(
        filters,
        who,
        today(),
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )
    count = count_activities(filters, who, today())
    return render_template(
        "activities/index.html",
        lines=[line_of(row, who) for row in page.rows],
        count=count,
        filters=filters,
        organisations=organisations,
        page={
            "previous_url": page.before and _list_url(filters, before=page.before),
            "next_url": page.after and _list_url(filters, after=page.after),
        },
        tokens=_tokens(filters, {each.id: each.name for each in organisations}),
        columns=_columns(filters),
        base=url_for(".index"),
        may_log=who.may(Permission.LOG),
        may_import=who.may(Permission.IMPORT),
        status_filters=STATUS_FILTERS,
        types=TYPES,
        levels=LEVELS,
        target_groups=TARGET_GROUPS,
        periods=_periods(),
        sorts=_sort_choices(),
    )


def _list_url(filters: Filters, **arguments: str) -> str:
    asked: dict[str, Any] = filters.address(**arguments)
    return url_for(".index", **asked)


def _periods() -> dict[str, str]:
    words = (
        _p("period", "Coming"),
        _p("period", "This month"),
        _p("period", "This quarter"),
        _p("period", "Last quarter"),
        _p("period", "This year"),
        _p("period", "Last year"),
    )
    return dict(zip(PERIODS, words, strict=True))


def _sort_choices() -> dict[str, str]:
    return {
        "-date": _("Latest first"),
        "date": _("Earliest first"),
        "title": _("By title"),
        "organisation": _("By organisation"),
        "-participants": _("Most participants first"),
    }


def _columns(filters: Filters) -> list[dict[str, str]]:
    """The heads of the table that sort it: words, address, and how the column is sorted now."""
    current, descending = filters.order
    words = {
        "date": _p("activity", "Date"),
        "title": _("Activity"),
        "organisation": _("Organisation"),
        "participants": _("Participants"),
    }
    # A second press turns the order round; numbers and dates begin with the largest.
    first = {"date": "-date", "participants": "-participants"}
    heads = []
    for name in SORTS:
        turned = name if descending else f"-{name}"
        heads.append(
            {
                "name": name,
                "title": words[name],
                "url": _list_url(filters, sort=turned if name == current else first.get(name, name)),
                "sorted": ("descending" if descending else "ascending") if name == current else "",
            }
        )
    return heads


def _tokens(filters: Filters, names: dict[str, str]) -> list[tuple[str, str]]:
    told = {
        "q": filters.q and _("Search: %(words)s", words=filters.q),
        "type": filters.type and _("Type: %(type)s", type=TYPES[filters.type]),
        "status": filters.status
        and _("Status: %(status)s", status=STATUS_FILTERS[filters.status]),
        "organisation": filters.organisation
        and _(
            "Organisation: %(organisation)s",
            organisation=names.get(filters.organisation, _("unknown")),
        ),
        "level": filters.level and _("Level: %(level)s", level=LEVELS[filters.level]),
        "group": filters.group
        and _("Target group: %(group)s", group=TARGET_GROUPS[filters.group]),
        "period": filters.period
        and _("Period: %(period)s", period=_periods()[filters.period]),
    }
    return [
        (words, _list_url(filters, **{name: ""})) for name, words in told.items() if words
    ]


# -- Logging and changing --------------------------------------------------------------------------------


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
    form = ActivityForm(_sent())
    identifier = (form.once.data or "") if valid_id(form.once.data) else ""
    if identifier and is_logged(identifier):
        return see_other(url_for(".detail", activity_id=identifier))
    _offer(form, who)
    if not form.validate():
        return _form_page(form), 422
    try:
        activity = log_activity(form.entry(), who, today(), identifier=identifier)
        _keep_files(activity.id, form.files.data, who)
        db.session.commit()
    except UploadRefused as refusal:
        db.session.rollback()
        form.files.errors = [str(refusal)]
        return _form_page(form), 422
    except IntegrityError:
        # The same form arrived twice at the same moment.
        db.session.rollback()
        if not identifier or not is_logged(identifier):
            raise
        return see_other(url_for(".detail", activity_id=identifier))
    flash(_("The activity is saved."), "done")
    return see_other(url_for(".detail", activity_id=activity.id))


def _sent() -> Any:
    """What was sent, texts and files together, as a form reads it."""
    from werkzeug.datastructures import CombinedMultiDict

    return CombinedMultiDict([request.form, request.files])


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


def _form_page(
    form: ActivityForm,
    activity: Activity | None = None,
    conflict: Conflict | None = None,
) -> str:
    who = viewer()
    if form.organisation_id.choices == []:
        _offer(form, who, activity)
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
    )


def _keep_files(activity_id: str, files: list[Any], who: Viewer) -> None:
    for file in files:
        save_upload(ref_of(activity_id), file, who)


def _found(activity_id: str, *, for_change: bool = True) -> Activity:
    """The activity to be changed; 404 if the reader may not see it, 403 if they may not change it."""
    activity = find_activity(activity_id, viewer(), for_change=for_change)
    if activity is None:
        abort(404)
    if not may_change(activity, viewer()):
        abort(403)
    return activity


@bp.get("/<string(length=16):activity_id>/edit")
@requires(Permission.LOG)
def edit(activity_id: str) -> str:
    """The form with what is stored."""
    activity = _found(activity_id, for_change=False)
    values = form_values(entry_of(activity, partner_ids(activity.id)))
    return _form_page(ActivityForm(data={**values, "version": activity.version}), activity)


@bp.post("/<string(length=16):activity_id>/edit")
@requires(Permission.LOG)
def save(activity_id: str) -> AnyResponse | tuple[str, int]:
    """Save the changes. If somebody else saved in between, show both and lose nothing."""
    who, activity = viewer(), _found(activity_id)
    form = ActivityForm(_sent())
    _offer(form, who, activity)
    if not form.validate():
        return _form_page(form, activity), 422
    version = read_version(form.version.data)
    try:
        change_activity(activity, form.entry(), version, who, today())
        _keep_files(activity.id, form.files.data, who)
        db.session.commit()
    except Conflict as conflict:
        values = {**form_values(conflict.merged), "version": conflict.version}
        return _form_page(ActivityForm(data=values), activity, conflict), 409
    except UploadRefused as refusal:
        db.session.rollback()
        form.files.errors = [str(refusal)]
        return _form_page(form, _found(activity_id)), 422
    flash(_("The changes are saved."), "done")
    return see_other(url_for(".detail", activity_id=activity_id))


# -- One activity ------------------------------------------------------------------------------------------


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
    names = {activity.organisation_id: found.organisation, **dict(found.partners)}
    return render_template(
        "activities/detail.html",
        activity=activity,
        detail=found,
        text=text_for(activity, who, activity.description),
        status=Status(activity.status),
        attachments=attachments_of(ref_of(activity.id)),
        history=[
            {
                "who": name,
                "at": change.changed_at,
                "way": change.way,
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
            for change, name in read_history(activity.id)
        ],
        may_change=may,
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
    activity = _found(activity_id)
    try:
        before = change_status(activity, Status(status), viewer(), today())
    except NotYet:
        db.session.rollback()
        flash(_("Its date lies ahead, so it cannot have been held yet."), "wait")
        return see_other(url_for(".detail", activity_id=activity_id))
    db.session.commit()
    told: dict[str, str] | str = _(
        "Status: %(status)s", status=STATUSES[Status(activity.status)]
    )
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
    activity = _found(activity_id)
    form = AttachmentForm(_sent())
    if not form.files.data:
        flash(_("Choose a file first."), "wait")
        return see_other(url_for(".detail", activity_id=activity_id))
    try:
        _keep_files(activity.id, form.files.data, viewer())
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
    activity = _found(activity_id)
    hanging = {each.id: each for each in attachments_of(ref_of(activity.id))}
    if attachment_id not in hanging:
        abort(404)
    remove_attachment(hanging[attachment_id])
    db.session.commit()
    flash(_("The file is removed."), "done")
    return see_other(url_for(".detail", activity_id=activity_id) + "#attachments")


@bp.get("/<string(length=16):activity_id>/translate")
@requires(Permission.LOG)
def translate(activity_id: str) -> str:
    """The form for title and description in another language, beside the original."""
    activity = _found(activity_id, for_change=False)
    wanted = request.args.get("language", "") or viewer().locale
    told = (activity.translations or {}).get(wanted, {})
    form = TranslationForm(
        data={"language": wanted, "title": told.get("title"), "description": told.get("description")}
    )
    return _translation_page(form, activity)


@bp.post("/<string(length=16):activity_id>/translate")
@requires(Permission.LOG)
def save_translation(activity_id: str) -> AnyResponse | tuple[str, int]:
    """Keep the translation."""
    activity = _found(activity_id)
    form = TranslationForm(request.form)
    _offer_languages(form, activity)
    if not form.validate():
        return _translation_page(form, activity), 422
    translate_activity(
        activity,
        str(form.language.data),
        " ".join((form.title.data or "").split()),
        form.description.data or "",
        viewer(),
    )
    db.session.commit()
    flash(_("The translation is saved."), "done")
    return see_other(url_for(".detail", activity_id=activity_id))


def _offer_languages(form: TranslationForm, activity: Activity) -> None:
    languages = dict.fromkeys([*current_city().languages, *CONTENT_LANGUAGES])
    form.language.choices = [
        (code, language_name(code)) for code in languages if code != activity.language
    ]


def _translation_page(form: TranslationForm, activity: Activity) -> str:
    _offer_languages(form, activity)
    return render_template("activities/translate.html", form=form, activity=activity)


