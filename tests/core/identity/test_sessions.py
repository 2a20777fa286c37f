from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, text

from core.database import db, utcnow
from core.identity import sessions
from core.identity.models import Membership, Person, SessionRow
from core.identity.transactions import short_transaction
from core.permissions import Role
from core.testing.app import PASSWORD, statements_of

SECOND = timedelta(seconds=1)


def session_rows(app):
    with app.app_context():
        return db.session.query(SessionRow).count()


def test_a_visitor_leaves_no_row(app, world):
    client = app.test_client()
    client.get("/sign-in")
    client.post("/language", data={"language": "fr"})
    assert session_rows(app) == 0
    assert client.get_cookie("maillage") is not None


def test_the_database_holds_only_the_hash_of_the_cookie(app, world, sign_in):
    cookie = sign_in(world.person("alva")).get_cookie("maillage").value
    token = cookie.removeprefix("s_")
    assert len(token) == 43  # 256 bits
    with app.app_context(), db.engine.connect() as connection:
        tables = connection.execute(text("SELECT * FROM identity_session")).all()
        assert sessions.hash_token(cookie) in {value for row in tables for value in row}
        for row in tables:
            assert not any(token in str(value) for value in row)


def test_a_cookie_captured_before_sign_out_opens_nothing(world, sign_in, captured, opens):
    client = sign_in(world.person("alva"))
    other = captured(client)
    assert opens(other)
    answer = client.post("/sign-out")
    assert "Clear-Site-Data" in answer.headers
    assert not opens(other)
    assert not opens(client)


@pytest.mark.parametrize(
    ("role", "idle", "lasts"),
    [
        (Role.MEMBER, timedelta(hours=24), timedelta(days=14)),
        (Role.FOCAL_POINT, timedelta(hours=24), timedelta(days=14)),
        (Role.CITY_ADMINISTRATOR, timedelta(minutes=30), timedelta(hours=10)),
        (Role.LEAD_WORKER, timedelta(minutes=30), timedelta(hours=10)),
        (Role.DATA_PROTECTION_OFFICER, timedelta(minutes=30), timedelta(hours=10)),
    ],
)
def test_a_session_ends_when_idle_and_when_old(app, world, sign_in, opens, role, idle, lasts):
    def set_row(seen: timedelta, left: timedelta) -> None:
        with app.app_context():
            row = db.session.query(SessionRow).one()
            now = utcnow()
            row.seen_at, row.ends_at = now - seen, now + left
            db.session.commit()

    client = sign_in(world.person("alva", role))
    with app.app_context():
        row = db.session.query(SessionRow).one()
        assert row.ends_at - row.created_at == lasts
        assert timedelta(minutes=row.idle_minutes) == idle

    set_row(idle - 2 * SECOND, lasts)
    assert opens(client)
    set_row(idle + SECOND, lasts)
    assert not opens(client)
    client = sign_in(world.person("alva", role))
    with app.app_context():
        db.session.query(SessionRow).filter(
            SessionRow.token_hash != sessions.hash_token(client.get_cookie("maillage").value)
        ).delete()
        db.session.commit()
    set_row(timedelta(0), 2 * SECOND)
    assert opens(client)
    set_row(timedelta(0), -SECOND)
    assert not opens(client)


def test_an_ended_session_is_not_revived_by_being_used(app, world, sign_in, opens, row_clock):
    client = sign_in(world.person("alva"))
    row_clock(timedelta(hours=25))
    for _ in range(3):
        assert not opens(client)


def test_disabling_somebody_ends_their_sessions_at_once(app, world, sign_in, opens):
    somebody = world.person("alva")
    client = sign_in(somebody)
    with app.app_context():
        db.session.get_one(Person, somebody.id).active = False
        db.session.commit()
    assert session_rows(app) == 0
    with app.app_context():
        db.session.get_one(Person, somebody.id).active = True
        db.session.commit()
    assert not opens(client)


@pytest.mark.parametrize("change", [{"roles": ["member", "lead_worker"]}, {"active": False}])
def test_a_changed_membership_ends_the_sessions(world, sign_in, opens, change):
    somebody = world.person("alva")
    client = sign_in(somebody)
    with world.in_city("alva") as city:
        membership = db.session.get_one(Membership, (city.id, somebody.membership_id))
        for name, value in change.items():
            setattr(membership, name, value)
        db.session.commit()
    assert not opens(client)


def test_an_ordinary_change_of_a_membership_ends_nothing(world, sign_in, opens):
    somebody = world.person("alva")
    client = sign_in(somebody)
    with world.in_city("alva") as city:
        db.session.get_one(Membership, (city.id, somebody.membership_id)).position = "Teacher"
        db.session.commit()
    assert opens(client)


def test_changing_ones_password_keeps_this_device_under_a_new_secret(
    world, sign_in, captured, opens
):
    somebody = world.person("alva")
    here, there = sign_in(somebody), sign_in(somebody)
    stolen = captured(here)
    before = here.get_cookie("maillage").value
    answer = here.post(
        "/me/password", data={"present": PASSWORD, "password": "four green lamps in a row"}
    )
    assert answer.status_code == 303
    assert here.get_cookie("maillage").value != before
    assert opens(here)
    assert not opens(there)
    assert not opens(stolen)


def test_signing_in_gives_a_new_secret_and_refuses_one_that_was_planted(
    app, world, captured, opens
):
    somebody = world.person("alva")
    client = app.test_client()
    planted = "s_" + "a" * 43
    client.set_cookie("maillage", planted)
    client.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})
    assert client.get_cookie("maillage").value != planted
    victim = app.test_client()
    victim.set_cookie("maillage", planted)
    assert not opens(victim)
    # Once more on the same device: the session before ends.
    first = captured(client)
    client.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})
    assert opens(client)
    assert not opens(first)


def test_proving_once_more_who_one_is_gives_a_new_secret(world, sign_in, captured, opens):
    client = sign_in(world.person("alva"))
    stolen = captured(client)
    assert client.post("/me/verify", data={"password": PASSWORD}).status_code == 303
    assert opens(client)
    assert not opens(stolen)


def test_a_request_in_flight_cannot_revive_a_session(app, world, sign_in, opens):
    client = sign_in(world.person("alva"))

    def end_everything(response):
        # The session has been read; now, before it is saved, somebody ends it.
        sessions.this_session()["mark"] = "changed by this request"
        db.session.rollback()
        with short_transaction() as connection:
            connection.execute(delete(SessionRow))
        return response

    app.after_request_funcs[None].append(end_everything)
    assert client.get("/me/devices").status_code == 200
    app.after_request_funcs[None].remove(end_everything)
    assert session_rows(app) == 0
    assert not opens(client)


def test_a_device_is_touched_every_five_minutes_and_no_oftener(app, world, sign_in, row_clock):
    client = sign_in(world.person("alva"))

    def writes() -> list[str]:
        with statements_of(app) as seen:
            client.get("/me/devices")
        return [statement for statement in seen if statement.startswith("UPDATE identity_session")]

    assert writes() == []
    row_clock(timedelta(minutes=4))
    assert writes() == []
    row_clock(timedelta(minutes=2))
    assert len(writes()) == 1
    assert writes() == []


def test_what_a_page_asks_by_itself_does_not_keep_a_session_alive(app, world, sign_in, row_clock):
    client = sign_in(world.person("alva"))
    row_clock(timedelta(minutes=6))
    with statements_of(app) as seen:
        client.get("/me/devices", headers={sessions.UNASKED: "1"})
    assert not [each for each in seen if each.startswith("UPDATE identity_session")]


def test_session_and_person_come_in_one_query(app, world, sign_in):
    client = sign_in(world.person("alva"))
    with statements_of(app) as seen:
        client.get("/me/kept-form")
    asked = [
        statement
        for statement in seen
        if "identity_session" in statement or "identity_person" in statement
    ]
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["/static/none.css", "/healthz"])
def test_answers_that_are_the_same_for_all_read_no_session(app, world, sign_in, path):
    client = sign_in(world.person("alva"))
    with statements_of(app) as seen:
        answer = client.get(path)
    assert seen == []
    assert "Set-Cookie" not in answer.headers


def test_the_list_of_devices_ends_one_and_all(app, world, sign_in, opens):
    somebody = world.person("alva")
    here, phone, office = (sign_in(somebody) for _ in range(3))
    stranger = sign_in(world.person("alva", Role.CHAIR))
    page = here.get("/me/devices").get_data(as_text=True)
    assert page.count('/end"') == 2
    with app.app_context():
        token = sessions.hash_token(phone.get_cookie("maillage").value)
        public_id = db.session.get_one(SessionRow, token).public_id
    assert stranger.post(f"/me/devices/{public_id}/end").status_code == 404
    assert opens(phone)
    assert here.post(f"/me/devices/{public_id}/end").status_code == 303
    assert not opens(phone)
    assert here.post("/me/devices/end-others").status_code == 303
    assert not opens(office)
    assert opens(here)
    assert opens(stranger)


def test_old_sessions_are_purged_and_the_others_stay(app, world, sign_in, row_clock):
    sign_in(world.person("alva"))
    row_clock(timedelta(days=15))
    sign_in(world.person("alva"))
    with app.app_context():
        assert sessions.purge_sessions() == 1
    assert session_rows(app) == 1


def test_a_captured_token_is_not_taken_from_the_address_or_a_header(app, world, opens):
    somebody = world.person("alva")
    with app.test_request_context("/"):
        token = str(db.session.get_one(Person, somebody.id).get_auth_token())
    client = app.test_client()
    assert client.get(f"/me/devices?auth_token={token}").status_code == 302
    assert client.get("/me/devices", headers={"Authentication-Token": token}).status_code == 302
    client.set_cookie("maillage_never", f"{somebody.id}|x")
    client.set_cookie("remember_token", f"{somebody.id}|x")
    assert not opens(client)


def test_a_visitors_signed_cookie_signs_nobody_in(app, world, opens, person_at):
    somebody = person_at(world.person("alva").email)
    with app.test_request_context("/"):
        signer = app.session_interface._signed.get_signing_serializer(app)
        forged = signer.dumps({"_user_id": somebody.fs_uniquifier, "_fresh": True})
    client = app.test_client()
    client.set_cookie("maillage", forged)
    assert not opens(client)


@pytest.mark.parametrize(
    "value", ["", "s_", "s_" + "ä" * 43, "s_" + "a" * 42, "x.y.z", "{}", "\x7f", "s_" + "a" * 3000]
)
def test_a_damaged_cookie_is_a_visitors(app, world, value):
    client = app.test_client()
    client.set_cookie("maillage", value)
    assert client.get("/me/devices").status_code == 302
    assert client.get("/sign-in").status_code == 200


class TestBehindHttps:
    @pytest.fixture
    def app_settings(self):
        return {"SITE_URL": "https://network.example"}

    def test_the_browser_holds_the_cookie_to_this_host(self, app, world):
        client = app.test_client()
        answer = client.post(
            "/sign-in",
            data={"email": world.person("alva").email, "password": PASSWORD},
            base_url="https://network.example",
        )
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert cookie.startswith("__Host-maillage=s_")
        parts = {part.strip().split("=")[0].lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite", "path"} <= parts
        assert "domain" not in parts
        assert "Path=/;" in cookie + ";"


@pytest.mark.parametrize(
    "path", ["/a%00b/", "/%00/", "/alva%00/calendar", "/alva/calendar?kind=%00"]
)
def test_an_address_that_no_database_takes_is_refused_with_a_page(world, sign_in, path):
    answer = sign_in(world.person("alva")).get(path)
    assert answer.status_code == 400
    assert "cannot be read" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/a%00b/", "/answer/%00", "/sign-in?next=%00"])
def test_it_is_refused_in_the_language_of_whoever_asked(app, path, method):
    answer = app.test_client().open(path, method=method, headers={"Accept-Language": "mk"})
    assert answer.status_code == 400
    assert '<html lang="mk"' in answer.text
    assert "Адресата содржи" in answer.text
    assert "cannot be read" not in answer.text
