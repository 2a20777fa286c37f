"""``maillage doctor``: what is wrong with an installation, in plain words, each with what to do about it."""

import ipaddress
import logging
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from core.config import ROOT, SECRETS_FILE
from core.database import db, utcnow

log = logging.getLogger(__name__)

GOOD, NOTE, WRONG = "good", "note", "wrong"
_MARKS = {GOOD: "ok   ", NOTE: "note ", WRONG: "WRONG"}
_LEAST_FREE = 1024**3
_MAIL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it stands, and what to do."""

    subject: str
    level: str
    sentence: str

    @property
    def wrong(self) -> bool:
        """Whether it keeps the site from working as it should."""
        return self.level == WRONG

    @property
    def mark(self) -> str:
        """The first word of its line."""
        return _MARKS[self.level]

    def as_dict(self) -> dict[str, str]:
        """For programs."""
        return asdict(self)


def examine() -> list[Finding]:
    """Look at everything. Never raises: what cannot be looked at is a finding of its own."""
    findings: list[Finding] = []
    reachable = _run("Database", _database, findings)
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("Keys", _keys),
        ("Mail", _mail),
        ("Plugins", _plugins),
        ("Addresses", _addresses),
        ("Disk", _disk),
        ("Front end", _front_end),
        ("Languages", _languages),
    ]
    if reachable:
        checks[1:1] = [("Tables", _tables)]
    if reachable and not any(finding.wrong for finding in findings):
        checks += [("Worker", _worker), ("Demo", _demo), ("Cities", _cities)]
    for subject, check in checks:
        _run(subject, check, findings)
    return findings


def _run(subject: str, check: Callable[[], Iterator[Finding]], findings: list[Finding]) -> bool:
    found: list[Finding] = []
    try:
        found.extend(check())
    except SQLAlchemyError as fault:
        db.session.rollback()
        log.debug("doctor_check_failed", extra={"fault": type(fault).__name__})
        found.append(
            Finding(
                subject,
                WRONG,
                "Could not be looked at: the database lacks tables. Run maillage db upgrade.",
            )
        )
    except Exception as fault:
        log.debug("doctor_check_failed", exc_info=True)
        found.append(
            Finding(subject, WRONG, f"Could not be looked at: {type(fault).__name__}: {fault}")
        )
    findings.extend(found)
    return not any(finding.wrong for finding in found)


def _database() -> Iterator[Finding]:
    url = db.engine.url
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(
        db.engine.dialect.name, db.engine.dialect.name
    )
    where = (
        url.database
        if db.engine.dialect.name == "sqlite"
        else f"{url.database} on {url.host or 'this machine'}"
    )
    if db.engine.dialect.name == "sqlite" and not Path(url.database or "").exists():
        yield Finding(
            "Database",
            WRONG,
            f"There is no file {where} yet. Run maillage run or maillage db upgrade.",
        )
        return
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            if kind == "PostgreSQL":
                yield from _postgres_settings(
                    connection.scalar(text("SHOW fsync")),
                    connection.scalar(
                        text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
                    ),
                )
    except SQLAlchemyError:
        yield Finding(
            "Database",
            WRONG,
            f"{kind} does not answer ({where}). Check MAILLAGE_DATABASE_URL and that it runs.",
        )
        return
    yield Finding("Database", GOOD, f"{kind}, {where}.")


def _postgres_settings(fsync: object, superuser: object) -> Iterator[Finding]:
    if fsync != "on":
        yield Finding(
            "Database",
            NOTE,
            "fsync is off: what was saved can be lost with the power. Set it on in postgresql.conf.",
        )
    if superuser:
        yield Finding(
            "Database",
            NOTE,
            "Maillage connects as a superuser. Give it a role of its own that owns its database.",
        )


def _tables() -> Iterator[Finding]:
    from core import schema

    in_order = True
    for state in schema.states():
        if state.unknown:
            in_order = False
            yield Finding(
                "Tables",
                WRONG,
                f"Those of {state.owner} are at revision {state.current or 'none'}, which is not known here. "
                "Install the version that made them, or restore a backup.",
            )
        elif state.pending:
            in_order = False
            yield Finding(
                "Tables",
                WRONG,
                f"Those of {state.owner} are {state.pending} step{'s' if state.pending > 1 else ''} behind. "
                "Run maillage db upgrade.",
            )
    if in_order:
        yield Finding("Tables", GOOD, "At the newest schema.")


def _keys() -> Iterator[Finding]:
    config = current_app.config
    missing = [
        name
        for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "SECURITY_TOTP_SECRETS")
        if not config.get(name)
    ]
    if missing:
        yield Finding(
            "Keys", WRONG, f"Missing: {', '.join(missing)}. maillage db upgrade makes them."
        )
        return
    if len(str(config["SECRET_KEY"])) < 32:
        yield Finding("Keys", WRONG, "SECRET_KEY is shorter than 32 characters.")
        return
    path = Path(current_app.instance_path) / SECRETS_FILE
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(
            "Keys", WRONG, f"Others on this machine can read {path}. Run chmod 600 on it."
        )
        return
    yield Finding("Keys", GOOD, "Present, and readable by nobody else.")


def _mail() -> Iterator[Finding]:
    import smtplib

    from core.mail import MailSettingError, mail_server
    from core.mail.delivery import connection

    try:
        server = mail_server(current_app.config["MAIL_URL"])
    except MailSettingError as fault:
        yield Finding("Mail", WRONG, str(fault))
        return
    if server is None:
        level = NOTE if current_app.config["DATABASE_IS_DEFAULT"] else WRONG
        yield Finding(
            "Mail",
            level,
            "No mail server is set, so mails are files in instance/mail. Set MAILLAGE_MAIL_URL.",
        )
        return
    try:
        with connection(server, seconds=_MAIL_SECONDS):
            pass
    except smtplib.SMTPAuthenticationError:
        yield Finding(
            "Mail",
            WRONG,
            f"{server.host} does not accept the user and password of MAILLAGE_MAIL_URL.",
        )
    except (OSError, smtplib.SMTPException) as fault:
        yield Finding(
            "Mail",
            WRONG,
            f"{server.host}:{server.port} cannot be reached ({type(fault).__name__}). Mails wait.",
        )
    else:
        if server.tls == "none" and not _loopback(server.host):
            yield Finding(
                "Mail",
                NOTE,
                f"Mails go to {server.host} without encryption. Use tls=start or smtps.",
            )
        yield Finding(
            "Mail",
            GOOD,
            f"{server.host}:{server.port} answers. maillage mail test ADDRESS sends one.",
        )


def _worker() -> Iterator[Finding]:
    from core.jobs.services import SILENT_AFTER, queue_state

    state = queue_state()
    db.session.rollback()
    if state.worker_seen is None:
        yield Finding("Worker", WRONG, "None runs, so no mail is sent. Start maillage worker.")
    elif utcnow() - state.worker_seen > SILENT_AFTER:
        minutes = int((utcnow() - state.worker_seen).total_seconds() // 60)
        yield Finding(
            "Worker",
            WRONG,
            f"Silent for {minutes} minutes. Start maillage worker, and see its log.",
        )
    else:
        yield Finding("Worker", GOOD, f"Runs; {state.waiting} jobs wait.")
    if state.overdue:
        yield Finding(
            "Worker",
            WRONG,
            f"{state.overdue} jobs have waited for more than ten minutes without being tried.",
        )
    if state.stuck:
        yield Finding(
            "Worker",
            NOTE,
            ("1 job is stuck" if state.stuck == 1 else f"{state.stuck} jobs are stuck")
            + ". See maillage jobs list; each city’s administrator sees its own.",
        )


def _plugins() -> Iterator[Finding]:
    from core.registry import plugin_registry

    registry = plugin_registry()
    for left_out in registry.left_out:
        yield Finding("Plugins", WRONG, f"{left_out.name} was left out: {left_out.reason}")
    if registry.plugins:
        yield Finding("Plugins", GOOD, f"Loaded: {', '.join(registry.plugins)}.")
    elif not registry.left_out:
        yield Finding("Plugins", NOTE, "None is installed.")


def _addresses() -> Iterator[Finding]:
    config = current_app.config
    site = urlsplit(config["SITE_URL"])
    host = site.hostname or ""
    in_order = True
    if site.scheme not in {"http", "https"} or not host:
        yield Finding(
            "Addresses", WRONG, "SITE_URL is not an address such as https://network.example.org."
        )
        return
    if site.path not in {"", "/"}:
        in_order = False
        yield Finding(
            "Addresses", WRONG, "SITE_URL has a path; Maillage stands at the root of its host."
        )
    if _loopback(host):
        if not config["DATABASE_IS_DEFAULT"]:
            in_order = False
            yield Finding(
                "Addresses",
                WRONG,
                f"Links in mails lead to {config['SITE_URL']}. Set MAILLAGE_SITE_URL.",
            )
    else:
        if site.scheme != "https":
            in_order = False
            yield Finding(
                "Addresses",
                WRONG,
                "SITE_URL is not https: passwords and cookies travel in the open.",
            )
        if not config["PROXIES"]:
            in_order = False
            yield Finding(
                "Addresses",
                WRONG,
                "The site has a public address but PROXIES is 0: every visitor seems to come from the proxy, and one "
                "of them can slow down sign-in for all. Set MAILLAGE_PROXIES to the number of proxies in front.",
            )
        if not config["TRUSTED_HOSTS"]:
            in_order = False
            yield Finding(
                "Addresses", WRONG, f"Any host name is answered. Set MAILLAGE_TRUSTED_HOSTS={host}."
            )
    trusted = config["TRUSTED_HOSTS"]
    if (
        trusted
        and host not in trusted
        and not any(name.startswith(".") and host.endswith(name) for name in trusted)
    ):
        in_order = False
        yield Finding(
            "Addresses", WRONG, f"TRUSTED_HOSTS does not hold {host}, the host of SITE_URL."
        )
    if in_order:
        yield Finding("Addresses", GOOD, f"{config['SITE_URL']}.")


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _demo() -> Iterator[Finding]:
    from core.identity.models import Person

    count = (
        db.session.scalar(select(func.count()).select_from(Person).where(Person.demo.is_(True)))
        or 0
    )
    db.session.rollback()
    host = urlsplit(current_app.config["SITE_URL"]).hostname or ""
    if count and (not current_app.config["DATABASE_IS_DEFAULT"] or not _loopback(host)):
        yield Finding(
            "Demo",
            WRONG,
            f"There are {count} demo accounts here. They are refused, but do not belong on a real site: begin with an "
            "empty database.",
        )
    elif count:
        yield Finding("Demo", NOTE, "This is the demo; its accounts work on this machine only.")


def _cities() -> Iterator[Finding]:
    from core.cities.services import all_cities

    if not all_cities():
        yield Finding("Cities", NOTE, "There is none yet. Make one with maillage cities add.")
    db.session.rollback()


def _disk() -> Iterator[Finding]:
    instance = Path(current_app.instance_path)
    if not instance.is_dir():
        yield Finding(
            "Disk", WRONG, f"There is no folder {instance}. maillage db upgrade makes it."
        )
        return
    if not os.access(instance, os.W_OK):
        yield Finding("Disk", WRONG, f"{instance} cannot be written to.")
        return
    free = shutil.disk_usage(instance).free
    amount = f"{free / 1024**3:.1f} GB"
    if free < _LEAST_FREE:
        yield Finding("Disk", WRONG, f"Only {amount} are free in {instance}. Make room.")
    else:
        yield Finding("Disk", GOOD, f"{amount} free in {instance}.")


def _front_end() -> Iterator[Finding]:
    built = ROOT / "core" / "static" / "build"
    if any(built.glob("*.css")) or any(built.rglob("*.css")):
        yield Finding("Front end", GOOD, "Built.")
    else:
        yield Finding(
            "Front end", WRONG, "The style sheet and the script are not built. Run make front."
        )


def _languages() -> Iterator[Finding]:
    from core.i18n import LANGUAGES

    stale = []
    for code in LANGUAGES:
        source = ROOT / "translations" / code / "LC_MESSAGES" / "messages.po"
        compiled = source.with_suffix(".mo")
        if code != "en" and not compiled.exists():
            stale.append(code)
    if stale:
        yield Finding(
            "Languages", WRONG, f"Not compiled: {', '.join(stale)}. Run make translations-compile."
        )
    else:
        yield Finding("Languages", GOOD, f"{len(LANGUAGES)} languages.")
