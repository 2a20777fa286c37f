"""The two walls between cities: every shape in which a query might cross is tried (and most are foolish)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload, selectinload

from core.cities.models import City
from core.database import CityOwned, db, metadata, new_id
from core.identity.models import Invitation, Membership, Organisation
from core.permissions import Role
from core.tenancy import NoCityInForce, OtherCity, city_scope, cross_city
from core.testing.app import World

ORGANISATION: Table = metadata.tables["identity_organisation"]
REFUSED = (OtherCity, NoCityInForce)


def names_of(rows: Any) -> set[str]:
    """The cities to which rows, or names, belong."""
    found = set()
    for row in rows:
        value = row if isinstance(row, Organisation | Membership) else row[0]
        if isinstance(value, Organisation | Membership):
            found.add(value.city_id)
        elif isinstance(value, dict):
            found.add(next(iter(value.values())))
    return found


def count_all() -> int:
    with cross_city("test"):
        return db.session.execute(select(func.count()).select_from(ORGANISATION)).scalar_one()


# Each shape gets the identifiers of the other city's row and city, runs in Alva, and either raises or gives
# nothing of Bruma's back. "harmless" shapes must work and stay inside; "refused" ones must raise.


def harmless_select(_other: Organisation) -> Any:
    return db.session.execute(select(Organisation)).all()


def harmless_legacy_query(_other: Organisation) -> Any:
    return db.session.query(Organisation).all()


def harmless_by_id(other: Organisation) -> Any:
    return db.session.scalars(select(Organisation).where(Organisation.id == other.id)).all()


def harmless_alias(_other: Organisation) -> Any:
    alias = aliased(Organisation)
    return db.session.execute(select(alias)).all()


def harmless_join(_other: Organisation) -> Any:
    return db.session.execute(
        select(Membership).join(Organisation, Organisation.id == Membership.organisation_id)
    ).all()


def harmless_outer_join(_other: Organisation) -> Any:
    return db.session.execute(
        select(Membership, Organisation).outerjoin(
            Organisation, Organisation.id == Membership.organisation_id
        )
    ).all()


def harmless_subquery(_other: Organisation) -> Any:
    inner = select(Organisation.id).subquery()
    return db.session.execute(
        select(Membership).where(Membership.organisation_id.in_(select(inner.c.id)))
    ).all()


def harmless_exists(_other: Organisation) -> Any:
    return db.session.execute(
        select(Membership).where(exists().where(Organisation.id == Membership.organisation_id))
    ).all()


def harmless_cte(_other: Organisation) -> Any:
    cte = select(Organisation).cte()
    return db.session.execute(select(aliased(Organisation, cte))).all()


def harmless_union(_other: Organisation) -> Any:
    both = union_all(select(Organisation), select(Organisation)).subquery()
    return db.session.execute(select(aliased(Organisation, both))).all()


def harmless_joinedload(_other: Organisation) -> Any:
    return (
        db.session.execute(select(Membership).options(joinedload(Membership.organisation)))
        .unique()
        .all()
    )


def harmless_selectinload(_other: Organisation) -> Any:
    return db.session.execute(
        select(Membership).options(selectinload(Membership.organisation))
    ).all()


def harmless_lazy_load(_other: Organisation) -> Any:
    return [(m.organisation,) for m in db.session.scalars(select(Membership)) if m.organisation]


def harmless_or(other: Organisation) -> Any:
    return db.session.execute(
        select(Organisation).where((Organisation.id == other.id) | (Organisation.sector != ""))
    ).all()


def harmless_update(_other: Organisation) -> Any:
    db.session.execute(update(Organisation).values(about="changed"))
    return []


def harmless_delete(_other: Organisation) -> Any:
    db.session.execute(delete(Invitation))
    return []


def harmless_get_of_own_key(other: Organisation) -> Any:
    own = db.session.scalars(select(Organisation)).first()
    assert own is not None
    return [(db.session.get(Organisation, (own.city_id, own.id)),)]


def refused_get_of_foreign_key(other: Organisation) -> Any:
    found = db.session.get(Organisation, (other.city_id, other.id))
    return [] if found is None else [(found,)]


def refused_core_select(_other: Organisation) -> Any:
    return db.session.execute(select(ORGANISATION)).all()


def refused_core_count(_other: Organisation) -> Any:
    return db.session.execute(select(func.count()).select_from(ORGANISATION)).all()


def refused_core_delete(_other: Organisation) -> Any:
    return db.session.execute(delete(ORGANISATION))


def refused_core_update(_other: Organisation) -> Any:
    return db.session.execute(update(ORGANISATION).values(about="x"))


def refused_core_other_city(other: Organisation) -> Any:
    return db.session.execute(
        select(ORGANISATION).where(ORGANISATION.c.city_id == other.city_id)
    ).all()


def refused_text(_other: Organisation) -> Any:
    return db.session.execute(text("SELECT * FROM identity_organisation")).all()


def refused_text_quoted(_other: Organisation) -> Any:
    return db.session.execute(text('SELECT * FROM "identity_organisation"')).all()


def refused_text_commented(other: Organisation) -> Any:
    return db.session.execute(
        text("SELECT * FROM identity_organisation -- WHERE city_id = :c\n"), {"c": other.city_id}
    ).all()


def refused_text_literal(_other: Organisation) -> Any:
    return db.session.execute(
        text("SELECT * FROM identity_organisation WHERE ' city_id = ?' <> ''")
    ).all()


def refused_text_other_city(other: Organisation) -> Any:
    return db.session.execute(
        text("SELECT * FROM identity_organisation WHERE city_id = :c"), {"c": other.city_id}
    ).all()


def refused_text_or(_other: Organisation) -> Any:
    from core.tenancy import current_city_id

    return db.session.execute(
        text("SELECT * FROM identity_organisation WHERE city_id = :c OR 1 = 1"),
        {"c": current_city_id()},
    ).all()


def refused_from_statement(_other: Organisation) -> Any:
    return db.session.scalars(
        select(Organisation).from_statement(text("SELECT * FROM identity_organisation"))
    ).all()


def refused_connection(_other: Organisation) -> Any:
    return db.session.connection().execute(select(ORGANISATION)).all()


def refused_driver_sql(_other: Organisation) -> Any:
    return db.session.connection().exec_driver_sql("SELECT * FROM identity_organisation").all()


def refused_new_connection(_other: Organisation) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(select(ORGANISATION)).all()


def refused_bulk_update_by_key(other: Organisation) -> Any:
    return db.session.execute(
        update(Organisation),
        [{"city_id": other.city_id, "id": other.id, "about": "taken over"}],
    )


def refused_bulk_update_mappings(other: Organisation) -> Any:
    db.session.bulk_update_mappings(
        Organisation.__mapper__, [{"city_id": other.city_id, "id": other.id, "about": "x"}]
    )


def refused_bulk_insert_mappings(other: Organisation) -> Any:
    db.session.bulk_insert_mappings(
        Organisation.__mapper__, [{"city_id": other.city_id, "id": new_id()}]
    )


def refused_orm_insert(other: Organisation) -> Any:
    db.session.add(Organisation(city_id=other.city_id, names={"en": "intruder"}))
    db.session.flush()


def refused_core_insert(other: Organisation) -> Any:
    db.session.execute(
        insert(ORGANISATION).values(city_id=other.city_id, id=new_id(), names={}, sort_key="")
    )


def refused_insert_from_select(_other: Organisation) -> Any:
    db.session.execute(
        insert(ORGANISATION).from_select(
            ["city_id", "id"], select(ORGANISATION.c.city_id, literal("x"))
        )
    )


def refused_merge(other: Organisation) -> Any:
    db.session.merge(Organisation(city_id=other.city_id, id=other.id, about="taken over"))
    db.session.flush()


def refused_move(other: Organisation) -> Any:
    own = db.session.scalars(select(Organisation)).first()
    assert own is not None
    own.city_id = other.city_id
    db.session.flush()


def refused_update_of_city(other: Organisation) -> Any:
    db.session.execute(update(Organisation).values(city_id=other.city_id))


def refused_delete_of_foreign(other: Organisation) -> Any:
    db.session.delete(other)
    db.session.flush()


def refused_change_of_foreign(other: Organisation) -> Any:
    other.about = "changed from outside"
    db.session.flush()


def refused_lateral_columns(other: Organisation) -> Any:
    return db.session.execute(
        select(ORGANISATION.c.names).where(
            and_(ORGANISATION.c.id == bindparam("i"), ORGANISATION.c.sector != "")
        ),
        {"i": other.id},
    ).all()


SHAPES = [
    shape for name, shape in list(globals().items()) if name.startswith(("harmless_", "refused_"))
]


@pytest.fixture
def other(world: World) -> Organisation:
    with world.in_city("bruma"):
        return db.session.scalars(select(Organisation)).first()  # type: ignore[return-value]


def test_there_are_at_least_thirty_five_shapes() -> None:
    assert len(SHAPES) >= 35


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_shape_crosses(world: World, shape: Callable[[Organisation], Any]) -> None:
    with world.in_city("bruma") as bruma:
        other = db.session.scalars(select(Organisation).order_by(Organisation.id)).first()
        assert other is not None
        before = (other.about, count_all())
        bruma_id, other_id = bruma.id, other.id
        if shape.__name__ == "refused_get_of_foreign_key" or "foreign" not in shape.__name__:
            db.session.expunge(other)
        alva = db.session.query(City).filter_by(slug="alva").one()
        with city_scope(alva):
            if shape.__name__.startswith("refused_"):
                with pytest.raises(REFUSED):
                    shape(other)
            else:
                rows = shape(other)
                cities = {
                    value.city_id
                    for row in rows
                    for value in (row if not isinstance(row, CityOwned) else [row])
                    if isinstance(value, CityOwned)
                }
                assert cities <= {alva.id}
                if shape is not harmless_by_id and shape not in {harmless_update, harmless_delete}:
                    assert rows, "the shape must find what is its own"
                if shape is harmless_by_id:
                    assert not rows
                db.session.commit()
        db.session.rollback()
        db.session.expire_all()
        with cross_city("test"):
            again = db.session.get(Organisation, (bruma_id, other_id))
        assert again is not None
        assert (again.about, count_all()) == before


@pytest.mark.parametrize("model", [Organisation, Membership, Invitation])
def test_without_a_city_nothing_is_read(world: World, model: type[Any]) -> None:
    with world.app.app_context(), pytest.raises(NoCityInForce):
        db.session.execute(select(model)).all()


def test_a_foreign_key_cannot_reach_into_another_city(world: World) -> None:
    foreign = world.organisations["bruma"][0]
    with world.in_city("alva"):
        db.session.add(Membership(shown_name="Nobody", organisation_id=foreign))
        with pytest.raises(IntegrityError):
            db.session.flush()


# Rows without an identifier of their own: their key is the city and what they say of a record. Nothing refers to them.
NAMELESS = {"search_document", "search_term"}


def test_every_table_of_a_city_is_held_inside_it(world: World) -> None:
    """Keys, unique constraints and references between such tables carry the city."""
    owned = {
        name for name, table in metadata.tables.items() if "city_id" in table.primary_key.columns
    }
    assert owned
    for name in sorted(owned):
        table = metadata.tables[name]
        key = [column.name for column in table.primary_key.columns]
        assert key[:2] == ["city_id", "id"] or (key[0] == "city_id" and name in NAMELESS), name
        for constraint in table.foreign_key_constraints:
            target = constraint.referred_table.name
            columns = [column.name for column in constraint.columns]
            if target in owned:
                assert columns[0] == "city_id", f"{name}: {columns} may point into another city"
                assert (constraint.ondelete or "") != "SET NULL"
        for other in table.constraints:
            if isinstance(other, UniqueConstraint):
                columns = [column.name for column in other.columns]
                # What is random is unique everywhere and tells nothing about who has it.
                assert columns[0] == "city_id" or set(columns) <= {"token_hash", "stored_as"}, (
                    f"{name}: {columns}"
                )


def test_unsetting_a_reference_leaves_the_city(world: World) -> None:
    somebody = world.person("alva", Role.MEMBER)
    with world.in_city("alva") as city:
        row = db.session.get(Membership, (city.id, somebody.membership_id))
        assert row is not None
        assert row.organisation is not None
        row.organisation = None
        db.session.commit()
        assert (row.city_id, row.organisation_id) == (city.id, None)


# Adding a place to this list is a decision: say there why it must look across cities.
CROSSINGS = {
    "core/identity/sessions.py": 1,  # a person's own memberships: the way in, and the city switcher
    "core/home/feeds.py": 1,  # a feed is found by its secret
    "core/identity/demo.py": 1,  # the sign-in page of the demo
    "core/identity/invitations.py": 1,  # an invitation is found by its secret
    "core/identity/memberships.py": 1,  # how long a session lasts
}


def test_the_places_that_look_across_cities_are_known() -> None:
    root = Path(__file__).parents[2]
    found = {
        str(path.relative_to(root)): len(re.findall(r"cross_city\(\s*\"", path.read_text("utf-8")))
        for folder in ("core", "plugins")
        for path in (root / folder).rglob("*.py")
        if "testing" not in path.parts and path.name != "tenancy.py"
    }
    assert {path: count for path, count in found.items() if count} == CROSSINGS
