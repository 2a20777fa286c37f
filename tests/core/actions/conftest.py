"""Actions written down by somebody, on an activity or by themselves, and what each reader is told of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.actions import services, telling
from core.actions.models import Action, ActionChange
from core.actions.words import Status
from core.database import db, utcnow
from core.folding import sort_key
from core.i18n import today
from core.identity.models import Membership
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.notifications.models import Notification
from core.permissions import Role, permissions_of
from core.registry import plugin_registry
from core.testing.app import Somebody, World
from core.testing.mailbox import Mailbox
from core.testing.pages import parse
from core.values import Ref, Viewer
from plugins.activities.services.entries import Entry
from plugins.activities.services.records import log_activity

SignIn = Callable[[Somebody], FlaskClient]


@dataclass
class Scene:
    """The city of Alva, in which everybody of the first organisation is told of what its member writes down.

    The focal point, members, data-protection officers and observers speak for the school, chairs, lead workers and
    administrators for the youth centre.
    """

    app: Flask
    world: World
    mailbox: Mailbox
    enter: SignIn
    _clients: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def school(self) -> str:
        return self.world.organisations["alva"][0]

    @property
    def centre(self) -> str:
        return self.world.organisations["alva"][1]

    def member(self, role: Role, city: str = "alva") -> str:
        return self.world.person(city, role).membership_id

    def client(self, role: Role, city: str = "alva") -> FlaskClient:
        somebody = self.world.person(city, role)
        if somebody.id not in self._clients:
            self._clients[somebody.id] = self.enter(somebody)
        return self._clients[somebody.id]

    def words(self, role: Role, path: str) -> str:
        """What somebody reads on a page."""
        answer = self.client(role).get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return parse(answer.get_data(as_text=True)).text()

    def viewer(self, role: Role = Role.MEMBER, city: str = "alva") -> Viewer:
        somebody = self.world.person(city, role)
        registry = plugin_registry(self.app)
        with self.world.in_city(city) as there:
            membership = db.session.get_one(Membership, (there.id, somebody.membership_id))
            return Viewer(
                person_id=somebody.id,
                name=role.value,
                locale="en",
                city_id=there.id,
                membership_id=somebody.membership_id,
                organisation_id=membership.organisation_id,
                roles=frozenset({role.value}),
                permissions=permissions_of([role], registry.permissions(set(registry.plugins))),
            )

    def log(self, **facts: Any) -> Ref:
        """The member of the school logs an activity."""
        usual: dict[str, Any] = {
            "title": "Media literacy workshop",
            "type": "workshop",
            "start_date": today() + timedelta(days=20),
            "organisation_id": self.school,
            "language": "en",
        }
        who = self.viewer()
        with self.world.in_city("alva"):
            made = log_activity(Entry(**(usual | facts)), who, today())
            db.session.commit()
            return Ref("activities", "activity", made.id)

    def add(
        self,
        text: str = "Book the room",
        days: int = 5,
        *,
        to: Role | None = None,
        organisation: str = "",
        by: Role = Role.MEMBER,
        subject: Ref | None = None,
        restricted: bool = False,
    ) -> str:
        """Somebody adds an action for a person, else for an organisation, else for the school; its identifier."""
        who = self.viewer(by)
        of = self.viewer(to).organisation_id if to else organisation or self.school
        with self.world.in_city("alva"):
            entry = services.ActionEntry(
                text,
                "en",
                str(of),
                self.member(to) if to else None,
                today() + timedelta(days=days),
            )
            made = services.add_action(entry, who, subject=subject, restricted=restricted)
            db.session.commit()
            return made.id

    def settle(
        self, identifier: str, status: Status, reason: str = "", by: Role = Role.MEMBER
    ) -> None:
        who = self.viewer(by)
        with self.world.in_city("alva"):
            found = services.find_any(identifier, for_change=True)
            assert found is not None
            services.set_status(found, status, who, today(), reason=reason)
            db.session.commit()

    def stored(self, identifier: str) -> Action:
        with self.world.in_city("alva"):
            found = db.session.scalars(select(Action).where(Action.id == identifier)).one()
            db.session.expunge(found)
            return found

    def changes(self, identifier: str) -> list[dict[str, Any]]:
        """What was changed, the first first."""
        with self.world.in_city("alva"):
            return list(
                db.session.scalars(
                    select(ActionChange.fields)
                    .where(ActionChange.action_id == identifier)
                    .order_by(ActionChange.version)
                )
            )

    def number(self) -> int:
        with self.world.in_city("alva"):
            return db.session.query(Action).count()

    def set_member(self, role: Role, **facts: Any) -> None:
        with self.world.in_city("alva") as city:
            found = db.session.get_one(Membership, (city.id, self.member(role)))
            for name, value in facts.items():
                setattr(found, name, value)
            db.session.commit()

    def on_paper(self, organisation: str, name: str = "Vera Paper") -> str:
        """Somebody without an account; their membership."""
        with self.world.in_city("alva"):
            one = Membership(
                shown_name=name,
                sort_key=sort_key(name),
                roles=["member"],
                organisation_id=organisation,
            )
            db.session.add(one)
            db.session.commit()
            return one.id

    def remind(self, day: date | None = None) -> int:
        with self.world.in_city("alva"):
            found = telling.remind(day or today())
            db.session.commit()
            return found

    def told(self, kind: str = "") -> list[tuple[str, str, dict[str, Any], int]]:
        """Of what kind, whom, with which facts, and how often; in the order of kinds and people."""
        with self.world.in_city("alva"):
            rows = db.session.scalars(
                select(Notification).order_by(Notification.kind, Notification.membership_id)
            )
            return [
                (row.kind, row.membership_id, row.facts, row.times)
                for row in rows
                if row.kind.startswith(kind)
            ]

    def whom(self, kind: str) -> set[str]:
        return {member for _kind, member, _facts, _times in self.told(kind)}

    def mails(self) -> list[EmailMessage]:
        """Let the worker send all that waits; what came of it."""
        before = len(self.mailbox.messages)
        for _round in range(2):
            with self.app.app_context():
                for row in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
                    row.run_after, row.key = utcnow() - timedelta(seconds=1), None
                db.session.commit()
            with self.world.in_city("alva"):
                for one in db.session.scalars(
                    select(Notification).where(Notification.mail_due_at.is_not(None))
                ):
                    one.mail_due_at = utcnow() - timedelta(seconds=1)
                db.session.commit()
            Worker(self.app, daily=False).work_off()
        return list(self.mailbox.messages[before:])


@pytest.fixture
def scene(app: Flask, world: World, mailbox: Mailbox, sign_in: SignIn) -> Scene:
    """The city, its people, and where their mails arrive."""
    app.config["MAIL_URL"] = mailbox.url
    app.config["MAIL_FROM"] = "Maillage <network@alva.example>"
    return Scene(app, world, mailbox, sign_in)


def day_of_alva() -> date:
    """The day in Alva, which for some hours is another than that of the machine."""
    return today("Europe/Skopje")


def in_days(days: int) -> str:
    """A day of Alva as a form sends it."""
    return (day_of_alva() + timedelta(days=days)).isoformat()
