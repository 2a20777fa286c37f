"""The doctor finds what is wrong and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from core import create_app, schema
from core.database import db, new_id, utcnow
from core.doctor import Finding, examine
from core.identity.models import Person
from core.jobs.models import Job, WorkerRow
from core.registry import LeftOut
from core.testing.app import TEST_SETTINGS
from core.testing.mailbox import Mailbox


@pytest.fixture
def site(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    app = create_app(
        TEST_SETTINGS
        | {
            "DATABASE_URL": migrated_database,
            "SITE_URL": "https://network.example.org",
            "PROXIES": 1,
            "TRUSTED_HOSTS": ["network.example.org"],
        }
    )
    with app.app_context():
        db.session.add(WorkerRow())
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def wrong(subject: str) -> str:
    return " ".join(
        finding.sentence for finding in examine() if finding.subject == subject and finding.wrong
    )


def of(subject: str) -> list[Finding]:
    return [finding for finding in examine() if finding.subject == subject]


def test_a_good_site_is_good(site: Flask, mailbox: Mailbox) -> None:
    site.config["MAIL_URL"] = mailbox.url
    findings = examine()
    # Whether the checkout was built is not this test's concern.
    assert [
        f for f in findings if f.wrong and f.subject not in {"Front end", "Languages", "Plugins"}
    ] == []
    for finding in findings:
        assert finding.sentence.endswith((".", ")"))


def test_mail(site: Flask, mailbox: Mailbox, dead_mail_url: str) -> None:
    assert "Set MAILLAGE_MAIL_URL" in wrong("Mail")
    site.config["MAIL_URL"] = dead_mail_url
    assert "cannot be reached" in wrong("Mail")
    site.config["MAIL_URL"] = "nonsense"
    assert "MAIL_URL" in wrong("Mail")


def test_tables_behind(site: Flask) -> None:
    with schema.schema_connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "not known here" in wrong("Tables")
    with schema.schema_connection() as connection:
        connection.execute(text("DROP TABLE alembic_version_activities"))
    assert "maillage db upgrade" in wrong("Tables")


def test_an_empty_database(site: Flask) -> None:
    for owner in reversed(list(schema.histories())):
        schema.downgrade(owner)
    assert "maillage db upgrade" in wrong("Tables")


def test_a_silent_worker_and_jobs_that_wait(site: Flask) -> None:
    row = db.session.query(WorkerRow).one()
    row.seen_at = utcnow() - timedelta(minutes=30)
    db.session.add(Job(kind="x", run_after=utcnow() - timedelta(hours=1)))
    db.session.add(Job(kind="x", failed_at=utcnow()))
    db.session.commit()
    assert "Silent for 30 minutes" in wrong("Worker")
    assert "1 jobs have waited" in wrong("Worker")
    stuck = [finding for finding in of("Worker") if "stuck" in finding.sentence]
    assert ["1 job is stuck" in finding.sentence for finding in stuck] == [True]
    assert "maillage jobs list" in stuck[0].sentence
    db.session.query(WorkerRow).delete()
    db.session.commit()
    assert "Start maillage worker" in wrong("Worker")


def test_keys(site: Flask) -> None:
    (Path(site.instance_path) / "secrets.json").write_text("{}")
    (Path(site.instance_path) / "secrets.json").chmod(0o644)
    assert "chmod 600" in wrong("Keys")
    site.config["SECRET_KEY"] = "short"
    assert "32 characters" in wrong("Keys")
    site.config["SECRET_KEY"] = None
    assert "SECRET_KEY" in wrong("Keys")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SITE_URL": "http://127.0.0.1:8000"}, "Links in mails"),
        ({"SITE_URL": "http://network.example.org"}, "not https"),
        ({"SITE_URL": "nonsense"}, "not an address"),
        ({"SITE_URL": "https://network.example.org/path"}, "has a path"),
        ({"PROXIES": 0}, "PROXIES"),
        ({"TRUSTED_HOSTS": None}, "TRUSTED_HOSTS"),
        ({"TRUSTED_HOSTS": ["other.example.org"]}, "does not hold"),
    ],
)
def test_addresses(site: Flask, settings: dict[str, object], words: str) -> None:
    site.config.update(settings)
    assert words in wrong("Addresses")


def test_demo_accounts_on_a_real_site(site: Flask) -> None:
    db.session.add(Person(email="a@b.example", demo=True, fs_uniquifier=new_id()))
    db.session.commit()
    assert "1 demo accounts" in wrong("Demo")


def test_plugins_left_out(site: Flask) -> None:
    site.extensions["maillage_plugins"].left_out.append(LeftOut("broken", "ValueError: why"))
    assert "broken was left out: ValueError: why" in wrong("Plugins")


def test_a_database_that_is_away_stops_no_other_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    app = create_app(
        TEST_SETTINGS | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"}
    )
    with app.app_context():
        findings = examine()
    assert "does not answer" in " ".join(f.sentence for f in findings if f.subject == "Database")
    assert {"Keys", "Mail", "Disk"} <= {finding.subject for finding in findings}


def test_a_disk_that_is_nearly_full(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    from types import SimpleNamespace

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1000))
    assert "Make room" in wrong("Disk")
