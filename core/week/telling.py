"""What is told of a week: reminders of what is late, and on Mondays the numbers for who keeps the network."""

from datetime import date

from flask import url_for
from sqlalchemy import select

from core.acting import reading_as, viewer_of
from core.audit.services import record
from core.cities.models import City
from core.database import db
from core.directory.services import holds
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import ngettext
from core.identity.memberships import covers
from core.identity.models import Membership, Organisation, Person
from core.notifications.kinds import AT_ONCE, NotificationKind, Told
from core.notifications.models import Notification
from core.notifications.services import lately_told, notify
from core.permissions import Permission, Role
from core.registry import plugin_registry
from core.values import Ref, Viewer
from core.week.services import (
    REMINDED,
    due_actions,
    lapsing,
    late_actions,
    reach_of,
    start_of,
    waiting_for,
)

DIGEST = "week.digest"
MONDAY = 0


class RemindedToday(Exception):
    """The organisation was reminded today already."""


class NobodyToTell(Exception):
    """Nobody of the organisation has an account, or wants to be told."""


class NothingLate(Exception):
    """The organisation is late with nothing that the viewer may see."""


def remind(organisation_id: str, viewer: Viewer, today: date) -> int:
    """Tell the people of an organisation how much of theirs is late; returns how many were told.

    Once a day for each organisation. Raises :class:`RemindedToday`, :class:`NobodyToTell`, :class:`NothingLate`,
    and ``LookupError`` for an organisation that is none of the city's.
    """
    # Held until the end of the transaction: two who press at once remind once.
    held = select(Organisation.id).where(
        Organisation.id == organisation_id, Organisation.active.is_(True)
    )
    if db.session.scalar(held.with_for_update()) is None:
        raise LookupError(organisation_id)
    if reach_of([organisation_id], today)[organisation_id].reminded:
        raise RemindedToday
    late = next(
        (
            group
            for group in late_actions(viewer, today, most=500).rows
            if group.organisation_id == organisation_id
        ),
        None,
    )
    if late is None:
        raise NothingLate
    members = db.session.scalars(
        select(Membership.id).where(
            Membership.organisation_id == organisation_id, Membership.active.is_(True)
        )
    ).all()
    notify(REMINDED, members, facts={"number": late.number}, actor=viewer)
    told = db.session.scalars(
        select(Notification.membership_id).where(
            Notification.kind == REMINDED,
            Notification.membership_id.in_(members),
            Notification.at >= start_of(today),
        )
    ).all()
    if not told:
        raise NobodyToTell
    record(
        "week.reminded",
        subject=Ref("identity", "organisation", organisation_id),
        details={"actions": str(late.number)},
    )
    return len(set(told))


def tell_numbers(city: City, today: date, enabled: frozenset[str]) -> None:
    """On Mondays, tell each focal point of the city in force how much is late, due, waiting and lapsing.

    Numbers alone: what they are of, the page says to who may see it. Safe to run twice.
    """
    if today.weekday() != MONDAY:
        return
    told = lately_told(DIGEST, start_of(today))
    rows = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.active.is_(True),
            Person.active.is_(True),
            holds(Role.FOCAL_POINT.value, Membership.roles),
        )
    ).all()
    for membership, person in rows:
        if membership.id in told or not covers(membership.since, membership.until, today):
            continue
        viewer = viewer_of(membership, person, city, enabled)
        with reading_as(viewer, city, enabled):
            facts = numbers(viewer, today, enabled)
        if any(facts.values()):
            notify(DIGEST, [membership.id], facts=facts, calm=True)


def numbers(viewer: Viewer, today: date, enabled: frozenset[str]) -> dict[str, int]:
    """How much is late, due within seven days, waiting, and lapsing, as far as the viewer may see it."""
    return {
        "late": late_actions(viewer, today, most=1).number,
        "due": due_actions(viewer, today, most=1).number,
        "waiting": len(waiting_for(viewer, plugin_registry().hooks(enabled))),
        "lapsing": lapsing(viewer.locale, today, most=1).number,
    }


def _reminded(told: Told) -> str:
    number = told.facts["number"]
    if told.actor:
        return ngettext(
            "%(actor)s reminds your organisation: %(num)s action is late.",
            "%(actor)s reminds your organisation: %(num)s actions are late.",
            number,
            actor=told.actor,
        )
    return ngettext(
        "A reminder: %(num)s action of your organisation is late.",
        "A reminder: %(num)s actions of your organisation are late.",
        number,
    )


def _digest(told: Told) -> str:
    facts = told.facts
    parts = [
        ngettext("%(num)s action is late.", "%(num)s actions are late.", facts["late"])
        if facts["late"]
        else _("Nothing is late."),
    ]
    if facts["due"]:
        parts.append(
            ngettext(
                "%(num)s action is due within seven days.",
                "%(num)s actions are due within seven days.",
                facts["due"],
            )
        )
    if facts["waiting"]:
        parts.append(
            ngettext(
                "%(num)s thing waits to be done.",
                "%(num)s things wait to be done.",
                facts["waiting"],
            )
        )
    if facts["lapsing"]:
        parts.append(
            ngettext(
                "%(num)s membership, agreement or invitation runs out.",
                "%(num)s memberships, agreements or invitations run out.",
                facts["lapsing"],
            )
        )
    return " ".join(parts)


KINDS = (
    NotificationKind(
        REMINDED,
        _l("Your organisation is reminded of what is late"),
        _reminded,
        where=lambda: url_for("actions.index", whose="ours", show="late"),
    ),
    NotificationKind(
        DIGEST,
        _l("The numbers of the week, on Monday"),
        _digest,
        mail=AT_ONCE,
        where=lambda: url_for("week.index"),
        permission=Permission.KEEP_NETWORK,
    ),
)
