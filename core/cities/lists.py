"""What a city chooses from: countries, time zones, arms."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from core.folding import sort_key
from core.i18n import lazy_pgettext as _lp

# The drawings of core/static/arms.svg. The empty one is the mark of Maillage.
ARMS: Mapping[str, str] = {
    "": _lp("coat of arms", "The mark of Maillage"),
    "tower": _lp("coat of arms", "Tower"),
    "bridge": _lp("coat of arms", "Bridge"),
    "sun": _lp("coat of arms", "Sun"),
    "wheat": _lp("coat of arms", "Wheat"),
    "star": _lp("coat of arms", "Star"),
    "brezovo": _lp("coat of arms", "Birches"),
    "almina": _lp("coat of arms", "Anchor"),
    "rivemont": _lp("coat of arms", "Mountains and river"),
}


@lru_cache(maxsize=16)
def countries(locale: Locale) -> tuple[tuple[str, str], ...]:
    """Country codes of two letters with their names, in the order of the names."""
    # XA, XB and ZZ are no countries; EU, EZ and UN are unions.
    found = [
        (code, str(name))
        for code, name in locale.territories.items()
        if len(code) == 2
        and code.isalpha()
        and code not in {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    ]
    return tuple(sorted(found, key=lambda one: sort_key(one[1])))


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The time zones that are named after a place, by name."""
    from zoneinfo import available_timezones

    regions = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/",
               "Indian/", "Pacific/")  # fmt: skip
    return tuple(sorted(name for name in available_timezones() if name.startswith(regions)))
