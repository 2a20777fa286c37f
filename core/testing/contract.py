"""What every page promises, read from the application itself: ours, and those of any plugin that is installed.

The tests under ``tests/`` run this over all routes. The author of a plugin needs three lines to run it over
theirs, in an environment in which the plugin is installed::

    def test_the_contract(house):
        assert matrix(house) == []

``python -m core.testing.contract`` prints the table of routes and roles that ``tests/policies.txt`` pins.
"""

from __future__ import annotations

import logging
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import update
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from core import create_app
from core.cities.models import City
from core.database import db, new_id
from core.headers import FIXED
from core.identity.models import Invitation, Membership, Person
from core.permissions import Audience, Policy, Role, permissions_of, route_policy
from core.registry import plugin_registry
from core.tenancy import city_scope
from core.testing.app import TEST_SETTINGS, Client, World, make_tables, populate
from core.testing.postgres import Databases
from core.testing.snapshot import Snapshot
from core.wording.models import Report

HOME, ABROAD, NOWHERE = "alva", "bruma", "nulla"
# No row is ever called so: the right shape, and never drawn at random in our lifetime.
NO_ID = "nnnnnnnnnnnnnnnn"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


# -- Routes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """One address of the application, with the methods it takes and whom it lets in."""

    rule: str
    endpoint: str
    methods: tuple[str, ...]
    arguments: tuple[str, ...]
    policy: Policy
    converters: Mapping[str, BaseConverter] = field(hash=False, compare=False, default_factory=dict)

    @property
    def in_city(self) -> bool:
        """Whether the address begins with a city."""
        return "city_slug" in self.arguments

    @property
    def area(self) -> str:
        """The blueprint that answers."""
        return self.endpoint.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{' '.join(self.methods)} {self.rule}"


def routes(app: Flask) -> list[Route]:
    """Every route of ``app``, sorted by address."""
    found = [_route(app, rule) for rule in app.url_map.iter_rules()]
    return sorted(found, key=lambda route: (route.rule, route.methods))


def _route(app: Flask, rule: Rule) -> Route:
    policy = route_policy(app, rule.endpoint)
    assert policy is not None, f"{rule.endpoint} does not say who may open it"
    return Route(
        rule.rule,
        rule.endpoint,
        tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
        tuple(sorted(rule.arguments)),
        policy,
        rule._converters,
    )


def policy_table(app: Flask) -> list[str]:
    """One line for each route: methods, address, endpoint, audience, and the permission or the reason."""
    return [
        " ".join(
            (
                "+".join(route.methods),
                route.rule,
                route.endpoint,
                route.policy.audience.value,
                route.policy.permission,
            )
        ).rstrip()
        for route in routes(app)
    ]


def role_table(app: Flask) -> list[str]:
    """One line for each role: its name and every permission it holds with all plugins switched on."""
    registry = plugin_registry(app)
    added = list(registry.permissions(set(registry.plugins)))
    return [f"{role.value}: {' '.join(sorted(permissions_of([role], added)))}" for role in Role]


def tables(app: Flask) -> str:
    """Both tables, as ``tests/policies.txt`` holds them."""
    return "\n".join(
        [
            "# Who may open what, and who holds which permission. Written by",
            "#   python -m core.testing.contract > tests/policies.txt",
            "# Each line that changes is a decision: say why in the commit.",
            "",
            *policy_table(app),
            "",
            *role_table(app),
            "",
        ]
    )


# -- Headers -----------------------------------------------------------------------------------------------

# Files whose address changes with their content may be kept; everything else must be asked for again.
_KEPT = ("/static/", "/look/")
_ASKED_AGAIN = ("/feed/",)


def header_faults(path: str, answer: TestResponse) -> list[str]:
    """What is wrong with the headers of an answer: the fixed set, whether it may be kept, and cookies."""
    faults = [
        f"{name}: {answer.headers.get_all(name)}"
        for name, value in FIXED.items()
        if answer.headers.get_all(name) != [value] and name != "Content-Security-Policy"
    ]
    policy = answer.headers.get_all("Content-Security-Policy")
    # A file that people sent is opened in a sandbox, which is stricter than a page's policy.
    if policy != [FIXED["Content-Security-Policy"]] and not (
        len(policy) == 1 and "sandbox" in policy[0] and "default-src 'none'" in policy[0]
    ):
        faults.append(f"Content-Security-Policy: {policy}")
    keeping = answer.headers.get("Cache-Control", "")
    if "no-store" not in keeping:
        kept = path.startswith(_KEPT) and answer.status_code in {200, 206, 304}
        asked = path.startswith(_ASKED_AGAIN) and "private" in keeping
        if not (kept or asked):
            faults.append(f"Cache-Control: {keeping!r}")
    if not answer.headers.get("X-Request-Id") or "Server" in answer.headers:
        faults.append("X-Request-Id is missing, or Server is told")
    for cookie in answer.headers.get_all("Set-Cookie"):
        lowered = cookie.lower()
        if "httponly" not in lowered or "samesite=" not in lowered or "path=/" not in lowered:
            faults.append(f"Set-Cookie: {cookie}")
    return faults


# -- Who asks ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Principal:
    """Somebody who asks for pages: the secret of their session, and what they may do in the home city."""

    name: str
    token: str = ""
    signed_in: bool = False
    member: bool = False
    permissions: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


def start_session(app: Flask, person_id: str) -> str:
    """A new session of somebody, as if they had just signed in; the secret that their browser would hold."""
    from core.identity import sessions

    with app.test_request_context("/"):
        person = db.session.get(Person, person_id)
        assert person is not None
        sessions.sign_in(person, via="password")
        db.session.commit()
        token = sessions.this_session().token
        db.session.remove()
    return token


class FaultLog(logging.Handler):
    """Keeps what the application logged as an error, for the message of a failing test."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record with the end of its traceback."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            text += " " + logging.Formatter().formatException(record.exc_info)[-1500:]
        self.texts.append(text)

    def take(self) -> str:
        """What was logged since the last call."""
        texts, self.texts = self.texts, []
        return "\n".join(texts)


class House:
    """An application with two populated cities, and everybody who may ask for its pages."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app = app
        self.world = world
        self.routes = routes(app)
        self.faults = FaultLog()
        self.header_faults: set[str] = set()
        self.principals = _principals(app, world)
        with app.app_context():
            self.engine = db.engine
            db.session.remove()
        self.snapshot = Snapshot(self.engine)
        self._rows = _candidates(self.snapshot)
        self.leaks: set[str] = set()
        self.canaries = _canaries(self.snapshot)

    def principal(self, name: str) -> Principal:
        """The one called so: a role's name, or one of the others."""
        return next(found for found in self.principals if found.name == name)

    def client(self, who: Principal) -> Client:
        """A browser of somebody who has signed in, if they can."""
        from core.identity.sessions import cookie_name

        client = self.app.test_client()
        assert isinstance(client, Client)
        if who.token:
            client.set_cookie(cookie_name(self.app), who.token)
        return client

    def ask(self, who: Principal, method: str, path: str, **more: Any) -> TestResponse:
        """Send one request in a browser that knows nothing but the session; check the answer's headers."""
        answer = self.client(who).open(path, method=method, buffered=True, **more)
        for fault in header_faults(path.partition("?")[0], answer):
            self.header_faults.add(f"{method} {path} {answer.status_code}: {fault}")
        if (answer.mimetype or "").startswith(("text/", "application/json")):
            # Nobody here belongs to the other city, so none of its words may reach them.
            for word in set(self.canaries.findall(answer.data.decode(errors="replace"))):
                self.leaks.add(f"{method} {path} as {who}: {word}")
        return answer

    def restore(self) -> None:
        """Undo everything that was done since the beginning."""
        self.snapshot.restore()

    def permissions(self, role: Role) -> frozenset[str]:
        """What a role holds with all plugins switched on."""
        return _permissions(self.app, role)

    # Addresses ------------------------------------------------------------------------------------------

    def address(
        self, route: Route, who: Principal, *, city: str = HOME, rows_of: str | None = None
    ) -> str:
        """The path of a route in ``city``, its arguments naming rows of ``rows_of`` (by default, of the same).

        An argument ``thing_id`` names a row of the table ``<blueprint>_thing``, or else of the only table that
        ends so; the asker's own row where there is one. ``rows_of=""`` names a row that never existed.
        """
        values = self.arguments(route, who, city=city, rows_of=rows_of)
        with self.app.test_request_context("/"):
            adapter = self.app.url_map.bind("localhost")
            return adapter.build(route.endpoint, values, append_unknown=False)

    def arguments(
        self, route: Route, who: Principal, *, city: str = HOME, rows_of: str | None = None
    ) -> dict[str, Any]:
        """What stands in an address for each argument; see :meth:`address`."""
        values: dict[str, Any] = {}
        named = self.named_record(city if rows_of is None else rows_of)
        for name in route.arguments:
            if "record_id" in route.arguments and name in named:
                values[name] = named[name]
            elif name == "city_slug":
                values[name] = city
            elif name == "slug":
                values[name] = HOME
            elif isinstance(route.converters.get(name), IntegerConverter):
                values[name] = 1
            elif isinstance(one_of := route.converters.get(name), AnyConverter):
                values[name] = min(one_of.items)
            else:
                where = city if rows_of is None else rows_of
                values[name] = self.value_of(route, name, who, where)
        return values

    def named_record(self, city: str) -> dict[str, str]:
        """Plugin, kind, identifier and language of a translation in ``city`` that every member may see."""
        slugs = {row["id"]: row["slug"] for row in self.snapshot.rows["cities_city"].values()}
        found = [
            {name: row[name] for name in ("plugin", "kind", "record_id", "language")}
            for row in self.snapshot.rows["content_text"].values()
            if row["shared"]
            and not row["original"]
            and slugs[row["city_id"]] == city
            # Only who keeps the directory translates the names in it.
            and row["plugin"] in plugin_registry(self.app).plugins
        ]
        none = {"plugin": "nonesuch", "kind": "none", "record_id": NO_ID, "language": "en"}
        return min(found, key=lambda row: row["record_id"], default=none)

    def value_of(self, route: Route, name: str, who: Principal, city: str) -> str:
        """What stands in an address for an argument."""
        if route.endpoint == "static":
            return _some_asset() if city else "none.css"
        if name in {"name", "plugin", "plugin_name"}:
            return next(iter(plugin_registry(self.app).plugins), "none") if city else "nonesuch"
        if route.area == "importing" and name == "kind":
            return "organisations" if city else "nonesuch"
        if not name.endswith("_id"):
            return NO_ID
        rows = self.rows_for(route.area, name.removesuffix("_id"))
        there = [row for row in rows if row.city in {city, ""}] if city else []
        if not there:
            return NO_ID
        best = max(there, key=lambda row: len(row.values & who.ids))
        return best.id

    def rows_for(self, area: str, thing: str) -> list[Candidate]:
        """The rows that an argument of a blueprint may name."""
        exact = self._rows.get(f"{area}_{thing}")
        if exact is not None:
            return exact
        others = [name for name in self._rows if name.endswith(f"_{thing}")]
        return [row for name in others for row in self._rows[name]]

    def names_rows(self, route: Route) -> bool:
        """Whether the address of a route in a city names a row of that city."""
        return any(
            self.rows_for(route.area, name.removesuffix("_id"))
            for name in route.arguments
            if name.endswith("_id")
        )


@dataclass(frozen=True)
class Candidate:
    """A row that an address can name: its public identifier, its city's slug, and what it points to."""

    id: str
    city: str
    values: frozenset[str]


def _candidates(snapshot: Snapshot) -> dict[str, list[Candidate]]:
    slugs = {row["id"]: row["slug"] for row in snapshot.rows["cities_city"].values()}
    return {
        name: [
            Candidate(
                row.get("public_id") or row.get("id") or "",
                slugs.get(row.get("city_id"), ""),
                frozenset(value for value in row.values() if isinstance(value, str)),
            )
            for row in sorted(rows.values(), key=lambda row: str(row.get("created_at", "")))
        ]
        for name, rows in snapshot.rows.items()
    }


def _canaries(snapshot: Snapshot) -> re.Pattern[str]:
    """What only rows of the other city hold: the texts that people wrote there."""
    cities = {row["slug"]: row["id"] for row in snapshot.rows["cities_city"].values()}
    texts: dict[bool, set[str]] = {True: set(), False: set()}

    def gather(value: object, abroad: bool) -> None:
        if isinstance(value, str) and len(value) > 12:
            texts[abroad].add(str(escape(value)))
        elif isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                gather(item, abroad)

    for rows in snapshot.rows.values():
        for row in rows.values():
            for name, value in row.items():
                # Identifiers stand in addresses that the tests themselves ask for.
                if name != "id" and not name.endswith("_id"):
                    gather(value, row.get("city_id") == cities[ABROAD])
    found = sorted(texts[True] - texts[False], key=len)[-80:]
    return re.compile("|".join(map(re.escape, found)) or "(?!)")


def _some_asset() -> str:
    folder = Path(__file__).resolve().parent.parent / "static" / "build"
    return next((path.name for path in sorted(folder.glob("app.*.css"))), "none.css")


def _permissions(app: Flask, role: Role) -> frozenset[str]:
    registry = plugin_registry(app)
    return permissions_of([role], list(registry.permissions(set(registry.plugins))))


def _principals(app: Flask, world: World) -> list[Principal]:
    found = [Principal("anonymous")]
    for role in Role:
        somebody = world.person(HOME, role)
        organisation = world.organisations[HOME][list(Role).index(role) % 2]
        found.append(
            Principal(
                role.value,
                start_session(app, somebody.id),
                signed_in=True,
                member=True,
                permissions=_permissions(app, role),
                ids=frozenset({somebody.id, somebody.membership_id, organisation}),
            )
        )
    with app.app_context():
        city = db.session.query(City).filter_by(slug=HOME).one()
        people = {name: _person(name) for name in ("former", "stranger", "disabled")}
        with city_scope(city):
            for name, until in (("former", date.today() - timedelta(days=2)), ("disabled", None)):  # noqa: DTZ011
                db.session.add(
                    Membership(
                        person_id=people[name],
                        organisation_id=world.organisations[HOME][0],
                        shown_name=f"Somebody {name}",
                        sort_key=name,
                        roles=[role.value for role in Role],
                        until=until,
                    )
                )
                db.session.flush()
            db.session.commit()
    for name, person_id in people.items():
        found.append(
            Principal(
                name,
                start_session(app, person_id),
                signed_in=name != "disabled",
                ids=frozenset({person_id}),
            )
        )
    with app.app_context(), db.engine.begin() as connection:
        # As an administrator's hand in the database would: the session's row stays, and must open nothing.
        connection.execute(
            update(Person).where(Person.id == people["disabled"]).values(active=False)
        )
    return found


def _person(name: str) -> str:
    person = Person(
        email=f"{name}@{HOME}.example",
        name=f"Somebody {name}",
        fs_uniquifier=new_id() * 4,
        language="en",
    )
    db.session.add(person)
    db.session.flush()
    return person.id


def seed(app: Flask) -> None:
    """Give both cities an open invitation, a word of the glossary, and what each plugin's ``seed_demo`` makes."""
    from core.actions import demo as actions_demo
    from core.content.glossary import add_term
    from core.database import utcnow
    from core.demo import focal_point_of

    with app.app_context():
        for slug in (HOME, ABROAD):
            city = db.session.query(City).filter_by(slug=slug).one()
            with city_scope(city):
                membership = Membership(
                    shown_name=f"Somebody new in {slug.title()}",
                    sort_key="somebody new",
                    roles=["member"],
                )
                db.session.add(membership)
                db.session.flush()
                db.session.add(
                    Invitation(
                        membership_id=membership.id,
                        email=f"new@{slug}.example",
                        token_hash=new_id() * 4,
                        expires_at=utcnow() + timedelta(days=7),
                    )
                )
                db.session.add(
                    Report(
                        language="fr",
                        words=f"Une coquille lue à {slug.title()}",
                        suggestion=f"Ce qu’il faut lire à {slug.title()}",
                        open_key=slug,
                    )
                )
                add_term({"en": f"a word of {slug}", "mk": f"збор на {slug}"}, "", None)
                registry = plugin_registry()
                hooks = registry.hooks(frozenset(registry.plugins))
                for name in registry.plugins:
                    hooks.call("seed_demo", only=name, city=city)
                actions_demo.seed(slug, focal_point_of(city), utcnow().date())
                db.session.commit()
            db.session.remove()


@contextmanager
def make_house(
    databases: Databases, folder: Path, settings: Mapping[str, Any] | None = None
) -> Iterator[House]:
    """An application on a populated database of its own. ``settings`` are added to those of the tests."""
    (folder / "instance").mkdir(parents=True, exist_ok=True)
    url = databases.fresh("tables", make_tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILLAGE_INSTANCE", str(folder / "instance"))
        app = create_app(
            TEST_SETTINGS
            | {"DATABASE_URL": url, "PROPAGATE_EXCEPTIONS": False, "SEED": 7}
            | dict(settings or {})
        )
        app.test_client_class = Client
        left_out = plugin_registry(app).left_out
        assert not left_out, f"Left out, so that nothing would be said of them: {left_out}"
        world = populate(app)
        seed(app)
        house = House(app, world)
        logging.getLogger().addHandler(house.faults)
        try:
            yield house
        finally:
            logging.getLogger().removeHandler(house.faults)
            house.snapshot.close()
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
            databases.drop(url)


@pytest.fixture(scope="module")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two populated cities and everybody in them, for all tests of a module. Put back what you change."""
    with make_house(databases, tmp_path_factory.mktemp("house")) as made:
        yield made


# -- The matrix --------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'(name="csrf_token"[^>]*value=")[^"]*'
    r'|(value=")[^"]*("[^>]*name="csrf_token")'
    r'|("csrf-token" content=")[^"]*'
)


def normal(answer: TestResponse, *changing: str) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Status, body and headers of an answer without what differs from one request to the next."""
    text = answer.data.decode(errors="replace")
    request_id = answer.headers.get("X-Request-Id", "")
    for word in (request_id, *changing):
        if word:
            text = text.replace(word, "…")
    text = _TOKEN.sub("…", text)
    headers = tuple(
        sorted(
            (name, value)
            for name, value in answer.headers.items()
            if name not in {"X-Request-Id", "Date", "Content-Length", "Set-Cookie", "Location"}
        )
    )
    location = answer.headers.get("Location", "")
    for word in changing:
        location = location.replace(word, "…")
    return answer.status_code, text + location, headers


def to_sign_in(answer: TestResponse) -> bool:
    """Whether an answer sends the reader to the sign-in page."""
    return answer.status_code in {302, 303} and answer.headers["Location"].startswith("/sign-in")


def verdict(route: Route, who: Principal, method: str, city: str) -> str:
    """What the declared policy says: ``open``, ``sign-in``, ``hidden`` (404) or ``refused`` (403)."""
    audience = route.policy.audience
    if audience is Audience.PUBLIC:
        return "open"
    if not who.signed_in:
        return "sign-in"
    if audience is Audience.SIGNED_IN:
        return "open"
    if not who.member or city != HOME:
        return "hidden"
    if audience is Audience.PERMISSION and route.policy.permission not in who.permissions:
        return "refused"
    return "open"


def fault_of(house: House, route: Route, method: str, answer: TestResponse, expected: str) -> str:
    """What is wrong with an answer, or nothing."""
    code = answer.status_code
    log = house.faults.take()
    if code >= 500:
        return f"answered {code}\n{log}"
    if log:
        # A hook that failed leaves a page that looks well and lacks something.
        return f"answered {code} and logged\n{log}"
    match expected:
        case "sign-in":
            if not to_sign_in(answer):
                return f"answered {code}, not the way to sign in"
            if method == "GET" and "next=" not in answer.headers["Location"]:
                return "forgot where the reader wanted to go"
        case "hidden":
            if code != 404:
                return f"answered {code}, not 404"
        case "refused":
            if code != 403:
                return f"answered {code}, not 403"
        case _open if route.policy.audience is Audience.PUBLIC:
            # Such a page decides by itself, as the demo's door does away from its machine.
            if code == 401:
                return f"answered {code}"
        case _open:
            if code in {401, 403} or to_sign_in(answer):
                return f"answered {code} to somebody who may"
    return ""


def matrix(
    house: House,
    methods: Iterable[str] = ("GET", "HEAD", "POST"),
    only: Callable[[Route], bool] | None = None,
) -> list[str]:
    """Ask every route with every method as everybody, at home, abroad and in no city; what is wrong.

    After each request that may have changed something the database is put back as it was.
    """
    faults: list[str] = []
    for route in house.routes:
        if only is not None and not only(route):
            continue
        for method in methods:
            if method not in route.methods and not (method == "HEAD" and "GET" in route.methods):
                continue
            for who in house.principals:
                faults += _cells(house, route, method, who)
    return faults


def _cells(house: House, route: Route, method: str, who: Principal) -> Iterator[str]:
    cities = (HOME, ABROAD, NOWHERE) if route.in_city else (HOME,)
    answers = {}
    for city in cities:
        path = house.address(route, who, city=city, rows_of=ABROAD if city == NOWHERE else city)
        answer = house.ask(who, method, path)
        expected = verdict(route, who, method, city)
        fault = fault_of(house, route, method, answer, expected)
        if fault:
            yield f"{method} {path} as {who}: {fault}"
        if method not in SAFE and expected == "open":
            house.restore()
        answers[city] = normal(answer, city, path)
    if len(cities) > 1 and answers[ABROAD] != answers[NOWHERE]:
        yield f"{method} {route.rule} as {who}: another city can be told from none"
    if route.in_city and house.names_rows(route):
        # Rows of the other city, asked for under the address of the home city, are not there.
        foreign = house.address(route, who, rows_of=ABROAD)
        never = house.address(route, who, rows_of="")
        if foreign == never:
            return
        one, other = house.ask(who, method, foreign), house.ask(who, method, never)
        if normal(one, foreign, _last(foreign)) != normal(other, never, _last(never)):
            yield f"{method} {foreign} as {who}: a row of another city can be told from none"
        if verdict(route, who, method, HOME) == "open":
            if one.status_code != 404:
                yield f"{method} {foreign} as {who}: a row of another city answered {one.status_code}"
            if method not in SAFE:
                house.restore()


def _last(path: str) -> str:
    """The identifier in an address, which the page may repeat in its links."""
    found = re.findall(r"[a-z2-7]{16}", path)
    return found[-1] if found else ""


def main() -> None:
    """Print the two tables."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(TEST_SETTINGS | {"DATABASE_URL": f"sqlite:///{folder}/none.sqlite"})
        sys.stdout.write(tables(app))


if __name__ == "__main__":
    main()
