"""Which of a record's texts a reader gets: their language if there is one, else the original, marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Serbian is read in both scripts.
_SISTERS = {"sr": "sr_Latn", "sr_Latn": "sr"}


@dataclass(frozen=True, slots=True)
class ShownText:
    """A title with its description, the language they are in, and whether that is the reader's own.

    ``state`` is "original", "translated" or "outdated".
    """

    title: str
    description: str
    language: str
    own_language: bool
    state: str


def shown_text(
    title: str,
    description: str,
    language: str,
    translations: Mapping[str, Any] | None,
    reader: str,
) -> ShownText:
    """The text for a reader of ``reader``."""
    if language == reader:
        return ShownText(title, description, language, True, "original")
    for code in (reader, _SISTERS.get(reader, "")):
        found = (translations or {}).get(code)
        if found and found.get("title"):
            return ShownText(
                found["title"],
                found.get("description") or "",
                code,
                True,
                found.get("state", "translated"),
            )
    return ShownText(title, description, language, _SISTERS.get(reader) == language, "original")
