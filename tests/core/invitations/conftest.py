"""An activity to invite to, somebody who invites, a mail server, and a worker without patience."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import db, utcnow
from core.i18n import today
from core.invitations import services
from core.invitations.models import Invitee
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.permissions import Role, permissions_of
from core.registry import plugin_registry
from core.tenancy import current_city
from core.testing.app import Somebody, World
from core.testing.mailbox import Mailbox
from core.values import Ref, Viewer
from plugins.activities.models import Activity
from plugins.activities.services.entries import Entry, entry_of
from plugins.activities.services.records import change_activity, change_status, log_activity
from plugins.activities.words import Status


class Reading:
    """What the parts of a mail say."""

    @staticmethod
    def calendar(message: EmailMessage) -> Any:
        """The message for calendar programs, as icalendar reads it."""
        from icalendar import Calendar

        (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
        return Calendar.from_ical(part.get_content())

    @classmethod
    def event(cls, message: EmailMessage) -> Any:
        (event,) = cls.calendar(message).walk("VEVENT")
        return event

    @staticmethod
    def text(message: EmailMessage) -> str:
        (part,) = [one for one in message.walk() if one.get_content_type() == "text/plain"]
        return str(part.get_content())

    @classmethod
    def link(cls, message: EmailMessage) -> str:
        """The path of the link by which the recipient answers."""
        found = re.search(r"http://localhost(/answer/\S+)", cls.text(message))
        assert found, cls.text(message)
        return found[1]


@pytest.fixture
def read() -> type[Reading]:
    """Reads mails."""
    return Reading


@dataclass
class Scene:
    """One activity of the school of Alva, and what can be done with it."""

    app: Flask
    world: World
    mailbox: Mailbox
    subject: Ref
    activity_id: str
    day: date

    def viewer(self, role: Role = Role.MEMBER, city: str = "alva") -> Viewer:
        somebody = self.world.person(city, role)
        registry = plugin_registry(self.app)
        return Viewer(
            person_id=somebody.id,
            name=role.value,
            locale="en",
            city_id="",
            membership_id=somebody.membership_id,
            organisation_id=self.world.organisations[city][list(Role).index(role) % 2],
            roles=frozenset({role.value}),
            permissions=permissions_of([role], registry.permissions(set(registry.plugins))),
        )

    def member(self, role: Role) -> Somebody:
        return self.world.person("alva", role)

    @contextmanager
    def inside(self) -> Iterator[Activity]:
        """The city in force and the activity, committed at the end."""
        with self.world.in_city("alva"):
            yield self.load()
            db.session.commit()

    def invite(self, *roles: Role, guests: tuple[services.Guest, ...] = ()) -> None:
        with self.inside():
            members = [self.member(role).membership_id for role in roles]
            services.invite(self.subject, members, self.viewer(), guests)

    def change(self, **facts: Any) -> None:
        with self.inside() as activity:
            entry = replace(entry_of(activity, ()), **facts)
            change_activity(activity, entry, activity.version, self.viewer(), today())

    def status(self, status: Status) -> None:
        with self.inside() as activity:
            change_status(activity, status, self.viewer(), today())

    def withdraw(self, *ids: str) -> None:
        with self.inside():
            services.withdraw(self.subject, ids, self.viewer())

    def answer(self, role: Role | None, answer: str) -> None:
        """Let a member, or the guest, answer."""
        wanted = self.row(role).id
        with self.inside():
            services.set_answer(self.subject, wanted, answer)

    def load(self) -> Activity:
        activity = db.session.get(Activity, (current_city().id, self.activity_id))
        assert activity is not None
        return activity

    def rows(self) -> list[Invitee]:
        with self.world.in_city("alva"):
            return list(
                db.session.scalars(select(Invitee).order_by(Invitee.created_at, Invitee.id))
            )

    def row(self, role: Role | None = None) -> Invitee:
        """The row of a member, or of the guest."""
        wanted = self.member(role).membership_id if role else None
        (found,) = [row for row in self.rows() if row.membership_id == wanted]
        return found

    def jobs(self) -> list[Job]:
        with self.app.app_context():
            return list(db.session.scalars(select(Job).where(Job.kind == services.JOB)))

    def work(self) -> list[EmailMessage]:
        """Let the minute be over and the worker run; the mails that came of it."""
        before = len(self.mailbox.messages)
        for _round in range(2):
            with self.app.app_context():
                for row in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
                    row.run_after = utcnow() - timedelta(seconds=1)
                    # Its minute is over, so what is changed from now on is another's.
                    row.key = None
                db.session.commit()
            Worker(self.app, daily=False).work_off()
        return list(self.mailbox.messages[before:])


def a_day_ahead() -> date:
    return today() + timedelta(days=20)


MakeScene = Callable[..., Scene]


@pytest.fixture
def make_scene(app: Flask, world: World, mailbox: Mailbox) -> MakeScene:
    """Makes an activity in Alva, three weeks ahead, with what the test says of it."""
    app.config["MAIL_URL"] = mailbox.url
    app.config["MAIL_FROM"] = "Maillage <network@alva.example>"

    def make(**facts: Any) -> Scene:
        usual: dict[str, Any] = {
            "title": "Media literacy workshop",
            "type": "workshop",
            "start_date": a_day_ahead(),
            "start_time": time(10),
            "end_time": time(12),
            "place": "Youth centre, hall 2",
            "organisation_id": world.organisations["alva"][0],
            "language": "en",
            "description": "Only for the page: bring the key",
        }
        scene = Scene(app, world, mailbox, Ref("activities", "activity", ""), "", today())
        with world.in_city("alva"):
            activity = log_activity(Entry(**(usual | facts)), scene.viewer(), today())
            db.session.commit()
            scene.activity_id, scene.day = activity.id, activity.start_date
            scene.subject = Ref("activities", "activity", activity.id)
        return scene

    return make


@pytest.fixture
def scene(make_scene: MakeScene) -> Scene:
    """A workshop of two hours, three weeks ahead."""
    return make_scene()
