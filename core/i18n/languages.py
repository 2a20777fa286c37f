"""The interface's languages, how one is chosen, and what is known of languages beyond them.

A language of the interface is a code such as ``mk`` or ``sr_Latn``. The languages of *content* are wider: any tag
that people write in, also one that neither the interface nor Babel knows, such as Romani.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global

Direction = Literal["ltr", "rtl"]

SOURCE_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the interface.

    ``code`` names its folder of catalogues, ``tag`` is what ``lang`` says in a page, and ``plural_header`` the
    only Plural-Forms that a catalogue of it may carry.
    """

    code: str
    tag: str
    name_in_itself: str
    direction: Direction
    plural_header: str


# The rules are those of Unicode CLDR, "Language Plural Rules", for whole numbers, in the expressions that GNU
# gettext's manual gives ("Plural forms"). Babel writes other headers: for Macedonian it knows 1 alone (not 21, 31
# ...), and for Arabic it swaps the last two forms. A test holds the table against CLDR's rules.
_SLAVONIC = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
    "n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
)
_ARABIC = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
)
_ONE_AND_OTHER = "nplurals=2; plural=(n != 1);"

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        language.code: language
        for language in (
            Language("en", "en", "English", "ltr", _ONE_AND_OTHER),
            Language("fr", "fr", "français", "ltr", "nplurals=2; plural=(n > 1);"),
            Language(
                "mk",
                "mk",
                "македонски",
                "ltr",
                "nplurals=2; plural=(n%10==1 && n%100!=11 ? 0 : 1);",
            ),
            Language("sq", "sq", "shqip", "ltr", _ONE_AND_OTHER),
            Language("sr", "sr", "српски", "ltr", _SLAVONIC),
            Language("sr_Latn", "sr-Latn", "srpski", "ltr", _SLAVONIC),
            Language("tr", "tr", "Türkçe", "ltr", _ONE_AND_OTHER),
            Language("ar", "ar", "العربية", "rtl", _ARABIC),
        )
    }
)

# What people in these places write besides: offered where a record says in which language it was written or held.
CONTENT_LANGUAGES: tuple[str, ...] = (
    *LANGUAGES,
    *"rom rup bs hr bg el hu ro de it es nl ru uk ku fa ur so ti".split(),
)


def known_language(code: str | None) -> str:
    """``code`` if the interface speaks it, else English."""
    return code if code is not None and code in LANGUAGES else SOURCE_LANGUAGE


# One language in two scripts, each of which is read by whoever reads the other.
SCRIPT_SISTERS = {"sr": "sr_Latn", "sr_Latn": "sr"}

# -- Choosing ----------------------------------------------------------------------------------------------

_TAG = re.compile(r"[a-z]{2,8}(?:[-_][a-z0-9]{1,8})*", re.ASCII)
_MANY = 50  # A browser sends under ten; what comes after fifty is noise.

# Browsers set to a sister language get the one their reader can read best. Arabic as it is spoken in a place is
# written as Arabic, Albanian's own codes are those of ISO 639-3.
_STANDS_FOR = {
    "als": "sq",
    "arb": "ar",
    "acm": "ar",
    "aeb": "ar",
    "ajp": "ar",
    "apc": "ar",
    "ary": "ar",
    "arz": "ar",
    "bs": "sr_Latn",
    "cnr": "sr_Latn",
    "hr": "sr_Latn",
    "sh": "sr_Latn",
}


def match_tag(tag: str) -> str | None:
    """The interface's language for one language tag, or ``None``: ``sr-Latn-RS`` gives ``sr_Latn``."""
    tag = tag.strip().lower()
    if not _TAG.fullmatch(tag):
        return None
    primary, *rest = re.split("[-_]", tag)
    code = _STANDS_FOR.get(primary, primary)
    if code in {"sr", "sr_Latn"}:
        if "latn" in rest:
            return "sr_Latn"
        if "cyrl" in rest:
            return "sr"
        # Montenegro writes Serbian in Latin letters (CLDR, likely subtags).
        return "sr_Latn" if "me" in rest else code
    return code if code in LANGUAGES else None


def match_accept_language(header: str | None) -> str | None:
    """The interface's language that an Accept-Language header asks for first, or ``None``.

    Any header is read, whatever it holds: what cannot be understood is passed over.
    """
    wishes: list[tuple[float, str]] = []
    for part in (header or "").split(",", _MANY)[:_MANY]:
        tag, _, parameters = part.partition(";")
        code = match_tag(tag)
        weight = _weight(parameters)
        if code is not None and weight > 0:
            wishes.append((weight, code))
    # max() keeps the first of equals, which is the order in which the reader put them.
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if not name.strip():
        return 1.0
    if name.strip().lower() != "q" or not re.fullmatch(
        r"\s*(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", value, re.ASCII
    ):
        return 0.0
    return float(value)


def choose_language(
    person_setting: str | None,
    remembered: str | None,
    accept_language: str | None,
    city_default: str | None,
) -> str:
    """The code of the language to answer in.

    The person's own setting comes first, then what this browser chose in the language menu, then what the browser
    asks for, then the city's default, then English. Unknown codes are passed over.
    """
    for code in (
        person_setting,
        remembered,
        match_accept_language(accept_language),
        city_default,
    ):
        if code is not None and code in LANGUAGES:
            return code
    return SOURCE_LANGUAGE


# -- Properties of a language ------------------------------------------------------------------------------

_RIGHT_TO_LEFT = frozenset(
    "ar apc arb arc ary arz ckb dv fa he ks ku-arab nqo prs ps sd syr ug ur yi".split()
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset("adlm arab hebr mand nkoo rohg samr syrc thaa".split())


def direction(code: str) -> Direction:
    """How ``code`` is written, ``ltr`` or ``rtl``, for any language that content may be in."""
    if code in LANGUAGES:
        return LANGUAGES[code].direction
    primary, *rest = re.split("[-_]", code.lower())
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def lang_tag(code: str) -> str:
    """What ``lang`` says in HTML for ``code``: ``sr-Latn`` for ``sr_Latn``; ``und`` where it is no tag."""
    if code in LANGUAGES:
        return LANGUAGES[code].tag
    return code.replace("_", "-") if _TAG.fullmatch(code.lower()) else "und"


@lru_cache(maxsize=512)
def formatting_locale(language: str, country: str | None = "") -> Locale:
    """How dates and numbers are written: ``language`` as in ``country``, where Babel has the pair.

    ``ar`` in ``JO`` has other month names than ``ar``. Elsewhere the language alone decides; English is then
    British, as the interface's is.
    """
    language = known_language(language)
    # Bare "sr_ME" would be read as Latin.
    base = "sr_Cyrl" if language == "sr" else language
    if country and re.fullmatch("[A-Za-z]{2}", country, re.ASCII):
        with suppress(UnknownLocaleError, ValueError):
            return Locale.parse(f"{base}_{country.upper()}")
    return Locale.parse("en_GB" if language == "en" else language)


@lru_cache(maxsize=64)
def first_day_of_week(locale: Locale, country: str | None = "") -> int:
    """The day a week begins with, 0 being Monday: a fact of the country, whatever language is read there."""
    return int(_locale_of(country, locale).first_week_day)


@lru_cache(maxsize=64)
def days_of_rest(locale: Locale, country: str | None = "") -> frozenset[int]:
    """The days at the end of a working week, 0 being Monday: a fact of the country, as the week's beginning is."""
    found = _locale_of(country, locale)
    length = (found.weekend_end - found.weekend_start) % 7 + 1
    return frozenset((found.weekend_start + offset) % 7 for offset in range(length))


def _locale_of(country: str | None, otherwise: Locale) -> Locale:
    """What is spoken in ``country``, where Babel knows it."""
    likely = get_global("likely_subtags").get(f"und_{country.upper()}") if country else None
    if likely:
        with suppress(UnknownLocaleError, ValueError):
            return Locale.parse(likely)
    return otherwise


@lru_cache(maxsize=1024)
def babel_language_name(code: str, in_language: str) -> str | None:
    """Babel's name of ``code`` as written in ``in_language``, or ``None`` where it has none."""
    reader = formatting_locale(in_language)
    try:
        locale = Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        name = reader.languages.get(code)
    else:
        name = locale.get_display_name(reader)
    return str(name) if name else None
