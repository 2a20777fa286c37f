"""A clock that tests set, a site whose mails arrive, and a kind of notification that nobody else tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import db
from core.identity.models import Person
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.notifications import kinds
from core.notifications.kinds import NotificationKind, Told, register_kinds
from core.permissions import Role, permissions_of
from core.testing.app import World
from core.testing.mailbox import Mailbox
from core.values import Ref, Viewer
from plugins.activities.permissions import PERMISSIONS
from plugins.activities.services.entries import Entry
from plugins.activities.services.records import change_activity, find_activity, log_activity

KIND = "probe.thing"
# Everything that asks for the moment on the way from a notification to its mail.
CLOCKS = (
    "core.notifications.services.utcnow",
    "core.notifications.mails.utcnow",
    "core.notifications.choices.utcnow",
    "core.jobs.services.utcnow",
    "core.jobs.worker.utcnow",
)


@dataclass
class Clock:
    """The moment that the site believes it to be."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def go(self, **more: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**more)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """This moment, until a test lets time pass."""
    made = Clock(datetime.now(UTC).replace(microsecond=0))
    for name in CLOCKS:
        monkeypatch.setattr(name, made)
    return made


@pytest.fixture(autouse=True)
def kind() -> Iterator[NotificationKind]:
    """A kind of core that says how often something happened, and to what."""

    def words(told: Told) -> str:
        if told.facts.get("fault"):
            raise KeyError("fault")
        return f"Thing {told.facts.get('n', '')} times {told.times} title [{told.title}] by [{told.actor}]"

    made = NotificationKind(KIND, "Things of tests", words)
    register_kinds(made)
    yield made
    del kinds._OF_CORE[KIND]


@pytest.fixture
def site(app: Flask, mailbox: Mailbox) -> Flask:
    """The site, whose mails arrive in ``mailbox``."""
    app.config["MAIL_URL"] = mailbox.url
    return app


@pytest.fixture
def work(site: Flask) -> Callable[[], int]:
    """Let a worker do everything that is due."""
    return lambda: Worker(site, daily=False).work_off()


def viewer_of(world: World, city: str = "alva", role: Role = Role.MEMBER) -> Viewer:
    """How somebody of the test's world looks."""
    somebody = world.person(city, role)
    return Viewer(
        person_id=somebody.id,
        name=role.value,
        locale="en",
        city_id="",
        membership_id=somebody.membership_id,
        organisation_id=world.organisations[city][list(Role).index(role) % 2],
        roles=frozenset({role.value}),
        permissions=permissions_of([role.value], PERMISSIONS),
    )


def reads(world: World, city: str, role: Role, **facts: Any) -> None:
    """Give somebody a language or a zone of their own."""
    with world.app.app_context():
        person = db.session.get(Person, world.person(city, role).id)
        assert person is not None
        for name, value in facts.items():
            setattr(person, name, value)
        db.session.commit()


def log(world: World, *, city: str = "alva", role: Role = Role.MEMBER, **facts: Any) -> Ref:
    """Somebody logs an activity."""
    who = viewer_of(world, city, role)
    usual: dict[str, Any] = {
        "title": "Media literacy workshop",
        "type": "workshop",
        "start_date": date.today() + timedelta(days=10),  # noqa: DTZ011  days ahead either way
        "start_time": time(17),
        "organisation_id": who.organisation_id,
        "language": "en",
    }
    with world.in_city(city):
        made = log_activity(Entry(**(usual | facts)), who, date.today())  # noqa: DTZ011  as above
        db.session.commit()
        return Ref("activities", "activity", made.id)


def change(
    world: World, ref: Ref, *, city: str = "alva", role: Role = Role.MEMBER, **facts: Any
) -> None:
    """Somebody changes an activity."""
    from dataclasses import replace

    from plugins.activities.services.entries import entry_of
    from plugins.activities.services.records import partner_ids

    who = viewer_of(world, city, role)
    with world.in_city(city):
        found = find_activity(ref.id, who, for_change=True)
        assert found is not None
        entry = replace(entry_of(found, partner_ids(found.id)), **facts)
        change_activity(found, entry, found.version, who, date.today())  # noqa: DTZ011  as above
        db.session.commit()


def text_of(message: EmailMessage) -> str:
    """What a mail says."""
    return "\n".join(str(message.get_content()).splitlines()) + "\n"


def mails_waiting(app: Flask) -> list[Job]:
    """The mails that are not sent yet."""
    with app.app_context():
        return list(
            db.session.scalars(select(Job).where(Job.kind == "mail.send", Job.done_at.is_(None)))
        )
