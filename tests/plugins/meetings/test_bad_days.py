"""Days on which something goes wrong: nothing is lost, and somebody is told in a sentence what to do.

Others stand where they belong: two who write at once, and an agenda of three hundred items, in test_minutes; a member
removed before the meeting and a chair who leaves midway in test_room; a plugin that is switched off in test_views.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from http.client import HTTPConnection
from itertools import repeat
from resource import RUSAGE_SELF, getrusage
from threading import Thread
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import make_server

from core.api import db
from core.i18n import today
from core.identity.models import Membership, Person
from core.identity.sessions import cookie_name
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.permissions import Role
from core.testing.app import World
from core.testing.contract import start_session
from core.testing.mailbox import Mailbox
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.agenda import ItemEntry, add_item
from plugins.meetings.services.meetings import change_meeting, entry_of
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.overview import calendar_entries
from plugins.meetings.services.room import read_room

from .conftest import See, in_city, items_of, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]
MEGABYTE = 1024 * 1024


def test_a_meeting_moved_across_a_clock_change_keeps_its_hour(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR)
        # The clocks are put back on the last Sunday of October.
        sunday = max(date(today().year + 1, 10, day) for day in range(25, 32)
                     if date(today().year + 1, 10, day).weekday() == 6)  # fmt: skip
        before, after = sunday - timedelta(5), sunday + timedelta(2)
        meeting = make(body, keeper, series_date=before)
        change_meeting(meeting, replace(entry_of(meeting), day=before), meeting.version, keeper)
        convening.convene(meeting, keeper)
        first = meeting.start_utc
        assert change_meeting(
            meeting, replace(entry_of(meeting), day=after), meeting.version, keeper
        )
        convening.follow(meeting)
        assert meeting.wall_start == datetime.combine(after, time(10))
        # A week later by the clock is a week and an hour later.
        assert meeting.start_utc - first == timedelta(days=7, hours=1)
        assert meeting.end_utc - meeting.start_utc == timedelta(hours=2)
        assert meeting.series_date == before
        (entry,) = calendar_entries(
            see(Role.CHAIR),
            datetime.combine(after, time(), UTC),
            datetime.combine(after, time(23), UTC),
            "/",
        )
        assert (entry.wall_start.hour, entry.start) == (10, meeting.start_utc)


def test_a_mailbox_that_bounces_is_told_to_who_prepares_the_meeting(
    world: World, see: See, mailbox: Mailbox, sign_in: SignIn
) -> None:
    world.app.config["MAIL_URL"] = mailbox.url
    mailbox.manner = "refuse"
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        convening.convene(meeting, keeper)
        db.session.commit()
        page = f"/alva/meetings/{meeting.id}/attendance"
    for _round in range(3):
        with world.app.app_context():
            for job in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
                job.run_after = job.created_at - timedelta(minutes=5)
                job.key = None
            db.session.commit()
            db.session.remove()
        Worker(world.app, daily=False).work_off()
    assert mailbox.attempts
    assert mailbox.messages == []
    with in_city(world):
        names = [
            each.shown_name
            for each in db.session.scalars(select(Membership))
            if each.id in {world.person("alva", role).membership_id for role in (Role.CHAIR, Role.MEMBER)}
        ]  # fmt: skip
        # They are expected as before, and can be marked as present.
        assert len(attendance.rows_of(meeting.id)) == 2
    told = sign_in(world.person("alva", Role.FOCAL_POINT)).get(page).get_data(as_text=True)
    assert "No mail reaches these people; call them:" in told
    note = told[told.index("No mail reaches") :][:600]
    assert all(name in note for name in names)
    # Nobody else is told of it.
    other = sign_in(world.person("alva", Role.MEMBER)).get(page).get_data(as_text=True)
    assert "No mail reaches" not in other


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The test's own application behind a real socket; its host and port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Upload:
    """A file of so many megabytes in the body of a form, made while it is sent."""

    def __init__(self, name: str, megabytes: int) -> None:
        part = 'Content-Disposition: form-data; name="files"; filename="{}"'
        self.head = f"--part\r\n{part.format(name)}\r\n\r\n%PDF-1.7\n".encode()
        self.end = b"\n%%EOF\n\r\n--part--\r\n"
        self.megabytes = megabytes
        self.length = len(self.head) + megabytes * MEGABYTE + len(self.end)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        yield from repeat(bytes(MEGABYTE), self.megabytes)
        yield self.end

    def post(self, host: str, path: str, cookie: str) -> tuple[int, str]:
        """Send it as a browser does, with its length."""
        with closing(HTTPConnection(host, timeout=30)) as connection:
            # Who refuses a body need not read it to its end.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(
                    "POST",
                    path,
                    body=iter(self),
                    headers={
                        "Cookie": cookie,
                        "Content-Type": "multipart/form-data; boundary=part",
                        "Content-Length": str(self.length),
                    },
                )
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


def test_an_attachment_of_200_megabytes_is_refused_with_a_sentence(
    world: World, see: See, sign_in: SignIn
) -> None:
    keeper = world.person("alva", Role.FOCAL_POINT)
    with in_city(world):
        meeting = make(make_body(see()), see())
        item = items_of(meeting)[0]
        item.background = "What was written before."
        db.session.get_one(Person, keeper.id).language = "fr"
        db.session.commit()
        page = f"/alva/meetings/items/{item.id}"
    cookie = f"{cookie_name(world.app)}={start_session(world.app, keeper.id)}"
    large, small = Upload("plan.pdf", 200), Upload("short.pdf", 1)
    with served(world.app) as host:
        before = getrusage(RUSAGE_SELF).ru_maxrss
        status, told = large.post(host, f"{page}/attachments", cookie)
        assert status == 413
        # In their own language.
        assert "dépasse la taille acceptée par ce site" in told
        # Nothing of it is held in memory, which is counted in kilobytes.
        assert getrusage(RUSAGE_SELF).ru_maxrss - before < 50 * 1024
        # They are signed in as before, and the same form takes a smaller one.
        assert small.post(host, f"{page}/attachments", cookie)[0] == 303
    shown = sign_in(keeper).get(page).get_data(as_text=True)
    assert "What was written before." in shown
    assert "short.pdf</a>" in shown
    assert "plan.pdf</a>" not in shown


def test_a_file_that_fits_the_page_and_is_too_large_for_a_file_says_how_large_it_may_be(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world):
        meeting = make(make_body(see()), see())
        page = f"/alva/meetings/items/{items_of(meeting)[0].id}"
        db.session.commit()
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    most = world.app.config["FILES_MOST_MEGABYTES"]
    large = io.BytesIO(b"%PDF-1.7\n" + b" " * (most * MEGABYTE + 1))
    answer = client.post(
        f"{page}/attachments", data={"files": (large, "plan.pdf")}, follow_redirects=True
    )
    assert answer.status_code == 200
    assert f"larger than {most} megabytes" in answer.get_data(as_text=True)
    assert "plan.pdf</a>" not in client.get(page).get_data(as_text=True)


def test_a_name_in_three_scripts_stays_as_it_is_written(
    world: World, see: See, sign_in: SignIn
) -> None:
    name = "Layla ليلى Лејла Çelebi"
    with in_city(world):
        keeper = see()
        member = world.person("alva", Role.MEMBER)
        row = db.session.scalars(
            select(Membership).where(Membership.id == member.membership_id)
        ).one()
        row.shown_name = name
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper, days=0)
        item = add_item(meeting, body, ItemEntry("Matter", "en", presenter_name=name), keeper)
        convening.start(meeting, keeper)
        attendance.add_person(meeting, keeper, name=f"{name} II", part="guest")
        convening.go_to(meeting, item, keeper)
        save_note(item, meeting, body, f"{name} spoke.", 0, keeper)
        convening.end(meeting, keeper)
        convening.circulate(meeting, keeper)
        assert {name, f"{name} II"} <= {each.name for each in read_room(meeting, "ar").people}
        db.session.commit()
        home, one = f"/alva/meetings/{meeting.id}", f"/alva/meetings/items/{item.id}"
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    # Each name has its own direction, so that the words around it keep theirs.
    assert f'dir="auto">{name}</strong>' in client.get(f"{home}/attendance").get_data(as_text=True)
    assert f"<bdi>{name}</bdi>" in client.get(one).get_data(as_text=True)
    for typed in ("ليلى", "lejla", "celebi", "LAYLA"):
        hits = client.get(f"/alva/search?q={typed}").get_data(as_text=True)
        assert one in hits, typed
    text = client.get("/alva/exports/meetings/attendance.csv").get_data().decode("utf-8-sig")
    assert f"{name} II" in text
