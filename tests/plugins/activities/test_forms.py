"""What people type: numbers, dates, sums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from core.directory.services import Partner
from core.i18n import today
from plugins.activities.forms import (
    ActivityForm,
    read_clock,
    read_day,
    read_money,
    read_number,
    read_version,
)

SCHOOL, CENTRE = "a" * 16, "b" * 16
ORGANISATIONS = [
    Partner(SCHOOL, "School", "education", True),
    Partner(CENTRE, "Centre", "youth_work", True),
]


def refuses(read: Callable[[str], Any], typed: str) -> bool:
    try:
        read(typed)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("30", 30), ("٣٠", 30), ("۳۰", 30), ("३०", 30), (" 30 ", 30), ("1 046", 1046), ("1.046", 1046),
        ("1,046", 1046), ("١٬٠٤٦", 1046), ("1\u202f046", 1046), ("1'046", 1046), ("\u200f٣٠\u200f", 30),
        ("12.345.678", 12345678), ("0", 0), ("007", 7),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(typed: str, number: int) -> None:
    assert read_number(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "about thirty",
        "حوالي ثلاثين",
        "3o",
        "-3",
        "1,5",
        "1.2.3",
        "1.04",
        "1e3",
        "½",
        "²",
        "9" * 4301,
        "1..046",
        "+3",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert refuses(read_number, typed)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1200", "1200.00"), ("1200.5", "1200.50"), ("1.200,50", "1200.50"), ("1,200.50", "1200.50"),
        ("١٬٢٠٠٫٥٠", "1200.50"), ("1 200,50", "1200.50"), ("1.046", "1046.00"), ("0,5", "0.50"),
    ],
)  # fmt: skip
def test_money_is_read_as_people_write_it(typed: str, amount: str) -> None:
    assert read_money(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-14",
        "14.11.2026",
        "14/11/2026",
        "14 / 11 / 2026",
        "١٤/١١/٢٠٢٦",
        "14-11-2026",
        "14. 11. 2026.",
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    assert read_day(typed) == date(2026, 11, 14)


@pytest.mark.parametrize(
    "typed", ["31.2.2026", "14.11.26", "tomorrow", "2026-13-01", "0-0-0", "1" * 50]
)
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    assert refuses(read_day, typed)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [("17:30", time(17, 30)), ("17.30", time(17, 30)), ("٥:٣٠", time(5, 30)), ("17", time(17))],
)
def test_a_time_is_read_as_people_write_it(typed: str, clock: time) -> None:
    assert read_clock(typed) == clock


def test_a_version_that_is_no_number_is_none_that_exists() -> None:
    assert [read_version(each) for each in ("7", "", None, "x", "٧", "9" * 30)] == [
        7,
        0,
        0,
        0,
        0,
        0,
    ]


def filled(**facts: Any) -> MultiDict[str, Any]:
    usual = {
        "title": "Workshop", "type": "workshop", "start_date": (today() - timedelta(days=2)).isoformat(),
        "organisation_id": SCHOOL, "language": "en", "visibility": "members", "mode": "in_person",
        "currency": "EUR", "level": "", "status": "",
    }  # fmt: skip
    return MultiDict(usual | facts)


def form_of(**facts: Any) -> ActivityForm:
    form = ActivityForm(filled(**facts))
    form.offer(ORGANISATIONS, ["mk"])
    return form


@pytest.fixture(autouse=True)
def _in_a_request(app: Flask) -> Any:
    with app.test_request_context():
        yield


def test_eight_fields_are_enough() -> None:
    form = form_of(place="Hall", participants="٣٠", result="It went well.")
    assert form.validate(), form.errors
    entry = form.entry()
    assert (entry.title, entry.participants, entry.result) == ("Workshop", 30, "It went well.")


def test_the_rest_goes_to_unknown() -> None:
    form = form_of(participants="30", sex_female="14", sex_male="10")
    assert form.validate(), form.errors
    assert form.entry().by_sex == {"female": 14, "male": 10, "unknown": 6}


def test_parts_without_a_total_make_it() -> None:
    form = form_of(sex_female="14", sex_male="10", age_12_17="30")
    assert form.validate(), form.errors
    entry = form.entry()
    assert entry.participants == 30
    assert entry.by_sex["unknown"] == 6
    assert entry.by_age == {"12_17": 30, "unknown": 0}


@pytest.mark.parametrize(
    "parts",
    [
        {"sex_female": "20", "sex_male": "11"},
        {"sex_female": "20", "sex_male": "5", "sex_unknown": "2"},
        {"age_0_11": "31"},
    ],
)
def test_parts_that_do_not_make_the_total_are_told(parts: dict[str, str]) -> None:
    form = form_of(participants="30", **parts)
    assert not form.validate()
    assert "add up to" in str(form.errors)
    assert form.more_is_open


def test_fewer_attendances_than_people_are_refused() -> None:
    form = form_of(participants="30", attendances="29")
    assert not form.validate()
    assert form.attendances.errors


def test_a_coming_activity_has_expected_people_and_no_parts() -> None:
    ahead = (today() + timedelta(days=9)).isoformat()
    form = form_of(start_date=ahead, participants="40")
    assert form.validate(), form.errors
    entry = form.entry()
    assert (entry.participants, entry.expected) == (None, 40)
    assert not form_of(start_date=ahead, participants="40", sex_female="1").validate()


def test_nothing_that_lies_ahead_was_held() -> None:
    ahead = (today() + timedelta(days=9)).isoformat()
    form = form_of(start_date=ahead, status="held")
    assert not form.validate()
    assert form.start_date.errors


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"type": "party"}, "type"),
        ({"type": ""}, "type"),
        ({"start_date": ""}, "start_date"),
        ({"start_date": "31.2.2026"}, "start_date"),
        ({"start_date": "1.1.1700"}, "start_date"),
        ({"end_date": "2001-01-01"}, "end_date"),
        ({"end_time": "10:00"}, "start_time"),
        ({"start_time": "25:00"}, "start_time"),
        ({"start_time": "10:00", "end_time": "9:00"}, "end_time"),
        ({"participants": "many"}, "participants"),
        ({"participants": "99999999"}, "participants"),
        ({"budget_spent": "lots"}, "budget_spent"),
        ({"organisation_id": "c" * 16}, "organisation_id"),
        ({"partners": "c" * 16}, "partners"),
        ({"target_groups": "martians"}, "target_groups"),
        ({"language": "xx"}, "language"),
        ({"visibility": "public"}, "visibility"),
        ({"mode": ""}, "mode"),
        ({"currency": "???"}, "currency"),
    ],
)
def test_each_slip_is_told_at_its_field(facts: dict[str, str], field: str) -> None:
    form = form_of(**facts)
    assert not form.validate()
    assert form[field].errors, form.errors
    assert all(str(sentence).endswith(".") for sentence in form[field].errors)


def test_only_the_eight_fields_keep_more_closed() -> None:
    form = form_of(title="", participants="many")
    assert not form.validate()
    assert not form.more_is_open


def test_the_lead_organisation_is_no_partner() -> None:
    from plugins.activities.services.entries import tidy

    chosen = [("partners", each) for each in (CENTRE, SCHOOL, CENTRE)]
    form = ActivityForm(MultiDict([*filled().items(), *chosen]))
    form.offer(ORGANISATIONS, ["mk"])
    assert form.validate(), form.errors
    assert tidy(form.entry()).partners == (CENTRE,)
