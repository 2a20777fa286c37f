"""Passwords: long, not common, not about oneself; no rules about which characters."""

import re
import runpy
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import current_app
from flask_security import PasswordUtil, hash_password
from flask_security.utils import verify_password

from core.i18n import gettext as _
from core.i18n import ngettext
from core.identity.models import Person

SHORTEST = 15
LONGEST = 256
COMMON = 10_000
# At least this many characters must be left when common passwords and repetitions are taken away.
_SUBSTANCE = 8


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """The ten thousand most common passwords, by the list that zxcvbn brings along.

    Only the list is read, and only when somebody chooses a password: the rest of that package weighs much more.
    """
    spec = find_spec("zxcvbn")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            "The package zxcvbn, which brings the list of common passwords, is missing."
        )
    lists = runpy.run_path(str(Path(spec.origin).with_name("frequency_lists.py")))
    ranked = lists["FREQUENCY_LISTS"]["passwords"]
    return frozenset(word.casefold() for word in list(ranked)[:COMMON])


def _bare(text: str) -> str:
    """Letters and digits alone, small, without accents: how people pad and repeat makes no difference."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def _repeated(text: str) -> bool:
    """Whether ``text`` is one short piece over and over (abcabcabc, aaaaaaa)."""
    return bool(re.fullmatch(r"(.{1,8}?)\1+.{0,7}", text, re.S)) and len(set(text)) < 9


def _runs(text: str) -> bool:
    """Whether most neighbours follow one another in the alphabet, in counting or on a keyboard."""
    rows = (
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
    )
    pairs = {row[i : i + 2] for row in rows for i in range(len(row) - 1)}
    pairs |= {pair[::-1] for pair in pairs}
    steps = [text[i : i + 2] for i in range(len(text) - 1)]
    follows = sum(step in pairs or step[0] == step[1] for step in steps)
    return bool(steps) and follows >= 0.8 * len(steps)


def is_common(password: str) -> bool:
    """Whether ``password`` is a common one, also when repeated, doubled, padded or run together."""
    common = common_passwords()
    plain = password.strip().casefold()
    bare = _bare(password)
    if plain in common or bare in common or _repeated(plain) or _repeated(bare) or _runs(bare):
        return True
    # Take away common passwords of five characters and more, longest first, and what merely counts up.
    rest = bare
    for length in range(min(len(rest), 20), 4, -1):
        start = 0
        while start + length <= len(rest):
            piece = rest[start : start + length]
            if piece in common and not _looks_like_a_phrase(password):
                rest = rest[:start] + rest[start + length :]
            else:
                start += 1
    rest = re.sub(r"\d+", "", rest) if rest != bare else rest
    return len(rest) < _SUBSTANCE and rest != bare


def _looks_like_a_phrase(password: str) -> bool:
    """Four different words or more: many words are also somebody's password, together they are not."""
    words = {word for word in re.split(r"[\W_]+", password.casefold()) if len(word) > 2}
    return len(words) >= 4


def about_oneself(password: str, *facts: str) -> bool:
    """Whether little is left of ``password`` once the own name and address are taken away."""
    bare = _bare(password)
    rest = bare
    for fact in facts:
        local = fact.partition("@")[0] if "@" in fact else fact
        pieces = {_bare(fact), _bare(local), *(_bare(word) for word in re.split(r"\W+|_", fact))}
        for piece in sorted(pieces, key=len, reverse=True):
            if len(piece) >= 3:
                rest = rest.replace(piece, "")
    return rest != bare and len(re.sub(r"\d+", "", rest)) < _SUBSTANCE


def objections(password: str, *facts: str) -> list[str]:
    """What speaks against ``password``, in sentences; empty when nothing does. ``facts`` are one's name and address."""
    if len(password) < SHORTEST:
        return [
            ngettext(
                "Use at least %(num)s character; a sentence of four words is easy to remember.",
                "Use at least %(num)s characters; a sentence of four words is easy to remember.",
                SHORTEST,
            )
        ]
    if len(password) > LONGEST:
        return [
            ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", LONGEST)
        ]
    if about_oneself(password, *facts):
        return [
            _(
                "This password is made of your name or address. Choose one that says nothing about you."
            )
        ]
    if is_common(password):
        return [
            _(
                "Many people use this password, or one made like it. Choose words that do not belong together."
            )
        ]
    return []


class Passwords(PasswordUtil):
    """Flask-Security's question whether a password will do, answered by :func:`objections`."""

    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """The sentences against a password (or None) and the password in its normal form."""
        normal = self.normalize(password)
        user = kwargs.get("user")
        facts = (user.email, user.name) if user is not None else (kwargs.get("email", ""),)
        return objections(normal, *facts) or None, normal


def normal_password(password: str) -> str:
    """The one form of a password that keyboards write in several."""
    return str(current_app.extensions["security"].password_util.normalize(password))


def set_password(person: Person, password: str) -> None:
    """Give ``person`` a new password that was found good. Their sessions are the caller's to end."""
    security = current_app.extensions["security"]
    person.password = hash_password(normal_password(password))
    security.datastore.set_uniquifier(person)


def password_matches(person: Person | None, password: str) -> bool:
    """Whether ``password`` is the person's own. Takes as long for nobody as for somebody."""
    if len(password) > 4 * LONGEST:
        password = ""
    normal = normal_password(password)
    if person is None or not person.password:
        verify_password(normal, _nobodys_hash())
        return False
    if not verify_password(normal, person.password):
        return False
    if current_app.extensions["security"].pwd_context.needs_update(person.password):
        person.password = hash_password(normal)
    return True


def _nobodys_hash() -> str:
    found: str | None = current_app.extensions.get("maillage_nobodys_hash")
    if found is None:
        found = hash_password("nobody has this password")
        current_app.extensions["maillage_nobodys_hash"] = found
    return found
