"""Twenty fixed queries for each language, and their first ten: one file for both databases.

After a change that is meant to change them: ``WRITE_ANSWERS=1 pytest tests/core/search/test_fixed_queries.py``, and
read what differs.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.actions.models import Action
from core.actions.searching import FOUND
from core.database import db
from core.search.query import read_query
from core.testing.app import World

from .conftest import TODAY
from .corpus import QUERIES, records

ANSWERS = Path(__file__).with_name("answers.json")


@pytest.fixture
def answers(world: World) -> dict[str, dict[str, list[str]]]:
    """What is found, for each language and query."""
    with world.in_city("alva"):
        for number, (name, record) in enumerate(records().items()):
            action = Action(
                id=name,
                text=record.title,
                reason=record.text,
                language=record.language,
                organisation_id=world.organisations["alva"][0],
                # Some of one day, so that the title decides between them.
                due_on=TODAY + timedelta(days=number % 4),
            )
            db.session.add(action)
        db.session.commit()
        everything = select(Action.id)
        return {
            language: {typed: read_query(typed, TODAY).best(FOUND, everything) for typed in some}
            for language, some in QUERIES.items()
        }


def test_the_first_ten_of_twenty_queries_for_each_language(
    answers: dict[str, dict[str, list[str]]],
) -> None:
    if os.environ.get("WRITE_ANSWERS"):
        lines = (
            f"  {json.dumps(language)}: {{\n"
            + ",\n".join(
                f"    {json.dumps(typed, ensure_ascii=False)}: {json.dumps(names)}"
                for typed, names in some.items()
            )
            + "\n  }"
            for language, some in answers.items()
        )
        ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    assert answers == json.loads(ANSWERS.read_text(encoding="utf-8"))


def test_there_are_twenty_of_each() -> None:
    assert len(QUERIES) == 8
    assert {language: len(set(some)) for language, some in QUERIES.items()} == dict.fromkeys(
        QUERIES, 20
    )
