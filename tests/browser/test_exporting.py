"""From a list in Arabic to its paper and its spreadsheet, and an export that takes a while."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot
from core.testing.serving import background
from core.testing.spreadsheets import of_xlsx

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

ALMINA = ("almina", Role.MEMBER)


def fetch(page: Page, kind: str, folder: Path) -> Path:
    """Open the menu of a list and take the file of that kind."""
    menu = page.locator("details.m-menu", has=page.locator("a[href*='/exports/']"))
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.locator(f"a[href*='.{kind}']").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("scripts", [True, False])
def test_a_list_in_arabic_becomes_a_paper_and_a_spreadsheet(
    open_page: OpenPage, demo: Any, tmp_path: Path, scripts: bool
) -> None:
    state = demo.state(*ALMINA, language="ar")
    page = open_page(language="ar", storage_state=state, scripts=scripts)
    page.goto(f"{demo.url}/almina/activities/?status=took_place")
    count = page.locator("[role=status]").first.inner_text()

    paper = PdfReader(fetch(page, "pdf", tmp_path))
    assert str(paper.root_object["/Lang"]) == "ar"
    assert paper.metadata is not None
    assert paper.metadata.title == "الأنشطة"
    assert "/StructTreeRoot" in paper.root_object

    page.goto(page.url)
    book = of_xlsx((sheet_path := fetch(page, "xlsx", tmp_path)).read_bytes())
    sheet = book.worksheets[0]
    assert sheet.sheet_view.rightToLeft
    assert sheet["A2"].is_date
    rows = sheet.max_row - 1
    assert str(rows) in count
    assert sheet_path.name.startswith("almina-activities-")
    opened_in_libreoffice(sheet_path, rows)
    opened_in_libreoffice(fetch_again(page, "ods", tmp_path), rows)


def fetch_again(page: Page, kind: str, folder: Path) -> Path:
    page.goto(page.url)
    return fetch(page, kind, folder)


def opened_in_libreoffice(path: Path, rows: int) -> None:
    """Where LibreOffice is, it opens the file and finds the same rows; elsewhere nothing is said."""
    program = shutil.which("soffice")
    if program is None:
        return
    subprocess.run(
        [program, f"-env:UserInstallation=file://{path.parent}/profile", "--headless", "--convert-to", "csv",
         "--outdir", str(path.parent), str(path)],
        check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    lines = path.with_suffix(".csv").read_text(encoding="utf-8", errors="replace").splitlines()
    assert len(lines) >= rows


def test_a_long_export_is_followed_from_its_button_to_its_file(
    open_page: OpenPage, demo: Any, tmp_path: Path
) -> None:
    page = open_page(storage_state=demo.state(*ALMINA, language="en"))
    page.goto(f"{demo.url}/almina/exports")
    assert_accessible(page)
    assert_fits(page)
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = page.request.post(
        f"{demo.url}/almina/exports/activities/activities.xlsx", form={"csrf_token": token or ""}
    )
    assert answer.status == 200
    page.goto(f"{demo.url}/almina/exports")
    page.get_by_text("Waits for its turn").wait_for()
    assert_accessible(page)
    screenshot(page, "exports")
    with background(["worker"], {"MAILLAGE_LOG_LEVEL": "WARNING"}, instance=demo.instance):
        link = page.locator("a[href$='/file']")
        # The page asks for itself again; nobody presses anything.
        link.wait_for(timeout=60_000)
    assert_clean(page)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "list.xlsx")
    assert of_xlsx((tmp_path / "list.xlsx").read_bytes()).worksheets[0].max_row > 10
    page.locator("form[action$='/remove'] button").click()
    page.get_by_role("heading", name="No export").wait_for()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_menu_and_the_page_fit_a_small_phone(
    open_page: OpenPage, demo: Any, language: str
) -> None:
    state = demo.state(*ALMINA, language=language)
    page = open_page(phone=True, width=320, language=language, storage_state=state)
    page.goto(f"{demo.url}/almina/activities/")
    menu = page.locator("details.m-menu", has=page.locator("a[href*='/exports/']"))
    menu.locator("summary").click()
    assert_fits(page)
    # What sticks out on the side where a page begins cannot even be scrolled to.
    box = menu.locator(".m-menu-sheet").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert_accessible(page)
    screenshot(page, f"export-menu-{language}", whole=False)
    page.goto(f"{demo.url}/almina/exports")
    assert_fits(page)


@pytest.mark.parametrize("width", [320, 768, 1024, 1280])
@pytest.mark.parametrize("city", ["rivemont", "almina", "brezovo"])
def test_an_opened_menu_stays_on_its_page_and_leaves_the_navigation_free(
    open_page: OpenPage, demo: Any, city: str, width: int
) -> None:
    language = {"rivemont": "fr", "almina": "ar", "brezovo": "mk"}[city]
    state = demo.state(city, Role.FOCAL_POINT, language=language)
    page = open_page(width=width, language=language, storage_state=state)
    for path in ("activities/", "organisations", "people", "translations", "calendar"):
        page.goto(f"{demo.url}/{city}/{path}")
        menu = page.locator("main details.m-menu").first
        menu.locator("summary").click()
        sheet, main = (
            page.locator(one).first.bounding_box() for one in ("main .m-menu-sheet", "main")
        )
        assert sheet is not None
        assert main is not None
        assert sheet["x"] >= main["x"], path
        assert sheet["x"] + sheet["width"] <= main["x"] + main["width"], path
