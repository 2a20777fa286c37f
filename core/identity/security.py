"""Flask-Security as the engine of signing in: hashing, one-time codes, passkeys, tokens, and who is signed in.

Its own pages are not registered. They answer in JSON when asked to, hand out authentication tokens, act on GET where a
mail's link leads, and show recovery codes again; ours (:mod:`core.identity.views`) do none of it.
"""

from typing import Any

from flask import Flask, Response, g, redirect, request, url_for
from flask_login import LoginManager
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from core.database import db, utcnow
from core.i18n import translate_security
from core.identity.factors import OneTimeCodes
from core.identity.kept_forms import keep_form
from core.identity.models import Passkey, Person, SiteRole
from core.identity.passkeys import Passkeys
from core.identity.passwords import SHORTEST, Passwords
from core.identity.sessions import load_person
from core.web import safe_path

# Each of these is a decision; what is left out here stays as Flask-Security has it and is not used.
SETTINGS: dict[str, Any] = {
    "BLUEPRINT_NAME": "security",
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    "STATIC_FOLDER": None,
    "FLASH_MESSAGES": False,
    "RETURN_GENERIC_RESPONSES": True,
    "I18N_DIRNAME": ["builtin"],
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_LENGTH_MIN": SHORTEST,
    "PASSWORD_NORMALIZE_FORM": "NFKC",
    # OWASP's least for Argon2id is 19 MiB, two rounds, one lane.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__type": "ID",
        "argon2__memory_cost": 19 * 1024,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    "DEFAULT_REMEMBER_ME": False,
    "API_ENABLED_METHODS": ["session"],
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "TWO_FACTOR_REQUIRED": False,
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "TOTP_ISSUER": "Maillage",
    "WEBAUTHN": True,
    "WAN_RP_NAME": "Maillage",
    "WAN_ALLOW_AS_FIRST_FACTOR": True,
    "WAN_ALLOW_AS_MULTI_FACTOR": True,
    "WAN_ALLOW_USER_HINTS": False,
    "DATETIME_FACTORY": utcnow,
    "RECOVERABLE": False,
    "CHANGEABLE": False,
    "CHANGE_EMAIL": False,
    "REGISTERABLE": False,
}


class Mails(MailUtil):
    """Flask-Security's way to send a mail: through our outbox, in the same transaction."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Queue a mail; the text part alone is sent."""
        from core.identity.mails import language_of
        from core.mail import send_mail

        user = kwargs.get("user")
        language = language_of(user) if isinstance(user, Person) else g.get("language", "en")
        address = recipient if isinstance(recipient, str) else recipient[1]
        send_mail(address, str(subject), body or "", locale=language)


def init_security(app: Flask) -> None:
    """Set up the guard against forged forms, then Flask-Security, then close what we do not want of it."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config["SESSION_PROTECTION"] = None
    app.config["REMEMBER_COOKIE_NAME"] = "maillage_never"
    for name, value in SETTINGS.items():
        app.config.setdefault(f"SECURITY_{name}", value)
    # Without the secrets (before the first `maillage run`) nobody can sign in, but the command line works.
    app.config["SECURITY_TWO_FACTOR"] = bool(app.config.get("SECURITY_TOTP_SECRETS"))
    CSRFProtect(app)
    # Flask-Security with our classes in the place of its own.
    security = Security(
        mail_util_cls=Mails,
        password_util_cls=Passwords,
        totp_cls=OneTimeCodes,
        webauthn_util_cls=Passkeys,
    )
    security.init_app(
        app,
        SQLAlchemyUserDatastore(db, Person, SiteRole, Passkey),
        register_blueprint=False,
    )
    translate_security(app)
    _close(app, security.login_manager)
    app.extensions["maillage_ask_to_sign_in"] = ask_to_sign_in


def _close(app: Flask, manager: LoginManager) -> None:
    """Only the session's row makes somebody signed in: no token in an address or a header, no remembering cookie."""
    manager.user_loader(load_person)
    manager._request_callback = None
    manager._header_callback = None
    manager._load_user_from_remember_cookie = lambda _cookie: None
    manager.unauthorized_callback = ask_to_sign_in
    # Flask-Principal would ask who is signed in on every request, static files included. Nothing of ours uses it.
    app.extensions["security"].principal.identity_loaders.clear()


def ask_to_sign_in() -> AnyResponse:
    """The answer to a visitor who asks for a page behind sign-in.

    A page comes back after signing in. A form that was sent after the session's end is kept for its writer.
    """
    response: AnyResponse
    if request.headers.get("HX-Request"):
        # A part of a page cannot show the sign-in page; the whole page goes there.
        response = Response(status=200, headers={"HX-Redirect": url_for("security.login")})
    elif request.method in {"GET", "HEAD"}:
        path = request.full_path.rstrip("?")
        response = redirect(url_for("security.login", next=path if safe_path(path) else None), 302)
    else:
        response = redirect(url_for("security.login"), 303)
    keep_form(response)
    return response
