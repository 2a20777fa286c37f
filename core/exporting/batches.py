"""Reading a long list without holding all of it."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select

from core.database import db

Row = TypeVar("Row")
# What is handed over at once is read in one go (see AT_ONCE in services.py).
BATCH = 2_000


def identifiers(query: Select[Any], model: Any, order: Sequence[Any]) -> list[str]:
    """The identifiers of the rows that ``query`` leaves, in ``order``: 16 characters for each, read at once.

    So the file holds what the list held at one moment, in whichever order it is sorted, while the rows themselves are
    read in parts.
    """
    return list(db.session.scalars(query.with_only_columns(model.id).order_by(*order)))


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """``ids`` in parts that one statement can name."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def in_batches(model: type[Row], query: Select[Any], order: Sequence[Any]) -> Iterator[Row]:
    """The rows of ``query`` in ``order``. Each is forgotten by the session before the next part is read."""
    table: Any = model
    for part in batches(identifiers(query, model, order)):
        found: dict[str, Row] = {
            row.id: row for row in db.session.scalars(query.where(table.id.in_(part)))
        }
        for identifier in part:
            # A row that was removed meanwhile is left out.
            if identifier in found:
                yield found[identifier]
        for row in found.values():
            db.session.expunge(row)
