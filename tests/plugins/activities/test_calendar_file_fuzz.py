"""Made-up files: whatever the bytes, the reader answers with lines or with one kind of error."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.activities.calendar_file import (
    CalendarFileError,
    EventRead,
    OccurrenceRead,
    Refusal,
    read_calendar,
)
from plugins.activities.calendar_file.recurrence import Budget, occurrences, parse_rule
from plugins.activities.calendar_file.values import (
    MAX_DESCRIPTION,
    MAX_PLACE,
    MAX_TITLE,
    MAX_UID,
    Unreadable,
)

pytestmark = pytest.mark.fuzz

TODAY = date(2026, 11, 23)
FILES = [path.read_bytes() for path in sorted((Path(__file__).parent / "calendars").glob("*.ics"))]
SEEDS = [
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\n", b"\r", b"\n ", b":", b";", b"\"", b"\\", b",", b"=",
    b"9" * 4301, b"-1", b"99991231T235959Z", b"00010101", b"1e30", b"FREQ=SECONDLY", b"BYSETPOS=-1",
    b"COUNT=2147483647", b"INTERVAL=9999", b"UNTIL=21991231", b"TZID=", b"VALUE=PERIOD",
    b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"END:VCALENDAR\n", b"RDATE:20260101T000000Z/P1D\n",
    b"EXDATE:20260302\n", b"RECURRENCE-ID:20260302T100000Z\n", b"RRULE:FREQ=DAILY\n",
    b"DTEND:19000101\n", b"DURATION:-P9999W\n", b"METHOD:CANCEL\n",
]  # fmt: skip


def small(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def check(data: bytes) -> None:
    """Everything that holds for the answer to any file at all."""
    try:
        result = read_calendar(data, zone="Asia/Beirut", today=TODAY)
    except CalendarFileError as error:
        # The net under the reader is there for what nobody thought of: nothing may fall into it.
        if error.code == "file_unreadable":
            raise
        return
    assert list(result.lines) == sorted(result.lines, key=lambda line: line.line)
    uids = [event.uid for event in result.events]
    assert len(uids) == len(set(uids))
    for line in result.lines:
        assert "\x00" not in repr(line.title)
        if isinstance(line, EventRead):
            check_event(line)
        else:
            assert isinstance(line, Refusal)
            assert line.line > 0
            assert line.code
    assert read_calendar(data, zone="Asia/Beirut", today=TODAY) == result


def check_event(event: EventRead) -> None:
    assert 0 < len(event.uid) <= MAX_UID
    assert len(event.title) <= MAX_TITLE
    assert len(event.place) <= MAX_PLACE
    assert len(event.description) <= MAX_DESCRIPTION
    assert 0 < len(event.occurrences) <= 500
    keys = [found.key for found in event.occurrences]
    assert len(keys) == len(set(keys))
    dates: list[EventRead | OccurrenceRead] = [event, *event.occurrences]
    for found in dates:
        kind = datetime if not event.all_day else date
        assert type(found.start) is kind
        if isinstance(found.start, datetime):
            assert found.start.tzinfo is None
            assert not found.start.fold
        if found.end is not None:
            assert type(found.end) is kind
            assert found.end >= found.start or event.zone != "UTC"
    for text in (event.uid, event.title, event.place, event.description):
        text.encode()
        assert "\x00" not in text


@small(150)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check(data)
    check(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data + b"\nEND:VEVENT\nEND:VCALENDAR\n")


@small(250)
@given(
    st.sampled_from(FILES),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 40),
            st.sampled_from(SEEDS) | st.binary(max_size=6),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_real_files_with_damage(data: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    for place, length, seed in cuts:
        at = int(place * len(data))
        data = data[:at] + seed + data[at + length :]
    check(data)


ZONES = st.sampled_from(
    [
        "",
        ";TZID=Europe/Skopje",
        ";TZID=Asia/Amman",
        ";TZID=Romance Standard Time",
        ";TZID=Mine",
        ";TZID=None/Such",
    ]
)
MOMENTS = st.one_of(
    st.builds(
        lambda zone, hours: (
            zone,
            datetime.fromisoformat("2026-03-25") + timedelta(hours=hours),
            True,
        ),
        ZONES,
        st.integers(-400_000, 400_000) | st.integers(0, 200),
    ),
    st.builds(
        lambda days: (
            ";VALUE=DATE",
            datetime.fromisoformat("2026-03-25") + timedelta(days=days),
            False,
        ),
        st.integers(-20, 20),
    ),
)
NUMBERS = st.lists(st.integers(-5, 40), min_size=1, max_size=3).map(lambda n: ",".join(map(str, n)))
RULES = st.builds(
    lambda frequency, parts: ";".join([f"FREQ={frequency}", *parts]),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"]),
    st.lists(
        st.one_of(
            st.integers(-1, 700).map("COUNT={}".format),
            st.integers(0, 9).map("INTERVAL={}".format),
            st.sampled_from(
                ["UNTIL=20260401", "UNTIL=20260401T100000Z", "UNTIL=19700101", "WKST=SU"]
            ),
            st.sampled_from(
                ["BYDAY=MO,-1FR", "BYDAY=TU,WE", "BYDAY=5SU", "BYWEEKNO=1,53;BYDAY=MO"]
            ),
            NUMBERS.map("BYMONTH={}".format),
            NUMBERS.map("BYMONTHDAY={}".format),
            NUMBERS.map("BYSETPOS={}".format),
            NUMBERS.map("BYHOUR={}".format),
        ),
        max_size=4,
    ),
)
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Mine
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0330
RRULE:FREQ=YEARLY;BYMONTH=4
END:STANDARD
END:VTIMEZONE
"""


def written(name: str, moment: tuple[str, datetime, bool]) -> str:
    zone, wall, timed = moment
    return f"{name}{zone}:{wall:{'%Y%m%dT%H%M%S' if timed else '%Y%m%d'}}"


PROPERTIES = st.one_of(
    MOMENTS.map(lambda moment: written("DTEND", moment)),
    MOMENTS.map(lambda moment: written("RDATE", moment)),
    MOMENTS.map(lambda moment: written("EXDATE", moment)),
    MOMENTS.map(lambda moment: written("RECURRENCE-ID", moment)),
    RULES.map("RRULE:{}".format),
    st.sampled_from(
        ["DURATION:PT90M", "DURATION:P2D", "STATUS:CANCELLED", "SEQUENCE:7", "CLASS:PRIVATE"]
    ),
    st.text(max_size=250).map(
        lambda text: "SUMMARY:" + text.replace("\n", "\n ").replace("\r", "\r ")
    ),
)
EVENTS = st.builds(
    lambda uid, start, properties: "\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", written("DTSTART", start), *properties, "END:VEVENT"]
    ),
    st.sampled_from("ab"),
    MOMENTS,
    st.lists(PROPERTIES, max_size=5),
)


@small(250)
@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_events_of_every_kind(events: list[str]) -> None:
    body = "\n".join(events)
    check(
        f"BEGIN:VCALENDAR\nVERSION:2.0\n{OWN_ZONE}{body}\nEND:VCALENDAR\n".encode(
            "utf-8", "replace"
        )
    )


@small(150)
@given(RULES, st.integers(0, 20_000))
def test_rules_end_and_agree_with_dateutil(text: str, days: int) -> None:
    from dateutil.rrule import rrulestr

    try:
        rule = parse_rule(text)
    except Unreadable:
        return
    start = datetime.fromisoformat("1980-01-10T09:30") + timedelta(days=days)
    stop = start + timedelta(days=3000)
    found = list(occurrences(rule, start, stop, Budget(), until=stop))
    assert found == sorted(set(found))
    assert found[0] == start
    # dateutil begins the first week at the start itself, finds nothing for "Mondays and the last Friday",
    # and never ends where nothing matches.
    mixed = len({ordinal == 0 for ordinal, _ in rule.weekdays}) > 1
    if len(found) < 3 or rule.until or mixed or (rule.frequency == "WEEKLY" and rule.positions):
        return
    expected: list[datetime] = []
    for moment in rrulestr(text, dtstart=start):
        if moment > found[-1]:
            break
        expected.append(moment)
    if expected[:1] != [start]:
        expected = [start, *expected]
    assert found == expected[: rule.count]
