"""Who can be asked to act: every organisation of the city, and in it those who speak for it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from core.actions.models import Action
from core.database import db
from core.directory.services import partners
from core.i18n import gettext as _
from core.identity.models import Membership

# What stands in the one field that names both: the organisation alone, or one of its people.
_ORGANISATION, _PERSON = "o:", "p:"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is to act: an organisation, and in it a person or nobody yet."""

    organisation_id: str
    membership_id: str | None = None

    @property
    def value(self) -> str:
        """What the field holds for them."""
        if self.membership_id:
            return f"{_PERSON}{self.membership_id}"
        return f"{_ORGANISATION}{self.organisation_id}"


Choices = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Actors:
    """Everybody who can be asked, as the field offers them, organisation by organisation."""

    choices: Choices
    known: dict[str, Actor]

    def find(self, value: str) -> Actor | None:
        """Whom a value of the field means; None for whatever it does not offer."""
        return self.known.get(value)


def actors(language: str, today: date, kept: Action | None = None) -> Actors:
    """Who can be asked; at most two queries.

    Whoever has ``kept`` now is offered also when they have left, and under the organisation that acts, also when they
    speak for another one by now: saving other words must not give the action to anybody else.
    """
    rows = db.session.execute(
        select(
            Membership.id, Membership.shown_name, Membership.position, Membership.organisation_id
        )
        .where(
            or_(
                Membership.id == (kept.assignee_id if kept else None),
                Membership.active.is_(True)
                & or_(Membership.since.is_(None), Membership.since <= today)
                & or_(Membership.until.is_(None), Membership.until >= today),
            )
        )
        .order_by(Membership.sort_key, Membership.id)
    ).all()
    of = {row.id: row.organisation_id for row in rows}
    if kept and kept.assignee_id:
        of[kept.assignee_id] = kept.organisation_id
    choices: Choices = {}
    known: dict[str, Actor] = {}
    for partner in partners(language):
        if not partner.active and not (kept and kept.organisation_id == partner.id):
            continue
        whole = Actor(partner.id)
        lines = [(whole.value, _("%(organisation)s, nobody yet", organisation=partner.name))]
        known[whole.value] = whole
        for row in rows:
            if of[row.id] == partner.id:
                one = Actor(partner.id, row.id)
                name = f"{row.shown_name} ({row.position})" if row.position else row.shown_name
                lines.append((one.value, name))
                known[one.value] = one
        # Two organisations of one name are kept apart by an invisible word; a browser shows both.
        title = partner.name
        while title in choices:
            title += "\u200b"
        choices[title] = lines
    return Actors(choices, known)
