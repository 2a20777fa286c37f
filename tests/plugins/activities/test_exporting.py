"""The list of activities as a file: its filters, its order, and what stays on the page of an activity."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import update

from core.api import db, new_id
from core.i18n import today
from core.permissions import Role
from core.testing.app import Somebody, World, statements_of
from core.testing.spreadsheets import of_csv, of_xlsx
from plugins.activities.models import Activity, Partner
from plugins.activities.services import records
from plugins.activities.services.exporting import ACTIVITIES

SignIn = Callable[[Somebody], FlaskClient]
HEADS = [column.name for column in ACTIVITIES.columns_here()]
Make = Any
See = Any


def log_activity(entry: Any, viewer: Any) -> Activity:
    return records.log_activity(entry, viewer, today())


@pytest.fixture
def logged(world: World, make: Make, see: See) -> int:
    """Forty activities of many kinds, more than a page; how many a member of the first organisation may see."""
    with world.in_city("alva"):
        member = see(organisation_id=world.organisations["alva"][0])
        for number in range(40):
            log_activity(
                make(
                    days=-number,
                    title=f"Activity {number:02}",
                    type="workshop" if number % 2 else "training_frontline",
                    organisation_id=world.organisations["alva"][number % 2],
                    participants=number,
                ),
                member,
            )
        db.session.commit()
    return 40


def take(client: FlaskClient, kind: str, question: str = "") -> Any:
    answer = client.get(f"/alva/exports/activities/activities.{kind}{question}")
    assert answer.status_code == 200
    assert answer.mimetype != "text/html"
    return answer


def taken(client: FlaskClient, question: str = "") -> list[dict[str, str]]:
    rows = of_csv(take(client, "csv", question).data)
    return [dict(zip(HEADS, row, strict=True)) for row in rows[1:]]


def on_pages(client: FlaskClient, question: str) -> list[str]:
    found: list[str] = []
    path = f"/alva/activities/{question}"
    while path:
        text = client.get(path).get_data(as_text=True)
        found += re.findall(r'class="m-title"><a [^>]*>([^<]*)</a>', text)
        following = re.search(r'<a href="([^"]+)" rel="next"', text)
        path = following.group(1).replace("&amp;", "&") if following else ""
    return found


@pytest.mark.parametrize(
    "question",
    [
        "", "?sort=title", "?sort=-participants", "?sort=organisation", "?type=workshop", "?q=activity+1",
        "?status=planned", "?period=this_year&sort=date", "?type=workshop&sort=-title&q=activity", "?q=no+such",
    ],
)  # fmt: skip
def test_a_file_holds_the_rows_of_all_pages_in_their_order(
    world: World, sign_in: SignIn, logged: int, question: str
) -> None:
    client = sign_in(world.person("alva"))
    listed = on_pages(client, question)
    assert bool(listed) is ("no+such" not in question and "planned" not in question)
    assert [row["title"] for row in taken(client, question)] == listed


def test_what_an_organisation_keeps_to_itself_is_in_nobody_else_s_file(
    world: World, sign_in: SignIn, make: Make, see: See
) -> None:
    with world.in_city("alva"):
        own = see(role=Role.FOCAL_POINT)
        log_activity(
            make(title="Kept back", visibility="organisation", organisation_id=own.organisation_id),
            own,
        )
        db.session.commit()
    insider, outsider = Role.FOCAL_POINT, Role.CHAIR
    assert [row["title"] for row in taken(sign_in(world.person("alva", insider)))] == ["Kept back"]
    client = sign_in(world.person("alva", outsider))
    assert taken(client) == []
    assert b"Kept back" not in take(client, "ics").data


def test_a_sensitive_place_stays_on_the_page(
    world: World, sign_in: SignIn, make: Make, see: See
) -> None:
    with world.in_city("alva"):
        log_activity(make(place="Behind the mill", place_sensitive=True), see())
        log_activity(make(place="Town hall"), see())
        db.session.commit()
    client = sign_in(world.person("alva"))
    places = {row["place"] for row in taken(client)}
    assert places == {"sensitive, only on the page", "Town hall"}
    for kind in ("ics", "xlsx", "pdf"):
        assert b"Behind the mill" not in take(client, kind).data


def test_each_row_has_what_the_page_shows(
    world: World, sign_in: SignIn, make: Make, see: See
) -> None:
    first, second = world.organisations["alva"]
    with world.in_city("alva"):
        activity = log_activity(
            make(
                title="Читање вести", language="mk", participants=22, by_sex={"female": 12, "male": 10},
                level="primary", target_groups=["parents", "teachers"], budget_spent=Decimal("120.50"), currency="MKD",
            ),
            see(),
        )  # fmt: skip
        db.session.add(Partner(id=new_id(), activity_id=activity.id, organisation_id=second))
        db.session.execute(
            update(Activity).values(
                translations={
                    "en": {"title": "Reading news", "description": "", "state": "translated"}
                }
            )
        )
        db.session.commit()
        identifier = activity.id
    assert first != second
    client = sign_in(world.person("alva"))
    (row,) = taken(client)
    assert (row["title"], row["original_title"], row["language"]) == (
        "Reading news", "Читање вести", "Macedonian",
    )  # fmt: skip
    assert (row["participants"], row["sex_female"], row["sex_male"]) == ("22", "12", "10")
    assert row["target_groups"] == "Parents; Teachers"
    assert row["partners"] == "Youth centre of Alva"
    assert (row["budget_spent"], row["currency"]) == ("120.50", "MKD")
    assert row["page"].endswith(f"/alva/activities/{identifier}")
    sheet = of_xlsx(take(client, "xlsx").data).worksheets[0]
    cells = dict(zip(HEADS, sheet[2], strict=True))
    assert cells["participants"].value == 22
    assert cells["start_date"].is_date
    assert cells["budget_spent"].value == 120.5


def test_a_title_like_a_formula_is_text_everywhere(
    world: World, sign_in: SignIn, make: Make, see: See
) -> None:
    title = '=HYPERLINK("https://bad.example","x")'
    with world.in_city("alva"):
        log_activity(make(title=title), see())
        db.session.commit()
    client = sign_in(world.person("alva"))
    assert taken(client)[0]["title"] == f"'{title}"
    cell = dict(zip(HEADS, of_xlsx(take(client, "xlsx").data).worksheets[0][2], strict=True))[
        "title"
    ]
    assert (cell.value, cell.data_type) == (title, "s")


def test_the_conditions_stand_on_the_paper(world: World, sign_in: SignIn, logged: int) -> None:
    client = sign_in(world.person("alva"))
    reader = PdfReader(io.BytesIO(take(client, "pdf", "?type=workshop&period=this_year").data))
    text = reader.pages[0].extract_text()
    for words in ("Activities", "Alva", "Type: Workshop", "Period: This year", "Participants"):
        assert words in text, words
    assert "by Member of Alva" in text


def test_a_calendar_file_holds_the_same_activities(
    world: World, sign_in: SignIn, logged: int
) -> None:
    from icalendar import Calendar

    client = sign_in(world.person("alva"))
    for question in ("", "?type=workshop", "?q=activity+07"):
        calendar = Calendar.from_ical(take(client, "ics", question).data)
        titles = {str(event["SUMMARY"]) for event in calendar.walk("VEVENT")}
        assert titles == {row["title"] for row in taken(client, question)}
    event: Any = calendar.walk("VEVENT")[0]
    assert "/alva/activities/" in str(event["URL"])
    assert isinstance(event["DTSTART"].dt, date)


def test_many_activities_are_asked_for_in_a_few_questions(
    world: World, sign_in: SignIn, logged: int
) -> None:
    client = sign_in(world.person("alva"))
    taken(client)
    with statements_of(world.app) as seen:
        assert len(taken(client)) == logged
    questions = [one for one in seen if not one.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(questions) <= 12, "\n".join(questions)


def test_columns_and_values_are_as_many() -> None:
    assert len(HEADS) == len(set(HEADS))
    printed = [column.name for column in ACTIVITIES.columns_here() if column.printed]
    assert printed[:2] == ["start_date", "title"]
    assert len(printed) <= 9
