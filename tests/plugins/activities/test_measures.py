"""Each number of the activities is what its definition says, and tells nothing that not every member may see."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import url_for

from core.api import Measure, Period, db
from core.i18n import today
from core.permissions import Role
from plugins.activities.services.measures import measures
from plugins.activities.services.records import log_activity
from plugins.activities.words import Status, Visibility

from .conftest import asking


def found() -> dict[str, Measure]:
    here = Period(today() - timedelta(30), today() + timedelta(30))
    return {each.code: each for each in next(measures([here]))}


def test_each_number_is_what_its_definition_says(world: Any, see: Any, make: Any) -> None:
    member, ours = see(), {"visibility": Visibility.ORGANISATION.value}
    with world.in_city("alva"):
        nothing = found()
        assert {(each.value, each.of) for each in nothing.values()} == {(0, 0), (0, None)}

        for facts in (
            {"days": -9, "status": Status.HELD.value, "participants": 3},
            # What is to come, what was long ago and what is kept to oneself changes no number.
            {"days": 9},
            {"days": -90, "status": Status.HELD.value, "participants": 70},
            {"days": -8, "status": Status.HELD.value, "participants": 500, "type": "survey"} | ours,
        ):
            log_activity(make(**facts), member, today())
        told = found()
        assert (told["held"].value, told["held"].of) == (1, 1)
        assert (told["reported"].value, told["reported"].of) == (0, 1)
        # So few could tell of somebody.
        assert told["participants"].value is None

        second = world.organisations["alva"][1]
        for facts in (
            {"days": -7, "result": "Twelve came.", "participants": 12, "organisation_id": second},
            {"days": -6, "status": Status.HELD.value, "type": "survey"},
            {"days": -5, "status": Status.CANCELLED.value, "type": "survey"},
            {"days": -4, "status": Status.PLANNED.value},
        ):
            log_activity(make(**facts), member, today())
        told = found()
        assert (told["held"].value, told["held"].of, told["held"].percent) == (3, 5, 60)
        parts = [(part.code, part.value, part.of) for part in told["held"].parts]
        assert parts == [("workshop", 2, 3), ("survey", 1, 2)]
        assert (told["reported"].value, told["reported"].of) == (1, 3)
        assert (told["with_participants"].value, told["with_participants"].of) == (2, 3)
        assert told["participants"].value == 15
        assert told["organisations"].value == 2
        assert sum(part.value for part in told["organisations"].parts) == 2


@pytest.mark.parametrize("role", [Role.MEMBER, Role.FOCAL_POINT, Role.CHAIR])
def test_the_list_behind_a_number_holds_what_was_counted_for_every_reader(
    world: Any, see: Any, make: Any, sign_in: Any, role: Role
) -> None:
    first, second = world.organisations["alva"][:2]
    with world.in_city("alva"):
        for number, organisation in enumerate((first, first, second)):
            facts = {"days": 0, "status": Status.HELD.value, "organisation_id": organisation}
            for more in (
                {"participants": 9},
                {"type": "survey"},
                {"visibility": Visibility.ORGANISATION.value},
                {"result": "Many came.", "status": Status.REPORTED.value}
                if number
                else {"days": -800},
            ):
                log_activity(make(**(facts | more)), see(), today())
        db.session.commit()
        year = Period.named(str(today().year))
        assert year is not None
        counted = {each.code: each for each in next(measures([year]))}
        urls: dict[tuple[str, str], str] = {}
        with asking(world):
            for code, measure in counted.items():
                behind = [(code, measure.records)]
                behind += [(part.code, part.records) for part in measure.parts]
                for name, records in behind:
                    if records is not None:
                        asked: dict[str, Any] = dict(records.arguments)
                        urls[code, name] = url_for(records.endpoint, **asked)
    assert {code for code, _part in urls} == set(counted)
    client = sign_in(world.person("alva", role))

    def listed(code: str, part: str = "") -> int:
        shown = re.search(r'role="status">(\d+) activit', client.get(urls[code, part or code]).text)
        assert shown, (code, part)
        return int(shown[1])

    held = counted["held"].value
    assert held == 8
    assert listed("held") == held
    assert {part.code: listed("held", part.code) for part in counted["held"].parts} == {
        part.code: part.value for part in counted["held"].parts
    }
    assert listed("reported") == counted["reported"].value == 2
    for code in ("with_participants", "participants", "organisations"):
        assert listed(code) == held, code
