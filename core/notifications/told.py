"""What somebody is told, put into words: the sentence of a kind, with the title of its subject if they may see it."""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.content.owners import describe
from core.i18n import direction
from core.notifications.kinds import NotificationKind, Told
from core.registry import CityHooks
from core.values import Link, Ref, Viewer

log = logging.getLogger(__name__)

# Stand in a sentence for what people wrote, which a page shows in its own language and direction. Facts hold nothing
# that people wrote, so these two come from nowhere else.
_TITLE, _ACTOR = "\ue0f0", "\ue0f1"
# First strong isolate, and its end: in plain text they keep a title in another script from turning the line over.
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence. ``written`` parts come from people; ``language`` is theirs, empty where it is not known."""

    text: str
    written: bool = False
    language: str = ""


def links_of(
    subjects: Iterable[tuple[str, str, str]], viewer: Viewer, hooks: CityHooks
) -> dict[Ref, Link]:
    """Titles and addresses of those subjects that ``viewer`` may see; each owner is asked once."""
    refs = {Ref(*subject) for subject in subjects if subject[0]}
    # A plugin that is off is not asked, and neither is one that forgot to leave out what was not asked for.
    found = describe(sorted(refs, key=repr), viewer, hooks)
    return {ref: link for ref, link in found.items() if ref in refs}


def sentence(
    kind: NotificationKind, facts: Mapping[str, Any], times: int, actor: str = "", title: str = ""
) -> str:
    """The sentence in the language in force. One that fails gives the title of its kind instead."""
    try:
        return str(kind.words(Told(facts, times, actor, title)))
    except Exception:
        # The other lines of a page or a mail must not suffer from one whose facts are of an earlier version.
        log.exception("notification_without_words", extra={"kind": kind.name})
        return str(kind.title)


def pieces(
    kind: NotificationKind, facts: Mapping[str, Any], times: int, actor: str, link: Link | None
) -> tuple[Piece, ...]:
    """The sentence for a page, taken apart where it shows what people wrote."""
    titled = link is not None and bool(link.title)
    words = sentence(kind, facts, times, _ACTOR if actor else "", _TITLE if titled else "")
    found = []
    text = ""
    for character in words:
        if character not in {_TITLE, _ACTOR}:
            text += character
            continue
        found.append(Piece(text))
        text = ""
        if character == _ACTOR:
            found.append(Piece(actor, written=True))
        elif link is not None:
            found.append(Piece(link.title, written=True, language=link.language))
    found.append(Piece(text))
    return tuple(piece for piece in found if piece.text)


# The spaces that languages put into dates and before signs are not among them.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029 ]+")


def one_line(text: str) -> str:
    """``text`` on one line of a mail."""
    return _BREAKS.sub(" ", text).strip(" ")


def for_mail(title: str, title_language: str, language: str) -> str:
    """A title as it stands in plain text in ``language``: one line, and set apart where it runs the other way."""
    line = one_line(title)
    if line and direction(title_language or language) != direction(language):
        return f"{_ISOLATE}{line}{_END}"
    return line
