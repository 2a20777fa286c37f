"""Exports that the worker makes: with the rights of that moment, once, for one person, for a day."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from core.audit.models import AuditRecord
from core.cities.models import CityPlugin
from core.daily import run_daily
from core.database import db, utcnow
from core.exporting import making, services
from core.exporting.models import Export
from core.files.services import sweep_orphans
from core.identity.models import Membership, Person
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.permissions import Role
from core.testing.app import Somebody, World, everything_of
from core.testing.serving import background
from core.testing.spreadsheets import of_csv

SignIn = Callable[[Somebody], FlaskClient]
LIST = "/alva/exports/directory/organisations.csv"


def work(app: Flask) -> int:
    return Worker(app, daily=False).work_off()


def ask(client: FlaskClient, path: str = LIST) -> None:
    assert client.post(path).status_code == 303


def only(world: World) -> Export:
    with world.app.app_context():
        (found,) = everything_of(Export)
    assert isinstance(found, Export)
    return found


def files(world: World) -> list[Path]:
    folder = Path(world.app.instance_path) / "files"
    return [path for path in folder.rglob("*") if path.is_file()]


def fetch(client: FlaskClient, export_id: str) -> tuple[int, bytes, str]:
    """Status, content and file name; the file is closed again, as a server does."""
    with client.get(f"/alva/exports/{export_id}/file") as answer:
        return answer.status_code, answer.data, answer.headers.get("Content-Disposition", "")


def elsewhere(act: Callable[[], Any]) -> Any:
    """Do it in a thread of its own: the end of a request puts no city in force, and here the worker is at work."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def change(world: World, statement: Any, slug: str = "alva") -> None:
    with world.in_city(slug):
        db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.commit()


def test_an_export_is_made_and_fetched(world: World, sign_in: SignIn, many: int) -> None:
    client = sign_in(world.person("alva"))
    ask(client, f"{LIST}?q=station")
    assert "Waits for its turn" in client.get("/alva/exports").get_data(as_text=True)
    assert work(world.app) == 1
    made = only(world)
    assert (made.state, made.done, made.total) == ("ready", 70, 70)
    assert len(files(world)) == 1
    page = client.get("/alva/exports").get_data(as_text=True)
    assert re.findall(r'href="/alva/exports/([a-z2-7]{16})/file"', page) == [made.id]
    status, data, name = fetch(client, made.id)
    assert status == 200
    assert len(of_csv(data)) == 71
    assert made.file_name in name
    with world.app.app_context():
        noted = db.session.scalars(
            select(AuditRecord).where(AuditRecord.action == "export.made")
        ).one()
    assert (noted.membership_id, noted.details["rows"]) == (made.membership_id, "70")


@pytest.mark.parametrize("kind", ["xlsx", "ods", "pdf"])
def test_every_kind_of_file_is_made(world: World, sign_in: SignIn, many: int, kind: str) -> None:
    client = sign_in(world.person("alva"))
    ask(client, LIST.replace("csv", kind))
    work(world.app)
    made = only(world)
    assert made.state == "ready"
    _status, data, _name = fetch(client, made.id)
    assert data[:2] in {b"PK", b"%P"}
    assert made.size == len(data)


def test_a_calendar_of_activities_needs_no_worker(world: World, sign_in: SignIn) -> None:
    answer = sign_in(world.person("alva")).get("/alva/exports/activities/activities.ics")
    assert answer.mimetype == "text/calendar"


def test_the_file_is_in_the_language_of_who_asked(world: World, sign_in: SignIn) -> None:
    with world.app.app_context():
        db.session.execute(update(Person).values(language="fr"))
        db.session.commit()
    client = sign_in(world.person("alva"))
    ask(client, "/alva/exports/directory/people.csv")
    work(world.app)
    _status, data, _name = fetch(client, only(world).id)
    assert of_csv(data, ";")[0][0] == "Nom"


# -- For one person, while they may ------------------------------------------------------------------------


def test_another_person_s_export_is_not_there(world: World, sign_in: SignIn, many: int) -> None:
    ask(sign_in(world.person("alva")))
    work(world.app)
    made = only(world)
    for other in (world.person("alva", Role.FOCAL_POINT), world.person("bruma")):
        client = sign_in(other)
        assert client.get(f"/{other.city}/exports/{made.id}/file").status_code == 404
        assert client.post(f"/{other.city}/exports/{made.id}/remove").status_code == 404
        assert made.file_name not in client.get(f"/{other.city}/exports").get_data(as_text=True)
    assert only(world).id == made.id


def test_who_may_not_see_the_list_any_more_does_not_fetch_it(
    world: World, sign_in: SignIn, many: int
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    work(world.app)
    made = only(world)
    own = Membership.id == world.person("alva").membership_id
    change(world, update(Membership).where(own).values(roles=[Role.OBSERVER.value]))
    assert fetch(client, made.id)[0] == 404
    change(world, update(Membership).where(own).values(roles=[Role.MEMBER.value]))
    assert fetch(client, made.id)[0] == 200


@pytest.mark.parametrize("lost", ["role", "membership", "account", "plugin"])
def test_rights_are_those_of_the_moment_at_which_it_is_made(
    world: World, sign_in: SignIn, many: int, lost: str
) -> None:
    somebody = world.person("alva")
    ask(sign_in(somebody), "/alva/exports/activities/activities.csv")
    own = update(Membership).where(Membership.id == somebody.membership_id)
    change(
        world,
        {
            "role": own.values(roles=[Role.OBSERVER.value]),
            "membership": own.values(active=False),
            "account": update(Person).where(Person.id == somebody.id).values(active=False),
            "plugin": update(CityPlugin).values(enabled=False),
        }[lost],
    )
    work(world.app)
    assert only(world).state == "failed"
    assert files(world) == []


# -- Cancelled, removed, over ------------------------------------------------------------------------------


def test_an_export_that_is_cancelled_is_not_made(world: World, sign_in: SignIn, many: int) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    assert client.post(f"/alva/exports/{only(world).id}/remove").status_code == 303
    assert work(world.app) == 1
    with world.app.app_context():
        assert everything_of(Export) == []
    assert files(world) == []


def test_one_that_is_cancelled_while_it_is_made_leaves_nothing(
    world: World, sign_in: SignIn, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    wanted = only(world)
    monkeypatch.setattr(making, "NOTE_EVERY_SECONDS", 0.0)
    noted: list[int] = []
    plain = making._Notes.__call__

    def cancel_at_ten(notes: Any, done: int, *, now: bool = False) -> None:
        noted.append(done)
        if done == 10:
            answer = elsewhere(lambda: client.post(f"/alva/exports/{wanted.id}/remove"))
            assert answer.status_code == 303
        plain(notes, done, now=now)

    monkeypatch.setattr(making._Notes, "__call__", cancel_at_ten)
    work(world.app)
    assert max(noted) == 10
    with world.app.app_context():
        assert everything_of(Export) == []
        assert db.session.scalars(select(Job.done_at)).one() is not None
    assert files(world) == []


def test_progress_is_seen_while_it_is_made(
    world: World, sign_in: SignIn, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    monkeypatch.setattr(making, "NOTE_EVERY_SECONDS", 0.0)
    seen: list[str] = []
    plain = making._Notes.__call__

    def look(notes: Any, done: int, *, now: bool = False) -> None:
        plain(notes, done, now=now)
        if done == 30:
            seen.append(elsewhere(lambda: client.get("/alva/exports").get_data(as_text=True)))

    monkeypatch.setattr(making._Notes, "__call__", look)
    work(world.app)
    (page,) = seen
    assert re.search(r'<progress [^>]*value="30" max="73"', page)
    assert "30 of 73 rows" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert only(world).state == "ready"


def test_writing_goes_on_while_an_export_is_made(
    world: World, sign_in: SignIn, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    focal = sign_in(world.person("alva", Role.FOCAL_POINT))
    answers: list[int] = []
    plain = services.write_export

    def write(*args: Any, **kwargs: Any) -> int:
        rows = plain(*args, **kwargs)
        # On SQLite this would wait ten seconds and fail, if the worker held the lock.
        started = time.monotonic()
        answers.append(elsewhere(lambda: focal.post(LIST).status_code))
        assert time.monotonic() - started < 5
        return rows

    monkeypatch.setattr(making, "write_export", write)
    Worker(world.app, daily=False).work_once()
    assert answers == [303]


def test_a_file_goes_with_its_export(world: World, sign_in: SignIn, many: int) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    work(world.app)
    assert len(files(world)) == 1
    client.post(f"/alva/exports/{only(world).id}/remove")
    assert files(world) == []


def test_after_a_day_it_is_not_there_and_soon_gone(
    world: World, sign_in: SignIn, many: int
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    work(world.app)
    made = only(world)
    assert timedelta(hours=23) < made.expires_at - utcnow() <= services.KEEP
    change(world, update(Export).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert fetch(client, made.id)[0] == 404
    assert made.file_name not in client.get("/alva/exports").get_data(as_text=True)
    with world.app.app_context():
        report = run_daily()
        assert report.removed["exports"] == 1
        assert not report.failed
        assert everything_of(Export) == []
    assert files(world) == []


def test_the_daily_sweep_leaves_files_of_exports_alone(
    world: World, sign_in: SignIn, many: int
) -> None:
    ask(sign_in(world.person("alva")))
    work(world.app)
    (path,) = files(world)
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(path, (long_ago, long_ago))
    with world.app.app_context():
        assert sweep_orphans() == 0
    assert path.exists()


# -- Faults ------------------------------------------------------------------------------------------------


def test_a_paper_that_fails_is_told_and_not_tried_for_ever(
    world: World, sign_in: SignIn, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.printing import services as printing

    monkeypatch.setattr(printing, "PRESS", Path("/no/such/press.py"))
    client = sign_in(world.person("alva"))
    ask(client, LIST.replace("csv", "pdf"))
    assert work(world.app) == 1
    assert only(world).state == "failed"
    assert "could not be made" in client.get("/alva/exports").get_data(as_text=True)
    assert fetch(client, only(world).id)[0] == 404


def test_one_that_nobody_ends_is_told_as_failed(world: World, sign_in: SignIn, many: int) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    change(world, update(Export).values(state="making", asked_at=utcnow() - timedelta(hours=2)))
    page = client.get("/alva/exports").get_data(as_text=True)
    assert "could not be made" in page
    assert "hx-trigger" not in page


def test_a_worker_that_is_killed_leaves_nothing_and_the_next_one_makes_it_once(
    world: World, sign_in: SignIn, many: int
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    with world.app.app_context():
        settings = {"MAILLAGE_DATABASE_URL": db.engine.url.render_as_string(hide_password=False)}
        for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT"):
            settings[f"MAILLAGE_{name}"] = str(world.app.config[name])
    instance = Path(world.app.instance_path)
    with background(["worker"], settings, instance=instance) as process:
        wait_for(world, lambda row: row.state != "waiting")
        os.kill(process.pid, signal.SIGKILL)
    with world.app.app_context():
        # Its time is over, as it would be a quarter of an hour later.
        db.session.execute(update(Job).values(locked_until=utcnow() - timedelta(seconds=1)))
        db.session.commit()
    with background(["worker"], settings, instance=instance):
        wait_for(world, lambda row: row.state == "ready")
    made = only(world)
    assert len([path for path in files(world) if path.parent.name != "incoming"]) == 1
    assert len(of_csv(fetch(client, made.id)[1])) == many + 1
    with world.app.app_context():
        noted = select(func.count(AuditRecord.id)).where(AuditRecord.action == "export.made")
        assert db.session.scalar(noted) == 1


def wait_for(world: World, settled: Callable[[Export], bool]) -> None:
    deadline = time.monotonic() + 60
    while not settled(only(world)):
        assert time.monotonic() < deadline, only(world).state
        time.sleep(0.02)


def test_a_mail_tells_who_waited_long_and_nobody_else(
    world: World, sign_in: SignIn, many: int
) -> None:
    client = sign_in(world.person("alva"))
    ask(client)
    work(world.app)
    with world.app.app_context():
        assert not db.session.scalars(select(Job).where(Job.kind == "mail.send")).all()
    ask(client)
    change(world, update(Export).values(asked_at=utcnow() - timedelta(minutes=5)))
    Worker(world.app, daily=False).work_once()
    with world.app.app_context():
        mail = db.session.scalars(select(Job).where(Job.kind == "mail.send")).one()
    assert mail.payload["to"] == world.person("alva").email
    assert "/alva/exports" in mail.payload["text"]


def test_one_cannot_ask_by_the_mark_of_another_person_s_export(
    world: World, sign_in: SignIn, many: int
) -> None:
    ask(sign_in(world.person("alva")))
    theirs = only(world)
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert client.post(LIST, data={"once": theirs.id}).status_code == 303
    with world.app.app_context():
        made = {each.id: each.membership_id for each in everything_of(Export)}
    assert len(made) == len(set(made.values())) == 2
