"""The messages as calendar programs read them: icalendar reads every line, khal keeps what it was sent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.invitations.itip import Mailbox, Message
from core.invitations.services import Guest
from core.permissions import Role
from core.values import CalendarEntry
from plugins.activities.words import Status

from .conftest import Scene

BIN = Path(sys.executable).parent
SKOPJE = ZoneInfo("Europe/Skopje")


def entry(start: str, hours: int = 2, **facts: Any) -> CalendarEntry:
    wall = datetime.fromisoformat(start)
    moment = wall.replace(tzinfo=SKOPJE).astimezone(UTC)
    usual: dict[str, Any] = {
        "uid": "one@maillage",
        "sequence": 3,
        "kind": "probe",
        "title": "Средба",
        "status": "planned",
        "zone": "Europe/Skopje",
        "start": moment,
        "end": moment + timedelta(hours=hours),
        "wall_start": wall,
        "wall_end": wall + timedelta(hours=hours),
        "updated": datetime(2026, 1, 2, tzinfo=UTC),
        "language": "mk",
        "place": "Дом; сала 2, горе\nкат",
    }
    return CalendarEntry(**(usual | facts))


def message(one: CalendarEntry, **facts: Any) -> Message:
    usual: dict[str, Any] = {
        "method": "REQUEST",
        "entry": one,
        "sequence": 4,
        "stamp": datetime(2026, 3, 1, 8, tzinfo=UTC),
        "organiser": Mailbox("Мрежа", "network@alva.example"),
        "recipient": Mailbox('Nour "N"; Haddad', "nour@elsewhere.example"),
        "answer": "",
        "title": one.title,
        "description": "Answer here: https://x.example/answer/abc",
        "url": "https://x.example/answer/abc",
        "locale_tag": "ar",
    }
    return Message(**(usual | facts))


def read_calendar(text: str) -> Any:
    from icalendar import Calendar

    return Calendar.from_ical(text)


def read_event(text: str) -> Any:
    (event,) = read_calendar(text).walk("VEVENT")
    return event


def test_what_stands_in_a_request() -> None:
    text = message(entry("2026-03-28T10:00")).text()
    calendar = read_calendar(text)
    assert calendar["METHOD"] == "REQUEST"
    assert calendar["VERSION"] == "2.0"
    event = read_event(text)
    assert event["UID"] == "one@maillage"
    assert event["SEQUENCE"] == 4
    assert event["DTSTAMP"].dt == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert event["LAST-MODIFIED"].dt == datetime(2026, 1, 2, tzinfo=UTC)
    assert event["SUMMARY"] == "Средба"
    assert event["LOCATION"] == "Дом; сала 2, горе\nкат"
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"] == "mailto:network@alva.example"
    assert event["ORGANIZER"].params["CN"] == "Мрежа"
    assert not isinstance(event["ATTENDEE"], list), "exactly one"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert event["ATTENDEE"].params["CN"] == "Nour  N ; Haddad"
    assert event["URL"] == "https://x.example/answer/abc"
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("answer", "word"),
    [("accepted", "ACCEPTED"), ("tentative", "TENTATIVE"), ("declined", "DECLINED")],
)
def test_the_present_answer_comes_along(answer: str, word: str) -> None:
    event = read_event(message(entry("2026-03-28T10:00"), answer=answer).text())
    assert event["ATTENDEE"].params["PARTSTAT"] == word


def test_moved_across_the_change_of_the_clock_it_keeps_its_hour() -> None:
    before, after = (read_event(message(entry(f"2026-03-{day}T10:00")).text()) for day in (28, 29))
    assert before["DTSTART"].dt.hour == after["DTSTART"].dt.hour == 10
    lasted = after["DTSTART"].dt.astimezone(UTC) - before["DTSTART"].dt.astimezone(UTC)
    assert lasted == timedelta(hours=23)
    assert after["DTSTART"].params["TZID"] == "Europe/Skopje"
    # The zone is told in the message, and icalendar takes it from there.
    zones = read_calendar(message(entry("2026-03-29T10:00")).text()).walk("VTIMEZONE")
    assert [str(zone["TZID"]) for zone in zones] == ["Europe/Skopje"]


def test_whole_days_end_on_the_day_after_the_last() -> None:
    one = entry(
        "2026-03-28T00:00",
        all_day=True,
        start_date=date(2026, 3, 28),
        end_date=date(2026, 3, 30),
    )
    event = read_event(message(one).text())
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 3, 28), date(2026, 3, 31))


def test_a_restricted_one_has_neither_place_nor_the_words_of_its_own() -> None:
    one = entry("2026-03-28T10:00", busy_only=True, title="Canary", place="Canary")
    text = message(one, title="Invitation from the school").text()
    assert "Canary" not in text
    assert read_event(text)["SUMMARY"] == "Invitation from the school"


def test_a_cancellation_names_the_state() -> None:
    text = message(entry("2026-03-28T10:00"), method="CANCEL", description="").text()
    event = read_event(text)
    assert read_calendar(text)["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["TRANSP"] == "TRANSPARENT"
    assert "DESCRIPTION" not in event


# -- A program that people use -----------------------------------------------------------------------------


@pytest.fixture
def khal(tmp_path: Path) -> Callable[[EmailMessage], list[str]]:
    """Takes the file attached to a mail into khal, as one does by opening it; gives what khal then shows."""
    (tmp_path / "events").mkdir()
    settings = tmp_path / "khal.conf"
    settings.write_text(
        f"[calendars]\n[[own]]\npath = {tmp_path / 'events'}\n[sqlite]\npath = {tmp_path}/khal.db\n"
        "[locale]\nlocal_timezone = Europe/Skopje\ndefault_timezone = Europe/Skopje\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(BIN / "khal"), "-c", str(settings), *command],
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def take(mail: EmailMessage) -> list[str]:
        (file,) = mail.iter_attachments()
        assert file.get_filename() == "invitation.ics"
        path = tmp_path / "invitation.ics"
        path.write_bytes(file.get_content())
        run("import", "--batch", "-a", "own", str(path))
        shown = run(
            "list", "--day-format", "", "--format",
            "{start-date} {start-time}-{end-time} {title} [{location}] {status}",
            "today", "400d",
        )  # fmt: skip
        return [" ".join(line.split()) for line in shown.splitlines() if line.strip()]

    return take


def test_khal_takes_the_request_the_update_and_the_cancellation(
    scene: Scene, khal: Callable[[EmailMessage], list[str]]
) -> None:
    scene.invite(Role.CHAIR)
    (mail,) = scene.work()
    day = scene.day.isoformat()
    place = "[Youth centre, hall 2]"
    assert khal(mail) == [f"{day} 10:00-12:00 Media literacy workshop {place} CONFIRMED"]
    # Into summer, whatever the season of the test.
    summer = date(scene.day.year + 1, 7, 6)
    scene.change(start_date=summer, start_time=time(15), end_time=time(17))
    (mail,) = scene.work()
    assert khal(mail) == [f"{summer} 15:00-17:00 Media literacy workshop {place} CONFIRMED"]
    scene.status(Status.CANCELLED)
    (mail,) = scene.work()
    assert khal(mail) == [f"{summer} 15:00-17:00 Media literacy workshop {place} CANCELLED"]


def test_the_mail_is_made_as_programs_expect_it(scene: Scene) -> None:
    scene.invite(guests=(Guest("نور حدّاد", "nour@elsewhere.example", "ar"),))
    (mail,) = scene.work()
    assert mail.get_content_type() == "multipart/mixed"
    both, file = mail.iter_parts()
    assert both.get_content_type() == "multipart/alternative"
    text, calendar = both.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert calendar.get_content_type() == "text/calendar"
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar["Content-Type"].params["charset"].lower() == "utf-8"
    written: Any = calendar.get_payload(decode=True)
    assert file.get_payload(decode=True) == written
    assert written.endswith(b"END:VCALENDAR\r\n")
    assert mail["Content-Language"] == "ar"
