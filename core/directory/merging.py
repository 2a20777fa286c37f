"""Merging two organisations, or two people, that are the same; and taking that back. Flushes, never commits.

What points to a record is read from the tables themselves: every foreign key, core's and the plugins', by which a
row of the city names it. So a plugin need do nothing for its rows to follow. The merged record stays where it is,
inactive and naming the one that took its place (``merged_into``), and every row that moved is written down. A column
that names a record without a foreign key stays as it is: whoever reads by it also asks for the records whose
``merged_into`` is the one they look for, of which there is never a chain.

Accounts are never joined. An account goes along only where the record that stays has none.
"""

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import (
    Index,
    Table,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    inspect,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError

from core.audit.services import record
from core.cities.services import calendar_changed
from core.content.models import ContentText
from core.database import db, metadata, rows_changed, utcnow
from core.directory import services as directory
from core.directory.models import Merge, MovedRow
from core.directory.services import Conflict
from core.directory.translated import keep_names
from core.identity.models import Invitation, Membership, Organisation
from core.permissions import Role
from core.tenancy import current_city_id
from core.values import Viewer

Kind = Literal["organisation", "membership"]
Record = Organisation | Membership
MODELS: Mapping[Kind, type[Record]] = {"organisation": Organisation, "membership": Membership}
UNDO_WITHIN = timedelta(days=30)
# Records of accounts, secrets and merges themselves: they tell what was, and stay where they are.
_STAYS = frozenset({"identity_invitation", "directory_moved_row"})
_BATCH = 500


class MergeRefused(Exception):
    """The two cannot be merged, or parted again. ``reason`` names the sentence that says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reference:
    """A column by which rows name a record."""

    table: Table
    column: str

    @property
    def names(self) -> Any:
        """The column itself."""
        return self.table.c[self.column]

    @property
    def in_city(self) -> Any:
        """The rows of the city in force."""
        return self.table.c.city_id == current_city_id()


def kind_of(row: Record) -> Kind:
    """Which of the two kinds a record is of."""
    return "organisation" if isinstance(row, Organisation) else "membership"


def find(kind: Kind, identifier: str) -> Record | None:
    """A record of the city in force, or None."""
    if kind == "organisation":
        return directory.find_organisation(identifier)
    return directory.find_membership(identifier)


# -- What points to a record -------------------------------------------------------------------------------


def references(kind: Kind) -> list[Reference]:
    """Every column by which rows of a city name records of ``kind``, in the tables that are there."""
    target = MODELS[kind].__tablename__
    there = set(inspect(db.session.connection()).get_table_names())
    found = []
    for table in sorted(metadata.tables.values(), key=lambda one: one.name):
        if table.name in _STAYS or table.name not in there:
            continue
        for key in table.foreign_key_constraints:
            columns = {element.parent.name: element.column.name for element in key.elements}
            if key.referred_table.name == target and set(columns.values()) == {"city_id", "id"}:
                found += [
                    Reference(table, name) for name, there_ in columns.items() if there_ == "id"
                ]
    return sorted(found, key=lambda one: (one.table.name, one.column))


# A secret, and what is kept for a day for whoever asked for it, such as an export of what they could see.
_OF_AN_ACCOUNT = frozenset({"token_hash", "expires_at"})


def _moving(kept: Record, merged: Record) -> list[Reference]:
    """The references that follow. What was made for an account follows that account alone."""
    found = references(kind_of(kept))
    if isinstance(kept, Membership) and isinstance(merged, Membership):
        own = merged.person_id is None or kept.person_id in {None, merged.person_id}
        found = [one for one in found if own or not _OF_AN_ACCOUNT & set(one.table.columns.keys())]
    return found


def count(kept: Record, merged: Record) -> dict[str, int]:
    """How many rows would move, for each table; one query."""
    found = _moving(kept, merged)
    if not found:
        return {}
    parts = [
        select(literal(one.table.name).label("name"), func.count().label("rows"))
        .select_from(one.table)
        .where(one.in_city, one.names == merged.id)
        for one in found
    ]
    counts: dict[str, int] = {}
    for name, number in db.session.execute(union_all(*parts)):
        if number:
            counts[name] = counts.get(name, 0) + number
    return counts


def _uniques(one: Reference) -> Iterator[list[str]]:
    """What else must be equal for two rows with the same value in the column to be doubles."""
    for thing in (*one.table.constraints, *one.table.indexes):
        if isinstance(thing, UniqueConstraint) or (isinstance(thing, Index) and thing.unique):
            names = [column.name for column in thing.columns]
            if one.column in names:
                yield [name for name in names if name not in {one.column, "city_id"}]


def _doubles(one: Reference, kept_id: str, merged_id: str) -> dict[str, dict[str, Any]]:
    """The rows that cannot follow, because the record that stays has one like each already; by identifier."""
    found: dict[str, dict[str, Any]] = {}
    mine, theirs = one.table.alias("mine"), one.table.alias("theirs")
    both = mine.join(theirs, mine.c.city_id == theirs.c.city_id)
    for others in _uniques(one):
        query = (
            select(mine)
            .select_from(both)
            .where(
                mine.c.city_id == current_city_id(),
                theirs.c.city_id == current_city_id(),
                mine.c[one.column] == merged_id,
                theirs.c[one.column] == kept_id,
                *(mine.c[name] == theirs.c[name] for name in others),
            )
        )
        for row in db.session.execute(query).mappings():
            found[row["id"]] = dict(row)
    return found


def _is_named(table: Table) -> bool:
    """Whether rows of other tables name rows of this one; those could not be taken out unseen."""
    return any(
        key.referred_table is table
        for other in metadata.tables.values()
        for key in other.foreign_key_constraints
    )


# -- Merging -----------------------------------------------------------------------------------------------


def check(by: Viewer, kept: Record, merged: Record) -> None:
    """Raise :class:`MergeRefused` where the two cannot be merged, whatever is chosen.

    Raises :class:`~core.directory.services.RolesRefused` where that would change what somebody may do, and ``by`` may
    not decide that.
    """
    if kept.id == merged.id or kept.merged_into or merged.merged_into:
        raise MergeRefused("gone")
    if not kept.active:
        raise MergeRefused("inactive")
    if isinstance(kept, Membership) and isinstance(merged, Membership):
        if by.person_id in {kept.person_id, merged.person_id}:
            raise MergeRefused("own")
        if merged.active and kept.person_id and merged.person_id not in {None, kept.person_id}:
            raise MergeRefused("accounts")
        _check_roles(by, kept, merged, kept.roles)
    elif by_speaks_for(by, {kept.id, merged.id}) and count(kept, merged):
        # Whoever speaks for one of the two would come to see what the other keeps to itself.
        raise MergeRefused("own_organisation")


def by_speaks_for(by: Viewer, organisations: Collection[str]) -> bool:
    """Whether ``by`` speaks for one of ``organisations`` in the city in force, in any of their memberships."""
    return (
        db.session.scalars(
            select(Membership.id)
            .where(
                Membership.person_id == by.person_id,
                Membership.active.is_(True),
                Membership.organisation_id.in_(list(organisations)),
            )
            .limit(1)
        ).first()
        is not None
    )


def merge(
    by: Viewer,
    kept: Record,
    merged: Record,
    facts: Mapping[str, Any],
    *,
    versions: tuple[int, int],
    roles: Iterable[str] | None = None,
) -> Merge:
    """Let everything of ``merged`` count as ``kept``'s, and write ``facts`` to ``kept``.

    ``versions`` are those of the two that were looked at. ``roles`` are the roles of the person who stays, as they
    are if left out. Raises :class:`MergeRefused`, :class:`~core.directory.services.RolesRefused` for roles that
    ``by`` may not give or take, and :class:`~core.directory.services.Conflict`.
    """
    for row, version in sorted(
        ((kept, versions[0]), (merged, versions[1])), key=lambda pair: pair[0].id
    ):
        db.session.refresh(row, with_for_update=True)
        if row.version != version:
            raise Conflict(row)
    check(by, kept, merged)
    _check_facts(kept, facts)
    kind = kind_of(kept)
    made = Merge(
        kind=kind,
        kept_id=kept.id,
        merged_id=merged.id,
        made_by=by.membership_id,
        merged_fields={"active": merged.active},
    )
    db.session.add(made)
    db.session.flush()
    try:
        made.counts = _move(made, kept, merged)
    except IntegrityError as fault:
        # A plugin's own rule speaks against it, such as two columns that must differ.
        raise MergeRefused("rows") from fault
    before = _values(kept)
    if isinstance(kept, Membership) and isinstance(merged, Membership):
        _join_people(by, made, kept, merged, facts, roles)
    else:
        _join_organisations(
            by, made, cast("Organisation", kept), cast("Organisation", merged), facts
        )
    after = _values(kept)
    made.kept_fields = {
        name: [before[name], after[name]] for name in after if before[name] != after[name]
    }
    merged.active = False
    merged.merged_into = kept.id
    for row in (kept, merged):
        row.version += 1
    db.session.flush()
    calendar_changed()
    record(f"{kind}.merged", subject=directory.ref_of(merged), details={"into": kept.id})
    return made


def _check_facts(kept: Record, facts: Mapping[str, Any]) -> None:
    """Raise :class:`MergeRefused` for values that each stand on one of the two, and cannot stand together."""
    if isinstance(kept, Organisation) and not any(facts.get("names", kept.names).values()):
        raise MergeRefused("nameless")
    first, last = (
        ("agreement_from", "agreement_until")
        if isinstance(kept, Organisation)
        else ("since", "until")
    )
    begin, end = (facts.get(name, getattr(kept, name)) for name in (first, last))
    if begin and end and end < begin:
        raise MergeRefused("dates")


def _move(made: Merge, kept: Record, merged: Record) -> dict[str, int]:
    counts: dict[str, int] = {}
    present = count(kept, merged)
    for one in _moving(kept, merged):
        if one.table.name not in present:
            continue
        doubles = _doubles(one, kept.id, merged.id)
        ids = [
            identifier
            for identifier in db.session.scalars(
                select(one.table.c.id).where(one.in_city, one.names == merged.id)
            )
            if identifier not in doubles
        ]
        if doubles and not _is_named(one.table):
            _write_down(made, one, doubles, doubles)
            for some in _batches(list(doubles)):
                db.session.execute(delete(one.table).where(one.in_city, one.table.c.id.in_(some)))
        _write_down(made, one, ids, {})
        for some in _batches(ids):
            db.session.execute(
                update(one.table)
                .where(one.in_city, one.table.c.id.in_(some))
                .values({one.column: kept.id})
            )
        if ids:
            counts[one.table.name] = counts.get(one.table.name, 0) + len(ids)
    return counts


def _write_down(
    made: Merge, one: Reference, ids: Iterable[str], contents: Mapping[str, Mapping[str, Any]]
) -> None:
    rows = [
        {
            "city_id": made.city_id,
            "merge_id": made.id,
            "table_name": one.table.name,
            "column_name": one.column,
            "row_id": identifier,
            "content": _stored(contents[identifier]) if identifier in contents else None,
        }
        for identifier in ids
    ]
    if rows:
        db.session.execute(insert(MovedRow), rows)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _join_organisations(
    by: Viewer, made: Merge, kept: Organisation, merged: Organisation, facts: Mapping[str, Any]
) -> None:
    directory.write_organisation(kept, facts)
    keep_names(kept, by)
    # The texts of a record that is no more are nothing that anybody waits for.
    ref = directory.ref_of(merged)
    shared = list(
        db.session.scalars(
            select(ContentText.id).where(
                ContentText.plugin == ref.plugin,
                ContentText.kind == ref.kind,
                ContentText.record_id == ref.id,
                ContentText.shared.is_(True),
            )
        )
    )
    if shared:
        made.merged_fields = {**made.merged_fields, "shared_texts": shared}
        _share(shared, shared=False)


def _share(ids: Sequence[str], *, shared: bool) -> None:
    db.session.execute(
        update(ContentText)
        .where(ContentText.id.in_(ids))
        .values(shared=shared)
        .execution_options(synchronize_session=False)
    )


def _join_people(
    by: Viewer,
    made: Merge,
    kept: Membership,
    merged: Membership,
    facts: Mapping[str, Any],
    roles: Iterable[str] | None,
) -> None:
    wanted = directory.known_roles(kept.roles if roles is None else roles)
    comes_along = kept.person_id is None and merged.person_id is not None
    _check_roles(by, kept, merged, wanted)
    since, until = (facts.get(name, getattr(kept, name)) for name in ("since", "until"))
    if (since, until) != (kept.since, kept.until):
        _check_dates(by, wanted)
    administers = Role.CITY_ADMINISTRATOR in {*kept.roles, *merged.roles}
    directory.write_membership(kept, facts)
    kept.roles = wanted
    if comes_along:
        made.merged_fields = {**made.merged_fields, "person_id": merged.person_id}
        kept.person_id, merged.person_id = merged.person_id, None
    merged.active = False
    db.session.flush()
    if administers:
        directory.keep_an_administrator(merged)
    now = utcnow()
    revoked = list(
        db.session.scalars(
            select(Invitation.id).where(
                Invitation.membership_id.in_([merged.id, *([kept.id] if kept.person_id else [])]),
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
            )
        )
    )
    if revoked:
        # Nobody may come in by an invitation to a place that is taken, or is no more.
        made.merged_fields = {**made.merged_fields, "revoked": revoked}
        db.session.execute(
            update(Invitation)
            .where(Invitation.id.in_(revoked))
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )


def _check_roles(by: Viewer, kept: Membership, merged: Membership, wanted: Iterable[str]) -> None:
    # Whose roles change: an account that comes along leaves its own for those of the record that stays.
    comes_along = kept.person_id is None and merged.person_id is not None
    before = (merged.roles if merged.active else []) if comes_along else kept.roles
    directory.check_roles(by, before, wanted, own=False, newcomer=comes_along)
    if merged.active and not directory.may_assign(by):
        # Its membership ends, and with it what it could do.
        directory.check_roles(by, (), merged.roles, own=False, newcomer=True)


def _check_dates(by: Viewer, roles: Iterable[str]) -> None:
    """New dates end or revive what somebody may do: whoever sets them gives and takes those roles."""
    if not directory.may_assign(by):
        directory.check_roles(by, (), roles, own=False, newcomer=True)


def _values(row: Record) -> dict[str, Any]:
    """What a merge may change of the record that stays, as JSON keeps it."""
    if isinstance(row, Organisation):
        names: tuple[str, ...] = directory.ORGANISATION_FACTS
    else:
        names = (*directory.MEMBERSHIP_FACTS, "roles")
    return {name: _plain(getattr(row, name)) for name in names}


# -- Undoing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parted:
    """What came of undoing a merge: rows that went back, rows that stayed, and fields that stayed as they are."""

    back: int
    stayed: int
    fields: tuple[str, ...]


def may_undo(made: Merge) -> bool:
    """Whether a merge is recent enough, and not undone yet."""
    return made.undone_at is None and utcnow() - made.made_at < UNDO_WITHIN


def undo(by: Viewer, made: Merge) -> Parted:
    """Part two records again: rows go back, values too, except what people have changed since.

    Raises :class:`MergeRefused`, and :class:`~core.directory.services.RolesRefused` for roles that ``by`` may not
    give or take.
    """
    kind = cast("Kind", made.kind)
    db.session.refresh(made, with_for_update=True)
    if not may_undo(made):
        raise MergeRefused("late")
    pair = [find(kind, identifier) for identifier in (made.kept_id, made.merged_id)]
    for row in sorted((one for one in pair if one is not None), key=lambda one: one.id):
        db.session.refresh(row, with_for_update=True)
    kept, merged = pair
    if kept is None or merged is None:
        raise MergeRefused("late")
    if kept.merged_into or merged.merged_into != kept.id:
        raise MergeRefused("first")
    _check_parting(by, made, kept, merged)
    administered = isinstance(kept, Membership) and Role.CITY_ADMINISTRATOR in kept.roles
    fields = _restore(by, made, kept)
    if isinstance(kept, Membership) and isinstance(merged, Membership):
        fields += _part_people(made, kept, merged)
    elif shared := made.merged_fields.get("shared_texts"):
        _share(shared, shared=True)
    merged.merged_into = None
    merged.active = bool(made.merged_fields.get("active"))
    for row in (kept, merged):
        row.version += 1
    db.session.flush()
    back, stayed = _move_back(made)
    if administered and isinstance(kept, Membership) and not _administers(kept):
        directory.keep_an_administrator(kept)
    made.undone_by, made.undone_at = by.membership_id, utcnow()
    db.session.flush()
    calendar_changed()
    record(f"{kind}.parted", subject=directory.ref_of(merged), details={"from": kept.id})
    return Parted(back, stayed, tuple(fields))


def _check_parting(by: Viewer, made: Merge, kept: Record, merged: Record) -> None:
    if isinstance(kept, Membership) and isinstance(merged, Membership):
        if by.person_id in {kept.person_id, merged.person_id}:
            raise MergeRefused("own")
        roles = made.kept_fields.get("roles")
        if roles is not None:
            directory.check_roles(by, kept.roles, roles[0], own=False)
        if {"since", "until"} & made.kept_fields.keys():
            _check_dates(by, kept.roles)
        if made.merged_fields.get("active") and not directory.may_assign(by):
            directory.check_roles(by, (), merged.roles, own=False, newcomer=True)


def _restore(by: Viewer, made: Merge, kept: Record) -> list[str]:
    """Give the record that stayed its values back; returns the fields that somebody has changed since."""
    present, facts, changed = _values(kept), {}, []
    for name, (before, after) in made.kept_fields.items():
        if present[name] == after:
            facts[name] = _read(before)
        else:
            changed.append(name)
    if isinstance(kept, Organisation):
        directory.write_organisation(kept, facts)
        keep_names(kept, by)
    else:
        directory.write_membership(kept, facts)
        if "roles" in facts:
            kept.roles = facts["roles"]
    return changed


def _part_people(made: Merge, kept: Membership, merged: Membership) -> list[str]:
    stayed = []
    if person_id := made.merged_fields.get("person_id"):
        if kept.person_id == person_id:
            kept.person_id, merged.person_id = None, person_id
        else:
            stayed.append("account")
    if revoked := made.merged_fields.get("revoked"):
        db.session.execute(
            update(Invitation)
            .where(
                Invitation.id.in_(revoked),
                Invitation.accepted_at.is_(None),
                Invitation.expires_at > utcnow(),
            )
            .values(revoked_at=None)
            .execution_options(synchronize_session=False)
        )
    return stayed


def _administers(one: Membership) -> bool:
    return one.person_id is not None and Role.CITY_ADMINISTRATOR in one.roles


def _move_back(made: Merge) -> tuple[int, int]:
    """Move back what still stands where the merge put it; how many rows did, and how many did not."""
    groups = db.session.execute(
        select(MovedRow.table_name, MovedRow.column_name, func.count(MovedRow.id))
        .where(MovedRow.merge_id == made.id, MovedRow.content.is_(None))
        .group_by(MovedRow.table_name, MovedRow.column_name)
        .order_by(MovedRow.table_name, MovedRow.column_name)
    ).all()
    here = {(one.table.name, one.column): one for one in references(cast("Kind", made.kind))}
    back = stayed = 0
    for table, column, number in groups:
        one = here.get((table, column))
        moved = _rows_back(made, one) if one is not None else 0
        back, stayed = back + moved, stayed + number - moved
    aside = db.session.scalars(
        select(MovedRow)
        .where(MovedRow.merge_id == made.id, MovedRow.content.is_not(None))
        .order_by(MovedRow.table_name, MovedRow.row_id)
    ).all()
    for row in aside:
        one = here.get((row.table_name, row.column_name))
        if one is not None and _put_back(one, row):
            back += 1
        else:
            stayed += 1
    return back, stayed


def _rows_back(made: Merge, one: Reference) -> int:
    noted = MovedRow.__table__
    mine = select(noted.c.row_id).where(
        noted.c.city_id == current_city_id(),
        noted.c.merge_id == made.id,
        noted.c.table_name == one.table.name,
        noted.c.column_name == one.column,
    )
    where = and_(one.in_city, one.names == made.kept_id, one.table.c.id.in_(mine))
    try:
        with db.session.begin_nested():
            done = db.session.execute(
                update(one.table).where(where).values({one.column: made.merged_id})
            )
            return rows_changed(done)
    except IntegrityError:
        # Something of that kind was given to the parted record meanwhile; it stands, and the others stay.
        return 0


def _put_back(one: Reference, row: MovedRow) -> bool:
    content = {name: _read(value) for name, value in (row.content or {}).items()}
    try:
        with db.session.begin_nested():
            db.session.execute(insert(one.table).values(**content))
    except IntegrityError:
        # What it belonged to is gone.
        return False
    return True


# -- Lists -------------------------------------------------------------------------------------------------


def recent(kinds: Collection[Kind], most: int = 50) -> list[Merge]:
    """The merges of those kinds that can still be undone, or were, the latest first."""
    return list(
        db.session.scalars(
            select(Merge)
            .where(Merge.kind.in_(list(kinds)), Merge.made_at > utcnow() - UNDO_WITHIN)
            .order_by(Merge.made_at.desc(), Merge.id)
            .limit(most)
        )
    )


def find_merge(identifier: str) -> Merge | None:
    """A merge of the city in force, or None."""
    return db.session.get(Merge, (current_city_id(), identifier))


# -- Rows as JSON keeps them -------------------------------------------------------------------------------


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """A value so that :func:`_read` gives it back: what JSON does not know is named by its kind."""
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {"mapping": value}
    return value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    match kind:
        case "moment":
            return datetime.fromisoformat(text)
        case "date":
            return date.fromisoformat(text)
        case "decimal":
            return Decimal(text)
        case "bytes":
            return base64.b64decode(text)
        case _:
            return text
