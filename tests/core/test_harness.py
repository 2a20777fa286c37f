"""The harness that the other tests stand on does what it says."""

from __future__ import annotations

import smtplib
import sqlite3
import threading
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import create_engine, text

from core.testing.browser import (
    OpenPage,
    assert_accessible,
    assert_clean,
    assert_fits,
    axe,
    screenshot,
    watch_of,
)
from core.testing.mailbox import Mailbox
from core.testing.postgres import Databases, PostgresServer
from core.testing.serving import DidNotStart, served

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; frame-ancestors 'none'"
GOOD = """<!doctype html><html lang="en"><head><title>A page</title>
<link rel="icon" href="/good">
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Good</h1></main></body></html>"""
BAD = """<!doctype html><html><head><title></title></head><body>
<img src="http://elsewhere.invalid/picture.png"><script>alert(1)</script>
<p style="color: #ddd">Faint</p><div class="wide">x</div></body></html>"""


def _fill(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (name TEXT)"))
        connection.execute(text("INSERT INTO thing VALUES ('here')"))
    engine.dispose()


def test_a_database_is_a_copy_of_its_template(databases: Databases) -> None:
    first = databases.fresh("harness", _fill)
    second = databases.fresh("harness", _fill)
    assert first != second
    for url in (first, second):
        engine = create_engine(url)
        with engine.begin() as connection:
            # A second copy of the row would mean that the two share a database.
            assert connection.execute(text("SELECT count(*) FROM thing")).scalar_one() == 1
            connection.execute(text("INSERT INTO thing VALUES ('more')"))
        engine.dispose()
        databases.drop(url)


def test_an_empty_database_is_empty(fresh_database) -> None:
    engine = create_engine(fresh_database())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (name TEXT)"))
    engine.dispose()


@pytest.mark.one_database
def test_postgres_runs_for_the_application_as_no_superuser(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.create()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW is_superuser")).scalar_one() == "off"
        assert connection.execute(text("SHOW server_encoding")).scalar_one() == "UTF8"
    engine.dispose()
    postgres_server.drop(url)


@pytest.mark.one_database
def test_sqlite_is_new_enough() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35), "UPDATE … RETURNING came with 3.35"


# -- Mail --------------------------------------------------------------------------------------------


def _send(box: Mailbox) -> None:
    message = EmailMessage()
    message["From"] = "maillage@example.org"
    message["To"] = "member@example.org"
    message["Subject"] = "Ваша покана"
    message.set_content("Здраво!")
    with smtplib.SMTP(box.host, box.port, timeout=5) as client:
        client.send_message(message)


@pytest.mark.one_database
def test_the_mail_server_takes_mail(mailbox: Mailbox) -> None:
    _send(mailbox)
    [message] = mailbox.wait()
    assert message["Subject"] == "Ваша покана"
    assert message.get_content().strip() == "Здраво!"
    assert mailbox.to("member@example.org") == [message]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("manner", "fault", "taken"),
    [
        ("refuse", smtplib.SMTPRecipientsRefused, 0),
        ("defer", smtplib.SMTPRecipientsRefused, 0),
        ("break", smtplib.SMTPServerDisconnected, 0),
        ("forget", smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_the_mail_server_fails_on_demand(mailbox: Mailbox, manner, fault, taken) -> None:
    mailbox.manner = manner
    with pytest.raises(fault):
        _send(mailbox)
    assert len(mailbox.messages) == taken


@pytest.mark.one_database
def test_a_mail_server_that_is_not_there(dead_mail_url: str) -> None:
    host, _, port = dead_mail_url.removeprefix("smtp://").partition(":")
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(host, int(port), timeout=5)


# -- Serving -----------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_an_application_is_served(tmp_path, monkeypatch) -> None:
    (tmp_path / "small_site.py").write_text(
        "import os\n"
        "from flask import Flask\n"
        "app = Flask('small_site')\n"
        "app.get('/healthz', endpoint='health')(lambda: 'well')\n"
        "app.get('/')(lambda: ' '.join(os.environ.get(name, 'unset') for name in"
        " ['MAILLAGE_SITE_URL', 'MAILLAGE_MAIL_FROM', 'MAILLAGE_LOG_LEVEL']))\n"
    )
    monkeypatch.setenv("MAILLAGE_MAIL_FROM", "of the person who runs the tests")
    settings = {"PYTHONPATH": str(tmp_path), "MAILLAGE_LOG_LEVEL": "given"}
    with (
        served(settings, instance=tmp_path, application="small_site:app") as site,
        urllib.request.urlopen(site.url) as answer,
    ):
        assert answer.read().decode() == f"{site.url} unset given"
    assert site.process.poll() is not None


@pytest.mark.one_database
def test_an_application_that_cannot_start_says_why(tmp_path) -> None:
    with (
        pytest.raises(DidNotStart, match="no_such_module"),
        served({}, instance=tmp_path, application="no_such_module:app"),
    ):
        pass


# -- Browser -----------------------------------------------------------------------------------------


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((GOOD if self.path == "/good" else BAD).encode())

    def log_message(self, *_parts: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
@pytest.mark.one_database
def test_a_good_page_passes(open_page: OpenPage, pages: str) -> None:
    page = open_page(phone=True, dark=True, language="ar")
    page.goto(f"{pages}/good")
    assert_clean(page)
    assert_accessible(page)
    assert_fits(page)
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.evaluate("innerWidth") == 320
    assert page.evaluate("navigator.language") == "ar"
    assert screenshot(page, "harness").stat().st_size > 500


@pytest.mark.browser
@pytest.mark.one_database
def test_a_bad_page_is_noticed(open_page: OpenPage, pages: str) -> None:
    page = open_page()
    page.goto(f"{pages}/bad")
    page.wait_for_load_state("networkidle")
    watch = watch_of(page)
    assert watch.foreign_requests == ["http://elsewhere.invalid/picture.png"]
    assert any("script-src" in violation for violation in watch.violations)
    assert any("style-src" in violation for violation in watch.violations)
    assert {"html-has-lang", "image-alt", "document-title"} <= {v.rule for v in axe(page)}
    with pytest.raises(AssertionError, match=r"elsewhere\.invalid"):
        assert_clean(page)
