"""A form that was sent after its writer's session had ended survives signing in again.

Its fields are sealed with a key that only the writer's browser has, for an hour. After signing in, the same person
sees that the text is kept and sends it with one press.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import delete, insert, select
from werkzeug.wrappers import Response as AnyResponse

from core.database import db, utcnow
from core.identity.models import KeptForm, Person
from core.identity.sessions import EndedSession, ended_session
from core.identity.transactions import short_transaction

KEPT_FOR = timedelta(hours=1)
LARGEST = 64 * 1024
_SECRET_FIELDS = re.compile(r"password|passwd|secret|token|credential|code\b|_code$", re.I)


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept form: where it goes, and its fields in their order."""

    path: str
    fields: list[tuple[str, str]]


def _cookie_name() -> str:
    return "__Host-maillage-kept" if current_app.config["SECURE_SITE"] else "maillage-kept"


def _key(secret: str) -> bytes:
    return hashlib.sha256(f"maillage kept form\0{secret}".encode()).digest()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def keep_form(response: AnyResponse) -> None:
    """Keep the form of this request for the person whose session ended, if it is one of ours; else do nothing."""
    if request.method != "POST" or request.endpoint is None:
        return
    ended = ended_session()
    if ended is None or not _of_our_page(ended):
        return
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and not _SECRET_FIELDS.search(name)
    ]
    content = json.dumps({"path": request.full_path.rstrip("?"), "fields": fields}).encode()
    if not fields or len(content) > LARGEST:
        return
    secret = secrets.token_urlsafe(32)
    nonce = secrets.token_bytes(12)
    sealed = nonce + AESGCM(_key(secret)).encrypt(nonce, content, ended.person_id.encode())
    with short_transaction() as connection:
        # One form for each person: the last one.
        connection.execute(delete(KeptForm).where(KeptForm.person_id == ended.person_id))
        connection.execute(
            insert(KeptForm).values(
                key_hash=_hash(secret),
                person_id=ended.person_id,
                content=sealed,
                expires_at=utcnow() + KEPT_FOR,
            )
        )
    response.set_cookie(
        _cookie_name(),
        secret,
        max_age=int(KEPT_FOR.total_seconds()),
        path="/",
        secure=current_app.config["SECURE_SITE"],
        httponly=True,
        samesite="Lax",
    )


def _of_our_page(ended: EndedSession) -> bool:
    """Whether the form came from a page of that session: it carries the session's own guard against forgery."""
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return True
    given = request.form.get("csrf_token") or request.headers.get("X-CSRFToken", "")
    reader = URLSafeTimedSerializer(
        current_app.config.get("WTF_CSRF_SECRET_KEY", current_app.config["SECRET_KEY"]),
        salt="wtf-csrf-token",
    )
    try:
        found = reader.loads(given)
    except BadSignature:
        return False
    return bool(ended.csrf_token) and secrets.compare_digest(str(found), ended.csrf_token)


def kept_form(person: Person) -> Kept | None:
    """The form that was kept for ``person`` in this browser, if there is one."""
    secret = request.cookies.get(_cookie_name(), "")
    if not secret:
        return None
    row = db.session.execute(
        select(KeptForm.content).where(
            KeptForm.key_hash == _hash(secret),
            KeptForm.person_id == person.id,
            KeptForm.expires_at > utcnow(),
        )
    ).one_or_none()
    if row is None:
        return None
    sealed: bytes = row.content
    try:
        content = AESGCM(_key(secret)).decrypt(sealed[:12], sealed[12:], person.id.encode())
    except InvalidTag:
        return None
    found = json.loads(content)
    return Kept(found["path"], [(str(name), str(value)) for name, value in found["fields"]])


def forget_kept_form(person: Person, response: AnyResponse) -> None:
    """Remove what was kept. The caller commits."""
    db.session.execute(delete(KeptForm).where(KeptForm.person_id == person.id))
    response.delete_cookie(
        _cookie_name(),
        path="/",
        secure=current_app.config["SECURE_SITE"],
        httponly=True,
        samesite="Lax",
    )
