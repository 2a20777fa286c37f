from __future__ import annotations

import re

import pytest
from flask_security import verify_password

from core.database import db, utcnow
from core.identity import throttle
from core.identity.models import Person, SessionRow, Throttle
from core.testing.app import PASSWORD, TEST_SETTINGS, statements_of

WRONG = "not the right words at all"


def body(answer) -> str:
    """A page without what is new in each: its challenge, its number, and what was typed into it."""
    text = answer.get_data(as_text=True)
    text = re.sub(r'data-options="[^"]*"', "", text)
    text = re.sub(r"<code[^>]*>\w{16}</code>", "", text)
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    return re.sub(r"[\w.+-]+@[\w.-]+", "address", text)


def try_password(client, address, password=WRONG, **more):
    return client.post("/sign-in", data={"email": address, "password": password, **more})


def test_a_stranger_and_a_wrong_password_look_the_same(app, world):
    known = try_password(app.test_client(), world.person("alva").email)
    stranger = try_password(app.test_client(), "nobody@alva.example")
    assert known.status_code == stranger.status_code == 422
    assert body(known) == body(stranger)


def test_a_disabled_account_looks_the_same_with_the_right_password(app, world):
    somebody = world.person("alva")
    with app.app_context():
        db.session.get_one(Person, somebody.id).active = False
        db.session.commit()
    disabled = try_password(app.test_client(), somebody.email, PASSWORD)
    stranger = try_password(app.test_client(), "nobody@alva.example", PASSWORD)
    assert disabled.status_code == 422
    assert body(disabled) == body(stranger)


def test_the_address_may_be_written_large_and_with_spaces(app, world):
    client = app.test_client()
    assert (
        try_password(client, f"  {world.person('alva').email.upper()} ", PASSWORD).status_code
        == 303
    )


def test_what_was_typed_stays_and_the_password_does_not(app, world):
    page = try_password(app.test_client(), "somebody@alva.example").get_data(as_text=True)
    assert 'value="somebody@alva.example"' in page
    assert WRONG not in page


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/%5C%5Cevil.example/..//x//",
        "javascript:alert(1)",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "http:evil.example",
        "/x//evil.example",
        "@evil.example",
        "",
        "/" + "a" * 3000,
    ],
)
def test_no_next_leads_to_another_host(app, world, target):
    answer = try_password(app.test_client(), world.person("alva").email, PASSWORD, next=target)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


def test_a_page_asked_for_comes_back_after_signing_in(app, world):
    client = app.test_client()
    answer = client.get("/alva/calendar?level=primary")
    assert answer.headers["Location"].startswith("/sign-in?next=")
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert 'value="/alva/calendar?level=primary"' in page
    answer = try_password(
        client, world.person("alva").email, PASSWORD, next="/alva/calendar?level=primary"
    )
    assert answer.headers["Location"] == "/alva/calendar?level=primary"


class TestSlowingDown:
    def test_five_wrong_passwords_are_free_then_it_grows(self, app, world):
        client = app.test_client()
        address = world.person("alva").email
        for _ in range(5):
            assert try_password(client, address).status_code == 422
        answer = try_password(client, address, PASSWORD)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) in {1, 2}
        assert "Try again in" in answer.get_data(as_text=True)
        # It also holds for another sender, and not for another account.
        assert (
            app.test_client()
            .post(
                "/sign-in",
                data={"email": address, "password": PASSWORD},
                environ_base={"REMOTE_ADDR": "192.0.2.7"},
            )
            .status_code
            == 429
        )
        assert try_password(client, world.person("bruma").email, PASSWORD).status_code == 303

    def test_a_stranger_s_address_is_slowed_down_just_so(self, app, world):
        client = app.test_client()
        codes = [try_password(client, "nobody@alva.example").status_code for _ in range(6)]
        assert codes == [422] * 5 + [429]

    def test_one_sender_guessing_at_many_accounts_is_slowed_down(self, app, world):
        client = app.test_client()
        codes = [
            try_password(client, f"nobody{number}@alva.example").status_code for number in range(31)
        ]
        assert codes == [422] * 30 + [429]

    def test_the_right_password_clears_the_account_and_not_the_sender(self, app, world):
        client = app.test_client()
        address = world.person("alva").email
        for _ in range(4):
            try_password(client, address)
        assert try_password(client, address, PASSWORD).status_code == 303
        with app.test_request_context("/"):
            assert throttle.allow("sign-in account", address) == 0
            row = db.session.get_one(Throttle, throttle._hashed("sign-in address", "127.0.0.1"))
            assert row.count == 4
            assert db.session.get(Throttle, throttle._hashed("sign-in account", address)) is None

    def test_it_is_never_a_lock_out(self):
        limit = throttle.LIMITS["sign-in account"]
        now = utcnow()
        assert limit.wait(4, now, now) == 0
        assert [limit.wait(count, now, now) for count in (5, 6, 7, 8)] == [2, 4, 8, 16]
        assert limit.wait(10**9, now, now) == limit.longest == 300
        assert limit.wait(10**9, now - limit.forgotten_after, now) == 0

    def test_the_table_names_nobody(self, app, world):
        try_password(app.test_client(), "nobody@alva.example")
        with app.app_context():
            keys = [row.key for row in db.session.query(Throttle)]
        assert len(keys) == 2
        assert all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)

    def test_an_ipv6_network_counts_as_one_sender(self, app):
        def sender(address):
            with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
                return throttle.address_of_request()

        assert sender("2001:db8:1:2::1") == sender("2001:db8:1:2:ffff::9") == "2001:db8:1:2::"
        assert sender("::ffff:192.0.2.1") == "192.0.2.1"

    def test_what_is_used_once_is_used_up(self, app):
        with app.test_request_context("/"):
            assert throttle.use_once("challenge", "a")
            assert not throttle.use_once("challenge", "a")
            assert throttle.use_once("challenge", "b")


def test_the_real_hash_is_argon2id_of_the_strength_that_owasp_asks_for(fresh_database):
    from core import create_app

    settings = {key: value for key, value in TEST_SETTINGS.items() if "PASSLIB" not in key}
    app = create_app(settings)
    with app.app_context():
        from flask_security import hash_password

        found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$.+", hash_password("x"))
    assert found is not None
    memory, rounds, lanes = (int(number) for number in found.groups())
    assert (memory >= 19 * 1024, rounds >= 2, lanes) == (True, True, 1)


def test_a_stranger_costs_as_much_work_as_a_wrong_password(app, world, monkeypatch):
    """One hash of one cost and the same statements, whoever the address belongs to: so time tells nothing."""
    client = app.test_client()
    known, unknown = world.person("alva").email, "nobody@alva.example"
    for address in (known, unknown):
        try_password(
            client, address
        )  # what is worked out once and kept, and the first count of each
    hashes: list[str] = []

    def noting(password: str, hashed: str) -> bool:
        hashes.append(hashed.rpartition("$")[0].rpartition("$")[0])
        return bool(verify_password(password, hashed))

    monkeypatch.setattr("core.identity.passwords.verify_password", noting)
    work = {}
    for address in (known, unknown):
        with statements_of(app) as statements:
            try_password(client, address)
        work[address] = (list(statements), hashes[:])
        hashes.clear()
    assert len(work[known][1]) == 1
    assert work[known] == work[unknown]


class TestDemo:
    @pytest.fixture
    def demo(self, app, world):
        with app.app_context():
            somebody = db.session.get_one(Person, world.person("alva").id)
            somebody.demo = True
            db.session.commit()
        app.config["DATABASE_IS_DEFAULT"] = True
        return world.person("alva")

    def enter(self, app, demo, **more):
        client = app.test_client()
        return client, client.post("/demo/enter", data={"person": demo.id}, **more)

    def test_its_accounts_open_on_its_own_machine(self, app, demo):
        client, answer = self.enter(app, demo)
        assert answer.status_code == 303
        assert client.get("/me/devices").status_code == 200
        page = app.test_client().get("/sign-in").get_data(as_text=True)
        assert "This is a demonstration" in page
        assert demo.id in page

    @pytest.mark.parametrize(
        "request_",
        [
            {"base_url": "http://network.example"},
            {"base_url": "http://192.0.2.1"},
            {"base_url": "http://localhost.evil.example"},
            {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
            {"headers": {"X-Forwarded-For": "192.0.2.1"}},
            {"headers": {"Forwarded": "for=192.0.2.1"}},
        ],
    )
    def test_they_are_closed_from_elsewhere(self, app, demo, request_):
        _client, answer = self.enter(app, demo, **request_)
        assert answer.status_code == 403
        page = app.test_client().get("/sign-in", **request_).get_data(as_text=True)
        assert "This is a demonstration" not in page

    def test_they_are_closed_on_another_database(self, app, demo):
        app.config["DATABASE_IS_DEFAULT"] = False
        assert self.enter(app, demo)[1].status_code == 403

    def test_a_session_of_the_demo_is_closed_elsewhere_too(self, app, demo):
        client, _answer = self.enter(app, demo)
        assert client.get("/me/devices", headers={"Forwarded": "for=192.0.2.1"}).status_code == 302

    def test_nobody_else_gets_in_that_way(self, app, demo, world):
        other = world.person("bruma")
        assert self.enter(app, other)[1].status_code == 403
        for damaged in ("", "x", "a" * 16, "\x00"):
            assert (
                app.test_client().post("/demo/enter", data={"person": damaged}).status_code == 403
            )

    def test_their_password_works_on_that_machine_alone(self, app, demo):
        assert try_password(app.test_client(), demo.email, PASSWORD).status_code == 303
        elsewhere, stranger = (
            app.test_client().post(
                "/sign-in",
                data={"email": address, "password": PASSWORD},
                environ_base={"REMOTE_ADDR": "192.0.2.1"},
            )
            for address in (demo.email, "nobody@alva.example")
        )
        assert elsewhere.status_code == 422
        assert body(elsewhere) == body(stranger)

    @pytest.mark.parametrize(
        "path", ["/me/password", "/me/address", "/me/passkeys", "/me/two-step", "/me/verify"]
    )
    def test_their_ways_in_stay_as_they_are(self, app, demo, path):
        client, _answer = self.enter(app, demo)
        assert client.get(path).status_code == 403
        assert client.post(path).status_code == 403


class TestForgery:
    @pytest.fixture
    def app_settings(self):
        return {"WTF_CSRF_ENABLED": True}

    def test_a_form_without_its_guard_is_refused(self, app, world):
        client = app.test_client()
        client.get("/sign-in")
        assert try_password(client, world.person("alva").email, PASSWORD).status_code == 400
        with app.app_context():
            assert db.session.query(SessionRow).count() == 0

    def test_a_form_with_it_goes_through_and_the_guard_is_new_afterwards(self, app, world):
        client = app.test_client()
        guard = re.findall(r'csrf_token" value="([^"]+)"', client.get("/sign-in").text)[0]
        answer = try_password(client, world.person("alva").email, PASSWORD, csrf_token=guard)
        assert answer.status_code == 303
        assert client.post("/sign-out", data={"csrf_token": guard}).status_code == 400
        fresh = re.findall(r'csrf_token" value="([^"]+)"', client.get("/me/devices").text)[0]
        assert client.post("/sign-out", data={"csrf_token": fresh}).status_code == 303
        # Pressing the button of a page that stayed open is no forgery.
        assert client.post("/sign-out", data={"csrf_token": fresh}).status_code == 303
