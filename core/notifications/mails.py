"""The mails: one for each member, city and round, with links, and with nothing that only some may see.

A mail waits in the table of jobs and lies in a mailbox for years, whoever may then see what. So it names no subject
that is ``restricted`` or that its reader may not see at this moment, and no person; it says in general words what
happened, and leads to the page, which asks who is reading.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select, update

from core.acting import reading_as, viewer_of
from core.cities.models import City
from core.database import db, utcnow
from core.directory.services import in_force
from core.i18n import force_language, ngettext
from core.i18n import lazy_gettext as _l
from core.i18n.reader import zone_of
from core.identity.mails import site_url
from core.identity.models import Membership, Person
from core.jobs import job
from core.mail import MailRefused, asked_before_sending, mail_text, send_mail
from core.notifications.kinds import NotificationKind, known_kinds
from core.notifications.models import Notification, Reminder
from core.notifications.services import enqueue_rounds, notify
from core.notifications.tokens import stop_token
from core.notifications.told import for_mail, links_of, one_line, sentence
from core.registry import plugin_registry
from core.tenancy import current_city
from core.values import Link, Ref, Viewer

log = logging.getLogger(__name__)

# What a mail of ours names as the one to ask before it is sent.
TELLS = "notifications"
# More than this nobody reads in a mail; the page has all of it.
MOST_LINES = 20
# Read at a time: what a long holiday gathers fits, and a fault that tells without end does not fill the memory.
MOST_ROWS = 1000
# What a round takes along that is due a moment later, so that two rounds that were asked for at once make one mail.
SOON = timedelta(seconds=60)
# A reminder that comes later than this reminds of nothing any more.
TOO_LATE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Line:
    words: str
    url: str


@job("notifications.round", title=_l("Putting a member’s notifications into a mail"))
def send_round(payload: dict[str, Any]) -> None:
    """Put one member's mail together. The mail's own job and the marks of what it tells are one transaction."""
    member = str(payload["member"])
    row = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.id == member)
    ).first()
    rows = db.session.execute(
        select(Notification.id, Notification.kind, *_SUBJECT)
        .where(Notification.membership_id == member, Notification.mail_due_at <= utcnow() + SOON)
        .order_by(Notification.at, Notification.id)
        .limit(MOST_ROWS)
    ).all()
    if not rows:
        return
    city = current_city()
    today = utcnow().astimezone(zone_of(city.zone)).date()
    if row is None or not _is_written_to(row[0], row[1]) or not in_force(row[0], today):
        _take([each.id for each in rows], mailed=False)
        return
    membership, person = row
    enabled = _enabled(city)
    kinds = known_kinds(enabled)
    viewer = viewer_of(membership, person, city, enabled)
    with reading_as(viewer, city, enabled):
        # All that is asked comes before all that is written: a plugin that fails over it is rolled back.
        links = links_of(
            (_subject(each) for each in rows), viewer, plugin_registry().hooks(enabled)
        )
        told = [each.id for each in rows if _may_be_told(each, kinds, links)]
        _take([each.id for each in rows if each.id not in set(told)], mailed=False)
        taken = _take(told, mailed=True)
        if taken:
            _write(taken, kinds, links, viewer, person, city)


_SUBJECT = (Notification.ref_plugin, Notification.ref_kind, Notification.ref_id)


def _subject(row: Any) -> tuple[str, str, str]:
    return row.ref_plugin, row.ref_kind, row.ref_id


def _is_written_to(membership: Membership, person: Person) -> bool:
    # The addresses of the demo are invented.
    return membership.active and person.active and not person.demo


def _enabled(city: City) -> frozenset[str]:
    from core.web import enabled_plugins

    return enabled_plugins(city)


def _may_be_told(row: Any, kinds: dict[str, NotificationKind], links: dict[Ref, Link]) -> bool:
    """Not of a plugin that is off, and not of what the member may not see any more."""
    return row.kind in kinds and (not row.ref_plugin or Ref(*_subject(row)) in links)


def _take(ids: list[str], *, mailed: bool) -> list[Any]:
    """Take these out of what waits to be mailed; what another round has taken meanwhile is not among those returned."""
    if not ids:
        return []
    taken = db.session.execute(
        update(Notification)
        .where(Notification.id.in_(ids), Notification.mail_due_at.is_not(None))
        .values(mail_due_at=None, open_key=None, **({"mailed_at": utcnow()} if mailed else {}))
        .returning(
            Notification.id,
            Notification.kind,
            *_SUBJECT,
            Notification.facts,
            Notification.times,
            Notification.at,
        )
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(taken, key=lambda row: (row.at, row.id))


def _write(
    rows: list[Any],
    kinds: dict[str, NotificationKind],
    links: dict[Ref, Link],
    viewer: Viewer,
    person: Person,
    city: City,
) -> None:
    language = viewer.locale
    stop = site_url("notifications.stop", token=stop_token(city.id, viewer.membership_id))
    with force_language(language, city, person.zone):
        lines = [
            _line(row, kinds[row.kind], links.get(Ref(*_subject(row))), language)
            for row in rows[:MOST_LINES]
        ]
        subject = ngettext(
            "%(num)s notification from %(city)s",
            "%(num)s notifications from %(city)s",
            len(rows),
            city=city.name_in(language),
        )
    text = mail_text(
        "notifications",
        language,
        city_name=city.name_in(language),
        lines=lines,
        more=len(rows) - len(lines),
        page=site_url("notifications.index", city_slug=city.slug),
        settings=site_url("notifications.settings", city_slug=city.slug),
        stop=stop,
        zone=person.zone.replace("_", " ") if person.zone not in {"", city.zone} else "",
    )
    try:
        send_mail(
            person.email,
            subject,
            text,
            locale=language,
            unsubscribe=stop,
            ask=(TELLS, [row.id for row in rows]),
        )
    except MailRefused:
        # Another attempt would end alike; what it would have told stands in the page.
        log.warning("notification_mail_refused")


@asked_before_sending(TELLS)
def still_tells(identifiers: list[str]) -> bool:
    """Whether a mail that waited, as while its server was away, says nothing but what still holds.

    If some of it was read or settled meanwhile, the rest is told by a mail that is put together anew.
    """
    rows = db.session.execute(
        select(Notification.id, Notification.membership_id).where(
            Notification.id.in_(identifiers), Notification.read_at.is_(None)
        )
    ).all()
    if len(rows) == len(identifiers):
        return True
    if rows:
        now = utcnow()
        db.session.execute(
            update(Notification)
            .where(Notification.id.in_([row.id for row in rows]))
            .values(mail_due_at=now, mailed_at=None)
            .execution_options(synchronize_session=False)
        )
        enqueue_rounds((member, now) for member in {row.membership_id for row in rows})
    return False


def _line(row: Any, kind: NotificationKind, link: Link | None, language: str) -> _Line:
    named = link is not None and not link.restricted
    title = for_mail(link.title, link.language, language) if link is not None and named else ""
    words = one_line(sentence(kind, row.facts, row.times, "", title))
    where = link.url if link is not None else kind.where() if kind.where is not None else ""
    return _Line(words, _on_this_site(where))


def _on_this_site(url: str) -> str:
    """The full address of a page of ours, however its plugin wrote it."""
    if not url:
        return ""
    parts = urlsplit(url)
    asked = f"?{parts.query}" if parts.query else ""
    return f"{current_app.config['SITE_URL'].rstrip('/')}{parts.path}{asked}"


# -- Reminders -----------------------------------------------------------------------------------------------


@job("notifications.remind", title=_l("Reminding of something"))
def tell_reminders(payload: dict[str, Any]) -> None:
    """Tell those who are to be reminded of one record now. What was moved, taken back or told is not among it."""
    about = str(payload["about"])
    subject = Ref(str(payload["plugin"]), str(payload["kind"]), str(payload["id"]))
    if about not in known_kinds(_enabled(current_city())):
        # Its plugin is off; once it is on again, the moment has passed.
        return
    now = utcnow()
    due = db.session.execute(
        update(Reminder)
        .where(
            Reminder.kind == about,
            Reminder.ref_plugin == subject.plugin,
            Reminder.ref_kind == subject.kind,
            Reminder.ref_id == subject.id,
            Reminder.remind_at <= now,
            Reminder.sent_at.is_(None),
        )
        .values(sent_at=now)
        .returning(Reminder.membership_id, Reminder.remind_at, Reminder.facts)
        .execution_options(synchronize_session=False)
    ).all()
    told: list[tuple[dict[str, Any], list[str]]] = []
    for row in due:
        if row.remind_at < now - TOO_LATE:
            continue
        same = next((members for facts, members in told if facts == row.facts), None)
        if same is None:
            told.append((row.facts, [row.membership_id]))
        else:
            same.append(row.membership_id)
    for facts, members in told:
        notify(about, members, subject=subject, facts=facts, urgent=True)


__all__ = ["MOST_LINES", "send_round", "tell_reminders"]
