"""What whoever prepares a meeting may have forgotten is said before it matters, and nobody gets the same twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.api import db, new_id, today, utcnow
from core.notifications.models import Reminder
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Item, Meeting
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.agenda import ItemEntry, entry_of
from plugins.meetings.services.bodies import Quorum, set_quorum
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.proposals import ProposalEntry, answer, propose

from .conftest import See, asking, in_city, items_of, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]
CHANGED = "The agenda has changed since it was sent."
BEFORE = "Before you circulate the minutes:"


@pytest.fixture
def convened(world: World, see: See) -> str:
    """A convened meeting of a chair and a member, with an item to be decided."""
    keeper = see()
    with in_city(world), asking(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        agenda.add_item(meeting, body, ItemEntry("Lamps", "en", purpose="decide"), keeper)
        convening.convene(meeting, keeper)
        db.session.commit()
        return meeting.id


def _meeting(meeting_id: str) -> Meeting:
    return db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()


def _read(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_an_agenda_that_changed_since_it_was_sent_says_so_to_who_prepares_it(
    world: World, see: See, desk: FlaskClient, sign_in: SignIn, convened: str
) -> None:
    home = f"/alva/meetings/{convened}"
    assert CHANGED not in _read(desk, home)
    with in_city(world), asking(world):
        meeting = _meeting(convened)
        secret = ItemEntry("Kanarinka", "en", restricted=True)
        agenda.add_item(meeting, body_of(meeting), secret, see())
        db.session.commit()
    # Of what is restricted nobody is told anyway.
    assert CHANGED not in _read(desk, home)
    with in_city(world), asking(world):
        meeting = _meeting(convened)
        agenda.add_item(meeting, body_of(meeting), ItemEntry("Benches", "en"), see())
        db.session.commit()
    assert CHANGED in _read(desk, home)
    assert "Added: " in _read(desk, home)
    assert CHANGED not in _read(sign_in(world.person("alva", Role.MEMBER)), home)
    # Two presses of the same button send it once.
    for _twice in range(2):
        assert desk.post(f"{home}/step/send_again?issue=1").status_code == 303
    with in_city(world):
        assert _meeting(convened).issue == 2
    assert CHANGED not in _read(desk, home)


def test_a_corrected_title_is_not_an_item_that_was_added_late(
    world: World, see: See, convened: str
) -> None:
    with in_city(world), asking(world):
        meeting, keeper = _meeting(convened), see()
        body = body_of(meeting)
        item = db.session.scalars(select(Item).where(Item.title == "Lamps")).one()
        agenda.change_item(
            item, meeting, body, replace(entry_of(item), title="Street lamps"), item.version, keeper
        )
        assert not item.late
        assert agenda.add_item(meeting, body, ItemEntry("Benches", "en"), keeper).late


def test_short_notice_is_said_before_anybody_is_invited(
    world: World, see: See, desk: FlaskClient
) -> None:
    with in_city(world), asking(world):
        body = make_body(see(), notice_days=7)
        seated(world, body, see(), Role.CHAIR)
        soon, later = make(body, see(), days=3).id, make(body, see(), days=8).id
        db.session.commit()
    told = "By the rule of this body the agenda was to go out by"
    assert told in _read(desk, f"/alva/meetings/{soon}/convene")
    assert told not in _read(desk, f"/alva/meetings/{later}/convene")


def test_before_minutes_are_circulated_it_is_said_what_they_lack(
    world: World, see: See, desk: FlaskClient, sign_in: SignIn, convened: str
) -> None:
    home = f"/alva/meetings/{convened}"
    with in_city(world), asking(world):
        convening.minute_from_paper(_meeting(convened), see())
        db.session.commit()
    read = _read(desk, home)
    assert BEFORE in read
    assert "Nobody is marked as present." in read
    assert "To be decided, and no decision is written down:" in read
    assert BEFORE not in _read(sign_in(world.person("alva", Role.MEMBER)), home)
    with in_city(world), asking(world):
        rows = attendance.rows_of(convened)
        attendance.set_statuses(_meeting(convened), {rows[0].id: "present"}, {}, {}, see())
        db.session.commit()
    assert "Of some people it is not said whether they came: 1" in _read(desk, home)
    with in_city(world), asking(world):
        attendance.set_statuses(_meeting(convened), {rows[1].id: "absent"}, {}, {}, see())
        item = next(each for each in items_of(_meeting(convened)) if each.title == "Lamps").id
        db.session.commit()
    form = {
        "once": new_id(), "text": "Lamps are put up.", "rationale": "It is dark.",
        "rule": "majority", "votes_for": "3", "publicity": "members", "language": "en",
    }  # fmt: skip
    told = desk.post(
        f"/alva/meetings/items/{item}/decisions/new", data=form, follow_redirects=True
    ).get_data(as_text=True)
    # Three votes of one person: it is written down, and somebody should look.
    assert "The decision is written down." in told
    assert "It counts more votes than people with a vote are marked as present." in told
    assert BEFORE not in _read(desk, home)


@pytest.mark.parametrize("how", ["start", "paper"])
def test_a_meeting_that_was_opened_by_mistake_is_convened_again(
    world: World, see: See, desk: FlaskClient, convened: str, how: str
) -> None:
    home = f"/alva/meetings/{convened}"
    # With a script it is asked, days before its time.
    assert "Open it now all the same?" in _read(desk, home)
    assert desk.post(f"{home}/step/{how}").status_code == 303
    with in_city(world), asking(world):
        rows = attendance.rows_of(convened)
        attendance.set_statuses(_meeting(convened), {rows[0].id: "present"}, {}, {}, see())
        db.session.commit()
        assert not db.session.scalar(select(func.count()).select_from(Reminder))
    assert "It was opened by mistake" in _read(desk, home)
    assert desk.post(f"{home}/step/not_begun").status_code == 303
    with in_city(world):
        meeting = _meeting(convened)
        assert (meeting.state, meeting.current_item, meeting.started_at) == ("convened", None, None)
        assert {item.state for item in items_of(meeting)} == {"open"}
        assert {row.status for row in attendance.rows_of(convened)} == {"expected"}
        # Everybody is reminded again.
        assert db.session.scalar(select(func.count()).select_from(Reminder))
    # Sent again it changes nothing.
    assert "Somebody else was quicker" in desk.post(
        f"{home}/step/not_begun", follow_redirects=True
    ).get_data(as_text=True)


def test_a_meeting_in_which_something_was_written_has_begun(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    home = f"/alva/meetings/{convened}"
    assert desk.post(f"{home}/step/start").status_code == 303
    with in_city(world):
        item = items_of(_meeting(convened))[0].id
    note = {"version": "0", "text": "Spoken."}
    assert desk.post(f"/alva/meetings/items/{item}/note", data=note).status_code == 303
    told = desk.post(f"{home}/step/not_begun", follow_redirects=True).get_data(as_text=True)
    assert "Something is written down already, so the meeting has begun." in told
    with in_city(world):
        assert _meeting(convened).state == "in_progress"


def test_an_accepted_proposal_does_not_go_to_a_meeting_that_has_passed(
    world: World, see: See
) -> None:
    with in_city(world), asking(world):
        keeper = see()
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR)
        forgotten = make(body, keeper, days=1)
        convening.convene(forgotten, keeper)
        forgotten.start_utc = utcnow() - timedelta(days=30)
        forgotten.end_utc = forgotten.start_utc + timedelta(hours=2)
        coming = make(body, keeper, days=20)
        proposal = propose(ProposalEntry(body.id, "A sports day", "en"), see(Role.MEMBER))
        item = answer(proposal, "accepted", "", keeper)
        assert item is not None
        assert item.meeting_id == coming.id
        assert today() < coming.wall_start.date()


def test_what_was_written_down_was_discussed_though_nobody_pressed_next(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    with in_city(world), asking(world):
        keeper = see()
        meeting = _meeting(convened)
        body = body_of(meeting)
        following = make(body, keeper, days=40).id
        agenda.add_item(meeting, body, ItemEntry("Benches", "en"), keeper)
        agenda.add_item(meeting, body, ItemEntry("Bins", "en"), keeper)
        convening.start(meeting, keeper)
        items = {item.title: item for item in items_of(meeting)}
        save_note(items["Lamps"], meeting, body, "Spoken.", 0, keeper)
        convening.end(meeting, keeper)
        db.session.commit()
        assert items["Lamps"].state == "done"
        assert items["Benches"].state == "not_reached"
        handed = {item.title for item in items_of(_meeting(following))}
        assert "Lamps" not in handed
        assert {"Benches", "Bins"} <= handed
        benches = items["Benches"].id
    page = f"/alva/meetings/items/{benches}"
    assert "It was discussed after all" in _read(desk, page)
    assert desk.post(f"{page}/discussed").status_code == 303
    with in_city(world):
        handed = {item.title for item in items_of(_meeting(following))}
        assert "Benches" not in handed
        assert "Bins" in handed
    told = desk.post(f"{page}/discussed", follow_redirects=True).get_data(as_text=True)
    assert "Somebody else was quicker" in told


def test_the_answer_to_a_proposal_says_on_which_agenda_it_will_stand(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    with in_city(world), asking(world):
        meeting, other = _meeting(convened), make_body(see(), names={"en": "Group"})
        entry = ProposalEntry(meeting.body_id, "A sports day", "en")
        soon = propose(entry, see(Role.MEMBER)).id
        later = propose(ProposalEntry(other.id, "A bus", "en"), see(Role.MEMBER)).id
        db.session.commit()
    read = _read(desk, f"/alva/meetings/proposals/{soon}")
    assert "Accepted, it stands on the agenda of:" in read
    assert f"/alva/meetings/{convened}" in read
    assert "That agenda was sent already, so it is marked as added late." in read
    read = _read(desk, f"/alva/meetings/proposals/{later}")
    assert "Accepted, it stands on the next agenda that is prepared." in read


def test_who_chairs_from_now_on_is_a_press_away_when_the_chair_is_not_here(
    world: World, see: See, desk: FlaskClient, convened: str
) -> None:
    home = f"/alva/meetings/{convened}"
    with in_city(world), asking(world):
        meeting = _meeting(convened)
        set_quorum(body_of(meeting), Quorum(chair_present=True), see())
        meeting.chair_id = see(Role.CHAIR).membership_id
        convening.start(meeting, see())
        db.session.commit()
    assert "Say who chairs now" in _read(desk, home)
    with in_city(world), asking(world):
        everybody = attendance.everybody_expected(convened)
        attendance.set_statuses(_meeting(convened), everybody, {}, {}, see())
        db.session.commit()
    assert "Say who chairs now" not in _read(desk, home)
