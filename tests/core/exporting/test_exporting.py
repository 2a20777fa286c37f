"""Lists as files: what they hold, who gets them, and what a spreadsheet makes of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.audit.models import AuditRecord
from core.database import db
from core.exporting import lists
from core.exporting.guard import harmless, reads_as_formula
from core.folding import search_key, sort_key
from core.identity.models import Organisation, Person
from core.permissions import Role
from core.testing.app import Somebody, World, statements_of

SignIn = Callable[[Somebody], FlaskClient]
FORMULA = '=HYPERLINK("https://bad.example","Press here")'


def organisation(name: str, sector: str = "police", **more: Any) -> Organisation:
    return Organisation(
        names={"en": name}, sort_key=sort_key(name), search_text=search_key(name), sector=sector, **more
    )  # fmt: skip


@pytest.fixture
def many(world: World) -> int:
    """More organisations than a page holds, one of them called like a formula."""
    with world.in_city("alva"):
        db.session.add_all(organisation(f"Station {number:03}") for number in range(70))
        db.session.add(organisation(FORMULA, "health"))
        db.session.commit()
    return 73


def of_csv(data: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator))


def of_xlsx(data: bytes) -> Any:
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(data))


def of_ods(data: bytes) -> list[list[Any]]:
    import odfdo

    table = odfdo.Document(io.BytesIO(data)).body.get_table(position=0)
    return [list(row) for row in table.get_values()]


def take(client: FlaskClient, path: str) -> Any:
    answer = client.get(f"/alva/exports/{path}")
    assert answer.status_code == 200, answer.status_code
    return answer


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "pdf"])
def test_first(world: World, sign_in: SignIn, many: int, kind: str) -> None:
    client = sign_in(world.person("alva"))
    for name in ("directory/organisations", "directory/people", "activities/activities"):
        answer = take(client, f"{name}.{kind}")
        assert answer.mimetype != "text/html", answer.get_data(as_text=True)[-600:]
