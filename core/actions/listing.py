"""The lists of actions: what is asked for, one page of it at a time, what one person owes, what hangs on a subject."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.actions.access import ref_of, visible_to
from core.actions.models import Action
from core.actions.words import SHOWN, STATUSES, WHOSE, Status
from core.content.services import translations_of
from core.content.states import State
from core.database import db
from core.directory.services import partners
from core.figures.counting import STRETCH, in_periods
from core.folding import search_key
from core.forms import clean, valid_id
from core.i18n.languages import SCRIPT_SISTERS
from core.identity.models import Membership
from core.registry import plugin_registry
from core.tenancy import current_city_id
from core.values import Period, Ref, Viewer

PAGE = 30
OWED = 6
LONGEST_SEARCH = 200
_MOST_WORDS = 8
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for. ``whose`` is empty for one's own, ``show`` for what is not finished.

    ``due`` names the year or quarter in which they are due (see ``Period.name``), ``of`` the plugin from whose records
    they come. ``open_to`` is ``all`` for those that every member may see.
    """

    whose: str = ""
    show: str = ""
    organisation: str = ""
    q: str = ""
    due: str = ""
    of: str = ""
    open_to: str = ""

    def address(self, **changes: str) -> dict[str, Any]:
        """The arguments of the address that asks for this, with some changed; what is usual is left out."""
        held = {item.name: getattr(self, item.name) for item in fields(self)} | changes
        return {name: value for name, value in held.items() if value}

    @property
    def newest_first(self) -> bool:
        """Of what is finished the latest comes first; of the rest what is due first, so the late before all."""
        return self.show in {"closed", "done", "not_possible", "in_time", "done_or_late"}


def read_filters(asked: Mapping[str, str]) -> Filters:
    """The filters of an address; what the list does not know is dropped."""
    organisation = asked.get("organisation", "")
    return Filters(
        whose=asked["whose"] if asked.get("whose") in WHOSE else "",
        show=asked["show"] if asked.get("show") in SHOWN else "",
        organisation=organisation if valid_id(organisation) else "",
        q=" ".join((clean(asked.get("q", "")) or "").split())[:LONGEST_SEARCH],
        due=asked["due"] if Period.named(asked.get("due", "")) else "",
        of=asked["of"] if asked.get("of") in plugin_registry().plugins else "",
        open_to="all" if asked.get("open_to") == "all" else "",
    )


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action as a list shows it: in the words that were written, or as they are told to its reader.

    ``organisation`` and ``assignee`` are names, empty where there is none.
    """

    id: str
    text: str
    language: str
    status: str
    late: bool
    due_on: date
    organisation: str
    assignee: str
    # The person is not in the network any more.
    left: bool
    own: bool
    version: int
    subject: Ref | None
    # Not every member may see it.
    restricted: bool
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and the marks from which its neighbours are reached."""

    rows: tuple[ActionLine, ...]
    count: int
    before: str = ""
    after: str = ""


COLUMNS = (
    Action.id,
    Action.text,
    Action.language,
    Action.status,
    Action.closed,
    Action.closed_on,
    Action.due_on,
    Action.organisation_id,
    Action.assignee_id,
    Action.created_by,
    Action.version,
    Action.ref_plugin,
    Action.ref_kind,
    Action.ref_id,
    Action.restricted,
    Membership.shown_name,
    Membership.active,
    Membership.until,
)


def _with_people(query: Any) -> Select[Any]:
    joined: Select[Any] = query.outerjoin(
        Membership,
        and_(Membership.city_id == Action.city_id, Membership.id == Action.assignee_id),
    )
    return joined


def line_of(row: Row[Any], viewer: Viewer, names: Mapping[str, str], today: date) -> ActionLine:
    """A row of :data:`COLUMNS` as a list shows it; ``names`` are those of organisations."""
    return ActionLine(
        row.id,
        row.text,
        row.language,
        row.status,
        not row.closed and row.due_on < today,
        row.due_on,
        names.get(row.organisation_id, ""),
        row.shown_name or "",
        left=row.assignee_id is not None
        and not (row.active and (row.until is None or row.until >= today)),
        own=viewer.membership_id in {row.assignee_id, row.created_by}
        or row.organisation_id == viewer.organisation_id,
        version=row.version,
        subject=Ref(row.ref_plugin, row.ref_kind, row.ref_id) if row.ref_id else None,
        restricted=row.restricted,
        closed_on=row.closed_on,
    )


def told_to(lines: Iterable[ActionLine], reader: str) -> tuple[ActionLine, ...]:
    """``lines`` in the language ``reader`` as far as they are translated to it; one query, and none without need.

    What was translated from other words than those of today stays as it was written: somebody is to act on it.
    """
    found = tuple(lines)
    # What hangs on nothing is not translated.
    told = words_told({line.id: line.language for line in found if line.subject}, reader)
    return tuple(
        replace(line, text=told[line.id][0], language=told[line.id][1]) if line.id in told else line
        for line in found
    )


def words_told(written_in: Mapping[str, str], reader: str) -> dict[str, tuple[str, str]]:
    """What actions are called in the language of ``reader``, by identifier: the text, and its language.

    ``written_in`` names the language of each; those that ``reader`` reads as they were written are left out.
    """
    refs = [ref_of(identifier) for identifier, code in written_in.items() if code != reader]
    told = translations_of(refs) if refs else {}
    found = {}
    for ref in refs:
        code, words = translation_for(told.get(ref, {}), written_in[ref.id], reader)
        if words and words["state"] != State.OUTDATED:
            found[ref.id] = (words["text"], code)
    return found


def translation_for(
    told: Mapping[str, Mapping[str, str]], written_in: str, reader: str
) -> tuple[str, Mapping[str, str]]:
    """Of the translations of an action the one for a reader, with its language; nothing where they read the original.

    Serbian is read in both scripts.
    """
    for code in (reader, SCRIPT_SISTERS.get(reader, "")):
        if code == written_in:
            break
        if (told.get(code) or {}).get("text"):
            return code, told[code]
    return "", {}


def names_of_organisations(language: str) -> dict[str, str]:
    """The names of the city's organisations by identifier; remembered until one changes."""
    return {partner.id: partner.name for partner in partners(language)}


# -- The list ----------------------------------------------------------------------------------------------


def _conditions(filters: Filters, viewer: Viewer, today: date) -> list[ColumnElement[bool]]:
    found = [visible_to(viewer)]
    if filters.whose == "":
        found.append(Action.assignee_id == viewer.membership_id)
    elif filters.whose == "ours":
        # Somebody who speaks for no organisation has none to show.
        found.append(Action.organisation_id == (viewer.organisation_id or "none"))
    if filters.organisation:
        found.append(Action.organisation_id == filters.organisation)
    if period := Period.named(filters.due):
        found += [Action.due_on >= period.first, Action.due_on < period.after]
    if filters.of:
        found.append(Action.ref_plugin == filters.of)
    if filters.open_to:
        found.append(Action.restricted.is_(False))
    if filters.show in STATUSES:
        found.append(Action.status == filters.show)
    elif filters.show == "closed":
        found.append(Action.closed.is_(True))
    elif filters.show == "in_time":
        found.append(done_in_time())
    elif filters.show == "done_or_late":
        found.append(done_or_late(today))
    elif filters.show != "every":
        found.append(Action.closed.is_(False))
    if filters.show == "late":
        found.append(Action.due_on < today)
    elif filters.show == "week":
        found += [Action.due_on >= today, Action.due_on < today + WEEK]
    elif filters.show == "nobody":
        found.append(without_person(today))
    found += [
        Action.search_text.contains(word, autoescape=True)
        for word in search_key(filters.q).split()[:_MOST_WORDS]
    ]
    return found


def done_in_time() -> ColumnElement[bool]:
    """The condition that leaves actions that were done by their date."""
    return and_(Action.status == Status.DONE.value, Action.closed_on <= Action.due_on)


def done_or_late(today: date) -> ColumnElement[bool]:
    """The condition that leaves actions of which it can be told whether they were done in time.

    What turned out not to be possible is not among them, for it is not the same as not done.
    """
    return and_(
        Action.status != Status.NOT_POSSIBLE.value,
        or_(Action.closed.is_(True), Action.due_on < today),
    )


def without_person(today: date) -> ColumnElement[bool]:
    """The condition that leaves actions that nobody in the network has taken on."""
    # By a name of its own, since the list joins the people as well.
    person = aliased(Membership)
    there = exists().where(
        person.city_id == Action.city_id,
        person.id == Action.assignee_id,
        person.active.is_(True),
        or_(person.until.is_(None), person.until >= today),
    )
    return or_(Action.assignee_id.is_(None), ~there)


def actions_query(filters: Filters, viewer: Viewer, today: date) -> Select[Any]:
    """All actions that the filters leave and the viewer may see, in no order."""
    return select(Action).where(*_conditions(filters, viewer, today))


def count_actions(filters: Filters, viewer: Viewer, today: date) -> int:
    """How many actions the filters leave; one query."""
    query = select(func.count()).select_from(Action).where(*_conditions(filters, viewer, today))
    return db.session.scalar(query) or 0


def list_actions(
    filters: Filters, viewer: Viewer, today: date, *, before: str = "", after: str = ""
) -> Page:
    """The rows after the one called ``after``, or before ``before``, else the first; four queries.

    A mark that names no row any more leads to the first page.
    """
    mark = before or after
    # A mark from an address may be any text.
    start = db.session.get(Action, (current_city_id(), mark)) if valid_id(mark) else None
    backwards = bool(before) and start is not None
    falling = filters.newest_first != backwards
    query = _with_people(select(*COLUMNS)).where(*_conditions(filters, viewer, today))
    if start is not None:
        day, identifier = start.due_on, start.id
        beyond = Action.due_on < day if falling else Action.due_on > day
        beyond_id = Action.id < identifier if falling else Action.id > identifier
        query = query.where(or_(beyond, and_(Action.due_on == day, beyond_id)))
    order = (Action.due_on.desc(), Action.id.desc()) if falling else (Action.due_on, Action.id)
    rows = list(db.session.execute(query.order_by(*order).limit(PAGE + 1)))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if backwards:
        rows.reverse()
    has_before = more if backwards else start is not None
    has_after = backwards or more
    names = names_of_organisations(viewer.locale)
    return Page(
        told_to((line_of(row, viewer, names, today) for row in rows), viewer.locale),
        count_actions(filters, viewer, today),
        before=rows[0].id if rows and has_before else "",
        after=rows[-1].id if rows and has_after else "",
    )


# -- What one person owes ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _owed_query() -> Select[Any]:
    # Kept, since the home page asks it: putting a statement together takes longer than the answer.
    return (
        _with_people(select(*COLUMNS, func.count().over().label("number")))
        .where(Action.assignee_id == bindparam("mine"), Action.closed.is_(False))
        .order_by(Action.due_on, Action.id)
        .limit(OWED)
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """What somebody owes: the first of it, and how much it is."""

    lines: tuple[ActionLine, ...]
    number: int


def owed_by(viewer: Viewer, today: date) -> Owed:
    """What the viewer has taken on and not finished, what is late before the rest; two queries at most."""
    rows = db.session.execute(_owed_query(), {"mine": viewer.membership_id}).all()
    names = names_of_organisations(viewer.locale)
    return Owed(
        told_to((line_of(row, viewer, names, today) for row in rows), viewer.locale),
        rows[0].number if rows else 0,
    )


# -- What hangs on a subject, or on a person ---------------------------------------------------------------


@lru_cache(maxsize=1)
def _hanging_query() -> Select[Any]:
    # Kept as the one above: every record's page asks it.
    # In no order: SQLite would go through all actions of a city by their date rather than sort the few of many records.
    return _with_people(select(*COLUMNS)).where(
        Action.ref_plugin.in_(bindparam("plugins", expanding=True)),
        Action.ref_kind.in_(bindparam("kinds", expanding=True)),
        Action.ref_id.in_(bindparam("ids", expanding=True)),
    )


def actions_on(
    subjects: Sequence[Ref], viewer: Viewer, today: date
) -> Mapping[Ref, tuple[ActionLine, ...]]:
    """The actions that hang on ``subjects``, which the viewer may see; what is open first, then by date. One query."""
    if not subjects:
        return {}
    rows = db.session.execute(
        _hanging_query(),
        {
            "plugins": sorted({ref.plugin for ref in subjects}),
            "kinds": sorted({ref.kind for ref in subjects}),
            "ids": sorted({ref.id for ref in subjects}),
        },
    )
    names = names_of_organisations(viewer.locale)
    found: dict[Ref, list[ActionLine]] = {}
    wanted = set(subjects)
    for row in sorted(rows, key=lambda row: (row.closed, row.due_on, row.id)):
        line = line_of(row, viewer, names, today)
        if line.subject in wanted:
            found.setdefault(line.subject, []).append(line)
    return {ref: tuple(lines) for ref, lines in found.items()}


Subjects = tuple[tuple[str, str, Select[Any]], ...]


@lru_cache(maxsize=64)
def _open_query(subjects: Subjects) -> Select[Any]:
    wanted = [
        and_(
            Action.ref_plugin == plugin,
            Action.ref_kind == kind,
            identifiers.where(identifiers.selected_columns[0] == Action.ref_id)
            .correlate(Action)
            .exists(),
        )
        for plugin, kind, identifiers in subjects
    ]
    return (
        _with_people(select(*COLUMNS))
        .where(Action.closed.is_(False), or_(*wanted))
        .order_by(Action.due_on, Action.id)
        .limit(bindparam("most"))
    )


def open_actions_on(
    subjects: Subjects, viewer: Viewer, today: date, most: int, given: Mapping[str, Any]
) -> tuple[ActionLine, ...]:
    """What is still to be done on many subjects, the overdue first; two queries at most, however many there are.

    ``subjects`` are a plugin, a kind of record and the statement for the identifiers of those that the viewer may see,
    ``given`` its parameters: the statements are kept, and so is what is made of them. Each action asks for its own: few
    are open, and the records of all years would be gathered before the first is looked at.
    """
    rows = db.session.execute(_open_query(subjects), {"most": most, **given})
    names = names_of_organisations(viewer.locale)
    return told_to((line_of(row, viewer, names, today) for row in rows), viewer.locale)


def subjects_with_actions(plugin: str, kind: str, show: str, today: date) -> Select[Any]:
    """The identifiers of the records of a kind on which actions hang, as the condition of a list of these records.

    ``show`` is ``any``, ``open`` for those with something still to be done, or ``late`` for those with something
    overdue. Only for records that the list shows anyway: who may see those may see what hangs on them.
    """
    found = select(Action.ref_id).where(Action.ref_plugin == plugin, Action.ref_kind == kind)
    if show != "any":
        found = found.where(Action.closed.is_(False))
    if show == "late":
        found = found.where(Action.due_on < today)
    return found


def kept_in_time(plugin: str, periods: Sequence[Period], today: date) -> list[tuple[int, int]]:
    """Of the actions on records of a plugin that were due in each of ``periods``: how many were done by their date,
    and how many there are. One query for all.

    Those of a list narrowed to this plugin, to what is due in the period, and to what is :func:`done_or_late` and open
    to every member: restricted ones are left out.
    """
    number, within = in_periods(Action.due_on, periods)
    rows = db.session.execute(
        select(
            number,
            func.sum(case((done_in_time(), 1), else_=0)).label("done"),
            func.count().label("all"),
        )
        .where(
            within,
            Action.ref_plugin == plugin,
            Action.restricted.is_(False),
            done_or_late(today),
        )
        .group_by(STRETCH)
    )
    found = {row.stretch: (int(row.done), row.all) for row in rows}
    return [found.get(place, (0, 0)) for place in range(len(periods))]


def held_by(membership_id: str, viewer: Viewer, today: date, most: int) -> tuple[ActionLine, ...]:
    """What a member has taken on and not finished, as far as the viewer may see it; two queries at most."""
    rows = db.session.execute(
        _with_people(select(*COLUMNS))
        .where(Action.assignee_id == membership_id, Action.closed.is_(False), visible_to(viewer))
        .order_by(Action.due_on, Action.id)
        .limit(most)
    )
    names = names_of_organisations(viewer.locale)
    return told_to((line_of(row, viewer, names, today) for row in rows), viewer.locale)


def number_held(membership_id: str, viewer: Viewer) -> int:
    """How many open actions of a member the viewer may see; one query."""
    query = (
        select(func.count())
        .select_from(Action)
        .where(Action.assignee_id == membership_id, Action.closed.is_(False), visible_to(viewer))
    )
    return db.session.scalar(query) or 0
