"""What a paper says, part by part: the one description from which it is set as PDF and written as DOCX.

A text that people wrote is a :class:`Text` with its language, which both keep: it is read aloud in that language and
runs in its direction. What is a plain string is in the language of the paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import direction, lang_tag


@dataclass(frozen=True, slots=True)
class Text:
    """A text that people wrote, in its language."""

    words: str
    language: str

    @property
    def turned(self) -> bool:
        """Whether it runs from right to left."""
        return direction(self.language) == "rtl"

    @property
    def tag(self) -> str:
        """Its language without script and country, as papers name it."""
        return lang_tag(self.language).partition("-")[0]


Words = str | Text


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part; ``level`` is 2 or 3, ``number`` stands before it, ``note`` softly behind it."""

    words: Words
    level: int = 2
    number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Paragraphs. ``tone`` is "", "soft" for what is said beside, "lead" for what counts."""

    words: Words
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms, and what is known of each."""

    rows: Sequence[tuple[str, Words]]


@dataclass(frozen=True, slots=True)
class Listed:
    """Lines that belong together, each with a mark before it. With ``links`` each is also an address to open."""

    rows: Sequence[Words]
    links: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a head. ``widths`` are shares; ``tall`` leaves room in each row to sign by hand."""

    heads: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[Words]]
    caption: str
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One text in one language: ``title`` above it, ``state`` below it says how it stands; ``lead`` makes it larger."""

    words: Words
    state: str = ""
    title: Words = ""
    lead: bool = False
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """Texts in several languages, side by side: a column for each of ``heads``; a row may have a label above it."""

    heads: Sequence[Text]
    rows: Sequence[tuple[str, Sequence[Side]]]
    caption: str


@dataclass(frozen=True, slots=True)
class Framed:
    """Parts that stand together in a frame: a decision."""

    title: str
    note: str
    parts: Sequence["Part"]


@dataclass(frozen=True, slots=True)
class Signing:
    """Lines to sign on: what somebody is, and their name."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page of its own: ``name`` among the files of the paper, ``said`` to those who listen."""

    name: str
    title: Words
    said: str


Part = Heading | Lines | Facts | Listed | Grid | Beside | Framed | Signing | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper. ``head`` is what :func:`core.printing.letterhead` gives, ``language`` that of its own words.

    ``title`` is what windows and lists call it, ``heading`` what stands on it; ``mark`` says for whom it is where that
    is not everybody, on every page.
    """

    title: str
    heading: Words
    head: Mapping[str, str]
    language: str
    parts: Sequence[Part]
    lead: str = ""
    foot: str = ""
    mark: str = ""
    wide: bool = False


def as_data(value: Any) -> Any:
    """What typst is given of a part: plain lists and mappings; a text as (words, language, whether turned)."""
    if isinstance(value, Text):
        return [value.words, value.tag, value.turned]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {name: as_data(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(each) for each in value]
    named = {name: as_data(getattr(value, name)) for name in value.__dataclass_fields__}
    return {"part": type(value).__name__.lower(), **named}
