"""A restricted item is "Restricted item" and nothing more, on every channel there is.

A word that stands nowhere else is written into everything that a restricted item has. Everybody who is neither named
nor was in the room then looks everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.api import db, utcnow
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Meeting
from plugins.meetings.plugin import calendar, describe, translatable
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.approval import approve
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.disclosure import public_extract, read_meeting
from plugins.meetings.services.known import Withheld
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.overview import events

from .conftest import See, asking, in_city, items_of, make, make_body, seated

CANARY = "Kanarinka"
HIDDEN_MINUTES = 37


@pytest.fixture
def secret(world: World, see: See) -> dict[str, str]:
    """A meeting that was held: the chair is named for its restricted item, and one more was in the room for it."""
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER)
        meeting = make(body, chair, days=0)
        agenda.add_item(meeting, body, ItemEntry("An open matter", "en"), keeper)
        item = agenda.add_item(
            meeting, body,
            ItemEntry(
                f"{CANARY} title", "en", "topics", "case_block", f"{CANARY} background",
                minutes=HIDDEN_MINUTES, presenter_name=f"{CANARY} presenter", restricted=True,
            ),
            chair,
        )  # fmt: skip
        convening.start(meeting, chair)
        rows = {row.membership_id: row for row in attendance.rows_of(meeting.id)}
        here = {chair.membership_id: "present", see(Role.LEAD_WORKER).membership_id: "present"}
        attendance.set_statuses(
            meeting,
            {row.id: here.get(membership or "", "excused") for membership, row in rows.items()},
            {}, {}, chair,
        )  # fmt: skip
        for each in items_of(meeting):
            convening.go_to(meeting, each, chair)
        save_note(item, meeting, body, f"{CANARY} note", 0, chair)
        decision = decide(
            item, meeting, body, DecisionEntry(f"{CANARY} text", f"{CANARY} reason", "en"), chair
        )
        convening.end(meeting, chair)
        convening.circulate(meeting, chair)
        approve(meeting, chair)
        db.session.commit()
        return {"meeting": meeting.id, "item": item.id, "decision": decision.id}


OUTSIDERS = [Role.FOCAL_POINT, Role.MEMBER, Role.DATA_PROTECTION_OFFICER]


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_page_tells(
    world: World,
    secret: dict[str, str],
    sign_in: Callable[[Any], FlaskClient],
    role: Role,
) -> None:
    client = sign_in(world.person("alva", role))
    meeting, item, decision = secret["meeting"], secret["item"], secret["decision"]
    pages = [
        "", "meetings/", f"meetings/{meeting}", f"meetings/{meeting}?one=1",
        f"meetings/{meeting}/attendance", f"meetings/{meeting}/history", f"meetings/{meeting}/approval",
        "meetings/proposals", "meetings/bodies", "meetings/decisions",
        f"meetings/decisions?q={CANARY[:5]}&kind=case_block", "week",
        "exports/meetings/decisions.csv", "exports/meetings/attendance.csv",
        "calendar", "calendar?view=month", "translations",
        f"search?q={CANARY[:6].lower()}", "notifications",
        "translations?state=original",
    ]  # fmt: skip
    for page in pages:
        answer = client.get(f"/alva/{page}", follow_redirects=True)
        text = answer.get_data(as_text=True)
        assert CANARY not in text, page
        assert item not in text, page
        assert f"{HIDDEN_MINUTES} min" not in text, page
    assert "Restricted item" in client.get(f"/alva/meetings/{meeting}").get_data(as_text=True)
    for closed in (
        f"meetings/items/{item}", f"meetings/items/{item}/edit", f"meetings/decisions/{decision}/edit",
        f"content/meetings/item/{item}", f"translations/meetings/item/{item}",
    ):  # fmt: skip
        assert client.get(f"/alva/{closed}").status_code in {403, 404}, closed


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_hook_and_no_view_tells(
    world: World, secret: dict[str, str], see: See, role: Role
) -> None:
    reader = see(role)
    refs = [ref_of(kind, secret[kind]) for kind in ("item", "decision")]
    with in_city(world), asking(world):
        assert describe(refs, reader) == {}
        assert translatable(refs, reader) == {}
        view = read_meeting(secret["meeting"], reader)
        assert view is not None
        withheld = [each for each in view.items if isinstance(each, Withheld)]
        assert withheld == [Withheld(withheld[0].number)]
        assert CANARY not in repr(view)
        now = utcnow()
        found = list(calendar(reader, now - timedelta(days=2), now + timedelta(days=2)))
        found += events([ref_of("meeting", secret["meeting"])], reader, "/").values()
        assert found
        assert CANARY not in json.dumps([asdict(each) for each in found], default=str)
        extract = public_extract(secret["meeting"], reader)
        assert extract is not None
        assert CANARY not in repr(extract)


def test_the_extract_is_the_same_for_who_may_read_more(
    world: World, secret: dict[str, str], see: See
) -> None:
    with in_city(world):
        insider, outsider = see(Role.CHAIR), see(Role.MEMBER)
        mine, theirs = (public_extract(secret["meeting"], each) for each in (insider, outsider))
        assert mine == theirs


def test_who_is_named_and_who_was_in_the_room_read_it_once_they_promised(
    world: World, secret: dict[str, str], see: See
) -> None:
    with in_city(world):
        meeting = db.session.query(Meeting).filter_by(id=secret["meeting"]).one()
        for role in (Role.CHAIR, Role.LEAD_WORKER):
            reader = see(role)
            before = read_meeting(secret["meeting"], reader)
            assert before is not None
            assert before.asks_promise
            assert CANARY not in repr(before)
            attendance.promise(meeting, "I do.", reader)
            after = read_meeting(secret["meeting"], reader)
            assert after is not None
            assert CANARY in repr(after)
        # Who sits in the body and was excused was not in the room.
        away = see(Role.MEMBER)
        attendance.promise(meeting, "I do.", away)
        view = read_meeting(secret["meeting"], away)
        assert view is not None
        assert CANARY not in repr(view)


def test_no_notification_and_no_mail_tells(world: World, secret: dict[str, str]) -> None:
    from core.jobs.models import Job
    from core.notifications.models import Notification

    with in_city(world):
        rows = db.session.query(Notification).all()
        assert rows
        assert all(CANARY not in json.dumps(row.facts) for row in rows)
        assert all(CANARY not in json.dumps(job.payload) for job in db.session.query(Job).all())


def test_decisions_of_restricted_items_leave_no_gap(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        meeting = make(body, keeper, days=0)
        secret = agenda.add_item(meeting, body, ItemEntry("Secret", "en", restricted=True), keeper)
        plain = agenda.add_item(meeting, body, ItemEntry("Plain", "en"), keeper)
        convening.start(meeting, keeper)
        entry = DecisionEntry("So be it.", "Because.", "en")
        assert decide(plain, meeting, body, entry, keeper).number == 1
        hidden = decide(secret, meeting, body, entry, keeper)
        assert (hidden.number, hidden.apart, hidden.publicity) == (1, True, "restricted")
        assert decide(plain, meeting, body, entry, keeper).number == 2
