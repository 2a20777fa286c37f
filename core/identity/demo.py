"""The demo's accounts: open to whoever sits at the machine, closed to everybody else."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request
from sqlalchemy import select

from core.cities.models import City
from core.database import db
from core.identity.models import Membership, Person
from core.permissions import Role, role_title
from core.tenancy import cross_city

_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo, as the sign-in page offers it."""

    person_id: str
    role: str
    name: str
    city: str
    featured: bool = False


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def demo_allowed() -> bool:
    """Whether this request may use the demo's accounts: the default database, asked by its own machine.

    A request that a proxy passed on is somebody else's, whatever address it seems to come from.
    """
    if not current_app.config.get("DATABASE_IS_DEFAULT"):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return (
        _loopback(_hostname(f"//{request.host}"))
        and _loopback(request.remote_addr or "")
        and _loopback(_hostname(current_app.config["SITE_URL"]))
    )


def demo_accounts(language: str) -> list[DemoAccount]:
    """The accounts that the sign-in page offers: one for each role and city, in the order of the roles.

    One account for each role is featured; the page shows the others on request.
    """
    if not demo_allowed():
        return []
    from core.demo import accounts

    featured = {account.email for account in accounts()}
    with cross_city("the sign-in page of the demo offers accounts of every invented city"):
        rows = db.session.execute(
            select(Person, Membership, City)
            .join(Membership, Membership.person_id == Person.id)
            .join(City, City.id == Membership.city_id)
            .where(Person.demo.is_(True), Person.active.is_(True), Membership.active.is_(True))
            .order_by(City.slug, Membership.sort_key, Membership.id)
        ).all()
    order = {role.value: place for place, role in enumerate(Role)}
    found: dict[str, tuple[int, DemoAccount]] = {}
    for person, membership, city in rows:
        roles = [role for role in membership.roles if role in order]
        if not roles or person.id in found:
            continue
        role = max(roles, key=lambda name: name != Role.MEMBER)
        account = DemoAccount(
            person.id,
            role_title(role),
            membership.shown_name,
            city.name_in(language),
            person.email in featured,
        )
        found[person.id] = (order[role], account)
    return [account for _place, account in sorted(found.values(), key=lambda pair: pair[0])]
