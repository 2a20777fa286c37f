"""What core itself finds: organisations and people. Actions find themselves, in their own feature."""

from collections.abc import Callable, Iterator

from flask import url_for
from sqlalchemy import and_, select

from core.actions import searching as actions
from core.actions.access import PLUGIN as ACTIONS
from core.database import db
from core.directory.lists import SECTORS
from core.directory.services import PLUGIN, name_of, ref_of
from core.exporting.batches import in_batches
from core.i18n import gettext as _
from core.identity.models import Membership, Organisation
from core.permissions import Permission
from core.search.following import follow
from core.search.query import Query
from core.values import Hit, HitKind, Link, Ref, Searchable, Viewer

ORGANISATIONS, PEOPLE = "identity.organisation", "identity.membership"


def searchable_organisation(one: Organisation) -> Searchable:
    """An organisation by its names, what it does, and whom to ask for."""
    texts = (one.about or "", one.contact_name or "")
    return Searchable(ref_of(one), "\n".join(one.names.values()), "\n".join(texts))


def searchable_person(one: Membership) -> Searchable:
    """Somebody by the name that is shown, and what they do."""
    return Searchable(ref_of(one), one.shown_name, one.position or "")


def _all_organisations() -> Iterator[Searchable]:
    for one in in_batches(Organisation, select(Organisation), (Organisation.id,)):
        yield searchable_organisation(one)


def _all_people() -> Iterator[Searchable]:
    for one in in_batches(Membership, select(Membership), (Membership.id,)):
        yield searchable_person(one)


# Whose the records are, and what gives them.
SOURCES: tuple[tuple[str, Callable[[], Iterator[Searchable]]], ...] = (
    (PLUGIN, _all_organisations),
    (PLUGIN, _all_people),
    (ACTIONS, actions.searchable),
)


def init_own() -> None:
    """Follow the rows of the directory and of actions."""
    names = ("names", "about", "contact_name")
    follow(Organisation, ref_of, searchable_organisation, names)
    follow(Membership, ref_of, searchable_person, ("shown_name", "position"))
    actions.init_searching()


def hits(viewer: Viewer, query: Query) -> Iterator[Hit]:
    """What the viewer may see of core's own records that match, each kind with the best first."""
    yield from actions.hits(viewer, query)
    if viewer.may(Permission.SEE_DIRECTORY):
        yield from _organisations(viewer, query)
        yield from _people(viewer, query)


def _organisations(viewer: Viewer, query: Query) -> Iterator[Hit]:
    # One that was merged is found as the one that took its place.
    visible = select(Organisation.id).where(Organisation.merged_into.is_(None))
    ids = query.best(ORGANISATIONS, visible)
    if not ids:
        return
    more = Link(_("All in organisations"), url_for("directory.organisations", q=query.typed))
    kind = HitKind(_("Organisations"), "building-community", 30, more)
    rows = db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))
    found = {one.id: one for one in rows}
    for one in (found[each] for each in ids if each in found):
        others = [(text, code) for code, text in one.names.items()]
        title = name_of(one.names, viewer.locale)
        language = next((code for code, text in one.names.items() if text == title), "")
        about = [(one.about or "", ""), (one.contact_name or "", "")]
        said = [(text, code) for text, code in others if text != title]
        yield Hit(
            ref_of(one),
            kind,
            title,
            url_for("directory.organisation", organisation_id=one.id),
            language,
            query.excerpt([*about, *said]),
            str(SECTORS.get(one.sector, "")) if one.active else _("Has left the network"),
        )


def _people(viewer: Viewer, query: Query) -> Iterator[Hit]:
    visible = select(Membership.id).where(
        Membership.active.is_(True), Membership.merged_into.is_(None)
    )
    ids = query.best(PEOPLE, visible)
    if not ids:
        return
    more = Link(_("All in people"), url_for("directory.people", q=query.typed))
    kind = HitKind(_("People"), "users", 40, more)
    rows = db.session.execute(
        select(Membership.id, Membership.shown_name, Membership.position, Organisation.names)
        .outerjoin(
            Organisation,
            and_(
                Organisation.city_id == Membership.city_id,
                Organisation.id == Membership.organisation_id,
            ),
        )
        .where(Membership.id.in_(ids))
    )
    found = {row.id: row for row in rows}
    for row in (found[each] for each in ids if each in found):
        yield Hit(
            Ref(PLUGIN, "membership", row.id),
            kind,
            row.shown_name,
            url_for("directory.person", membership_id=row.id),
            "",
            query.excerpt([(row.position or "", "")]),
            name_of(row.names, viewer.locale) if row.names else "",
        )
