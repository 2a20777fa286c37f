"""Personal, secret calendar feeds: making and ending them, and what stands in one at this moment.

The secret is the whole proof, so it is long, stored as a hash, shown once, and never logged. What a feed shows is
decided anew at each request, from the membership and the plugins as they are then.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from threading import Lock

from flask import g
from sqlalchemy import func, select, update

from core.audit.services import record
from core.cities.models import City, CityPlugin
from core.database import db, new_id, utcnow
from core.directory.services import in_force
from core.home.agenda import Filters, midnight, shown_as
from core.home.feed import CalendarWriter
from core.home.models import CalendarFeed
from core.i18n import gettext as _
from core.i18n import known_language, lang_tag
from core.i18n.reader import zone_of
from core.identity.models import Membership, Person
from core.permissions import Permission, permissions_of
from core.registry import plugin_registry
from core.tenancy import city_scope, cross_city, current_city_id
from core.values import Ref, Viewer

MOST_FEEDS = 20
BACK = timedelta(days=365)
AHEAD = timedelta(days=730)
NOTE_USE_EVERY = timedelta(hours=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class TooManyFeeds(Exception):
    """Nobody needs so many addresses; old ones should be ended first."""


def hash_of(token: str) -> str:
    """What is stored of a secret: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_feed(
    viewer: Viewer, name: str, wanted: Filters, identifier: str = ""
) -> tuple[CalendarFeed, str]:
    """Make a feed for the viewer's membership; returns it and the secret, which is not stored.

    It holds what passes ``wanted``, and nothing else at any time.

    Raises :class:`TooManyFeeds`.
    """
    held = db.session.scalar(
        select(func.count(CalendarFeed.id)).where(
            CalendarFeed.membership_id == viewer.membership_id, CalendarFeed.revoked_at.is_(None)
        )
    )
    if (held or 0) >= MOST_FEEDS:
        raise TooManyFeeds
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        id=identifier or new_id(),
        membership_id=viewer.membership_id,
        name=name,
        token_hash=hash_of(token),
        kind=wanted.kind,
        organisation_id=wanted.organisation or None,
        level=wanted.level,
    )
    db.session.add(feed)
    db.session.flush()
    record("feed.added", subject=Ref("home", "feed", feed.id))
    return feed, token


def feeds_of(viewer: Viewer) -> list[CalendarFeed]:
    """The viewer's feeds that still work, the newest first."""
    return list(
        db.session.scalars(
            select(CalendarFeed)
            .where(
                CalendarFeed.membership_id == viewer.membership_id,
                CalendarFeed.revoked_at.is_(None),
            )
            .order_by(CalendarFeed.created_at.desc(), CalendarFeed.id)
        )
    )


def wanted_by(feed: CalendarFeed) -> Filters:
    """What a feed is narrowed to."""
    return Filters(feed.kind, feed.organisation_id or "", feed.level)


def find_feed(viewer: Viewer, identifier: str) -> CalendarFeed | None:
    """One of the viewer's own feeds, ended ones included, or None."""
    return db.session.scalars(
        select(CalendarFeed).where(
            CalendarFeed.id == identifier, CalendarFeed.membership_id == viewer.membership_id
        )
    ).first()


def exists(identifier: str) -> bool:
    """Whether the city in force has a feed with that identifier, whosever it is."""
    return db.session.get(CalendarFeed, (current_city_id(), identifier)) is not None


def revoke_feed(feed: CalendarFeed) -> None:
    """End a feed: its address answers like one that never was."""
    if feed.revoked_at is None:
        feed.revoked_at = utcnow()
        db.session.flush()
        record("feed.revoked", subject=Ref("home", "feed", feed.id))


# -- Reading one -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed that may be read now, and as whom."""

    feed_id: str
    wanted: Filters
    used_at: datetime | None
    city: City
    viewer: Viewer
    enabled: frozenset[str]
    today: date

    def tag(self) -> str:
        """Changes whenever the file could: with the city's entries, the day, and what the reader may see."""
        facts = (
            self.city.calendar_version,
            self.city.zone,
            self.city.name_in(self.viewer.locale),
            self.feed_id,
            self.wanted,
            self.today.isoformat(),
            self.viewer.locale,
            self.viewer.organisation_id,
            *sorted(self.enabled),
            *sorted(self.viewer.roles),
            *sorted(self.viewer.permissions),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def open_feed(token: str) -> OpenFeed | None:
    """The feed with that secret, if its owner may see the calendar at this moment; two queries."""
    if not _TOKEN.fullmatch(token):
        return None
    with cross_city("a feed is found by its secret before its city is known"):
        row = db.session.execute(
            select(CalendarFeed, Membership, Person, City)
            .join(
                Membership,
                (Membership.city_id == CalendarFeed.city_id)
                & (Membership.id == CalendarFeed.membership_id),
            )
            .join(Person, Person.id == Membership.person_id)
            .join(City, City.id == CalendarFeed.city_id)
            .where(CalendarFeed.token_hash == hash_of(token), CalendarFeed.revoked_at.is_(None))
        ).first()
    if row is None:
        return None
    feed, membership, person, city = row
    today = utcnow().astimezone(zone_of(city.zone)).date()
    if not person.active or not in_force(membership, today):
        return None
    registry = plugin_registry()
    with city_scope(city):
        names = db.session.scalars(select(CityPlugin.name).where(CityPlugin.enabled.is_(True)))
        enabled = frozenset(names) & frozenset(registry.plugins)
    roles = frozenset(membership.roles)
    permissions = permissions_of(roles, registry.permissions(enabled))
    if Permission.SEE_CALENDAR not in permissions:
        return None
    viewer = Viewer(
        person_id=person.id,
        name=membership.shown_name,
        locale=known_language(person.language or city.default_language),
        city_id=city.id,
        membership_id=membership.id,
        organisation_id=membership.organisation_id,
        roles=roles,
        permissions=permissions,
    )
    return OpenFeed(feed.id, wanted_by(feed), feed.used_at, city, viewer, enabled, today)


@contextmanager
def reading_as(feed: OpenFeed) -> Iterator[None]:
    """The feed's city is in force and its owner reads, for the hooks and the addresses they make."""
    g.city, g.city_slug, g.viewer = feed.city, feed.city.slug, feed.viewer
    g.enabled_plugins, g.language = feed.enabled, feed.viewer.locale
    with city_scope(feed.city):
        yield


# Writing a large calendar computes without a pause, and holds all of it twice over. Several at a time would be done no
# sooner, hold up the pages, and take the memory that a process then keeps.
_one_at_a_time = Lock()


def calendar_file(feed: OpenFeed, site_url: str) -> bytes:
    """The calendar of one year back and two ahead, as the feed's owner may see it."""
    with _one_at_a_time:
        return _calendar_file(feed, site_url)


def _calendar_file(feed: OpenFeed, site_url: str) -> bytes:
    zone = zone_of(feed.city.zone)
    start = midnight(feed.today - BACK, zone).astimezone(UTC)
    end = midnight(feed.today + AHEAD, zone).astimezone(UTC)
    writer, shown = CalendarWriter(feed.city.zone, site_url), shown_as(feed.wanted)

    def written(item: object) -> tuple[datetime, bytes] | None:
        entry = shown(item)
        return None if entry is None else (entry.start, writer.event(entry))

    hooks = plugin_registry().hooks(feed.enabled)
    found = hooks.read("calendar", through=written, viewer=feed.viewer, start=start, end=end)
    # In order of time, and what begins together in the order in which its plugin gave it.
    events = sorted((event for event in found if event is not None), key=itemgetter(0))
    return writer.file(
        (event for _start, event in events),
        name=_("Calendar of %(city)s", city=feed.city.name_in(feed.viewer.locale)),
        prodid_lang=lang_tag(feed.viewer.locale),
        now=utcnow(),
    )


def note_use(feed: OpenFeed) -> None:
    """Write down that a feed was read, at most once an hour, in a short transaction of its own."""
    from core.identity.transactions import short_transaction

    if feed.used_at is not None and utcnow() - feed.used_at < NOTE_USE_EVERY:
        return
    with city_scope(feed.city), short_transaction() as connection:
        connection.execute(
            update(CalendarFeed)
            .where(CalendarFeed.city_id == feed.city.id, CalendarFeed.id == feed.feed_id)
            .values(used_at=utcnow())
        )
