"""What people come for, from the first page to the last, in a real browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.demo import PASSPHRASE
from core.permissions import Role
from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    screenshot,
    unfold,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

BIN = Path(sys.executable).parent
ALMINA = ("almina", Role.MEMBER)
BREZOVO = ("brezovo", Role.MEMBER)
ADMINISTRATOR = ("brezovo", Role.CITY_ADMINISTRATOR)


def sign_in(page: Page, email: str) -> None:
    form = page.locator("form[action$='/sign-in']").first
    form.locator("[name=email]").fill(email)
    form.locator("[name=password]").fill(PASSPHRASE)
    form.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_out(page: Page) -> None:
    page.locator("header details.m-menu summary").last.click()
    page.locator("form[action$='/sign-out'] button").first.click()
    page.wait_for_url("**/sign-in**")


def fill_activity(page: Page, title: str) -> None:
    form = page.locator("form#activity")
    form.locator("[name=title]").fill(title)
    form.locator("[name=type]").select_option(index=1)
    form.locator("[name=participants]").fill("٣٠")
    form.locator("[name=place]").fill("دار الثقافة")
    form.locator("[name=result]").fill("تحدث المشاركون عن الأخبار الكاذبة.")


def save(page: Page) -> None:
    page.locator(
        "button[form=activity]:visible, form#activity button.btn-primary:visible"
    ).first.click()


def make_feed(page: Page, url: str, city: str, name: str) -> str:
    """A new secret address of whoever is signed in."""
    page.goto(f"{url}/{city}/calendar/feeds")
    form = page.locator("form[action$='/calendar/feeds']")
    form.locator("[name=name]").fill(name)
    form.locator("button[type=submit]").click()
    return page.locator("#address").input_value()


# -- Logging an activity -------------------------------------------------------------------------------------


def test_a_member_logs_an_activity_on_a_phone_in_arabic(
    open_page: OpenPage, demo: Any, tmp_path: Path
) -> None:
    title = "ورشة عن الأخبار الكاذبة"
    demo.reads(*ALMINA, language="ar")
    page = open_page(phone=True, width=390, language="ar")
    page.goto(demo.url + "/")
    assert page.locator("html[lang=ar][dir=rtl]").count() == 1
    sign_in(page, demo.people[ALMINA])
    page.wait_for_url("**/almina/")
    page.locator("a[href$='/almina/activities/new']:visible").first.click()
    page.wait_for_url("**/activities/new")
    assert_accessible(page)
    assert_fits(page)

    asked = page.locator("form#activity [name]:visible").evaluate_all(
        "all => [...new Set(all.filter(one => one.type !== 'submit').map(one => one.name))]"
    )
    assert len(asked) <= 8, asked
    fill_activity(page, title)
    screenshot(page, "activity-form-filled-arabic-phone")
    save(page)
    page.wait_for_url(lambda address: "/activities/" in address and "/new" not in address)
    assert page.locator("h1").inner_text().strip() == title
    assert_clean(page)
    assert_fits(page)

    page.goto(f"{demo.url}/almina/calendar")
    unfold(page)
    assert page.locator("main").get_by_text(title).first.is_visible()
    assert_clean(page)

    address = make_feed(page, demo.url, "almina", "khal")
    assert address.startswith(f"{demo.url}/feed/")
    assert title in read_with_khal(address, tmp_path)


def run(*command: str, home: Path) -> str:
    done = subprocess.run(
        command,
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read_with_khal(address: str, home: Path) -> str:
    """What khal shows of this week, once vdirsyncer has fetched the feed."""
    events = home / "events"
    events.mkdir()
    (home / "vdirsyncer.conf").write_text(
        f'[general]\nstatus_path = "{home}/status/"\n'
        '[pair feed]\na = "remote"\nb = "local"\ncollections = null\n'
        f'[storage remote]\ntype = "http"\nurl = "{address}"\n'
        f'[storage local]\ntype = "filesystem"\npath = "{events}/"\nfileext = ".ics"\n'
    )
    (home / "khal.conf").write_text(
        f"[calendars]\n[[feed]]\npath = {events}\nreadonly = True\n"
        f"[sqlite]\npath = {home}/khal.db\n"
        "[locale]\nlocal_timezone = Asia/Beirut\ndefault_timezone = Asia/Beirut\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    sync = (str(BIN / "vdirsyncer"), "-c", str(home / "vdirsyncer.conf"))
    run(*sync, "discover", "feed", home=home)
    run(*sync, "sync", home=home)
    khal = (str(BIN / "khal"), "-c", str(home / "khal.conf"))
    return run(*khal, "list", "--format", "{title}", "yesterday", "3d", home=home)


# -- Switching a plugin off ----------------------------------------------------------------------------------


def test_an_administrator_switches_the_plugin_off_in_one_city(
    open_page: OpenPage, demo: Any
) -> None:
    readers = {}
    for who in (BREZOVO, ALMINA):
        city = who[0]
        page = open_page(storage_state=demo.state(*who, language="en"))
        feed = make_feed(page, demo.url, city, "before")
        readers[city] = (page, feed)
        assert shows(page, demo.url, city, feed) == {
            "page",
            "card",
            "navigation",
            "feed",
            "calendar",
        }

    office = open_page(storage_state=demo.state(*ADMINISTRATOR, language="en"))
    office.goto(f"{demo.url}/brezovo/settings/plugins")
    with office.expect_response(lambda answer: answer.request.method == "POST"):
        office.locator("#on-activities").uncheck()
    office.wait_for_load_state("networkidle")
    assert_clean(office)

    assert shows(*readers["brezovo"][:1], demo.url, "brezovo", readers["brezovo"][1]) == set()
    assert shows(*readers["almina"][:1], demo.url, "almina", readers["almina"][1]) == {
        "page", "card", "navigation", "feed", "calendar",
    }  # fmt: skip

    # Its records stayed, and come back with it; this time without a script.
    plain = open_page(storage_state=demo.state(*ADMINISTRATOR, language="en"), scripts=False)
    plain.goto(f"{demo.url}/brezovo/settings/plugins")
    plain.locator("#on-activities").check()
    plain.locator("form#plugins button[type=submit]:visible").first.click()
    assert shows(*readers["brezovo"][:1], demo.url, "brezovo", readers["brezovo"][1]) == {
        "page", "card", "navigation", "feed", "calendar",
    }  # fmt: skip


def shows(page: Page, url: str, city: str, feed: str) -> set[str]:
    """Where somebody meets the activities of their city."""
    found = set()
    here = f"/{city}/activities/"
    if page.request.get(url + here).status == 200:
        found.add("page")
    page.goto(f"{url}/{city}/")
    if page.locator(f"main a[href^='{here}']").count():
        found.add("card")
    if page.locator(f"#nav a[href^='{here}']").count():
        found.add("navigation")
    # Other plugins stand in the feed too, and a long line of it is folded.
    if here in page.request.get(feed).text().replace("\r\n ", ""):
        found.add("feed")
    page.goto(f"{url}/{city}/calendar")
    if page.locator(f"main a[href^='{here}']").count():
        found.add("calendar")
    return found


# -- The keyboard alone --------------------------------------------------------------------------------------


def tab_to(page: Page, selector: str, most: int = 120) -> None:
    """Press Tab until what ``selector`` names has the focus, and can be seen to have it."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => !!document.activeElement?.matches(selector)", selector):
            seen = page.evaluate(
                """() => { const style = getComputedStyle(document.activeElement);
                    return style.outlineStyle !== "none" || style.boxShadow !== "none"; }"""
            )
            assert seen, f"{selector} has the focus, and nobody can see it"
            return
    raise AssertionError(f"{selector} cannot be reached with Tab on {page.url}")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def test_everything_works_with_the_keyboard(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state(*BREZOVO, language="en"))
    page.goto(f"{demo.url}/brezovo/")
    page.keyboard.press("Tab")
    assert page.locator("a.m-skip:focus").count() == 1
    page.keyboard.press("Enter")
    assert focused(page) == "main"

    # A menu opens, closes with Escape, and gives the focus back.
    page.goto(f"{demo.url}/brezovo/")
    tab_to(page, "header details.m-menu > summary")
    page.keyboard.press("Enter")
    assert page.locator("header details.m-menu[open]").count() == 1
    page.keyboard.press("Tab")
    assert page.locator("header details.m-menu[open] :focus").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("header details.m-menu[open]").count() == 0
    assert page.locator("header details.m-menu > summary:focus").count() == 1

    # The whole way to an activity that is saved.
    page.goto(f"{demo.url}/brezovo/")
    tab_to(page, "a[href$='/activities/new']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/activities/new")
    tab_to(page, "[name=title]")
    page.keyboard.type("Typed without a mouse")
    tab_to(page, "[name=type]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=participants]")
    page.keyboard.type("12")
    tab_to(page, "[name=result]")
    page.keyboard.type("It went well.")
    tab_to(page, "details.m-more > summary")
    page.keyboard.press("Enter")
    tab_to(page, "[name=start_time]")
    page.keyboard.press("Escape")
    tab_to(page, "form#activity button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/activities/" in address and "/new" not in address)
    assert page.locator("h1").inner_text().strip() == "Typed without a mouse"
    assert_clean(page)


def test_an_error_gets_the_focus_and_keeps_what_was_typed(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state(*BREZOVO, language="en"))
    page.goto(f"{demo.url}/brezovo/activities/new")
    page.locator("[name=result]").fill("Typed before the error")
    save(page)
    page.locator("[role=alert]").first.wait_for()
    assert page.locator("[name=result]").input_value() == "Typed before the error"
    assert page.locator("[name=title][aria-invalid=true]").count() == 1
    page.locator("[role=alert] a").first.click()
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


# -- Sessions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
def test_a_form_sent_after_the_session_ended_survives_signing_in(
    open_page: OpenPage, demo: Any, scripts: bool
) -> None:
    title = f"Kept over the night ({scripts})"
    page = open_page(storage_state=demo.state(*ALMINA, language="en"), scripts=scripts)
    page.goto(f"{demo.url}/almina/activities/new")
    fill_activity(page, title)
    demo.grow_old(*ALMINA)
    save(page)
    page.wait_for_url("**/sign-in**")
    sign_in(page, demo.people[ALMINA])
    assert "/kept-form" in page.url
    assert page.get_by_text(title).first.is_visible()
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(lambda address: "/activities/" in address and "/new" not in address)
    assert page.locator("h1").inner_text().strip() == title
    page.goto(f"{demo.url}/almina/activities/?q=Kept")
    assert page.locator("main a", has_text=title).count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
def test_pressing_twice_makes_one_record(open_page: OpenPage, demo: Any, scripts: bool) -> None:
    title = f"Pressed twice ({scripts})"
    page = open_page(storage_state=demo.state(*ALMINA, language="en"), scripts=scripts)
    page.goto(f"{demo.url}/almina/activities/new")
    fill_activity(page, title)
    button = page.locator("form#activity button.btn-primary:visible")
    button.dblclick(no_wait_after=True)
    # The second press ends the first one's way to the page, so the page is waited for and not the way.
    page.locator("h1", has_text=title).wait_for()
    page.goto(f"{demo.url}/almina/activities/?q=Pressed")
    assert page.locator("main a", has_text=title).count() == 1


def test_after_signing_out_the_back_button_shows_nothing(open_page: OpenPage, demo: Any) -> None:
    state = demo.state(*ALMINA, language="en")
    page = open_page(storage_state=state)
    captured = state["cookies"][0]
    page.goto(f"{demo.url}/almina/people")
    name = page.locator("main li, main td").first.inner_text().splitlines()[0].strip()
    assert name
    sign_out(page)
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert "/sign-in" in page.url
    assert page.get_by_text(name).count() == 0
    kept = page.evaluate("localStorage.length + sessionStorage.length")
    assert kept == 0
    # A cookie captured before opens nothing any more.
    thief = open_page(storage_state={"cookies": [captured], "origins": []})
    thief.goto(f"{demo.url}/almina/people")
    assert "/sign-in" in thief.url
