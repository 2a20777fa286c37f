"""What a page costs: so many questions to the database, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert

from core.database import metadata, new_id
from core.testing.app import statements_of
from core.testing.contract import House, Principal, Route
from core.testing.snapshot import GREY_TABLES

# The frame takes three: the session with its person, the city with its plugins, the memberships.
FEW, SOME = 6, 12
CLOSE = {"home.start", "activities.index", "activities.detail"}


@pytest.fixture(autouse=True)
def _put_back(house: House) -> Iterator[None]:
    yield
    house.restore()


def pages(house: House) -> Iterator[tuple[Route, Principal, str]]:
    """Every page that somebody of the home city can open, with whoever sees most of it."""
    for route in house.routes:
        if "GET" not in route.methods or route.area in {"", "static"}:
            continue
        for name in ("member", "city_administrator", "focal_point"):
            who = house.principal(name)
            path = house.address(route, who)
            if house.ask(who, "GET", path).status_code == 200:
                yield route, who, path


def count(house: House, who: Principal, path: str) -> list[str]:
    # The first time, compiled statements and templates are still to be made; the number is the same.
    with statements_of(house.app) as seen:
        answer = house.ask(who, "GET", path)
    assert answer.status_code == 200, path
    return [
        statement
        for statement in seen
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))
    ]


def multiply(house: House, times: int) -> None:
    """Copy every row of the cities ``times`` times, each with an identifier of its own."""
    copied: dict[tuple[str, str, int], str] = {}
    with (
        house.engine.connect().execution_options(schema_work=True) as connection,
        connection.begin(),
    ):
        for table in metadata.sorted_tables:
            owned = {"city_id", "id"} <= set(table.primary_key.columns.keys())
            if not owned or table.name in GREY_TABLES or table.name == "cities_plugin":
                continue
            rows: list[dict[str, Any]] = list(house.snapshot.rows[table.name].values())
            for number in range(times):
                for row in rows:
                    connection.execute(insert(table).values(_copy(table, row, number, copied)))


def _copy(
    table: Any, row: dict[str, Any], number: int, copied: dict[tuple[str, str, int], str]
) -> dict[str, Any]:
    fresh = dict(row)
    fresh["id"] = copied[row["city_id"], row["id"], number] = new_id()
    unique = {
        column.name
        for constraint in table.constraints
        if type(constraint).__name__ == "UniqueConstraint"
        for column in constraint.columns
    } | {column.name for column in table.columns if column.unique}
    for name, value in row.items():
        if name in {"id", "city_id"} or value is None:
            continue
        if (row["city_id"], value, number) in copied if isinstance(value, str) else False:
            fresh[name] = copied[row["city_id"], value, number]
        elif name in unique and isinstance(value, str):
            # A short column, such as a language, takes what fits.
            fresh[name] = new_id()[: table.columns[name].type.length]
    # One person keeps one membership here, so that the page's frame stays as it was.
    if "person_id" in fresh and table.name == "identity_membership":
        fresh["person_id"] = None
    return fresh


def test_pages_ask_few_questions_and_no_more_with_more_rows(house: House) -> None:
    found = list(pages(house))
    before = {(route, who): count(house, who, path) for route, who, path in found}
    multiply(house, 20)
    faults = []
    for route, who, path in found:
        few, many = before[route, who], count(house, who, path)
        limit = FEW if route.endpoint in CLOSE else SOME
        if len(many) > limit:
            faults.append(f"{path} as {who}: {len(many)} queries, {limit} at most\n" + _list(many))
        # A list that has become longer than its page may look for the next one.
        if len(many) > len(few):
            faults.append(
                f"{path} as {who}: {len(few)} queries with few rows, {len(many)} with many\n"
                + _list(many)
            )
    assert not faults, "\n".join(faults)


def _list(statements: list[str]) -> str:
    return "\n".join("    " + " ".join(statement.split())[:160] for statement in statements)


def test_the_pages_that_people_open_most_are_among_them(house: House) -> None:
    assert {route.endpoint for route, _who, _path in pages(house)} >= CLOSE
