"""What administrators are told: that something is stuck. Once, however much it is."""

from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy import func, or_, select

from core.database import db, utcnow
from core.directory.services import holds
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.identity.models import Membership
from core.jobs.services import job
from core.jobs.stuck import TELL, moments_of_stuck
from core.notifications.kinds import NotificationKind, Told
from core.notifications.models import Notification
from core.notifications.services import notify
from core.permissions import CORE_GRANTS, Permission

STUCK = "jobs.stuck"
AT_MOST_EVERY = timedelta(days=1)


def tell_stuck() -> bool:
    """Tell the administrators of the city in force if something got stuck since they were last told.

    Once a day at most, or sooner if all that they were told of is settled: the mail of this very notice may be what
    gets stuck next. Returns whether somebody was told.
    """
    moments = moments_of_stuck()
    if moments is None:
        return False
    first, last = moments
    told = db.session.scalar(select(func.max(Notification.at)).where(Notification.kind == STUCK))
    if told is not None:
        lately = told > utcnow() - AT_MOST_EVERY
        if last <= told or (lately and first <= told):
            return False
    notify(STUCK, _administrators())
    return True


def _administrators() -> list[str]:
    roles = [role for role, grants in CORE_GRANTS.items() if Permission.MANAGE_JOBS in grants]
    return list(
        db.session.scalars(
            select(Membership.id).where(
                Membership.active.is_(True),
                Membership.person_id.is_not(None),
                or_(*(holds(role.value, Membership.roles) for role in roles)),
            )
        )
    )


@job(TELL, title=_l("Telling the administrators what is stuck"))
def _tell(_payload: dict[str, Any]) -> None:
    tell_stuck()


def _words(_told: Told) -> str:
    return _(
        "Something that the site does in the background is stuck, such as a mail. "
        "Its page says what it is, and lets you try it again."
    )


KINDS = (
    NotificationKind(
        STUCK,
        _l("Something is stuck in the background"),
        _words,
        where=lambda: url_for("jobs.index"),
        permission=Permission.MANAGE_JOBS,
    ),
)
