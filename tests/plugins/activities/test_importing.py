"""A calendar file becomes activities: looked at first, all or nothing, and twice is as once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.api import Viewer, db
from core.permissions import Role
from core.search.query import read_query
from core.search.services import index_many
from core.testing.app import Somebody, World
from plugins.activities.models import Activity, Change, PendingImport, Series
from plugins.activities.services.importing import (
    Plan,
    carry_out,
    extend_series,
    forget_old_previews,
    make_plan,
    read_file,
)
from plugins.activities.services.records import change_activity, change_status
from plugins.activities.services.searching import all_searchable, hits
from plugins.activities.words import Status

from .conftest import asking, in_city

See = Callable[..., Viewer]
SignIn = Callable[[Somebody], FlaskClient]


def event(uid: str = "one", **more: str) -> str:
    facts = {
        "UID": uid,
        "DTSTAMP": "20260101T000000Z",
        "DTSTART;TZID=Europe/Skopje": "20300302T173000",
        "DTEND;TZID=Europe/Skopje": "20300302T190000",
        "SUMMARY": "Parents’ evening",
        "LOCATION": "Library",
    } | {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{name}:{value}" for name, value in facts.items() if value]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def bring_in(data: bytes, viewer: Viewer, today: Any, *, write: bool = True) -> Plan:
    terms: dict[str, Any] = {
        "organisation_id": viewer.organisation_id,
        "language": "mk",
        "viewer": viewer,
        "today": today,
    }
    plan = make_plan(read_file(data, "Europe/Skopje", today), untitled="Untitled", **terms)
    if write and plan.writes:
        carry_out(plan, **terms)
        db.session.commit()
    return plan


def test_an_event_becomes_an_activity(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        plan = bring_in(calendar(event(), event("past", **{"DTSTART;TZID=Europe/Skopje": "20200302T173000",
                                                           "DTEND;TZID=Europe/Skopje": "20200302T190000"})),
                        member, today)  # fmt: skip
        assert plan.counts == {"create": 2}
        past, coming = db.session.scalars(select(Activity).order_by(Activity.start_utc)).all()
        assert (coming.title, coming.place, coming.status) == (
            "Parents’ evening",
            "Library",
            "planned",
        )
        assert past.status == "held"
        assert coming.start_utc == datetime(2030, 3, 2, 16, 30, tzinfo=UTC)
        assert coming.organisation_id == member.organisation_id
        assert coming.language == "mk"
        assert coming.search_text


def test_the_same_file_again_changes_nothing(world: World, see: See) -> None:
    member = see()
    data = calendar(
        event(), event("weekly", RRULE="FREQ=WEEKLY;COUNT=6"), event("day", **{
            "DTSTART;TZID=Europe/Skopje": "", "DTEND;TZID=Europe/Skopje": "",
            "DTSTART;VALUE=DATE": "20300410", "DTEND;VALUE=DATE": "20300413"}),
    )  # fmt: skip
    with in_city(world) as today:
        assert bring_in(data, member, today).counts == {"create": 3}

        def everything() -> list[Any]:
            names = [column.key for column in Activity.__table__.columns]
            rows = db.session.scalars(select(Activity).order_by(Activity.id))
            return [[getattr(row, name) for name in names] for row in rows]

        before = everything()
        assert len(before) == 8
        plan = bring_in(data, member, today)
        assert plan.counts == {"unchanged": 3}
        assert not plan.writes
        assert everything() == before


def test_only_what_the_file_changed_is_changed(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        bring_in(calendar(event(), event("other")), member, today)
        plan = bring_in(calendar(event(LOCATION="Town hall"), event("other")), member, today)
        assert plan.counts == {"change": 1, "unchanged": 1}
        assert plan.lines[0]["changed"] == ["place"]
        activity = db.session.scalars(select(Activity).where(Activity.source_uid == "one")).one()
        assert (activity.place, activity.version, activity.sequence) == ("Town hall", 2, 1)
        (change,) = db.session.scalars(select(Change)).all()
        assert (change.way, change.fields) == ("import", {"place": ["Library", "Town hall"]})


def test_what_people_changed_here_stays(world: World, see: See) -> None:
    from dataclasses import replace

    from plugins.activities.services.entries import entry_of

    member = see()
    with in_city(world) as today:
        bring_in(calendar(event()), member, today)
        activity = db.session.scalars(select(Activity)).one()
        ours = replace(entry_of(activity, ()), title="Our own title")
        change_activity(activity, ours, 1, member, today)
        db.session.commit()
        plan = bring_in(calendar(event(SUMMARY="Their title", LOCATION="Hall")), member, today)
        assert plan.lines[0]["kept"] == ["title"]
        assert plan.lines[0]["changed"] == ["place"]
        assert (activity.title, activity.place) == ("Our own title", "Hall")
        assert bring_in(
            calendar(event(SUMMARY="Their title", LOCATION="Hall")), member, today
        ).counts == {"unchanged": 1}


def test_a_cancelled_event_is_cancelled_and_a_held_one_stays_held(world: World, see: See) -> None:
    member = see()
    past = {
        "DTSTART;TZID=Europe/Skopje": "20200302T173000",
        "DTEND;TZID=Europe/Skopje": "20200302T190000",
    }
    with in_city(world) as today:
        bring_in(calendar(event(), event("past", **past)), member, today)
        cancelled = calendar(event(STATUS="CANCELLED"), event("past", STATUS="CANCELLED", **past))
        plan = bring_in(cancelled, member, today)
        assert [line["does"] for line in plan.lines] == ["change", "keep"]
        statuses = dict(db.session.execute(select(Activity.source_uid, Activity.status)).all())
        assert statuses == {"one": "cancelled", "past": "held"}


def test_a_series_keeps_its_dates_apart(world: World, see: See) -> None:
    member = see()
    moved = event(
        "weekly", **{"RECURRENCE-ID;TZID=Europe/Skopje": "20300309T173000", "SUMMARY": "Moved",
                     "DTSTART;TZID=Europe/Skopje": "20300310T100000", "DTEND;TZID=Europe/Skopje": "20300310T110000"}
    )  # fmt: skip
    data = calendar(
        event(
            "weekly",
            RRULE="FREQ=WEEKLY;COUNT=4",
            **{"EXDATE;TZID=Europe/Skopje": "20300316T173000"},
        ),
        moved,
    )
    with in_city(world) as today:
        bring_in(data, member, today)
        series = db.session.scalars(select(Series)).one()
        assert series.rule == "FREQ=WEEKLY;COUNT=4"
        rows = db.session.scalars(select(Activity).order_by(Activity.occurrence_key)).all()
        assert [row.occurrence_key for row in rows] == [
            "2030-03-02T17:30:00", "2030-03-09T17:30:00", "2030-03-23T17:30:00"
        ]  # fmt: skip
        assert rows[1].title == "Moved"
        assert rows[1].overrides == ["title"]
        assert rows[1].wall_start == datetime(2030, 3, 10, 10)
        shorter = calendar(event("weekly", RRULE="FREQ=WEEKLY;COUNT=1"))
        bring_in(shorter, member, today)
        assert [row.status for row in rows] == ["planned", "cancelled", "cancelled"]


def test_what_cannot_be_taken_over_is_told_and_the_rest_is(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        plan = bring_in(
            calendar(event(), event("bad", **{"DTSTART;TZID=Europe/Skopje": "20301399T000000"}),
                     "BEGIN:VTODO\r\nUID:t\r\nSUMMARY:A task\r\nEND:VTODO"),
            member, today,
        )  # fmt: skip
        assert [line["does"] for line in plan.lines] == ["create", "refuse", "refuse"]
        assert plan.lines[2]["code"] == "not_event"


def test_another_organisation_s_import_is_not_doubled_nor_overwritten(
    world: World, see: See
) -> None:
    member, chair = see(), see(role=Role.CHAIR)
    assert member.organisation_id != chair.organisation_id
    with in_city(world) as today:
        bring_in(calendar(event()), member, today)
        plan = bring_in(calendar(event(SUMMARY="Other")), chair, today)
        assert plan.lines[0]["code"] == "elsewhere"
        assert plan.lines[0]["params"] == {"organisation": "School of Alva"}
        assert not plan.writes
        # Importing for an organisation one does not speak for changes none of its records either.
        from dataclasses import replace

        pretending = replace(chair, organisation_id=member.organisation_id)
        terms: dict[str, Any] = {
            "organisation_id": member.organisation_id, "language": "mk", "viewer": chair, "today": today,
        }  # fmt: skip
        read = read_file(calendar(event(SUMMARY="Other")), "Europe/Skopje", today)
        assert make_plan(read, untitled="", **terms).lines[0]["code"] == "not_yours"
        assert (
            make_plan(read, untitled="", **terms | {"viewer": pretending}).lines[0]["does"]
            == "change"
        )


def test_a_cancelled_date_that_people_plan_again_stays_so(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        bring_in(calendar(event()), member, today)
        activity = db.session.scalars(select(Activity)).one()
        change_status(activity, Status.CANCELLED, member, today)
        db.session.commit()
        bring_in(calendar(event(LOCATION="Hall")), member, today)
        assert (activity.status, activity.place) == ("cancelled", "Hall")


def test_endless_series_go_on(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        start = today.strftime("%Y%m%dT100000")
        facts = {"DTSTART;TZID=Europe/Skopje": start, "DTEND;TZID=Europe/Skopje": ""}
        bring_in(calendar(event("club", RRULE="FREQ=MONTHLY", **facts)), member, today)
        before = db.session.scalar(select(func.count()).select_from(Activity)) or 0
        assert extend_series(today) == 0
        later = today + timedelta(days=200)
        made = extend_series(later)
        db.session.commit()
        assert made in range(5, 8)
        assert extend_series(later) == 0
        rows = db.session.scalars(select(Activity).order_by(Activity.start_utc)).all()
        assert len(rows) == before + made
        assert len({row.occurrence_key for row in rows}) == len(rows)
        assert {row.title for row in rows} == {"Parents’ evening"}
        assert rows[-1].wall_start.time() == rows[0].wall_start.time()


# -- On the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def member(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva"))


def upload(world: World, client: FlaskClient, data: bytes, name: str = "calendar.ics") -> Any:
    return client.post(
        "/alva/activities/import",
        data={
            "file": (io.BytesIO(data), name),
            "organisation_id": world.organisations["alva"][0],
            "language": "mk",
        },
        content_type="multipart/form-data",
    )


def numbers(world: World) -> tuple[int, int]:
    with in_city(world):
        return (
            db.session.scalar(select(func.count()).select_from(Activity)) or 0,
            db.session.scalar(select(func.count()).select_from(PendingImport)) or 0,
        )


def test_a_calendar_is_called_whatever_its_sender_calls_it(
    world: World, member: FlaskClient
) -> None:
    answer = upload(world, member, calendar(event()), "a\x00b.ics")
    assert answer.status_code == 303
    assert "ab.ics" in member.get(answer.location).text


def test_nothing_is_written_before_it_is_confirmed(world: World, member: FlaskClient) -> None:
    assert member.get("/alva/activities/import").status_code == 200
    answer = upload(
        world,
        member,
        calendar(event(), event("bad", DTEND="x", **{"DTEND;TZID=Europe/Skopje": ""})),
    )
    assert answer.status_code == 303
    assert numbers(world) == (0, 1)
    page = member.get(answer.location).text
    assert "Parents’ evening" in page
    assert "Refused" in page
    assert member.get(answer.location + "?show=refuse&page=9").status_code == 200
    done = member.post(answer.location + "/confirm")
    assert done.status_code == 303
    assert numbers(world) == (1, 0)
    # Pressed twice: the second finds nothing to do.
    assert member.post(answer.location + "/confirm").status_code == 303
    assert numbers(world) == (1, 0)
    again = upload(world, member, calendar(event()))
    assert "Import all of it" not in member.get(again.location).text


def test_what_changed_since_the_preview_is_shown_first(world: World, member: FlaskClient) -> None:
    first = upload(world, member, calendar(event()))
    second = upload(world, member, calendar(event()))
    member.post(first.location + "/confirm")
    answer = member.post(second.location + "/confirm")
    assert answer.location == second.location
    assert "look again" in member.get(answer.location).text
    assert numbers(world) == (1, 1)


def test_a_preview_is_its_maker_s_own_and_goes_after_a_day(
    world: World, member: FlaskClient, sign_in: SignIn
) -> None:
    answer = upload(world, member, calendar(event()))
    chair = sign_in(world.person("alva", Role.CHAIR))
    assert chair.get(answer.location).status_code == 404
    chair.post(answer.location + "/confirm")
    assert numbers(world) == (0, 1)
    with in_city(world):
        pending = db.session.scalars(select(PendingImport)).one()
        pending.expires_at -= timedelta(days=2)
        db.session.commit()
    assert member.get(answer.location).status_code == 404
    with in_city(world):
        forget_old_previews()
        db.session.commit()
    assert numbers(world) == (0, 0)
    other = upload(world, member, calendar(event()))
    assert member.post(other.location + "/discard").status_code == 303
    assert numbers(world) == (0, 0)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"<html>", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\n"]
)
def test_a_file_that_is_no_calendar_is_refused_with_a_sentence(
    world: World, member: FlaskClient, data: bytes
) -> None:
    answer = upload(world, member, data)
    assert answer.status_code == 422
    assert 'class="m-error"' in answer.text
    assert numbers(world) == (0, 0)


def test_the_command_does_what_the_page_does(world: World, tmp_path: Path) -> None:
    path = tmp_path / "calendar.ics"
    path.write_bytes(calendar(event()))
    runner = world.app.test_cli_runner()
    command = ["activities", "import", str(path), "--city", "alva"]
    dry = runner.invoke(args=[*command, "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "Parents’ evening" in dry.output
    assert numbers(world) == (0, 0)
    assert runner.invoke(args=command).exit_code == 0
    assert numbers(world) == (1, 0)
    again = runner.invoke(args=[*command, "--member", "member@alva.example"])
    assert again.exit_code == 0, again.output
    assert numbers(world) == (1, 0)
    path.write_bytes(b"nonsense")
    failed = runner.invoke(args=command)
    assert failed.exit_code == 1
    assert "Traceback" not in failed.output
    assert runner.invoke(args=[*command[:-1], "nowhere"]).exit_code == 1
    assert runner.invoke(args=[*command, "--member", "nobody@alva.example"]).exit_code == 1
    path.write_bytes(calendar(event("x", **{"DTSTART;TZID=Europe/Skopje": "nonsense"})))
    assert runner.invoke(args=command).exit_code == 3


def test_what_comes_in_is_found_at_once(world: World, see: See) -> None:
    member = see()
    with in_city(world) as today:
        bring_in(calendar(event(), event("two", SUMMARY="Летња школа")), member, today)
        with asking(world):
            found = list(hits(member, read_query("letnja", today), "/", "/"))
        assert [hit.title for hit in found] == ["Летња школа"]
        bring_in(calendar(event("two", SUMMARY="Зимска школа")), member, today)
        assert len(list(all_searchable())) == 2
        assert index_many(all_searchable()) == 0, "the index is in step"
