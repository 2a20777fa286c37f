"""The states of an action, in words and with the tone in which each is shown."""

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import lazy_pgettext as _lp


class Status(StrEnum):
    """How far an action is. That it is overdue is worked out from its date, never stored."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"
    NOT_POSSIBLE = "not_possible"

    @property
    def closed(self) -> bool:
        """Whether nothing more is expected of it."""
        return self in {Status.DONE, Status.NOT_POSSIBLE}

    @property
    def needs_reason(self) -> bool:
        """Whether whoever sets it says why."""
        return self in {Status.BLOCKED, Status.NOT_POSSIBLE}


STATUSES: Mapping[str, object] = {
    Status.OPEN.value: _lp("action", "Open"),
    Status.IN_PROGRESS.value: _lp("action", "In progress"),
    Status.BLOCKED.value: _lp("action", "Blocked"),
    Status.DONE.value: _lp("action", "Done"),
    Status.NOT_POSSIBLE.value: _lp("action", "Not possible"),
}
# Words, tone and mark of each; what is late says so in its place.
LOOKS: Mapping[str, tuple[str, str]] = {
    Status.OPEN.value: ("", "circle-dashed"),
    Status.IN_PROGRESS.value: ("own", "player-play"),
    Status.BLOCKED.value: ("wait", "player-pause"),
    Status.DONE.value: ("good", "check"),
    Status.NOT_POSSIBLE.value: ("", "ban"),
}
# What a list can be narrowed to, beside one state alone.
SHOWN: Mapping[str, object] = {
    "": _lp("actions", "Not finished"),
    "late": _lp("actions", "Late"),
    "week": _lp("actions", "Due within seven days"),
    "nobody": _lp("actions", "Without a person"),
    "closed": _lp("actions", "Finished"),
    "in_time": _lp("actions", "Done in time"),
    "done_or_late": _lp("actions", "Done or late"),
    "every": _lp("actions", "All states"),
    Status.OPEN.value: STATUSES[Status.OPEN.value],
    Status.IN_PROGRESS.value: STATUSES[Status.IN_PROGRESS.value],
    Status.BLOCKED.value: STATUSES[Status.BLOCKED.value],
    Status.DONE.value: STATUSES[Status.DONE.value],
    Status.NOT_POSSIBLE.value: STATUSES[Status.NOT_POSSIBLE.value],
}
WHOSE: Mapping[str, object] = {
    "": _lp("actions", "Mine"),
    "ours": _lp("actions", "My organisation’s"),
    "all": _lp("actions", "Everybody’s"),
}
