"""The figures of a city: every plugin that is on, beside the year before, on the page and as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from flask import Flask

from core.cities.models import CityPlugin
from core.database import db
from core.figures.services import Change, asked_for, change, compared, young
from core.hooks import hookimpl
from core.permissions import Role
from core.registry import Plugin, plugin_registry
from core.testing.app import statements_of
from core.testing.spreadsheets import rows_of
from core.values import Measure, MeasurePart, Period, Records

SIX = "Sixes thrown"


class Probe:
    """Counts what the test says."""

    given: Any = None

    def __init__(self) -> None:
        self.asked: list[Period] = []

    @hookimpl
    def measures(self, city: object, periods: Sequence[Period]) -> Iterator[Any]:
        self.asked += periods
        if self.given is not None:
            yield from (self.given(period) for period in periods)
            return
        for period in periods:
            now = period.first.year > 2020
            yield [
                Measure(
                    "sixes", SIX, "Of all throws, the sixes.", 3 if now else 1, 6,
                    parts=(MeasurePart("red", "Red die", 2, 4, Records("calendar.month")),),
                    records=Records("actions.index"),
                )
            ]  # fmt: skip


@pytest.fixture
def probe(app: Flask, world: Any) -> Probe:
    found = Probe()
    registry = plugin_registry(app)
    registry.manager.register(found, name="probe")
    registry.plugins["probe"] = Plugin("probe", "Dice", "Throws dice")
    world.switch_on("probe")
    return found


def section(text: str, plugin: str) -> str:
    found = re.search(rf'<section[^>]* aria-labelledby="figures-{plugin}".*?</section>', text, re.S)
    assert found, f"no section {plugin}"
    return found[0]


@pytest.mark.one_database
def test_a_year_and_a_quarter_have_names() -> None:
    assert Period.named("2026") == Period(date(2026, 1, 1), date(2027, 1, 1))
    assert Period.named("2026-4") == Period(date(2026, 10, 1), date(2027, 1, 1))
    for name in ("2026", "2026-1", "2026-4", "2999"):
        period = Period.named(name)
        assert period is not None
        assert period.name == name
    for wrong in ("", "26", "2026-5", "2026-", "٢٠٢٦", "0000", "9999", "2026-3 "):
        assert Period.named(wrong) is None, wrong
    assert Period(date(2026, 1, 1), date(2026, 3, 1)).name == ""


@pytest.mark.one_database
def test_a_period_that_goes_on_stands_beside_as_many_days_of_the_year_before() -> None:
    day = date(2028, 2, 28)
    for asked, earlier in (
        ({}, (date(2027, 1, 1), date(2027, 2, 28))),
        ({"year": "2026"}, (date(2025, 1, 1), date(2025, 12, 31))),
        ({"year": "2026", "quarter": "2"}, (date(2025, 4, 1), date(2025, 6, 30))),
        ({"year": "2026", "quarter": "7"}, (date(2025, 1, 1), date(2025, 12, 31))),
        ({"year": "next", "quarter": "1"}, (date(2027, 1, 1), date(2027, 2, 28))),
    ):
        assert compared(asked_for(asked, day), day).days_earlier == earlier, asked
    assert not compared(asked_for({"quarter": "2"}, day), day).begun


@pytest.mark.one_database
def test_shares_are_compared_by_their_percent() -> None:
    def share(value: int | None, of: int | None = None) -> Measure:
        return Measure("code", "Title", "Definition.", value, of)

    assert change(share(3, 4), share(9, 10)) == Change("lower", 15, True)
    assert change(share(5), share(3)) == Change("higher", 2, False)
    assert change(share(2, 4), share(1, 2)) == Change("same", 0, True)
    assert {
        change(share(5), None),
        change(share(None), share(2)),
        change(share(1, 2), share(0, 0)),
    } == {None}


@pytest.mark.one_database
def test_a_stretch_that_has_only_begun_points_to_the_one_before() -> None:
    for asked, day, before in (
        ({}, date(2027, 1, 1), "2026"),
        ({}, date(2027, 1, 31), "2026"),
        ({}, date(2027, 2, 1), None),
        ({"quarter": "1"}, date(2027, 1, 5), "2026-4"),
        ({"quarter": "2"}, date(2027, 4, 5), "2027-1"),
        ({"year": "2026"}, date(2027, 1, 5), None),
        ({"year": "2028"}, date(2027, 1, 5), None),
    ):
        found = young(compared(asked_for(asked, day), day))
        assert (found and found.name) == before, (asked, day)


def test_in_january_a_link_leads_to_the_year_that_is_to_be_reported(
    world: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(world.person("alva"))
    monkeypatch.setattr("core.figures.views.today", lambda: date(2027, 1, 1))
    text = client.get("/alva/figures").text
    assert 'href="/alva/figures?year=2026"' in text
    assert "Figures of 2026" in text
    # Not every number is there on the first day, and each that is not says why.
    assert "There was nothing to count." in section(text, "meetings")
    assert "No proposal was discussed." in section(text, "meetings")
    assert "as of January 1, 2027" in text or "as of 1 January 2027" in text
    text = client.get("/alva/figures?quarter=1").text
    assert 'href="/alva/figures?year=2026&amp;quarter=4"' in text
    monkeypatch.setattr("core.figures.views.today", lambda: date(2027, 2, 1))
    assert "has only begun" not in client.get("/alva/figures").text


def test_a_change_is_told_in_words_and_numbers(world: Any, sign_in: Any, probe: Probe) -> None:
    text = sign_in(world.person("alva")).get("/alva/figures?year=2021").text
    assert "higher now by 33 percentage points" in section(text, "probe")
    probe.given = lambda period: [
        Measure("days", "Days waited", "All.", 2.5 if period.first.year == 2021 else 4)
    ]
    text = sign_in(world.person("alva")).get("/alva/figures?year=2021").text
    assert "lower now by 1.5" in section(text, "probe")


def test_each_plugin_that_is_on_has_its_section(world: Any, sign_in: Any, probe: Probe) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    text = client.get("/alva/figures?year=2020&quarter=2").text
    dice = section(text, "probe")
    assert "Of all throws, the sixes." in dice
    assert re.search(r"1 of 6 · .*?17%", dice)
    assert "Red die" in dice
    assert 'href="/alva/actions/"' in dice
    assert "as before" in dice
    assert probe.asked == [Period.named("2020-2"), Period.named("2019-2")]
    for plugin in ("activities", "meetings"):
        assert section(text, plugin)
    with world.in_city("alva"):
        db.session.query(CityPlugin).filter_by(name="meetings").one().enabled = False
        db.session.commit()
    text = client.get("/alva/figures").text
    assert "figures-meetings" not in text
    assert section(text, "activities")


def test_who_may_not_open_the_records_reads_the_number_alone(
    world: Any, sign_in: Any, probe: Probe
) -> None:
    text = sign_in(world.person("alva", Role.OBSERVER)).get("/alva/figures").text
    assert SIX in section(text, "probe")
    assert not re.search(r"<a ", "".join(re.findall(r"<section.*?</section>", text, re.S)))
    closed = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR)).get("/alva/figures")
    assert closed.status_code == 403


def fails(_period: Period) -> list[Measure]:
    raise RuntimeError("broken")


def gives_something_else(_period: Period) -> list[Any]:
    return [("sixes", 3)]


def names_no_page(_period: Period) -> list[Measure]:
    return [Measure("sixes", SIX, "All.", 3, records=Records("probe.nowhere"))]


def gives_one_for_all(period: Period) -> Any:
    return Measure("sixes", SIX, f"In {period.name}.", 3)


@pytest.mark.parametrize("given", [fails, gives_something_else, gives_one_for_all])
def test_a_broken_plugin_leaves_the_page_standing(
    world: Any, sign_in: Any, probe: Probe, given: Any
) -> None:
    probe.given = given
    answer = sign_in(world.person("alva")).get("/alva/figures")
    assert answer.status_code == 200
    assert "figures-probe" not in answer.text
    assert section(answer.text, "activities")


def test_a_page_that_is_not_there_costs_the_link_alone(
    world: Any, sign_in: Any, probe: Probe
) -> None:
    probe.given = names_no_page
    text = sign_in(world.person("alva")).get("/alva/figures").text
    assert f"<strong>{SIX}</strong>" in section(text, "probe")


def test_a_city_whose_plugins_count_nothing_says_so(world: Any, sign_in: Any) -> None:
    with world.in_city("alva"):
        db.session.query(CityPlugin).update({CityPlugin.enabled: False})
        db.session.commit()
    client = sign_in(world.person("alva"))
    assert "count nothing" in client.get("/alva/figures").text
    assert "has not begun" in client.get("/alva/figures?year=2999").text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_holds_what_the_page_shows(
    world: Any, sign_in: Any, probe: Probe, kind: str
) -> None:
    client = sign_in(world.person("alva", Role.OBSERVER))
    answer = client.get(f"/alva/exports/figures/figures.{kind}?year=2021")
    assert answer.status_code == 200
    rows = [
        [str(cell if cell is not None else "") for cell in row]
        for row in rows_of(kind, answer.data)
        if row and row[0] == "Dice"
    ]
    assert rows == [
        ["Dice", SIX, "", "3", "6", "50", "1", "6", "17", "Of all throws, the sixes."],
        ["Dice", SIX, "Red die", "2", "4", "50", "2", "4", "50", ""],
    ]


def test_the_page_asks_a_handful_of_questions(app: Flask, world: Any, sign_in: Any) -> None:
    client = sign_in(world.person("alva"))
    client.get("/alva/figures")
    with statements_of(app) as seen:
        client.get("/alva/figures")
    # Three of the frame, and for both years together five of the meetings and one of the activities.
    assert len([each for each in seen if each.startswith("SELECT")]) <= 9
