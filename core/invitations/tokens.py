"""The secret in the link of an invitation: it names one invitee, and answers for that one alone."""

import re

from itsdangerous import BadData

from core.identity.tokens import signer

_NAMED = re.compile(r"([a-z2-7]{16})([a-z2-7]{16})")


def answer_token(city_id: str, invitee_id: str) -> str:
    """The secret for one invitee. It works until the event is over: people answer, and answer again."""
    # Two identifiers of ours need no further writing: letters and figures that no mail program breaks.
    return signer("answer").sign(f"{city_id}{invitee_id}").decode()


def invitee_of(token: str) -> tuple[str, str] | None:
    """The city and the invitee that a link is for; None when it is forged or damaged."""
    try:
        found = _NAMED.fullmatch(signer("answer").unsign(token).decode())
    except (BadData, UnicodeError):
        return None
    return (found[1], found[2]) if found else None
