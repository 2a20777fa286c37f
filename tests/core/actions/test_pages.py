"""Adding, reading and changing an action: what a form takes, who is told, and that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from threading import Thread
from typing import Any

import pytest

import core.i18n.formats
from core.actions import services
from core.actions.access import ref_of
from core.actions.models import Action
from core.actions.words import Status
from core.content.services import keep_translation
from core.database import db
from core.i18n import today
from core.permissions import Role
from core.testing.pages import forms, parse

from .conftest import Scene, in_days

NEW = "/alva/actions/new"


def filled(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "text": "Book the room",
        "who": f"p:{scene.member(Role.CHAIR)}",
        "due_on": in_days(3),
        "once": "c" * 16,
    } | more


def form_of(scene: Scene, role: Role, path: str) -> dict[str, str]:
    """What a browser sends of the form of a page that nobody has touched."""
    answer = scene.client(role).get(path)
    assert answer.status_code == 200, path
    (form,) = [
        one
        for one in forms(answer.get_data(as_text=True), path)
        if one.names & {"text", "reason"} and one.method == "POST"
    ]
    return {name: values[0] for name, values in form.filled().items()}


# -- Adding ------------------------------------------------------------------------------------------------


def test_an_action_is_added_once_however_often_it_is_sent(scene: Scene) -> None:
    for _twice in range(2):
        answer = scene.client(Role.MEMBER).post(NEW, data=filled(scene))
        assert answer.status_code == 303
    assert scene.number() == 1
    stored = scene.stored("c" * 16)
    assert (stored.text, stored.status, stored.closed, stored.restricted) == (
        "Book the room",
        "open",
        False,
        False,
    )
    assert (stored.organisation_id, stored.assignee_id) == (scene.centre, scene.member(Role.CHAIR))
    assert stored.created_by == scene.member(Role.MEMBER)
    assert [(kind, who, times) for kind, who, _facts, times in scene.told()] == [
        ("actions.assigned", scene.member(Role.CHAIR), 1)
    ]


def test_pressed_three_times_at_once_it_is_one(scene: Scene) -> None:
    client = scene.client(Role.MEMBER)
    clients = [client, *(scene.enter(scene.world.person("alva")) for _more in range(2))]
    codes: list[int] = []

    def press(one: Any) -> None:
        codes.append(one.post(NEW, data=filled(scene)).status_code)

    threads = [Thread(target=press, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [303, 303, 303]
    assert scene.number() == 1


def test_the_form_proposes_oneself(scene: Scene) -> None:
    assert form_of(scene, Role.MEMBER, NEW)["who"] == f"p:{scene.member(Role.MEMBER)}"
    scene.set_member(Role.MEMBER, organisation_id=None)
    html = scene.client(Role.MEMBER).get(NEW).get_data(as_text=True)
    # Nobody is chosen for them: the first line asks to choose.
    assert "<option selected value=" not in html.split('id="who"')[1].replace(
        'selected value=""', ""
    )


def test_whoever_left_is_not_offered(scene: Scene) -> None:
    gone = scene.member(Role.CHAIR)
    scene.set_member(Role.CHAIR, until=date(2020, 1, 1))
    answer = scene.client(Role.MEMBER).post(NEW, data=filled(scene))
    assert answer.status_code == 422
    assert gone not in scene.client(Role.MEMBER).get(NEW).get_data(as_text=True)
    assert scene.number() == 0


@pytest.mark.parametrize(
    ("more", "field", "sentence"),
    [
        ({"text": ""}, "text", "Write what is to be done."),
        ({"text": " \t\r\n\u00a0"}, "text", "Write what is to be done."),
        ({"text": "\x00\x07"}, "text", "Write what is to be done."),
        ({"text": "x" * 501}, "text", "at most 500 characters"),
        ({"who": ""}, "who", "Choose who is to act."),
        ({"who": "p:nnnnnnnnnnnnnnnn"}, "who", ""),
        ({"who": "o:"}, "who", ""),
        ({"who": "\x00"}, "who", ""),
        ({"who": "x" * 5000}, "who", ""),
        ({"due_on": ""}, "due_on", "Choose the day"),
        ({"due_on": "31.12.2030"}, "due_on", ""),
        ({"due_on": "2030-02-30"}, "due_on", ""),
        ({"due_on": "0001-01-01"}, "due_on", "has passed"),
        ({"due_on": "9999-12-31"}, "due_on", "more than ten years"),
        ({"due_on": "99999999999-1-1"}, "due_on", ""),
        ({"due_on": "\x00"}, "due_on", ""),
        ({"due_on": None}, "due_on", "Choose the day"),
        ({"who": None}, "who", "Choose who is to act."),
        ({"text": None}, "text", "Write what is to be done."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_the_rest_stays(
    scene: Scene, more: dict[str, str | None], field: str, sentence: str
) -> None:
    data = {
        name: value.encode("utf-8", "surrogatepass")
        for name, value in filled(scene, **more).items()
        if value is not None
    }
    answer = scene.client(Role.MEMBER).post(NEW, data=data)
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert f'id="{field}-error"' in html
    assert sentence in parse(html).text()
    if field != "text":
        assert "Book the room</textarea>" in html
    if field != "who":
        assert f'selected value="p:{scene.member(Role.CHAIR)}"' in html
    assert scene.number() == 0


@pytest.mark.parametrize("once", ["", "\x00", "x" * 4000, "A" * 16])
def test_a_mark_that_is_none_makes_an_action_all_the_same(scene: Scene, once: str) -> None:
    answer = scene.client(Role.MEMBER).post(NEW, data=filled(scene, once=once))
    assert answer.status_code == 303
    assert scene.number() == 1


def test_what_was_written_stands_on_every_page_as_it_was_written(scene: Scene) -> None:
    text = "<b>Bold</b> & “quoted”\r\nsecond line 🌻 سلام"
    scene.client(Role.MEMBER).post(NEW, data=filled(scene, text=text, who=f"o:{scene.school}"))
    for path in ("/alva/actions/?whose=all", f"/alva/actions/{'c' * 16}"):
        html = scene.client(Role.MEMBER).get(path).get_data(as_text=True)
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; “quoted”" in html
        assert "<b>Bold" not in html


@pytest.mark.parametrize(
    "path",
    [
        "activities/activity/nnnnnnnnnnnnnnnn",
        "activities/other/{id}",
        "nonesuch/activity/{id}",
        "a%00/activity/{id}",
        "activities/activity/%00",
        "activities/activity/" + "x" * 600,
        "identity/membership/nnnnnnnnnnnnnnnn",
    ],
)
def test_an_action_hangs_on_nothing_that_is_not_there(scene: Scene, path: str) -> None:
    subject = scene.log()
    address = f"/alva/actions/on/{path.format(id=subject.id)}"
    client = scene.client(Role.MEMBER)
    assert client.get(address).status_code in {400, 404}
    assert client.post(address, data=filled(scene)).status_code in {400, 404}
    assert scene.number() == 0


@pytest.mark.parametrize("wrong", ["nnnnnnnnnnnnnnnn", "A" * 16, "%00" + "a" * 15, "а" * 16, "x"])
def test_addresses_of_no_action_are_not_there(scene: Scene, wrong: str) -> None:
    client = scene.client(Role.FOCAL_POINT)
    for path in (f"{wrong}", f"{wrong}/edit", f"{wrong}/reason/blocked", f"hand-over/{wrong}"):
        assert client.get(f"/alva/actions/{path}").status_code in {400, 404}, path
    for state in ("open", "in_progress", "done", "blocked", "not_possible", "other"):
        code = client.post(f"/alva/actions/{wrong}/status/{state}").status_code
        assert code in {400, 404, 405}, state


# -- Changing ----------------------------------------------------------------------------------------------


def test_a_change_is_kept_with_what_it_was(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER)
    path = f"/alva/actions/{action}/edit"
    data = form_of(scene, Role.MEMBER, path)
    assert scene.client(Role.MEMBER).post(path, data=data).status_code == 303
    assert scene.changes(action) == []
    data |= {"text": "Book the hall", "who": f"p:{scene.member(Role.CHAIR)}", "due_on": in_days(9)}
    assert scene.client(Role.MEMBER).post(path, data=data).status_code == 303
    (change,) = scene.changes(action)
    assert change["text"] == ["Book the room", "Book the hall"]
    assert change["due_on"] == [in_days(5), in_days(9)]
    assert change["assignee_id"] == [scene.member(Role.MEMBER), scene.member(Role.CHAIR)]
    shown = scene.words(Role.LEAD_WORKER, f"/alva/actions/{action}")
    for words in ("Book the room", "Book the hall", "Member of Alva", "Chair of Alva", "History"):
        assert words in shown
    assert scene.whom("actions.assigned") == {scene.member(Role.CHAIR)}


def test_of_two_who_change_it_at_once_neither_is_lost(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER)
    path = f"/alva/actions/{action}/edit"
    mine, theirs = (form_of(scene, role, path) for role in (Role.MEMBER, Role.CHAIR))
    theirs |= {"text": "Theirs", "who": f"p:{scene.member(Role.CHAIR)}"}
    assert scene.client(Role.CHAIR).post(path, data=theirs).status_code == 303
    mine |= {"text": "Mine", "who": f"o:{scene.school}", "due_on": in_days(8)}
    answer = scene.client(Role.MEMBER).post(path, data=mine)
    assert answer.status_code == 409
    html = answer.get_data(as_text=True)
    words = parse(html).text()
    assert "Somebody else saved this meanwhile." in words
    for said in ("Theirs", "Mine", "Chair of Alva", "School of Alva, nobody yet"):
        assert said in words
    assert "Mine</textarea>" in html
    assert scene.stored(action).text == "Theirs"
    # Sent again from the page that showed both, it counts.
    again = mine | {"version": "2"}
    assert 'value="2"' in html
    assert scene.client(Role.MEMBER).post(path, data=again).status_code == 303
    assert scene.stored(action).text == "Mine"
    assert [change["text"] for change in scene.changes(action)] == [
        ["Book the room", "Theirs"],
        ["Theirs", "Mine"],
    ]


@pytest.mark.parametrize("version", ["", "x", "-1", "\x00", "9" * 40, "٣"])
def test_a_version_that_is_none_is_a_conflict_and_no_fault(scene: Scene, version: str) -> None:
    action = scene.add(to=Role.MEMBER)
    data = form_of(scene, Role.MEMBER, f"/alva/actions/{action}/edit")
    data |= {"version": version, "text": "Other"}
    answer = scene.client(Role.MEMBER).post(f"/alva/actions/{action}/edit", data=data)
    assert answer.status_code == 409
    assert scene.stored(action).text == "Book the room"


def test_a_late_action_keeps_its_date_and_takes_no_other_that_has_passed(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER, days=-4)
    path = f"/alva/actions/{action}/edit"
    data = form_of(scene, Role.MEMBER, path) | {"text": "Other words"}
    assert scene.client(Role.MEMBER).post(path, data=data).status_code == 303
    data = form_of(scene, Role.MEMBER, path) | {"due_on": in_days(-2)}
    assert scene.client(Role.MEMBER).post(path, data=data).status_code == 422
    assert scene.stored(action).due_on.isoformat() == in_days(-4)


@pytest.mark.parametrize("moved", ["other", "none"])
def test_saving_other_words_gives_the_action_to_nobody_else(scene: Scene, moved: str) -> None:
    action = scene.add(to=Role.CHAIR, by=Role.CHAIR, restricted=True)
    before = scene.stored(action)
    scene.set_member(Role.CHAIR, organisation_id=scene.school if moved == "other" else None)
    path = f"/alva/actions/{action}/edit"
    data = form_of(scene, Role.CHAIR, path) | {"text": "Other words"}
    assert scene.client(Role.CHAIR).post(path, data=data).status_code == 303
    after = scene.stored(action)
    assert (after.text, after.organisation_id, after.assignee_id) == (
        "Other words",
        before.organisation_id,
        before.assignee_id,
    )


def test_who_gives_a_restricted_action_away_is_led_to_a_page_that_is_there(scene: Scene) -> None:
    action = scene.add(to=Role.LEAD_WORKER, by=Role.CHAIR, restricted=True)
    path = f"/alva/actions/{action}/edit"
    data = form_of(scene, Role.LEAD_WORKER, path) | {"who": f"p:{scene.member(Role.MEMBER)}"}
    answer = scene.client(Role.LEAD_WORKER).post(path, data=data)
    assert answer.status_code == 303
    assert scene.client(Role.LEAD_WORKER).get(answer.headers["Location"]).status_code == 200
    assert scene.client(Role.LEAD_WORKER).get(f"/alva/actions/{action}").status_code == 404


# -- How far it is -----------------------------------------------------------------------------------------


def test_each_state_is_said_and_undone(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER)
    client = scene.client(Role.MEMBER)
    for state, closed in (("in_progress", False), ("done", True), ("open", False)):
        assert client.post(f"/alva/actions/{action}/status/{state}").status_code == 303
        stored = scene.stored(action)
        assert (stored.status, stored.closed) == (state, closed)
        assert (stored.closed_on is not None) is closed
    # A second press says it once.
    client.post(f"/alva/actions/{action}/status/open")
    assert [change["status"] for change in scene.changes(action)] == [
        ["open", "in_progress"],
        ["in_progress", "done"],
        ["done", "open"],
    ]
    answer = client.post(f"/alva/actions/{action}/status/done", data={"next": "//evil.example"})
    assert answer.headers["Location"] == f"/alva/actions/{action}"


@pytest.mark.parametrize("state", ["blocked", "not_possible"])
def test_what_is_blocked_or_not_possible_says_why(scene: Scene, state: str) -> None:
    action = scene.add(to=Role.CHAIR)
    chair, path = scene.client(Role.CHAIR), f"/alva/actions/{action}/reason/{state}"
    # In one press nobody gets there.
    assert chair.post(f"/alva/actions/{action}/status/{state}").status_code in {404, 405}
    for wrong in ("", "  \n", "\x00", "x" * 1001):
        data = form_of(scene, Role.CHAIR, path) | {"reason": wrong}
        answer = chair.post(path, data=data)
        assert answer.status_code == 422
        assert 'id="reason-error"' in answer.get_data(as_text=True)
    assert chair.post(path).status_code == 422
    assert scene.stored(action).status == "open"
    data = form_of(scene, Role.CHAIR, path) | {"reason": "The hall is\r\nbeing rebuilt."}
    assert chair.post(path, data=data).status_code == 303
    stored = scene.stored(action)
    assert (stored.status, stored.reason) == (state, "The hall is\nbeing rebuilt.")
    assert stored.closed is (state == "not_possible")
    assert "being rebuilt" in scene.words(Role.MEMBER, f"/alva/actions/{action}")
    assert scene.whom("actions.settled") == (
        {scene.member(Role.MEMBER)} if stored.closed else set()
    )
    # Opened again, the reason stands in the history alone.
    chair.post(f"/alva/actions/{action}/status/open")
    assert scene.stored(action).reason == ""
    assert "being rebuilt" in scene.words(Role.MEMBER, f"/alva/actions/{action}")


def test_a_reason_does_not_overwrite_what_somebody_said_meanwhile(scene: Scene) -> None:
    action = scene.add(to=Role.CHAIR)
    path = f"/alva/actions/{action}/reason/blocked"
    data = form_of(scene, Role.CHAIR, path) | {"reason": "Mine"}
    scene.settle(action, Status.NOT_POSSIBLE, "Theirs", by=Role.MEMBER)
    answer = scene.client(Role.CHAIR).post(path, data=data)
    assert answer.status_code == 409
    words = parse(answer.get_data(as_text=True)).text()
    for said in ("Somebody else saved this meanwhile.", "Theirs", "Mine", "Not possible"):
        assert said in words
    assert scene.stored(action).reason == "Theirs"
    data["version"] = "2"
    assert scene.client(Role.CHAIR).post(path, data=data).status_code == 303
    assert scene.stored(action).reason == "Mine"


def test_the_service_asks_for_a_reason_too(scene: Scene) -> None:
    action = scene.add()
    with pytest.raises(services.ReasonNeeded):
        scene.settle(action, Status.BLOCKED)


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        # Skopje is two hours ahead in summer: there it is the next day from ten in the evening on.
        (datetime(2031, 7, 1, 21, 59, tzinfo=UTC), False),
        (datetime(2031, 7, 1, 22, 1, tzinfo=UTC), True),
    ],
)
def test_late_is_what_the_day_of_the_city_says(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, moment: datetime, late: bool
) -> None:
    action = scene.add(to=Role.MEMBER)
    with scene.world.in_city("alva") as city:
        found = db.session.get_one(Action, (city.id, action))
        found.due_on = date(2031, 7, 1)
        db.session.commit()
    client = scene.client(Role.MEMBER)

    class Now(datetime):
        """The moment of this test, for whatever asks which day it is."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Now:
            there = moment.astimezone(tz)
            return cls(*there.timetuple()[:6], tzinfo=there.tzinfo)

    monkeypatch.setattr(core.i18n.formats, "datetime", Now)
    with scene.world.in_city("alva"):
        assert today() == date(2031, 7, 2 if late else 1)
    for path in ("/alva/", "/alva/actions/", f"/alva/actions/{action}"):
        states = [
            "".join(one.itertext()).strip()
            for one in parse(client.get(path).get_data(as_text=True)).all("span")
            if "m-state" in (one.get("class") or "").split()
        ]
        assert ("Late" in states) is late, path


# -- In the reader's language ------------------------------------------------------------------------------


def test_an_action_is_read_in_the_language_of_its_reader_without_what_it_hangs_on(
    scene: Scene,
) -> None:
    subject = scene.log(visibility="organisation")
    action = scene.add("Bring the key", to=Role.CHAIR, subject=subject, restricted=True)
    with scene.world.in_city("alva"):
        keep_translation(ref_of(action), "fr", {"text": "Apporter la clé"}, scene.viewer())
        db.session.commit()
    chair = scene.client(Role.CHAIR)
    chair.post("/language", data={"language": "fr", "next": "/"})
    page = f"/alva/actions/{action}"
    for path in ("/alva/", "/alva/actions/", page):
        told = chair.get(path).text
        assert 'lang="fr">Apporter la clé<' in told, path
        assert ("Bring the key" in told) is (path == page), path
    file = chair.get("/alva/exports/actions/actions.csv").text
    assert "Apporter la clé" in file
    assert "Bring the key" not in file
    # Found by a word of either, and shown as its reader reads it.
    for word in ("apporter", "bring"):
        assert "Apporter la clé" in scene.words(Role.CHAIR, f"/alva/search?q={word}"), word
    # What was translated from other words is not what is to be done.
    with scene.world.in_city("alva"):
        found = services.find_any(action, for_change=True)
        assert found is not None
        entry = replace(services.entry_of(found), text="Bring both keys")
        services.change_action(found, entry, 1, scene.viewer())
        db.session.commit()
    assert "Apporter la clé" not in chair.get("/alva/actions/").text
    told = chair.get(page).text
    assert told.index('lang="en">Bring both keys<') < told.index('lang="fr">Apporter la clé<')
