"""Dates, times and durations as calendar files write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from .values import FIRST_YEAR, LAST_YEAR, Unreadable

_WALL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?")
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})S)?)?"
)


def parse_wall(text: str) -> tuple[date | datetime, bool]:
    """Return the date or naive time written in ``text``, and whether it is in UTC.

    Raises ``Unreadable`` for what is not a date and for years outside the limits.
    """
    match = _WALL.fullmatch(text.strip().upper())
    if match is None:
        raise Unreadable("date_unreadable", value=shorten(text, 40))
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable("date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
    try:
        if match[4] is None:
            return date(year, month, day), False
        # A leap second is a second that clocks do not show.
        second = min(int(match[6]), 59) if match[6] == "60" else int(match[6])
        clock = time(int(match[4]), int(match[5]), second)
        return datetime.combine(date(year, month, day), clock), match[7] == "Z"
    except ValueError as error:
        raise Unreadable("date_unreadable", value=shorten(text, 40)) from error


def parse_duration(text: str) -> timedelta:
    """Return the duration written in ``text``; raise ``Unreadable`` when it is none."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not any(match.groups()[1:]):
        raise Unreadable("duration_unreadable")
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if match[1] == "-" else length


def shorten(text: str, length: int) -> str:
    """Return ``text`` cut at a word so that it has at most ``length`` characters."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    words = head.rsplit(None, 1)
    if len(words) == 2 and len(words[0]) > length // 2:
        head = words[0]
    return head.rstrip() + "…"
