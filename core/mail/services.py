"""Writing mails. They are jobs of the caller's transaction, so a change that is rolled back sends none."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import or_, select, update

from core.database import db, new_id, utcnow
from core.i18n import force_language, known_language, lang_tag
from core.i18n import lazy_gettext as _l
from core.jobs.models import Job
from core.jobs.services import GiveUp, enqueue, job
from core.mail.address import mail_server
from core.tenancy import city_in_force, current_city_id

# What a mailbox's address may look like; whether it exists, only a mail can tell.
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x20\x7f]+@[^\s@<>(),;:\\\"\[\]\x00-\x20\x7f]+")

# An address that refused a mail so long ago may have been mended since.
GIVEN_UP_LATELY, MOST_GIVEN_UP = timedelta(days=30), 500
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class MailRefused(ValueError):
    """A mail that cannot be written: an address or a subject that would change its head."""


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """A message for calendar programs (RFC 6047): it stands beside the text, and as a file for programs that know
    no such part. ``method`` is the one in the message itself, ``name`` that of the file.
    """

    method: str
    text: str
    name: str


def send_mail(
    to: str,
    subject: str,
    text: str,
    *,
    locale: str,
    html: str | None = None,
    unsubscribe: str = "",
    city_id: str | None = None,
    calendar: CalendarPart | None = None,
    ask: tuple[str, list[str]] | None = None,
) -> str:
    """Put a mail to one recipient aside in the caller's transaction; returns its Message-ID.

    ``text`` and ``subject`` are in the language ``locale``. ``unsubscribe`` is an address of ours that ends mails of
    this sort when it is asked with POST, without a session (RFC 8058). ``city_id`` is the city that the mail belongs
    to, by default the one in force: its administrator sees when it cannot be sent. The mail is delivered at least
    once, always under the same Message-ID. ``ask`` names a question (:func:`asked_before_sending`) that is asked of
    the identifiers beside it before each try. Raises :class:`MailRefused` for an address or a subject with a line
    break in it.
    """
    payload = payload_of(
        to, subject, text, locale=locale, html=html, unsubscribe=unsubscribe, calendar=calendar
    )
    if ask is not None:
        payload["ask"] = ask
    if city_id is None and city_in_force():
        city_id = current_city_id()
    enqueue("mail.send", payload, city_id=city_id)
    return str(payload["message_id"])


def payload_of(
    to: str,
    subject: str,
    text: str,
    *,
    locale: str,
    html: str | None = None,
    unsubscribe: str = "",
    calendar: CalendarPart | None = None,
) -> dict[str, Any]:
    """What a job knows of a mail that can be written. Raises :class:`MailRefused`."""
    payload: dict[str, Any] = {
        "to": to,
        "subject": subject,
        "text": text,
        "html": html,
        "calendar": asdict(calendar) if calendar is not None else None,
        "locale": known_language(locale),
        "message_id": f"<{new_id()}{new_id()}@{_our_domain()}>",
        "date": utcnow().isoformat(),
    }
    if unsubscribe:
        payload["unsubscribe"] = unsubscribe
    try:
        compose(payload).as_bytes(policy=SMTPUTF8)
    except UnicodeError as fault:
        raise MailRefused("The mail holds a character that cannot be written.") from fault
    return payload


def mail_text(template: str, locale: str, **context: Any) -> str:
    """The text of a mail: ``mail/<template>.txt`` in the recipient's language ``locale``."""
    with force_language(locale):
        # Not by Flask's own function: what pages find in their templates needs a request.
        text = current_app.jinja_env.get_template(f"mail/{template}.txt").render(**context)
    # Conditions in a template leave empty lines behind.
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _our_domain() -> str:
    domain = parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]
    return domain if re.fullmatch(r"[A-Za-z0-9.-]+", domain) else "localhost"


def compose(payload: dict[str, Any]) -> EmailMessage:
    """The mail that ``payload`` describes. Raises :class:`MailRefused`."""
    to = payload["to"]
    if not _ADDRESS.fullmatch(to) or len(to) > 320:
        raise MailRefused("This is not the address of one mailbox.")
    if _BREAKS.search(payload["subject"]):
        raise MailRefused("A subject is one line.")
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = current_app.config["MAIL_FROM"]
        message["To"] = to
        message["Subject"] = payload["subject"]
        message["Date"] = format_datetime(datetime.fromisoformat(payload["date"]).astimezone(UTC))
        message["Message-ID"] = payload["message_id"]
        # So that nobody's automatic answer comes back (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        if payload.get("unsubscribe"):
            message["List-Unsubscribe"] = f"<{payload['unsubscribe']}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(payload["text"], cte="quoted-printable")
        if payload.get("html"):
            message.add_alternative(payload["html"], subtype="html")
        if payload.get("calendar"):
            _add_calendar(message, CalendarPart(**payload["calendar"]))
        # Last: setting the content takes every header away that speaks of the content.
        message["Content-Language"] = lang_tag(payload["locale"])
    except (ValueError, IndexError) as fault:
        raise MailRefused("The mail cannot be written with this address or subject.") from fault
    return message


def _add_calendar(message: EmailMessage, part: CalendarPart) -> None:
    """Put the message for calendars last among the alternatives, where programs look first, and attach it."""
    message.add_alternative(
        part.text,
        subtype="calendar",
        charset="utf-8",
        cte="base64",
        params={"method": part.method},
    )
    message.add_attachment(
        part.text.encode(), maintype="application", subtype="ics", filename=part.name
    )


Question = Callable[[list[str]], bool]
_QUESTIONS: dict[str, Question] = {}


def asked_before_sending(name: str) -> Callable[[Question], Question]:
    """Register the question whether a mail that names it still says what holds; if not, it is never sent.

    A mail may wait for a day until its server is back. The question is asked in the mail's city, and what it writes is
    kept with the mark that the mail is done with.
    """

    def register(question: Question) -> Question:
        _QUESTIONS[name] = question
        return question

    return register


def _is_asked_for(payload: dict[str, Any]) -> bool:
    name, about = payload.get("ask") or ("", [])
    question = _QUESTIONS.get(name)
    return question is None or question(about)


def mail_folder() -> Path:
    """Where mails are written as files while no mail server is set."""
    return Path(current_app.instance_path) / "mail"


# As long as a server that takes its time over every step may need for one mail: else a second worker sends it as well.
@job("mail.send", title=_l("Sending a mail"), lease=timedelta(minutes=5))
def deliver(payload: dict[str, Any]) -> None:
    """Hand a mail in, or write it down where no mail server is set."""
    from core.mail.delivery import hand_in, write_down

    try:
        message = compose(payload)
    except MailRefused as fault:
        raise GiveUp("The mail cannot be written.") from fault
    if not _is_asked_for(payload):
        return
    # Looking for the mail's city has taken the database's lock, and a slow server must not hold up everybody's saving.
    db.session.rollback()
    server = mail_server(current_app.config["MAIL_URL"])
    if server is None:
        # The same mail has the same name, so a second delivery replaces the first.
        stamp = datetime.fromisoformat(payload["date"]).strftime("%Y%m%d-%H%M%S")
        name = f"{stamp}-{re.sub(r'[^a-z0-9]', '', payload['message_id'].partition('@')[0])[:12]}"
        write_down(mail_folder(), message, name)
        return
    hand_in(server, message)
    _hurry_the_others()


# Faults of the server or of the way to it, and of no single mail: what failed so waits for the same thing.
OF_THE_SERVER = frozenset(
    {
        "ConnectionRefusedError", "SMTPConnectError", "gaierror", "OSError", "ConnectionResetError", "BrokenPipeError",
        "SMTPServerDisconnected", "TimeoutError", "SSLError", "SSLCertVerificationError", "NoEncryption",
        "SMTPAuthenticationError", "NoSignIn", "SMTPSenderRefused",
    }
)  # fmt: skip


def _hurry_the_others() -> None:
    """The server is there: mails that failed because it was not are tried now, and not in some hours."""
    now = utcnow()
    db.session.execute(
        update(Job)
        .where(
            Job.kind == "mail.send",
            Job.done_at.is_(None),
            Job.failed_at.is_(None),
            Job.run_after > now,
            Job.last_error.in_(OF_THE_SERVER),
            or_(Job.locked_until.is_(None), Job.locked_until < now),
        )
        .values(run_after=now)
        .execution_options(synchronize_session=False)
    )


def given_up_on() -> frozenset[str]:
    """The addresses to which mails of the city in force were given up lately, in small letters; one query."""
    rows = db.session.scalars(
        select(Job.payload)
        .where(
            Job.kind == "mail.send",
            Job.city_id == current_city_id(),
            Job.failed_at.is_not(None),
            Job.failed_at > utcnow() - GIVEN_UP_LATELY,
        )
        .order_by(Job.failed_at.desc())
        .limit(MOST_GIVEN_UP)
    )
    return frozenset(str(payload.get("to", "")).lower() for payload in rows)
