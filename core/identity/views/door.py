"""Coming in and going out: sign-in, the second step, a new password, invitations, the demo."""

import hashlib
import hmac

from flask import (
    Blueprint,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf import CSRFProtect
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core.audit.services import record
from core.database import db, forget_write_intent, intend_to_write
from core.errors import error_page
from core.forms import valid_id
from core.i18n import force_language, known_language, ngettext
from core.i18n import gettext as _
from core.identity import factors, passkeys, throttle
from core.identity.demo import demo_accounts, demo_allowed
from core.identity.forms import (
    CodeForm,
    ForgottenForm,
    InvitationForm,
    InvitationPasskeyForm,
    NewPasswordForm,
    PasskeyForm,
    RecoveryCodeForm,
    SignInForm,
    normal_address,
)
from core.identity.invitations import (
    AlreadyHasAccount,
    OpenInvitation,
    find_invitation,
    has_account,
    new_person,
    take_up,
)
from core.identity.mails import (
    ask_for_reset,
    language_of,
    tell_factor_changed,
    tell_password_changed,
)
from core.identity.models import Person
from core.identity.passwords import password_matches, set_password
from core.identity.sessions import end_sessions_of, sign_out
from core.identity.throttle import TooManyAttempts, address_of_request
from core.identity.tokens import person_of_reset
from core.identity.transactions import let_go
from core.identity.views.coming_in import asked_next, done, go_on, half_way, let_in
from core.permissions import public, signed_in
from core.web import see_other, signed_in_person

bp = Blueprint("security", __name__)

Answer = AnyResponse | str | tuple[str, int]


def too_many(fault: TooManyAttempts) -> AnyResponse:
    """The page for whoever tried too often: how long to wait, in words and for programs."""
    db.session.rollback()
    if fault.wait < 90:
        how_long = ngettext(
            "There were too many attempts. Try again in %(num)s second.",
            "There were too many attempts. Try again in %(num)s seconds.",
            fault.wait,
        )
    else:
        how_long = ngettext(
            "There were too many attempts. Try again in %(num)s minute.",
            "There were too many attempts. Try again in %(num)s minutes.",
            -(-fault.wait // 60),
        )
    response = error_page(429, how_long)
    response.headers["Retry-After"] = str(fault.wait)
    return response


def guard_of_forms() -> CSRFProtect:
    """The guard against forged forms, for a view that asks it only sometimes."""
    guard: CSRFProtect = current_app.extensions["csrf"]
    return guard


# -- Sign-in and sign-out ----------------------------------------------------------------------------------


def _sign_in_page(form: SignInForm, status: int = 200) -> Answer:
    page = render_template(
        "security/sign_in.html",
        form=form,
        next=asked_next(),
        passkey_options=passkeys.asking_options("sign-in"),
        demo_accounts=demo_accounts(g.language),
    )
    return page, status


@bp.route("/sign-in", methods=["GET", "POST"])
@public("the way in")
def login() -> Answer:
    """Address and password, or a passkey."""
    if request.method != "POST":
        if signed_in_person() is not None:
            return redirect(asked_next() or url_for("site.start"))
        return _sign_in_page(SignInForm())
    form = SignInForm(request.form)
    if not form.validate():
        return _sign_in_page(form, 422)
    person = _check_password(form.email.data or "", form.password.data or "")
    if person is None:
        form.form_errors.append(
            _("Address and password do not go together. Check both, or ask for a new password.")
        )
        return _sign_in_page(form, 422)
    return go_on(person, "password", asked_next())


def _check_password(address: str, password: str) -> Person | None:
    """Whose password this is. Takes the same time and the same writing for a stranger's address."""
    address = normal_address(address)
    counters = (("sign-in account", address), ("sign-in address", address_of_request()))
    throttle.claim(*counters)
    # Checking a password is slow on purpose: nobody else's saving waits for it.
    forget_write_intent()
    person = db.session.scalar(select(Person).where(Person.email == address))
    right = password_matches(person, password)
    refused = person is not None and person.demo and not demo_allowed()
    if person is None or not right or not person.active or refused:
        db.session.rollback()
        return None
    identity, uniquifier, renewed = person.id, person.fs_uniquifier, person.password
    db.session.rollback()
    throttle.forgive(*counters)
    intend_to_write()
    # Read anew: what was true before the slow check may have been changed meanwhile.
    person = db.session.get(Person, identity, populate_existing=True)
    if person is None or not person.active or person.fs_uniquifier != uniquifier:
        return None
    if renewed != person.password:
        person.password = renewed
    return person


@bp.post("/sign-in/passkey")
@public("the way in")
def passkey() -> Answer:
    """A passkey alone: it is something one has, and asks who is there."""
    form = PasskeyForm(request.form)
    throttle.claim(("sign-in address", address_of_request()))
    try:
        if not form.validate():
            raise passkeys.PasskeyRefused
        person = passkeys.check_used("sign-in", form.credential.data or "")
    except passkeys.PasskeyRefused:
        db.session.rollback()
        again = SignInForm()
        again.form_errors.append(
            _("This passkey did not open the door. Try again, or sign in with your password.")
        )
        return _sign_in_page(again, 422)
    db.session.commit()
    throttle.forgive(("sign-in address", address_of_request()))
    return let_in(person, "passkey", asked_next())


@bp.post("/sign-out")
@public("whoever is signed out already need not be told so by an error")
def logout() -> AnyResponse:
    """End this device's session and have the browser forget what it kept."""
    if signed_in_person() is not None:
        if current_app.config.get("WTF_CSRF_ENABLED", True):
            guard_of_forms().protect()
        record("identity.signed_out")
    sign_out()
    db.session.commit()
    response = see_other(url_for("security.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.post("/demo/enter")
@public("the demo’s accounts, for whoever sits at the machine that runs it")
def demo_enter() -> AnyResponse:
    """Sign in with an account of the demo, without a password; only where the demo is."""
    identity = request.form.get("person", "")
    person = db.session.get(Person, identity) if valid_id(identity) else None
    if person is None or not person.demo or not person.active or not demo_allowed():
        return error_page(
            403, _("The demo’s accounts open only on the machine that runs the demo.")
        )
    return let_in(person, "demo", asked_next())


# -- The second step -----------------------------------------------------------------------------------


def _counters(person: Person) -> tuple[tuple[str, str], ...]:
    return (("second-step account", person.id), ("second-step address", address_of_request()))


def _second_step_page(person: Person, form: CodeForm, status: int = 200) -> Answer:
    known = passkeys.passkeys_of(person)
    page = render_template(
        "security/second_step.html",
        form=form,
        with_code=bool(person.tf_totp_secret),
        with_recovery=bool(person.mf_recovery_codes),
        passkey_options=passkeys.asking_options("second-step", known) if known else "",
    )
    return page, status


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@public("half-way in: the password was right")
def second_step() -> Answer:
    """A code from the app, or a passkey, after the password."""
    half = half_way()
    if half is None:
        return redirect(url_for("security.login"), 303)
    person, target = half
    if request.method != "POST":
        return _second_step_page(person, CodeForm())
    form = CodeForm(request.form)
    if not form.validate():
        return _second_step_page(person, form, 422)
    throttle.claim(*_counters(person))
    if not factors.code_matches(person, form.code.data or ""):
        db.session.rollback()
        form.code.errors = [
            _("This code is not right, or was used already. Wait for the next one in the app.")
        ]
        return _second_step_page(person, form, 422)
    # The used code must stay used even if what follows fails.
    db.session.commit()
    throttle.forgive(*_counters(person))
    return let_in(person, "password and code", target)


@bp.post("/sign-in/second-step/passkey")
@public("half-way in: the password was right")
def second_step_passkey() -> Answer:
    """A passkey after the password."""
    half = half_way()
    if half is None:
        return redirect(url_for("security.login"), 303)
    person, target = half
    throttle.claim(*_counters(person))
    form = PasskeyForm(request.form)
    try:
        if not form.validate():
            raise passkeys.PasskeyRefused
        passkeys.check_used("second-step", form.credential.data or "", owner=person)
    except passkeys.PasskeyRefused:
        db.session.rollback()
        again = CodeForm()
        again.form_errors.append(_("This passkey did not open the door. Try again."))
        return _second_step_page(person, again, 422)
    db.session.commit()
    throttle.forgive(*_counters(person))
    return let_in(person, "password and passkey", target)


@bp.route("/sign-in/recovery-code", methods=["GET", "POST"])
@public("half-way in: the password was right")
def recovery_code() -> Answer:
    """One of the codes that were printed for the day on which the app is gone."""
    half = half_way()
    if half is None:
        return redirect(url_for("security.login"), 303)
    person, target = half
    form = RecoveryCodeForm(request.form)
    if request.method != "POST":
        return render_template("security/recovery_code.html", form=RecoveryCodeForm())
    if form.validate():
        throttle.claim(*_counters(person))
        if factors.recovery_code_matches(person, form.code.data or ""):
            tell_factor_changed(person, _used_sentence(person))
            db.session.commit()
            throttle.forgive(*_counters(person))
            return let_in(person, "password and recovery code", target)
        db.session.rollback()
        form.code.errors = [_("This code is not right, or was used already.")]
    return render_template("security/recovery_code.html", form=form), 422


def _used_sentence(person: Person) -> str:
    with force_language(language_of(person)):
        return ngettext(
            "A recovery code was used to sign in. %(num)s is left.",
            "A recovery code was used to sign in. %(num)s are left.",
            len(person.mf_recovery_codes or []),
        )


# -- A new password ------------------------------------------------------------------------------------


@bp.route("/reset", methods=["GET", "POST"])
@public("whoever forgot the password cannot sign in")
def forgot_password() -> Answer:
    """Ask for a link by mail. The answer is the same whether the address has an account or not."""
    if request.method != "POST":
        return render_template("security/forgotten.html", form=ForgottenForm(), sent=False)
    form = ForgottenForm(request.form)
    if not form.validate():
        return render_template("security/forgotten.html", form=form, sent=False), 422
    address = normal_address(form.email.data)
    throttle.claim(("reset account", address), ("reset address", address_of_request()))
    ask_for_reset(address, g.language)
    db.session.commit()
    return render_template("security/forgotten.html", form=form, sent=True)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public("opened from a mail by whoever forgot the password")
def reset_password(token: str) -> Answer:
    """Choose a new password. Opening the link changes nothing."""
    person = person_of_reset(token)
    if person is None:
        return render_template("security/link_gone.html"), 404
    if request.method != "POST":
        return render_template("security/reset.html", form=NewPasswordForm(), address=person.email)
    form = NewPasswordForm(request.form)
    form.about(person.name, person.email)
    if not form.validate():
        return render_template("security/reset.html", form=form, address=person.email), 422
    set_password(person, form.password.data or "")
    end_sessions_of(person.id)
    tell_password_changed(person)
    record("identity.password_reset", person_id=person.id)
    address = person.email
    db.session.commit()
    throttle.clear("sign-in account", address)
    done(_("Your password is changed. Sign in with it."))
    return see_other(url_for("security.login"))


# -- Invitations ---------------------------------------------------------------------------------------


def _invitation(token: str, *, lock: bool = False) -> OpenInvitation | None:
    found = find_invitation(token, lock=lock)
    if found is not None and "language" not in session:
        g.language = known_language(found.invitation.language)
    return found


def _handle(token: str) -> str:
    """The name under which a browser keeps the passkey of somebody invited: the same each time the page is shown."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"passkey handle {token}".encode(), hashlib.sha256).hexdigest()


def _invitation_page(
    token: str, found: OpenInvitation, form: InvitationForm, status: int = 200
) -> Answer:
    person = signed_in_person()
    known = has_account(found.invitation.email)
    options = ""
    if not known:
        options = passkeys.adding_options(
            "invitation", _handle(token), found.invitation.email, found.membership.shown_name, []
        )
    page = render_template(
        "security/invitation.html",
        token=token,
        form=form,
        city_name=found.city.name_in(g.language),
        organisation=found.organisation.name_in(g.language) if found.organisation else "",
        shown_name=found.membership.shown_name,
        address=found.invitation.email,
        known=known,
        mine=person is not None and person.email == found.invitation.email,
        signed_in=person is not None,
        passkey_options=options,
    )
    return page, status


def _gone() -> Answer:
    return render_template("security/link_gone.html"), 404


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public("opened from a mail by somebody who has no account yet")
def invitation(token: str) -> Answer:
    """Show who invites to what; sending the form makes the account. Opening the link changes nothing."""
    if request.method != "POST":
        found = _invitation(token)
        if found is None:
            return _gone()
        return _invitation_page(
            token, found, InvitationForm(data={"name": found.membership.shown_name})
        )
    throttle.claim(("invitation address", address_of_request()))
    found = _invitation(token, lock=True)
    if found is None:
        return _gone()
    form = InvitationForm(request.form)
    form.about(form.name.data or "", found.invitation.email)
    if not form.validate():
        return _invitation_page(token, found, form, 422)
    try:
        person = new_person(found, form.name.data or "", _handle(token))
        set_password(person, form.password.data or "")
        take_up(found, person)
    except AlreadyHasAccount:
        return _begin_again(token)
    return _accepted(person)


def _accepted(person: Person) -> AnyResponse:
    """In; an office whose people all accept on one morning is no attack."""
    response = let_in(person, "invitation", "")
    throttle.forgive(("invitation address", address_of_request()))
    return response


def _begin_again(token: str) -> AnyResponse:
    """The address got an account between showing the page and sending it: show the page as it is now."""
    db.session.rollback()
    return see_other(url_for("security.invitation", token=token))


@bp.post("/invitation/<token>/passkey")
@public("opened from a mail by somebody who has no account yet")
def invitation_passkey(token: str) -> Answer:
    """Make the account with a passkey and without a password."""
    throttle.claim(("invitation address", address_of_request()))
    form = InvitationPasskeyForm(request.form)
    try:
        new = passkeys.check_added("invitation", form.credential.data or "")
        if not new.verified_user:
            raise passkeys.PasskeyRefused
    except passkeys.PasskeyRefused:
        new = None
    let_go()
    found = _invitation(token, lock=True)
    if found is None:
        return _gone()
    if new is None or not form.validate():
        again = InvitationForm(data={"name": form.name.data or found.membership.shown_name})
        again.form_errors.append(
            _("The passkey was not made. Try again, or choose a password instead.")
        )
        return _invitation_page(token, found, again, 422)
    try:
        person = new_person(found, form.name.data or "", _handle(token))
        db.session.add(new.row(person, _("First passkey")))
        take_up(found, person)
    except AlreadyHasAccount:
        return _begin_again(token)
    return _accepted(person)


@bp.post("/invitation/<token>/accept")
@signed_in
def invitation_accept(token: str) -> Answer:
    """Take up one more membership with the account one has."""
    person = signed_in_person()
    found = _invitation(token, lock=True)
    if found is None:
        return _gone()
    if person is None or person.email != found.invitation.email:
        abort(404)
    try:
        take_up(found, person)
    except AlreadyHasAccount:
        return _begin_again(token)
    return let_in(person, "invitation", "")
