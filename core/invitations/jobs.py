"""The job that tells those who are invited to one event what they have not been told yet.

It writes the mails and, in the same transaction, what was sent to whom: so each message goes out exactly once from
here, whatever stops in between, and running it again sends nothing.
"""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from core.database import db, utcnow
from core.directory.services import in_force, name_of
from core.home.feed import status_of
from core.i18n import known_language, today
from core.i18n import lazy_gettext as _l
from core.identity.models import Membership, Organisation, Person
from core.invitations import events, letters
from core.invitations.itip import Method
from core.invitations.models import Invitee
from core.invitations.services import JOB, about
from core.jobs.services import job
from core.mail.services import MailRefused
from core.registry import CityHooks
from core.tenancy import current_city
from core.values import CalendarEntry, Ref

log = logging.getLogger(__name__)


@job(JOB, title=_l("Writing the mails of an invitation"))
def _send(payload: dict[str, Any]) -> None:
    send_due(Ref(payload["plugin"], payload["kind"], payload["id"]))


def send_due(subject: Ref) -> int:
    """Write whatever mails the invitees of ``subject`` are due; returns how many.

    Raises :class:`~core.invitations.events.OwnerSilent` when its plugin cannot say what became of it, and
    :class:`~core.jobs.worker.PluginOff` while the plugin is off.
    """
    from core.jobs.worker import PluginOff

    hooks = events.hooks_of(current_city())
    if subject.plugin not in hooks.enabled:
        raise PluginOff
    work = _Work(subject, hooks)
    told = sum(work.tell(*row) for row in _held(subject))
    # Now, while the city is in force: the worker leaves it before it commits.
    db.session.flush()
    return told


def _held(subject: Ref) -> list[tuple[Invitee, Membership | None, Person | None]]:
    """The invitees with their accounts, held until the transaction ends: a second worker waits, and finds all done."""
    rows = db.session.execute(
        select(Invitee, Membership, Person)
        .outerjoin(
            Membership,
            and_(Membership.city_id == Invitee.city_id, Membership.id == Invitee.membership_id),
        )
        .outerjoin(Person, Person.id == Membership.person_id)
        .where(about(subject))
        .order_by(Invitee.id)
        .with_for_update(of=Invitee)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2]) for row in rows]


class _Work:
    """One look at the invitees of one subject; the event is asked for once in each language."""

    def __init__(self, subject: Ref, hooks: CityHooks) -> None:
        self.subject = subject
        self.hooks = hooks
        self.now = utcnow()
        self.today = today()
        self._entries: dict[str, CalendarEntry | None] = {}
        self._hosts: dict[str, tuple[str, dict[str, str]]] = {}

    def tell(self, row: Invitee, membership: Membership | None, person: Person | None) -> bool:
        """Bring one invitee up to date; returns whether a mail was written."""
        to = self._recipient(row, membership, person)
        entry = self._entry(to.language if to else current_city().default_language)
        if entry is None and row.withdrawn_at is None:
            # The record is no more, so nobody is invited to it.
            row.withdrawn_at, gone = self.now, True
        else:
            gone = False
        if entry is not None:
            row.ends_at = events.ends(entry)
        lost = self._forget_answer(row, entry)
        kind = due(row, entry, self.now, gone=gone)
        if not kind:
            if entry is not None and row.sent:
                row.sent = {**row.sent, "sequence": entry.sequence}
            return False
        return to is not None and self._write(row, to, entry, kind, lost)

    def _forget_answer(self, row: Invitee, entry: CalendarEntry | None) -> bool:
        """Whoever answered for another time, or before it was called off, has not answered for this one."""
        if not row.answer or entry is None or entry.status == events.CANCELLED:
            return False
        called_off = row.sent.get("method") == "CANCEL"
        if row.answered_for == events.time_of(entry) and not called_off:
            return False
        row.answer, row.answered_at, row.answered_for = "", None, ""
        return True

    def _write(
        self,
        row: Invitee,
        to: letters.Recipient,
        entry: CalendarEntry | None,
        kind: str,
        lost: bool,
    ) -> bool:
        method: Method = "CANCEL" if kind in {"cancelled", "withdrawn"} else "REQUEST"
        if entry is None or kind == "withdrawn":
            # Whoever is no longer invited is told of what they knew, and of nothing that was changed since.
            entry = events.entry_sent(row.sent, self.now)
        # It rises with every message to this recipient, and is never behind the event's own.
        sequence = max(entry.sequence, row.sequence + 1, 0)
        host = self._host(row.invited_by or "", to.language)
        letter = letters.Letter(
            kind, method, entry, host, sequence, row.answer, lost, row.instead_of is not None
        )
        row.sequence, row.sent_at, row.sent = sequence, self.now, events.snapshot(entry, method)
        try:
            letters.send(row.id, to, letter)
        except MailRefused:
            # One address that cannot be written to must not keep the others waiting.
            log.warning("invitation_not_written", extra={"job": row.id})
            return False
        return True

    def _entry(self, language: str) -> CalendarEntry | None:
        if language not in self._entries:
            viewer = events.any_member(self.hooks, language)
            self._entries[language] = events.entry_of(self.subject, viewer, self.hooks)
        return self._entries[language]

    def _recipient(
        self, row: Invitee, membership: Membership | None, person: Person | None
    ) -> letters.Recipient | None:
        """Where mails for this invitee go; None for members without an account, or whose place has ended."""
        default = current_city().default_language
        if row.email:
            return letters.Recipient(
                row.name, row.email, known_language(row.language or default), "", member=False
            )
        if membership is None or person is None:
            return None
        if not person.active or not in_force(membership, self.today):
            return None
        return letters.Recipient(
            membership.shown_name,
            person.email,
            known_language(person.language or default),
            person.zone,
            member=True,
        )

    def _host(self, membership_id: str, language: str) -> letters.Host:
        if membership_id not in self._hosts:
            self._hosts[membership_id] = host_of(membership_id)
        name, organisation = self._hosts[membership_id]
        return letters.Host(name, name_of(organisation, language) if organisation else "")


def host_of(membership_id: str) -> tuple[str, dict[str, str]]:
    """The name of a member and the names of their organisation; both empty where there is none."""
    office = aliased(Organisation)
    found = db.session.execute(
        select(Membership.shown_name, office.names)
        .outerjoin(
            office,
            and_(office.city_id == Membership.city_id, office.id == Membership.organisation_id),
        )
        .where(Membership.id == membership_id)
    ).first()
    return (found[0], found[1] or {}) if found else ("", {})


def due(row: Invitee, entry: CalendarEntry | None, now: datetime, *, gone: bool = False) -> str:
    """What an invitee has not been told yet, as :mod:`.letters` names it; empty where there is nothing to tell."""
    knows = row.sent.get("method") == "REQUEST"
    if row.withdrawn_at is not None:
        told = knows and not events.is_over(events.entry_sent(row.sent, now), now)
        return ("cancelled" if gone else "withdrawn") if told else ""
    if entry is None:
        return ""
    over = events.is_over(entry, now)
    if entry.status == events.CANCELLED:
        return "cancelled" if knows and not over else ""
    state = "postponed" if status_of(entry) == "TENTATIVE" else ""
    if not knows:
        # A substitute who was sent home and is needed after all is invited, and the event was never off.
        first = "again" if row.sent and row.instead_of is None else "invited"
        return "" if over else state or first
    if entry.sequence <= row.sent["sequence"] or events.says_the_same(row.sent, entry):
        return ""
    before = events.entry_sent(row.sent, now)
    if over and events.is_over(before, now):
        return ""
    if state and status_of(before) != "TENTATIVE":
        return state
    return "moved" if events.time_of(before) != events.time_of(entry) else "changed"
