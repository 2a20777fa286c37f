"""The secret in each mail by which mails end without signing in: it names one membership, and opens nothing else."""

import json

from flask import current_app
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="maillage no more mails")


def stop_token(city_id: str, membership_id: str) -> str:
    """The secret for a member's mails. It does not expire: a mail may be opened late, and it can only end mails."""
    return _signer().sign(base64_encode(json.dumps([city_id, membership_id]))).decode()


def who_stops(token: str) -> tuple[str, str] | None:
    """City and membership of a secret; None for a forged one."""
    try:
        found = json.loads(base64_decode(_signer().unsign(token)))
    except (BadData, ValueError):
        return None
    if not isinstance(found, list) or len(found) != 2:
        return None
    return str(found[0]), str(found[1])
