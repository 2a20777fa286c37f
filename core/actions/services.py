"""What can be done with actions. Flushes, never commits, never reads the request.

One record serves every plugin: a meeting, an activity, an evaluation hangs its actions on its own records by their
``Ref``, and finds them again by :func:`core.actions.listing.actions_on`.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select, update

from core.actions import telling
from core.actions.access import may_change, ref_of, visible_to
from core.actions.models import Action, ActionChange
from core.actions.words import Status
from core.audit.services import record
from core.content.services import keep_original
from core.database import db, new_id, rows_changed, utcnow
from core.folding import search_key
from core.identity.memberships import covers
from core.identity.models import Membership, Organisation
from core.tenancy import current_city
from core.values import Ref, Viewer

LONGEST_TEXT, LONGEST_REASON = 500, 1000
# Nobody hands over more at once; what is beyond waits for a second press.
MOST_AT_ONCE = 500


class Conflict(Exception):
    """Somebody else saved the action in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Action) -> None:
        super().__init__("The action was changed by somebody else.")
        self.current = current


class NotOfOrganisation(Exception):
    """The person does not speak for the organisation that is to act."""


class NoSuchOrganisation(Exception):
    """The organisation is none of the city's, or has left."""


class ReasonNeeded(Exception):
    """What is blocked or not possible says why."""


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """What somebody writes down: what, which organisation, in it who (or nobody yet), by when."""

    text: str
    language: str
    organisation_id: str
    assignee_id: str | None
    due_on: date


def entry_of(action: Action) -> ActionEntry:
    """What is stored of an action, as it was written down."""
    return ActionEntry(
        action.text, action.language, action.organisation_id, action.assignee_id, action.due_on
    )


# -- Finding -----------------------------------------------------------------------------------------------


def find_any(identifier: str, *, for_change: bool = False) -> Action | None:
    """An action of the city in force, whoever may see it: for who may see its subject."""
    query = select(Action).where(Action.id == identifier)
    if for_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def is_added(identifier: str) -> bool:
    """Whether the city has an action of that identifier, whoever may see it."""
    return db.session.scalar(select(Action.id).where(Action.id == identifier)) is not None


@dataclass(frozen=True, slots=True)
class Change:
    """A line of an action's history."""

    who: str
    at: Any
    fields: dict[str, Any]


def history(action: Action) -> tuple[Change, ...]:
    """What was changed, the latest first, with who did it; one query."""
    rows = db.session.execute(
        select(ActionChange.fields, ActionChange.changed_at, Membership.shown_name)
        .outerjoin(
            Membership,
            (Membership.city_id == ActionChange.city_id)
            & (Membership.id == ActionChange.changed_by),
        )
        .where(ActionChange.action_id == action.id)
        .order_by(ActionChange.version.desc())
        .limit(50)
    )
    return tuple(Change(row.shown_name or "", row.changed_at, row.fields) for row in rows)


# -- Adding and changing -----------------------------------------------------------------------------------


def add_action(
    entry: ActionEntry,
    viewer: Viewer,
    *,
    subject: Ref | None = None,
    restricted: bool = False,
    identifier: str = "",
) -> Action:
    """Add an action; ``identifier`` is the one that its form carried, if it came from one.

    ``restricted`` says that not every member may see ``subject``: then not every member sees the action. Those who
    are to act are told. Raises :class:`NoSuchOrganisation` and :class:`NotOfOrganisation`.
    """
    _check(entry)
    action = Action(
        id=identifier or new_id(),
        ref_plugin=subject.plugin if subject else "",
        ref_kind=subject.kind if subject else "",
        ref_id=subject.id if subject else "",
        restricted=restricted,
        status=Status.OPEN.value,
        created_by=viewer.membership_id,
    )
    _write(action, entry)
    db.session.add(action)
    db.session.flush()
    _keep_words(action, viewer)
    record("action.added", subject=ref_of(action.id))
    telling.assigned(action, viewer)
    return action


def _keep_words(action: Action, viewer: Viewer) -> None:
    """Let the words of an action that hangs on a record be translated beside that record's own, as in minutes.

    They are not among what the city lists as missing: whoever acts reads them in the language of who asked.
    """
    if action.ref_id:
        texts = {"text": action.text}
        keep_original(ref_of(action.id), action.language, texts, viewer, shared=False)


def change_action(action: Action, entry: ActionEntry, version: int, viewer: Viewer) -> bool:
    """Write ``entry`` on an action fetched for change; returns whether anything differed.

    Raises :class:`Conflict` when ``version`` is no longer stored, :class:`NoSuchOrganisation` and
    :class:`NotOfOrganisation`.
    """
    before = entry_of(action)
    # The words keep the language in which they were written, unless they are written anew.
    if entry.text == before.text:
        entry = replace(entry, language=before.language)
    changed = _differences(before, entry)
    if not changed:
        return False
    if version != action.version:
        raise Conflict(action)
    if {"organisation_id", "assignee_id"} & set(changed):
        _check(entry)
    _write(action, entry)
    if "due_on" in changed:
        action.reminded_on = None
        telling.moved(action)
    if {"text", "language"} & set(changed):
        _keep_words(action, viewer)
    _note(action, viewer, changed)
    record("action.changed", subject=ref_of(action.id), details={"fields": ", ".join(changed)})
    if {"organisation_id", "assignee_id"} & set(changed):
        telling.assigned(action, viewer)
    else:
        telling.changed(action, viewer)
    return True


def set_status(
    action: Action,
    status: Status,
    viewer: Viewer,
    today: date,
    *,
    reason: str = "",
    version: int | None = None,
) -> str:
    """Say how far an action is; returns the status it had.

    Raises :class:`ReasonNeeded` where a reason belongs to it and there is none, and :class:`Conflict` when a
    ``version`` is given and another one is stored by now.
    """
    if status.needs_reason and not reason:
        raise ReasonNeeded
    before, was = action.status, action.reason
    reason = reason if status.needs_reason else ""
    if before == status and reason == was:
        return before
    if version is not None and version != action.version:
        raise Conflict(action)
    was_closed = action.closed
    action.status, action.reason = status.value, reason
    action.closed = status.closed
    action.closed_on = today if status.closed else None
    changed: dict[str, Any] = {"status": [before, status.value]}
    if reason != was:
        changed["reason"] = [was, reason]
    _note(action, viewer, changed)
    record("action.status", subject=ref_of(action.id), details={"status": status.value})
    if status.closed:
        telling.settled(action, viewer)
    elif was_closed:
        telling.opened_again(action)
    return before


def reassign(
    ids: Collection[str],
    organisation_id: str,
    assignee_id: str | None,
    viewer: Viewer,
    *,
    held_by: str = "",
) -> int:
    """Give those of ``ids`` that the viewer may see and change to somebody else; returns how many were given.

    To ``assignee_id``, or back to the organisation as a whole. With ``held_by``, what that member does not have any
    more by now stays with whoever took it. Raises :class:`NoSuchOrganisation` and
    :class:`NotOfOrganisation`.
    """
    _check_people(organisation_id, assignee_id)
    given = []
    query = (
        select(Action)
        .where(
            Action.id.in_(list(ids)[:MOST_AT_ONCE]), Action.closed.is_(False), visible_to(viewer)
        )
        # One order for all, so that two who hand over at once wait for one another.
        .order_by(Action.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for action in db.session.scalars(query).all():
        if not may_change(action, viewer) or (held_by and action.assignee_id != held_by):
            continue
        before = entry_of(action)
        after = replace(before, organisation_id=organisation_id, assignee_id=assignee_id)
        if changed := _differences(before, after):
            action.organisation_id, action.assignee_id = organisation_id, assignee_id
            _note(action, viewer, changed)
            given.append(action)
    if given:
        record("action.reassigned", details={"actions": str(len(given))})
        telling.reassigned(given, viewer)
    return len(given)


def subject_restricted(subject: Ref, restricted: bool) -> None:
    """Say that not every member may see ``subject`` any more, or that every member may again."""
    db.session.execute(
        update(Action)
        .where(
            Action.ref_plugin == subject.plugin,
            Action.ref_kind == subject.kind,
            Action.ref_id == subject.id,
            Action.restricted.is_not(restricted),
        )
        .values(restricted=restricted)
        .execution_options(synchronize_session="fetch")
    )


def forget_subject(subject: Ref) -> int:
    """Let the actions of a record that is gone stand by themselves; returns how many there were.

    What was promised stays promised, but leads nowhere any more.
    """
    done = db.session.execute(
        update(Action)
        .where(
            Action.ref_plugin == subject.plugin,
            Action.ref_kind == subject.kind,
            Action.ref_id == subject.id,
        )
        .values(ref_plugin="", ref_kind="", ref_id="")
        .execution_options(synchronize_session="fetch")
    )
    return rows_changed(done)


def _write(action: Action, entry: ActionEntry) -> None:
    action.text, action.language = entry.text, entry.language
    action.organisation_id, action.assignee_id = entry.organisation_id, entry.assignee_id
    action.due_on = entry.due_on
    action.search_text = search_key(entry.text)


def _differences(before: ActionEntry, after: ActionEntry) -> dict[str, list[Any]]:
    names = ("text", "organisation_id", "assignee_id", "due_on")
    found = {name: [getattr(before, name), getattr(after, name)] for name in names}
    return {
        name: [str(value) if isinstance(value, date) else value for value in both]
        for name, both in found.items()
        if both[0] != both[1]
    }


def _note(action: Action, viewer: Viewer, changed: dict[str, Any]) -> None:
    action.version += 1
    action.updated_at = utcnow()
    db.session.add(
        ActionChange(
            action_id=action.id,
            changed_by=viewer.membership_id,
            changed_at=action.updated_at,
            version=action.version,
            fields=changed,
        )
    )
    db.session.flush()


def _check(entry: ActionEntry) -> None:
    _check_people(entry.organisation_id, entry.assignee_id)


def _check_people(organisation_id: str, assignee_id: str | None) -> None:
    organisation = db.session.scalar(
        select(Organisation.id).where(
            Organisation.id == organisation_id, Organisation.active.is_(True)
        )
    )
    if organisation is None:
        raise NoSuchOrganisation
    if assignee_id is None:
        return
    row = db.session.execute(
        select(Membership.organisation_id, Membership.since, Membership.until).where(
            Membership.id == assignee_id, Membership.active.is_(True)
        )
    ).first()
    today = utcnow().astimezone(_zone()).date()
    if (
        row is None
        or row.organisation_id != organisation_id
        or not covers(row.since, row.until, today)
    ):
        raise NotOfOrganisation


def _zone() -> Any:
    from core.i18n.reader import zone_of

    return zone_of(current_city().zone)
