"""Each number of the activities is what its definition says, and tells nothing that not every member may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.api import Measure, Period
from core.i18n import today
from plugins.activities.services.measures import measures
from plugins.activities.services.records import log_activity
from plugins.activities.words import Status, Visibility


def found() -> dict[str, Measure]:
    here = Period(today() - timedelta(30), today() + timedelta(30))
    return {each.code: each for each in measures(here)}


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
