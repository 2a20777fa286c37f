"""A month of a body in Brezovo, lived by its people in a real browser: from the invitation to the next agenda."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.permissions import Role
from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    screenshot,
    unfold,
)
from core.testing.papers import follows_the_standard, read_pdf, text_of, words_of

from .test_invitations import let_the_minute_pass, link_of, mails_to

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

CITY = "brezovo"
KEEPER, CHAIR, MEMBER, HELPER = Role.FOCAL_POINT, Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER
PROPOSED = "Këndi i leximit në bibliotekë"
NOTE = "Библиотеката нуди простор. Сите се за, освен што социјалната служба прашува за трошоците."
NOTE_SQ = "Biblioteka ofron hapësirë. Të gjithë janë pro, por shërbimi social pyet për shpenzimet."
DECISION = "Катчето за читање се отвора на први."
WHY = "Децата немаат каде да читаат по училиште."
DECISION_SQ = "Këndi i leximit hapet më një të muajit."
WHY_SQ = "Fëmijët nuk kanë ku të lexojnë pas shkollës."
AGAINST = "Трошоците не се познати."
ACTION = "Најди полици за катчето"


class Desk:
    """The focal point's browser, and what it does again and again."""

    def __init__(self, page: Page, demo: Any) -> None:
        self.page, self.url = page, demo.url

    def go(self, path: str) -> None:
        """Open a page of the city."""
        self.page.goto(f"{self.url}/{CITY}/{path}" if not path.startswith("http") else path)

    def press(self, name: str, *, asked: bool = False) -> None:
        """Press a button of the page, say yes where one is ``asked``, and wait for what follows."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
            if asked:
                self.page.locator("dialog[open] [data-yes]").click()

    def looks_right(self) -> None:
        """Nothing failed, and everybody can use the page."""
        assert_clean(self.page)
        assert_accessible(self.page)


def set_up_a_body(desk: Desk, demo: Any) -> str:
    """A working group of three organisations that meets every month and decides with its chair."""
    page = desk.page
    desk.go("meetings/bodies/new")
    page.locator("[name=name-mk]").fill("Работна група за читање")
    page.locator("[name=name-sq]").fill("Grupi punues për lexim")
    page.locator("[name=type]").select_option("working_group")
    page.locator("[name=rhythm]").select_option("monthly")
    desk.press("Save")
    body = page.url.partition("?")[0].partition("#")[0]
    for name, role in (
        ("Arben Limani", "chair"), ("Elena Stojkovska", "secretary"),
        ("Blerim Osmani", "member"), ("Vesna Petreska", "member"),
    ):  # fmt: skip
        if not page.locator("[name=membership_id]").is_visible():
            page.get_by_text("Give somebody a seat").click()
        label = page.locator("[name=membership_id] option", has_text=name).first.inner_text()
        page.locator("[name=membership_id]").select_option(label=label)
        page.locator("section:has(#seats) [name=role]:visible").select_option(role)
        desk.press("Give the seat")
    desk.looks_right()
    return body


def prepare(desk: Desk, body: str, day: date | None = None) -> str:
    """The next meeting as the page offers it, or on another day."""
    page = desk.page
    desk.go(body)
    page.get_by_role("link", name="Prepare the next meeting").first.click()
    if day is not None:
        page.locator("[name=day]").fill(day.isoformat())
        page.locator("[name=end]").fill("23:59")
        unfold(desk.page, "form#meeting")
        page.locator("select[name=language]").select_option("mk")
    desk.press("Open the draft")
    return page.url.partition("#")[0]


def propose(open_page: OpenPage, demo: Any) -> None:
    """A member proposes an item, in Albanian, on a phone."""
    phone = open_page(phone=True, storage_state=demo.state(CITY, MEMBER, language="en"))
    phone.goto(f"{demo.url}/{CITY}/meetings/propose")
    label = phone.locator("[name=body_id] option", has_text="читање").first.inner_text()
    phone.locator("[name=body_id]").select_option(label=label)
    phone.locator("[name=title]").fill(PROPOSED)
    phone.locator("[name=purpose]").select_option("decide")
    phone.locator("select[name=language]").select_option("sq")
    with phone.expect_navigation():
        phone.locator("button.btn-primary:visible").first.click()
    assert PROPOSED in phone.locator("main").inner_text()
    assert_clean(phone)


def accept(desk: Desk) -> None:
    """The focal point takes it onto the agenda."""
    desk.go("meetings/proposals")
    desk.page.locator("main").get_by_role("link", name=PROPOSED).first.click()
    desk.press("Answer")
    desk.looks_right()


def invitation(demo: Any, role: Role, title: str) -> EmailMessage:
    """The one mail that invites somebody to the meeting of that title."""
    mails = mails_to(demo, demo.people[CITY, role])
    (mail,) = [each for each in mails if title in str(each["Subject"])]
    return mail


def convene(desk: Desk, demo: Any, meeting: str) -> None:
    """Everybody gets the agenda in their own language, and one answers by the link."""
    desk.go(meeting)
    desk.page.locator("main").get_by_role("link", name="Convene").first.click()
    desk.looks_right()
    assert PROPOSED in desk.page.locator("main").inner_text()
    desk.press("Convene and invite")
    let_the_minute_pass(demo)
    albanian = invitation(demo, CHAIR, "Grupi punues për lexim")
    macedonian = invitation(demo, HELPER, "Работна група за читање")
    assert (albanian["Content-Language"], macedonian["Content-Language"]) == ("sq", "mk")
    (calendar,) = [
        part for part in albanian.walk()
        if part.get_content_type() == "text/calendar" and part.get_content_disposition() is None
    ]  # fmt: skip
    agenda = re.sub(r"\r?\n[ \t]", "", calendar.get_content())
    assert PROPOSED in agenda


def answer_by_the_link(open_page: OpenPage, demo: Any) -> None:
    """The chair answers from the mail, without signing in."""
    mail = invitation(demo, CHAIR, "Grupi punues për lexim")
    stranger = open_page(phone=True)
    stranger.goto(link_of(demo, mail))
    assert stranger.locator("html[lang=sq]").count() == 1
    stranger.locator("button[name=answer][value=accepted]").click()
    stranger.wait_for_url("**thanks=1")
    assert_clean(stranger)


def hold(desk: Desk, meeting: str) -> str:
    """Three organisations are there, one leaves; a decision is taken against one voice; the item's address."""
    page = desk.page
    desk.go(meeting)
    assert "Accepted" in page.locator("li", has_text="Arben Limani").first.inner_text()
    desk.press("Open the meeting", asked=True)
    desk.go(f"{meeting}/attendance")
    for name in ("Arben Limani", "Elena Stojkovska", "Blerim Osmani", "Vesna Petreska"):
        page.locator("form#list li", has_text=name).get_by_text("Present", exact=False).click()
    desk.press("Save the attendance")
    desk.go(f"{meeting}/attendance")
    assert "4 of 4" in page.locator("section:has(#h-quorum)").inner_text()

    desk.go(meeting)
    page.locator("a.m-agenda-title", has_text=PROPOSED).click()
    item = page.url.partition("#")[0]
    page.locator("details.m-menu summary").filter(has_text="More").click()
    desk.press("Take it up now")
    desk.go(item)
    page.locator("form#note [name=text]").fill(NOTE)
    desk.press("Save the notes")
    desk.go(f"{item}/decisions/new")
    page.locator("[name=text]").fill(DECISION)
    page.locator("[name=rationale]").fill(WHY)
    page.locator("[name=rule]").select_option("majority")
    for name, votes in (("for", 3), ("against", 1), ("abstained", 0)):
        page.locator(f"[name=votes_{name}]").fill(str(votes))
    page.locator("[name=publicity]").select_option("public")
    unfold(desk.page, "form#decision")
    against = page.locator("details div.mb-2", has_text="Vesna Petreska")
    against.locator("[type=checkbox]").check()
    against.locator("[type=text], input:not([type])").fill(AGAINST)
    page.locator("select[name=language]").select_option("mk")
    desk.looks_right()
    desk.press("Save")
    assert AGAINST in page.locator(".m-decision").inner_text()
    # One goes before the end.
    desk.go(f"{meeting}/attendance")
    page.get_by_text("Somebody comes or goes").click()
    page.locator("form.m-filters", has_text="Blerim Osmani").get_by_role(
        "button", name="Leaves"
    ).click()
    page.locator("section:has(#h-moves) li", has_text="Blerim Osmani").wait_for()
    desk.looks_right()
    return item


def act(desk: Desk, item: str) -> None:
    """Somebody takes something on."""
    page = desk.page
    desk.go(item)
    page.locator("#actions").get_by_role("link", name="Add an action").click()
    page.locator("main form [name=text]").fill(ACTION)
    who = page.locator("[name=who] option", has_text="Blerim Osmani").first
    page.locator("[name=who]").select_option(value=who.get_attribute("value"))
    page.locator("[name=due_on]").fill((date.today() + timedelta(days=9)).isoformat())  # noqa: DTZ011
    with page.expect_navigation():
        page.locator("main form button.btn-primary:visible").first.click()
    assert_clean(page)


def translate(desk: Desk, item: str, meeting: str) -> None:
    """Notes and decision get their Albanian."""
    page = desk.page
    desk.go(item)
    note = page.get_by_role("link", name="Translate the notes").get_attribute("href")
    decision = page.locator(".m-decision a", has_text="All languages side by side").first
    decided = decision.get_attribute("href")
    for address, texts in (
        (note, {"text": NOTE_SQ}), (decided, {"text": DECISION_SQ, "rationale": WHY_SQ}),
    ):  # fmt: skip
        page.goto(f"{desk.url}{address}/sq")
        for name, text in texts.items():
            page.locator(f"form#translation [name=text-{name}]").fill(text)
        desk.press("Save and approve")
    for address, said in (
        (item, (NOTE, NOTE_SQ, DECISION)),
        (meeting, (DECISION, DECISION_SQ, WHY, WHY_SQ)),
    ):
        desk.go(address)
        for text in said:
            assert page.locator("main").get_by_text(text).first.is_visible(), text
    desk.looks_right()
    screenshot(page, "meeting-item-in-two-languages")


def approve(desk: Desk, meeting: str) -> None:
    """The meeting is closed, its minutes go round, and are approved."""
    page = desk.page
    desk.go(meeting)
    for step in ("Close the meeting", "Circulate the minutes"):
        desk.press(step, asked=True)
    desk.looks_right()
    screenshot(page, "meeting-circulated")
    page.locator("main").get_by_role("link", name="Approve the minutes").first.click()
    desk.press("Approve the minutes", asked=True)
    desk.go(meeting)
    assert page.locator("main .m-state", has_text="Minutes approved").count()


def print_them(desk: Desk, meeting: str) -> None:
    """The minutes and the public extract, each as PDF and for Word: two documents that say what each may."""
    desk.go(meeting)
    section = desk.page.locator("section[aria-labelledby=h-papers]")
    papers = {}
    for kind in ("minutes", "extract"):
        for form in ("pdf", "docx"):
            link = section.locator(f"a[href*='papers/{kind}.{form}']")
            answer = desk.page.request.get(desk.url + str(link.get_attribute("href")))
            assert answer.ok, (kind, form)
            papers[kind, form] = answer.body()
    for kind in ("minutes", "extract"):
        reader = read_pdf(papers[kind, "pdf"])
        assert follows_the_standard(reader)
        printed = joined(text_of(reader))
        written = joined(words_of(papers[kind, "docx"]))
        for said in (DECISION, DECISION_SQ, WHY, WHY_SQ):
            assert joined(said) in printed, (kind, said)
            assert joined(said) in written, (kind, said)
        # Who said what, who was against and who does what by when stays among the members.
        for said in (NOTE, NOTE_SQ, AGAINST, ACTION):
            assert (joined(said) in printed) == (kind == "minutes"), (kind, said)
            assert (joined(said) in written) == (kind == "minutes"), (kind, said)


def joined(text: str) -> str:
    """``text`` without the spaces, which differ with where its lines end."""
    return re.sub(r"[\s\u00ad-]+", "", text)


def test_a_month_in_brezovo(open_page: OpenPage, demo: Any) -> None:
    desk = Desk(open_page(storage_state=demo.state(CITY, KEEPER, language="en")), demo)
    page = desk.page
    demo.reads(CITY, HELPER, language="mk")
    demo.reads(CITY, CHAIR, language="sq")
    body = set_up_a_body(desk, demo)
    # Tomorrow, so that it lies ahead at whatever hour this runs.
    meeting = prepare(desk, body, date.today() + timedelta(days=1))  # noqa: DTZ011  as a form takes it
    propose(open_page, demo)
    accept(desk)
    demo.reads(CITY, MEMBER, language="sq")
    convene(desk, demo, meeting)
    answer_by_the_link(open_page, demo)
    item = hold(desk, meeting)
    act(desk, item)
    translate(desk, item, meeting)
    approve(desk, meeting)
    print_them(desk, meeting)

    # What was decided stands in the register, with what became of it.
    desk.go("meetings/decisions?q=катчето")
    (row,) = page.locator("table.m-list tbody tr").all()
    assert DECISION in row.inner_text()
    assert ACTION in row.inner_text()
    desk.looks_right()
    screenshot(page, "register-of-decisions")
    phone = open_page(
        phone=True, storage_state=demo.state(CITY, CHAIR, language="sq", theme="dark")
    )
    phone.goto(f"{demo.url}/{CITY}/meetings/decisions")
    assert DECISION_SQ in phone.locator("main").inner_text()
    assert_clean(phone)
    assert_accessible(phone)
    screenshot(phone, "register-of-decisions-phone")
    assert_fits(phone)

    # Next month's meeting opens already filled, with nothing typed.
    following = prepare(desk, body)
    assert following != meeting
    text = page.locator("main").inner_text()
    assert ACTION in text
    # What the meeting did not reach.
    assert page.locator("ol.m-agenda > li[data-item]").count() >= 4
    desk.looks_right()
    screenshot(page, "meeting-filled")
