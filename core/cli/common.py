"""What several commands share: a city by its address, and sentences for what goes wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

P = ParamSpec("P")
R = TypeVar("R")


def sentence_of(fault: BaseException) -> str | None:
    """The sentence for a fault that is not ours, or None."""
    from core.backup import BackupRefused
    from core.config import SettingError
    from core.mail import MailRefused, MailSettingError
    from core.registry import PluginClash
    from core.schema import SchemaError

    if isinstance(
        fault,
        SettingError | MailSettingError | MailRefused | PluginClash | SchemaError | BackupRefused,
    ):
        return str(fault)
    if isinstance(fault, OperationalError | ProgrammingError) and not isinstance(
        fault, IntegrityError
    ):
        text = str(fault.orig).lower()
        if "no such table" in text or "does not exist" in text:
            return "The database lacks tables. Run maillage db upgrade, then try again."
        if "locked" in text or "lock timeout" in text:
            return "The database is busy with something else. Try again in a moment."
        return "The database does not answer. Check MAILLAGE_DATABASE_URL and that the server runs."
    if isinstance(fault, PermissionError):
        return f"No permission to read or write {fault.filename}."
    return None


def writing(command: Callable[P, R]) -> Callable[P, R]:
    """A command in an application context whose transaction takes the write lock at once."""
    from core.database import write_intent

    @wraps(command)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with write_intent():
            return command(*args, **kwargs)

    return with_appcontext(inside)


def city_called(slug: str) -> Any:
    """The city with that address. Raises a usage error that names the ones there are."""
    from core.cities.services import all_cities, find_city

    city = find_city(slug)
    if city is None:
        known = ", ".join(city.slug for city in all_cities())
        raise click.ClickException(
            f"There is no city called {slug!r}. "
            + (f"There are: {known}." if known else "Make one with maillage cities add.")
        )
    return city


def pairs(texts: tuple[str, ...], what: str) -> dict[str, str]:
    """``("fr=Almine",)`` as ``{"fr": "Almine"}``, the languages checked."""
    from core.forms import clean
    from core.i18n import CONTENT_LANGUAGES

    found: dict[str, str] = {}
    for text in texts:
        language, sign, words = text.partition("=")
        cleaned = clean(words) or ""
        if not sign or not cleaned:
            raise click.UsageError(f"{what} is written LANGUAGE=TEXT, such as fr=Almine.")
        if language not in CONTENT_LANGUAGES:
            raise click.UsageError(f"{language!r} is not a language known here.")
        found[language] = cleaned
    return found
