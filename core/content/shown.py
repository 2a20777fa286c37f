"""Texts as pages show them: states in words, what changed word by word, addresses."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from core.content.states import State
from core.i18n import gettext as _
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


def kind_title(plugin: str, kind: str) -> str:
    """What the records of a kind are called, all together."""
    from core.registry import plugin_registry

    own = {
        ("identity", "organisation"): _("Names of organisations"),
        ("cities", "city"): _("Names of the city"),
        ("actions", "action"): _("Actions"),
    }
    if title := own.get((plugin, kind)):
        return title
    known = plugin_registry().plugins.get(plugin)
    return str(known.title) if known else plugin


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a comparison. ``kind`` is ``same``, ``gone`` or ``new``."""

    kind: str
    text: str


# A word with the space behind it. Spaces by themselves would be found again everywhere.
_WORDS = re.compile(r"\s+|\S+\s*")
# Comparing takes time with how often the parts of one text are found in the other: where that is too often word by
# word, lines are compared, and else the texts as wholes.
_MOST_FOUND = 60_000


def changes(before: str, after: str) -> list[Piece]:
    """What has become of ``before``, in the order in which one reads it."""
    for old, new in (
        (_WORDS.findall(before), _WORDS.findall(after)),
        (before.splitlines(keepends=True), after.splitlines(keepends=True)),
    ):
        if _found_again(old, new) <= _MOST_FOUND:
            return list(_pieces(old, new))
    return list(_pieces([before], [after]))


def _found_again(old: Sequence[str], new: Sequence[str]) -> int:
    there = Counter(new)
    return sum(there[part] for part in old)


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, from_, to in matcher.get_opcodes():
        gone, come = "".join(old[start:end]), "".join(new[from_:to])
        if kind == "equal":
            yield Piece("same", gone)
            continue
        # The space behind what was replaced has stayed.
        space = gone[len(gone.rstrip()) :] if come else ""
        if not come.endswith(space):
            space = ""
        for what, text in (("gone", gone), ("new", come)):
            if left := text.removesuffix(space):
                yield Piece(what, left)
        if space:
            yield Piece("same", space)
