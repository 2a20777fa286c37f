"""The log of settings as a file."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Select, func, select

from core.audit.models import AuditRecord
from core.cities.actions import ACTIONS, shown_details
from core.database import db
from core.directory.services import partners, people_by_membership
from core.exporting.batches import batches, identifiers
from core.exporting.lists import Column, ListExport, Value, Written
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.permissions import Permission
from core.tenancy import current_city_id
from core.values import Viewer


def log_query() -> Select[AuditRecord]:
    """The records that a city administrator may read about, of the city in force, in no order."""
    return select(AuditRecord).where(
        AuditRecord.city_id == current_city_id(), AuditRecord.action.in_(ACTIONS)
    )


def _rows(viewer: Viewer, _asked: Mapping[str, str]) -> Iterator[Sequence[Value]]:
    organisations = {one.id: one.name for one in partners(viewer.locale)}
    query = log_query()
    order = (AuditRecord.at.desc(), AuditRecord.id.desc())
    for part in batches(identifiers(query, AuditRecord, order)):
        # No row of a city, so nothing narrows it but what is said here.
        found = {row.id: row for row in db.session.scalars(query.where(AuditRecord.id.in_(part)))}
        people = people_by_membership(
            {row.membership_id for row in found.values() if row.membership_id}
            | {row.ref_id for row in found.values() if row.ref_kind == "membership" and row.ref_id}
        )
        for row in (found[identifier] for identifier in part if identifier in found):
            names = {"membership": people, "organisation": organisations}.get(
                row.ref_kind or "", {}
            )
            yield (
                row.at,
                str(ACTIONS[row.action]),
                Written(names.get(row.ref_id or "", "")),
                " → ".join(shown_details(row)),
                Written(people.get(row.membership_id or "", ""))
                if row.person_id
                else _("A command on the server"),
            )
        for row in found.values():
            db.session.expunge(row)


LOG = ListExport(
    name="log",
    title=_lp("settings", "Log"),
    columns=(
        Column("at", _l("When"), "datetime", width=18),
        Column("action", _l("What"), width=28),
        Column("about", _l("About whom"), width=28),
        Column("details", _l("Details"), width=28),
        Column("who", _l("Who"), width=24),
    ),
    rows=_rows,
    permission=Permission.MANAGE_CITY,
    count=lambda _viewer, _asked: (
        db.session.scalar(select(func.count()).select_from(log_query().subquery())) or 0
    ),
)
