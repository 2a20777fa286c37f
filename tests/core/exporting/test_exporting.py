"""Who gets which list as a file, and that a file holds what the list's pages hold, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core.audit.models import AuditRecord
from core.audit.services import record
from core.cities.models import CityPlugin
from core.database import db
from core.exporting import services
from core.exporting.models import Export
from core.exporting.views import export_links
from core.identity.models import Membership, Organisation, Person
from core.permissions import Role
from core.testing.app import Somebody, World, everything_of, statements_of
from core.testing.spreadsheets import of_csv, of_xlsx, rows_of

SignIn = Callable[[Somebody], FlaskClient]
LISTS = ("directory/organisations", "directory/people", "activities/activities")


def take(client: FlaskClient, path: str, city: str = "alva") -> Any:
    answer = client.get(f"/{city}/exports/{path}")
    assert answer.status_code == 200, answer.status_code
    assert answer.mimetype != "text/html", answer.get_data(as_text=True)[-800:]
    return answer


def names_on_pages(client: FlaskClient, path: str) -> list[str]:
    """The first cell of every row of a list, over all its pages."""
    found: list[str] = []
    while path:
        text = client.get(path).get_data(as_text=True)
        found += re.findall(r'<td role="cell" class="m-title"><a [^>]*>([^<]*)</a>', text)
        following = re.search(r'<a href="([^"]+)" rel="next"', text)
        path = following.group(1).replace("&amp;", "&") if following else ""
    return found


# -- What a file holds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize("question", ["", "?q=station", "?sector=police", "?q=station+01", "?show=left"])  # fmt: skip
def test_a_file_holds_the_rows_of_all_pages_in_their_order(
    world: World, sign_in: SignIn, many: int, kind: str, question: str
) -> None:
    with world.in_city("alva"):
        db.session.execute(
            update(Organisation)
            .where(Organisation.search_text == "station 069")
            .values(active=False)
        )
        db.session.commit()
    client = sign_in(world.person("alva"))
    listed = names_on_pages(client, f"/alva/organisations{question}")
    assert listed
    if not question:
        assert len(listed) == many - 1
    rows = rows_of(kind, take(client, f"directory/organisations.{kind}{question}").data)
    taken = [str(row[0]).removeprefix("'") for row in rows[1:]]
    assert [name.replace("&#34;", '"') for name in listed] == taken


def test_people_are_taken_out_with_what_their_page_shows_and_no_address_of_mail(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.person("alva"))
    listed = names_on_pages(client, "/alva/people")
    answer = take(client, "directory/people.csv")
    assert [row[0] for row in of_csv(answer.data)[1:]] == listed
    assert "@" not in answer.get_data(as_text=True)


def test_who_has_left_is_in_the_file_of_those_alone_who_see_it_on_the_page(
    world: World, sign_in: SignIn
) -> None:
    with world.in_city("alva"):
        db.session.execute(
            update(Membership)
            .where(Membership.id == world.person("alva", Role.OBSERVER).membership_id)
            .values(active=False)
        )
        db.session.commit()
    for role, ended in ((Role.FOCAL_POINT, ["Observer of Alva"]), (Role.MEMBER, [])):
        client = sign_in(world.person("alva", role))
        rows = of_csv(take(client, "directory/people.csv?show=ended").data)[1:]
        names = [row[0] for row in rows]
        assert ("Observer of Alva" in names) is bool(ended)
        assert names == names_on_pages(client, "/alva/people?show=ended")


def test_the_log_is_taken_out_by_those_who_read_it(world: World, sign_in: SignIn) -> None:
    with world.in_city("alva"):
        record("city.languages_changed")
        db.session.commit()
    client = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    rows = of_csv(take(client, "cities/log.csv").data)
    assert rows[0][:2] == ["When", "What"]
    assert [row[1] for row in rows[1:]][-1] == "Languages changed"
    assert len(rows) > 1
    assert sign_in(world.person("alva")).get("/alva/exports/cities/log.csv").status_code == 404


def test_no_row_of_another_city_is_in_a_file(world: World, sign_in: SignIn, many: int) -> None:
    client = sign_in(world.person("bruma", Role.FOCAL_POINT))
    for name in LISTS:
        text = take(client, f"{name}.csv", "bruma").get_data(as_text=True)
        assert "Alva" not in text
        assert "Station" not in text


def test_a_file_speaks_the_language_of_its_reader(world: World, sign_in: SignIn) -> None:
    with world.app.app_context():
        db.session.execute(update(Person).values(language="fr"))
        db.session.commit()
    client = sign_in(world.person("alva"))
    answer = take(client, "directory/people.csv")
    assert of_csv(answer.data, ";")[0][0] == "Nom"
    book = of_xlsx(take(client, "directory/people.xlsx").data)
    assert book.worksheets[0]["A1"].value == "Nom"


# -- Who gets it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", [*LISTS, "cities/log"])
def test_a_file_is_open_to_exactly_those_to_whom_the_list_is(
    world: World, sign_in: SignIn, role: Role, name: str
) -> None:
    pages = {"cities/log": "settings/log", "activities/activities": "activities/"}
    client = sign_in(world.person("alva", role))
    page = client.get(f"/alva/{pages.get(name, name.partition('/')[2])}").status_code
    for kind in ("csv", "pdf"):
        answer = client.get(f"/alva/exports/{name}.{kind}").status_code
        assert answer == (200 if page == 200 else 404), (page, kind)
    asked = client.post(f"/alva/exports/{name}.csv").status_code
    assert asked == (303 if page == 200 else 404)


def test_a_file_is_not_there_for_strangers_and_for_members_of_another_city(
    world: World, sign_in: SignIn
) -> None:
    stranger = world.app.test_client()
    assert stranger.get("/alva/exports/directory/people.csv").status_code in {302, 303}
    client = sign_in(world.person("bruma"))
    assert client.get("/alva/exports/directory/people.csv").status_code == 404
    assert client.get("/alva/exports").status_code == 404


@pytest.mark.parametrize(
    "path", ["directory/nothing.csv", "nothing/people.csv", "directory/people.exe", "directory/people.ics", "x/y.pdf"],
)  # fmt: skip
def test_what_is_no_list_is_not_there(world: World, sign_in: SignIn, path: str) -> None:
    client = sign_in(world.person("alva"))
    assert client.get(f"/alva/exports/{path}").status_code == 404
    assert client.post(f"/alva/exports/{path}").status_code in {404, 405}


def test_the_lists_of_a_plugin_go_with_it(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva"))
    take(client, "activities/activities.csv")
    with world.in_city("alva"):
        db.session.execute(update(CityPlugin).values(enabled=False))
        db.session.commit()
    assert client.get("/alva/exports/activities/activities.csv").status_code == 404
    assert client.post("/alva/exports/activities/activities.csv").status_code == 404


# -- The menu ----------------------------------------------------------------------------------------------


def test_the_head_of_each_list_offers_its_files_with_its_conditions(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.person("alva"))
    text = client.get("/alva/organisations?sector=police&q=a%26b&after=zzz&evil=1").get_data(
        as_text=True
    )
    links = [
        link.replace("&amp;", "&") for link in re.findall(r'href="(/alva/exports/[^"]+)"', text)
    ]
    assert [urlsplit(link).path.rpartition(".")[2] for link in links] == [
        "xlsx",
        "ods",
        "csv",
        "pdf",
    ]
    for link in links:
        assert dict(parse_qsl(urlsplit(link).query)) == {"q": "a&b", "sector": "police"}
    assert 'href="/alva/exports"' in text


def test_activities_are_offered_as_a_calendar_file_too(world: World, sign_in: SignIn) -> None:
    text = sign_in(world.person("alva")).get("/alva/activities/").get_data(as_text=True)
    assert "/alva/exports/activities/activities.ics" in text


def test_the_menu_is_empty_for_who_may_not_see_the_list(world: World) -> None:
    with world.in_city("alva"):
        g.viewer = None
        assert export_links("directory/people") == []


# -- What is noted -----------------------------------------------------------------------------------------


def test_each_file_is_noted_with_its_list_and_the_names_of_its_conditions(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.person("alva"))
    take(client, "directory/people.xlsx?q=secret+name&role=member")
    with world.app.app_context():
        noted = db.session.scalars(
            select(AuditRecord).where(AuditRecord.action == "export.made")
        ).one()
    assert noted.membership_id == world.person("alva").membership_id
    assert noted.details == {
        "list": "directory/people", "kind": "xlsx", "filters": "q, role", "rows": noted.details["rows"],
    }  # fmt: skip
    assert noted.details["rows"].isdigit()
    assert "secret" not in str(noted.details)


def test_the_log_tells_which_list_was_taken_out(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    take(client, "directory/people.xlsx")
    text = client.get("/alva/settings/log").get_data(as_text=True)
    assert "List taken out as a file" in text
    assert re.search(r"People \(XLSX, \d+ rows\)", text)


def test_a_file_may_not_be_kept_or_run_by_a_browser(world: World, sign_in: SignIn) -> None:
    answer = take(sign_in(world.person("alva")), "directory/people.csv")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert re.fullmatch(
        r'attachment; filename="alva-people-\d{4}-\d\d-\d\d\.csv"',
        answer.headers["Content-Disposition"],
    )


@pytest.mark.parametrize(
    "question",
    ["q=%ff", "q=" + "x" * 5000, "sector[]=1", "organisation=%F0%9F%8E%89", "sort=;drop", "period=never"],
)  # fmt: skip
@pytest.mark.parametrize("name", LISTS)
def test_whatever_the_address_says_an_answer_comes(
    world: World, sign_in: SignIn, name: str, question: str
) -> None:
    client = sign_in(world.person("alva"))
    for kind in ("csv", "pdf"):
        assert client.get(f"/alva/exports/{name}.{kind}?{question}").status_code == 200


# -- Long lists --------------------------------------------------------------------------------------------


def test_a_long_list_is_offered_to_be_made_and_not_handed_over(
    world: World, sign_in: SignIn, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 10)
    client = sign_in(world.person("alva"))
    answer = client.get("/alva/exports/directory/organisations.xlsx?q=station")
    assert answer.mimetype == "text/html"
    text = answer.get_data(as_text=True)
    assert "The list has 70 rows." in text
    assert "Search: station" in text
    assert everything_in(world, Export) == []
    asked = client.post("/alva/exports/directory/organisations.xlsx?q=station")
    assert asked.status_code == 303
    (wanted,) = everything_in(world, Export)
    assert (wanted.list_name, wanted.arguments, wanted.state, wanted.total) == (
        "organisations", {"q": "station"}, "waiting", 70,
    )  # fmt: skip


def everything_in(world: World, model: type[Any]) -> list[Any]:
    with world.app.app_context():
        return everything_of(model)


def test_pressing_the_button_twice_makes_one_export(
    world: World, sign_in: SignIn, many: int
) -> None:
    client = sign_in(world.person("alva"))
    for _press in range(2):
        answer = client.post(
            "/alva/exports/directory/organisations.csv", data={"once": "abcdefghabcdefgh"}
        )
        assert answer.status_code == 303
    assert len(everything_in(world, Export)) == 1


def test_nobody_asks_for_more_than_a_few_files_at_once(
    world: World, sign_in: SignIn, many: int
) -> None:
    client = sign_in(world.person("alva"))
    for _number in range(services.MOST_AT_WORK + 2):
        assert client.post("/alva/exports/directory/organisations.csv").status_code == 303
    assert len(everything_in(world, Export)) == services.MOST_AT_WORK
    assert "several files already" in client.get("/alva/exports").get_data(as_text=True)


def test_a_paper_of_too_many_rows_says_so_and_offers_a_spreadsheet(
    world: World, sign_in: SignIn, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_ON_PAPER", 50)
    client = sign_in(world.person("alva"))
    text = client.get("/alva/exports/directory/organisations.pdf").get_data(as_text=True)
    assert "at most 50 rows" in text
    assert "organisations.xlsx" in text
    assert client.post("/alva/exports/directory/organisations.pdf").status_code == 422
    assert everything_in(world, Export) == []


# -- What it costs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["directory/organisations", "directory/people"])
def test_a_file_asks_the_same_few_questions_for_many_rows_as_for_few(
    world: World, sign_in: SignIn, name: str, many: int
) -> None:
    client = sign_in(world.person("alva"))
    counts = []
    for question in ("?q=no+such+thing", ""):
        take(client, f"{name}.csv{question}")
        with statements_of(world.app) as seen:
            take(client, f"{name}.csv{question}")
        counts.append(len([one for one in seen if not one.startswith(("BEGIN", "SAVE", "REL"))]))
    assert counts[1] <= counts[0] + 1
    assert counts[1] <= 12
