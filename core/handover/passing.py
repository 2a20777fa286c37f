"""The act of handing over: the role, the open actions, the word to those concerned, in one transaction."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from core.actions.access import visible_to
from core.actions.models import Action
from core.actions.services import MOST_AT_ONCE, reassign
from core.audit.services import record
from core.database import db
from core.directory.services import check_handing_on, hand_on, holds, name_of, ref_of
from core.handover.telling import DONE, RECEIVED
from core.identity.models import Membership, Organisation
from core.notifications.services import notify
from core.permissions import Permission, Role
from core.values import Viewer

ROLE = Role.FOCAL_POINT
SUCCESSOR, SUBSTITUTE = "successor", "substitute"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: whether as substitute, whether their open actions go along, whether they leave."""

    substitute: bool
    actions: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What exactly will happen, before it does."""

    leaving: Membership
    successor: Membership
    # The successor's, in the reader's language; empty where they speak for none.
    organisation: str
    wish: Wish
    # The actions that go along, and those that stay because the successor's organisation may not know of them.
    going: int
    staying: int
    own: bool

    @property
    def versions(self) -> tuple[int, int]:
        """Of the two memberships, as they are shown."""
        return self.leaving.version, self.successor.version


def may_move_actions(by: Viewer, leaving: Membership) -> bool:
    """Whether ``by`` can hand over the actions of ``leaving``: who may not read them does not move them."""
    return leaving.id == by.membership_id or by.may(Permission.MANAGE_ACTIONS)


def make_plan(by: Viewer, leaving: Membership, successor: Membership, wish: Wish) -> Plan:
    """What would happen. Raises :class:`~core.directory.services.RolesRefused`."""
    check_handing_on(by, leaving, successor, ROLE)
    organisation = _organisation_of(successor)
    going = staying = 0
    if wish.actions and may_move_actions(by, leaving):
        every = _number(by, leaving)
        going = _number(by, leaving, *_shared_with(successor)) if organisation else 0
        staying = every - going
    return Plan(
        leaving,
        successor,
        name_of(organisation.names, by.locale) if organisation else "",
        wish,
        going,
        staying,
        leaving.id == by.membership_id,
    )


def pass_on(by: Viewer, plan: Plan, versions: tuple[int, int]) -> int:
    """Do what the plan says, all of it or nothing; returns how many actions went along.

    Raises :class:`~core.directory.services.RolesRefused`, and :class:`~core.directory.services.Conflict` when a
    membership is not any more what ``versions`` say.
    """
    leaving, successor, wish = plan.leaving, plan.successor, plan.wish
    hand_on(by, leaving, successor, ROLE, versions=versions, keeps=wish.substitute, ends=wish.ends)
    moved = _move_actions(by, leaving, successor) if plan.going else 0
    record(
        "handover.done",
        subject=ref_of(successor),
        details={"way": SUBSTITUTE if wish.substitute else SUCCESSOR, "actions": str(moved)},
    )
    way = SUBSTITUTE if wish.substitute else SUCCESSOR
    notify(RECEIVED, [successor.id], facts={"way": way}, actor=by, urgent=True)
    administrators = db.session.scalars(
        select(Membership.id).where(
            Membership.active.is_(True), holds(Role.CITY_ADMINISTRATOR.value, Membership.roles)
        )
    )
    told = {*administrators, leaving.id} - {successor.id}
    notify(DONE, told, facts={"way": way}, actor=by)
    return moved


def _organisation_of(successor: Membership) -> Organisation | None:
    if successor.organisation_id is None:
        return None
    return db.session.scalars(
        select(Organisation).where(
            Organisation.id == successor.organisation_id, Organisation.active.is_(True)
        )
    ).first()


def _of(by: Viewer, leaving: Membership) -> tuple[ColumnElement[bool], ...]:
    return Action.assignee_id == leaving.id, Action.closed.is_(False), visible_to(by)


def _shared_with(successor: Membership) -> tuple[ColumnElement[bool], ...]:
    """The condition that leaves what the successor's organisation may know of: the rest is not handed to it here."""
    return (or_(Action.restricted.is_(False), Action.organisation_id == successor.organisation_id),)


def _number(by: Viewer, leaving: Membership, *more: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Action).where(*_of(by, leaving), *more)
    return db.session.scalar(query) or 0


def _move_actions(by: Viewer, leaving: Membership, successor: Membership) -> int:
    query = (
        select(Action.id)
        .where(*_of(by, leaving), *_shared_with(successor))
        .order_by(Action.due_on, Action.id)
    )
    ids = list(db.session.scalars(query))
    assert successor.organisation_id is not None  # noqa: S101  the plan moves actions to an organisation alone
    return sum(
        reassign(ids[start : start + MOST_AT_ONCE], successor.organisation_id, successor.id, by)
        for start in range(0, len(ids), MOST_AT_ONCE)
    )
