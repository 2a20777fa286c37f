"""A ministry's spreadsheet, from its attachment to the directory, by a focal point who reads Macedonian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, assert_fits, screenshot

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

FOCAL_POINT = ("brezovo", Role.FOCAL_POINT)
# A title above, headings merged over two lines and several columns, a sum below; as Excel saves it here.
PARTNERS = """Преглед на партнери на локалниот совет за превенција;;;;;;
;;;;;;
Р.бр.;Назив на партнерот;;Сектор;Контакт;;
;на македонски;на албански;;Лице;Телефон;Е-пошта
1;ООУ „Бели мугри“;SHF „Agimet e bardha“;Образование;Весна Пробна;070 123 456;mugri@brezovo.example
2;Здружение „Нов мост“;Shoqata „Ura e re“;НВО;Агим Примероски;02/3123-456;most@brezovo.example
3;Центар „Сончева страна“;;Млади;;;
;Вкупно: 3;;;;;
"""
MEMBERS = """Име и презиме;Институција;Е-пошта
Весна Пробна;ООУ „Бели мугри“;vesna.probna@brezovo.example
Агим Примероски;Здружение „Нов мост“;agim.primeroski@brezovo.example
"""


def send(page: Page, url: str, kind: str, name: str, text: str) -> None:
    page.goto(f"{url}/brezovo/imports/{kind}")
    page.locator("#file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode("cp1251")}
    )
    page.locator(
        "form#import button[type=submit]:visible, button[form=import]:visible"
    ).first.click()
    page.wait_for_url("**/columns")


def go_on(page: Page) -> None:
    page.locator("form#match button[type=submit]:visible, button[form=match]:visible").first.click()
    page.wait_for_url(lambda url: not url.endswith("/columns"))


def confirm(page: Page) -> None:
    page.locator("button[form=confirm]:visible").first.click()
    page.wait_for_url(lambda url: "/imports/organisations" not in url)


def test_a_ministrys_spreadsheet_is_imported_with_matched_columns(
    open_page: OpenPage, demo: Any
) -> None:
    state = demo.state(*FOCAL_POINT, language="mk")
    page = open_page(storage_state=state, language="mk")
    send(page, demo.url, "organisations", "партнери.csv", PARTNERS)
    chosen = page.locator("select[name^=column-]").evaluate_all("all => all.map(one => one.value)")
    assert chosen == [
        "", "name_mk", "name_sq", "sector", "contact_name", "contact_phone", "contact_email",
    ]  # fmt: skip
    assert page.get_by_text("Контакт / Телефон").count() == 1
    assert_accessible(page)
    screenshot(page, "import-columns")
    go_on(page)
    assert page.locator("tbody tr").count() == 4
    assert page.locator("tbody").get_by_text("Здружение „Нов мост“").count() == 1
    assert_accessible(page)
    confirm(page)
    page.goto(f"{demo.url}/brezovo/organisations?q=Ura+e+re")
    page.get_by_role("link", name="Здружение „Нов мост“").click()
    assert page.get_by_text("02/3123-456").count() == 1

    # The same file again: the matching is remembered, and there is nothing to do.
    send(page, demo.url, "organisations", "партнери.csv", PARTNERS)
    go_on(page)
    assert page.locator("button[form=confirm]").count() == 0

    # Its people are listed and nobody is written to, until somebody says so.
    send(page, demo.url, "people", "лица.csv", MEMBERS)
    go_on(page)
    confirm(page)
    page.wait_for_url("**/imports/people/invitations")
    assert page.locator("input[name=person]").count() == 2
    assert page.locator("input[name=person]:checked").count() == 0
    assert_accessible(page)
    with demo.inside() as app, app.app_context():
        from core.database import db
        from core.identity.models import Invitation, Membership
        from core.tenancy import cross_city

        with cross_city("a test looks for invitations"):
            vesna = db.session.query(Membership).filter_by(shown_name="Весна Пробна").one()
            invited = db.session.query(Invitation).filter_by(membership_id=vesna.id).count()
        assert invited == 0
    assert_clean(page)


def test_columns_are_matched_on_a_narrow_phone_without_script(
    open_page: OpenPage, demo: Any
) -> None:
    state = demo.state(*FOCAL_POINT, language="ar")
    page = open_page(storage_state=state, language="ar", phone=True, width=320, scripts=False)
    send(page, demo.url, "organisations", "partners.csv", PARTNERS.replace("НВО", "Енигма"))
    assert page.locator("#words").count() == 1
    assert_fits(page)
    go_on(page)
    assert_fits(page)
