"""Mails of what happened: one for each member and round, in their language and time, with nothing only some may see."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core.cities.services import set_plugin
from core.database import db, write_intent
from core.identity.models import Membership, Person
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.notifications.choices import Wish, choose
from core.notifications.kinds import find_kind
from core.notifications.mails import MOST_LINES
from core.notifications.models import Notification
from core.notifications.services import forget_notifications, forget_old, mark_read, notify
from core.permissions import Role
from core.tenancy import current_city
from core.testing.app import World
from core.testing.mailbox import Mailbox
from core.values import Ref

from .conftest import (
    KIND,
    Clock,
    change,
    log,
    mails_waiting,
    reads,
    text_of,
    viewer_of,
)

Work = Callable[[], int]


def tell(
    world: World,
    *recipients: Role,
    city: str = "alva",
    subject: Ref | None = None,
    n: int = 1,
    urgent: bool = False,
) -> None:
    with world.in_city(city):
        members = [world.person(city, role).membership_id for role in recipients or (Role.MEMBER,)]
        notify(KIND, members, subject=subject, facts={"n": n}, urgent=urgent)
        db.session.commit()


def wish(world: World, mail: str, city: str = "alva", role: Role = Role.MEMBER) -> None:
    with world.in_city(city) as here:
        membership = db.session.get(Membership, (here.id, world.person(city, role).membership_id))
        assert membership is not None
        assert membership.person is not None
        choose(membership, membership.person, {KIND: Wish(True, mail)})
        db.session.commit()


def test_twenty_edits_within_a_minute_make_one_mail(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    ref = log(world, role=Role.FOCAL_POINT, partners=(world.organisations["alva"][1],))
    for number in range(20):
        change(world, ref, role=Role.FOCAL_POINT, place=f"Room {number}")
        clock.go(seconds=2)
    work()
    assert mailbox.messages == [], "nothing leaves within the minute"
    clock.go(seconds=60)
    work()
    to = mailbox.to(world.person("alva", Role.CHAIR).email)
    assert len(to) == 1
    assert text_of(to[0]).count("Media literacy workshop") == 1
    assert f"http://localhost/alva/activities/{ref.id}" in text_of(to[0])
    assert mailbox.to(world.person("alva", Role.FOCAL_POINT).email) == [], "who did it knows it"
    clock.go(hours=30)
    work()
    assert len(mailbox.to(world.person("alva", Role.CHAIR).email)) == 1
    change(world, ref, role=Role.FOCAL_POINT, place="Somewhere else")
    clock.go(seconds=61)
    work()
    assert len(mailbox.to(world.person("alva", Role.CHAIR).email)) == 2, "a later edit is news"


def test_several_things_make_one_mail_and_two_jobs_no_second_one(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    tell(world, n=1, subject=log(world))
    clock.go(seconds=30)
    tell(world, n=2, subject=log(world))
    with site.app_context():
        rounds = db.session.scalars(select(Job).where(Job.kind == "notifications.round")).all()
        assert len(rounds) == 1, "the second thing goes with the mail that is to be written anyhow"
        # As if two people had told something at one moment, neither seeing the other.
        db.session.add(
            Job(
                kind="notifications.round",
                payload=rounds[0].payload,
                city_id=rounds[0].city_id,
                run_after=rounds[0].run_after + timedelta(seconds=1),
                created_at=clock(),
            )
        )
        db.session.commit()
    clock.go(seconds=40)
    work()
    work()
    assert len(mailbox.messages) == 1
    assert "Thing 1" in text_of(mailbox.messages[0])
    assert "Thing 2" in text_of(mailbox.messages[0])
    with site.app_context():
        done = db.session.scalars(select(Job)).all()
        assert all(job.payload == {} for job in done if job.done_at is not None)
        assert all(job.done_at is not None for job in done if job.kind == "mail.send")


def test_two_workers_at_once_send_once(
    world: World, site: Flask, clock: Clock, mailbox: Mailbox
) -> None:
    for number in range(6):
        tell(world, n=number, subject=log(world))
        clock.go(seconds=61)
    workers = [
        threading.Thread(target=Worker(site, daily=False).work_off, daemon=True) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    Worker(site, daily=False).work_off()
    texts = "".join(text_of(message) for message in mailbox.messages)
    assert [texts.count(f"Thing {number} ") for number in range(6)] == [1] * 6


def test_a_change_that_is_rolled_back_tells_nobody(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    with world.in_city("alva"):
        notify(KIND, [world.person("alva").membership_id])
        db.session.rollback()
    clock.go(minutes=2)
    work()
    assert mailbox.messages == []


def test_a_mail_is_in_the_language_and_the_time_of_its_reader(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    reads(world, "alva", Role.CHAIR, language="mk", zone="Asia/Tokyo")
    ref = log(world, role=Role.FOCAL_POINT, partners=(world.organisations["alva"][1],))
    day = date(date.today().year + 1, 6, 16)  # noqa: DTZ011  far ahead
    change(world, ref, role=Role.FOCAL_POINT, start_date=day)
    clock.go(minutes=2)
    work()
    (mail,) = mailbox.to(world.person("alva", Role.CHAIR).email)
    assert mail["Content-Language"] == "mk"
    assert "Алва" in str(mail["Subject"])
    # Five in the afternoon in Skopje is midnight in Tokyo, of the day that follows.
    assert "17 јуни" in text_of(mail)
    assert "Asia/Tokyo" in text_of(mail)


@pytest.mark.parametrize(
    ("city", "zone", "now", "due"),
    [
        # The clocks of Skopje go forward at two in the morning, and seven comes an hour earlier.
        ("alva", "", "2027-03-27T07:30", "2027-03-28T05:00"),
        ("alva", "", "2027-03-27T05:30", "2027-03-27T06:00"),
        # And back in autumn.
        ("alva", "", "2027-10-30T05:30", "2027-10-31T06:00"),
        # Those of Beirut at midnight.
        ("bruma", "", "2027-03-27T06:00", "2027-03-28T04:00"),
        ("bruma", "", "2027-10-30T05:00", "2027-10-31T05:00"),
        ("alva", "Asia/Beirut", "2027-03-27T06:00", "2027-03-28T04:00"),
    ],
)
def test_a_daily_mail_comes_at_seven_whatever_the_clocks_do(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox,
    city: str, zone: str, now: str, due: str,
) -> None:  # fmt: skip
    clock.now = datetime.fromisoformat(now).replace(tzinfo=UTC)
    reads(world, city, Role.MEMBER, zone=zone)
    wish(world, "daily", city)
    tell(world, city=city)
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    with world.in_city(city):
        assert db.session.scalars(select(Notification.mail_due_at)).all() == [moment]
    clock.now = moment - timedelta(minutes=2)
    work()
    assert mailbox.messages == []
    clock.now = moment
    work()
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        # Skopje is an hour ahead in winter, and two in summer.
        ("", "2027-01-12T00:05", "2027-01-12T06:00"),
        ("", "2027-07-12T04:20", "2027-07-12T05:00"),
        ("", "2027-01-12T06:00", "2027-01-12T06:01"),
        ("", "2027-01-12T22:30", "2027-01-12T22:31"),
        ("America/New_York", "2027-01-12T00:05", "2027-01-12T00:06"),
    ],
)
def test_the_work_of_each_day_wakes_nobody_up(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox,
    zone: str, now: str, due: str,
) -> None:  # fmt: skip
    clock.now = datetime.fromisoformat(now).replace(tzinfo=UTC)
    reads(world, "alva", Role.MEMBER, zone=zone)
    with world.in_city("alva"):
        notify(KIND, [world.person("alva").membership_id], calm=True)
        db.session.commit()
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    clock.now = moment - timedelta(seconds=1)
    work()
    assert mailbox.messages == []
    clock.now = moment
    work()
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize(("city", "weekday"), [("alva", 0), ("bruma", 0)])
def test_a_weekly_mail_comes_on_the_first_day_of_the_week(
    world: World, site: Flask, clock: Clock, city: str, weekday: int
) -> None:
    clock.now = datetime(2027, 5, 12, 12, tzinfo=UTC)
    wish(world, "weekly", city)
    tell(world, city=city)
    with world.in_city(city) as here:
        from core.i18n.reader import zone_of

        (due,) = db.session.scalars(select(Notification.mail_due_at)).all()
        assert due is not None
        local = due.astimezone(zone_of(here.zone))
    assert (local.weekday(), local.hour, local.minute) == (weekday, 7, 0)
    assert timedelta(0) < due - clock.now <= timedelta(days=7)


def test_the_week_begins_where_the_city_lies(world: World, site: Flask, clock: Clock) -> None:
    clock.now = datetime(2027, 5, 12, 12, tzinfo=UTC)
    with world.in_city("bruma") as city:
        city.country = "JO"
        db.session.commit()
    wish(world, "weekly", "bruma")
    tell(world, city="bruma")
    with world.in_city("bruma"):
        (due,) = db.session.scalars(select(Notification.mail_due_at)).all()
    assert due is not None
    assert due.weekday() == 5, "in Jordan on Saturday"


def test_urgent_things_do_not_wait_for_a_weekly_mail_and_never_means_never(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    wish(world, "weekly")
    wish(world, "never", role=Role.CHAIR)
    tell(world, Role.MEMBER, Role.CHAIR, urgent=True)
    clock.go(minutes=2)
    work()
    assert [str(mail["To"]) for mail in mailbox.messages] == [world.person("alva").email]


def test_another_choice_moves_what_waits(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    wish(world, "weekly")
    tell(world)
    wish(world, "at_once")
    clock.go(minutes=2)
    work()
    assert len(mailbox.messages) == 1
    tell(world)
    wish(world, "never")
    clock.go(days=8)
    work()
    assert len(mailbox.messages) == 1


def test_what_was_read_or_is_gone_is_not_mailed(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    gone = log(world)
    tell(world, subject=gone)
    tell(world, Role.CHAIR)
    with world.in_city("alva"):
        forget_notifications(gone)
        assert mark_read(viewer_of(world, role=Role.CHAIR)) == 1
        db.session.commit()
    clock.go(minutes=2)
    work()
    assert mailbox.messages == []
    with world.in_city("alva"):
        assert len(db.session.scalars(select(Notification)).all()) == 1


@pytest.mark.parametrize("what", ["left", "disabled", "no account", "demo", "off", "may not see"])
def test_nobody_is_written_to_who_may_not_know(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox, what: str
) -> None:
    ref = log(world, role=Role.FOCAL_POINT)
    tell(world, Role.CHAIR, subject=ref)
    somebody = world.person("alva", Role.CHAIR)
    # It happens after it was told, and before the mail is written.
    with world.in_city("alva") as city, write_intent():
        membership = db.session.get(Membership, (city.id, somebody.membership_id))
        person = db.session.get(Person, somebody.id)
        assert membership is not None
        assert person is not None
        match what:
            case "left":
                membership.until = date.today() - timedelta(days=2)  # noqa: DTZ011
            case "disabled":
                person.active = False
            case "no account":
                membership.person_id = None
            case "demo":
                person.demo = True
            case "off":
                set_plugin("activities", enabled=False)
            case "may not see":
                pass
        db.session.commit()
    if what == "may not see":
        change(world, ref, role=Role.FOCAL_POINT, visibility="organisation")
    clock.go(minutes=2)
    work()
    assert mailbox.to(somebody.email) == []
    with world.in_city("alva"):
        waiting = select(Notification).where(Notification.mail_due_at.is_not(None))
        assert db.session.scalars(waiting).all() == [], "and nothing waits for another round"
    if what in {"left", "disabled", "no account", "demo"}:
        tell(world, Role.CHAIR)
        clock.go(minutes=2)
        work()
        assert mailbox.to(somebody.email) == []


def test_somebody_in_two_cities_gets_a_mail_from_each(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    with world.in_city("bruma") as city:
        row = db.session.get(Membership, (city.id, world.person("bruma").membership_id))
        assert row is not None
        row.person_id = world.person("alva").id
        db.session.commit()
    tell(world, n=1)
    tell(world, n=2, city="bruma")
    clock.go(minutes=2)
    work()
    found = mailbox.to(world.person("alva").email)
    assert sorted(str(mail["Subject"]) for mail in found) == [
        "1 notification from Alva",
        "1 notification from Bruma",
    ]
    texts = [text_of(mail) for mail in found]
    assert not any("/alva/" in text and "/bruma/" in text for text in texts)


def test_a_long_mail_says_how_much_more_there_is(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    with world.in_city("alva"):
        for number in range(MOST_LINES + 3):
            notify(
                KIND,
                [world.person("alva").membership_id],
                facts={"n": number},
                subject=Ref("identity", "nothing", f"{number:016d}"),
            )
        # What hangs on nothing that may be seen is left out, so these have no subject to be asked for.
        for row in db.session.scalars(select(Notification)):
            row.ref_plugin = ""
        db.session.commit()
    clock.go(minutes=2)
    work()
    (mail,) = mailbox.messages
    assert text_of(mail).count("Thing ") == MOST_LINES
    assert "And 3 more." in text_of(mail)
    assert "http://localhost/alva/notifications\n" in text_of(mail)
    assert "http://localhost/alva/notifications/settings" in text_of(mail)


def test_a_title_that_only_some_may_see_stands_in_no_mail(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    """The canary: those who may see the activity are told of it, in words that give nothing away."""
    canary = "Canary of the school alone"
    ref = log(
        world, role=Role.FOCAL_POINT, title=canary, visibility="organisation",
        organisation_id=world.organisations["alva"][0], partners=(world.organisations["alva"][1],),
    )  # fmt: skip
    change(world, ref, role=Role.FOCAL_POINT, place="Canary place")
    own = [role for role in Role if list(Role).index(role) % 2 == 0 and role != Role.OBSERVER]
    tell(world, *Role, subject=ref)
    clock.go(minutes=2)
    work()
    seen = {str(mail["To"]) for mail in mailbox.messages}
    assert world.person("alva", Role.MEMBER).email in seen, "of the same organisation"
    assert seen <= {world.person("alva", role).email for role in own}
    for mail in mailbox.messages:
        assert "anary" not in mail.as_string() + text_of(mail) + str(mail["Subject"])
    with site.app_context():
        assert "anary" not in str([job.payload for job in db.session.scalars(select(Job))])


def test_a_mail_names_no_person(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    with world.in_city("alva"):
        notify(
            KIND,
            [world.person("alva").membership_id],
            actor=viewer_of(world, role=Role.CHAIR),
        )
        db.session.commit()
    clock.go(minutes=2)
    work()
    assert "by []" in text_of(mailbox.messages[0])


def test_the_administrator_can_see_which_citys_mail_is_stuck(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    mailbox.manner = "defer"
    tell(world)
    clock.go(minutes=2)
    work()
    with world.in_city("alva") as city:
        assert [job.city_id for job in mails_waiting(site)] == [city.id]


def test_a_slow_mail_server_holds_up_nobody(
    world: World, site: Flask, clock: Clock, mailbox: Mailbox
) -> None:
    mailbox.manner, mailbox.seconds = "slow", 1.5
    tell(world)
    clock.go(minutes=2)
    worker = Worker(site, daily=False)
    assert worker.work_once()
    sending = threading.Thread(target=worker.work_once, daemon=True)
    sending.start()
    while not mailbox.attempts:
        pass
    with world.in_city("alva") as city, write_intent():
        started = datetime.now(UTC)
        current_city().body_names = {"en": "Saved meanwhile"}
        db.session.commit()
        assert (datetime.now(UTC) - started).total_seconds() < 1
        assert city.body_names
    sending.join(timeout=10)
    assert len(mailbox.messages) == 1


def test_a_round_that_never_came_is_asked_for_again(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    tell(world)
    with site.app_context():
        for job in db.session.scalars(select(Job)):
            db.session.delete(job)
        db.session.commit()
    clock.go(hours=3)
    with world.in_city("alva"):
        forget_old()
        db.session.commit()
    work()
    assert len(mailbox.messages) == 1


def test_a_kind_whose_words_fail_spoils_no_mail(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    with world.in_city("alva"):
        notify(KIND, [world.person("alva").membership_id], facts={"fault": 1})
        notify(
            "activities.report_waiting", [world.person("alva").membership_id],
            facts={"activities": 2}, urgent=True,
        )  # fmt: skip
        db.session.commit()
    clock.go(minutes=2)
    work()
    text = text_of(mailbox.messages[0])
    assert "Things of tests" in text
    assert "2 activities of your organisation wait for a report." in text
    assert "http://localhost/alva/activities/?status=unreported" in text


def test_an_unknown_kind_is_the_callers_fault(world: World) -> None:
    with world.in_city("alva"), pytest.raises(LookupError):
        notify("probe.unknown", [world.person("alva").membership_id])
    with world.app.app_context(), pytest.raises(LookupError):
        find_kind("probe.unknown")
