"""The mails about an invitation: in the recipient's language and zone, with what every member may see and no more."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from flask import current_app

from core.database import utcnow
from core.i18n import (
    current_locale,
    force_language,
    format_range,
    lang_tag,
)
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp
from core.i18n.reader import zone_of
from core.identity.mails import site_url
from core.invitations.itip import Mailbox, Message, Method
from core.invitations.services import find_invitee, organiser_name
from core.invitations.tokens import answer_token
from core.mail.services import CalendarPart, asked_before_sending, mail_text, send_mail
from core.tenancy import current_city
from core.values import CalendarEntry

_SPACES = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")
_LONGEST_SUBJECT = 160
# What a mail of ours names as the one to ask before it is sent.
_ASK = "invitations"

ANSWER_WORDS = {
    "": _lp("answer to an invitation", "No answer yet"),
    "accepted": _lp("answer to an invitation", "Accepted"),
    "tentative": _lp("answer to an invitation", "Perhaps"),
    "declined": _lp("answer to an invitation", "Declined"),
}
_SUBJECTS = {
    "invited": _l("Invitation: %(title)s"),
    "again": _l("It takes place after all: %(title)s"),
    "moved": _l("New time: %(title)s"),
    "changed": _l("Changed: %(title)s"),
    "postponed": _l("Postponed: %(title)s"),
    "cancelled": _l("Cancelled: %(title)s"),
    "withdrawn": _l("No longer invited: %(title)s"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a mail goes to. ``zone`` is empty for the city's; ``member`` says that they can sign in."""

    name: str
    address: str
    language: str
    zone: str
    member: bool


@dataclass(frozen=True, slots=True)
class Host:
    """Who invites: a name and an organisation, both of which every member may see. Either may be empty."""

    name: str
    organisation: str

    def in_words(self) -> str:
        """Both, in one."""
        if self.name and self.organisation:
            return _("%(name)s, %(organisation)s", name=self.name, organisation=self.organisation)
        return self.name or self.organisation


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail tells: of which event, why, and what became of the recipient's answer.

    ``kind`` is a key of the subjects; ``lost`` says that an answer was given for another time and counts no more,
    ``instead`` that the recipient is invited in the place of somebody else, who is not named outside the house.
    """

    kind: str
    method: Method
    entry: CalendarEntry
    host: Host
    sequence: int
    answer: str
    lost: bool
    instead: bool


def title_of(entry: CalendarEntry, host: Host, language: str) -> str:
    """What an event is called in a mail: its title, or who invites where the title is not open to all members."""
    if entry.title and not entry.busy_only:
        return entry.title
    return _("Invitation from %(who)s", who=host.organisation or organiser_name(language))


def when_words(entry: CalendarEntry, zone: str = "") -> str:
    """When an event takes place, by the clock in ``zone``, whose name is told; of whole days the days alone."""
    if entry.all_day and entry.start_date is not None:
        return format_range(entry.start_date, entry.end_date or entry.start_date, "full")
    place: ZoneInfo = zone_of(zone or current_city().zone)
    clock = format_range(entry.start, entry.end, "full", place.key)
    name = get_timezone_name(entry.start.astimezone(place), locale=current_locale())
    return _("%(when)s (%(zone)s)", when=clock, zone=name)


def send(invitee_id: str, to: Recipient, letter: Letter) -> None:
    """Put a mail aside, with the message for calendars in it. Raises :class:`core.mail.MailRefused`."""
    with force_language(to.language, current_city()):
        _send(invitee_id, to, letter)


def _send(invitee_id: str, to: Recipient, letter: Letter) -> None:
    entry, city = letter.entry, current_city()
    title = title_of(entry, letter.host, to.language)
    takes_place = letter.method == "REQUEST"
    link = site_url("invitations.answer", token=answer_token(city.id, invitee_id))
    page = entry.url if to.member else ""
    message = Message(
        method=letter.method,
        entry=entry,
        sequence=letter.sequence,
        stamp=utcnow(),
        organiser=Mailbox(
            organiser_name(to.language), parseaddr(current_app.config["MAIL_FROM"])[1]
        ),
        recipient=Mailbox(to.name, to.address),
        answer=letter.answer,
        title=title,
        description="\n\n".join(
            each
            for each in (
                _("Answer here; you need no account: %(link)s", link=link),
                _agenda(letter),
            )
            if each
        )
        if takes_place
        else "",
        url=page or link,
        locale_tag=lang_tag(to.language),
    )
    text = mail_text(
        "invitation",
        to.language,
        kind=letter.kind,
        lost=letter.lost,
        instead=letter.instead,
        who=letter.host.in_words(),
        title=title,
        when=when_words(entry, to.zone),
        place="" if entry.busy_only else entry.place,
        answer=str(ANSWER_WORDS[letter.answer]) if letter.answer else "",
        agenda=_agenda(letter),
        link=link if takes_place else "",
        page=page if takes_place else "",
        veiled=entry.busy_only,
    )
    send_mail(
        to.address,
        _subject(str(_SUBJECTS[letter.kind]) % {"title": title}),
        text,
        locale=to.language,
        calendar=CalendarPart(letter.method, message.text(), "invitation.ics"),
        ask=(_ASK, [invitee_id, str(letter.sequence)]),
    )


@asked_before_sending(_ASK)
def is_the_last(about: list[str]) -> bool:
    """Whether nothing newer was written to that recipient while a mail waited, as for its server.

    Of two that wait, the older could arrive last, and tell of a time that has changed or invite to what is cancelled.
    """
    identifier, sequence = about
    row = find_invitee(identifier)
    return row is None or row.sequence <= int(sequence)


def _agenda(letter: Letter) -> str:
    """What every member may read of what will be discussed; of what does not take place nothing."""
    entry = letter.entry
    return entry.agenda if letter.method == "REQUEST" and not entry.busy_only else ""


def _subject(text: str) -> str:
    """One line, and not too long for a list of mails."""
    line = _SPACES.sub(" ", text).strip()
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1].rstrip()}…"
