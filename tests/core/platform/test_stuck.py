"""What is stuck: an administrator sees it without what it holds, tries it again, gives it up, and is told once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core.audit.models import AuditRecord
from core.cli import Commands, _commands
from core.database import db, utcnow
from core.jobs import GiveUp, enqueue, job, services
from core.jobs.models import Job, WorkerRow
from core.jobs.stuck import PAGE, TELL, in_city, stuck_jobs, try_again, waiting_jobs
from core.jobs.telling import STUCK
from core.jobs.words import reason_of, title_of
from core.jobs.worker import Worker
from core.mail import send_mail
from core.notifications.models import Notification
from core.permissions import Role
from core.testing.app import World
from core.testing.mailbox import Mailbox

PAGE_OF_ALVA = "/alva/settings/jobs"
SECRET = "nobody@alva.example"


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    @job("probe.hopeless")
    def hopeless(_payload: dict[str, Any]) -> None:
        raise GiveUp("never")

    @job("probe.fails")
    def fails(_payload: dict[str, Any]) -> None:
        raise LookupError(SECRET)

    yield
    for name in [name for name in services._KINDS if name.startswith("probe.")]:
        del services._KINDS[name]


@pytest.fixture
def administrator(world: World, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))


def put(world: World, kind: str, slug: str = "alva") -> str:
    with world.in_city(slug) as city:
        enqueue(kind, {"to": SECRET}, city_id=city.id)
        db.session.commit()
        newest = select(Job.id).where(Job.kind == kind).order_by(Job.created_at.desc(), Job.id)
        return str(db.session.scalars(newest).first())


def work(world: World) -> None:
    Worker(world.app, daily=False).work_off()


def row_of(world: World, identifier: str) -> Job:
    with world.app.app_context():
        found = db.session.get(Job, identifier)
        assert found is not None
        return found


def hurry(world: World, kind: str) -> None:
    """Let the moment of every open job of that kind have come."""
    with world.app.app_context():
        db.session.execute(
            update(Job)
            .where(Job.kind == kind, Job.done_at.is_(None))
            .values(run_after=utcnow() - timedelta(seconds=1))
        )
        db.session.commit()


def tell(world: World) -> None:
    hurry(world, TELL)
    work(world)


def told(world: World, slug: str = "alva") -> list[Notification]:
    with world.in_city(slug):
        return list(db.session.scalars(select(Notification).where(Notification.kind == STUCK)))


# -- The page --------------------------------------------------------------------------------------------


def test_a_refused_mail_is_on_the_page_with_its_reason_and_without_its_address(
    world: World, administrator: FlaskClient, mailbox: Mailbox
) -> None:
    world.app.config["MAIL_URL"] = mailbox.url
    mailbox.manner = "refuse"
    with world.in_city("alva"):
        send_mail(SECRET, "A secret subject", "Text", locale="en")
        db.session.commit()
    assert "Nothing is stuck" in administrator.get(PAGE_OF_ALVA).text
    work(world)
    page = administrator.get(PAGE_OF_ALVA).text
    assert "Sending a mail" in page
    assert "The mail server does not take mails for this address." in page
    assert "nobody@" not in page
    assert "secret subject" not in page


def test_what_waits_for_another_try_is_shown_apart_and_what_waits_for_its_first_is_not(
    world: World, administrator: FlaskClient
) -> None:
    put(world, "probe.fails")
    work(world)
    put(world, "probe.hopeless")
    page = administrator.get(PAGE_OF_ALVA).text
    assert "Nothing is stuck" in page
    assert "Tried again by itself" in page
    assert page.count("/give-up") == 1
    assert "LookupError" in page
    assert "nobody@" not in page


def test_trying_again_gives_all_attempts_back(world: World, administrator: FlaskClient) -> None:
    identifier = put(world, "probe.hopeless")
    work(world)
    assert row_of(world, identifier).failed_at is not None
    answer = administrator.post(f"{PAGE_OF_ALVA}/{identifier}/again", follow_redirects=True)
    assert "tried again in a moment" in answer.text
    row = row_of(world, identifier)
    assert (row.failed_at, row.attempts, row.last_error) == (None, 0, "")
    assert row.payload == {"to": SECRET}
    with world.in_city("alva") as city:
        [kept] = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "job.retried"))
        assert (kept.city_id, kept.ref_id) == (city.id, identifier)
        assert kept.membership_id == world.person("alva", Role.CITY_ADMINISTRATOR).membership_id
        assert kept.details == {"job": "probe.hopeless"}
    assert "Stuck work tried again" in administrator.get("/alva/settings/log").text
    work(world)
    assert row_of(world, identifier).failed_at is not None, "what fails again comes back"


def test_giving_up_forgets_what_it_was(world: World, administrator: FlaskClient) -> None:
    identifier = put(world, "probe.fails")
    work(world)
    answer = administrator.post(f"{PAGE_OF_ALVA}/{identifier}/give-up", follow_redirects=True)
    assert "given up" in answer.text
    row = row_of(world, identifier)
    assert row.payload == {}
    assert row.done_at is not None
    assert "Nothing is stuck" in administrator.get(PAGE_OF_ALVA).text
    # Pressed twice, or by two administrators: the second is told, and nothing happens.
    for verb in ("give-up", "again"):
        answer = administrator.post(f"{PAGE_OF_ALVA}/{identifier}/{verb}", follow_redirects=True)
        assert "Nothing was changed" in answer.text
    with world.in_city("alva"):
        actions = db.session.scalars(
            select(AuditRecord.action).where(AuditRecord.action.like("job.%"))
        ).all()
    assert actions == ["job.given_up"]


def test_what_is_at_work_or_was_never_tried_is_left_alone(
    world: World, administrator: FlaskClient
) -> None:
    fresh = put(world, "probe.hopeless")
    busy = put(world, "probe.fails")
    with world.app.app_context():
        row = db.session.get(Job, busy)
        assert row is not None
        row.attempts, row.last_error = 2, "LookupError"
        row.locked_until = utcnow() + timedelta(minutes=1)
        db.session.commit()
    page = administrator.get(PAGE_OF_ALVA).text
    assert "Being tried" in page
    assert "/give-up" not in page
    for identifier in (fresh, busy):
        for verb in ("again", "give-up"):
            administrator.post(f"{PAGE_OF_ALVA}/{identifier}/{verb}")
    assert row_of(world, fresh).done_at is None
    assert row_of(world, busy).locked_until is not None
    assert row_of(world, busy).attempts == 2


def test_what_a_killed_worker_left_in_the_middle_can_be_given_up(
    world: World, administrator: FlaskClient
) -> None:
    left = put(world, "probe.fails")
    with world.app.app_context():
        row = db.session.get(Job, left)
        assert row is not None
        row.attempts, row.locked_until = 1, utcnow() - timedelta(seconds=1)
        db.session.commit()
    assert "broken off in the middle" in administrator.get(PAGE_OF_ALVA).text
    administrator.post(f"{PAGE_OF_ALVA}/{left}/give-up")
    assert row_of(world, left).done_at is not None


def test_everything_stuck_is_tried_again_at_once(world: World, administrator: FlaskClient) -> None:
    ours = [put(world, "probe.hopeless") for _ in range(3)]
    theirs = put(world, "probe.hopeless", "bruma")
    work(world)
    assert "Try all again" in administrator.get(PAGE_OF_ALVA).text
    answer = administrator.post(f"{PAGE_OF_ALVA}/again", follow_redirects=True)
    assert "3 things are tried again" in answer.text
    assert all(row_of(world, identifier).failed_at is None for identifier in ours)
    assert row_of(world, theirs).failed_at is not None
    answer = administrator.post(f"{PAGE_OF_ALVA}/again", follow_redirects=True)
    assert "Nothing is stuck any more" in answer.text


def test_what_waits_for_its_next_try_is_tried_at_once_as_well(
    world: World, administrator: FlaskClient
) -> None:
    ours = [put(world, "probe.fails") for _ in range(2)]
    theirs = put(world, "probe.fails", "bruma")
    work(world)
    assert "Try all again" in administrator.get(PAGE_OF_ALVA).text
    answer = administrator.post(f"{PAGE_OF_ALVA}/again", follow_redirects=True)
    assert "2 things are tried again" in answer.text
    for identifier in ours:
        row = row_of(world, identifier)
        assert row.run_after <= utcnow()
        assert row.attempts == 1, "it goes on counting"
    assert row_of(world, theirs).run_after > utcnow()


def test_another_citys_and_the_sites_jobs_are_not_there(
    world: World, administrator: FlaskClient
) -> None:
    theirs = put(world, "probe.hopeless", "bruma")
    with world.app.app_context():
        enqueue("probe.fails", {})
        db.session.commit()
        sites = db.session.scalars(select(Job.id).where(Job.city_id.is_(None))).one()
    work(world)
    page = administrator.get(PAGE_OF_ALVA).text
    assert "Nothing is stuck" in page
    assert "/give-up" not in page
    for identifier in (theirs, sites, "x" * 16):
        for verb in ("again", "give-up"):
            answer = administrator.post(f"{PAGE_OF_ALVA}/{identifier}/{verb}")
            assert answer.status_code == 404
    assert row_of(world, theirs).failed_at is not None


@pytest.mark.parametrize("role", [role for role in Role if role != Role.CITY_ADMINISTRATOR])
def test_nobody_else_may_look_or_press(
    world: World, sign_in: Callable[..., FlaskClient], role: Role
) -> None:
    client = sign_in(world.person("alva", role))
    assert client.get(PAGE_OF_ALVA).status_code == 403
    assert client.post(f"{PAGE_OF_ALVA}/again").status_code == 403
    assert client.post(f"{PAGE_OF_ALVA}/{'x' * 16}/again").status_code == 403


def test_pages_of_many(world: World, administrator: FlaskClient) -> None:
    moment = utcnow()
    with world.in_city("alva") as city:
        for number in range(PAGE + 7):
            failed = moment - timedelta(minutes=number // 2)
            db.session.add(
                Job(kind="mail.send", city_id=city.id, failed_at=failed, last_error="MailRefused")
            )
        db.session.commit()
    seen: list[str] = []
    address = PAGE_OF_ALVA
    for rows in (PAGE, 7):
        page = administrator.get(address).text
        found = re.findall(r"/settings/jobs/(\w{16})/again", page)
        assert len(found) == rows
        seen += found
        nextly = re.search(r'href="([^"]*after=[^"]*)" rel="next"', page)
        address = nextly[1] if nextly else ""
    assert address == ""
    assert len(set(seen)) == PAGE + 7
    assert administrator.get(f"{PAGE_OF_ALVA}?after={'z' * 16}").status_code == 200


def test_the_page_says_when_no_worker_runs(world: World, administrator: FlaskClient) -> None:
    assert "The worker of this site does not run" in administrator.get(PAGE_OF_ALVA).text
    with world.app.app_context():
        db.session.add(WorkerRow())
        db.session.commit()
    assert "The worker of this site does not run" not in administrator.get(PAGE_OF_ALVA).text


def test_every_kind_of_job_has_a_title_and_every_known_fault_a_reason(world: World) -> None:
    with world.in_city("alva"):
        bare = [
            name
            for name, kind in services._KINDS.items()
            if not str(kind.title) and not name.startswith("probe.")
        ]
        assert bare == []
        assert title_of("activities.unknown") == "Work of the plugin Activities"
        assert "not there any more" in title_of("gone.work")
        for stuck in (False, True):
            sentence = reason_of("mail.send", "SMTPRecipientsRefused", stuck=stuck)
            assert ("at the moment" in sentence) is not stuck
        assert "KeyError" in reason_of("mail.send", "KeyError", stuck=True)


def test_two_who_press_at_once_change_it_once(world: World) -> None:
    identifier = put(world, "probe.hopeless")
    work(world)
    with world.in_city("alva") as city:
        [seen] = stuck_jobs(in_city(city.id)).rows
        assert seen.id == identifier
        assert [try_again(seen), try_again(seen)] == [True, False]
        assert waiting_jobs(in_city(city.id)).rows == []


# -- The notice ------------------------------------------------------------------------------------------


def test_administrators_are_told_once_however_much_is_stuck(world: World) -> None:
    for _ in range(5):
        put(world, "probe.hopeless")
    put(world, "probe.fails", "bruma")
    work(world)
    assert told(world) == [], "what gets stuck together is told together"
    tell(world)
    [notice] = told(world)
    assert notice.membership_id == world.person("alva", Role.CITY_ADMINISTRATOR).membership_id
    assert (notice.facts, notice.times) == ({}, 1)
    assert told(world, "bruma") == [], "what waits for another try is no news"
    put(world, "probe.hopeless")
    work(world)
    tell(world)
    assert [(one.id, one.times) for one in told(world)] == [(notice.id, 1)]


def test_administrators_are_told_within_the_hour_that_the_mail_server_is_away(
    world: World, administrator: FlaskClient, dead_mail_url: str
) -> None:
    world.app.config["MAIL_URL"] = dead_mail_url
    with world.in_city("alva"):
        for number in range(3):
            send_mail(f"member{number}@alva.example", "Subject", "Text", locale="en")
        db.session.commit()
    for attempt in range(1, 11):
        work(world)
        tell(world)
        assert bool(told(world)) is (attempt >= 8), attempt
        hurry(world, "mail.send")
    assert len(told(world)) == 1, "and once"
    page = administrator.get(PAGE_OF_ALVA).text
    assert "Nothing is stuck" in page
    assert "The mail server cannot be reached." in page


def test_the_notice_leads_to_the_page(world: World, administrator: FlaskClient) -> None:
    put(world, "probe.hopeless")
    work(world)
    tell(world)
    page = administrator.get("/alva/notifications").text
    assert "in the background is stuck" in page
    [notice] = told(world)
    answer = administrator.post(f"/alva/notifications/{notice.id}/open")
    assert answer.location.endswith(PAGE_OF_ALVA)


def test_a_notice_whose_own_mail_gets_stuck_is_no_avalanche(world: World, mailbox: Mailbox) -> None:
    world.app.config["MAIL_URL"] = mailbox.url
    mailbox.manner = "refuse"
    put(world, "probe.hopeless")
    for _round in range(6):
        work(world)
        for kind in (TELL, "notifications.round", "mail.send"):
            hurry(world, kind)
    with world.app.app_context():
        kinds = db.session.scalars(select(Job.kind).where(Job.failed_at.is_not(None))).all()
    assert sorted(kinds) == ["mail.send", "probe.hopeless"]
    assert len(told(world)) == 1
    assert mailbox.attempts == 1


def test_it_is_told_again_once_all_was_settled_or_a_day_has_passed(
    world: World, administrator: FlaskClient
) -> None:
    first = put(world, "probe.hopeless")
    work(world)
    tell(world)
    administrator.post("/alva/notifications/read")
    administrator.post(f"{PAGE_OF_ALVA}/{first}/give-up")
    second = put(world, "probe.hopeless")
    work(world)
    tell(world)
    assert len(told(world)) == 2, "what they were told of is settled, so this is news"
    administrator.post("/alva/notifications/read")
    third = put(world, "probe.hopeless")
    work(world)
    tell(world)
    assert len(told(world)) == 2
    with world.in_city("alva"):
        yesterday = utcnow() - timedelta(hours=25)
        db.session.execute(update(Notification).values(at=yesterday))
        db.session.execute(
            update(Job).where(Job.id == second).values(failed_at=yesterday - timedelta(minutes=1))
        )
        db.session.commit()
    assert row_of(world, third).failed_at is not None
    for _time in range(2):
        assert run(world, "daily").exit_code == 0
    assert len(told(world)) == 3, "the daily work tells what nobody has told"


# -- The command line ------------------------------------------------------------------------------------


def run(world: World, *arguments: str) -> Any:
    group = Commands(create_app=lambda: world.app)
    for command in _commands():
        group.add_command(command)
    return world.app.test_cli_runner().invoke(group, list(arguments), catch_exceptions=False)


def test_the_command_lists_every_city_and_the_site(world: World) -> None:
    assert "Nothing is stuck" in run(world, "jobs", "list").output
    ours = put(world, "probe.hopeless")
    theirs = put(world, "probe.fails", "bruma")
    with world.app.app_context():
        enqueue("identity.reset_link", {"address": SECRET})
        db.session.execute(
            update(Job).where(Job.city_id.is_(None)).values(failed_at=utcnow(), last_error="GiveUp")
        )
        db.session.commit()
    work(world)
    lines = [line.split("\t") for line in run(world, "jobs", "list").output.splitlines()]
    assert {line[1] for line in lines} == {"alva", "bruma", "site"}
    assert all(len(line) == 6 for line in lines)
    by_id = {line[0]: line for line in lines}
    assert by_id[ours][2].startswith("stuck since ")
    assert by_id[theirs][2].startswith("next try ")
    assert "LookupError" in by_id[theirs][5]
    assert "nobody@" not in repr(lines)
    of_one = run(world, "jobs", "list", "--city", "bruma").output
    assert theirs in of_one
    assert ours not in of_one
    assert run(world, "jobs", "list", "--city", "nowhere").exit_code == 1


def test_the_command_tries_again_and_gives_up(world: World) -> None:
    first, second = put(world, "probe.hopeless"), put(world, "probe.hopeless")
    work(world)
    assert run(world, "jobs", "retry", first).exit_code == 0
    assert row_of(world, first).failed_at is None
    assert run(world, "jobs", "give-up", second).exit_code == 0
    assert row_of(world, second).done_at is not None
    again = run(world, "jobs", "retry", second)
    assert again.exit_code == 1
    assert "Nothing was changed" in again.output
    unknown = run(world, "jobs", "give-up", "nothing")
    assert unknown.exit_code == 1
    assert "maillage jobs list" in unknown.output
    with world.in_city("alva") as city:
        kept = db.session.execute(
            select(AuditRecord.action, AuditRecord.city_id, AuditRecord.person_id).where(
                AuditRecord.action.like("job.%")
            )
        ).all()
        assert {tuple(row) for row in kept} == {
            ("job.retried", city.id, None),
            ("job.given_up", city.id, None),
        }
