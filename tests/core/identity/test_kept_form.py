from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.database import db
from core.identity.models import KeptForm
from core.permissions import Role
from core.testing.app import PASSWORD

DRAFT = {
    "csrf_token": "x",
    "name": "Two hours of careful work",
    "language": "fr",
    "theme": "dark",
    "password": "must not be kept",
    "code": "123456",
}


def rows(app):
    with app.app_context():
        found = db.session.query(KeptForm).all()
        db.session.expunge_all()
        return found


@pytest.fixture
def interrupted(world, sign_in, row_clock):
    """Somebody whose session ended while they were writing."""
    client = sign_in(world.person("alva"))
    row_clock(timedelta(hours=25))
    return client


def back_in(client, somebody):
    return client.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})


def test_a_form_sent_after_the_end_survives_signing_in(app, world, interrupted, person_at):
    client, somebody = interrupted, world.person("alva")
    answer = client.post("/me/", data=DRAFT)
    assert answer.headers["Location"] == "/sign-in"
    answer = back_in(client, somebody)
    assert answer.headers["Location"] == "/me/kept-form"
    page = client.get("/me/kept-form").get_data(as_text=True)
    assert "Two hours of careful work" in page
    assert 'action="/me/"' in page
    assert "must not be kept" not in page
    assert "123456" not in page
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert client.post("/me/", data=fields).status_code == 303
    assert person_at(somebody.email).name == "Two hours of careful work"


def test_the_database_alone_cannot_read_it(app, interrupted):
    interrupted.post("/me/", data=DRAFT)
    (row,) = rows(app)
    secret = interrupted.get_cookie("maillage-kept").value
    assert b"careful" not in row.content
    assert secret not in row.key_hash
    assert secret.encode() not in row.content


def test_nobody_else_gets_it(app, world, interrupted):
    interrupted.post("/me/", data=DRAFT)
    other = world.person("alva", Role.CHAIR)
    assert back_in(interrupted, other).headers["Location"] == "/"
    assert interrupted.get("/me/kept-form").headers["Location"] == "/"


def test_another_browser_of_the_same_person_does_not_get_it(world, interrupted, sign_in):
    interrupted.post("/me/", data=DRAFT)
    client = sign_in(world.person("alva"))
    assert client.get("/me/kept-form").headers["Location"] == "/"


def test_it_is_kept_for_an_hour(app, world, interrupted):
    interrupted.post("/me/", data=DRAFT)
    with app.app_context():
        db.session.query(KeptForm).one().expires_at -= timedelta(hours=1, seconds=1)
        db.session.commit()
    assert back_in(interrupted, world.person("alva")).headers["Location"] == "/"


def test_it_can_be_thrown_away(app, world, interrupted):
    interrupted.post("/me/", data=DRAFT)
    back_in(interrupted, world.person("alva"))
    interrupted.post("/me/kept-form/discard")
    assert rows(app) == []
    assert interrupted.get_cookie("maillage-kept") is None


def test_it_also_works_after_looking_at_the_sign_in_page(app, world, interrupted):
    interrupted.get("/sign-in")
    interrupted.post("/me/", data=DRAFT)
    assert back_in(interrupted, world.person("alva")).headers["Location"] == "/me/kept-form"


def test_looking_at_it_changes_nothing_and_shows_it_again(app, world, interrupted):
    interrupted.post("/me/", data=DRAFT)
    back_in(interrupted, world.person("alva"))
    before = [(row.key_hash, row.content) for row in rows(app)]
    for _ in range(2):
        assert interrupted.get("/me/kept-form").status_code == 200
    assert [(row.key_hash, row.content) for row in rows(app)] == before


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/me/nothing-here", DRAFT),
        ("/me/", {}),
        ("/me/", {"password": "alone"}),
        ("/me/", {"name": "x" * 65_600}),
    ],
)
def test_what_is_not_worth_keeping_is_not_kept(app, interrupted, path, data):
    interrupted.post(path, data=data)
    assert rows(app) == []


def test_a_visitor_and_a_signed_out_browser_keep_nothing(app, world, sign_in, captured):
    app.test_client().post("/me/", data=DRAFT)
    client = sign_in(world.person("alva"))
    stolen = captured(client)
    client.post("/sign-out")
    stolen.post("/me/", data=DRAFT)
    assert rows(app) == []


class TestForgery:
    @pytest.fixture
    def app_settings(self):
        return {"WTF_CSRF_ENABLED": True}

    def test_only_a_form_of_that_session_is_kept(self, app, world, row_clock):
        somebody, client = world.person("alva"), app.test_client()

        def guard(path):
            return re.findall(r'csrf_token" value="([^"]+)"', client.get(path).text)[0]

        client.post(
            "/sign-in",
            data={
                "email": somebody.email,
                "password": PASSWORD,
                "csrf_token": guard("/sign-in"),
            },
        )
        mine = guard("/me/")
        row_clock(timedelta(hours=25))
        client.post("/me/", data=DRAFT | {"csrf_token": "forged"})
        assert rows(app) == []
        client.post("/me/", data=DRAFT | {"csrf_token": mine})
        assert len(rows(app)) == 1
