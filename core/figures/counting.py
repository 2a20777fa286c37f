"""Counting in several periods at once, so that no table is asked for each of them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_

from core.values import Period

STRETCH = "stretch"


def in_periods(
    column: Any, periods: Sequence[Period], moment: Callable[[date], Any] | None = None
) -> tuple[Any, ColumnElement[bool]]:
    """The number of the period in which ``column`` lies, named :data:`STRETCH`, and the condition that it lies in one.

    Group by the name, for databases take the same expression written twice for two. ``moment`` makes what the column
    is compared with of the first moment of a day; without it, the column holds days. The periods do not overlap.
    """
    made = moment or (lambda day: day)
    stretches = [
        and_(column >= made(period.first), column < made(period.after)) for period in periods
    ]
    number = case(*((stretch, place) for place, stretch in enumerate(stretches)))
    # Together they lie in one stretch: by that an index is read once, and holds all that is asked where it can.
    hull = and_(
        column >= made(min(period.first for period in periods)),
        column < made(max(period.after for period in periods)),
    )
    return number.label(STRETCH), and_(hull, or_(*stretches))
