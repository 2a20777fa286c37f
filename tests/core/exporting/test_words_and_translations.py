"""Translations, glossary and reported words as files: what their lists hold, by their filters, for the same people."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from core.cities.models import CityPlugin
from core.content.glossary import add_term
from core.database import db
from core.exporting.models import Export
from core.jobs.worker import Worker
from core.permissions import Role, permissions_of
from core.registry import plugin_registry
from core.testing.app import Somebody, World, everything_of
from core.testing.spreadsheets import of_csv, rows_of
from core.values import Ref, Viewer
from core.wording.catalogue import find
from core.wording.services import report_word, settle
from plugins.activities.services.entries import Entry
from plugins.activities.services.records import log_activity

SignIn = Callable[[Somebody], FlaskClient]
LISTS = {
    "content/translations": "translations",
    "content/glossary": "translations/glossary",
    "wording/words": "settings/words",
}


def take(client: FlaskClient, path: str, city: str = "alva") -> list[list[str]]:
    """The rows of the list as a file, without its head."""
    answer = client.get(f"/{city}/exports/{path}")
    assert answer.mimetype == "text/csv", answer.status_code
    return of_csv(answer.data)[1:]


def titles_on_pages(client: FlaskClient, path: str) -> list[str]:
    """The linked words of every row of a list, over all its pages."""
    found: list[str] = []
    while path:
        text = client.get(path).get_data(as_text=True)
        listed = text.rpartition("<caption")[2]
        found += re.findall(r'<td role="cell" class="m-title"><a [^>]*>([^<]*)</a>', listed)
        following = re.search(r'<a href="([^"]+)" rel="next"', text)
        path = unescape(following.group(1)) if following else ""
    return [unescape(title) for title in found]


def viewer_of(world: World, role: Role = Role.MEMBER) -> Viewer:
    somebody = world.person("alva", role)
    registry = plugin_registry(world.app)
    return Viewer(
        person_id=somebody.id,
        name=role.value,
        locale="en",
        city_id="",
        membership_id=somebody.membership_id,
        organisation_id=world.organisations["alva"][0],
        roles=frozenset({role.value}),
        permissions=permissions_of([role.value], registry.permissions(set(registry.plugins))),
    )


def write(world: World, title: str, days: int, **facts: Any) -> Ref:
    with world.in_city("alva"):
        usual: dict[str, Any] = {
            "title": title,
            "type": "workshop",
            "start_date": date.today() + timedelta(days=days),  # noqa: DTZ011  a day more or less is the same
            "organisation_id": world.organisations["alva"][0],
            "language": "mk",
        }
        activity = log_activity(Entry(**(usual | facts)), viewer_of(world), date.today())  # noqa: DTZ011
        db.session.commit()
        return Ref("activities", "activity", activity.id)


@pytest.fixture
def texts(world: World) -> dict[str, Ref]:
    """More texts than a page holds, coming and gone, and one that an organisation keeps to itself."""
    days = [*range(1, 20), *range(-20, 0)]
    made = {f"Работа {day:+d}": write(world, f"Работа {day:+d}", day) for day in days}
    write(world, "Само за нас", 3, visibility="organisation")
    return made


@pytest.fixture
def translator(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva"))


@pytest.fixture
def administrator(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))


# -- Translations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize(
    "question",
    [
        "?language=sq&kind=activities.activity",
        "?language=sq&kind=activities.activity&state=missing",
        "?language=sq&kind=activities.activity&state=translated",
        "?language=sq&kind=identity.organisation",
        "",
    ],
)
def test_a_file_of_translations_holds_what_all_pages_of_the_list_hold(
    world: World, texts: dict[str, Ref], translator: FlaskClient, kind: str, question: str
) -> None:
    ref = texts["Работа +3"]
    typed = {"text-title": "Punë", "version": "0", "original_version": "1"}
    address = f"/alva/translations/activities/activity/{ref.id}/sq"
    assert translator.post(address, data=typed).status_code == 303
    listed = titles_on_pages(translator, f"/alva/translations{question}")
    answer = translator.get(f"/alva/exports/content/translations.{kind}{question}")
    assert answer.status_code == 200
    taken = [row[0] for row in rows_of(kind, answer.data)[1:]]
    assert taken == listed
    assert "Само за нас" not in taken
    if "activity&state=missing" in question:
        assert len(taken) == len(texts) - 1
    if "translated" in question:
        assert len(taken) == 1


def test_a_file_of_translations_says_what_each_text_is_and_how_it_stands(
    world: World, translator: FlaskClient
) -> None:
    write(world, "Две кратки зборови", 5)
    (row,) = take(translator, "content/translations.csv?language=sq&kind=activities.activity")
    day = date.today() + timedelta(days=5)  # noqa: DTZ011
    assert row == [
        "Две кратки зборови", "Activities", "Macedonian", day.isoformat(), "3", "Missing",
    ]  # fmt: skip


def test_texts_that_say_the_same_stand_in_the_file_one_by_one(
    world: World, translator: FlaskClient
) -> None:
    for day in (2, 9, 16):
        write(world, "Секоја среда", day)
    question = "?language=sq&kind=activities.activity"
    assert titles_on_pages(translator, f"/alva/translations{question}") == ["Секоја среда"]
    assert len(take(translator, f"content/translations.csv{question}")) == 3


def test_the_file_names_the_language_and_the_state_that_were_asked_for(
    world: World, texts: dict[str, Ref], translator: FlaskClient
) -> None:
    answer = translator.get(
        "/alva/exports/content/translations.xlsx?language=sq&state=outdated&kind=activities.activity"
    )
    import io

    import openpyxl

    facts = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[1]
    said = {row[0].value: row[1].value for row in facts.iter_rows()}
    assert said["Conditions"] == "To translate into Albanian; Outdated; Activities"


def test_a_plugin_that_is_off_has_no_text_in_the_file(
    world: World, texts: dict[str, Ref], translator: FlaskClient
) -> None:
    with world.in_city("alva"):
        db.session.execute(
            update(CityPlugin).where(CityPlugin.name == "activities").values(enabled=False)
        )
        db.session.commit()
    rows = take(translator, "content/translations.csv?language=sq")
    assert not [row for row in rows if row[0] in texts]


def test_the_worker_makes_the_file_of_translations_too(
    world: World, texts: dict[str, Ref], translator: FlaskClient
) -> None:
    address = "content/translations.csv?language=sq&kind=activities.activity"
    assert translator.post(f"/alva/exports/{address}").status_code == 303
    Worker(world.app, daily=False).work_off()
    with world.app.app_context():
        (made,) = everything_of(Export)
    assert made.state == "ready"
    with translator.get(f"/alva/exports/{made.id}/file") as answer:
        assert of_csv(answer.data)[1:] == take(translator, address)


def test_reading_the_texts_in_parts_loses_none(
    world: World,
    texts: dict[str, Ref],
    translator: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.exporting.batches.BATCH", 4)
    question = "?language=sq&kind=activities.activity"
    rows = take(translator, f"content/translations.csv{question}")
    assert [row[0] for row in rows] == titles_on_pages(translator, f"/alva/translations{question}")


# -- Glossary ----------------------------------------------------------------------------------------------


@pytest.fixture
def terms(world: World) -> int:
    """More words than a page holds; how many."""
    with world.in_city("alva"):
        for number in range(60):
            add_term({"mk": f"збор {number:03}", "sq": f"fjalë {number:03}"}, "", None)
        add_term({"sq": "komunë"}, "Also the building.", None)
        db.session.commit()
    return 61


@pytest.mark.parametrize("question", ["", "?q=збор", "?q=komune", "?q=nothing"])
def test_a_file_of_the_glossary_holds_the_words_of_all_pages(
    terms: int, translator: FlaskClient, question: str
) -> None:
    listed = titles_on_pages(translator, f"/alva/translations/glossary{question}")
    rows = take(translator, f"content/glossary.csv{question}")
    first = [next(cell for cell in row if cell) for row in rows]
    assert first == listed
    if not question:
        assert len(rows) == terms


def test_the_glossary_has_a_column_for_each_language_of_the_city(
    world: World, terms: int, translator: FlaskClient
) -> None:
    answer = translator.get("/alva/exports/content/glossary.csv?q=komune")
    head, row = of_csv(answer.data)
    with world.in_city("alva") as city:
        assert len(head) == len(city.languages) + 1
    assert head[-1] == "Note"
    assert row[head.index("Albanian")] == "komunë"
    assert row[-1] == "Also the building."


# -- Reported words ----------------------------------------------------------------------------------------


@pytest.fixture
def reported(world: World, sign_in: SignIn) -> FlaskClient:
    """Two reports in French, one of them made by two, and one in Albanian that is settled."""
    with world.in_city("alva"):
        save = next(one for one in find("Enregistrer", "fr") if one.entry.ids == ("Save",))
        for role in (Role.MEMBER, Role.CHAIR):
            by = replace(viewer_of(world, role), locale="fr")
            report_word(
                by, words="Enregistrer", suggestion="Garder", reason="", page="", found=save
            )
        by = viewer_of(world)
        report_word(
            replace(by, locale="fr"), words="Ein Wort", suggestion="Un mot", reason="", page="", found=None,
        )  # fmt: skip
        settled = report_word(
            replace(by, locale="sq"), words="Fjala", suggestion="Fjalë", reason="", page="", found=None,
        )  # fmt: skip
        settle(viewer_of(world, Role.CITY_ADMINISTRATOR), settled, "declined", "", 1)
        db.session.commit()
    return sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))


@pytest.mark.parametrize(
    ("question", "number"),
    [("", 2), ("?show=all", 3), ("?show=declined", 1), ("?language=sq", 0), ("?show=all&language=fr", 2),
     ("?show=nonsense&language=nonsense", 2)],
)  # fmt: skip
def test_a_file_of_reported_words_holds_what_the_list_holds(
    reported: FlaskClient, question: str, number: int
) -> None:
    rows = take(reported, f"wording/words.csv{question}")
    assert [row[0] for row in rows] == titles_on_pages(reported, f"/alva/settings/words{question}")
    assert len(rows) == number


def test_a_reported_word_says_what_should_stand_there_and_who_said_so(
    reported: FlaskClient,
) -> None:
    (row,) = [one for one in take(reported, "wording/words.csv") if one[1] == "Garder"]
    assert row[0] == "Enregistrer"
    assert row[2:5] == ["French", "Save", "Member of Alva and 1 other"]
    assert row[-1] == "Open"


# -- Who ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(LISTS))
def test_each_file_is_open_to_exactly_those_to_whom_its_page_is(
    world: World, sign_in: SignIn, role: Role, name: str
) -> None:
    client = sign_in(world.person("alva", role))
    page = client.get(f"/alva/{LISTS[name]}").status_code
    for kind in ("csv", "pdf"):
        assert client.get(f"/alva/exports/{name}.{kind}").status_code == (
            200 if page == 200 else 404
        )


def test_the_pages_offer_their_files_with_the_filters_in_force(
    world: World, texts: dict[str, Ref], terms: int, translator: FlaskClient, reported: FlaskClient
) -> None:
    for client, page, name in (
        (translator, "translations?language=sq&state=missing", "content/translations"),
        (translator, "translations/glossary?q=zbor", "content/glossary"),
        (reported, "settings/words?show=all&language=fr", "wording/words"),
    ):
        text = unescape(client.get(f"/alva/{page}").get_data(as_text=True))
        (link,) = re.findall(rf'href="(/alva/exports/{name}\.csv[^"]*)"', text)
        asked = sorted(page.partition("?")[2].split("&"))
        assert sorted(link.partition("?")[2].split("&")) == asked


def test_no_text_word_or_report_of_another_city_is_in_a_file(
    world: World, texts: dict[str, Ref], terms: int, reported: FlaskClient, sign_in: SignIn
) -> None:
    focal = sign_in(world.person("bruma", Role.FOCAL_POINT))
    rows = take(focal, "content/translations.csv?language=sq", "bruma")
    assert not [row for row in rows if "Работа" in row[0] or "Alva" in row[0]]
    assert take(focal, "content/glossary.csv", "bruma") == []
    administrator = sign_in(world.person("bruma", Role.CITY_ADMINISTRATOR))
    assert take(administrator, "wording/words.csv?show=all", "bruma") == []
