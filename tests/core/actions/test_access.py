"""Who is told what: an action tells of itself, and of what it hangs on to those alone who may open that."""

from __future__ import annotations

import csv
import io

import pytest

from core.actions.services import forget_subject
from core.actions.words import Status
from core.database import db
from core.permissions import Role
from core.search.query import read_query
from plugins.activities.services.entries import entry_of
from plugins.activities.services.records import change_activity, find_activity
from plugins.activities.words import Visibility

from .conftest import Scene, in_days

CANARY = "Canary of the title"
LEAK = ("Canary of the title", "Canary of the place", "Canary of the description")
# Of the school, as the activity is; of the youth centre, to which the action is given; of neither's circle.
READERS = (
    Role.MEMBER,
    Role.FOCAL_POINT,
    Role.CHAIR,
    Role.LEAD_WORKER,
    Role.DATA_PROTECTION_OFFICER,
)
PAGES = (
    "/alva/",
    "/alva/actions/?whose=all&show=every",
    "/alva/actions/?whose=ours&show=every",
    "/alva/actions/?show=every",
    "/alva/actions/?whose=all&show=every&q=canary",
    "/alva/search?q=canary",
    "/alva/search?q=room",
    "/alva/notifications",
    "/alva/calendar",
)


@pytest.fixture
def restricted(scene: Scene) -> tuple[Scene, str, str]:
    """An activity that its own organisation alone sees, and on it an action that somebody of another does."""
    subject = scene.log(
        title=LEAK[0], place=LEAK[1], description=LEAK[2], visibility=Visibility.ORGANISATION.value
    )
    page = f"/alva/activities/{subject.id}"
    answer = scene.client(Role.MEMBER).post(
        f"/alva/actions/on/activities/activity/{subject.id}",
        data={
            "text": "Bring the room key",
            "who": f"p:{scene.member(Role.CHAIR)}",
            "due_on": in_days(2),
            "once": "a" * 16,
        },
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert scene.stored("a" * 16).restricted
    return scene, "a" * 16, page


def exported(scene: Scene, role: Role) -> str:
    answer = scene.client(role).get("/alva/exports/actions/actions.csv?whose=all&show=every")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_restricted_subject_is_named_to_nobody_who_may_not_open_it(
    restricted: tuple[Scene, str, str],
) -> None:
    scene, action, page = restricted
    scene.settle(action, Status.BLOCKED, "The caretaker is away.", Role.CHAIR)
    scene.remind()
    # The chair and the lead worker speak for the organisation that is to act: they see the action and no more.
    for role in (Role.CHAIR, Role.LEAD_WORKER):
        assert scene.client(role).get(page).status_code == 404
        detail = scene.words(role, f"/alva/actions/{action}")
        assert "Bring the room key" in detail
        assert "Something that you cannot open" in detail
        for path in (*PAGES, f"/alva/actions/{action}", f"/alva/actions/{action}/edit"):
            html = scene.client(role).get(path).get_data(as_text=True)
            assert not [word for word in LEAK if word in html], (role, path)
            assert page not in html, (role, path)
        assert "Bring the room key" in exported(scene, role)
        assert not [word for word in LEAK if word in exported(scene, role)]
    # Who may open the activity is told what the action belongs to.
    assert CANARY in scene.words(Role.MEMBER, f"/alva/actions/{action}")
    assert "Bring the room key" in scene.words(Role.MEMBER, page)
    # In no mail stands either of them: the mail lies there for years.
    for mail in scene.mails():
        text = mail.as_string()
        assert not [word for word in (*LEAK, "Bring the room key") if word in text]


def test_who_has_no_part_in_it_does_not_learn_that_it_is_there(
    restricted: tuple[Scene, str, str],
) -> None:
    scene, action, page = restricted
    # Given to nobody of the school any more: its other people see it on the activity's page alone.
    for role in (Role.FOCAL_POINT, Role.DATA_PROTECTION_OFFICER):
        for path in PAGES:
            assert "Bring the room key" not in scene.words(role, path), (role, path)
        assert "Bring the room key" not in exported(scene, role)
        on_page = scene.client(role).get(page).status_code
        assert scene.client(role).get(f"/alva/actions/{action}").status_code == on_page
    for role in (Role.OBSERVER, Role.CITY_ADMINISTRATOR):
        answer = scene.client(role).get(f"/alva/actions/{action}")
        assert answer.status_code in {403, 404}
        for path in ("/alva/", "/alva/search?q=room", "/alva/search?q=canary"):
            assert "Bring the room key" not in scene.words(role, path)


def test_an_activity_that_becomes_restricted_takes_its_actions_along_and_back(scene: Scene) -> None:
    subject = scene.log(title=CANARY)
    action = scene.add("Print the posters", to=Role.MEMBER, subject=subject)
    assert CANARY in scene.words(Role.CHAIR, "/alva/actions/?whose=all")
    who = scene.viewer()
    for visibility, sees in ((Visibility.ORGANISATION, False), (Visibility.MEMBERS, True)):
        with scene.world.in_city("alva"):
            from dataclasses import replace

            from core.i18n import today

            found = find_activity(subject.id, who, for_change=True)
            assert found is not None
            entry = replace(entry_of(found, ()), visibility=visibility.value)
            change_activity(found, entry, found.version, who, today())
            db.session.commit()
        listed = scene.words(Role.CHAIR, "/alva/actions/?whose=all")
        assert ("Print the posters" in listed) is sees
        assert (CANARY in listed) is sees
        code = scene.client(Role.CHAIR).get(f"/alva/actions/{action}").status_code
        assert code == (200 if sees else 404)


def test_the_panel_shows_the_actions_of_its_own_subject(scene: Scene) -> None:
    one, other = scene.log(), scene.log(title="Another")
    scene.add("Book the room", subject=one)
    assert "Book the room" in scene.words(Role.CHAIR, f"/alva/activities/{one.id}")
    shown = scene.words(Role.CHAIR, f"/alva/activities/{other.id}")
    assert "Book the room" not in shown
    assert "No action hangs on this" in shown
    observer = scene.client(Role.OBSERVER).get(f"/alva/activities/{one.id}")
    assert "Book the room" not in observer.get_data(as_text=True)


def test_what_a_record_leaves_behind_stands_by_itself_and_stays_restricted(scene: Scene) -> None:
    subject = scene.log(title=CANARY, visibility=Visibility.ORGANISATION.value)
    action = scene.add("Bring chairs", subject=subject, restricted=True, to=Role.CHAIR)
    with scene.world.in_city("alva"):
        assert forget_subject(subject) == 1
        db.session.commit()
    assert scene.stored(action).restricted
    detail = scene.words(Role.CHAIR, f"/alva/actions/{action}")
    assert "Belongs to" not in detail
    assert scene.client(Role.FOCAL_POINT).get(f"/alva/actions/{action}").status_code == 404


# -- The walls of a city -----------------------------------------------------------------------------------


def test_another_city_learns_nothing_and_changes_nothing(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER)
    abroad = scene.client(Role.FOCAL_POINT, "bruma")
    for slug in ("alva", "bruma"):
        for path in (
            f"/{slug}/actions/{action}",
            f"/{slug}/actions/{action}/edit",
            f"/{slug}/actions/{action}/reason/blocked",
            f"/{slug}/actions/hand-over/{scene.member(Role.MEMBER)}",
        ):
            assert abroad.get(path).status_code == 404, path
        assert abroad.post(f"/{slug}/actions/{action}/status/done").status_code == 404
    assert "Book the room" not in abroad.get("/bruma/actions/?whose=all&show=every").text
    assert "Book the room" not in abroad.get("/bruma/search?q=room").text
    assert scene.stored(action).status == "open"


def test_nobody_of_another_city_can_be_given_an_action(scene: Scene) -> None:
    stranger = scene.member(Role.MEMBER, "bruma")
    for value in (f"p:{stranger}", f"o:{scene.world.organisations['bruma'][0]}"):
        answer = scene.client(Role.MEMBER).post(
            "/alva/actions/new", data={"text": "x", "who": value, "due_on": in_days(2)}
        )
        assert answer.status_code == 422
        answer = scene.client(Role.MEMBER).post(
            f"/alva/actions/hand-over/{scene.member(Role.MEMBER)}", data={"to": value}
        )
        assert answer.status_code == 422
    assert scene.number() == 0


def test_a_form_sent_from_another_city_with_the_same_mark_makes_one_of_its_own(
    scene: Scene,
) -> None:
    data = {"text": "Here", "who": f"o:{scene.school}", "due_on": in_days(2), "once": "b" * 16}
    assert scene.client(Role.MEMBER).post("/alva/actions/new", data=data).status_code == 303
    there = data | {"text": "There", "who": f"o:{scene.world.organisations['bruma'][0]}"}
    abroad = scene.client(Role.MEMBER, "bruma")
    assert abroad.post("/bruma/actions/new", data=there).status_code == 303
    assert "There" in abroad.get(f"/bruma/actions/{'b' * 16}").text
    assert scene.stored("b" * 16).text == "Here"


# -- Roles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "reads", "adds"),
    [
        (Role.FOCAL_POINT, True, True),
        (Role.CHAIR, True, True),
        (Role.MEMBER, True, True),
        (Role.LEAD_WORKER, True, True),
        (Role.DATA_PROTECTION_OFFICER, True, False),
        (Role.CITY_ADMINISTRATOR, False, False),
        (Role.OBSERVER, False, False),
    ],
)
def test_each_role_reads_and_adds_what_it_may(
    scene: Scene, role: Role, reads: bool, adds: bool
) -> None:
    action = scene.add(organisation=scene.school)
    client = scene.client(role)
    for path in ("/alva/actions/", f"/alva/actions/{action}"):
        assert client.get(path).status_code == (200 if reads else 403)
    data = {"text": "Mine", "who": f"o:{scene.school}", "due_on": in_days(1)}
    assert client.get("/alva/actions/new").status_code == (200 if adds else 403)
    assert client.post("/alva/actions/new", data=data).status_code == (303 if adds else 403)
    home = client.get("/alva/").get_data(as_text=True)
    assert ('href="/alva/actions/"' in home) is reads
    # Whoever finds it by searching is whoever may read it.
    assert ("Book the room" in scene.words(role, "/alva/search?q=room")) is reads


def test_others_read_it_and_leave_it_as_it_is(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER)
    other = scene.client(Role.LEAD_WORKER)
    shown = scene.words(Role.LEAD_WORKER, f"/alva/actions/{action}")
    assert "Done" not in shown
    assert other.get(f"/alva/actions/{action}/edit").status_code == 403
    assert other.get(f"/alva/actions/{action}/reason/blocked").status_code == 403
    assert other.post(f"/alva/actions/{action}/status/done").status_code == 403
    answer = other.post(f"/alva/actions/{action}/reason/blocked", data={"reason": "x"})
    assert answer.status_code == 403
    mine = scene.member(Role.MEMBER)
    assert other.get(f"/alva/actions/hand-over/{mine}").status_code == 403
    # The chair may change what belongs to others.
    assert scene.client(Role.CHAIR).post(f"/alva/actions/{action}/status/done").status_code == 303
    assert scene.stored(action).status == "done"


def test_search_finds_what_the_list_shows_and_leads_there(scene: Scene) -> None:
    scene.add("Bring the projector", to=Role.CHAIR, by=Role.CHAIR, restricted=True)
    scene.add("Bring the screen", to=Role.CHAIR, by=Role.CHAIR)
    shown = scene.words(Role.MEMBER, "/alva/search?q=bring")
    assert "Bring the screen" in shown
    assert "projector" not in shown
    assert "projector" in scene.words(Role.LEAD_WORKER, "/alva/search?q=bring")
    from flask import g

    from core.actions.searching import hits
    from core.i18n import today

    who = scene.viewer()
    with scene.app.test_request_context("/alva/"), scene.world.in_city("alva"):
        g.city_slug = "alva"
        (hit,) = hits(who, read_query("bring", today()))
        assert hit.kind.more is not None
        more = hit.kind.more.url
    assert "Bring the screen" in scene.words(Role.MEMBER, more)


def test_an_export_holds_what_its_reader_may_see(scene: Scene) -> None:
    scene.add("Open to all", to=Role.CHAIR, by=Role.CHAIR, days=1)
    scene.add("For its circle", to=Role.CHAIR, by=Role.CHAIR, restricted=True, days=2)
    scene.add("=1+1", to=Role.MEMBER, days=3)
    mine = list(csv.reader(io.StringIO(exported(scene, Role.MEMBER).lstrip("\ufeff"))))
    texts = [row[0] for row in mine[1:] if row]
    assert "Open to all" in texts
    assert "For its circle" not in texts
    assert not [text for text in texts if text.startswith("=")]
    assert "For its circle" in exported(scene, Role.LEAD_WORKER)
    observer = scene.client(Role.OBSERVER).get("/alva/exports/actions/actions.csv")
    assert observer.status_code in {403, 404}
