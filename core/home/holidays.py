"""Public holidays of a city's country, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

# How the library calls our languages; what it lacks comes in the country's own, which the city reads.
_NAMES = {"en": ("en_GB", "en_US"), "sr_Latn": ()}


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday: its name, and the language the name is in."""

    name: str
    language: str


@lru_cache(maxsize=512)
def public_holidays(country: str, year: int, language: str) -> Mapping[date, Holiday]:
    """The public holidays of a year by day, in ``language`` where the library has it.

    An unknown country, or a year before or after the library's knowledge, has none.
    """
    import holidays

    languages = holidays.list_localized_countries().get(country, [])
    chosen = next((name for name in _NAMES.get(language, (language,)) if name in languages), None)
    try:
        found = holidays.country_holidays(country, years=year, language=chosen)
    except NotImplementedError:
        return MappingProxyType({})
    spoken = language if chosen else (getattr(found, "default_language", None) or "")
    comma = "، " if spoken == "ar" else ", "
    return MappingProxyType(
        {
            day: Holiday(comma.join(_parts(name)), spoken)
            for day, name in found.items()
            if day.year == year
        }
    )


def _parts(name: str) -> list[str]:
    # The library joins the names of holidays that fall on one day.
    return list(dict.fromkeys(part.strip() for part in name.split(";") if part.strip()))
