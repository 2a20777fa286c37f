"""The page of plugins shows what was left out, and a plugin's own settings are kept for the city alone."""

import pytest
from flask import Flask
from wtforms import DateField, IntegerField, StringField
from wtforms.validators import NumberRange

from core.cities.services import plugin_settings
from core.forms import Form
from core.permissions import Role
from core.registry import LeftOut, Plugin, plugin_registry
from core.testing.app import World


class Settings(Form):
    """Settings of the plugin below."""

    greeting = StringField("Greeting")
    number = IntegerField("Number", [NumberRange(1, 9)])
    day = DateField("Day")


def _cannot_count() -> str:
    raise RuntimeError


@pytest.fixture
def world(app: Flask, world: World) -> World:
    registry = plugin_registry(app)
    registry.plugins["probe"] = Plugin(
        "probe", "Probe", "What it does", "Everybody", settings_form=Settings, usage=_cannot_count
    )
    registry.origins["probe"] = "probe-package 1.2"
    registry.left_out.append(LeftOut("newsletter", "Its page <archive> says nothing."))
    world.switch_on("probe")
    return world


def test_the_page_says_what_each_plugin_is(world, sign_in) -> None:
    page = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR)).get("/alva/settings/plugins").text
    assert "What it does" in page
    assert "Everybody" in page
    assert "From another author: probe-package 1.2" in page
    assert "newsletter is left out." in page
    assert "Its page &lt;archive&gt; says nothing." in page


def test_settings_are_checked_and_kept(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    path = "/alva/settings/plugins/probe"
    assert client.get(path).status_code == 200
    wrong = {"greeting": "Hello", "number": "12", "day": "2026-11-23"}
    answer = client.post(path, data=wrong)
    assert answer.status_code == 422
    assert "Hello" in answer.text
    assert client.post(path, data=wrong | {"number": "3"}).status_code == 303
    with world.in_city("alva"):
        assert plugin_settings("probe") == {"greeting": "Hello", "number": 3, "day": "2026-11-23"}
    with world.in_city("bruma"):
        assert plugin_settings("probe") == {}
    again = client.get(path)
    assert again.status_code == 200
    assert "2026-11-23" in again.text


def test_only_plugins_that_are_on_have_settings(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    assert client.get("/alva/settings/plugins/nowhere").status_code == 404
    client.post("/alva/settings/plugins", data={"was_on": ["probe"], "on": []})
    assert client.get("/alva/settings/plugins/probe").status_code == 404
    assert client.post("/alva/settings/plugins/probe").status_code == 404
    focal_point = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert focal_point.get("/alva/settings/plugins/probe").status_code == 403
