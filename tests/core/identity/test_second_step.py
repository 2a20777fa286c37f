from __future__ import annotations

import re
import threading

import pytest
from passlib.totp import TOTP

from core.database import db
from core.identity import factors
from core.identity.models import Membership, Passkey, Person, SessionRow
from core.permissions import Role
from core.testing.app import PASSWORD


class App:
    """An authenticator app with a clock of its own."""

    def __init__(self, key: str) -> None:
        self.totp = TOTP(key=key.replace("-", ""), format="base32")

    def code(self, steps: int = 0) -> str:
        import time

        # A code that is sent as its half minute ends would be too old once it arrives.
        left = 30 - time.time() % 30
        if left < 4:
            time.sleep(left)
        return str(self.totp.generate(time=int(time.time()) + 30 * steps).token)


def set_up(client) -> tuple[App, list[str]]:
    page = client.get("/me/two-step").get_data(as_text=True)
    phone = App(re.findall(r'<code dir="ltr">([A-Z2-7-]+)</code>', page)[0])
    sealed = re.findall(r'name="sealed" value="([^"]+)"', page)[0]
    answer = client.post("/me/two-step", data={"sealed": sealed, "code": phone.code(-1)})
    assert answer.status_code == 200, answer.text
    codes = re.findall(r'<code dir="ltr">([a-z0-9-]{19})</code>', answer.text)
    assert len(codes) == 10
    return phone, codes


def first_step(app, somebody):
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/second-step"
    return client


def enter(client, code, path="/sign-in/second-step"):
    return client.post(path, data={"code": code})


@pytest.fixture
def guarded(app, world, sign_in):
    """Somebody with a second step: who, their phone, their recovery codes."""
    somebody = world.person("alva")
    return somebody, *set_up(sign_in(somebody))


def test_the_password_alone_no_longer_opens(app, guarded, opens):
    somebody, phone, _codes = guarded
    client = first_step(app, somebody)
    assert not opens(client)
    assert enter(client, "000000" if phone.code() != "000000" else "111111").status_code == 422
    assert not opens(client)
    assert enter(client, phone.code()).status_code == 303
    assert opens(client)


def test_half_way_in_only_the_pages_of_signing_in_open(app, guarded, world):
    client = first_step(app, guarded[0])
    assert client.get("/sign-in/second-step").status_code == 200
    assert client.get("/sign-in/recovery-code").status_code == 200
    for path in ("/me/", "/alva/", "/alva/calendar", "/me/two-step"):
        assert client.get(path).status_code == 302
    with app.app_context():
        # The session of the device that set it up is the only one.
        assert db.session.query(SessionRow).count() == 1


def test_without_the_first_step_the_second_leads_back(app, world):
    client = app.test_client()
    for path in ("/sign-in/second-step", "/sign-in/recovery-code"):
        assert client.get(path).headers["Location"] == "/sign-in"
        assert enter(client, "123456", path).headers["Location"] == "/sign-in"
    assert client.post("/sign-in/second-step/passkey").headers["Location"] == "/sign-in"


def test_a_code_counts_once(app, guarded, opens):
    somebody, phone, _codes = guarded
    code = phone.code()
    first, second = first_step(app, somebody), first_step(app, somebody)
    assert enter(first, code).status_code == 303
    assert enter(second, code).status_code == 422
    assert not opens(second)
    # Nor does the one before it, which nobody has used.
    assert enter(second, phone.code(-1)).status_code == 422


def test_the_code_that_set_it_up_is_used_up(app, guarded):
    somebody, phone, _codes = guarded
    assert enter(first_step(app, somebody), phone.code(-1)).status_code == 422


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (0, True), (1, True), (3, False)])
def test_a_code_counts_one_step_around_its_time(app, world, guarded, steps, taken):
    somebody, phone, _codes = guarded
    with app.app_context():
        db.session.get_one(Person, somebody.id).tf_last_counter = None
        db.session.commit()
    answer = enter(first_step(app, somebody), phone.code(steps))
    assert answer.status_code == (303 if taken else 422)


@pytest.mark.parametrize(
    "code",
    ["", " ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "1e5", "000 0000", "\x00" * 6],
)
def test_what_is_no_code_is_refused(app, guarded, code):
    assert enter(first_step(app, guarded[0]), code).status_code == 422


def test_a_code_may_be_written_with_a_space(app, guarded):
    somebody, phone, _codes = guarded
    code = phone.code()
    assert enter(first_step(app, somebody), f" {code[:3]} {code[3:]} ").status_code == 303


def test_one_code_sent_twice_at_once_opens_once(app, guarded):
    somebody, phone, _codes = guarded
    clients = [first_step(app, somebody) for _ in range(4)]
    code, answers = phone.code(), []
    gate = threading.Barrier(len(clients))

    def send(client):
        gate.wait()
        answers.append(enter(client, code).status_code)

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 422, 422, 422]


def test_guessing_codes_is_slowed_down_for_the_account(app, guarded):
    somebody, phone, _codes = guarded
    codes = [enter(first_step(app, somebody), "000000").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert enter(first_step(app, somebody), phone.code()).status_code == 429


def test_a_recovery_code_opens_once(app, guarded, opens, post):
    somebody, _phone, codes = guarded
    path = "/sign-in/recovery-code"
    client = first_step(app, somebody)
    assert enter(client, codes[0].upper().replace("-", " "), path).status_code == 303
    assert opens(client)
    again = first_step(app, somebody)
    assert enter(again, codes[0], path).status_code == 422
    assert enter(again, codes[1], path).status_code == 303
    texts = [mail.get_content() for mail in post.come()]
    assert any("9 are left" in text for text in texts)


def test_recovery_codes_are_not_in_the_database(app, guarded, person_at):
    somebody, _phone, codes = guarded
    stored = person_at(somebody.email).mf_recovery_codes
    assert len(stored) == 10
    for code in codes:
        assert not any(code in entry or code.replace("-", "") in entry for entry in stored)


def test_recovery_codes_belong_to_one_person(app, world, sign_in, guarded):
    _somebody, _phone, codes = guarded
    other = world.person("alva", Role.CHAIR)
    set_up(sign_in(other))
    assert enter(first_step(app, other), codes[0], "/sign-in/recovery-code").status_code == 422


def test_new_recovery_codes_make_the_old_ones_void(app, guarded):
    somebody, phone, codes = guarded
    client = first_step(app, somebody)
    enter(client, phone.code())
    new = re.findall(r'"ltr">([a-z0-9-]{19})<', client.post("/me/recovery-codes").text)
    assert len(new) == 10
    again = first_step(app, somebody)
    assert enter(again, codes[0], "/sign-in/recovery-code").status_code == 422
    assert enter(again, new[0], "/sign-in/recovery-code").status_code == 303


def test_switching_off_asks_for_no_code_any_more(app, guarded, sign_in):
    somebody, phone, _codes = guarded
    client = first_step(app, somebody)
    enter(client, phone.code())
    assert client.post("/me/two-step/off").status_code == 303
    sign_in(somebody)


def test_looking_at_the_page_stores_nothing(app, world, sign_in, person_at):
    somebody = world.person("alva")
    client = sign_in(somebody)
    client.get("/me/two-step")
    assert person_at(somebody.email).tf_totp_secret is None


def test_a_secret_made_for_somebody_else_is_refused(app, world, sign_in):
    other = sign_in(world.person("alva", Role.CHAIR)).get("/me/two-step").text
    sealed = re.findall(r'name="sealed" value="([^"]+)"', other)[0]
    phone = App(re.findall(r'<code dir="ltr">([A-Z2-7-]+)</code>', other)[0])
    client = sign_in(world.person("alva"))
    for given in (sealed, "", "x.y.z"):
        answer = client.post("/me/two-step", data={"sealed": given, "code": phone.code()})
        assert answer.status_code == 422


class TestRequired:
    @pytest.fixture
    def app_settings(self):
        return {"SECOND_STEP_REQUIRED": True}

    @pytest.mark.parametrize(
        "role", [Role.CITY_ADMINISTRATOR, Role.LEAD_WORKER, Role.DATA_PROTECTION_OFFICER]
    )
    def test_these_roles_set_it_up_before_anything_else(self, app, world, sign_in, opens, role):
        client = sign_in(world.person("alva", role))
        for path in ("/", "/alva/", "/me/", "/me/devices"):
            assert client.get(path).headers["Location"] == "/me/two-step"
        assert client.get("/alva/calendar").status_code in {303, 403}
        assert client.get("/me/passkeys").status_code == 200
        set_up(client)
        assert opens(client)

    @pytest.mark.parametrize("role", [Role.MEMBER, Role.CHAIR, Role.FOCAL_POINT, Role.OBSERVER])
    def test_the_others_may_do_without(self, world, sign_in, opens, role):
        assert opens(sign_in(world.person("alva", role)))

    def test_with_a_passkey_the_password_asks_for_it(self, app, world):
        somebody = world.person("alva", Role.LEAD_WORKER)
        with app.app_context():
            db.session.add(
                Passkey(
                    person_id=somebody.id,
                    credential_id=b"1",
                    public_key=b"1",
                    name="Key",
                    usage="first",
                    device_type="single_device",
                )
            )
            db.session.commit()
        client = first_step(app, somebody)
        assert "data-passkey" in client.get("/sign-in/second-step").text

    def test_somebody_given_such_a_role_is_led_there_at_the_next_sign_in(
        self, world, sign_in, opens
    ):
        somebody = world.person("alva")
        client = sign_in(somebody)
        with world.in_city("alva") as city:
            membership = db.session.get_one(Membership, (city.id, somebody.membership_id))
            membership.roles = [Role.MEMBER.value, Role.LEAD_WORKER.value]
            db.session.commit()
        assert not opens(client)
        assert sign_in(somebody).get("/").headers["Location"] == "/me/two-step"

    def test_whoever_must_have_one_does_not_switch_it_off(self, world, sign_in, person_at):
        somebody = world.person("alva", Role.LEAD_WORKER)
        client = sign_in(somebody)
        set_up(client)
        assert client.post("/me/two-step/off").headers["Location"] == "/me/passkeys"
        assert person_at(somebody.email).tf_totp_secret


def test_a_reset_takes_everything_away_ends_sessions_and_tells(app, guarded, world, sign_in, post):
    from core.audit.models import AuditRecord

    somebody, phone, _codes = guarded
    client = first_step(app, somebody)
    enter(client, phone.code())
    post.come()
    with world.in_city("alva"):
        factors.reset_factors(db.session.get_one(Person, somebody.id), "Alva’s administrator")
        db.session.commit()
        assert db.session.query(AuditRecord).filter_by(action="factors.reset").count() == 1
    assert client.get("/me/devices").status_code == 302
    (mail,) = post.come()
    assert mail["To"] == somebody.email
    assert "Alva’s administrator" in mail.get_content()
    sign_in(somebody)


def test_ways_in_change_only_shortly_after_proving_who_one_is(app, world, sign_in, monkeypatch):
    client = sign_in(world.person("alva"))
    import time

    later = time.time() + 3600
    monkeypatch.setattr("core.identity.views.coming_in.time.time", lambda: later)
    for path in ("/me/two-step", "/me/passkeys", "/me/address"):
        answer = client.get(path)
        assert answer.headers["Location"].startswith("/me/verify?next=")
    assert client.post("/me/address", data={"email": "a@b.example"}).status_code == 303
    wrong = client.post("/me/verify", data={"password": "not the right words at all"})
    assert wrong.status_code == 422
    answer = client.post("/me/verify", data={"password": PASSWORD, "next": "/me/two-step"})
    assert answer.headers["Location"] == "/me/two-step"
