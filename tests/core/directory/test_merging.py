"""Two organisations, or two people, that are the same become one; and are parted again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    update,
)

from core.audit.models import AuditRecord
from core.cities.models import City
from core.content.models import ContentText
from core.database import city_key, db, metadata, new_id, utcnow
from core.directory import merging
from core.directory.alike import alike
from core.directory.models import Merge, MovedRow
from core.exporting.models import Export
from core.folding import sort_key
from core.home.models import CalendarFeed
from core.identity.models import Invitation, Membership, Organisation
from core.permissions import Role
from core.tenancy import refresh_city_tables
from core.testing.app import Somebody, World, everything_of, statements_of
from core.wording.models import Report, Reporter

SignIn = Callable[[Somebody], FlaskClient]


# -- Making, reading, merging ----------------------------------------------------------------------------------


def organisation(world: World, name: str, **facts: Any) -> str:
    with world.in_city("alva"):
        made = Organisation(names={"en": name}, sort_key=sort_key(name), **facts)
        db.session.add(made)
        db.session.commit()
        return made.id


def membership(world: World, name: str, **facts: Any) -> str:
    with world.in_city("alva"):
        made = Membership(
            shown_name=name, sort_key=sort_key(name), **({"roles": ["member"]} | facts)
        )
        db.session.add(made)
        db.session.commit()
        return made.id


def read(world: World, model: Any, identifier: str) -> Any:
    with world.in_city("alva") as city:
        return db.session.get(model, (city.id, identifier))


def change(world: World, model: Any, identifier: str, **values: Any) -> None:
    with world.in_city("alva"):
        db.session.execute(update(model).where(model.id == identifier).values(**values))
        db.session.commit()


def path_of(kind: str, identifier: str) -> str:
    return f"/alva/{'organisations' if kind == 'organisation' else 'people'}/{identifier}"


def merge(
    client: FlaskClient, kept: str, merged: str, kind: str = "organisation", **data: str
) -> Any:
    """As a browser does: open the page of the two, then send its form."""
    path = f"{path_of(kind, kept)}/merge"
    page = client.get(path, query_string={"other": merged})
    assert page.status_code == 200, page.status_code
    hidden = dict(
        re.findall(
            r'<input type="hidden" name="(other|\w+_version)" value="([^"]*)"',
            page.get_data(as_text=True),
        )
    )
    return client.post(path, data=hidden | data)


def last_merge(world: World) -> Merge:
    with world.app.app_context():
        found: list[Merge] = everything_of(Merge)
    return max(found, key=lambda one: one.made_at)


def undo(client: FlaskClient, world: World) -> Any:
    return client.post(f"/alva/directory/merges/{last_merge(world).id}/undo")


def told(client: FlaskClient, path: str = "/alva/") -> str:
    return client.get(path).get_data(as_text=True)


@pytest.fixture
def keeper(world: World, sign_in: SignIn) -> FlaskClient:
    """The focal point, who speaks for neither of the organisations that tests merge."""
    own = organisation(world, "Municipality")
    change(
        world, Membership, world.person("alva", Role.FOCAL_POINT).membership_id, organisation_id=own
    )
    return sign_in(world.person("alva", Role.FOCAL_POINT))


@pytest.fixture
def administrator(world: World, sign_in: SignIn) -> FlaskClient:
    own = organisation(world, "Town hall")
    change(
        world,
        Membership,
        world.person("alva", Role.CITY_ADMINISTRATOR).membership_id,
        organisation_id=own,
    )
    return sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))


def school(world: World) -> str:
    return world.organisations["alva"][0]


# -- Organisations ---------------------------------------------------------------------------------------------


def test_its_people_follow_and_its_address_leads_on(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School of Alva (2)")
    teacher = membership(world, "A teacher", organisation_id=double)
    answer = merge(keeper, school(world), double)
    assert (answer.status_code, answer.location) == (303, path_of("organisation", school(world)))
    assert read(world, Membership, teacher).organisation_id == school(world)
    gone = read(world, Organisation, double)
    assert (gone.active, gone.merged_into) == (False, school(world))
    answer = keeper.get(path_of("organisation", double))
    assert (answer.status_code, answer.location) == (302, path_of("organisation", school(world)))
    assert keeper.get(f"{path_of('organisation', double)}/edit").status_code == 302
    assert keeper.post(f"{path_of('organisation', double)}/rejoin").status_code == 404
    for query in ("", "?show=left"):
        assert "School of Alva (2)" not in told(keeper, f"/alva/organisations{query}")


def test_the_page_says_what_moves(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School of Alva (2)")
    for number in range(3):
        membership(world, f"Teacher {number}", organisation_id=double)
    page = told(keeper, f"{path_of('organisation', school(world))}/merge?other={double}")
    assert "3 people" in page


def test_each_value_is_chosen(world: World, keeper: FlaskClient) -> None:
    double = organisation(
        world,
        "Another name",
        about="Long and full of what the school does.",
        levels=["primary"],
        contact_phone="070 111 111",
        website="https://school.example",
    )
    change(
        world,
        Organisation,
        school(world),
        about="Short.",
        levels=["secondary"],
        contact_phone="070 222 222",
    )
    merge(keeper, school(world), double, **{"take-contact_phone": "merged"})
    one = read(world, Organisation, school(world))
    # Proposed: the name that stays, the longer text, both lists, and what only one has.
    assert one.names == {"en": "School of Alva"}
    assert one.about == "Long and full of what the school does."
    assert one.levels == ["secondary", "primary"]
    assert one.website == "https://school.example"
    # Chosen.
    assert one.contact_phone == "070 111 111"
    assert "long and full" in one.search_text


def test_names_are_chosen_language_by_language(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "Lycée")
    change(world, Organisation, double, names={"en": "Grammar school", "sq": "Gjimnazi"})
    merge(keeper, school(world), double, **{"take-names-en": "merged"})
    one = read(world, Organisation, school(world))
    assert one.names == {"en": "Grammar school", "sq": "Gjimnazi"}
    assert undo(keeper, world).status_code == 303
    assert read(world, Organisation, school(world)).names == {"en": "School of Alva"}


def test_undone_everything_is_as_it_was(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School (2)", about="What it does", levels=["primary"])
    people = [membership(world, f"Teacher {n}", organisation_id=double) for n in range(3)]
    own = membership(world, "Of the school", organisation_id=school(world))
    before = read(world, Organisation, school(world))
    merge(keeper, school(world), double)
    answer = undo(keeper, world)
    assert (answer.status_code, answer.location) == (303, path_of("organisation", double))
    assert {read(world, Membership, one).organisation_id for one in people} == {double}
    assert read(world, Membership, own).organisation_id == school(world)
    one, other = read(world, Organisation, school(world)), read(world, Organisation, double)
    assert (one.names, one.about, one.levels) == (before.names, before.about, before.levels)
    assert (other.active, other.merged_into) == (True, None)
    assert "Undone" in told(keeper, "/alva/directory/doubles")
    assert undo(keeper, world).location == "/alva/directory/doubles"


def test_what_people_changed_since_stays(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School (2)", about="What it does", contact_phone="1111111")
    moved_on = membership(world, "Moved on", organisation_id=double)
    stays = membership(world, "Stays", organisation_id=double)
    merge(keeper, school(world), double)
    change(world, Membership, moved_on, organisation_id=world.organisations["alva"][1])
    change(world, Organisation, school(world), about="Written since")
    undo(keeper, world)
    page = told(keeper, path_of("organisation", double))
    assert "1 record was changed since" in page
    assert "What somebody wrote since the merge stays" in page
    assert read(world, Membership, moved_on).organisation_id == world.organisations["alva"][1]
    assert read(world, Membership, stays).organisation_id == double
    one = read(world, Organisation, school(world))
    assert (one.about, one.contact_phone) == ("Written since", "")


def test_a_merge_into_what_was_merged_on_is_undone_last(world: World, keeper: FlaskClient) -> None:
    first, second = organisation(world, "School (2)"), organisation(world, "School (3)")
    merge(keeper, first, second)
    earlier = last_merge(world)
    merge(keeper, school(world), first)
    # The chain is short: the first address leads to the end at once.
    assert keeper.get(path_of("organisation", second)).location == path_of(
        "organisation", school(world)
    )
    keeper.post(f"/alva/directory/merges/{earlier.id}/undo")
    assert "Undo that first" in told(keeper)
    undo(keeper, world)
    assert read(world, Organisation, second).merged_into == first
    keeper.post(f"/alva/directory/merges/{earlier.id}/undo")
    assert read(world, Organisation, second).merged_into is None


def test_after_thirty_days_it_stays(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School (2)")
    merge(keeper, school(world), double)
    made = last_merge(world)
    change(world, Merge, made.id, made_at=utcnow() - timedelta(days=31))
    undo(keeper, world)
    assert "can no longer be undone" in told(keeper)
    assert read(world, Organisation, double).merged_into == school(world)


def test_somebody_elses_change_meanwhile_is_seen(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School (2)")
    path = f"{path_of('organisation', school(world))}/merge"
    for versions in ({}, {"kept_version": "1", "merged_version": "7"}, {"kept_version": "x"}):
        answer = keeper.post(path, data={"other": double} | versions)
        assert answer.status_code == 409
        assert "Somebody changed one of the two" in answer.get_data(as_text=True)
    assert read(world, Organisation, double).merged_into is None


@pytest.mark.parametrize("other", ["", "nnnnnnnnnnnnnnnn", "x" * 400, "../..", "%00"])
def test_what_is_not_there_cannot_be_merged(world: World, keeper: FlaskClient, other: str) -> None:
    path = f"{path_of('organisation', school(world))}/merge"
    assert keeper.post(path, data={"other": other}).status_code == 404
    if other:
        assert keeper.get(path, query_string={"other": other}).status_code in {400, 404}
    assert keeper.post(path, data={"other": school(world)}).status_code == 404
    abroad = world.organisations["bruma"][0]
    assert keeper.get(path, query_string={"other": abroad}).status_code == 404
    assert keeper.post(path, data={"other": abroad}).status_code == 404


def test_what_has_left_cannot_stay(world: World, keeper: FlaskClient) -> None:
    left = organisation(world, "School that left", active=False)
    answer = merge(keeper, left, school(world))
    assert answer.status_code == 422
    assert merge(keeper, school(world), left).status_code == 303
    undo(keeper, world)
    assert read(world, Organisation, left).active is False


def test_nobody_opens_anothers_records_by_merging_them_into_their_own(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    own = read(world, Membership, world.person("alva", Role.FOCAL_POINT).membership_id)
    double = organisation(world, "Police")
    membership(world, "Officer", organisation_id=double)
    for kept, merged in ((own.organisation_id, double), (double, own.organisation_id)):
        answer = merge(client, kept, merged)
        assert answer.status_code == 422
        assert "You speak for one of the two" in answer.get_data(as_text=True)
    empty = organisation(world, "Nobody’s")
    assert merge(client, own.organisation_id, empty).status_code == 303


@pytest.mark.parametrize("role", list(Role))
def test_only_who_keeps_the_directory_merges(world: World, sign_in: SignIn, role: Role) -> None:
    double, other = organisation(world, "School (2)"), organisation(world, "Elsewhere")
    change(world, Membership, world.person("alva", role).membership_id, organisation_id=other)
    person = membership(world, "Somebody")
    client = sign_in(world.person("alva", role))
    allowed = role in {Role.FOCAL_POINT, Role.CITY_ADMINISTRATOR}
    for path in (
        f"{path_of('organisation', double)}/merge",
        f"{path_of('membership', person)}/merge",
        "/alva/directory/doubles",
    ):
        assert client.get(path).status_code == (200 if allowed else 403), path
    for path in (
        f"{path_of('organisation', school(world))}/merge",
        f"{path_of('membership', person)}/merge",
        "/alva/directory/merges/nnnnnnnnnnnnnnnn/undo",
    ):
        status = client.post(path, data={"other": double}).status_code
        assert (status != 403) == allowed, path
    assert ("Same as another" in told(client, path_of("organisation", double))) == allowed or (
        role is Role.OBSERVER
    )


def test_it_is_recorded_and_calendars_follow(world: World, keeper: FlaskClient) -> None:
    def version() -> int:
        with world.in_city("alva") as city:
            db.session.refresh(city)
            return city.calendar_version

    double = organisation(world, "School (2)")
    before = version()
    merge(keeper, school(world), double)
    assert version() > before
    between = version()
    undo(keeper, world)
    assert version() > between
    with world.app.app_context():
        actions = list(db.session.scalars(select(AuditRecord.action)))
    assert {"organisation.merged", "organisation.parted"} <= set(actions)


def test_texts_of_the_one_that_goes_wait_for_nobody(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "School (2)")
    with world.in_city("alva"):
        db.session.add(
            ContentText(
                plugin="identity",
                kind="organisation",
                record_id=double,
                language="en",
                original=True,
                state="original",
                texts={"name": "School (2)"},
                shared=True,
            )
        )
        db.session.commit()

    def shared() -> list[bool]:
        with world.app.app_context():
            return [one.shared for one in everything_of(ContentText) if one.record_id == double]

    merge(keeper, school(world), double)
    assert shared() == [False]
    undo(keeper, world)
    assert shared() == [True]


def test_many_rows_take_no_more_statements(world: World, keeper: FlaskClient) -> None:
    def asked(number: int) -> int:
        double = organisation(world, f"Double {number}")
        with world.in_city("alva"):
            db.session.add_all(
                Membership(shown_name=f"P {n}", roles=["member"], organisation_id=double)
                for n in range(number)
            )
            db.session.commit()
        with statements_of(world.app) as statements:
            assert merge(keeper, school(world), double).status_code == 303
        few = len(statements)
        with statements_of(world.app) as statements:
            undo(keeper, world)
        return max(few, len(statements))

    # What is written down goes in larger parcels, and each parcel is a statement.
    assert asked(200) <= asked(2) + 5 < 90


# -- Doubles and plugins ---------------------------------------------------------------------------------------


def test_a_double_is_set_aside_and_comes_back(world: World, administrator: FlaskClient) -> None:
    one, two = membership(world, "Ana"), membership(world, "Ana again")
    with world.in_city("alva"):
        report = Report(language="fr", words="Mot", suggestion="Autre mot")
        alone = Report(language="fr", words="Seul", suggestion="Autre")
        db.session.add_all([report, alone])
        db.session.flush()
        for report_id, who, reason in (
            (report.id, one, "Une"),
            (report.id, two, "Deux"),
            (alone.id, two, "Trois"),
        ):
            db.session.add(Reporter(report_id=report_id, membership_id=who, reason=reason))
        db.session.commit()

    def voices() -> set[tuple[str, str]]:
        with world.app.app_context():
            return {(row.membership_id, row.reason) for row in everything_of(Reporter)}

    before = voices()
    assert merge(administrator, one, two, "membership").status_code == 303
    assert voices() == {(one, "Une"), (one, "Trois")}
    with world.app.app_context():
        (aside,) = [row for row in everything_of(MovedRow) if row.content is not None]
    assert aside.table_name == "wording_reporter"
    undo(administrator, world)
    assert voices() == before


def test_what_a_double_belonged_to_may_be_gone(world: World, administrator: FlaskClient) -> None:
    one, two = membership(world, "Ana"), membership(world, "Ana again")
    with world.in_city("alva"):
        report = Report(language="fr", words="Mot", suggestion="Autre mot")
        db.session.add(report)
        db.session.flush()
        for who in (one, two):
            db.session.add(Reporter(report_id=report.id, membership_id=who))
        db.session.commit()
        report_id = report.id
    merge(administrator, one, two, "membership")
    with world.in_city("alva") as city:
        db.session.delete(db.session.get(Report, (city.id, report_id)))
        db.session.commit()
    assert undo(administrator, world).status_code == 303
    assert "1 record was changed since or is gone" in told(administrator)
    assert read(world, Membership, two).active is True


@pytest.fixture
def lending() -> Iterator[Table]:
    """A table of a stranger's plugin, which knows nothing of merging."""
    table = Table(
        "lending_thing",
        metadata,
        Column("city_id", String(16), ForeignKey("cities_city.id"), primary_key=True),
        Column("id", String(16), primary_key=True),
        Column("title", String(200)),
        Column("keeper_id", String(16)),
        Column("lent_on", Date),
        city_key("identity_membership", "keeper_id"),
        UniqueConstraint("city_id", "keeper_id", "title"),
    )
    refresh_city_tables(metadata)
    try:
        yield table
    finally:
        metadata.remove(table)
        refresh_city_tables(metadata)


def test_rows_of_a_plugin_follow_and_come_back(
    lending: Table, world: World, administrator: FlaskClient
) -> None:
    table = lending
    one, two = membership(world, "Ana"), membership(world, "Ana again")
    things = [new_id() for _number in range(4)]
    # The last one is a double: both have a screen, and nobody has two.
    kept = ((one, "Screen"), (two, "Projector"), (two, "Tent"), (two, "Screen"))
    with world.app.app_context(), db.engine.begin() as connection:
        table.create(connection.execution_options(schema_work=True))
    with world.in_city("alva") as city:
        for thing, (keeper_id, title) in zip(things, kept, strict=True):
            db.session.execute(
                insert(table).values(
                    city_id=city.id,
                    id=thing,
                    title=title,
                    keeper_id=keeper_id,
                    lent_on=date(2026, 5, 4),
                )
            )
        db.session.commit()

    def keepers() -> list[str | None]:
        with world.in_city("alva") as city:
            rows = db.session.execute(select(table).where(table.c.city_id == city.id))
            found = {row.id: row.keeper_id for row in rows if row.lent_on == date(2026, 5, 4)}
        return [found.get(thing) for thing in things]

    assert merge(administrator, one, two, "membership").status_code == 303
    assert keepers() == [one, one, one, None]
    third = membership(world, "Third")
    with world.in_city("alva") as city:
        db.session.execute(
            update(table)
            .where(table.c.city_id == city.id, table.c.id == things[2])
            .values(keeper_id=third)
        )
        db.session.commit()
    undo(administrator, world)
    assert keepers() == [one, two, third, two]


def test_every_reference_of_every_table_is_found(world: World) -> None:
    """What follows is read from the tables: a new one of core or of a plugin is among them by itself."""
    with world.in_city("alva"):
        found = {
            (one.table.name, one.column)
            for kind in merging.MODELS
            for one in merging.references(kind)
        }
    assert {
        ("identity_membership", "organisation_id"),
        ("identity_organisation", "merged_into"),
        ("home_calendar_feed", "membership_id"),
        ("files_attachment", "uploaded_by"),
    } <= found
    if "activities_activity" in metadata.tables:
        assert ("activities_partner", "organisation_id") in found
        assert ("activities_activity", "logged_by") in found
    assert not {name for name, _column in found} & {"identity_invitation", "audit_record"}


# -- People ----------------------------------------------------------------------------------------------------


def test_two_people_become_one(world: World, keeper: FlaskClient) -> None:
    one = membership(world, "Ana Ilieva", position="Teacher")
    two = membership(world, "Ilieva Ana", phone="070 111 111", organisation_id=school(world))
    answer = merge(keeper, one, two, "membership")
    assert (answer.status_code, answer.location) == (303, path_of("membership", one))
    kept = read(world, Membership, one)
    assert (kept.shown_name, kept.position, kept.phone) == ("Ana Ilieva", "Teacher", "070 111 111")
    assert kept.organisation_id == school(world)
    assert keeper.get(path_of("membership", two)).location == path_of("membership", one)
    assert "Ilieva Ana" not in told(keeper, "/alva/people?show=ended")
    undo(keeper, world)
    kept = read(world, Membership, one)
    assert (kept.phone, kept.organisation_id) == ("", None)
    assert read(world, Membership, two).active is True


def test_the_account_comes_along(world: World, keeper: FlaskClient, sign_in: SignIn) -> None:
    member = world.person("alva", Role.MEMBER)
    listed = membership(world, "Without an account")
    with world.in_city("alva"):
        db.session.add(
            CalendarFeed(membership_id=member.membership_id, name="Mine", token_hash="x" * 64)
        )
        db.session.commit()
    assert merge(keeper, listed, member.membership_id, "membership").status_code == 303
    kept, gone = (
        read(world, Membership, listed),
        read(world, Membership, member.membership_id),
    )
    assert (kept.person_id, gone.person_id, gone.active) == (member.id, None, False)
    assert sign_in(member).get("/alva/people").status_code == 200
    with world.app.app_context():
        assert [feed.membership_id for feed in everything_of(CalendarFeed)] == [listed]
    undo(keeper, world)
    assert read(world, Membership, member.membership_id).person_id == member.id
    assert read(world, Membership, listed).person_id is None


def test_accounts_are_never_joined(world: World, administrator: FlaskClient) -> None:
    one, two = (world.person("alva", role) for role in (Role.MEMBER, Role.CHAIR))
    answer = merge(administrator, one.membership_id, two.membership_id, "membership")
    assert answer.status_code == 422
    assert "accounts are never joined" in answer.get_data(as_text=True)
    # What the sentence says to do works, and the other account opens nothing here any more.
    assert administrator.post(f"{path_of('membership', two.membership_id)}/end").status_code == 303
    with world.in_city("alva"):
        db.session.add(
            CalendarFeed(membership_id=two.membership_id, name="Theirs", token_hash="y" * 64)
        )
        db.session.commit()
    assert (
        merge(administrator, one.membership_id, two.membership_id, "membership").status_code == 303
    )
    assert read(world, Membership, one.membership_id).person_id == one.id
    assert read(world, Membership, two.membership_id).person_id == two.id
    with world.app.app_context():
        (feed,) = everything_of(CalendarFeed)
    assert feed.membership_id == two.membership_id


def test_nobody_merges_themself(world: World, administrator: FlaskClient) -> None:
    own = world.person("alva", Role.CITY_ADMINISTRATOR).membership_id
    other = membership(world, "Another", roles=["chair", "lead_worker"])
    for kept, merged in ((own, other), (other, own)):
        answer = merge(administrator, kept, merged, "membership", **{"take-roles": "both"})
        assert answer.status_code == 422
        assert "Nobody changes their own place" in answer.get_data(as_text=True)


def test_roles_are_those_of_the_one_that_stays(world: World, administrator: FlaskClient) -> None:
    one = membership(world, "Ana", roles=["member"])
    two = membership(world, "Ana (2)", roles=["chair"])
    merge(administrator, one, two, "membership")
    assert read(world, Membership, one).roles == ["member"]
    undo(administrator, world)
    merge(administrator, one, two, "membership", **{"take-roles": "both"})
    assert read(world, Membership, one).roles == ["chair", "member"]
    undo(administrator, world)
    assert read(world, Membership, one).roles == ["member"]
    assert read(world, Membership, two).roles == ["chair"]


@pytest.mark.parametrize("take", ["kept", "merged", "both"])
def test_who_gives_no_roles_gives_none_by_merging(
    world: World, keeper: FlaskClient, take: str
) -> None:
    one = membership(world, "Ana", roles=["member"])
    two = membership(world, "Ana (2)", roles=["lead_worker"])
    answer = merge(keeper, one, two, "membership", **{"take-roles": take})
    assert answer.status_code == 422
    assert "Only a city administrator" in answer.get_data(as_text=True)
    assert read(world, Membership, one).roles == ["member"]
    assert read(world, Membership, two).merged_into is None


def test_an_account_gains_no_role_by_coming_along(world: World, keeper: FlaskClient) -> None:
    """Somebody is listed as chair and has no account; a member's account must not become the chair's."""
    chair = membership(world, "The chair to be", roles=["chair"])
    member = world.person("alva", Role.MEMBER)
    answer = merge(keeper, chair, member.membership_id, "membership")
    assert answer.status_code == 422
    assert read(world, Membership, chair).person_id is None


def test_the_last_administrator_stays_one(world: World, sign_in: SignIn) -> None:
    second = membership(
        world, "Second", roles=["city_administrator"], person_id=world.person("alva").id
    )
    first = world.person("alva", Role.CITY_ADMINISTRATOR)
    client = sign_in(world.person("alva"))
    other = membership(world, "The first again", roles=["member"])
    change(world, Membership, world.person("alva").membership_id, active=False)
    # With a second one the first may go; alone it may not.
    change(world, Membership, second, until=(utcnow() + timedelta(days=1)).date())
    answer = merge(client, other, first.membership_id, "membership")
    assert answer.status_code == 303, answer.status_code
    undo(client, world)
    assert Role.CITY_ADMINISTRATOR in read(world, Membership, first.membership_id).roles


def test_open_invitations_open_nothing_more(world: World, keeper: FlaskClient) -> None:
    one, two = membership(world, "Ana"), membership(world, "Ana (2)")
    with world.in_city("alva"):
        db.session.add(
            Invitation(
                membership_id=two,
                email="ana@alva.example",
                token_hash="z" * 64,
                expires_at=utcnow() + timedelta(days=7),
            )
        )
        db.session.commit()

    def revoked() -> list[bool]:
        with world.app.app_context():
            return [row.revoked_at is not None for row in everything_of(Invitation)]

    merge(keeper, one, two, "membership")
    assert revoked() == [True]
    with world.app.app_context():
        assert {row.membership_id for row in everything_of(Invitation)} == {two}
    undo(keeper, world)
    assert revoked() == [False]


# -- What looks alike ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "others", "why"),
    [
        ({"names": {"mk": "Основно училиште „Гоце“"}}, {"names": {"sr_Latn": "Osnovno učilište Goce"}}, "name"),
        ({"names": {"en": "Youth association Bridge"}}, {"names": {"en": "Bridge youth association"}}, "name"),
        ({"names": {"en": "Association for prevention"}}, {"names": {"en": "Asociation for prevention"}}, "near"),
        ({"names": {"mk": "Центар за дијалог"}}, {"names": {"mk": "Центри за дијалог"}}, "near"),
        ({"contact_email": "Office@x.example"}, {"contact_email": "office@X.example"}, "email"),
        ({"contact_phone": "+389 70 111 222"}, {"contact_phone": "070/111-222"}, "phone"),
        ({"website": "https://www.x.example/"}, {"website": "http://x.example"}, "website"),
        ({"names": {"en": "School 12 of the town"}}, {"names": {"en": "School 13 of the town"}}, ""),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_what_looks_alike_is_offered(
    world: World, facts: dict[str, Any], others: dict[str, Any], why: str
) -> None:
    one, two = organisation(world, "Quercus"), organisation(world, "Zelkova")
    for identifier, values in ((one, facts), (two, others)):
        if values:
            change(world, Organisation, identifier, **values)
    with world.in_city("alva"), statements_of(world.app) as statements:
        found = {(frozenset({pair.first, pair.second}), pair.why) for pair in alike("organisation")}
    assert len(statements) == 1
    assert ((frozenset({one, two}), why) in found) == bool(why)
    if not why:
        assert not [pair for pair, _why in found if pair == {one, two}]


def test_people_who_look_alike_stand_on_the_page(world: World, keeper: FlaskClient) -> None:
    membership(world, "Јана Петрова")
    two = membership(world, "Petrova Jana")
    page = told(keeper, "/alva/directory/doubles")
    assert "Petrova Jana" in page
    first = re.search(r'href="(/alva/people/[^"]*)">Compare', page)
    assert first
    assert keeper.get(first[1].replace("&amp;", "&")).status_code == 200
    assert "Јана Петрова" in told(keeper, f"{path_of('membership', two)}/merge")


def test_the_list_to_choose_from_can_be_searched(world: World, keeper: FlaskClient) -> None:
    path = f"{path_of('organisation', school(world))}/merge"
    with world.in_city("alva"):
        for row in db.session.scalars(select(Organisation)):
            row.search_text = row.names["en"].lower()
        db.session.commit()
    assert "Youth centre of Alva" in told(keeper, path)
    assert "Youth centre of Alva" in told(keeper, f"{path}?q=youth")
    assert "Youth centre of Alva" not in told(keeper, f"{path}?q=zzz")


def test_a_city_sees_only_its_own_merges(
    world: World, keeper: FlaskClient, sign_in: SignIn
) -> None:
    double = organisation(world, "School (2)")
    merge(keeper, school(world), double)
    abroad = sign_in(world.person("bruma", Role.FOCAL_POINT))
    identifier = last_merge(world).id
    assert "School (2)" not in told(abroad, "/bruma/directory/doubles")
    assert abroad.post(f"/bruma/directory/merges/{identifier}/undo").status_code == 404
    with world.app.app_context():
        assert {row.city_id for row in everything_of(MovedRow)} <= {
            db.session.query(City).filter_by(slug="alva").one().id
        }


def test_the_one_with_an_account_is_proposed_to_stay(world: World, keeper: FlaskClient) -> None:
    member = world.person("alva", Role.MEMBER)
    name = read(world, Membership, member.membership_id).shown_name
    listed = membership(world, name, created_at=utcnow() - timedelta(days=400))
    with world.in_city("alva"):
        pairs = [(one.first, one.second) for one in alike("membership")]
    assert (member.membership_id, listed) in pairs


def test_what_cannot_be_merged_offers_no_button(world: World, keeper: FlaskClient) -> None:
    one, two = membership(world, "Ana"), membership(world, "Ana (2)", roles=["chair"])
    page = told(keeper, f"{path_of('membership', one)}/merge?other={two}")
    assert "Only a city administrator" in page
    assert "Make one of them" not in page
    third = membership(world, "Ana (3)")
    assert "Make one of them" in told(keeper, f"{path_of('membership', one)}/merge?other={third}")


# -- What must not come of it ------------------------------------------------------------------------------------


def test_an_organisation_does_not_lose_its_last_name(world: World, keeper: FlaskClient) -> None:
    double = organisation(world, "Gjimnazi")
    change(world, Organisation, double, names={"sq": "Gjimnazi"})
    answer = merge(
        keeper,
        school(world),
        double,
        **{"take-names-en": "merged", "take-names-sq": "kept", "take-about": "kept"},
    )
    assert answer.status_code == 422
    assert read(world, Organisation, school(world)).names == {"en": "School of Alva"}
    assert read(world, Organisation, double).merged_into is None


def test_dates_that_revive_roles_are_as_if_they_were_given(
    world: World, keeper: FlaskClient, administrator: FlaskClient
) -> None:
    over = (utcnow() - timedelta(days=1)).date()
    chair = membership(world, "The former chair", roles=["chair"], since=over, until=over)
    double = membership(world, "The same", since=over, until=over + timedelta(days=90))
    answer = merge(keeper, chair, double, "membership", **{"take-until": "merged"})
    assert answer.status_code == 422
    assert "Only a city administrator" in answer.get_data(as_text=True)
    assert read(world, Membership, chair).until == over
    answer = merge(administrator, chair, double, "membership", **{"take-until": "merged"})
    assert answer.status_code == 303
    assert read(world, Membership, chair).until == over + timedelta(days=90)
    # The way back ends them, which is taking them.
    undo(keeper, world)
    assert read(world, Membership, chair).until == over + timedelta(days=90)
    undo(administrator, world)
    assert read(world, Membership, chair).until == over


def test_what_was_made_for_an_account_stays_with_it(
    world: World, administrator: FlaskClient
) -> None:
    one, two = (world.person("alva", role) for role in (Role.MEMBER, Role.CHAIR))
    with world.in_city("alva"):
        db.session.add(
            Export(
                membership_id=two.membership_id,
                plugin="activities",
                list_name="activities",
                file_kind="csv",
                language="en",
                state="ready",
                expires_at=utcnow() + timedelta(days=1),
            )
        )
        db.session.commit()
    assert administrator.post(f"{path_of('membership', two.membership_id)}/end").status_code == 303
    answer = merge(administrator, one.membership_id, two.membership_id, "membership")
    assert answer.status_code == 303
    with world.app.app_context():
        (export,) = everything_of(Export)
    # It holds what the other account could see.
    assert export.membership_id == two.membership_id
