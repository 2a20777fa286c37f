"""What can be counted of meetings, each number with its exact definition. What is restricted is in none of them.

A period goes by the dates of the meetings in their own time. Every number is the city's and the same for all readers,
so it may stand in a report: it tells of no restricted item, not even that there was one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.api import (
    SECTORS,
    Measure,
    MeasurePart,
    Organisation,
    Period,
    Records,
    current_city,
    db,
    kept_in_time,
    today,
    utcnow,
)
from core.api import gettext as _
from plugins.meetings.models import Attendance, Decision, Item, Meeting, Proposal
from plugins.meetings.services.access import DECISION, ITEM
from plugins.meetings.services.listing import within
from plugins.meetings.words import PLUGIN, State

_HELD = [state.value for state in State if state.held]


@dataclass(frozen=True, slots=True)
class Share:
    """So many ``of`` so many."""

    value: int
    of: int


def measures(period: Period) -> Iterator[Measure]:
    """Every number of ``period``, for the city in force; five queries."""
    year = {"year": period.name} if period.name else {}
    happened = held(period)
    yield Measure(
        "held",
        _("Meetings held"),
        _(
            "Of the meetings that were held or convened and whose time has come, those that were "
            "held. Cancelled and postponed ones count as not held."
        ),
        happened.value,
        happened.of,
        records=Records("meetings.index", {"show": "held", **year}),
    )
    seats = attendance_by_sector(period)
    yield Measure(
        "attendance",
        _("Seats filled"),
        _(
            "Of the seats of chairs and members at the meetings held, those that were filled by "
            "them or by somebody in their place, by the sector of the organisation."
        ),
        sum(filled.value for _sector, filled in seats),
        sum(filled.of for _sector, filled in seats),
        tuple(
            MeasurePart(sector, str(SECTORS.get(sector, sector)), filled.value, filled.of)
            for sector, filled in seats
        ),
    )
    quorate, with_rationale = decided(period)
    yield Measure(
        "quorate",
        _("Quorate decisions"),
        _(
            "Of the decisions of bodies with a rule for the quorum, those taken while it was "
            "reached. Decisions on restricted items are left out."
        ),
        quorate.value,
        quorate.of,
        records=Records("meetings.decisions", {"quorate": "yes", **year}),
    )
    yield Measure(
        "with_rationale",
        _("Decisions with a rationale"),
        _("Of all decisions, those that say why. Decisions on restricted items are left out."),
        with_rationale.value,
        with_rationale.of,
        records=Records("meetings.decisions", year),
    )
    done = actions_in_time(period)
    yield Measure(
        "actions_in_time",
        _("Actions done in time"),
        _(
            "Of the actions from meetings that were due in the period, those done by their date. "
            "What was not possible, what is not due yet and what is restricted is left out."
        ),
        done.value,
        done.of,
    )
    proposals, days = to_discussion(period)
    yield Measure(
        "proposals_discussed",
        _("Proposals discussed"),
        _("Proposals of members that were taken up at a meeting. Restricted ones are left out."),
        proposals,
        records=Records("meetings.proposals"),
    )
    yield Measure(
        "days_to_discussion",
        _("Days from a proposal to its discussion"),
        _("Half of the proposals discussed had waited no longer (the median)."),
        days,
    )


def held(period: Period) -> Share:
    """Meetings held, of those planned.

    Planned are the meetings of the period that were held, and those whose time has come and that were convened, also
    if they were cancelled or postponed afterwards. A draft that nobody was told of is no plan.
    """
    is_held = Meeting.state.in_(_HELD)
    row = db.session.execute(
        select(func.sum(case((is_held, 1), else_=0)), func.count()).where(
            *within(period),
            or_(is_held, and_(Meeting.convened_at.is_not(None), Meeting.end_utc <= utcnow())),
        )
    ).one()
    return Share(int(row[0] or 0), row[1])


def attendance_by_sector(period: Period) -> list[tuple[str, Share]]:
    """Seats that were filled, of all seats, by the sector of the organisation; sectors by their code.

    A seat is a row of a chair or a member on the list of a meeting that was held. It is filled by whoever has it, or by
    somebody in their place, who was marked as present. Guests, observers, and people of no organisation have no seat.
    The organisation is the one that the person spoke for on that day.
    """
    instead = aliased(Attendance)
    replaced = exists().where(
        instead.city_id == Attendance.city_id,
        instead.stands_for == Attendance.id,
        instead.status == "present",
    )
    rows = db.session.execute(
        select(
            Organisation.sector,
            func.sum(case((or_(Attendance.status == "present", replaced), 1), else_=0)),
            func.count(),
        )
        .select_from(Attendance)
        .join(
            Meeting,
            and_(Meeting.city_id == Attendance.city_id, Meeting.id == Attendance.meeting_id),
        )
        .join(
            Organisation,
            and_(
                Organisation.city_id == Attendance.city_id,
                Organisation.id == Attendance.organisation_id,
            ),
        )
        .where(
            *within(period),
            Meeting.state.in_(_HELD),
            Attendance.part.in_(["chair", "member"]),
        )
        .group_by(Organisation.sector)
        .order_by(Organisation.sector)
    )
    return [(sector, Share(int(filled), seats)) for sector, filled, seats in rows]


def decided(period: Period) -> tuple[Share, Share]:
    """Two shares of the decisions of the period, without those on restricted items.

    Quorate ones, of those taken where the body had a rule for its quorum; and those whose rationale says something, of
    all. Withdrawn and replaced decisions count as well: they were taken.
    """
    rows = db.session.execute(
        select(
            Decision.quorate,
            case((func.trim(Decision.rationale) != "", 1), else_=0).label("reasoned"),
            func.count().label("number"),
        )
        .join(Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id))
        .where(
            Decision.decided_on >= period.first,
            Decision.decided_on < period.after,
            Item.restricted.is_(False),
        )
        .group_by(Decision.quorate, "reasoned")
    ).all()

    def number(chosen: Sequence[Any]) -> int:
        return sum(row.number for row in chosen)

    ruled = [row for row in rows if row.quorate is not None]
    return (
        Share(number([row for row in ruled if row.quorate]), number(ruled)),
        Share(number([row for row in rows if row.reasoned]), number(rows)),
    )


def actions_in_time(period: Period) -> Share:
    """Actions that were done by their date, of those on items and decisions that were due in the period.

    What turned out not to be possible is left out of both numbers, for it is not the same as not done. What is due
    after today is left out as long as it is open.
    """
    return Share(*kept_in_time(PLUGIN, (ITEM, DECISION), period.first, period.after, today()))


def to_discussion(period: Period) -> tuple[int, float | None]:
    """How many proposals were discussed in the period, and the median of the days that they had waited.

    From the moment of the proposal to the one at which its item was taken up, in days of 24 hours; None where nothing
    was discussed. Restricted proposals are left out.
    """
    zone = ZoneInfo(current_city().zone)
    first, after = (datetime.combine(day, time(), zone) for day in (period.first, period.after))
    waited = [
        max(0.0, (row.discussed_at - row.created_at).total_seconds() / 86_400)
        for row in db.session.execute(
            select(Proposal.discussed_at, Proposal.created_at).where(
                Proposal.discussed_at >= first,
                Proposal.discussed_at < after,
                Proposal.restricted.is_(False),
            )
        )
    ]
    return len(waited), round(median(waited), 1) if waited else None
