"""The pages of meetings, one module for each thing that can be done."""

from plugins.meetings.views import (  # noqa: F401  they add their pages to the blueprint
    agenda,
    approval,
    attendance,
    bodies,
    editing,
    listing,
    meeting,
    minutes,
    papers,
    proposals,
    register,
    seats,
    steps,
)
from plugins.meetings.views.common import bp

__all__ = ["bp"]
