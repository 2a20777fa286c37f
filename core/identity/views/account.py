"""One's own account: name, language, address, password, passkeys, second step, devices, and a form that was kept."""

import hashlib
import hmac
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.audit.services import record
from core.database import db, rows_changed
from core.forms import valid_id
from core.i18n import force_language
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.identity import factors, passkeys, throttle
from core.identity.forms import (
    AccountForm,
    AddressForm,
    ChangePasswordForm,
    CodeForm,
    NewPasswordForm,
    PasskeyForm,
    PasskeyNameForm,
    VerifyForm,
)
from core.identity.invitations import has_account
from core.identity.kept_forms import forget_kept_form, kept_form
from core.identity.mails import (
    language_of,
    send_address_change,
    tell_address_changed,
    tell_address_taken,
    tell_factor_changed,
    tell_password_changed,
)
from core.identity.models import Passkey, Person
from core.identity.passwords import password_matches, set_password
from core.identity.sessions import devices_of, end_all_sessions, end_session, rotate
from core.identity.throttle import address_of_request
from core.identity.tokens import address_token, change_of_address
from core.identity.views.coming_in import asked_next, done, freshly_verified, me, not_in_the_demo
from core.permissions import public, signed_in
from core.web import safe_path, see_other

bp = Blueprint("identity", __name__, url_prefix="/me")

Answer = AnyResponse | str | tuple[str, int]

# Pages that stay open to somebody whose roles ask for a second step that is not set up yet.
BEFORE_SECOND_STEP = frozenset(
    {
        "static",
        "identity.two_step",
        "identity.passkey_list",
        "identity.verify",
        "identity.verify_passkey",
        "identity.confirm_address",
        "security.login",
        "security.logout",
        "security.invitation",
        "security.reset_password",
        "site.choose_language",
        "site.choose_theme",
        "site.city_look",
        "site.healthz",
        "site.readyz",
    }
)


def lead_to_second_step() -> AnyResponse | None:
    """Whoever must have a second step sets it up before anything else."""
    if request.endpoint is None or request.endpoint in BEFORE_SECOND_STEP:
        return None
    return see_other(url_for("identity.two_step")) if session.get("must_enrol") else None


def _zone() -> str | None:
    """In which time these pages tell the time: one's own, else that of the first city somebody belongs to."""
    return me().zone or (g.places[0].city.zone if g.places else None)


# -- Name, language, appearance ----------------------------------------------------------------------------


@bp.route("/", methods=["GET", "POST"])
@signed_in
def account() -> Answer:
    """Everything about one's account on one page."""
    person = me()
    if request.method == "POST":
        form = AccountForm(request.form)
        if form.validate():
            person.name = form.name.data or ""
            person.language = form.language.data or ""
            person.zone = form.zone.data or ""
            person.theme = form.theme.data or "auto"
            session.pop("language", None)
            session.pop("theme", None)
            with force_language(person.language or g.language):
                done(_("Your changes are saved."))
            db.session.commit()
            return see_other(url_for("identity.account"))
        return _account_page(form), 422
    return _account_page(
        AccountForm(
            data={
                "name": person.name,
                "language": person.language,
                "zone": person.zone,
                "theme": person.theme,
            }
        )
    )


def _account_page(form: AccountForm) -> str:
    person = me()
    return render_template(
        "identity/account.html",
        form=form,
        person=person,
        places=g.places,
        passkey_count=len(passkeys.passkeys_of(person)),
        has_codes=bool(person.tf_totp_secret),
        device_count=len(devices_of(person)),
    )


# -- Proving once more who one is ----------------------------------------------------------------------------


def _verify_page(form: VerifyForm, status: int = 200) -> Answer:
    person = me()
    known = passkeys.passkeys_of(person)
    page = render_template(
        "identity/verify.html",
        form=form,
        next=asked_next(),
        with_password=bool(person.password),
        passkey_options=passkeys.asking_options("verify", known) if known else "",
    )
    return page, status


@bp.route("/verify", methods=["GET", "POST"])
@signed_in
@not_in_the_demo
def verify() -> Answer:
    """Ask for the password or a passkey once more; the session gets a new secret."""
    if request.method != "POST":
        return _verify_page(VerifyForm())
    form = VerifyForm(request.form)
    if not form.validate():
        return _verify_page(form, 422)
    person = me()
    counters = (("verify account", person.id), ("sign-in address", address_of_request()))
    throttle.claim(*counters)
    if not password_matches(person, form.password.data or ""):
        form.password.errors = [_("This is not your password.")]
        return _verify_page(form, 422)
    db.session.commit()
    throttle.forgive(*counters)
    return _verified()


@bp.post("/verify/passkey")
@signed_in
@not_in_the_demo
def verify_passkey() -> Answer:
    """The same with a passkey."""
    person = me()
    throttle.claim(("verify account", person.id), ("sign-in address", address_of_request()))
    form = PasskeyForm(request.form)
    try:
        if not form.validate():
            raise passkeys.PasskeyRefused
        passkeys.check_used("verify", form.credential.data or "", owner=person)
    except passkeys.PasskeyRefused:
        db.session.rollback()
        again = VerifyForm()
        again.form_errors.append(_("This is not one of your passkeys. Try again."))
        return _verify_page(again, 422)
    db.session.commit()
    throttle.forgive(("verify account", person.id), ("sign-in address", address_of_request()))
    return _verified()


def _verified() -> AnyResponse:
    rotate()
    db.session.commit()
    return see_other(asked_next() or url_for("identity.account"))


# -- Address -------------------------------------------------------------------------------------------------


@bp.route("/address", methods=["GET", "POST"])
@signed_in
@not_in_the_demo
@freshly_verified
def address() -> Answer:
    """Ask for another address; it counts once it is confirmed by the link sent to it."""
    person = me()
    if request.method != "POST":
        return render_template(
            "identity/address.html", form=AddressForm(), person=person, sent=False
        )
    form = AddressForm(request.form)
    if not form.validate():
        return render_template("identity/address.html", form=form, person=person, sent=False), 422
    throttle.claim(("address-change account", person.id))
    new = form.email.data or ""
    if new == person.email:
        form.email.errors = [_("This is your present address.")]
        return render_template("identity/address.html", form=form, person=person, sent=False), 422
    # Whether the address belongs to somebody is said to its owner alone.
    if has_account(new):
        tell_address_taken(new, g.language)
    else:
        send_address_change(person, new, address_token(person, new))
    db.session.commit()
    return render_template("identity/address.html", form=form, person=person, sent=True)


@bp.route("/address/<token>", methods=["GET", "POST"])
@public("opened from a mail, perhaps on another device")
def confirm_address(token: str) -> Answer:
    """Show which address is to be confirmed; the button confirms it. Opening the link changes nothing."""
    found = change_of_address(token)
    if found is None:
        return render_template("security/link_gone.html"), 404
    person, new = found
    if request.method != "POST":
        return render_template("security/confirm_address.html", address=new)
    former = person.email
    try:
        with db.session.begin_nested():
            person.email = new
            db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return render_template("security/link_gone.html"), 404
    tell_address_changed(person, former)
    record("identity.address_changed", person_id=person.id)
    db.session.commit()
    done(_("Your new address is confirmed. Use it to sign in from now on."))
    return see_other(url_for("identity.account"))


# -- Password --------------------------------------------------------------------------------------------------


@bp.route("/password", methods=["GET", "POST"])
@signed_in
@not_in_the_demo
def password() -> Answer:
    """Change the password: this device stays signed in under a new secret, the others are signed out."""
    return _change_password() if me().password else _first_password()


def _change_password() -> Answer:
    person = me()
    if request.method != "POST":
        return render_template("identity/password.html", form=ChangePasswordForm())
    form = ChangePasswordForm(request.form)
    form.about(person.name, person.email)
    good = form.validate()
    if not form.present.errors:
        counters = (("verify account", person.id), ("sign-in address", address_of_request()))
        throttle.claim(*counters)
        if password_matches(person, form.present.data or ""):
            db.session.commit()
            throttle.forgive(*counters)
        else:
            form.present.errors = [_("This is not your present password.")]
            good = False
    if not good:
        return render_template("identity/password.html", form=form), 422
    return _set_password(form.password.data or "")


@freshly_verified
def _first_password() -> Answer:
    person = me()
    if request.method != "POST":
        return render_template("identity/password.html", form=NewPasswordForm())
    form = NewPasswordForm(request.form)
    form.about(person.name, person.email)
    if not form.validate():
        return render_template("identity/password.html", form=form), 422
    return _set_password(form.password.data or "")


def _set_password(new: str) -> AnyResponse:
    person = me()
    set_password(person, new)
    end_all_sessions(person)
    rotate()
    tell_password_changed(person)
    record("identity.password_changed", person_id=person.id)
    db.session.commit()
    done(_("Your password is changed. Your other devices were signed out."))
    return see_other(url_for("identity.account"))


# -- Passkeys --------------------------------------------------------------------------------------------------


def _handle_of(person: Person) -> str:
    """The name under which browsers keep the person's passkeys."""
    if person.fs_webauthn_user_handle:
        return person.fs_webauthn_user_handle
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"passkey handle {person.id}".encode(), hashlib.sha256).hexdigest()


def _passkey_page(form: PasskeyNameForm, status: int = 200) -> Answer:
    person = me()
    known = passkeys.passkeys_of(person)
    page = render_template(
        "identity/passkeys.html",
        form=form,
        known=known,
        zone=_zone(),
        full=len(known) >= passkeys.MOST,
        passkey_options=passkeys.adding_options(
            "add", _handle_of(person), person.email, person.name, known
        ),
    )
    return page, status


@bp.route("/passkeys", methods=["GET", "POST"])
@signed_in
@not_in_the_demo
@freshly_verified
def passkey_list() -> Answer:
    """One's passkeys, and a new one."""
    if request.method != "POST":
        return _passkey_page(PasskeyNameForm())
    person = me()
    form = PasskeyNameForm(request.form)
    if not form.validate() or len(passkeys.passkeys_of(person)) >= passkeys.MOST:
        return _passkey_page(form, 422)
    try:
        new = passkeys.check_added("add", form.credential.data or "")
    except passkeys.PasskeyRefused:
        db.session.rollback()
        form.form_errors.append(_("The passkey was not added. Try again."))
        return _passkey_page(form, 422)
    person.fs_webauthn_user_handle = _handle_of(person)
    db.session.add(new.row(person, form.name.data or ""))
    session.pop("must_enrol", None)
    rotate()
    _tell(person, _l("A passkey was added to your account."))
    record("identity.passkey_added")
    db.session.commit()
    done(_("The passkey is added. You can sign in with it from now on."))
    return see_other(url_for("identity.passkey_list"))


@bp.post("/passkeys/<passkey_id>/remove")
@signed_in
@not_in_the_demo
@freshly_verified
def passkey_remove(passkey_id: str) -> Answer:
    """Remove one of one's passkeys."""
    person = me()
    if not valid_id(passkey_id):
        abort(404)
    if len(passkeys.passkeys_of(person)) == 1:
        if not person.password:
            done(_("This is your only way in. Choose a password first."))
            return see_other(url_for("identity.password"))
        if not person.tf_totp_secret and factors.must_have_second_step(person):
            done(_("Your role needs a second step. Set up codes from an app first."))
            return see_other(url_for("identity.two_step"))
    removed = db.session.execute(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person.id)
    )
    if rows_changed(removed) != 1:
        abort(404)
    _tell(person, _l("A passkey was removed from your account."))
    record("identity.passkey_removed")
    db.session.commit()
    done(_("The passkey is removed."))
    return see_other(url_for("identity.passkey_list"))


def _tell(person: Person, sentence: str) -> None:
    """Write to the person, in their language, what changed."""
    with force_language(language_of(person)):
        written = str(sentence)
    tell_factor_changed(person, written)


# -- The second step -------------------------------------------------------------------------------------------


def _sealed(secret: str) -> str:
    """A new secret for the page that sets it up: nothing is stored before a first code was right."""
    return str(_sealer().dumps([me().id, secret]))


def _unsealed(text: str) -> str | None:
    try:
        owner, secret = _sealer().loads(text, max_age=30 * 60)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(secret) if owner == me().id else None


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="maillage second step")


def _two_step_page(form: CodeForm, secret: str | None, status: int = 200) -> Answer:
    person = me()
    found: dict[str, Any] = {}
    if secret is not None:
        side, path = factors.qr_path(factors.totp_address(secret, person.email))
        found = {
            "qr_side": side,
            "qr_path": path,
            "key": factors.totp_key(secret),
            "sealed": _sealed(secret),
        }
    page = render_template(
        "identity/two_step.html",
        form=form,
        on=bool(person.tf_totp_secret),
        codes_left=len(person.mf_recovery_codes or []),
        required=bool(session.get("must_enrol")),
        needed=factors.must_have_second_step(person),
        **found,
    )
    return page, status


@bp.route("/two-step", methods=["GET", "POST"])
@signed_in
@not_in_the_demo
@freshly_verified
def two_step() -> Answer:
    """Set up codes from an app; the recovery codes are shown once, right after."""
    person = me()
    if person.tf_totp_secret:
        return _two_step_page(CodeForm(), None)
    if request.method != "POST":
        return _two_step_page(CodeForm(), factors.new_totp_secret())
    form = CodeForm(request.form)
    secret = _unsealed(request.form.get("sealed", ""))
    if secret is None:
        form.form_errors.append(_("The page was open for too long. Here is a new code to scan."))
        return _two_step_page(form, factors.new_totp_secret(), 422)
    if not form.validate():
        return _two_step_page(form, secret, 422)
    throttle.claim(("second-step account", person.id))
    if not factors.code_matches(person, form.code.data or "", secret):
        db.session.rollback()
        form.code.errors = [_("This code is not right. Is the clock of your phone right?")]
        return _two_step_page(form, secret, 422)
    # The code is used up from here on, whatever follows.
    db.session.commit()
    throttle.forgive(("second-step account", person.id))
    person.tf_totp_secret = secret
    person.tf_primary_method = "authenticator"
    codes = factors.new_recovery_codes(person)
    session.pop("must_enrol", None)
    rotate()
    end_all_sessions(person)
    _tell(person, _l("Codes from an app were set up for your account."))
    record("identity.second_step_on")
    db.session.commit()
    return _codes_page(codes)


def _codes_page(codes: list[str]) -> Answer:
    """The recovery codes, this once: no address leads back here."""
    return render_template("identity/recovery_codes.html", codes=codes)


@bp.post("/two-step/off")
@signed_in
@not_in_the_demo
@freshly_verified
def two_step_off() -> Answer:
    """Switch the codes off; whose roles need a second step sets another one up at the next sign-in."""
    person = me()
    if factors.must_have_second_step(person) and not factors.has_passkey(person):
        done(_("Your role needs a second step. Add a passkey first, then switch the codes off."))
        return see_other(url_for("identity.passkey_list"))
    factors.remove_second_step(person)
    end_all_sessions(person)
    _tell(person, _l("The codes from an app were switched off for your account."))
    record("identity.second_step_off")
    db.session.commit()
    done(_("The codes are switched off."))
    return see_other(url_for("identity.two_step"))


@bp.post("/recovery-codes")
@signed_in
@not_in_the_demo
@freshly_verified
def recovery_codes() -> Answer:
    """Make new recovery codes; the old ones are void."""
    person = me()
    if not person.tf_totp_secret:
        abort(404)
    codes = factors.new_recovery_codes(person)
    _tell(person, _l("New recovery codes were made for your account."))
    record("identity.recovery_codes_made")
    db.session.commit()
    return _codes_page(codes)


# -- Devices ---------------------------------------------------------------------------------------------------


@bp.get("/devices")
@signed_in
def devices() -> Answer:
    """Where one is signed in."""
    return render_template("identity/devices.html", devices=devices_of(me()), zone=_zone())


@bp.post("/devices/<public_id>/end")
@signed_in
def device_end(public_id: str) -> Answer:
    """Sign one device out."""
    if not valid_id(public_id) or not end_session(me(), public_id):
        abort(404)
    record("identity.device_ended")
    db.session.commit()
    done(_("The device is signed out."))
    return see_other(url_for("identity.devices"))


@bp.post("/devices/end-others")
@signed_in
def devices_end() -> Answer:
    """Sign every other device out."""
    end_all_sessions(me())
    record("identity.devices_ended")
    db.session.commit()
    done(_("Your other devices are signed out."))
    return see_other(url_for("identity.devices"))


# -- A form that was kept ----------------------------------------------------------------------------------------


@bp.get("/kept-form")
@signed_in
def kept() -> Answer:
    """What was being written when the session ended, to be sent with one press."""
    found = kept_form(me())
    if found is None or not safe_path(found.path):
        return redirect(url_for("site.start"), 303)
    return render_template("identity/kept_form.html", kept=found)


@bp.post("/kept-form/discard")
@signed_in
def kept_discard() -> AnyResponse:
    """Throw the kept form away."""
    response: Response = make_response(see_other(url_for("site.start")))
    forget_kept_form(me(), response)
    db.session.commit()
    return response
