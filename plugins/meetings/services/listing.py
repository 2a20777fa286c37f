"""The list of meetings: what an address asks for, and one page of it at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any

from sqlalchemy import and_, func, or_, select

from core.api import (
    Membership,
    Period,
    Viewer,
    db,
    kept_alias,
    name_of,
    until_changed,
    utcnow,
    valid_id,
)
from plugins.meetings.models import Body, Meeting
from plugins.meetings.services.access import meeting_visible
from plugins.meetings.services.disclosure import title_of
from plugins.meetings.services.texts import Words
from plugins.meetings.words import SHOWN, State

PAGE = 30
# Of those that come next; a page shows a few of them, without what ended within the hour.
MOST_COMING = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for; ``year`` may name a quarter too (see ``Period.name``)."""

    body: str = ""
    show: str = ""
    year: str = ""

    def address(self, **changes: str) -> dict[str, Any]:
        """The arguments of the address that asks for this, with some changed; what is usual is left out."""
        held = {item.name: getattr(self, item.name) for item in fields(self)} | changes
        return {name: value for name, value in held.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """A meeting as lists show it."""

    id: str
    title: Words
    body: str
    number: int
    state: State
    wall_start: datetime
    wall_end: datetime
    end: datetime
    place: str
    chair: str
    draft: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and the marks from which its neighbours are reached."""

    lines: tuple[Line, ...]
    before: str = ""
    after: str = ""


def read_filters(asked: Mapping[str, str]) -> Filters:
    """The filters of an address; what the list does not know is dropped."""
    body, show, year = (asked.get(name, "") for name in ("body", "show", "year"))
    return Filters(
        body if valid_id(body) else "",
        show if show in SHOWN else "",
        year if Period.named(year) else "",
    )


def within(period: Period) -> list[Any]:
    """The conditions that leave the meetings of a period, by their dates in their own time."""
    return [
        Meeting.wall_start >= datetime.combine(period.first, time()),
        Meeting.wall_start < datetime.combine(period.after, time()),
    ]


def _conditions(filters: Filters, viewer: Viewer) -> list[Any]:
    found: list[Any] = [meeting_visible(viewer)]
    if filters.body:
        found.append(Meeting.body_id == filters.body)
    if period := Period.named(filters.year):
        found += within(period)
    if filters.show == "coming":
        found.append(
            and_(
                Meeting.state.in_([State.DRAFT.value, State.CONVENED.value]),
                Meeting.end_utc >= utcnow(),
            )
        )
    elif filters.show == "held":
        found.append(Meeting.state.in_([state.value for state in State if state.held]))
    elif filters.show == "minutes_due":
        found.append(
            Meeting.state.in_(
                [State.IN_PROGRESS.value, State.MINUTES.value, State.CIRCULATED.value]
            )
        )
    elif filters.show:
        found.append(Meeting.state == filters.show)
    return found


_chair = kept_alias(Membership)
_LINES = (
    select(Meeting, Body.names, _chair.shown_name)
    .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
    .outerjoin(_chair, and_(_chair.city_id == Meeting.city_id, _chair.id == Meeting.chair_id))
)


def line_of(row: Any, viewer: Viewer) -> Line:
    """A row of the list in the reader's language."""
    meeting: Meeting = row.Meeting
    return Line(
        meeting.id,
        title_of(
            meeting.title,
            meeting.language,
            meeting.translations,
            meeting.number,
            row.names,
            viewer.locale,
        ),
        name_of(row.names, viewer.locale),
        meeting.number,
        State(meeting.state),
        meeting.wall_start,
        meeting.wall_end,
        meeting.end_utc,
        meeting.place,
        row.shown_name or "",
        meeting.state == State.DRAFT,
    )


def count_meetings(filters: Filters, viewer: Viewer) -> int:
    """How many meetings the filters leave; one query."""
    return (
        db.session.scalar(
            select(func.count()).select_from(Meeting).where(*_conditions(filters, viewer))
        )
        or 0
    )


def list_meetings(
    filters: Filters, viewer: Viewer, *, before: str = "", after: str = "", also: Any = None
) -> Page:
    """The latest first: the rows after the one called ``after``, or before ``before``; two queries at most.

    ``also`` is a further condition.
    A mark that names no row any more leads to the first page.
    """
    mark = None
    if valid_id(before or after):
        mark = db.session.execute(
            select(Meeting.start_utc, Meeting.id).where(Meeting.id == (before or after))
        ).first()
    query = _LINES.where(*_conditions(filters, viewer))
    if also is not None:
        query = query.where(also)
    backwards = bool(before) and mark is not None
    if mark is not None:
        earlier = or_(
            Meeting.start_utc < mark.start_utc,
            and_(Meeting.start_utc == mark.start_utc, Meeting.id < mark.id),
        )
        later = or_(
            Meeting.start_utc > mark.start_utc,
            and_(Meeting.start_utc == mark.start_utc, Meeting.id > mark.id),
        )
        query = query.where(later if backwards else earlier)
    if backwards:
        query = query.order_by(Meeting.start_utc, Meeting.id)
    else:
        query = query.order_by(Meeting.start_utc.desc(), Meeting.id.desc())
    rows = list(db.session.execute(query.limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    lines = tuple(line_of(row, viewer) for row in rows)
    if not lines:
        return Page(lines)
    has_before = more if backwards else mark is not None
    has_after = True if backwards else more
    return Page(
        lines,
        lines[0].id if has_before else "",
        lines[-1].id if has_after else "",
    )


def coming(viewer: Viewer, most: int) -> tuple[Line, ...]:
    """The next meetings that are convened or being prepared, and what is held now; one query at most."""
    now = utcnow()
    found = _coming(viewer, now.replace(minute=0, second=0, microsecond=0))
    return tuple(line for line in found if line.state is State.IN_PROGRESS or line.end >= now)[
        :most
    ]


@until_changed(most=256)
def _coming(viewer: Viewer, hour: datetime) -> tuple[Line, ...]:
    """What was not over at the full hour: the home page asks for the same again and again."""
    rows = db.session.execute(
        _LINES.where(
            meeting_visible(viewer),
            or_(
                Meeting.state == State.IN_PROGRESS.value,
                and_(
                    Meeting.state.in_([State.DRAFT.value, State.CONVENED.value]),
                    Meeting.end_utc >= hour,
                ),
            ),
        )
        .order_by(Meeting.start_utc, Meeting.id)
        .limit(MOST_COMING)
    )
    return tuple(line_of(row, viewer) for row in rows)
