"""Logging an activity and changing it: the only code that writes activities by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from core.api import (
    Viewer,
    calendar_changed,
    current_city,
    db,
    new_id,
    record,
    subject_restricted,
    utcnow,
)
from plugins.activities.models import Activity, Change, Partner, new_uid
from plugins.activities.services.access import ref_of, visible_to
from plugins.activities.services.announcing import tell_invited
from plugins.activities.services.entries import (
    FIELDS,
    REPORTED_FIELDS,
    Entry,
    announced,
    as_kept,
    differences,
    entry_of,
    from_kept,
    settle_status,
    tidy,
    write,
)
from plugins.activities.services.telling import follow, tell_changes
from plugins.activities.services.texts import KEPT_FIELDS, keep_texts
from plugins.activities.words import Status, Visibility


class NotYet(Exception):
    """An activity cannot have been held before its date."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed to different values: what is stored, and what the other one wants."""

    name: str
    theirs: Any
    mine: Any


class Conflict(Exception):
    """Somebody else saved the activity in the meantime.

    ``merged`` holds what both changed, and where both changed the same field the value that was just typed;
    ``clashes`` names those fields, ``taken_over`` the ones that only the other person changed.
    """

    def __init__(
        self, merged: Entry, clashes: list[Clash], taken_over: list[str], version: int
    ) -> None:
        super().__init__("The activity was changed by somebody else.")
        self.merged = merged
        self.clashes = clashes
        self.taken_over = taken_over
        self.version = version


def find_activity(activity_id: str, viewer: Viewer, *, for_change: bool = False) -> Activity | None:
    """The activity, if ``viewer`` may see it. ``for_change`` holds the row until the transaction ends."""
    query = select(Activity).where(Activity.id == activity_id, visible_to(viewer))
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def partner_ids(activity_id: str) -> tuple[str, ...]:
    """The partner organisations of an activity, sorted."""
    return tuple(
        db.session.scalars(
            select(Partner.organisation_id)
            .where(Partner.activity_id == activity_id)
            .order_by(Partner.organisation_id)
        )
    )


def is_logged(activity_id: str) -> bool:
    """Whether the city has an activity of that identifier, whoever may see it."""
    found = db.session.scalar(select(Activity.id).where(Activity.id == activity_id))
    return found is not None


def log_activity(entry: Entry, viewer: Viewer, today: date, *, identifier: str = "") -> Activity:
    """Make an activity of ``entry``; ``identifier`` is the one that its form carried, if it came from one.

    On another organisation's behalf when the lead organisation is not the viewer's; the record says so.
    """
    entry = tidy(entry)
    entry = replace(
        entry, status=settle_status(entry.status, entry.start_date, entry.result, today)
    )
    activity = Activity(
        id=identifier or new_id(),
        uid=new_uid(),
        zone=current_city().zone,
        logged_by=viewer.membership_id,
        on_behalf=entry.organisation_id != viewer.organisation_id,
        translations={},
    )
    write(activity, entry)
    db.session.add(activity)
    db.session.flush()
    keep_texts([activity], viewer)
    _set_partners(activity.id, (), entry.partners)
    follow([activity.id])
    calendar_changed()
    record("activity.logged", subject=ref_of(activity.id), details={"status": activity.status})
    return activity


def change_activity(
    activity: Activity, entry: Entry, version: int, viewer: Viewer, today: date
) -> bool:
    """Write ``entry`` on an activity fetched for change; returns whether anything differed.

    ``version`` is the one that the writer had before them. Raises :class:`Conflict` when it is no longer stored
    and the entries differ.
    """
    partners = partner_ids(activity.id)
    stored = entry_of(activity, partners)
    entry = tidy(entry)
    entry = replace(entry, status=status_after(stored, entry, today))
    changed = differences(stored, entry)
    if not changed:
        return False
    if version != activity.version:
        raise conflict_of(activity, stored, entry, version)
    write(activity, entry)
    if KEPT_FIELDS & set(changed):
        keep_texts([activity], viewer)
    if "organisation_id" in changed:
        activity.on_behalf = activity.on_behalf or entry.organisation_id != viewer.organisation_id
    if activity.series_id is not None:
        own = set(changed) - REPORTED_FIELDS
        if entry.status in {Status.HELD, Status.REPORTED}:
            own -= {"status"}
        activity.overrides = sorted({*activity.overrides, *own})
    _set_partners(activity.id, partners, entry.partners)
    note_change(activity, viewer.membership_id, changed)
    tell_changes([(activity, changed)], viewer)
    record("activity.changed", subject=ref_of(activity.id), details={"fields": ", ".join(changed)})
    return True


def status_after(stored: Entry, entry: Entry, today: date) -> str:
    """A result makes a held activity a reported one, without anybody having to say so as well."""
    if entry.status and entry.status != stored.status:
        return entry.status
    tells = entry.result != stored.result or entry.participants != stored.participants
    if (
        stored.status == Status.PLANNED
        and entry.start_date <= today
        and tells
        and (entry.result or entry.participants is not None)
    ):
        return settle_status("", entry.start_date, entry.result, today)
    if stored.status == Status.HELD and entry.result and not stored.result:
        return Status.REPORTED.value
    return stored.status


def conflict_of(activity: Activity, stored: Entry, entry: Entry, version: int) -> Conflict:
    """What both changed since ``version``: the one who saved, and the one who saves now."""
    theirs, mine = as_kept(stored), as_kept(entry)
    base = as_kept(stored)
    for fields in db.session.scalars(
        select(Change.fields)
        .where(Change.activity_id == activity.id, Change.version > version)
        .order_by(Change.version.desc())
    ):
        base.update({name: both[0] for name, both in fields.items() if name in base})
    merged, clashes, taken_over = dict(mine), [], []
    for name in FIELDS:
        if mine[name] == theirs[name]:
            continue
        if mine[name] == base[name]:
            merged[name] = theirs[name]
            taken_over.append(name)
        elif theirs[name] != base[name]:
            clashes.append(Clash(name, theirs[name], mine[name]))
    return Conflict(from_kept(merged), clashes, taken_over, activity.version)


def change_status(activity: Activity, status: Status, viewer: Viewer, today: date) -> str:
    """Say that an activity was held, postponed, cancelled, or is planned again; returns the status it had.

    Raises :class:`NotYet` for holding one whose date lies ahead.
    """
    before = activity.status
    if status.took_place and activity.start_date > today:
        raise NotYet
    if status is Status.HELD and activity.result:
        status = Status.REPORTED
    if before == status:
        return before
    activity.status = status.value
    if activity.series_id is not None and not status.took_place:
        own = set(activity.overrides)
        # Planning one date again takes it back among the others, unless the others are not planned either.
        again = status is Status.PLANNED and "status" in own
        activity.overrides = sorted(own - {"status"} if again else own | {"status"})
    told = {"status": [before, status.value]}
    note_change(activity, viewer.membership_id, told, way="status")
    tell_changes([(activity, told)], viewer)
    record("activity.changed", subject=ref_of(activity.id), details={"status": status.value})
    return before


def note_change(
    activity: Activity,
    membership_id: str | None,
    changed: Mapping[str, Any],
    *,
    way: str = "edit",
) -> None:
    """Count the change and keep it in the history, in the calendar and its numbering, and tell who is invited."""
    add_change(activity, membership_id, changed, way=way)
    db.session.flush()
    calendar_changed()
    tell_invited([(activity, changed)])


def add_change(
    activity: Activity,
    membership_id: str | None,
    changed: Mapping[str, Any],
    *,
    way: str = "edit",
    batch: str | None = None,
) -> None:
    """Count one of several changes; the caller flushes, says that the calendar has changed and tells who is invited."""
    activity.version += 1
    activity.updated_at = utcnow()
    if announced(changed):
        activity.sequence += 1
    if "visibility" in changed:
        subject_restricted(ref_of(activity.id), activity.visibility != Visibility.MEMBERS)
    db.session.add(
        Change(
            activity_id=activity.id,
            changed_by=membership_id,
            changed_at=activity.updated_at,
            version=activity.version,
            way=way,
            fields=dict(changed),
            batch=batch,
        )
    )


def _set_partners(activity_id: str, before: Iterable[str], after: Iterable[str]) -> None:
    gone, come = set(before) - set(after), set(after) - set(before)
    if gone:
        db.session.execute(
            delete(Partner).where(
                Partner.activity_id == activity_id, Partner.organisation_id.in_(gone)
            )
        )
    db.session.add_all(
        Partner(activity_id=activity_id, organisation_id=organisation)
        for organisation in sorted(come)
    )
    db.session.flush()
