"""The second step: one-time codes from an app, recovery codes, and what happens when they are lost."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Any

from flask import current_app
from flask_security import Totp
from passlib.exc import TokenError
from passlib.totp import TotpMatch
from sqlalchemy import delete, or_, select, update

from core.database import db, rows_changed
from core.identity.memberships import SECOND_STEP_ROLES, roles_of
from core.identity.models import Passkey, Person
from core.identity.sessions import end_sessions_of

# One step of thirty seconds to either side: clocks differ, and people type slowly.
WINDOW = 30
RECOVERY_CODES = 10
_CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class OneTimeCodes(Totp):
    """Flask-Security's one-time codes, each of which counts once."""

    def get_last_counter(self, user: Any) -> int | None:
        """The step of the last code that was taken."""
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Use a code up. Raises ``TokenError`` when another request was quicker with the same one."""
        used = db.session.execute(
            update(Person)
            .where(
                Person.id == user.id,
                or_(Person.tf_last_counter.is_(None), Person.tf_last_counter < tmatch.counter),
            )
            .values(tf_last_counter=tmatch.counter)
            .execution_options(synchronize_session="fetch")
        )
        if rows_changed(used) != 1:
            raise TokenError


def _totp() -> Any:
    return current_app.extensions["security"].totp_factory


def new_totp_secret() -> str:
    """A secret for an authenticator app, already sealed for storing."""
    return str(_totp().generate_totp_secret())


def totp_key(secret: str) -> str:
    """A sealed secret as one types it into an app: groups of four letters and digits."""
    return str(_totp().get_totp_pretty_key(secret))


def totp_address(secret: str, name: str) -> str:
    """A sealed secret as the address that a QR code holds."""
    return str(_totp().get_totp_uri(name, secret))


def code_matches(person: Person, code: str, secret: str | None = None) -> bool:
    """Whether ``code`` is one of this minute that was not used before; it is used up now. The caller commits."""
    secret = secret or person.tf_totp_secret
    digits = re.sub(r"\s", "", code)
    if not secret or not re.fullmatch(r"[0-9]{6}", digits):
        return False
    return bool(_totp().verify_totp(digits, secret, person, window=WINDOW))


def qr_path(text: str) -> tuple[int, str]:
    """A QR code as the side of its square, in modules, and an SVG path of its dark ones."""
    import qrcode

    code = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return len(matrix), path


# -- Recovery codes ------------------------------------------------------------------------------------


def _hash_code(person: Person, code: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", code.casefold())
    pepper = str(current_app.config["SECURITY_PASSWORD_SALT"]).encode()
    digest = hmac.new(pepper, f"{person.id}\0{bare}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def new_recovery_codes(person: Person) -> list[str]:
    """Ten new codes in the place of the old; they can be read now and never again. The caller commits."""
    codes = [
        "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]
    person.mf_recovery_codes = [_hash_code(person, code) for code in codes]
    return codes


def recovery_code_matches(person: Person, code: str) -> bool:
    """Whether ``code`` is an unused recovery code; it is used up now. The caller commits."""
    hashed = _hash_code(person, code)
    # Two requests with one code must not both find it: the row is locked, then read anew.
    stored = db.session.execute(
        select(Person.mf_recovery_codes).where(Person.id == person.id).with_for_update()
    ).scalar_one()
    left = [known for known in stored or [] if not hmac.compare_digest(known, hashed)]
    if len(left) == len(stored or []):
        return False
    person.mf_recovery_codes = left
    return True


# -- Who has one, who needs one -------------------------------------------------------------------------


def has_passkey(person: Person) -> bool:
    """Whether ``person`` has a passkey."""
    return (
        db.session.scalar(select(Passkey.id).where(Passkey.person_id == person.id).limit(1))
        is not None
    )


def must_have_second_step(person: Person) -> bool:
    """Whether the person's roles ask for more than a password."""
    if person.demo or not current_app.config["SECOND_STEP_REQUIRED"]:
        return False
    return bool(SECOND_STEP_ROLES & roles_of(person.id))


def lacks_second_step(person: Person) -> bool:
    """Whether the person's roles ask for a second step that is not set up."""
    return not person.tf_totp_secret and must_have_second_step(person) and not has_passkey(person)


def second_step_asked(person: Person) -> bool:
    """Whether a password alone does not let this person in."""
    if person.tf_totp_secret:
        return True
    return must_have_second_step(person) and has_passkey(person)


def remove_second_step(person: Person) -> None:
    """Take the app's codes and the recovery codes away. The caller commits."""
    person.tf_primary_method = None
    person.tf_totp_secret = None
    person.tf_last_counter = None
    person.mf_recovery_codes = []


def reset_factors(person: Person, by: str) -> None:
    """Take every second step and every passkey from somebody who lost them, and tell them. The caller commits.

    ``by`` says in the mail who did it: a name, or the command. The password stays, or is set anew by mail; whoever
    resets it never sees or sets anything. All sessions end. Recorded where a city is in force or not.
    """
    from core.audit.services import record
    from core.identity.mails import tell_factors_reset
    from core.values import Ref

    remove_second_step(person)
    db.session.execute(delete(Passkey).where(Passkey.person_id == person.id))
    db.session.expire(person, ["webauthn"])
    end_sessions_of(person.id)
    record("factors.reset", subject=Ref("identity", "person", person.id))
    tell_factors_reset(person, by)
