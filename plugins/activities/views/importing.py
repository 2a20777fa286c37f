"""Taking over the calendar of another program."""

from datetime import date, datetime
from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    CONTENT_LANGUAGES,
    clean,
    current_city,
    db,
    format_date,
    format_datetime,
    language_name,
    ngettext,
    partners,
    requires,
    see_other,
    today,
    viewer,
)
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.activities.calendar_file import MAX_BYTES, CalendarFileError
from plugins.activities.forms import ImportForm
from plugins.activities.models import PendingImport
from plugins.activities.permissions import Permission
from plugins.activities.services.importing import (
    PlanChanged,
    TooMuchText,
    confirm_preview,
    find_preview,
    keep_preview,
    make_plan,
    read_file,
)
from plugins.activities.shown import label_of
from plugins.activities.views.common import bp, sent

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
    form = ImportForm(sent())
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
    pending = keep_preview(data, clean(files[0].filename) or "", plan, **terms)
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
            line_in_words(line, names)
            for line in lines[(number - 1) * LINES_SHOWN : number * LINES_SHOWN]
        ],
        show=show if show in pending.counts else "",
        doings=doings(),
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


def doings() -> dict[str, tuple[str, str, str]]:
    """What a line does, in words, with tone and mark."""
    return {
        "refuse": (_p("import", "Refused"), "late", "ban"),
        "change": (_p("import", "Changed"), "info", "pencil"),
        "keep": (_p("import", "Kept as changed here"), "wait", "lock"),
        "create": (_p("import", "New"), "good", "plus"),
        "unchanged": (_p("import", "Unchanged"), "", "check"),
    }


def line_in_words(line: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
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
