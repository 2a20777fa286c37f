"""The manual: its pictures, taken of the demo in both languages, and its pages in a real browser.

`make pictures` keeps what is taken here in docs/pictures. Dates in a picture are those of the day on which it was
taken: the demo is always about today, so a picture is taken anew when its page looks different, not because time went
by.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from core.permissions import Role
from core.testing.browser import PICTURES as TAKEN
from core.testing.browser import (
    ROOT,
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    watch_of,
)
from core.testing.manual import LANGUAGES, manual_of_this_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database, pytest.mark.timeout(600)]

FOCAL_POINT = ("rivemont", Role.FOCAL_POINT)
MEMBER = ("rivemont", Role.MEMBER)
ADMINISTRATOR = ("rivemont", Role.CITY_ADMINISTRATOR)
# What the browser of a reader of each language asks for.
BROWSERS = {"en": "en-GB", "fr": "fr-FR"}
# Wide enough for the navigation at the side, and no wider, so that words stay readable in a column of text.
WIDTH, HEIGHT = 1024, 700


@dataclass(frozen=True)
class Picture:
    """What stands in ``docs/pictures/manual/NAME.webp``: a page, or a part of it after a few steps."""

    name: str
    path: str
    # A part of the page; without one, the upper part of the window.
    part: str = ""
    phone: bool = False
    most: int = HEIGHT
    steps: Callable[[Page], None] = lambda page: None


def opens_first(page: Page) -> None:
    """Follow the first link of a list."""
    target = page.locator("main table tbody a").first.get_attribute("href")
    assert target, f"{page.url} lists nothing"
    page.goto(urljoin(page.url, target))


def asks_which_dates(page: Page) -> None:
    """Begin to cancel one of several dates that is neither the first nor the last, without doing it."""
    target = page.locator("main table tbody a").nth(2).get_attribute("href")
    assert target, f"{page.url} lists too little"
    page.goto(urljoin(page.url, target))
    target = page.locator("main a[href$='/dates/cancelled']").first.get_attribute("href")
    assert target, f"{page.url} is no date of a series"
    page.goto(urljoin(page.url, target))


def opens_translation(page: Page) -> None:
    """The first text that waits for the reader's language."""
    target = page.locator("main a[href*='/translations/activities/activity/']").first
    address = target.get_attribute("href")
    assert address, f"{page.url} lists nothing to translate"
    page.goto(urljoin(page.url, address))


def compares_two(page: Page) -> None:
    """Add an organisation a second time, as it happens, and hold the two beside each other."""
    listing = page.url
    page.goto(listing + "/new")
    page.locator("[name=name-fr]").fill("Accueil de jour (Haute-Ville)")
    page.locator("[name=sector]").select_option("social_services")
    page.locator("main form button.btn-primary:visible").first.click()
    page.wait_for_url(lambda address: address.rpartition("/")[2] not in {"new", "organisations"})
    page.goto(page.url + "/merge")
    # The one that was there before, and not what the picture in another language left.
    alike = page.locator("main a[href*='?other=']", has_text=", Haute-Ville")
    target = alike.first.get_attribute("href")
    assert target
    page.goto(urljoin(page.url, target))


def opens_export_menu(page: Page) -> None:
    page.locator("main .m-head details.m-menu > summary").first.click()


def sends_spreadsheet(page: Page) -> None:
    """As far as the columns of a small list, as an office would send it."""
    rows = "Nom de l’organisme;Domaine;Téléphone;Courriel\n" + "".join(
        f"{name};{sector};{phone};accueil@{host}.example\n"
        for name, sector, phone, host in (
            ("École Jean-Moulin", "Éducation", "01 99 00 55 10", "jean-moulin"),
            ("Maison des associations", "Société civile", "01 99 00 55 11", "maison"),
            ("Centre médico-social", "Santé", "01 99 00 55 12", "cms"),
        )
    )
    page.locator("main input[type=file]").set_input_files(
        {"name": "organismes.csv", "mimeType": "text/csv", "buffer": rows.encode("cp1252")}
    )
    page.locator("main form button.btn-primary:visible").first.click()
    page.wait_for_url("**/columns**")


def writes_report(page: Page) -> None:
    french = page.locator("html").get_attribute("lang") == "fr"
    page.locator("[name=words]").fill("Consigner une activité" if french else "Log an activity")
    page.locator("[name=suggestion]").fill("Noter une activité" if french else "Note an activity")


def reports_word(page: Page) -> None:
    """Report a word as a reader would, then look where the administrator does."""
    list_of_words = page.url
    page.goto(list_of_words.replace("/settings/words", "/wording/report"))
    writes_report(page)
    page.locator("main form button.btn-primary:visible").first.click()
    page.wait_for_load_state("networkidle")
    if page.locator("[name=choice]").count():
        page.locator("main form button.btn-primary:visible").first.click()
        page.wait_for_load_state("networkidle")
    page.goto(list_of_words)


VISITOR_PICTURES = (Picture("sign-in", "/sign-in", part=".m-door-in", most=700),)
PICTURES_OF: dict[tuple[str, Role], tuple[Picture, ...]] = {
    MEMBER: (
        Picture("activity-form", "/rivemont/activities/new", phone=True, most=640),
        Picture("activity", "/rivemont/activities/?status=reported", steps=opens_first),
        Picture("calendar", "/rivemont/calendar?view=month", most=880),
        Picture("wrong-word", "/rivemont/wording/report", steps=writes_report),
        Picture("subscribe", "/rivemont/calendar/feeds", most=520),
        Picture("actions", "/rivemont/actions/?whose=all", most=560),
        Picture("notifications", "/rivemont/notifications", most=560),
        Picture("search", "/rivemont/search?q=club", most=560),
    ),
    FOCAL_POINT: (
        Picture("home", "/rivemont/"),
        Picture("organisation", "/rivemont/organisations", steps=opens_first),
        Picture("invite", "/rivemont/people/new"),
        Picture("import-columns", "/rivemont/imports/organisations", steps=sends_spreadsheet),
        Picture("merge", "/rivemont/organisations", steps=compares_two),
        Picture("export", "/rivemont/activities/", steps=opens_export_menu),
        Picture("series", "/rivemont/activities/?q=Club&period=coming", steps=asks_which_dates),
        Picture("translate", "/rivemont/translations", steps=opens_translation),
        Picture("translations", "/rivemont/translations"),
        Picture("week", "/rivemont/week"),
        Picture("handover", "/rivemont/handover"),
        Picture("figures", "/rivemont/figures"),
        Picture("meeting", "/rivemont/meetings/", steps=opens_first),
        Picture("decisions", "/rivemont/meetings/decisions", most=560),
    ),
    ADMINISTRATOR: (
        Picture("plugins", "/rivemont/settings/plugins", most=520),
        Picture("settings-languages", "/rivemont/settings/languages"),
        Picture("roles", "/rivemont/settings/roles"),
        Picture("reported-words", "/rivemont/settings/words", steps=reports_word),
    ),
}


def place(name: str, language: str) -> Path:
    """Where a picture lies below ``docs/pictures`` and below ``build/pictures``."""
    return Path("manual", *([] if language == "en" else [language]), f"{name}.webp")


# A field for a date speaks the language of the browser program, which no context can choose: in a picture it is written
# as the reader's own browser would write it.
DATES_AS_READ = """language => {
    for (const field of document.querySelectorAll("input[type=date]")) {
        const day = field.valueAsDate;
        field.type = "text";
        field.value = day ? day.toLocaleDateString(language, {timeZone: "UTC"}) : "";
    }
    scrollTo(0, 0);
}"""


def take(page: Page, picture: Picture, language: str) -> None:
    """Keep what ``picture`` shows of ``page``, as small as a photograph may be without its words suffering."""
    page.evaluate(DATES_AS_READ, BROWSERS[language])
    size = page.viewport_size
    assert size
    clip: dict[str, float] = {
        "x": 0,
        "y": 0,
        "width": size["width"],
        "height": min(picture.most, size["height"]),
    }
    if picture.part:
        box = page.locator(picture.part).first.bounding_box()
        assert box, f"{picture.part} is not on {page.url}"
        clip = {
            "x": box["x"],
            "y": box["y"],
            "width": box["width"],
            "height": min(box["height"], picture.most),
        }
    session = page.context.new_cdp_session(page)
    try:
        taken = session.send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": 80,
                "clip": {**clip, "scale": 1},
                "captureBeyondViewport": True,
            },
        )
    finally:
        session.detach()
    target = TAKEN / place(picture.name, language)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(base64.b64decode(taken["data"]))


def take_all(
    open_page: OpenPage, demo: Any, pictures: tuple[Picture, ...], language: str, state: Any
) -> None:
    faults = []
    for picture in pictures:
        page = open_page(
            phone=picture.phone,
            width=390 if picture.phone else WIDTH,
            language=BROWSERS[language],
            storage_state=state,
        )
        try:
            page.goto(demo.url + picture.path)
            picture.steps(page)
            assert_clean(page)
            take(page, picture, language)
        except Exception as fault:
            faults.append(f"{picture.name}: {type(fault).__name__}: {fault}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", PICTURES_OF, ids=lambda who: who[1].value)
def test_every_picture_of_the_manual_can_be_taken_anew(
    open_page: OpenPage, demo: Any, who: tuple[str, Role], language: str
) -> None:
    state = demo.state(*who, language=language, theme="light")
    take_all(open_page, demo, PICTURES_OF[who], language, state)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_before_signing_in_can_be_taken_anew(
    open_page: OpenPage, demo: Any, language: str
) -> None:
    take_all(open_page, demo, VISITOR_PICTURES, language, None)


def test_the_pictures_that_are_taken_are_those_that_lie_in_docs() -> None:
    names = {picture.name for group in PICTURES_OF.values() for picture in group}
    names |= {picture.name for picture in VISITOR_PICTURES}
    expected = {place(name, language) for name in names for language in LANGUAGES}
    folder = ROOT / "docs" / "pictures"
    assert {path.relative_to(folder) for path in folder.glob("manual/**/*.webp")} == expected


# -- The site ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def files_served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def manual() -> Iterator[str]:
    """The address of the whole manual, served as files."""
    with files_served(manual_of_this_run()) as address:
        yield address


def pages_of(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder).with_suffix(".html")) for path in folder.glob("**/*.md")
    )


@pytest.mark.parametrize(
    ("language", "dark", "phone"), [("en", False, False), ("fr", True, True)], ids=["en", "fr"]
)
def test_every_page_of_the_manual_is_accessible_and_asks_no_other_host(
    open_page: OpenPage, manual: str, language: str, dark: bool, phone: bool
) -> None:
    faults = []
    page = open_page(phone=phone, dark=dark, language=language)
    for name in [*pages_of(ROOT / "docs"), "search.html"]:
        page.goto(f"{manual}/{language}/{name}")
        for check in (assert_clean, assert_accessible, assert_fits):
            try:
                check(page)
            except AssertionError as fault:
                faults.append(str(fault))
    assert not faults, "\n".join(faults)


def test_every_page_leads_to_itself_in_the_other_language(open_page: OpenPage, manual: str) -> None:
    page = open_page()
    page.goto(f"{manual}/en/members/calendar.html")
    page.locator("a.other-language").click()
    page.wait_for_url("**/fr/members/calendar.html")
    assert page.locator("html").get_attribute("lang") == "fr"
    page.locator("a.other-language").click()
    page.wait_for_url("**/en/members/calendar.html")


@pytest.mark.parametrize(
    ("language", "word", "page_found"),
    [
        ("en", "passkey", "members/sign-in.html"),
        ("fr", "sauvegarde", "administrators/keeping.html"),
    ],
)
def test_the_search_finds_a_page_without_a_server_of_its_own(
    open_page: OpenPage, manual: str, language: str, word: str, page_found: str
) -> None:
    page = open_page(language=language)
    page.goto(f"{manual}/{language}/search.html?q={word}")
    page.locator("#search-results li a").first.wait_for()
    found = page.locator("#search-results li a").evaluate_all("all => all.map(one => one.href)")
    assert any(page_found in address for address in found), found
    assert not watch_of(page).complaints()
