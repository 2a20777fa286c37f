"""The pages of translations: who may, what one sees, and what is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core.cities.models import CityPlugin
from core.content import services
from core.content.models import ContentText
from core.content.services import texts_of
from core.database import db
from core.permissions import Role
from core.testing.app import Somebody, World, statements_of
from core.testing.pages import forms
from core.values import Ref

Log = Callable[..., Ref]
SignIn = Callable[[Somebody], FlaskClient]
TYPED = {
    "text-title": "Punëtori për mediat",
    "text-description": "Të rinjtë kontrollojnë një lajm.",
    "version": "0",
    "original_version": "1",
}


def page(ref: Ref, language: str = "") -> str:
    address = f"/alva/translations/{ref.plugin}/{ref.kind}/{ref.id}"
    return f"{address}/{language}" if language else address


@pytest.fixture
def member(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva", Role.MEMBER))


@pytest.fixture
def focal(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva", Role.FOCAL_POINT))


def state(world: World, ref: Ref, language: str = "sq") -> str:
    with world.in_city("alva"):
        rows = texts_of(ref)
        return rows[language].state if language in rows else "missing"


def test_a_member_translates_and_the_focal_point_approves(
    world: World, log: Log, member: FlaskClient, focal: FlaskClient
) -> None:
    ref = log(role=Role.CHAIR)
    assert member.get(page(ref, "sq")).status_code == 200
    answer = member.post(page(ref, "sq"), data=TYPED)
    assert (answer.status_code, answer.location) == (303, page(ref))
    assert state(world, ref) == "translated"
    # Approving is not for everybody, and the button is not there either.
    assert "Save and approve" not in member.get(page(ref, "sq")).text
    refused = member.post(page(ref, "sq"), data={**TYPED, "version": "1", "approve": "1"})
    assert refused.status_code == 403
    assert "Save and approve" in focal.get(page(ref, "sq")).text
    focal.post(page(ref, "sq"), data={**TYPED, "version": "1", "approve": "1"})
    assert state(world, ref) == "approved"
    assert "Approved by Focal point of Alva" in focal.get(page(ref)).text


def test_who_may_not_translate_reads(world: World, log: Log, sign_in: SignIn) -> None:
    ref = log()
    officer = sign_in(world.person("alva", Role.DATA_PROTECTION_OFFICER))
    assert officer.get(page(ref)).status_code == 200
    assert officer.get(page(ref, "sq")).status_code == 403
    assert officer.get("/alva/translations").status_code == 403


def test_what_one_may_not_see_is_not_there(
    world: World, log: Log, member: FlaskClient, focal: FlaskClient, sign_in: SignIn
) -> None:
    theirs = log(
        role=Role.CHAIR,
        organisation_id=world.organisations["alva"][1],
        visibility="organisation",
    )
    never = page(Ref("activities", "activity", "n" * 16))
    # The member speaks for the other organisation.
    for client in (member, sign_in(world.person("alva", Role.OBSERVER))):
        assert client.get(page(theirs)).status_code == 404
        assert client.get(never).status_code == 404
    assert member.get(page(theirs, "sq")).status_code == 404
    assert member.post(page(theirs, "sq"), data=TYPED).status_code == 404
    stranger = sign_in(world.person("bruma", Role.FOCAL_POINT))
    assert stranger.get(page(theirs)).status_code == 404
    assert stranger.get(page(theirs).replace("alva", "bruma")).status_code == 404


def test_languages_that_are_none_and_kinds_that_nobody_has_are_not_there(
    log: Log, member: FlaskClient
) -> None:
    ref = log()
    for wrong in ("mk", "xx", "en-GB-oxendict", "🙂", "x" * 90):
        assert member.get(page(ref, wrong)).status_code == 404
    for plugin, kind in (("nonesuch", "activity"), ("activities", "series"), ("A", "b c")):
        assert member.get(page(Ref(plugin, kind, ref.id))).status_code == 404


def test_a_plugin_that_is_off_takes_its_texts_along(
    world: World, log: Log, member: FlaskClient
) -> None:
    ref = log()
    assert "Activities" in member.get("/alva/translations?language=sq").text
    with world.in_city("alva"):
        db.session.execute(
            update(CityPlugin).where(CityPlugin.name == "activities").values(enabled=False)
        )
        db.session.commit()
    assert member.get(page(ref)).status_code == 404
    assert "Работилница" not in member.get("/alva/translations?language=sq").text


def test_a_conflict_shows_what_is_stored_and_keeps_what_was_typed(
    world: World, log: Log, member: FlaskClient, focal: FlaskClient
) -> None:
    ref = log()
    member.post(page(ref, "sq"), data=TYPED)
    mine = {**TYPED, "text-title": "Tjetër titull"}
    answer = focal.post(page(ref, "sq"), data=mine)
    assert answer.status_code == 409
    assert "Somebody else saved this meanwhile." in answer.text
    assert "Punëtori për mediat" in answer.text
    assert 'value="Tjetër titull"' in answer.text
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert version is not None
    again = focal.post(page(ref, "sq"), data={**mine, "version": version[1]})
    assert again.status_code == 303
    with world.in_city("alva"):
        assert texts_of(ref)["sq"].texts["title"] == "Tjetër titull"


def test_an_original_that_changed_meanwhile_is_shown_before_saving(
    world: World, log: Log, member: FlaskClient
) -> None:
    ref = log()
    answer = member.post(page(ref, "sq"), data={**TYPED, "original_version": "7"})
    assert answer.status_code == 409
    assert "The original has changed." in answer.text
    assert 'value="Punëtori për mediat"' in answer.text
    assert state(world, ref) == "missing"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text-title": "", "text-description": " "}, "Write the translation"),
        ({"text-title": "x" * 201}, "200"),
        ({"text-description": "x" * 20_001}, "20000"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(
    world: World, log: Log, member: FlaskClient, typed: dict[str, str], said: str
) -> None:
    ref = log()
    answer = member.post(page(ref, "sq"), data={**TYPED, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert state(world, ref) == "missing"


def test_approving_what_is_not_whole_is_refused_at_the_field(
    world: World, log: Log, focal: FlaskClient
) -> None:
    ref = log()
    typed = {**TYPED, "text-description": "", "approve": "1"}
    answer = focal.post(page(ref, "sq"), data=typed)
    assert answer.status_code == 422
    assert "Translate this too before you approve it." in answer.text
    assert 'value="Punëtori për mediat"' in answer.text


def test_each_column_has_its_own_language_and_direction(log: Log, member: FlaskClient) -> None:
    ref = log()
    typed = {**TYPED, "text-title": "ورشة", "text-description": "يتحقق الشباب من خبر."}
    assert 'lang="ar" dir="rtl"' in member.get(page(ref, "ar")).text
    member.post(page(ref, "ar"), data=typed)
    answer = member.get(page(ref)).text
    assert '<div class="m-lang" dir="rtl">' in answer
    assert '<p lang="ar" dir="auto">ورشة</p>' in answer
    assert '<p lang="mk" dir="auto">Работилница за медиумска писменост</p>' in answer


def outdate(member: FlaskClient, ref: Ref) -> None:
    address = f"/alva/activities/{ref.id}/edit"
    form = next(
        form for form in forms(member.get(address).text, address) if "description" in form.names
    )
    typed = form.filled() | {"description": "Младите проверуваат три вести."}
    typed = {name: value for name, value in typed.items() if name != "files"}
    assert member.post(address, data=typed).status_code == 303


def test_outdated_is_shown_with_what_changed_and_may_be_still_right(
    world: World, log: Log, member: FlaskClient
) -> None:
    ref = log()
    member.post(page(ref, "sq"), data=TYPED)
    outdate(member, ref)
    assert state(world, ref) == "outdated"
    editor = member.get(page(ref, "sq")).text
    assert "The original has changed since this was translated." in editor
    assert "<del>една вест.</del>" in editor
    assert "<ins>три вести.</ins>" in editor
    # Only what changed is marked; the title is as it was.
    assert editor.count("Show what changed") == 1
    side_by_side = member.get(page(ref)).text
    assert 'class="m-behind"' in side_by_side
    numbers = {
        name: re.search(rf'name="{name}"[^>]*value="(\d+)"', editor)[1]  # type: ignore[index]  # the form holds both
        for name in ("version", "original_version")
    }
    answer = member.post(page(ref, "sq") + "/confirm", data=numbers)
    assert answer.status_code == 303
    assert state(world, ref) == "translated"


def test_still_right_of_something_that_changed_again_is_asked_anew(
    world: World, log: Log, member: FlaskClient
) -> None:
    ref = log()
    member.post(page(ref, "sq"), data=TYPED)
    outdate(member, ref)
    answer = member.post(
        page(ref, "sq") + "/confirm", data={"version": "1", "original_version": "1"}
    )
    assert answer.location == page(ref, "sq")
    assert state(world, ref) == "outdated"


def test_a_translation_is_removed(world: World, log: Log, member: FlaskClient) -> None:
    ref = log()
    member.post(page(ref, "sq"), data=TYPED)
    assert member.post(page(ref, "sq") + "/remove", data={"version": "9"}).status_code == 303
    assert state(world, ref) == "translated"
    member.post(page(ref, "sq") + "/remove", data={"version": "1"})
    assert state(world, ref) == "missing"


@pytest.mark.parametrize("act", ["", "/confirm", "/remove"])
def test_a_record_that_is_removed_at_that_moment_is_not_there(
    world: World, log: Log, member: FlaskClient, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    ref = log()
    member.post(page(ref, "sq"), data=TYPED)
    held = services.texts_of

    def removed_just_before(one: Ref, *, for_change: bool = False) -> dict[str, ContentText]:
        if for_change:
            services.forget_texts(one)
        return held(one, for_change=for_change)

    monkeypatch.setattr(services, "texts_of", removed_just_before)
    answer = member.post(page(ref, "sq") + act, data={**TYPED, "version": "1"})
    assert answer.status_code == 404


def test_the_overview_counts_what_is_shared_and_nothing_else(
    world: World, log: Log, member: FlaskClient
) -> None:
    first, _second = log(days=2), log(days=4, title="Друго")
    log(days=5, title="Само за нас", visibility="organisation")
    member.post(page(first, "sq"), data=TYPED)
    answer = member.get("/alva/translations?language=sq").text
    row = re.search(r">Albanian</a>.*?</tr>", answer, re.S)
    assert row is not None
    figures = re.findall(r'm-num" data-label="(\w+)">(\d+)<', row[0])
    assert figures == [
        ("Original", "0"),
        ("Approved", "0"),
        ("Translated", "1"),
        ("Outdated", "0"),
        ("Missing", "1"),
    ]
    assert "Друго" in answer
    # What is translated waits for nobody here, and what an organisation keeps to itself is not told of.
    assert "Работилница" not in answer
    assert "Само за нас" not in answer
    translated = member.get("/alva/translations?language=sq&state=translated").text
    assert "Punëtori për mediat" in translated or "Работилница" in translated


def test_the_most_urgent_comes_first_and_pages_follow_one_another(
    world: World, log: Log, member: FlaskClient
) -> None:
    days = [*range(1, 20), *range(-20, 0)]
    for day in days:
        log(days=day, title=f"Работа {day:+d}")
    seen: list[str] = []
    address = "/alva/translations?language=sq&kind=activities.activity"
    pages = []
    while address:
        text = member.get(address).text
        pages.append(re.findall(r"Работа ([+-]\d+)<", text))
        seen += pages[-1]
        following = re.search(r'href="([^"]+)" rel="next"', text)
        previous = re.search(r'href="([^"]+)" rel="prev"', text)
        address = unescape(following[1]) if following else ""
    assert [int(day) for day in seen] == [*range(1, 20), *range(-1, -21, -1)]
    assert previous is not None
    assert re.findall(r"Работа ([+-]\d+)<", member.get(unescape(previous[1])).text) == pages[0]


def test_the_next_one_follows(world: World, log: Log, member: FlaskClient) -> None:
    first, second = log(days=2), log(days=4, title="Друго")
    answer = member.post(page(first, "sq"), data={**TYPED, "then": "next"})
    assert answer.location == page(second, "sq")
    answer = member.post(page(second, "sq"), data={**TYPED, "then": "next"})
    assert answer.location == page(second)
    assert "Nothing more is missing in Albanian." in member.get(answer.location).text


def test_the_pages_cost_the_same_however_many_texts_there_are(
    app: Flask, world: World, log: Log, member: FlaskClient
) -> None:
    ref = log()
    addresses = ("/alva/translations?language=sq", page(ref), page(ref, "sq"))

    def cost() -> list[int]:
        found = []
        for address in addresses:
            member.get(address)
            with statements_of(app) as seen:
                assert member.get(address).status_code == 200
            found.append(len(seen))
        return found

    before = cost()
    for number in range(12):
        log(days=number, title=f"Уште една {number}")
    assert cost() == before
    assert max(before) <= 12


def test_names_of_organisations_have_states(
    world: World, member: FlaskClient, focal: FlaskClient
) -> None:
    data = {
        "name-mk": "Дом на младите",
        "name-sq": "Shtëpia e të rinjve",
        "sector": "youth_work",
        "version": "",
    }
    answer = focal.post("/alva/organisations/new", data=data)
    assert answer.status_code == 303
    ref = Ref("identity", "organisation", answer.location.rpartition("/")[2])
    with world.in_city("alva"):
        assert {code: row.state for code, row in texts_of(ref).items()} == {
            "mk": "original",
            "sq": "translated",
        }
    assert focal.get(page(ref, "en")).status_code == 200
    edited = {**data, "name-mk": "Младински дом", "version": "1"}
    assert focal.post(f"{answer.location}/edit", data=edited).status_code == 303
    assert state(world, ref) == "outdated"
    # What is typed in the editor is what the directory shows.
    with world.in_city("alva"):
        version = texts_of(ref)["sq"].version
    typed = {"text-name": "Qendra rinore", "version": str(version), "original_version": "2"}
    assert focal.post(page(ref, "sq"), data=typed).status_code == 303
    assert "Qendra rinore" in member.get("/alva/organisations").text or "Qendra rinore" in (
        member.get(answer.location).text
    )
    # Its name is for those to translate who know it.
    assert member.get(page(ref, "en")).status_code == 403


def test_the_names_of_a_city_have_states(world: World, sign_in: SignIn, focal: FlaskClient) -> None:
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    data = {
        "name-mk": "Алва", "name-sq": "Alva", "body-mk": "Совет", "name-en": "Alva",
        "zone": "Europe/Skopje", "country": "MK",
    }  # fmt: skip
    assert administrator.post("/alva/settings", data=data).status_code == 303
    with world.in_city("alva") as city:
        ref = Ref("cities", "city", city.id)
        assert texts_of(ref)["mk"].texts == {"name": "Алва", "network": "Совет"}
        version = texts_of(ref)["sq"].version
    typed = {
        "text-name": "Allva",
        "text-network": "Këshilli",
        "version": str(version),
        "original_version": "1",
    }
    assert focal.post(page(ref, "sq"), data=typed).status_code == 303
    with world.in_city("alva") as city:
        assert (city.names["sq"], city.body_names["sq"]) == ("Allva", "Këshilli")


def test_no_text_leaves_for_a_translation_service() -> None:
    """Nothing in this part of the house opens a connection."""
    from pathlib import Path

    import core.content

    sources = Path(core.content.__file__).parent.rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    for word in ("urllib.request", "requests", "httpx", "socket", "http.client"):
        assert f"import {word}" not in text
