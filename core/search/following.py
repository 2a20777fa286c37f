"""Rows that are indexed by the flush that writes them.

Records are written in many places: pages, imports, merging, series, translations, the demo. The one place that all of
them pass is the session.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from core.database import db
from core.search.services import forget_many, index_many
from core.values import Ref, Searchable

Made = Callable[[Any], Searchable]


@dataclass(frozen=True, slots=True)
class _Followed:
    ref: Callable[[Any], Ref]
    make: Made
    fields: frozenset[str]


_followed: dict[type, _Followed] = {}


def follow(model: type, ref: Callable[[Any], Ref], make: Made, fields: Iterable[str]) -> None:
    """From now on index each row of ``model`` that the session writes, and forget each that it removes.

    ``make`` says what a row is found by, and is asked only when one of ``fields`` has changed. A plugin says this once,
    where its module is imported. What is written or removed without rows, by a statement of many, is not seen here: it
    is given to :func:`~core.search.services.index_many` or forgotten by name.
    """
    _followed[model] = _Followed(ref, make, frozenset(fields))


def init_following() -> None:
    """Listen to the session. Safe to call once for each application."""
    if not event.contains(db.session, "after_flush", _after_flush):
        event.listen(db.session, "after_flush", _after_flush)


def _after_flush(session: Session, _context: object) -> None:
    found = [
        followed.make(row)
        for row in (*session.new, *session.dirty)
        if (followed := _followed.get(type(row))) is not None and _says_more(row, followed)
    ]
    gone = [
        followed.ref(row)
        for row in session.deleted
        if (followed := _followed.get(type(row))) is not None
    ]
    if found:
        index_many(found)
    if gone:
        forget_many(gone)


def _says_more(row: Any, followed: _Followed) -> bool:
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in followed.fields)
