"""Passkeys: challenges, options for the browser, and the check of what comes back.

A challenge is not stored. It carries its time and is signed for one purpose and for one browser (by the same secret
that guards its forms), and it is used up when it succeeds.
"""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from flask import current_app, request, session
from flask_security import WebauthnUtil
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.database import db, utcnow
from core.identity import throttle
from core.identity.models import Passkey, Person

CHALLENGE_LASTS = 15 * 60
TIMEOUT_MS = 120_000
# Nobody needs more, and each is one more way in.
MOST = 20


class PasskeyRefused(Exception):
    """What the browser sent is not a passkey of the person, or came too late."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was checked and can be stored."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool
    device_type: str
    verified_user: bool

    def row(self, person: Person, name: str) -> Passkey:
        """The row to store. One that cannot tell its owner from others serves as a second step only."""
        return Passkey(
            credential_id=self.credential_id,
            public_key=self.public_key,
            sign_count=self.sign_count,
            transports=self.transports,
            extensions="",
            lastuse_datetime=utcnow(),
            name=name[:64],
            usage="first" if self.verified_user else "secondary",
            backup_state=self.backed_up,
            device_type=self.device_type,
            person_id=person.id,
        )


class Passkeys(WebauthnUtil):
    """Which passkeys we ask for: those of the device itself included."""

    def origin(self) -> str:
        """The address that the browser must have seen."""
        return expected_origin()

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Any authenticator, remembered by itself, that asks who is there."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """A passkey alone must know who holds it; after a password, holding it is enough."""
        if "first" in usage:
            return UserVerificationRequirement.REQUIRED
        return UserVerificationRequirement.DISCOURAGED


def expected_origin() -> str:
    """The site's address; on a machine of one's own, the one in use."""
    if current_app.config["SECURE_SITE"]:
        parts = urlsplit(current_app.config["SITE_URL"])
        return f"{parts.scheme}://{parts.netloc}"
    try:
        return request.host_url.rstrip("/")
    except UnicodeError:
        # Its name of a host is none, such as "xn--": no browser that holds a passkey sends it.
        return f"{request.scheme}://localhost"


def relying_party() -> str:
    """The host name that passkeys belong to."""
    # A request may come without a host that can be one.
    return urlsplit(expected_origin()).hostname or "localhost"


# -- Challenges ----------------------------------------------------------------------------------------


def _sign(purpose: str, body: bytes) -> bytes:
    key = str(current_app.config["SECRET_KEY"]).encode()
    browser = str(session.get("csrf_token", "")).encode()
    message = b"\0".join([b"maillage passkey", purpose.encode(), browser, body])
    return hmac.new(key, message, hashlib.sha256).digest()


def new_challenge(purpose: str) -> bytes:
    """A challenge for ``purpose`` in this browser."""
    if "csrf_token" not in session:
        generate_csrf()
    body = secrets.token_bytes(16) + int(time.time()).to_bytes(8, "big")
    return body + _sign(purpose, body)


def _check_challenge(purpose: str, client_data: bytes) -> bytes:
    """The challenge that was answered. Raises :class:`PasskeyRefused` unless it is ours, for this, here and recent."""
    try:
        challenge = base64url_to_bytes(json.loads(client_data)["challenge"])
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise PasskeyRefused from fault
    body, signature = challenge[:24], challenge[24:]
    if len(challenge) != 56 or not hmac.compare_digest(signature, _sign(purpose, body)):
        raise PasskeyRefused
    age = time.time() - int.from_bytes(body[16:], "big")
    if not -60 < age < CHALLENGE_LASTS:
        raise PasskeyRefused
    return challenge


# -- Adding --------------------------------------------------------------------------------------------


def adding_options(purpose: str, handle: str, address: str, name: str, known: list[Passkey]) -> str:
    """What the browser needs to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=relying_party(),
        rp_name="Maillage",
        user_id=handle.encode(),
        user_name=address,
        user_display_name=name or address,
        challenge=new_challenge(purpose),
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return options_to_json(options)


def check_added(purpose: str, answer: str) -> NewPasskey:
    """The passkey that the browser made. Raises :class:`PasskeyRefused`."""
    try:
        credential = parse_registration_credential_json(answer)
        challenge = _check_challenge(purpose, credential.response.client_data_json)
        checked = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_origin=expected_origin(),
            expected_rp_id=relying_party(),
            require_user_verification=False,
        )
    except (
        WebAuthnException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as fault:
        raise PasskeyRefused from fault
    known = db.session.scalar(
        select(Passkey.id).where(Passkey.credential_id == checked.credential_id)
    )
    if known is not None or not throttle.use_once("challenge", challenge.hex()):
        raise PasskeyRefused
    return NewPasskey(
        credential_id=checked.credential_id,
        public_key=checked.credential_public_key,
        sign_count=checked.sign_count,
        transports=[transport.value for transport in credential.response.transports or ()],
        backed_up=checked.credential_backed_up,
        device_type=checked.credential_device_type.value,
        verified_user=checked.user_verified,
    )


# -- Using ---------------------------------------------------------------------------------------------


def asking_options(purpose: str, known: list[Passkey] | None = None) -> str:
    """What the browser needs to use a passkey, as JSON; ``known`` are those of whoever was already named."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(),
        challenge=new_challenge(purpose),
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(known) if known is not None else None,
        user_verification=(
            UserVerificationRequirement.REQUIRED
            if known is None
            else UserVerificationRequirement.PREFERRED
        ),
    )
    return options_to_json(options)


def check_used(purpose: str, answer: str, owner: Person | None = None) -> Person:
    """Whose passkey the browser used; must be ``owner``'s where one is given. The caller commits.

    Without an owner the passkey alone lets somebody in, and must have asked who is there. Raises
    :class:`PasskeyRefused`.
    """
    try:
        credential = parse_authentication_credential_json(answer)
        challenge = _check_challenge(purpose, credential.response.client_data_json)
        row = db.session.scalar(select(Passkey).where(Passkey.credential_id == credential.raw_id))
        if row is None or (owner is not None and row.person_id != owner.id):
            raise PasskeyRefused
        person = db.session.get(Person, row.person_id)
        if person is None or not person.active or person.demo:
            raise PasskeyRefused
        if owner is None and row.usage != "first":
            raise PasskeyRefused
        handle = credential.response.user_handle
        if handle and handle != (person.fs_webauthn_user_handle or "").encode():
            raise PasskeyRefused
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_origin=expected_origin(),
            expected_rp_id=relying_party(),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=owner is None,
        )
    except (
        WebAuthnException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as fault:
        raise PasskeyRefused from fault
    if not throttle.use_once("challenge", challenge.hex()):
        raise PasskeyRefused
    row.sign_count = checked.new_sign_count
    row.lastuse_datetime = utcnow()
    row.backup_state = checked.credential_backed_up
    return person


def passkeys_of(person: Person) -> list[Passkey]:
    """The passkeys of ``person``, by name."""
    return list(
        db.session.scalars(
            select(Passkey).where(Passkey.person_id == person.id).order_by(Passkey.name, Passkey.id)
        )
    )


def _descriptors(known: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    transports = {transport.value: transport for transport in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=row.credential_id,
            transports=[transports[name] for name in row.transports or () if name in transports]
            or None,
        )
        for row in known
    ]
