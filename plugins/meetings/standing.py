"""The standing agendas that come with the plugin, one for each type of meeting; a body's own may differ.

The general one goes from declarations to the next date, with cases as a separate session. That of the city's
prevention team follows its four tasks: coordinate, share emerging risks, monitor outputs and outcomes, remove barriers
and plan how the work is sustained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.api import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Standing:
    """An item of a standing agenda. ``title`` is a lazy text: it is written down in each language of the city."""

    section: str
    kind: str
    title: Any
    minutes: int
    purpose: str = "discuss"
    restricted: bool = False


_DECLARATIONS = Standing(
    "opening", "opening_declarations", _l("Declarations and confidentiality reminder"), 5, "inform"
)
_MINUTES = Standing("opening", "previous_minutes", _l("Approval of the last minutes"), 5, "decide")
_ACTIONS = Standing("reports", "action_review", _l("Open actions"), 15)
_PICTURE = Standing("reports", "context_update", _l("Local picture"), 15)
_ACTIVITIES = Standing("reports", "activity_report", _l("Activities held and coming"), 10, "inform")
_PLAN = Standing("topics", "planning", _l("Plan and budget"), 20, "decide")
_CASES = Standing("cases", "case_block", _l("Cases"), 30, restricted=True)
_CLOSE = Standing("closing", "next_meeting", _l("Decisions read back, next date"), 5, "decide")
_OTHER = Standing("closing", "any_other", _l("Other matters"), 5)

_GENERAL = (_DECLARATIONS, _MINUTES, _ACTIONS, _PICTURE, _ACTIVITIES, _PLAN, _OTHER, _CLOSE)

AGENDAS: Mapping[str, Sequence[Standing]] = {
    # Coordinate, share emerging risks, monitor, remove barriers, sustain: at least once a quarter.
    "plenary_network": (
        _DECLARATIONS,
        _MINUTES,
        _ACTIONS,
        Standing("reports", "context_update", _l("Local picture and emerging risks"), 15),
        _ACTIVITIES,
        Standing("topics", "planning", _l("Coordination: who does what next"), 15),
        Standing("topics", "resources", _l("Plan and budget, and what stands in the way"), 15),
        _OTHER,
        _CLOSE,
    ),
    "steering": (
        _DECLARATIONS,
        _MINUTES,
        _ACTIONS,
        Standing("reports", "national_update", _l("From the national level"), 10, "inform"),
        Standing("topics", "planning", _l("Progress of the local action plan"), 20),
        Standing("topics", "resources", _l("Budget and how the work is sustained"), 20, "decide"),
        Standing("topics", "learning", _l("Results and what they tell us"), 15),
        _CLOSE,
    ),
    "case_table": (
        _DECLARATIONS,
        _MINUTES,
        _ACTIONS,
        _CASES,
        Standing("closing", "learning", _l("What we learned, without cases"), 10),
        _CLOSE,
    ),
    "intervention_planning": (
        _DECLARATIONS,
        _ACTIONS,
        Standing("cases", "case_block", _l("Support plan"), 40, "decide", restricted=True),
        _CLOSE,
    ),
    "strategic_trend": (
        _DECLARATIONS,
        _MINUTES,
        Standing("reports", "context_update", _l("What each organisation sees"), 30),
        Standing("reports", "community_feedback", _l("What residents tell us"), 15),
        Standing("topics", "planning", _l("What follows for our work"), 20, "decide"),
        _CLOSE,
    ),
    "working_group": (
        _MINUTES,
        _ACTIONS,
        Standing("topics", "planning", _l("The task of this meeting"), 40),
        _OTHER,
        _CLOSE,
    ),
    "community_forum": (
        Standing(
            "opening", "opening_declarations", _l("Welcome and rules of the talk"), 10, "inform"
        ),
        Standing(
            "reports", "community_feedback", _l("What you told us, and what we did with it"), 20
        ),
        Standing("topics", "community_feedback", _l("What concerns you now"), 40),
        Standing("closing", "next_meeting", _l("What happens next"), 10, "inform"),
    ),
    "crisis_incident": (
        _DECLARATIONS,
        Standing("reports", "context_update", _l("What is known, and what is not"), 15, "inform"),
        Standing("topics", "planning", _l("Who is affected, and who helps them"), 20, "decide"),
        Standing("topics", "planning", _l("What we say, and who says it"), 10, "decide"),
        Standing("closing", "next_meeting", _l("Next talk"), 5, "decide"),
    ),
    "bilateral": (
        _ACTIONS,
        Standing("topics", "planning", _l("What we want to do together"), 30),
        _CLOSE,
    ),
    "training": (
        Standing("opening", "opening_declarations", _l("Welcome and aims"), 10, "inform"),
        Standing("topics", "learning", _l("The training"), 90, "inform"),
        Standing("closing", "learning", _l("What we take with us"), 15),
    ),
    "peer_exchange": (
        Standing("opening", "opening_declarations", _l("Welcome and introductions"), 10, "inform"),
        Standing("reports", "learning", _l("How the other city works"), 30, "inform"),
        Standing("topics", "learning", _l("What we could take over"), 30),
        _CLOSE,
    ),
    "review_evaluation": (
        _DECLARATIONS,
        _MINUTES,
        Standing("reports", "activity_report", _l("What was planned, and what was done"), 20),
        Standing("topics", "learning", _l("What changed, and how we know"), 30),
        Standing("topics", "planning", _l("What we do differently"), 30, "decide"),
        _CLOSE,
    ),
}


def agenda_for(meeting_type: str) -> Sequence[Standing]:
    """The standing agenda of a type; the general one for a type that has none."""
    return AGENDAS.get(meeting_type, _GENERAL)
