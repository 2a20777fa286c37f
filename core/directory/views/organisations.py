"""The pages of organisations."""

from typing import Any

from flask import abort, flash, g, make_response, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core.content.shown import translations_url
from core.database import db
from core.directory import listing
from core.directory import services as directory
from core.directory.exporting import organisation_words
from core.directory.forms import named, organisation_form
from core.directory.lists import LEVELS, SECTORS, SERVICES, titles
from core.directory.views import bp
from core.directory.views.common import differences, follow, marks, pager, tokens
from core.i18n import gettext as _
from core.i18n import today
from core.identity.models import Membership, Organisation
from core.once import MadeAlready, once_of
from core.permissions import Permission, requires
from core.web import see_other, viewer


@bp.get("/<city_slug>/organisations")
@requires(Permission.SEE_DIRECTORY)
def organisations() -> str:
    """Everybody who takes part."""
    languages = {code: named(code) for code in g.city.languages}
    filters = listing.organisation_filters(request.args)
    page = listing.organisations(filters, marks())
    words = organisation_words(filters)
    return render_template(
        "directory/organisations.html",
        page=page,
        pager=pager("directory.organisations", filters, page),
        filters=filters,
        tokens=tokens("directory.organisations", filters, words),
        sectors=SECTORS,
        levels=LEVELS,
        services=SERVICES,
        languages=languages,
        name_of=lambda one: directory.name_of(one.names, g.language),
        level_titles=lambda one: titles(one.levels, LEVELS),
        may_manage=viewer().may(Permission.MANAGE_ORGANISATIONS),
    )


def _organisation(identifier: str) -> Organisation:
    found = directory.find_organisation(identifier)
    if found is None:
        abort(404)
    if found.merged_into:
        follow(url_for("directory.organisation", organisation_id=found.merged_into))
    return found


@bp.get("/<city_slug>/organisations/<organisation_id>")
@requires(Permission.SEE_DIRECTORY)
def organisation(organisation_id: str) -> str:
    """What the network knows of one organisation, and who speaks for it."""
    one = _organisation(organisation_id)
    people = db.session.scalars(
        select(Membership)
        .where(Membership.organisation_id == one.id, Membership.active.is_(True))
        .order_by(Membership.sort_key, Membership.id)
    ).all()
    name = directory.name_of(one.names, g.language)
    return render_template(
        "directory/organisation.html",
        one=one,
        name=name,
        other_names=[(code, text) for code, text in one.names.items() if text != name],
        translations=translations_url(directory.ref_of(one)),
        people=[person for person in people if directory.in_force(person, today())],
        sector=SECTORS.get(one.sector, one.sector),
        levels=titles(one.levels, LEVELS),
        services=titles(one.services, SERVICES),
        languages=[named(code) for code in one.languages],
        agreement=_agreement(one),
        may_manage=viewer().may(Permission.MANAGE_ORGANISATIONS),
        may_invite=viewer().may(Permission.MANAGE_MEMBERS),
    )


def _agreement(one: Organisation) -> str:
    """How the agreement stands: ``none``, ``soon`` (ends within 60 days), ``ended`` or ``valid``."""
    if one.agreement_until is None:
        return "valid" if one.agreement_from else "none"
    days = (one.agreement_until - today()).days
    return "ended" if days < 0 else "soon" if days <= 60 else "valid"


@bp.route("/<city_slug>/organisations/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ORGANISATIONS)
def organisation_new() -> AnyResponse | str:
    """Add an organisation."""
    sent = request.method == "POST"
    form = organisation_form(request.form if sent else None, g.city.languages)
    if sent:
        once = once_of(form, directory.find_organisation)
        there = url_for("directory.organisation", organisation_id=once.identifier)
        if once.made:
            return see_other(there)
        if form.validate():
            try:
                with once.making():
                    made = directory.add_organisation(
                        form.facts(), identifier=once.identifier, by=viewer()
                    )
                    db.session.commit()
            except MadeAlready:
                return see_other(there)
            flash(_("The organisation is in the directory."), "done")
            return see_other(url_for("directory.organisation", organisation_id=made.id))
    return _form_page(form, None, status=422 if sent else 200)


@bp.route("/<city_slug>/organisations/<organisation_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_ORGANISATIONS)
def organisation_edit(organisation_id: str) -> AnyResponse | str:
    """Change what is known of an organisation."""
    one = _organisation(organisation_id)
    if request.method != "POST":
        return _form_page(organisation_form(None, g.city.languages, one), one)
    form = organisation_form(request.form, g.city.languages, one)
    if not form.validate():
        return _form_page(form, one, status=422)
    try:
        directory.change_organisation(one, form.facts(), form.version.number, by=viewer())
    except directory.Conflict as conflict:
        theirs = organisation_form(None, g.city.languages, conflict.current)
        form.version.data = str(conflict.current.version)
        return _form_page(form, one, clash=differences(form, theirs), status=409)
    db.session.commit()
    flash(_("Saved."), "done")
    return see_other(url_for("directory.organisation", organisation_id=one.id))


def _form_page(
    form: Any, one: Organisation | None, *, clash: Any = None, status: int = 200
) -> AnyResponse:
    page = render_template(
        "directory/organisation_form.html",
        form=form,
        one=one,
        name=directory.name_of(one.names, g.language) if one else "",
        clash=clash,
        named=named,
    )
    return make_response(page, status)


@bp.post("/<city_slug>/organisations/<organisation_id>/leave")
@requires(Permission.MANAGE_ORGANISATIONS)
def organisation_leave(organisation_id: str) -> AnyResponse:
    """Let an organisation leave the network; what it did stays."""
    one = _organisation(organisation_id)
    changed = directory.set_organisation_active(one, False)
    db.session.commit()
    if changed:
        back = url_for("directory.organisation_rejoin", organisation_id=one.id)
        flash({"text": _("The organisation has left the network."), "undo": back}, "done")  # type: ignore[arg-type]  # the page reads mappings
    return see_other(url_for("directory.organisation", organisation_id=one.id))


@bp.post("/<city_slug>/organisations/<organisation_id>/rejoin")
@requires(Permission.MANAGE_ORGANISATIONS)
def organisation_rejoin(organisation_id: str) -> AnyResponse:
    """Take an organisation back."""
    one = _organisation(organisation_id)
    if directory.set_organisation_active(one, True):
        flash(_("The organisation takes part again."), "done")
    db.session.commit()
    return see_other(url_for("directory.organisation", organisation_id=one.id))
