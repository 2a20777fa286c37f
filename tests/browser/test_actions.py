"""An action from one organisation to another, by keyboard alone: added, found, done; its origin stays closed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from core.permissions import Role
from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    screenshot,
    watch_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

CITY = "rivemont"
CANARY = "Canary of the title"
TEXT = "Bring the key of the hall on Monday morning"


def reach(page: Page, what: Locator) -> None:
    """Go to something with the Tab key, as somebody without a mouse does."""
    wanted = what.element_handle()
    for _each in range(150):
        if page.evaluate("one => document.activeElement === one", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{what} is not reached by the keyboard")


def press(page: Page, what: Locator) -> None:
    reach(page, what)
    page.keyboard.press("Enter")


def people_of(demo: Any) -> tuple[str, str, str]:
    """Who asks, and the organisation they speak for; and who is asked, of another organisation."""
    from core.cities.models import City
    from core.database import db
    from core.identity.models import Membership, Organisation, Person
    from core.tenancy import city_scope

    with demo.inside() as app, app.app_context():
        city = db.session.query(City).filter_by(slug=CITY).one()
        with city_scope(city):
            found = [
                db.session.scalars(
                    select(Membership)
                    .join(Person, Person.id == Membership.person_id)
                    .where(Person.email == demo.people[CITY, role])
                ).one()
                for role in (Role.FOCAL_POINT, Role.MEMBER)
            ]
            host, taker = found
            if host.organisation_id == taker.organisation_id:
                other = db.session.scalars(
                    select(Organisation.id).where(
                        Organisation.id != host.organisation_id, Organisation.active.is_(True)
                    )
                ).first()
                taker.organisation_id = other
                db.session.commit()
            return host.id, str(host.organisation_id), taker.id


def restricted_activity(demo: Any, membership: str, organisation: str) -> str:
    """An activity of the host's organisation that nobody else sees; its page."""
    from core.cities.models import City
    from core.database import db
    from core.i18n import today
    from core.tenancy import city_scope
    from core.values import Viewer
    from plugins.activities.services.entries import Entry
    from plugins.activities.services.records import log_activity
    from plugins.activities.words import Visibility

    with demo.inside() as app, app.app_context():
        city = db.session.query(City).filter_by(slug=CITY).one()
        with city_scope(city):
            host = Viewer("", "", "en", city.id, membership, organisation, frozenset(), frozenset())
            made = log_activity(
                Entry(
                    title=CANARY,
                    type="workshop",
                    start_date=today() + timedelta(days=9),
                    organisation_id=organisation,
                    language="en",
                    visibility=Visibility.ORGANISATION.value,
                ),
                host,
                today(),
            )
            db.session.commit()
            return f"{demo.url}/{CITY}/activities/{made.id}"


def test_one_organisation_asks_another_by_keyboard_alone(open_page: OpenPage, demo: Any) -> None:
    from core.i18n import today

    asks, home, taker = people_of(demo)
    activity = restricted_activity(demo, asks, home)
    host = open_page(storage_state=demo.state(CITY, Role.FOCAL_POINT, language="en"))
    host.goto(activity)
    press(host, host.locator("a[href*='/actions/on/activities/']"))
    host.wait_for_url("**/actions/on/**")
    assert_clean(host)
    assert_accessible(host)
    # Sent empty, it says what is missing, and the focus is where one reads it.
    press(host, host.locator("main form.m-card button[type=submit]"))
    host.locator("#text-error").wait_for()
    assert "Write what is to be done." in host.locator("#text-error").inner_text()
    assert_accessible(host)
    screenshot(host, "action-form-errors")
    # The browser notes every answer that is a refusal.
    watch_of(host).clear()
    reach(host, host.locator("#text"))
    host.keyboard.type(TEXT)
    host.keyboard.press("Tab")
    assert host.evaluate("document.activeElement.id") == "who"
    host.locator("#who").select_option(f"p:{taker}")
    reach(host, host.locator("#due_on"))
    host.locator("#due_on").fill((today() + timedelta(days=2)).isoformat())
    press(host, host.locator("main form.m-card button[type=submit]"))
    host.wait_for_url(activity)
    assert host.locator("section", has_text=TEXT).count() >= 1
    assert_clean(host)
    screenshot(host, "activity-with-action")

    page = open_page(storage_state=demo.state(CITY, Role.MEMBER, language="en"))
    answer = page.goto(activity)
    assert answer is not None
    assert answer.status == 404
    watch_of(page).clear()
    page.goto(f"{demo.url}/{CITY}/")
    card = page.locator("section[aria-labelledby=h-owed]")
    assert TEXT in card.inner_text()
    assert CANARY not in page.content()
    assert_accessible(page)
    screenshot(page, "home-with-actions")
    press(page, page.locator("nav a[href$='/actions/']:visible").first)
    page.wait_for_url(re.compile(rf"/{CITY}/actions/$"))
    assert CANARY not in page.content()
    assert_accessible(page)
    screenshot(page, "actions-mine")
    press(page, page.locator("main a", has_text=TEXT))
    page.locator("h1", has_text="Action").wait_for()
    assert "Something that you cannot open" in page.locator("main").inner_text()
    assert CANARY not in page.content()
    assert_accessible(page)
    screenshot(page, "action-detail")
    press(page, page.locator("main .m-head button.btn-primary"))
    page.get_by_text("Done. Thank you.").wait_for()
    assert page.locator("main .m-head .m-good").count() == 1
    assert CANARY not in page.content()
    assert_clean(page)
    page.goto(f"{demo.url}/{CITY}/actions/")
    assert TEXT not in page.locator("main table, main .m-empty").first.inner_text()

    # Whoever asked reads that it is done.
    host.goto(f"{demo.url}/{CITY}/notifications")
    assert TEXT in host.locator("main").inner_text()


@pytest.mark.parametrize(
    ("city", "language", "dark", "phone"),
    [
        ("brezovo", "en", False, False),
        ("brezovo", "mk", True, False),
        ("almina", "ar", False, False),
        ("almina", "ar", True, True),
        ("rivemont", "fr", False, True),
    ],
)
def test_the_pages_of_actions_are_sound_in_every_light_and_script(
    open_page: OpenPage, demo: Any, city: str, language: str, dark: bool, phone: bool
) -> None:
    theme = "dark" if dark else "light"
    state = demo.state(city, Role.FOCAL_POINT, language=language, theme=theme)
    page = open_page(phone=phone, dark=dark, storage_state=state)
    name = "-".join([language, theme, *(["phone"] if phone else [])])
    base = f"{demo.url}/{city}/actions"
    page.goto(f"{base}/?whose=all&show=every")
    first = page.locator("td.m-title a").first.get_attribute("href")
    assert first is not None
    pages = {
        "list": f"{base}/?whose=all&show=every",
        "mine": f"{base}/",
        "detail": demo.url + first,
        "form": f"{base}/new",
        "reason": f"{demo.url}{first}/reason/not_possible",
        "empty": f"{base}/?whose=ours&show=not_possible&q=nothing",
    }
    for what, address in pages.items():
        page.goto(address)
        screenshot(page, f"actions-{what}-{name}")
        assert_accessible(page)
        assert_fits(page)
        assert_clean(page)
