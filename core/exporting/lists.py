"""What can be exported: a list, its columns, and who may have it.

A list is exported by the same functions that show it, so that a file never holds more than the page. To let one of
yours be exported, describe it::

    LENT = ListExport(
        name="things",
        title=lazy_gettext("Things"),
        columns=(Column("title", lazy_gettext("Title"), width=40), Column("until", lazy_gettext("Until"), "date")),
        rows=services.rows_to_export,
        permission=LendingPermission.SEE,
        count=services.how_many,
        arguments=("q", "show"),
    )

A plugin names it in its manifest, ``Plugin(exports=(LENT,))``; a feature of core hands it to :func:`register`. The
head of the list's page then says ``{{ export_menu("lending/things", filters) }}``.

``rows`` and ``count`` get the viewer and the arguments of the list's address, and are also called by the worker,
where no request is: they read nothing but what they are given, and make addresses with ``site_url``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from core.values import CalendarEntry, Viewer

Kind = Literal["text", "number", "money", "date", "datetime", "yes_no", "url"]
Arguments = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """A text that people wrote, and its language where it is known: a paper says which, so that it is read aloud."""

    text: str
    language: str = ""

    def __str__(self) -> str:
        return self.text


Value = str | Written | int | Decimal | date | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export.

    ``width`` is how many characters it shows, and its share of a printed page. A page of paper holds fewer columns
    than a spreadsheet: those that are not ``printed`` are left out of the PDF. ``kind`` says what the values are:
    ``text`` (also :class:`Written`), ``number`` (int, Decimal), ``money`` (Decimal; its currency is a column of its
    own), ``date``, ``datetime`` (aware, shown in the city's time), ``yes_no`` (bool) or ``url``. None is an empty
    cell in each of them.
    """

    name: str
    title: object
    kind: Kind = "text"
    width: int = 18
    printed: bool = True


@dataclass(frozen=True, slots=True)
class ListExport:
    """A list that can be taken out as a file.

    ``columns`` is a function where they depend on the city, such as one for each of its languages; it is asked with
    the city in force. ``permission`` is that of the list's page. ``rows`` yields the values of ``columns``, row by
    row, from a database that it asks in parts (see ``batches``). ``count`` says beforehand how many there are;
    without it they are counted by reading them, which only suits short lists. ``arguments`` are the filters that the
    list knows, by their names in its address; ``words`` says in the reader's language which of them are set.
    ``entries`` offers the list as a calendar file too.
    """

    name: str
    title: object
    columns: tuple[Column, ...] | Callable[[], tuple[Column, ...]]
    rows: Callable[[Viewer, Arguments], Iterator[Sequence[Value]]]
    permission: str
    count: Callable[[Viewer, Arguments], int] | None = None
    arguments: tuple[str, ...] = ()
    words: Callable[[Viewer, Arguments], Sequence[str]] | None = None
    entries: Callable[[Viewer, Arguments], Iterator[CalendarEntry]] | None = None

    def columns_here(self) -> tuple[Column, ...]:
        """The columns in the city in force."""
        return self.columns() if callable(self.columns) else self.columns

    def known(self, arguments: Arguments) -> dict[str, str]:
        """Those of ``arguments`` that the list knows and that say something."""
        return {name: arguments[name][:200] for name in self.arguments if arguments.get(name)}

    def how_many(self, viewer: Viewer, arguments: Arguments) -> int:
        """How many rows the export has for this viewer."""
        if self.count is not None:
            return self.count(viewer, arguments)
        return sum(1 for _row in self.rows(viewer, arguments))


_OF_CORE: dict[str, dict[str, ListExport]] = {}


def register(owner: str, *lists: ListExport) -> None:
    """Offer lists of a feature of core. ``owner`` is the feature's name, which no plugin may have."""
    _OF_CORE.setdefault(owner, {}).update({each.name: each for each in lists})


def _any(owner: str, name: str) -> ListExport | None:
    from core.registry import plugin_registry

    plugin = plugin_registry().plugins.get(owner)
    return _OF_CORE.get(owner, {}).get(name) or next(
        (each for each in (plugin.exports if plugin else ()) if each.name == name), None
    )


def title_of(owner: str, name: str) -> str:
    """What a list is called, whoever may see it; its name where it is not known any more."""
    found = _any(owner, name)
    return str(found.title) if found is not None else name


def find_list(owner: str, name: str, viewer: Viewer, enabled: frozenset[str]) -> ListExport | None:
    """The list ``name`` of a feature or of a plugin that is on, if ``viewer`` may see it; else None."""
    found = _any(owner, name) if owner in _OF_CORE or owner in enabled else None
    return found if found is not None and viewer.may(found.permission) else None
