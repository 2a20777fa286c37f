"""The secrets in links of mails that need no table: signed, short-lived, and void after what they were for."""

import json

from flask import current_app
from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode
from sqlalchemy import select

from core.database import db
from core.identity.mails import ADDRESS_CHANGE_HOURS, RESET_HOURS
from core.identity.models import Person


def signer(purpose: str) -> TimestampSigner:
    """What signs and checks the secrets of one purpose; those of another are nothing to it."""
    return TimestampSigner(current_app.config["SECRET_KEY"], salt=f"maillage {purpose}")


def _write(purpose: str, *facts: str) -> str:
    # No serializer: those compress, and a compressed text begins with a dot, where mail programs end a link.
    return signer(purpose).sign(base64_encode(json.dumps(facts))).decode()


def _read(purpose: str, token: str, hours: int) -> list[str] | None:
    try:
        found = json.loads(base64_decode(signer(purpose).unsign(token, max_age=hours * 3600)))
    except (BadData, ValueError):
        return None
    return [str(fact) for fact in found]


def reset_token(person: Person) -> str:
    """The secret of a link for a new password. A changed password makes it void."""
    return _write("reset", person.fs_uniquifier)


def person_of_reset(token: str) -> Person | None:
    """Whose password a link is for; None when it is forged, too old or used."""
    found = _read("reset", token, RESET_HOURS)
    if found is None or len(found) != 1:
        return None
    person = db.session.scalar(select(Person).where(Person.fs_uniquifier == found[0]))
    return person if person is not None and person.active and not person.demo else None


def address_token(person: Person, address: str) -> str:
    """The secret of a link that confirms a new address. Void once the present one is another."""
    return _write("address", person.fs_uniquifier, person.email, address)


def change_of_address(token: str) -> tuple[Person, str] | None:
    """Whose address becomes which; None when the link is forged, too old or used."""
    found = _read("address", token, ADDRESS_CHANGE_HOURS)
    if found is None or len(found) != 3:
        return None
    uniquifier, former, address = found
    person = db.session.scalar(select(Person).where(Person.fs_uniquifier == uniquifier))
    if person is None or not person.active or person.email != former:
        return None
    return person, address
