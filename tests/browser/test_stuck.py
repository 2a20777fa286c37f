"""The page of what is stuck in a real browser: in every light and direction, and giving up asks once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

READER = ("almina", Role.CITY_ADMINISTRATOR)


@pytest.fixture
def trouble(demo: Any) -> None:
    """Jobs of the city in every state that the page shows."""
    from core.cities.models import City
    from core.database import db, utcnow
    from core.jobs.models import Job

    now = utcnow()
    with demo.inside() as app, app.app_context():
        city = db.session.query(City).filter_by(slug=READER[0]).one()
        db.session.query(Job).filter_by(city_id=city.id).delete()
        for hours, kind, error in (
            (1, "mail.send", "SMTPRecipientsRefused"),
            (20, "mail.send", "SMTPAuthenticationError"),
            (30, "exporting.make", "KeyError"),
        ):
            moment = now - timedelta(hours=hours)
            db.session.add(
                Job(
                    kind=kind, city_id=city.id, created_at=moment - timedelta(days=1), failed_at=moment,
                    attempts=14, last_error=error,
                )
            )  # fmt: skip
        for minutes, locked in ((40, None), (80, now + timedelta(hours=1))):
            db.session.add(
                Job(
                    kind="notifications.round", city_id=city.id, attempts=3, last_error="OperationalError",
                    run_after=now + timedelta(minutes=minutes), locked_until=locked,
                )
            )  # fmt: skip
        db.session.commit()


@pytest.mark.usefixtures("trouble")
@pytest.mark.parametrize(
    ("language", "dark", "phone"), [("en", False, False), ("ar", True, True), ("ar", False, False)]
)
def test_everybody_can_read_it(
    open_page: OpenPage, demo: Any, language: str, dark: bool, phone: bool
) -> None:
    theme = "dark" if dark else "light"
    state = demo.state(*READER, language=language, theme=theme)
    page = open_page(storage_state=state, dark=dark, language=language, phone=phone)
    page.goto(f"{demo.url}/almina/settings/jobs")
    assert page.locator("tbody tr").count() == 5
    assert_clean(page)
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"stuck-{language}-{theme}{'-phone' if phone else ''}")


@pytest.mark.usefixtures("trouble")
def test_giving_up_asks_once_and_trying_again_does_not(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state(*READER, language="en", theme="light"))
    page.goto(f"{demo.url}/almina/settings/jobs")
    page.get_by_role("button", name="Give up").first.click()
    assert page.locator("tbody tr").count() == 5
    page.locator("#m-ask [data-yes]").click()
    page.get_by_text("It is given up and will not be done.").wait_for()
    assert page.locator("tbody tr").count() == 4
    page.get_by_role("button", name="Try again").first.click()
    page.get_by_text("It is tried again in a moment.").wait_for()
    # The worker of a site that runs may have tried it meanwhile, and failed.
    assert_clean(page)
