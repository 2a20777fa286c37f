"""Aliases that modules keep are ready before threads share them."""

import ast
from pathlib import Path

import pytest
from sqlalchemy.orm import QueryableAttribute, aliased

from core.content.models import ContentText
from core.database import kept_alias

ROOT = Path(__file__).resolve().parents[3]


def prepared(alias: object) -> set[str]:
    """The columns whose expression the alias has worked out."""
    return {
        name
        for name, value in vars(alias).items()
        if isinstance(value, QueryableAttribute) and _is_worked_out(value)
    }


def _is_worked_out(attribute: object) -> bool:
    try:
        # Past the attribute's own way, which would work it out now.
        object.__getattribute__(attribute, "expression")
    except AttributeError:
        return False
    return True


@pytest.mark.one_database
def test_every_column_of_a_kept_alias_is_worked_out_before_threads_ask_for_it() -> None:
    columns = {column.key for column in ContentText.__table__.columns}
    assert prepared(kept_alias(ContentText)) >= columns
    # Otherwise this test says nothing.
    plain = aliased(ContentText)
    assert plain.kind is not None
    assert not prepared(plain)


@pytest.mark.one_database
def test_no_module_keeps_an_alias_that_is_not_ready() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{statement.lineno}"
        for folder in ("core", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
        for call in ast.walk(statement.value)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) == "aliased"
    ]
    assert not found, "Use kept_alias for an alias that a module keeps."
