"""What can be counted of activities, each number with its exact definition.

An activity belongs to the period in which it begins. Only those that every member may see are in the numbers: what an
organisation keeps to itself is in none.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from core.api import (
    SECTORS,
    Measure,
    MeasurePart,
    Organisation,
    Period,
    Records,
    db,
    utcnow,
)
from core.api import gettext as _
from plugins.activities.models import Activity
from plugins.activities.services.listing import took_place
from plugins.activities.services.overview import SMALL
from plugins.activities.words import TYPES, Status, Visibility


def measures(period: Period) -> Iterator[Measure]:
    """Every number of ``period``, for the city in force; one query."""
    rows = _counted(period)
    within = {"period": period.name} if period.name else {}
    held = _sum(rows, "held")
    took_part = Records("activities.index", {"status": "took_place", **within})
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
        _by_type(rows),
        took_part,
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
        records=Records("activities.index", {"sort": "-participants", **took_part.arguments}),
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
    )


def _counted(period: Period) -> list[Any]:
    """What was planned and held, by organisation and type: as many rows as there are pairs of "
    "them."""
    held, known = took_place(), Activity.participants.is_not(None)

    def number(condition: Any, what: Any = 1) -> Any:
        return func.sum(case((condition, what), else_=0))

    query = (
        select(
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
            Activity.start_date >= period.first,
            Activity.start_date < period.after,
            or_(held, Activity.end_utc <= utcnow()),
        )
        .group_by(Activity.organisation_id, Organisation.sector, Activity.type)
    )
    return list(db.session.execute(query))


def _sum(rows: list[Any], name: str) -> int:
    return sum(int(getattr(row, name)) for row in rows)


def _by_type(rows: list[Any]) -> tuple[MeasurePart, ...]:
    """In the order in which the form offers the types."""
    held, number = Counter[str](), Counter[str]()
    for row in rows:
        held[row.type] += int(row.held)
        number[row.type] += row.number
    known = [code for code in TYPES if code in number]
    return tuple(
        MeasurePart(code, str(TYPES.get(code, code)), held[code], number[code])
        for code in [*known, *sorted(number.keys() - set(known))]
    )
