"""What can be counted of activities, each number with its exact definition.

An activity belongs to the period in which it begins. Only those that every member may see are in the numbers: what an
organisation keeps to itself is in none. Each number leads to a list of exactly the activities that were counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from core.api import (
    SECTORS,
    STRETCH,
    Measure,
    MeasurePart,
    Organisation,
    Period,
    Records,
    db,
    in_periods,
    utcnow,
)
from core.api import gettext as _
from plugins.activities.models import Activity
from plugins.activities.services.listing import took_place
from plugins.activities.services.overview import SMALL
from plugins.activities.words import TYPES, Status, Visibility


def measures(periods: Sequence[Period]) -> Iterator[tuple[Measure, ...]]:
    """Every number of each of ``periods``, for the city in force; one query, however many periods there are."""
    rows = _counted(periods)
    for place, period in enumerate(periods):
        yield tuple(_told(period.name, [row for row in rows if row.stretch == place]))


def _told(period: str, rows: list[Any]) -> Iterator[Measure]:
    within = {"open_to": "all"} | ({"period": period} if period else {})
    held = _sum(rows, "held")

    def took_place_by(**more: str) -> Records:
        return Records("activities.index", {"status": "took_place", **within, **more})

    yield Measure(
        "held",
        _("Activities held"),
        _(
            "Of the activities that were held or planned and whose time has come, those that "
            "were held, by their type. Postponed and cancelled ones count as not held, and so "
            "does what nobody has told of yet."
        ),
        held,
        _sum(rows, "number"),
        tuple(
            MeasurePart(code, title, number, of, took_place_by(type=code))
            for code, title, number, of in _by_type(rows)
        ),
        took_place_by(),
    )
    yield Measure(
        "reported",
        _("Activities with a report"),
        _("Of the activities held, those whose result was reported."),
        _sum(rows, "reported"),
        held,
        records=Records("activities.index", {"status": Status.REPORTED.value, **within}),
    )
    yield Measure(
        "with_participants",
        _("Activities with a number of participants"),
        _("Of the activities held, those that say how many people came."),
        _sum(rows, "told"),
        held,
        records=took_place_by(sort="-participants"),
    )
    people = _sum(rows, "people")
    yield Measure(
        "participants",
        _("Participants"),
        _(
            "The participants of all activities held, added up as they were reported, estimates "
            "included. Whoever came to several counts several times. A number below %(num)s is "
            "not shown.",
            num=SMALL,
        ),
        None if 0 < people < SMALL else people,
        records=took_place_by(sort="-participants"),
        why=_("Fewer than %(num)s came, so it could tell of somebody.", num=SMALL),
    )
    yield Measure(
        "organisations",
        _("Organisations that held something"),
        _("Organisations that led at least one activity that was held, by their sector."),
        len(active := {row.organisation_id: row.sector for row in rows if row.held}),
        parts=tuple(
            MeasurePart(sector, str(SECTORS.get(sector, sector)), number)
            for sector, number in sorted(Counter(active.values()).items())
        ),
        records=took_place_by(sort="organisation"),
    )


def _counted(periods: Sequence[Period]) -> list[Any]:
    """What was planned and held, by period, organisation and type: no more rows than there are such threes."""
    which, inside = in_periods(Activity.start_date, periods)
    held, known = took_place(), Activity.participants.is_not(None)

    def number(condition: Any, what: Any = 1) -> Any:
        return func.sum(case((condition, what), else_=0))

    query = (
        select(
            which,
            Activity.organisation_id,
            Organisation.sector,
            Activity.type,
            func.count().label("number"),
            number(held).label("held"),
            number(Activity.status == Status.REPORTED.value).label("reported"),
            number(and_(held, known)).label("told"),
            number(and_(held, known), Activity.participants).label("people"),
        )
        .join(
            Organisation,
            and_(
                Organisation.city_id == Activity.city_id,
                Organisation.id == Activity.organisation_id,
            ),
        )
        .where(
            Activity.visibility == Visibility.MEMBERS.value,
            inside,
            or_(held, Activity.end_utc <= utcnow()),
        )
        .group_by(STRETCH, Activity.organisation_id, Organisation.sector, Activity.type)
    )
    return list(db.session.execute(query))


def _sum(rows: list[Any], name: str) -> int:
    return sum(int(getattr(row, name)) for row in rows)


def _by_type(rows: list[Any]) -> list[tuple[str, str, int, int]]:
    """The code of each type, its title, how many were held and of how many, in the order in which the form has them."""
    held, number = Counter[str](), Counter[str]()
    for row in rows:
        held[row.type] += int(row.held)
        number[row.type] += row.number
    known = [code for code in TYPES if code in number]
    return [
        (code, str(TYPES.get(code, code)), held[code], number[code])
        for code in [*known, *sorted(number.keys() - set(known))]
    ]
