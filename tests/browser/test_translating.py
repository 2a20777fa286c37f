"""A description is translated, edited, shown as outdated, and printed side by side, by people in a real browser."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

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

MEMBER = ("brezovo", Role.MEMBER)
FOCAL_POINT = ("brezovo", Role.FOCAL_POINT)
TITLE = "Вечер на приказни во библиотеката"
DESCRIPTION = "Дедовците и бабите раскажуваат приказни, а децата ги цртаат. Носете моливи."
CHANGED = "Дедовците и бабите раскажуваат приказни, а децата ги пеат. Носете моливи."
SHQIP = "Gjyshërit tregojnë përralla dhe fëmijët i vizatojnë. Sillni lapsa."
SHQIP_NOW = "Gjyshërit tregojnë përralla dhe fëmijët i këndojnë. Sillni lapsa."


def printed(page: Page) -> str:
    """What stands on the paper, as words: Arabic comes in the shapes of its letters, and is folded back."""
    paper = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    assert len(paper.pages) == 1
    text = unicodedata.normalize("NFKC", "\n".join(each.extract_text() for each in paper.pages))
    return re.sub(r"\s+", " ", text)


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def fill_in(page: Page, title: str, description: str) -> None:
    page.locator("form#translation [name=text-title]").fill(title)
    page.locator("form#translation [name=text-description]").fill(description)
    page.locator("form#translation button.btn-primary").click()


def log_in_macedonian(page: Page, url: str) -> str:
    """Log an activity with title and description; its address."""
    page.goto(f"{url}/brezovo/activities/new")
    form = page.locator("form#activity")
    unfold(page)
    form.locator("[name=title]").fill(TITLE)
    form.locator("[name=type]").select_option(index=1)
    form.locator("[name=description]").fill(DESCRIPTION)
    form.locator("[name=language]").select_option("mk")
    form.locator("button.btn-primary").click()
    page.wait_for_url(lambda address: re.search(r"/activities/[a-z2-7]{16}", address) is not None)
    return page.url.partition("?")[0]


def test_a_description_is_translated_edited_outdated_and_printed_side_by_side(
    open_page: OpenPage, demo: Any
) -> None:
    page = open_page(storage_state=demo.state(*MEMBER, language="en"))
    activity = log_in_macedonian(page, demo.url)

    # Translated.
    page.locator("details.m-menu summary").filter(has_text="More").click()
    page.get_by_role("link", name="Translations, side by side").click()
    side_by_side = page.url
    page.get_by_role("link", name="Albanian").click()
    assert page.locator("form#translation p[lang=mk]").first.inner_text() == TITLE
    assert page.locator("form#translation textarea[lang=sq]").is_visible()
    assert_accessible(page)
    fill_in(page, "Mbrëmje përrallash", SHQIP)
    page.wait_for_url(side_by_side)
    assert page.locator("p[lang=sq]", has_text=SHQIP).is_visible()
    assert_clean(page)

    # Its readers have it.
    demo.reads(*MEMBER, language="sq")
    page.goto(activity)
    assert page.locator("h1").inner_text().strip() == "Mbrëmje përrallash"
    assert page.locator("main").get_by_text(SHQIP).is_visible()
    demo.reads(*MEMBER, language="en")

    # The original changes, and what changed is shown.
    page.goto(f"{activity}/edit")
    form = page.locator("form#activity")
    unfold(page)
    form.locator("[name=description]").fill(CHANGED)
    form.locator("button.btn-primary").click()
    page.wait_for_url(lambda address: "/edit" not in address)
    page.goto(side_by_side)
    assert (
        page.locator(".m-lang", has_text="Albanian").locator(".m-state").inner_text() == "Outdated"
    )
    assert page.locator(".m-behind p[lang=sq]", has_text=SHQIP).is_visible()
    page.get_by_text("Show what changed").click()
    assert page.locator(".m-compared del").inner_text() == "цртаат."
    assert page.locator(".m-compared ins").inner_text() == "пеат."
    screenshot(page, "translation-outdated")

    # Edited, approved by the focal point, and on paper.
    page.get_by_role("link", name=re.compile("Bring it up to date")).click()
    assert page.locator(".m-compared del").is_visible()
    fill_in(page, "Mbrëmje përrallash", SHQIP_NOW)
    page.wait_for_url(side_by_side)
    assert page.locator(".m-behind").count() == 0
    focal = open_page(storage_state=demo.state(*FOCAL_POINT, language="en"))
    focal.goto(f"{side_by_side}/sq")
    focal.get_by_role("button", name="Save and approve").click()
    focal.wait_for_url(side_by_side)
    paper = printed(focal)
    for said in (CHANGED, SHQIP_NOW):
        assert words(said) <= words(paper), paper
    assert "Approved by" in paper
    # No frame, and nothing that can only be pressed.
    for pressed in ("Calendar", "Print", "Translate into another language"):
        assert pressed not in paper
    assert_clean(focal)


def test_columns_stand_side_by_side_on_paper_and_on_a_desk(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state("almina", Role.MEMBER, language="en"))
    page.goto(f"{demo.url}/almina/translations?language=fr&state=approved")
    page.locator(".m-list a[href*='/activities/activity/']").first.click()
    page.get_by_role("link", name="All languages side by side").click()

    def edges() -> list[tuple[float, float]]:
        boxes = [cell.bounding_box() for cell in page.locator(".m-side-text").all()]
        return [(box["x"], box["y"]) for box in boxes[:2] if box is not None]

    (first_x, first_y), (second_x, second_y) = edges()
    assert first_y == second_y
    assert first_x != second_x
    paper = printed(page)
    assert "médias" in words(paper)
    assert words("ورشة التربية") <= words(paper), paper
    page.set_viewport_size({"width": 320, "height": 800})
    (first_x, first_y), (second_x, second_y) = edges()
    assert first_y < second_y
    assert_fits(page)


def test_the_editor_in_arabic_dark_on_a_small_phone(open_page: OpenPage, demo: Any) -> None:
    state = demo.state("almina", Role.MEMBER, language="ar", theme="dark")
    page = open_page(phone=True, width=320, dark=True, language="ar", storage_state=state)
    page.goto(f"{demo.url}/almina/translations?language=fr&state=outdated")
    assert_accessible(page)
    assert_fits(page)
    page.locator(".m-list a[href*='/activities/activity/']").first.click()
    assert page.locator("html[dir=rtl]").count() == 1
    text = page.locator("textarea[lang=fr]")
    assert text.evaluate("one => getComputedStyle(one).direction") == "ltr"
    original = page.locator(".m-side-text p[lang=ar]").first
    assert original.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert_accessible(page)
    assert_fits(page)
    assert_clean(page)
    screenshot(page, "translation-editor-arabic-phone-dark")
    page.goto(f"{demo.url}/almina/translations/glossary")
    assert_accessible(page)
    assert_fits(page)
