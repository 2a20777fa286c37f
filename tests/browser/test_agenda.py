"""An agenda put in order by dragging and by keyboard, and the quorum that follows the room on pages left open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.testing.browser import OpenPage, assert_accessible, assert_clean, screenshot

from .test_meetings import CITY, KEEPER, MEMBER, Desk, prepare, set_up_a_body

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


def titles(page: Page) -> list[str]:
    return page.locator("ol.m-agenda > li[data-item] a.m-agenda-title").all_inner_texts()


def test_order_by_hand_and_a_quorum_that_is_live(open_page: OpenPage, demo: Any) -> None:
    desk = Desk(open_page(storage_state=demo.state(CITY, KEEPER, language="en")), demo)
    page = desk.page
    body = set_up_a_body(desk, demo)
    meeting = prepare(desk, body, date.today() + timedelta(days=1))  # noqa: DTZ011  as a form takes it
    before = titles(page)
    items = page.locator("ol.m-agenda > li[data-item]")
    with page.expect_navigation():
        items.last.drag_to(items.first)
    assert titles(page) == [before[-1], *before[:-1]]
    # The same by keyboard: one place up.
    up = page.get_by_role("button", name=f"Move up: {before[0]}", exact=True)
    up.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert titles(page)[0] == before[0]
    assert "Σ" in page.locator("ol.m-agenda").inner_text()
    desk.looks_right()
    screenshot(page, "agenda-in-order")

    desk.go(f"{meeting}/convene")
    desk.press("Convene and invite")
    dark = open_page(
        phone=True, storage_state=demo.state(CITY, MEMBER, language="ar", theme="dark")
    )
    dark.goto(meeting)
    dark.locator("#own-apology").fill("Двата автобуса ни се потребни.")
    with dark.expect_navigation():
        dark.locator("#apology button").click()
    assert "автобуса" in dark.locator("#own-apology").input_value()
    assert_clean(dark)
    assert_accessible(dark)
    assert dark.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
    screenshot(dark, "apology-phone")

    desk.go(meeting)
    desk.press("Open the meeting", asked=True)
    watching = open_page(storage_state=demo.state(CITY, MEMBER, language="en"))
    watching.clock.install()
    watching.goto(meeting)
    assert "0 of" in watching.locator("#q-words").inner_text()
    desk.go(f"{meeting}/attendance")
    page.locator("form#list li", has_text="Arben Limani").get_by_text("Present").click()
    desk.press("Save the attendance")
    watching.clock.fast_forward(31_000)
    watching.locator("#q-words", has_text="1 of").wait_for()
    assert_clean(watching)
    screenshot(watching, "quorum-live")
