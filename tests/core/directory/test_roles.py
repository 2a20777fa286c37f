"""Nobody raises themself, on no path there is; and nobody without the permission raises anybody."""

from datetime import timedelta

import pytest

from core.database import db, utcnow
from core.identity.models import Invitation, Membership
from core.permissions import Role
from core.testing.app import everything_of

ADMINISTRATOR, FOCAL_POINT, MEMBER = Role.CITY_ADMINISTRATOR, Role.FOCAL_POINT, Role.MEMBER


@pytest.fixture
def roles_in_alva(world):
    """The roles of somebody of Alva as they are stored."""

    def look(role: Role) -> list[str]:
        with world.in_city("alva") as city:
            key = (city.id, world.person("alva", role).membership_id)
            return list(db.session.get_one(Membership, key).roles)

    return look


def path(world, role: Role, page: str = "") -> str:
    return f"/alva/people/{world.person('alva', role).membership_id}{page}"


def version(world, role: Role) -> int:
    with world.in_city("alva") as city:
        key = (city.id, world.person("alva", role).membership_id)
        return int(db.session.get_one(Membership, key).version)


@pytest.mark.parametrize("role", [role for role in Role if role is not ADMINISTRATOR])
def test_only_administrators_change_roles(world, sign_in, roles_in_alva, role) -> None:
    client = sign_in(world.person("alva", role))
    answer = client.post(
        path(world, role, "/roles"), data={"roles": ["city_administrator"], "version": "1"}
    )
    assert answer.status_code == 403
    assert client.get(path(world, MEMBER, "/roles")).status_code == 403
    assert roles_in_alva(role) == [role.value]


@pytest.mark.parametrize("gained", [role for role in Role if role is not ADMINISTRATOR])
def test_an_administrator_gains_no_role(world, sign_in, roles_in_alva, gained) -> None:
    client = sign_in(world.person("alva", ADMINISTRATOR))
    data = {"roles": ["city_administrator", gained.value], "version": version(world, ADMINISTRATOR)}
    answer = client.post(path(world, ADMINISTRATOR, "/roles"), data=data)
    assert answer.status_code == 422
    assert "Ask another administrator" in answer.text
    assert roles_in_alva(ADMINISTRATOR) == ["city_administrator"]


def test_an_administrator_gives_roles_to_others(world, sign_in, roles_in_alva) -> None:
    client = sign_in(world.person("alva", ADMINISTRATOR))
    data = {"roles": ["chair", "member"], "version": version(world, MEMBER)}
    assert client.post(path(world, MEMBER, "/roles"), data=data).status_code == 303
    assert roles_in_alva(MEMBER) == ["chair", "member"]


def test_made_up_roles_are_refused(world, sign_in, roles_in_alva) -> None:
    client = sign_in(world.person("alva", ADMINISTRATOR))
    data = {"roles": ["emperor"], "version": version(world, MEMBER)}
    assert client.post(path(world, MEMBER, "/roles"), data=data).status_code == 422
    assert roles_in_alva(MEMBER) == ["member"]


def test_two_who_change_roles_at_once_lose_nothing(world, sign_in, roles_in_alva) -> None:
    client = sign_in(world.person("alva", ADMINISTRATOR))
    stale = version(world, MEMBER)
    client.post(path(world, MEMBER, "/roles"), data={"roles": ["chair"], "version": stale})
    answer = client.post(
        path(world, MEMBER, "/roles"), data={"roles": ["observer"], "version": stale}
    )
    assert answer.status_code == 409
    assert roles_in_alva(MEMBER) == ["chair"]


def test_the_last_administrator_stays(world, sign_in, roles_in_alva) -> None:
    client = sign_in(world.person("alva", ADMINISTRATOR))
    here = path(world, ADMINISTRATOR)
    data = {"roles": [], "version": version(world, ADMINISTRATOR)}
    assert client.post(here + "/roles", data=data).status_code == 422
    client.post(here + "/end")
    yesterday = utcnow().date() - timedelta(days=2)
    data = {
        "shown_name": "A",
        "until": yesterday.isoformat(),
        "version": version(world, ADMINISTRATOR),
    }
    assert client.post(here + "/edit", data=data).status_code == 422
    assert roles_in_alva(ADMINISTRATOR) == ["city_administrator"]
    assert client.get("/alva/settings").status_code == 200


def test_a_focal_point_invites_members_and_nothing_above(world, sign_in) -> None:
    client = sign_in(world.person("alva", FOCAL_POINT))
    for role in Role:
        data = {"shown_name": f"New {role.value}", "roles": [role.value], "language": "en"}
        answer = client.post("/alva/people/new", data=data)
        assert answer.status_code == (303 if role in {MEMBER, Role.OBSERVER} else 422), role
    with world.in_city("alva"):
        names = {one.shown_name for one in everything_of(Membership)}
    assert {"New member", "New observer"} <= names
    assert not names & {"New focal_point", "New city_administrator", "New chair"}


@pytest.mark.parametrize("role", [FOCAL_POINT, ADMINISTRATOR])
def test_nobody_invites_themself(world, sign_in, role) -> None:
    somebody = world.person("alva", role)
    client = sign_in(somebody)
    for address in (somebody.email, somebody.email.upper(), f" {somebody.email}"):
        data = {"shown_name": "Me again", "email": address, "roles": ["member"], "language": "en"}
        assert client.post("/alva/people/new", data=data).status_code == 422
    with world.in_city("alva"):
        assert "Me again" not in {one.shown_name for one in everything_of(Membership)}
        assert everything_of(Invitation) == []


def _listed(world, roles: list[str], **facts: object) -> str:
    """Somebody without an account, who holds ``roles``."""
    with world.in_city("alva"):
        listed = Membership(shown_name="Listed", roles=roles, **facts)
        db.session.add(listed)
        db.session.commit()
        return f"/alva/people/{listed.id}"


def test_a_focal_point_sends_no_invitation_that_gives_roles(world, sign_in) -> None:
    client = sign_in(world.person("alva", FOCAL_POINT))
    high = _listed(world, ["city_administrator"])
    data = {"email": "second@alva.example", "language": "en"}
    answer = client.post(high + "/invitation", data=data)
    assert answer.status_code == 422
    assert "Only a city administrator can invite" in answer.text
    plain = _listed(world, ["member"])
    assert client.post(plain + "/invitation", data=data).status_code == 303


def test_nobody_takes_up_a_listed_place_with_their_own_address(world, sign_in) -> None:
    administrator = world.person("alva", ADMINISTRATOR)
    listed = _listed(world, ["data_protection_officer"])
    data = {"email": administrator.email, "language": "en"}
    assert sign_in(administrator).post(listed + "/invitation", data=data).status_code == 422


def test_a_focal_point_neither_ends_nor_revives_what_they_cannot_give(world, sign_in) -> None:
    client = sign_in(world.person("alva", FOCAL_POINT))
    client.post(path(world, ADMINISTRATOR, "/end"))
    ended = _listed(world, ["chair"], active=False)
    client.post(ended + "/resume")
    lapsed = _listed(world, ["chair"], until=utcnow().date() - timedelta(days=9))
    data = {"shown_name": "Listed", "version": "1", "until": ""}
    assert client.post(lapsed + "/edit", data=data).status_code == 422
    with world.in_city("alva"):
        stored = {one.id: one for one in everything_of(Membership)}
    assert stored[world.person("alva", ADMINISTRATOR).membership_id].active
    assert not stored[ended.rsplit("/", 1)[1]].active
    assert stored[lapsed.rsplit("/", 1)[1]].until is not None


@pytest.mark.parametrize("role", [FOCAL_POINT, ADMINISTRATOR])
def test_nobody_moves_themself_to_another_organisation(world, sign_in, role) -> None:
    client = sign_in(world.person("alva", role))
    with world.in_city("alva") as city:
        own = db.session.get_one(Membership, (city.id, world.person("alva", role).membership_id))
        other = next(one for one in world.organisations["alva"] if one != own.organisation_id)
    data = {"shown_name": "Me", "organisation_id": other, "version": version(world, role)}
    answer = client.post(path(world, role, "/edit"), data=data)
    assert answer.status_code == 422
    assert "Ask another administrator" in answer.text


def test_another_city_is_out_of_reach(world, sign_in) -> None:
    client = sign_in(world.person("bruma", ADMINISTRATOR))
    member = world.person("alva", MEMBER).membership_id
    for page in ("", "/edit", "/roles"):
        assert client.get(f"/bruma/people/{member}{page}").status_code == 404
        assert client.get(f"/alva/people/{member}{page}").status_code == 404
    for act in ("confirm", "end", "resume", "invitation", "invitation/revoke", "second-step"):
        assert client.post(f"/bruma/people/{member}/{act}").status_code == 404


def test_no_page_shows_the_address_of_an_account(world, sign_in) -> None:
    client = sign_in(world.person("alva", ADMINISTRATOR))
    for page in ("", "/edit", "/roles"):
        answer = client.get(path(world, MEMBER, page))
        assert answer.status_code == 200
        assert "@alva.example" not in answer.text
    assert "@alva.example" not in client.get("/alva/people").text


def test_a_lost_second_step_is_reset_by_others_only(world, sign_in) -> None:
    administrator = sign_in(world.person("alva", ADMINISTRATOR))
    assert administrator.post(path(world, MEMBER, "/second-step")).status_code == 303
    answer = administrator.post(path(world, ADMINISTRATOR, "/second-step"), follow_redirects=True)
    assert "on the page of your account" in answer.text
    focal_point = sign_in(world.person("alva", FOCAL_POINT))
    assert focal_point.post(path(world, MEMBER, "/second-step")).status_code == 403
