"""The calendar feed: right for the standard, for another library, and for programs that people use."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.home.feed import write_calendar
from core.values import CalendarEntry

wall = datetime.fromisoformat
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BIN = Path(sys.executable).parent
ODD = 'Средба, „говор“; C:\\Nord\\new\nдруг ред\r\n"x" جلسة 🙂' + " долго" * 40


def entry(uid: str, start: str, zone: str = "Europe/Skopje", **more: Any) -> CalendarEntry:
    wall_start = wall(start)
    wall_end = wall_start + timedelta(hours=2)
    info = ZoneInfo(zone)
    return CalendarEntry(
        **{
            "uid": uid,
            "sequence": 1,
            "kind": "activity",
            "title": f"Entry {uid}",
            "status": "planned",
            "zone": zone,
            "start": wall_start.replace(tzinfo=info).astimezone(UTC),
            "end": wall_end.replace(tzinfo=info).astimezone(UTC),
            "wall_start": wall_start,
            "wall_end": wall_end,
            "updated": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            **more,
        }
    )


def whole_days(uid: str, first: date, last: date, **more: Any) -> CalendarEntry:
    return entry(uid, f"{first}T00:00", all_day=True, start_date=first, end_date=last, **more)


def feed(*entries: CalendarEntry, zone: str = "Europe/Skopje") -> bytes:
    return write_calendar(entries, name="Брезово", zone=zone, prodid_lang="mk", now=NOW)


def lines(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def parsed(data: bytes) -> Any:
    from icalendar import Calendar

    return Calendar.from_ical(data)


def events(data: bytes) -> list[Any]:
    return list(parsed(data).walk("VEVENT"))


def test_texts_survive_the_journey() -> None:
    data = feed(
        entry(
            "a",
            "2026-03-02T10:00",
            title=ODD,
            place=ODD,
            description=ODD,
            language="mk",
            url="https://x.example/a\nb",
        )
    )
    written = dict(line.partition(":")[::2] for line in lines(data))
    # Read by the letter of the standard, since the library turns "\\Nord" into a new line.
    for name in ("SUMMARY;LANGUAGE=mk", "LOCATION;LANGUAGE=mk", "DESCRIPTION;LANGUAGE=mk"):
        assert _unescape(written[name]) == ODD.replace("\r\n", "\n")
    assert written["URL"] == "https://x.example/ab"
    (event,) = events(data)
    assert event["SUMMARY"].startswith("Средба, „говор“; C:")
    assert event["SUMMARY"].params["LANGUAGE"] == "mk"


def _unescape(text: str) -> str:
    found, letters = [], iter(text)
    for letter in letters:
        following = next(letters) if letter == "\\" else letter
        found.append("\n" if letter == "\\" and following == "n" else following)
    return "".join(found)


def test_lines_are_folded_as_the_standard_says_and_nothing_can_be_slipped_in() -> None:
    from icalendar.parser import Contentline

    evil = "x\r\nBEGIN:VEVENT\r\nUID:evil\x00\u0085\ud800\u2028END:VCALENDAR"
    data = feed(
        entry(
            "a",
            "2026-03-02T10:00",
            title=ODD,
            description=evil,
            language='mk";X=y',
            place=evil,
            url=evil,
        ),
        entry(evil, "2026-03-02T10:00", title=evil, zone="Europe/Skopje", language="en\r\nX:1"),
    )
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()
    assert lines(data).count("BEGIN:VEVENT") == 2
    assert b"\x00" not in data
    assert len(events(data)) == 2
    for text in filter(None, lines(data)):
        Contentline(text).raw_parts()


def test_the_same_entries_give_the_same_bytes() -> None:
    entries = [entry("a", "2026-03-02T10:00"), whole_days("b", date(2026, 3, 2), date(2026, 3, 4))]
    later = write_calendar(
        entries,
        name="Брезово",
        zone="Europe/Skopje",
        prodid_lang="mk",
        now=NOW + timedelta(days=30),
    )
    assert feed(*entries) == later
    assert feed(replace(entries[0], sequence=2), entries[1]) != later


def test_what_stands_in_an_event() -> None:
    data = feed(
        entry(
            "a",
            "2026-03-02T10:00",
            sequence=4,
            place="Hall",
            description="Text",
            url="https://x.example/a",
        ),
        whole_days("b", date(2026, 3, 2), date(2026, 3, 4)),
        entry("c", "2026-03-02T10:00", status="cancelled"),
        entry("d", "2026-03-02T10:00", status="postponed"),
        entry("e", "2026-03-02T10:00", end=None, wall_end=None),
    )
    timed, days, cancelled, postponed, open_end = events(data)
    assert (timed["UID"], timed["SEQUENCE"]) == ("a", 4)
    assert (
        timed["DTSTAMP"].dt
        == timed["LAST-MODIFIED"].dt
        == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    assert timed["DTSTART"].dt == datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Europe/Skopje"))
    assert (timed["STATUS"], timed["TRANSP"], timed["URL"]) == (
        "CONFIRMED",
        "OPAQUE",
        "https://x.example/a",
    )
    assert (days["DTSTART"].dt, days["DTEND"].dt) == (date(2026, 3, 2), date(2026, 3, 5))
    assert days["TRANSP"] == "TRANSPARENT"
    assert (cancelled["STATUS"], cancelled["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert postponed["STATUS"] == "TENTATIVE"
    assert "DTEND" not in open_end
    head = parsed(data)
    assert head["X-WR-CALNAME"] == head["NAME"] == "Брезово"
    assert head["PRODID"] == "-//Maillage//Calendar//MK"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines(data)


def test_what_one_may_only_see_as_busy_says_nothing_else() -> None:
    secret = {
        "place": "Secret place",
        "description": "Secret text",
        "url": "https://x.example/secret",
    }
    data = feed(
        entry(
            "a",
            "2026-03-02T10:00",
            title="Busy",
            language="en",
            busy_only=True,
            organisation="Secret organisation",
            **secret,
        ),
        whole_days("b", date(2026, 3, 2), date(2026, 3, 2), title="Busy", busy_only=True, **secret),
    )
    assert b"ecret" not in data
    for event in events(data):
        assert (event["SUMMARY"], event["CLASS"], event["TRANSP"]) == ("Busy", "PRIVATE", "OPAQUE")


def test_moments_that_wall_time_cannot_name_are_written_in_utc() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second 02:30 of that night
    night = replace(
        entry("a", "2026-10-25T02:30"),
        start=second,
        end=second + timedelta(hours=1),
        wall_end=wall("2026-10-25T03:30"),
    )
    data = feed(night, entry("b", "2026-03-02T10:00", zone="UTC"))
    written = lines(data)
    assert "DTSTART:20261025T013000Z" in written
    assert "DTEND;TZID=Europe/Skopje:20261025T033000" in written
    assert "DTSTART:20260302T100000Z" in written
    unknown = replace(entry("c", "2026-03-02T10:00"), zone="Nowhere\r\nX:1")
    assert "DTSTART:20260302T090000Z" in lines(feed(unknown, zone="No/Where"))


@pytest.mark.parametrize(
    "zone", ["Europe/Skopje", "Asia/Beirut", "Asia/Amman", "Europe/Dublin", "Africa/Casablanca"]
)
def test_described_zones_hold_at_every_hour(zone: str) -> None:
    """Another library's reading of our description agrees with the computer's own table."""
    data = feed(
        entry("a", "2021-02-01T10:00", zone), entry("b", "2027-12-01T10:00", zone), zone=zone
    )
    (description,) = parsed(data).walk("VTIMEZONE")
    read = description.to_tz(lookup_tzid=False)
    moment, info = datetime(2021, 2, 1, tzinfo=UTC), ZoneInfo(zone)
    while moment.year < 2028:
        local = moment.astimezone(info).replace(tzinfo=None)
        if not moment.astimezone(info).fold:
            assert (
                local.replace(tzinfo=read).utcoffset() == local.replace(tzinfo=info).utcoffset()
            ), local
        moment += timedelta(hours=1)


def test_a_change_is_dated_by_the_clock_before_it() -> None:
    """RFC 5545, 3.6.5: in Skopje summer begins at 02:00 and ends at 03:00, in Amman it stayed in 2022."""
    written = lines(feed(entry("a", "2026-07-01T10:00")))
    assert "DTSTART:20250330T020000" in written
    assert "DTSTART:20251026T030000" in written
    amman = lines(feed(entry("a", "2021-07-01T10:00", "Asia/Amman"), zone="Asia/Amman"))
    assert "DTSTART:20221028T010000" in amman
    assert not [line for line in amman if line.startswith("RDATE:2023")]


def test_ten_thousand_entries_are_written_soon() -> None:
    entries = [
        entry(str(n), "2026-03-02T10:00", title=f"Работилница {n}", description="Опис " * 30)
        for n in range(10_000)
    ]
    started = time.perf_counter()
    feed(*entries)
    assert time.perf_counter() - started < 5


# Programs that people use


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address under which it is served."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def run(home: Path, *command: str) -> str:
    environment = {
        "HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "Europe/Skopje", "NO_PROXY": "*",
    }  # fmt: skip
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_vdirsyncer_fetches_it_and_khal_shows_it_across_a_change_of_the_clock(
    tmp_path: Path, site: tuple[Path, str]
) -> None:
    folder, address = site
    entries = [
        entry("before", "2026-03-28T10:00", title="Пред промената", place="Дом"),
        entry("after", "2026-03-29T10:00", title="По промената"),
        entry("beirut", "2026-03-29T10:00", "Asia/Beirut", title="جلسة حوار"),
        entry("autumn", "2026-10-25T10:00", title="Autumn"),
        whole_days("camp", date(2026, 3, 28), date(2026, 3, 30), title="Camp"),
        entry("busy", "2026-03-30T15:00", title="Busy", busy_only=True),
    ]
    (folder / "feed.ics").write_bytes(feed(*entries))
    events_folder = tmp_path / "events" / "feed"
    (tmp_path / "vdirsyncer.conf").write_text(_vdirsyncer(tmp_path, address, events_folder))
    (tmp_path / "khal.conf").write_text(_khal(tmp_path, events_folder))
    events_folder.mkdir(parents=True)
    sync = (str(BIN / "vdirsyncer"), "-c", str(tmp_path / "vdirsyncer.conf"))

    def listed(first: str, days: str) -> list[str]:
        output = run(
            tmp_path, str(BIN / "khal"), "-c", str(tmp_path / "khal.conf"), "list",
            "--format", "{start-date} {start-time} {end-time} {title}", "--day-format", "", first, days,
        )  # fmt: skip
        return sorted(" ".join(line.split()) for line in output.splitlines() if line.strip())

    run(tmp_path, *sync, "discover", "maillage")
    run(tmp_path, *sync, "sync")
    assert len(list(events_folder.glob("*.ics"))) == len(entries)
    spring = listed("2026-03-28", "3d")
    assert "2026-03-28 10:00 12:00 Пред промената" in spring
    assert "2026-03-29 10:00 12:00 По промената" in spring
    # Ten o'clock in Beirut is nine in Skopje on that day, both having moved on.
    assert "2026-03-29 09:00 11:00 جلسة حوار" in spring
    assert "2026-03-30 15:00 17:00 Busy" in spring
    assert len([line for line in spring if "Camp" in line]) == 3
    assert listed("2026-10-25", "1d") == ["2026-10-25 10:00 12:00 Autumn"]

    # The organiser moves one and takes another away; the same UID is the same event.
    moved = entry("after", "2026-03-29T14:00", title="По промената", sequence=2)
    (folder / "feed.ics").write_bytes(feed(entries[0], moved, *entries[3:]))
    run(tmp_path, *sync, "sync")
    spring = listed("2026-03-28", "3d")
    assert [line for line in spring if "По промената" in line] == [
        "2026-03-29 14:00 16:00 По промената"
    ]
    assert not [line for line in spring if "جلسة" in line]


def _khal(home: Path, folder: Path) -> str:
    return f"""[calendars]
[[feed]]
path = {folder}
readonly = True
[sqlite]
path = {home / "khal.db"}
[locale]
local_timezone = Europe/Skopje
default_timezone = Europe/Skopje
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""


def _vdirsyncer(home: Path, address: str, folder: Path) -> str:
    return f"""[general]
status_path = "{home / "status"}/"
[pair maillage]
a = "remote"
b = "local"
collections = null
[storage remote]
type = "http"
url = "{address}/feed.ics"
[storage local]
type = "filesystem"
path = "{folder}/"
fileext = ".ics"
"""
