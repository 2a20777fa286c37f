"""What an invitation is about: the owner's record as an entry of a calendar, and what of it was sent.

Mails leave the house, and pages behind their links need no account. Both are written from what *every* member of the
city may see: the owner is asked on behalf of a member without name or organisation, so a record that is not open to
all comes without title and place, and nothing that is written from it can tell them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.cities.models import City
from core.home.feed import status_of
from core.i18n import force_language
from core.permissions import Role, permissions_of
from core.registry import CityHooks, plugin_registry
from core.tenancy import current_city
from core.values import CalendarEntry, Ref, Viewer

CANCELLED = "cancelled"


class OwnerSilent(Exception):
    """The owner of a record is off, or could not answer: nobody can say what became of the record."""


def hooks_of(city: City) -> CityHooks:
    """The hooks of the plugins that are on in ``city``; one query."""
    from core.web import enabled_plugins

    return plugin_registry().hooks(enabled_plugins(city))


def any_member(hooks: CityHooks, locale: str) -> Viewer:
    """A member of the city in force of whom nothing more is known, who reads ``locale``: sees what all members see."""
    roles = frozenset({Role.MEMBER.value})
    return Viewer(
        person_id="",
        name="",
        locale=locale,
        city_id=current_city().id,
        membership_id="",
        organisation_id=None,
        roles=roles,
        permissions=permissions_of(roles, plugin_registry().permissions(hooks.enabled)),
    )


def entries(refs: Iterable[Ref], viewer: Viewer, hooks: CityHooks) -> dict[Ref, CalendarEntry]:
    """The records as ``viewer`` may see them, one question to each plugin. Raises :class:`OwnerSilent`."""
    asked: dict[str, list[Ref]] = defaultdict(list)
    for ref in dict.fromkeys(refs):
        asked[ref.plugin].append(ref)
    found: dict[Ref, CalendarEntry] = {}
    for plugin, own in asked.items():
        # A mail is written in the language of whoever gets it: what the plugin says of its own, such as the number of
        # a meeting, comes in it as well.
        with force_language(viewer.locale):
            answers = list(hooks.read("events", only=plugin, refs=own, viewer=viewer))
        if not answers:
            # A plugin that is off, or failed, gave no mapping; what is gone is left out of one.
            raise OwnerSilent(plugin)
        for answer in answers:
            found.update({ref: answer[ref] for ref in own if ref in answer})
    return found


def entry_of(ref: Ref, viewer: Viewer, hooks: CityHooks) -> CalendarEntry | None:
    """One record, or None when it is no more. Raises :class:`OwnerSilent`."""
    return entries([ref], viewer, hooks).get(ref)


def ends(entry: CalendarEntry) -> datetime:
    """When an event is over; one whose end nobody knows is over once it has begun."""
    return entry.end or entry.start


def time_of(entry: CalendarEntry) -> str:
    """When an event takes place, in a form that is the same exactly while its time is."""
    if entry.all_day and entry.start_date is not None:
        last = entry.end_date or entry.start_date
        return f"{entry.start_date.isoformat()}/{last.isoformat()}"
    # An end at the very start says no more than none, and a plugin may give either.
    end = entry.end.isoformat() if entry.end and entry.end != entry.start else ""
    return f"{entry.start.isoformat()}/{end}"


# -- What was sent -----------------------------------------------------------------------------------------

_MOMENTS = ("start", "end", "wall_start", "wall_end")
_DAYS = ("start_date", "end_date")
_PLAIN = (
    "uid", "kind", "title", "status", "zone", "all_day", "place", "language", "busy_only", "url", "agenda",
)  # fmt: skip
# What a message tells; that something was held, or reported on, is nobody’s invitation.
_TOLD = frozenset((*_MOMENTS, *_DAYS, "title", "zone", "all_day", "place", "state", "agenda"))


def snapshot(entry: CalendarEntry, method: str) -> dict[str, Any]:
    """What a message said of ``entry``, as the row of its recipient keeps it."""
    kept: dict[str, Any] = {name: getattr(entry, name) for name in _PLAIN}
    for name in (*_MOMENTS, *_DAYS):
        value = getattr(entry, name)
        kept[name] = value.isoformat() if value is not None else None
    return kept | {"method": method, "sequence": entry.sequence, "state": status_of(entry)}


def entry_sent(kept: Mapping[str, Any], updated: datetime) -> CalendarEntry:
    """The entry as a message told it, for the one that takes it back; ``updated`` is now."""
    moments = {name: _read(datetime, kept[name]) for name in _MOMENTS}
    days = {name: _read(date, kept[name]) for name in _DAYS}
    # What was sent before there were agendas has none.
    plain = {"agenda": "", **{name: kept[name] for name in _PLAIN if name in kept}}
    return CalendarEntry(sequence=kept["sequence"], updated=updated, **plain, **moments, **days)


def _read(kind: type[Any], text: str | None) -> Any:
    return kind.fromisoformat(text) if text else None


def says_the_same(kept: Mapping[str, Any], entry: CalendarEntry) -> bool:
    """Whether a message about ``entry`` would tell nothing that ``kept`` did not."""
    now = snapshot(entry, "")
    return all(kept.get(name, "" if name == "agenda" else None) == now[name] for name in _TOLD)


def is_over(entry: CalendarEntry, now: datetime) -> bool:
    """Whether an event lies behind."""
    return ends(entry) <= now


# Changes within so much time make one message.
GATHERED = timedelta(minutes=1)
