"""The city's glossary: which words occur in a text, and how they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from core.content import glossary
from core.content.glossary import add_term, offered, words_for
from core.content.models import Term
from core.database import db
from core.permissions import Role
from core.testing.app import Somebody, World
from core.values import Ref

SignIn = Callable[[Somebody], FlaskClient]
GLOSSARY = "/alva/translations/glossary"
ROWS = [
    {"mk": "работилница", "sq": "punëtori", "sr": "радионица", "ar": "ورشة"},
    {"mk": "општина", "sq": "komunë"},
    {"mk": "измислена вест", "sq": "lajm i trilluar"},
    {"mk": "сала", "en": "hall"},
]


@pytest.fixture
def member(world: World, sign_in: SignIn) -> FlaskClient:
    with world.in_city("alva"):
        for words in ROWS:
            add_term(words, "", None)
        db.session.commit()
    return sign_in(world.person("alva", Role.MEMBER))


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        # Declined, with the article, in capitals.
        ("mk", "Две РАБОТИЛНИЦИ во општината.", ["работилница", "општина"]),
        ("mk", "Препознаваат измислени вести.", ["измислена вест"]),
        ("mk", "Препознаваат измислена вест.", ["измислена вест"]),
        ("sq", "Në punëtorinë e komunës.", ["punëtori", "komunë"]),
        ("sq", "Ne punetori", ["punëtori"]),
        ("sr", "Radionica za roditelje", ["радионица"]),
        ("ar", "في الورشة القادمة", ["ورشة"]),
        ("mk", "Салата е полна", ["сала"]),
        ("mk", "Отиде на пат", []),
    ],
)
def test_words_are_found_as_people_write_them(
    world: World, member: FlaskClient, language: str, text: str, found: list[str]
) -> None:
    with world.in_city("alva"):
        assert [word.said for word in words_for(text, language, "en")] == found


def test_the_editor_shows_the_words_of_the_text(
    log: Callable[..., Ref], member: FlaskClient
) -> None:
    ref = log()
    page = member.get(f"/alva/translations/activities/activity/{ref.id}/sq").text
    assert '<bdi lang="sq">punëtori</bdi>' in page
    assert "komunë" not in page
    # In a language without it, the word can be added.
    page = member.get(f"/alva/translations/activities/activity/{ref.id}/fr").text
    assert "No word yet: add one" in page


def test_a_word_is_added_once_changed_and_removed(world: World, member: FlaskClient) -> None:
    form = member.get(f"{GLOSSARY}/new").text
    once = re.search(r'name="once"[^>]*value="([a-z2-7]{16})"', form)
    assert once is not None
    typed = {"once": once[1], "word-mk": "состанок", "word-sq": "mbledhje", "note": "не: седница"}
    for _again in range(2):
        assert member.post(f"{GLOSSARY}/new", data=typed).status_code == 303
    page = member.get(f"{GLOSSARY}?q=MBLEDHJE").text
    assert page.count('class="m-title"') == 1
    address = f"{GLOSSARY}/{once[1]}"
    changed = {"version": "1", "word-mk": "состанок", "word-sq": "takim", "note": ""}
    assert member.post(address, data=changed).status_code == 303
    clash = member.post(address, data={**changed, "word-sq": "tubim"})
    assert clash.status_code == 409
    assert "takim" in clash.text
    assert 'value="tubim"' in clash.text
    assert member.post(f"{address}/remove").status_code == 303
    assert member.get(address).status_code == 404


def test_a_word_without_words_is_refused(member: FlaskClient) -> None:
    answer = member.post(f"{GLOSSARY}/new", data={"word-mk": " ", "note": "only a note"})
    assert answer.status_code == 422
    assert "Write the word in at least one language." in answer.text
    assert "only a note" in answer.text
    long = member.post(f"{GLOSSARY}/new", data={"word-mk": "x" * 121})
    assert long.status_code == 422


def test_words_that_come_with_maillage_are_offered_until_they_are_taken(
    world: World, member: FlaskClient
) -> None:
    with world.in_city("alva"):
        before = offered()
        # In the city's languages alone, and none that only menus and buttons say.
        assert before["minutes"] == {"mk": "записник", "sq": "procesverbal", "en": "minutes"}
        assert "save" not in before
    answer = member.post(f"{GLOSSARY}/offered", data={"word": ["minutes", "nonesuch", "save"]})
    assert answer.status_code == 303
    page = member.get(answer.location).text
    assert "1 word was added." in page
    with world.in_city("alva"):
        assert "minutes" not in offered()
        assert db.session.query(Term).filter_by(shipped_as="minutes").count() == 1


def test_without_the_file_nothing_is_offered(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(glossary, "_FILE", tmp_path / "none.csv")
    glossary._shipped.cache_clear()
    with world.in_city("alva"):
        assert offered() == {}
    glossary._shipped.cache_clear()


def test_pages_of_the_glossary_follow_one_another(world: World, member: FlaskClient) -> None:
    with world.in_city("alva"):
        for number in range(60):
            add_term({"mk": f"збор {number:03}"}, "", None)
        db.session.commit()
    first = member.get(f"{GLOSSARY}?q=збор").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = member.get(following[1].replace("&amp;", "&")).text
    assert second.count('class="m-title"') == 10
    assert 'rel="prev"' in second
    assert member.get(f"{GLOSSARY}?after={'x' * 300}").status_code == 200


def test_each_city_has_words_of_its_own(world: World, member: FlaskClient, sign_in: SignIn) -> None:
    other = sign_in(world.person("bruma", Role.MEMBER))
    assert "работилница" not in other.get("/bruma/translations/glossary").text
    with world.in_city("alva"):
        identifier = db.session.query(Term).first().id  # type: ignore[union-attr]  # there are four
    assert other.get(f"/bruma/translations/glossary/{identifier}").status_code == 404
