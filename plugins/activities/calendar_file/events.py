"""From the parts of one event (its master and its changed dates) to an ``EventRead``.

One UID is one unit: when a part of it cannot be read rightly, the whole is refused,
because a series without its changes would stand in the calendar with wrong dates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from .lines import Component, Property
from .recurrence import Budget, Rule, horizon, occurrences, parse_rule
from .texts import Texts, language, one_line, texts_of
from .times import parse_duration, parse_wall
from .values import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_LISTED_DATES,
    MAX_OCCURRENCES_PER_SERIES,
    MAX_UID,
    YEARS_AHEAD,
    EventRead,
    Note,
    OccurrenceRead,
    Unreadable,
)
from .zones import Zone, Zones, from_utc, known_zone, likely_zones

DAY = timedelta(days=1)
MIDNIGHT = time()
END_OF_TIME = datetime.combine(date(LAST_YEAR, 12, 31), MIDNIGHT)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for the whole file."""

    city: str
    today: date
    budget: Budget

    @property
    def stop(self) -> datetime:
        """The moment up to which endless rules are worked out."""
        return horizon(self.today, YEARS_AHEAD)


@dataclass(slots=True)
class Part:
    """One VEVENT of the file with what its calendar says about it."""

    component: Component
    zones: Zones
    cancelled: bool

    @property
    def uid(self) -> str:
        """The UID as written, or nothing."""
        return one_line(self.component.text("UID"))

    @property
    def rank(self) -> tuple[int, str, str, int]:
        """Of two parts that say the same thing differently, the higher one holds."""
        part = self.component
        return (_sequence(part), part.text("LAST-MODIFIED"), part.text("DTSTAMP"), part.line)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A date, or a wall time with its zone."""

    wall: datetime
    all_day: bool
    zone: Zone
    floating: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    #: How long it lasts in wall time; None where no end is given.
    length: timedelta | None


@dataclass(frozen=True, slots=True)
class _Change:
    key: datetime
    span: _Span
    part: Part


def stable_uid(uid: str, part: Part) -> str:
    """Return the UID to keep: the file's own, shortened by hashing, or made from the content."""
    if uid:
        return uid if len(uid) <= MAX_UID else f"long-{_digest(uid)[:40]}"
    names = ("DTSTART", "DTEND", "DURATION", "SUMMARY", "LOCATION", "RRULE", "RECURRENCE-ID")
    content = [
        [[sorted(p.params.items()), p.value] for p in part.component.properties.get(name, [])]
        for name in names
    ]
    return f"content-{_digest(content)[:40]}"


def read_event(uid: str, master: Part, changes: list[Part], setting: Setting) -> EventRead:
    """Return the event with all its dates; raise ``Unreadable`` when any part is wrong."""
    for part in (master, *changes):
        if part.component.fault is not None:
            raise part.component.fault
    with _At(master.component.line):
        series = _Series(master, setting)
        dates = series.dates()
    overrides: dict[datetime, _Change] = {}
    for part in sorted(changes, key=lambda part: part.rank):
        with _At(part.component.line):
            change = series.change(part)
            overrides[change.key] = change
    with _At(master.component.line):
        return series.finish(uid, dates, overrides)


class _At:
    """Give an ``Unreadable`` that knows no line the line of the part in hand."""

    def __init__(self, line: int) -> None:
        self.line = line

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Unreadable) and not error.line:
            error.line = self.line
        elif isinstance(error, OverflowError):
            limits = {"first": FIRST_YEAR, "last": LAST_YEAR}
            raise Unreadable("date_out_of_range", self.line, **limits) from error


@dataclass(frozen=True, slots=True)
class _Shown:
    """How the moments of a series look from outside: as dates, or as wall times of ``into``."""

    all_day: bool
    zone: Zone
    #: The known zone into which wall times have to be moved; empty where they stay.
    into: str

    def moment(self, wall: datetime) -> date | datetime:
        """Return a moment of the series."""
        if self.all_day:
            return wall.date()
        return from_utc(self.zone.to_utc(wall), self.into) if self.into else wall

    def end(self, span: _Span) -> date | datetime | None:
        """Return the end, of whole days the last one."""
        if span.length is None:
            return None
        return self.moment(span.start + span.length - (DAY if self.all_day else timedelta()))

    def occurrence(self, key: datetime, span: _Span) -> OccurrenceRead:
        """Return one date."""
        return OccurrenceRead(self.moment(key).isoformat(), self.moment(span.start), self.end(span))

    def added(self, span: _Span, usual: _Span) -> str:
        """Return an added date as text, with its end when it lasts unlike the others."""
        start, end = self.moment(span.start).isoformat(), self.end(span)
        return start if span.length == usual.length or end is None else f"{start}/{end.isoformat()}"


class _Series:
    """An event while it is worked out: everything in wall time of its own zone."""

    def __init__(self, master: Part, setting: Setting) -> None:
        self.master = master
        self.setting = setting
        self.notes: list[Note] = []
        component = master.component
        start = self._moment(component.first("DTSTART"), master.zones)
        if start is None:
            raise Unreadable("start_missing")
        if component.first("EXRULE") or len(component.properties.get("RRULE", [])) > 1:
            raise Unreadable("rules_several")
        rule = component.first("RRULE")
        self.rule_text = rule.value.strip() if rule else ""
        self.rule: Rule | None = parse_rule(self.rule_text) if self.rule_text else None
        self.all_day = start.all_day
        self.zone = start.zone
        self.span = self._span(start, master)
        self.extra = dict(sorted(self._extra_dates()))
        self.left_out, self.left_out_days = self._left_out_dates()
        if len(self.extra) + len(self.left_out) + len(self.left_out_days) > MAX_LISTED_DATES:
            raise Unreadable("rule_too_long")
        if start.floating and not start.all_day:
            self.notes.append(Note("zone_assumed", {"zone": setting.city}))

    # Reading

    def _moment(self, item: Property | None, zones: Zones) -> _Moment | None:
        return None if item is None else self._written(item.value, item, zones)

    def _written(self, text: str, item: Property, zones: Zones) -> _Moment:
        wall, utc = parse_wall(text)
        if not isinstance(wall, datetime):
            return _Moment(datetime.combine(wall, MIDNIGHT), True, known_zone(self.setting.city))
        tzid = item.params.get("TZID", "")
        if utc:
            return _Moment(wall, False, known_zone("UTC"))
        if tzid:
            return _Moment(wall, False, zones.zone(tzid))
        return _Moment(wall, False, known_zone(self.setting.city), floating=True)

    def _here(self, moment: _Moment) -> datetime:
        """Return the wall time that ``moment`` is in the event's own zone."""
        if moment.floating or moment.all_day or self.all_day or moment.zone is self.zone:
            return moment.wall
        return _into(moment.zone.to_utc(moment.wall), self.zone)

    def _span(self, start: _Moment, part: Part) -> _Span:
        """Return start and length of a part; a date without an end lasts that day."""
        component = part.component
        begin = self._here(start)
        end = self._moment(component.first("DTEND"), part.zones)
        duration = component.text("DURATION")
        length: timedelta | None
        if end is not None:
            if end.all_day != start.all_day:
                raise Unreadable("end_other_kind")
            length = self._here(end) - begin
        elif duration:
            length = parse_duration(duration)
            if start.all_day and length % DAY:
                raise Unreadable("duration_unreadable")
        else:
            length = None
        if length is not None and length < timedelta():
            raise Unreadable("end_before_start")
        if start.all_day:
            length = max(length or DAY, DAY)
        if length is not None and not FIRST_YEAR <= (begin + length).year <= LAST_YEAR + 1:
            raise Unreadable("date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
        return _Span(begin, length)

    def _extra_dates(self) -> Iterator[tuple[datetime, timedelta | None]]:
        """Yield the dates of RDATE, each with its length."""
        for item in self.master.component.properties.get("RDATE", []):
            for word in filter(None, item.value.split(",")):
                head, slash, tail = word.partition("/")
                moment = self._written(head, item, self.master.zones)
                if moment.all_day != self.all_day or (slash and self.all_day):
                    raise Unreadable("extra_other_kind")
                start, length = self._here(moment), self.span.length
                if slash and tail.lstrip("+-").upper().startswith("P"):
                    length = parse_duration(tail)
                elif slash:
                    length = self._here(self._written(tail, item, self.master.zones)) - start
                if length is not None and length < timedelta():
                    raise Unreadable("end_before_start")
                yield start, length

    def _left_out_dates(self) -> tuple[set[datetime], set[date]]:
        """Return the moments and the whole days that EXDATE leaves out."""
        moments: set[datetime] = set()
        days: set[date] = set()
        for item in self.master.component.properties.get("EXDATE", []):
            for word in filter(None, item.value.split(",")):
                moment = self._written(word, item, self.master.zones)
                if moment.all_day or self.all_day:
                    days.add(self._day(moment))
                else:
                    moments.add(self._here(moment))
        return moments, days

    def _day(self, moment: _Moment) -> date:
        """Return the day that is meant by a moment where a date belongs.

        Exchange writes local midnight in UTC, others the first or last second of
        the day itself with a Z that means nothing.
        """
        if moment.zone.name == "UTC" and moment.wall.time() not in (MIDNIGHT, time(23, 59, 59)):
            return from_utc(moment.wall, self.setting.city).date()
        return moment.wall.date()

    # Working out

    def _until(self) -> datetime | None:
        rule = self.rule
        if rule is None or rule.until is None:
            return None
        if not isinstance(rule.until, datetime):
            return datetime.combine(rule.until, time(23, 59, 59))
        if self.all_day:
            utc = known_zone("UTC" if rule.until_utc else self.setting.city)
            return datetime.combine(self._day(_Moment(rule.until, False, utc)), MIDNIGHT)
        return _into(rule.until, self.zone) if rule.until_utc else rule.until

    def dates(self) -> dict[datetime, timedelta | None]:
        """Return every start of the event with its length, changed ones in their old place."""
        start = self.span.start
        found = {start: self.span.length}
        if self.rule is not None:
            last = self.setting.stop if self.rule.endless else END_OF_TIME
            moments = occurrences(
                self.rule, start, max(last, start), self.setting.budget, until=self._until()
            )
            found.update(dict.fromkeys(moments, self.span.length))
        found.update(self.extra)
        self.setting.budget.take(len(found))
        return {
            moment: found[moment]
            for moment in sorted(found)
            if moment not in self.left_out and moment.date() not in self.left_out_days
        }

    def change(self, part: Part) -> _Change:
        """Return what a part with a RECURRENCE-ID says about one date."""
        component = part.component
        item = component.first("RECURRENCE-ID")
        moment = self._moment(item, part.zones)
        if item is None or moment is None:
            raise Unreadable("date_unreadable", value="")
        if item.params.get("RANGE"):
            raise Unreadable("change_of_all_later")
        if component.properties.get("RRULE") or component.properties.get("RDATE"):
            raise Unreadable("change_repeats")
        if moment.all_day and not self.all_day:
            # Some programs name the day alone; the time is the series' own.
            key = datetime.combine(moment.wall.date(), self.span.start.time())
        elif self.all_day:
            key = datetime.combine(self._day(moment), MIDNIGHT)
        else:
            key = self._here(moment)
        start = self._moment(component.first("DTSTART"), part.zones)
        if start is None:
            return _Change(key, _Span(key, self.span.length), part)
        if start.all_day != self.all_day:
            raise Unreadable("change_other_kind")
        return _Change(key, self._span(start, part), part)

    # Finishing

    def finish(
        self, uid: str, dates: dict[datetime, timedelta | None], changes: dict[datetime, _Change]
    ) -> EventRead:
        """Return the event, its zone a known one and its dates within the limits."""
        spans = {key: _Span(key, length) for key, length in dates.items()}
        spans.update({key: change.span for key, change in changes.items()})
        if not spans:
            raise Unreadable("no_dates")
        keys = self._within_limit(sorted(spans))
        zone, moved = self._known_zone([spans[key] for key in keys])
        show = _Shown(self.all_day, self.zone, zone if moved else "")
        component = self.master.component
        texts = texts_of(component)
        self.notes.extend(texts.notes)
        if component.text("CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
            self.notes.append(Note("marked_private"))
        changed = {
            key: self._changed(show.occurrence(key, change.span), change.part, texts)
            for key, change in changes.items()
        }
        event = EventRead(
            line=component.line,
            uid=uid,
            sequence=_sequence(component),
            title=texts.title,
            description=texts.description,
            place=texts.place,
            language=language(component),
            status="cancelled" if _cancelled(self.master) else "planned",
            all_day=self.all_day,
            zone=zone,
            start=show.moment(self.span.start),
            end=show.end(self.span),
            rule=self.rule_text,
            rdates=tuple(
                show.added(_Span(key, length), self.span) for key, length in self.extra.items()
            ),
            exdates=tuple(
                sorted(
                    [show.moment(moment).isoformat() for moment in self.left_out]
                    + [day.isoformat() for day in self.left_out_days]
                )
            ),
            occurrences=tuple(
                changed[key] if key in changed else show.occurrence(key, spans[key]) for key in keys
            ),
            fingerprint="",
            notes=tuple(self.notes),
        )
        own = [changed[key] for key in sorted(changed)]
        return replace(event, fingerprint=_fingerprint(event, own))

    def _changed(self, read: OccurrenceRead, part: Part, series: Texts) -> OccurrenceRead:
        """Return a date with what its own part says otherwise than the series."""
        component = part.component
        texts = texts_of(component)
        kept_notes = (note for note in texts.notes if note.code != "title_missing")
        self.notes.extend(note for note in kept_notes if note not in self.notes)

        def own(name: str, mine: str, common: str) -> str | None:
            return mine if component.first(name) is not None and mine != common else None

        return replace(
            read,
            cancelled=_cancelled(part),
            title=own("SUMMARY", texts.title, series.title) or None,
            place=own("LOCATION", texts.place, series.place),
            description=own("DESCRIPTION", texts.description, series.description),
        )

    def _within_limit(self, keys: list[datetime]) -> list[datetime]:
        """Return at most the permitted number of dates, those around today."""
        limit = MAX_OCCURRENCES_PER_SERIES
        if len(keys) <= limit:
            return keys
        self.notes.append(Note("series_shortened", {"kept": limit}))
        year_ago = datetime.combine(self.setting.today - 365 * DAY, MIDNIGHT)
        recent = [key for key in keys if key >= year_ago]
        return recent[:limit] if len(recent) >= limit else keys[-limit:]

    def _known_zone(self, spans: list[_Span]) -> tuple[str, bool]:
        """Return the zone to keep, and whether wall times have to be moved into it."""
        if self.all_day:
            return self.setting.city, False
        walls = [span.start for span in spans]
        walls += [span.start + span.length for span in spans if span.length is not None]
        if self.zone.open_to_change and self._agrees(self.setting.city, walls):
            return self.setting.city, False
        single = self.rule is None and not self.extra and len(spans) == 1
        if single and self.zone.name in ("", "UTC") and self._survives(walls):
            if not self.zone.name:
                self.notes.append(Note("zone_changed", {"zone": self.setting.city}))
            return self.setting.city, True
        if self.zone.name:
            return self.zone.name, False
        for name in likely_zones():
            if self._agrees(name, walls):
                return name, False
        raise Unreadable("zone_own_rules")

    def _agrees(self, name: str, walls: list[datetime]) -> bool:
        """Whether a known zone shows what the event's own zone shows, at all its times."""
        clock = known_zone(name).clock
        return all(clock.offset(wall) == self.zone.clock.offset(wall) for wall in walls)

    def _survives(self, walls: list[datetime]) -> bool:
        """Whether the times stay the same after a journey through the city's zone."""
        city = known_zone(self.setting.city)
        moments = [self.zone.to_utc(wall) for wall in walls]
        return all(city.to_utc(from_utc(moment, city.name)) == moment for moment in moments)


def _into(utc: datetime, zone: Zone) -> datetime:
    """Return a naive UTC time as wall time of ``zone``, which may have no known name."""
    if zone.name:
        return from_utc(utc, zone.name)
    guess = utc + zone.clock.offset(utc)
    return utc + zone.clock.offset(guess)


def _cancelled(part: Part) -> bool:
    return part.cancelled or part.component.text("STATUS").upper() == "CANCELLED"


def _sequence(component: Component) -> int:
    text = component.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _fingerprint(event: EventRead, changed: list[OccurrenceRead]) -> str:
    """Return a hash of what a reader would see, but not of how far the rule was worked out."""
    ends = "" if event.end is None else event.end.isoformat()
    texts = [event.title, event.description, event.place, event.language, event.status]
    times = [event.zone, event.start.isoformat(), ends, event.rule, event.rdates, event.exdates]
    own = [
        [c.key, c.start.isoformat(), str(c.end), c.cancelled, c.title, c.place, c.description]
        for c in changed
    ]
    return _digest([event.uid, texts, times, own])
