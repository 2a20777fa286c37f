"""The month and the week as tables: what stands in which cell, in which words, and what an address may ask."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from core.cities.services import calendar_changed
from core.database import db
from core.hooks import hookimpl
from core.permissions import Role
from core.registry import plugin_registry
from core.testing.app import World, statements_of
from core.testing.pages import parse
from core.values import CalendarEntry

MONTH = "/alva/calendar?view=month&month=2026-10"
WEEK = "/alva/calendar?view=week&week=2026-10-12"
START = datetime(2026, 10, 14, 8, tzinfo=UTC)  # a Wednesday; ten o'clock in Skopje

Look = Callable[[str], Element]


@pytest.fixture
def look(world: World, sign_in: Any) -> Look:
    """Opens a page of Alva's calendar as a member and gives it taken apart."""
    client = sign_in(world.person("alva", Role.MEMBER))

    def open_page(address: str) -> Element:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        return parse(answer.text).root

    return open_page


def every(node: Element, name: str) -> list[Element]:
    return list(node.iter(name))


def words(node: Element) -> str:
    return " ".join(" ".join(node.itertext()).split())


def main(page: Element) -> str:
    (found,) = every(page, "main")
    return words(found)


def cell(page: Element, day: str) -> str:
    """The words of the month's cell that names ``day``."""
    (found,) = [words(td) for td in every(page, "td") if f" {day} " in f" {words(td)} "]
    return found


def test_a_month_is_a_table_with_a_caption_and_heads(look) -> None:
    page = look(MONTH)
    (table,) = every(page, "table")
    assert words(every(page, "caption")[0]) == "October 2026"
    heads = every(page, "th")
    assert [words(head) for head in heads] == [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]  # fmt: skip
    assert {head.get("scope") for head in heads} == {"col"}
    assert len(every(page, "td")) == 35
    assert table.get("role") == "table"


def test_the_week_begins_and_rests_as_the_country_does(world, look) -> None:
    with world.in_city("alva") as city:
        city.country = "JO"
        db.session.commit()
    page = look(MONTH)
    assert words(every(page, "th")[0]) == "Saturday"
    resting = ["m-rest" in (td.get("class") or "") for td in every(page, "td")[:7]]
    assert resting == [True, *[False] * 5, True]
    assert words(every(look(WEEK), "th")[0]) == "Saturday 10 Oct"


def test_an_entry_carries_its_time_and_leads_to_its_page(look, probe, make_entry) -> None:
    probe.entries = [make_entry("a", START, place="Town hall")]
    page = look(MONTH)
    assert "10:00 Event a" in cell(page, "Wednesday, 14 October")
    assert "/alva/probe/" in [link.get("href") for link in every(page, "a")]
    week = look(WEEK)
    assert "10:00–12:00 Event a Town hall" in words(every(week, "td")[2])


def test_a_day_shows_two_and_says_how_many_more_there_are(look, probe, make_entry) -> None:
    probe.entries = [make_entry(str(n), START + timedelta(minutes=n)) for n in range(5)]
    page = look(MONTH)
    shown = cell(page, "Wednesday, 14 October")
    assert shown.count("Event") == 2
    assert "3 more" in shown
    (more,) = [a for a in every(page, "a") if "3 more" in words(a)]
    day = look(more.get("href"))
    assert words(every(day, "h1")[0]) == "Wednesday, 14 October 2026"
    assert main(day).count("Event ") == 5
    assert "5 entries on this day" in main(day)


def test_a_full_day_of_a_week_leads_to_the_day(look, probe, make_entry) -> None:
    probe.entries = [make_entry(str(n), START + timedelta(minutes=n)) for n in range(30)]
    shown = words(every(look(WEEK), "td")[2])
    assert shown.count("Event") == 12
    assert "18 more" in shown


def test_what_was_cancelled_gives_way_to_the_rest(look, probe, make_entry) -> None:
    probe.entries = [
        make_entry("off", START, status="cancelled"),
        *(make_entry(f"on{n}", START + timedelta(hours=n + 1)) for n in range(2)),
    ]
    shown = cell(look(MONTH), "Wednesday, 14 October")
    assert "Event off" not in shown
    assert "1 more" in shown
    probe.entries.pop()
    assert "Event off Cancelled" in cell(look(MONTH), "Wednesday, 14 October")


def _camp(make_entry: Callable[..., CalendarEntry], first: date, last: date) -> CalendarEntry:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=2)
    return make_entry(
        "camp", start, end=start + (last - first) + timedelta(1), all_day=True, start_date=first,
        end_date=last,
    )  # fmt: skip


def test_an_entry_of_several_days_stands_on_each_of_them(look, probe, make_entry) -> None:
    probe.entries = [_camp(make_entry, date(2026, 10, 11), date(2026, 10, 13))]
    page = look(MONTH)
    assert "all day Event camp" in cell(page, "Sunday, 11 October")
    assert "goes on Event camp" in cell(page, "Monday, 12 October")
    assert "goes on Event camp" in cell(page, "Tuesday, 13 October")
    assert "Event camp" not in cell(page, "Wednesday, 14 October")
    assert "1 entry this month" in main(page)
    monday, tuesday, wednesday = (words(td) for td in every(look(WEEK), "td")[:3])
    assert "goes on Event camp until Tue 13 Oct" in monday.replace(",", "")
    assert "Event camp" in tuesday
    assert "Event camp" not in wednesday
    listed = main(look("/alva/calendar?month=2026-10"))
    assert listed.count("Goes on: Event camp") == 2
    # A day alone says it in full.
    assert "goes on Event camp" in main(look("/alva/calendar?day=2026-10-13"))


def test_an_entry_that_spans_the_turn_of_the_year_is_in_both(look, probe, make_entry) -> None:
    probe.entries = [_camp(make_entry, date(2026, 12, 30), date(2027, 1, 2))]
    for month in ("2026-12", "2027-01"):
        page = look(f"/alva/calendar?view=month&month={month}")
        assert "1 entry this month" in main(page)
    assert "goes on Event camp" in cell(page, "Saturday, 2 January")


def test_holidays_are_written_in_words_in_every_view(look) -> None:
    for address in (
        "/alva/calendar?view=month&month=2026-09",
        "/alva/calendar?view=week&week=2026-09-08",
        "/alva/calendar?month=2026-09",
        "/alva/calendar?day=2026-09-08",
    ):
        assert "Independence Day" in main(look(address)), address


def test_taken_time_tells_nothing_else_in_any_view(look, probe, make_entry) -> None:
    probe.entries = [
        make_entry(
            "x", START, busy_only=True, title="Secret", place="Hidden", organisation="Hush",
            description="Quiet", url="/alva/probe/secret", status="cancelled",
        )
    ]  # fmt: skip
    for address in (MONTH, WEEK, "/alva/calendar?month=2026-10", "/alva/calendar?day=2026-10-14"):
        page = look(address)
        text = main(page)
        assert "Busy" in text
        for word in ("Secret", "Hidden", "Hush", "Quiet", "Cancelled"):
            assert word not in text
        assert not [a for a in every(page, "a") if "secret" in (a.get("href") or "")]


def test_the_conditions_stay_on_every_way_out_of_the_page(world, look, probe, make_entry) -> None:
    school, _centre = world.organisations["alva"]
    probe.entries = [make_entry(str(n), START, organisation_id=school, level="primary") for n in range(4)]  # fmt: skip
    condition = f"organisation={school}&level=primary"
    for address in (MONTH, WEEK, "/alva/calendar?day=2026-10-14"):
        page = look(f"{address}&{condition}")
        ways = [
            a.get("href") or ""
            for a in every(every(page, "main")[0], "a")
            if "/calendar" in (a.get("href") or "") and "Remove" not in words(a)
        ]
        assert len(ways) >= 7
        for way in ways:
            assert f"organisation={school}" in way, way
            assert "level=primary" in way, way
        kept = [(field.get("name"), field.get("value")) for field in every(page, "input")]
        assert kept.count(("organisation", school)) == 1


def test_only_what_passes_is_shown_and_counted(world, look, probe, make_entry) -> None:
    school, centre = world.organisations["alva"]
    probe.entries = [
        make_entry("school", START, organisation_id=school),
        *(make_entry(f"centre{n}", START, organisation_id=centre) for n in range(4)),
    ]
    shown = cell(look(f"{MONTH}&organisation={school}"), "Wednesday, 14 October")
    assert "Event school" in shown
    assert "more" not in shown


def test_days_of_the_neighbours_are_shown_and_not_counted(look, probe, make_entry) -> None:
    probe.entries = [make_entry("before", START.replace(month=9, day=30))]
    page = look(MONTH)
    assert "Event before" in cell(page, "Wednesday, 30 September")
    assert "0 entries this month" in main(page)


def test_today_is_marked(look) -> None:
    for view in ("month", "week"):
        marked = [td for td in every(look(f"/alva/calendar?view={view}"), "td") if td.get("aria-current")]  # fmt: skip
        assert [td.get("aria-current") for td in marked] == ["date"]


def test_the_view_is_chosen_by_a_link_and_says_so(look) -> None:
    for address, name in (
        (MONTH, "Month"),
        (WEEK, "Week"),
        ("/alva/calendar?month=2026-10", "List"),
    ):
        page = look(address)
        label = "Ways to look at the calendar"
        (switch,) = [nav for nav in every(page, "nav") if nav.get("aria-label") == label]
        assert [words(a) for a in every(switch, "a")] == ["Month", "Week", "List"]
        assert [words(a) for a in every(switch, "a") if a.get("aria-current")] == [name]
        assert {a.get("rel") for a in every(page, "a")} >= {"prev", "next"}


@pytest.mark.parametrize(
    "query",
    ["view=month&month=2026-13", "view=week&week=x", "view=week&week=2026-W60", "day=2026-02-30", "month=5&year=x"],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_answered_with_a_sentence(world, sign_in, query) -> None:
    answer = sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/calendar?{query}")
    assert answer.status_code == 400
    assert "in the address cannot be read. Write it like" in answer.text
    file = sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/calendar/file?{query}")
    assert file.status_code == 400


def test_one_goes_to_a_month_by_two_fields(look) -> None:
    page = look("/alva/calendar?view=month&month=2&year=2027")
    assert words(every(page, "h1")[0]) == "February 2027"
    chosen = [
        words(option) for option in every(page, "option") if option.get("selected") is not None
    ]
    assert chosen == ["February", "2027"]


def test_what_is_shown_can_be_taken_away_as_a_file(world, sign_in, probe, make_entry) -> None:
    from icalendar import Calendar

    school, centre = world.organisations["alva"]
    probe.entries = [
        make_entry("in", START, organisation_id=school),
        make_entry("other", START, organisation_id=centre),
        make_entry("neighbour", START.replace(month=9, day=30), organisation_id=school),
        make_entry("busy", START, busy_only=True, title="Secret"),
    ]
    client = sign_in(world.person("alva", Role.MEMBER))

    def titles(query: str) -> list[str]:
        answer = client.get(f"/alva/calendar/file?{query}")
        assert answer.mimetype == "text/calendar"
        return sorted(str(event["SUMMARY"]) for event in Calendar.from_ical(answer.data).walk("VEVENT"))  # fmt: skip

    assert titles("view=month&month=2026-10") == ["Busy", "Event in", "Event other"]
    assert titles(f"view=month&month=2026-10&organisation={school}") == ["Event in"]
    assert titles("view=week&week=2026-09-30") == ["Event neighbour"]
    answer = client.get("/alva/calendar/file?view=month&month=2026-10")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alva-2026-10.ics"'
    observer = sign_in(world.person("alva", Role.OBSERVER))
    assert observer.get("/alva/calendar/file").status_code == 403


def test_a_month_of_five_thousand_entries_is_a_small_page(
    world, sign_in, probe, make_entry
) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    client.get(MONTH)
    with statements_of(world.app) as few:
        client.get(MONTH)
    step = timedelta(minutes=8)
    begins = [START.replace(day=1) + step * n for n in range(5000)]
    probe.entries = [make_entry(str(n), at, end=at + step) for n, at in enumerate(begins)]
    with statements_of(world.app) as many:
        page = client.get(MONTH).text
    assert len(many) == len(few)
    assert page.count("Event ") <= 84
    assert len(page) < 100_000
    assert "178 more" in page


def test_a_month_asks_the_plugins_for_its_days_alone(world, look) -> None:
    asked: list[tuple[datetime, datetime]] = []

    class Ear:
        @hookimpl
        def calendar(self, viewer: object, start: datetime, end: datetime) -> list[CalendarEntry]:
            asked.append((start, end))
            return []

    hooks = plugin_registry(world.app).manager
    hooks.unregister(name="probe")
    hooks.register(Ear(), name="probe")
    look(MONTH)
    # Whole weeks in Skopje: from Monday 28 September in summer time to Monday 2 November in winter time.
    assert asked == [(datetime(2026, 9, 27, 22, tzinfo=UTC), datetime(2026, 11, 1, 23, tzinfo=UTC))]


def test_a_broken_plugin_leaves_the_month_standing(world, look, probe) -> None:
    probe.broken = True
    with world.in_city("alva"):
        calendar_changed()
        db.session.commit()
    assert len(every(look(MONTH), "td")) == 35
