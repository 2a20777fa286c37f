"""People from a spreadsheet are listed, and invited only when somebody says so."""

from __future__ import annotations

from collections.abc import Callable

from core.database import db
from core.identity.models import Invitation, Membership, Organisation
from core.importing.models import Source
from core.jobs.models import Job
from core.permissions import Role
from core.testing.app import World

from .conftest import Desk

Sit = Callable[..., Desk]
PEOPLE = """Име;Презиме;Организација;Е-пошта;Телефон;Функција
Весна;Пробна;School of Alva;vesna@alva.example;070 123 456;Директорка
Агим;Пример;Youth centre of Alva;agim@alva.example;;
Зоран;Без Пошта;School of Alva;;;
"""


def memberships(world: World) -> dict[str, Membership]:
    with world.in_city("alva"):
        found = db.session.query(Membership).all()
        return {one.shown_name: one for one in found}


def bring_in(desk: Sit, text: str = PEOPLE, **more: str) -> Desk:
    office = desk("people")
    office.look(text.encode(), **more)
    office.confirm()
    return office


def test_people_come_without_account_and_without_invitation(world: World, desk: Sit) -> None:
    office = desk("people")
    assert office.look(PEOPLE.encode()) == {"create": 3}
    answer = office.confirm()
    assert answer.location.endswith("/imports/people/invitations")
    vesna = memberships(world)["Весна Пробна"]
    assert (vesna.person_id, vesna.roles, vesna.position) == (None, ["member"], "Директорка")
    assert vesna.organisation_id == world.organisations["alva"][0]
    with world.in_city("alva"):
        assert db.session.query(Invitation).count() == 0
        assert db.session.query(Job).count() == 0


def test_only_those_ticked_are_invited(world: World, desk: Sit) -> None:
    office = bring_in(desk)
    page = office.client.get("/alva/imports/people/invitations").text
    assert "vesna@alva.example" in page
    assert "Зоран" not in page
    vesna = memberships(world)["Весна Пробна"]
    answer = office.client.post(
        "/alva/imports/people/invitations", data={"person": vesna.id, "language": "mk"}
    )
    assert answer.status_code == 303
    with world.in_city("alva"):
        (invitation,) = db.session.query(Invitation).all()
        assert (invitation.membership_id, invitation.email, invitation.language) == (
            vesna.id, "vesna@alva.example", "mk",
        )  # fmt: skip
        source = db.session.query(Source).filter_by(record_id=vesna.id).one()
        assert "email" not in source.values
    page = office.client.get("/alva/imports/people/invitations").text
    assert "vesna@alva.example" not in page
    assert "agim@alva.example" in page


def test_nobody_ticked_invites_nobody(world: World, desk: Sit) -> None:
    office = bring_in(desk)
    answer = office.client.post("/alva/imports/people/invitations", data={"language": "fr"})
    assert answer.status_code == 422
    assert "Tick the people whom you want to invite." in answer.text
    assert '<option value="fr" selected>' in answer.text


def test_an_invitation_of_another_city_or_of_nobody_imported_is_not_sent(
    world: World, desk: Sit
) -> None:
    office = bring_in(desk)
    chair = world.person("alva", Role.CHAIR).membership_id
    other = world.person("bruma").membership_id
    office.client.post(
        "/alva/imports/people/invitations", data={"person": [chair, other], "language": "mk"}
    )
    with world.in_city("alva"):
        assert db.session.query(Invitation).count() == 0


def test_the_list_of_people_says_that_some_wait(world: World, desk: Sit) -> None:
    office = bring_in(desk)
    assert "2 people were imported and not yet invited." in office.client.get("/alva/people").text
    member = desk(role=Role.MEMBER)
    assert "imported and not yet invited" not in member.client.get("/alva/people").text


def test_the_same_people_again_change_nothing_also_after_inviting(world: World, desk: Sit) -> None:
    office = bring_in(desk)
    vesna = memberships(world)["Весна Пробна"]
    office.client.post(
        "/alva/imports/people/invitations", data={"person": vesna.id, "language": "mk"}
    )
    assert office.look(PEOPLE.encode()) == {"unchanged": 3}


def test_a_focal_point_gives_plain_roles_alone(world: World, desk: Sit) -> None:
    office = desk("people")
    office.send("Име;Улога\nВесна Пробна;Chair\nЗоран Пробен;Observer\n".encode())
    text = office.columns()
    assert 'value="observer"' in text
    assert 'value="city_administrator"' not in text
    assert office.match().status_code == 303
    assert office.counts() == {"refuse": 1, "create": 1}


def test_an_administrator_gives_any_role(world: World, desk: Sit) -> None:
    office = desk("people", Role.CITY_ADMINISTRATOR)
    office.look("Име;Улога\nВесна Пробна;Chair\n".encode())
    office.confirm()
    assert memberships(world)["Весна Пробна"].roles == ["chair"]


def test_an_import_never_changes_the_roles_of_somebody_known(world: World, desk: Sit) -> None:
    office = desk("people", Role.CITY_ADMINISTRATOR)
    text = "Name;Organisation;Roles;Position\nMember of Alva;School of Alva;Chair;Teacher\n"
    office.look(text.encode())
    office.confirm()
    member = memberships(world)["Member of Alva"]
    assert member.roles == ["member"]
    assert member.position == "Teacher"


def test_nobody_imports_themselves(world: World, desk: Sit) -> None:
    office = desk("people")
    own = world.person("alva", Role.FOCAL_POINT).email
    assert office.look(f"Name;Email\nSomebody else;{own}\n".encode()) == {"refuse": 1}
    assert "Nobody changes their own place in the network." in office.preview()


def test_an_unknown_organisation_is_refused_unless_it_is_to_be_added(
    world: World, desk: Sit
) -> None:
    office = desk("people")
    text = "Име;Организација\nВесна Пробна;Музеј на Алва\nЗоран Пробен;музеј на алва\n"
    assert office.look(text.encode()) == {"refuse": 2}
    assert "is not in the directory" in office.preview()
    assert office.match(add_organisations="yes").status_code == 303
    assert office.counts() == {"create": 2}
    office.confirm()
    with world.in_city("alva"):
        museum = [
            one
            for one in db.session.query(Organisation).all()
            if "Музеј на Алва" in one.names.values()
        ]
    assert len(museum) == 1
    assert memberships(world)["Зоран Пробен"].organisation_id == museum[0].id
    assert office.look(text.encode()) == {"unchanged": 2}


def test_an_organisation_written_otherwise_is_matched_by_the_person(
    world: World, desk: Sit
) -> None:
    office = desk("people")
    office.send("Име;Организација\nВесна Пробна;Училиштето\n".encode())
    (word,) = [name for name in office.chosen() if name.startswith("word-")]
    school = world.organisations["alva"][0]
    office.match(**{word.replace("-", "__"): school})
    office.confirm()
    assert memberships(world)["Весна Пробна"].organisation_id == school


def test_without_a_name_nobody_is_imported(desk: Sit) -> None:
    office = desk("people")
    office.send("Телефон;Е-пошта\n070 123 456;a@alva.example\n".encode())
    answer = office.match()
    assert answer.status_code == 422
    assert "Say which column is “Name”." in answer.text


def test_an_address_is_forgotten_once_the_person_was_invited_elsewhere(
    world: World, desk: Sit
) -> None:
    from core.identity.invitations import invite
    from core.importing.people import forget_needless_addresses

    bring_in(desk)
    vesna = memberships(world)["Весна Пробна"]
    with world.in_city("alva"):
        assert forget_needless_addresses() == 0
        invite(db.session.merge(vesna), "vesna@alva.example", "mk")
        assert forget_needless_addresses() == 1
        left = [one.values["email"] for one in db.session.query(Source) if "email" in one.values]
        assert left == ["agim@alva.example"]
