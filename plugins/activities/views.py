"""The pages of activities: list, form, detail, translation, attachments, and the import of a calendar."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import click
from flask import Blueprint, abort, flash, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    CONTENT_LANGUAGES,
    Membership,
    Role,
    UploadRefused,
    Viewer,
    attachments_of,
    city_scope,
    current_city,
    db,
    enabled_plugins,
    find_city,
    format_date,
    format_datetime,
    lang_tag,
    language_name,
    ngettext,
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
from plugins.activities.calendar_file import MAX_BYTES, CalendarFileError
from plugins.activities.forms import (
    ActivityForm,
    AttachmentForm,
    ImportForm,
    TranslationForm,
    first_values,
    form_values,
    read_day,
    read_version,
)
from plugins.activities.models import Activity, PendingImport
from plugins.activities.permissions import Permission
from plugins.activities.services.access import may_change, ref_of
from plugins.activities.services.detail import read_detail, read_history
from plugins.activities.services.entries import entry_of
from plugins.activities.services.importing import (
    PlanChanged,
    TooMuchText,
    carry_out,
    confirm_preview,
    find_preview,
    keep_preview,
    lock_organisation,
    make_plan,
    read_file,
)
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
                "url": _list_url(
                    filters, sort=turned if name == current else first.get(name, name)
                ),
                "sorted": ("descending" if descending else "ascending") if name == current else "",
            }
        )
    return heads


def _tokens(filters: Filters, names: dict[str, str]) -> list[tuple[str, str]]:
    told = {
        "q": filters.q and _("Search: %(words)s", words=filters.q),
        "type": filters.type and _("Type: %(type)s", type=TYPES[filters.type]),
        "status": filters.status and _("Status: %(status)s", status=STATUS_FILTERS[filters.status]),
        "organisation": filters.organisation
        and _(
            "Organisation: %(organisation)s",
            organisation=names.get(filters.organisation, _("unknown")),
        ),
        "level": filters.level and _("Level: %(level)s", level=LEVELS[filters.level]),
        "group": filters.group and _("Target group: %(group)s", group=TARGET_GROUPS[filters.group]),
        "period": filters.period and _("Period: %(period)s", period=_periods()[filters.period]),
    }
    return [(words, _list_url(filters, **{name: ""})) for name, words in told.items() if words]


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
        data={
            "language": wanted,
            "title": told.get("title"),
            "description": told.get("description"),
        }
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


# -- Importing a calendar --------------------------------------------------------------------------------------

LINES_SHOWN = 100


@bp.get("/import")
@requires(Permission.IMPORT)
def import_start() -> str:
    """Choose a calendar file."""
    who = viewer()
    form = ImportForm(data={"organisation_id": who.organisation_id, "language": who.locale})
    return _import_page(form)


def _import_page(form: ImportForm) -> str:
    _offer_import(form)
    return render_template("activities/import.html", form=form)


def _offer_import(form: ImportForm) -> None:
    form.organisation_id.choices = [
        (each.id, each.name) for each in partners(viewer().locale) if each.active
    ]
    languages = dict.fromkeys([*current_city().languages, *CONTENT_LANGUAGES])
    form.language.choices = [(code, language_name(code)) for code in languages]


@bp.post("/import")
@requires(Permission.IMPORT)
def import_look() -> AnyResponse | tuple[str, int]:
    """Read the file and keep what it would do; nothing else is written."""
    from plugins.activities.calendar_file.reasons import UNTITLED, sentence

    who = viewer()
    form = ImportForm(_sent())
    _offer_import(form)
    fits = form.validate()
    files = form.file.data or []
    data = files[0].read(MAX_BYTES + 1) if files else b""
    if not files:
        form.file.errors = [_("Choose the calendar file first.")]
        fits = False
    if not fits:
        return _import_page(form), 422
    organisation_id, language = str(form.organisation_id.data), str(form.language.data)
    zone, day = current_city().zone, today()
    # Reading several megabytes takes a while: nobody else should wait for the database meanwhile.
    db.session.rollback()
    try:
        read = read_file(data, zone, day)
    except CalendarFileError as fault:
        form.file.errors = [sentence(fault.code, fault.params)]
        return _import_page(form), 422
    except TooMuchText:
        form.file.errors = [
            _("The events of the file hold more text than can be kept. Export a shorter period.")
        ]
        return _import_page(form), 422
    terms: dict[str, Any] = {
        "organisation_id": organisation_id,
        "language": language,
        "viewer": who,
        "today": day,
    }
    plan = make_plan(read, untitled=str(UNTITLED), **terms)
    pending = keep_preview(data, files[0].filename or "", plan, **terms)
    db.session.commit()
    return see_other(url_for(".import_preview", pending_id=pending.id))


@bp.get("/import/<string(length=16):pending_id>")
@requires(Permission.IMPORT)
def import_preview(pending_id: str) -> str:
    """What the file would do, line by line."""
    who = viewer()
    pending = find_preview(pending_id, who)
    if pending is None:
        abort(404)
    show = request.args.get("show", "")
    lines = [line for line in pending.lines if show not in pending.counts or line["does"] == show]
    text = request.args.get("page", "1")
    last = max(1, -(-len(lines) // LINES_SHOWN))
    number = min(int(text), last) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    number = max(1, number)
    names = {each.id: each.name for each in partners(who.locale)}
    return render_template(
        "activities/import_preview.html",
        pending=pending,
        organisation=names.get(pending.organisation_id, ""),
        lines=[
            _line_in_words(line, names)
            for line in lines[(number - 1) * LINES_SHOWN : number * LINES_SHOWN]
        ],
        show=show if show in pending.counts else "",
        doings=_doings(),
        writes=bool(pending.counts.keys() & {"create", "change"}),
        page={
            "previous_url": _preview_url(pending, show, number - 1) if number > 1 else "",
            "next_url": _preview_url(pending, show, number + 1) if number < last else "",
        },
    )


def _preview_url(pending: PendingImport, show: str, page: int) -> str:
    return url_for(
        ".import_preview", pending_id=pending.id, show=show or None, page=page if page > 1 else None
    )


def _doings() -> dict[str, tuple[str, str, str]]:
    """What a line does, in words, with tone and mark."""
    return {
        "refuse": (_p("import", "Refused"), "late", "ban"),
        "change": (_p("import", "Changed"), "info", "pencil"),
        "keep": (_p("import", "Kept as changed here"), "wait", "lock"),
        "create": (_p("import", "New"), "good", "plus"),
        "unchanged": (_p("import", "Unchanged"), "", "check"),
    }


def _line_in_words(line: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A line of the preview for this reader, with the reasons as sentences."""
    from plugins.activities.calendar_file.reasons import UNTITLED, sentence

    told = [sentence(code, params, line["line"]) for code, params in line.get("notes", ())]
    if line["does"] == "refuse":
        told.insert(0, _refusal(line))
    if line.get("changed"):
        changed = ", ".join(label_of(name) for name in line["changed"])
        told.append(_("Changes: %(fields)s.", fields=changed))
    if line.get("added"):
        told.append(ngettext("%(num)s new date.", "%(num)s new dates.", line["added"]))
    if line.get("kept"):
        kept = ", ".join(label_of(name) for name in line["kept"])
        told.append(_("Changed here since the last import, so it stays: %(fields)s.", fields=kept))
    day = ""
    if start := line.get("start", ""):
        day = (
            format_date(date.fromisoformat(start))
            if line["all_day"]
            else format_datetime(datetime.fromisoformat(start))
        )
    return {
        "number": line["line"],
        "title": line["title"] or str(UNTITLED),
        "day": day,
        "dates": line.get("dates", 0),
        "does": line["does"],
        "told": told,
    }


def _refusal(line: dict[str, Any]) -> str:
    from plugins.activities.calendar_file.reasons import sentence

    if line["code"] == "elsewhere":
        return _(
            "%(organisation)s has imported this event already.",
            organisation=line["params"]["organisation"],
        )
    if line["code"] == "not_yours":
        return _("This event was imported before, and you may not change what became of it.")
    return sentence(line["code"], line["params"], line["line"])


@bp.post("/import/<string(length=16):pending_id>/confirm")
@requires(Permission.IMPORT)
def import_confirm(pending_id: str) -> AnyResponse:
    """Write everything that was shown, or nothing."""
    from plugins.activities.calendar_file.reasons import UNTITLED

    pending = find_preview(pending_id, viewer(), for_change=True)
    if pending is None:
        flash(
            _("This import is finished already, or a day has passed since. Look at the list."),
            "wait",
        )
        return see_other(url_for(".index"))
    try:
        counts = confirm_preview(pending, viewer(), str(UNTITLED))
    except PlanChanged:
        db.session.commit()
        flash(
            _(
                "Something changed in the meantime. This is what the import would do now: look again."
            ),
            "wait",
        )
        return see_other(url_for(".import_preview", pending_id=pending_id))
    db.session.commit()
    done = counts.get("create", 0) + counts.get("change", 0)
    flash(ngettext("%(num)s event is imported.", "%(num)s events are imported.", done), "done")
    return see_other(url_for(".index"))


@bp.post("/import/<string(length=16):pending_id>/discard")
@requires(Permission.IMPORT)
def import_discard(pending_id: str) -> AnyResponse:
    """Forget the file."""
    pending = find_preview(pending_id, viewer(), for_change=True)
    if pending is not None:
        db.session.delete(pending)
        db.session.commit()
    return see_other(url_for(".import_start"))


# -- On the command line -------------------------------------------------------------------------------------


bp.cli.help = "Take over the activities of a city from files."


@bp.cli.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--city", "slug", required=True, help="The city's address, such as brezovo.")
@click.option("--member", "email", help="Whose import it is; else the first focal point's.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
def import_command(file: Any, slug: str, email: str | None, dry_run: bool) -> None:
    """Import the calendar FILE (ICS) as activities, all or nothing.

    Leaves with 0 when everything was taken over, 3 when some events were refused, 1 when the file or the city is
    unfit.
    """
    from plugins.activities.calendar_file.reasons import UNTITLED, sentence

    city = find_city(slug)
    if city is None:
        raise click.ClickException(f"There is no city {slug!r}.")
    data = file.read(MAX_BYTES + 1)
    with city_scope(city):
        if "activities" not in enabled_plugins(city):
            raise click.ClickException(f"Activities are switched off in {slug!r}.")
        who = _acting_member(email)
        day = today()
        try:
            read = read_file(data, city.zone, day)
        except CalendarFileError as fault:
            raise click.ClickException(sentence(fault.code, fault.params)) from None
        except TooMuchText:
            raise click.ClickException("The events hold more text than can be kept.") from None
        assert who.organisation_id is not None  # noqa: S101  _acting_member sees to it
        lock_organisation(who.organisation_id)
        terms: dict[str, Any] = {
            "organisation_id": who.organisation_id,
            "language": city.default_language,
            "viewer": who,
            "today": day,
        }
        plan = make_plan(read, untitled=str(UNTITLED), **terms)
        for line in plan.lines:
            words = _line_in_words(line, {})
            doing = _doings()[line["does"]][0]
            told = f" ({' '.join(words['told'])})" if words["told"] else ""
            click.echo(f"{line['line']:>6}  {doing:<10}  {words['day']}  {words['title']}{told}")
        if dry_run:
            click.echo("Nothing was written.")
        elif plan.writes:
            carry_out(plan, **terms)
            db.session.commit()
    counts = ", ".join(f"{_doings()[does][0]}: {number}" for does, number in plan.counts.items())
    click.echo(counts or "The file holds no events.")
    if plan.counts.get("refuse"):
        raise click.exceptions.Exit(3)


def _acting_member(email: str | None) -> Viewer:
    """The member in whose name a command acts. Raises ``ClickException`` when there is none."""
    query = select(Membership).where(
        Membership.active.is_(True), Membership.organisation_id.is_not(None)
    )
    if email:
        query = query.where(Membership.person.has(email=email.strip().casefold()))
    found = [
        member
        for member in db.session.scalars(query.order_by(Membership.created_at, Membership.id))
        if email or Role.FOCAL_POINT in member.roles
    ]
    if not found:
        raise click.ClickException(
            "Nobody of that address speaks for an organisation of this city."
            if email
            else "The city has no focal point with an organisation: give --member."
        )
    member = found[0]
    return Viewer(
        person_id=member.person_id or "",
        name=member.shown_name,
        locale=current_city().default_language,
        city_id=member.city_id,
        membership_id=member.id,
        organisation_id=member.organisation_id,
        roles=frozenset(member.roles),
        permissions=frozenset(Permission),
    )
