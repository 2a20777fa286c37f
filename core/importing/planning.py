"""What the rows of a file would do, line by line; and doing it. Reads and writes, never commits."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core.audit.services import record
from core.cities.services import calendar_changed
from core.database import db, new_id, utcnow
from core.identity.models import Organisation
from core.importing.cells import Unread, problem_of, read_cell
from core.importing.headings import Headings, joined
from core.importing.models import Source
from core.importing.reading import Grid
from core.importing.tables import (
    REFERENCE,
    Cell,
    Change,
    ImportField,
    Problem,
    Row,
    Stored,
    TableImport,
)
from core.importing.words import codes_by_word, fold
from core.tenancy import current_city
from core.values import Viewer

CHUNK = 400
_LONGEST_SHOWN = 120
_FACTS_SHOWN = 5
# Stands for an organisation that the import adds: this, and its name.
NEW = "new:"
_TOTALS = frozenset(
    "vkupno total totali ukupno toplam zbir gjithsej totale مجموع المجموع الاجمالي اجمالي".split()
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the person says of a file: what each column is, what words mean, what holds where the file is silent.

    ``words`` are codes by field and folded word; the empty code means that the word says nothing. With
    ``add_organisations`` those that nobody knows are added.
    """

    columns: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    add_organisations: bool = False


@dataclass(slots=True)
class Line:
    """One row of the file on its way."""

    number: int
    # What the file says, and the same with what holds where it is silent.
    said: dict[str, Any] = field(default_factory=dict)
    full: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    does: str = ""
    note: str = ""
    stored: Stored | None = None
    change: Change | None = None
    changed: list[tuple[str, Any, Any]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    title: str = ""

    def as_kept(self) -> dict[str, Any]:
        """The line as the preview keeps it: codes and values, no sentences."""
        kept: dict[str, Any] = {"line": self.number, "does": self.does, "title": self.title}
        if self.problems:
            kept["problems"] = [[each.code, each.at, dict(each.params)] for each in self.problems]
        if self.note:
            kept["note"] = self.note
        if self.stored is not None and self.stored.id:
            kept["id"] = self.stored.id
        if self.changed:
            kept["changed"] = [
                [name, _shown(before), _shown(after)] for name, before, after in self.changed
            ]
            # Shown are beginnings: what others write behind them changes the digest too.
            kept["says"] = _digest(self.changed)
        if self.does == "create":
            # So that whatever changes in the file's meaning changes the digest.
            kept["says"] = _digest(self.full)
            kept["facts"] = [
                [name, _shown(value)]
                for name, value in self.full.items()
                if value not in ("", None, []) and value != self.title
            ][:_FACTS_SHOWN]
        if self.kept:
            kept["kept"] = self.kept
        return kept


def _shown(value: Any) -> Any:
    return value[:_LONGEST_SHOWN] if isinstance(value, str) else value


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(slots=True)
class Plan:
    """What an import would do."""

    lines: list[Line]

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The lines as the preview keeps them."""
        return [line.as_kept() for line in self.lines]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines do what."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.does] = found.get(line.does, 0) + 1
        return found


def digest_of(lines: Sequence[Mapping[str, Any]]) -> str:
    """The same for plans that do the same."""
    return hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest()


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """``values`` in parts that one statement takes."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


# -- Words ---------------------------------------------------------------------------------------------------------


def organisations_by_word() -> dict[str, str]:
    """The organisations of the city by folded name, in any language; a name that two share means neither."""
    found: dict[str, str] = {}
    unclear: set[str] = set()
    rows = db.session.execute(
        select(
            Organisation.id, Organisation.names, Organisation.active, Organisation.merged_into
        ).order_by(Organisation.active.desc(), Organisation.sort_key, Organisation.id)
    ).all()
    left = {row.id for row in rows if not row.active}
    for row in rows:
        # What was the same as another is that other one.
        meant = row.merged_into or row.id
        for name in row.names.values():
            key = fold(name)
            # One that has left does not stand in the way of one that takes part.
            if key and found.setdefault(key, meant) != meant and row.id not in left:
                unclear.add(key)
    return {word: identifier for word, identifier in found.items() if word not in unclear}


def known_words(fields: Sequence[ImportField], said: Said) -> dict[str, dict[str, str]]:
    """For each field of words that a column is: the codes by folded word, also those that the person told."""
    names: dict[str, str] | None = None
    found = {}
    for each in fields:
        if each.name not in said.columns or not each.cell.chosen:
            continue
        if each.cell in {Cell.ORGANISATION, Cell.ORGANISATIONS}:
            names = organisations_by_word() if names is None else names
            known = dict(names)
        else:
            known = codes_by_word(each)
        found[each.name] = known | dict(said.words.get(each.name, {}))
    return found


def rows_below(grid: Grid, headings: Headings) -> Iterator[tuple[int, list[str]]]:
    """The rows under the headings, with their line numbers."""
    start = headings.first + headings.lines
    yield from zip(grid.numbers[start:], grid.rows[start:], strict=True)


# -- Planning ------------------------------------------------------------------------------------------------------


def make_plan(
    table: TableImport,
    fields: Sequence[ImportField],
    grid: Grid,
    headings: Headings,
    said: Said,
    viewer: Viewer,
) -> Plan:
    """What importing the rows below the headings would do; writes nothing."""
    lines = _read_lines(table, fields, grid, headings, said)
    ready = [line for line in lines if not line.does]
    _find(table, ready, viewer)
    sources = _sources(
        table.name, [line.stored.id for line in ready if line.stored and line.stored.id]
    )
    _refuse_repeats(table, ready)
    by_name = {each.name: each for each in fields}
    for line in ready:
        if not line.problems:
            _compare(table, by_name, line, sources, viewer)
        if line.problems:
            line.does = "refuse"
    return Plan(lines)


def _read_lines(
    table: TableImport,
    fields: Sequence[ImportField],
    grid: Grid,
    headings: Headings,
    said: Said,
) -> list[Line]:
    by_name = {each.name: each for each in fields}
    columns = [
        (number, by_name[name])
        for number, name in enumerate(said.columns[: grid.width])
        if name in by_name
    ]
    words = known_words(fields, said)
    heads = grid.rows[headings.first : headings.first + headings.lines]
    sparse = _sparse(grid, headings)
    lines = []
    for number, row in rows_below(grid, headings):
        line = Line(number)
        lines.append(line)
        if note := _no_record(row, heads, sparse):
            line.does, line.note = "skip", note
            line.title = next(cell for cell in row if cell)[:_LONGEST_SHOWN]
            continue
        _read_row(line, row, columns, words, said)
        line.said = table.prepare(line.said)
        line.full = {
            **{name: _as_value(by_name[name], code) for name, code in said.defaults.items()
               if name in by_name and code},
            **line.said,
        }  # fmt: skip
        line.title = table.called(line.full)[:_LONGEST_SHOWN]
    return lines


def _as_value(each: ImportField, code: str) -> Any:
    return [code] if each.cell.several else code


def _read_row(
    line: Line,
    row: Sequence[str],
    columns: Sequence[tuple[int, ImportField]],
    words: Mapping[str, Mapping[str, str]],
    said: Said,
) -> None:
    for number, each in columns:
        text = row[number] if number < len(row) else ""
        if not text:
            continue
        known = words.get(each.name, {})
        try:
            value = read_cell(text, each, known)
        except Unread as fault:
            value = None
            if fault.code == "word" and each.cell in {Cell.ORGANISATION, Cell.ORGANISATIONS}:
                value = _added(text, each, known) if said.add_organisations else None
                fault.code = "organisation"
            if value is None:
                line.problems.append(problem_of(fault, each.name))
        if value is not None:
            line.said[each.name] = value


def _added(text: str, each: ImportField, known: Mapping[str, str]) -> Any:
    """The organisations of a cell, those that nobody knows as ones to add."""
    from core.importing.cells import pieces

    codes = []
    for piece in pieces(text, each.cell, known):
        code = known.get(fold(piece), NEW + piece)
        if len(code) > len(NEW) + 200:
            return None
        if code and code not in codes:
            codes.append(code)
    if not codes:
        return None
    return sorted(codes) if each.cell.several else codes[0]


def _sparse(grid: Grid, headings: Headings) -> bool:
    """Whether rows with a single cell are nothing unusual in this table."""
    filled = [sum(1 for cell in row if cell) for _number, row in rows_below(grid, headings)]
    return sum(1 for each in filled if each >= 3) * 2 < len(filled)


def _no_record(row: Sequence[str], heads: Sequence[Sequence[str]], sparse: bool) -> str:
    """Why a row is no record: a note, a sum, the headings once more, or the numbers of the columns."""
    filled = [cell for cell in row if cell]
    if row in heads:
        return "headings"
    if len(filled) > 2 and filled == [str(number + 1) for number in range(len(filled))]:
        return "column_numbers"
    if len(filled) < 4 and fold(filled[0]).partition(" ")[0] in _TOTALS:
        return "total"
    return "alone" if len(filled) == 1 and not sparse else ""


def _find(table: TableImport, lines: Sequence[Line], viewer: Viewer) -> None:
    references = list(
        dict.fromkeys(str(line.said[REFERENCE]) for line in lines if REFERENCE in line.said)
    )
    known: dict[str, str] = {}
    for chunk in chunks(references):
        found = db.session.execute(
            select(Source.reference, Source.record_id)
            .where(Source.kind == table.name, Source.reference.in_(chunk))
            .order_by(Source.imported_at, Source.id)
        )
        known.update((row.reference, row.record_id) for row in found)
    rows = [
        Row(line.number, line.full, known.get(str(line.said.get(REFERENCE, "")))) for line in lines
    ]
    for line, stored in zip(lines, table.find(rows, viewer), strict=True):
        line.stored = stored
        if stored is not None and stored.problem is not None:
            line.problems.append(stored.problem)


def _sources(kind: str, record_ids: Sequence[str]) -> dict[str, Source]:
    found = {}
    for chunk in chunks(list(dict.fromkeys(record_ids))):
        for source in db.session.scalars(
            select(Source).where(Source.kind == kind, Source.record_id.in_(chunk))
        ):
            found[source.record_id] = source
    return found


def _refuse_repeats(table: TableImport, lines: Sequence[Line]) -> None:
    """A record comes once: the second row that means it is refused."""
    first: dict[str, int] = {}
    for line in lines:
        keys = []
        if line.stored is not None and line.stored.id:
            keys.append(f"id {line.stored.id}")
        elif key := table.same(line.full):
            keys.append(f"row {key}")
        if REFERENCE in line.said:
            keys.append(f"reference {line.said[REFERENCE]}")
        for key in keys:
            if (earlier := first.setdefault(key, line.number)) != line.number:
                line.problems.append(Problem("repeated", "", {"line": str(earlier)}))
                break


def _compare(
    table: TableImport,
    fields: Mapping[str, ImportField],
    line: Line,
    sources: Mapping[str, Source],
    viewer: Viewer,
) -> None:
    stored = line.stored
    if stored is None:
        missing = [
            each.name for each in fields.values() if each.required and each.name not in line.full
        ]
        line.problems += [Problem("missing", name) for name in missing]
        if not missing:
            line.problems += table.check(line.full, None, viewer)
        if not line.problems:
            values = {name: value for name, value in line.full.items() if name != REFERENCE}
            # An identifier is given when it is written: what is shown must be the same each time it is worked out.
            line.change = Change("", True, values)
            line.does = "create"
        return
    source = sources.get(stored.id)
    said_before = source.values if source is not None else {}
    differ: dict[str, Any] = {}
    for name, value in line.said.items():
        if name == REFERENCE or name in table.only_new or name in stored.settled:
            continue
        before = said_before.get(name) if name in table.only_said else stored.values.get(name)
        if value == before or (name in said_before and value == said_before[name]):
            continue
        if name in said_before and before != said_before[name]:
            line.kept.append(name)
            continue
        differ[name] = value
        line.changed.append((name, before, value))
    if differ:
        line.problems += table.check({**stored.values, **differ}, stored, viewer)
    if not line.problems:
        line.change = Change(stored.id, False, differ, stored.values)
        line.does = "change" if differ else "keep" if line.kept else "unchanged"


# -- Carrying out --------------------------------------------------------------------------------------------------


def carry_out(table: TableImport, fields: Sequence[ImportField], plan: Plan, viewer: Viewer) -> int:
    """Write everything the plan says, in the caller's transaction; returns how many records were written."""
    written = [line for line in plan.lines if line.change is not None]
    added = _add_organisations(fields, written)
    changes = []
    for line in written:
        assert line.change is not None  # noqa: S101  filtered above
        change = line.change
        if change.new:
            line.change = change = Change(new_id(), True, change.values)
        if change.new or change.values:
            values = _with_added(fields, change.values, added)
            changes.append(Change(change.id, change.new, values, change.before))
    table.write(changes, viewer)
    _note_sources(table, fields, written, added)
    db.session.flush()
    calendar_changed()
    record(
        "importing.imported",
        details={"table": table.name}
        | {name: str(number) for name, number in sorted(plan.counts.items())},
    )
    return len(changes)


def _add_organisations(fields: Sequence[ImportField], lines: Sequence[Line]) -> dict[str, str]:
    """Add the organisations that the rows name and nobody knows; their identifiers by folded name."""
    from core.directory.services import add_organisation

    city = current_city()
    language = next(iter(city.languages), city.default_language)
    added: dict[str, str] = {}
    for line in lines:
        assert line.change is not None  # noqa: S101  the caller filtered
        for each in fields:
            if each.cell not in {Cell.ORGANISATION, Cell.ORGANISATIONS}:
                continue
            value = line.change.values.get(each.name) or ()
            for code in [value] if isinstance(value, str) else value:
                name = code.removeprefix(NEW)
                if code.startswith(NEW) and fold(name) not in added:
                    made = add_organisation({"names": {language: name}, "sector": "other"})
                    added[fold(name)] = made.id
    return added


def _with_added(
    fields: Sequence[ImportField], values: Mapping[str, Any], added: Mapping[str, str]
) -> dict[str, Any]:
    def settled(code: str) -> str:
        return added[fold(code.removeprefix(NEW))] if code.startswith(NEW) else code

    found = dict(values)
    for each in fields:
        value = values.get(each.name)
        if value and each.cell is Cell.ORGANISATION:
            found[each.name] = settled(value)
        elif value and each.cell is Cell.ORGANISATIONS:
            found[each.name] = sorted({settled(code) for code in value})
    return found


def _note_sources(
    table: TableImport,
    fields: Sequence[ImportField],
    lines: Sequence[Line],
    added: Mapping[str, str],
) -> None:
    ids = [line.change.id for line in lines if line.change is not None]
    sources = _sources(table.name, ids)
    now = utcnow()
    for line in lines:
        assert line.change is not None  # noqa: S101  the caller filtered
        settled = line.stored.settled if line.stored is not None else frozenset()
        says = {
            name: value
            for name, value in _with_added(fields, line.said, added).items()
            if name != REFERENCE and name not in settled
        }
        reference = str(line.said.get(REFERENCE, ""))
        source = sources.get(line.change.id)
        if source is None:
            db.session.add(
                Source(
                    id=new_id(), kind=table.name, record_id=line.change.id, reference=reference,
                    values=says, imported_at=now,
                )
            )  # fmt: skip
            continue
        values = {**source.values, **says}
        if values != source.values or (reference and reference != source.reference):
            write_all(
                source, values=values, reference=reference or source.reference, imported_at=now
            )


def write_all(row: Any, **values: Any) -> None:
    """Set ``values`` so that all of them are written, also those that stay: rows then share one statement."""
    from sqlalchemy.orm.attributes import flag_modified

    for name, value in values.items():
        setattr(row, name, value)
        flag_modified(row, name)


def preview_headings(grid: Grid, headings: Headings) -> list[str]:
    """What stands above each column."""
    return joined(grid.rows[headings.first : headings.first + headings.lines], grid.width)
