"""The reader of calendar files: what other programs export is read rightly or refused with a reason."""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugins.activities.calendar_file import (
    MAX_BYTES,
    CalendarFileError,
    CalendarRead,
    EventRead,
    Refusal,
    read_calendar,
)
from plugins.activities.calendar_file.recurrence import Budget, occurrences, parse_rule

wall = datetime.fromisoformat
TODAY = date(2026, 11, 23)
CORPUS = Path(__file__).parent / "calendars"
FILES = sorted(CORPUS.glob("*.ics"))


def read(data: bytes | str, zone: str = "Europe/Skopje", today: date = TODAY) -> CalendarRead:
    return read_calendar(data.encode() if isinstance(data, str) else data, zone=zone, today=today)


def calendar(*bodies: str, head: str = "") -> str:
    events = "".join(f"BEGIN:VEVENT\n{body.strip()}\nEND:VEVENT\n" for body in bodies)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{head}{events}END:VCALENDAR\n"


def one(*bodies: str, head: str = "", today: date = TODAY) -> EventRead:
    lines = read(calendar(*bodies, head=head), today=today).lines
    assert len(lines) == 1, lines
    assert isinstance(lines[0], EventRead), lines[0]
    return lines[0]


def refused(*bodies: str, head: str = "") -> Refusal:
    result = read(calendar(*bodies, head=head))
    assert len(result.refusals) == 1, result
    return result.refusals[0]


def whole(data: bytes | str) -> str:
    with pytest.raises(CalendarFileError) as caught:
        read(data)
    return caught.value.code


def starts(event: EventRead) -> list[str]:
    return [found.start.isoformat() for found in event.occurrences]


def titles(result: CalendarRead) -> list[str]:
    return [line.title for line in result.lines]


def notes(event: EventRead) -> list[str]:
    return [note.code for note in event.notes]


TIMED = "UID:a\nSUMMARY:Workshop\nDTSTART;TZID=Europe/Skopje:20260302T100000\nDTEND;TZID=Europe/Skopje:20260302T120000"
WHOLE_DAY = "UID:a\nSUMMARY:Camp\nDTSTART;VALUE=DATE:20260302"


# What other programs export


def test_google() -> None:
    result = read((CORPUS / "google.ics").read_bytes())
    debate, evening, camp = result.events
    assert not result.refusals
    assert result.name == "Младински центар Брезово"
    assert (debate.zone, debate.start, debate.end) == (
        "Europe/Skopje",
        wall("2026-03-12T18:00"),
        wall("2026-03-12T20:00"),
    )
    assert debate.place == "Дом на културата, Брезово"
    assert debate.description.startswith("Дебата со ученици\nТеми:онлајн говор, дезинформации")
    assert "соживот & доверба" in debate.description
    assert debate.sequence == 2
    assert len(evening.occurrences) == 16  # 17 Mondays, one left out
    moved = next(found for found in evening.occurrences if found.key == "2026-03-30T18:00:00")
    assert moved.start == wall("2026-03-31T19:00")
    assert moved.title == "Отворена вечер за млади (во вторник)"
    assert (camp.all_day, camp.start, camp.end) == (True, date(2026, 5, 8), date(2026, 5, 10))
    assert notes(camp) == ["marked_private"]


def test_outlook() -> None:
    result = read((CORPUS / "outlook.ics").read_bytes())
    meeting, visit, child = result.events
    assert not result.refusals
    # Windows' name stands for Warsaw; the city's own zone shows the same time.
    assert {meeting.zone, visit.zone} == {"Europe/Skopje"}
    assert meeting.language == "en-gb"
    assert meeting.description == "Agenda:\n1. Welcome; 2. Figures, first half"
    assert starts(meeting)[1:4] == [
        "2026-03-04T10:00:00",
        "2026-04-02T10:00:00",
        "2026-05-06T10:00:00",
    ]
    assert (visit.start, visit.end) == (wall("2026-03-18T09:00"), wall("2026-03-18T10:30"))
    assert (child.start, child.end) == (date(2026, 6, 1), date(2026, 6, 1))


def test_apple() -> None:
    workshop, feast = read((CORPUS / "apple.ics").read_bytes()).events
    assert workshop.zone == "Europe/Paris"
    assert workshop.place == "Maison des associations 3 place du Marché, Rivemont"
    # Three days over the end of summer time: the clock on the wall says the same each day.
    assert starts(workshop) == [f"2026-10-{day}T14:00:00" for day in (24, 25, 26)]
    assert starts(feast) == ["2026-02-14", "2027-02-14", "2028-02-14"]


def test_nextcloud() -> None:
    result = read((CORPUS / "nextcloud.ics").read_bytes(), zone="Asia/Beirut")
    (talk,) = result.events
    assert [(refusal.code, dict(refusal.params)) for refusal in result.refusals] == [
        ("not_event", {"kind": "VTODO"})
    ]
    assert talk.language == "ar"
    assert [found.cancelled for found in talk.occurrences] == [False, False, True, False]
    assert talk.occurrences[1].start == wall("2026-03-28T10:00")
    assert talk.occurrences[1].end == wall("2026-03-28T13:00")
    assert talk.rdates == ("2026-03-28T10:00:00/2026-03-28T13:00:00",)


def test_thunderbird() -> None:
    workshop, lunch = read((CORPUS / "thunderbird.ics").read_bytes()).events
    assert workshop.zone == "Europe/Skopje"
    assert starts(workshop) == [
        "2026-01-30T11:00:00",
        "2026-02-27T11:00:00",
        "2026-03-27T11:00:00",
        "2026-05-29T11:00:00",
        "2026-06-26T11:00:00",
    ]
    assert workshop.description == "Për klasën e dhjetë"
    assert (lunch.zone, lunch.end, notes(lunch)) == ("Europe/Skopje", None, ["zone_assumed"])


def test_evolution_and_several_calendars_in_one_file() -> None:
    film, walk = read((CORPUS / "evolution.ics").read_bytes()).events
    assert film.zone == "Europe/Skopje"
    assert starts(film) == ["2026-02-21T19:30:00", "2026-03-28T19:30:00", "2026-04-25T19:30:00"]
    assert walk.status == "cancelled"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_person_and_no_address_is_taken_over(path: Path) -> None:
    text = repr(read(path.read_bytes()))
    assert "Invented Organiser" not in text
    assert "@example.org" not in text
    assert "mailto" not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_another_library_finds_the_same_moments(path: Path) -> None:
    """recurring-ical-events works the same files out by itself."""
    from icalendar import Calendar
    from recurring_ical_events import of

    expected: set[tuple[str, str]] = set()
    for component in Calendar.from_ical(path.read_bytes(), multiple=True):
        for found in of(component).between(wall("2025-01-01T00:00"), wall("2028-06-01T00:00")):
            if str(found.get("STATUS", "")) != "CANCELLED":
                expected.add((str(found["UID"]), _moment(found["DTSTART"].dt, "Europe/Skopje")))
    ours = {
        (event.uid, _moment(found.start, event.zone))
        for event in read(path.read_bytes()).events
        for found in event.occurrences
        if event.status == "planned" and not found.cancelled
    }
    assert ours == expected


def _moment(moment: date | datetime, zone: str) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC).isoformat()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_same_file_later_and_reordered_has_the_same_fingerprints(path: Path) -> None:
    def prints(data: bytes, today: date = TODAY) -> dict[str, str]:
        return {event.uid: event.fingerprint for event in read(data, today=today).events}

    data = path.read_bytes()
    assert prints(data) == prints(data, TODAY + timedelta(days=200))
    assert prints(data) == prints(data.replace(b"\n", b"\r\n"))
    again = data.replace(b"DTSTAMP:2026", b"DTSTAMP:2027").replace(
        b"LAST-MODIFIED:2026", b"LAST-MODIFIED:2027"
    )
    assert prints(data) == prints(again)


@pytest.mark.parametrize(
    "change",
    [
        ("SUMMARY:Workshop", "SUMMARY:Other"),
        ("T120000", "T123000"),
        ("RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=DAILY;COUNT=4"),
        ("EXDATE;TZID=Europe/Skopje:20260303", "EXDATE;TZID=Europe/Skopje:20260304"),
        ("LOCATION:Hall", "LOCATION:Room"),
        ("DESCRIPTION:x", "DESCRIPTION:y"),
        ("STATUS:CONFIRMED", "STATUS:CANCELLED"),
        ("SUMMARY:Moved", "SUMMARY:Shifted"),
    ],
)
def test_what_a_reader_would_see_changes_the_fingerprint(change: tuple[str, str]) -> None:
    text = calendar(
        TIMED
        + "\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Skopje:20260303T100000"
        + "\nLOCATION:Hall\nDESCRIPTION:x\nSTATUS:CONFIRMED",
        "UID:a\nRECURRENCE-ID;TZID=Europe/Skopje:20260304T100000\nSUMMARY:Moved\n"
        "DTSTART;TZID=Europe/Skopje:20260304T110000",
    )
    before, after = read(text).events, read(text.replace(*change)).events
    assert before[0].fingerprint != after[0].fingerprint


# Time zones


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Skopje", "Europe/Skopje"),
        ("europe/skopje", "Europe/Skopje"),
        ("/Europe/Skopje", "Europe/Skopje"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Skopje", "Europe/Skopje"),
        (
            "/citadel.org/20190914_1/America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("Jordan Standard Time", "Asia/Amman"),
        ('"Middle East Standard Time"', "Asia/Beirut"),
        ("UTC", "UTC"),
        ("GMT+0200", "Etc/GMT-2"),
        ('"UTC+10:00"', "Etc/GMT-10"),
    ],
)
def test_zones_by_name_alone(tzid: str, zone: str) -> None:
    # In June, when none of these shows the city's time by chance.
    body = f"UID:a\nSUMMARY:x\nRRULE:FREQ=DAILY;COUNT=2\nDTSTART;TZID={tzid}:20200615T100000"
    event = one(body)
    assert (event.zone, event.start) == (zone, wall("2020-06-15T10:00"))


def test_an_unknown_zone_is_refused_by_name() -> None:
    refusal = refused("UID:a\nSUMMARY:x\nDTSTART;TZID=Elsewhere/Nowhere:20260615T100000")
    assert (refusal.code, refusal.params["zone"]) == ("zone_unknown", "Elsewhere/Nowhere")
    assert refusal.line == 4


OWN_ZONE = """BEGIN:VTIMEZONE
TZID:My zone
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:{0}
TZOFFSETTO:{0}
END:STANDARD
END:VTIMEZONE
"""


def test_a_zone_of_the_files_own_becomes_the_known_one_that_shows_the_same() -> None:
    head = OWN_ZONE.format("+0545")
    assert one(
        "UID:a\nSUMMARY:x\nDTSTART;TZID=My zone:20260615T100000\nRRULE:FREQ=DAILY;COUNT=9",
        head=head,
    ).zone == ("Asia/Katmandu")


def test_a_zone_like_no_other_is_converted_for_one_date_and_refused_for_a_series() -> None:
    head = OWN_ZONE.format("+0337")
    single = one("UID:a\nSUMMARY:x\nDTSTART;TZID=My zone:20260615T100000", head=head)
    assert (single.zone, single.start) == ("Europe/Skopje", wall("2026-06-15T08:23"))
    assert notes(single) == ["zone_changed"]
    series = "UID:a\nSUMMARY:x\nDTSTART;TZID=My zone:20260615T100000\nRRULE:FREQ=DAILY"
    assert refused(series, head=head).code == "zone_own_rules"


def test_one_files_zones_do_not_reach_the_next_file() -> None:
    body = "UID:a\nSUMMARY:x\nDTSTART;TZID=My zone:20260615T100000"
    assert one(body, head=OWN_ZONE.format("+0300")).start == wall("2026-06-15T09:00")
    assert one(body, head=OWN_ZONE.format("+0500")).start == wall("2026-06-15T07:00")
    assert refused(body).code == "zone_unknown"


def test_a_damaged_definition_is_refused() -> None:
    head = OWN_ZONE.format("+9x")
    assert (
        refused("UID:a\nSUMMARY:x\nDTSTART;TZID=My zone:20260615T100000", head=head).code
        == "zone_unknown"
    )


def test_utc_in_the_second_of_two_equal_hours_stays_in_utc() -> None:
    # 01:30 UTC is the second 02:30 of that night in Skopje.
    event = one("UID:a\nSUMMARY:x\nDTSTART:20261025T013000Z")
    assert (event.zone, event.start) == ("UTC", wall("2026-10-25T01:30"))
    earlier = one("UID:a\nSUMMARY:x\nDTSTART:20261025T003000Z")
    assert (earlier.zone, earlier.start) == ("Europe/Skopje", wall("2026-10-25T02:30"))


def test_an_end_in_another_zone_and_a_series_in_utc() -> None:
    trip = one(
        "UID:a\nSUMMARY:x\nDTSTART;TZID=Europe/Skopje:20260615T100000\nDTEND;TZID=Asia/Amman:20260615T150000"
    )
    assert trip.end == wall("2026-06-15T14:00")
    series = one("UID:a\nSUMMARY:x\nDTSTART:20260328T100000Z\nRRULE:FREQ=DAILY;COUNT=2")
    assert (series.zone, starts(series)) == ("UTC", ["2026-03-28T10:00:00", "2026-03-29T10:00:00"])


# Starts and ends


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260305", date(2026, 3, 4)),
        ("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260302", date(2026, 3, 2)),
        ("DTSTART;VALUE=DATE:20260302\nDURATION:P3D", date(2026, 3, 4)),
        ("DTSTART;VALUE=DATE:20260302\nDURATION:P1W", date(2026, 3, 8)),
        ("DTSTART:20260302", date(2026, 3, 2)),
        ("DTSTART:20260302T100000\nDURATION:PT45M", wall("2026-03-02T10:45")),
        ("DTSTART:20260302T100000\nDTEND:20260302T100000", wall("2026-03-02T10:00")),
        ("DTSTART:20260302T100000", None),
        ("DTSTART:20260302T235960", None),
        ("DTSTART:19680302T100000\nDTEND:19680302T110000", wall("1968-03-02T11:00")),
    ],
)
def test_ends(body: str, end: date | None) -> None:
    event = one(f"UID:a\nSUMMARY:x\n{body}")
    assert event.end == end
    assert event.occurrences[0].end == end


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("SUMMARY:x", "start_missing"),
        ("DTSTART:20260302T100000\nDTEND:20260302T090000", "end_before_start"),
        ("DTSTART:20260302T100000\nDURATION:-PT1H", "end_before_start"),
        ("DTSTART:20260302T100000\nDURATION:an hour", "duration_unreadable"),
        ("DTSTART;VALUE=DATE:20260302\nDURATION:PT5H", "duration_unreadable"),
        ("DTSTART:20260302T100000\nDTEND;VALUE=DATE:20260303", "end_other_kind"),
        ("DTSTART;VALUE=DATE:20260302\nDTEND:20260303T100000", "end_other_kind"),
        ("DTSTART:20260230T100000", "date_unreadable"),
        ("DTSTART:2026-03-02 10:00", "date_unreadable"),
        ("DTSTART:", "date_unreadable"),
        ("DTSTART:00010101T000000Z", "date_out_of_range"),
        ("DTSTART:16040302", "date_out_of_range"),
        ("DTSTART:99991231T235959", "date_out_of_range"),
        ("DTSTART:20260302T100000\nDTEND:99991231T235959", "date_out_of_range"),
        ("DTSTART:20260302T100000\nDURATION:P999999W", "date_out_of_range"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=SECONDLY", "rule_too_often"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=HOURLY;COUNT=3", "rule_too_often"),
        (
            "DTSTART:20260302T100000\nRRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2,3,4,5,6,7,8,9",
            "rule_too_often",
        ),
        ("DTSTART:20260302T100000\nRRULE:FREQ=SOMETIMES", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:COUNT=3", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY;INTERVAL=0", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY;COUNT=0", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY;COUNT=3;UNTIL=20260401", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=MONTHLY;BYDAY=XX", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=WEEKLY;BYDAY=2MO", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=YEARLY;RSCALE=HEBREW", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY;BYFOO=1", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY;UNTIL=soon", "rule_unreadable"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "rules_several"),
        ("DTSTART:20260302T100000\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "rules_several"),
        ("DTSTART:20260302T100000\nRDATE;VALUE=DATE:20260303", "extra_other_kind"),
        ("DTSTART:20260302\nRDATE:20260303T100000", "extra_other_kind"),
        ("DTSTART:20260302T100000\nEXDATE:20260302T100000", "no_dates"),
        ("DTSTART:20260302T100000\nDESCRIPTION;ENCODING=QUOTED-PRINTABLE:=41", "encoding_old"),
        ("DTSTART:20260302T100000\nDESCRIPTION:one\ntwo", "line_unreadable"),
        ("DTSTART:20260302T100000\nSUMMARY;=:x", "line_unreadable"),
    ],
)
def test_what_is_refused(body: str, code: str) -> None:
    assert refused(f"UID:a\n{body}").code == code


def test_a_refusal_names_the_line_and_the_event() -> None:
    refusal = refused(
        "UID:u-1\nSUMMARY:Folded\n  title\nDTSTART:20260302T100000\nDESCRIPTION:one\ntwo"
    )
    assert (refusal.line, refusal.uid, refusal.title) == (10, "u-1", "Folded title")


# Series


def test_the_days_of_exdate_and_until_of_another_type() -> None:
    series = TIMED + "\nRRULE:FREQ=DAILY;UNTIL=20260305\nEXDATE;VALUE=DATE:20260304"
    assert starts(one(series)) == [f"2026-03-0{day}T10:00:00" for day in (2, 3, 5)]
    utc = TIMED + "\nRRULE:FREQ=DAILY;UNTIL=20260304T090000Z\nEXDATE:20260303T090000Z"
    assert starts(one(utc)) == ["2026-03-02T10:00:00", "2026-03-04T10:00:00"]
    floating = TIMED + "\nRRULE:FREQ=DAILY;UNTIL=20260304T095959"
    assert starts(one(floating)) == ["2026-03-02T10:00:00", "2026-03-03T10:00:00"]
    # Exchange ends a series of whole days at local midnight, written in UTC; others at the day's last second.
    for until in (
        "20260303T230000Z",
        "20260304T235959Z",
        "20260304T000000Z",
        "20260304",
        "20260304T120000",
    ):
        days = one(WHOLE_DAY + f"\nRRULE:FREQ=DAILY;UNTIL={until}")
        assert starts(days) == ["2026-03-02", "2026-03-03", "2026-03-04"], until


def test_changes_of_single_dates() -> None:
    event = one(
        TIMED + "\nRRULE:FREQ=DAILY;COUNT=4\nLOCATION:Hall",
        # Moved; found by the moment, although it is written in another zone.
        "UID:a\nRECURRENCE-ID:20260303T090000Z\nDTSTART;TZID=Asia/Amman:20260306T090000\n"
        "DTEND;TZID=Asia/Amman:20260306T100000\nSUMMARY:Workshop\nLOCATION:School",
        "UID:a\nRECURRENCE-ID;VALUE=DATE:20260304\nSTATUS:CANCELLED\nDTSTART;TZID=Europe/Skopje:20260304T100000",
        # An older version of the same change.
        "UID:a\nRECURRENCE-ID:20260305T090000Z\nSEQUENCE:5\nDTSTART;TZID=Europe/Skopje:20260305T130000",
        "UID:a\nRECURRENCE-ID:20260305T090000Z\nSEQUENCE:4\nDTSTART;TZID=Europe/Skopje:20260305T140000",
    )
    first, moved, cancelled, later = event.occurrences
    assert (first.title, first.place) == (None, None)
    assert (moved.key, moved.start, moved.end) == (
        "2026-03-03T10:00:00",
        wall("2026-03-06T07:00"),
        wall("2026-03-06T08:00"),
    )
    assert (moved.title, moved.place) == (None, "School")
    assert cancelled.cancelled
    assert (later.start, later.end) == (wall("2026-03-05T13:00"), None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z\nDTSTART:20260303T120000Z",
            "change_of_all_later",
        ),
        ("RECURRENCE-ID:20260303T090000Z\nDTSTART;VALUE=DATE:20260303", "change_other_kind"),
        (
            "RECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T090000Z\nRRULE:FREQ=DAILY",
            "change_repeats",
        ),
        ("RECURRENCE-ID:now\nDTSTART:20260303T090000Z", "date_unreadable"),
        (
            "RECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T090000Z\nDTEND:20260303T080000Z",
            "end_before_start",
        ),
    ],
)
def test_a_change_that_cannot_be_read_refuses_the_series_at_its_line(
    change: str, code: str
) -> None:
    refusal = refused(TIMED + "\nRRULE:FREQ=DAILY;COUNT=4", f"UID:a\n{change}")
    assert (refusal.code, refusal.title) == (code, "Workshop")
    assert refusal.line == 11


def test_a_change_without_its_series() -> None:
    assert (
        refused("UID:a\nRECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T120000Z").code
        == "change_alone"
    )


def test_of_several_versions_the_newest_holds() -> None:
    old, new = TIMED + "\nSEQUENCE:1", TIMED.replace("Workshop", "Newer") + "\nSEQUENCE:2"
    for bodies in ((old, new), (new, old)):
        result = read(calendar(*bodies))
        assert [event.title for event in result.events] == ["Newer"]
        assert [refusal.code for refusal in result.refusals] == ["uid_repeated"]


def test_endless_series_reach_two_years_ahead_and_keep_what_is_near() -> None:
    weekly = one(TIMED + "\nRRULE:FREQ=WEEKLY")
    assert weekly.occurrences[-1].start == wall("2028-11-20T10:00")
    daily = one(WHOLE_DAY.replace("2026", "2015") + "\nRRULE:FREQ=DAILY")
    assert len(daily.occurrences) == 500
    assert notes(daily) == ["series_shortened"]
    days = [found.start for found in daily.occurrences]
    assert days[0] == date(2025, 11, 23)
    assert TODAY in days
    past = one(WHOLE_DAY.replace("2026", "2015") + "\nRRULE:FREQ=DAILY;COUNT=600")
    assert past.occurrences[-1].start == date(2015, 3, 2) + timedelta(days=599)


def test_rules_agree_with_dateutil() -> None:
    from dateutil.rrule import rrulestr

    days = ("BYDAY=MO,FR", "BYDAY=SU;BYMONTH=1,6", "BYMONTHDAY=1,-1", "BYMONTHDAY=13;BYDAY=FR", "")
    counted = ("BYDAY=-1FR", "BYDAY=2TU,4TU", "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
    yearly = (
        "BYDAY=20MO",
        "BYMONTH=3;BYDAY=-1SU",
        "BYYEARDAY=1,100,-1",
        "BYWEEKNO=20;BYDAY=MO",
        "BYMONTH=2;BYMONTHDAY=29",
    )
    rules = [
        f"FREQ={f};INTERVAL={i};{d}"
        for f in ("DAILY", "MONTHLY", "YEARLY")
        for i in (1, 3)
        for d in days
    ]
    rules += [
        f"FREQ=WEEKLY;INTERVAL={i};WKST={w};BYDAY=SU,TU" for i in (1, 2, 3) for w in ("MO", "SU")
    ]
    rules += [f"FREQ={f};{d}" for f in ("MONTHLY", "YEARLY") for d in counted]
    rules += [f"FREQ=YEARLY;{d}" for d in yearly] + ["FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30"]
    start, stop = wall("2020-01-15T09:30"), wall("2040-01-01T00:00")
    for text in (rule.strip(";") for rule in rules):
        expected = list(itertools.islice(rrulestr(text, dtstart=start), 40))
        if expected[0] != start:
            expected.insert(0, start)
        expected = [moment for moment in expected if moment <= stop][:40]
        ours = list(itertools.islice(occurrences(parse_rule(text), start, stop, Budget()), 40))
        assert ours == expected, text


# Texts


def test_texts_are_cleaned_and_nothing_is_lost_in_silence() -> None:
    long_title = "Meeting of all the schools " * 20
    event = one(
        f"UID:a\nDTSTART:20260302\nSUMMARY:{long_title}\nDESCRIPTION:a\x00\x07b\\n\\nc\\, C:\\\\new\\;\n"
        "LOCATION: a \\n b "
    )
    assert len(event.title) <= 200
    assert event.title.endswith("Meeting…")
    assert event.description == f"{long_title.strip()}\n\nab\n\nc, C:\\new;"
    assert event.place == "a b"
    assert notes(event) == ["title_shortened"]


def test_a_missing_title_and_a_missing_uid() -> None:
    event = one("DTSTART:20260302")
    assert (event.title, notes(event)) == ("", ["title_missing"])
    assert event.uid == one("X-OTHER:1\nDTSTART:20260302").uid
    assert event.uid != one("DTSTART:20260303").uid
    assert len(one("UID:" + "x" * 3000 + "\nDTSTART:20260302").uid) < 100


def test_line_ends_folding_and_case() -> None:
    text = calendar("uid:a\nsummary:Long\n er ti\n\ttle\ndtstart:20260302T100000").replace(
        "VEVENT", "vevent"
    )
    for end in ("\n", "\r\n", "\r", "\n\r\n"):
        result = read(text.replace("\n", end))
        assert titles(result) == ["Longer title"]
    inside_a_letter = text.encode().replace(
        b"Long\n er", "Ж".encode()[:1] + b"\n " + "Ж".encode()[1:]
    )
    assert whole(inside_a_letter) == "file_encoding"


# The file as a whole


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings_that_are_certain(encoding: str) -> None:
    text = calendar("UID:a\nSUMMARY:Ђурђевдан جلسة 🙂\nDTSTART:20260302")
    assert titles(read(text.encode(encoding))) == ["Ђурђевдан جلسة 🙂"]


def _zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("calendar.ics", text)
    return buffer.getvalue()


GOOD = calendar(WHOLE_DAY)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n \x00", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"x" * (MAX_BYTES + 1), "file_too_large"),
        (gzip.compress(GOOD.encode()), "file_packed"),
        (_zipped(GOOD), "file_packed"),
        (b"%PDF-1.7 BEGIN:VCALENDAR", "file_not_calendar"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "file_web_page"),
        (b"\n <html>", "file_web_page"),
        (b'{"items": []}', "file_not_calendar"),
        (b"BEGIN:VCARD\nFN:x\nEND:VCARD\n", "file_not_calendar"),
        (b"Hello", "file_not_calendar"),
        (b"\x80\x81\xfe\xff" * 50, "file_encoding"),
        (GOOD.replace("Camp", "Чек").encode("cp1251"), "file_encoding"),
        (GOOD.replace("Camp", "Fête").encode("latin-1"), "file_encoding"),
        (GOOD.replace("VERSION:2.0", "VERSION:1.0"), "file_vcalendar1"),
        (GOOD[:-20], "file_incomplete"),
        (GOOD.replace("END:VEVENT\n", ""), "file_damaged"),
        (GOOD.replace("BEGIN:VEVENT\n", "BEGIN:VEVENT\nBEGIN:VEVENT\n"), "file_damaged"),
        (
            GOOD.replace("BEGIN:VCALENDAR", "BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 100_000),
            "file_damaged",
        ),
    ],
)
def test_a_file_that_is_unfit_as_a_whole(data: bytes | str, code: str) -> None:
    assert whole(data) == code


def test_limits_of_the_whole() -> None:
    assert whole(calendar(*["UID:a"] * 20_001)) == "file_too_many_events"
    daily = [f"UID:{n}\nDTSTART:20260302\nRRULE:FREQ=DAILY;COUNT=500" for n in range(41)]
    assert whole(calendar(*daily)) == "file_too_many_dates"
    assert len(read(calendar(*daily[:40])).events) == 40


def test_an_empty_calendar_has_no_lines() -> None:
    assert read("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n").lines == ()


def _seconds(data: str) -> float:
    started = time.perf_counter()
    with contextlib.suppress(CalendarFileError):
        read(data)
    return time.perf_counter() - started


def _many(count: int, more: str = "") -> Iterable[str]:
    text = "Опис на активноста со училиштата " * 6
    for number in range(count):
        start = wall("2020-01-01T09:00") + timedelta(hours=5 * number)
        yield (
            f"UID:{number}@x\nSUMMARY:Работилница {number}\nDTSTART;TZID=Europe/Skopje:{start:%Y%m%dT%H%M%S}\n"
            f"DURATION:PT2H\nATTENDEE;CN=x:mailto:x@example.org\nDESCRIPTION:{text}\n{more}"
        )


def test_ten_thousand_events_and_bombs_end_soon() -> None:
    """The limits are several times what a free machine needs, so that a busy one passes too."""
    assert _seconds(calendar(*_many(10_000))) < 15
    impossible = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    assert _seconds(calendar(*_many(10_000, impossible))) < 15
    assert _seconds(calendar("UID:a\nDTSTART;" + "A=b;" * 500_000 + "C=d:20260101")) < 5
    assert (
        _seconds(calendar("UID:a\nDTSTART:20260101\nRRULE:FREQ=DAILY;BYMONTHDAY=" + "1," * 500_000))
        < 5
    )
    assert _seconds(calendar("UID:a\nDTSTART:20260101\nDESCRIPTION:<br>" + "<a " * 1_000_000)) < 5


def test_importing_the_reader_is_cheap() -> None:
    probe = (
        "import sys, plugins.activities.calendar_file\n"
        "print(sorted({'flask', 'icalendar', 'dateutil', 'recurring_ical_events'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Sentences


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    from plugins.activities.calendar_file import reader, reasons

    used: set[str] = set()
    for path in Path(str(reader.__file__)).parent.glob("*.py"):
        if path.name != "reasons.py":
            source = path.read_text(encoding="utf-8")
            used.update(re.findall(r'(?:Unreadable|CalendarFileError|Note)\(\s*"(\w+)"', source))
            used.update(re.findall(r'return "(file_\w+)"', source))
    assert used == set(reasons.REASONS)


def test_sentences_name_what_is_wrong() -> None:
    from plugins.activities.calendar_file.reasons import sentence

    unknown = refused("UID:a\nSUMMARY:x\nDTSTART;TZID=Elsewhere/50%:20260615T100000")
    assert "“Elsewhere/50%”" in sentence(unknown.code, unknown.params, unknown.line)
    broken = refused("UID:a\nDTSTART:20260302\nnonsense")
    assert "Line 7 " in sentence(broken.code, broken.params, broken.line)
    shortened = one(WHOLE_DAY.replace("2026", "2015") + "\nRRULE:FREQ=DAILY").notes[0]
    assert " 500 " in sentence(shortened.code, shortened.params)
