"""Links in mails: a new password, another address, an invitation. Opening one changes nothing; pressing does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.database import db, metadata
from core.identity import invitations
from core.identity.models import Invitation, Membership, Person
from core.permissions import Role
from core.tenancy import cross_city
from core.testing.app import PASSWORD

NEW = "four green lamps in a row"


def everything(app) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    with app.app_context(), cross_city("a test looks at all"), db.engine.connect() as connection:
        return {
            name: [
                tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
            ]
            for name in sorted(metadata.tables)
            if db.inspect(db.engine).has_table(name)
        }


def changes_nothing(app, path: str) -> str:
    before = everything(app)
    client = app.test_client()
    for _ in range(3):
        answer = client.get(path)
        assert answer.status_code == 200
        client.head(path)
    assert everything(app) == before
    return str(answer.get_data(as_text=True))


# -- A new password ------------------------------------------------------------------------------------


def test_a_forgotten_password_is_chosen_anew(app, world, sign_in, post, opens):
    somebody = world.person("alva")
    device = sign_in(somebody)
    client = app.test_client()
    assert client.post("/reset", data={"email": somebody.email.upper()}).status_code == 200
    path = post.link(somebody.email, "/reset/")
    changes_nothing(app, path)
    assert opens(device)
    assert client.post(path, data={"password": "too short"}).status_code == 422
    assert client.post(path, data={"password": NEW}).headers["Location"] == "/sign-in"
    assert not opens(device)
    # Once.
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": PASSWORD}).status_code == 404
    answer = client.post("/sign-in", data={"email": somebody.email, "password": NEW})
    assert answer.status_code == 303
    assert any("password" in mail["Subject"].lower() for mail in post.come())


def test_asking_tells_nobody_whether_an_address_exists(app, world, post):
    answers = [
        app.test_client().post("/reset", data={"email": address}).get_data(as_text=True)
        for address in (world.person("alva").email, "nobody@alva.example")
    ]
    same = [re.sub(r'value="[^"]*"', "", re.sub(r"\b[a-z2-7]{16}\b", "", text)) for text in answers]
    assert same[0] == same[1]
    assert [mail["To"] for mail in post.come()] == [world.person("alva").email]


def test_asking_again_and_again_is_slowed_down(app, world):
    client = app.test_client()
    codes = [client.post("/reset", data={"email": "a@alva.example"}).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_the_link_leads_to_the_site_whatever_host_was_asked(app, world, post):
    somebody = world.person("alva")
    app.test_client().post("/reset", data={"email": somebody.email}, base_url="http://evil.example")
    (mail,) = post.come()
    assert "http://localhost/reset/" in mail.get_content()
    assert "evil" not in mail.get_content()


def test_the_mail_is_in_the_language_of_the_person(app, world, post):
    somebody = world.person("alva")
    with app.app_context():
        db.session.get_one(Person, somebody.id).language = "fr"
        db.session.commit()
    app.test_client().post(
        "/reset", data={"email": somebody.email}, headers={"Accept-Language": "tr"}
    )
    (mail,) = post.come()
    assert mail["Content-Language"] == "fr"


def test_a_link_is_good_for_two_hours(app, world, monkeypatch):
    import time

    from core.identity.tokens import person_of_reset, reset_token

    with app.test_request_context("/"):
        person = db.session.get_one(Person, world.person("alva").id)
        token = reset_token(person)
        assert person_of_reset(token) is not None
        now = time.time()
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 2 * 3600 + 2)
        assert person_of_reset(token) is None


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "..", "W10.aaaa.bbbb"])
def test_links_that_do_not_work_say_one_sentence(app, world, token):
    client = app.test_client()
    pages = set()
    for start in ("/reset/", "/invitation/", "/me/address/"):
        answer = client.get(start + token)
        if answer.status_code == 400:  # not even an address
            continue
        assert answer.status_code == 404
        pages.add(re.sub(r"\b[a-z2-7]{16}\b|value=\"[^\"]*\"", "", answer.get_data(as_text=True)))
    assert len(pages) <= 1


# -- Another address ------------------------------------------------------------------------------------


def test_another_address_counts_once_it_is_confirmed(app, world, sign_in, post, person_at):
    somebody = world.person("alva")
    client = sign_in(somebody)
    assert client.post("/me/address", data={"email": "New@Alva.Example"}).status_code == 200
    path = post.link("new@alva.example", "/me/address/")
    changes_nothing(app, path)
    assert person_at(somebody.email).id == somebody.id
    elsewhere = app.test_client()
    assert elsewhere.post(path).status_code == 303
    assert person_at("new@alva.example").id == somebody.id
    assert elsewhere.post(path).status_code == 404
    assert [mail["To"] for mail in post.come()] == [somebody.email]
    answer = elsewhere.post("/sign-in", data={"email": "new@alva.example", "password": PASSWORD})
    assert answer.status_code == 303


def test_somebody_elses_address_looks_the_same_and_is_not_taken(
    app, world, sign_in, post, person_at
):
    somebody, other = world.person("alva"), world.person("bruma")
    client = sign_in(somebody)
    free = client.post("/me/address", data={"email": "free@alva.example"})
    taken = client.post("/me/address", data={"email": other.email})
    assert free.status_code == taken.status_code == 200
    assert re.sub(r"\b[a-z2-7]{16}\b|value=\"[^\"]*\"|content=\"[^\"]*\"", "", free.text) == re.sub(
        r"\b[a-z2-7]{16}\b|value=\"[^\"]*\"|content=\"[^\"]*\"", "", taken.text
    )
    texts = {mail["To"]: mail.get_content() for mail in post.come()}
    assert "/me/address/" in texts["free@alva.example"]
    assert "/me/address/" not in texts[other.email]


def test_an_address_taken_meanwhile_is_not_taken_twice(app, world, sign_in, post, person_at):
    somebody, other = world.person("alva"), world.person("bruma")
    sign_in(somebody).post("/me/address", data={"email": "wanted@alva.example"})
    path = post.link("wanted@alva.example", "/me/address/")
    with app.app_context():
        db.session.get_one(Person, other.id).email = "wanted@alva.example"
        db.session.commit()
    assert app.test_client().post(path).status_code == 404
    assert person_at(somebody.email).id == somebody.id


@pytest.mark.parametrize(
    "address", ["", "x", "a@", "@b", "a@b\r\nBcc: c@d.example", "a b@c.example"]
)
def test_what_is_no_address_is_refused(world, sign_in, address):
    answer = sign_in(world.person("alva")).post("/me/address", data={"email": address})
    assert answer.status_code == 422


# -- Invitations ------------------------------------------------------------------------------------------


@pytest.fixture
def invited(app, world):
    """Makes a membership without an account and invites an address to it."""

    def make(address="guest@alva.example", language="fr", roles=("member",)):
        with world.in_city("alva") as city:
            membership = Membership(
                shown_name="Mira Guest",
                organisation_id=world.organisations["alva"][0],
                roles=list(roles),
            )
            db.session.add(membership)
            db.session.flush()
            invitations.invite(membership, address, language)
            db.session.commit()
            return city.id, membership.id

    return make


def test_an_invitation_makes_an_account_with_a_password(app, world, invited, post, person_at):
    city_id, membership_id = invited()
    (mail,) = post.come()
    text = mail.get_content()
    assert mail["To"] == "guest@alva.example"
    assert mail["Content-Language"] == "fr"
    assert "Alva" in text
    assert "School of Alva" in text
    assert "Mira" not in text
    path = re.findall(r"/invitation/[\w-]+", text)[0]
    page = changes_nothing(app, path)
    assert "School of Alva" in page
    assert "Mira Guest" in page
    client = app.test_client()
    assert client.post(path, data={"name": "Mira", "password": "short"}).status_code == 422
    answer = client.post(path, data={"name": "Mira G.", "password": NEW})
    assert answer.status_code == 303
    assert client.get("/me/devices").status_code == 200
    person = person_at("guest@alva.example")
    assert (person.name, person.language, person.active) == ("Mira G.", "fr", True)
    with world.in_city("alva"):
        assert db.session.get_one(Membership, (city_id, membership_id)).person_id == person.id
    # Once.
    assert app.test_client().get(path).status_code == 404
    assert app.test_client().post(path, data={"name": "X", "password": NEW}).status_code == 404


def test_the_secret_is_not_in_the_database(app, world, invited, post):
    invited()
    token = post.link("guest@alva.example", "/invitation/").rpartition("/")[2]
    assert len(token) == 43
    with world.in_city("alva"):
        (row,) = db.session.query(Invitation).all()
        assert token not in {row.token_hash, row.email, row.id}


@pytest.mark.parametrize("how", ["expired", "revoked", "inactive", "sent again"])
def test_an_invitation_that_is_over_opens_nothing(app, world, invited, post, how):
    city_id, membership_id = invited()
    path = post.link("guest@alva.example", "/invitation/")
    with world.in_city("alva"):
        membership = db.session.get_one(Membership, (city_id, membership_id))
        (invitation,) = db.session.query(Invitation).all()
        if how == "expired":
            invitation.expires_at -= timedelta(days=14, seconds=1)
        elif how == "revoked":
            assert invitations.revoke(membership) == 1
        elif how == "inactive":
            membership.active = False
        else:
            invitations.resend(invitation)
        db.session.commit()
    client = app.test_client()
    assert client.get(path).status_code == 404
    assert client.post(path, data={"name": "Mira", "password": NEW}).status_code == 404
    if how == "sent again":
        assert client.get(post.link("guest@alva.example", "/invitation/")).status_code == 200


def test_whoever_has_an_account_signs_in_and_accepts(app, world, invited, post, sign_in):
    somebody = world.person("bruma")
    city_id, membership_id = invited(somebody.email)
    path = post.link(somebody.email, "/invitation/")
    visitor = app.test_client()
    assert f"/sign-in?next={path}" in visitor.get(path).text
    assert visitor.post(path, data={"name": "X", "password": NEW}).status_code in {303, 422}
    assert visitor.post(f"{path}/accept").status_code == 303
    stranger = sign_in(world.person("alva", Role.CHAIR))
    assert stranger.post(f"{path}/accept").status_code == 404
    client = sign_in(somebody)
    assert "/accept" in client.get(path).text
    assert client.post(f"{path}/accept").status_code == 303
    assert client.get("/alva/", follow_redirects=False).status_code == 200
    with world.in_city("alva"):
        assert db.session.get_one(Membership, (city_id, membership_id)).person_id == somebody.id


def test_a_membership_is_taken_up_once(world, invited):
    with world.in_city("alva") as city:
        membership = db.session.get_one(Membership, (city.id, world.person("alva").membership_id))
        with pytest.raises(invitations.AlreadyHasAccount):
            invitations.invite(membership, "other@alva.example", "en")
    with world.in_city("alva"), pytest.raises(ValueError, match=r"address|@"):
        invitations.invite(Membership(shown_name="X", roles=[]), "no address", "en")


def test_two_who_accept_at_once_make_one_account(app, world, invited, post):
    import threading

    invited()
    path = post.link("guest@alva.example", "/invitation/")
    answers, gate = [], threading.Barrier(3)

    def accept():
        client = app.test_client()
        gate.wait()
        answers.append(client.post(path, data={"name": "Mira", "password": NEW}).status_code)

    threads = [threading.Thread(target=accept) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(303) >= 1
    assert set(answers) <= {303, 404}
    with app.app_context():
        assert db.session.query(Person).filter_by(email="guest@alva.example").count() == 1


@pytest.mark.parametrize(("days", "flagged"), [(89, False), (90, True)])
def test_a_membership_is_to_be_confirmed_every_ninety_days(world, days, flagged):
    from core.identity.memberships import needs_confirmation

    with world.in_city("alva") as city:
        membership = db.session.get_one(Membership, (city.id, world.person("alva").membership_id))
        today = membership.confirmed_at.date() + timedelta(days=days)
        assert needs_confirmation(membership, today) is flagged
