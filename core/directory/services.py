"""What can be done with organisations and memberships. Flushes, never commits, never reads the request.

Who acts is given as a :class:`~core.values.Viewer`. The rule that nobody raises themself stands here and nowhere
else (:func:`check_roles`), so that every page and command that gives a role passes it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Text, and_, cast, select

from core.audit.services import record
from core.cities.remembering import until_changed
from core.cities.services import calendar_changed
from core.database import db, new_id, utcnow
from core.folding import search_key, sort_key
from core.identity.memberships import CONFIRM_EVERY, covers
from core.identity.models import Membership, Organisation, Person
from core.permissions import Permission, Role
from core.tenancy import current_city, current_city_id
from core.values import Ref, Viewer

PLUGIN, KIND = "identity", "organisation"
_LONGEST_KEY = 200


class Conflict(Exception):
    """Somebody else saved the record in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Any) -> None:
        super().__init__("The record was changed by somebody else.")
        self.current = current


class RolesRefused(Exception):
    """The roles may not be given or taken by this person.

    ``reason`` is ``own``, ``not_yours`` or ``last``; of a role that is handed on also ``gone`` (it is not held any
    more) or ``nobody`` (whoever is to have it could not use it).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# -- For everybody: names of organisations and people ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation of the city in force, as choices and lists show it."""

    id: str
    name: str
    sector: str
    active: bool


_PARTNERS = select(
    Organisation.id, Organisation.names, Organisation.sector, Organisation.active
).order_by(Organisation.sort_key, Organisation.id)


@until_changed
def partners(language: str) -> tuple[Partner, ...]:
    """Every organisation of the city in force by name, also those that have left; at most one query."""
    rows = db.session.execute(_PARTNERS)
    return tuple(
        Partner(row.id, name_of(row.names, language), row.sector, row.active) for row in rows
    )


def people_by_membership(ids: Collection[str]) -> dict[str, str]:
    """The shown names of memberships of the city in force, by identifier; at most one query."""
    wanted = {identifier for identifier in ids if identifier}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Membership.id, Membership.shown_name).where(Membership.id.in_(wanted))
    )
    return {row.id: row.shown_name for row in rows}


def name_of(names: Mapping[str, str], language: str) -> str:
    """A name in ``language``, else in the city's own languages, else in any it has."""
    if found := names.get(language):
        return found
    from core.cities.models import text_in

    return text_in(dict(names), language, current_city().languages)


# -- Organisations -----------------------------------------------------------------------------------------

ORGANISATION_FACTS = (
    "names", "sector", "levels", "services", "languages", "about", "contact_name", "contact_email",
    "contact_phone", "website", "agreement_from", "agreement_until",
)  # fmt: skip


def find_organisation(identifier: str) -> Organisation | None:
    """An organisation of the city in force, or None."""
    # Not by ``get``: of the reader's own one the frame has read the name alone, and the rest would come piecemeal.
    return db.session.scalars(select(Organisation).where(Organisation.id == identifier)).first()


def add_organisation(
    facts: Mapping[str, Any], *, identifier: str | None = None, by: Viewer | None = None
) -> Organisation:
    """Add an organisation with ``facts`` (:data:`ORGANISATION_FACTS`) to the city in force; ``by`` is who does it."""
    organisation = Organisation(id=identifier or new_id())
    write_organisation(organisation, facts)
    db.session.add(organisation)
    db.session.flush()
    _keep_names(organisation, by)
    # The calendar can be narrowed to it.
    calendar_changed()
    record("organisation.added", subject=ref_of(organisation))
    return organisation


def change_organisation(
    organisation: Organisation,
    facts: Mapping[str, Any],
    version: int,
    *,
    by: Viewer | None = None,
) -> None:
    """Write ``facts``; ``by`` is who does it.

    Raises :class:`Conflict` when the stored version is no longer ``version``.
    """
    _lock(organisation, version)
    write_organisation(organisation, facts)
    organisation.version += 1
    if "names" in facts:
        _keep_names(organisation, by)
    db.session.flush()
    # The calendar shows the organisation's name.
    calendar_changed()
    record("organisation.changed", subject=ref_of(organisation))


def set_organisation_active(organisation: Organisation, active: bool) -> bool:
    """Let an organisation leave or rejoin; its records stay. Returns whether that changed anything."""
    db.session.refresh(organisation, with_for_update=True)
    if organisation.active == active:
        return False
    organisation.active = active
    organisation.version += 1
    db.session.flush()
    calendar_changed()
    record("organisation.rejoined" if active else "organisation.left", subject=ref_of(organisation))
    return True


def write_organisation(organisation: Organisation, facts: Mapping[str, Any]) -> None:
    """Put ``facts`` on a row, and what is worked out from them; counts, records and announces nothing."""
    for name in ORGANISATION_FACTS:
        if name in facts:
            setattr(organisation, name, facts[name])
    organisation.names = {code: text for code, text in organisation.names.items() if text}
    index_names(organisation)


def index_names(organisation: Organisation) -> None:
    """Fold the names for sorting and searching; done with every change."""
    names = organisation.names
    # Lists keep one order for all readers: that of the name in the city's first language that has one.
    organisation.sort_key = sort_key(name_of(names, ""))[:_LONGEST_KEY]
    organisation.search_text = search_key(" ".join([*names.values(), organisation.about or ""]))


def _keep_names(organisation: Organisation, by: Viewer | None) -> None:
    # It builds on this module.
    from core.directory.translated import keep_names

    keep_names(organisation, by)


def _lock(row: Organisation | Membership, version: int) -> None:
    """Take the row for this transaction, as it is stored now, and compare its version."""
    db.session.refresh(row, with_for_update=True)
    if row.version != version:
        raise Conflict(row)


# -- Memberships -------------------------------------------------------------------------------------------

# What somebody who manages members, but gives no roles, may let a newcomer be.
PLAIN_ROLES = frozenset({Role.MEMBER, Role.OBSERVER})
MEMBERSHIP_FACTS = ("shown_name", "position", "phone", "organisation_id", "since", "until")


def find_membership(identifier: str) -> Membership | None:
    """A membership of the city in force, or None."""
    return db.session.get(Membership, (current_city_id(), identifier))


def may_assign(by: Viewer) -> bool:
    """Whether ``by`` may give and take roles."""
    return by.may(Permission.ASSIGN_ROLES)


def check_roles(
    by: Viewer, before: Iterable[str], after: Iterable[str], *, own: bool, newcomer: bool = False
) -> None:
    """Raise :class:`RolesRefused` unless ``by`` may turn the roles ``before`` into ``after``.

    ``own`` says that the membership is, or by its invitation becomes, that of ``by``: then no role may be gained
    that ``by`` lacks. Without the permission to assign roles, only a newcomer may get a plain one.
    """
    gained = set(after) - set(before)
    if own and gained - by.roles:
        raise RolesRefused("own")
    if set(before) == set(after) or may_assign(by):
        return
    if newcomer and not set(before) and set(after) <= {role.value for role in PLAIN_ROLES}:
        return
    raise RolesRefused("not_yours")


def may_invite(by: Viewer, membership: Membership, email: str) -> None:
    """Raise :class:`RolesRefused` unless ``by`` may let the owner of ``email`` take up ``membership``.

    Taking it up gives its roles to whoever reads that mail, so it is giving roles.
    """
    if membership.person_id == by.person_id or _is_own_address(by, email):
        raise RolesRefused("own")
    check_roles(by, (), membership.roles, own=False, newcomer=True)


def _is_own_address(by: Viewer, email: str) -> bool:
    if not email:
        return False
    own = db.session.scalar(select(Person.email).where(Person.id == by.person_id)) or ""
    return own.casefold() == email.strip().casefold()


def add_membership(
    by: Viewer,
    facts: Mapping[str, Any],
    roles: Iterable[str],
    *,
    email: str = "",
    identifier: str | None = None,
) -> Membership:
    """Add somebody to the city in force, without an account until they take up their invitation.

    ``email`` is where that invitation will go, if there is one. Raises :class:`RolesRefused`.
    """
    membership = Membership(id=identifier or new_id(), roles=known_roles(roles))
    if _is_own_address(by, email):
        # A second place in the network would open what another organisation keeps to itself.
        raise RolesRefused("own")
    check_roles(by, (), membership.roles, own=False, newcomer=True)
    write_membership(membership, facts)
    db.session.add(membership)
    db.session.flush()
    record(
        "membership.added",
        subject=ref_of(membership),
        details={"roles": ", ".join(membership.roles)},
    )
    return membership


def change_membership(
    by: Viewer, membership: Membership, facts: Mapping[str, Any], version: int
) -> None:
    """Write ``facts`` (:data:`MEMBERSHIP_FACTS`). Raises :class:`Conflict`.

    Raises :class:`RolesRefused` for moving oneself to another organisation, which would open what that one keeps
    to itself, and for dates that end or revive roles which ``by`` may not give.
    """
    _lock(membership, version)
    if (
        membership.person_id == by.person_id
        and facts.get("organisation_id", membership.organisation_id) != membership.organisation_id
    ):
        raise RolesRefused("own")
    since, until = (facts.get(name, getattr(membership, name)) for name in ("since", "until"))
    if (since, until) != (membership.since, membership.until):
        if not may_assign(by):
            check_roles(by, (), membership.roles, own=False, newcomer=True)
        today = utcnow().date()
        ends = covers(membership.since, membership.until, today) and not covers(since, until, today)
        if ends and Role.CITY_ADMINISTRATOR in membership.roles:
            keep_an_administrator(membership)
    write_membership(membership, facts)
    membership.version += 1
    db.session.flush()
    # What somebody may see of the calendar depends on the organisation they speak for.
    calendar_changed()
    record("membership.changed", subject=ref_of(membership))


def set_roles(by: Viewer, membership: Membership, roles: Iterable[str], version: int) -> bool:
    """Give and take roles; returns whether that changed anything.

    Raises :class:`RolesRefused` (also for taking the role of the last administrator) and :class:`Conflict`.
    """
    _lock(membership, version)
    after = known_roles(roles)
    check_roles(by, membership.roles, after, own=membership.person_id == by.person_id)
    if not may_assign(by):
        raise RolesRefused("not_yours")
    if set(after) == set(membership.roles):
        return False
    if Role.CITY_ADMINISTRATOR in membership.roles and Role.CITY_ADMINISTRATOR not in after:
        keep_an_administrator(membership)
    before = membership.roles
    membership.roles = after
    membership.version += 1
    db.session.flush()
    record(
        "membership.roles_changed",
        subject=ref_of(membership),
        details={"before": ", ".join(before), "after": ", ".join(after)},
    )
    return True


def hand_on(
    by: Viewer,
    leaving: Membership,
    successor: Membership,
    role: Role,
    *,
    versions: tuple[int, int],
    keeps: bool,
    ends: bool = False,
) -> None:
    """Give ``role`` of ``leaving`` to ``successor``, who can use it at once; so nobody is ever left without.

    Whoever holds a role may hand it on, which is no gain of theirs; for somebody else, those who may give roles.
    ``keeps`` lets ``leaving`` hold it too. Who would be left without any role stays a member; ``ends`` ends their
    membership instead. ``versions`` are those of the two memberships as they were looked at.

    Raises :class:`RolesRefused` and :class:`Conflict`.
    """
    # In one order, so that two who hand on to one another do not wait for each other for ever.
    for one, version in sorted(
        zip((leaving, successor), versions, strict=True), key=lambda both: both[0].id
    ):
        _lock(one, version)
    check_handing_on(by, leaving, successor, role)
    leaves_network = ends and not keeps and leaving.active
    if leaves_network and Role.CITY_ADMINISTRATOR in leaving.roles:
        keep_an_administrator(leaving)
    _write_roles(successor, [*successor.roles, role.value])
    if not keeps:
        left = [each for each in leaving.roles if each != role.value]
        _write_roles(leaving, left or [Role.MEMBER.value])
    if leaves_network:
        leaving.active = False
        record("membership.ended", subject=ref_of(leaving))
    db.session.flush()


def check_handing_on(by: Viewer, leaving: Membership, successor: Membership, role: Role) -> None:
    """Raise :class:`RolesRefused` unless ``by`` may hand ``role`` of ``leaving`` on to ``successor``."""
    if leaving.id != by.membership_id and not may_assign(by):
        raise RolesRefused("not_yours")
    if role.value not in leaving.roles:
        raise RolesRefused("gone")
    if successor.person_id is None or not in_force(successor, utcnow().date()):
        raise RolesRefused("nobody")
    if successor.person_id == leaving.person_id or (
        successor.person_id == by.person_id and role.value not in by.roles
    ):
        raise RolesRefused("own")


def _write_roles(membership: Membership, roles: Iterable[str]) -> None:
    before, after = membership.roles, known_roles(roles)
    if after == before:
        return
    membership.roles = after
    membership.version += 1
    record(
        "membership.roles_changed",
        subject=ref_of(membership),
        details={"before": ", ".join(before), "after": ", ".join(after)},
    )


def confirm_membership(membership: Membership) -> None:
    """Note that this person still speaks for this organisation in these roles."""
    membership.confirmed_at = utcnow()
    db.session.flush()
    record("membership.confirmed", subject=ref_of(membership))


def end_membership(by: Viewer, membership: Membership) -> bool:
    """End a membership at once; what the person wrote stays. Returns whether that changed anything.

    Raises :class:`RolesRefused` when ``by`` could not have given its roles, or when nobody would be left to
    administer the city.
    """
    db.session.refresh(membership, with_for_update=True)
    if not membership.active:
        return False
    if not may_assign(by):
        check_roles(by, (), membership.roles, own=False, newcomer=True)
    if Role.CITY_ADMINISTRATOR in membership.roles:
        keep_an_administrator(membership)
    membership.active = False
    membership.version += 1
    db.session.flush()
    record("membership.ended", subject=ref_of(membership))
    return True


def resume_membership(by: Viewer, membership: Membership) -> bool:
    """Let an ended membership count again, which gives its roles back. Raises :class:`RolesRefused`."""
    db.session.refresh(membership, with_for_update=True)
    if membership.active:
        return False
    check_roles(by, (), membership.roles, own=membership.person_id == by.person_id, newcomer=True)
    membership.active = True
    membership.confirmed_at = utcnow()
    membership.version += 1
    db.session.flush()
    record("membership.resumed", subject=ref_of(membership))
    return True


def in_force(membership: Membership, today: date) -> bool:
    """Whether a membership counts on that day."""
    return membership.active and covers(membership.since, membership.until, today)


def to_be_confirmed(membership: Membership) -> bool:
    """Whether nobody has confirmed this membership for too long."""
    return membership.active and membership.confirmed_at < utcnow() - CONFIRM_EVERY


def holds(code: str, column: Any) -> Any:
    """The SQL condition that a stored list of codes holds ``code``; the same on both databases."""
    return cast(column, Text).contains(f'"{code}"', autoescape=True)


def keep_an_administrator(leaving: Membership) -> None:
    """Raise :class:`RolesRefused` unless somebody else than ``leaving`` can administer the city."""
    others = db.session.scalars(
        select(Membership).where(
            and_(
                Membership.id != leaving.id,
                Membership.active.is_(True),
                Membership.person_id.is_not(None),
                holds(Role.CITY_ADMINISTRATOR.value, Membership.roles),
            )
        )
    )
    if not any(in_force(other, utcnow().date()) for other in others):
        raise RolesRefused("last")


def known_roles(roles: Iterable[str]) -> list[str]:
    """Those of ``roles`` that there are, each once, in their order."""
    wanted = set(roles)
    return [role.value for role in Role if role.value in wanted]


def write_membership(membership: Membership, facts: Mapping[str, Any]) -> None:
    """Put ``facts`` on a row, and what is worked out from them; counts, records and announces nothing."""
    for name in MEMBERSHIP_FACTS:
        if name in facts:
            setattr(membership, name, facts[name])
    membership.sort_key = sort_key(membership.shown_name)[:_LONGEST_KEY]
    membership.search_text = search_key(f"{membership.shown_name} {membership.position or ''}")


def ref_of(row: Organisation | Membership) -> Ref:
    """The name of an organisation or membership in the records."""
    return Ref(PLUGIN, KIND if isinstance(row, Organisation) else "membership", row.id)
