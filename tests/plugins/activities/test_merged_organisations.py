"""Activities follow an organisation that turned out to be another one, and come back."""

from __future__ import annotations

from sqlalchemy import select

from core.api import Organisation, Viewer, db, new_id
from core.database import metadata
from core.directory import merging
from core.permissions import Permission, Role
from core.testing.app import World
from plugins.activities.models import Activity, Partner
from plugins.activities.services.detail import read_detail
from plugins.activities.services.records import log_activity

from .conftest import Make, See, in_city


def led() -> dict[str, str]:
    rows = db.session.execute(select(Activity.title, Activity.organisation_id))
    return {title: organisation for title, organisation in rows}  # noqa: C416  rows are no pairs to mypy


def partners() -> set[tuple[str, str]]:
    rows = db.session.execute(
        select(Activity.title, Partner.organisation_id).join(
            Partner, (Partner.city_id == Activity.city_id) & (Partner.activity_id == Activity.id)
        )
    )
    return {(title, organisation) for title, organisation in rows}


def test_activities_and_partners_follow_and_come_back(world: World, make: Make, see: See) -> None:
    assert "activities_partner" in metadata.tables
    school, centre = world.organisations["alva"]
    with in_city(world) as today:
        double = new_id()
        db.session.add(Organisation(id=double, names={"en": "The centre, again"}))
        db.session.flush()
        keeper: Viewer = see(
            role=Role.FOCAL_POINT,
            person_id="",
            organisation_id=None,
            permissions=frozenset(permission.value for permission in Permission),
        )
        for title, lead, others in (
            ("Led", double, ()),
            ("Both", school, (centre, double)),
            ("One", school, (double,)),
            ("Together", centre, (double,)),
        ):
            entry = make(title=title, organisation_id=lead, partners=others)
            log_activity(entry, see(organisation_id=lead), today)
        db.session.commit()
        before = led(), partners()
        kept, merged = (merging.find("organisation", one) for one in (centre, double))
        assert kept is not None
        assert merged is not None
        made = merging.merge(keeper, kept, merged, {}, versions=(kept.version, merged.version))
        db.session.commit()

        assert led()["Led"] == centre
        assert partners() == {("Both", centre), ("One", centre), ("Together", centre)}
        together = db.session.scalars(select(Activity).where(Activity.title == "Together")).one()
        detail = read_detail(together.id, see(organisation_id=centre))
        assert detail is not None
        # Who leads an activity is no partner of itself.
        assert detail.partners == ()

        parted = merging.undo(keeper, made)
        db.session.commit()
        assert (led(), partners()) == before
        assert (parted.stayed, parted.fields) == (0, ())
