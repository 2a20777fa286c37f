"""What our libraries say to people: their messages become part of core's catalogue, to be said in our words.

The lists come from the templates of the libraries themselves, so a new release shows its new messages as missing.
"""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Message

# Pages and mails are ours: what only Flask-Security's own templates say is left out; so is what belongs to ways of
# signing in that are switched off, and what only a programmer can cause.
_SECURITY_UNUSED = re.compile(
    r"username|\busernames?\b|OAuth|SMS|phone|refresh token|unified|breached|google auth|remember me"
    r"|^register$|login link|code or password|sign in option|requested API|%\(length\) characters"
    r"|Identity attribute|^Identity$|^Identity %|^none$|^Error\(s\)$|available methods"
    r"|lastpass|mobile device|contact administrator|change method|recover username",
    re.IGNORECASE,
)
_SECURITY_MODULES_UNUSED = ("/templates/", "unified_signin.py", "tokens.py", "oauth")
_WTFORMS_UNUSED = re.compile(
    r"Invalid field name|IP address|Mac address|UUID|Choices cannot be None|CSRF", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ForeignMessage:
    """One message of a library, under the library's name."""

    library: str
    id: str | tuple[str, str]


def foreign_messages() -> Iterator[ForeignMessage]:
    """The messages of Flask-Security and WTForms that a reader of ours can meet."""
    for message in _template("wtforms", "locale/wtforms.pot"):
        if not _WTFORMS_UNUSED.search(_first(message)):
            yield _foreign("WTForms", message)
    for message in _template("flask_security", "translations/flask_security.pot"):
        modules = [
            file
            for file, _ in message.locations
            if not any(unused in file for unused in _SECURITY_MODULES_UNUSED)
        ]
        if modules and not _SECURITY_UNUSED.search(_first(message)):
            yield _foreign("Flask-Security", message)


def _foreign(library: str, message: Message) -> ForeignMessage:
    if isinstance(message.id, str):
        return ForeignMessage(library, message.id)
    one, many = message.id
    return ForeignMessage(library, (str(one), str(many)))


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _template(package: str, path: str) -> Iterator[Message]:
    from babel.messages.pofile import read_po

    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return
    with (Path(spec.origin).parent / path).open("rb") as stream:
        for message in read_po(stream):
            if message.id:
                yield message
