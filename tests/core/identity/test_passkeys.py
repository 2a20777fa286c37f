"""Passkeys, with an authenticator made of a few lines: what it signs is what a real one would."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import struct
import time
from dataclasses import dataclass, field
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.test import EnvironBuilder, run_wsgi_app

from core.database import db
from core.identity.models import Invitation, Membership, Passkey, Person
from core.permissions import Role
from core.testing.app import PASSWORD

ORIGIN = "http://localhost"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """A device that holds one key."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    identity: bytes = b"credential-of-this-device"
    handle: bytes = b""
    count: int = 0
    verifies: bool = True
    origin: str = ORIGIN
    host: str = "localhost"

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()

    def _data(self, more: bytes = b"", flags: int = 0) -> bytes:
        flags |= 0x01 | (0x04 if self.verifies else 0)
        self.count += 1
        return (
            hashlib.sha256(self.host.encode()).digest()
            + struct.pack(">BI", flags, self.count)
            + more
        )

    def make(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.create() gives."""
        self.handle = unb64(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + struct.pack(">H", len(self.identity)) + self.identity + cose
        attestation = cbor2.dumps(
            {"fmt": "none", "attStmt": {}, "authData": self._data(attested, 0x40)}
        )
        return json.dumps(
            {
                "id": b64(self.identity),
                "rawId": b64(self.identity),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": b64(self._client("webauthn.create", options["challenge"])),
                    "attestationObject": b64(attestation),
                    "transports": ["internal"],
                },
            }
        )

    def use(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.get() gives."""
        client = self._client("webauthn.get", options["challenge"])
        data = self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "id": b64(self.identity),
                "rawId": b64(self.identity),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": b64(client),
                    "authenticatorData": b64(data),
                    "signature": b64(signature),
                    "userHandle": b64(self.handle),
                },
            }
        )


def options_on(client, path: str) -> dict[str, Any]:
    page = client.get(path).get_data(as_text=True)
    found: dict[str, Any] = json.loads(
        html.unescape(re.findall(r'data-options="([^"]+)"', page)[0])
    )
    return found


def add(client, device: Authenticator, name="Phone"):
    answer = device.make(options_on(client, "/me/passkeys"))
    return client.post("/me/passkeys", data={"name": name, "credential": answer})


def come_in(app, device: Authenticator, client=None):
    client = client or app.test_client()
    answer = device.use(options_on(client, "/sign-in"))
    return client, client.post("/sign-in/passkey", data={"credential": answer})


@pytest.fixture
def device(world, sign_in):
    """An authenticator with a passkey of alva's member."""
    made = Authenticator()
    assert add(sign_in(world.person("alva")), made).status_code == 303
    return made


def test_a_passkey_alone_opens(app, world, device, opens, post):
    client, answer = come_in(app, device)
    assert answer.status_code == 303
    assert opens(client)
    assert any(mail["To"] == world.person("alva").email for mail in post.come())


def test_what_is_asked_for_lets_devices_keep_it_themselves(world, sign_in):
    options = options_on(sign_in(world.person("alva")), "/me/passkeys")
    assert "authenticatorAttachment" not in options["authenticatorSelection"]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["rp"]["id"] == "localhost"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://evil.example"},
        {"origin": "https://localhost"},
        {"host": "evil.example"},
        {"verifies": False},
        {"identity": b"another"},
        {"handle": b"somebody else"},
        {"count": -1},
        {"key": ec.generate_private_key(ec.SECP256R1())},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_does_not_fit_is_refused(app, device, opens, wrong):
    come_in(app, device)
    for name, value in wrong.items():
        setattr(device, name, value)
    client, answer = come_in(app, device)
    assert answer.status_code == 422
    assert not opens(client)


def test_an_answer_counts_once(app, device, opens):
    client = app.test_client()
    answer = device.use(options_on(client, "/sign-in"))
    cookie = client.get_cookie("maillage").value
    assert client.post("/sign-in/passkey", data={"credential": answer}).status_code == 303
    again = app.test_client()
    again.set_cookie("maillage", cookie)
    assert again.post("/sign-in/passkey", data={"credential": answer}).status_code == 422
    assert not opens(again)


def test_an_answer_for_another_browser_is_refused(app, device):
    answer = device.use(options_on(app.test_client(), "/sign-in"))
    other = app.test_client()
    other.get("/sign-in")
    assert other.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_an_answer_that_took_too_long_is_refused(app, device, monkeypatch):
    client = app.test_client()
    answer = device.use(options_on(client, "/sign-in"))
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr("core.identity.passkeys.time.time", lambda: later)
    assert client.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_an_answer_made_for_something_else_is_refused(app, world, device, sign_in):
    client = sign_in(world.person("alva"))
    for_adding = options_on(client, "/me/passkeys")
    answer = client.post(
        "/me/verify/passkey",
        data={"credential": device.use({"challenge": for_adding["challenge"]})},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "credential",
    ["", "x", "{}", "[]", "null", '{"id": 1}', "[" * 5000, '{"id":"a","rawId":"a","response":{}}',
     '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}',
     '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"W10","attestationObject":"oA"}}'],
)  # fmt: skip
def test_damaged_answers_are_refused(app, world, sign_in, credential):
    assert (
        app.test_client().post("/sign-in/passkey", data={"credential": credential}).status_code
        == 422
    )
    client = sign_in(world.person("alva"))
    answer = client.post("/me/passkeys", data={"name": "X", "credential": credential})
    assert answer.status_code == 422
    assert client.post("/me/verify/passkey", data={"credential": credential}).status_code == 422


def test_a_disabled_person_s_passkey_opens_nothing(app, world, device):
    with app.app_context():
        db.session.get_one(Person, world.person("alva").id).active = False
        db.session.commit()
    assert come_in(app, device)[1].status_code == 422


def test_a_passkey_belongs_to_one_account(app, world, device, sign_in):
    other = sign_in(world.person("alva", Role.CHAIR))
    assert add(other, device).status_code == 422


def test_it_is_removed_by_its_owner_alone(app, world, device, sign_in):
    with app.app_context():
        identity = db.session.query(Passkey.id).scalar()
    stranger = sign_in(world.person("alva", Role.CHAIR))
    assert stranger.post(f"/me/passkeys/{identity}/remove").status_code == 404
    client = sign_in(world.person("alva"))
    assert client.post(f"/me/passkeys/{identity}/remove").status_code == 303
    assert come_in(app, device)[1].status_code == 422


def test_a_key_that_does_not_ask_who_is_there_serves_after_the_password_only(app, world, sign_in):
    device = Authenticator(verifies=False)
    assert add(sign_in(world.person("alva")), device).status_code == 303
    device.verifies = True
    assert come_in(app, device)[1].status_code == 422


def test_it_proves_once_more_who_one_is(world, device, sign_in):
    client = sign_in(world.person("alva"))
    before = client.get_cookie("maillage").value
    answer = device.use(options_on(client, "/me/verify"))
    assert client.post("/me/verify/passkey", data={"credential": answer}).status_code == 303
    assert client.get_cookie("maillage").value != before
    # Somebody else's does not.
    other = sign_in(world.person("alva", Role.CHAIR))
    page = other.get("/me/verify").text
    assert "data-passkey" not in page.replace("passkey.", "")


class TestSecondStep:
    @pytest.fixture
    def app_settings(self):
        return {"SECOND_STEP_REQUIRED": True}

    def test_it_serves_as_the_second_step(self, app, world, sign_in, opens):
        somebody = world.person("alva", Role.LEAD_WORKER)
        device = Authenticator(verifies=False)
        client = sign_in(somebody)
        assert client.get("/").headers["Location"] == "/me/two-step"
        assert add(client, device).status_code == 303
        assert opens(client)
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})
        assert answer.headers["Location"] == "/sign-in/second-step"
        assert not opens(client)
        answer = device.use(options_on(client, "/sign-in/second-step"))
        done = client.post("/sign-in/second-step/passkey", data={"credential": answer})
        assert done.status_code == 303
        assert opens(client)


def test_an_invitation_is_accepted_straight_with_a_passkey(app, world, post, opens):
    from core.identity.invitations import invite

    with world.in_city("alva"):
        membership = Membership(shown_name="Mira Guest", roles=["member"])
        db.session.add(membership)
        db.session.flush()
        invite(membership, "guest@alva.example", "en")
        db.session.commit()
    path = post.link("guest@alva.example", "/invitation/")
    client, device = app.test_client(), Authenticator()
    answer = device.make(options_on(client, path))
    damaged = client.post(f"{path}/passkey", data={"name": "Mira", "credential": "{}"})
    assert damaged.status_code == 422
    done = client.post(f"{path}/passkey", data={"name": "Mira", "credential": answer})
    assert done.status_code == 303
    assert opens(client)
    assert opens(come_in(app, device)[0])
    with world.in_city("alva"):
        assert db.session.query(Invitation).one().accepted_at is not None
    # There is no password to sign in with, and none can be guessed at.
    answer = app.test_client().post(
        "/sign-in", data={"email": "guest@alva.example", "password": PASSWORD}
    )
    assert answer.status_code == 422
    # The only way in is not thrown away by mistake.
    with app.app_context():
        identity = db.session.query(Passkey.id).scalar()
    assert client.post(f"/me/passkeys/{identity}/remove").headers["Location"] == "/me/password"


def test_a_host_whose_name_is_none_is_no_fault_of_ours(app, world, sign_in):
    cookie = sign_in(world.person("alva")).get_cookie("maillage")
    sent = {"HTTP_HOST": "xn--", "HTTP_COOKIE": f"maillage={cookie.value}"}
    environ = EnvironBuilder("/me/passkeys").get_environ() | sent
    # Without the test's own client, which stumbles over such a name itself.
    _body, status, _headers = run_wsgi_app(app, environ, buffered=True)
    assert status.startswith("200")
