"""Notifications in a real browser: the bell, the list, the settings by keyboard, in every light and direction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

READER = ("almina", Role.MEMBER)


def told(demo: Any, times: int = 1) -> None:
    """Tell the reader something new, in the demo's own words."""
    from core.cities.models import City
    from core.database import db
    from core.identity.models import Membership, Person
    from core.notifications.services import notify
    from core.tenancy import city_scope
    from plugins.activities.models import Activity
    from plugins.activities.services.access import ref_of
    from plugins.activities.services.telling import CHANGED, when_of

    with demo.inside() as app, app.app_context():
        city = db.session.query(City).filter_by(slug=READER[0]).one()
        with city_scope(city):
            member = (
                db.session.query(Membership)
                .join(Person, Person.id == Membership.person_id)
                .filter(Person.email == demo.people[READER])
                .one()
            )
            rows = (
                db.session.query(Activity)
                .filter(Activity.visibility == "members")
                .order_by(Activity.start_utc.desc(), Activity.id)
                .limit(times)
            )
            for row in rows:
                notify(
                    CHANGED, [member.id], subject=ref_of(row.id),
                    facts=when_of(row) | {"status": "cancelled", "again": False, "dates": 1},
                )  # fmt: skip
            db.session.commit()


@pytest.mark.parametrize("place", ["notifications", "notifications/settings"])
@pytest.mark.parametrize(
    ("language", "dark", "width"),
    [("en", False, None), ("ar", True, 320), ("ar", False, None), ("fr", True, None)],
)
def test_everybody_can_read_it(
    open_page: OpenPage, demo: Any, place: str, language: str, dark: bool, width: int | None
) -> None:
    told(demo)
    theme = "dark" if dark else "light"
    state = demo.state(*READER, language=language, theme=theme)
    page = open_page(storage_state=state, dark=dark, language=language, phone=width is not None)
    page.goto(f"{demo.url}/almina/{place}")
    assert_clean(page)
    assert_accessible(page)
    assert_fits(page)
    name = (
        f"{place.replace('/', '-')}-{language}{'-dark' if dark else ''}{'-phone' if width else ''}"
    )
    screenshot(page, name)


def test_the_bell_leads_to_the_list_and_opening_one_to_its_activity(
    open_page: OpenPage, demo: Any
) -> None:
    told(demo, 3)
    page = open_page(storage_state=demo.state(*READER, language="en"), language="en")
    page.goto(f"{demo.url}/almina/")
    bell = page.get_by_role("link", name="Notifications:")
    before = int(bell.locator(".m-count").inner_text())
    bell.click()
    page.wait_for_url("**/almina/notifications")
    row = page.locator(".m-unread button").first
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/almina/activities/*")
    after = page.get_by_role("link", name="Notifications:").locator(".m-count").inner_text()
    assert int(after) == before - 1
    page.goto(f"{demo.url}/almina/notifications?show=unread")
    assert page.locator(".m-unread").count() == before - 1
    page.get_by_role("button", name="Mark all as read").first.click()
    page.wait_for_url("**/almina/notifications")
    page.goto(f"{demo.url}/almina/notifications?show=unread")
    assert page.get_by_role("heading", name="Nothing is unread").is_visible()
    assert page.get_by_role("link", name="Notifications", exact=True).first.is_visible()
    assert_clean(page)


def test_the_settings_are_walked_and_saved_by_keyboard(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state(*READER, language="en"), language="en")
    page.goto(f"{demo.url}/almina/notifications/settings")
    first = page.locator("main table input[type=checkbox]").first
    was = first.is_checked()
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert _focused(page).startswith("mail-")
    page.keyboard.press("ArrowDown")
    # Every plugin adds its kinds, so the way to the button is as long as the table.
    for _ in range(page.locator("main input, main select").count() + 10):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Your changes are saved.").wait_for()
    assert page.locator("main table input[type=checkbox]").first.is_checked() is not was
    assert page.locator("main table select").first.input_value() == "daily"
    assert_clean(page)


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def test_on_a_phone_the_settings_are_saved_within_reach_of_a_thumb_and_the_citys_name_is_whole(
    open_page: OpenPage, demo: Any
) -> None:
    state = demo.state("brezovo", Role.MEMBER, language="mk")
    page = open_page(storage_state=state, phone=True, scripts=False)
    page.goto(f"{demo.url}/brezovo/notifications/settings")
    name = page.locator(".m-top .m-city strong")
    assert name.inner_text() == "Брезово"
    assert name.evaluate("it => it.scrollWidth <= it.clientWidth")
    assert_fits(page)
    page.locator("#told select").first.select_option("never")
    save = page.locator(".m-thumb .btn-primary")
    box = save.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 640, "without scrolling"
    save.click()
    assert page.locator("#told select").first.input_value() == "never"
