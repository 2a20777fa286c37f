"""The fixed choices of an activity, and what each is called in the reader's language."""

from enum import StrEnum
from typing import Any

from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp


class Status(StrEnum):
    """How far an activity has come."""

    PLANNED = "planned"
    HELD = "held"
    REPORTED = "reported"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"

    @property
    def took_place(self) -> bool:
        """Whether it has happened."""
        return self in {Status.HELD, Status.REPORTED}


class Visibility(StrEnum):
    """Who in the city may see an activity."""

    MEMBERS = "members"
    ORGANISATION = "organisation"


class Mode(StrEnum):
    """Where people met."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    BOTH = "both"


STATUSES = {
    Status.PLANNED: _lp("activity", "Planned"),
    Status.HELD: _lp("activity", "Held"),
    Status.REPORTED: _lp("activity", "Reported"),
    Status.POSTPONED: _lp("activity", "Postponed"),
    Status.CANCELLED: _lp("activity", "Cancelled"),
}

# What a list can be narrowed to: a status, or what several have in common.
STATUS_FILTERS: dict[str, Any] = {
    **{status.value: title for status, title in STATUSES.items()},
    "took_place": _lp("activity", "Held or reported"),
    "unreported": _lp("activity", "Waiting for your report"),
}

PERIODS = {
    "coming": _lp("period", "Coming"),
    "this_month": _lp("period", "This month"),
    "this_quarter": _lp("period", "This quarter"),
    "last_quarter": _lp("period", "Last quarter"),
    "this_year": _lp("period", "This year"),
    "last_year": _lp("period", "Last year"),
}

SORT_TITLES = {
    "-date": _l("Latest first"),
    "date": _l("Earliest first"),
    "title": _l("By title"),
    "organisation": _l("By organisation"),
    "-participants": _l("Most participants first"),
}

# The tone and the mark of each state (look.md): red stays with what is late or failed.
STATUS_LOOKS = {
    Status.PLANNED: ("", "calendar"),
    Status.HELD: ("good", "check"),
    Status.REPORTED: ("info", "file-check"),
    Status.POSTPONED: ("", "calendar-off"),
    Status.CANCELLED: ("", "ban"),
}

VISIBILITIES = {
    Visibility.MEMBERS: _l("Members of the network"),
    Visibility.ORGANISATION: _l("Only the lead organisation"),
}

MODES = {
    Mode.IN_PERSON: _lp("activity", "In person"),
    Mode.ONLINE: _lp("activity", "Online"),
    Mode.BOTH: _lp("activity", "In person and online"),
}

TYPES = {
    "workshop": _lp("activity type", "Workshop"),
    "awareness_campaign": _lp("activity type", "Awareness campaign"),
    "training_frontline": _lp("activity type", "Training for professionals"),
    "training_trainers": _lp("activity type", "Training of trainers"),
    "school_programme": _lp("activity type", "School programme"),
    "youth_programme": _lp("activity type", "Youth programme"),
    "sport_culture": _lp("activity type", "Sport and culture"),
    "interfaith_intercultural_dialogue": _lp(
        "activity type", "Interfaith or intercultural dialogue"
    ),
    "community_meeting": _lp("activity type", "Community meeting"),
    "family_support_session": _lp("activity type", "Family support session"),
    "women_led_initiative": _lp("activity type", "Women-led initiative"),
    "online_campaign": _lp("activity type", "Online campaign"),
    "media_literacy": _lp("activity type", "Media literacy"),
    "publication": _lp("activity type", "Publication"),
    "research_assessment": _lp("activity type", "Research or assessment"),
    "survey": _lp("activity type", "Survey"),
    "mentoring_programme": _lp("activity type", "Mentoring programme"),
    "psychosocial_service": _lp("activity type", "Psychosocial support"),
    "vocational_employment": _lp("activity type", "Vocational training and employment"),
    "safe_space": _lp("activity type", "Safe space"),
    "exhibition_festival": _lp("activity type", "Exhibition or festival"),
    "sermon_or_faith_message": _lp("activity type", "Sermon or message of faith"),
    "grants": _lp("activity type", "Grants"),
    "peer_exchange_study_visit": _lp("activity type", "Peer exchange or study visit"),
    "policy_planning": _lp("activity type", "Policy and planning"),
    "hate_incident_response": _lp("activity type", "Response to a hate incident"),
    "commemoration": _lp("activity type", "Commemoration"),
    "capacity_equipment": _lp("activity type", "Capacity and equipment"),
    "coordination": _lp("activity type", "Coordination"),
    "other": _lp("activity type", "Other"),
}

# The codes and words are those by which organisations are described, so that the calendar filters both alike.
LEVELS = {
    "primary": _lp("level of prevention", "Primary prevention"),
    "secondary": _lp("level of prevention", "Secondary prevention"),
    "tertiary": _lp("level of prevention", "Tertiary prevention"),
    "cross_cutting": _lp("level of prevention", "All levels"),
    "post_incident": _lp("level of prevention", "After an incident"),
}

TARGET_GROUPS = {
    "adolescents_12_17": _lp("target group", "Adolescents 12–17"),
    "young_adults_18_29": _lp("target group", "Young adults 18–29"),
    "parents": _lp("target group", "Parents"),
    "teachers": _lp("target group", "Teachers"),
    "women": _lp("target group", "Women"),
    "general_public": _lp("target group", "General public"),
    "children_0_11": _lp("target group", "Children 0–11"),
    "school_staff": _lp("target group", "School staff"),
    "social_workers": _lp("target group", "Social workers"),
    "health": _lp("target group", "Health workers"),
    "police": _lp("target group", "Police"),
    "municipal_staff": _lp("target group", "Municipal staff"),
    "elected_officials": _lp("target group", "Elected officials"),
    "religious_leaders": _lp("target group", "Religious leaders"),
    "community_leaders": _lp("target group", "Community leaders"),
    "minority_communities": _lp("target group", "Minority communities"),
    "refugees_migrants": _lp("target group", "Refugees and migrants"),
    "returnees_families": _lp("target group", "Returnees and their families"),
    "prisoners_probation": _lp("target group", "People in prison or on probation"),
    "victims": _lp("target group", "Victims"),
    "journalists": _lp("target group", "Journalists"),
    "online_creators": _lp("target group", "Online creators"),
    "civil_society": _lp("target group", "Civil society"),
    "sports": _lp("target group", "Sports clubs"),
    "private_sector": _lp("target group", "Private sector"),
}
# What the form offers at once; the others stand behind "more".
USUAL_TARGET_GROUPS = tuple(TARGET_GROUPS)[:6]

SEXES = {
    "female": _lp("participants", "Women and girls"),
    "male": _lp("participants", "Men and boys"),
    "other": _lp("participants", "Other"),
    "unknown": _lp("participants", "Unknown"),
}

AGES = {
    "0_11": _lp("participants", "0–11 years"),
    "12_17": _lp("participants", "12–17 years"),
    "18_29": _lp("participants", "18–29 years"),
    "30_64": _lp("participants", "30–64 years"),
    "65_up": _lp("participants", "65 years and over"),
    "unknown": _lp("participants", "Unknown"),
}

# How often an activity repeats, by the codes of services/rhythm.py.
EVERY = {
    "week": _lp("activity repeats", "Every week"),
    "two_weeks": _lp("activity repeats", "Every two weeks"),
    "month_weekday": _lp("activity repeats", "Every month, on the same weekday"),
    "month_date": _lp("activity repeats", "Every month, on the same date"),
    "year": _lp("activity repeats", "Every year"),
}

CURRENCIES = tuple("EUR MKD ALL RSD BAM TRY JOD LBP USD GBP CHF".split())
