"""Reads calendar files (ICS) of other programs, rightly or with a reason why not.

Nothing here knows Flask or the database. ``reasons`` holds the sentences for people
and is imported by itself, because it needs the translations.
"""

from __future__ import annotations

from .reader import read_calendar
from .values import (
    MAX_BYTES,
    CalendarFileError,
    CalendarRead,
    EventRead,
    Note,
    OccurrenceRead,
    Refusal,
)

__all__ = [
    "MAX_BYTES",
    "CalendarFileError",
    "CalendarRead",
    "EventRead",
    "Note",
    "OccurrenceRead",
    "Refusal",
    "read_calendar",
]
