"""The pages of the directory answer, filter and keep what was typed."""

import pytest

from core.permissions import Role


@pytest.mark.parametrize(
    "path",
    ["/alva/", "/alva/calendar", "/alva/calendar/feeds", "/alva/organisations", "/alva/people"],
)
def test_a_member_opens_every_page(world, sign_in, path) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/alva/organisations/new",
        "/alva/people/new",
        "/alva/settings",
        "/alva/settings/languages",
        "/alva/settings/plugins",
        "/alva/settings/appearance",
        "/alva/settings/roles",
        "/alva/settings/log",
    ],
)
def test_an_administrator_opens_every_page(world, sign_in, path) -> None:
    client = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    assert client.get(path).status_code == 200
    member = sign_in(world.person("alva", Role.MEMBER))
    assert member.get(path).status_code == 403
