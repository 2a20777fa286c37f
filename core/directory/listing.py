"""The lists of the directory: what is asked for, and one page of it at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from core.database import db, utcnow
from core.directory.lists import LEVELS, SECTORS, SERVICES
from core.directory.services import holds, partners
from core.folding import search_key
from core.forms import clean
from core.identity.memberships import CONFIRM_EVERY
from core.identity.models import Membership, Organisation
from core.permissions import Permission, Role
from core.tenancy import current_city, current_city_id
from core.values import Viewer

PAGE = 30
LONGEST_SEARCH = 100
Row = TypeVar("Row", Organisation, Membership)


@dataclass(frozen=True, slots=True)
class OrganisationFilters:
    """What the reader asked of the list of organisations; empty means all."""

    q: str = ""
    sector: str = ""
    level: str = ""
    language: str = ""
    service: str = ""
    show: str = ""


@dataclass(frozen=True, slots=True)
class PeopleFilters:
    """What the reader asked of the list of people. ``show`` is empty, ``unconfirmed`` or ``ended``."""

    q: str = ""
    role: str = ""
    organisation: str = ""
    show: str = ""


def conditions(filters: OrganisationFilters | PeopleFilters) -> dict[str, str]:
    """The conditions that are set, by the name they have in an address."""
    held = {item.name: getattr(filters, item.name) for item in fields(filters)}
    return {name: value for name, value in held.items() if value}


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, with the marks from which its neighbours are reached."""

    rows: list[Row]
    count: int
    before: str = ""
    after: str = ""


def organisation_filters(asked: Mapping[str, str]) -> OrganisationFilters:
    """The filters of an address; what the list does not know is dropped."""
    languages = current_city().languages
    return OrganisationFilters(
        q=_text(asked, "q"),
        sector=_text(asked, "sector") if _text(asked, "sector") in SECTORS else "",
        level=_text(asked, "level") if _text(asked, "level") in LEVELS else "",
        language=_text(asked, "language") if _text(asked, "language") in languages else "",
        service=_text(asked, "service") if _text(asked, "service") in SERVICES else "",
        show="left" if _text(asked, "show") == "left" else "",
    )


def people_filters(asked: Mapping[str, str], viewer: Viewer) -> PeopleFilters:
    """The filters of an address; only those who manage members see who has left or waits for a word."""
    shown, states = _text(asked, "show"), {"unconfirmed", "ended"}
    known = {partner.id for partner in partners(viewer.locale)}
    return PeopleFilters(
        q=_text(asked, "q"),
        role=_text(asked, "role") if _text(asked, "role") in {role.value for role in Role} else "",
        organisation=_text(asked, "organisation") if _text(asked, "organisation") in known else "",
        show=shown if viewer.may(Permission.MANAGE_MEMBERS) and shown in states else "",
    )


def _text(asked: Mapping[str, str], name: str) -> str:
    return (clean(asked.get(name, "")) or "")[:LONGEST_SEARCH]


def organisations(filters: OrganisationFilters, marks: Mapping[str, str]) -> Page[Organisation]:
    """A page of the organisations of the city in force."""
    return _page(Organisation, organisations_query(filters), marks)


def organisations_query(filters: OrganisationFilters) -> Select[Any]:
    """All organisations of the city in force that the filters leave, in no order."""
    wanted: list[ColumnElement[bool]] = [
        Organisation.active.is_(filters.show != "left"),
        Organisation.merged_into.is_(None),
    ]
    if words := search_key(filters.q[:LONGEST_SEARCH]):
        wanted += [
            Organisation.search_text.contains(word, autoescape=True) for word in words.split()
        ]
    if filters.sector:
        wanted.append(Organisation.sector == filters.sector)
    for code, column in (
        (filters.level, Organisation.levels),
        (filters.language, Organisation.languages),
        (filters.service, Organisation.services),
    ):
        if code:
            wanted.append(holds(code, column))
    return select(Organisation).where(*wanted)


def people(filters: PeopleFilters, marks: Mapping[str, str]) -> Page[Membership]:
    """A page of the memberships of the city in force, with their organisations."""
    return _page(
        Membership,
        people_query(filters),
        marks,
        lambda query: query.options(joinedload(Membership.organisation)),
    )


def people_query(filters: PeopleFilters) -> Select[Any]:
    """All memberships of the city in force that the filters leave, in no order."""
    wanted: list[ColumnElement[bool]] = [
        Membership.active.is_(filters.show != "ended"),
        Membership.merged_into.is_(None),
    ]
    if words := search_key(filters.q[:LONGEST_SEARCH]):
        wanted += [Membership.search_text.contains(word, autoescape=True) for word in words.split()]
    if filters.role:
        wanted.append(holds(filters.role, Membership.roles))
    if filters.organisation:
        wanted.append(Membership.organisation_id == filters.organisation)
    if filters.show == "unconfirmed":
        wanted.append(Membership.confirmed_at < utcnow() - CONFIRM_EVERY)
    return select(Membership).where(*wanted)


def _page(
    model: type[Row],
    query: Select[Any],
    marks: Mapping[str, str],
    load: Callable[[Select[Any]], Select[Any]] = lambda query: query,
) -> Page[Row]:
    """The rows after the one called ``marks["after"]``, or before ``marks["before"]``, else the first.

    A mark that names no row any more leads to the first page.
    """
    count = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    backwards = "before" in marks
    mark = marks.get("before") or marks.get("after") or ""
    # A mark from an address may be any text; an identifier is never as long.
    start = db.session.get(model, (current_city_id(), mark)) if 0 < len(mark) <= 16 else None
    if start is not None:
        key, identifier = start.sort_key, start.id
        if backwards:
            beyond = or_(model.sort_key < key, and_(model.sort_key == key, model.id < identifier))
        else:
            beyond = or_(model.sort_key > key, and_(model.sort_key == key, model.id > identifier))
        query = query.where(beyond)
    else:
        backwards = False
    order = (model.sort_key.desc(), model.id.desc()) if backwards else (model.sort_key, model.id)
    rows = list(db.session.scalars(load(query).order_by(*order).limit(PAGE + 1)))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if backwards:
        rows.reverse()
    has_before = more if backwards else start is not None
    has_after = True if backwards else more
    return Page(
        rows,
        count,
        before=rows[0].id if rows and has_before else "",
        after=rows[-1].id if rows and has_after else "",
    )
