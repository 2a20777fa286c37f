"""What an event says: title, place and description, made fit to be kept."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from .lines import Component
from .times import shorten
from .values import MAX_DESCRIPTION, MAX_PLACE, MAX_TITLE, Note

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_MARKUP = re.compile(
    r"<(?:br|p|b|i|u|a|ul|ol|li|div|span|html|font)\b[^<>]{0,2000}>", re.IGNORECASE
)
_NEW_LINE = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,2000}>")
_BREAKS = re.compile("[\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of an event and what had to be done to them."""

    title: str
    place: str
    description: str
    notes: tuple[Note, ...]


def texts_of(component: Component) -> Texts:
    """Return the texts of a component; what is too long moves or is marked, never just lost."""
    notes: list[Note] = []
    title = one_line(component.text("SUMMARY"))
    place = one_line(component.text("LOCATION"))
    description = plain(component.text("DESCRIPTION"))
    if not title:
        notes.append(Note("title_missing"))
    whole = []
    if len(title) > MAX_TITLE:
        whole.append(title)
        title = shorten(title, MAX_TITLE)
        notes.append(Note("title_shortened", {"limit": MAX_TITLE}))
    if len(place) > MAX_PLACE:
        whole.append(place)
        place = shorten(place, MAX_PLACE)
        notes.append(Note("place_shortened", {"limit": MAX_PLACE}))
    description = "\n\n".join(filter(None, [*whole, description]))
    if len(description) > MAX_DESCRIPTION:
        description = shorten(description, MAX_DESCRIPTION)
        notes.append(Note("description_shortened", {"limit": MAX_DESCRIPTION}))
    return Texts(title, place, description, tuple(notes))


def one_line(text: str) -> str:
    """Return ``text`` with every run of white space as one space."""
    return " ".join(text.split())


def plain(text: str) -> str:
    """Return a description without the HTML that some programs put into it."""
    text = _BREAKS.sub("\n", text)
    if _MARKUP.search(text):
        text = html.unescape(_TAG.sub("", _NEW_LINE.sub("\n", text))).replace("\xa0", " ")
    return text.strip()


def language(component: Component) -> str:
    """Return the language that the file gives for the title, else for the description."""
    for name in ("SUMMARY", "DESCRIPTION"):
        item = component.first(name)
        if item is not None and _LANGUAGE.fullmatch(item.params.get("LANGUAGE", "")):
            return item.params["LANGUAGE"]
    return ""
