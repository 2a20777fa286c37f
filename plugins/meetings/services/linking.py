"""Everything that meetings ask of core's actions, notifications, invitations and search: the one place that does.

What is told carries no title: core asks :func:`describe` for it as each reader may see it, when they read it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.api import Ref, Viewer
from plugins.meetings.models import Body, Item, Meeting, Proposal

NO_ACTIONS: tuple[Any, ...] = ()


# -- Actions -------------------------------------------------------------------------------------------------


def actions_of(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, tuple[Any, ...]]:
    """The actions that hang on items and decisions, as ``viewer`` may see them; one query."""
    return {}


def open_actions(body_id: str, viewer: Viewer) -> tuple[Any, ...]:
    """What is still to be done of what earlier meetings of a body agreed, the overdue first; one query."""
    return NO_ACTIONS


def restriction_changed(item: Item, decision_ids: Iterable[str]) -> None:
    """Say that who may see an item and its decisions has changed: their actions follow."""


# -- Telling and reminding -----------------------------------------------------------------------------------


def tell_proposed(proposal: Proposal, recipients: Iterable[str], viewer: Viewer) -> None:
    """Tell those who prepare a body's agenda that something was proposed."""


def tell_answered(proposal: Proposal, viewer: Viewer) -> None:
    """Tell who proposed something what became of it."""


def tell(kind: str, meeting: Meeting, recipients: Iterable[str], viewer: Viewer) -> None:
    """Tell members of a meeting: "convened", "agenda", "circulated", "approved", "called_off"."""


def set_reminders(
    meeting: Meeting, body: Body, recipients: Iterable[str], at: datetime | None
) -> None:
    """Remind those who come, at a moment that follows the meeting; None takes it back."""


# -- Invitations ---------------------------------------------------------------------------------------------


def invite(
    meeting: Meeting,
    members: Iterable[str],
    viewer: Viewer,
    guests: Iterable[tuple[str, str, str]] = (),
) -> None:
    """Invite members and guests (name, address, language) to a meeting."""


def withdraw(meeting: Meeting, membership_id: str, viewer: Viewer) -> None:
    """Take back the invitation of somebody who has no seat any more."""


def answers(meeting_id: str) -> Mapping[str, str]:
    """What each member who is invited has answered, by membership; one query."""
    return {}


def event_changed(meeting: Meeting) -> None:
    """Say that time, place, title or state of a meeting changed: updates go out, one for all changes of a minute."""


# -- Search --------------------------------------------------------------------------------------------------


def index_meeting(meeting_id: str) -> None:
    """Let a meeting, its items and its decisions be found by what they say now."""


def forget_item(item_id: str) -> None:
    """Let an item that is gone no longer be found."""
