"""Minutes written while the meeting runs: kept without a press, and no word lost when something comes in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from core.permissions import Role
from core.testing.browser import OpenPage, assert_accessible, assert_clean, screenshot, watch_of

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

CITY = "brezovo"


@dataclass
class Running:
    """A meeting that is held, and the item that is discussed."""

    meeting: str
    item: str

    def stored(self, demo: Any) -> str:
        """What is stored of the notes."""
        from core.database import db
        from plugins.meetings.models import Note

        with demo.inside() as app, app.app_context(), _city():
            note = db.session.query(Note).filter_by(item_id=self.item).one_or_none()
            return note.text if note is not None else ""


def _city() -> Any:
    from core.cities.models import City
    from core.database import db
    from core.tenancy import city_scope

    return city_scope(db.session.query(City).filter_by(slug=CITY).one())


@pytest.fixture
def running(demo: Any) -> Running:
    """A meeting of the demo's first body, opened today, with its first item taken up."""
    from sqlalchemy import select

    from core.api import Membership, Viewer, db, today
    from core.identity.models import Person
    from plugins.meetings.models import Body, Item
    from plugins.meetings.permissions import Permission
    from plugins.meetings.services import agenda, convening
    from plugins.meetings.services.agenda import ItemEntry
    from plugins.meetings.services.meetings import MeetingEntry, make_meeting

    with demo.inside() as app, app.app_context(), _city():
        from datetime import time

        email = demo.people[CITY, Role.FOCAL_POINT]
        person = db.session.query(Person).filter_by(email=email).one()
        member = db.session.scalars(
            select(Membership).where(Membership.person_id == person.id)
        ).first()
        assert member is not None
        who = Viewer(
            person.id, member.shown_name, "mk", member.city_id, member.id, member.organisation_id,
            frozenset(member.roles), frozenset(each.value for each in Permission),
        )  # fmt: skip
        body = db.session.scalars(select(Body).order_by(Body.id)).first()
        assert body is not None
        made = make_meeting(body, MeetingEntry(body.type, "mk", today(), time(8), time(23)), who)
        item = agenda.add_item(made, body, ItemEntry("Читање во паркот", "mk"), who)
        agenda.add_item(made, body, ItemEntry("Следна точка", "mk"), who)
        convening.start(made, who)
        convening.go_to(made, db.session.get_one(Item, (made.city_id, item.id)), who)
        db.session.commit()
        return Running(made.id, item.id)


def desk_of(open_page: OpenPage, demo: Any, role: Role = Role.FOCAL_POINT, **more: Any) -> Page:
    return open_page(storage_state=demo.state(CITY, role, language="en"), **more)


def test_another_button_waits_until_the_words_are_kept(
    open_page: OpenPage, demo: Any, running: Running
) -> None:
    page = desk_of(open_page, demo)
    page.goto(f"{demo.url}/{CITY}/meetings/{running.meeting}")
    page.locator("#text-now").fill("Речено е сè.")
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="Next item").first.click()
    assert running.stored(demo) == "Речено е сè."
    page.goto(f"{demo.url}/{CITY}/meetings/items/{running.item}")
    page.locator("#note-text").fill("Речено е сè, и повеќе.")
    with page.expect_navigation():
        page.locator("main nav a, .m-trail a, main a").first.click()
    assert running.stored(demo) == "Речено е сè, и повеќе."
    assert_clean(page)


def test_an_action_is_one_keystroke_away_in_the_middle_of_a_sentence(
    open_page: OpenPage, demo: Any, running: Running
) -> None:
    page = desk_of(open_page, demo)
    for address, box in (
        (f"meetings/{running.meeting}", "#text-now"), (f"meetings/items/{running.item}", "#note-text"),
    ):  # fmt: skip
        page.goto(f"{demo.url}/{CITY}/{address}")
        assert page.locator("kbd", has_text="Alt+A").is_visible()
        assert_accessible(page)
        page.locator(box).fill(f"Во средина на {box}")
        with page.expect_navigation():
            page.keyboard.press("Alt+a")
        assert f"/actions/on/meetings/item/{running.item}" in page.url
        assert running.stored(demo) == f"Во средина на {box}"
    assert_clean(page)
    phone = desk_of(open_page, demo, phone=True)
    for address in (f"meetings/{running.meeting}", f"meetings/items/{running.item}"):
        phone.goto(f"{demo.url}/{CITY}/{address}")
        assert phone.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
    screenshot(phone, "notes-on-a-phone")


def test_what_is_typed_without_a_connection_stays_and_is_sent_when_it_is_back(
    open_page: OpenPage, demo: Any, running: Running
) -> None:
    page = desk_of(open_page, demo)
    page.goto(f"{demo.url}/{CITY}/meetings/items/{running.item}")
    page.context.set_offline(True)
    page.locator("#note-text").fill("Зборови без врска.")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text("Not saved yet.", exact=False).wait_for()
    assert running.stored(demo) == ""
    screenshot(page, "notes-not-saved-yet")
    watch_of(page).clear()
    page.context.set_offline(False)
    page.get_by_text("Saved at", exact=False).wait_for()
    assert running.stored(demo) == "Зборови без врска."
    assert page.locator("#note-text").input_value() == "Зборови без врска."


def test_two_versions_are_put_together_by_hand_and_neither_is_lost_on_leaving(
    open_page: OpenPage, demo: Any, running: Running
) -> None:
    mine, theirs = desk_of(open_page, demo), desk_of(open_page, demo)
    address = f"{demo.url}/{CITY}/meetings/items/{running.item}"
    for page in (mine, theirs):
        page.goto(address)
    theirs.locator("#note-text").fill("Ана рече да.")
    with theirs.expect_navigation():
        theirs.locator("form#note button.btn-primary:visible").first.click()
    mine.locator("#note-text").fill("Бен рече не.")
    # By itself, after a moment of writing.
    with mine.expect_navigation():
        mine.evaluate("dispatchEvent(new Event('online'))")
    assert mine.locator(".m-theirs").inner_text() == "Ана рече да."
    assert mine.locator("#note-text").input_value() == "Бен рече не."
    watch_of(mine).clear()
    assert_accessible(mine)
    screenshot(mine, "notes-two-versions")
    # Nothing is written over what they wrote before somebody has put both together.
    mine.locator("#note-text").press("End")
    mine.keyboard.type(" Сигурно.")
    mine.evaluate("dispatchEvent(new Event('online'))")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    mine.once("dialog", stay)
    mine.evaluate("setTimeout(() => location.assign('/'))")
    mine.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert running.stored(demo) == "Ана рече да."
    mine.locator("#note-text").fill("Ана рече да. Бен рече не.")
    with mine.expect_navigation():
        mine.locator("form#note button.btn-primary:visible").first.click()
    assert running.stored(demo) == "Ана рече да. Бен рече не."
