"""The editor: the original on one side, its translation on the other, the city's words below."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, make_response, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.content import listing, services
from core.content.forms import TranslationForm, translation_form
from core.content.glossary import words_for
from core.content.models import ContentText
from core.content.owners import owner_names, translatable
from core.content.shown import Piece, changes, translations_url
from core.content.states import State
from core.content.views.common import Record, bp, found_record, named, names_of
from core.database import db
from core.i18n import gettext as _
from core.i18n import today
from core.permissions import Permission, requires
from core.values import Ref, TextField
from core.web import city_hooks, see_other, viewer

ADDRESS = "/<city_slug>/translations/<plugin>/<kind>/<record_id>/<language>"


@dataclass(frozen=True, slots=True)
class Line:
    """One text in the editor: what the original says, and what has become of it since it was translated."""

    field: TextField
    original: str
    changes: tuple[Piece, ...]
    behind: bool
    # What somebody else saved meanwhile, where it differs from what was typed.
    theirs: str | None
    others: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> int:
        """So many lines that the original would fit, on any screen; the field grows where the browser can."""
        if not self.field.multiline:
            return 1
        return min(24, max(4, len(self.original) // 50 + self.original.count("\n") + 2))


def _record_to_translate(plugin: str, kind: str, record_id: str, language: str) -> Record:
    record = found_record(plugin, kind, record_id)
    if not record.takes(language):
        abort(404)
    if not record.may_translate:
        abort(403)
    return record


@bp.get(ADDRESS)
@requires(Permission.TRANSLATE_CONTENT)
def edit(plugin: str, kind: str, record_id: str, language: str) -> AnyResponse:
    """The editor with what is stored."""
    record = _record_to_translate(plugin, kind, record_id, language)
    return _page(record, language, _filled(record, language))


@bp.post(ADDRESS)
@requires(Permission.TRANSLATE_CONTENT)
def save(plugin: str, kind: str, record_id: str, language: str) -> AnyResponse:
    """Keep the translation, and approve it if that was pressed.

    When two translate at once, the second sees what the first has saved, and loses nothing.
    """
    record = _record_to_translate(plugin, kind, record_id, language)
    form = translation_form(request.form, record.fields, {})
    approve = "approve" in request.form
    if approve and not record.may_approve:
        abort(403)
    if not form.validate():
        return _page(record, language, form, status=422)
    if not any(form.texts().values()):
        first = form[f"text-{record.fields[0].name}"]
        first.errors = [_("Write the translation, at least of one text.")]
        return _page(record, language, form, status=422)
    try:
        services.translate(
            record.ref,
            language,
            form.texts(),
            viewer(),
            version=form.version.number,
            original_version=form.original_version.number,
            approve=approve,
            alike=_alike(record) if form.alike.data else (),
        )
        db.session.commit()
    except services.Gone:
        abort(404)
    except services.Incomplete as fault:
        db.session.rollback()
        for name in fault.fields:
            form[f"text-{name}"].errors = [_("Translate this too before you approve it.")]
        return _page(found_record(plugin, kind, record_id), language, form, status=422)
    except (services.Conflict, IntegrityError):
        # Both wrote the first translation at the same moment, or one after the other.
        db.session.rollback()
        return _conflict(found_record(plugin, kind, record_id), language, form)
    flash(_("The translation is approved.") if approve else _("The translation is saved."), "done")
    return _onward(record, language)


def _onward(record: Record, language: str) -> AnyResponse:
    """To the next text if that was asked for and there is one, else to the page where all languages stand."""
    if request.form.get("then") == "next":
        following = _next(record, language)
        if following is not None:
            return see_other(_address(following, language))
        flash(_("Nothing more is missing in %(language)s.", language=named(language)), "done")
    return see_other(translations_url(record.ref))


def _address(ref: Ref, language: str) -> str:
    return url_for(
        "content.edit", plugin=ref.plugin, kind=ref.kind, record_id=ref.id, language=language
    )


def _next(record: Record, language: str) -> Ref | None:
    filters = listing.Filters(language=language)
    rows = listing.to_do(
        filters, owner_names(city_hooks()), today(), after=listing.mark_of(record.original, today())
    ).rows
    refs = [row.ref for row in rows if row.ref != record.ref]
    allowed = translatable(refs, viewer(), city_hooks())
    return next((ref for ref in refs if ref in allowed and allowed[ref].may_translate), None)


def _conflict(record: Record, language: str, form: TranslationForm) -> AnyResponse:
    stored = record.texts.get(language)
    changed = form.original_version.number != record.original.version
    form.version.data = str(stored.version if stored else 0)
    form.original_version.data = str(record.original.version)
    return _page(record, language, form, clash=True, original_changed=changed, status=409)


@bp.post(f"{ADDRESS}/confirm")
@requires(Permission.TRANSLATE_CONTENT)
def confirm(plugin: str, kind: str, record_id: str, language: str) -> AnyResponse:
    """Say that an outdated translation is still right."""
    record = _record_to_translate(plugin, kind, record_id, language)
    form = translation_form(request.form, (), {})
    try:
        services.confirm(
            record.ref,
            language,
            viewer(),
            version=form.version.number,
            original_version=form.original_version.number,
            approve=record.may_approve and _was_approved(record, language),
        )
        db.session.commit()
    except services.Gone:
        abort(404)
    except (services.Conflict, services.Incomplete):
        db.session.rollback()
        flash(_("Somebody has changed it meanwhile. Look at it once more."), "wait")
        return see_other(_address(record.ref, language))
    flash(_("Noted: the translation is still right."), "done")
    return _onward(record, language)


def _was_approved(record: Record, language: str) -> bool:
    row = record.texts.get(language)
    return (
        row is not None
        and row.approved_at is not None
        and not services.missing_fields(record.original, row.texts)
    )


@bp.post(f"{ADDRESS}/remove")
@requires(Permission.TRANSLATE_CONTENT)
def remove(plugin: str, kind: str, record_id: str, language: str) -> AnyResponse:
    """Take a translation away; the page has asked before."""
    record = _record_to_translate(plugin, kind, record_id, language)
    form = translation_form(request.form, (), {})
    if language not in record.texts:
        return see_other(translations_url(record.ref))
    try:
        services.withdraw(record.ref, language, viewer(), version=form.version.number)
        db.session.commit()
    except services.Gone:
        abort(404)
    except services.Conflict:
        db.session.rollback()
        flash(_("Somebody has changed it meanwhile. Look at it once more."), "wait")
        return see_other(_address(record.ref, language))
    flash(_("The translation is removed."), "done")
    return see_other(translations_url(record.ref))


def _filled(record: Record, language: str) -> TranslationForm:
    stored = record.texts.get(language)
    values: dict[str, Any] = {
        f"text-{name}": text for name, text in (stored.texts if stored else {}).items()
    }
    values |= {
        "version": stored.version if stored else 0,
        "original_version": record.original.version,
        "alike": True,
    }
    return translation_form(None, record.fields, values)


def _alike(record: Record) -> list[Ref]:
    """The other records that say the same and that this reader may translate."""
    refs = services.find_alike(record.original)
    allowed = translatable(refs, viewer(), city_hooks()) if refs else {}
    return [ref for ref in refs if ref in allowed and allowed[ref].may_translate]


def _page(
    record: Record,
    language: str,
    form: TranslationForm,
    *,
    clash: bool = False,
    original_changed: bool = False,
    status: int = 200,
) -> AnyResponse:
    stored = record.texts.get(language)
    original = record.original
    page = render_template(
        "content/edit.html",
        record=record,
        language=language,
        form=form,
        stored=stored,
        state_code=stored.state if stored else State.MISSING,
        lines=[_line(record, field, language, form, clash) for field in record.fields],
        clash=clash,
        original_changed=original_changed,
        alike=len(_alike(record)),
        words=words_for(" ".join(original.texts.values()), original.language, language),
        names=names_of(record.texts.values()),
        named=named,
        others=[code for code in g.city.languages if code not in {original.language, language}],
        address=_address(record.ref, language),
        translations=translations_url(record.ref),
    )
    return make_response(page, status)


def _line(
    record: Record, field: TextField, language: str, form: TranslationForm, clash: bool
) -> Line:
    stored: ContentText | None = record.texts.get(language)
    said = record.original.texts.get(field.name, "")
    was = stored.source.get(field.name, "") if stored else said
    # What was translated before there was a record of it cannot be compared.
    known = stored is not None and bool(stored.source)
    theirs = stored.texts.get(field.name, "") if stored and clash else None
    return Line(
        field,
        said,
        tuple(changes(was, said)) if was != said and known else (),
        stored is not None and stored.state == State.OUTDATED and was != said,
        theirs if theirs != (form[f"text-{field.name}"].data or "") else None,
        tuple(
            (code, text.texts[field.name])
            for code, text in record.texts.items()
            if code != language and not text.original and text.texts.get(field.name)
        ),
    )
