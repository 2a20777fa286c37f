"""What the worker does: it makes the exports that were asked for.

An export is made as a reading of the database, without the lock that writing needs, however long it takes. Only at
its end are the file and the row kept, together with the mark that the job is done: a worker that is killed before
leaves neither, and the next one begins anew.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Table, select, update

from core.acting import reading_as, viewer_of
from core.cities.models import City
from core.database import db, rows_changed, utcnow, write_intent
from core.directory.services import in_force
from core.exporting.lists import ListExport, find_list
from core.exporting.models import Export
from core.exporting.services import (
    KEEP,
    TooLong,
    record_export,
    write_export,
)
from core.files import store
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import today
from core.identity.mails import site_url
from core.identity.models import Membership, Person
from core.identity.transactions import short_transaction
from core.jobs import job
from core.printing import PrintingFailed
from core.tenancy import current_city, current_city_id
from core.values import Viewer

log = logging.getLogger(__name__)

PAPER_SECONDS = 240
NOTE_EVERY_SECONDS = 0.5
# Whoever has left the page meanwhile wants to be told; whoever still looks at it sees it.
MAIL_AFTER = timedelta(minutes=1)


class _Cancelled(Exception):
    """The export was taken back while it was being made."""


class _MayNotSee(Exception):
    """Whoever asked may not see the list any more."""


@job(
    "exporting.make",
    title=_l("Making a list as a file"),
    lease=timedelta(minutes=15),
    most_attempts=3,
)
def make(payload: dict[str, Any]) -> None:
    """Make one export."""
    identifier = str(payload["export"])
    # The look at the city has taken the lock already; what follows only reads.
    db.session.commit()
    with write_intent(False):
        wanted = _find(identifier)
        if wanted is None:
            return
        fault = ""
        with store.incoming() as path:
            try:
                with _reading_for(wanted) as (export, viewer):
                    count = export.how_many(viewer, wanted.arguments)
                    note = _Notes(identifier, count)
                    note(0, now=True)
                    rows = write_export(
                        path, export, viewer, wanted.arguments, wanted.file_kind,
                        count=count, note=note, seconds=PAPER_SECONDS,
                    )  # fmt: skip
                    note(rows, now=True)
            except _Cancelled:
                db.session.commit()
                return
            except (_MayNotSee, TooLong, PrintingFailed) as reason:
                # Another attempt would end alike, so it is told instead of tried again.
                fault = type(reason).__name__
            db.session.commit()
            # From here on with the lock, in the transaction that also says that the job is done.
            with write_intent():
                if fault:
                    log.warning("export_failed", extra={"fault": fault})
                    _settle(identifier, state="failed", made_at=utcnow())
                    return
                size = path.stat().st_size
                stored = store.keep(path, current_city_id())
                kept = _settle(
                    identifier, state="ready", done=rows, total=rows, size=size, stored_as=stored,
                    made_at=utcnow(), expires_at=utcnow() + KEEP,
                )  # fmt: skip
                if not kept:
                    store.remove(current_city_id(), stored)
                    return
                record_export(
                    wanted.plugin, export, viewer, wanted.arguments, wanted.file_kind, rows
                )
                if utcnow() - wanted.asked_at > MAIL_AFTER:
                    _tell(wanted, viewer)


def _find(identifier: str) -> Export | None:
    found = db.session.scalars(select(Export).where(Export.id == identifier)).first()
    if found is None or found.state not in {"waiting", "making"}:
        return None
    # Kept as it was read: the reading below ends and begins its own transactions.
    db.session.expunge(found)
    return found


@contextmanager
def _reading_for(wanted: Export) -> Iterator[tuple[ListExport, Viewer]]:
    """Whoever asked reads, with what they may see at this moment. Raises :class:`_MayNotSee`."""
    from core.web import enabled_plugins

    city: City = current_city()
    row = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.id == wanted.membership_id)
    ).first()
    if row is None or not row[1].active or not in_force(row[0], today()):
        raise _MayNotSee
    enabled = enabled_plugins(city)
    viewer = viewer_of(row[0], row[1], city, enabled, wanted.language)
    export = find_list(wanted.plugin, wanted.list_name, viewer, enabled)
    if export is None:
        raise _MayNotSee
    # A list may show titles that hooks give together with the address of their page.
    with reading_as(viewer, city, enabled):
        yield export, viewer


class _Notes:
    """Writes down now and then how far an export is, and hears whether it was taken back."""

    def __init__(self, identifier: str, total: int) -> None:
        self.identifier, self.total = identifier, total
        self.next = 0.0

    def __call__(self, done: int, *, now: bool = False) -> None:
        """Raises :class:`_Cancelled`."""
        if not now and time.monotonic() < self.next:
            return
        self.next = time.monotonic() + NOTE_EVERY_SECONDS
        exports = cast("Table", Export.__table__)
        with short_transaction() as connection:
            changed = rows_changed(
                connection.execute(
                    exports.update()
                    .where(exports.c.city_id == current_city_id(), exports.c.id == self.identifier)
                    .values(state="making", done=done, total=max(self.total, done))
                )
            )
        if not changed:
            raise _Cancelled


def _settle(identifier: str, **values: Any) -> bool:
    result = db.session.execute(
        update(Export)
        .where(Export.id == identifier, Export.state.in_(["waiting", "making"]))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(rows_changed(result))


def _tell(wanted: Export, viewer: Viewer) -> None:
    from core.mail import send_mail

    address = db.session.scalar(select(Person.email).where(Person.id == viewer.person_id))
    if not address:
        return
    link = site_url("exporting.index", city_slug=current_city().slug)
    paragraphs = [
        _("The file you asked for is ready:"),
        wanted.file_name,
        _("You can fetch it here until tomorrow:"),
        link,
    ]
    send_mail(
        address, _("Your export is ready"), "\n\n".join(paragraphs) + "\n", locale=viewer.locale
    )
