"""Mails: delivered at least once, under one Message-ID, never from a change that was rolled back."""

from __future__ import annotations

import time
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import create_app
from core.config import SettingError
from core.database import db, utcnow
from core.jobs.models import Job
from core.jobs.words import reason_of
from core.jobs.worker import Worker
from core.mail import (
    CalendarPart,
    MailRefused,
    MailSettingError,
    mail_server,
    mail_text,
    send_mail,
)
from core.testing.app import TEST_SETTINGS
from core.testing.mailbox import Mailbox


def post(app: Flask, to: str = "somebody@alva.example", subject: str = "Subject") -> str:
    with app.app_context():
        message_id = send_mail(to, subject, "The text.\n", locale="en")
        db.session.commit()
    return message_id


def deliver(app: Flask) -> None:
    Worker(app, daily=False).work_off()


def again(app: Flask) -> None:
    """Let the time of waiting be over, and try again."""
    with app.app_context():
        for row in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
            row.run_after = utcnow() - timedelta(seconds=1)
            row.locked_until = None
        db.session.commit()
    deliver(app)


def jobs(app: Flask) -> list[Job]:
    with app.app_context():
        return list(db.session.scalars(select(Job)))


@pytest.fixture
def site(app: Flask, mailbox: Mailbox) -> Flask:
    app.config["MAIL_URL"] = mailbox.url
    return app


def test_a_mail_arrives_as_it_was_written(site: Flask, mailbox: Mailbox) -> None:
    with site.app_context():
        message_id = send_mail(
            "layla@almina.example", "أهلا, Élise – Здраво", "Zeile eins\nسطر\n", locale="sr_Latn"
        )
        db.session.commit()
    assert mailbox.messages == [], "nothing leaves before the worker runs"
    deliver(site)
    (message,) = mailbox.messages
    assert message["Subject"] == "أهلا, Élise – Здраво"
    assert message["To"] == "layla@almina.example"
    assert message["Message-ID"] == message_id
    assert message["Content-Language"] == "sr-Latn"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Zeile eins", "سطر"]
    assert message["Date"] is not None


def test_a_change_that_is_rolled_back_sends_nothing(site: Flask, mailbox: Mailbox) -> None:
    with site.app_context():
        send_mail("somebody@alva.example", "Subject", "Text", locale="en")
        db.session.rollback()
    deliver(site)
    assert mailbox.messages == []


def test_a_server_that_says_later_gets_the_same_mail_later(site: Flask, mailbox: Mailbox) -> None:
    message_id = post(site)
    mailbox.manner = "defer"
    deliver(site)
    assert mailbox.messages == []
    mailbox.manner = "accept"
    again(site)
    assert [message["Message-ID"] for message in mailbox.messages] == [message_id]
    assert jobs(site)[0].payload == {}


def test_a_recipient_that_is_refused_is_given_up(site: Flask, mailbox: Mailbox) -> None:
    mailbox.manner = "refuse"
    post(site)
    deliver(site)
    assert jobs(site)[0].failed_at is not None
    assert "@" not in jobs(site)[0].last_error


def test_a_connection_that_breaks_is_tried_again(site: Flask, mailbox: Mailbox) -> None:
    message_id = post(site)
    mailbox.manner = "break"
    deliver(site)
    assert mailbox.messages == []
    mailbox.manner = "accept"
    again(site)
    assert [message["Message-ID"] for message in mailbox.messages] == [message_id]


def test_a_server_that_breaks_off_in_the_middle_of_a_mail_gets_it_again(
    site: Flask, mailbox: Mailbox
) -> None:
    with site.app_context():
        # More than the network takes at once, so that the server breaks off while it is being sent.
        message_id = send_mail("somebody@alva.example", "Long", "A line.\n" * 400_000, locale="en")
        db.session.commit()
    mailbox.manner = "cut"
    deliver(site)
    assert mailbox.messages == []
    (row,) = jobs(site)
    assert (row.failed_at, row.attempts, row.locked_until) == (None, 1, None)
    assert row.last_error in {"ConnectionResetError", "BrokenPipeError", "SMTPServerDisconnected"}
    assert row.run_after > utcnow(), "it waits before it tries again"
    mailbox.manner = "accept"
    again(site)
    assert [message["Message-ID"] for message in mailbox.messages] == [message_id]


def test_a_server_that_is_busy_is_asked_again_later_and_later(
    site: Flask, mailbox: Mailbox
) -> None:
    message_id = post(site)
    rests = []
    for manner in ("defer", "busy", "defer"):
        mailbox.manner = manner
        again(site)
        (row,) = jobs(site)
        assert row.failed_at is None
        rests.append(row.run_after - utcnow())
    # Each rest is twice the one before, give or take a fifth.
    assert rests[0] < timedelta(seconds=37) < rests[1] < timedelta(seconds=73) < rests[2]
    assert mailbox.messages == []
    mailbox.manner = "accept"
    again(site)
    assert [message["Message-ID"] for message in mailbox.messages] == [message_id]


def test_a_mail_that_the_server_never_takes_is_stuck_with_its_reason(
    site: Flask, mailbox: Mailbox
) -> None:
    mailbox.manner = "decline"
    post(site)
    deliver(site)
    (row,) = jobs(site)
    assert row.failed_at is not None
    assert row.last_error == "SMTPDataError"
    assert row.attempts == 1, "asking again cannot help"
    assert row.payload != {}, "an administrator may try it again"


def test_a_server_that_says_nothing_is_left_and_asked_again(
    site: Flask, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.mail.delivery.STEP_SECONDS", 0.5)
    mailbox.manner = "slow"
    mailbox.seconds = 2.0
    post(site)
    deliver(site)
    (row,) = jobs(site)
    assert (row.failed_at, row.last_error) == (None, "SMTPServerDisconnected")
    mailbox.manner = "accept"
    again(site)
    assert {message["To"] for message in mailbox.messages} == {"somebody@alva.example"}


def test_a_mail_taken_without_a_word_comes_twice_under_one_name(
    site: Flask, mailbox: Mailbox
) -> None:
    post(site)
    mailbox.manner = "forget"
    deliver(site)
    mailbox.manner = "accept"
    again(site)
    assert len(mailbox.messages) == 2
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1


def test_one_bad_recipient_holds_up_nobody_else(site: Flask, mailbox: Mailbox) -> None:
    post(site, "nobody@alva.example")
    mailbox.manner = "refuse"
    deliver(site)
    mailbox.manner = "accept"
    post(site, "somebody@alva.example")
    deliver(site)
    assert [message["To"] for message in mailbox.messages] == ["somebody@alva.example"]


def test_a_server_that_is_away_is_waited_for(app: Flask, dead_mail_url: str) -> None:
    app.config["MAIL_URL"] = dead_mail_url
    post(app)
    started = time.monotonic()
    deliver(app)
    assert time.monotonic() - started < 15
    (row,) = jobs(app)
    assert row.failed_at is None
    assert row.last_error == "ConnectionRefusedError"


def test_when_the_server_is_back_all_that_waited_for_it_leaves_at_once(
    app: Flask, mailbox: Mailbox, dead_mail_url: str
) -> None:
    app.config["MAIL_URL"] = dead_mail_url
    for number in range(3):
        post(app, f"waits{number}@alva.example")
    deliver(app)
    app.config["MAIL_URL"] = mailbox.url
    mailbox.manner = "defer"
    post(app, "refused-for-now@alva.example")
    deliver(app)
    mailbox.manner = "accept"
    deliver(app)
    assert mailbox.messages == [], "each waits for its time"
    post(app, "new@alva.example")
    deliver(app)
    came = {str(mail["To"]) for mail in mailbox.messages}
    assert came == {"new@alva.example", *(f"waits{number}@alva.example" for number in range(3))}
    # What the server wants to see later is its own matter.
    assert [job.payload["to"] for job in jobs(app) if job.done_at is None] == [
        "refused-for-now@alva.example"
    ]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("{host}?tls=start", "The connection to the mail server cannot be made safe."),
        ("user:secret@{host}", "The mail server does not accept the site’s user and password."),
    ],
)
def test_a_setting_that_can_be_put_right_gives_no_mail_up(
    app: Flask, mailbox: Mailbox, how: str, why: str
) -> None:
    app.config["MAIL_URL"] = "smtp://" + how.format(host=mailbox.url.removeprefix("smtp://"))
    post(app)
    deliver(app)
    (row,) = jobs(app)
    assert (row.attempts, row.done_at, row.failed_at) == (1, None, None)
    with app.app_context():
        assert reason_of(row.kind, row.last_error, stuck=False) == why
    assert mailbox.messages == []


def test_while_a_slow_server_takes_its_time_others_can_write(site: Flask, mailbox: Mailbox) -> None:
    import threading

    mailbox.manner = "slow"
    mailbox.seconds = 2.0
    post(site)
    thread = threading.Thread(target=deliver, args=(site,))
    thread.start()
    for _moment in range(200):
        if mailbox.attempts:
            break
        time.sleep(0.01)
    started = time.monotonic()
    post(site, "second@alva.example")
    assert time.monotonic() - started < 1.0, "the worker held the database while it talked"
    thread.join(timeout=30)


def test_without_a_server_a_mail_is_a_file(app: Flask) -> None:
    message_id = post(app)
    deliver(app)
    (path,) = (Path(app.instance_path) / "mail").glob("*.eml")
    assert path.stat().st_mode & 0o777 == 0o600
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["Message-ID"] == message_id


@pytest.mark.parametrize(
    "to",
    [
        "a@b.example\nBcc: c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "Name <a@b.example>",
        "a",
        "@b.example",
        "a@",
        "",
        "a b@c.example",
        '"a"@c.example',
        "a@b.example\x00",
        "x" * 400 + "@b.example",
    ],
)
def test_an_address_cannot_change_the_head_of_a_mail(app: Flask, to: str) -> None:
    with app.app_context(), pytest.raises(MailRefused):
        send_mail(to, "Subject", "Text", locale="en")


@pytest.mark.parametrize(
    "subject", ["a\nBcc: c@d.example", "a\r\nX: y", "a\rb", "a\x00b\n", "\udcff"]
)
def test_a_subject_cannot_change_the_head_of_a_mail(app: Flask, subject: str) -> None:
    with app.app_context(), pytest.raises(MailRefused):
        send_mail("a@b.example", subject, "Text", locale="en")


def test_a_text_that_looks_like_a_head_stays_a_text(site: Flask, mailbox: Mailbox) -> None:
    with site.app_context():
        send_mail("a@b.example", "S", "Bcc: c@d.example\n.\nRCPT TO:<x@y.example>\n", locale="en")
        db.session.commit()
    deliver(site)
    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert message.get_content().splitlines()[1] == "."


def test_a_template_speaks_the_recipients_language(app: Flask) -> None:
    with app.app_context():
        texts = {
            code: mail_text("test", code, site_url="https://x.example") for code in ("en", "ar")
        }
    assert "https://x.example" in texts["ar"]
    assert texts["en"].startswith("This is a test.")
    assert "\n\n\n" not in texts["en"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "none", "", "")),
        ("smtp://localhost", ("localhost", 25, "none", "", "")),
        ("smtp://mail.example.org", ("mail.example.org", 587, "start", "", "")),
        (
            "smtp://u:p%40ss@mail.example.org:25?tls=none",
            ("mail.example.org", 25, "none", "u", "p@ss"),
        ),
        ("smtps://u:p@mail.example.org", ("mail.example.org", 465, "whole", "u", "p")),
        ("smtp://[::1]:2525", ("::1", 2525, "none", "", "")),
    ],
)
def test_mail_urls(url: str, expected: tuple[Any, ...]) -> None:
    server = mail_server(url)
    assert server is not None
    assert (server.host, server.port, server.tls, server.user, server.password) == expected
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://x", "smtp://", "smtp://h:port", "smtp://h?tls=maybe"]
)
def test_a_bad_mail_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(MailSettingError):
        mail_server(url)


def test_a_sender_no_mail_could_carry_stops_the_start() -> None:
    for sender in ("nobody", "a@b.example, c@d.example", "a@b.example\nX: y", ""):
        with pytest.raises(SettingError):
            create_app(TEST_SETTINGS | {"MAIL_FROM": sender})


def test_a_message_for_calendars_stands_beside_the_text_and_is_attached(
    site: Flask, mailbox: Mailbox
) -> None:
    text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nX-WORDS:Средба ✓\r\nEND:VCALENDAR\r\n"
    with site.app_context():
        send_mail(
            "nour@elsewhere.example",
            "Subject",
            "The text.\n",
            locale="ar",
            html="<p>The text.</p>",
            calendar=CalendarPart("REQUEST", text, "invitation.ics"),
        )
        db.session.commit()
    deliver(site)
    (message,) = mailbox.messages
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative",
        # The last alternative is the one that programs prefer.
        "text/plain", "text/html", "text/calendar", "application/ics",
    ]  # fmt: skip
    calendar, file = list(message.walk())[-2:]
    assert calendar.get_payload(decode=True) == file.get_payload(decode=True) == text.encode()
    assert dict(calendar["Content-Type"].params) == {"method": "REQUEST", "charset": "utf-8"}
    assert file.get_filename() == "invitation.ics"
    assert message["Content-Language"] == "ar"


def test_a_mail_put_aside_before_there_were_messages_for_calendars_is_still_sent(
    site: Flask, mailbox: Mailbox
) -> None:
    post(site)
    with site.app_context():
        row = db.session.scalars(select(Job)).one()
        row.payload = {name: value for name, value in row.payload.items() if name != "calendar"}
        db.session.commit()
    deliver(site)
    assert len(mailbox.messages) == 1
