"""Activities in the search: found in every script, and never told of to whom they are kept from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.api import Ref, db, keep_translation
from core.cities.services import set_plugin
from core.permissions import Role
from core.search.models import Document, Term
from core.search.services import index_many
from core.testing.app import Somebody, World, statements_of
from plugins.activities.models import Activity
from plugins.activities.services.access import FOUND
from plugins.activities.services.records import change_activity, log_activity
from plugins.activities.services.rhythm import Every, Rhythm
from plugins.activities.services.searching import all_searchable
from plugins.activities.services.series import repeat

from .conftest import Make, See, in_city

Enter = Callable[[Somebody], FlaskClient]


@pytest.fixture
def log(world: World, make: Make, see: See) -> Callable[..., str]:
    """Logs an activity with what the test says, and gives its identifier."""

    def add(role: Role = Role.MEMBER, **facts: Any) -> str:
        with in_city(world) as today:
            one = log_activity(make(**facts), see(role=role), today)
            db.session.commit()
            return one.id

    return add


@pytest.fixture
def page(world: World, sign_in: Enter) -> Callable[..., str]:
    """The page of the search as somebody sees it."""

    def look(typed: str, role: Role = Role.MEMBER) -> str:
        client = sign_in(world.person("alva", role))
        answer = client.get("/alva/search", query_string={"q": typed})
        assert answer.status_code == 200
        return answer.text

    return look


def titles(page: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>", "", match)
        for match in re.findall(r'<a href="/alva/activities/\w{16}"[^>]*>(.*?)</a>', page, re.S)
    ]


def words(identifier: str) -> set[str]:
    return set(
        db.session.scalars(select(Term.word).where(Term.kind == FOUND, Term.ref_id == identifier))
    )


def test_the_latin_word_finds_the_cyrillic_activity(log: Any, page: Any) -> None:
    log(title="Радионица за родитеље", language="sr", description="Разговор о љубави и поверењу.")
    for typed in ("radionica", "радионица", "Radionice", "ljubavi poverenju", "radionca"):
        assert titles(page(typed)) == ["Радионица за родитеље"], typed
    found = page("ljubavi")
    assert "<mark>љубави</mark>" in found
    assert 'lang="sr"' in found
    assert "/alva/activities/?q=ljubavi" in found


def test_place_result_and_translations_are_found(
    world: World, see: See, log: Any, page: Any
) -> None:
    one = log(title="Evening talk", place="Old lighthouse", result="Twelve kites were built.")
    with in_city(world):
        ref = Ref("activities", "activity", one)
        keep_translation(ref, "fr", {"title": "Causerie du soir"}, see())
        db.session.commit()
    for typed in ("lighthouse", "kites", "causerie"):
        assert titles(page(typed)) == ["Evening talk"], typed


def test_a_sensitive_place_is_found_and_not_shown(log: Any, page: Any) -> None:
    log(title="Evening talk", place="Hidden lighthouse", place_sensitive=True)
    found = page("lighthouse")
    assert titles(found) == ["Evening talk"]
    assert "Hidden" not in found


CANARY = {
    "title": "Zirconium meeting",
    "description": "Zirconium parents",
    "place": "Zirconium hall",
    "result": "Zirconium",
}


def test_a_restricted_activity_changes_nothing_for_others(
    world: World, log: Any, page: Any
) -> None:
    """Neither title, snippet, count, order nor presence; nor whether a wrong letter is forgiven."""
    other = Role.CHAIR
    assert [*Role].index(other) % 2 != [*Role].index(Role.MEMBER) % 2, "of another organisation"
    own = world.organisations["alva"][[*Role].index(Role.MEMBER) % 2]
    log(title="Zirconum meeting", description="Parents of the quarter")
    log(title="Parents meeting", description="Nothing else")
    typed = [
        "zirconium",
        "zirconia",
        "zirconiam",
        "meeting",
        "parents",
        "zir",
        "zirconium meeting",
        "hall",
    ]
    before = {each: page(each, other) for each in typed}
    for number in range(12):
        # Later, and first by name: if they counted, they would take all ten places.
        facts = CANARY | {"title": f"A zirconium meeting {number}", "days": -1}
        log(organisation_id=own, visibility="organisation", **facts)
    assert titles(before["zirconium"]) == ["Zirconum meeting"], "one letter is wrong"
    after = {each: page(each, other) for each in typed}
    assert {each: strip(text) for each, text in after.items()} == {
        each: strip(text) for each, text in before.items()
    }
    assert len(titles(page("zirconium"))) == 10, "whoever may see them finds them"


def strip(page: str) -> str:
    """What differs between two requests for the same page."""
    page = re.sub(r'name="csrf[-_]token" (content|value)="[^"]*"', "", page)
    return re.sub(r"[\w-]+\.[\w-]{6}\.[\w-]+", "", page)


def test_an_observer_finds_no_activity(log: Any, page: Any) -> None:
    log(title="Evening talk")
    assert titles(page("evening", Role.OBSERVER)) == []


def test_a_plugin_that_is_off_is_not_asked(world: World, log: Any, page: Any) -> None:
    log(title="Evening talk")
    with in_city(world):
        set_plugin("activities", enabled=False)
        db.session.commit()
    assert "Evening" not in page("evening")


def test_another_city_finds_nothing(world: World, sign_in: Enter, log: Any) -> None:
    log(title="Evening talk")
    client = sign_in(world.person("bruma"))
    assert titles(client.get("/bruma/search?q=evening").text) == []
    assert client.get("/alva/search?q=evening").status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "a",
        "%",
        "<script>alert(1)</script>",
        "x" * 5000,
        "د" * 300,
        "\u202e",
        "'; --",
        "🙂 🙂",
        "ﷺ",
        "İ" * 90,
    ],
)
def test_whatever_is_typed_the_page_stands(page: Any, typed: str) -> None:
    found = page(typed)
    assert "<script>alert" not in found
    assert found.count('role="search"') == 1


def test_an_empty_answer_says_what_was_searched_and_what_helps(page: Any) -> None:
    assert "Nothing found for “rhinoceros”" in page("rhinoceros")
    assert "at least two letters" in page("x")
    assert "What are you looking for?" in page("")


def test_every_page_of_a_city_has_the_box_and_pages_outside_have_none(
    world: World, sign_in: Enter
) -> None:
    client = sign_in(world.person("alva"))
    assert 'action="/alva/search"' in client.get("/alva/").text
    assert 'action="/alva/search"' not in client.get("/").text
    assert "data-find" not in world.app.test_client().get("/sign-in").text


# -- Whoever writes them ---------------------------------------------------------------------------------------------


def all_in_step() -> bool:
    """Whether the index holds what the records say: then making it anew writes nothing."""
    stored = db.session.scalar(
        select(func.count()).select_from(Document).where(Document.kind == FOUND)
    )
    wanted = list(all_searchable())
    return stored == len(wanted) > 0 and index_many(wanted) == 0


def test_changes_reach_the_index(world: World, make: Make, see: See, log: Any) -> None:
    identifier = log(title="Evening talk")
    with in_city(world) as today:
        one = db.session.get_one(Activity, (see_city(world), identifier))
        entry = make(title="Morning walk", place="Harbour", result="Seven boats")
        change_activity(one, entry, one.version, see(), today)
        db.session.commit()
        assert {"morning", "walk", "harbour", "boats"} <= words(identifier)
        assert "evening" not in words(identifier)
        assert all_in_step()


def test_the_dates_of_a_series_are_one_hit(world: World, see: See, log: Any, page: Any) -> None:
    identifier = log(title="Chess club", days=1)
    with in_city(world) as today:
        one = db.session.get_one(Activity, (see_city(world), identifier))
        assert repeat(one, Rhythm(Every.WEEK, times=8), (), see(), today) == 8
        db.session.commit()
        assert all_in_step()
    assert titles(page("chess")) == ["Chess club"]


def see_city(world: World) -> str:
    with world.in_city("alva") as city:
        return city.id


def test_the_page_asks_little_however_much_is_found(world: World, sign_in: Enter, log: Any) -> None:
    for number in range(12):
        log(title=f"Alva talk {number}")
    client = sign_in(world.person("alva"))
    client.get("/alva/search?q=alva")
    with statements_of(world.app) as seen:
        found = client.get("/alva/search?q=alva").text
    assert found.count("<section") == 3
    # One for the reader, one for each kind of record that is looked through, and one for what was found of each.
    assert len([each for each in seen if not each.startswith("BEGIN")]) <= 10
