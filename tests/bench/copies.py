"""Meetings poured in bulk: rows of a few that were held as the product holds them, copied to other days and cities.

The words of the search are copied for the largest city alone: it is asked there, each city's words lie by themselves,
and those of all would be thirty million rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, Table, or_, select

from core.database import db, metadata
from core.tenancy import current_city

from .pour import Pouring, Stencil

# Those of a year are still to be done.
RECENT = 12
# The tables of a meeting, and by which column a row of it belongs to what was found before.
_BELONG = {
    "meetings_meeting": ("id",),
    "meetings_item": ("meeting_id",),
    "meetings_note": ("item_id",),
    "meetings_decision": ("meeting_id",),
    "meetings_attendance": ("meeting_id",),
    "meetings_dissent": ("decision_id",),
    "meetings_movement": ("attendance_id",),
    "meetings_approval": ("meeting_id",),
    "actions_action": ("ref_id",),
    "content_text": ("record_id",),
    "search_document": ("ref_id",),
    "search_term": ("ref_id",),
}
_OF_BODY = ("meetings_body_member", "meetings_standing_item", "meetings_quorum_rule")
# What moves when a meeting is copied to another day. The search keeps its day as a number.
_MOVED = {
    "meetings_meeting": (
        *("wall_start", "wall_end", "start_utc", "end_utc", "series_date", "convened_at"),
        *("started_at", "ended_at", "circulated_at", "approved_at"),
    ),
    "meetings_decision": ("decided_on",),
    "meetings_approval": ("approved_at",),
    "actions_action": ("due_on", "closed_on"),
    "content_text": ("needed_on",),
    "search_document": ("day",),
}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Council:
    """The body and the meetings that are copied, as rows; what they refer to is the first city's."""

    city: str
    members: Sequence[str]
    organisations: Sequence[str]
    body: str
    of_body: Rows
    approved: Sequence[str]
    in_progress: str
    meetings: Mapping[str, Rows]


# -- Their rows ----------------------------------------------------------------------------------------------


def rows_of(meeting: str) -> Rows:
    """The rows of a meeting of the city in force, by table; the history and what the audit noted are left out."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    known = [meeting]
    for name, columns in _BELONG.items():
        table = metadata.tables[name]
        belongs = or_(*(table.c[column].in_(known) for column in columns))
        found[name] = _read(table, belongs)
        known += [row["id"] for row in found[name] if "id" in row]
    return found


def rows_of_body(body: str) -> Rows:
    """A body of the city in force, its seats, its rule and its standing agenda."""
    table = metadata.tables["meetings_body"]
    found = {"meetings_body": _read(table, table.c.id == body)}
    for name in _OF_BODY:
        table = metadata.tables[name]
        found[name] = _read(table, table.c.body_id == body)
    return found


def _read(table: Table, condition: Any) -> list[Mapping[str, Any]]:
    rows = db.session.execute(select(table).where(table.c.city_id == current_city().id, condition))
    return [dict(row._mapping) for row in rows]


# -- Copies --------------------------------------------------------------------------------------------------


@dataclass
class _Copied:
    """A row that is copied: the columns that name something, those that move, and what else differs."""

    stencil: Stencil
    names: list[str]
    named: list[str]
    moved: list[Any]
    own: list[str] = field(default_factory=list)

    def copy(
        self, mapping: Mapping[str, str], days: timedelta, own: Mapping[str, Any]
    ) -> list[Any]:
        return self.stencil.copy(
            *(mapping[each] for each in self.named),
            *(_later(each, days) for each in self.moved),
            *(own[name] for name in self.own),
        )


def _later(value: Any, days: timedelta) -> Any:
    return value + (days.days if isinstance(value, int) else days)


class Copies:
    """Makes the meetings of every city out of those of the council."""

    def __init__(
        self, engine: Engine, pouring: Pouring, council: Council, new_id: Callable[[], str]
    ) -> None:
        self._engine, self._open, self._council, self._new_id = engine, pouring, council, new_id
        self._outside = {
            council.city, council.body, *council.members, *council.organisations,
        }  # fmt: skip
        self._of_body = self._stencils(council.of_body)
        self._meetings = {
            name: self._stencils(rows, {"meetings_meeting": ("number", "uid")})
            for name, rows in council.meetings.items()
        }
        self._ids = {name: self._own_ids(rows) for name, rows in council.meetings.items()}
        self._days = {
            name: rows["meetings_meeting"][0]["wall_start"].date()
            for name, rows in council.meetings.items()
        }

    @staticmethod
    def _own_ids(rows: Rows) -> list[str]:
        return [row["id"] for some in rows.values() for row in some if "id" in row]

    def _stencils(
        self, rows: Rows, own: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, list[_Copied]]:
        known = {*self._outside, *self._own_ids(rows)}
        before = {row.get("previous_id") for row in rows.get("meetings_meeting", ())}
        known |= {each for each in before if each}
        found: dict[str, list[_Copied]] = {}
        for name, some in rows.items():
            table = metadata.tables[name]
            mine = list((own or {}).get(name, ()))
            found[name] = []
            for row in some:
                names = [
                    column
                    for column, value in row.items()
                    if isinstance(value, str) and value in known and column not in mine
                ]
                moved = [column for column in _MOVED.get(name, ()) if row.get(column) is not None]
                found[name].append(
                    _Copied(
                        Stencil(self._engine, table, row, [*names, *moved, *mine]),
                        names,
                        [row[column] for column in names],
                        [row[column] for column in moved],
                        mine,
                    )
                )
        return found

    def fill(
        self, city: str, members: Sequence[str], organisations: Sequence[str], number: int
    ) -> None:
        """Give a city so many meetings, the latest of which is held now; the first city has the originals already."""
        council = self._council
        first = city == council.city
        mapping = {council.city: city, council.body: council.body if first else self._new_id()}
        mapping |= dict(zip(council.members, members, strict=False))
        mapping |= dict(zip(council.organisations, organisations, strict=False))
        if not first:
            self._pour_body(mapping)
        today = date.today()  # noqa: DTZ011  as in the cities of the bench
        wanted: list[tuple[str, dict[str, str], timedelta, dict[str, Any]]] = []
        before = None
        have = len(council.approved) if first else 0
        for back in range(number - 1, have, -1):
            # The last pattern's actions are open: those of the last year are.
            name = council.approved[back % 2 if back > RECENT else 2]
            before = self._want(wanted, name, mapping, before, number - back + 100, back, today)
        if not first:
            self._want(wanted, council.in_progress, mapping, before, number + 100, 0, today)
        self._pour(wanted, searched=first)

    def _want(
        self, wanted: list[Any], name: str, mapping: Mapping[str, str], before: str | None,
        number: int, weeks: int, today: date,
    ) -> str:  # fmt: skip
        ids = {each: self._new_id() for each in self._ids[name]}
        own = {"number": number, "uid": f"meeting-{ids[name]}@maillage"}
        row = self._council.meetings[name]["meetings_meeting"][0]
        if row["previous_id"] is not None:
            ids[row["previous_id"]] = before or ids[name]
        days = timedelta(weeks=-weeks) + (today - self._days[name])
        wanted.append((name, {**mapping, **ids}, days, own))
        return ids[name]

    def _pour_body(self, mapping: dict[str, str]) -> None:
        for rows in self._council.of_body.values():
            mapping |= {row["id"]: self._new_id() for row in rows if row["id"] not in mapping}
        for name, copied in self._of_body.items():
            self._open.pour(
                metadata.tables[name], [row.copy(mapping, timedelta(), {}) for row in copied]
            )

    def _pour(self, wanted: Sequence[Any], *, searched: bool) -> None:
        for name in _BELONG:
            table = metadata.tables[name]
            if name.startswith("search_") and not searched:
                continue
            rows = (
                row.copy(mapping, days, own)
                for pattern, mapping, days, own in wanted
                for row in self._meetings[pattern][name]
            )
            if "id" in table.c:
                self._open.pour(table, rows)
                continue
            # Where the key is what the rows say, a tree is filled in its own order, as a rebuilding fills it.
            places = [list(table.columns).index(column) for column in table.primary_key.columns]
            self._open.pour(table, sorted(rows, key=itemgetter(*places)))
