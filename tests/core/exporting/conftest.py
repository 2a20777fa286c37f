"""A list that is longer than its page, and holds what a spreadsheet would run."""

from __future__ import annotations

from typing import Any

import pytest

from core.database import db
from core.folding import search_key, sort_key
from core.identity.models import Organisation
from core.testing.app import World

FORMULA = '=HYPERLINK("https://bad.example","Press here")'
STATIONS = 70


def _organisation(name: str, sector: str = "police", **more: Any) -> Organisation:
    return Organisation(
        names={"en": name}, sort_key=sort_key(name), search_text=search_key(name), sector=sector, **more
    )  # fmt: skip


@pytest.fixture
def many(world: World) -> int:
    """More organisations than a page holds, one of them called like a formula; how many there are."""
    with world.in_city("alva"):
        db.session.add_all(_organisation(f"Station {number:03}") for number in range(STATIONS))
        db.session.add(_organisation(FORMULA, "health", contact_phone="+389 70 000 000"))
        db.session.commit()
    return STATIONS + 1 + len(world.organisations["alva"])
