"""What can be imported from a spreadsheet: a plugin declares it in its manifest, core does the rest.

A row of a file becomes values that JSON keeps: texts, whole numbers, yes or no, lists of codes, days as
``2026-12-31``, times as ``17:30``, amounts as ``1200.50``, organisations as their identifiers. Core reads the cells,
finds what changed, keeps the preview and what people changed here meanwhile; the table finds and writes records.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.values import Viewer

Values = Mapping[str, Any]


class Cell(StrEnum):
    """What a cell may hold."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    CLOCK = "clock"
    NUMBER = "number"
    MONEY = "money"
    YES_NO = "yes_no"
    ONE_OF = "one_of"
    SOME_OF = "some_of"
    ORGANISATION = "organisation"
    ORGANISATIONS = "organisations"
    EMAIL = "email"
    PHONE = "phone"
    WEBSITE = "website"

    @property
    def chosen(self) -> bool:
        """Whether its words stand for one or more of a list."""
        return self in {Cell.ONE_OF, Cell.SOME_OF, Cell.ORGANISATION, Cell.ORGANISATIONS}

    @property
    def several(self) -> bool:
        """Whether its value is a list."""
        return self in {Cell.SOME_OF, Cell.ORGANISATIONS}


# The column that says which row is which record, in the sender's own numbering. Every table has it.
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class ImportField:
    """Something that a column can be.

    ``title`` is what the reader calls it; ``words`` are other headings it goes by, in any language. ``choices`` are
    codes with their titles, ``choice_words`` other words for a code. With ``fallback`` the person may say what
    holds for rows that say nothing, ``default`` being the first offer. A ``language`` makes the heading name it too.
    """

    name: str
    title: object
    cell: Cell = Cell.LINE
    required: bool = False
    longest: int = 200
    words: tuple[str, ...] = ()
    choices: Mapping[str, object] = field(default_factory=dict)
    choice_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fallback: bool = False
    default: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is refused: a code with a sentence of its own, at which field, and what stands in the sentence."""

    code: str
    at: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of the file says. ``record_id`` is known where an earlier import used the same reference."""

    number: int
    values: Values
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The record that a row means, and what it says now; or why the row cannot be taken.

    ``settled`` are fields that an import no longer touches on this record.
    """

    id: str = ""
    values: Values = field(default_factory=dict)
    problem: Problem | None = None
    settled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """One record to write: what to set on a new one, or what differs on a stored one."""

    id: str
    new: bool
    values: Values
    before: Values = field(default_factory=dict)


def _nothing(_values: Values, _stored: Stored | None, _viewer: Viewer) -> Iterable[Problem]:
    return ()


def _as_it_is(values: dict[str, Any]) -> dict[str, Any]:
    return values


@dataclass(frozen=True, slots=True)
class TableImport:
    """A table that spreadsheets can be imported into.

    ``name`` stands in the address and is the plugin's name, or begins with it and a dot. ``list_endpoint`` is the page
    of the records, ``recognised`` a sentence on how a row finds the record that it means, ``sentences`` the words of
    the table's own problems. ``called`` names a row for the preview, ``same`` is equal for rows that mean one record.

    ``fields`` gives what columns can be; ``prepare`` puts together what two columns say; ``find`` gives, for each row,
    the record that it means or None; ``check`` what is wrong with the values that a record would end up with;
    ``write`` writes, in the caller's transaction.
    """

    name: str
    title: object
    permission: str
    list_endpoint: str
    list_title: object
    recognised: object
    fields: Callable[[Viewer], Sequence[ImportField]]
    called: Callable[[Values], str]
    same: Callable[[Values], str]
    find: Callable[[Sequence[Row], Viewer], Sequence[Stored | None]]
    write: Callable[[Sequence[Change], Viewer], None]
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = _as_it_is
    check: Callable[[Values, Stored | None, Viewer], Iterable[Problem]] = _nothing
    sentences: Mapping[str, object] = field(default_factory=dict)
    # Fields that only a new record takes, and those that are kept with the import and nowhere else.
    only_new: frozenset[str] = frozenset()
    only_said: frozenset[str] = frozenset()
