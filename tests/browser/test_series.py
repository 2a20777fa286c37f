"""A weekly series, changed in its three ways through the pages; the feed that khal reads follows each time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.database import utcnow
from core.permissions import Role
from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    screenshot,
    unfold,
)

from .test_journeys import BIN, make_feed, run

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

MEMBER = ("almina", Role.MEMBER)
TITLE = "Homework club"
WEEKS = 6


def khal_reads(address: str, home: Path) -> Callable[[], list[str]]:
    """What khal shows of the club once vdirsyncer has fetched the feed again: day, time, title, place, status."""
    home.mkdir()
    events = home / "events"
    events.mkdir()
    (home / "vdirsyncer.conf").write_text(
        f'[general]\nstatus_path = "{home}/status/"\n'
        '[pair feed]\na = "remote"\nb = "local"\ncollections = null\nconflict_resolution = "a wins"\n'
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
    khal = (str(BIN / "khal"), "-c", str(home / "khal.conf"))
    run(*sync, "discover", "feed", home=home)

    def read() -> list[str]:
        run(*sync, "sync", home=home)
        shown = run(
            *khal, "list", "--day-format", "", "--format",
            "{start-date} {start-time} {title} @{location} {status}", "today", "70d", home=home,
        )  # fmt: skip
        return sorted(" ".join(line.split()) for line in shown.splitlines() if TITLE in line)

    return read


def expected(
    days: list[date],
    *,
    times: dict[int, str] | None = None,
    places: dict[int, str] | None = None,
    cancelled: tuple[int, ...] = (),
) -> list[str]:
    lines = []
    for number, day in enumerate(days):
        status = " CANCELLED" if number in cancelled else " CONFIRMED"
        clock, place = (times or {}).get(number, "18:00"), (places or {}).get(number, "Library")
        lines.append(f"{day.isoformat()} {clock} {TITLE} @{place}{status}")
    return sorted(lines)


def save(page: Page) -> None:
    page.locator("form#activity button.btn-primary:visible").click()
    page.wait_for_url(lambda address: not address.partition("?")[0].endswith(("/edit", "/new")))


def open_date(page: Page, series: str, number: int) -> None:
    page.goto(series)
    page.locator("section table tbody tr a").nth(number).click()


def change(page: Page, series: str, number: int, scope: str, **typed: str) -> None:
    """Change one date of the series, for the dates that ``scope`` names."""
    open_date(page, series, number)
    page.goto(page.url + "/edit")
    unfold(page)
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator(f"[name=scope][value={scope}]").check()
    save(page)


def test_a_weekly_series_is_changed_in_its_three_ways_and_khal_follows(
    open_page: OpenPage, demo: Any, tmp_path: Path
) -> None:
    assert shutil.which(str(BIN / "khal"))
    page = open_page(storage_state=demo.state(*MEMBER, language="en"))
    feed = make_feed(page, demo.url, "almina", "series")
    khal = khal_reads(feed, tmp_path / "khal")

    # Made by hand, with its dates before one's eyes.
    first = utcnow().date() + timedelta(days=3)
    days = [first + timedelta(weeks=number) for number in range(WEEKS)]
    page.goto(f"{demo.url}/almina/activities/new")
    page.locator("[name=title]").fill(TITLE)
    page.locator("[name=type]").select_option("youth_programme")
    page.locator("[name=start_date]").fill(first.isoformat())
    page.locator("[name=place]").fill("Library")
    unfold(page)
    page.locator("[name=start_time]").fill("18:00")
    page.locator("[name=end_time]").fill("19:00")
    page.locator("[name=repeats]").select_option("week")
    page.locator("[name=repeat_times]").fill(str(WEEKS))
    page.locator("[name=repeat_times]").press("Tab")
    page.locator("#dates [name=dates]").nth(WEEKS - 1).wait_for(state="attached")
    for box in page.locator("#dates input[type=checkbox]:not([disabled])").all():
        box.check()
    screenshot(page, "series-dates")
    assert_accessible(page)
    save(page)
    series = page.url
    assert "/activities/series/" in series
    assert_clean(page)
    assert_accessible(page)
    assert page.locator("section table tbody tr").count() == WEEKS
    assert khal() == expected(days)

    # Only this one.
    change(page, series, 1, "one", place="Park")
    places = {1: "Park"}
    assert khal() == expected(days, places=places)

    # All: the time moves, and the exception keeps its place.
    change(page, series, 0, "all", start_time="17:00", end_time="18:30")
    times = dict.fromkeys(range(WEEKS), "17:00")
    assert khal() == expected(days, times=times, places=places)

    # This and the following: another weekday, in a series of their own.
    change(page, series, 3, "following", start_date=(days[3] + timedelta(days=1)).isoformat())
    days = days[:3] + [day + timedelta(days=1) for day in days[3:]]
    assert khal() == expected(days, times=times, places=places)
    page.locator("dl a[href*='/series/']").click()
    assert page.url != series
    assert page.locator("section table tbody tr").count() == WEEKS - 3

    # Cancelled for the rest, and taken back.
    open_date(page, page.url, 1)
    page.locator("main details.m-menu > summary").click()
    page.locator("a[href$='/dates/cancelled']").click()
    page.locator("[name=scope][value=following]").check()
    assert_accessible(page)
    page.locator("form#scope-form button.btn-primary:visible").click()
    page.locator("#toasts form button").wait_for()
    assert khal() == expected(days, times=times, places=places, cancelled=(4, 5))
    page.locator("#toasts form button").click()
    page.wait_for_load_state("networkidle")
    assert khal() == expected(days, times=times, places=places)


def test_without_a_script_a_series_is_made_on_a_phone(open_page: OpenPage, demo: Any) -> None:
    page = open_page(
        storage_state=demo.state(*MEMBER, language="en"), scripts=False, phone=True, width=320
    )
    page.goto(f"{demo.url}/almina/activities/new")
    page.locator("[name=title]").fill("Made without a script")
    page.locator("[name=type]").select_option("workshop")
    page.locator("[name=start_date]").fill((utcnow().date() + timedelta(days=1)).isoformat())
    unfold(page)
    page.locator("[name=repeats]").select_option("two_weeks")
    page.locator("[name=repeat_times]").fill("4")
    page.locator("button[form=activity]:visible").click()
    page.wait_for_url("**/repeat?*")
    assert_fits(page)
    page.locator("#dates input[type=checkbox]:not([disabled])").first.uncheck()
    page.locator("#dates input[type=checkbox]:not([disabled])").last.check()
    screenshot(page, "series-dates-phone")
    page.locator("button[form=repeat]:visible").click()
    page.wait_for_url("**/activities/series/*")
    assert page.locator("section table tbody tr").count() in {2, 3}
    assert_fits(page)
