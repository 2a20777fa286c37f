"""The pages of people: who they are in this network, never what opens their account."""

from flask import abort, flash, g, make_response, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core.actions.listing import number_held
from core.database import db, utcnow
from core.directory import listing
from core.directory import services as directory
from core.directory.exporting import people_words
from core.directory.forms import (
    InvitationForm,
    NewPersonForm,
    PersonForm,
    RolesForm,
    language_choices,
    role_choices,
)
from core.directory.views import bp
from core.directory.views.common import (
    argument,
    differences,
    follow,
    marks,
    pager,
    refusal,
    tokens,
)
from core.i18n import gettext as _
from core.i18n import known_language, list_comma, today
from core.identity.models import Membership, Person
from core.once import MadeAlready, once_of
from core.permissions import ROLE_TITLES, Permission, Role, requires
from core.web import see_other, viewer


@bp.get("/<city_slug>/people")
@requires(Permission.SEE_DIRECTORY)
def people() -> str:
    """Everybody in the network."""
    from core.importing.people import count_not_invited

    may_manage = viewer().may(Permission.MANAGE_MEMBERS)
    partners = directory.partners(g.language)
    names = {partner.id: partner.name for partner in partners}
    filters = listing.people_filters(request.args, viewer())
    page = listing.people(filters, marks())
    words = people_words(filters, g.language)
    return render_template(
        "directory/people.html",
        page=page,
        pager=pager("directory.people", filters, page),
        filters=filters,
        tokens=tokens("directory.people", filters, words),
        partners=[one for one in partners if one.active or one.id == filters.organisation],
        names=names,
        roles=role_choices(),
        role_titles=_titles,
        needs_word=directory.to_be_confirmed,
        may_manage=may_manage,
        waiting=count_not_invited() if may_manage else 0,
    )


def _titles(roles: list[str]) -> str:
    return list_comma().join(str(ROLE_TITLES[role]) for role in Role if role.value in roles)


def _membership(identifier: str) -> Membership:
    found = directory.find_membership(identifier)
    if found is None:
        abort(404)
    if found.merged_into:
        follow(url_for("directory.person", membership_id=found.merged_into))
    if not found.active and not viewer().may(Permission.MANAGE_MEMBERS):
        abort(404)
    return found


@bp.get("/<city_slug>/people/<membership_id>")
@requires(Permission.SEE_DIRECTORY)
def person(membership_id: str) -> str:
    """Somebody's place in the network."""
    return _person_page(_membership(membership_id))


def _person_page(one: Membership, invitation_form: InvitationForm | None = None) -> str:
    from core.identity.invitations import open_invitations

    who = viewer()
    may_manage = who.may(Permission.MANAGE_MEMBERS)
    invitations = open_invitations(one) if may_manage and one.person_id is None else []
    if invitation_form is None:
        invitation_form = InvitationForm(language=g.language)
    invitation_form.language.choices = language_choices()
    organisation = directory.find_organisation(one.organisation_id) if one.organisation_id else None
    return render_template(
        "directory/person.html",
        one=one,
        organisation=organisation,
        organisation_name=directory.name_of(organisation.names, g.language) if organisation else "",
        roles=_titles(one.roles),
        in_force=directory.in_force(one, today()),
        needs_word=may_manage and directory.to_be_confirmed(one),
        invitation=invitations[0] if invitations else None,
        invitation_open=bool(invitations) and invitations[0].expires_at > utcnow(),
        invitation_form=invitation_form,
        may_manage=may_manage,
        may_assign=directory.may_assign(who),
        may_reset=who.may(Permission.RESET_FACTORS) and one.person_id not in {None, who.person_id},
        may_end=may_manage and _may_end(one),
        may_invite=may_manage and _may_invite(one),
        may_hand_over=number_held(one.id, who) if who.may(Permission.MANAGE_ACTIONS) else 0,
        own=one.person_id == who.person_id,
    )


def _may_end(one: Membership) -> bool:
    try:
        if not directory.may_assign(viewer()):
            directory.check_roles(viewer(), (), one.roles, own=False, newcomer=True)
    except directory.RolesRefused:
        return False
    return True


def _may_invite(one: Membership) -> bool:
    return one.person_id is None and one.active and _may_end(one)


def _person_form(form: PersonForm, one: Membership | None) -> PersonForm:
    kept = one.organisation_id if one else None
    form.organisation_id.choices = [
        ("", _("None")),
        *(
            (partner.id, partner.name)
            for partner in directory.partners(g.language)
            if partner.active or partner.id == kept
        ),
    ]
    return form


@bp.route("/<city_slug>/people/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_MEMBERS)
def person_new() -> AnyResponse | str:
    """Add somebody to the network, and invite them if they have an address."""
    sent = request.method == "POST"
    form = NewPersonForm(
        request.form if sent else None,
        roles=[Role.MEMBER.value],
        organisation_id=argument("organisation"),
        language=known_language(g.city.default_language),
    )
    _person_form(form, None)
    assigns = directory.may_assign(viewer())
    form.roles.choices = role_choices(Role if assigns else directory.PLAIN_ROLES)
    form.language.choices = language_choices()
    status = 200
    if sent:
        status = 422
        once = once_of(form, directory.find_membership)
        there = url_for("directory.person", membership_id=once.identifier)
        if once.made:
            return see_other(there)
        made = None
        if form.validate():
            try:
                with once.making():
                    made = _add(form, once.identifier)
                    if made is not None:
                        db.session.commit()
            except MadeAlready:
                return see_other(there)
        if made is not None:
            flash(
                _("The invitation is on its way.")
                if form.email.data
                else _("Added to the network."),
                "done",
            )
            return see_other(url_for("directory.person", membership_id=made.id))
    page = render_template("directory/person_form.html", form=form, one=None, clash=None, new=True)
    return make_response(page, status)


def _add(form: NewPersonForm, identifier: str) -> Membership | None:
    from core.identity.invitations import invite

    try:
        made = directory.add_membership(
            viewer(),
            form.facts(),
            form.roles.data or [],
            email=form.email.data or "",
            identifier=identifier,
        )
    except directory.RolesRefused as fault:
        target = form.email if fault.reason == "own" else form.roles
        target.errors = [refusal(fault)]
        return None
    if form.email.data:
        invite(made, form.email.data, form.language.data)
    return made


@bp.route("/<city_slug>/people/<membership_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_MEMBERS)
def person_edit(membership_id: str) -> AnyResponse | str:
    """Change name, organisation, position and dates."""
    one = _membership(membership_id)
    sent = request.method == "POST"
    form = _person_form(PersonForm(request.form if sent else None, obj=one), one)
    status, clash = 200, None
    if sent:
        status = 422
        if form.validate():
            try:
                directory.change_membership(viewer(), one, form.facts(), form.version.number)
            except directory.RolesRefused as fault:
                target = form.organisation_id if fault.reason == "own" else form.until
                target.errors = [refusal(fault)]
            except directory.Conflict as conflict:
                clash = differences(form, _person_form(PersonForm(obj=conflict.current), one))
                form.version.data = str(conflict.current.version)
                status = 409
            else:
                db.session.commit()
                flash(_("Saved."), "done")
                return see_other(url_for("directory.person", membership_id=one.id))
    page = render_template("directory/person_form.html", form=form, one=one, clash=clash, new=False)
    return make_response(page, status)


@bp.route("/<city_slug>/people/<membership_id>/roles", methods=["GET", "POST"])
@requires(Permission.ASSIGN_ROLES)
def person_roles(membership_id: str) -> AnyResponse | str:
    """Give and take roles."""
    one = _membership(membership_id)
    sent = request.method == "POST"
    form = RolesForm(request.form if sent else None, obj=one)
    form.roles.choices = role_choices()
    status = 200
    if sent:
        status = 422
        if form.validate():
            try:
                directory.set_roles(viewer(), one, form.roles.data or [], form.version.number)
            except directory.RolesRefused as fault:
                form.roles.errors = [refusal(fault)]
            except directory.Conflict as conflict:
                form.version.data = str(conflict.current.version)
                form.roles.errors = [
                    _(
                        "Somebody else changed these roles meanwhile to: %(roles)s. Look again, then save.",
                        roles=_titles(conflict.current.roles) or _("none"),
                    )
                ]
                status = 409
            else:
                db.session.commit()
                flash(_("The roles are changed."), "done")
                return see_other(url_for("directory.person", membership_id=one.id))
    page = render_template("directory/person_roles.html", form=form, one=one)
    return make_response(page, status)


@bp.post("/<city_slug>/people/<membership_id>/confirm")
@requires(Permission.MANAGE_MEMBERS)
def person_confirm(membership_id: str) -> AnyResponse:
    """Say that somebody is still who they are in this network."""
    one = _membership(membership_id)
    directory.confirm_membership(one)
    db.session.commit()
    flash(_("Confirmed until somebody asks again in 90 days."), "done")
    if request.form.get("from") == "list":
        return see_other(url_for("directory.people", show="unconfirmed"))
    return see_other(url_for("directory.person", membership_id=one.id))


@bp.post("/<city_slug>/people/<membership_id>/end")
@requires(Permission.MANAGE_MEMBERS)
def person_end(membership_id: str) -> AnyResponse:
    """End a membership at once."""
    one = _membership(membership_id)
    here = url_for("directory.person", membership_id=one.id)
    try:
        changed = directory.end_membership(viewer(), one)
    except directory.RolesRefused as fault:
        flash(refusal(fault), "late")
        return see_other(here)
    db.session.commit()
    if one.person_id == viewer().person_id:
        return see_other(url_for("site.start"))
    if changed:
        back = url_for("directory.person_resume", membership_id=one.id)
        flash({"text": _("The membership has ended."), "undo": back}, "done")  # type: ignore[arg-type]  # the page reads mappings
        if viewer().may(Permission.MANAGE_ACTIONS) and number_held(one.id, viewer()):
            return see_other(url_for("actions.hand_over", membership_id=one.id))
    return see_other(here)


@bp.post("/<city_slug>/people/<membership_id>/resume")
@requires(Permission.MANAGE_MEMBERS)
def person_resume(membership_id: str) -> AnyResponse:
    """Let an ended membership count again."""
    one = _membership(membership_id)
    try:
        if directory.resume_membership(viewer(), one):
            flash(_("The membership counts again."), "done")
    except directory.RolesRefused as fault:
        flash(refusal(fault), "late")
    db.session.commit()
    return see_other(url_for("directory.person", membership_id=one.id))


# -- Invitations, and a lost second step --------------------------------------------------------------


@bp.post("/<city_slug>/people/<membership_id>/invitation")
@requires(Permission.MANAGE_MEMBERS)
def invitation_send(membership_id: str) -> AnyResponse | str:
    """Invite somebody who is listed already, or send the invitation again."""
    from core.identity.invitations import invite

    one = _membership(membership_id)
    here = url_for("directory.person", membership_id=one.id)
    if one.person_id is not None or not one.active:
        flash(_("This membership has an account already, or has ended."), "late")
        return see_other(here)
    form = InvitationForm(request.form)
    form.language.choices = language_choices()
    if form.validate():
        try:
            directory.may_invite(viewer(), one, form.email.data or "")
        except directory.RolesRefused as fault:
            form.email.errors = [refusal(fault)]
        else:
            invite(one, form.email.data or "", form.language.data)
            db.session.commit()
            flash(_("The invitation is on its way."), "done")
            return see_other(here)
    return make_response(_person_page(one, form), 422)


@bp.post("/<city_slug>/people/<membership_id>/invitation/revoke")
@requires(Permission.MANAGE_MEMBERS)
def invitation_revoke(membership_id: str) -> AnyResponse:
    """Take an invitation back."""
    from core.audit.services import record
    from core.identity.invitations import revoke

    one = _membership(membership_id)
    if revoke(one):
        record("membership.invitation_revoked", subject=directory.ref_of(one))
        flash(_("The invitation no longer works."), "done")
    db.session.commit()
    return see_other(url_for("directory.person", membership_id=one.id))


@bp.post("/<city_slug>/people/<membership_id>/second-step")
@requires(Permission.RESET_FACTORS)
def factors_reset(membership_id: str) -> AnyResponse:
    """Take the second step and passkeys from somebody who lost them; they are told by mail."""
    from core.identity.factors import reset_factors

    one = _membership(membership_id)
    here = url_for("directory.person", membership_id=one.id)
    owner: Person | None = None
    if one.person_id is not None and one.active:
        owner = db.session.scalars(select(Person).where(Person.id == one.person_id)).first()
    if owner is None:
        flash(_("This membership has no account."), "late")
        return see_other(here)
    if owner.id == viewer().person_id:
        flash(_("Your own second step is on the page of your account."), "late")
        return see_other(here)
    reset_factors(owner, viewer().name)
    db.session.commit()
    flash(
        _("The second step is reset. The person was told by mail and is signed out everywhere."),
        "done",
    )
    return see_other(here)
