"""A focal point hands over, and the successor sees all that is open; the former sees none of it any more."""

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
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

NOTE = "Call the school before ten; on Fridays nobody answers."


def open_things(page: Page) -> dict[str, list[str]]:
    """What the week shows, sheet by sheet: the words of its links, which name what is open."""
    return {
        name: [
            " ".join(link.inner_text().split())
            for link in page.locator(f"#{name} .m-rows .m-grow > a").all()
        ]
        for name in ("late", "due", "waiting")
    }


def paper_of(page: Page, url: str) -> str:
    answer = page.request.get(url)
    assert answer.ok
    text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(answer.body())).pages)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))


def stands_on(paper: str, title: str) -> bool:
    """Whether a title is there: one of its words, since Arabic ones come out of a paper joined and in pieces."""
    words = re.findall(r"\w{3,}", unicodedata.normalize("NFKC", title))
    return any(word in paper for word in words)


@pytest.mark.parametrize("city", ["brezovo", "almina"])
def test_a_focal_point_hands_over_and_the_successor_sees_all_that_is_open(
    open_page: OpenPage, demo: Any, city: str
) -> None:
    page = open_page(storage_state=demo.state(city, Role.FOCAL_POINT, language="en"))
    page.goto(f"{demo.url}/{city}/")
    page.get_by_role("link", name="This week", exact=True).click()
    page.wait_for_url("**/week")
    before = open_things(page)
    assert all(before.values()), before
    assert_accessible(page)
    assert_clean(page)

    # The late are reminded, once.
    buttons = page.locator("#late button")
    number = buttons.count()
    buttons.first.click()
    page.get_by_text("Reminded today").first.wait_for()
    assert page.locator("#late button").count() == number - 1

    # The note, written by keyboard.
    page.get_by_role("link", name="Handover", exact=True).last.click()
    page.locator("#note .m-card-head a").click()
    text = page.locator("#note textarea")
    text.fill(f"{NOTE}\n{text.input_value()}")
    page.locator("#note select").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#note .m-written", has_text=NOTE).wait_for()
    assert_accessible(page)
    paper = paper_of(page, f"{demo.url}/{city}/handover.pdf")
    for title in (*before["late"], *before["due"], *before["waiting"], NOTE):
        assert stands_on(paper, title), title

    # Passed on.
    form = page.locator("#pass form")
    taker = demo.people[city, Role.MEMBER]
    with demo.inside() as app, app.app_context():
        from core.database import db
        from core.identity.models import Person

        name = db.session.query(Person).filter_by(email=taker).one().name
    option = form.locator("#successor option", has_text=name)
    form.locator("#successor").select_option(option.get_attribute("value"))
    form.get_by_role("button").click()
    page.get_by_role("heading", name="What will happen").wait_for()
    assert_accessible(page)
    screenshot(page, f"handover-confirm-{city}")
    page.get_by_role("button", name="Hand over now").click()
    page.get_by_role("heading", name="Handed over").wait_for()
    assert_accessible(page)
    assert_clean(page)

    # The successor sees all of it, and the former nothing.
    successor = open_page(storage_state=demo.state(city, Role.MEMBER, language="en"))
    successor.goto(f"{demo.url}/{city}/")
    successor.get_by_role("link", name="This week", exact=True).click()
    after = open_things(successor)
    assert {name: sorted(titles) for name, titles in after.items()} == {
        name: sorted(titles) for name, titles in before.items()
    }
    successor.goto(f"{demo.url}/{city}/handover")
    assert successor.locator("#note", has_text=NOTE).is_visible()
    assert_clean(successor)
    former = open_page(storage_state=demo.state(city, Role.FOCAL_POINT, language="en"))
    former.goto(f"{demo.url}/{city}/")
    assert former.get_by_role("link", name="This week", exact=True).count() == 0
    for path in ("week", "handover", "handover.pdf"):
        assert former.request.get(f"{demo.url}/{city}/{path}").status == 403


@pytest.mark.parametrize(
    ("language", "dark", "phone"),
    [("fr", False, False), ("ar", True, True), ("en", True, False)],
)
@pytest.mark.parametrize("path", ["week", "handover", "handover?note=edit"])
def test_everybody_can_read_it(
    open_page: OpenPage, demo: Any, path: str, language: str, dark: bool, phone: bool
) -> None:
    # Somebody who is not handed over from by the test above.
    with demo.inside() as app, app.app_context():
        from core.cities.models import City
        from core.database import db
        from core.identity.models import Membership, Person
        from core.tenancy import city_scope

        with city_scope(db.session.query(City).filter_by(slug="almina").one()):
            one = (
                db.session.query(Membership)
                .join(Person, Person.id == Membership.person_id)
                .filter(Person.email == demo.people["almina", Role.CHAIR])
                .one()
            )
            if "focal_point" not in one.roles:
                one.roles = [*one.roles, "focal_point"]
            db.session.commit()
    # Whoever is given a role signs in again.
    page = open_page(
        storage_state=demo.state("almina", Role.CHAIR, language=language), dark=dark, phone=phone
    )
    page.goto(f"{demo.url}/almina/{path}")
    assert_accessible(page)
    assert_fits(page)
    assert_clean(page)


def test_a_long_list_is_unfolded_by_a_press_on_a_phone_and_whole_where_there_is_room(
    open_page: OpenPage, demo: Any
) -> None:
    state = demo.state("rivemont", Role.FOCAL_POINT, language="en")
    seen = {}
    for phone in (True, False):
        page = open_page(storage_state=state, phone=phone, scripts=False)
        page.goto(f"{demo.url}/rivemont/handover")
        names = page.locator("#network .m-grow > a")
        seen[phone] = sum(name.is_visible() for name in names.all())
        more = page.locator("#network summary")
        if phone:
            assert seen[phone] == 6
            more.press("Enter")
            assert sum(name.is_visible() for name in names.all()) == names.count()
        else:
            assert seen[phone] == names.count() > 8
            assert not more.is_visible()
