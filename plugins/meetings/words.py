"""The fixed choices of a meeting, and what each is called in the reader's language.

Codes are stored, titles are shown. The tone and mark of each state are those of the house: red stays with what is late
or failed, and a postponed meeting is neither.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp

PLUGIN = "meetings"


class State(StrEnum):
    """How far a meeting has come, from its draft to its archive."""

    DRAFT = "draft"
    CONVENED = "convened"
    IN_PROGRESS = "in_progress"
    MINUTES = "minutes"
    CIRCULATED = "circulated"
    APPROVED = "approved"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"

    @property
    def coming(self) -> bool:
        """Whether it is still to be held."""
        return self in {State.DRAFT, State.CONVENED}

    @property
    def held(self) -> bool:
        """Whether it has taken place, or is taking place."""
        return self in _HELD

    @property
    def settled(self) -> bool:
        """Whether its minutes have left the desk of whoever wrote them."""
        return self in {State.CIRCULATED, State.APPROVED, State.ARCHIVED}

    @property
    def closed(self) -> bool:
        """Whether its minutes are approved: then nothing changes but by a correction with its reason."""
        return self in {State.APPROVED, State.ARCHIVED}


_HELD = frozenset(
    {State.IN_PROGRESS, State.MINUTES, State.CIRCULATED, State.APPROVED, State.ARCHIVED}
)

STATES: Mapping[str, Any] = {
    State.DRAFT: _lp("meeting", "Draft"),
    State.CONVENED: _lp("meeting", "Convened"),
    State.IN_PROGRESS: _lp("meeting", "In progress"),
    State.MINUTES: _lp("meeting", "Minutes in draft"),
    State.CIRCULATED: _lp("meeting", "Minutes circulated"),
    State.APPROVED: _lp("meeting", "Minutes approved"),
    State.ARCHIVED: _lp("meeting", "Archived"),
    State.CANCELLED: _lp("meeting", "Cancelled"),
    State.POSTPONED: _lp("meeting", "Postponed"),
}
STATE_LOOKS: Mapping[str, tuple[str, str]] = {
    State.DRAFT: ("", "pencil"),
    State.CONVENED: ("info", "send"),
    State.IN_PROGRESS: ("own", "player-play"),
    State.MINUTES: ("wait", "edit"),
    State.CIRCULATED: ("info", "mail-forward"),
    State.APPROVED: ("good", "check"),
    State.ARCHIVED: ("", "archive"),
    State.CANCELLED: ("", "ban"),
    State.POSTPONED: ("", "calendar-off"),
}
# From which state one may go to which.
STEPS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset(
        {State.CONVENED, State.IN_PROGRESS, State.MINUTES, State.POSTPONED, State.CANCELLED}
    ),
    State.CONVENED: frozenset({State.IN_PROGRESS, State.MINUTES, State.POSTPONED, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.MINUTES}),
    State.MINUTES: frozenset({State.IN_PROGRESS, State.CIRCULATED}),
    State.CIRCULATED: frozenset({State.MINUTES, State.APPROVED}),
    State.APPROVED: frozenset({State.ARCHIVED}),
    State.ARCHIVED: frozenset(),
    State.CANCELLED: frozenset({State.DRAFT}),
    State.POSTPONED: frozenset({State.DRAFT, State.CONVENED, State.CANCELLED}),
}

# What a list of meetings can be narrowed to, beside one state alone.
SHOWN: Mapping[str, Any] = {
    "": _lp("meetings", "All"),
    "coming": _lp("meetings", "Coming"),
    "held": _lp("meetings", "Held"),
    "minutes_due": _lp("meetings", "Minutes not approved yet"),
    **{state.value: STATES[state] for state in State},
}

MEETING_TYPES: Mapping[str, Any] = {
    "plenary_network": _lp("meeting type", "Meeting of the network"),
    "steering": _lp("meeting type", "Steering group"),
    "case_table": _lp("meeting type", "Case table"),
    "intervention_planning": _lp("meeting type", "Planning of support"),
    "strategic_trend": _lp("meeting type", "Local picture and trends"),
    "working_group": _lp("meeting type", "Working group"),
    "community_forum": _lp("meeting type", "Community forum"),
    "crisis_incident": _lp("meeting type", "After an incident"),
    "bilateral": _lp("meeting type", "Talk between two organisations"),
    "training": _lp("meeting type", "Training"),
    "peer_exchange": _lp("meeting type", "Exchange with another city"),
    "review_evaluation": _lp("meeting type", "Review and evaluation"),
}

ITEM_KINDS: Mapping[str, Any] = {
    "opening_declarations": _lp("agenda item", "Opening and declarations"),
    "previous_minutes": _lp("agenda item", "Minutes of the last meeting"),
    "action_review": _lp("agenda item", "Open actions"),
    "context_update": _lp("agenda item", "Local picture"),
    "activity_report": _lp("agenda item", "Activities held and coming"),
    "planning": _lp("agenda item", "Plan"),
    "case_block": _lp("agenda item", "Cases"),
    "resources": _lp("agenda item", "Budget and resources"),
    "national_update": _lp("agenda item", "From the national level"),
    "community_feedback": _lp("agenda item", "From the community"),
    "learning": _lp("agenda item", "Learning"),
    "proposal": _lp("agenda item", "Proposal of a member"),
    "any_other": _lp("agenda item", "Other matters"),
    "next_meeting": _lp("agenda item", "Decisions read back, next date"),
}

SECTIONS: Mapping[str, Any] = {
    "opening": _lp("section of an agenda", "Opening"),
    "reports": _lp("section of an agenda", "What happened"),
    "topics": _lp("section of an agenda", "Topics"),
    "cases": _lp("section of an agenda", "Separate session"),
    "closing": _lp("section of an agenda", "Closing"),
}
SECTION_ORDER = tuple(SECTIONS)

PURPOSES: Mapping[str, Any] = {
    "inform": _lp("purpose of an item", "To inform"),
    "discuss": _lp("purpose of an item", "To discuss"),
    "decide": _lp("purpose of an item", "To decide"),
}

ITEM_STATES: Mapping[str, Any] = {
    "open": _lp("agenda item", "Not yet discussed"),
    "current": _lp("agenda item", "Now"),
    "done": _lp("agenda item", "Discussed"),
    "not_reached": _lp("agenda item", "Not reached"),
    "withdrawn": _lp("agenda item", "Withdrawn"),
}

MODES: Mapping[str, Any] = {
    "in_person": _lp("meeting", "In person"),
    "online": _lp("meeting", "Online"),
    "both": _lp("meeting", "In person and online"),
}

READERS: Mapping[str, Any] = {
    "network": _l("Every member of the network"),
    "body": _l("Members of this body alone"),
}

BODY_ROLES: Mapping[str, Any] = {
    "chair": _lp("role in a body", "Chair"),
    "deputy": _lp("role in a body", "Deputy chair"),
    "secretary": _lp("role in a body", "Secretary"),
    "member": _lp("role in a body", "Member"),
    "substitute": _lp("role in a body", "Substitute"),
    "observer": _lp("role in a body", "Observer"),
}

RHYTHMS: Mapping[str, Any] = {
    "": _lp("rhythm of meetings", "No rule; each date is set by hand"),
    "weekly": _lp("rhythm of meetings", "Every week"),
    "biweekly": _lp("rhythm of meetings", "Every second week"),
    "monthly": _lp("rhythm of meetings", "Every month"),
    "bimonthly": _lp("rhythm of meetings", "Every second month"),
    "quarterly": _lp("rhythm of meetings", "Every third month"),
}
NTH: Mapping[int, Any] = {
    1: _lp("weekday of the month", "the first"),
    2: _lp("weekday of the month", "the second"),
    3: _lp("weekday of the month", "the third"),
    4: _lp("weekday of the month", "the fourth"),
    -1: _lp("weekday of the month", "the last"),
}
ON_HOLIDAYS: Mapping[str, Any] = {
    "next_week": _l("A week later"),
    "next_day": _l("On the next working day"),
    "stay": _l("On the holiday all the same"),
}

PARTS: Mapping[str, Any] = {
    "chair": _lp("part in a meeting", "Chair"),
    "member": _lp("part in a meeting", "Member"),
    "substitute": _lp("part in a meeting", "Substitute"),
    "guest": _lp("part in a meeting", "Guest"),
    "observer": _lp("part in a meeting", "Observer"),
}
ATTENDANCE: Mapping[str, Any] = {
    "expected": _lp("attendance", "Expected"),
    "present": _lp("attendance", "Present"),
    "excused": _lp("attendance", "Excused"),
    "absent": _lp("attendance", "Absent"),
    "replaced": _lp("attendance", "Replaced"),
}
ATTENDANCE_LOOKS: Mapping[str, tuple[str, str]] = {
    "expected": ("", "clock"),
    "present": ("good", "check"),
    "excused": ("", "mail"),
    "absent": ("wait", "user-off"),
    "replaced": ("info", "refresh"),
}
COUNTED: Mapping[str, Any] = {
    "organisations": _lp("quorum", "Organisations"),
    "people": _lp("quorum", "People"),
}

RULES: Mapping[str, Any] = {
    "consensus": _lp("rule of a decision", "By consensus"),
    "majority": _lp("rule of a decision", "By majority"),
    "chair": _lp("rule of a decision", "By the chair’s vote"),
}
PUBLICITY: Mapping[str, Any] = {
    "public": _lp("may be read by", "Everybody"),
    "members": _lp("may be read by", "Members of the network"),
    "restricted": _lp("may be read by", "Those who may read the item"),
}
DECISION_STATES: Mapping[str, Any] = {
    "in_force": _lp("decision", "In force"),
    "replaced": _lp("decision", "Replaced"),
    "withdrawn": _lp("decision", "Withdrawn"),
}

# What the register of decisions can be narrowed to.
QUORATE: Mapping[str, Any] = {
    "yes": _lp("decision", "Quorate"),
    "no": _lp("decision", "Not quorate"),
    "no_rule": _lp("decision", "Without a rule for the quorum"),
}
# What is counted in the figures, as against what is open to this or that reader.
OPEN_TO: Mapping[str, Any] = {"all": _l("Open to every member")}
STATES_OF_ACTIONS: Mapping[str, Any] = {
    "open": _lp("actions of a decision", "Something is still to be done"),
    "late": _lp("actions of a decision", "Something is late"),
    "done": _lp("actions of a decision", "All of it is finished"),
    "none": _lp("actions of a decision", "No action"),
}

PROPOSAL_STATES: Mapping[str, Any] = {
    "waiting": _lp("proposal", "Waiting for an answer"),
    "accepted": _lp("proposal", "On the agenda"),
    "returned": _lp("proposal", "Returned"),
    "deferred": _lp("proposal", "For a later meeting"),
    "withdrawn": _lp("proposal", "Withdrawn"),
}
PROPOSAL_LOOKS: Mapping[str, tuple[str, str]] = {
    "waiting": ("wait", "clock"),
    "accepted": ("good", "check"),
    "returned": ("", "arrow-back-up"),
    "deferred": ("", "calendar"),
    "withdrawn": ("", "x"),
}

# How a text stands in a language, as in the rest of the house.
TEXT_STATES: Mapping[str, tuple[Any, str, str]] = {
    "original": (_lp("translation", "Original"), "", "pencil"),
    "missing": (_lp("translation", "Missing"), "", "circle-dashed"),
    "translated": (_lp("translation", "Translated, not yet approved"), "info", "language"),
    "approved": (_lp("translation", "Approved"), "good", "check"),
    "outdated": (_lp("translation", "Outdated"), "wait", "alert-triangle"),
}
