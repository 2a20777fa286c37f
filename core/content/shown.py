"""Texts as pages show them: states in words, what changed word by word, addresses."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import url_for

from core.content.states import State
from core.i18n import lazy_pgettext as _lp
from core.values import Ref

# Words, tone and mark of each state.
STATES: Mapping[str, tuple[str, str, str]] = {
    State.ORIGINAL: (_lp("translation", "Original"), "", "pencil"),
    State.MISSING: (_lp("translation", "Missing"), "", "circle-dashed"),
    State.TRANSLATED: (_lp("translation", "Translated, not yet approved"), "info", "language"),
    State.APPROVED: (_lp("translation", "Approved"), "good", "check"),
    State.OUTDATED: (_lp("translation", "Outdated"), "wait", "alert-triangle"),
}


def translations_url(ref: Ref) -> str:
    """The address of the page on which all languages of a record stand side by side."""
    return url_for("content.read", plugin=ref.plugin, kind=ref.kind, record_id=ref.id)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a comparison. ``kind`` is ``same``, ``gone`` or ``new``."""

    kind: str
    text: str


_WORDS = re.compile(r"\s+|\S+")
# Comparing takes time with the square of the words; longer texts are compared line by line.
_MOST_WORDS = 3000


def changes(before: str, after: str) -> list[Piece]:
    """What has become of ``before``, in the order in which one reads it."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > _MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(_pieces(old, new))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, from_, to in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[start:end]))
            continue
        if start < end:
            yield Piece("gone", "".join(old[start:end]))
        if from_ < to:
            yield Piece("new", "".join(new[from_:to]))
