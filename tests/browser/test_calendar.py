"""The calendar in a real browser: read, walked by keyboard, mirrored, on a small phone, in the dark, and on paper."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

READER = ("almina", Role.MEMBER)
# Far from today, so that nothing of the demo stands beside what the tests put there.
DAY = date(2031, 5, 14)
# Each way of looking at it, and the page of addresses for a part of it.
VIEWS = {
    "month": "?view=month&month=2031-05",
    "week": "?view=week&week=2031-05-14",
    "list": "?month=2031-05",
    "day": "?day=2031-05-14",
    "feeds": "/feeds?level=primary",
}
A4_LANDSCAPE = (842, 595)


@pytest.fixture(scope="module")
def address(demo: Any) -> str:
    """The address of a calendar with a full day, a camp of three days and what was called off."""
    from core.cities.models import City
    from core.cities.services import calendar_changed
    from core.database import db, new_id
    from core.identity.models import Organisation
    from core.tenancy import city_scope
    from plugins.activities.models import Activity, new_uid
    from plugins.activities.services.entries import Entry, tidy, write

    with demo.inside() as app, app.app_context():
        city = db.session.query(City).filter_by(slug="almina").one()
        with city_scope(city):
            organisation = db.session.query(Organisation).order_by(Organisation.id).limit(1).one()
            for number, title in enumerate(
                ("ورشة عمل للشباب", "Réunion des parents", "Football and dialogue", "Café citoyen", "Camp")
            ):  # fmt: skip
                camp = title == "Camp"
                entry = Entry(
                    title=title,
                    type="workshop",
                    start_date=DAY + timedelta(1) if camp else DAY,
                    end_date=DAY + timedelta(3) if camp else None,
                    start_time=None if camp else time(9 + 2 * number),
                    end_time=None if camp else time(10 + 2 * number, 30),
                    organisation_id=organisation.id,
                    language="ar" if number == 0 else "fr",
                    place="Salle 2",
                    status="postponed" if number == 1 else "planned",
                    level="primary",
                )
                activity = Activity(id=new_id(), uid=new_uid(), zone=city.zone, translations={})
                write(activity, tidy(entry))
                db.session.add(activity)
            calendar_changed()
            db.session.commit()
    return f"{demo.url}/almina/calendar"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("language", "dark", "width"), [("en", False, None), ("ar", True, 320), ("ar", True, None)]
)
def test_every_view_can_be_read_by_everybody(
    open_page: OpenPage, demo: Any, address: str, view: str, language: str, dark: bool, width: int | None
) -> None:  # fmt: skip
    theme = "dark" if dark else "light"
    state = demo.state(*READER, language=language, theme=theme)
    page = open_page(
        phone=width is not None, width=width, dark=dark, language=language, storage_state=state
    )
    page.goto(address + VIEWS[view])
    assert_clean(page)
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"calendar/{view}-{language}-{theme}-{width or 'desk'}")


def _desk(open_page: OpenPage, demo: Any, language: str = "en") -> Page:
    return open_page(storage_state=demo.state(*READER, language=language))


def test_the_month_is_walked_by_keyboard_day_by_day(
    open_page: OpenPage, demo: Any, address: str
) -> None:
    page = _desk(open_page, demo)
    page.goto(address + VIEWS["month"])
    page.locator("form.m-filters button").focus()
    met = []
    for _step in range(12):
        page.keyboard.press("Tab")
        met.append(" ".join(page.evaluate("document.activeElement.textContent").split()))
    walk = [words for words in met if "May" in words or "more" in words or ":" in words]
    # Only days that hold something are stops: the number, two entries, the rest, and the next day.
    # An entry says which plugin it is of, since more than one gives entries to this calendar.
    assert walk[0] == "14Wednesday, 14 May"
    assert walk[1].startswith("Activities: 09:00")
    assert walk[2].startswith("Activities: 11:00")
    assert walk[3].startswith("2 more, Wednesday")
    assert walk[4] == "15Thursday, 15 May"
    page.get_by_role("link", name="2 more").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/calendar?day=2031-05-14")
    assert page.locator("h1").inner_text() == "Wednesday, 14 May 2031"


def test_the_month_is_a_table_to_a_screen_reader_on_a_phone_too(
    open_page: OpenPage, demo: Any, address: str
) -> None:
    for width in (None, 320):
        page = open_page(
            phone=width is not None, width=width,
            storage_state=demo.state(*READER, language="en"),
        )  # fmt: skip
        page.goto(address + VIEWS["month"])
        assert page.get_by_role("table", name="May 2031").count() == 1
        cell = page.get_by_role("cell").filter(has_text="Wednesday, 14 May")
        assert cell.get_by_role("link").count() == 4


def test_on_a_phone_the_month_is_a_list_of_the_days_that_hold_something(
    open_page: OpenPage, demo: Any, address: str
) -> None:
    page = open_page(phone=True, width=320, storage_state=demo.state(*READER, language="en"))
    page.goto(address + VIEWS["month"])
    days = [name for name in page.locator("td .m-day-name:visible").all_inner_texts() if name]
    assert days[-4:] == [
        "Wednesday, 14 May", "Thursday, 15 May", "Friday, 16 May", "Saturday, 17 May",
    ]  # fmt: skip
    edges = [box for td in page.locator("td:visible").all() if (box := td.bounding_box())]
    assert len({round(box["x"]) for box in edges}) == 1


def test_on_a_phone_a_month_without_anything_says_so(
    open_page: OpenPage, demo: Any, address: str
) -> None:
    page = open_page(phone=True, storage_state=demo.state(*READER, language="en"))
    page.goto(f"{address}?view=month&month=2033-10")
    assert page.get_by_role("heading", name="Nothing in the calendar").is_visible()
    assert_accessible(page)


def test_the_week_is_mirrored_in_arabic(open_page: OpenPage, demo: Any, address: str) -> None:
    for language, mirrored in (("en", False), ("ar", True)):
        page = _desk(open_page, demo, language)
        page.goto(address + VIEWS["week"])
        heads = [head.bounding_box() for head in page.get_by_role("columnheader").all()]
        places = [box["x"] for box in heads if box]
        assert places == sorted(places, reverse=mirrored)
        assert len(places) == 7


def test_one_goes_elsewhere_without_a_script(open_page: OpenPage, demo: Any, address: str) -> None:
    page = open_page(scripts=False, storage_state=demo.state(*READER, language="en"))
    page.goto(address + VIEWS["month"])
    page.get_by_role("link", name="Jun 2031").click()
    page.wait_for_url("**view=month&month=2031-06**")
    page.get_by_text("Go to").click()
    page.get_by_label("Month").select_option(label="May")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**view=month**month=5**")
    assert page.locator("h1").inner_text() == "May 2031"
    page.get_by_role("link", name="Week", exact=True).click()
    assert page.get_by_role("columnheader").count() == 7


@pytest.mark.parametrize("view", ["month", "week"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_table_is_printed_on_one_sheet_across(
    open_page: OpenPage, demo: Any, address: str, view: str, language: str, tmp_path: Any
) -> None:
    from pypdf import PdfReader

    page = _desk(open_page, demo, language)
    page.goto(address + VIEWS[view])
    file = tmp_path / "calendar.pdf"
    page.pdf(path=file, prefer_css_page_size=True)
    (sheet,) = PdfReader(file).pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4_LANDSCAPE
    text = " ".join(sheet.extract_text().split())
    assert "Camp" in text
    if language == "en":
        assert "Almina" in text
        # Neither the frame nor what one presses.
        for words in ("Skip to", "Subscribe", "Filter", "Go to", "Previous"):
            assert words not in text
