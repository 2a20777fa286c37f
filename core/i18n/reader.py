"""Who is being answered: language, way of writing dates and numbers, and time zone, found once per request."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import flask_babel
from babel import Locale
from babel.support import Translations
from flask import current_app, g, has_app_context
from sqlalchemy.exc import SQLAlchemyError

from core import tenancy
from core.i18n.catalogues import CORE_CATALOGUES, merged_catalogue
from core.i18n.languages import SOURCE_LANGUAGE, formatting_locale, known_language
from core.i18n.pseudo import PseudoCatalogue

if TYPE_CHECKING:
    from core.cities.models import City

EXTENSION = "maillage_languages"


@dataclass(slots=True)
class LanguageSettings:
    """What one application knows of its catalogues: folders in the order of merging, core's last."""

    folders: tuple[Path, ...] = (CORE_CATALOGUES,)
    pseudo: bool = False

    def catalogue(self, language: str, foreign: str = "") -> Translations:
        """The merged catalogue of ``language`` (see :func:`merged_catalogue`)."""
        merged = merged_catalogue(self.folders, language, foreign)
        return PseudoCatalogue(merged) if self.pseudo else merged


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Everything that a text for one reader depends on."""

    language: str
    country: str
    locale: Locale
    zone: ZoneInfo
    zone_name: str
    words: Translations
    pseudo: bool
    city: "City | None"
    asked: str | None


_forced: ContextVar[Reader | None] = ContextVar("maillage_reader", default=None)
_DEFAULT_SETTINGS = LanguageSettings()


def language_settings() -> LanguageSettings:
    """The settings of the application at work; core's catalogues alone where there is none."""
    if not has_app_context():
        return _DEFAULT_SETTINGS
    settings: LanguageSettings = current_app.extensions.get(EXTENSION, _DEFAULT_SETTINGS)
    return settings


@lru_cache(maxsize=64)
def zone_of(name: str | None) -> ZoneInfo:
    """The time zone called ``name``; UTC where there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _place(city: "City | None") -> tuple[str, ZoneInfo]:
    if city is None:
        return "", zone_of(None)
    try:
        return city.country or "", zone_of(city.zone)
    except SQLAlchemyError:
        # The page that says the database is away must not ask the database how to say it.
        return "", zone_of(None)


def _make_reader(asked: str | None, city: "City | None", own_zone: str = "") -> Reader:
    settings = language_settings()
    language = known_language(asked)
    country, zone = _place(city)
    if own_zone:
        zone = zone_of(own_zone)
    return Reader(
        language=language,
        country=country,
        locale=formatting_locale(language, country),
        zone=zone,
        zone_name=zone.key,
        words=settings.catalogue(language),
        pseudo=settings.pseudo,
        city=city,
        asked=asked,
    )


def _city() -> "City | None":
    if tenancy.city_in_force():
        return tenancy.current_city()
    city: City | None = g.get("city") if has_app_context() else None
    return city


def current_reader() -> Reader:
    """The reader in force: the forced one, else that of ``g.language`` and the city in force."""
    forced = _forced.get()
    if forced is not None:
        return forced
    # Asked for every text of a page, so g is looked up once, and without asking first whether it is there.
    try:
        kept = vars(g._get_current_object())
    except RuntimeError:
        return _make_reader(SOURCE_LANGUAGE, _city())
    asked: str | None = kept.get("language")
    city: City | None = tenancy.city_or_none() or kept.get("city")
    cached: Reader | None = kept.get("_reader")
    if cached is None or cached.asked != asked or cached.city is not city:
        cached = kept["_reader"] = _make_reader(asked, city)
    return cached


def current_language() -> str:
    """The code of the language in which texts come at this moment."""
    return current_reader().language


def current_locale() -> Locale:
    """How dates and numbers are written at this moment."""
    return current_reader().locale


def current_zone() -> ZoneInfo:
    """The time zone of the city in force, else UTC."""
    return current_reader().zone


@contextmanager
def force_language(
    language: str | None, city: "City | None" = None, zone: str = ""
) -> Iterator[None]:
    """Texts, dates and numbers inside come in ``language``, as ``city`` (else the city in force) writes them.

    For mails and notices to somebody else than whoever is looking; ``zone`` is theirs where it is not the city's.
    Works without a request and without an application; an unknown language means English.
    """
    reader = _make_reader(known_language(language), city if city is not None else _city(), zone)
    token = _forced.set(reader)
    try:
        with ExitStack() as stack:
            if has_app_context() and "babel" in current_app.extensions:
                # Libraries ask Flask-Babel, which remembers its first answer.
                stack.enter_context(flask_babel.force_locale(str(reader.locale)))
            yield
    finally:
        _forced.reset(token)
