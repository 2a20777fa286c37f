"""Seats at the meetings held and whether they were filled: by sector for the figures, and meeting by meeting.

A seat is a row of a chair or a member on the list of a meeting that was held. It is filled by whoever has it, or by
somebody in their place, who was marked as present. Guests, observers, and people of no organisation have no seat. The
organisation is the one that the person spoke for on that day.

A figure leaves the house, and what fewer than three people did says too much of each of them. Where a sector is one
person, "justice: 9 of 12" is that person's attendance. So a figure names a sector from :data:`FEWEST_PEOPLE` people on;
the others stand together, and are never fewer either, or what is left of the sum would tell of them. Whoever may read
the lists of attendance reads every sector meeting by meeting.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.api import (
    FEWEST_PEOPLE,
    STRETCH,
    Organisation,
    Period,
    Viewer,
    db,
    in_periods,
)
from plugins.meetings.models import Attendance, Meeting
from plugins.meetings.services.access import meeting_visible
from plugins.meetings.services.listing import Filters, Page, list_meetings, within
from plugins.meetings.words import State

HELD = [state.value for state in State if state.held]
_SEATED = ("chair", "member")


@dataclass(frozen=True, slots=True)
class Share:
    """So many ``of`` so many."""

    value: int
    of: int

    def __add__(self, other: "Share") -> "Share":
        return Share(self.value + other.value, self.of + other.of)


@dataclass(frozen=True, slots=True)
class Seats:
    """The seats of a sector in a period, and how many people they were in the quarter in which they were fewest."""

    sector: str
    filled: Share
    people: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a figure tells of seats: all of them, the sectors that are enough people, and the others together.

    ``all`` is None where even all are too few; ``others`` where every sector is told by itself, or none is. Which the
    others are says ``together``, by their code.
    """

    all: Share | None
    sectors: tuple[Seats, ...] = ()
    others: Share | None = None
    together: tuple[str, ...] = ()


def _filled() -> Any:
    instead = aliased(Attendance)
    replaced = exists().where(
        instead.city_id == Attendance.city_id,
        instead.stands_for == Attendance.id,
        instead.status == "present",
    )
    return func.sum(case((or_(Attendance.status == "present", replaced), 1), else_=0)).label(
        "filled"
    )


def _seats(*what: Any) -> Any:
    return (
        select(*what, _filled(), func.count().label("seats"))
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
        .where(Meeting.state.in_(HELD), Attendance.part.in_(_SEATED))
    )


def by_sector(periods: Sequence[Period]) -> list[list[Seats]]:
    """The seats of each of ``periods`` by the sector of the organisation, sectors by their code; one query for all.

    People are counted quarter by quarter. Who takes the figure of three quarters from that of the year reads nothing of
    the fourth that it does not tell itself, and three who had one seat after another are not three people.
    """
    quarters = [
        (place, quarter) for place, period in enumerate(periods) for quarter in _quarters(period)
    ]
    number, inside = in_periods(
        Meeting.wall_start,
        [quarter for _place, quarter in quarters],
        lambda day: datetime.combine(day, time()),
    )
    people = func.count(Attendance.membership_id.distinct()).label("people")
    rows = db.session.execute(
        _seats(number, Organisation.sector, people)
        .where(inside)
        .group_by(STRETCH, Organisation.sector)
        .order_by(Organisation.sector)
    )
    found: list[dict[str, Seats]] = [{} for _period in periods]
    for row in rows:
        here, filled = found[quarters[row.stretch][0]], Share(int(row.filled), row.seats)
        before = here.get(row.sector, Seats(row.sector, Share(0, 0), row.people))
        here[row.sector] = Seats(row.sector, before.filled + filled, min(before.people, row.people))
    return [list(sectors.values()) for sectors in found]


def _quarters(period: Period) -> list[Period]:
    found, first = [], period.first
    while first < period.after:
        quarter = Period.named(f"{first.year}-{(first.month + 2) // 3}")
        after = min(quarter.after, period.after) if quarter else period.after
        found.append(Period(first, after))
        first = after
    return found


def told(seats: Collection[Seats], fewest: int = FEWEST_PEOPLE) -> Told:
    """What a figure may tell of ``seats``: nothing of fewer than ``fewest`` people."""
    total = sum((each.filled for each in seats), Share(0, 0))
    if 0 < sum(each.people for each in seats) < fewest:
        return Told(None)
    few = [each for each in seats if each.people < fewest]
    enough = sorted((each for each in seats if each.people >= fewest), key=lambda one: one.people)
    while few and enough and sum(each.people for each in few) < fewest:
        few.append(enough.pop(0))
    if not enough:
        return Told(total)
    return Told(
        total,
        tuple(sorted(enough, key=lambda one: one.sector)),
        sum((each.filled for each in few), Share(0, 0)) if few else None,
        tuple(sorted(each.sector for each in few)),
    )


# -- Meeting by meeting ----------------------------------------------------------------------------------------


def _with_seat(sector: str) -> ColumnElement[bool]:
    """The condition that leaves meetings at which an organisation, of ``sector`` if it is given, had a seat."""
    return (
        exists()
        .where(
            Attendance.city_id == Meeting.city_id,
            Attendance.meeting_id == Meeting.id,
            Attendance.part.in_(_SEATED),
            Organisation.city_id == Attendance.city_id,
            Organisation.id == Attendance.organisation_id,
            *([Organisation.sector == sector] if sector else []),
        )
        .correlate(Meeting)
    )


@dataclass(frozen=True, slots=True)
class MeetingSeats:
    """A page of the meetings held with the seats of each, and those of all pages by sector."""

    page: Page
    of_meeting: Mapping[str, Share]
    by_sector: Mapping[str, Share]


def meeting_by_meeting(
    filters: Filters, sector: str, viewer: Viewer, *, before: str = "", after: str = ""
) -> MeetingSeats:
    """The meetings held that ``viewer`` may see and that had seats, of ``sector`` alone if it is given.

    Of ``filters`` the body and the period count. Four queries at most.
    """
    asked = Filters(filters.body, "held", filters.year)
    page = list_meetings(asked, viewer, before=before, after=after, also=_with_seat(sector))
    shown = _seats(Meeting.id).where(Meeting.id.in_([line.id for line in page.lines]))
    if sector:
        shown = shown.where(Organisation.sector == sector)
    every = _seats(Organisation.sector).where(meeting_visible(viewer))
    if filters.body:
        every = every.where(Meeting.body_id == filters.body)
    if period := Period.named(filters.year):
        every = every.where(*within(period))
    return MeetingSeats(
        page,
        {
            row.id: Share(int(row.filled), row.seats)
            for row in db.session.execute(shown.group_by(Meeting.id))
        },
        {
            row.sector: Share(int(row.filled), row.seats)
            for row in db.session.execute(
                every.group_by(Organisation.sector).order_by(Organisation.sector)
            )
        },
    )
