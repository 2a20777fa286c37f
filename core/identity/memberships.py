"""Questions about somebody's memberships that more than one page asks."""

from datetime import date, timedelta

from sqlalchemy import select

from core.database import db
from core.identity.models import Membership
from core.permissions import Role
from core.tenancy import cross_city

CONFIRM_EVERY = timedelta(days=90)

# What these roles reach can harm people: a password alone does not open it.
SECOND_STEP_ROLES = frozenset(
    {Role.CITY_ADMINISTRATOR, Role.LEAD_WORKER, Role.DATA_PROTECTION_OFFICER}
)


def roles_of(person_id: str) -> frozenset[str]:
    """All roles that a person holds in any city, in force or about to be."""
    with cross_city("how long a session lasts depends on the roles in every city"):
        rows = db.session.scalars(
            select(Membership.roles).where(
                Membership.person_id == person_id, Membership.active.is_(True)
            )
        ).all()
    return frozenset(role for roles in rows for role in roles or ())


def needs_confirmation(membership: Membership, today: date) -> bool:
    """Whether nobody has confirmed for ninety days that ``membership`` is still right."""
    return membership.active and today - membership.confirmed_at.date() >= CONFIRM_EVERY


def covers(since: date | None, until: date | None, day: date) -> bool:
    """Whether ``day`` lies in a stretch of days that may be open at either end."""
    return (since is None or since <= day) and (until is None or until >= day)
