"""A restricted item is "Restricted item" and nothing more, on every channel there is.

A word that stands nowhere else is written into everything that a restricted item has. Everybody who is neither named
nor was in the room then looks everywhere.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.api import ActionEntry, Ref, add_action, db, keep_translation, save_upload, today, utcnow
from core.identity.models import Organisation
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.permissions import Role
from core.testing.app import World
from core.testing.mailbox import Mailbox
from core.testing.papers import read_pdf, text_of
from plugins.meetings.models import Meeting
from plugins.meetings.plugin import calendar, describe, translatable
from plugins.meetings.services import agenda, attendance, convening, proposals
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.approval import approve
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.disclosure import public_extract, read_meeting
from plugins.meetings.services.known import Withheld
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.overview import events
from plugins.meetings.services.proposals import ProposalEntry

from .conftest import See, asking, in_city, items_of, make, make_body, seated
from .papers_desk import CANARY, PAPERS, PNG

HIDDEN_MINUTES = 37


def _hidden(chair: str, *, restricted: bool) -> ItemEntry:
    return ItemEntry(
        f"{CANARY} title", "en", "topics", "case_block", f"{CANARY} background",
        minutes=HIDDEN_MINUTES, presenter_name=f"{CANARY} presenter", restricted=restricted, named=(chair,),
    )  # fmt: skip


@pytest.fixture(params=["from the start", "afterwards"])
def secret(request: pytest.FixtureRequest, world: World, see: See) -> dict[str, str]:
    """A meeting that was held: the chair is named for its restricted item, and one more was in the room for it.

    It was proposed, has a paper, a translation, somebody with an interest, somebody who left, a decision with dissent
    and two actions of an organisation that nobody else of this test speaks for. It is restricted from the start, or
    only once all of that was there and the minutes were circulated.
    """
    keeper, chair, insider = see(), see(Role.CHAIR), see(Role.LEAD_WORKER)
    first = request.param == "from the start"
    with in_city(world), asking(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER)
        meeting = make(body, chair, days=1)
        agenda.add_item(meeting, body, ItemEntry("An open matter", "en"), keeper)
        proposal = proposals.propose(
            ProposalEntry(
                body.id, f"{CANARY} title", "en", f"{CANARY} background", restricted=first
            ),
            insider,
        )
        item = proposals.answer(proposal, "accepted", f"{CANARY} word", chair)
        assert item is not None
        entry = _hidden(chair.membership_id, restricted=first)
        agenda.change_item(item, meeting, body, entry, item.version, chair)
        upload = FileStorage(io.BytesIO(PNG), f"{CANARY}.png")
        paper = save_upload(ref_of("item", item.id), upload, chair)
        convening.convene(meeting, keeper)
        convening.start(meeting, chair)
        rows = {row.membership_id: row for row in attendance.rows_of(meeting.id)}
        here = {chair.membership_id: "present", insider.membership_id: "present"}
        attendance.set_statuses(
            meeting,
            {row.id: here.get(membership or "", "excused") for membership, row in rows.items()},
            {}, {}, chair,
        )  # fmt: skip
        for each in items_of(meeting):
            convening.go_to(meeting, each, chair)
        note = save_note(item, meeting, body, f"{CANARY} note", 0, chair)
        own = rows[insider.membership_id].id
        decision = decide(
            item, meeting, body,
            DecisionEntry(
                f"{CANARY} text", f"{CANARY} reason", "en", f"{CANARY} alternative",
                legal_basis=f"{CANARY} law", dissents=((own, f"{CANARY} dissent"),),
            ),
            chair,
        )  # fmt: skip
        attendance.set_interests(meeting, item, set(), {own}, chair)
        attendance.note_movement(meeting, rows[chair.membership_id].id, item, "left", chair)
        for kind, identifier, field in (
            ("item", item.id, "title"), ("note", note.id, "text"), ("decision", decision.id, "text"),
        ):  # fmt: skip
            keep_translation(ref_of(kind, identifier), "mk", {field: f"{CANARY} mk"}, chair)
        others = Organisation(names={"en": "Others"}, sort_key="others", sector="education")
        db.session.add(others)
        db.session.flush()
        for kind, identifier in (("item", item.id), ("decision", decision.id)):
            subject = ref_of(kind, identifier)
            told = describe([subject], chair).get(subject)
            # Who was only named reads it once they have promised; until then the form says 404.
            restricted = told.restricted if told else True
            what = ActionEntry(f"{CANARY} action", "en", others.id, None, today())
            action = add_action(what, chair, subject=subject, restricted=restricted)
            words = {"text": f"{CANARY} mk"}
            keep_translation(Ref("actions", "action", action.id), "mk", words, chair)
        convening.end(meeting, chair)
        convening.circulate(meeting, chair)
        if not first:
            entry = _hidden(chair.membership_id, restricted=True)
            agenda.change_item(item, meeting, body, entry, item.version, chair)
        approve(meeting, chair)
        db.session.commit()
        return {
            "meeting": meeting.id, "item": item.id, "decision": decision.id, "note": note.id,
            "proposal": proposal.id, "paper": paper.id, "body": body.id, "action": action.id,
        }  # fmt: skip


OUTSIDERS = [Role.FOCAL_POINT, Role.MEMBER, Role.DATA_PROTECTION_OFFICER]


def everything(content: bytes) -> str:
    """All that an answer says, whatever kind of file it is."""
    if content.startswith(b"%PDF"):
        return text_of(read_pdf(content))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return "\n".join(
                package.read(name).decode("utf-8", "replace") for name in package.namelist()
            )
    return content.decode()


@pytest.mark.parametrize("role", [*OUTSIDERS, Role.CITY_ADMINISTRATOR])
def test_no_page_tells(
    world: World,
    secret: dict[str, str],
    sign_in: Callable[[Any], FlaskClient],
    role: Role,
) -> None:
    client = sign_in(world.person("alva", role))
    meeting, item, decision = secret["meeting"], secret["item"], secret["decision"]
    pages = [
        # Pages and lists.
        "", "meetings/", f"meetings/{meeting}", f"meetings/{meeting}?one=1",
        f"meetings/{meeting}/attendance", f"meetings/{meeting}/history", f"meetings/{meeting}/approval",
        "meetings/proposals", "meetings/bodies", f"meetings/bodies/{secret['body']}", "figures",
        "meetings/decisions", f"meetings/decisions?q={CANARY[:5]}&kind=case_block",
        # What is to be done, and what a focal point needs.
        "actions/?whose=all&show=every", f"actions/?whose=all&q={CANARY[:-1]}", "week", "week/waiting", "handover",
        "handover.pdf",
        # Calendar, translations, search, what is told, and what is written down of who did what.
        "calendar", "calendar?view=month", "calendar/file", "translations", "translations?state=original",
        "translations?state=missing", "invitations", f"invitations/meetings/meeting/{meeting}",
        f"search?q={CANARY[:6].lower()}", f"search?q={CANARY[:-1]}e", "notifications", "settings/log",
        # Files.
        *(f"exports/meetings/{name}.{form}" for name in ("decisions", "attendance") for form in ("csv", "xlsx")),
        "exports/actions/actions.csv?whose=all&show=every", "exports/figures/figures.csv",
        *(f"meetings/{meeting}/papers/{kind}.{form}" for kind in PAPERS for form in ("pdf", "docx")),
        f"meetings/{meeting}/papers/meeting.ics",
    ]  # fmt: skip
    opened = 0
    for page in pages:
        answer = client.get(f"/alva/{page}", follow_redirects=True)
        opened += answer.status_code == 200
        text = everything(answer.data)
        assert CANARY not in text, page
        assert item not in text, page
        assert f"{HIDDEN_MINUTES} min" not in text, page
    if role is Role.CITY_ADMINISTRATOR:
        assert opened > 2
    else:
        assert opened > 30
        told = client.get(f"/alva/meetings/{meeting}").get_data(as_text=True)
        assert "Restricted item" in told
    for closed in (
        f"meetings/items/{item}", f"meetings/items/{item}/edit", f"meetings/items/{item}/decisions/new",
        f"meetings/decisions/{decision}/edit", f"meetings/proposals/{secret['proposal']}",
        f"files/{secret['paper']}", f"meetings/{meeting}/papers/restricted.pdf",
        *(f"translations/meetings/{kind}/{secret[kind]}" for kind in ("item", "note", "decision", "proposal")),
        *(f"translations/meetings/{kind}/{secret[kind]}.pdf" for kind in ("item", "note", "decision")),
        f"actions/{secret['action']}", f"translations/actions/action/{secret['action']}",
        f"translations/actions/action/{secret['action']}.pdf",
        *(f"actions/on/meetings/{kind}/{secret[kind]}" for kind in ("item", "decision")),
    ):  # fmt: skip
        assert client.get(f"/alva/{closed}").status_code in {403, 404}, closed


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.MEMBER])
def test_no_feed_tells(
    world: World, secret: dict[str, str], sign_in: Callable[[Any], FlaskClient], role: Role
) -> None:
    made = sign_in(world.person("alva", role)).post("/alva/calendar/feeds", data={"name": "phone"})
    address = re.search(r"http://localhost(/feed/[\w-]+\.ics)", made.get_data(as_text=True))
    assert address is not None
    told = world.app.test_client().get(address[1]).get_data(as_text=True).replace("\r\n ", "")
    assert "BEGIN:VEVENT" in told
    assert secret["meeting"] in told
    assert CANARY not in told
    assert secret["item"] not in told


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_hook_and_no_view_tells(
    world: World, secret: dict[str, str], see: See, role: Role
) -> None:
    reader = see(role)
    refs = [ref_of(kind, secret[kind]) for kind in ("item", "note", "decision", "proposal")]
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


def test_which_item_is_discussed_is_not_told_where_it_is_restricted(
    world: World, see: See, sign_in: Callable[[Any], FlaskClient]
) -> None:
    chair = see(Role.CHAIR)
    with in_city(world):
        body = make_body(see())
        meeting = make(body, chair, days=0)
        item = agenda.add_item(meeting, body, _hidden(chair.membership_id, restricted=True), chair)
        convening.start(meeting, chair)
        convening.go_to(meeting, item, chair)
        db.session.commit()
        for role in OUTSIDERS:
            assert item.id not in repr(read_meeting(meeting.id, see(role)))
        attendance.promise(meeting, "I do.", chair)
        db.session.commit()
        mine = read_meeting(meeting.id, chair)
        assert mine is not None
        assert mine.current_item == item.id
        page, hidden = f"/alva/meetings/{meeting.id}", item.id
    for suffix in ("", "/attendance"):
        told = sign_in(world.person("alva", Role.FOCAL_POINT)).get(page + suffix)
        assert hidden not in told.get_data(as_text=True)


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


def test_no_notification_and_no_mail_tells(
    world: World, secret: dict[str, str], mailbox: Mailbox
) -> None:
    from core.notifications.models import Notification

    world.app.config["MAIL_URL"] = mailbox.url
    with in_city(world):
        rows = db.session.query(Notification).all()
        assert rows
        assert all(CANARY not in json.dumps(row.facts) for row in rows)
        assert all(CANARY not in json.dumps(job.payload) for job in db.session.query(Job).all())
    for _round in range(3):
        with world.app.app_context():
            for job in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
                job.run_after = job.created_at - timedelta(minutes=5)
                job.key = None
            db.session.commit()
            db.session.remove()
        Worker(world.app, daily=False).work_off()
    assert mailbox.messages
    for mail in mailbox.messages:
        # An action is read by the organisation that is asked for it; nobody speaks for it here.
        said = [str(mail["Subject"])] + [
            str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"
        ]
        assert all(CANARY not in each for each in said), mail["To"]
        assert all(secret["item"] not in each for each in said), mail["To"]


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
