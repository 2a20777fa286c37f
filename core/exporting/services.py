"""Making exports: at once for a short list, by the worker for a long one. Flushes, never commits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select

from core.audit.services import record
from core.database import db, new_id, rows_changed, utcnow
from core.exporting.about import About, about
from core.exporting.lists import Arguments, ListExport, Value
from core.exporting.models import Export
from core.files import store
from core.i18n import today
from core.jobs.services import enqueue
from core.tenancy import current_city, current_city_id
from core.values import Viewer

# What is longer than this takes seconds, so the worker makes it. A row of a paper takes ten times as long.
AT_ONCE = 2_000
AT_ONCE_ON_PAPER = 500
# Nobody reads a paper of more pages than this gives, and setting one takes memory with every row.
MOST_ON_PAPER = 5_000
MOST_ROWS = 100_000
MOST_ENTRIES = 20_000
MOST_AT_WORK = 5
KEEP = timedelta(hours=24)

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf",
    "ics": "text/calendar; charset=utf-8",
}
Progress = Callable[[int], None]


class TooLong(Exception):
    """The list has more rows than a file of this kind may hold; ``most`` says how many that are."""

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} rows.")
        self.most = most


class TooMany(Exception):
    """Somebody has enough exports under way already."""


def most_rows(kind: str) -> int:
    """How many rows a file of ``kind`` may hold."""
    return {"pdf": MOST_ON_PAPER, "ics": MOST_ENTRIES}.get(kind, MOST_ROWS)


def takes_long(kind: str, count: int) -> bool:
    """Whether the worker makes a file of ``kind`` with so many rows."""
    if kind == "ics":
        # A calendar file is written as fast as a calendar is read.
        return False
    return count > (AT_ONCE_ON_PAPER if kind == "pdf" else AT_ONCE)


def check_length(kind: str, count: int) -> None:
    """Raise :class:`TooLong` when a file of ``kind`` may not hold so many rows."""
    if count > most_rows(kind):
        raise TooLong(most_rows(kind))


def file_name(export: ListExport, kind: str) -> str:
    """What the file is called: city, list, day."""
    return f"{current_city().slug}-{export.name.replace('_', '-')}-{today().isoformat()}.{kind}"


def write_export(
    path: Path,
    export: ListExport,
    viewer: Viewer,
    arguments: Arguments,
    kind: str,
    *,
    count: int,
    note: Progress = lambda _done: None,
    seconds: float = 30,
) -> int:
    """Write the file to ``path`` and return how many rows it holds.

    ``note`` is told after each row. Raises :class:`TooLong`, also when rows were added meanwhile, and
    :class:`core.printing.PrintingFailed`.
    """
    check_length(kind, count)
    told = about(export, viewer, arguments, count)
    counted = _Counted(export.rows(viewer, arguments), note, most_rows(kind))
    if kind == "ics":
        return _write_calendar(path, export, viewer, arguments)
    _write(path, told, counted, kind, seconds)
    return counted.done


def _write(
    path: Path, told: About, rows: Iterable[Sequence[Value]], kind: str, seconds: float
) -> None:
    match kind:
        case "csv":
            from core.exporting.csv_file import write_csv

            write_csv(path, told, rows)
        case "xlsx":
            from core.exporting.xlsx_file import write_xlsx

            write_xlsx(path, told, rows)
        case "ods":
            from core.exporting.ods_file import write_ods

            write_ods(path, told, rows)
        case _:
            from core.exporting.pdf_file import write_pdf

            write_pdf(path, told, rows, seconds=seconds)


class _Counted:
    """Rows that are counted while they are read."""

    def __init__(self, rows: Iterator[Sequence[Value]], note: Progress, most: int) -> None:
        self.rows, self.note, self.most = rows, note, most
        self.done = 0

    def __iter__(self) -> Iterator[Sequence[Value]]:
        for row in self.rows:
            self.done += 1
            if self.done > self.most:
                raise TooLong(self.most)
            self.note(self.done)
            yield row


def _write_calendar(path: Path, export: ListExport, viewer: Viewer, arguments: Arguments) -> int:
    from core.home.feed import write_calendar
    from core.i18n import lang_tag

    if export.entries is None:
        raise LookupError(f"{export.name} is no calendar.")
    entries = list(export.entries(viewer, arguments))
    city = current_city()
    path.write_bytes(
        write_calendar(
            entries,
            name=f"{export.title} · {city.name_in(viewer.locale)}",
            zone=city.zone,
            prodid_lang=lang_tag(viewer.locale),
            now=utcnow(),
        )
    )
    return len(entries)


def record_export(
    owner: str, export: ListExport, viewer: Viewer, arguments: Arguments, kind: str, rows: int
) -> None:
    """Note that ``viewer`` took out what: the names of the filters, never what somebody searched for."""
    record(
        "export.made",
        by=viewer,
        details={
            "list": f"{owner}/{export.name}",
            "kind": kind,
            "filters": ", ".join(sorted(arguments)),
            "rows": str(rows),
        },
    )


# -- Those that the worker makes ---------------------------------------------------------------------------


def ask_for(
    owner: str,
    export: ListExport,
    viewer: Viewer,
    arguments: Arguments,
    kind: str,
    *,
    count: int,
    identifier: str | None = None,
) -> Export:
    """Have the worker make an export, in the caller's transaction. Raises :class:`TooLong` and :class:`TooMany`."""
    check_length(kind, count)
    at_work = db.session.scalar(
        select(func.count(Export.id)).where(
            Export.membership_id == viewer.membership_id, Export.state.in_(["waiting", "making"])
        )
    )
    if (at_work or 0) >= MOST_AT_WORK:
        raise TooMany
    wanted = Export(
        id=identifier or new_id(),
        membership_id=viewer.membership_id,
        plugin=owner,
        list_name=export.name,
        arguments=dict(arguments),
        file_kind=kind,
        language=viewer.locale,
        total=count,
        file_name=file_name(export, kind),
        expires_at=utcnow() + KEEP,
    )
    db.session.add(wanted)
    db.session.flush()
    enqueue("exporting.make", {"export": wanted.id}, city_id=current_city_id())
    return wanted


def exports_of(viewer: Viewer) -> list[Export]:
    """The viewer's exports that are still kept, the newest first."""
    return list(
        db.session.scalars(
            select(Export)
            .where(Export.membership_id == viewer.membership_id, Export.expires_at > utcnow())
            .order_by(Export.asked_at.desc(), Export.id)
            .limit(50)
        )
    )


def find_export(viewer: Viewer, identifier: str) -> Export | None:
    """One of the viewer's own exports that is still kept, or None."""
    return db.session.scalars(
        select(Export).where(
            Export.id == identifier,
            Export.membership_id == viewer.membership_id,
            Export.expires_at > utcnow(),
        )
    ).first()


def remove_export(wanted: Export) -> None:
    """Cancel an export, or remove one that is ready together with its file."""
    if wanted.stored_as:
        store.remove(wanted.city_id, wanted.stored_as)
    db.session.delete(wanted)
    db.session.flush()


def remove_expired(now: datetime | None = None) -> int:
    """Remove the exports of every city that nobody may fetch any more, with their files; returns how many."""
    from core.cities.services import all_cities
    from core.tenancy import city_scope

    removed = 0
    for city in all_cities():
        with city_scope(city):
            rows = db.session.execute(
                select(Export.id, Export.stored_as).where(Export.expires_at <= (now or utcnow()))
            ).all()
            if not rows:
                continue
            for row in rows:
                if row.stored_as:
                    store.remove(city.id, row.stored_as)
            removed += rows_changed(
                db.session.execute(
                    delete(Export)
                    .where(Export.id.in_([row.id for row in rows]))
                    .execution_options(synchronize_session=False)
                )
            )
    return removed
