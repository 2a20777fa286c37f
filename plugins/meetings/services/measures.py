"""What can be counted of meetings, each number with its exact definition. What is restricted is in none of them.

A period goes by the dates of the meetings in their own time. Every number is the city's and the same for all readers,
so it may stand in a report: it tells of no restricted item, not even that there was one, of no minutes that are still
being written, and of nothing that fewer than three people did. Each leads to a list of exactly what was counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from statistics import median
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from core.api import (
    FEWEST_PEOPLE,
    SECTORS,
    STRETCH,
    Measure,
    MeasurePart,
    Period,
    Records,
    db,
    in_periods,
    kept_in_time,
    today,
    utcnow,
)
from core.api import gettext as _
from plugins.meetings.models import Body, Decision, Item, Meeting, Proposal
from plugins.meetings.services.access import item_open_to_all, minutes_open_to_all
from plugins.meetings.services.proposals import days_waited, first_moment_here
from plugins.meetings.services.seats import HELD, Seats, Share, by_sector, told
from plugins.meetings.words import PLUGIN


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one period."""

    held: Share
    seats: Sequence[Seats]
    quorate: Share
    with_rationale: Share
    in_time: Share
    # Of each proposal that was discussed, how many days it had waited.
    waited: Sequence[float]


def measures(periods: Sequence[Period]) -> Iterator[tuple[Measure, ...]]:
    """Every number of each of ``periods``, for the city in force; five queries, however many periods there are."""
    counted = zip(
        held(periods),
        by_sector(periods),
        decided(periods),
        kept_in_time(PLUGIN, periods, today()),
        to_discussion(periods),
        strict=True,
    )
    for period, (happened, seats, decisions, done, waited) in zip(periods, counted, strict=True):
        yield tuple(_told(period.name, Counted(happened, seats, *decisions, Share(*done), waited)))


def _told(period: str, counted: Counted) -> Iterator[Measure]:
    year = {"year": period} if period else {}
    open_to_all = {"open_to": "all", **year}
    yield Measure(
        "held",
        _("Meetings held"),
        _(
            "Of the meetings that were held or convened and whose time has come, those that were "
            "held. Cancelled and postponed ones count as not held."
        ),
        counted.held.value,
        counted.held.of,
        records=Records("meetings.index", {"show": "held", **year}),
    )
    yield _seats_filled(counted.seats, year)
    yield Measure(
        "quorate",
        _("Quorate decisions"),
        _(
            "Of the decisions of bodies with a rule for the quorum, those taken while it was "
            "reached, as soon as their minutes are circulated."
        ),
        counted.quorate.value,
        counted.quorate.of,
        records=Records("meetings.decisions", {"quorate": "yes", **open_to_all}),
    )
    yield Measure(
        "with_rationale",
        _("Decisions with a rationale"),
        _("Of the decisions whose minutes are circulated, those that say why."),
        counted.with_rationale.value,
        counted.with_rationale.of,
        records=Records("meetings.decisions", open_to_all),
    )
    due = {"due": period} if period else {}
    yield Measure(
        "actions_in_time",
        _("Actions done in time"),
        _(
            "Of the actions from meetings that were due in the period, those done by their date. "
            "What was not possible and what is not due yet is left out."
        ),
        counted.in_time.value,
        counted.in_time.of,
        records=Records(
            "actions.index",
            {"whose": "all", "show": "done_or_late", "of": PLUGIN, "open_to": "all", **due},
        ),
    )
    discussed = Records(
        "meetings.proposals", {"discussed": period, "open_to": "all"} if period else {}
    )
    yield Measure(
        "proposals_discussed",
        _("Proposals discussed"),
        _("Proposals of members that were taken up at a meeting."),
        len(counted.waited),
        records=discussed,
    )
    yield Measure(
        "days_to_discussion",
        _("Days from a proposal to its discussion"),
        _("Half of the proposals discussed had waited no longer (the median)."),
        round(median(counted.waited), 1) if counted.waited else None,
        records=discussed,
        why=_("No proposal was discussed."),
    )


def _seats_filled(seats: Sequence[Seats], year: dict[str, str]) -> Measure:
    may = told(seats)
    parts = [
        MeasurePart(
            each.sector, str(SECTORS.get(each.sector, each.sector)), each.filled.value, each.filled.of,
            Records("meetings.seats", {"sector": each.sector, **year}),
        )
        for each in may.sectors
    ]  # fmt: skip
    if may.others is not None:
        parts.append(
            # Beside the year before only where the same sectors stand together in both.
            MeasurePart(
                f"others {' '.join(may.together)}",
                _("Other sectors together"),
                may.others.value,
                may.others.of,
            )
        )
    return Measure(
        "attendance",
        _("Seats filled"),
        _(
            "Of the seats of chairs and members at the meetings held, those that were filled by "
            "them or by somebody in their place. A sector stands by itself if its seats were those "
            "of %(num)s people or more.",
            num=FEWEST_PEOPLE,
        ),
        may.all.value if may.all else None,
        may.all.of if may.all else None,
        tuple(parts),
        Records("meetings.seats", year),
        _("Fewer than %(num)s people had a seat, so it would tell of each.", num=FEWEST_PEOPLE),
    )


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time())


def held(periods: Sequence[Period]) -> list[Share]:
    """Meetings held, of those planned, in each of ``periods``; one query.

    Planned are the meetings of the period that were held, and those whose time has come and that were convened, also
    if they were cancelled or postponed afterwards. A draft that nobody was told of is no plan.
    """
    is_held = Meeting.state.in_(HELD)
    number, inside = in_periods(Meeting.wall_start, periods, _first_moment)
    rows = db.session.execute(
        select(
            number, func.sum(case((is_held, 1), else_=0)).label("held"), func.count().label("all")
        )
        .where(
            inside,
            or_(is_held, and_(Meeting.convened_at.is_not(None), Meeting.end_utc <= utcnow())),
        )
        .group_by(STRETCH)
    )
    found = {row.stretch: Share(int(row.held), row.all) for row in rows}
    return [found.get(place, Share(0, 0)) for place in range(len(periods))]


def decided(periods: Sequence[Period]) -> list[tuple[Share, Share]]:
    """Two shares of the decisions of each of ``periods`` that every member may read; one query.

    Quorate ones, of those taken where the body had a rule for its quorum; and those whose rationale says something, of
    all. Withdrawn and replaced decisions count as well: they were taken.
    """
    number, inside = in_periods(Decision.decided_on, periods)
    rows = db.session.execute(
        select(
            number,
            Decision.quorate,
            case((func.trim(Decision.rationale) != "", 1), else_=0).label("reasoned"),
            func.count().label("number"),
        )
        .join(Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id))
        .join(Meeting, and_(Meeting.city_id == Decision.city_id, Meeting.id == Decision.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(inside, item_open_to_all(), minutes_open_to_all())
        .group_by(STRETCH, Decision.quorate, "reasoned")
    ).all()

    def share(chosen: Sequence[Any], good: str) -> Share:
        return Share(
            sum(row.number for row in chosen if getattr(row, good)),
            sum(row.number for row in chosen),
        )

    found = []
    for place in range(len(periods)):
        here = [row for row in rows if row.stretch == place]
        ruled = [row for row in here if row.quorate is not None]
        found.append((share(ruled, "quorate"), share(here, "reasoned")))
    return found


def to_discussion(periods: Sequence[Period]) -> list[list[float]]:
    """The days that each proposal discussed in each of ``periods`` had waited; one query.

    From the moment of the proposal to the one at which its item was taken up, in days of 24 hours. Restricted proposals
    are left out.
    """
    number, inside = in_periods(Proposal.discussed_at, periods, first_moment_here)
    found: list[list[float]] = [[] for _period in periods]
    for row in db.session.execute(
        select(number, Proposal.discussed_at, Proposal.created_at).where(
            inside, Proposal.restricted.is_(False)
        )
    ):
        found[row.stretch].append(days_waited(row.created_at, row.discussed_at))
    return found
