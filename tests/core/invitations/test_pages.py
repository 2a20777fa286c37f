"""Inviting from the page of an event, the panel that shows who comes, and the reader's own invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.database import db
from core.i18n import today
from core.identity.models import Membership
from core.invitations import services
from core.invitations.services import Guest
from core.permissions import Role
from core.tenancy import current_city
from core.testing.app import Somebody
from core.testing.pages import parse
from plugins.activities.words import Status, Visibility

from .conftest import MakeScene, Scene

GUEST = Guest("Nour Haddad", "nour@elsewhere.example", "ar")
SignIn = Callable[[Somebody], FlaskClient]


@pytest.fixture
def host(scene: Scene, sign_in: SignIn) -> FlaskClient:
    """Whoever logged the activity."""
    return sign_in(scene.member(Role.MEMBER))


def page_of(scene: Scene) -> str:
    return f"/alva/activities/{scene.activity_id}"


def form_of(scene: Scene) -> str:
    return f"/alva/invitations/activities/activity/{scene.activity_id}"


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return parse(answer.get_data(as_text=True)).text()


# -- Inviting ----------------------------------------------------------------------------------------------


def test_an_organisation_a_member_and_a_guest_are_invited_with_one_press(
    scene: Scene, host: FlaskClient
) -> None:
    assert form_of(scene) in host.get(page_of(scene)).get_data(as_text=True)
    school = scene.world.organisations["alva"][0]
    chair = scene.member(Role.CHAIR)
    data = {
        "organisations": [school],
        "members": [chair.membership_id],
        "guest_name": "Nour Haddad",
        "guest_email": "Nour@Elsewhere.example",
        "guest_language": "ar",
    }
    for _twice in range(2):
        assert host.post(form_of(scene), data=data).status_code == 303
    rows = scene.rows()
    invited = {row.membership_id for row in rows if row.membership_id}
    with scene.inside():
        of_school = {
            one.id
            for one in db.session.query(Membership).filter_by(organisation_id=school, active=True)
        }
    assert invited == of_school | {chair.membership_id}
    (guest,) = [row for row in rows if row.email]
    assert (guest.name, guest.email, guest.language) == (
        "Nour Haddad",
        "nour@elsewhere.example",
        "ar",
    )
    shown = words(host, page_of(scene))
    assert "Invited" in shown
    assert f"No answer yet: {len(rows)}" in shown
    assert "nour@elsewhere.example" in shown


def test_everybody_is_invited_with_one_tick(scene: Scene, host: FlaskClient) -> None:
    gone = scene.member(Role.OBSERVER).membership_id
    with scene.inside():
        found = db.session.get_one(Membership, (current_city().id, gone))
        found.until = today() - timedelta(days=1)
    assert "Everybody in the network" in words(host, form_of(scene))
    assert host.post(form_of(scene), data={"everybody": "y"}).status_code == 303
    with scene.inside():
        everybody = {one.id for one in db.session.query(Membership).filter_by(active=True)}
    assert {row.membership_id for row in scene.rows()} == everybody - {gone}
    assert len(everybody) > 2


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({}, "guest_email", "Choose whom to invite"),
        ({"guest_email": "no address", "guest_name": "N"}, "guest_email", "not an e-mail address"),
        ({"guest_email": "a@b.example"}, "guest_name", "what the guest is called"),
        ({"guest_name": "Nour"}, "guest_email", "enter the address"),
        ({"guest_name": "N" * 300, "guest_email": "a@b.example"}, "guest_name", ""),
        ({"guest_name": "N", "guest_email": f"{'a' * 300}@b.example"}, "guest_email", ""),
        ({"guest_name": "N\x00\ud800", "guest_email": "\x00"}, "guest_email", ""),
        ({"members": ["nnnnnnnnnnnnnnnn"]}, "members", ""),
        ({"organisations": ["\x00"]}, "organisations", ""),
        (
            {"guest_name": "N", "guest_email": "a@b.example", "guest_language": "xx"},
            "guest_language",
            "",
        ),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_stays(
    scene: Scene, host: FlaskClient, data: dict[str, Any], field: str, sentence: str
) -> None:
    sent = {
        name: value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for name, value in data.items()
    }
    answer = host.post(form_of(scene), data=sent)
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert f'id="{field}-error"' in html
    assert sentence in parse(html).text()
    if data.get("guest_email") == "no address":
        assert 'value="no address"' in html
    assert scene.rows() == []


def test_so_many_are_refused_with_a_sentence(
    scene: Scene, host: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_INVITED", 2)
    school = scene.world.organisations["alva"][0]
    answer = host.post(form_of(scene), data={"organisations": [school]})
    assert answer.status_code == 422
    assert "No more than 2" in parse(answer.get_data(as_text=True)).text()


def test_two_who_invite_the_same_at_once_invite_once(scene: Scene, sign_in: SignIn) -> None:
    chair = scene.member(Role.CHAIR).membership_id
    clients = [sign_in(scene.member(Role.MEMBER)) for _ in range(3)]
    codes: list[int] = []

    def press(client: FlaskClient) -> None:
        data = {"members": [chair], "guest_name": "N", "guest_email": "n@elsewhere.example"}
        codes.append(client.post(form_of(scene), data=data).status_code)

    threads = [Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [303, 303, 303]
    assert len(scene.rows()) == 2


def test_only_who_may_change_the_event_invites_and_takes_back(
    scene: Scene, sign_in: SignIn
) -> None:
    scene.invite(Role.CHAIR)
    row = scene.row(Role.CHAIR)
    # Of the other organisation, and not the one who logged it.
    other = sign_in(scene.member(Role.CHAIR))
    page = other.get(page_of(scene)).get_data(as_text=True)
    assert "/withdraw" not in page
    assert form_of(scene) not in page
    assert other.get(form_of(scene)).status_code == 404
    assert other.post(form_of(scene), data={"members": ["x"]}).status_code == 404
    assert other.post(f"/alva/invitations/{row.id}/withdraw").status_code == 404
    assert scene.row(Role.CHAIR).withdrawn_at is None
    stranger = sign_in(scene.world.person("bruma", Role.FOCAL_POINT))
    assert stranger.get(form_of(scene)).status_code == 404
    abroad = form_of(scene).replace("/alva/", "/bruma/")
    assert stranger.get(abroad).status_code == 404
    assert stranger.post(f"/bruma/invitations/{row.id}/withdraw").status_code == 404


def test_an_invitation_is_taken_back_on_the_page(scene: Scene, host: FlaskClient) -> None:
    scene.invite(guests=(GUEST,))
    row = scene.row()
    address = f"/alva/invitations/{row.id}/withdraw"
    assert address in host.get(page_of(scene)).get_data(as_text=True)
    for _twice in range(2):
        assert host.post(address).status_code == 303
    assert scene.row().withdrawn_at is not None
    assert "Nour Haddad" not in words(host, page_of(scene))


@pytest.mark.parametrize("why", ["cancelled", "past"])
def test_nobody_is_invited_to_what_is_over_or_cancelled(
    scene: Scene, host: FlaskClient, why: str
) -> None:
    if why == "cancelled":
        scene.status(Status.CANCELLED)
    else:
        scene.change(start_date=today() - timedelta(days=2))
    assert form_of(scene) not in host.get(page_of(scene)).get_data(as_text=True)
    assert "Nobody can be invited any more" in words(host, form_of(scene))
    answer = host.post(form_of(scene), data={"members": [scene.member(Role.CHAIR).membership_id]})
    assert answer.status_code == 409
    assert scene.rows() == []


def test_addresses_that_name_nothing_are_not_there(scene: Scene, host: FlaskClient) -> None:
    for path in (
        "activities/activity/nnnnnnnnnnnnnnnn",
        f"activities/other/{scene.activity_id}",
        f"nonesuch/activity/{scene.activity_id}",
        f"A%00/activity/{scene.activity_id}",
        f"activities/activity/{'x' * 60}",
    ):
        assert host.get(f"/alva/invitations/{path}").status_code in {400, 404}, path


def test_an_address_of_a_guest_is_shown_to_those_who_invite_alone(
    scene: Scene, sign_in: SignIn
) -> None:
    scene.invite(Role.CHAIR, guests=(GUEST,))
    shown = words(sign_in(scene.member(Role.CHAIR)), page_of(scene))
    assert "Nour Haddad" in shown
    assert "nour@elsewhere.example" not in shown


def test_nothing_stands_below_an_event_to_which_nobody_is_invited(
    scene: Scene, sign_in: SignIn
) -> None:
    chair = sign_in(scene.member(Role.CHAIR))
    assert ">Invited</h2>" not in chair.get(page_of(scene)).get_data(as_text=True)
    scene.invite(Role.CHAIR)
    assert ">Invited</h2>" in chair.get(page_of(scene)).get_data(as_text=True)


# -- One's own ---------------------------------------------------------------------------------------------


def test_a_member_answers_on_the_page_and_in_the_list(scene: Scene, sign_in: SignIn) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    row = scene.row(Role.CHAIR)
    chair = sign_in(scene.member(Role.CHAIR))
    listed = words(chair, "/alva/invitations")
    assert "Invited, unanswered" in listed
    assert "Media literacy workshop" in listed
    address = f"/alva/invitations/{row.id}/answer"
    assert address in chair.get(page_of(scene)).get_data(as_text=True)
    answer = chair.post(address, data={"answer": "tentative", "from": "subject"})
    assert answer.headers["Location"].endswith(page_of(scene))
    assert "Perhaps: 1" in words(chair, page_of(scene))
    answer = chair.post(address, data={"answer": "accepted"})
    assert answer.headers["Location"].endswith("/alva/invitations")
    assert "You have answered all of them" in words(chair, "/alva/invitations")
    assert scene.row(Role.CHAIR).answer == "accepted"
    assert scene.row(Role.LEAD_WORKER).answer == ""


def test_nobody_answers_for_another_member(scene: Scene, sign_in: SignIn) -> None:
    scene.invite(Role.CHAIR)
    row = scene.row(Role.CHAIR)
    for who in (
        scene.member(Role.LEAD_WORKER),
        scene.member(Role.MEMBER),
        scene.world.person("bruma", Role.CHAIR),
    ):
        client = sign_in(who)
        for city in ("alva", "bruma"):
            answer = client.post(
                f"/{city}/invitations/{row.id}/answer", data={"answer": "accepted"}
            )
            assert answer.status_code == 404
    assert scene.row(Role.CHAIR).answer == ""


@pytest.mark.parametrize("wrong", ["", "yes", "\x00", "x" * 3000])
def test_an_answer_that_is_none_changes_nothing(scene: Scene, sign_in: SignIn, wrong: str) -> None:
    scene.invite(Role.CHAIR)
    chair = sign_in(scene.member(Role.CHAIR))
    address = f"/alva/invitations/{scene.row(Role.CHAIR).id}/answer"
    assert chair.post(address, data={"answer": wrong}).status_code == 303
    assert scene.row(Role.CHAIR).answer == ""


def test_an_answer_to_what_was_cancelled_or_moved_is_not_taken(
    scene: Scene, sign_in: SignIn
) -> None:
    scene.invite(Role.CHAIR)
    chair = sign_in(scene.member(Role.CHAIR))
    address = f"/alva/invitations/{scene.row(Role.CHAIR).id}/answer"
    chair.post(address, data={"answer": "accepted", "seen": "2001-01-01/2001-01-01"})
    assert "The time has changed meanwhile" in words(chair, "/alva/invitations")
    scene.status(Status.CANCELLED)
    chair.post(address, data={"answer": "accepted"})
    assert "This was cancelled" in words(chair, "/alva/invitations")
    assert scene.row(Role.CHAIR).answer == ""


def test_a_member_who_may_not_see_the_event_is_told_when_and_no_more(
    make_scene: MakeScene, sign_in: SignIn
) -> None:
    scene = make_scene(
        title="Canary of the title",
        place="Canary of the place",
        visibility=Visibility.ORGANISATION.value,
    )
    scene.invite(Role.CHAIR)
    chair = sign_in(scene.member(Role.CHAIR))
    shown = words(chair, "/alva/invitations")
    assert "Restricted to its own circle" in shown
    assert "Canary" not in shown
    address = f"/alva/invitations/{scene.row(Role.CHAIR).id}/answer"
    answer = chair.post(address, data={"answer": "accepted", "from": "subject"})
    assert answer.headers["Location"].endswith("/alva/invitations")
    assert scene.row(Role.CHAIR).answer == "accepted"


def test_the_list_shows_what_is_to_come_in_its_order(
    make_scene: MakeScene, sign_in: SignIn
) -> None:
    later = make_scene(title="Later one", start_date=today() + timedelta(days=30))
    later.invite(Role.CHAIR)
    sooner = make_scene(title="Sooner one", start_date=today() + timedelta(days=10))
    sooner.invite(Role.CHAIR)
    past = make_scene(title="Past one", start_date=today() - timedelta(days=10))
    past.invite(Role.CHAIR)
    sooner.work()
    shown = words(sign_in(sooner.member(Role.CHAIR)), "/alva/invitations")
    assert shown.index("Sooner one") < shown.index("Later one")
    assert "Past one" not in shown


def test_an_empty_list_says_what_would_stand_there(scene: Scene, host: FlaskClient) -> None:
    assert "When somebody invites you" in words(host, "/alva/invitations")
