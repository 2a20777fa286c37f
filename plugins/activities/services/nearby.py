"""What else happens around a day, for the same people or in the same place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    String,
    and_,
    bindparam,
    or_,
    select,
    type_coerce,
)

from core.api import Organisation, Viewer, db, search_key
from plugins.activities.models import Activity
from plugins.activities.services.access import VISIBLE, sight
from plugins.activities.words import Status

NEAR = timedelta(days=7)
SHOWN = 5
# So many are looked at; those that only name the place elsewhere in their texts fall out.
_LOOKED_AT = 60
_ESCAPE = "/"
_NOT_TAKEN = (Status.CANCELLED.value, Status.POSTPONED.value)


@dataclass(frozen=True, slots=True)
class Around:
    """What is compared: a day, a place, target groups, and what is not meant."""

    day: date
    place: str
    groups: tuple[str, ...]
    activity_id: str = ""
    series_id: str = ""

    @property
    def asks(self) -> bool:
        """Whether there is anything to compare."""
        return any(self.shape)

    @property
    def shape(self) -> tuple[int, bool]:
        """How many groups are compared, and whether a place is: what the statement depends on."""
        return len(self.groups), bool(search_key(self.place))


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An activity close by, and what it shares."""

    row: Row[Any]
    same_place: bool
    groups: tuple[str, ...]


COLUMNS = (
    Activity.id,
    Activity.title,
    Activity.language,
    Activity.translations,
    Activity.start_date,
    Activity.place,
    Activity.target_groups,
    Activity.series_id,
    Organisation.names.label("organisation_names"),
)


@lru_cache(maxsize=64)
def near_query(groups: int, in_a_place: bool) -> Select[Any]:
    """The activities of a fortnight that may share one of so many groups, or the place; kept, like :data:`VISIBLE`.

    Whatever differs from one day to the next is a parameter: :func:`near_parameters` and, for the reader, ``sight``.
    """
    codes, texts = type_coerce(Activity.target_groups, String), Activity.search_text
    shared = [codes.like(bindparam(f"near_group_{n}"), escape=_ESCAPE) for n in range(groups)]
    if in_a_place:
        shared.append(texts.like(bindparam("near_place"), escape=_ESCAPE))
    query = (
        select(*COLUMNS)
        .select_from(Activity)
        .join(
            Organisation,
            and_(
                Organisation.city_id == Activity.city_id,
                Organisation.id == Activity.organisation_id,
            ),
        )
        .where(
            VISIBLE,
            Activity.start_date >= bindparam("near_from"),
            Activity.start_date <= bindparam("near_to"),
            Activity.status.not_in(_NOT_TAKEN),
            Activity.id != bindparam("near_self"),
            or_(Activity.series_id.is_(None), Activity.series_id != bindparam("near_series")),
            or_(*shared),
        )
    )
    return query.order_by(Activity.start_date, Activity.start_utc, Activity.id).limit(_LOOKED_AT)


def near_parameters(around: Around) -> dict[str, Any]:
    """The parameters of :func:`near_query` but those of the reader."""
    found: dict[str, Any] = {
        "near_from": around.day - NEAR,
        "near_to": around.day + NEAR,
        "near_self": around.activity_id,
        "near_series": around.series_id,
    }
    found |= {f"near_group_{n}": _holding(f",{code},") for n, code in enumerate(around.groups)}
    if place := search_key(around.place):
        found["near_place"] = _holding(place)
    return found


def _holding(text: str) -> str:
    """The pattern of everything that holds ``text``."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, f"{_ESCAPE}{sign}")
    return f"%{text}%"


def near(around: Around, viewer: Viewer) -> list[Neighbour]:
    """The activities within seven days that ``viewer`` may see and that share a target group or the place.

    One query; none when nothing was said to compare. The closest come first.
    """
    if not around.asks:
        return []
    rows = db.session.execute(
        near_query(*around.shape), near_parameters(around) | sight(viewer)
    ).all()
    return neighbours(around, rows)


def neighbours(around: Around, rows: Collection[Row[Any]]) -> list[Neighbour]:
    """Those of ``rows`` that do share something."""
    place = search_key(around.place)
    # Many meet in few places.
    same = {each for each in {row.place for row in rows} if place and search_key(each) == place}
    found = []
    for row in rows:
        groups = tuple(code for code in around.groups if code in row.target_groups)
        same_place = row.place in same
        if groups or same_place:
            found.append(Neighbour(row, same_place, groups))
    # Who stands in the same place on the same day comes before who meets the same people six days later.
    found.sort(key=lambda each: (not each.same_place, abs(each.row.start_date - around.day)))
    # Of a series its closest date stands for all.
    series: set[str] = set()
    closest = []
    for each in found:
        if each.row.series_id not in series:
            closest.append(each)
        if each.row.series_id is not None:
            series.add(each.row.series_id)
    return closest[:SHOWN]
