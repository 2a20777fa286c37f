"""A city's own settings: refused where they cannot be, and in force with the next request."""

import html
import re

import pytest
from sqlalchemy import select

from core.audit.models import AuditRecord
from core.cities import look
from core.cities.services import change_city
from core.cities.translated import ref_of
from core.content.services import texts_of
from core.database import db
from core.permissions import Role
from core.testing.app import statements_of


@pytest.fixture
def administrator(world, sign_in):
    return sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))


GENERAL = {
    "name-mk": "Алва",
    "name-sq": "Alva",
    "name-en": "Alva",
    "zone": "Europe/Skopje",
    "country": "MK",
}


def test_names_zone_and_country_change(world, administrator) -> None:
    data = GENERAL | {
        "name-en": "Alva on the river",
        "body-en": "Prevention network",
        "zone": "Asia/Beirut",
    }
    assert administrator.post("/alva/settings", data=data).status_code == 303
    page = administrator.get("/alva/settings").text
    assert "Alva on the river" in page
    assert "Prevention network" in page
    with world.in_city("alva") as city:
        assert city.zone == "Asia/Beirut"
        # The name in a language that the city does not list stays.
        assert city.names["ar"] == "ألفا"
        [record] = db.session.scalars(
            select(AuditRecord).where(AuditRecord.action == "city.general_changed")
        )
        assert record.details == {"changed": "names, body_names, zone"}
        assert "river" not in repr(record.details)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name-mk", ""),
        ("name-en", "x" * 81),
        ("zone", "Europe/Atlantis"),
        ("zone", "../../etc/passwd"),
        ("zone", ""),
        ("country", "XX"),
        ("country", "Macedonia"),
    ],
)
def test_what_is_no_zone_name_or_country_is_refused(world, administrator, field, value) -> None:
    answer = administrator.post("/alva/settings", data=GENERAL | {field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    with world.in_city("alva") as city:
        assert city.zone == "Europe/Skopje"


def test_languages_of_content_lie_outside_the_interface(world, administrator) -> None:
    data = {
        "official": ["mk", "sq"],
        "working": ["rom", "mk"],
        "others": "rmn, ku-arab",
        "default": "mk",
    }
    assert administrator.post("/alva/settings/languages", data=data).status_code == 303
    with world.in_city("alva") as city:
        assert city.languages == ["mk", "sq", "rom", "rmn", "ku-arab"]
        assert city.default_language == "mk"
    # Names are asked for in each of them.
    page = administrator.get("/alva/organisations/new").text
    assert 'name="name-rmn"' in page
    assert 'name="name-ku-arab"' in page
    data = {"name-mk": "A", "name-ku-arab": "ب", "sector": "other"}
    assert administrator.post("/alva/organisations/new", data=data).status_code == 303


@pytest.mark.parametrize(
    "data",
    [
        {"official": [], "default": "mk"},
        {"official": ["mk"], "default": "rom"},
        {"official": ["klingon"], "default": "mk"},
        {"official": ["mk"], "others": "<script>", "default": "mk"},
        {"official": ["mk"], "others": "macedonian", "default": "mk"},
        {
            "official": ["mk"],
            "others": " ".join(f"x{c}" for c in "abcdefghijklmn"),
            "default": "mk",
        },
    ],
)
def test_languages_that_cannot_be_are_refused(world, administrator, data) -> None:
    assert administrator.post("/alva/settings/languages", data=data).status_code == 422
    with world.in_city("alva") as city:
        assert city.official_languages == ["mk", "sq"]


GOOD = {"accent_light": "#1f6552", "accent_dark": "#86cdb6", "arms": "bridge"}


def test_colours_and_arms_are_new_for_every_browser(world, administrator, app) -> None:
    old = "/look/alva/1.css"
    assert app.test_client().get(old).status_code == 200
    assert administrator.post("/alva/settings/appearance", data=GOOD).status_code == 303
    page = administrator.get("/alva/").text
    assert "/look/alva/2.css" in page
    assert "#arms-bridge" in page
    assert "#1f6552" in app.test_client().get("/look/alva/2.css").text
    assert app.test_client().get(old).status_code == 404


def test_an_accent_that_cannot_be_read_is_refused_with_the_nearest(world, administrator) -> None:
    answer = administrator.post(
        "/alva/settings/appearance", data=GOOD | {"accent_light": "#ffcc00"}
    )
    assert answer.status_code == 422
    nearest = look.nearest_readable("#ffcc00", "#ffffff", look.LEAST_LIGHT)
    assert nearest in answer.text
    assert look.contrast(nearest, "#ffffff") >= look.LEAST_LIGHT
    with world.in_city("alva") as city:
        assert city.accent_light == ""
    taken = GOOD | {"accent_light": "#ffcc00", "nearest_accent_light": nearest, "take_nearest": "1"}
    assert administrator.post("/alva/settings/appearance", data=taken).status_code == 303
    with world.in_city("alva") as city:
        assert city.accent_light == nearest


def test_what_is_offered_is_checked_like_anything_else(administrator) -> None:
    data = GOOD | {"nearest_accent_light": "#ffff00", "take_nearest": "1"}
    assert administrator.post("/alva/settings/appearance", data=data).status_code == 422


@pytest.mark.parametrize(
    "colour",
    ["", "red", "#12345", "#1234567", "#GGGGGG", "#1f6552;}body{}", "url(x)", "＃１ｆ６５５２"],
)
def test_only_colours_are_colours(administrator, colour) -> None:
    for field in ("accent_light", "accent_dark"):
        answer = administrator.post("/alva/settings/appearance", data=GOOD | {field: colour})
        assert answer.status_code == 422


def test_a_dark_accent_on_dark_ground_is_refused(administrator) -> None:
    answer = administrator.post("/alva/settings/appearance", data=GOOD | {"accent_dark": "#1f6552"})
    assert answer.status_code == 422


def test_unknown_arms_are_refused(administrator) -> None:
    answer = administrator.post("/alva/settings/appearance", data=GOOD | {"arms": "../x"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "light", ["#000000", "#ffffff", "#777777", "#ff0000", "#00ff00", "#0000ff", "#767676"]
)
def test_the_nearest_colour_always_passes(light) -> None:
    for ground, least in (("#ffffff", look.LEAST_LIGHT), (look.DARK_SHEET, look.LEAST_DARK)):
        nearest = look.nearest_readable(light, ground, least)
        assert look.contrast(nearest, ground) >= least
        assert look.contrast(look.text_on(nearest), nearest) >= look.LEAST_TEXT
        assert look.nearest_readable(nearest, ground, least) == nearest


def test_the_log_tells_what_changed_and_where(world, administrator, sign_in) -> None:
    administrator.post("/alva/settings/appearance", data=GOOD)
    member = world.person("alva", Role.MEMBER).membership_id
    administrator.post(f"/alva/people/{member}/roles", data={"roles": ["chair"], "version": "1"})
    page = administrator.get("/alva/settings/log").text
    assert "Appearance changed" in page
    assert "Roles changed" in page
    assert "Member of Alva" in page
    assert "City administrator of Alva" in page
    neighbour = sign_in(world.person("bruma", Role.CITY_ADMINISTRATOR))
    assert "Appearance changed" not in neighbour.get("/bruma/settings/log").text
    with statements_of(world.app) as statements:
        administrator.get("/alva/settings/log?after=" + "x" * 16)
    assert len(statements) <= 8


@pytest.mark.parametrize("page", ["", "/languages", "/plugins", "/appearance", "/roles", "/log"])
def test_settings_are_for_administrators(world, sign_in, page) -> None:
    for role in Role:
        client = sign_in(world.person("alva", role))
        expected = 200 if role is Role.CITY_ADMINISTRATOR else 403
        assert client.get(f"/alva/settings{page}").status_code == expected


def test_a_translated_name_stays_when_it_becomes_the_original(world) -> None:
    with world.in_city("alva") as city:
        change_city(names={"mk": "Алва", "sq": "Alva"}, body_names={"sq": "Rrjeti"})
        change_city(names={"sq": "Alva"}, body_names={"sq": "Rrjeti"})
        db.session.commit()
        db.session.refresh(city)
        assert (city.names, city.body_names) == ({"sq": "Alva"}, {"sq": "Rrjeti"})
        kept = texts_of(ref_of(city))
    assert {code: text.texts for code, text in kept.items()} == {
        "sq": {"name": "Alva", "network": "Rrjeti"}
    }


_HIDDEN = r'name="(was-[^"]+)" type="hidden" value="([^"]*)"'


def test_a_name_that_was_translated_meanwhile_stays(world, administrator) -> None:
    page = administrator.get("/alva/settings").text
    opened = {name: html.unescape(value) for name, value in re.findall(_HIDDEN, page)}
    with world.in_city("alva") as city:
        change_city(body_names={**city.body_names, "sq": "Rrjeti i parandalimit"})
        db.session.commit()
    # What the page showed, and one name typed anew.
    typed = {name.removeprefix("was-"): value for name, value in opened.items()}
    data = GENERAL | opened | typed | {"body-en": "Prevention network"}
    assert administrator.post("/alva/settings", data=data).status_code == 303
    with world.in_city("alva") as city:
        assert city.body_names["sq"] == "Rrjeti i parandalimit"
        assert city.body_names["en"] == "Prevention network"
    again = {**opened, "was-body-sq": "Rrjeti i parandalimit"}
    assert administrator.post("/alva/settings", data=data | again).status_code == 303
    with world.in_city("alva") as city:
        assert "sq" not in city.body_names, "what was emptied on the page is gone"
