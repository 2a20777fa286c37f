"""Activities follow an organisation that turned out to be another one, and come back."""

from __future__ import annotations

from sqlalchemy import select, update

from core.api import Organisation, Viewer, db, new_id
from core.database import metadata
from core.directory import merging
from core.directory.models import Merge
from core.permissions import Permission, Role
from core.testing.app import World
from plugins.activities.models import Activity, Partner
from plugins.activities.services.detail import read_detail
from plugins.activities.services.records import log_activity

from .conftest import Make, See, in_city
from .test_importing import bring_in, calendar, event


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
        kept, double_row = (merging.find("organisation", one) for one in (centre, double))
        assert kept is not None
        assert double_row is not None
        made = merging.merge(
            keeper(see), kept, double_row, {}, versions=(kept.version, double_row.version)
        )
        db.session.commit()

        assert led()["Led"] == centre
        assert partners() == {("Both", centre), ("One", centre), ("Together", centre)}
        together = db.session.scalars(select(Activity).where(Activity.title == "Together")).one()
        detail = read_detail(together.id, see(organisation_id=centre))
        assert detail is not None
        # Who leads an activity is no partner of itself.
        assert detail.partners == ()

        parted = merging.undo(keeper(see), made)
        db.session.commit()
        assert (led(), partners()) == before
        assert (parted.stayed, parted.fields) == (0, ())


# -- A calendar imported before ------------------------------------------------------------------------------


WEEKLY = event("weekly", RRULE="FREQ=WEEKLY;COUNT=4")


def keeper(see: See) -> Viewer:
    return see(
        role=Role.FOCAL_POINT,
        person_id="",
        organisation_id=None,
        permissions=frozenset(permission.value for permission in Permission),
    )


def a_double() -> str:
    """Another record of an organisation that is there already."""
    double = new_id()
    db.session.add(Organisation(id=double, names={"en": "The centre, again"}))
    db.session.commit()
    return double


def merged(see: See, kept_id: str, merged_id: str) -> Merge:
    """Merge one into the other."""
    kept, gone = (merging.find("organisation", one) for one in (kept_id, merged_id))
    assert kept is not None
    assert gone is not None
    made = merging.merge(keeper(see), kept, gone, {}, versions=(kept.version, gone.version))
    db.session.commit()
    return made


def stored() -> list[tuple[str, str, int]]:
    rows = db.session.scalars(select(Activity).order_by(Activity.start_utc, Activity.id))
    return [(row.title, row.status, row.version) for row in rows]


def test_a_calendar_imported_before_a_merge_changes_nothing_after_it(
    world: World, see: See
) -> None:
    centre = world.organisations["alva"][1]
    data = calendar(event(), WEEKLY)
    with in_city(world) as today:
        double = a_double()
        bring_in(data, see(organisation_id=double), today)
        before = stored()
        assert len(before) == 5
        made = merged(see, centre, double)
        plan = bring_in(data, see(organisation_id=centre), today)
        assert (plan.counts, plan.writes) == ({"unchanged": 2}, False)
        assert stored() == before
        # And so it does when the two are parted again.
        merging.undo(keeper(see), made)
        db.session.commit()
        back = merging.find("organisation", double)
        assert back is not None
        assert back.active
        again = bring_in(data, see(organisation_id=double), today)
        assert (again.counts, again.writes) == ({"unchanged": 2}, False)


def test_a_calendar_imported_before_two_merges_is_known_after_them(world: World, see: See) -> None:
    school, centre = world.organisations["alva"]
    with in_city(world) as today:
        double = a_double()
        bring_in(calendar(WEEKLY), see(organisation_id=double), today)
        merged(see, centre, double)
        merged(see, school, centre)
        assert not bring_in(calendar(WEEKLY), see(organisation_id=school), today).writes


def test_what_the_calendar_changed_after_a_merge_changes_the_same_activities(
    world: World, see: See
) -> None:
    centre = world.organisations["alva"][1]
    with in_city(world) as today:
        double = a_double()
        bring_in(calendar(WEEKLY), see(organisation_id=double), today)
        merged(see, centre, double)
        renamed = WEEKLY.replace("Parents’ evening", "Evening for parents")
        plan = bring_in(calendar(renamed), see(organisation_id=centre), today)
        assert plan.counts == {"change": 1}
        assert [(title, status) for title, status, _version in stored()] == [
            ("Evening for parents", "planned")
        ] * 4


def test_of_a_calendar_that_both_had_imported_one_half_follows_it_and_the_other_stays(
    world: World, see: See
) -> None:
    centre = world.organisations["alva"][1]
    with in_city(world) as today:
        double = a_double()
        # Neither may see what the other keeps to itself, so both could bring it in.
        for one, role in ((double, Role.CHAIR), (centre, Role.MEMBER)):
            bring_in(calendar(WEEKLY), see(role=role, organisation_id=one), today)
            db.session.execute(update(Activity).values(visibility="organisation"))
            db.session.commit()
        assert len(stored()) == 8
        merged(see, centre, double)
        moved = WEEKLY.replace("20300302T", "20300303T").replace("Library", "School")
        bring_in(calendar(moved), see(organisation_id=centre), today)
        rows = db.session.scalars(select(Activity)).all()
        theirs = [row for row in rows if row.source_for == double]
        assert {(row.status, row.place) for row in theirs} == {("planned", "Library")}
        assert {row.place for row in rows if row.status == "planned"} == {"Library", "School"}
        assert len([row for row in rows if row.status == "planned"]) == 8
