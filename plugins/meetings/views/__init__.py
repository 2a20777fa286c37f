"""The pages of meetings, one module for each thing that can be done."""

from plugins.meetings.views.common import bp

__all__ = ["bp"]
