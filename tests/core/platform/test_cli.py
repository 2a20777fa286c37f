"""The command line: what it does, what it says, and the number it ends with; never a traceback for a user's mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import insert, select

from core import create_app, schema
from core.actions.models import Action
from core.audit.models import AuditRecord
from core.cities.models import City
from core.cli import Commands, _commands
from core.content.models import ContentText
from core.database import db, learn_sizes, new_id
from core.identity.models import Invitation, Membership, Person
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.tenancy import city_scope
from core.testing.app import TEST_SETTINGS, Client, World
from core.testing.serving import maillage

BREZOVO = (
    "cities", "add", "testova", "--name", "mk=Тестова", "--name", "en=Testova", "--body", "en=LPC",
    "--official", "mk", "--official", "sq", "--working", "en", "--zone", "Europe/Skopje", "--country", "mk",
)  # fmt: skip


@pytest.fixture
def site(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """A migrated site without a city."""
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": migrated_database})
    app.test_client_class = Client
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, *arguments: str, typed: str = "") -> Result:
    """Run a command of ``app`` as the real command line does."""
    group = Commands(create_app=lambda: app)
    for command in _commands():
        group.add_command(command)
    return app.test_cli_runner().invoke(group, list(arguments), input=typed, catch_exceptions=False)


def city_of(app: Flask, slug: str = "testova") -> City:
    with app.app_context():
        return db.session.scalars(select(City).where(City.slug == slug)).one()


def test_every_command_has_help(site: Flask) -> None:
    def walk(path: tuple[str, ...], group: object) -> Iterator[tuple[str, ...]]:
        yield path
        for name, command in getattr(group, "commands", {}).items():
            yield from walk((*path, name), command)

    paths = [path for command in _commands() for path in walk((command.name or "",), command)]
    assert {
        "run",
        "worker",
        "daily",
        "cities",
        "people",
        "plugins",
        "demo",
        "mail",
        "db",
        "backup",
    } <= {path[0] for path in paths}
    for path in paths:
        answer = run(site, *path, "--help")
        assert answer.exit_code == 0, path
        body = answer.output.split("Options:")[0]
        assert len(body.split("\n\n")) >= 2, f"{path} does not say what it does"


def test_a_city_is_made_and_listed(site: Flask) -> None:
    answer = run(site, *BREZOVO, "--plugin", "activities")
    assert answer.exit_code == 0, answer.output
    city = city_of(site)
    assert city.names == {"mk": "Тестова", "en": "Testova"}
    assert city.body_names == {"en": "LPC"}
    assert (city.official_languages, city.working_languages) == (["mk", "sq"], ["en"])
    assert (city.default_language, city.zone, city.country) == ("mk", "Europe/Skopje", "MK")
    listed = run(site, "cities", "list").output
    assert "testova" in listed
    assert "activities" in listed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"testova": "ab"}, "3 to 40"),
        ({"testova": "static"}, "3 to 40"),
        ({"testova": "../x"}, "3 to 40"),
        ({"testova": "Тестова"}, "3 to 40"),
        ({"Europe/Skopje": "Mars/Base"}, "time zone"),
        ({"sq": "Albanian"}, "languages"),
        ({"en=LPC": "LPC"}, "LANGUAGE=TEXT"),
        ({"en=LPC": "en="}, "LANGUAGE=TEXT"),
        ({"en=LPC": "xx=LPC"}, "not a language"),
    ],
)
def test_a_city_that_cannot_be(site: Flask, changes: dict[str, str], words: str) -> None:
    answer = run(site, *(changes.get(word, word) for word in BREZOVO))
    assert answer.exit_code == 2, answer.output
    assert words in answer.output
    with site.app_context():
        assert db.session.scalars(select(City)).all() == []


def test_a_city_twice_and_with_an_unknown_plugin(site: Flask) -> None:
    assert run(site, *BREZOVO, "--plugin", "nonsense").exit_code == 1
    assert run(site, *BREZOVO).exit_code == 0
    again = run(site, *BREZOVO)
    assert again.exit_code == 1
    assert "already" in again.output


def test_the_first_administrator_gets_a_link_that_works(site: Flask) -> None:
    run(site, *BREZOVO)
    answer = run(
        site,
        "people",
        "invite",
        "first@testova.example",
        "--city",
        "testova",
        "--name",
        "Прва Личност",
    )
    assert answer.exit_code == 0, answer.output
    (link,) = re.findall(r"http://localhost(/\S+)", answer.output)
    assert site.test_client().get(link).status_code == 200
    city = city_of(site)
    with site.app_context(), city_scope(city):
        (membership,) = db.session.scalars(select(Membership)).all()
        assert membership.roles == ["city_administrator"]
        assert membership.shown_name == "Прва Личност"
        assert db.session.scalars(select(Invitation.language)).one() == "mk"


def test_with_a_mail_server_the_link_is_in_the_mail_alone(site: Flask) -> None:
    site.config["MAIL_URL"] = "smtp://127.0.0.1:1"
    run(site, *BREZOVO)
    answer = run(
        site, "people", "invite", "a@testova.example", "--city", "testova", "--name", "A",
        "--role", "focal_point", "--role", "member", "--language", "sq",
    )  # fmt: skip
    assert answer.exit_code == 0
    assert "http" not in answer.output
    with site.app_context():
        payload = db.session.scalars(select(Job.payload).where(Job.kind == "mail.send")).one()
        assert payload["to"] == "a@testova.example"
        assert payload["locale"] == "sq"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("a@b.example", "--city", "nowhere", "--name", "A"), 1, "no city called"),
        (("nonsense", "--city", "testova", "--name", "A"), 1, "not an address"),
        (
            ("a@b.example\nBcc: c@d.example", "--city", "testova", "--name", "A"),
            1,
            "not an address",
        ),
        (("a@b.example", "--city", "testova", "--name", " \x00 "), 2, "name"),
        (("a@b.example", "--city", "testova", "--name", "A", "--role", "king"), 2, "king"),
        (("a@b.example", "--city", "testova", "--name", "A", "--language", "xx"), 2, "xx"),
        (("a@b.example", "--name", "A"), 2, "--city"),
    ],
)
def test_an_invitation_that_cannot_be(
    site: Flask, arguments: tuple[str, ...], code: int, words: str
) -> None:
    run(site, *BREZOVO)
    answer = run(site, "people", "invite", *arguments)
    assert answer.exit_code == code, answer.output
    assert words in answer.output
    with site.app_context(), city_scope(city_of(site)):
        assert db.session.scalars(select(Membership)).all() == []
        assert db.session.scalars(select(Job)).all() == []


def test_a_lost_factor_is_reset_and_told(world: World) -> None:
    from core.permissions import Role

    somebody = world.person("alva", Role.CHAIR)
    with world.app.app_context():
        db.session.get_one(Person, somebody.id).tf_totp_secret = "x"
        db.session.commit()
    assert run(world.app, "people", "reset-factor", somebody.email, typed="n\n").exit_code == 1
    with world.app.app_context():
        assert db.session.get_one(Person, somebody.id).tf_totp_secret == "x"
    answer = run(world.app, "people", "reset-factor", somebody.email.upper(), "--yes")
    assert answer.exit_code == 0, answer.output
    with world.app.app_context():
        assert db.session.get_one(Person, somebody.id).tf_totp_secret is None
        assert db.session.scalars(select(Job.kind)).all() == ["mail.send"]
        assert "factors.reset" in db.session.scalars(select(AuditRecord.action)).all()
    assert run(world.app, "people", "reset-factor", "nobody@x.example", "--yes").exit_code == 1


def test_plugins_are_listed_and_switched(world: World) -> None:
    app = world.app
    assert "activities" in run(app, "plugins", "list").output
    off = run(app, "plugins", "disable", "activities", "--city", "alva")
    assert off.exit_code == 0
    assert "is off" in off.output
    assert "already" in run(app, "plugins", "disable", "activities", "--city", "alva").output
    listed = run(app, "plugins", "list").output
    (cities,) = re.findall(r"^activities\b.*?on in: ([^\n]*)", listed, re.DOTALL | re.MULTILINE)
    assert cities == "bruma"
    assert "is on" in run(app, "plugins", "enable", "activities", "--city", "alva").output
    unknown = run(app, "plugins", "enable", "nonsense", "--city", "alva")
    assert unknown.exit_code == 1
    assert "no plugin called" in unknown.output
    assert run(app, "plugins", "enable", "activities", "--city", "nowhere").exit_code == 1
    with app.app_context():
        actions = db.session.scalars(select(AuditRecord.action)).all()
    assert [action for action in actions if action.startswith("plugin.")] == [
        "plugin.disabled",
        "plugin.enabled",
    ]


def test_a_plugin_is_removed_after_a_question(site: Flask) -> None:
    run(site, *BREZOVO, "--plugin", "activities")
    assert run(site, "plugins", "remove", "activities", typed="n\n").exit_code == 1
    with site.app_context():
        assert "activities" not in schema.pending()
    gone = run(site, "plugins", "remove", "activities", typed="y\n")
    assert gone.exit_code == 0, gone.output
    with site.app_context():
        assert "activities" in schema.pending()
    assert "no plugins" in run(site, "cities", "list").output
    for name in ("core", "nonsense"):
        assert run(site, "plugins", "remove", name, "--yes").exit_code == 1


def test_the_schema_is_checked(site: Flask) -> None:
    assert run(site, "db", "upgrade").exit_code == 0
    in_order = run(site, "db", "check")
    assert in_order.exit_code == 0, in_order.output
    with site.app_context():
        schema.downgrade("activities")
        db.engine.dispose()
    behind = run(site, "db", "check")
    assert behind.exit_code == 1
    assert "maillage db upgrade" in behind.output
    assert "activities" in run(site, "db", "upgrade").output
    assert run(site, "db", "revision", "nonsense", "-m", "x").exit_code == 1


def test_the_worker_does_what_is_due(site: Flask) -> None:
    assert "0 jobs" in run(site, "worker", "--once").output
    with site.app_context():
        from core.mail import send_mail

        send_mail("a@b.example", "S", "T", locale="en")
        db.session.commit()
    assert "1 job tried" in run(site, "worker", "--once").output


def test_a_test_mail(site: Flask, dead_mail_url: str) -> None:
    written = run(site, "mail", "test", "a@b.example", "--language", "ar")
    assert written.exit_code == 0, written.output
    assert "file" in written.output
    for arguments, code in ((("nonsense",), 1), (("a@b.example", "--language", "xx"), 2)):
        assert run(site, "mail", "test", *arguments).exit_code == code
    site.config["MAIL_URL"] = dead_mail_url
    away = run(site, "mail", "test", "a@b.example")
    assert away.exit_code == 1
    assert "cannot be reached" in away.output
    site.config["MAIL_URL"] = "nonsense"
    assert run(site, "mail", "test", "a@b.example").exit_code == 1


def test_backup_and_restore(site: Flask, tmp_path: Path) -> None:
    run(site, *BREZOVO)
    path = tmp_path / "b.zip"
    made = run(site, "backup", str(path))
    assert made.exit_code == 0, made.output
    assert run(site, "backup", str(path)).exit_code == 1
    assert "whole" in run(site, "restore", str(path), "--check").output
    in_the_way = run(site, "restore", str(path))
    assert in_the_way.exit_code == 1
    assert "--replace" in in_the_way.output
    back = run(site, "restore", str(path), "--replace")
    assert back.exit_code == 0, back.output
    assert city_of(site).slug == "testova"
    path.write_bytes(path.read_bytes()[:-10])
    damaged = run(site, "restore", str(path), "--replace")
    assert damaged.exit_code == 1
    assert "damaged" in damaged.output
    assert run(site, "restore", str(tmp_path / "nowhere.zip")).exit_code == 2


def test_the_doctor_ends_with_one_when_something_is_wrong(site: Flask) -> None:
    answer = run(site, "doctor")
    assert answer.exit_code == 1
    assert "WRONG Worker" in answer.output
    findings = json.loads(run(site, "doctor", "--json").output)
    assert {"subject", "level", "sentence"} == set(findings[0])


def test_the_demo_is_refused_on_a_real_database(site: Flask) -> None:
    answer = run(site, "demo")
    assert answer.exit_code == 1
    assert "SQLite database of the instance folder" in answer.output


def test_daily_twice(world: World) -> None:
    for _time in range(2):
        answer = run(world.app, "daily")
        assert answer.exit_code == 0, answer.output
        assert "2 cities" in answer.output


@pytest.mark.one_database
def test_daily_lets_sqlite_find_one_row_without_reading_the_citys(world: World) -> None:
    question = (
        "EXPLAIN QUERY PLAN SELECT id FROM content_text WHERE city_id = 'a' AND plugin = 'p' "
        "AND kind = 'k' AND record_id = 'r' ORDER BY original DESC"
    )

    def plan() -> str:
        with world.app.app_context(), db.engine.connect() as connection:
            # It reads nothing, and only looks like a question about a city.
            planner = connection.execution_options(schema_work=True)
            return str(planner.exec_driver_sql(question).all())

    with world.in_city("alva"):
        for number in range(100):
            db.session.add(
                ContentText(
                    plugin="p", kind="k", record_id=f"r{number}", language="en", state="original"
                )
            )
        db.session.commit()
    assert "record_id=?" not in plan()
    assert run(world.app, "daily").exit_code == 0
    assert "record_id=?" in plan()


@pytest.mark.one_database
def test_what_hangs_on_a_record_is_found_behind_much_that_hangs_on_none(world: World) -> None:
    with world.in_city("alva") as city:
        usual = {
            "city_id": city.id, "text": "Ask", "language": "en", "due_on": date(2026, 6, 1),
            "organisation_id": world.organisations["alva"][0],
        }  # fmt: skip
        # As a city of many years has them: on nothing, and on records.
        on_records = [
            {"ref_plugin": "p", "ref_kind": "k", "ref_id": f"r{number}"} for number in range(2_000)
        ]
        on_none = [dict.fromkeys(("ref_plugin", "ref_kind", "ref_id"), "")] * 12_000
        for facts in (on_none, on_records):
            db.session.execute(insert(Action), [usual | {"id": new_id()} | each for each in facts])
        learn_sizes()
        question = (
            "EXPLAIN QUERY PLAN SELECT text FROM actions_action WHERE city_id = ? AND ref_plugin IN ('p') "
            "AND ref_kind IN ('k') AND ref_id IN ('r1', 'r2')"
        )
        found = db.session.connection().exec_driver_sql(question, (city.id,)).all()
        assert "ix_actions_action_subject" in str(found)
        db.session.rollback()


def test_daily_tells_what_failed_and_does_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.registry import CityHooks
    from core.tenancy import current_city

    done = []

    def call(self: CityHooks, hook: str, *, only: str | None = None, **arguments: object) -> None:
        if current_city().slug == "alva":
            raise LookupError("on purpose")
        done.append((hook, only, arguments["city"]))

    monkeypatch.setattr(CityHooks, "call", call)
    answer = run(world.app, "daily")
    assert answer.exit_code == 1
    assert "alva: activities" in answer.output
    assert [(hook, only) for hook, only, _city in done] == [
        ("run_daily", "activities"),
        ("run_daily", "meetings"),
    ]


def test_the_daily_job_is_the_daily_command(world: World) -> None:
    made = Worker(world.app)
    made._start_day()
    assert made.work_off() == 1
    with world.app.app_context():
        row = db.session.scalars(select(Job)).one()
        assert row.done_at is not None
        assert row.last_error == ""


# -- As a process: what no in-process call can show ------------------------------------------------------


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.parametrize(
    ("arguments", "settings", "code", "words"),
    [
        (("nonsense",), {}, 2, "No such command"),
        (("cities", "list"), {}, 1, "maillage db upgrade"),
        (("cities", "list"), {"MAILLAGE_PROXIES": "many"}, 1, "MAILLAGE_PROXIES"),
        (
            ("cities", "list"),
            {"MAILLAGE_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"},
            1,
            "does not answer",
        ),
        (("cities", "list"), {"MAILLAGE_DATABASE_URL": "nonsense"}, 1, "MAILLAGE_DATABASE_URL"),
        (("cities", "list"), {"MAILLAGE_DATABASE_URL": "mysql://x/y"}, 1, "MAILLAGE_DATABASE_URL"),
        (("run",), {"MAILLAGE_DATABASE_URL": "sqlite:////nonexistent/folder/x.sqlite"}, 1, ""),
        (("--version",), {}, 0, ""),
        (("--help",), {"MAILLAGE_PROXIES": "many"}, 0, "MAILLAGE_PROXIES"),
    ],
)
def test_mistakes_end_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], code: int, words: str
) -> None:
    (tmp_path / "secrets.json").write_text(
        '{"SECRET_KEY": "'
        + "x" * 40
        + '", "SECURITY_PASSWORD_SALT": "y", "TOTP_SECRETS": {"1": "z"}}'
    )
    answer = maillage(*arguments, settings=settings, instance=tmp_path)
    assert "Traceback" not in answer.stderr + answer.stdout
    assert answer.returncode == code, answer.stderr
    assert words in answer.stderr + answer.stdout


@pytest.mark.slow
@pytest.mark.one_database
def test_from_nothing_to_a_city_with_an_administrator(tmp_path: Path) -> None:
    upgrade = maillage("db", "upgrade", settings={}, instance=tmp_path / "new")
    assert upgrade.returncode == 0, upgrade.stderr
    assert (tmp_path / "new" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / "maillage.sqlite").stat().st_mode & 0o077 == 0
    made = maillage(*BREZOVO, settings={}, instance=tmp_path / "new")
    assert made.returncode == 0, made.stderr
    doctor = maillage("doctor", settings={}, instance=tmp_path / "new")
    assert doctor.returncode == 1
    assert "ok    Tables" in doctor.stdout
