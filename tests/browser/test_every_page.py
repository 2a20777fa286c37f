"""Every page in a real browser: nothing that axe finds, no console error, no broken policy, no word to another host.

In every run light, left to right, on a desk, and dark, right to left, on a small phone; in ``make browser-all`` all
eight combinations, and all eight languages on the phone.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest

from core import i18n
from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot
from core.testing.pages import parse

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext

pytestmark = [pytest.mark.browser, pytest.mark.one_database, pytest.mark.timeout(600)]

# Who sees what nobody else does; the last is a visitor.
READERS = {
    "member": ("almina", Role.MEMBER),
    "focal-point": ("brezovo", Role.FOCAL_POINT),
    "administrator": ("brezovo", Role.CITY_ADMINISTRATOR),
    "visitor": None,
}
# At most so many addresses of one shape: the first organisation stands for all.
SAME = 2


def shape(address: str) -> str:
    """What pages made by the same code have in common."""
    parts = urlsplit(address)
    path = re.sub(r"/[a-z2-7]{16}(?=/|$)", "/…", parts.path)
    return path + ("?" if parts.query else "")


def find_pages(request: APIRequestContext, start: str) -> list[str]:
    """Every address that can be reached by links, at most :data:`SAME` of each shape, as far as pages go."""
    found: list[str] = []
    seen: dict[str, int] = {}
    queue = deque([start])
    known = {start}
    while queue and len(found) < 90:
        address = queue.popleft()
        if seen.get(shape(address), 0) >= SAME or len(urlsplit(address).query) > 60:
            continue
        answer = request.get(address, max_redirects=5)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status == 403 and urlsplit(address).path.startswith("/me/"):
            continue  # An account that everybody shares keeps its address and its password.
        assert answer.status == 200, f"{address} answered {answer.status}"
        seen[shape(address)] = seen.get(shape(address), 0) + 1
        found.append(answer.url)
        for link in parse(answer.text()).all("a"):
            target = urljoin(answer.url, link.get("href") or "").partition("#")[0]
            if urlsplit(target).netloc == urlsplit(start).netloc and target not in known:
                known.add(target)
                queue.append(target)
    return list(dict.fromkeys(found))


def look_at_all(
    open_page: OpenPage, demo: Any, reader: str, *, language: str, dark: bool, phone: bool
) -> None:
    who = READERS[reader]
    theme = "dark" if dark else "light"
    state = demo.state(*who, language=language, theme=theme) if who else None
    page = open_page(phone=phone, dark=dark, language=i18n.lang_tag(language), storage_state=state)
    key = f"{reader}"
    if key not in demo.pages:
        demo.pages[key] = find_pages(page.request, demo.url + ("/" if who else "/sign-in"))
    addresses = demo.pages[key]
    assert len(addresses) >= (15 if who else 2), addresses
    faults = []
    for address in addresses:
        page.goto(address)
        for check in (assert_clean, assert_accessible, assert_fits):
            try:
                check(page)
            except AssertionError as fault:
                faults.append(str(fault))
        html = page.locator("html")
        if (html.get_attribute("lang"), html.get_attribute("dir")) != (
            i18n.lang_tag(language),
            i18n.direction(language),
        ):
            faults.append(f"{address} is in another language")
        name = re.sub(r"[^a-z]+", "-", shape(address).replace("…", "one")).strip("-") or "start"
        size = "phone" if phone else "desk"
        screenshot(page, f"pages/{reader}-{name[:60]}-{language}-{theme}-{size}")
    assert not faults, f"{len(faults)} faults on {len(addresses)} pages\n" + "\n".join(faults)


@pytest.mark.parametrize("reader", READERS)
def test_light_left_to_right_on_a_desk(open_page: OpenPage, demo: Any, reader: str) -> None:
    look_at_all(open_page, demo, reader, language="en", dark=False, phone=False)


@pytest.mark.parametrize("reader", READERS)
def test_dark_right_to_left_on_a_phone(open_page: OpenPage, demo: Any, reader: str) -> None:
    look_at_all(open_page, demo, reader, language="ar", dark=True, phone=True)


REST = [
    (dark, language, phone)
    for dark in (False, True)
    for language in ("en", "ar")
    for phone in (False, True)
    if (dark, language, phone) not in {(False, "en", False), (True, "ar", True)}
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("dark", "language", "phone"), REST)
def test_the_other_combinations(
    open_page: OpenPage, demo: Any, reader: str, dark: bool, language: str, phone: bool
) -> None:
    look_at_all(open_page, demo, reader, language=language, dark=dark, phone=phone)


@pytest.mark.exhaustive
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("language", [code for code in i18n.LANGUAGES if code not in {"en", "ar"}])
def test_every_language_on_a_phone(
    open_page: OpenPage, demo: Any, reader: str, language: str
) -> None:
    look_at_all(open_page, demo, reader, language=language, dark=False, phone=True)


# -- Pages that no link leads to -----------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "dark", "phone"), [("en", False, False), ("ar", True, True)])
def test_forms_with_errors_and_pages_that_are_not_there(
    open_page: OpenPage, demo: Any, language: str, dark: bool, phone: bool
) -> None:
    theme = "dark" if dark else "light"
    state = demo.state("almina", Role.MEMBER, language=language, theme=theme)
    page = open_page(phone=phone, dark=dark, language=language, storage_state=state)
    from core.testing.browser import watch_of

    page.goto(f"{demo.url}/almina/activities/new")
    page.locator(
        "button[form=activity]:visible, form#activity button.btn-primary:visible"
    ).first.click()
    page.locator("[role=alert]").wait_for()
    # The browser notes the status of the answer, 422, as it should.
    page.wait_for_load_state("networkidle")
    watch_of(page).clear()
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"pages/errors-activity-{language}-{theme}")
    for path in ("/almina/nothing", "/brezovo/", "/nothing/at/all", "/almina/settings"):
        page.goto(demo.url + path)
        watch_of(page).clear()
        assert_accessible(page)
        assert_fits(page)
    screenshot(page, f"pages/refused-{language}-{theme}")


# -- Pictures for the front page of the documentation ----------------------------------------------------------

PICTURES: list[tuple[str, str, Role | None, str, str, bool]] = [
    ("home", "brezovo", Role.FOCAL_POINT, "/brezovo/", "en", False),
    ("activities", "brezovo", Role.FOCAL_POINT, "/brezovo/activities/", "en", False),
    ("calendar", "brezovo", Role.FOCAL_POINT, "/brezovo/calendar", "en", False),
    ("plugins", "brezovo", Role.CITY_ADMINISTRATOR, "/brezovo/settings/plugins", "en", False),
    ("activity-form-arabic-phone", "almina", Role.MEMBER, "/almina/activities/new", "ar", True),
    ("home-arabic-phone", "almina", Role.MEMBER, "/almina/", "ar", True),
    ("sign-in", "", None, "/sign-in", "en", False),
]


@pytest.mark.parametrize(
    ("name", "city", "role", "path", "language", "phone"), PICTURES, ids=[p[0] for p in PICTURES]
)
def test_pictures(
    open_page: OpenPage,
    demo: Any,
    name: str,
    city: str,
    role: Role | None,
    path: str,
    language: str,
    phone: bool,
) -> None:
    state = demo.state(city, role, language=language, theme="light") if role else None
    page = open_page(
        phone=phone, width=390 if phone else None, language=language, storage_state=state
    )
    page.goto(demo.url + path)
    assert_clean(page)
    screenshot(page, name, whole=False)
