"""Standing substitutes: invited when a member says no, sent home when that one can come, and never told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import db, invite, invitees_of, set_answer, utcnow
from core.identity.models import Membership, Person
from core.invitations.models import Invitee
from core.invitations.tokens import answer_token
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.notifications.models import Notification, Reminder
from core.permissions import Role
from core.tenancy import current_city
from core.testing.app import World
from core.testing.mailbox import Mailbox
from plugins.meetings.models import Meeting
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.bodies import seat, seats_of, unseat
from plugins.meetings.services.meetings import body_of
from plugins.meetings.words import State

from .conftest import See, in_city, make, make_body, seated

SignIn = Callable[[Any], FlaskClient]
FIRST, SECOND = Role.OBSERVER, Role.LEAD_WORKER


class Council:
    """A convened meeting of a chair and a member, for whom others stand in."""

    def __init__(self, world: World, see: See, mailbox: Mailbox) -> None:
        self.world, self.see, self.mailbox = world, see, mailbox
        self.member = self.of(Role.MEMBER)
        self.meeting_id = ""

    def of(self, role: Role) -> str:
        return self.world.person("alva", role).membership_id

    def convene(self, *substitutes: str) -> Meeting:
        """In the city in force; committed."""
        by = self.see()
        body = make_body(by)
        seated(self.world, body, by, Role.CHAIR, Role.MEMBER)
        own = next(each for each in seats_of(body.id, "en") if each.membership_id == self.member)
        for each in substitutes:
            seat(body, each, "", by, substitute_for=own.id)
        meeting = make(body, by)
        convening.convene(meeting, by)
        self.meeting_id = meeting.id
        db.session.commit()
        return meeting

    def meeting(self) -> Meeting:
        return db.session.scalars(select(Meeting).where(Meeting.id == self.meeting_id)).one()

    def reply(self, who: str, answer: str) -> bool:
        ref = ref_of("meeting", self.meeting_id)
        line = next(each for each in invitees_of(ref) if each.membership_id == who)
        changed = set_answer(ref, line.id, answer)
        db.session.commit()
        return changed

    def invited(self) -> dict[str, str]:
        """Who is invited, and in whose place."""
        lines = invitees_of(ref_of("meeting", self.meeting_id))
        return {line.membership_id: line.instead_of for line in lines}

    def listed(self) -> dict[str | None, str]:
        """Whom each on the list stands for."""
        rows = attendance.rows_of(self.meeting_id)
        names = {row.id: row.membership_id or "" for row in rows}
        return {row.membership_id: names.get(row.stands_for or "", "") for row in rows}

    def mails(self, who: Role) -> list[EmailMessage]:
        """What the worker sends somebody now; outside any city."""
        before = len(self.mailbox.messages)
        with self.world.app.app_context():
            for job in db.session.scalars(select(Job).where(Job.done_at.is_(None))):
                job.run_after = utcnow() - timedelta(minutes=1)
                job.key = None
            db.session.commit()
            db.session.remove()
        Worker(self.world.app, daily=False).work_off()
        new = self.mailbox.messages[before:]
        return [each for each in new if str(each["To"]).startswith(f"{who.value}@")]


@pytest.fixture
def council(world: World, see: See, mailbox: Mailbox) -> Council:
    """Nobody is convened yet."""
    world.app.config["MAIL_URL"] = mailbox.url
    return Council(world, see, mailbox)


def texts(mail: EmailMessage) -> str:
    return "\n".join(
        str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"
    )


def test_a_substitute_is_invited_like_the_others_and_thanked_when_not_needed(
    council: Council, world: World
) -> None:
    substitute, chair = council.of(FIRST), council.of(Role.CHAIR)
    with world.app.app_context():
        person = db.session.get_one(Person, world.person("alva", FIRST).id)
        person.language = "fr"
        db.session.commit()
    with in_city(world):
        council.convene(substitute)
        assert substitute not in council.invited()
    assert council.mails(FIRST) == []
    with in_city(world):
        assert council.reply(council.member, "declined")
        # Once more, and somebody else besides: nothing is done twice.
        assert not council.reply(council.member, "declined")
        council.reply(chair, "accepted")
        assert council.invited()[substitute] == council.member
        assert council.listed()[substitute] == council.member
        reminded = set(db.session.scalars(select(Reminder.membership_id)))
        assert substitute in reminded
        assert council.member not in reminded
        told = db.session.scalars(
            select(Notification.kind).where(Notification.membership_id == substitute)
        ).all()
        assert told == ["meetings.convened"]
    (mail,) = council.mails(FIRST)
    whole = texts(mail)
    assert "à la place d’une personne" in whole
    assert "METHOD:REQUEST" in whole
    # What the others got of the agenda, and not who cannot come.
    assert "ordre du jour" in whole
    assert council.mails(FIRST) == []
    with in_city(world):
        council.reply(council.member, "accepted")
        council.reply(council.member, "tentative")
        assert substitute not in council.invited()
        assert substitute not in council.listed()
    (mail,) = council.mails(FIRST)
    whole = texts(mail)
    assert "METHOD:CANCEL" in whole
    assert "Merci" in whole
    with in_city(world):
        council.reply(council.member, "declined")
        assert council.invited()[substitute] == council.member
    (mail,) = council.mails(FIRST)
    assert "Invitation" in str(mail["Subject"])
    # Within one minute there and back: nobody is written to.
    with in_city(world):
        council.reply(council.member, "accepted")
        council.reply(council.member, "declined")
    assert council.mails(FIRST) == []


def test_when_the_substitute_cannot_come_either_the_next_one_is_asked(
    council: Council, world: World
) -> None:
    with in_city(world):
        meeting = council.convene(council.of(FIRST), council.of(SECOND))
        first, second = (
            each.membership_id
            for each in seats_of(meeting.body_id, "en")
            if each.role == "substitute"
        )
        council.reply(council.member, "declined")
        assert first in council.invited()
        assert second not in council.invited()
        council.reply(first, "declined")
        assert council.invited()[second] == council.member
        council.reply(second, "declined")
        assert len(council.invited()) == 4
        convening.start(council.meeting(), council.see())
        statuses = {row.membership_id: row.status for row in attendance.rows_of(meeting.id)}
        assert statuses[first] == statuses[second] == statuses[council.member] == "excused"
        db.session.rollback()
        # The first can come after all, so the next is not needed.
        council.reply(second, "accepted")
        council.reply(first, "accepted")
        assert first in council.invited()
        assert second not in council.invited()


def test_who_is_invited_in_their_own_right_stays(council: Council, world: World) -> None:
    first, second = council.of(FIRST), council.of(SECOND)
    with in_city(world):
        meeting = council.convene(first)
        ref = ref_of("meeting", meeting.id)
        invite(ref, [first], council.see())
        council.reply(council.member, "declined")
        assert council.invited()[first] == ""
        council.reply(council.member, "accepted")
        assert first in council.invited()
        # Whoever prepares the meeting put somebody on the list by hand.
        row = next(
            row for row in attendance.rows_of(meeting.id) if row.membership_id == council.member
        )
        attendance.add_person(
            council.meeting(),
            council.see(),
            membership_id=second,
            stands_for=row.id,
            status="expected",
        )
        council.reply(council.member, "declined")
        council.reply(council.member, "accepted")
        assert second in council.invited()
        assert second in council.listed()


def test_a_substitute_who_is_asked_themselves_later_is_not_sent_home(
    council: Council, world: World
) -> None:
    substitute = council.of(FIRST)
    with in_city(world):
        meeting = council.convene(substitute)
        council.reply(council.member, "declined")
        invite(ref_of("meeting", meeting.id), [substitute], council.see())
        db.session.commit()
        council.reply(council.member, "accepted")
        assert substitute in council.invited()
    (mail,) = council.mails(FIRST)
    assert "in the place of" not in texts(mail)


def test_a_substitute_without_an_account_stays_on_paper(council: Council, world: World) -> None:
    with in_city(world):
        paper = Membership(shown_name="Somebody on paper", sort_key="somebody", roles=["member"])
        db.session.add(paper)
        db.session.flush()
        identifier = paper.id
        meeting = council.convene(identifier)
        council.reply(council.member, "declined")
        assert council.listed()[identifier] == council.member
        lines = invitees_of(ref_of("meeting", meeting.id))
        assert [line.name for line in lines if line.paper] == ["Somebody on paper"]
        db.session.commit()


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.CANCELLED])
def test_nobody_is_asked_for_what_is_held_or_off(
    council: Council, world: World, state: State
) -> None:
    substitute = council.of(FIRST)
    with in_city(world):
        council.convene(substitute)
        if state is State.CANCELLED:
            convening.call_off(council.meeting(), state, "The hall is flooded.", council.see())
        else:
            convening.start(council.meeting(), council.see())
            council.reply(council.member, "declined")
        row = db.session.scalars(
            select(Invitee).where(Invitee.membership_id == council.member)
        ).one()
        row.answer = "declined"
        db.session.commit()
        convening.answers_changed(council.meeting_id)
        assert substitute not in council.invited()
        assert substitute not in council.listed()


def test_nobody_is_asked_once_the_meeting_should_have_begun(council: Council, world: World) -> None:
    with in_city(world):
        meeting = council.convene(council.of(FIRST))
        meeting.start_utc = utcnow() - timedelta(minutes=5)
        council.reply(council.member, "declined")
        assert council.of(FIRST) not in council.invited()


def test_with_the_seat_goes_who_stands_in_for_it(council: Council, world: World) -> None:
    substitute = council.of(FIRST)
    with in_city(world):
        meeting = council.convene(substitute)
        council.reply(council.member, "declined")
    council.mails(FIRST)
    with in_city(world):
        meeting = council.meeting()
        body = body_of(meeting)
        own = next(each for each in seats_of(body.id, "en") if each.membership_id == council.member)
        assert unseat(body, own.id, council.see()) == council.member
        attendance.forget_seat(body.id, council.member, council.see())
        db.session.commit()
        assert set(council.listed()) == {council.of(Role.CHAIR)}
    (mail,) = council.mails(FIRST)
    assert "METHOD:CANCEL" in texts(mail)
    # Nobody comes after all, so nothing of the kind is said.
    assert "can come after all" not in texts(mail)


def test_a_substitute_named_after_the_no_is_invited(
    council: Council, world: World, sign_in: SignIn
) -> None:
    substitute = council.of(FIRST)
    with in_city(world):
        meeting = council.convene()
        council.reply(council.member, "declined")
        body_id = meeting.body_id
        own = next(each for each in seats_of(body_id, "en") if each.membership_id == council.member)
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    given = {"membership_id": substitute, "role": "member", "substitute_for": own.id}
    assert desk.post(f"/alva/meetings/bodies/{body_id}/seats", data=given).status_code == 303
    with in_city(world):
        assert council.invited()[substitute] == council.member


def test_the_name_is_told_to_the_member_who_is_signed_in_alone(
    council: Council, world: World, sign_in: SignIn, client: FlaskClient
) -> None:
    substitute = council.of(FIRST)
    with in_city(world):
        council.convene(substitute)
        name = db.session.scalars(
            select(Membership.shown_name).where(Membership.id == substitute)
        ).one()
        line = next(
            each
            for each in invitees_of(ref_of("meeting", council.meeting_id))
            if each.membership_id == council.member
        )
        link = f"/answer/{answer_token(current_city().id, line.id)}"
    answered = client.post(link, data={"answer": "declined"}, follow_redirects=True)
    page = answered.get_data(as_text=True)
    assert "Somebody is invited in your place." in page
    assert name not in page
    member = sign_in(world.person("alva", Role.MEMBER))
    assert f"{name} is invited in your place." in member.get(link).get_data(as_text=True)
    home = f"/alva/meetings/{council.meeting_id}"
    assert f"{name} is invited in your place." in member.get(home).get_data(as_text=True)
    # Another member who holds the link learns no more than anybody.
    other = sign_in(world.person("alva", Role.CHAIR))
    assert name not in other.get(link).get_data(as_text=True)
    # Back and forth on the page itself, which says it at once.
    own = f"/alva/invitations/{line.id}/answer"
    member.post(own, data={"answer": "accepted", "from": "subject"})
    said = member.post(
        own, data={"answer": "declined", "from": "subject"}, follow_redirects=True
    ).get_data(as_text=True)
    assert f"{name} is invited in your place." in said
    listed = sign_in(world.person("alva", Role.FOCAL_POINT)).get(f"{home}/attendance")
    assert "in place of " in listed.get_data(as_text=True)
