"""The demo, served as people get it, and somebody of it in every role."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.permissions import Role
from core.testing.postgres import RUN_FOLDER, alone
from core.testing.serving import maillage, served


def make_demo(folder: Path) -> None:
    """Make an instance folder with the demo in it, by the commands that people use."""
    for command in (("db", "upgrade"), ("demo",)):
        done = maillage(*command, settings={}, instance=folder)
        assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class DemoSite:
    """A running demo: its address, its instance folder, and everybody who may sign in."""

    url: str
    instance: Path
    # Addresses by city and role.
    people: dict[tuple[str, Role], str]
    # Found by whoever asks first; see test_every_page.py.
    pages: dict[str, list[str]] = field(default_factory=dict)

    @contextlib.contextmanager
    def inside(self) -> Iterator[Flask]:
        """The application of the demo in this process, for what no page does."""
        from core import create_app
        from core.database import db

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MAILLAGE_INSTANCE", str(self.instance))
            app = create_app({"TESTING": True, "SITE_URL": self.url})
            try:
                yield app
            finally:
                with app.app_context():
                    db.session.remove()
                    db.engine.dispose()

    def reads(self, city: str, role: Role, *, language: str = "", theme: str = "auto") -> str:
        """Let somebody read in a language and in light or dark; their identifier."""
        from core.database import db
        from core.identity.models import Person

        with self.inside() as app, app.app_context():
            person = db.session.query(Person).filter_by(email=self.people[city, role]).one()
            person.language = language or person.language
            person.theme = theme
            db.session.commit()
            return person.id

    def state(self, city: str, role: Role, *, language: str = "", theme: str = "auto") -> Any:
        """What ``open_page(storage_state=…)`` takes: somebody who has just signed in, and how they read."""
        from core.identity.sessions import cookie_name
        from core.testing.contract import start_session

        identity = self.reads(city, role, language=language, theme=theme)
        with self.inside() as app:
            token = start_session(app, identity)
        cookie = {
            "name": cookie_name(app),
            "value": token,
            "domain": "127.0.0.1",
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": False,
            "sameSite": "Lax",
        }
        return {"cookies": [cookie], "origins": []}

    def grow_old(self, city: str, role: Role) -> None:
        """Let every session of somebody have lain idle for two days."""
        from sqlalchemy import update

        from core.database import db, utcnow
        from core.identity.models import Person, SessionRow

        with self.inside() as app, app.app_context():
            person = db.session.query(Person).filter_by(email=self.people[city, role]).one()
            db.session.execute(
                update(SessionRow)
                .where(SessionRow.person_id == person.id)
                .values(seen_at=utcnow() - timedelta(days=2))
            )
            db.session.commit()


@pytest.fixture(scope="session")
def demo_template() -> Path:
    """The instance folder of the demo, made once in a whole run."""
    folder = Path(os.environ[RUN_FOLDER]) / "demo"
    with alone("demo"):
        if not folder.exists():
            unfinished = folder.with_name("demo-unfinished")
            make_demo(unfinished)
            unfinished.rename(folder)
    return folder


def serve_demo(template: Path, folder: Path) -> Iterator[DemoSite]:
    """Serve a copy of the demo until the generator is closed."""
    from core.demo.people import ACCOUNTS

    instance = folder / "instance"
    shutil.copytree(template, instance)
    people = {
        (city, person.role): person.email(city)
        for city, accounts in ACCOUNTS.items()
        for person in reversed(accounts)
    }
    with served({"MAILLAGE_LOG_LEVEL": "WARNING"}, instance=instance, threads=4) as running:
        yield DemoSite(running.url, instance, people)
        faults = [line for line in running.log_text().splitlines() if '"ERROR"' in line]
    assert not faults, json.dumps(faults[:5])


@pytest.fixture(scope="module")
def demo(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    """A demo for all tests of a module."""
    yield from serve_demo(demo_template, tmp_path_factory.mktemp("demo"))
