"""From the mail to the answer: a stranger on a phone, in Arabic, and whoever invited them."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from core.permissions import Role
from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    screenshot,
    watch_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

HOST = ("almina", Role.FOCAL_POINT)
GUEST = "samira@elsewhere.example"


def let_the_minute_pass(demo: Any) -> None:
    """Do what the worker does once it is time."""
    from core.database import db, utcnow
    from core.jobs.models import Job
    from core.jobs.worker import Worker

    with demo.inside() as app:
        for _round in range(2):
            with app.app_context():
                for job in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
                    job.run_after, job.key = utcnow() - timedelta(seconds=1), None
                db.session.commit()
                db.session.remove()
            Worker(app, daily=False).work_off()


def mails_to(demo: Any, address: str) -> list[EmailMessage]:
    """The mails that were written down for an address, the first first."""
    found = []
    for path in sorted((demo.instance / "mail").glob("*.eml"), key=lambda one: one.stat().st_mtime):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if mail["To"] == address:
            found.append(mail)
    return found


def link_of(demo: Any, mail: EmailMessage) -> str:
    (text,) = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    found = re.search(rf"{re.escape(demo.url)}/answer/\S+", text.get_content())
    assert found, text.get_content()
    return found[0]


def next_activity(page: Page, demo: Any) -> str:
    """The page of an activity that lies ahead and to which the reader may invite."""
    page.goto(f"{demo.url}/almina/activities/?status=planned")
    addresses = page.locator("main a[href*='/almina/activities/']").evaluate_all(
        "all => [...new Set(all.map(one => one.getAttribute('href')))]"
    )
    for address in addresses:
        if re.fullmatch(r"/almina/activities/[a-z2-7]{16}", address):
            page.goto(demo.url + address)
            if page.locator("a[href*='/almina/invitations/activities/']").count():
                return str(demo.url + address)
    raise AssertionError(addresses)


def test_a_guest_answers_by_the_link_on_a_phone_in_arabic_and_the_host_sees_it(
    open_page: OpenPage, demo: Any
) -> None:
    host = open_page(storage_state=demo.state(*HOST, language="en"))
    address = next_activity(host, demo)
    assert_clean(host)
    assert_accessible(host)
    title = host.locator("h1").inner_text().strip()
    host.locator("a[href*='/almina/invitations/activities/']").click()
    assert_clean(host)
    assert_accessible(host)
    screenshot(host, "invite")
    host.locator("[name=guest_name]").fill("سميرة الحكيم")
    host.locator("button[type=submit].btn-primary:visible").first.click()
    # Without an address nobody can be invited, and what was typed stays.
    assert host.locator("#guest_email-error").is_visible()
    assert host.locator("[name=guest_name]").input_value() == "سميرة الحكيم"
    watch_of(host).clear()
    host.locator("[name=guest_email]").fill(GUEST)
    host.locator("[name=guest_language]").select_option("ar")
    host.locator("button[type=submit].btn-primary:visible").first.click()
    host.wait_for_url(address)
    assert_clean(host)
    row = host.locator("li", has_text="سميرة الحكيم")
    assert "No answer yet" in row.inner_text()

    let_the_minute_pass(demo)
    (mail,) = mails_to(demo, GUEST)
    stranger = open_page(phone=True, language="en")
    stranger.goto(link_of(demo, mail))
    assert stranger.locator("html[lang=ar][dir=rtl]").count() == 1
    assert stranger.locator("h1").inner_text().strip() == title
    assert_clean(stranger)
    assert_accessible(stranger)
    assert_fits(stranger)
    screenshot(stranger, "invitation-answer-arabic-phone")
    assert stranger.locator("button[name=answer]").count() == 3
    stranger.locator("button[name=answer][value=accepted]").click()
    stranger.wait_for_url("**thanks=1")
    assert stranger.locator("[role=status] .m-good").count() == 1
    assert_clean(stranger)
    assert_accessible(stranger)
    assert_fits(stranger)
    screenshot(stranger, "invitation-thanks-arabic-phone")
    # The link opens nothing but this.
    stranger.goto(address)
    assert "/sign-in" in stranger.url
    assert_clean(stranger)

    host.reload()
    assert "Accepted" in row.inner_text()
    assert_clean(host)
    screenshot(host, "activity-invited")


def test_a_member_answers_without_a_script(open_page: OpenPage, demo: Any) -> None:
    page = open_page(storage_state=demo.state("almina", Role.MEMBER, language="fr"), scripts=False)
    page.goto(f"{demo.url}/almina/invitations")
    waiting = page.locator("section[aria-labelledby=h-waiting] li")
    before = waiting.count()
    assert before >= 1
    screenshot(page, "invitations")
    waiting.first.locator("button[value=declined]").click()
    assert waiting.count() == before - 1
    assert page.locator("section[aria-labelledby=h-answered] [aria-pressed=true]").count() >= 1
    assert_clean(page)


@pytest.mark.parametrize("language", ["ar", "mk"])
def test_the_pages_of_members_fit_a_phone(open_page: OpenPage, demo: Any, language: str) -> None:
    state = demo.state(*HOST, language=language, theme="dark")
    page = open_page(phone=True, dark=True, storage_state=state)
    next_activity(page, demo)
    assert_fits(page)
    screenshot(page, f"activity-invited-{language}-phone-dark")
    page.locator("a[href*='/almina/invitations/activities/']").click()
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, f"invite-{language}-phone-dark")
    page.goto(f"{demo.url}/almina/invitations")
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, f"invitations-{language}-phone-dark")
    assert_clean(page)
