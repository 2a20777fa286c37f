"""The daily work done twice, or by several at the same time, does everything once."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core import daily
from core.actions.models import Action
from core.api import Viewer
from core.daily import DailyReport, run_daily
from core.database import db, utcnow
from core.exporting.models import Export
from core.files.store import path_of
from core.identity.models import SessionRow
from core.importing.models import PendingTable
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.notifications.models import Notification, Reminder
from core.permissions import Role
from core.testing.app import World
from core.testing.mailbox import Mailbox
from plugins.activities.models import Activity
from plugins.activities.services.entries import Entry
from plugins.activities.services.records import log_activity
from plugins.activities.services.rhythm import Every, Rhythm
from plugins.activities.services.series import repeat

Make = Callable[..., Entry]
See = Callable[..., Viewer]
Manner = Callable[[Flask], list[DailyReport]]

LONG_AGO = timedelta(days=400)
STORED = "a" * 32


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> date:
    """The last Monday, on which the daily work believes itself to be, since the week's numbers are told on Mondays."""
    now = utcnow()
    noon = datetime.combine(now.date() - timedelta(days=now.weekday()), datetime.min.time(), UTC)
    monkeypatch.setattr(daily, "utcnow", lambda: noon + timedelta(hours=12))
    return noon.date()


def one_after_the_other(app: Flask) -> list[DailyReport]:
    reports = []
    for _time in range(2):
        with app.app_context():
            reports.append(run_daily())
            db.session.remove()
    return reports


def at_once(app: Flask) -> list[DailyReport]:
    together = threading.Barrier(3)
    reports: list[DailyReport] = []

    def run() -> None:
        with app.app_context():
            together.wait(timeout=20)
            try:
                reports.append(run_daily())
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(reports) == 3
    return reports


def leave_work_behind(world: World, see: See, make: Make, monday: date) -> Path:
    """What each part of the daily work looks for; the file that is to be swept away."""
    member = see()
    with world.in_city("alva") as city:
        for text, days in (("Today", 0), ("Soon", 2), ("Late", -1)):
            db.session.add(
                Action(
                    text=text,
                    language="en",
                    organisation_id=member.organisation_id,
                    assignee_id=member.membership_id,
                    due_on=monday + timedelta(days=days),
                )
            )
        log_activity(make(days=3, title="Comes"), member, monday)
        log_activity(make(days=-20, title="Lacks its report"), member, monday)
        # Made a hundred days ago, so that its next dates are to be made.
        first = log_activity(make(days=-100, title="Endless"), member, monday - timedelta(days=100))
        repeat(first, Rhythm(Every.MONTH_DATE), (), member, monday - timedelta(days=100))
        db.session.add(
            PendingTable(
                made_by=member.membership_id, kind="people", data=b"", seen_on=monday,
                expires_at=utcnow() - LONG_AGO,
            )
        )  # fmt: skip
        db.session.add(
            Export(
                membership_id=member.membership_id, plugin="directory", list_name="people", file_kind="csv",
                language="en", state="ready", stored_as=STORED, expires_at=utcnow() - LONG_AGO,
            )
        )  # fmt: skip
        file = path_of(city.id, STORED)
        db.session.add(
            SessionRow(
                token_hash="x" * 64, person_id=member.person_id, idle_minutes=30,
                seen_at=utcnow() - LONG_AGO, ends_at=utcnow() - LONG_AGO,
            )
        )  # fmt: skip
        db.session.add(Job(kind="mail.send", done_at=utcnow() - LONG_AGO))
        db.session.add(
            Notification(
                membership_id=member.membership_id, kind="actions.due", at=utcnow() - LONG_AGO, unread=False
            )
        )  # fmt: skip
        db.session.commit()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    os.utime(file, (time.time() - 7 * 86400,) * 2)
    return file


def told(world: World, slug: str) -> Counter[tuple[str, str, int]]:
    with world.in_city(slug):
        rows = db.session.execute(
            select(Notification.kind, Notification.membership_id, Notification.times)
        )
        return Counter((row[0], row[1], row[2]) for row in rows)


def dates_of(world: World) -> list[tuple[str, date]]:
    with world.in_city("alva"):
        rows = db.session.execute(
            select(Activity.title, Activity.start_date).order_by(
                Activity.start_date, Activity.title
            )
        )
        return [(row[0], row[1]) for row in rows]


def send_mails(world: World) -> None:
    """Let the moment have come at which what was told is gathered into mails, and send them."""
    for slug in ("alva", "bruma"):
        with world.in_city(slug):
            due = Notification.mail_due_at.is_not(None)
            db.session.execute(update(Notification).where(due).values(mail_due_at=utcnow()))
            db.session.execute(
                update(Job).where(Job.kind == "notifications.round").values(run_after=utcnow())
            )
            db.session.commit()
    Worker(world.app, daily=False).work_off()


@pytest.mark.parametrize("manner", [one_after_the_other, at_once])
def test_everything_is_done_once(
    world: World, see: See, make: Make, monday: date, mailbox: Mailbox, manner: Manner
) -> None:
    world.app.config["MAIL_URL"] = mailbox.url
    file = leave_work_behind(world, see, make, monday)
    before = dates_of(world)
    # What was told while that was written is not what is counted here.
    with world.in_city("alva"):
        earlier = set(db.session.scalars(select(Notification.kind).where(Notification.unread)))
        db.session.execute(update(Job).where(Job.done_at.is_(None)).values(done_at=utcnow()))
        db.session.commit()
    assert earlier == set()

    reports = manner(world.app)
    assert [report.failed for report in reports] == [[]] * len(reports)
    removed: Counter[str] = Counter()
    for report in reports:
        removed.update(report.removed)
    assert (removed["sessions"], removed["exports"], removed["jobs"]) == (1, 1, 1)
    assert not file.exists()

    # Three reminders of actions, the week's numbers, and what lacks a report: each once.
    member = world.person("alva", Role.MEMBER).membership_id
    found = told(world, "alva")
    assert set(found.values()) <= {1, 2}
    assert found["actions.due", member, 1] == 2, "one for each of two actions"
    assert found["actions.late", member, 1] == 1
    assert found["week.digest", world.person("alva", Role.FOCAL_POINT).membership_id, 1] == 1
    assert found["activities.report_waiting", member, 1] == 1
    assert {times for _kind, _member, times in found} == {1}
    after = dates_of(world)
    assert len(after) == len(set(after)), "no date of a series stands there twice"
    assert len(after) - len(before) in {3, 4}
    with world.in_city("alva"):
        assert db.session.scalar(select(func.count()).select_from(PendingTable)) == 0
        reminders = db.session.scalars(select(Reminder.ref_id).where(Reminder.sent_at.is_(None)))
        assert max(Counter(reminders).values()) == 1

    # The mails as well: whoever is told of several things at once gets them in one.
    send_mails(world)
    mails = Counter(str(message["To"]) for message in mailbox.messages)
    assert mails[world.person("alva", Role.MEMBER).email] == 1
    assert set(mails.values()) == {1}

    # And once more, after the mails have gone: nothing is new.
    with world.app.app_context():
        again = run_daily()
        db.session.remove()
    assert again.failed == []
    assert not any(again.removed.values())
    send_mails(world)
    assert told(world, "alva") == found
    assert dates_of(world) == after
    assert Counter(str(message["To"]) for message in mailbox.messages) == mails
