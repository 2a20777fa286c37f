"""The lists of the directory as files: what their pages show, and nothing that a page keeps back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from core.database import db
from core.directory.forms import named
from core.directory.listing import (
    OrganisationFilters,
    PeopleFilters,
    conditions,
    organisation_filters,
    organisations_query,
    people_filters,
    people_query,
)
from core.directory.lists import LEVELS, SECTORS, SERVICES, titles
from core.directory.services import name_of, partners
from core.exporting.batches import in_batches
from core.exporting.lists import Column, ListExport, Value, Written
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.identity.models import Membership, Organisation
from core.permissions import ROLE_TITLES, Permission, Role
from core.values import Viewer


def organisation_words(filters: OrganisationFilters) -> dict[str, str]:
    """Each condition of the list of organisations in words."""
    return {
        "q": _("Search: %(words)s", words=filters.q),
        "sector": str(SECTORS.get(filters.sector, "")),
        "level": str(LEVELS.get(filters.level, "")),
        "language": named(filters.language) if filters.language else "",
        "service": str(SERVICES.get(filters.service, "")),
        "show": _("Has left"),
    }


def people_words(filters: PeopleFilters, language: str) -> dict[str, str]:
    """Each condition of the list of people in words."""
    names = {partner.id: partner.name for partner in partners(language)}
    return {
        "q": _("Search: %(words)s", words=filters.q),
        "role": role_titles([filters.role]),
        "organisation": names.get(filters.organisation, ""),
        "show": _("To be confirmed") if filters.show == "unconfirmed" else _("Ended"),
    }


def role_titles(roles: Sequence[str]) -> str:
    """Roles in words, in their usual order."""
    return ", ".join(str(ROLE_TITLES[role]) for role in Role if role.value in roles)


def _said(filters: OrganisationFilters | PeopleFilters, words: Mapping[str, str]) -> list[str]:
    return [words[name] for name in conditions(filters)]


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _organisation_rows(viewer: Viewer, asked: Mapping[str, str]) -> Iterator[Sequence[Value]]:
    query = organisations_query(organisation_filters(asked))
    order = (Organisation.sort_key, Organisation.id)
    for row in in_batches(Organisation, query, order):
        yield (
            Written(name_of(row.names, viewer.locale)),
            str(SECTORS.get(row.sector, row.sector)),
            ", ".join(titles(row.levels, LEVELS)),
            ", ".join(titles(row.services, SERVICES)),
            ", ".join(named(code) for code in row.languages),
            Written(row.about),
            Written(row.contact_name),
            row.contact_phone,
            row.contact_email,
            row.website,
            row.agreement_from,
            row.agreement_until,
        )


ORGANISATIONS = ListExport(
    name="organisations",
    title=_l("Organisations"),
    columns=(
        Column("name", _l("Name"), width=30),
        Column("sector", _l("Sector"), width=18),
        Column("levels", _l("Levels of prevention"), width=22),
        Column("services", _l("What it can offer"), width=30, printed=False),
        Column("languages", _l("Languages it works in"), width=18, printed=False),
        Column("about", _l("What it does"), width=40, printed=False),
        Column("contact_name", _l("Whom to ask for"), width=20),
        Column("contact_phone", _l("Telephone"), width=16),
        Column("contact_email", _l("E-mail address"), width=24),
        Column("website", _l("Website"), "url", width=24, printed=False),
        Column("agreement_from", _l("Agreement from"), "date", width=12, printed=False),
        Column("agreement_until", _l("Agreement until"), "date", width=12, printed=False),
    ),
    rows=_organisation_rows,
    permission=Permission.SEE_DIRECTORY,
    count=lambda _viewer, asked: _count(organisations_query(organisation_filters(asked))),
    arguments=("q", "sector", "level", "language", "service", "show"),
    words=lambda _viewer, asked: _said(
        found := organisation_filters(asked), organisation_words(found)
    ),
)


def _people_rows(viewer: Viewer, asked: Mapping[str, str]) -> Iterator[Sequence[Value]]:
    query = people_query(people_filters(asked, viewer))
    names = {partner.id: partner.name for partner in partners(viewer.locale)}
    order = (Membership.sort_key, Membership.id)
    for row in in_batches(Membership, query, order):
        yield (
            Written(row.shown_name),
            Written(row.position),
            Written(names.get(row.organisation_id or "", "")),
            role_titles(row.roles),
            row.phone,
            row.since,
            row.until,
        )


# A page shows nobody's address of mail, since it opens their account: no file holds it either.
PEOPLE = ListExport(
    name="people",
    title=_l("People"),
    columns=(
        Column("name", _l("Name"), width=24),
        Column("position", _l("Position"), width=22),
        Column("organisation", _l("Organisation"), width=26),
        Column("roles", _l("Roles"), width=20),
        Column("phone", _l("Telephone"), width=16),
        Column("since", _l("Member from"), "date", width=12, printed=False),
        Column("until", _l("Member until"), "date", width=12, printed=False),
    ),
    rows=_people_rows,
    permission=Permission.SEE_DIRECTORY,
    count=lambda viewer, asked: _count(people_query(people_filters(asked, viewer))),
    arguments=("q", "role", "organisation", "show"),
    words=lambda viewer, asked: _said(
        found := people_filters(asked, viewer), people_words(found, viewer.locale)
    ),
)
