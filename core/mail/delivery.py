"""Handing mails in: to a mail server, or as files of the instance folder where there is none."""

import contextlib
import os
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path

from core.jobs.services import GiveUp
from core.mail.address import MailServer

CONNECT_SECONDS = 10.0
# For each step of the conversation; a whole delivery stays well within the lease of its job.
STEP_SECONDS = 20.0


class NoEncryption(smtplib.SMTPException):
    """The settings ask for an encrypted connection, and the server offers none."""


class NoSignIn(smtplib.SMTPException):
    """The settings name a user, and the server takes no signing in."""


@contextlib.contextmanager
def connection(server: MailServer, *, seconds: float = CONNECT_SECONDS) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted and authenticated connection. Raises ``OSError`` or ``smtplib.SMTPException``."""
    safe = ssl.create_default_context()
    # The name given in the greeting says nothing about this machine.
    named = "maillage.invalid"
    client: smtplib.SMTP
    if server.tls == "whole":
        client = smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=named, timeout=seconds, context=safe
        )
    else:
        client = smtplib.SMTP(server.host, server.port, local_hostname=named, timeout=seconds)
    try:
        if isinstance(client.sock, socket.socket):
            client.sock.settimeout(STEP_SECONDS)
        client.ehlo()
        # Both are settings that somebody can put right, so the mail is tried again; smtplib has one name for them and
        # for an address that it cannot write.
        if server.tls == "start":
            try:
                client.starttls(context=safe)
            except smtplib.SMTPNotSupportedError as lacking:
                raise NoEncryption from lacking
            client.ehlo()
        if server.user:
            try:
                client.login(server.user, server.password)
            except smtplib.SMTPNotSupportedError as lacking:
                raise NoSignIn from lacking
        yield client
    finally:
        # What has been taken is taken, whether or not the goodbye is heard.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()


def hand_in(server: MailServer, message: EmailMessage) -> None:
    """Hand one mail to the server. Raises :class:`core.jobs.GiveUp` if it will never be taken."""
    try:
        with connection(server) as client:
            client.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _reason in refused.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            raise GiveUp("The mail server knows no such recipient.") from refused
        raise
    except smtplib.SMTPDataError as refused:
        if 500 <= refused.smtp_code < 600:
            raise GiveUp("The mail server does not take this mail.") from refused
        raise
    except smtplib.SMTPNotSupportedError as refused:
        raise GiveUp("The mail server cannot take an address in another script.") from refused


def write_down(folder: Path, message: EmailMessage, name: str) -> Path:
    """Write the mail into ``folder`` as a file of its own; returns its path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.eml"
    unfinished = folder / f".{name}.new"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes(policy=SMTP if str(message["To"]).isascii() else SMTPUTF8))
    unfinished.rename(path)
    return path
