"""Sessions: signed-in devices live on the server, visitors carry a small signed cookie and leave no row.

The cookie of a signed-in device holds 256 random bits; the database holds their hash alone. The row is read
together with the person in one query. It is only ever updated under the condition that it is still there and in
force, so that a request in flight cannot revive a session that was ended meanwhile.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, Response, current_app, g, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_security.utils import login_user
from itsdangerous import BadSignature
from sqlalchemy import (
    bindparam,
    case,
    delete,
    event,
    func,
    inspect,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, load_only

from core.cities.models import City, CityPlugin
from core.database import db, new_id, rows_changed, utcnow, write_intent
from core.identity.demo import demo_allowed
from core.identity.memberships import covers, roles_of
from core.identity.models import KeptForm, Membership, Organisation, Person, SessionRow
from core.identity.transactions import short_transaction
from core.notifications.models import Notification
from core.permissions import SHORT_SESSION_ROLES
from core.tenancy import cross_city

TOUCH_EVERY = timedelta(minutes=5)
MEMBER_LASTS = timedelta(days=14)
MEMBER_IDLE = 24 * 60
SHORT_LASTS = timedelta(hours=10)
SHORT_IDLE = 30
# The header of requests that an open page sends by itself.
UNASKED = "X-Unasked"
# An ended session is remembered for a day, so that a form sent after it can still be kept for its writer.
REMEMBERED = timedelta(days=1)
VISITOR_COOKIE_AGE = 180 * 24 * 3600

_TOKEN = re.compile(r"s_[A-Za-z0-9_-]{43}")
_JSON = TaggedJSONSerializer()
# What the bell of every page says. Nobody reads a larger number, and counting further would cost more with each one.
MOST_UNREAD = 100
_UNREAD = (
    select(func.count())
    .select_from(
        select(literal(1).label("one"))
        .where(
            Notification.city_id == Membership.city_id,
            Notification.membership_id == Membership.id,
            Notification.unread.is_(True),
        )
        .correlate(Membership)
        .limit(MOST_UNREAD)
        .subquery()
    )
    .scalar_subquery()
)
# Kept, since every page asks it: putting a statement together takes longer than SQLite's answer.
_OPEN_SESSION = (
    select(
        Person,
        SessionRow.data,
        SessionRow.seen_at,
        SessionRow.ends_at,
        SessionRow.idle_minutes,
        Membership,
        Organisation,
        City,
        CityPlugin.name.label("plugin"),
        # Of the city at hand alone, as with its plugins.
        case((City.slug == bindparam("slug"), _UNREAD), else_=0).label("unread"),
    )
    .select_from(SessionRow)
    .join(Person, Person.id == SessionRow.person_id)
    .outerjoin(Membership, (Membership.person_id == Person.id) & Membership.active.is_(True))
    .outerjoin(City, City.id == Membership.city_id)
    .outerjoin(
        Organisation,
        (Organisation.city_id == Membership.city_id)
        & (Organisation.id == Membership.organisation_id),
    )
    # The plugins of the city at hand alone: of the others a page shows but their names.
    .outerjoin(
        CityPlugin,
        (CityPlugin.city_id == City.id)
        & CityPlugin.enabled.is_(True)
        & (City.slug == bindparam("slug")),
    )
    .where(SessionRow.token_hash == bindparam("token_hash"))
    .order_by(City.slug, Membership.sort_key, Membership.id)
    # Of the organisation a page shows the name; what else it knows is read when asked for.
    .options(load_only(Organisation.names))
)
# Answers that are the same for everybody: reading a session for them would be a query for nothing.
_WITHOUT_SESSION = ("/static/", "/healthz", "/readyz", "/look/", "/feed/")
# What a visitor chose stays chosen after signing in and out.
_CARRIED = ("language", "theme")


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session whose time is over, and whom it belonged to."""

    token_hash: str
    person_id: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in device, for its owner's list."""

    public_id: str
    label: str
    signed_in_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One membership of the signed-in person with its city and organisation.

    ``unread`` says how much they were told there and have not read, up to :data:`MOST_UNREAD`, for the city at hand.
    """

    membership: Membership
    organisation: Organisation | None
    city: City
    unread: int = 0


def hash_token(token: str) -> str:
    """What the database stores of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_name(app: Flask | None = None) -> str:
    """The name of the session cookie; behind https the browser itself holds it to this one host."""
    return "__Host-maillage" if (app or current_app).config["SECURE_SITE"] else "maillage"


class BrowserSession(SessionMixin):
    """What is known of a browser, read from its cookie or from the database when first asked for."""

    def __init__(self, interface: "Sessions", cookie: str | None, *, closed: bool = False) -> None:
        self._interface = interface
        self._cookie = cookie
        self._values: dict[str, Any] | None = {} if closed else None
        self.closed = closed
        self.modified = False
        self.accessed = True
        self.new = cookie is None
        self.token = ""
        self.token_hash = ""
        self.person: Person | None = None
        self.places: tuple[Place, ...] = ()
        self.plugins: frozenset[str] = frozenset()
        self.ends_at: datetime | None = None
        self.seen_at: datetime | None = None
        self.fresh_cookie = False
        self.dropped = False
        self.stale_hash = ""

    @property
    def loaded(self) -> bool:
        """Whether anybody has asked for it in this request."""
        return self._values is not None

    @property
    def values_(self) -> dict[str, Any]:
        """The values, read now if they were not yet."""
        if self._values is None:
            self._values = {}
            self._values.update(self._interface.read(self, self._cookie))
        return self._values

    def replace(self, values: dict[str, Any]) -> None:
        """Put ``values`` in the place of all others."""
        self._values = values
        self.modified = True

    def __getitem__(self, key: str) -> Any:
        return self.values_[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.values_[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self.values_[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def __contains__(self, key: object) -> bool:
        return key in self.values_


class Sessions(SessionInterface):
    """Flask's way to our sessions."""

    def __init__(self, app: Flask) -> None:
        self._name = cookie_name(app)
        self._secure = bool(app.config["SECURE_SITE"])
        self._signed = SecureCookieSessionInterface()

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Give the request its session; nothing is read yet."""
        if request.path.startswith(_WITHOUT_SESSION):
            return BrowserSession(self, None, closed=True)
        return BrowserSession(self, request.cookies.get(self._name))

    def read(self, found: BrowserSession, cookie: str | None) -> dict[str, Any]:
        """The values behind a cookie; an unknown, forged or ended one has none."""
        if not cookie:
            return {}
        if _TOKEN.fullmatch(cookie):
            return self._read_row(found, cookie)
        signer = self._signed.get_signing_serializer(current_app)
        if signer is None:
            return {}
        try:
            values = signer.loads(cookie, max_age=VISITOR_COOKIE_AGE)
        except BadSignature:
            return {}
        if not isinstance(values, dict):
            return {}
        # Only a row makes somebody signed in, whatever a signed cookie of old may say.
        values.pop("_user_id", None)
        found.stale_hash = str(values.get("ended", ""))
        return values

    def _read_row(self, found: BrowserSession, token: str) -> dict[str, Any]:
        token_hash = hash_token(token)
        with cross_city("a person's own memberships, for the way in and the city switcher"):
            rows = db.session.execute(
                _OPEN_SESSION, {"token_hash": token_hash, "slug": g.get("city_slug") or ""}
            ).all()
        if not rows:
            return {}
        row = rows[0]
        person = row.Person
        if not in_force(row.seen_at, row.ends_at, row.idle_minutes, utcnow()):
            found.stale_hash = token_hash
            return {}
        if not person.active or (person.demo and not demo_allowed()):
            return {}
        values = cast("dict[str, Any]", _JSON.loads(row.data)) if row.data else {}
        if values.get("_user_id") != person.fs_uniquifier:
            return {}
        found.token, found.token_hash, found.person = token, token_hash, person
        found.seen_at, found.ends_at = row.seen_at, row.ends_at
        found.places = _places(rows)
        found.plugins = frozenset(each.plugin for each in rows if each.plugin)
        return values

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed, and that the device was seen, once the request's own work is done."""
        session = cast("BrowserSession", session)
        if session.closed or not session.loaded:
            return
        if session.token:
            self._save_row(session, response)
        elif session.modified or session.dropped:
            self._save_cookie(app, session, response)

    def _save_row(self, found: BrowserSession, response: Response) -> None:
        now = utcnow()
        changes: dict[str, Any] = {}
        if found.modified:
            changes["data"] = _JSON.dumps(found.values_)
        # While a long answer is being sent, its transaction stays open; the next request tells as well. What a page
        # asks for by itself, again and again, is no sign that somebody still sits before it.
        if (
            found.seen_at
            and now - found.seen_at >= TOUCH_EVERY
            and not response.is_streamed
            and UNASKED not in request.headers
        ):
            changes["seen_at"] = now
        if changes:
            db.session.rollback()
            with write_intent(), db.engine.begin() as connection:
                connection.execute(
                    update(SessionRow)
                    .where(SessionRow.token_hash == found.token_hash, SessionRow.ends_at > now)
                    .values(**changes)
                )
        if found.fresh_cookie and found.ends_at:
            lasts = int((found.ends_at - now).total_seconds())
            self._set(response, found.token, max_age=max(lasts, 0))

    def _save_cookie(self, app: Flask, found: BrowserSession, response: Response) -> None:
        values = {key: value for key, value in found.values_.items() if key != "_user_id"}
        if found.stale_hash and "ended" not in values and not found.dropped:
            values["ended"] = found.stale_hash
        signer = self._signed.get_signing_serializer(app)
        if values and signer is not None:
            self._set(response, signer.dumps(values))
        else:
            response.delete_cookie(
                self._name, path="/", secure=self._secure, httponly=True, samesite="Lax"
            )

    def _set(self, response: Response, value: str | bytes, max_age: int | None = None) -> None:
        response.set_cookie(
            self._name,
            value.decode() if isinstance(value, bytes) else value,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )


def _places(rows: Iterable[Any]) -> tuple[Place, ...]:
    """The memberships that are in force today, each once; a row comes for each plugin of the city at hand."""
    today = date.today()  # noqa: DTZ011  a day early or late at the edge of a membership harms nobody
    found: dict[Membership, Place] = {}
    for row in rows:
        membership = row.Membership
        if membership is not None and covers(membership.since, membership.until, today):
            found.setdefault(membership, Place(membership, row.Organisation, row.City, row.unread))
    return tuple(found.values())


def in_force(seen_at: datetime, ends_at: datetime, idle_minutes: int, now: datetime) -> bool:
    """Whether a session with these limits still counts at ``now``."""
    return now < ends_at and now < seen_at + timedelta(minutes=idle_minutes)


def this_session() -> BrowserSession:
    """The session of the request at work."""
    return cast("BrowserSession", session._get_current_object())  # type: ignore[attr-defined]  # a werkzeug proxy


def load_person(user_id: str) -> Person | None:
    """Flask-Login's user loader: the person who came with the session's row, without another query."""
    found = this_session()
    person = found.person
    if person is None or str(user_id) != person.fs_uniquifier or not person.active:
        return None
    g.fs_authn_via = "session"
    g.fs_paa = found.get("fs_paa", 0)
    return person


# -- Starting ------------------------------------------------------------------------------------------


def limits_of(roles: Iterable[str]) -> tuple[timedelta, int]:
    """How long a session of somebody with ``roles`` lasts, and its idle minutes."""
    if SHORT_SESSION_ROLES & set(roles):
        return SHORT_LASTS, SHORT_IDLE
    return MEMBER_LASTS, MEMBER_IDLE


def sign_in(person: Person, *, via: str, values: dict[str, Any] | None = None) -> None:
    """Sign ``person`` in on this device, under a new secret; ``values`` are put into the session. The caller commits.

    Whatever secret the browser came with is refused from then on; what it held is not taken over, except the
    language and the appearance that were chosen.
    """
    found = this_session()
    kept = {key: found[key] for key in _CARRIED if key in found}
    if found.token_hash:
        db.session.execute(delete(SessionRow).where(SessionRow.token_hash == found.token_hash))
    found.replace(kept | (values or {}))
    login_user(person, remember=False, authn_via=[via])
    found.pop("_id", None)
    found.pop("fs_cc", None)
    found["csrf_token"] = secrets.token_hex(20)
    g.pop("csrf_token", None)
    _start_row(found, person)


def rotate() -> None:
    """Give the signed-in device a new secret, after a step-up or a change of password. The caller commits."""
    found = this_session()
    person = found.person
    if person is None:
        raise RuntimeError("Nobody is signed in.")
    db.session.execute(delete(SessionRow).where(SessionRow.token_hash == found.token_hash))
    found["_user_id"] = person.fs_uniquifier
    found["fs_paa"] = time.time()
    _start_row(found, person)


def _start_row(found: BrowserSession, person: Person) -> None:
    now = utcnow()
    lasts, idle = limits_of(roles_of(person.id))
    token = f"s_{secrets.token_urlsafe(32)}"
    ends_at = now + lasts
    db.session.add(
        SessionRow(
            token_hash=hash_token(token),
            public_id=new_id(),
            person_id=person.id,
            data=_JSON.dumps(found.values_),
            device=device_label(request.user_agent.string),
            created_at=now,
            seen_at=now,
            ends_at=ends_at,
            idle_minutes=idle,
        )
    )
    db.session.flush()
    found.token, found.token_hash, found.person = token, hash_token(token), person
    found.seen_at, found.ends_at = now, ends_at
    found.fresh_cookie, found.dropped, found.stale_hash = True, False, ""
    found.modified = False


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_label(user_agent: str) -> str:
    """Browser and system, as their makers call them; empty when neither is known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


# -- Ending --------------------------------------------------------------------------------------------


def sign_out() -> None:
    """End this device's session. The caller commits."""
    found = this_session()
    if found.token_hash:
        db.session.execute(delete(SessionRow).where(SessionRow.token_hash == found.token_hash))
    kept = {key: found[key] for key in _CARRIED if key in found}
    _forget(found, kept)


def _forget(found: BrowserSession, kept: dict[str, Any]) -> None:
    found.token = found.token_hash = found.stale_hash = ""
    found.person = None
    found.dropped = True
    found.replace(kept)
    g.pop("_login_user", None)
    g.pop("csrf_token", None)


def end_session(person: Person, public_id: str) -> bool:
    """End one device of ``person``; returns whether there was one. The caller commits."""
    ended = db.session.execute(
        delete(SessionRow).where(
            SessionRow.person_id == person.id, SessionRow.public_id == public_id
        )
    )
    return rows_changed(ended) == 1


def end_all_sessions(person: Person, *, except_current: bool = True) -> int:
    """End the devices of ``person``, this one excepted unless told otherwise; returns how many. The caller commits."""
    ending = delete(SessionRow).where(SessionRow.person_id == person.id)
    if except_current:
        ending = ending.where(SessionRow.token_hash != this_session().token_hash)
    return rows_changed(db.session.execute(ending))


def end_sessions_of(person_id: str) -> int:
    """End every device of somebody, wherever it is; returns how many. The caller commits."""
    return rows_changed(
        db.session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
    )


def devices_of(person: Person) -> list[Device]:
    """The devices on which ``person`` is signed in, the one in use first, then by when they were seen."""
    now = utcnow()
    here = this_session().token_hash
    rows = db.session.scalars(
        select(SessionRow)
        .where(SessionRow.person_id == person.id, SessionRow.ends_at > now)
        .order_by(SessionRow.seen_at.desc())
    )
    found = [
        Device(row.public_id, row.device, row.created_at, row.seen_at, row.token_hash == here)
        for row in rows
        if in_force(row.seen_at, row.ends_at, row.idle_minutes, now)
    ]
    return sorted(found, key=lambda device: not device.current)


def ended_session() -> EndedSession | None:
    """The session that this browser had until its time was over, if it is still remembered; one query."""
    found = this_session()
    found.get("_user_id")
    if found.token or not found.stale_hash:
        return None
    row = db.session.execute(
        select(SessionRow.person_id, SessionRow.data).where(
            SessionRow.token_hash == found.stale_hash
        )
    ).one_or_none()
    if row is None:
        return None
    values = _JSON.loads(row.data) if row.data else {}
    return EndedSession(found.stale_hash, row.person_id, str(values.get("csrf_token", "")))


def purge_sessions() -> int:
    """Remove the sessions whose time has long been over, and forms that were kept too long; returns how many."""
    now = utcnow()
    with short_transaction() as connection:
        old = connection.execute(
            delete(SessionRow).where(
                or_(
                    SessionRow.ends_at < now - REMEMBERED,
                    SessionRow.seen_at < now - REMEMBERED - timedelta(minutes=MEMBER_IDLE),
                )
            )
        )
        connection.execute(delete(KeptForm).where(KeptForm.expires_at < now))
        return int(old.rowcount)


# -- What ends sessions by itself ----------------------------------------------------------------------


def _changed(row: object, *names: str) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


def _end_what_no_longer_holds(session: Session, _context: object, _instances: object) -> None:
    """Whoever is disabled, or given or taken a role, has to sign in again, whichever page did it."""
    affected: set[str] = set()
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Membership):
            if row in session.deleted or _changed(
                row, "roles", "active", "since", "until", "person_id"
            ):
                history = inspect(row).attrs.person_id.history
                affected |= {person for person in (*history.deleted, row.person_id) if person}
        elif isinstance(row, Person) and not row.active and _changed(row, "active"):
            affected.add(row.id)
    if affected:
        session.connection().execute(
            delete(SessionRow).where(SessionRow.person_id.in_(sorted(affected)))
        )


def init_sessions(app: Flask) -> None:
    """Put our sessions in the place of Flask's, and watch for changes that end them."""
    app.session_interface = Sessions(app)
    app.config["SESSION_COOKIE_NAME"] = cookie_name(app)
    if not event.contains(db.session, "before_flush", _end_what_no_longer_holds):
        event.listen(db.session, "before_flush", _end_what_no_longer_holds)
