"""Approved minutes: when and where it was, and who was there, change by a correction with its reason alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import attachments_of, db
from core.notifications.models import Notification
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Attendance, AudienceMember, Correction, Meeting
from plugins.meetings.services import approval, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.history import corrections_of
from plugins.meetings.services.meetings import change_meeting, entry_of
from plugins.meetings.services.notes import correct

from .conftest import See, asking, in_city, items_of, make, make_body, seated
from .papers_desk import PNG

SignIn = Callable[[Any], FlaskClient]
WHY = "The list that was signed says otherwise."


@pytest.fixture
def approved(world: World, see: See) -> str:
    """A meeting whose minutes are approved; its chair was there, the member was not."""
    keeper = see()
    with in_city(world), asking(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper, place="Town hall")
        convening.convene(meeting, keeper)
        convening.start(meeting, keeper)
        rows = attendance.rows_of(meeting.id)
        chair = see(Role.CHAIR).membership_id
        here = {row.id: "present" if row.membership_id == chair else "absent" for row in rows}
        attendance.set_statuses(meeting, here, {}, {}, keeper)
        convening.end(meeting, keeper)
        convening.circulate(meeting, keeper)
        approval.approve(meeting, keeper)
        db.session.commit()
        return meeting.id


def _stored(meeting_id: str) -> Meeting:
    return db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()


def test_when_and_where_it_was_is_corrected_with_a_reason(
    world: World, see: See, desk: FlaskClient, approved: str
) -> None:
    with in_city(world):
        meeting = _stored(approved)
        form = {
            "version": str(meeting.version), "day": meeting.wall_start.date().isoformat(),
            "start": "10:00", "end": "12:00", "place": "Library", "mode": meeting.mode,
            "type": meeting.type, "language": meeting.language,
        }  # fmt: skip
    edit = f"/alva/meetings/{approved}/edit"
    assert "Correct when and where" in desk.get(f"/alva/meetings/{approved}").get_data(as_text=True)
    refused = desk.post(edit, data=form)
    assert refused.status_code == 422
    assert "Library" in refused.get_data(as_text=True)
    assert "Say why they are corrected." in refused.get_data(as_text=True)
    with in_city(world):
        assert _stored(approved).place == "Town hall"
    assert desk.post(edit, data=form | {"reason": WHY}).status_code == 303
    with in_city(world):
        meeting = _stored(approved)
        assert (meeting.place, meeting.minutes_version) == ("Library", 2)
        told = db.session.scalars(select(Correction)).one()
        assert (told.what, told.reason) == ("meeting", WHY)
        assert told.fields["place"] == ["Town hall", "Library"]
    read = desk.get(f"/alva/meetings/{approved}/history").get_data(as_text=True)
    # What it said before stands there struck out, for everybody who reads the minutes.
    assert "<del><bdi>Town hall</bdi></del>" in read
    assert WHY in read
    assert "When and where" in read


def _told_of_corrections(world: World) -> set[str]:
    with in_city(world):
        found = db.session.scalars(
            select(Notification.membership_id).where(Notification.kind == "meetings.corrected")
        )
        return set(found)


def test_whoever_is_on_the_list_is_told_and_of_a_restricted_item_only_who_is_named(
    world: World, see: See, desk: FlaskClient, approved: str
) -> None:
    chair, member = (str(see(role).membership_id) for role in (Role.CHAIR, Role.MEMBER))
    with in_city(world):
        meeting = _stored(approved)
        item = items_of(meeting)[0]
        item.restricted = True
        db.session.add(AudienceMember(item_id=item.id, membership_id=chair))
        db.session.flush()
        correct(meeting, "item", WHY, {"title": ["One", "Other"]}, see(), item=item)
        db.session.commit()
    assert _told_of_corrections(world) == {chair}
    with in_city(world):
        correct(_stored(approved), "meeting", WHY, {"place": ["Town hall", "Library"]}, see())
        db.session.commit()
    assert _told_of_corrections(world) == {chair, member}


def test_who_was_there_is_corrected_with_a_reason(
    world: World, see: See, desk: FlaskClient, approved: str
) -> None:
    with in_city(world):
        absent = db.session.scalars(
            select(Attendance).where(
                Attendance.meeting_id == approved, Attendance.status == "absent"
            )
        ).one()
    page = f"/alva/meetings/{approved}/attendance"
    # Without asking for it the approved list is only read.
    assert f'name="status-{absent.id}"' not in desk.get(page).get_data(as_text=True)
    assert "correct=1" in desk.get(page).get_data(as_text=True)
    assert f'name="status-{absent.id}"' in desk.get(f"{page}?correct=1").get_data(as_text=True)
    typed = {f"status-{absent.id}": "excused", f"apology-{absent.id}": "Sends the figures."}
    refused = desk.post(page, data=typed)
    assert refused.status_code == 422
    # What was ticked and written stands there still.
    read = refused.get_data(as_text=True)
    assert f'name="status-{absent.id}" value="excused" checked' in read
    assert "Sends the figures." in read
    assert desk.post(page, data=typed | {"reason": WHY}).status_code == 303
    with in_city(world):
        row = db.session.scalars(select(Attendance).where(Attendance.id == absent.id)).one()
        assert (row.status, row.apology) == ("excused", "Sends the figures.")
        [told] = corrections_of(approved, see(Role.MEMBER))
        assert (told.version, told.what, told.reason) == (2, "attendance", WHY)
        [line] = told.moved
        assert (line.was, line.now) == ("Absent", "Excused")
        assert line.title


def test_whoever_was_forgotten_is_put_on_the_approved_list_with_a_reason(
    world: World, desk: FlaskClient, approved: str
) -> None:
    add = f"/alva/meetings/{approved}/attendance/add"
    guest = {"name": "Guest Kanarinka", "part": "guest"}
    refused = desk.post(add, data=guest)
    assert refused.status_code == 422
    assert "Guest Kanarinka" in refused.get_data(as_text=True)
    assert desk.post(add, data=guest | {"reason": WHY}).status_code == 303
    with in_city(world):
        assert _stored(approved).minutes_version == 2
        names = db.session.scalars(
            select(Attendance.guest_name).where(Attendance.meeting_id == approved)
        )
        assert "Guest Kanarinka" in set(names)


def test_the_papers_of_approved_minutes_stay(
    world: World, desk: FlaskClient, approved: str
) -> None:
    with in_city(world):
        item = items_of(_stored(approved))[0].id
    sent = {"files": (io.BytesIO(PNG), "late.png")}
    told = desk.post(
        f"/alva/meetings/items/{item}/attachments", data=sent, follow_redirects=True
    ).get_data(as_text=True)
    assert "The minutes are approved, so their papers stay as they are." in told
    with in_city(world):
        assert not attachments_of(ref_of("item", item))


def test_what_is_sent_along_is_read_by_those_on_the_list(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world), asking(world):
        keeper, chair = see(), see(Role.CHAIR)
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        convening.convene(meeting, keeper)
        attendance.send_apology(meeting, "Kanarinka apology", chair)
        db.session.commit()
        page = f"/alva/meetings/{meeting.id}/attendance"
    on_list = sign_in(world.person("alva", Role.MEMBER)).get(page).get_data(as_text=True)
    assert "Kanarinka apology" in on_list
    other = sign_in(world.person("alva", Role.LEAD_WORKER)).get(page)
    assert other.status_code == 200
    assert "Kanarinka apology" not in other.get_data(as_text=True)


def test_history_tells_where_a_meeting_was_to_be_before(
    world: World, see: See, sign_in: SignIn
) -> None:
    with in_city(world), asking(world):
        keeper = see()
        meeting = make(make_body(keeper), keeper, place="Town hall")
        moved = replace(entry_of(meeting), place="Library")
        change_meeting(meeting, moved, meeting.version, keeper)
        db.session.commit()
        home = f"/alva/meetings/{meeting.id}/history"
    read = sign_in(world.person("alva", Role.CHAIR)).get(home).get_data(as_text=True)
    assert "<del><bdi>Town hall</bdi></del>" in read
    assert "<bdi>Library</bdi>" in read


def test_a_correction_of_a_closed_body_s_list_is_not_told_to_others(world: World, see: See) -> None:
    with in_city(world), asking(world):
        keeper, member = see(), see(Role.MEMBER)
        body = make_body(keeper, readers="body")
        seated(world, body, keeper, Role.CHAIR)
        meeting = make(body, keeper)
        convening.minute_from_paper(meeting, keeper)
        convening.circulate(meeting, keeper)
        approval.approve(meeting, keeper)
        [row] = attendance.rows_of(meeting.id)
        attendance.set_statuses(meeting, {row.id: "absent"}, {}, {}, keeper, reason=WHY)
        assert len(corrections_of(meeting.id, keeper)) == 1
        assert corrections_of(meeting.id, member) == []
