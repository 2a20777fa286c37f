"""What waits in a network, as one who keeps it sees it. Every question is bounded, however much there is.

What the viewer may not see is neither shown nor counted: actions are asked for as their own lists ask, and the rest
comes from the plugins, each of which knows whom it may show what.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)

from core.actions.access import visible_to
from core.actions.listing import (
    COLUMNS,
    WEEK,
    ActionLine,
    line_of,
    names_of_organisations,
    told_to,
)
from core.actions.models import Action
from core.content.listing import Standing, counted, standings
from core.database import UtcDateTime, db, utcnow
from core.directory.services import name_of
from core.home.agenda import entries_between, midnight
from core.i18n import current_zone
from core.identity.models import Invitation, Membership, Organisation
from core.notifications.models import Notification
from core.registry import CityHooks
from core.tenancy import current_city
from core.values import CalendarEntry, Viewer, Waiting

SHOWN = 6
# Of one organisation so many late actions are shown; its number leads to the rest.
SHOWN_OF_ONE = 3
# A page of everything that waits or lapses ends here, and says so.
AT_MOST = 200
DAYS_COMING = 14
LAPSES_WITHIN = timedelta(days=60)
INVITATION_WITHIN = timedelta(days=7)
REMINDED = "week.reminded"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """The first rows of something, and how much of it there is."""

    rows: tuple[T, ...] = ()
    number: int = 0


# -- Actions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LateOf:
    """What one organisation is late with: how many actions, since when, and the first of them."""

    organisation_id: str
    name: str
    number: int
    since: date
    lines: tuple[ActionLine, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How the people of an organisation can be reached, and whether they were reminded today."""

    accounts: bool
    reminded: bool
    contact: str
    phone: str


def _with_people(*columns: Any) -> Any:
    return select(*columns).outerjoin(
        Membership,
        and_(Membership.city_id == Action.city_id, Membership.id == Action.assignee_id),
    )


def _open_for(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    return Action.closed.is_(False), visible_to(viewer)


def late_actions(viewer: Viewer, today: date, most: int = SHOWN) -> Sheet[LateOf]:
    """What is late, organisation by organisation, who has waited longest first; one query.

    ``number`` counts actions, ``rows`` are at most ``most`` organisations.
    """
    of_one = Action.organisation_id
    found = (
        _with_people(
            *COLUMNS,
            func.row_number()
            .over(partition_by=of_one, order_by=(Action.due_on, Action.id))
            .label("place"),
            func.count().over(partition_by=of_one).label("of_one"),
            func.min(Action.due_on).over(partition_by=of_one).label("since"),
            func.count().over().label("number"),
        )
        .where(*_open_for(viewer), Action.due_on < today)
        .subquery("late")
    )
    rows = db.session.execute(
        select(*found.c)
        .where(found.c.place <= SHOWN_OF_ONE)
        .order_by(found.c.since, found.c.organisation_id, found.c.due_on, found.c.id)
        # Enough for so many organisations, each of which has one row at least.
        .limit(most * SHOWN_OF_ONE)
    ).all()
    names = names_of_organisations(viewer.locale)
    by_organisation: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_organisation.setdefault(row.organisation_id, []).append(row)
    groups = [
        LateOf(
            identifier,
            names.get(identifier, ""),
            own[0].of_one,
            own[0].since,
            tuple(line_of(row, viewer, names, today) for row in own),
        )
        for identifier, own in by_organisation.items()
    ]
    return Sheet(tuple(groups[:most]), rows[0].number if rows else 0)


def due_actions(viewer: Viewer, today: date, most: int = SHOWN) -> Sheet[ActionLine]:
    """What is due within seven days, today included; one query."""
    rows = db.session.execute(
        _with_people(*COLUMNS, func.count().over().label("number"))
        .where(*_open_for(viewer), Action.due_on >= today, Action.due_on < today + WEEK)
        .order_by(Action.due_on, Action.id)
        .limit(most)
    ).all()
    names = names_of_organisations(viewer.locale)
    return Sheet(
        tuple(line_of(row, viewer, names, today) for row in rows), rows[0].number if rows else 0
    )


def told(
    late: Sheet[LateOf], due: Sheet[ActionLine], reader: str
) -> tuple[Sheet[LateOf], Sheet[ActionLine]]:
    """Both in the language of ``reader``, as far as they are translated; at most one query."""
    written = [*(line for group in late.rows for line in group.lines), *due.rows]
    lines = iter(told_to(written, reader))
    groups = tuple(
        replace(group, lines=tuple(islice(lines, len(group.lines)))) for group in late.rows
    )
    return replace(late, rows=groups), replace(due, rows=tuple(lines))


def start_of(day: date) -> datetime:
    """The moment at which ``day`` begins in the city in force."""
    from core.i18n.reader import zone_of

    return datetime.combine(day, time(), zone_of(current_city().zone)).astimezone(UTC)


def reach_of(organisation_ids: Sequence[str], today: date) -> dict[str, Reach]:
    """How these organisations can be reached; one query, or none."""
    if not organisation_ids:
        return {}
    account = exists().where(
        Membership.city_id == Organisation.city_id,
        Membership.organisation_id == Organisation.id,
        Membership.active.is_(True),
        Membership.person_id.is_not(None),
    )
    told = exists().where(
        Notification.city_id == Organisation.city_id,
        Notification.kind == REMINDED,
        Notification.at >= start_of(today),
        Membership.city_id == Notification.city_id,
        Membership.id == Notification.membership_id,
        Membership.organisation_id == Organisation.id,
    )
    rows = db.session.execute(
        select(
            Organisation.id,
            Organisation.contact_name,
            Organisation.contact_phone,
            account.label("accounts"),
            told.label("reminded"),
        ).where(Organisation.id.in_(organisation_ids))
    )
    return {
        row.id: Reach(bool(row.accounts), bool(row.reminded), row.contact_name, row.contact_phone)
        for row in rows
    }


# -- The calendar, and what the plugins wait for -----------------------------------------------------------------


def coming(
    viewer: Viewer, hooks: CityHooks, today: date, days: int = DAYS_COMING
) -> list[CalendarEntry]:
    """What is to happen from now on, within ``days``; what is over of today is left out. What the plugins ask."""
    zone, now = current_zone(), utcnow()
    start, end = (
        midnight(day, zone).astimezone(UTC) for day in (today, today + timedelta(days=days))
    )
    return [
        entry
        for entry in entries_between(hooks, viewer, start, end)
        if entry.status != "cancelled"
        # Of what one may not know more than its time, nothing can be prepared.
        and not entry.busy_only
        and (entry.all_day or entry.start >= now or (entry.end is not None and entry.end > now))
    ]


def waiting_for(viewer: Viewer, hooks: CityHooks) -> list[Waiting]:
    """What waits for an organisation, the longest first, over all plugins."""
    found: Iterable[Any] = hooks.read("waiting", viewer=viewer)
    return sorted(
        (one for one in found if isinstance(one, Waiting)),
        key=lambda one: (one.since, one.organisation, one.title),
    )


# -- What lapses ---------------------------------------------------------------------------------------------------

MEMBERSHIP, AGREEMENT, INVITATION = "membership", "agreement", "invitation"


@dataclass(frozen=True, slots=True)
class Lapse:
    """Something that ends on a day or has ended: a membership, an agreement, an invitation.

    ``id`` is the organisation's of an agreement, and the membership's of the others.
    """

    kind: str
    id: str
    name: str
    organisation: str
    day: date
    past: bool


@dataclass(frozen=True, slots=True)
class Lapsing:
    """All that lapses, kind by kind."""

    memberships: Sheet[Lapse]
    agreements: Sheet[Lapse]
    invitations: Sheet[Lapse]

    @property
    def number(self) -> int:
        """How much it is together."""
        return self.memberships.number + self.agreements.number + self.invitations.number


def lapsing(language: str, today: date, most: int = SHOWN) -> Lapsing:
    """What ends before long or has ended already; one query for all kinds."""
    limit = today + LAPSES_WITHIN
    of_member = and_(
        Organisation.city_id == Membership.city_id, Organisation.id == Membership.organisation_id
    )
    no_moment, no_day = cast(null(), UtcDateTime()), cast(null(), Date())
    number = func.count().over().label("number")
    parts = (
        select(
            literal(MEMBERSHIP).label("kind"), Membership.id.label("id"),
            Membership.shown_name.label("name"), Organisation.names.label("names"),
            Membership.until.label("day"), no_moment.label("moment"), number,
        )
        .select_from(Membership)
        .outerjoin(Organisation, of_member)
        .where(Membership.active.is_(True), Membership.until.is_not(None), Membership.until <= limit)
        .order_by(Membership.until, Membership.id),
        select(
            literal(AGREEMENT).label("kind"), Organisation.id.label("id"),
            literal("").label("name"), Organisation.names.label("names"),
            Organisation.agreement_until.label("day"), no_moment.label("moment"), number,
        )
        .where(
            Organisation.active.is_(True),
            Organisation.agreement_until.is_not(None),
            Organisation.agreement_until <= limit,
        )
        .order_by(Organisation.agreement_until, Organisation.id),
        select(
            literal(INVITATION).label("kind"), Membership.id.label("id"),
            Membership.shown_name.label("name"), Organisation.names.label("names"),
            no_day.label("day"), Invitation.expires_at.label("moment"), number,
        )
        .select_from(Invitation)
        .join(
            Membership,
            and_(
                Membership.city_id == Invitation.city_id,
                Membership.id == Invitation.membership_id,
            ),
        )
        .outerjoin(Organisation, of_member)
        .where(
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at <= utcnow() + INVITATION_WITHIN,
            Membership.active.is_(True),
            Membership.person_id.is_(None),
        )
        .order_by(Invitation.expires_at, Invitation.id),
    )  # fmt: skip
    # Each in a query of its own, since neither database lets the part of a union have its own order.
    limited = [part.limit(most).subquery(f"part_{place}") for place, part in enumerate(parts)]
    rows = db.session.execute(union_all(*(select(*each.c) for each in limited))).all()
    zone = current_zone()

    def sheet(kind: str) -> Sheet[Lapse]:
        own = [row for row in rows if row.kind == kind]
        lines = []
        for row in own:
            day = row.day if row.moment is None else row.moment.astimezone(zone).date()
            past = day < today if row.moment is None else row.moment <= utcnow()
            lines.append(
                Lapse(kind, row.id, row.name, name_of(row.names or {}, language), day, past)
            )
        lines.sort(key=lambda line: (line.day, line.id))
        return Sheet(tuple(lines), own[0].number if own else 0)

    return Lapsing(sheet(MEMBERSHIP), sheet(AGREEMENT), sheet(INVITATION))


# -- Languages -----------------------------------------------------------------------------------------------------


def behind_in_languages() -> list[Standing]:
    """The languages of the city in which something is missing or outdated; at most one query."""
    found = standings(counted(), current_city().languages)
    return [one for one in found if one.missing or one.outdated]
