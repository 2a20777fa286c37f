"""Reminders: once, in the reader's language, at the new moment when the activity moves, and never of what is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from core.cities.services import set_plugin
from core.database import db, write_intent
from core.i18n import force_language, format_datetime
from core.notifications.models import Notification, Reminder
from core.notifications.services import (
    ReminderAt,
    forget_old,
    forget_reminders,
    remind,
    remind_all,
)
from core.permissions import Role
from core.testing.app import World, statements_of
from core.testing.mailbox import Mailbox
from core.values import Ref
from plugins.activities.models import Activity
from plugins.activities.services.records import change_status, find_activity, log_activity
from plugins.activities.services.rhythm import Every, Rhythm
from plugins.activities.services.series import (
    Scope,
    change_dates,
    change_status_of_dates,
    repeat,
)
from plugins.activities.services.telling import REMINDER, ask_for_reports, roll_reminders
from plugins.activities.words import Status

from .conftest import KIND, Clock, change, log, reads, text_of, viewer_of

Work = Callable[[], int]
DAY = date.today() + timedelta(days=10)  # noqa: DTZ011  days ahead either way
SKOPJE = ZoneInfo("Europe/Skopje")


def nine_before(day: date) -> datetime:
    return datetime.combine(day - timedelta(days=1), time(9), SKOPJE).astimezone(UTC)


def reminders(world: World, city: str = "alva") -> list[datetime]:
    with world.in_city(city):
        return list(
            db.session.scalars(
                select(Reminder.remind_at)
                .where(Reminder.sent_at.is_(None))
                .order_by(Reminder.remind_at)
            )
        )


def set_status(world: World, ref: Ref, status: Status) -> None:
    who = viewer_of(world)
    with world.in_city("alva"):
        found = find_activity(ref.id, who, for_change=True)
        assert found is not None
        change_status(found, status, who, date.today())  # noqa: DTZ011
        db.session.commit()


def test_a_reminder_arrives_once_in_macedonian(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    reads(world, "alva", Role.MEMBER, language="mk")
    ref = log(world, title="Работилница", language="mk", start_date=DAY)
    assert reminders(world) == [nine_before(DAY)]
    clock.now = nine_before(DAY) - timedelta(seconds=1)
    work()
    assert mailbox.messages == []
    clock.now = nine_before(DAY)
    work()
    clock.go(seconds=60)
    work()
    (mail,) = mailbox.messages
    assert str(mail["To"]) == world.person("alva").email
    assert mail["Content-Language"] == "mk"
    text = text_of(mail)
    start = datetime.combine(DAY, time(17), SKOPJE)
    with world.in_city("alva") as city, force_language("mk"):
        from core.i18n import gettext

        when = format_datetime(start, "full")
        assert when in text, "the date as Macedonian writes it"
        said = gettext("Reminder: “%(title)s” begins: %(when)s.", title="Работилница", when=when)
        assert said in text
        assert said.startswith("Потсет")
        assert "Reminder" not in text
        assert city.name_in("mk") == "Алва"
    assert "Оваа порака" in text
    assert "Алва" in str(mail["Subject"])
    assert f"http://localhost/alva/activities/{ref.id}" in text
    for _ in range(3):
        clock.go(hours=12)
        work()
    assert len(mailbox.messages) == 1, "and never again"


def test_a_reminder_moves_with_its_activity(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    ref = log(world, start_date=DAY)
    later = DAY + timedelta(days=3)
    change(world, ref, start_date=later)
    assert reminders(world) == [nine_before(later)]
    clock.now = nine_before(DAY)
    work()
    clock.go(minutes=2)
    work()
    assert mailbox.messages == [], "not at the moment that it had"
    clock.now = nine_before(later)
    work()
    clock.go(minutes=2)
    work()
    assert len(mailbox.messages) == 1
    with world.in_city("alva"), force_language("en"):
        assert format_datetime(datetime.combine(later, time(17), SKOPJE), "full") in text_of(
            mailbox.messages[0]
        )


def test_moved_again_after_the_reminder_it_comes_again_for_the_new_day_alone(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    ref = log(world, start_date=DAY)
    clock.now = nine_before(DAY)
    work()
    # An hour later on the same day is told as a change, and reminds nobody once more.
    change(world, ref, start_time=time(18))
    assert reminders(world) == []
    later = DAY + timedelta(days=5)
    change(world, ref, start_date=later)
    assert reminders(world) == [nine_before(later)]


def test_a_cancelled_or_postponed_activity_reminds_nobody(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    for status in (Status.CANCELLED, Status.POSTPONED):
        ref = log(world, start_date=DAY)
        set_status(world, ref, status)
        assert reminders(world) == []
    kept = log(world, start_date=DAY)
    set_status(world, kept, Status.CANCELLED)
    set_status(world, kept, Status.PLANNED)
    assert reminders(world) == [nine_before(DAY)], "planned again it is reminded of again"
    set_status(world, kept, Status.CANCELLED)
    clock.now = nine_before(DAY)
    work()
    clock.go(days=1)
    work()
    assert mailbox.messages == []


def test_cancelled_after_it_was_told_and_before_it_is_mailed_it_reminds_nobody(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    ref = log(world, start_date=DAY)
    clock.now = nine_before(DAY)
    work()
    with world.in_city("alva"):
        assert db.session.scalars(select(Notification.unread)).all() == [True]
    set_status(world, ref, Status.CANCELLED)
    with world.in_city("alva"):
        assert db.session.scalars(select(Notification.unread)).all() == [False]
    clock.go(minutes=5)
    work()
    assert mailbox.messages == []


def test_cancelled_while_the_mail_server_is_away_it_reminds_nobody(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    ref, other = log(world, start_date=DAY), log(world, title="Debate club", start_date=DAY)
    mailbox.manner = "defer"
    clock.now = nine_before(DAY)
    work()
    clock.go(minutes=2)
    work()
    assert mailbox.attempts == 1, "both reminders are in one mail"
    set_status(world, ref, Status.CANCELLED)
    mailbox.manner = "accept"
    for _ in range(3):
        clock.go(minutes=5)
        work()
    (mail,) = mailbox.messages
    assert "Debate club" in text_of(mail)
    assert "Media literacy workshop" not in text_of(mail)
    set_status(world, other, Status.CANCELLED)
    clock.go(minutes=5)
    work()
    assert len(mailbox.messages) == 1


def test_at_another_hour_of_the_same_day_it_does_not_remind_of_the_hour_before(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    ref = log(world, start_date=DAY)
    clock.now = nine_before(DAY)
    work()
    change(world, ref, start_time=time(18))
    clock.go(minutes=5)
    work()
    assert [text for mail in mailbox.messages if "Reminder:" in (text := text_of(mail))] == []


def test_a_reminder_that_was_told_stays_while_nothing_changes(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    log(world, start_date=DAY)
    clock.now = nine_before(DAY)
    work()
    with world.in_city("alva"):
        roll_reminders(DAY - timedelta(days=1))
        db.session.commit()
        assert db.session.scalars(select(Notification.unread)).all() == [True]
    clock.go(minutes=5)
    work()
    assert len(mailbox.messages) == 1


def test_a_plugin_that_is_off_reminds_nobody(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    log(world, start_date=DAY)
    with world.in_city("alva"), write_intent():
        set_plugin("activities", enabled=False)
        db.session.commit()
    clock.now = nine_before(DAY)
    work()
    clock.go(minutes=2)
    work()
    assert mailbox.messages == []


def test_a_worker_that_was_away_for_days_does_not_remind_of_what_is_over(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    log(world, start_date=DAY)
    clock.now = nine_before(DAY) + timedelta(hours=20)
    log(world, start_date=DAY + timedelta(days=3))
    clock.go(days=2, hours=8)
    work()
    clock.go(minutes=2)
    work()
    (mail,) = mailbox.messages
    assert text_of(mail).count("Reminder:") == 1


def test_reminders_are_exactly_those_that_were_set_last(world: World, clock: Clock) -> None:
    ref = Ref("activities", "activity", "a" * 16)
    member, chair = (world.person("alva", role).membership_id for role in (Role.MEMBER, Role.CHAIR))
    at = clock.now + timedelta(days=2)

    def stored() -> set[str]:
        return set(
            db.session.scalars(select(Reminder.membership_id).where(Reminder.sent_at.is_(None)))
        )

    with world.in_city("alva"):
        remind(KIND, ref, at, [member, chair])
        assert stored() == {member, chair}
        remind(KIND, ref, at, [chair])
        assert stored() == {chair}
        remind(KIND, ref, None, [chair])
        assert stored() == set()
        remind(KIND, ref, clock.now - timedelta(hours=1), [chair])
        assert stored() == set()
        remind(KIND, ref, at, [chair])
        forget_reminders(ref)
        assert stored() == set()


def test_many_reminders_cost_few_statements_and_unchanged_ones_none(
    world: World, site: Flask, clock: Clock
) -> None:
    member = world.person("alva").membership_id
    wanted = {
        Ref("activities", "activity", f"{number:016d}"): ReminderAt(
            clock.now + timedelta(days=1, hours=number), (member,), {"n": number}
        )
        for number in range(100)
    }
    with world.in_city("alva"):
        with statements_of(site) as seen:
            remind_all(KIND, wanted)
        assert len([one for one in seen if one.startswith(("SELECT", "INSERT"))]) <= 4
        with statements_of(site) as seen:
            remind_all(KIND, wanted)
        assert [one for one in seen if one.startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_only_what_comes_soon_is_reminded_of_and_the_daily_work_goes_on_with_it(
    world: World, site: Flask
) -> None:
    who = viewer_of(world)
    today = date.today()  # noqa: DTZ011
    far = log(world, start_date=today + timedelta(days=70))
    assert reminders(world) == []
    weekly = log(world, start_date=today + timedelta(days=7))
    with world.in_city("alva"):
        activity = find_activity(weekly.id, who, for_change=True)
        assert activity is not None
        repeat(activity, Rhythm(Every.WEEK, times=104), [], who, today)
        db.session.commit()
    assert 8 <= len(reminders(world)) <= 9, "of a series of two years the next two months"
    with world.in_city("alva"):
        row = db.session.get(Activity, (activity.city_id, far.id))
        assert row is not None
        row.start_utc -= timedelta(days=20)
        row.start_date -= timedelta(days=20)
        row.end_date = row.start_date
        db.session.flush()
        roll_reminders(today)
        roll_reminders(today)
        db.session.commit()
    assert nine_before(today + timedelta(days=50)) in reminders(world)


def test_a_change_of_a_series_is_one_notification(
    world: World, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    who = viewer_of(world, role=Role.FOCAL_POINT)
    today = date.today()  # noqa: DTZ011
    partner = (world.organisations["alva"][1],)
    ref = log(world, role=Role.FOCAL_POINT, start_date=DAY, partners=partner)
    with world.in_city("alva"):
        activity = find_activity(ref.id, who, for_change=True)
        assert activity is not None
        repeat(activity, Rhythm(Every.WEEK, times=52), [], who, today)
        db.session.commit()
    with world.in_city("alva"):
        activity = find_activity(ref.id, who)
        assert activity is not None
        from plugins.activities.services.entries import entry_of

        entry = replace(entry_of(activity, partner), start_time=time(19), end_time=None)
        change_dates(activity, entry, activity.version, Scope.ALL, who, today)
        db.session.commit()
        told = db.session.scalars(select(Notification)).all()
        assert {row.times for row in told} == {1}
        assert {row.facts["dates"] for row in told} == {52}
        members = [row.membership_id for row in told]
        assert world.person("alva", Role.CHAIR).membership_id in members
        assert len(members) == len(set(members))
        assert set(reminders(world)) == {
            nine_before(DAY + timedelta(weeks=number))
            for number in range(9)
            if DAY + timedelta(weeks=number) <= today + timedelta(days=60)
        }
    clock.go(minutes=2)
    work()
    (mail,) = mailbox.to(world.person("alva", Role.CHAIR).email)
    assert "has another time or place on 52 dates" in text_of(mail)
    with world.in_city("alva"):
        activity = find_activity(ref.id, who)
        assert activity is not None
        change_status_of_dates(activity, Status.CANCELLED, Scope.ALL, who, today)
        db.session.commit()
    assert reminders(world) == []
    clock.go(minutes=2)
    work()
    assert "is cancelled on 52 dates" in text_of(mailbox.to(str(mail["To"]))[-1])


def test_what_is_over_or_does_not_concern_others_is_not_told(world: World, clock: Clock) -> None:
    partner = (world.organisations["alva"][1],)
    past = log(world, role=Role.FOCAL_POINT, start_date=DAY - timedelta(days=20), partners=partner)
    change(world, past, role=Role.FOCAL_POINT, place="Elsewhere")
    coming = log(world, role=Role.FOCAL_POINT, start_date=DAY, partners=partner)
    change(world, coming, role=Role.FOCAL_POINT, title="Another name", level="primary")
    with world.in_city("alva"):
        assert db.session.scalars(select(Notification)).all() == []
    # What lay ahead and is set back to a day that has been is told, since people would come.
    change(world, coming, role=Role.FOCAL_POINT, start_date=DAY - timedelta(days=15))
    with world.in_city("alva"):
        told = db.session.scalars(select(Notification.membership_id)).all()
        assert world.person("alva", Role.CHAIR).membership_id in told
        assert world.person("alva", Role.CITY_ADMINISTRATOR).membership_id not in told


def test_reports_are_asked_for_once_a_week(world: World, site: Flask, clock: Clock) -> None:
    today = date.today()  # noqa: DTZ011
    who = viewer_of(world)
    with world.in_city("alva"):
        from plugins.activities.services.entries import Entry

        for days in (2, 4, 5, 60):
            entry = Entry(
                title="Held", type="workshop", start_date=today - timedelta(days=days),
                organisation_id=str(who.organisation_id), language="en",
            )  # fmt: skip
            log_activity(entry, who, today)
        ask_for_reports(today)
        ask_for_reports(today)
        db.session.commit()
        rows = db.session.scalars(select(Notification)).all()
        assert world.person("alva").membership_id in {row.membership_id for row in rows}
        # Of the four, one was held too lately to be late, and one waits for so long that nobody is asked again.
        assert {(row.facts["activities"], row.times) for row in rows} == {(2, 1)}
        assert {row.kind for row in rows} == {"activities.report_waiting"}


def test_old_rows_are_forgotten(world: World, clock: Clock) -> None:
    with world.in_city("alva"):

        def add(days: int, *, read: int | None = None) -> None:
            db.session.add(
                Notification(
                    membership_id=world.person("alva").membership_id,
                    kind=KIND,
                    at=clock.now - timedelta(days=days),
                    unread=read is None,
                    read_at=None if read is None else clock.now - timedelta(days=read),
                    facts={"days": days},
                )
            )

        add(400)
        add(300)
        add(300, read=10)
        add(200, read=100)
        remind(REMINDER, Ref("activities", "activity", "b" * 16), clock.now + timedelta(days=1),
               [world.person("alva").membership_id])  # fmt: skip
        db.session.flush()
        assert forget_old() == 2
        assert sorted(row.facts["days"] for row in db.session.scalars(select(Notification))) == [
            300,
            300,
        ]
        clock.go(days=40)
        assert forget_old() == 1
