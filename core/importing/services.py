"""Between a file and its import: kept for a day, matched, looked at, confirmed. Flushes, never commits."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select

from core.cities.models import City
from core.database import db, new_id, utcnow
from core.directory.services import Partner
from core.importing.cells import pieces
from core.importing.headings import (
    LOOKED_AT,
    MOST_LINES,
    Guesser,
    Headings,
    find_headings,
    fingerprint,
)
from core.importing.models import Matching, PendingTable
from core.importing.planning import (
    Said,
    carry_out,
    digest_of,
    known_words,
    make_plan,
    preview_headings,
    rows_below,
)
from core.importing.reading import Grid, read_grid
from core.importing.tables import Cell, ImportField, TableImport
from core.importing.words import fold
from core.permissions import Permission
from core.tenancy import current_city, current_city_id
from core.values import Viewer

KEPT_FOR = timedelta(days=1)
SAMPLES = 3
# A column with more words that nobody knows is no column of such words.
MOST_WORDS = 60
_REMEMBERED = 20


class PlanChanged(Exception):
    """Between looking and confirming something changed, so that the import would do other than it showed."""


class RefusedRows(Exception):
    """Rows are refused, and nobody has said to leave them out."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as the person matches it."""

    number: int
    heading: str
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words in a column that stand for nothing yet, each with how often it comes and what was said of it before."""

    field: ImportField
    words: tuple[tuple[str, int, str | None], ...]
    more: int


# -- The file ------------------------------------------------------------------------------------------------------


def keep_file(
    data: bytes, file_name: str, grid: Grid, table: TableImport, viewer: Viewer, today: date
) -> PendingTable:
    """Keep a file, and how it was read, for a day, to be matched and looked at."""
    forget_old()
    pending = PendingTable(
        made_by=viewer.membership_id,
        kind=table.name,
        file_name=file_name[:200],
        data=zlib.compress(data, 6),
        reading=_reading(grid),
        seen_on=today,
        expires_at=utcnow() + KEPT_FOR,
    )
    db.session.add(pending)
    db.session.flush()
    return pending


def forget_old() -> int:
    """Remove the files whose day is over; returns how many."""
    done = db.session.execute(
        delete(PendingTable)
        .where(PendingTable.expires_at <= utcnow())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a cursor's result


def find_pending(
    pending_id: str, table: TableImport, viewer: Viewer, *, for_change: bool = False
) -> PendingTable | None:
    """A file of the viewer's own that has not expired."""
    query = select(PendingTable).where(
        PendingTable.id == pending_id,
        PendingTable.kind == table.name,
        PendingTable.made_by == viewer.membership_id,
        PendingTable.expires_at > utcnow(),
    )
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """All that reading a kept file needs, so that nobody waits for the database meanwhile."""

    data: bytes
    name: str
    languages: tuple[str, ...]
    reading: Mapping[str, Any]

    def read(self) -> Grid:
        """The cells, read as the person chose. Raises ``NotATable``."""
        return read_grid(zlib.decompress(self.data), self.name, self.languages, self.reading)


def kept_file(pending: PendingTable) -> KeptFile:
    """The file itself."""
    languages = tuple(current_city().languages)
    return KeptFile(pending.data, pending.file_name, languages, dict(pending.reading))


# -- Headings and columns ------------------------------------------------------------------------------------------


def guesser_for(table: TableImport, fields: Sequence[ImportField]) -> Guesser:
    """Knows what columns are called, and what they were matched with before."""
    names = {each.name for each in fields}
    remembered: dict[str, str] = {}
    for matching in reversed(_matchings(table)):
        remembered |= {
            heading: name for heading, name in matching.columns.items() if name in {*names, ""}
        }
    return Guesser(fields, remembered)


def _matchings(table: TableImport) -> Sequence[Matching]:
    return db.session.scalars(
        select(Matching)
        .where(Matching.kind == table.name)
        .order_by(Matching.used_at.desc(), Matching.id)
        .limit(_REMEMBERED)
    ).all()


def headings_of(pending: PendingTable, grid: Grid, guesser: Guesser) -> Headings:
    """Where the headings stand: as the person said, else as found."""
    first, lines = pending.reading.get("first"), pending.reading.get("lines")
    if isinstance(first, int) and isinstance(lines, int):
        first = min(max(first, 0), max(0, min(len(grid.rows), LOOKED_AT) - 1))
        return Headings(first, min(max(lines, 1), MOST_LINES))
    return find_headings(grid, guesser)


def columns_of(
    grid: Grid, headings: Headings, guesser: Guesser, chosen: Sequence[str] = ()
) -> list[Column]:
    """The columns with their headings, three cells of each, and what each is: as chosen, else as guessed."""
    heads = preview_headings(grid, headings)
    below = [row for _number, row in rows_below(grid, headings)]
    samples: list[list[str]] = [[] for _head in heads]
    for row in below[:500]:
        for number, cell in enumerate(row):
            if cell and cell not in samples[number] and len(samples[number]) < 12:
                samples[number].append(cell)
    fields = list(chosen) if len(chosen) == len(heads) else guesser.guess(heads, samples)
    return [
        Column(
            number,
            heads[number],
            tuple(text[:80] for text in samples[number][:SAMPLES]),
            fields[number],
        )
        for number in range(len(heads))
        if heads[number] or samples[number]
    ]


def said_of(pending: PendingTable, columns: Sequence[Column], width: int) -> Said:
    """What the person has said of the file so far, with the guesses where nothing was said."""
    kept = pending.matching
    fields = [""] * width
    for column in columns:
        fields[column.number] = column.field
    return Said(
        tuple(fields),
        kept.get("words", {}),
        kept.get("defaults", {}),
        bool(kept.get("add_organisations")),
    )


def remembered_words(table: TableImport) -> dict[str, dict[str, str]]:
    """What words meant in earlier files, by field."""
    found: dict[str, dict[str, str]] = {}
    for matching in reversed(_matchings(table)):
        for name, words in matching.words.items():
            found.setdefault(name, {}).update(words)
    return found


def unknown_words(
    fields: Sequence[ImportField],
    grid: Grid,
    headings: Headings,
    said: Said,
    earlier: Mapping[str, Mapping[str, str]],
) -> list[Unknown]:
    """The words of each column of words that stand for nothing by themselves, the most frequent first."""
    by_name = {each.name: each for each in fields}
    plain = Said(said.columns)
    known = known_words(fields, plain)
    found = []
    for number, name in enumerate(said.columns):
        if name not in known:
            continue
        each = by_name[name]
        counts: dict[str, int] = {}
        spelled: dict[str, str] = {}
        for _line, row in rows_below(grid, headings):
            text = row[number] if number < len(row) else ""
            for piece in pieces(text, each.cell, known[name]) if text else ():
                key = fold(piece)
                if key not in known[name]:
                    counts[key] = counts.get(key, 0) + 1
                    spelled.setdefault(key, piece)
        if not counts:
            continue
        told = {**earlier.get(name, {}), **said.words.get(name, {})}
        order = sorted(counts, key=lambda key: (-counts[key], key))
        words = tuple((spelled[key], counts[key], told.get(key)) for key in order[:MOST_WORDS])
        found.append(Unknown(each, words, max(0, len(order) - MOST_WORDS)))
    return found


def choices_of(each: ImportField, organisations: Sequence[Partner]) -> list[tuple[str, str]]:
    """What a word of a field can stand for, with titles."""
    if each.cell in {Cell.ORGANISATION, Cell.ORGANISATIONS}:
        return [(one.id, one.name) for one in organisations if one.active]
    return [(code, str(title)) for code, title in each.choices.items()]


def remember(table: TableImport, headings: Sequence[str], said: Said) -> None:
    """Keep how columns and words were matched, for the next file with such headings."""
    mark = fingerprint(headings)
    columns = {
        fold(heading.replace(" / ", " ")): name
        for heading, name in zip(headings, said.columns, strict=True)
        if fold(heading)
    }
    # One after the other: two people may match such a file at the same time.
    _lock_city()
    found = db.session.scalars(
        select(Matching)
        .where(Matching.kind == table.name, Matching.fingerprint == mark)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        found = Matching(id=new_id(), kind=table.name, fingerprint=mark, words={})
        db.session.add(found)
    found.columns = columns
    words = {name: dict(told) for name, told in found.words.items()}
    for name, told in said.words.items():
        words.setdefault(name, {}).update(told)
    found.words = words
    found.used_at = utcnow()
    db.session.flush()


def _lock_city() -> None:
    db.session.execute(select(City.id).where(City.id == current_city_id()).with_for_update())


# -- Looking and confirming ----------------------------------------------------------------------------------------


def look(
    pending: PendingTable,
    table: TableImport,
    fields: Sequence[ImportField],
    grid: Grid,
    headings: Headings,
    said: Said,
    viewer: Viewer,
) -> None:
    """Keep with the file what importing it would do."""
    plan = make_plan(table, fields, grid, headings, said, viewer)
    pending.reading = {**_reading(grid), "first": headings.first, "lines": headings.lines}
    pending.matching = {
        "columns": list(said.columns),
        "words": {name: dict(words) for name, words in said.words.items()},
        "defaults": dict(said.defaults),
        "add_organisations": said.add_organisations,
    }
    pending.lines = plan.kept
    pending.counts = plan.counts
    pending.digest = digest_of(pending.lines)
    db.session.flush()


def _reading(grid: Grid) -> dict[str, Any]:
    if grid.sheets:
        return {"sheet": grid.sheet}
    return {"encoding": grid.encoding, "separator": grid.separator}


def confirm(
    pending: PendingTable, table: TableImport, grid: Grid, viewer: Viewer, *, leave_out: bool
) -> int:
    """Write what the preview showed and forget the file; returns how many records were written.

    Raises :class:`RefusedRows` unless every row fits or ``leave_out`` says that those which do not stay away, and
    :class:`PlanChanged` when the import would no longer do what was shown; the preview then shows what it would.
    """
    _lock_city()
    fields = table.fields(viewer)
    kept = pending.matching
    said = Said(tuple(kept["columns"]), kept["words"], kept["defaults"], kept["add_organisations"])
    if said.add_organisations and not viewer.may(Permission.MANAGE_ORGANISATIONS):
        said = Said(said.columns, said.words, said.defaults)
    headings = Headings(pending.reading["first"], pending.reading["lines"])
    plan = make_plan(table, fields, grid, headings, said, viewer)
    lines = plan.kept
    if (digest := digest_of(lines)) != pending.digest:
        pending.lines, pending.counts, pending.digest = lines, plan.counts, digest
        db.session.flush()
        raise PlanChanged
    if plan.counts.get("refuse") and not leave_out:
        raise RefusedRows
    written = carry_out(table, fields, plan, viewer)
    db.session.delete(pending)
    db.session.flush()
    return written
