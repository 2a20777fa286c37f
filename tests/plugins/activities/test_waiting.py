"""What lacks a report is known to who keeps the network, and of others' own activities nothing is."""

from __future__ import annotations

from typing import Any

from core.i18n import today
from core.permissions import Role
from plugins.activities.services.records import log_activity
from plugins.activities.services.waiting import lacking_reports
from plugins.activities.words import Visibility


def test_what_lacks_a_report_waits_the_longest_first(world: Any, see: Any, make: Any) -> None:
    member, keeper = (
        see(),
        see(role=Role.FOCAL_POINT, organisation_id=world.organisations["alva"][1]),
    )
    with world.in_city("alva"):
        for title, days in (("Held", -10), ("Long ago", -40), ("Fresh", -2), ("Years ago", -400)):
            log_activity(make(days=days, title=title), member, today())
        log_activity(make(days=-10, title="Told of", result="Twelve came."), member, today())
        log_activity(
            make(days=-10, title="Ours alone", visibility=Visibility.ORGANISATION.value),
            member,
            today(),
        )
        found = list(lacking_reports(keeper, today(), "/alva/activities/"))
        assert [one.title for one in found] == ["Long ago", "Held"]
        assert {one.organisation_id for one in found} == {world.organisations["alva"][0]}
        assert all(one.url.startswith("/alva/activities/") for one in found)
        own = list(lacking_reports(member, today(), "/"))
        assert {one.title for one in own} == {"Long ago", "Held", "Ours alone"}
        observer = see(role=Role.OBSERVER)
        assert list(lacking_reports(observer, today(), "/")) == []
