"""A reader reports a word on any page; the city administrator settles it; the reader sees what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core.audit.models import AuditRecord
from core.database import db, new_id
from core.identity.models import Person
from core.permissions import Role
from core.testing.app import Somebody, World, everything_of, statements_of
from core.wording.models import Report, Reporter
from core.wording.services import MOST_OPEN
from core.wording.views import rule_of

SignIn = Callable[[Somebody], FlaskClient]

REPORT = "/alva/wording/report"
LIST = "/alva/settings/words"


def speak(world: World, language: str) -> None:
    with world.app.app_context():
        db.session.execute(update(Person).values(language=language))
        db.session.commit()


def send(client: FlaskClient, **data: str) -> Any:
    return client.post(
        REPORT, data={"words": "Enregistrer", "suggestion": "Garder", "once": new_id()} | data
    )


def kept(world: World) -> list[Report]:
    with world.app.app_context():
        return everything_of(Report)


@pytest.fixture
def reader(world: World, sign_in: SignIn) -> FlaskClient:
    speak(world, "fr")
    return sign_in(world.person("alva"))


@pytest.fixture
def administrator(world: World, reader: FlaskClient, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))


# -- The link ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/alva/", "/alva/activities/", "/alva/people", "/me/", "/alva/people/nnnnnnnnnnnnnnnn"]
)
def test_the_link_stands_on_every_page_behind_sign_in(reader: FlaskClient, path: str) -> None:
    text = reader.get(path).get_data(as_text=True)
    (link,) = re.findall(r'href="([^"]*)" data-wording', text)
    assert link == f"/alva/wording/report?page={path}"
    assert reader.get(link).status_code == 200


def test_the_link_leaves_out_what_was_asked_of_the_page(reader: FlaskClient) -> None:
    text = reader.get("/alva/people?q=Somebody").get_data(as_text=True)
    assert re.findall(r'href="([^"]*)" data-wording', text) == [f"{REPORT}?page=/alva/people"]


def test_strangers_see_no_link(world: World) -> None:
    assert "data-wording" not in world.app.test_client().get("/sign-in").get_data(as_text=True)


def test_the_link_costs_no_query(world: World, reader: FlaskClient) -> None:
    reader.get("/alva/wording/report")
    with statements_of(world.app) as statements:
        reader.get("/alva/")
    assert not [one for one in statements if "wording_" in one]


# -- Reporting -----------------------------------------------------------------------------------------------


def test_a_text_that_is_sure_is_kept_at_once(world: World, reader: FlaskClient) -> None:
    answer = send(reader, page="/alva/people", reason="Trop technique")
    assert (answer.status_code, answer.location) == (303, "/alva/people")
    (one,) = kept(world)
    assert (one.language, one.owner, one.msgid, one.current) == (
        "fr",
        "core",
        "Save",
        "Enregistrer",
    )
    assert (one.suggestion, one.page, one.state) == ("Garder", "/people", "open")
    with world.app.app_context():
        (voice,) = everything_of(Reporter)
    assert (voice.membership_id, voice.reason) == (
        world.person("alva").membership_id,
        "Trop technique",
    )


def test_where_several_could_be_meant_the_reader_chooses(world: World, reader: FlaskClient) -> None:
    answer = send(reader, words="le mot de passe", suggestion="le mot secret")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert "Save the password" in text
    assert kept(world) == []
    key = re.search(r'value="([0-9a-f]{24}-\d)"(?:(?!value=).)*?Save the password', text, re.S)
    assert key
    assert (
        send(reader, words="le mot de passe", suggestion="le mot secret", choice=key[1]).status_code
        == 303
    )
    (one,) = kept(world)
    assert one.msgid == "Save the password"
    assert one.words == "le mot de passe"


def test_none_of_these_keeps_the_bare_text(world: World, reader: FlaskClient) -> None:
    send(reader, words="le mot de passe", suggestion="x", choice="none")
    (one,) = kept(world)
    assert (one.owner, one.msgid, one.words) == ("", "", "le mot de passe")


def test_what_is_in_no_catalogue_is_kept_as_it_is(world: World, reader: FlaskClient) -> None:
    assert send(reader, words="Qwxyz vbnmk", suggestion="Y").status_code == 303
    (one,) = kept(world)
    assert (one.msgid, one.words) == ("", "Qwxyz vbnmk")


def test_two_readers_with_one_suggestion_make_one_report(
    world: World, reader: FlaskClient, sign_in: SignIn
) -> None:
    send(reader)
    send(reader)
    send(sign_in(world.person("alva", Role.CHAIR)), reason="Oui")
    assert len(kept(world)) == 1
    with world.app.app_context():
        assert len(everything_of(Reporter)) == 2
    send(reader, suggestion="Conserver")
    assert len(kept(world)) == 2


def test_a_form_sent_twice_makes_one_report(world: World, reader: FlaskClient) -> None:
    once = new_id()
    for _again in range(2):
        assert send(reader, once=once).status_code == 303
    (one,) = kept(world)
    assert one.id == once


def test_nobody_buries_the_list(world: World, reader: FlaskClient) -> None:
    for number in range(MOST_OPEN):
        assert send(reader, words=f"Qwxyz {number} vbnmk").status_code == 303
    answer = send(reader, words="Qwxyz vbnmk jjj", suggestion="Ce que je voulais dire")
    assert answer.status_code == 422
    assert "Ce que je voulais dire" in answer.get_data(as_text=True)
    assert len(kept(world)) == MOST_OPEN


@pytest.mark.parametrize(
    "data",
    [
        {"words": ""},
        {"suggestion": ""},
        {"suggestion": " \u0000 "},
        {"suggestion": "Enregistrer"},
        {"words": "x" * 501},
        {"suggestion": "م" * 501},
        {"reason": "x" * 501},
    ],
)
def test_what_cannot_be_kept_comes_back_with_a_sentence(
    world: World, reader: FlaskClient, data: dict[str, str]
) -> None:
    answer = send(reader, **data)
    assert answer.status_code == 422
    assert "m-error" in answer.get_data(as_text=True)
    assert kept(world) == []


@pytest.mark.parametrize(
    "page",
    ["//evil.example/x", "https://evil.example", "javascript:alert(1)", "/\\evil", "x" * 3000],
)
def test_the_way_back_never_leaves_the_site(reader: FlaskClient, page: str) -> None:
    assert "evil" not in (send(reader, page=page).location or "")
    answer = reader.get(REPORT, query_string={"page": page})
    assert answer.status_code == 200
    assert not re.findall(r'href="[^"]*evil', answer.get_data(as_text=True))


def test_markup_is_text(world: World, reader: FlaskClient, administrator: FlaskClient) -> None:
    bad = '<script>alert("x")</script>'
    send(reader, words=f"{bad} qwxyz", suggestion=bad, reason=bad)
    (one,) = kept(world)
    for client, path in (
        (reader, REPORT),
        (administrator, LIST),
        (administrator, f"{LIST}/{one.id}"),
    ):
        text = client.get(path).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_arabic_goes_through_unharmed(world: World, sign_in: SignIn) -> None:
    speak(world, "ar")
    client = sign_in(world.person("alva"))
    assert send(client, words="حفظ", suggestion="احفظ").status_code == 303
    (one,) = kept(world)
    assert (one.language, one.msgid, one.suggestion) == ("ar", "Save", "احفظ")
    text = client.get(REPORT).get_data(as_text=True)
    assert 'lang="ar" dir="auto">احفظ' in text


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ("/alva/people/abcdefghijklmnop?q=secret#x", "/people/…"),
        ("/alva/settings/plugins/activities", "/settings/plugins/…"),
        ("/alva/", "/"),
        ("/me/", "/me/"),
        ("/alva/no/such/page", ""),
        ("not a path", ""),
    ],
)
def test_the_page_is_kept_without_what_it_names(world: World, page: str, rule: str) -> None:
    with world.app.test_request_context("/"):
        assert rule_of(page) == rule


def test_reports_stay_in_their_city(world: World, reader: FlaskClient, sign_in: SignIn) -> None:
    send(reader)
    (one,) = kept(world)
    abroad = sign_in(world.person("bruma", Role.CITY_ADMINISTRATOR))
    assert "Garder" not in abroad.get("/bruma/settings/words?show=all").get_data(as_text=True)
    assert abroad.get(f"/bruma/settings/words/{one.id}").status_code == 404
    assert abroad.get(REPORT).status_code == 404


# -- Settling ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_only_a_city_administrator_settles(
    world: World, reader: FlaskClient, sign_in: SignIn, role: Role
) -> None:
    send(reader)
    (one,) = kept(world)
    client = sign_in(world.person("alva", role))
    wanted = 200 if role is Role.CITY_ADMINISTRATOR else 403
    for path in (LIST, f"{LIST}/{one.id}", f"{LIST}/export"):
        assert client.get(path).status_code == wanted, path
    assert client.get(REPORT).status_code == 200
    if wanted == 403:
        for path in (f"{LIST}/{one.id}", f"{LIST}/{one.id}/reopen"):
            assert client.post(path, data={"decision": "right", "version": "1"}).status_code == 403
        assert kept(world)[0].state == "open"


def test_the_list_is_narrowed_by_the_address(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    send(reader)
    text = administrator.get(LIST).get_data(as_text=True)
    assert "Garder" in text
    assert "Member of Alva" in text
    for query in ("show=accepted", "language=ar", "show=declined&language=fr"):
        assert "Garder" not in administrator.get(f"{LIST}?{query}").get_data(as_text=True)
    for query in (
        "show=all",
        "language=fr",
        "show=%00"[:5],
        "language=zz",
        "after=nnnnnnnnnnnnnnnn",
    ):
        assert "Garder" in administrator.get(f"{LIST}?{query}").get_data(as_text=True), query


def test_the_list_asks_no_more_with_more_reports(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    def asked() -> int:
        with statements_of(world.app) as statements:
            administrator.get(LIST)
        return len(statements)

    send(reader)
    few = asked()
    for number in range(20):
        send(reader, words=f"Qwxyz {number} vbnmk")
    assert asked() == few


def test_a_long_list_has_pages(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    with world.in_city("alva"):
        for number in range(35):
            db.session.add(Report(language="fr", words=f"Mot {number}.", suggestion="x"))
        db.session.commit()
    seen: list[str] = []
    url = LIST
    while url:
        text = administrator.get(url).get_data(as_text=True)
        seen += re.findall(r"Mot \d+\.", text)
        following = re.search(r'href="([^"]*)" rel="next"', text)
        url = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 35


@pytest.mark.parametrize("decision", ["accepted", "declined", "right"])
def test_the_reader_sees_what_became_of_it(
    world: World, reader: FlaskClient, administrator: FlaskClient, decision: str
) -> None:
    send(reader)
    (one,) = kept(world)
    answer = administrator.post(
        f"{LIST}/{one.id}",
        data={"decision": decision, "answer": "Le glossaire le veut ainsi.", "version": "1"},
    )
    assert answer.status_code == 303
    (one,) = kept(world)
    assert (one.state, one.version, one.open_key) == (decision, 2, None)
    assert "Le glossaire le veut ainsi." in reader.get(REPORT).get_data(as_text=True)
    with world.app.app_context():
        actions = list(db.session.scalars(select(AuditRecord.action)))
    assert "wording.settled" in actions


def test_declining_needs_a_word(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    send(reader)
    (one,) = kept(world)
    for data in ({"decision": "declined"}, {"decision": "maybe"}, {}):
        answer = administrator.post(f"{LIST}/{one.id}", data=data | {"version": "1"})
        assert answer.status_code == 422
    assert kept(world)[0].state == "open"


def test_two_administrators_do_not_undo_one_another_unseen(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    send(reader)
    (one,) = kept(world)
    path = f"{LIST}/{one.id}"
    administrator.post(path, data={"decision": "accepted", "version": "1"})
    answer = administrator.post(
        path, data={"decision": "declined", "answer": "Ma raison", "version": "1"}
    )
    assert answer.status_code == 409
    assert "Ma raison" in answer.get_data(as_text=True)
    assert kept(world)[0].state == "accepted"
    for version in ("", "x", "9" * 40):
        data = {"decision": "right", "version": version}
        assert administrator.post(path, data=data).status_code == 409


def test_a_settlement_can_be_taken_back(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    send(reader)
    (one,) = kept(world)
    administrator.post(f"{LIST}/{one.id}", data={"decision": "right", "version": "1"})
    assert f"{LIST}/{one.id}/reopen" in administrator.get(LIST).get_data(as_text=True)
    administrator.post(f"{LIST}/{one.id}/reopen")
    assert kept(world)[0].state == "open"
    send(reader)
    assert len(kept(world)) == 1


def test_a_report_made_anew_stays_the_open_one(
    world: World, reader: FlaskClient, administrator: FlaskClient
) -> None:
    send(reader)
    (one,) = kept(world)
    administrator.post(f"{LIST}/{one.id}", data={"decision": "right", "version": "1"})
    send(reader)
    assert len(kept(world)) == 2
    assert administrator.post(f"{LIST}/{one.id}/reopen").status_code == 303
    assert sorted(row.state for row in kept(world)) == ["open", "right"]
