"""Logging, changing, seeing: the verbs, against the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.api import Organisation, Viewer, db, find_city, search_key
from core.content.services import translate
from core.permissions import Role
from core.testing.app import World
from plugins.activities.models import Activity, Change, Partner
from plugins.activities.plugin import calendar, describe
from plugins.activities.services.access import ref_of
from plugins.activities.services.detail import read_detail, read_history
from plugins.activities.services.entries import Entry, as_kept, entry_of, from_kept
from plugins.activities.services.listing import Filters, count_activities, list_activities
from plugins.activities.services.records import (
    Conflict,
    NotYet,
    change_activity,
    change_status,
    find_activity,
    log_activity,
    partner_ids,
)
from plugins.activities.words import Status

from .conftest import asking, in_city

Make = Callable[..., Entry]
See = Callable[..., Viewer]


def test_logging_keeps_everything(world: World, see: See, make: Make) -> None:
    member = see()
    other = world.organisations["alva"][1]
    with in_city(world) as today:
        entry = make(
            partners=(other,), place="Hall", start_time=time(17, 30), end_time=time(19), result="Done.",
            participants=30, by_sex={"female": 20, "unknown": 10}, target_groups=("parents", "teachers"),
        )  # fmt: skip
        activity = log_activity(entry, member, today)
        db.session.commit()
        found = read_detail(activity.id, member)
        assert found is not None
        assert [name for _id, name in found.partners] == ["Youth centre of Alva"]
        assert found.activity.status == Status.REPORTED
        assert found.activity.wall_start.time() == time(17, 30)
        # Skopje is one or two hours ahead of UTC.
        assert found.activity.start_utc.hour in {15, 16}
        assert replace(entry, status="reported") == entry_of(activity, partner_ids(activity.id))


def test_what_is_kept_comes_back(make: Make, app: Any) -> None:
    with app.app_context():
        entry = make(
            start_time=time(9, 5),
            end_date=make().start_date + timedelta(days=2),
            by_age={"0_11": 3},
        )
        assert from_kept(as_kept(entry)) == entry


@pytest.mark.parametrize(
    ("days", "result", "status"),
    [(5, "", "planned"), (-1, "", "held"), (-1, "It went well.", "reported"), (0, "", "held")],
)
def test_the_date_and_the_result_decide(
    world: World, see: See, make: Make, days: int, result: str, status: str
) -> None:
    with in_city(world) as today:
        assert log_activity(make(days=days, result=result), see(), today).status == status


def test_logging_for_another_organisation_is_said(world: World, see: See, make: Make) -> None:
    own, other = world.organisations["alva"]
    member = see()
    assert member.organisation_id == own
    with in_city(world) as today:
        assert not log_activity(make(), member, today).on_behalf
        assert log_activity(make(organisation_id=other), member, today).on_behalf


def test_history_tells_each_field(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        activity = log_activity(make(), member, today)
        assert not change_activity(activity, make(), 1, member, today)
        changed = make(title="Workshop for parents", participants=12)
        assert change_activity(activity, changed, 1, member, today)
        ((change, name),) = read_history(activity.id)
        assert change.fields == {
            "title": ["Media literacy workshop", "Workshop for parents"],
            "participants": [None, 12],
        }
        assert name == "Member of Alva"
        assert (activity.version, activity.sequence) == (2, 1)


def translated(activity: Activity, language: str, title: str, text: str, viewer: Viewer) -> None:
    translate(
        ref_of(activity.id),
        language,
        {"title": title, "description": text},
        viewer,
        version=0,
        original_version=1,
    )


def test_only_what_others_must_know_raises_the_sequence(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        activity = log_activity(make(days=4), member, today)
        change_activity(activity, make(days=4, budget_planned=None, worked="x"), 1, member, today)
        assert activity.sequence == 0
        change_activity(activity, make(days=5), 2, member, today)
        assert activity.sequence == 1
        change_status(activity, Status.CANCELLED, member, today)
        assert activity.sequence == 2
        translated(activity, "mk", "Работилница", "", member)
        assert activity.sequence == 2


def test_every_change_moves_the_calendar_on(world: World, see: See, make: Make) -> None:
    member = see()

    def version() -> int:
        city = find_city("alva")
        assert city is not None
        db.session.refresh(city)
        return city.calendar_version

    with in_city(world) as today:
        first = version()
        activity = log_activity(make(), member, today)
        assert version() == first + 1
        change_activity(activity, make(title="Other"), 1, member, today)
        assert version() == first + 2


def test_two_people_who_save_at_once_lose_nothing(world: World, see: See, make: Make) -> None:
    member, focal = see(), see(role=Role.FOCAL_POINT)
    with in_city(world) as today:
        activity = log_activity(make(), member, today)
        change_activity(activity, make(title="Theirs", place="Library"), 1, focal, today)
        with pytest.raises(Conflict) as caught:
            change_activity(activity, make(title="Mine", worked="The games."), 1, member, today)
        conflict = caught.value
        assert [(clash.name, clash.theirs, clash.mine) for clash in conflict.clashes] == [
            ("title", "Theirs", "Mine")
        ]
        assert conflict.taken_over == ["place"]
        assert (conflict.merged.title, conflict.merged.place) == ("Mine", "Library")
        assert conflict.merged.worked == "The games."
        assert activity.title == "Theirs"
        assert change_activity(activity, conflict.merged, conflict.version, member, today)
        assert (activity.title, activity.place, activity.worked) == (
            "Mine",
            "Library",
            "The games.",
        )


def test_saving_what_is_stored_already_is_no_conflict(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        activity = log_activity(make(), member, today)
        change_activity(activity, make(title="New"), 1, member, today)
        assert not change_activity(activity, make(title="New"), 1, member, today)


def test_a_result_makes_it_reported(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        held = log_activity(make(), member, today)
        change_activity(held, make(status="held", result="Done."), 1, member, today)
        assert held.status == Status.REPORTED
        planned = log_activity(make(status="planned"), member, today)
        change_activity(planned, make(status="planned", place="Hall"), 1, member, today)
        assert planned.status == Status.PLANNED, (
            "correcting the place says nothing of whether it was held"
        )
        change_activity(
            planned, make(status="planned", place="Hall", participants=8), 2, member, today
        )
        assert planned.status == Status.HELD


def test_nothing_is_held_before_its_date(world: World, see: See, make: Make) -> None:
    with in_city(world) as today:
        activity = log_activity(make(days=3), see(), today)
        with pytest.raises(NotYet):
            change_status(activity, Status.HELD, see(), today)


def test_what_an_organisation_keeps_to_itself(world: World, see: See, make: Make) -> None:
    """The one rule, through every way in: page, list, count, files, calendar."""
    own, other = world.organisations["alva"]
    owner = see(role=Role.MEMBER)
    stranger = see(role=Role.CHAIR)
    assert (owner.organisation_id, stranger.organisation_id) == (own, other)
    observer, administrator = see(role=Role.OBSERVER), see(role=Role.CITY_ADMINISTRATOR)
    with in_city(world) as today:
        activity = log_activity(
            make(days=2, visibility="organisation", place="Secret"), owner, today
        )
        db.session.commit()
        start = datetime.combine(today, time(), UTC) - timedelta(days=30)
        end = start + timedelta(days=60)
        for viewer, sees in (
            (owner, True),
            (stranger, False),
            (observer, False),
            (administrator, False),
        ):
            assert (find_activity(activity.id, viewer) is not None) == sees
            assert (read_detail(activity.id, viewer) is not None) == sees
            assert len(list_activities(Filters(), viewer, today).rows) == int(sees)
            assert count_activities(Filters(), viewer, today) == int(sees)
            with asking(world):
                assert len(describe([ref_of(activity.id)], viewer)) == int(sees)
                entries = list(calendar(viewer, start, end))
            if sees:
                assert [(entry.title, entry.busy_only) for entry in entries] == [
                    ("Media literacy workshop", False)
                ]
            elif viewer is stranger:
                (entry,) = entries
                assert entry.busy_only
                assert (entry.title, entry.place, entry.url, entry.organisation) == ("", "", "", "")
            else:
                assert entries == []


def test_who_logged_for_others_may_still_see_it(world: World, see: See, make: Make) -> None:
    other = world.organisations["alva"][1]
    member = see()
    with in_city(world) as today:
        activity = log_activity(
            make(organisation_id=other, visibility="organisation"), member, today
        )
        db.session.commit()
        assert find_activity(activity.id, member) is not None


def test_a_sensitive_place_stays_in_the_house(world: World, see: See, make: Make) -> None:
    with in_city(world) as today:
        log_activity(make(place="Shelter", place_sensitive=True), see(), today)
        db.session.commit()
        with asking(world):
            start = datetime.combine(today, time(), UTC) - timedelta(days=30)
            (entry,) = calendar(see(role=Role.CHAIR), start, start + timedelta(days=60))
        assert entry.place == ""


def test_the_list_goes_through_every_record_once(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        for number in range(71):
            log_activity(
                make(
                    days=-(number % 9),
                    title=f"Workshop {number % 13}",
                    participants=(number % 5) or None,
                ),
                member,
                today,
            )
        db.session.commit()
        everything = set(db.session.scalars(select(Activity.id)))
        for sort in (
            "-date",
            "date",
            "title",
            "-title",
            "organisation",
            "participants",
            "-participants",
        ):
            filters = Filters(sort=sort)
            seen: list[str] = []
            page = list_activities(filters, member, today)
            pages = [page]
            while page.after:
                page = list_activities(filters, member, today, after=page.after)
                pages.append(page)
            for each in pages:
                seen += [row.id for row in each.rows]
            assert len(seen) == 71
            assert set(seen) == everything
            keys = [row.key for each in pages for row in each.rows]
            assert keys == sorted(keys, reverse=sort.startswith("-"))
            back = list_activities(filters, member, today, before=pages[-1].before)
            assert [row.id for row in back.rows] == [row.id for row in pages[-2].rows]
            assert pages[0].before == ""


def test_a_page_stays_where_it_was_when_a_record_comes(world: World, see: See, make: Make) -> None:
    member = see()
    with in_city(world) as today:
        for number in range(40):
            log_activity(make(days=-number), member, today)
        db.session.commit()
        first = list_activities(Filters(), member, today)
        second = [
            row.id for row in list_activities(Filters(), member, today, after=first.after).rows
        ]
        log_activity(make(days=0), member, today)
        db.session.commit()
        again = [
            row.id for row in list_activities(Filters(), member, today, after=first.after).rows
        ]
        assert again == second


@pytest.mark.parametrize(
    "mark", ["x", "!!!", "bnVsbA", "WzEsMl0", "W10", "e30", "a" * 2000, "WyJ4Iiwgbnk"]
)
def test_a_mark_that_nobody_wrote_gives_the_first_page(
    world: World, see: See, make: Make, mark: str
) -> None:
    with in_city(world) as today:
        log_activity(make(), see(), today)
        for sort in ("-date", "title", "participants", "organisation"):
            assert len(list_activities(Filters(sort=sort), see(), today, after=mark).rows) in {0, 1}


def test_filters_leave_what_they_name(world: World, see: See, make: Make) -> None:
    own, other = world.organisations["alva"]
    member = see()
    with in_city(world) as today:
        log_activity(
            make(title="Läsning på svenska", level="primary", target_groups=("parents",)),
            member,
            today,
        )
        log_activity(
            make(title="Читателски клуб", type="media_literacy", partners=(other,)), member, today
        )
        log_activity(make(title="Coming", days=10, place="Đorđe"), member, today)
        log_activity(make(title="Theirs", organisation_id=other, result="Good."), member, today)
        centre = db.session.scalars(select(Organisation).where(Organisation.id == other)).one()
        centre.search_text = search_key("Youth centre")
        db.session.commit()

        def found(**asked: str) -> list[str]:
            filters = Filters(**asked)
            rows = list_activities(filters, member, today).rows
            assert count_activities(filters, member, today) == len(rows)
            return sorted(row.title for row in rows)

        assert found(q="lasning") == ["Läsning på svenska"]
        assert found(q="citatelski KLUB") == ["Читателски клуб"]
        assert found(q="djordje") == ["Coming"]
        assert found(q="youth centre") == ["Theirs"]
        assert found(q="100%_") == []
        assert found(type="media_literacy") == ["Читателски клуб"]
        assert found(level="primary") == found(group="parents") == ["Läsning på svenska"]
        assert found(status="planned") == found(period="coming") == ["Coming"]
        assert found(status="took_place", organisation=other) == ["Theirs", "Читателски клуб"]
        assert found(status="unreported") == ["Läsning på svenska", "Читателски клуб"]
        assert found(organisation=own) == ["Coming", "Läsning på svenska", "Читателски клуб"]


def test_a_reader_gets_their_language(world: World, see: See, make: Make) -> None:
    from plugins.activities.services.texts import shown_text

    member = see()
    with in_city(world) as today:
        activity = log_activity(make(title="Работилница", language="sr"), member, today)
        translated(activity, "fr", "Atelier", "Pour tous", member)

        def title(reader: str) -> tuple[str, bool, str]:
            text = shown_text(activity.title, "", activity.language, activity.translations, reader)
            return text.title, text.own_language, text.state

        assert title("fr") == ("Atelier", True, "translated")
        assert title("sr_Latn") == ("Работилница", True, "original")
        assert title("ar") == ("Работилница", False, "original")
        change_activity(activity, make(title="Радионица", language="sr"), 2, member, today)
        assert title("fr") == ("Atelier", True, "outdated")


def test_nothing_leaves_its_city(world: World, see: See, make: Make) -> None:
    with in_city(world) as today:
        activity = log_activity(make(), see(), today)
        db.session.commit()
        identifier = activity.id
    with in_city(world, "bruma") as today:
        stranger = see(city="bruma")
        assert find_activity(identifier, stranger) is None
        assert count_activities(Filters(), stranger, today) == 0
        assert db.session.scalars(select(Partner)).all() == []
        assert db.session.scalars(select(Change)).all() == []
