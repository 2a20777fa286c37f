"""The way in: straight to the only city, a choice between several, and a word to those without any."""

from core.database import db
from core.identity.models import Membership
from core.permissions import Role


def test_one_city_opens_directly(world, sign_in) -> None:
    answer = sign_in(world.person("alva", Role.MEMBER)).get("/")
    assert answer.status_code == 302
    assert answer.location == "/alva/"


def test_several_cities_are_offered(world, sign_in) -> None:
    somebody = world.person("alva", Role.MEMBER)
    with world.in_city("bruma"):
        db.session.add(Membership(person_id=somebody.id, shown_name="Guest", roles=["member"]))
        db.session.commit()
    page = sign_in(somebody).get("/")
    assert page.status_code == 200
    assert 'href="/alva/"' in page.text
    assert 'href="/bruma/"' in page.text


def test_without_a_city_one_is_told_whom_to_ask(world, sign_in) -> None:
    somebody = world.person("alva", Role.MEMBER)
    client = sign_in(somebody)
    with world.in_city("alva") as city:
        db.session.get_one(Membership, (city.id, somebody.membership_id)).active = False
        db.session.commit()
    page = client.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert "not part of any city yet" in page.text or "password" in page.text


def test_a_city_style_sheet_is_kept_by_browsers(app, world) -> None:
    client = app.test_client()
    answer = client.get("/look/alva/1.css")
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "--city-accent" in answer.text
    assert client.get("/look/nowhere/1.css").status_code == 404
    assert client.get("/look/alva/99999999999999999999.css").status_code == 404
