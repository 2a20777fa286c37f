"""Papers of a meeting from its page, in the demo's cities: both directions, wide and on a phone."""

from __future__ import annotations

from typing import Any

import pytest

from core.permissions import Role
from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    screenshot,
)
from core.testing.papers import follows_the_standard, read_pdf, words_of

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


@pytest.mark.parametrize(
    ("city", "language", "phone", "dark"),
    [("brezovo", "en", False, False), ("almina", "ar", True, True)],
)
def test_the_papers_of_a_held_meeting(
    open_page: OpenPage, demo: Any, city: str, language: str, phone: bool, dark: bool
) -> None:
    page = open_page(
        storage_state=demo.state(city, Role.FOCAL_POINT, language=language), phone=phone, dark=dark
    )
    page.goto(f"{demo.url}/{city}/meetings/?show=held")
    # The last meeting of the council, whose minutes are written; the case table before it kept none.
    address = page.locator(".m-list a[href*='/meetings/']", has_text="12").first
    page.goto(demo.url + str(address.get_attribute("href")))
    section = page.locator("section[aria-labelledby=h-papers]")
    section.scroll_into_view_if_needed()
    assert_clean(page)
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, f"meeting-papers-{city}")
    links = [
        str(each.get_attribute("href"))
        for each in section.locator("a[href*='papers/minutes']").all()
    ]
    assert len(links) == 2
    for link in links:
        answer = page.request.get(demo.url + link)
        assert answer.ok
        if link.partition("?")[0].endswith(".pdf"):
            assert follows_the_standard(read_pdf(answer.body()))
        else:
            words = words_of(answer.body())
            assert len(words) > 500
            if city == "almina":
                assert "يسأل المعلمون بمن يتصلون عندما يقلقون على أحد التلاميذ." in words
