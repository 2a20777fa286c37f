"""A word is reported from where it stands, and two organisations become one, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_fits

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

SELECT = """selector => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


def test_what_is_selected_goes_along_and_no_server_sees_it(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state("rivemont", Role.CITY_ADMINISTRATOR, language="fr"))
    page.set_viewport_size({"width": 320, "height": 720})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{demo.url}/rivemont/people?show=ended")
    heading = page.locator("h1").inner_text()
    page.evaluate(SELECT, "h1")
    page.locator("a[data-wording]").click()
    page.wait_for_url("**/wording/report?page=/rivemont/people")
    assert page.locator("[name=words]").input_value() == heading
    assert page.evaluate("document.activeElement.name") == "suggestion"
    assert not [url for url in asked if "words=" in url.partition("#")[0] or "ended" in url][1:]
    assert_accessible(page)
    assert_fits(page)

    page.locator("[name=suggestion]").fill("Les gens")
    page.locator("#report button[type=submit]").click()
    if page.locator("input[name=choice]").count():
        page.locator("#report button[type=submit]").click()
    page.wait_for_url("**/rivemont/people")
    page.goto(f"{demo.url}/rivemont/settings/words?language=fr")
    assert page.get_by_text("Les gens").is_visible()
    assert_accessible(page)
    assert_fits(page)


def test_two_organisations_are_compared_merged_and_parted(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state("brezovo", Role.FOCAL_POINT, language="en"))
    page.goto(f"{demo.url}/brezovo/organisations/new")
    page.locator("[name=name-mk]").fill("Центри за дијалог")
    page.locator("[name=sector]").select_option(index=2)
    page.locator("main form .btn-primary").click()
    page.wait_for_url(lambda url: "/new" not in url)
    double = page.url
    page.goto(f"{demo.url}/brezovo/directory/doubles")
    assert_accessible(page)
    page.get_by_role("link", name="Compare").first.click()
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 720})
    assert_fits(page)
    page.locator("button[form=merge]:visible").click()
    page.wait_for_url(lambda url: "/merge" not in url)
    assert page.url != double
    page.goto(double)
    assert page.url != double
    page.goto(f"{demo.url}/brezovo/directory/doubles")
    page.get_by_role("button", name="Undo").first.click()
    page.locator("#m-ask [data-yes]").click()
    page.wait_for_url(double)
