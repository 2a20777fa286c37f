"""Public holidays of a city's country, in words."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Self

# How the library calls our languages; what it lacks comes in the country's own, which the city reads.
_NAMES = {"en": ("en_GB", "en_US"), "sr_Latn": ()}


class Holiday(str):
    """The name of a public holiday, which knows the language that it is in."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, name: str, language: str) -> Self:
        """Return ``name`` with the code of its language."""
        made = super().__new__(cls, name)
        made.language = language
        return made


def public_holidays(country: str, first: date, last: date, language: str) -> dict[date, Holiday]:
    """The public holidays from ``first`` to ``last``, both days included, in order, with their names.

    A name is in ``language`` where it is known, else in the country's own; its ``language`` says which. An unknown
    country (or none), and years before or after what is known, have no holidays. Nothing is raised.
    """
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in _of_year(country, year, language).items()
        if first <= day <= last
    }


@lru_cache(maxsize=512)
def _of_year(country: str, year: int, language: str) -> Mapping[date, Holiday]:
    if not country:
        return MappingProxyType({})
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
            for day, name in sorted(found.items())
            if day.year == year
        }
    )


def _parts(name: str) -> list[str]:
    # The library joins the names of holidays that fall on one day.
    return list(dict.fromkeys(part.strip() for part in name.split(";") if part.strip()))
