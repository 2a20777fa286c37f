"""The pages: from the empty form to the record, and what goes wrong on the way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.api import Viewer, db, new_id
from core.i18n import today
from core.permissions import Role
from core.testing.app import Somebody, World, statements_of
from plugins.activities.models import Activity
from plugins.activities.services.entries import Entry
from plugins.activities.services.records import log_activity

from .conftest import in_city

Make = Callable[..., Entry]
See = Callable[..., Viewer]
SignIn = Callable[[Somebody], FlaskClient]


@pytest.fixture
def member(world: World, sign_in: SignIn) -> FlaskClient:
    return sign_in(world.person("alva"))


def filled(world: World, **facts: Any) -> dict[str, Any]:
    usual = {
        "once": new_id(), "title": "Workshop", "type": "workshop", "start_date": "2026-03-02",
        "organisation_id": world.organisations["alva"][0], "language": "en", "visibility": "members",
        "mode": "in_person", "currency": "EUR", "level": "", "status": "",
    }  # fmt: skip
    return usual | facts


def logged(world: World, see: See, make: Make, **facts: Any) -> str:
    with in_city(world) as day:
        activity = log_activity(make(**facts), see(), day)
        db.session.commit()
        return activity.id


def number_of(world: World) -> int:
    with in_city(world):
        return db.session.scalar(select(func.count()).select_from(Activity)) or 0


def test_from_the_form_to_the_list(world: World, member: FlaskClient) -> None:
    page = member.get("/alva/activities/new").text
    once = re.search(r'name="once"[^>]*value="([a-z2-7]{16})"', page)
    assert once is not None
    answer = member.post(
        "/alva/activities/new",
        data=filled(
            world, once=once[1], title="ورشة التربية الإعلامية", language="ar", participants="٣٠"
        ),
    )
    assert answer.status_code == 303
    detail = member.get(answer.location).text
    assert 'lang="ar"' in detail
    assert "Written in Arabic" in detail
    assert "ورشة التربية الإعلامية" in member.get("/alva/activities/").text
    assert "ورشة التربية الإعلامية" in member.get("/alva/activities/?q=تربيه").text


def test_at_most_eight_fields_are_seen_at_once(member: FlaskClient) -> None:
    page = member.get("/alva/activities/new").text
    form = page[page.index('id="activity"') :]
    seen = form[: form.index("<details")]
    labels = re.findall(r'<label class="form-label"|<legend', seen)
    assert len(labels) == 8


def test_pressing_twice_makes_one_record(world: World, member: FlaskClient) -> None:
    data = filled(world)
    first = member.post("/alva/activities/new", data=data)
    second = member.post("/alva/activities/new", data=data)
    assert first.location == second.location
    assert number_of(world) == 1


def test_what_was_typed_stays_after_an_error(world: World, member: FlaskClient) -> None:
    other = world.organisations["alva"][1]
    answer = member.post(
        "/alva/activities/new",
        data=filled(
            world, participants="حوالي ثلاثين", result="Two sentences.", partners=other,
            target_groups=["parents", "police"], start_date="31.2.2026",
        ),
    )  # fmt: skip
    assert answer.status_code == 422
    page = answer.text
    for kept in ("حوالي ثلاثين", "Two sentences.", 'value="31.2.2026"'):
        assert kept in page
    for ticked in (other, "parents", "police"):
        assert re.search(rf'value="{ticked}"[^>]* checked', page)
    assert page.count('class="m-error"') == 2
    assert re.search(r'aria-describedby="[^"]*participants-error"', page)
    assert '<details class="m-more m-field">' in page
    assert number_of(world) == 0


def test_an_error_behind_more_opens_it(world: World, member: FlaskClient) -> None:
    page = member.post("/alva/activities/new", data=filled(world, attendances="x")).text
    assert '<details class="m-more m-field" open>' in page


@pytest.mark.parametrize("field", ["status", "level", "visibility"])
def test_a_choice_of_nothing_but_spaces_is_no_fault_of_ours(
    world: World, member: FlaskClient, field: str
) -> None:
    answer = member.post(
        "/alva/activities/new", data=filled(world, participants="4", sex_female="4", **{field: " "})
    )
    assert answer.status_code in {303, 422}


def test_a_copy_takes_over_what_comes_back(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    source = logged(
        world, see, make, title="Weekly club", place="Library", result="Done.", participants=9
    )
    page = member.get(f"/alva/activities/new?from={source}").text
    assert 'value="Weekly club"' in page
    assert 'value="Library"' in page
    assert "Done." not in page
    # Today in the city, which late in the evening is another day than in UTC.
    assert f'value="{datetime.now(ZoneInfo("Europe/Skopje")).date().isoformat()}"' in page


def test_two_people_saving_see_both_versions(
    world: World, see: See, make: Make, member: FlaskClient, sign_in: SignIn
) -> None:
    identifier = logged(world, see, make, days=-3)
    focal = sign_in(world.person("alva", Role.FOCAL_POINT))
    address = f"/alva/activities/{identifier}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', member.get(address).text)
    assert version is not None
    facts = filled(
        world, start_date=(today() - timedelta(days=3)).isoformat(), status="held", type="workshop"
    )
    theirs = focal.post(
        address, data=facts | {"title": "Theirs", "version": version[1], "place": "Hall"}
    )
    assert theirs.status_code == 303
    answer = member.post(address, data=facts | {"title": "Mine", "version": version[1]})
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert 'value="Mine"' in answer.text
    assert 'value="Hall"' in answer.text
    newer = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert newer is not None
    assert int(newer[1]) == int(version[1]) + 1
    saved = member.post(
        address, data=facts | {"title": "Mine", "version": newer[1], "place": "Hall"}
    )
    assert saved.status_code == 303
    page = member.get(saved.location).text
    assert "Mine" in page
    assert "Hall" in page


def test_a_status_is_set_and_taken_back(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    identifier = logged(world, see, make, days=5)
    answer = member.post(f"/alva/activities/{identifier}/status/postponed")
    page = member.get(answer.location).text
    undo = re.search(r'action="([^"]+/status/planned\?undo=1)"', page)
    assert undo is not None
    page = member.get(member.post(undo[1]).location).text
    assert "undo=1" not in page
    assert "Postpone" in page
    answer = member.post(f"/alva/activities/{identifier}/status/held")
    assert "lies ahead" in member.get(answer.location).text


def test_only_one_s_own_organisation_may_change_it(
    world: World, see: See, make: Make, sign_in: SignIn
) -> None:
    identifier = logged(world, see, make)
    chair = sign_in(world.person("alva", Role.CHAIR))
    assert chair.get(f"/alva/activities/{identifier}").status_code == 200
    assert chair.get(f"/alva/activities/{identifier}/edit").status_code == 403
    assert chair.post(f"/alva/activities/{identifier}/status/cancelled").status_code == 403
    assert "/edit" not in chair.get(f"/alva/activities/{identifier}").text
    focal = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert focal.get(f"/alva/activities/{identifier}/edit").status_code == 200
    for role in (Role.OBSERVER, Role.CITY_ADMINISTRATOR):
        client = sign_in(world.person("alva", role))
        assert client.get(f"/alva/activities/{identifier}").status_code == 403
        assert client.get("/alva/activities/").status_code == 403
    stranger = sign_in(world.person("bruma"))
    assert stranger.get(f"/bruma/activities/{identifier}").status_code == 404
    assert stranger.get(f"/alva/activities/{identifier}").status_code == 404


def test_a_file_is_kept_and_removed(
    world: World, see: See, make: Make, member: FlaskClient, sign_in: SignIn
) -> None:
    identifier = logged(world, see, make, visibility="organisation")
    pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    answer = member.post(
        f"/alva/activities/{identifier}/attachments",
        data={"files": (io.BytesIO(pdf), "programme.pdf")},
        content_type="multipart/form-data",
    )
    page = member.get(answer.location).text
    link = re.search(r'href="(/alva/files/[a-z2-7]{16})"', page)
    assert link is not None
    with member.get(link[1]) as sent:
        assert sent.data == pdf
    chair = sign_in(world.person("alva", Role.CHAIR))
    assert chair.get(link[1]).status_code == 404
    remove = re.search(r'action="([^"]+/remove)"', page)
    assert remove is not None
    member.post(remove[1])
    assert member.get(link[1]).status_code == 404


def test_a_file_that_is_refused_keeps_the_record_unmade(world: World, member: FlaskClient) -> None:
    answer = member.post(
        "/alva/activities/new",
        data=filled(world, title="With a file") | {"files": (io.BytesIO(b"MZ\x90\x00"), "run.exe")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert 'value="With a file"' in answer.text
    assert number_of(world) == 0


def test_a_translation_is_what_its_readers_see(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    identifier = logged(world, see, make, title="Работилница", language="mk")
    address = f"/alva/translations/activities/activity/{identifier}/en"
    assert member.get(address).status_code == 200
    typed = {"text-title": "Workshop in words", "version": "0", "original_version": "1"}
    assert member.post(address, data=typed).status_code == 303
    page = member.get(f"/alva/activities/{identifier}").text
    assert "Workshop in words" in page
    assert "Translated from Macedonian" in page


def test_filters_stay_in_the_address(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    for number in range(35):
        logged(world, see, make, title=f"Club {number}", days=-number, type="workshop")
    page = member.get("/alva/activities/?type=workshop&q=club&sort=title").text
    assert "35 activities" in page
    assert 'aria-sort="ascending"' in page
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following is not None
    address = following[1].replace("&amp;", "&")
    assert "type=workshop" in address
    assert "sort=title" in address
    second = member.get(address).text
    assert second.count('class="m-title"') == 5
    assert 'rel="prev"' in second
    assert "Remove the condition: Type: Workshop" in page
    nothing = member.get("/alva/activities/?q=zzz").text
    assert "No activity matches" in nothing


@pytest.mark.parametrize(
    "query",
    ["sort=x", "type=party", "after=%FF", "organisation=%27", "period=ever", "q=" + "x" * 5000, "q=%25", "page=0",
     "before=WzEsMl0", "after=" + "A" * 4000],
)  # fmt: skip
def test_any_address_gets_a_list(world: World, member: FlaskClient, query: str) -> None:
    assert member.get(f"/alva/activities/?{query}").status_code == 200


def test_few_questions_however_many_rows(
    world: World, see: See, make: Make, member: FlaskClient
) -> None:
    other = world.organisations["alva"][1]
    identifier = logged(world, see, make, partners=(other,))

    def cost(address: str) -> int:
        member.get(address)
        with statements_of(world.app) as seen:
            assert member.get(address).status_code == 200
        return len([each for each in seen if not each.startswith("BEGIN")])

    addresses = (
        "/alva/",
        "/alva/activities/",
        f"/alva/activities/{identifier}",
        "/alva/activities/?q=media&group=parents",
    )
    few = [cost(address) for address in addresses]
    for number in range(12):
        logged(world, see, make, title=f"Other {number}", partners=(other,))
    assert [cost(address) for address in addresses] == few
    assert max(few) <= 6


def test_the_home_page_counts_and_lists(
    world: World, see: See, make: Make, member: FlaskClient, sign_in: SignIn
) -> None:
    logged(world, see, make, days=0, participants=3, result="Yes.")
    page = member.get("/alva/").text
    assert "Lately logged" in page
    assert "Media literacy workshop" in page
    observer = sign_in(world.person("alva", Role.OBSERVER)).get("/alva/").text
    assert "Media literacy workshop" not in observer
    assert "under 5" in observer
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR)).get("/alva/").text
    assert "people reached" not in administrator
