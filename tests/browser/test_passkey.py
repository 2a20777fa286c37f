"""Passkeys in a real browser, with Chromium's own virtual authenticator; and the pages around them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from core.testing.app import PASSWORD, World
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot

pytestmark = pytest.mark.browser


@pytest.fixture
def app_settings() -> dict[str, Any]:
    return {"WTF_CSRF_ENABLED": True}


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    """The test's own application, served by name: passkeys do not belong to numbers."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def authenticator(page: Any) -> Any:
    """Give the page's browser a device that makes passkeys and knows its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


WITHOUT_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;"


def sign_in(page: Any, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_out(page: Any, address: str) -> None:
    page.goto(f"{address}/me/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def test_a_passkey_is_made_and_opens_the_door(
    open_page: OpenPage, address: str, world: World
) -> None:
    page = open_page()
    page.add_init_script(WITHOUT_OFFER)
    authenticator(page)
    sign_in(page, address, world.person("alva").email)
    page.goto(f"{address}/me/passkeys")
    page.get_by_label("Name").fill("Office computer")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey is added.").wait_for()
    assert page.get_by_text("Office computer").first.is_visible()
    sign_out(page, address)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{address}/me/devices")
    assert page.get_by_text("This device").is_visible()
    assert_clean(page)


def test_the_browser_offers_it_before_a_button_is_pressed(
    open_page: OpenPage, address: str, world: World
) -> None:
    page = open_page()
    authenticator(page)
    page.add_init_script("sessionStorage.getItem('offer') || (" + WITHOUT_OFFER.rstrip(";") + ")")
    sign_in(page, address, world.person("alva").email)
    page.goto(f"{address}/me/passkeys")
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey is added.").wait_for()
    sign_out(page, address)
    page.evaluate("sessionStorage.setItem('offer', 'yes')")
    page.goto(f"{address}/sign-in")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert_clean(page)


def test_a_refusal_says_what_to_do(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.add_init_script(WITHOUT_OFFER)
    session = authenticator(page)
    page.goto(f"{address}/sign-in")
    session.send("WebAuthn.disable")
    page.evaluate(
        "() => { navigator.credentials.get ="
        " () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    page.get_by_role("button", name="Use a passkey").click()
    assert page.get_by_text("Press the button to try again.").is_visible()
    assert_accessible(page)


PAGES = (
    "/me/",
    "/me/password",
    "/me/address",
    "/me/passkeys",
    "/me/two-step",
    "/me/devices",
    "/me/verify",
)


@pytest.mark.parametrize(("phone", "dark", "language"), [(False, False, "en"), (True, True, "ar")])
def test_the_pages_of_ones_own_account(
    open_page: OpenPage, address: str, world: World, phone: bool, dark: bool, language: str
) -> None:
    page = open_page(phone=phone, dark=dark)
    sign_in(page, address, world.person("alva").email)
    page.goto(f"{address}/me/")
    page.locator("select[name=language]").select_option(language)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    for path in PAGES:
        page.goto(address + path)
        assert_clean(page)
        assert_accessible(page)
        assert_fits(page)
        screenshot(page, f"identity-{language}-{path.strip('/').replace('/', '-')}")


@pytest.mark.parametrize(("phone", "dark", "language"), [(False, False, "en"), (True, True, "ar")])
def test_the_pages_in_front_of_the_door(
    open_page: OpenPage, address: str, phone: bool, dark: bool, language: str
) -> None:
    page = open_page(phone=phone, dark=dark, language=language)
    for path in ("/sign-in", "/reset"):
        page.goto(address + path)
        assert_clean(page)
        assert_accessible(page)
        assert_fits(page)
        screenshot(page, f"identity-{language}-{path.strip('/')}")
