"""What lacks a report, over all organisations: for those who keep the network."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Date, and_, bindparam, select

from core.api import Organisation, Viewer, Waiting, db, name_of
from core.api import gettext as _
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.services.access import VISIBLE, sight
from plugins.activities.services.listing import report_due
from plugins.activities.services.texts import shown_text
from plugins.activities.words import Status

AT_MOST = 100
# What nobody has told of for a year will not be told of any more; it also bounds what is read.
ASKED_FOR = timedelta(days=365)

_LACKING = (
    select(
        Activity.id,
        Activity.title,
        Activity.language,
        Activity.translations,
        Activity.end_date,
        Activity.organisation_id,
        Organisation.names.label("organisation_names"),
    )
    .join(
        Organisation,
        and_(Organisation.city_id == Activity.city_id, Organisation.id == Activity.organisation_id),
    )
    .where(
        VISIBLE,
        Activity.status.in_([Status.HELD.value, Status.PLANNED.value]),
        Activity.end_date <= bindparam("due", type_=Date),
        # The start says no more than the end, but an index can serve it.
        Activity.start_date > bindparam("since", type_=Date),
    )
    .order_by(Activity.end_date, Activity.id)
    .limit(AT_MOST)
)


def lacking_reports(viewer: Viewer, today: date, base: str) -> Iterator[Waiting]:
    """Activities that ended and lack a report, the longest first; one query.

    ``base`` is the address below which each activity has its page.
    """
    if not viewer.may(Permission.SEE):
        return
    due = report_due(today)
    words = _("Report")
    for row in db.session.execute(
        _LACKING, {"due": due, "since": due - ASKED_FOR, **sight(viewer)}
    ):
        text = shown_text(row.title, "", row.language, row.translations, viewer.locale)
        yield Waiting(
            text.title,
            f"{base}{row.id}",
            row.organisation_id,
            name_of(row.organisation_names, viewer.locale),
            row.end_date,
            words,
            text.language,
        )
