"""A button pressed twice at the same moment makes one record, on every form that makes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.api import db, today
from core.testing.app import World
from plugins.activities.models import Activity
from plugins.activities.services.records import is_logged
from plugins.activities.views import editing

SignIn = Callable[[Any], FlaskClient]
ROOT = Path(__file__).resolve().parents[2]


def test_two_presses_that_both_find_nothing_make_one_activity(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Barrier(2)

    def both_look(identifier: str) -> bool:
        found = is_logged(identifier)
        # SQLite lets the second look only once the first has written: then nobody comes to the gate.
        with suppress(BrokenBarrierError):
            gate.wait(timeout=1)
        return found

    monkeypatch.setattr(editing, "is_logged", both_look)
    form = {
        "once": "c" * 16, "title": "Workshop", "type": "workshop", "start_date": today().isoformat(),
        "organisation_id": world.organisations["alva"][0], "language": "en", "visibility": "members",
        "mode": "in_person", "currency": "EUR", "level": "", "status": "",
    }  # fmt: skip
    answers: list[tuple[int, str]] = []

    def press(client: FlaskClient) -> None:
        answer = client.post("/alva/activities/new", data=form)
        answers.append((answer.status_code, answer.location or ""))

    clients = [sign_in(world.person("alva")) for _twice in range(2)]
    threads = [Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(303, f"/alva/activities/{'c' * 16}")] * 2
    with world.in_city("alva"):
        assert db.session.scalar(select(func.count()).select_from(Activity)) == 1


def test_every_form_that_makes_a_record_goes_the_same_way() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for folder in ("core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
    }
    forms = sum(text.count("once = OnceField()") for text in sources.values())
    asked = {name: text.count("once_of(form, ") for name, text in sources.items()}
    made = {name: text.count("with once.making():") for name, text in sources.items()}
    # A report of a word joins the one that is there, whoever made it.
    joins = "core/wording/views.py"
    assert forms == sum(asked.values()) > 10
    assert {name: number for name, number in asked.items() if number and name != joins} == {
        name: number for name, number in made.items() if number
    }
    # Nobody reads the mark of a form in a way of their own.
    aside = re.compile(r"""\.once\.data|\["once"\]\.data""")
    assert {name for name, text in sources.items() if aside.search(text)} == {"core/once.py"}
