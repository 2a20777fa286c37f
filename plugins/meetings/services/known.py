"""What one reader may know of a meeting: values that hold nothing else, made by the disclosure function alone.

A page remembers what it drew of some of them, by :func:`part`. They are looked up by their identifier and compared
whole, so that what was drawn is shown again only where all that a reader may know is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.api import Ref
from plugins.meetings.services.texts import Words
from plugins.meetings.words import State


@dataclass(frozen=True, slots=True)
class Withheld:
    """An item that is not open to the reader: its number, and that it is there.

    ``promise`` says to those of its audience that it opens once they have promised confidence.
    """

    number: int
    promise: bool = False
    withheld: bool = True


@dataclass(frozen=True, slots=True)
class NoteView:
    """The minutes of an item. ``original`` is the text as it was written, for its editor; ``words`` is the reader's."""

    id: str
    words: Words
    original: str
    language: str
    translations: Mapping[str, Any]
    version: int
    changed_at: datetime

    def __hash__(self) -> int:
        return hash((self.id, self.version))


@dataclass(frozen=True, slots=True)
class DissentView:
    """Who did not agree with a decision, and why."""

    attendance_id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision with everything that belongs to it."""

    id: str
    item_id: str
    label: str
    decided_on: date
    text: Words
    rationale: Words
    alternatives: Words
    original: Mapping[str, str]
    language: str
    translations: Mapping[str, Any]
    rule: str
    votes: tuple[int | None, int | None, int | None]
    legal_basis: str
    publicity: str
    quorate: bool | None
    counts: Mapping[str, Any]
    state: str
    replaces_id: str
    version: int
    dissents: tuple[DissentView, ...] = ()

    def __hash__(self) -> int:
        return hash((self.id, self.version))


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item that is open to the reader."""

    id: str
    number: int
    section: str
    kind: str
    title: Words
    background: Words
    original: Mapping[str, str]
    language: str
    translations: Mapping[str, Any]
    purpose: str
    minutes: int | None
    presenter: str
    presenter_id: str
    restricted: bool
    late: bool
    recurring: bool
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    subject: Ref | None
    about_meeting: str
    carried_from: str
    proposal_id: str
    version: int
    note: NoteView | None = None
    decisions: tuple[DecisionView, ...] = ()
    withheld: bool = False

    def __hash__(self) -> int:
        return hash((self.id, self.version))


AnyItem = ItemView | Withheld


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as one reader may know it. ``minutes_open`` says whether they may read what was said and decided.

    ``list_open`` says whether they may know who is on its list: not who has no seat in a body whose members alone read
    its agendas.
    """

    id: str
    body_id: str
    body: str
    number: int
    title: Words
    own_title: str
    language: str
    type: str
    state: State
    reason: str
    zone: str
    wall_start: datetime
    wall_end: datetime
    start: datetime
    end: datetime
    place: str
    mode: str
    online_url: str
    chair_id: str
    chair: str
    secretary_id: str
    secretary: str
    previous_id: str
    series_date: date | None
    issue: int
    convened_at: datetime | None
    started_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    circulated_at: datetime | None
    comments_until: date | None
    approved_at: datetime | None
    minutes_version: int
    current_item: str
    version: int
    readers: str
    on_list: bool
    promised: bool
    may_prepare: bool
    minutes_open: bool
    list_open: bool = True
    items: tuple[AnyItem, ...] = field(default=())

    @property
    def open_items(self) -> tuple[ItemView, ...]:
        """The items that are open to the reader, in their order."""
        return tuple(item for item in self.items if isinstance(item, ItemView))

    @property
    def minutes_planned(self) -> int:
        """How long the open items are planned to take together; of the others nothing is told."""
        return sum(item.minutes or 0 for item in self.open_items)

    @property
    def asks_promise(self) -> bool:
        """Whether something opens to the reader once they have promised confidence."""
        return any(isinstance(item, Withheld) and item.promise for item in self.items)

    @property
    def current(self) -> ItemView | None:
        """The item that is being discussed, if it is open to the reader."""
        return next((item for item in self.open_items if item.id == self.current_item), None)

    @property
    def decisions(self) -> tuple[DecisionView, ...]:
        """All decisions that the reader may read."""
        return tuple(decision for item in self.open_items for decision in item.decisions)


@dataclass(frozen=True, slots=True)
class Told:
    """Title and place of a record that is open to a reader; ``restricted``: not every member may see it."""

    id: str
    meeting_id: str
    title: Words
    restricted: bool
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """What anybody may know of a meeting: when and where it was, what was on its open agenda, its public decisions.

    It is made from what is public alone; that there were other items is not among it.
    """

    id: str
    body: str
    number: int
    title: Words
    wall_start: datetime
    place: str
    language: str
    items: tuple[ItemView, ...]
    decisions: tuple[DecisionView, ...]
