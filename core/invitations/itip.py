"""Invitations as other calendars read them: iTIP (RFC 5546) messages in the lines of RFC 5545.

The lines are those of the feed (:mod:`core.home.feed`, which says why they are not a library's): one writer, whose
zones and escaping tests read back with icalendar and khal.

- One message for one recipient, who is its only ATTENDEE: nobody learns from a mail who else is invited.
- RSVP=FALSE. Answers are given by the link, which needs no account and no particular program; the ORGANIZER's address
  is the site's, where nobody reads, so a program must not be asked to write to it.
- The description holds the link and, of a meeting, its open agenda, and nothing else. Outlook shows it in the place of
  the mail's own text.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.home.feed import (
    folded,
    in_utc,
    language_of_text,
    language_parameter,
    status_of,
    text_value,
    time_lines,
    zone_lines,
)
from core.values import CalendarEntry

Method = Literal["REQUEST", "CANCEL"]

PARTSTAT = {
    "": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "tentative": "TENTATIVE",
    "declined": "DECLINED",
}
# What no quoted parameter may hold (RFC 5545, 3.1).
_NOT_QUOTED = re.compile(r'["\x00-\x1f\x7f\ud800-\udfff]')


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, as ORGANIZER or ATTENDEE."""

    name: str
    address: str

    def line(self, name: str, parameters: str = "") -> str:
        """The line called ``name`` with this name and address."""
        common = f';CN="{_NOT_QUOTED.sub(" ", self.name).strip()}"' if self.name.strip() else ""
        return folded(f"{name}{common}{parameters}:mailto:{self.address}")


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient is told of one event. ``sequence`` is this recipient's, ``answer`` what they said so far."""

    method: Method
    entry: CalendarEntry
    sequence: int
    stamp: datetime
    organiser: Mailbox
    recipient: Mailbox
    answer: str
    title: str
    description: str
    url: str
    locale_tag: str

    def text(self) -> str:
        """The whole message, with the line ends of the standard."""
        zones: set[str] = set()
        event = self._event(zones)
        year = self.entry.start.year
        # A program may know the event from the year before, and move it into the next.
        described = [
            line for zone in sorted(zones) for line in zone_lines(zone, year - 1, year + 2)
        ]
        head = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"PRODID:-//Maillage//Invitation//{language_of_text(self.locale_tag).upper() or 'EN'}",
            "CALSCALE:GREGORIAN",
            f"METHOD:{self.method}",
            *described,
        ]
        return "".join(f"{folded(line)}\r\n" for line in head) + event + "END:VCALENDAR\r\n"

    def _event(self, zones: set[str]) -> str:
        entry = self.entry
        status = "CANCELLED" if self.method == "CANCEL" else status_of(entry)
        # A title that we made is in the recipient's language, one that people wrote in its own.
        tag = language_parameter(self.locale_tag if entry.busy_only else entry.language)
        attendee = (
            f";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={PARTSTAT[self.answer]};RSVP=FALSE"
        )
        lines = [
            f"UID:{text_value(entry.uid)}",
            f"SEQUENCE:{self.sequence}",
            f"DTSTAMP:{in_utc(self.stamp)}",
            f"LAST-MODIFIED:{in_utc(entry.updated)}",
        ]
        said = [f"SUMMARY{tag}:{text_value(self.title)}"]
        if entry.place and not entry.busy_only:
            said.append(f"LOCATION{language_parameter(entry.language)}:{text_value(entry.place)}")
        if self.description:
            spoken = language_parameter(self.locale_tag)
            said.append(f"DESCRIPTION{spoken}:{text_value(self.description)}")
        if self.url:
            said.append(f"URL:{self.url}")
        free = self.method == "CANCEL" or status != "CONFIRMED"
        said += [f"STATUS:{status}", f"TRANSP:{'TRANSPARENT' if free else 'OPAQUE'}"]
        people = [
            self.organiser.line("ORGANIZER"),
            self.recipient.line("ATTENDEE", attendee),
        ]
        written = [
            "BEGIN:VEVENT",
            *map(folded, lines),
            time_lines(entry, zones).removesuffix("\r\n"),
            *map(folded, said),
            *people,
            "END:VEVENT",
        ]
        return "".join(f"{line}\r\n" for line in written)
