"""Somebody types in Latin letters and finds the Cyrillic record, with the keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_fits

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


def test_a_cyrillic_record_is_found_in_latin_by_keyboard_alone(
    open_page: OpenPage, demo: Any
) -> None:
    page = open_page(storage_state=demo.state("brezovo", Role.MEMBER, language="en"))
    page.goto(f"{demo.url}/brezovo/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "m-find"
    page.keyboard.type("skola roditeli")
    page.keyboard.press("Enter")
    page.wait_for_url("**/brezovo/search?q=skola+roditeli")
    assert_accessible(page)
    found = page.locator("section").filter(has=page.get_by_role("heading", name="Activities"))
    assert found.locator("mark").all_inner_texts()[:2] == ["Школа", "родители"]

    title = found.locator("li a").first
    for _step in range(40):
        page.keyboard.press("Tab")
        if title.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/brezovo/activities/*")
    assert "Школа за родители" in page.locator("h1").inner_text()


def test_the_slash_stays_a_slash_where_one_types(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state("brezovo", Role.MEMBER, language="en"))
    page.goto(f"{demo.url}/brezovo/activities/new")
    page.locator("[name=title]").fill("")
    page.locator("[name=title]").press("/")
    assert page.locator("[name=title]").input_value() == "/"
    assert page.evaluate("document.activeElement.name") == "title"


def test_on_a_phone_a_button_leads_to_the_search(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state("almina", Role.MEMBER, language="ar"))
    page.set_viewport_size({"width": 320, "height": 720})
    page.goto(f"{demo.url}/almina/")
    assert not page.locator("#m-find").is_visible()
    assert_fits(page)
    page.locator("header a[href$='/almina/search']").click()
    page.locator("#m-find").fill("مدرسة")
    page.locator("#m-find").press("Enter")
    page.wait_for_url("**/search?q=*")
    assert page.locator("mark").first.inner_text() == "المدرسة"
    assert_accessible(page)
    assert_fits(page)
