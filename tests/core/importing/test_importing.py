"""A spreadsheet becomes records: matched by a person, looked at first, all or nothing, and twice is as once."""

from __future__ import annotations

from collections.abc import Callable

from core.database import db
from core.identity.models import Organisation
from core.testing.app import World

from .conftest import Desk, ministry

Sit = Callable[..., Desk]


def organisations(world: World) -> dict[str, Organisation]:
    with world.in_city("alva"):
        return {one.sort_key: one for one in db.session.query(Organisation).all()}


def test_the_ministrys_file_becomes_organisations(world: World, desk: Sit) -> None:
    office = desk()
    assert office.send(ministry(), "партнери.csv").status_code == 303
    chosen = office.chosen()
    assert [chosen[f"column-{number}"] for number in range(7)] == [
        "", "name_mk", "name_sq", "sector", "contact_name", "contact_phone", "contact_email",
    ]  # fmt: skip
    assert office.match().status_code == 303
    assert office.counts() == {"create": 3, "skip": 1}
    assert office.confirm().status_code == 303
    with world.in_city("alva"):
        found = db.session.query(Organisation).order_by(Organisation.sort_key).all()
        made = {one.names["mk"]: one for one in found if "mk" in one.names}
    assert set(made) == {"ООУ „Бели мугри“", "Здружение „Мост“", "Центар за млади"}
    bridge = made["Здружение „Мост“"]
    assert bridge.names["sq"] == "Shoqata „Ura“"
    assert (bridge.sector, bridge.contact_name, bridge.contact_phone, bridge.contact_email) == (
        "civil_society", "Агим Пример", "02/3123-456", "most@alva.example",
    )  # fmt: skip
