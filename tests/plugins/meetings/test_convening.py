"""Who is invited and expected: seats given later, substitutes, guests by mail, and reminders that follow answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import (
    ActionEntry,
    Guest,
    add_action,
    current_city,
    db,
    invite,
    invitees_of,
    set_answer,
)
from core.invitations import events
from core.notifications.models import Reminder
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Attendance, Body, Meeting, Statement
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry, add_item
from plugins.meetings.services.bodies import change_role, seat, seats_of

from .conftest import See, hold, in_city, items_of, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]


def convened(world: World, see: See, *roles: Role) -> tuple[Body, Meeting]:
    """A meeting to which people with these roles are invited."""
    body = make_body(see())
    seated(world, body, see(), *roles)
    meeting = make(body, see())
    convening.convene(meeting, see())
    return body, meeting


def listed(meeting: Meeting) -> dict[str, tuple[str, str]]:
    return {
        row.membership_id or row.guest_name: (row.part, row.status)
        for row in attendance.rows_of(meeting.id)
    }


def reminded(meeting: Meeting) -> set[str]:
    return set(
        db.session.scalars(select(Reminder.membership_id).where(Reminder.ref_id == meeting.id))
    )


def invited(meeting: Meeting) -> set[str]:
    return {line.membership_id for line in invitees_of(ref_of("meeting", meeting.id))}


def reply(meeting: Meeting, membership_id: str, answer: str) -> None:
    ref = ref_of("meeting", meeting.id)
    line = next(each for each in invitees_of(ref) if each.membership_id == membership_id)
    assert set_answer(ref, line.id, answer)


def test_who_gets_a_seat_after_convening_is_invited_and_counted(
    world: World, see: See, sign_in: SignIn
) -> None:
    member = world.person("alva", Role.MEMBER).membership_id
    with in_city(world):
        body, meeting = convened(world, see, Role.CHAIR)
        assert member not in listed(meeting)
        db.session.commit()
        page, meeting_id = f"/alva/meetings/bodies/{body.id}", meeting.id
    manager = sign_in(world.person("alva", Role.FOCAL_POINT))
    given = manager.post(f"{page}/seats", data={"membership_id": member, "role": "member"})
    assert given.status_code == 303
    with in_city(world):
        meeting = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()
        assert listed(meeting)[member] == ("member", "expected")
        assert member in invited(meeting)
        assert member in reminded(meeting)


def test_another_role_changes_the_list_of_what_is_convened(world: World, see: See) -> None:
    member = world.person("alva", Role.MEMBER).membership_id
    with in_city(world):
        body, meeting = convened(world, see, Role.CHAIR, Role.MEMBER)
        own = next(each for each in seats_of(body.id, "en") if each.membership_id == member)
        change_role(body, own.id, "observer", see())
        attendance.expect_new_seat(body, see())
        assert listed(meeting)[member] == ("observer", "expected")
        change_role(body, own.id, "substitute", see())
        attendance.expect_new_seat(body, see())
        # Observers stay on the list until their seat is taken away; a member who becomes a substitute does not.
        chair = next(each for each in seats_of(body.id, "en") if each.role == "chair")
        change_role(body, chair.id, "substitute", see())
        attendance.expect_new_seat(body, see())
        assert chair.membership_id not in listed(meeting)
        assert chair.membership_id not in invited(meeting)


def test_a_substitute_on_the_list_is_invited_and_takes_the_place(world: World, see: See) -> None:
    member, other = (
        world.person("alva", role).membership_id for role in (Role.MEMBER, Role.OBSERVER)
    )
    with in_city(world):
        body, meeting = convened(world, see, Role.CHAIR, Role.MEMBER)
        of = next(row for row in attendance.rows_of(meeting.id) if row.membership_id == member)
        row = attendance.add_person(
            meeting, see(), membership_id=other, stands_for=of.id, status="expected"
        )
        assert other in invited(meeting)
        convening.follow(meeting)
        assert other in reminded(meeting)
        # Somebody else gets a seat: the substitute and whoever was added by hand stay on the list.
        attendance.add_person(meeting, see(), name="Ms Guest", part="observer", status="expected")
        seat(body, world.person("alva", Role.FOCAL_POINT).membership_id, "member", see())
        attendance.expect_new_seat(body, see())
        assert listed(meeting)[other] == ("substitute", "expected")
        assert listed(meeting)["Ms Guest"] == ("observer", "expected")
        convening.start(meeting, see())
        attendance.set_statuses(meeting, {row.id: "present", of.id: "excused"}, {}, {}, see())
        assert listed(meeting)[member] == ("member", "replaced")
        attendance.set_statuses(meeting, {row.id: "absent"}, {}, {}, see())
        assert listed(meeting)[member] == ("member", "expected")


def test_who_was_invited_besides_is_expected_when_the_meeting_begins(
    world: World, see: See
) -> None:
    with in_city(world):
        _body, meeting = convened(world, see, Role.CHAIR)
        other = world.person("alva", Role.OBSERVER).membership_id
        ref = ref_of("meeting", meeting.id)
        guests = [Guest(name, f"{name}@example.org", "en") for name in ("anna", "boris")]
        invite(ref, [other], see(), guests)
        line = next(each for each in invitees_of(ref) if each.name == "boris")
        assert set_answer(ref, line.id, "declined")
        convening.start(meeting, see())
        found = listed(meeting)
        assert found["anna"] == ("guest", "expected")
        assert found[other] == ("guest", "expected")
        assert "boris" not in found
        convening.end(meeting, see())
        convening.start(meeting, see())
        rows = db.session.scalars(
            select(Attendance).where(
                Attendance.meeting_id == meeting.id, Attendance.guest_name == "anna"
            )
        ).all()
        assert len(rows) == 1


def test_who_says_no_is_not_reminded(world: World, see: See) -> None:
    member = world.person("alva", Role.MEMBER).membership_id
    with in_city(world):
        _body, meeting = convened(world, see, Role.CHAIR, Role.MEMBER)
        assert member in reminded(meeting)
        reply(meeting, member, "declined")
        assert member not in reminded(meeting)
        reply(meeting, member, "accepted")
        assert member in reminded(meeting)


def test_the_preview_shows_the_agenda_as_others_get_it(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world):
        body = make_body(see())
        meeting = make(body, see())
        add_item(meeting, body, ItemEntry("A name nobody reads", "en", restricted=True), see())
        db.session.commit()
        page = f"/alva/meetings/{meeting.id}/convene"
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    preview = desk.get(page).get_data(as_text=True)
    assert "Restricted item" in preview
    assert "A name nobody reads" not in preview


def test_who_cannot_come_sends_along_what_should_be_read_out(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world):
        _body, meeting = convened(world, see, Role.CHAIR, Role.MEMBER)
        db.session.commit()
        home = f"/alva/meetings/{meeting.id}"
    member = sign_in(world.person("alva", Role.MEMBER))
    assert "what should be read out" in member.get(home).get_data(as_text=True)
    sent = {"apology": "We need \x00two buses."}
    assert member.post(f"{home}/apology", data=sent).status_code == 303
    assert "We need two buses." in member.get(home).get_data(as_text=True)
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert "We need two buses." in desk.get(f"{home}/attendance").get_data(as_text=True)
    # Somebody who is not expected has nothing to send along.
    stranger = sign_in(world.person("alva", Role.OBSERVER))
    assert "what should be read out" not in stranger.get(home).get_data(as_text=True)
    stranger.post(f"{home}/apology", data={"apology": "Mine."})
    assert desk.post(f"{home}/step/start").status_code == 303
    member.post(f"{home}/apology", data={"apology": "Too late."})
    with in_city(world):
        rows = db.session.scalars(select(Attendance)).all()
        assert sorted(row.apology for row in rows) == ["", "We need two buses."]


def test_the_quorum_on_an_open_page_follows_the_meeting_alone(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world):
        _body, meeting = convened(world, see, Role.CHAIR)
        db.session.commit()
        home = f"/alva/meetings/{meeting.id}"
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert desk.post(f"{home}/step/start").status_code == 303
    page = desk.get(home).get_data(as_text=True)
    assert 'id="live-quorum"' in page
    assert 'hx-trigger="every 30s"' in page
    assert desk.post(f"{home}/step/end").status_code == 303
    assert "hx-trigger" not in desk.get(home).get_data(as_text=True)


def test_every_open_action_and_the_running_total_stand_on_the_page(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world) as today:
        body = make_body(see())
        first = make(body, see(), days=-80)
        for number in range(14):
            entry = ActionEntry(
                f"Promise {number}.",
                "en",
                world.organisations["alva"][0],
                None,
                today + timedelta(number),
            )
            add_action(entry, see(), subject=ref_of("item", items_of(first)[0].id))
        hold(first, see())
        second = make(body, see())
        add_item(second, body, ItemEntry("Five", "en", minutes=5), see())
        db.session.commit()
        home = f"/alva/meetings/{second.id}"
    page = sign_in(world.person("alva", Role.FOCAL_POINT)).get(home).get_data(as_text=True)
    assert all(f"Promise {number}." in page for number in range(14))
    # The running total stands with each item while the agenda is put in order.
    assert re.search(r"Σ \d+ min", page)


def test_a_new_chair_of_the_body_chairs_what_is_still_to_be_held(
    world: World, see: See, sign_in: SignIn
) -> None:
    chair, member, other = (
        world.person("alva", role).membership_id
        for role in (Role.CHAIR, Role.MEMBER, Role.OBSERVER)
    )
    with in_city(world):
        body, meeting = convened(world, see, Role.CHAIR, Role.MEMBER)
        meeting.chair_id = chair
        draft = make(body, see(), days=40, chair_id=chair)
        alone = make(body, see(), days=70, chair_id=other)
        seats = {each.membership_id: each.id for each in seats_of(body.id, "en")}
        db.session.commit()
        page, ids = f"/alva/meetings/bodies/{body.id}/seats", (meeting.id, draft.id, alone.id)

    def chairs() -> list[str | None]:
        with in_city(world):
            found = {row.id: row.chair_id for row in db.session.scalars(select(Meeting))}
        return [found[each] for each in ids]

    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert desk.post(f"{page}/{seats[member]}/role", data={"role": "chair"}).status_code == 303
    assert chairs() == [member, member, other]
    assert desk.post(f"{page}/{seats[member]}/remove").status_code == 303
    assert chairs() == [None, None, other]


def test_who_signs_the_statement_on_paper_is_written_down(
    world: World, see: See, sign_in: SignIn
) -> None:
    member = world.person("alva", Role.MEMBER).membership_id
    with in_city(world):
        _body, meeting = convened(world, see, Role.CHAIR, Role.MEMBER)
        db.session.commit()
        meeting_id, page = meeting.id, f"/alva/meetings/{meeting.id}/attendance"
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    # Where nothing is restricted, nobody needs to promise anything.
    assert "Statement of confidence" not in desk.get(page).get_data(as_text=True)
    with in_city(world):
        meeting = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()
        body = db.session.scalars(select(Body).where(Body.id == meeting.body_id)).one()
        add_item(meeting, body, ItemEntry("Secret", "en", restricted=True), see(Role.CHAIR))
        row = next(
            each for each in attendance.rows_of(meeting.id) if each.membership_id == member
        ).id
        db.session.commit()
    assert f'name="signed-{row}"' in desk.get(page).get_data(as_text=True)
    for _twice in range(2):
        assert desk.post(page, data={f"signed-{row}": "y"}).status_code == 303
    assert f'name="signed-{row}"' not in desk.get(page).get_data(as_text=True)
    with in_city(world):
        kept = db.session.scalars(select(Statement)).one()
        assert kept.membership_id == member
        assert kept.noted_by == world.person("alva", Role.FOCAL_POINT).membership_id
        assert "confiden" in kept.words or "keep to myself" in kept.words


def test_a_mail_calls_the_meeting_by_its_number_in_the_language_of_its_reader(
    world: World, see: See
) -> None:
    with in_city(world):
        _body, meeting = convened(world, see, Role.CHAIR)
        ref, hooks = ref_of("meeting", meeting.id), events.hooks_of(current_city())
        # A mail is written outside any request: nobody reads, and its language is that of whoever gets it.
        told = {
            language: getattr(
                events.entry_of(ref, events.any_member(hooks, language), hooks), "title", ""
            )
            for language in ("en", "ar")
        }
        assert "meeting 1" in told["en"]
        assert told["ar"]
        assert "meeting" not in told["ar"]
