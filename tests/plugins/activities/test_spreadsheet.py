"""Activities from a spreadsheet: what offices write in their yearly tables."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import db
from core.content.models import ContentText
from core.i18n import today
from core.permissions import Role
from core.testing.app import Somebody, World, statements_of
from plugins.activities.models import Activity, Change, Partner

SignIn = Callable[[Somebody], FlaskClient]
BASE = "/alva/imports/activities"
TABLE = """Активност;Датум;Носител;Партнери;Тип;Учесници;;Место;Потрошено
;;;;;Жени;Мажи;;
Работилница за медиуми;12.03.2026;School of Alva;Youth centre of Alva;Работилница;12;11;Библиотека;1.200,50
Трибина во домот;3 април 2026 г.;Youth centre of Alva;;Трибина;;;Дом на култура;
"""


def send(client: FlaskClient, text: str, **more: str) -> str:
    """Send a table and match it as guessed; the address of its preview."""
    import re

    answer = client.post(BASE, data={"file": (io.BytesIO(text.encode()), "table.csv")})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location).text
    form = page[page.index('id="match"') :]
    data = {}
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', form, re.S):
        picked = re.search(r'<option value="([^"]*)" selected', inner)
        data[name] = picked[1] if picked else ""
    answer = client.post(answer.location, data=data | more)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def bring_in(client: FlaskClient, text: str = TABLE, **more: str) -> str:
    here = send(client, text, **more)
    page = client.get(here).text
    client.post(f"{here}/confirm")
    return page


def activities(world: World) -> list[Activity]:
    with world.in_city("alva"):
        return list(db.session.scalars(select(Activity).order_by(Activity.start_utc)))


def test_a_yearly_table_becomes_activities(world: World, sign_in: SignIn) -> None:
    bring_in(sign_in(world.person("alva", Role.FOCAL_POINT)))
    media, debate = activities(world)
    assert (media.title, media.type, media.status, media.place) == (
        "Работилница за медиуми", "workshop", "held", "Библиотека",
    )  # fmt: skip
    assert (media.participants, media.by_sex) == (23, {"female": 12, "male": 11, "unknown": 0})
    assert str(media.budget_spent) == "1200.50"
    assert media.organisation_id == world.organisations["alva"][0]
    assert (debate.start_date.isoformat(), debate.type, debate.participants) == (
        "2026-04-03", "community_meeting", None,
    )  # fmt: skip
    with world.in_city("alva"):
        (partner,) = db.session.scalars(select(Partner)).all()
        assert (partner.activity_id, partner.organisation_id) == (
            media.id, world.organisations["alva"][1],
        )  # fmt: skip
        kept = db.session.scalars(select(ContentText).where(ContentText.record_id == media.id))
        assert [each.texts["title"] for each in kept] == ["Работилница за медиуми"]


def test_the_same_table_again_changes_nothing(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    bring_in(client)
    assert "Unchanged (2)" in client.get(send(client, TABLE)).text


def test_a_changed_table_changes_with_history(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    bring_in(client)
    page = bring_in(client, TABLE.replace("Библиотека", "Градска библиотека"))
    assert "Changed (1)" in page
    assert "Градска библиотека" in page
    media = activities(world)[0]
    assert (media.place, media.version, media.sequence) == ("Градска библиотека", 2, 1)
    assert "gradska biblioteka" in media.search_text
    with world.in_city("alva"):
        (change,) = db.session.scalars(select(Change)).all()
        assert (change.way, change.fields["place"]) == (
            "import", ["Библиотека", "Градска библиотека"],
        )  # fmt: skip


def test_what_lies_ahead_cannot_have_been_held(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva"))
    with world.in_city("alva"):
        day = (today() + timedelta(days=30)).strftime("%d.%m.%Y")
    here = send(client, f"Title;Date;Status\nOne;{day};Held\nTwo;{day};Planned\n")
    page = client.get(here).text
    assert "Refused (1)" in page
    assert "New (1)" in page
    assert "The date lies ahead, so it cannot have been held." in page


def test_participants_of_a_planned_activity_are_expected(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva"))
    with world.in_city("alva"):
        day = (today() + timedelta(days=30)).strftime("%d.%m.%Y")
    bring_in(client, f"Title;Date;Participants\nOne;{day};30\n")
    (one,) = activities(world)
    assert (one.status, one.participants, one.expected) == ("planned", None, 30)


def test_a_member_does_not_change_what_is_not_theirs(world: World, sign_in: SignIn) -> None:
    bring_in(sign_in(world.person("alva", Role.FOCAL_POINT)))
    # The member speaks for the school; the debate is the youth centre's.
    client = sign_in(world.person("alva"))
    page = client.get(send(client, TABLE.replace("Дом на култура", "Сала"))).text
    assert "This activity is here already, and you may not change it." in page


def test_what_an_organisation_keeps_to_itself_is_not_found_by_others(
    world: World, sign_in: SignIn
) -> None:
    bring_in(sign_in(world.person("alva", Role.FOCAL_POINT)))
    with world.in_city("alva"):
        for one in db.session.scalars(select(Activity)):
            one.visibility, one.logged_by = "organisation", None
        db.session.commit()
    chair = world.person("alva", Role.CHAIR)
    page = sign_in(chair)
    assert "you may not change" not in page.get(send(page, TABLE)).text


def test_hundreds_of_rows_take_as_many_statements_as_tens(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))

    def cost(first: int, count: int) -> int:
        rows = "".join(f"Activity {first + n};12.03.2026;Place {n}\n" for n in range(count))
        with statements_of(world.app) as seen:
            here = send(client, f"Title;Date;Place\n{rows}")
            client.post(f"{here}/confirm")
        return len(seen)

    few = cost(0, 30)
    many = cost(1000, 300)
    assert len(activities(world)) == 330
    assert many <= few + 2
