"""What the home page says before the plugins' cards: a greeting, and for those who keep the network, what is left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from core.cities.models import City
from core.database import db, utcnow
from core.directory.services import name_of
from core.i18n import gettext as _
from core.identity.memberships import CONFIRM_EVERY
from core.identity.models import Membership, Organisation
from core.tenancy import current_city_id

# Words that begin a name and are no name by themselves, as in Abd Allah or Abu Bakr.
_OPENING_WORDS = frozenset(
    "عبد أبو ابو أم ام بن ابن abd abdel abdul abdal abu umm um ben bin ibn abou oum".split()
)
SHOWN = 5


def greeting(name: str, now: datetime) -> str:
    """Words of welcome for the time of day; ``now`` is what the clock on the city's wall says."""
    called = first_name(name)
    if 5 <= now.hour < 12:
        return _("Good morning, %(name)s", name=called) if called else _("Good morning")
    if 12 <= now.hour < 18:
        return _("Good afternoon, %(name)s", name=called) if called else _("Good afternoon")
    return _("Good evening, %(name)s", name=called) if called else _("Good evening")


def first_name(name: str) -> str:
    """The name by which somebody is greeted: titles are passed over, names of two words kept together."""
    words = name.split()
    while len(words) > 1 and words[0].endswith("."):
        words = words[1:]
    if len(words) > 2 and words[0].casefold() in _OPENING_WORDS:
        return " ".join(words[:2])
    return words[0] if words else ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A membership that nobody has confirmed for long."""

    id: str
    name: str
    organisation: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How far the network is set up, and whose membership waits for a word."""

    organisations: int
    people: int
    to_confirm: int
    waiting: tuple[Waiting, ...]


def upkeep(language: str) -> Upkeep:
    """One query, for those who keep the network of the city in force."""
    limit = utcnow() - CONFIRM_EVERY
    old = and_(Membership.active.is_(True), Membership.confirmed_at < limit)
    organisations = (
        select(func.count(Organisation.id)).where(Organisation.active.is_(True)).scalar_subquery()
    )
    people = select(func.count(Membership.id)).where(Membership.active.is_(True)).scalar_subquery()
    to_confirm = select(func.count(Membership.id)).where(old).scalar_subquery()
    rows = db.session.execute(
        select(
            organisations.label("organisations"),
            people.label("people"),
            to_confirm.label("to_confirm"),
            Membership.id,
            Membership.shown_name,
            Membership.confirmed_at,
            Organisation.names,
        )
        .select_from(City)
        .outerjoin(Membership, and_(Membership.city_id == City.id, old))
        .outerjoin(
            Organisation,
            and_(Organisation.city_id == City.id, Organisation.id == Membership.organisation_id),
        )
        .where(City.id == current_city_id())
        .order_by(Membership.confirmed_at, Membership.id)
        .limit(SHOWN)
    ).all()
    waiting = tuple(
        Waiting(row.id, row.shown_name, name_of(row.names or {}, language), row.confirmed_at)
        for row in rows
        if row.id is not None
    )
    return Upkeep(rows[0].organisations, rows[0].people, rows[0].to_confirm, waiting)
