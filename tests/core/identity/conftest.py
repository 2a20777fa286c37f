"""What the tests of signing in share: mails that were sent, a clock for rows, a key of one's own."""

from __future__ import annotations

import email
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import db
from core.identity.models import Person, SessionRow
from core.jobs.worker import Worker


@dataclass
class Post:
    """The mails that were sent, as files."""

    app: Flask
    seen: set[Path] = field(default_factory=set)

    def come(self) -> list[EmailMessage]:
        """Let the worker do everything, and give the mails that are new."""
        Worker(self.app, daily=False).work_off()
        folder = Path(self.app.instance_path) / "mail"
        files = sorted(set(folder.glob("*.eml")) - self.seen) if folder.exists() else []
        self.seen.update(files)
        return [
            email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files
        ]

    def link(self, to: str, start: str) -> str:
        """The path of the link in the one new mail to ``to`` that has one beginning with ``start``."""
        for message in self.come():
            if message["To"] == to:
                found = re.search(re.escape(start) + r"[\w.\-]+", message.get_content())
                if found:
                    return found[0]
        raise AssertionError(f"No mail to {to} with a link to {start} came.")


@pytest.fixture
def post(app: Flask) -> Post:
    """The mails that this test's application sends."""
    return Post(app)


@pytest.fixture
def row_clock(app: Flask) -> Callable[[timedelta], None]:
    """Makes every session look as if so much time had passed since it began and was last seen."""

    def pass_time(passed: timedelta) -> None:
        with app.app_context():
            for row in db.session.query(SessionRow).all():
                row.seen_at -= passed
                row.created_at -= passed
                row.ends_at -= passed
            db.session.commit()

    return pass_time


@pytest.fixture
def captured(app: Flask) -> Callable[[FlaskClient], FlaskClient]:
    """Another browser, with the cookie that somebody's browser holds at this moment."""

    def capture(client: FlaskClient) -> FlaskClient:
        cookie = client.get_cookie("maillage")
        assert cookie is not None
        other = app.test_client()
        other.set_cookie("maillage", cookie.value)
        return other

    return capture


@pytest.fixture
def opens() -> Callable[[FlaskClient], bool]:
    """Whether a browser gets behind sign-in."""

    def ask(client: FlaskClient) -> bool:
        answer = client.get("/me/devices")
        assert answer.status_code in {200, 302, 303}
        return answer.status_code == 200

    return ask


@pytest.fixture
def person_at(app: Flask) -> Callable[[str], Person]:
    """The person with an address, read anew, for looking at."""

    def look(address: str) -> Person:
        with app.app_context():
            found = db.session.query(Person).filter_by(email=address).one()
            db.session.expunge(found)
        return found

    return look
