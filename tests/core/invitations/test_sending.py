"""What goes out: to whom, once, in which words, and nothing that not every member may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from core.cities.models import CityPlugin
from core.database import db, utcnow
from core.i18n import today
from core.identity.models import Membership, Person
from core.invitations import events, jobs, services
from core.invitations.services import Guest, TooMany
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.notifications.models import Reminder
from core.permissions import Role
from core.tenancy import current_city
from core.testing.app import statements_of
from core.values import Ref
from plugins.activities.services.entries import entry_of
from plugins.activities.services.rhythm import Every, Rhythm
from plugins.activities.services.series import Scope, change_dates, repeat
from plugins.activities.words import Status, Visibility

from .conftest import MakeScene, Reading, Scene

GUEST = Guest("Nour Haddad", "nour@elsewhere.example", "ar")


def subjects(mails: list[Any]) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in mails)


# -- Whom, and how often -----------------------------------------------------------------------------------


def test_each_gets_a_mail_of_their_own_that_names_nobody_else(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER, guests=(GUEST,))
    mails = scene.work()
    addresses = {"chair@alva.example", "lead_worker@alva.example", "nour@elsewhere.example"}
    assert {str(mail["To"]) for mail in mails} == addresses
    for mail in mails:
        whole = "\n".join(
            part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
        )
        assert not [one for one in addresses - {str(mail["To"])} if one in whole]
        (attendee,) = [read.event(mail)["ATTENDEE"]]
        assert attendee == f"mailto:{mail['To']}"


def test_nothing_goes_out_before_the_minute_is_over(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    (job,) = scene.jobs()
    assert timedelta(seconds=50) < job.run_after - utcnow() <= timedelta(minutes=2)
    Worker(scene.app, daily=False).work_off()
    assert scene.mailbox.messages == []


def test_the_worker_runs_twice_and_one_mail_goes_out(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    assert len(scene.work()) == 1
    with scene.inside():
        assert jobs.send_due(scene.subject) == 0
    assert scene.work() == []


def test_a_worker_that_stops_before_the_end_has_sent_nothing(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    with scene.world.in_city("alva"):
        assert jobs.send_due(scene.subject) == 1
        db.session.rollback()
    assert scene.row(Role.CHAIR).sequence == -1
    assert len(scene.work()) == 1


def test_two_workers_at_once_send_one_mail(scene: Scene) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    with scene.app.app_context():
        (job,) = db.session.scalars(select(Job).where(Job.kind == services.JOB))
        twin = Job(kind=job.kind, payload=job.payload, city_id=job.city_id, run_after=utcnow())
        job.run_after = utcnow()
        db.session.add(twin)
        db.session.commit()
    threads = [Thread(target=Worker(scene.app, daily=False).work_off) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.work()
    assert len(scene.mailbox.messages) == 2


def test_inviting_again_sends_nothing_more(scene: Scene) -> None:
    scene.invite(Role.CHAIR, guests=(GUEST,))
    scene.work()
    scene.invite(Role.CHAIR, guests=(replace(GUEST, name="Nour H."),))
    assert scene.work() == []
    assert {row.name for row in scene.rows() if row.email} == {"Nour H."}


def test_a_member_without_an_account_is_listed_and_gets_no_mail(scene: Scene) -> None:
    with scene.inside():
        paper = Membership(shown_name="Somebody on paper", sort_key="somebody", roles=["member"])
        db.session.add(paper)
        db.session.flush()
        services.invite(scene.subject, [paper.id], scene.viewer())
    assert scene.work() == []
    with scene.inside():
        (line,) = services.invitees_of(scene.subject)
    assert (line.name, line.paper, line.guest) == ("Somebody on paper", True, False)


def test_whoever_has_left_the_network_is_neither_invited_nor_told(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    with scene.inside() as activity:
        chair = db.session.get(
            Membership, (activity.city_id, scene.member(Role.CHAIR).membership_id)
        )
        assert chair is not None
        chair.active = False
    scene.change(place="Town hall")
    assert scene.work() == []
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    assert [str(mail["To"]) for mail in scene.work()] == ["lead_worker@alva.example"]


def test_a_membership_of_another_city_cannot_be_invited(scene: Scene) -> None:
    with scene.inside():
        stranger = scene.world.person("bruma", Role.CHAIR).membership_id
        services.invite(scene.subject, [stranger], scene.viewer())
    assert scene.rows() == []


def test_so_many_guests_are_a_slip(scene: Scene) -> None:
    crowd = tuple(
        Guest(f"Guest {n}", f"guest{n}@elsewhere.example", "en")
        for n in range(services.MOST_GUESTS + 1)
    )
    with pytest.raises(TooMany):
        scene.invite(guests=crowd)
    scene.invite(guests=crowd[1:])
    with pytest.raises(TooMany):
        scene.invite(guests=crowd[:1])


# -- Updates -----------------------------------------------------------------------------------------------


def test_changes_of_one_minute_make_one_update_and_the_sequence_rises(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR)
    (first,) = scene.work()
    scene.change(title="Media literacy, second part")
    scene.change(place="Town hall")
    (second,) = scene.work()
    assert second["Subject"] == "Changed: Media literacy, second part"
    assert read.event(second)["LOCATION"] == "Town hall"
    assert read.event(second)["UID"] == read.event(first)["UID"]
    scene.change(start_time=time(15), end_time=time(17))
    (third,) = scene.work()
    sequences = [read.event(mail)["SEQUENCE"] for mail in (first, second, third)]
    assert sequences == sorted(set(sequences))
    assert third["Subject"] == "New time: Media literacy, second part"
    assert scene.row(Role.CHAIR).sequence == sequences[-1]


def test_what_is_changed_and_changed_back_tells_nobody(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    scene.change(place="Town hall")
    scene.change(place="Youth centre, hall 2")
    assert scene.work() == []
    # And what others' calendars do not show was never told.
    scene.change(description="Bring two keys", participants=None, expected=12)
    assert len(scene.jobs()) <= 2
    assert scene.work() == []


def test_that_it_was_held_is_no_news_for_those_who_were_invited(make_scene: MakeScene) -> None:
    scene = make_scene(start_date=today(), start_time=time(23, 58), end_time=time(23, 59))
    scene.invite(Role.CHAIR)
    scene.work()
    scene.status(Status.HELD)
    assert scene.work() == []


def test_an_answer_stays_when_words_change_and_goes_when_the_time_moves(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    scene.work()
    scene.answer(Role.CHAIR, "accepted")
    scene.change(title="Media literacy, second part")
    mails = {str(mail["To"]): mail for mail in scene.work()}
    kept, asked = mails["chair@alva.example"], mails["lead_worker@alva.example"]
    assert read.event(kept)["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert "Your answer stands" in read.text(kept)
    assert read.event(asked)["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert "Your answer stands" not in read.text(asked)

    scene.change(start_date=scene.day + timedelta(days=1))
    mails = {str(mail["To"]): mail for mail in scene.work()}
    moved = mails["chair@alva.example"]
    assert read.event(moved)["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert "was for another time" in read.text(moved)
    assert "was for another time" not in read.text(mails["lead_worker@alva.example"])
    assert scene.row(Role.CHAIR).answer == ""


def test_an_answer_for_the_new_time_given_before_the_mail_counts(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    scene.change(start_time=time(15), end_time=time(17))
    scene.answer(Role.CHAIR, "accepted")
    (mail,) = scene.work()
    assert read.event(mail)["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert scene.row(Role.CHAIR).answer == "accepted"


def test_a_date_put_right_into_the_past_is_told(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    scene.change(start_date=today() - timedelta(days=3))
    assert subjects(scene.work()) == ["New time: Media literacy workshop"]
    scene.change(place="Somewhere else")
    assert scene.work() == []


def test_nobody_is_invited_to_what_is_over(make_scene: MakeScene) -> None:
    scene = make_scene(start_date=today() - timedelta(days=3))
    scene.invite(Role.CHAIR)
    assert scene.work() == []


# -- Cancelling --------------------------------------------------------------------------------------------


def test_cancelling_reaches_everybody_also_who_declined(scene: Scene, read: type[Reading]) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    scene.work()
    scene.answer(Role.CHAIR, "declined")
    scene.status(Status.CANCELLED)
    mails = scene.work()
    assert len(mails) == 2
    for mail in mails:
        assert read.calendar(mail)["METHOD"] == "CANCEL"
        assert read.event(mail)["STATUS"] == "CANCELLED"
        assert read.event(mail)["SEQUENCE"] >= 1
        assert mail["Subject"] == "Cancelled: Media literacy workshop"
        assert "/answer/" not in read.text(mail)
    assert scene.work() == []


def test_while_the_mail_server_is_away_only_what_holds_in_the_end_is_sent(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    scene.mailbox.manner = "defer"
    assert scene.work() == []
    assert scene.mailbox.attempts >= 2, "both were written, and tried"
    scene.change(start_time=time(15))
    scene.withdraw(scene.row(Role.LEAD_WORKER).id)
    assert scene.work() == []
    scene.mailbox.manner = "accept"
    mails = {str(mail["To"]): mail for mail in scene.work()}
    assert sorted(mails) == ["chair@alva.example", "lead_worker@alva.example"]
    assert len(scene.mailbox.messages) == 2, (
        "one for each, and the invitations of before are not sent"
    )
    assert read.event(mails["chair@alva.example"])["DTSTART"].dt.hour == 15
    assert read.calendar(mails["lead_worker@alva.example"])["METHOD"] == "CANCEL"


def test_what_takes_place_after_all_is_asked_anew(scene: Scene, read: type[Reading]) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    scene.answer(Role.CHAIR, "accepted")
    scene.status(Status.CANCELLED)
    (cancelled,) = scene.work()
    scene.status(Status.PLANNED)
    (again,) = scene.work()
    assert again["Subject"] == "It takes place after all: Media literacy workshop"
    assert read.event(again)["SEQUENCE"] > read.event(cancelled)["SEQUENCE"]
    assert read.event(again)["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"


def test_a_postponed_one_is_told_as_postponed(scene: Scene, read: type[Reading]) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    scene.status(Status.POSTPONED)
    (mail,) = scene.work()
    assert mail["Subject"] == "Postponed: Media literacy workshop"
    assert read.event(mail)["STATUS"] == "TENTATIVE"


def test_an_invitation_taken_back_is_cancelled_for_that_one_alone(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)
    scene.work()
    scene.withdraw(scene.row(Role.CHAIR).id)
    # What changes after that is none of their business any more.
    scene.change(title="Canary of the new title", place="Canary of the new place")
    mails = {str(mail["To"]): mail for mail in scene.work()}
    gone = mails["chair@alva.example"]
    assert gone["Subject"] == "No longer invited: Media literacy workshop"
    assert read.calendar(gone)["METHOD"] == "CANCEL"
    assert "Canary" not in gone.as_string() + read.text(gone) + str(read.event(gone))
    assert read.calendar(mails["lead_worker@alva.example"])["METHOD"] == "REQUEST"
    scene.status(Status.CANCELLED)
    assert [str(mail["To"]) for mail in scene.work()] == ["lead_worker@alva.example"]


def test_an_invitation_taken_back_within_the_minute_sends_nothing(scene: Scene) -> None:
    scene.invite(Role.CHAIR)
    scene.withdraw(scene.row(Role.CHAIR).id)
    assert scene.work() == []


def test_whoever_is_invited_anew_gets_a_higher_sequence(scene: Scene, read: type[Reading]) -> None:
    scene.invite(Role.CHAIR)
    sent = scene.work()
    scene.withdraw(scene.row(Role.CHAIR).id)
    sent += scene.work()
    scene.invite(Role.CHAIR)
    sent += scene.work()
    assert [read.calendar(mail)["METHOD"] for mail in sent] == ["REQUEST", "CANCEL", "REQUEST"]
    assert [read.event(mail)["SEQUENCE"] for mail in sent] == [0, 1, 2]
    # The event's own number has to catch up before it counts again.
    scene.change(place="Town hall")
    (update,) = scene.work()
    assert read.event(update)["SEQUENCE"] == 3


def test_a_record_that_is_no_more_is_cancelled_from_what_was_sent(
    scene: Scene, read: type[Reading]
) -> None:
    scene.invite(Role.CHAIR)
    (first,) = scene.work()
    with scene.inside() as activity:
        db.session.delete(activity)
        db.session.flush()
        services.event_changed(scene.subject)
    (mail,) = scene.work()
    assert mail["Subject"] == "Cancelled: Media literacy workshop"
    assert read.event(mail)["UID"] == read.event(first)["UID"]
    assert read.event(mail)["DTSTART"].dt == read.event(first)["DTSTART"].dt
    assert scene.row(Role.CHAIR).withdrawn_at is not None
    assert scene.work() == []


def test_a_plugin_that_is_off_or_fails_cancels_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.invite(Role.CHAIR)
    scene.work()
    scene.change(place="Town hall")
    with scene.inside():
        row = db.session.scalars(select(CityPlugin).where(CityPlugin.name == "activities")).one()
        row.enabled = False
    assert scene.work() == []
    with scene.inside():
        row = db.session.scalars(select(CityPlugin).where(CityPlugin.name == "activities")).one()
        row.enabled = True

    def broken(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("plugins.activities.plugin.events_of", broken)
    assert scene.work() == []
    monkeypatch.undo()
    assert subjects(scene.work()) == ["Changed: Media literacy workshop"]


# -- Words -------------------------------------------------------------------------------------------------


def test_a_guest_reads_their_language_and_a_member_their_own_clock(
    scene: Scene, read: type[Reading]
) -> None:
    with scene.inside():
        person = db.session.get(Person, scene.member(Role.CHAIR).id)
        assert person is not None
        person.zone = "Asia/Amman"
        person.language = "fr"
    scene.invite(Role.CHAIR, guests=(GUEST,))
    mails = {str(mail["To"]): mail for mail in scene.work()}
    guest, chair = mails["nour@elsewhere.example"], mails["chair@alva.example"]
    assert guest["Content-Language"] == "ar"
    assert chair["Content-Language"] == "fr"
    assert "ديسمبر" in read.text(guest) or "كانون" in read.text(guest)
    # Amman is two hours ahead of Skopje in winter.
    assert "12:00" in read.text(chair)
    assert "14:00" in read.text(chair)
    assert "10:00" in read.text(guest)
    # The guest has no account, so there is no page to send them to.
    assert "/alva/activities/" not in read.text(guest) + str(read.event(guest)["URL"])
    assert "/alva/activities/" in read.text(chair)


def test_the_description_of_the_event_stays_on_its_page(scene: Scene, read: type[Reading]) -> None:
    scene.invite(Role.CHAIR)
    (mail,) = scene.work()
    assert "bring the key" not in read.text(mail) + str(read.event(mail))
    assert read.link(mail) in str(read.event(mail)["DESCRIPTION"])


def test_a_restricted_event_tells_neither_title_nor_place(
    make_scene: MakeScene, read: type[Reading]
) -> None:
    scene = make_scene(
        title="Canary of the title",
        place="Canary of the place",
        visibility=Visibility.ORGANISATION.value,
    )
    # Also to those who may see it: a mail leaves the house.
    scene.invite(Role.FOCAL_POINT, Role.CHAIR, guests=(GUEST,))
    mails = scene.work()
    scene.change(start_time=time(15), end_time=time(17))
    mails += scene.work()
    scene.status(Status.CANCELLED)
    mails += scene.work()
    assert len(mails) == 9
    for mail in mails:
        everything = mail.as_string() + "".join(
            part.get_content() if part.get_content_maintype() == "text" else ""
            for part in mail.walk()
        )
        assert "Canary" not in everything + str(mail["Subject"])
        assert "LOCATION" not in read.event(mail)
        assert read.event(mail)["DTSTART"].dt.date() == scene.day
    english = [mail for mail in mails if str(mail["To"]) == "chair@alva.example"]
    assert english[0]["Subject"] == "Invitation: Invitation from School of Alva"
    assert "Canary" not in str([row.sent for row in scene.rows()])


def test_a_restricted_event_whose_title_changes_is_no_news(make_scene: MakeScene) -> None:
    scene = make_scene(visibility=Visibility.ORGANISATION.value)
    scene.invite(Role.CHAIR)
    scene.work()
    scene.change(title="Another title")
    assert scene.work() == []


def test_an_answer_to_a_restricted_event_without_an_end_stands(make_scene: MakeScene) -> None:
    scene = make_scene(end_time=None, visibility=Visibility.ORGANISATION.value)
    scene.invite(Role.FOCAL_POINT)
    (mail,) = scene.work()
    assert "DTEND" not in str(mail)
    # On its page, by somebody who may see it, and then looked at on behalf of anybody.
    with scene.inside():
        row = services.find_invitee(scene.row(Role.FOCAL_POINT).id, lock=True)
        hooks = events.hooks_of(current_city())
        entry = events.entry_of(scene.subject, scene.viewer(Role.FOCAL_POINT), hooks)
        assert row is not None
        assert entry is not None
        assert not entry.busy_only
        services.write_answer(row, "accepted", entry, seen=events.time_of(entry))
    with scene.inside():
        services.event_changed(scene.subject)
    assert scene.work() == []
    assert scene.row(Role.FOCAL_POINT).answer == "accepted"


def test_a_sensitive_place_stays_on_the_page(make_scene: MakeScene, read: type[Reading]) -> None:
    scene = make_scene(place="Canary of the place", place_sensitive=True)
    scene.invite(Role.CHAIR)
    (mail,) = scene.work()
    assert "Canary" not in read.text(mail) + str(read.event(mail))


def test_a_title_cannot_write_a_header_or_a_line_of_the_calendar(
    make_scene: MakeScene, read: type[Reading]
) -> None:
    scene = make_scene(
        title="Workshop\nBcc: somebody@elsewhere.example\nEND:VEVENT;,\\Nord",
        place='Hall "2"\nATTENDEE:mailto:x@elsewhere.example',
    )
    scene.invite(guests=(Guest('Nour "N" Haddad;\nX', "nour@elsewhere.example", "en"),))
    (mail,) = scene.work()
    assert mail["Bcc"] is None
    event = read.event(mail)
    assert event["SUMMARY"].startswith("Workshop\nBcc: somebody")
    assert event["ATTENDEE"] == "mailto:nour@elsewhere.example"


# -- Series ------------------------------------------------------------------------------------------------


def test_changing_a_series_asks_once_and_tells_those_who_are_invited(scene: Scene) -> None:
    with scene.inside() as activity:
        repeat(activity, Rhythm(Every.WEEK, times=10), (), scene.viewer(), today())
    scene.invite(Role.CHAIR)
    scene.work()
    with scene.world.in_city("alva"), statements_of(scene.app) as seen:
        activity = scene.load()
        entry = replace(entry_of(activity, ()), start_time=time(16), end_time=time(18))
        done = change_dates(activity, entry, activity.version, Scope.ALL, scene.viewer(), today())
        db.session.commit()
    assert done.dates == 10
    asked = [one for one in seen if "FROM invitations_invitee" in one]
    # Once who is invited, and once who is coming and is to be reminded.
    assert len(asked) == 2, asked
    assert subjects(scene.work()) == ["New time: Media literacy workshop"]


def test_accepted_members_are_those_who_said_yes(scene: Scene) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER, Role.FOCAL_POINT, guests=(GUEST,))
    scene.answer(Role.CHAIR, "accepted")
    scene.answer(Role.LEAD_WORKER, "tentative")
    scene.answer(None, "accepted")
    with scene.inside():
        found = services.accepted_members([scene.subject, Ref("activities", "activity", "none")])
    assert found == {scene.subject: (scene.member(Role.CHAIR).membership_id,)}


def test_whoever_said_yes_is_reminded_until_they_take_it_back(scene: Scene) -> None:
    scene.invite(Role.CHAIR, Role.LEAD_WORKER)

    def reminded() -> set[str]:
        with scene.inside():
            return set(
                db.session.scalars(
                    select(Reminder.membership_id).where(Reminder.ref_id == scene.subject.id)
                )
            )

    chair = scene.member(Role.CHAIR).membership_id
    before = reminded()
    assert chair not in before
    scene.answer(Role.CHAIR, "accepted")
    scene.answer(Role.LEAD_WORKER, "tentative")
    assert reminded() == before | {chair}
    scene.answer(Role.CHAIR, "declined")
    assert reminded() == before
    scene.answer(Role.CHAIR, "accepted")
    with scene.inside():
        (line,) = (one for one in services.invitees_of(scene.subject) if one.membership_id == chair)
        services.withdraw(scene.subject, [line.id], scene.viewer())
        db.session.commit()
    assert reminded() == before
