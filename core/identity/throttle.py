"""Slowing down whoever guesses: growing delays for an account and for an address, never a lock-out.

Attempts are counted before they are made, so that a hundred sent at once count as a hundred. The keys are hashed:
the table names nobody. Whether an account exists makes no difference to its counter.
"""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from core.database import utcnow
from core.identity.models import Throttle
from core.identity.transactions import short_transaction


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts are free, how long the longest delay is, and after what rest all is forgotten."""

    free: int
    longest: int
    forgotten_after: timedelta = timedelta(hours=2)

    def wait(self, count: int, last: datetime, now: datetime) -> int:
        """Seconds to wait before the next attempt: 2, 4, 8 … up to the longest."""
        over = count - self.free
        if over < 0 or now - last >= self.forgotten_after:
            return 0
        delay = min(self.longest, 2 ** min(over + 1, 16))
        passed = (now - last).total_seconds()
        return max(0, -int(-(delay - passed) // 1))


LIMITS = {
    "sign-in account": Limit(free=5, longest=300),
    "sign-in address": Limit(free=30, longest=300),
    "second-step account": Limit(free=5, longest=900),
    "second-step address": Limit(free=30, longest=900),
    "reset account": Limit(free=3, longest=900),
    "reset address": Limit(free=20, longest=900),
    "invitation address": Limit(free=20, longest=300),
    "answer address": Limit(free=20, longest=300),
    "address-change account": Limit(free=3, longest=900),
    "verify account": Limit(free=5, longest=900),
    "feed address": Limit(free=60, longest=300),
}
_ORDINARY = Limit(free=10, longest=300)


class TooManyAttempts(Exception):
    """Raised when an attempt comes too soon; ``wait`` says how many seconds are left."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def address_of_request() -> str:
    """The sender's address; of an IPv6 address the network, since a single sender owns all of it."""
    raw = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        return raw[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _hashed(kind: str, key: str) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"{kind}\0{key}".encode(), hashlib.sha256).hexdigest()


def _limit(kind: str) -> Limit:
    return LIMITS.get(kind, _ORDINARY)


def _wait(connection: Connection, kind: str, key: str, now: datetime) -> int:
    row = connection.execute(
        select(Throttle.count, Throttle.last_at)
        .where(Throttle.key == _hashed(kind, key))
        .with_for_update()
    ).one_or_none()
    # By place: a row is a tuple, and "count" is a method of tuples.
    return _limit(kind).wait(row[0], row[1], now) if row else 0


def _count(connection: Connection, kind: str, key: str, now: datetime) -> None:
    hashed = _hashed(kind, key)
    old = now - _limit(kind).forgotten_after
    connection.execute(delete(Throttle).where(Throttle.key == hashed, Throttle.last_at <= old))
    counted = connection.execute(
        update(Throttle).where(Throttle.key == hashed).values(count=Throttle.count + 1, last_at=now)
    )
    if counted.rowcount == 0:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(Throttle).values(key=hashed, count=1, first_at=now, last_at=now)
                )
        except IntegrityError:
            # Somebody else made the row a moment ago.
            connection.execute(
                update(Throttle).where(Throttle.key == hashed).values(count=Throttle.count + 1)
            )


def allow(key_kind: str, key: str) -> int:
    """Seconds to wait before the next attempt; 0 when it may be made now. Counts nothing."""
    with short_transaction() as connection:
        return _wait(connection, key_kind, key, utcnow())


def note_failure(key_kind: str, key: str) -> None:
    """Count one failed attempt."""
    with short_transaction() as connection:
        _count(connection, key_kind, key, utcnow())


def clear(key_kind: str, key: str) -> None:
    """Forget what was counted, after an attempt that succeeded."""
    with short_transaction() as connection:
        connection.execute(delete(Throttle).where(Throttle.key == _hashed(key_kind, key)))


def _in_order(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The counters in the one order in which every request takes them, so that no two wait for each other."""
    return sorted(pairs, key=lambda pair: _hashed(*pair))


def claim(*pairs: tuple[str, str]) -> None:
    """Count an attempt for each (kind, key) before it is made.

    Raises :class:`TooManyAttempts`, and counts nothing, when one of them has to wait.
    """
    now = utcnow()
    with short_transaction() as connection:
        wait = max(_wait(connection, kind, key, now) for kind, key in pairs)
        if not wait:
            for kind, key in _in_order(pairs):
                _count(connection, kind, key, now)
    if wait:
        raise TooManyAttempts(wait)


def forgive(*pairs: tuple[str, str]) -> None:
    """The attempt succeeded: forget the account's counter and take back the one of the address.

    The address keeps the rest, or whoever owns one account could guess at the others for ever.
    """
    with short_transaction() as connection:
        for kind, key in _in_order(pairs):
            row = Throttle.key == _hashed(kind, key)
            if kind.endswith(" address"):
                connection.execute(
                    update(Throttle).where(row, Throttle.count > 0).values(count=Throttle.count - 1)
                )
            else:
                connection.execute(delete(Throttle).where(row))


def use_once(kind: str, key: str) -> bool:
    """Whether ``key`` is used for the first time; from now on it is used up."""
    now = utcnow()
    with short_transaction() as connection:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(Throttle).values(
                        key=_hashed(f"once {kind}", key), count=1, first_at=now, last_at=now
                    )
                )
        except IntegrityError:
            return False
    return True


def purge() -> int:
    """Remove counters that no longer say anything; returns how many."""
    with short_transaction() as connection:
        gone = connection.execute(
            delete(Throttle).where(Throttle.last_at < utcnow() - timedelta(days=1))
        )
        return int(gone.rowcount)
