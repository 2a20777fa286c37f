"""Short transactions of their own, for what must be written even when the request writes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from core.database import db, write_intent


def let_go() -> None:
    """End the request's transaction; the rows already read keep what they know.

    Raises ``RuntimeError`` when something was changed and not yet committed: it would be lost without a word.
    """
    if not db.session.registry.has():
        return
    session = db.session()
    if not session.in_transaction():
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("A change is waiting to be committed.")
    # A rollback makes every row forget what it read, and a city's row could not be read again outside its city.
    rows = list(session)
    session.expunge_all()
    session.rollback()
    session.add_all(rows)


@contextmanager
def short_transaction() -> Iterator[Connection]:
    """A transaction on a connection of its own, committed at the end of the block.

    The request's own transaction is ended first: on SQLite it may hold the write lock, and this one would wait
    for it in vain.
    """
    let_go()
    with write_intent(), db.engine.begin() as connection:
        yield connection
