"""Who gets which answer: every route, every method, everybody, at home, abroad and in no city.

The expectations come from the policy that each route declares. So that a wrong declaration shows as well, the whole
table is pinned in ``policies.txt``: a line that changes there is a decision that somebody reads.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from core import create_app
from core.cities.models import CityPlugin
from core.headers import FIXED
from core.permissions import Audience, Role, public
from core.registry import plugin_registry
from core.testing.app import TEST_SETTINGS, Client
from core.testing.contract import (
    ABROAD,
    HOME,
    NO_ID,
    SAFE,
    House,
    Principal,
    Route,
    header_faults,
    make_house,
    matrix,
    tables,
    verdict,
)
from core.testing.pages import PageForm, forms
from core.testing.postgres import Databases

# Every role asks every page in every city, which takes minutes on a slow machine.
pytestmark = pytest.mark.timeout(600)

PINNED = Path(__file__).with_name("policies.txt")


@pytest.fixture(autouse=True)
def _put_back(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "house" in request.fixturenames:
        request.getfixturevalue("house").restore()


def said(faults: list[str] | set[str]) -> str:
    return f"{len(faults)} faults\n" + "\n".join(sorted(faults))


# -- The matrix --------------------------------------------------------------------------------------------


def test_reading_is_open_to_exactly_those_who_may_and_changes_nothing(house: House) -> None:
    faults = matrix(house, ("GET", "HEAD", "OPTIONS"))
    # Whoever reads changes nothing, apart from what says that they were here.
    faults += house.snapshot.changes()
    assert not faults, said(faults)


def test_acting_is_open_to_exactly_those_who_may(house: House) -> None:
    faults = matrix(house, ("POST", "PUT", "PATCH", "DELETE"))
    assert not faults, said(faults)


def test_what_was_refused_changed_nothing(house: House) -> None:
    for route in house.routes:
        for method in set(route.methods) - SAFE:
            for who in house.principals:
                for city in (HOME, ABROAD):
                    if verdict(route, who, method, city) != "open":
                        house.ask(who, method, house.address(route, who, city=city))
    faults = house.snapshot.changes()
    assert not faults, said(faults)


# Addresses that carry a secret, or the name of a thing that this world does not hold.
UNOPENED = re.compile(r"<(token|public_id|identity|attachment_id|export_id)>|/kept-form")


def test_every_page_is_opened_by_somebody(house: House) -> None:
    """Were a page answered 404 for everybody, the matrix would praise it for hiding so well."""
    unseen = []
    for route in house.routes:
        if "GET" in route.methods and not UNOPENED.search(route.rule):
            codes = {
                who.name: house.ask(who, "GET", house.address(route, who)).status_code
                for who in house.principals
            }
            if not any(code in {200, 302, 303} for code in codes.values()):
                unseen.append(f"{route}: {codes}")
    assert not unseen, said(unseen)


def test_every_answer_carried_every_header(house: House) -> None:
    """Every answer of the tests above was looked at; here come those that no route gives."""
    for name in ("member", "anonymous"):
        who = house.principal(name)
        for path in ("/no/such/page", "/static/none.css", "/healthz?\x00", f"/{HOME}/", "/healthz"):
            house.ask(who, "GET", path)
            house.ask(who, "DELETE", path)
    assert not house.header_faults, said(house.header_faults)


@pytest.mark.one_database
def test_the_headers_are_those_that_were_decided() -> None:
    directives = dict(
        directive.strip().split(" ", 1)
        for directive in FIXED["Content-Security-Policy"].split(";")
        if directive.strip()
    )
    assert directives.pop("default-src") == "'none'"
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert directives.pop(name) == "'none'", name
    # Nothing inline, nothing evaluated, nothing from another host.
    assert directives == dict.fromkeys(
        (
            *("script-src", "style-src", "img-src", "font-src"),
            *("connect-src", "manifest-src", "form-action"),
        ),
        "'self'",
    )
    assert FIXED["X-Content-Type-Options"] == "nosniff"
    assert FIXED["Referrer-Policy"] == "no-referrer"
    assert FIXED["X-Frame-Options"] == "DENY"
    assert FIXED["Cross-Origin-Opener-Policy"] == "same-origin"
    assert FIXED["Cross-Origin-Resource-Policy"] == "same-origin"
    for power in ("camera", "microphone", "geolocation", "payment", "usb"):
        assert f"{power}=()" in FIXED["Permissions-Policy"]


def test_no_word_of_the_other_city_reached_anybody(house: House) -> None:
    """Every answer of the tests above was searched for what only the other city wrote."""
    assert len(house.canaries.pattern.split("|")) > 20, "the other city has written too little"
    assert not house.leaks, said(house.leaks)


# -- The pinned table --------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_policies_are_those_that_were_decided(app: Flask) -> None:
    then, now = PINNED.read_text(encoding="utf-8").splitlines(), tables(app).splitlines()
    changed = "\n".join(difflib.unified_diff(then, now, "pinned", "declared", lineterm="", n=0))
    assert not changed, (
        f"{changed}\n\nIf each of these lines is meant, renew the table:\n"
        "python -m core.testing.contract > tests/policies.txt"
    )


@pytest.mark.one_database
def test_public_pages_say_why(app: Flask) -> None:
    from core.testing.contract import routes

    for route in routes(app):
        if route.policy.audience is Audience.PUBLIC:
            assert route.policy.reason, route


# -- A plugin that is off ----------------------------------------------------------------------------------


def switch(house: House, city: str, name: str, *, on: bool) -> None:
    slugs = {row["slug"]: row["id"] for row in house.snapshot.rows["cities_city"].values()}
    with house.engine.begin() as connection:
        connection.execution_options(schema_work=True).execute(
            update(CityPlugin)
            .where(CityPlugin.city_id == slugs[city], CityPlugin.name == name)
            .values(enabled=on)
        )


def test_a_plugin_that_is_off_is_not_there_and_stays_elsewhere(house: House) -> None:
    faults = []
    for name in plugin_registry(house.app).plugins:
        own = [route for route in house.routes if route.area == name]
        assert own, f"{name} has no pages"
        before = {
            (route.rule, who.name): house.ask(who, "GET", house.address(route, who)).status_code
            for route in own
            if "GET" in route.methods
            for who in house.principals
        }
        switch(house, ABROAD, name, on=False)
        for route in own:
            for who in house.principals:
                path = house.address(route, who)
                if "GET" in route.methods:
                    code = house.ask(who, "GET", path).status_code
                    if code != before[route.rule, who.name]:
                        faults.append(f"GET {path} as {who}: {code} once {ABROAD} is without it")
        switch(house, HOME, name, on=False)
        for route in own:
            for who in house.principals:
                if not who.member:
                    continue
                path = house.address(route, who)
                for method in route.methods:
                    code = house.ask(who, method, path).status_code
                    if code != 404:
                        faults.append(f"{method} {path} as {who}: {code} although off")
        assert not house.snapshot.changes()[2:], "nothing but the two switches"
        house.restore()
    assert not faults, said(faults)


# -- Routes without a policy -------------------------------------------------------------------------------


@pytest.mark.one_database
def test_core_does_not_start_with_a_page_that_does_not_say_who_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import core.site

    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path))
    proper = core.site.init_site

    def careless(app: Flask) -> None:
        proper(app)
        app.add_url_rule("/careless", "careless", lambda: "open to everybody")

    monkeypatch.setattr(core.site, "init_site", careless)
    with pytest.raises(RuntimeError, match="careless"):
        create_app(TEST_SETTINGS | {"DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite"})


@pytest.mark.one_database
def test_a_plugin_with_such_a_page_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(tmp_path / "instance"))
    folder = tmp_path / "careless_plugins" / "careless"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text('"""Plugins."""\n')
    (folder / "__init__.py").write_text('"""Careless."""\n')
    (folder / "plugin.py").write_text(
        "from flask import Blueprint\n"
        "from core.api import Plugin\n"
        'bp = Blueprint("careless", __name__)\n'
        'bp.add_url_rule("/", "index", lambda: "open to everybody")\n'
        'plugin = Plugin(name="careless", title="Careless", summary="", blueprint=bp)\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    app = create_app(
        TEST_SETTINGS
        | {"DATABASE_URL": f"sqlite:///{tmp_path}/n.sqlite", "PLUGIN_PACKAGE": "careless_plugins"}
    )
    registry = plugin_registry(app)
    assert "careless" not in registry.plugins
    assert [left.name for left in registry.left_out] == ["careless"]
    assert "who may open it" in registry.left_out[0].reason
    assert not [rule for rule in app.url_map.iter_rules() if "careless" in rule.endpoint]


# -- Forms: what they do not ask, they do not take ---------------------------------------------------------

FORBIDDEN = {
    "id": NO_ID,
    "city_id": NO_ID,
    "city": NO_ID,
    "roles": "city_administrator",
    "created_by": NO_ID,
    "logged_by": NO_ID,
    "uploaded_by": NO_ID,
    "person_id": NO_ID,
    "person": NO_ID,
    "membership_id": NO_ID,
    "organisation_id": NO_ID,
    "version": "987654",
    "sequence": "987654",
    "uid": NO_ID,
    "series_id": NO_ID,
    "active": "",
    "demo": "1",
    "password": NO_ID,
    "fs_uniquifier": NO_ID,
    "permissions": "city.manage",
    "created_at": "2001-01-01 00:00:00",
    "confirmed_at": "2001-01-01 00:00:00",
    "is_admin": "1",
    "sort_key": NO_ID,
    "search_text": NO_ID,
    "calendar_version": "987654",
    "slug": NO_ID,
}
# These forms leave the site's rows alone or end the session that the test is about.
SET_ASIDE = re.compile(r"^/(sign-out|language|theme|speak-for)$")


def form_pages(house: House) -> Iterator[tuple[Route, Principal, str, PageForm]]:
    """Every form that changes something, once for each page, in the hands of somebody who may use it."""
    seen = set()
    for route in house.routes:
        if "GET" not in route.methods or route.area == "static":
            continue
        for who in (
            house.principal(name)
            for name in ("member", "focal_point", "city_administrator", "anonymous")
        ):
            path = house.address(route, who)
            answer = house.ask(who, "GET", path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            for form in forms(answer.get_data(as_text=True), path):
                key = (
                    re.sub(r"[a-z2-7]{16}", "…", form.action),
                    tuple(sorted(form.names)),
                    who.name == "anonymous",
                )
                if form.method == "POST" and key not in seen and not SET_ASIDE.match(form.action):
                    seen.add(key)
                    yield route, who, path, form


@pytest.fixture(scope="module")
def all_forms(house: House) -> list[tuple[Route, Principal, str, PageForm]]:
    found = list(form_pages(house))
    assert found
    return found


def test_forms_take_nothing_that_they_do_not_ask(house: House, all_forms: list[Any]) -> None:
    faults = []
    for _route, who, path, form in all_forms:
        extra = {name: value for name, value in FORBIDDEN.items() if name not in form.names}
        house.ask(who, "POST", form.action, data=form.filled() | extra)
        faults += [
            f"{form.action} (on {path}) as {who}: {change}"
            for change in _forbidden_traces(house, extra)
        ]
        house.restore()
    assert not faults, said(faults)


def _forbidden_traces(house: House, extra: dict[str, str]) -> Iterator[str]:
    from core.testing.snapshot import GREY_TABLES, Snapshot

    now = Snapshot.read(house.engine)
    for table, rows in now.items():
        before = house.snapshot.rows[table]
        for key, row in rows.items():
            if before.get(key) == row or table in GREY_TABLES or table.startswith("jobs_"):
                continue
            for name, value in row.items():
                if value in (NO_ID, 987654):
                    yield f"{table}.{name} became {value!r}"
            if row.get("city_id") not in {None, *(r["id"] for r in now["cities_city"].values())}:
                yield f"{table} has a row of no city"
            if table == "identity_membership" and "roles" in extra:
                old = before.get(key, {"roles": []})["roles"]
                if Role.CITY_ADMINISTRATOR in row["roles"] and Role.CITY_ADMINISTRATOR not in old:
                    yield "somebody became an administrator"
            if (
                table == "identity_person"
                and row["demo"] != before.get(key, {"demo": False})["demo"]
            ):
                yield "identity_person.demo changed"


ID_SHAPE = re.compile(r"[a-z2-7]{16}")


def test_forms_take_no_row_of_another_city(house: House, all_forms: list[Any]) -> None:
    """Wherever a form carries an identifier, one of the other city is refused and nothing is written."""
    foreign: dict[str, set[str]] = {}
    slugs = {row["id"]: row["slug"] for row in house.snapshot.rows["cities_city"].values()}
    owner: dict[str, str] = {}
    for table, rows in house.snapshot.rows.items():
        for row in rows.values():
            if slugs.get(row.get("city_id")) == ABROAD and row.get("id"):
                foreign.setdefault(table, set()).add(row["id"])
            elif row.get("id"):
                owner[row["id"]] = table
    faults, tried = [], 0
    for _route, who, path, form in all_forms:
        for control in form.controls:
            known = [value for value in (*control.choices, *control.values) if value in owner]
            table = owner[known[0]] if known else ""
            if control.name == "once" or table not in foreign:
                continue
            tried += 1
            stranger = min(foreign[table])
            answer = house.ask(
                who, "POST", form.action, data=form.filled() | {control.name: [stranger]}
            )
            changes = house.snapshot.changes()
            if not 400 <= answer.status_code < 500:
                faults.append(
                    f"{form.action} (on {path}) as {who}: {control.name} → {answer.status_code}"
                )
            if changes:
                faults.append(
                    f"{form.action} (on {path}) as {who}: {control.name} wrote {changes[:3]}"
                )
            house.restore()
    assert tried, "no form carries an identifier: the test has lost its object"
    assert not faults, said(faults)


def wants_more_than_words(form: PageForm) -> bool:
    """Whether a form asks for a file, or for a secret that nobody can make up."""
    return any(
        control.kind in {"file", "password"}
        or control.name == "credential"
        or "one-time-code" in control.attributes.get("autocomplete", "")
        for control in form.controls
    )


def test_filled_in_forms_are_accepted(house: House, all_forms: list[Any]) -> None:
    """The tests above would prove nothing if every form was refused for another reason."""
    refused = {}
    for _route, who, path, form in all_forms:
        code = house.ask(who, "POST", form.action, data=form.filled()).status_code
        if code >= 400 and not wants_more_than_words(form):
            refused[f"{form.action} (on {path}) as {who}"] = code
        house.restore()
    assert not refused, refused


# -- Forgery -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house with the guard against forged forms, which the other tests do without."""
    folder = tmp_path_factory.mktemp("guarded")
    with make_house(databases, folder, {"WTF_CSRF_ENABLED": True}) as made:
        yield made


def test_a_form_without_its_token_changes_nothing(guarded: House) -> None:
    faults = []
    for route in guarded.routes:
        for method in set(route.methods) - SAFE:
            for who in guarded.principals:
                if verdict(route, who, method, HOME) != "open":
                    continue
                path = guarded.address(route, who)
                for data in ({}, {"csrf_token": "forged"}):
                    code = guarded.ask(who, method, path, data=data).status_code
                    # Whoever is signed out already is led to the door, whatever they sent.
                    led = route.endpoint == "security.logout" and not who.signed_in and code == 303
                    # A mail program has no session; the secret in the address is what is asked of it.
                    secret = route.endpoint == "notifications.stop_now" and code == 404
                    if code != 400 and not led and not secret:
                        faults.append(f"{method} {path} as {who}: {code}")
    faults += guarded.snapshot.changes()
    assert not faults, said(faults)


def test_no_page_is_exempt_from_the_guard(guarded: House) -> None:
    guard = guarded.app.extensions["csrf"]
    # Signing out asks for the token itself, of those who are signed in; see the test above. Ending mails is asked for
    # by mail programs (RFC 8058), with a secret that opens nothing else.
    assert guard._exempt_views == {
        "core.identity.views.door.logout",
        "core.notifications.views.stop_now",
    }
    assert not guard._exempt_blueprints


def test_a_form_with_its_token_is_taken(guarded: House) -> None:
    who = guarded.principal("member")
    client = guarded.client(who)
    page = client.get("/me/").get_data(as_text=True)
    form = next(form for form in forms(page, "/me/") if form.action == "/language")
    assert client.post("/language", data=form.filled()).status_code == 303
    guarded.restore()


# -- What comes from outside -------------------------------------------------------------------------------


class TestLimits:
    """Wrong hosts, and bodies that are too large or in too many parts."""

    @pytest.fixture
    def app_settings(self) -> dict[str, Any]:
        return {"TRUSTED_HOSTS": ["localhost"], "PROPAGATE_EXCEPTIONS": False}

    @pytest.fixture
    def client(self, app: Flask) -> Client:
        def broken() -> str:
            raise RuntimeError("a secret of the inside")

        app.add_url_rule("/broken", "broken", public("for this test")(broken))
        client = app.test_client()
        assert isinstance(client, Client)
        return client

    @pytest.mark.parametrize(
        "host", ["evil.example", "localhost.evil.example", "evil.example:80", "a b", ""]
    )
    def test_other_hosts_are_refused(self, client: Client, host: str) -> None:
        answer = client.get("/sign-in", headers={"Host": host})
        assert answer.status_code == 400 or host == ""
        assert not header_faults("/sign-in", answer)
        assert host == "" or host not in answer.get_data(as_text=True)

    def test_a_body_that_is_too_large_is_refused(self, client: Client, app: Flask) -> None:
        limit = app.config["MAX_CONTENT_LENGTH"]
        answer = client.post(
            "/sign-in", data=b"x" * (limit + 1), content_type="application/octet-stream"
        )
        assert answer.status_code == 413
        assert not header_faults("/sign-in", answer)
        lie = client.post(
            "/language", data={"language": "fr"}, environ_overrides={"CONTENT_LENGTH": str(10**12)}
        )
        assert lie.status_code == 413

    def test_a_field_that_is_too_large_is_refused(self, client: Client) -> None:
        long = b"x" * 600_000
        part = (
            b'--b\r\nContent-Disposition: form-data; name="language"\r\n\r\n'
            + long
            + b"\r\n--b--\r\n"
        )
        for kind, body in (
            ("application/x-www-form-urlencoded", b"language=" + long),
            ("multipart/form-data; boundary=b", part),
        ):
            answer = client.post("/language", data=body, content_type=kind)
            assert answer.status_code == 413, kind

    def test_too_many_parts_are_refused(self, client: Client) -> None:
        parts = {f"part{number}": "x" for number in range(1_200)}
        answer = client.post("/language", data=parts, content_type="multipart/form-data")
        assert answer.status_code == 413

    def test_a_fault_of_ours_tells_nothing_but_its_number(self, client: Client) -> None:
        answer = client.get("/broken")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 500
        assert not header_faults("/broken", answer)
        assert "secret of the inside" not in page
        assert "Traceback" not in page
        assert answer.headers["X-Request-Id"] in page

    def test_other_methods_are_named(self, client: Client) -> None:
        answer = client.delete("/healthz")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert not header_faults("/healthz", answer)

    def test_behind_https_the_browser_is_told_to_stay_there(self, client: Client) -> None:
        answer = client.get("/healthz", base_url="https://localhost")
        assert "max-age=" in answer.headers["Strict-Transport-Security"]
