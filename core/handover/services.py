"""What a substitute or successor must know, gathered for who hands over. Every question is bounded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from core.actions.access import visible_to
from core.actions.listing import COLUMNS, ActionLine, line_of, names_of_organisations, told_to
from core.actions.models import Action
from core.audit.services import record
from core.cities.forms import typed
from core.cities.models import City
from core.cities.services import city_plugins
from core.content.listing import Standing, counted, standings
from core.database import db, utcnow
from core.directory.services import Conflict, holds, name_of
from core.handover.models import Note
from core.home.models import CalendarFeed
from core.home.overview import Upkeep, upkeep
from core.i18n import gettext as _
from core.i18n import list_comma
from core.identity.memberships import covers
from core.identity.models import Membership, Organisation
from core.permissions import ROLE_TITLES, Role
from core.registry import CityHooks, plugin_registry
from core.tenancy import current_city, current_city_id
from core.values import CalendarEntry, Ref, Viewer, Waiting
from core.week.services import Lapsing, coming, lapsing, waiting_for

MOST_ORGANISATIONS = 300
MOST_PEOPLE = 2000
MOST_ACTIONS = 100
MOST_OF_THE_REST = 50
DAYS_AHEAD = 30
# Whom a successor must know by name, in this order.
NAMED = (
    Role.FOCAL_POINT, Role.CHAIR, Role.CITY_ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER,
    Role.LEAD_WORKER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """An organisation of the network: whom to ask for, and how many speak for it."""

    id: str
    name: str
    contact: str
    phone: str
    email: str
    members: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody who holds a role that a successor must know of."""

    id: str
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could take the role over: in force, with an account, and not the one who hands over."""

    id: str
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class PluginLine:
    """A plugin that is on, and how it is set, in words."""

    title: str
    summary: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NoteShown:
    """The note as it is stored; ``version`` 0 while nobody has written one."""

    text: str = ""
    language: str = ""
    writer: str = ""
    updated_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Handover:
    """All that a successor must know. ``mine`` are the viewer's own actions, ``others`` the rest, late first."""

    note: NoteShown
    feeds: int
    mine: tuple[ActionLine, ...]
    mine_number: int
    others: tuple[ActionLine, ...]
    others_number: int
    waiting: Sequence[Waiting]
    coming: Sequence[CalendarEntry]
    lapsing: Lapsing
    kept: Upkeep
    languages: Sequence[Standing]
    roles: Sequence[tuple[str, tuple[PersonLine, ...]]]
    organisations: tuple[PartnerLine, ...]
    plugins: Sequence[PluginLine]
    candidates: tuple[Candidate, ...] = field(default=())


def gather(viewer: Viewer, hooks: CityHooks, today: date) -> Handover:
    """What the viewer, who keeps the network, leaves to whoever comes."""
    note, feeds = _note_and_feeds(viewer)
    actions, mine_number, others_number = _actions(viewer, today)
    people = _people()
    return Handover(
        note=note,
        feeds=feeds,
        mine=tuple(line for line, own in actions if own),
        mine_number=mine_number,
        others=tuple(line for line, own in actions if not own),
        others_number=others_number,
        waiting=waiting_for(viewer, hooks),
        coming=coming(viewer, hooks, today, DAYS_AHEAD),
        lapsing=lapsing(viewer.locale, today, most=MOST_OF_THE_REST),
        kept=upkeep(viewer.locale),
        languages=standings(counted(), current_city().languages),
        roles=_named(people, viewer, today),
        organisations=_organisations(viewer),
        plugins=_plugins(hooks),
        candidates=_candidates(people, viewer.locale, today, viewer.person_id),
    )


# -- The parts -------------------------------------------------------------------------------------------------


def _note_and_feeds(viewer: Viewer) -> tuple[NoteShown, int]:
    feeds = (
        select(func.count(CalendarFeed.id))
        .where(
            CalendarFeed.city_id == City.id,
            CalendarFeed.membership_id == viewer.membership_id,
            CalendarFeed.revoked_at.is_(None),
        )
        .correlate(City)
        .scalar_subquery()
    )
    row = db.session.execute(
        select(Note, Membership.shown_name, feeds.label("feeds"))
        .select_from(City)
        .outerjoin(Note, Note.city_id == City.id)
        .outerjoin(
            Membership,
            and_(Membership.city_id == Note.city_id, Membership.id == Note.written_by),
        )
        .where(City.id == current_city_id())
    ).one()
    return _shown(row.Note, row.shown_name or ""), row.feeds


def _shown(note: Note | None, writer: str) -> NoteShown:
    if note is None:
        return NoteShown()
    return NoteShown(note.text, note.language, writer, note.updated_at, note.version)


def _actions(viewer: Viewer, today: date) -> tuple[list[tuple[ActionLine, bool]], int, int]:
    """The viewer's own first, then what is due first; and how many there are of both.

    Each of the two is bounded by itself: whoever has much to do would otherwise leave no room for what others owe.
    """
    mine = case((Action.assignee_id == viewer.membership_id, 1), else_=0)
    found = (
        select(
            *COLUMNS,
            mine.label("mine"),
            func.count().over(partition_by=mine).label("number"),
            func.row_number()
            .over(partition_by=mine, order_by=(Action.due_on, Action.id))
            .label("place"),
        )
        .outerjoin(
            Membership,
            and_(Membership.city_id == Action.city_id, Membership.id == Action.assignee_id),
        )
        .where(Action.closed.is_(False), visible_to(viewer))
        .subquery("open")
    )
    rows: Sequence[Any] = db.session.execute(
        select(*found.c)
        .where(found.c.place <= MOST_ACTIONS)
        .order_by(found.c.mine.desc(), found.c.place)
    ).all()
    names = names_of_organisations(viewer.locale)
    numbers = {bool(row.mine): row.number for row in rows}
    lines = told_to((line_of(row, viewer, names, today) for row in rows), viewer.locale)
    own = [bool(row.mine) for row in rows]
    return list(zip(lines, own, strict=True)), numbers.get(True, 0), numbers.get(False, 0)


def _people() -> Sequence[Any]:
    named = or_(*(holds(role.value, Membership.roles) for role in NAMED))
    rows = db.session.execute(
        select(
            Membership.id, Membership.shown_name, Membership.roles, Membership.person_id,
            Membership.since, Membership.until, Membership.organisation_id, Membership.sort_key,
            Organisation.names,
        )
        .outerjoin(
            Organisation,
            and_(
                Organisation.city_id == Membership.city_id,
                Organisation.id == Membership.organisation_id,
            ),
        )
        .where(Membership.active.is_(True), or_(named, Membership.person_id.is_not(None)))
        # Of more people than anybody chooses from, those who hold a role are among the rest in any case.
        .order_by(case((named, 0), else_=1), Membership.sort_key, Membership.id)
        .limit(MOST_PEOPLE)
    ).all()  # fmt: skip
    return sorted(rows, key=lambda row: (row.sort_key, row.id))


def _named(
    people: Sequence[Any], viewer: Viewer, today: date
) -> list[tuple[str, tuple[PersonLine, ...]]]:
    found = []
    for role in NAMED:
        own = tuple(
            PersonLine(row.id, row.shown_name, name_of(row.names or {}, viewer.locale))
            for row in people
            if role.value in row.roles and covers(row.since, row.until, today)
        )
        if own:
            found.append((str(ROLE_TITLES[role]), own))
    return found


def candidates(language: str, today: date, leaving_person: str | None) -> tuple[Candidate, ...]:
    """Who could take a role over from somebody; one query."""
    return _candidates(_people(), language, today, leaving_person)


def _candidates(
    people: Sequence[Any], language: str, today: date, leaving_person: str | None
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(row.id, row.shown_name, name_of(row.names or {}, language))
        for row in people
        if row.person_id is not None
        and row.person_id != leaving_person
        and covers(row.since, row.until, today)
    )


def _organisations(viewer: Viewer) -> tuple[PartnerLine, ...]:
    members = (
        select(func.count(Membership.id))
        .where(
            Membership.city_id == Organisation.city_id,
            Membership.organisation_id == Organisation.id,
            Membership.active.is_(True),
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Organisation.id, Organisation.names, Organisation.contact_name,
            Organisation.contact_phone, Organisation.contact_email, members.label("members"),
        )
        .where(Organisation.active.is_(True))
        .order_by(Organisation.sort_key, Organisation.id)
        .limit(MOST_ORGANISATIONS)
    )  # fmt: skip
    return tuple(
        PartnerLine(
            row.id,
            name_of(row.names, viewer.locale),
            row.contact_name,
            row.contact_phone,
            row.contact_email,
            row.members,
        )
        for row in rows
    )


def _plugins(hooks: CityHooks) -> list[PluginLine]:
    stored = city_plugins()
    found = []
    for name, plugin in plugin_registry().plugins.items():
        if name not in hooks.enabled:
            continue
        settings: tuple[tuple[str, str], ...] = ()
        if plugin.settings_form is not None and name in stored:
            form = plugin.settings_form(typed(stored[name].settings) or None)
            settings = tuple(
                (str(one.label.text), words) for one in form if (words := _in_words(one))
            )
        found.append(PluginLine(str(plugin.title), str(plugin.summary), settings))
    return found


def _in_words(one: Any) -> str:
    """How a field of settings stands, in words; empty for what is not set or cannot be said."""
    value = one.data
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if choices := getattr(one, "choices", None):
        if isinstance(choices, dict):
            choices = [pair for group in choices.values() for pair in group]
        chosen = value if isinstance(value, list | tuple) else [value]
        return list_comma().join(str(each[1]) for each in choices if each[0] in chosen)
    return "" if value is None or one.type == "HiddenField" else str(value)


# -- The note --------------------------------------------------------------------------------------------------


def note() -> NoteShown:
    """The note of the city in force."""
    row = db.session.scalars(select(Note).execution_options(populate_existing=True)).first()
    return _shown(row, "")


def write_note(viewer: Viewer, text: str, language: str, version: int) -> None:
    """Keep the note. ``version`` is that of the note that was on the page, 0 for none.

    Raises :class:`~core.directory.services.Conflict` when somebody else wrote meanwhile; two who write the first
    note at the very same moment make the database refuse the second.
    """
    stored = db.session.scalars(
        select(Note).with_for_update().execution_options(populate_existing=True)
    ).first()
    if (stored.version if stored else 0) != version:
        raise Conflict(_shown(stored, ""))
    if stored is None:
        stored = Note(version=0)
        db.session.add(stored)
    stored.text, stored.language = text, language
    stored.written_by = viewer.membership_id
    stored.updated_at = utcnow()
    stored.version += 1
    db.session.flush()
    record("handover.note_changed", subject=Ref("handover", "note", stored.id))
