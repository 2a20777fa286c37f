"""Settings: defaults, overridden by ``instance/config.py``, then by ``MAILLAGE_*`` variables, then by the caller.

The application itself never writes here; ``maillage run`` and ``maillage db upgrade`` make the secrets.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
SECRETS_FILE = "secrets.json"
DATABASE_FILE = "maillage.sqlite"

DEFAULTS: dict[str, Any] = {
    "PLUGIN_PACKAGE": "plugins",
    "DATABASE_URL": "",
    # smtp://user:password@host:587?tls=start, smtps://…; empty writes mails as files into instance/mail.
    "MAIL_URL": "",
    "MAIL_FROM": "Maillage <maillage@localhost>",
    # The largest attachment, and how much room the attachments of one city have.
    "FILES_MOST_MEGABYTES": 10,
    "FILES_QUOTA_MEGABYTES": 2000,
    # The address people type, for links in mails: https://network.example.org
    "SITE_URL": "http://127.0.0.1:8000",
    # How many proxies in front may be believed about address and scheme.
    "PROXIES": 0,
    "TRUSTED_HOSTS": None,
    "PSEUDO_LOCALE": False,
    # Administrators, lead workers and data-protection officers need more than a password.
    "SECOND_STEP_REQUIRED": True,
    "LOG_LEVEL": "INFO",
    "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1000,
    "WTF_CSRF_TIME_LIMIT": None,
    "WTF_CSRF_SSL_STRICT": False,
    "SQLALCHEMY_ENGINE_OPTIONS": {},
    "TEMPLATES_AUTO_RELOAD": False,
}

# What may be set through the environment, and how its text is read.
_READERS: dict[str, Any] = {
    "DATABASE_URL": str,
    "MAIL_URL": str,
    "MAIL_FROM": str,
    "SITE_URL": lambda text: text.rstrip("/"),
    "PROXIES": int,
    "TRUSTED_HOSTS": lambda text: [host.strip() for host in text.split(",") if host.strip()],
    "SECRET_KEY": str,
    "LOG_LEVEL": lambda text: text.upper(),
    "PLUGIN_PACKAGE": str,
    "FILES_QUOTA_MEGABYTES": int,
    "PSEUDO_LOCALE": lambda text: text.lower() in {"1", "true", "yes", "on"},
}


class SettingError(Exception):
    """A setting that cannot be read; the message names it and says what is expected."""


def instance_folder() -> Path:
    """Where this machine's secrets, database, files and mails are: ``MAILLAGE_INSTANCE`` or ``instance/``."""
    return Path(os.environ.get("MAILLAGE_INSTANCE") or ROOT / "instance").resolve()


def default_database(instance: Path) -> str:
    """The address of the SQLite database of an instance folder."""
    return f"sqlite:///{instance / DATABASE_FILE}"


def keep_private() -> None:
    """From here on this process makes files that nobody else on the machine can read."""
    os.umask(0o077)


def ensure_secrets(instance: Path) -> bool:
    """Make this instance's secrets if there are none; returns whether they were made now."""
    path = instance / SECRETS_FILE
    if path.exists():
        return False
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SECURITY_PASSWORD_SALT": secrets.token_urlsafe(32),
        "TOTP_SECRETS": {"1": secrets.token_urlsafe(32)},
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file, indent=2)
    return True


def load_config(app: Flask, overrides: Mapping[str, Any] | None) -> None:
    """Fill ``app.config``. Raises :class:`SettingError` for a setting that cannot be read."""
    app.config.from_mapping(DEFAULTS)
    instance = Path(app.instance_path)
    if (secrets_file := instance / SECRETS_FILE).exists():
        try:
            made = json.loads(secrets_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise SettingError(f"{secrets_file} cannot be read: {fault}") from fault
        app.config["SECURITY_TOTP_SECRETS"] = made.pop("TOTP_SECRETS", None)
        app.config.from_mapping(made)
    app.config.from_pyfile("config.py", silent=True)
    for name, read in _READERS.items():
        text = os.environ.get(f"MAILLAGE_{name}")
        if text is None:
            continue
        try:
            app.config[name] = read(text)
        except ValueError as fault:
            raise SettingError(f"MAILLAGE_{name} cannot be read: {fault}") from fault
    app.config.from_mapping(overrides or {})
    _check_sender(app.config["MAIL_FROM"])
    url = app.config["DATABASE_URL"] or default_database(instance)
    if not url.startswith(("sqlite:", "postgresql://", "postgresql+psycopg://")):
        raise SettingError(
            "MAILLAGE_DATABASE_URL is not the address of a PostgreSQL or SQLite database, such as "
            "postgresql://user:password@host/maillage."
        )
    app.config["DATABASE_IS_DEFAULT"] = url == default_database(instance)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    engine: dict[str, Any] = dict(app.config["SQLALCHEMY_ENGINE_OPTIONS"])
    # A failing statement would otherwise write the names it was bound to into the log.
    engine.setdefault("hide_parameters", True)
    if url.startswith("postgresql"):
        engine.setdefault("pool_pre_ping", True)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine
    secure = urlsplit(app.config["SITE_URL"]).scheme == "https"
    app.config["SECURE_SITE"] = secure
    app.config["PREFERRED_URL_SCHEME"] = "https" if secure else "http"


def _check_sender(text: str) -> None:
    """A sender that no mail can carry would otherwise show only when the first mail is written."""
    from email.policy import SMTP

    try:
        senders = SMTP.header_factory("From", text).addresses
    except (ValueError, IndexError):
        senders = ()
    if len(senders) != 1 or "@" not in senders[0].addr_spec or "\n" in text or "\r" in text:
        raise SettingError(
            "MAIL_FROM is not the address of one sender, such as Maillage <no-reply@example.org>."
        )
