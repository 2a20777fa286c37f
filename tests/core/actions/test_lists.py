"""Whose actions a list shows, in which order, page by page; and who takes over what somebody leaves behind."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from core.actions.listing import PAGE
from core.actions.services import reassign
from core.actions.words import Status
from core.database import db
from core.directory import merging
from core.i18n import today
from core.identity.models import Membership, Organisation
from core.permissions import Role
from core.testing.app import statements_of
from core.testing.pages import parse

from .conftest import Scene

LIST = "/alva/actions/"


def listed(scene: Scene, role: Role, query: str = "") -> list[str]:
    """The words of the actions on a page of the list, from its first to its last."""
    html = scene.client(role).get(f"{LIST}?{query}").get_data(as_text=True)
    return [
        "".join(link.itertext()).strip()
        for cell in parse(html).all("td")
        if "m-title" in (cell.get("class") or "")
        for link in list(cell.iter("a"))[:1]
    ]


def test_mine_my_organisations_and_everybodys(scene: Scene) -> None:
    scene.add("Mine", 1, to=Role.MEMBER)
    scene.add("Of my colleague", 2, to=Role.FOCAL_POINT)
    scene.add("Of nobody yet", 3)
    scene.add("Of the others", 4, to=Role.CHAIR)
    assert listed(scene, Role.MEMBER) == ["Mine"]
    ours = ["Mine", "Of my colleague", "Of nobody yet"]
    assert listed(scene, Role.MEMBER, "whose=ours") == ours
    assert listed(scene, Role.MEMBER, "whose=all") == [*ours, "Of the others"]
    assert listed(scene, Role.CHAIR) == ["Of the others"]
    assert listed(scene, Role.LEAD_WORKER) == []
    assert "You owe nothing" in scene.words(Role.LEAD_WORKER, LIST)
    home = scene.words(Role.MEMBER, "/alva/")
    assert "Mine" in home
    assert "Of my colleague" not in home


def test_who_speaks_for_no_organisation_is_offered_none(scene: Scene) -> None:
    scene.add("Of nobody yet", 3)
    scene.set_member(Role.CHAIR, organisation_id=None)
    html = scene.client(Role.CHAIR).get(LIST).get_data(as_text=True)
    assert "whose=ours" not in html
    assert listed(scene, Role.CHAIR, "whose=ours") == []


def test_each_filter_leaves_what_it_says(scene: Scene) -> None:
    paper = scene.on_paper(scene.school)
    scene.add("Late", -3, to=Role.MEMBER)
    scene.add("Today", 0, to=Role.MEMBER)
    scene.add("In six days", 6, to=Role.CHAIR)
    scene.add("In seven days", 7)
    done = scene.add("Finished", -9, to=Role.MEMBER)
    scene.settle(done, Status.DONE)
    blocked = scene.add("Čekanje — أبجد", 8, to=Role.MEMBER)
    scene.settle(blocked, Status.BLOCKED, "Why")
    assert listed(scene, Role.MEMBER, "whose=all&show=late") == ["Late"]
    assert listed(scene, Role.MEMBER, "whose=all&show=week") == ["Today", "In six days"]
    assert listed(scene, Role.MEMBER, "whose=all&show=nobody") == ["In seven days"]
    assert listed(scene, Role.MEMBER, "whose=all&show=closed") == ["Finished"]
    assert listed(scene, Role.MEMBER, "whose=all&show=done") == ["Finished"]
    assert listed(scene, Role.MEMBER, "whose=all&show=blocked") == ["Čekanje — أبجد"]
    assert len(listed(scene, Role.MEMBER, "whose=all&show=every")) == 6
    assert listed(scene, Role.MEMBER, f"whose=all&organisation={scene.centre}") == ["In six days"]
    assert listed(scene, Role.MEMBER, "whose=all&q=cekanje") == ["Čekanje — أبجد"]
    assert listed(scene, Role.MEMBER, "whose=all&q=days+in") == ["In six days", "In seven days"]
    assert listed(scene, Role.MEMBER, "whose=all&q=100%25") == []
    # What somebody had who has left, nobody has.
    scene.set_member(Role.CHAIR, until=date(2020, 1, 1))
    assert "In six days" in listed(scene, Role.MEMBER, "whose=all&show=nobody")
    assert "(has left)" in scene.words(Role.MEMBER, f"{LIST}?whose=all")
    assert paper not in scene.client(Role.MEMBER).get(f"{LIST}?whose=all").get_data(as_text=True)


def test_what_was_done_in_time_what_is_due_then_and_where_it_comes_from(scene: Scene) -> None:
    scene.add("Late", -3)
    scene.add("To come", 4)
    for text, days, status in (
        ("In time", 2, Status.DONE),
        ("Not in time", -9, Status.DONE),
        ("It could not be", -8, Status.NOT_POSSIBLE),
    ):
        reason = "No room" if status is Status.NOT_POSSIBLE else ""
        scene.settle(scene.add(text, days, to=Role.MEMBER), status, reason)
    assert listed(scene, Role.MEMBER, "whose=all&show=in_time") == ["In time"]
    judged = ["In time", "Late", "Not in time"]
    assert listed(scene, Role.MEMBER, "whose=all&show=done_or_late") == judged

    scene.add("In two years", 730, to=Role.MEMBER, subject=scene.log())
    scene.add("Of one’s own", 731, to=Role.MEMBER, restricted=True)
    then = today() + timedelta(730)
    quarter = (then.month - 1) // 3 + 1
    for due in (then.year, f"{then.year}-{quarter}"):
        found = listed(scene, Role.MEMBER, f"due={due}")
        assert found[0] == "In two years", due
        assert "To come" not in found
    assert listed(scene, Role.MEMBER, "whose=all&of=activities") == ["In two years"]
    everything = listed(scene, Role.MEMBER, "show=every")
    assert "Of one’s own" in everything
    everything.remove("Of one’s own")
    assert listed(scene, Role.MEMBER, "show=every&open_to=all") == everything
    # The form keeps what it has no field for, and the file leaves the same.
    page = scene.client(Role.MEMBER).get(f"{LIST}?of=activities&due={then.year}&open_to=all").text
    for name, words in (("of", "From: Activities"), ("due", "Due: "), ("open_to", "Open to every")):
        assert f'type="hidden" name="{name}"' in page
        assert words in page
    file = scene.client(Role.MEMBER).get("/alva/exports/actions/actions.csv?of=activities").text
    assert "In two years" in file
    assert "Of one’s own" not in file


@pytest.mark.parametrize(
    "query",
    [
        "due=%00&of=%00&open_to=%00",
        "due=9999&of=nothing&open_to=me",
        "due=2026-7&show=done_or_late",
        "q=%00&whose=%00&show=%00&organisation=%00",
        "q=" + "x" * 5000,
        "whose=nonsense&show=nonsense",
        "organisation=nnnnnnnnnnnnnnnn",
        "after=nnnnnnnnnnnnnnnn",
        "before=%00&after=%ed%a0%80",
        "q=%25_%5c",
        "q=" + "a+" * 90,
        "whose=all&whose=ours",
    ],
)
def test_any_address_gets_a_list(scene: Scene, query: str) -> None:
    scene.add(to=Role.MEMBER)
    assert scene.client(Role.MEMBER).get(f"{LIST}?{query}").status_code in {200, 400}
    answer = scene.client(Role.MEMBER).get(f"/alva/exports/actions/actions.csv?{query}")
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("show", ["", "done"])
def test_page_by_page_every_action_comes_once_and_in_its_order(scene: Scene, show: str) -> None:
    number = 2 * PAGE + 3
    for each in range(number):
        # Many of one day, so that the day alone does not tell where a page ends.
        made = scene.add(f"Action {each:03}", each // 25, to=Role.MEMBER)
        if show:
            scene.settle(made, Status.DONE)
    seen: list[str] = []
    pages: list[list[str]] = []
    query = f"show={show}"
    while query:
        pages.append(listed(scene, Role.MEMBER, query))
        seen += pages[-1]
        html = scene.client(Role.MEMBER).get(f"{LIST}?{query}").get_data(as_text=True)
        found = re.search(r'href="/alva/actions/\?([^"]*after=[^"]*)"', html)
        last, query = query, found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == number
    assert [len(page) for page in pages] == [PAGE, PAGE, 3]
    groups = [int(one.split()[1]) // 25 for one in seen]
    assert groups == sorted(groups, reverse=bool(show))
    # And back.
    html = scene.client(Role.MEMBER).get(f"{LIST}?{last}").get_data(as_text=True)
    back = re.search(r'href="/alva/actions/\?([^"]*before=[^"]*)"', html)
    assert back is not None
    assert listed(scene, Role.MEMBER, back[1].replace("&amp;", "&")) == pages[1]


def test_a_list_and_a_panel_ask_no_more_for_more(scene: Scene) -> None:
    subject = scene.log()
    scene.add(to=Role.CHAIR, subject=subject)
    paths = (f"{LIST}?whose=all", f"/alva/activities/{subject.id}", "/alva/")

    def costs() -> list[int]:
        found = []
        for path in paths:
            scene.client(Role.CHAIR).get(path)
            with statements_of(scene.app) as seen:
                assert scene.client(Role.CHAIR).get(path).status_code == 200
            found.append(len([one for one in seen if not one.startswith("BEGIN")]))
        return found

    few = costs()
    for each in range(20):
        scene.add(f"Action {each}", to=Role.CHAIR, subject=subject)
    assert costs() == few


# -- Handing over ------------------------------------------------------------------------------------------


def page_of(scene: Scene, role: Role) -> str:
    return f"/alva/actions/hand-over/{scene.member(role)}"


def test_what_somebody_leaves_behind_goes_to_somebody_else(scene: Scene) -> None:
    first = scene.add("First", 1, to=Role.MEMBER)
    second = scene.add("Second", 2, to=Role.MEMBER)
    kept = scene.add("Kept", 3, to=Role.MEMBER)
    done = scene.add("Finished", 4, to=Role.MEMBER)
    scene.settle(done, Status.DONE)
    focal = scene.client(Role.FOCAL_POINT)
    answer = focal.post(f"/alva/people/{scene.member(Role.MEMBER)}/end")
    # Ending a membership leads to what it leaves behind.
    assert answer.headers["Location"].endswith(page_of(scene, Role.MEMBER))
    shown = scene.words(Role.FOCAL_POINT, page_of(scene, Role.MEMBER))
    assert "First" in shown
    assert "Finished" not in shown
    data = {"action": [first, second], "to": f"p:{scene.member(Role.CHAIR)}"}
    assert focal.post(page_of(scene, Role.MEMBER), data=data).status_code == 303
    for each in (first, second):
        stored = scene.stored(each)
        assert (stored.organisation_id, stored.assignee_id) == (
            scene.centre,
            scene.member(Role.CHAIR),
        )
        assert scene.changes(each)[-1]["assignee_id"] == [
            scene.member(Role.MEMBER),
            scene.member(Role.CHAIR),
        ]
    for each in (kept, done):
        assert scene.stored(each).assignee_id == scene.member(Role.MEMBER)
    ((_kind, who, facts, times),) = scene.told("actions.reassigned")
    assert (who, facts, times) == (scene.member(Role.CHAIR), {"to": "person", "number": 2}, 1)
    assert "2 actions were handed to you." in scene.words(Role.CHAIR, "/alva/notifications")


def test_one_hands_over_ones_own_to_an_organisation(scene: Scene) -> None:
    action = scene.add(to=Role.MEMBER)
    data = {"action": [action], "to": f"o:{scene.centre}"}
    answer = scene.client(Role.MEMBER).post(page_of(scene, Role.MEMBER), data=data)
    assert answer.status_code == 303
    stored = scene.stored(action)
    assert (stored.organisation_id, stored.assignee_id) == (scene.centre, None)
    # Of the youth centre those who see actions are told; its administrator does not.
    assert scene.whom("actions.reassigned") == {
        scene.member(Role.CHAIR),
        scene.member(Role.LEAD_WORKER),
    }


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Tick what is to be handed over."),
        ({"action": ["{mine}"]}, "Choose who takes them over."),
        ({"action": ["{mine}"], "to": "p:nnnnnnnnnnnnnnnn"}, ""),
        ({"action": ["{mine}"], "to": "\x00"}, ""),
        ({"action": ["{mine}", "{other}"], "to": "{chair}"}, "handed over meanwhile"),
        ({"action": ["\x00"], "to": "{chair}"}, "handed over meanwhile"),
        ({"action": ["x" * 3000], "to": "{chair}"}, "handed over meanwhile"),
    ],
)
def test_what_cannot_be_handed_over_stays_with_a_sentence(
    scene: Scene, data: dict[str, list[str] | str], sentence: str
) -> None:
    mine, other = scene.add(to=Role.MEMBER), scene.add(to=Role.FOCAL_POINT)
    names = {"mine": mine, "other": other, "chair": f"p:{scene.member(Role.CHAIR)}"}
    sent = {
        key: [each.format(**names) for each in value]
        if isinstance(value, list)
        else value.format(**names)
        for key, value in data.items()
    }
    answer = scene.client(Role.MEMBER).post(page_of(scene, Role.MEMBER), data=sent)
    assert answer.status_code == 422
    assert sentence in parse(answer.get_data(as_text=True)).text()
    assert scene.stored(mine).assignee_id == scene.member(Role.MEMBER)
    assert scene.stored(other).assignee_id == scene.member(Role.FOCAL_POINT)


def test_what_is_restricted_is_handed_over_on_purpose_alone(scene: Scene) -> None:
    open_to_all = scene.add("Plain", to=Role.MEMBER)
    hidden = scene.add("Kept apart", to=Role.MEMBER, by=Role.MEMBER, restricted=True)
    page = scene.client(Role.MEMBER).get(page_of(scene, Role.MEMBER)).get_data(as_text=True)
    ticked = dict(re.findall(r'name="action" id="\S+" value="(\w+)"( checked)?', page))
    assert ticked == {open_to_all: " checked", hidden: ""}
    data = {"action": [hidden], "to": f"p:{scene.member(Role.CHAIR)}"}
    assert scene.client(Role.MEMBER).post(page_of(scene, Role.MEMBER), data=data).status_code == 303
    assert scene.stored(hidden).assignee_id == scene.member(Role.CHAIR)


def test_a_focal_point_does_not_hand_over_what_they_may_not_see(scene: Scene) -> None:
    hidden = scene.add("Hidden", to=Role.CHAIR, by=Role.CHAIR, restricted=True)
    assert "Hidden" not in scene.words(Role.FOCAL_POINT, page_of(scene, Role.CHAIR))
    data = {"action": [hidden], "to": f"p:{scene.member(Role.FOCAL_POINT)}"}
    answer = scene.client(Role.FOCAL_POINT).post(page_of(scene, Role.CHAIR), data=data)
    assert answer.status_code == 422
    assert scene.stored(hidden).assignee_id == scene.member(Role.CHAIR)
    assert "Nothing to hand over" in scene.words(Role.FOCAL_POINT, page_of(scene, Role.OBSERVER))


def test_the_service_gives_away_only_what_its_viewer_may_change(scene: Scene) -> None:
    others = scene.add(to=Role.FOCAL_POINT)
    taken = scene.add(to=Role.CHAIR)
    worker, focal = scene.viewer(Role.LEAD_WORKER), scene.viewer(Role.FOCAL_POINT)
    with scene.world.in_city("alva"):
        assert reassign([others], scene.centre, None, worker) == 0
        # Somebody else has taken it meanwhile.
        held = {"held_by": scene.member(Role.MEMBER)}
        assert reassign([taken], scene.school, None, focal, **held) == 0
        db.session.commit()
    assert scene.stored(others).assignee_id == scene.member(Role.FOCAL_POINT)
    assert scene.stored(taken).assignee_id == scene.member(Role.CHAIR)


# -- Two that are one --------------------------------------------------------------------------------------


def test_a_merged_organisation_brings_its_actions_and_takes_them_back(scene: Scene) -> None:
    with scene.world.in_city("alva"):
        double = Organisation(names={"en": "The school, again"}, sort_key="a", sector="education")
        db.session.add(double)
        db.session.commit()
        double_id = double.id
    old = scene.add("Of the double", organisation=double_id)
    by = scene.viewer(Role.CITY_ADMINISTRATOR)
    with scene.world.in_city("alva") as city:
        kept = db.session.get_one(Organisation, (city.id, scene.school))
        merged = db.session.get_one(Organisation, (city.id, double_id))
        made = merging.merge(by, kept, merged, {}, versions=(kept.version, merged.version))
        db.session.commit()
        merge_id = made.id
    assert scene.stored(old).organisation_id == scene.school
    assert "Of the double" in listed(scene, Role.MEMBER, "whose=ours")
    newer = scene.add("Added since")
    with scene.world.in_city("alva"):
        made_then = merging.find_merge(merge_id)
        assert made_then is not None
        merging.undo(by, made_then)
        db.session.commit()
    assert scene.stored(old).organisation_id == double_id
    assert scene.stored(newer).organisation_id == scene.school
    assert scene.client(Role.MEMBER).get(f"{LIST}{old}").status_code == 200


def test_a_merged_person_brings_what_they_owe_and_what_they_did(scene: Scene) -> None:
    twin = scene.on_paper(scene.centre, "The chair, again")
    action = scene.add(to=Role.CHAIR, by=Role.MEMBER)
    chair = scene.viewer(Role.CHAIR)
    with scene.world.in_city("alva"):
        assert reassign([action], scene.centre, twin, chair) == 1
        db.session.commit()
    by = scene.viewer(Role.CITY_ADMINISTRATOR)
    with scene.world.in_city("alva") as city:
        kept = db.session.get_one(Membership, (city.id, scene.member(Role.CHAIR)))
        merged = db.session.get_one(Membership, (city.id, twin))
        made = merging.merge(by, kept, merged, {}, versions=(kept.version, merged.version))
        db.session.commit()
        merge_id = made.id
    assert scene.stored(action).assignee_id == scene.member(Role.CHAIR)
    assert "Book the room" in scene.words(Role.CHAIR, "/alva/")
    assert "The chair, again" in scene.words(Role.MEMBER, f"{LIST}{action}")
    with scene.world.in_city("alva"):
        made_then = merging.find_merge(merge_id)
        assert made_then is not None
        merging.undo(by, made_then)
        db.session.commit()
    assert scene.stored(action).assignee_id == twin
