"""People from a spreadsheet: listed in the network, without an account, and not invited until somebody says so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, cast, exists, func, select

from core.database import db
from core.directory.services import (
    PLAIN_ROLES,
    RolesRefused,
    check_roles,
    may_assign,
    write_membership,
)
from core.i18n import lazy_gettext as _l
from core.identity.models import Invitation, Membership, Person
from core.importing import words
from core.importing.models import Source
from core.importing.planning import chunks, write_all
from core.importing.tables import (
    REFERENCE,
    Cell,
    Change,
    ImportField,
    Problem,
    Row,
    Stored,
    TableImport,
    Values,
)
from core.importing.words import fold
from core.permissions import ROLE_TITLES, Permission, Role
from core.values import Viewer

KIND = "people"
_PLAIN = ("shown_name", "organisation_id", "position", "phone")
_DAYS = ("since", "until")


def fields(viewer: Viewer) -> Sequence[ImportField]:
    """What a column can be; the roles are those that whoever imports may give."""
    roles = [role for role in Role if may_assign(viewer) or role in PLAIN_ROLES]
    return (
        ImportField(
            "shown_name", _l("Name"), required=True, longest=120, words=words.FULL_NAME_WORDS
        ),
        ImportField(
            "given_name", _l("First name"), longest=60, words=words.GIVEN_NAME_WORDS
        ),
        ImportField(
            "family_name", _l("Family name"), longest=60, words=words.FAMILY_NAME_WORDS
        ),
        ImportField(
            "organisation_id", _l("Organisation"), Cell.ORGANISATION,
            words=words.ORGANISATION_WORDS,
        ),
        ImportField(
            "position", _l("Position"), longest=120, words=words.POSITION_WORDS
        ),
        ImportField("phone", _l("Telephone"), Cell.PHONE, longest=40, words=words.PHONE_WORDS),
        ImportField(
            "email", _l("E-mail address"), Cell.EMAIL, longest=254, words=words.EMAIL_WORDS
        ),
        ImportField(
            "roles", _l("Roles"), Cell.SOME_OF, words=words.ROLE_WORDS,
            choices={role.value: ROLE_TITLES[role] for role in roles},
            fallback=True, default=Role.MEMBER.value,
        ),
        ImportField("since", _l("Member from"), Cell.DAY, words=words.FROM_WORDS),
        ImportField("until", _l("Member until"), Cell.DAY, words=words.UNTIL_WORDS),
        ImportField(REFERENCE, _l("Reference in your list"), words=words.REFERENCE_WORDS),
    )  # fmt: skip


def prepare(values: dict[str, Any]) -> dict[str, Any]:
    """First and family name make the name; a column called “name” beside one of family names holds the first."""
    given, family = values.pop("given_name", ""), values.pop("family_name", "")
    first = values.get("shown_name") or given
    if family and fold(family) not in fold(first):
        first = f"{first} {family}".strip()
    if first:
        values["shown_name"] = first[:120]
    return values


def called(values: Values) -> str:
    """The name."""
    return str(values.get("shown_name", ""))


def same(values: Values) -> str:
    """One name in one organisation is one person."""
    name = fold(called(values))
    return f"{name} {values.get('organisation_id') or ''}" if name else ""


def find(rows: Sequence[Row], viewer: Viewer) -> Sequence[Stored | None]:
    """The person of the row's reference, else the one of that name in that organisation.

    Somebody who speaks for two organisations has two places in the network, so the same name elsewhere is another
    place, unless one of both sides names no organisation.
    """
    own = db.session.scalar(select(Person.email).where(Person.id == viewer.person_id)) or ""
    everybody = list(db.session.scalars(select(Membership)).all())
    by_id = {one.id: one for one in everybody}
    by_name: dict[str, list[Membership]] = {}
    for one in everybody:
        if one.merged_into in by_id:
            # What was the same as another is that other one.
            by_id[one.id] = by_id[one.merged_into or ""]
        else:
            by_name.setdefault(fold(one.shown_name), []).append(one)
    invited = set(db.session.scalars(select(Invitation.membership_id)).all())
    found: list[Stored | None] = []
    for row in rows:
        if own and row.values.get("email") == own.casefold():
            found.append(Stored(problem=Problem("own")))
            continue
        one_of = _meant(row, by_id, by_name)
        if isinstance(one_of, Problem):
            found.append(Stored(problem=one_of))
        else:
            found.append(_stored(one_of, invited) if one_of is not None else None)
    return found


def _meant(
    row: Row, by_id: Mapping[str, Membership], by_name: Mapping[str, list[Membership]]
) -> Membership | Problem | None:
    if row.record_id in by_id:
        return by_id[row.record_id or ""]
    namesakes = by_name.get(fold(called(row.values)), [])
    organisation = row.values.get("organisation_id")
    if organisation:
        meant = [one for one in namesakes if one.organisation_id == organisation]
        meant = meant or [one for one in namesakes if one.organisation_id is None]
    else:
        meant = namesakes
    active = [one for one in meant if one.active] or meant
    return Problem("two_people") if len(active) > 1 else active[0] if active else None


def _stored(one: Membership, invited: set[str]) -> Stored:
    values: dict[str, Any] = {name: getattr(one, name) or "" for name in _PLAIN}
    for name in _DAYS:
        day = getattr(one, name)
        values[name] = day.isoformat() if day else ""
    # Where an account or an invitation is, the address is no longer a matter of lists.
    settled = frozenset({"email"}) if one.person_id or one.id in invited else frozenset()
    return Stored(one.id, {**values, "roles": sorted(one.roles)}, settled=settled)


def check(values: Values, found: Stored | None, viewer: Viewer) -> Iterable[Problem]:
    """Dates in order, and no role that whoever imports may not give."""
    start, end = values.get("since") or "", values.get("until") or ""
    if start and end and end < start:
        yield Problem("ends_first", "until")
    roles = values.get("roles") or ()
    try:
        if found is None:
            check_roles(viewer, (), roles, own=False, newcomer=True)
        elif (start, end) != (found.values["since"], found.values["until"]):
            # Dates end or revive roles, so they are given and taken with them.
            if Role.CITY_ADMINISTRATOR in roles:
                yield Problem("administrator", "until")
            if not may_assign(viewer):
                check_roles(viewer, (), roles, own=False, newcomer=True)
    except RolesRefused:
        yield Problem("roles", "roles")
    if (
        found is not None
        and found.id == viewer.membership_id
        and values.get("organisation_id") != found.values["organisation_id"]
    ):
        yield Problem("own")


def write(changes: Sequence[Change], viewer: Viewer) -> None:
    """Write new people and changed ones, each kind in few statements. Nobody is invited."""
    stored: dict[str, Membership] = {}
    for chunk in chunks([change.id for change in changes if not change.new]):
        stored |= {
            one.id: one
            for one in db.session.scalars(select(Membership).where(Membership.id.in_(chunk)))
        }
    for change in changes:
        facts: dict[str, Any] = {
            name: value for name, value in change.values.items() if name in _PLAIN
        }
        facts |= {
            name: date.fromisoformat(change.values[name])
            for name in _DAYS
            if change.values.get(name)
        }
        if change.new:
            one = Membership(id=change.id, roles=_in_order(change.values.get("roles", ())))
            check_roles(viewer, (), one.roles, own=False, newcomer=True)
            write_membership(one, facts)
            db.session.add(one)
            continue
        one = stored[change.id]
        write_membership(one, facts)
        write_all(
            one,
            version=one.version + 1,
            **{name: getattr(one, name) for name in (*_PLAIN, *_DAYS, "sort_key", "search_text")},
        )
    db.session.flush()


def _in_order(roles: Iterable[str]) -> list[str]:
    wanted = set(roles)
    return [role.value for role in Role if role.value in wanted]


# -- Inviting those who were imported ------------------------------------------------------------------------------


def _never_invited(*wanted: Any) -> Select[Any]:
    """Those who came by an import with an address, are still here, and were never invited."""
    return (
        select(*wanted)
        .select_from(Membership)
        .join(Source, (Source.city_id == Membership.city_id) & (Source.record_id == Membership.id))
        .where(
            Source.kind == KIND,
            # The address is kept with the import until somebody is invited; the same on both databases.
            cast(Source.values, Text).contains('"email": '),
            Membership.active.is_(True),
            Membership.person_id.is_(None),
            ~exists().where(
                Invitation.city_id == Membership.city_id,
                Invitation.membership_id == Membership.id,
            ),
        )
    )


def count_not_invited() -> int:
    """How many came by an import with an address and were never invited."""
    return db.session.scalar(_never_invited(func.count())) or 0


def not_invited() -> list[tuple[Membership, str]]:
    """Who came by an import with an address and was never invited, with that address; by name."""
    rows = db.session.execute(
        _never_invited(Membership, Source.values).order_by(Membership.sort_key, Membership.id)
    ).all()
    return [(one, str(values["email"])) for one, values in rows]


def invite_imported(ids: Iterable[str], language: str, viewer: Viewer) -> tuple[int, list[str]]:
    """Invite those of ``ids`` who were not yet; returns how many, and the names of those who could not be.

    Their addresses are then no longer kept with the import.
    """
    from core.directory.services import may_invite
    from core.identity.invitations import invite

    wanted = set(ids)
    done: list[str] = []
    failed: list[str] = []
    for one, email in not_invited():
        if one.id not in wanted:
            continue
        try:
            may_invite(viewer, one, email)
            invite(one, email, language)
        except (RolesRefused, ValueError):
            failed.append(one.shown_name)
        else:
            done.append(one.id)
    _forget_addresses(done)
    return len(done), failed


def forget_needless_addresses() -> int:
    """Forget the addresses kept for an invitation that was sent elsewhere or is not needed; returns how many.

    Run once a day: an invitation also leaves from a person's own page.
    """
    waiting = {one.id for one, _email in not_invited()}
    kept = db.session.scalars(
        select(Source.record_id).where(
            Source.kind == KIND, cast(Source.values, Text).contains('"email": ')
        )
    )
    needless = [identifier for identifier in kept if identifier not in waiting]
    _forget_addresses(needless)
    return len(needless)


def _forget_addresses(ids: Sequence[str]) -> None:
    for chunk in chunks(ids):
        for source in db.session.scalars(
            select(Source).where(Source.kind == KIND, Source.record_id.in_(chunk))
        ):
            source.values = {name: v for name, v in source.values.items() if name != "email"}
    db.session.flush()


PEOPLE = TableImport(
    name=KIND,
    title=_l("Import people"),
    permission=Permission.MANAGE_MEMBERS,
    list_endpoint="directory.people",
    list_title=_l("People"),
    recognised=_l(
        "A row means the person to whom an earlier import gave the same reference, else the one of the same name in "
        "the same organisation. Nobody is invited by an import: you decide that afterwards."
    ),
    fields=fields,
    called=called,
    same=same,
    find=find,
    prepare=prepare,
    check=check,
    write=write,
    only_new=frozenset({"roles"}),
    only_said=frozenset({"email"}),
    sentences={
        "own": _l(
            "This is your own address or place. Nobody changes their own place in the network."
        ),
        "two_people": _l(
            "Two people are called so. Name the organisation, or give the row a reference."
        ),
        "roles": _l("Only a city administrator gives, takes or ends these roles."),
        "administrator": _l("The dates of an administrator are changed on the page of the person."),
    },
)
