"""How a text stands, in one language."""

from enum import StrEnum


class State(StrEnum):
    """The states of a text. ``MISSING`` is never stored: it is a language without a row."""

    ORIGINAL = "original"
    MISSING = "missing"
    TRANSLATED = "translated"
    APPROVED = "approved"
    OUTDATED = "outdated"
