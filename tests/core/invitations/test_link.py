"""The link of a mail: it needs no sign-in, shows one invitation, and changes that one answer and nothing else."""

from __future__ import annotations

import logging
from datetime import time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.database import db
from core.headers import FIXED
from core.i18n import today
from core.identity.tokens import signer
from core.invitations.models import Invitee
from core.invitations.services import Guest
from core.invitations.tokens import answer_token, invitee_of
from core.permissions import Role
from core.tenancy import city_scope
from core.testing.pages import page_faults, parse
from core.testing.snapshot import Snapshot
from plugins.activities.words import Status, Visibility

from .conftest import MakeScene, Reading, Scene

GUEST = Guest("Nour Haddad", "nour@elsewhere.example", "ar")


@pytest.fixture
def link(scene: Scene, read: type[Reading]) -> str:
    """The link of the guest's mail; a member is invited as well."""
    scene.invite(Role.CHAIR, guests=(GUEST,))
    (mail,) = [mail for mail in scene.work() if str(mail["To"]) == GUEST.email]
    return str(read.link(mail))


@pytest.fixture
def stranger(scene: Scene) -> FlaskClient:
    """A browser in which nobody has signed in."""
    return scene.app.test_client()


def page_of(answer: Any) -> str:
    return parse(answer.get_data(as_text=True)).text()


def test_the_page_is_in_the_recipients_language_and_shows_this_one_alone(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    answer = stranger.get(link)
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    assert page_faults(html, language="ar", direction="rtl") == []
    assert "Media literacy workshop" in html
    assert "Youth centre, hall 2" in html
    assert "Chair of Alva" not in html
    assert "bring the key" not in html
    assert "/alva/" not in html
    for name, value in FIXED.items():
        assert answer.headers[name] == value
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex' in html


def test_reading_it_changes_nothing_and_a_preselected_answer_is_none(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    before = _snapshot(scene)
    assert stranger.get(link).status_code == 200
    html = stranger.get(f"{link}?answer=declined").get_data(as_text=True)
    assert before.changes(grey=True) == []
    (filled,) = [
        one
        for one in parse(html).all("button")
        if one.get("name") == "answer" and "btn-primary" in (one.get("class") or "")
    ]
    assert filled.get("value") == "declined"
    assert stranger.get(f"{link}?answer=nonsense").status_code == 200
    before.close()


def _snapshot(scene: Scene) -> Snapshot:
    with scene.app.app_context():
        return Snapshot(db.engine)


def test_an_answer_changes_that_row_and_nothing_else(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    before = _snapshot(scene)
    answer = stranger.post(link, data={"answer": "accepted"})
    assert answer.status_code == 303
    changed = before.changes()
    guest = scene.row()
    assert len(changed) == 1
    assert changed[0].startswith("invitations_invitee: changed")
    assert guest.id in changed[0]
    assert changed[0].endswith("answer, answered_at, answered_for")
    new = [one for one in before.changes(grey=True) if "invitations" not in one]
    # The record of it, and the counter of the address.
    assert {one.partition(":")[0] for one in new} <= {"audit_record", "identity_throttle"}
    assert guest.answer == "accepted"
    assert scene.row(Role.CHAIR).answer == ""
    before.close()
    # And nobody is signed in by it.
    assert stranger.get("/alva/").status_code == 302
    stranger.post("/language", data={"language": "en"})
    assert "Your answer: Accepted" in page_of(stranger.get(f"{link}?thanks=1"))


def test_an_answer_can_be_changed_and_sent_twice(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    for answer in ("accepted", "accepted", "tentative", "declined"):
        assert stranger.post(link, data={"answer": answer}).status_code == 303
        assert scene.row().answer == answer


@pytest.mark.parametrize("wrong", ["", "yes", "Accepted", "\x00", "a" * 5000])
def test_an_answer_that_is_none_is_asked_again(
    scene: Scene, link: str, stranger: FlaskClient, wrong: str
) -> None:
    assert stranger.post(link, data={"answer": wrong}).status_code == 422
    assert stranger.post(link, data={}).status_code == 422
    assert scene.row().answer == ""


def test_forged_cut_and_foreign_links_all_look_the_same(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    token = link.removeprefix("/answer/")
    with scene.world.in_city("bruma") as bruma, scene.app.test_request_context():
        guest = scene.row()
        foreign = answer_token(bruma.id, guest.id)
        nobody = answer_token(guest.city_id, "nnnnnnnnnnnnnnnn")
        nowhere = answer_token("nnnnnnnnnnnnnnnn", guest.id)
        purpose = signer("reset").sign(f"{guest.city_id}{guest.id}").decode()
    pages = set()
    wrong = [
        "x", token[:-1], token[1:], token + "x", f"{token[:-3]}AAA", foreign, nobody, nowhere,
        purpose, guest.id, f"{guest.city_id}{guest.id}",
    ]  # fmt: skip
    for one in wrong:
        for answer in (
            stranger.get(f"/answer/{one}"),
            stranger.post(f"/answer/{one}", data={"answer": "accepted"}),
        ):
            if answer.status_code == 429:
                continue
            assert answer.status_code == 404, one
            pages.add(page_of(answer))
    assert len(pages) == 1
    assert scene.row().answer == ""


def test_a_link_names_one_invitee_of_one_city(scene: Scene) -> None:
    with scene.app.test_request_context():
        token = answer_token("a" * 16, "b" * 16)
        assert invitee_of(token) == ("a" * 16, "b" * 16)
        assert invitee_of(signer("answer").sign("short").decode()) is None
        assert invitee_of("é" * 40) is None
    # Nothing in it that a mail program takes for the end of the address.
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_guessing_is_slowed_down(scene: Scene, link: str, stranger: FlaskClient) -> None:
    codes = [
        stranger.post("/answer/forged", data={"answer": "accepted"}).status_code for _n in range(25)
    ]
    assert codes[0] == 404
    assert codes[-1] == 429
    # Who only reads is not held up.
    assert stranger.get(link).status_code == 200


def test_those_who_answer_rightly_hold_nobody_up(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    for n in range(30):
        answer = ("accepted", "declined")[n % 2]
        assert stranger.post(link, data={"answer": answer}).status_code == 303


@pytest.mark.parametrize("what", ["cancelled", "withdrawn", "gone"])
def test_what_cannot_be_answered_says_so(
    scene: Scene, link: str, stranger: FlaskClient, what: str
) -> None:
    if what == "cancelled":
        scene.status(Status.CANCELLED)
    elif what == "withdrawn":
        scene.withdraw(scene.row().id)
    else:
        with scene.inside() as activity:
            db.session.delete(activity)
    shown = stranger.get(link)
    assert shown.status_code == 200
    assert 'name="answer"' not in shown.get_data(as_text=True)
    if what != "cancelled":
        # Whoever is no longer invited learns nothing more of it.
        assert "Media literacy" not in shown.get_data(as_text=True)
    assert stranger.post(link, data={"answer": "accepted"}).status_code == 409
    assert scene.row().answer == ""


def test_what_is_over_cannot_be_answered(make_scene: MakeScene, read: type[Reading]) -> None:
    scene = make_scene()
    scene.invite(guests=(GUEST,))
    (mail,) = scene.work()
    scene.change(start_date=today() - timedelta(days=2))
    client = scene.app.test_client()
    assert client.post(read.link(mail), data={"answer": "accepted"}).status_code == 409


def test_an_answer_for_a_time_that_has_moved_meanwhile_is_asked_again(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    html = stranger.get(link).get_data(as_text=True)
    (seen,) = [one.get("value") for one in parse(html).all("input") if one.get("name") == "seen"]
    scene.change(start_time=time(15), end_time=time(17))
    answer = stranger.post(link, data={"answer": "accepted", "seen": seen})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert scene.row().answer == ""
    again = parse(answer.get_data(as_text=True))
    (seen,) = [one.get("value") for one in again.all("input") if one.get("name") == "seen"]
    assert stranger.post(link, data={"answer": "accepted", "seen": seen}).status_code == 303


def test_a_restricted_event_shows_neither_title_nor_place(
    make_scene: MakeScene, read: type[Reading]
) -> None:
    scene = make_scene(
        title="Canary of the title",
        place="Canary of the place",
        visibility=Visibility.ORGANISATION.value,
    )
    scene.invite(Role.CHAIR)
    (mail,) = scene.work()
    client = scene.app.test_client()
    html = client.get(read.link(mail)).get_data(as_text=True)
    assert "Canary" not in html
    assert "School of Alva" in html
    scene.status(Status.CANCELLED)
    assert "Canary" not in client.get(read.link(mail)).get_data(as_text=True)


def test_the_language_menu_works_behind_the_link(
    scene: Scene, link: str, stranger: FlaskClient
) -> None:
    answer = stranger.post("/language", data={"language": "fr", "next": link})
    assert answer.headers["Location"] == link
    assert 'lang="fr"' in stranger.get(link).get_data(as_text=True)


def test_a_member_who_left_and_a_plugin_that_is_off_answer_nothing(
    scene: Scene, read: type[Reading], stranger: FlaskClient
) -> None:
    from sqlalchemy import select

    from core.cities.models import CityPlugin
    from core.identity.models import Membership

    scene.invite(Role.CHAIR)
    (mail,) = scene.work()
    with scene.inside() as activity:
        key = (activity.city_id, scene.member(Role.CHAIR).membership_id)
        db.session.get_one(Membership, key).active = False
    assert stranger.get(read.link(mail)).status_code == 404
    with scene.inside():
        db.session.get_one(Membership, key).active = True
        row = db.session.scalars(select(CityPlugin).where(CityPlugin.name == "activities")).one()
        row.enabled = False
    assert stranger.get(read.link(mail)).status_code == 404


def test_neither_logs_nor_records_hold_the_link(
    scene: Scene, link: str, stranger: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    from core.audit.models import AuditRecord
    from core.jobs.models import Job
    from core.logs import JsonLines

    token = link.removeprefix("/answer/")
    with caplog.at_level(logging.DEBUG, "maillage.requests"):
        stranger.get(link)
        stranger.post(link, data={"answer": "accepted"})
    assert caplog.records
    for record in caplog.records:
        assert token not in JsonLines().format(record)
    with scene.app.app_context():
        for kept in db.session.query(AuditRecord).filter_by(action="invitation.answered"):
            assert token not in str(vars(kept))
            assert kept.person_id is None
        # What was sent is forgotten once it is sent.
        assert all(token not in str(job.payload) for job in db.session.query(Job))


class TestWithTokens:
    """With the guard against forged forms, as in production."""

    @pytest.fixture
    def app_settings(self) -> dict[str, Any]:
        return {"WTF_CSRF_ENABLED": True}

    def test_another_page_cannot_answer_for_somebody(
        self, scene: Scene, link: str, stranger: FlaskClient
    ) -> None:
        assert stranger.post(link, data={"answer": "accepted"}).status_code == 400
        html = stranger.get(link).get_data(as_text=True)
        (token,) = {
            one.get("value") for one in parse(html).all("input") if one.get("name") == "csrf_token"
        }
        answer = stranger.post(link, data={"answer": "accepted", "csrf_token": token})
        assert answer.status_code == 303
        assert scene.row().answer == "accepted"


def test_rows_of_two_cities_do_not_mix(scene: Scene, link: str) -> None:
    with scene.world.in_city("bruma") as bruma, city_scope(bruma):
        assert db.session.query(Invitee).all() == []
