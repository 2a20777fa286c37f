"""The register of decisions over all meetings: what an address asks for, and one page of it at a time.

It is made by the disclosure function's own condition and views. What is not open to the reader is neither shown nor
counted, and of an earlier or later decision that is not open to them nothing is told either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Bundle

from core.api import (
    ActionLine,
    Period,
    Viewer,
    clean,
    db,
    kept_alias,
    name_of,
    search_key,
    subjects_with_actions,
    today,
    valid_id,
)
from plugins.meetings.models import Body, Decision, Item, Meeting
from plugins.meetings.services import linking
from plugins.meetings.services.access import (
    DECISION,
    ITEM,
    item_open,
    item_open_to_all,
    meeting_visible,
    minutes_open,
    minutes_open_to_all,
    plain_open,
    reader_with,
    ref_of,
)
from plugins.meetings.services.disclosure import (
    decision_label,
    decision_open,
    decision_view,
    title_of,
)
from plugins.meetings.services.known import DecisionView
from plugins.meetings.services.texts import Words, words_for
from plugins.meetings.words import (
    DECISION_STATES,
    ITEM_KINDS,
    OPEN_TO,
    PLUGIN,
    PUBLICITY,
    QUORATE,
    RULES,
    STATES_OF_ACTIONS,
)

PAGE = 30
LONGEST_SEARCH = 200
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the register asks for; ``year`` may name a quarter too (see ``Period.name``).

    ``open_to`` is ``all`` for the decisions that every member may read.
    """

    q: str = ""
    body: str = ""
    year: str = ""
    kind: str = ""
    rule: str = ""
    publicity: str = ""
    quorate: str = ""
    actions: str = ""
    state: str = ""
    open_to: str = ""

    def address(self, **changes: str) -> dict[str, Any]:
        """The arguments of the address that asks for this, with some changed; what is usual is left out."""
        held = {item.name: getattr(self, item.name) for item in fields(self)} | changes
        return {name: value for name, value in held.items() if value}


KNOWN: Mapping[str, Mapping[str, Any]] = {
    "kind": ITEM_KINDS,
    "rule": RULES,
    "publicity": PUBLICITY,
    "quorate": QUORATE,
    "actions": STATES_OF_ACTIONS,
    "state": DECISION_STATES,
    "open_to": OPEN_TO,
}


def read_filters(asked: Mapping[str, str]) -> Filters:
    """The filters of an address; what the register does not know is dropped."""
    body, year = asked.get("body", ""), asked.get("year", "")
    return Filters(
        q=" ".join((clean(asked.get("q", "")) or "").split())[:LONGEST_SEARCH],
        body=body if valid_id(body) else "",
        year=year if Period.named(year) else "",
        **{name: asked[name] for name, known in KNOWN.items() if asked.get(name) in known},
    )


@dataclass(frozen=True, slots=True)
class Other:
    """An earlier or later decision that is open to the reader: what it is cited by, and on which item it was taken."""

    id: str
    label: str
    item_id: str


@dataclass(frozen=True, slots=True)
class Line:
    """A decision in the register, and what became of it."""

    decision: DecisionView
    meeting_id: str
    meeting: Words
    body: str
    item: Words
    kind: str
    restricted: bool
    actions: tuple[ActionLine, ...] = ()
    replaced_by: Other | None = None
    replaces: Other | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the register, and the marks from which its neighbours are reached."""

    lines: tuple[Line, ...]
    before: str = ""
    after: str = ""


_marked = kept_alias(Decision)

# -- Conditions ------------------------------------------------------------------------------------------------


def joined(query: Any) -> Any:
    """``query`` over decisions with what says who may read them."""
    return (
        query.join(Item, and_(Item.city_id == Decision.city_id, Item.id == Decision.item_id))
        .join(Meeting, and_(Meeting.city_id == Decision.city_id, Meeting.id == Decision.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
    )


def _with_actions(show: str) -> ColumnElement[bool]:
    day = today()
    return or_(
        Decision.id.in_(subjects_with_actions(PLUGIN, DECISION, show, day)),
        Decision.item_id.in_(subjects_with_actions(PLUGIN, ITEM, show, day)),
    )


def conditions(filters: Filters, viewer: Viewer) -> list[ColumnElement[bool]]:
    """What the filters leave of the decisions that ``viewer`` may read; for a statement that is :func:`joined`."""
    found: list[ColumnElement[bool]] = [decision_open(viewer)]
    if filters.body:
        found.append(Meeting.body_id == filters.body)
    if period := Period.named(filters.year):
        found += [Decision.decided_on >= period.first, Decision.decided_on < period.after]
    for column, value in (
        (Item.kind, filters.kind),
        (Decision.rule, filters.rule),
        (Decision.publicity, filters.publicity),
        (Decision.state, filters.state),
    ):
        if value:
            found.append(column == value)
    if filters.quorate:
        told = {"yes": True, "no": False, "no_rule": None}[filters.quorate]
        found.append(Decision.quorate.is_(told))
    if filters.open_to:
        found += [item_open_to_all(), minutes_open_to_all()]
    match filters.actions:
        case "none":
            found.append(~_with_actions("any"))
        case "open" | "late":
            found.append(_with_actions(filters.actions))
        case "done":
            found += [_with_actions("any"), ~_with_actions("open")]
    found += [
        Decision.search_text.contains(word, autoescape=True)
        for word in search_key(filters.q).split()[:MOST_WORDS]
    ]
    return found


# The latest first, and of one meeting the last; the index of the register has the same order.
ORDER = (Decision.decided_on, Decision.meeting_id, Decision.apart, Decision.number)


def count_decisions(filters: Filters, viewer: Viewer) -> int:
    """How many decisions the filters leave; one query."""
    if not filters.address():
        asked = {"reader": viewer.membership_id}
        return db.session.scalar(_of_all(viewer.permissions), asked) or 0
    query = joined(select(func.count()).select_from(Decision))
    return db.session.scalar(query.where(*conditions(filters, viewer))) or 0


# Kept, as the two below: the register is opened without a filter, and making its statements took longer than answering.
@lru_cache(maxsize=64)
def _of_all(permissions: frozenset[str]) -> Select[Any]:
    """The number without a filter, for which no item is looked up but those of restricted decisions, which are few."""
    viewer = reader_with(permissions)
    # With its own meeting, so that each condition of the item finds the one that it speaks of.
    item = (
        select(Item.id)
        .join(Meeting, and_(Meeting.city_id == Item.city_id, Meeting.id == Item.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(Item.city_id == Decision.city_id, Item.id == Decision.item_id, item_open(viewer))
        .correlate(Decision)
    )
    return (
        select(func.count())
        .select_from(Decision)
        .join(Meeting, and_(Meeting.city_id == Decision.city_id, Meeting.id == Decision.meeting_id))
        .join(Body, and_(Body.city_id == Meeting.city_id, Body.id == Meeting.body_id))
        .where(
            meeting_visible(viewer),
            minutes_open(viewer),
            # A decision is apart exactly where its item is restricted.
            or_(
                and_(Decision.apart.is_(False), plain_open(viewer)),
                and_(Decision.apart.is_(True), item.exists()),
            ),
        )
    )


@lru_cache(maxsize=64)
def _ends(permissions: frozenset[str]) -> Select[Any]:
    days = joined(select(Decision.decided_on).select_from(Decision)).where(
        decision_open(reader_with(permissions))
    )
    # From each end of the register: the smallest and the greatest of all would be looked for in all.
    ends = [
        days.order_by(*order).limit(1).scalar_subquery()
        for order in (ORDER, [column.desc() for column in ORDER])
    ]
    found: Select[Any] = select(*ends)
    return found


def years(viewer: Viewer) -> list[int]:
    """The years from which ``viewer`` may read decisions, the latest first; one query."""
    first, last = db.session.execute(
        _ends(viewer.permissions), {"reader": viewer.membership_id}
    ).one()
    return list(range(last.year, first.year - 1, -1)) if first is not None else []


# -- Rows ------------------------------------------------------------------------------------------------------


def columns() -> Select[Any]:
    """What a line is made of."""
    # Of the item and the meeting only what stands in the line: a row of either is as wide as that of the decision.
    item: Any = Bundle(
        "Item", Item.id, Item.title, Item.language, Item.translations, Item.kind, Item.restricted
    )
    meeting: Any = Bundle(
        "Meeting", Meeting.id, Meeting.number, Meeting.title, Meeting.language, Meeting.translations
    )
    query: Select[Any] = joined(select(Decision, item, meeting, Body.names))
    return query


def lines_of(rows: Sequence[Row[Any]], viewer: Viewer) -> list[Line]:
    """Rows of :func:`columns`, all open to ``viewer``, with what became of them; four queries at most."""
    ids = [row.Decision.id for row in rows]
    refs = [ref_of(DECISION, each) for each in ids]
    refs += [ref_of(ITEM, each) for each in dict.fromkeys(row.Item.id for row in rows)]
    actions = linking.actions_told(refs, viewer) if rows else {}
    later = _others(
        Decision.replaces_id,
        [row.Decision.id for row in rows if row.Decision.state != "in_force"],
        viewer,
    )
    earlier = _others(
        Decision.id, [row.Decision.replaces_id for row in rows if row.Decision.replaces_id], viewer
    )
    return [
        Line(
            decision_view(row.Decision, row.Meeting.number, viewer.locale),
            row.Meeting.id,
            title_of(
                row.Meeting.title, row.Meeting.language, row.Meeting.translations, row.Meeting.number,
                row.names, viewer.locale,
            ),
            name_of(row.names, viewer.locale),
            words_for(
                row.Item.title, row.Item.language, row.Item.translations, "title", viewer.locale
            ),
            row.Item.kind,
            row.Item.restricted,
            actions.get(ref_of(DECISION, row.Decision.id), ())
            + actions.get(ref_of(ITEM, row.Item.id), ()),
            later.get(row.Decision.id),
            earlier.get(row.Decision.replaces_id or ""),
        )
        for row in rows
    ]  # fmt: skip


def _others(key: Any, wanted: Sequence[str], viewer: Viewer) -> dict[str, Other]:
    if not wanted:
        return {}
    # By themselves, so that the few are looked up first: almost no decision replaces one, and to SQLite that looks as
    # if its index led to all of them.
    found = select(_marked.id).where(getattr(_marked, key.key).in_(wanted))
    rows = db.session.execute(
        joined(
            select(
                Decision.id, Decision.number, Decision.apart, Decision.item_id, key.label("key"),
                Meeting.number.label("meeting_number"),
            ).select_from(Decision)
        ).where(Decision.id.in_(found), decision_open(viewer))
    )  # fmt: skip
    return {
        row.key: Other(
            row.id, decision_label(row.meeting_number, row.number, row.apart), row.item_id
        )
        for row in rows
    }


# What a mark holds, as parameters of the statement.
_MARK = tuple(f"mark_{column.key}" for column in ORDER)


def _rows(wanted: Iterable[ColumnElement[bool]], way: str) -> Select[Any]:
    """One row more than a page of what is ``wanted``, the first, or those ``before`` or ``after`` a mark."""
    query = columns().where(*wanted)
    if way:
        at = tuple_(
            *(bindparam(name, type_=column.type) for name, column in zip(_MARK, ORDER, strict=True))
        )
        place = tuple_(*ORDER)
        query = query.where(place > at if way == "before" else place < at)
    order = [column if way == "before" else column.desc() for column in ORDER]
    return query.order_by(*order).limit(PAGE + 1)


@lru_cache(maxsize=64)
def _all_rows(permissions: frozenset[str], way: str) -> Select[Any]:
    return _rows([decision_open(reader_with(permissions))], way)


def list_decisions(filters: Filters, viewer: Viewer, *, before: str = "", after: str = "") -> Page:
    """The rows after the one called ``after``, or before ``before``, else the first; six queries at most.

    A mark that names no row any more leads to the first page.
    """
    mark = None
    if valid_id(before or after):
        mark = db.session.execute(
            select(
                _marked.decided_on, _marked.meeting_id, _marked.apart, _marked.number
            ).where(_marked.id == (before or after))
        ).first()  # fmt: skip
    backwards = bool(before) and mark is not None
    way = "" if mark is None else "before" if backwards else "after"
    query = (
        _rows(conditions(filters, viewer), way)
        if filters.address()
        else _all_rows(viewer.permissions, way)
    )
    asked = dict(zip(_MARK, mark or (), strict=False)) | {"reader": viewer.membership_id}
    rows = list(db.session.execute(query, asked))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    lines = tuple(lines_of(rows, viewer))
    if not lines:
        return Page(lines)
    has_before = more if backwards else mark is not None
    return Page(
        lines,
        lines[0].decision.id if has_before else "",
        lines[-1].decision.id if backwards or more else "",
    )
