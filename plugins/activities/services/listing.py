"""The list of activities: filters, search, order, and pages that stay right while records come and go."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

from core.api import Organisation, Period, Viewer, db, search_key, until_changed
from plugins.activities.models import Activity, Partner
from plugins.activities.services.access import VISIBLE, sight
from plugins.activities.words import (
    LEVELS,
    PERIODS,
    STATUS_FILTERS,
    TARGET_GROUPS,
    TYPES,
    Status,
    Visibility,
)

PAGE_SIZE = 30
REPORT_WITHIN = timedelta(days=3)
SORTS = ("date", "title", "organisation", "participants")
_LONGEST_SEARCH = 200
_MOST_WORDS = 8
_MOST_PARTICIPANTS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of a list asks for; what it does not know is dropped.

    ``open_to`` is ``all`` for what every member may see: without what organisations keep to themselves.
    """

    q: str = ""
    type: str = ""
    status: str = ""
    organisation: str = ""
    level: str = ""
    group: str = ""
    period: str = ""
    open_to: str = ""
    sort: str = "-date"

    @property
    def order(self) -> tuple[str, bool]:
        """The column, and whether the largest comes first."""
        return self.sort.lstrip("-"), self.sort.startswith("-")

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order is asked for."""
        return replace(self, sort="") != Filters(sort="")

    def address(self, **changes: str) -> dict[str, str]:
        """The arguments of the address that asks for this, with some changed; what is usual is left out."""
        asked = {name: getattr(self, name) for name in self.__slots__} | changes
        return {
            name: value
            for name, value in asked.items()
            if value and (name, value) != ("sort", "-date")
        }


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """The filters of an address, whatever it holds."""
    known: dict[str, Collection[str]] = {
        "type": TYPES, "status": STATUS_FILTERS, "level": LEVELS, "group": TARGET_GROUPS,
        "open_to": {"all"},
        "sort": {*SORTS, *(f"-{name}" for name in SORTS)},
    }  # fmt: skip
    asked = {
        name: value
        for name, values in known.items()
        if (value := arguments.get(name, "")) in values
    }
    organisation, period = arguments.get("organisation", ""), arguments.get("period", "")
    return Filters(
        q=" ".join(arguments.get("q", "").split())[:_LONGEST_SEARCH],
        organisation=organisation if len(organisation) == 16 and organisation.isalnum() else "",
        period=period if period in PERIODS or Period.named(period) else "",
        **asked,
    )


def period_days(period: str, today: date) -> tuple[date | None, date | None]:
    """The first day of a period, and the first day after it; None where it is open."""
    if named := Period.named(period):
        return named.first, named.after
    month = today.replace(day=1)
    quarter = quarter_of(today)
    year = date(today.year, 1, 1)
    match period:
        case "coming":
            return today, None
        case "this_month":
            return month, months_on(month, 1)
        case "this_quarter":
            return quarter, months_on(quarter, 3)
        case "last_quarter":
            return months_on(quarter, -3), quarter
        case "this_year":
            return year, date(today.year + 1, 1, 1)
        case "last_year":
            return date(today.year - 1, 1, 1), year
        case _:
            return None, None


def quarter_of(day: date) -> date:
    """The first day of the quarter in which ``day`` lies."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def months_on(first: date, months: int) -> date:
    """The first day of the month so many months after that of ``first``."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def holds_code(column: Any, code: str) -> ColumnElement[bool]:
    """The condition that a column of codes holds ``code``."""
    return type_coerce(column, String).contains(f",{code},", autoescape=True)


def took_place() -> ColumnElement[bool]:
    """The condition that leaves what has happened."""
    return Activity.status.in_([Status.HELD.value, Status.REPORTED.value])


def report_due(today: date) -> date:
    """The last day whose activities should have a report by now: three days are left to write it."""
    return today - REPORT_WITHIN


def unreported(due: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that leaves what the viewer's organisation leads, ended by ``due``, and lacks a report.

    Held without a result, or planned and never said to have been held. The organisation is a parameter, as in
    ``access.VISIBLE``.
    """
    return and_(
        Activity.organisation_id == bindparam("seen_from"),
        Activity.status.in_([Status.HELD.value, Status.PLANNED.value]),
        Activity.end_date <= due,
    )


def _conditions(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [VISIBLE]
    for column, value in (
        (Activity.type, filters.type),
        (Activity.level, filters.level),
    ):
        if value:
            found.append(column == value)
    if filters.status == "took_place":
        found.append(took_place())
    elif filters.status == "unreported":
        found.append(unreported(report_due(today)))
    elif filters.status:
        found.append(Activity.status == filters.status)
    if filters.organisation:
        took_part = exists().where(
            Partner.city_id == Activity.city_id,
            Partner.activity_id == Activity.id,
            Partner.organisation_id == filters.organisation,
        )
        found.append(or_(Activity.organisation_id == filters.organisation, took_part))
    if filters.open_to:
        found.append(Activity.visibility == Visibility.MEMBERS.value)
    if filters.group:
        found.append(holds_code(Activity.target_groups, filters.group))
    first, after = period_days(filters.period, today)
    if first is not None:
        # What has begun and goes on is still coming; every other period counts by the first day.
        found.append((Activity.start_date if after else Activity.end_date) >= first)
    if after is not None:
        found.append(Activity.start_date < after)
    found.extend(
        or_(
            Activity.search_text.contains(word, autoescape=True),
            Organisation.search_text.contains(word, autoescape=True),
        )
        for word in search_key(filters.q).split()[:_MOST_WORDS]
    )
    return found


def narrow(query: Select[Any], filters: Filters, today: date) -> Select[Any]:
    """``query`` with the activities' organisations, and what the filters leave; wants the parameters of ``sight``."""
    return query.join(
        Organisation,
        and_(Organisation.city_id == Activity.city_id, Organisation.id == Activity.organisation_id),
    ).where(*_conditions(filters, today))


# The same for every reader, so that those who ask for the same share one statement.
@lru_cache(maxsize=128)
def _count_query(filters: Filters, today: date) -> Select[Any]:
    query = select(func.count()).select_from(Activity)
    # Only a search looks at organisations.
    return narrow(query, filters, today) if filters.q else query.where(*_conditions(filters, today))


@until_changed
def count_activities(filters: Filters, viewer: Viewer, today: date) -> int:
    """How many activities the filters leave; at most one query."""
    return db.session.scalar(_count_query(filters, today), sight(viewer)) or 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, and the marks of the pages before and after it, empty where there is none."""

    rows: list[Row[Any]]
    before: str
    after: str


_COLUMNS = (
    Activity.id,
    Activity.title,
    Activity.language,
    Activity.translations,
    Activity.type,
    Activity.status,
    Activity.visibility,
    Activity.series_id,
    Activity.start_date,
    Activity.end_date,
    Activity.participants,
    Activity.expected,
    Activity.estimated,
    Organisation.names.label("organisation_names"),
)
# Unnumbered activities stand after all numbered ones when the largest comes first.
SORT_KEYS: dict[str, Any] = {
    "date": Activity.start_utc,
    "title": Activity.sort_key,
    "organisation": Organisation.sort_key,
    "participants": func.coalesce(Activity.participants, -1),
}


@lru_cache(maxsize=128)
def _page_query(
    filters: Filters, today: date, falling: bool, mark: tuple[Any, str] | None
) -> Select[Any]:
    key = SORT_KEYS[filters.order[0]]
    query = narrow(select(*_COLUMNS, key.label("key")), filters, today)
    if mark is not None:
        value, identifier = mark
        beyond = key < value if falling else key > value
        beyond_id = Activity.id < identifier if falling else Activity.id > identifier
        query = query.where(or_(beyond, and_(key == value, beyond_id)))
    ends = (key.desc(), Activity.id.desc()) if falling else (key.asc(), Activity.id.asc())
    return query.order_by(*ends).limit(PAGE_SIZE + 1)


def list_activities(
    filters: Filters, viewer: Viewer, today: date, *, before: str = "", after: str = ""
) -> Page:
    """One page of the list; one query.

    ``before`` and ``after`` are marks of an earlier page's edge. A mark that cannot be read gives the first page.
    """
    name, descending = filters.order
    mark = _read_mark(name, before or after)
    backwards = bool(before) and mark is not None
    falling = descending != backwards
    query = _page_query(filters, today, falling, mark)
    rows = list(db.session.execute(query, sight(viewer)))
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    has_before = more if backwards else mark is not None
    has_after = backwards or more
    return Page(
        rows,
        before=_write_mark(rows[0]) if rows and has_before else "",
        after=_write_mark(rows[-1]) if rows and has_after else "",
    )


def _write_mark(row: Row[Any]) -> str:
    key = row.key.isoformat() if isinstance(row.key, datetime) else row.key
    return base64.urlsafe_b64encode(json.dumps([key, row.id]).encode()).decode().rstrip("=")


def _read_mark(sort: str, mark: str) -> tuple[Any, str] | None:
    if not mark or len(mark) > 1000:
        return None
    try:
        key, identifier = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        return None
    if not isinstance(identifier, str) or not identifier.isascii() or "\x00" in identifier:
        return None
    if sort == "participants":
        fits = isinstance(key, int) and abs(key) < _MOST_PARTICIPANTS
        return (key, identifier) if fits else None
    if not isinstance(key, str) or any(
        sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in key
    ):
        return None
    if sort != "date":
        return key, identifier
    try:
        moment = datetime.fromisoformat(key)
        return moment.astimezone(UTC), identifier
    except (ValueError, OverflowError):
        return None
