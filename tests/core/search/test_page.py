"""The page of the search."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from core.database import db
from core.directory.services import add_organisation
from core.testing.app import Somebody, World


def test_where_a_letter_is_forgiven_it_is_said_and_no_list_that_would_be_empty_is_offered(
    world: World, sign_in: Callable[[Somebody], FlaskClient]
) -> None:
    with world.in_city("alva"):
        add_organisation({"names": {"en": "Lighthouse of the neighbours"}})
        db.session.commit()
    client = sign_in(world.person("alva"))
    exact = client.get("/alva/search?q=lighthouse").text
    assert "/alva/organisations?q=lighthouse" in exact
    assert "differs by one letter" not in exact
    nearly = client.get("/alva/search?q=lighthuose").text
    assert "Lighthouse" in nearly
    assert "This differs by one letter." in nearly
    assert "/alva/organisations?q=" not in nearly
    assert client.get("/alva/organisations?q=lighthuose").text.count("0 organisations") == 1
