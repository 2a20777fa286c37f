"""The lists an organisation is described by: sectors, levels of prevention, and what it can offer.

Codes are stored, titles are shown. A code is never reused for another meaning, and one that is no longer offered
keeps its title, so that what was written with it stays readable.
"""

from collections.abc import Iterable, Mapping

from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp

SECTORS: Mapping[str, str] = {
    "local_government": _lp("sector", "Local government"),
    "education": _lp("sector", "Education"),
    "social_services": _lp("sector", "Social services"),
    "child_protection": _lp("sector", "Child protection"),
    "health": _lp("sector", "Health"),
    "mental_health": _lp("sector", "Mental health"),
    "police": _lp("sector", "Police"),
    "justice": _lp("sector", "Justice"),
    "youth_work": _lp("sector", "Youth work"),
    "faith_community": _lp("sector", "Faith community"),
    "civil_society": _lp("sector", "Civil society"),
    "employment": _lp("sector", "Employment services"),
    "sport_culture": _lp("sector", "Sport and culture"),
    "other": _lp("sector", "Other"),
}

LEVELS: Mapping[str, str] = {
    "primary": _lp("level of prevention", "Primary prevention"),
    "secondary": _lp("level of prevention", "Secondary prevention"),
    "tertiary": _lp("level of prevention", "Tertiary prevention"),
    "cross_cutting": _lp("level of prevention", "All levels"),
    "post_incident": _lp("level of prevention", "After an incident"),
}

LEVEL_HINTS: Mapping[str, str] = {
    "primary": _l("For everybody"),
    "secondary": _l("For people who could be drawn in"),
    "tertiary": _l("For people who are already involved"),
}

SERVICES: Mapping[str, str] = {
    "mentoring": _lp("service", "Mentoring"),
    "family_counselling": _lp("service", "Family counselling"),
    "psychological_support": _lp("service", "Psychological support"),
    "substance_support": _lp("service", "Help with addiction"),
    "education": _lp("service", "Return to school"),
    "employment": _lp("service", "Training and work"),
    "housing": _lp("service", "Housing"),
    "benefits": _lp("service", "Money and social benefits"),
    "legal_advice": _lp("service", "Legal advice"),
    "language_course": _lp("service", "Language courses"),
    "online_safety": _lp("service", "Safety online and media literacy"),
    "leisure": _lp("service", "Sport, culture and leisure"),
    "dialogue": _lp("service", "Dialogue on faith and worldview"),
    "mediation": _lp("service", "Mediation"),
    "exit_programme": _lp("service", "Ways out of violent groups"),
    "victim_support": _lp("service", "Support for victims"),
}


def titles(codes: Iterable[str], of: Mapping[str, str]) -> list[str]:
    """The titles of ``codes`` in the list's order; a code that the list does not know stands for itself."""
    wanted = set(codes)
    known = [str(title) for code, title in of.items() if code in wanted]
    return known + sorted(wanted - set(of))
