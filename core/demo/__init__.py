"""The demo: three invented cities, filled so that every page has something to show.

It goes into the SQLite database of the instance folder only. Everybody knows the passphrase, so its accounts are
refused wherever somebody else could reach them (:func:`core.identity.demo.demo_allowed`).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import current_app
from flask_security import hash_password
from sqlalchemy import select

from core.cities.models import City
from core.cities.services import all_cities, create_city, set_plugin
from core.content.glossary import add_term, take_offered
from core.database import db, utcnow, write_intent
from core.demo.people import ACCOUNTS, LISTED
from core.demo.places import CITIES, KINDS, DemoCity, names_in
from core.demo.words import add_reported_words
from core.directory.services import add_membership, add_organisation, holds
from core.identity.models import Membership, Organisation, Person
from core.identity.passwords import normal_password
from core.permissions import ROLE_TITLES, Permission, Role
from core.registry import plugin_registry
from core.tenancy import city_scope
from core.values import Viewer

log = logging.getLogger(__name__)

# Words that every network needs; what else comes with Maillage stays to be chosen.
GLOSSARY = (
    "prevention_network meeting minutes decision activity participants target_group municipality "
    "partner_organisation primary_prevention training concern referral lesson"
).split()
# And what a city has agreed on by itself.
OWN_WORDS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "brezovo": (
        {"mk": "работилница", "sq": "punëtori", "sr": "радионица", "en": "workshop"},
        {"mk": "измислена вест", "sq": "lajm i trilluar", "sr": "измишљена вест", "en": "made-up story"},
        {"mk": "населба", "sq": "lagje", "sr": "насеље", "en": "neighbourhood"},
    ),
    "almina": (
        {"ar": "ورشة", "fr": "atelier", "en": "workshop"},
        {"ar": "خبر متداول", "fr": "nouvelle qui circule", "en": "story that goes round"},
        {"ar": "الحيّ", "fr": "quartier", "en": "neighbourhood"},
    ),
}  # fmt: skip
PASSPHRASE = "three towns by the water"  # noqa: S105  printed at start, and refused from any other machine
# Long enough ago that the membership asks to be confirmed.
_LONG_AGO = timedelta(days=120)


class NotEmpty(Exception):
    """There are cities already; the demo never goes beside real ones."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account to try the demo with."""

    role: str
    name: str
    email: str
    city: str


def seed() -> None:
    """Fill the empty database with the demo, and commit. Raises :class:`NotEmpty`.

    A plugin whose part of the demo fails is logged; the rest of the demo stands.
    """
    if not current_app.config["DATABASE_IS_DEFAULT"] and not current_app.testing:
        raise NotEmpty
    with write_intent():
        if all_cities():
            raise NotEmpty
        # One hash for all: making each anew would take longer than everything else.
        password = _hash()
        made = [_make_city(plan, password) for plan in CITIES]
        db.session.commit()
        for slug in made:
            _let_plugins_add(slug)
            _add_actions(slug)


def accounts() -> list[Account]:
    """One account for each role, in the order of the roles; only those that are still in the database."""
    found = [(person, plan) for plan in CITIES for person in ACCOUNTS[plan.slug] if person.shown]
    addresses = [person.email(plan.slug) for person, plan in found]
    there = set(
        db.session.scalars(
            select(Person.email).where(
                Person.email.in_(addresses), Person.demo.is_(True), Person.active.is_(True)
            )
        )
    )
    order = list(Role)
    return [
        Account(
            str(ROLE_TITLES[person.role]), person.name, person.email(plan.slug), plan.names["en"]
        )
        for person, plan in sorted(found, key=lambda pair: order.index(pair[0].role))
        if person.email(plan.slug) in there
    ]


def _hash() -> str:
    return str(hash_password(normal_password(PASSPHRASE)))


def _make_city(plan: DemoCity, password: str) -> str:
    city = create_city(plan.slug, plan.names, **plan.facts())
    with city_scope(city):
        organisations = _add_organisations(plan)
        _add_people(plan, city, organisations, password)
        add_reported_words(plan.slug)
        take_offered(GLOSSARY, None)
        for words in OWN_WORDS.get(plan.slug, ()):
            add_term(words, "", None)
        for name, origin in plugin_registry().origins.items():
            # What comes with Maillage is on; what somebody installed is theirs to try.
            if not origin:
                set_plugin(name, enabled=True)
        db.session.flush()
    return plan.slug


def _add_organisations(plan: DemoCity) -> dict[tuple[str, int], Organisation]:
    added: dict[tuple[str, int], Organisation] = {}
    today = utcnow().date()
    for number, (sector, kinds) in enumerate(KINDS.items()):
        for place, kind in enumerate(kinds):
            signed = date(today.year - 1 - place % 2, 1 + (number * 5 + place) % 12, 1)
            added[sector, place] = add_organisation(
                {
                    "names": names_in(plan, kind),
                    "sector": sector,
                    "levels": list(kind.levels),
                    "services": list(kind.services),
                    "languages": list(plan.languages[: 2 + (number + place) % 2]),
                    "contact_phone": f"{plan.phone} {number:02d}{place}",
                    "contact_email": f"{sector.replace('_', '-')}{place + 1}@{plan.slug}.example",
                    "agreement_from": signed,
                    "agreement_until": date(signed.year + 3, signed.month, 1),
                }
            )
    return added


def _operator(city: City) -> Viewer:
    return Viewer(
        person_id="",
        name="",
        locale="en",
        city_id=city.id,
        membership_id="",
        organisation_id=None,
        roles=frozenset(role.value for role in Role),
        permissions=frozenset(permission.value for permission in Permission),
    )


def _add_people(
    plan: DemoCity,
    city: City,
    organisations: dict[tuple[str, int], Organisation],
    password: str,
) -> None:
    operator = _operator(city)
    since = utcnow().date() - timedelta(days=300)

    def add(name: str, position: str, organisation: Organisation, roles: list[Role]) -> Membership:
        facts = {
            "shown_name": name,
            "position": position,
            "organisation_id": organisation.id,
            "since": since,
        }
        return add_membership(operator, facts, [role.value for role in roles])

    for somebody in ACCOUNTS[plan.slug]:
        person = Person(
            email=somebody.email(plan.slug),
            name=somebody.name,
            password=password,
            language=somebody.language,
            confirmed_at=utcnow(),
            demo=True,
        )
        current_app.extensions["security"].datastore.set_uniquifier(person)
        db.session.add(person)
        db.session.flush()
        organisation = organisations[somebody.sector, somebody.place]
        roles = [somebody.role]
        if somebody.role in {Role.FOCAL_POINT, Role.CHAIR, Role.LEAD_WORKER}:
            # They log what their own organisation does, like every member.
            roles.append(Role.MEMBER)
        membership = add(somebody.name, somebody.position, organisation, roles)
        membership.person_id = person.id
        organisation.contact_name = organisation.contact_name or somebody.name
    for number, listed in enumerate(LISTED[plan.slug]):
        organisation = organisations[listed.sector, listed.place]
        membership = add(listed.name, listed.position, organisation, [Role.MEMBER])
        organisation.contact_name = organisation.contact_name or listed.name
        if number % 5 == 0:
            membership.confirmed_at = utcnow() - _LONG_AGO
    db.session.flush()


def _let_plugins_add(slug: str) -> None:
    from core.cities.services import find_city

    for name in plugin_registry().plugins:
        city = find_city(slug)
        assert city is not None  # noqa: S101  it was made a moment ago
        with city_scope(city):
            try:
                plugin_registry().hooks({name}).call("seed_demo", only=name, city=city)
                db.session.commit()
            except Exception:
                db.session.rollback()
                log.exception("demo_part_failed", extra={"plugin": name})


def _add_actions(slug: str) -> None:
    from core.actions import demo
    from core.cities.services import find_city
    from core.i18n import today

    city = find_city(slug)
    assert city is not None  # noqa: S101  it was made a moment ago
    with city_scope(city):
        demo.seed(slug, focal_point_of(city), today())
        db.session.commit()


def focal_point_of(city: City) -> Viewer:
    """Who keeps the network of a demo's city, as the one who did what the demo shows. It has one."""
    membership = db.session.scalars(
        select(Membership)
        .where(Membership.person_id.is_not(None), holds(Role.FOCAL_POINT.value, Membership.roles))
        .order_by(Membership.id)
    ).first()
    assert membership is not None  # noqa: S101  every city of the demo has one
    return replace(
        _operator(city),
        person_id=membership.person_id or "",
        name=membership.shown_name,
        locale=city.default_language,
        membership_id=membership.id,
        organisation_id=membership.organisation_id,
    )
