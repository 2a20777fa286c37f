"""What one meeting hands on to the next: once, to the same readers, and also when the next is made already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.api import Viewer, attachments_of, db, file_of, save_upload
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import AudienceMember, Item
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.proposals import ProposalEntry, answer, propose
from plugins.meetings.services.taking import papers_of_last_time, take_along

from .conftest import See, hold, in_city, items_of, make, make_body


def test_a_standing_item_that_was_not_reached_comes_once(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=-30)
        other = next(item for item in items_of(first) if item.kind == "any_other")
        other.background = "The keys of the hall."
        hold(first, keeper, until=1)
        second = make(body, keeper, days=-3)
        for kind in ("any_other", "context_update", "activity_report"):
            [item] = [each for each in items_of(second) if each.kind == kind]
            assert item.carried_from
            assert set(item.translations) >= {"mk"}
        kept = next(item for item in items_of(second) if item.kind == "any_other")
        assert kept.background == "The keys of the hall."
        # Its place is the one that the standing agenda gives it.
        kinds = [item.kind for item in items_of(second)]
        assert kinds[-2:] == ["any_other", "next_meeting"]
        hold(second, keeper, until=1)
        third = make(body, keeper, days=20)
        assert [item.kind for item in items_of(third)].count("any_other") == 1


def test_a_meeting_that_is_made_already_gets_what_is_left(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=0)
        proposal = propose(ProposalEntry(body.id, "A bus", "en"), see(Role.MEMBER))
        assert answer(proposal, "accepted", "", keeper) is not None
        second, far = make(body, keeper, days=30), make(body, keeper, days=60)
        assert "previous_minutes" not in {item.kind for item in items_of(second)}
        before = len(items_of(far))
        number = len(items_of(second))
        hold(first, keeper, until=1)
        found = {item.title: item for item in items_of(second)}
        assert found["A bus"].carried_from
        assert found["A bus"].proposal_id == proposal.id
        assert not found["A bus"].late
        assert second.previous_id == first.id
        [approval] = [item for item in found.values() if item.kind == "previous_minutes"]
        assert approval.about_meeting == first.id
        # What stands there anyway is not put on it twice, and the one after that is left alone.
        assert len(items_of(second)) == number + 2
        assert len(items_of(far)) == before
        positions = [item.position for item in items_of(second)]
        assert positions == list(range(len(positions)))
        # The meeting goes on after all, and reaches it.
        convening.start(first, keeper)
        assert "A bus" not in {item.title for item in items_of(second)}
        mine = next(item for item in items_of(first) if item.title == "A bus")
        assert mine.state == "open"
        assert proposal.state == "accepted"
        convening.go_to(first, mine, keeper)
        convening.end(first, keeper)
        assert "A bus" not in {item.title for item in items_of(second)}
        # Afterwards somebody says that it was not reached.
        convening.put_off(mine, first, keeper)
        assert "A bus" in {item.title for item in items_of(second)}
        assert [item.kind for item in items_of(second)].count("previous_minutes") == 1


def test_what_is_left_stands_late_on_an_agenda_that_was_sent(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first, second = make(body, keeper, days=0), make(body, keeper, days=9)
        agenda.add_item(first, body, ItemEntry("For want of time", "en"), keeper)
        convening.convene(second, keeper)
        hold(first, keeper, until=1)
        carried = next(item for item in items_of(second) if item.title == "For want of time")
        assert carried.late
        assert second.start_utc - first.start_utc > timedelta(days=8)


def test_who_only_hands_a_restricted_item_on_does_not_get_to_read_it(
    world: World, see: See
) -> None:
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        body = make_body(keeper)
        first, ahead = make(body, keeper, days=-3), make(body, keeper, days=10)
        secret = agenda.add_item(
            first, body, ItemEntry("Secret", "en", "cases", "case_block", restricted=True), chair
        )
        hold(first, keeper, until=0)
        later = make(body, keeper, days=4)
        copies = db.session.scalars(select(Item).where(Item.carried_from == secret.id)).all()
        assert {copy.meeting_id for copy in copies} == {ahead.id, later.id}
        for copy in copies:
            named = db.session.scalars(
                select(AudienceMember.membership_id).where(AudienceMember.item_id == copy.id)
            )
            assert set(named) == {chair.membership_id}


def test_papers_go_with_what_was_not_reached_and_are_gone_with_what_is_taken_off(
    world: World, see: See
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=-3)
        item = agenda.add_item(first, body, ItemEntry("For want of time", "en"), keeper)
        sent = FileStorage(BytesIO(b"name,number\nAna,1\n"), filename="list.csv")
        save_upload(ref_of("item", item.id), sent, keeper)
        hold(first, keeper, until=0)
        second = make(body, keeper, days=4)
        [carried] = [each for each in items_of(second) if each.carried_from == item.id]
        [paper] = attachments_of(ref_of("item", carried.id))
        assert paper.name == "list.csv"
        copied, original = file_of(paper), file_of(attachments_of(ref_of("item", item.id))[0])
        assert copied is not None
        assert original is not None
        assert copied != original
        assert copied.read_bytes() == original.read_bytes()
        db.session.commit()
        agenda.remove_item(carried, second, keeper)
        db.session.commit()
        assert not copied.is_file()
        assert original.is_file()


def with_paper(item: Item, viewer: Viewer, name: str = "list.csv") -> None:
    sent = FileStorage(BytesIO(b"name,number\nAna,1\n"), filename=name)
    save_upload(ref_of("item", item.id), sent, viewer)


def names_on(item: Item) -> list[str]:
    return [each.name for each in attachments_of(ref_of("item", item.id))]


def test_papers_of_what_comes_back_every_time_are_offered_and_taken_once(
    world: World, see: See, sign_in: Callable[[Any], FlaskClient]
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=-3)
        item = agenda.add_item(first, body, ItemEntry("The fund", "en", recurring=True), keeper)
        with_paper(item, keeper)
        hold(first, keeper)
        second = make(body, keeper, days=4)
        [again] = [each for each in items_of(second) if each.carried_from == item.id]
        # It was discussed, so it has papers of its own by now, or none.
        assert names_on(again) == []
        db.session.commit()
        page = f"/alva/meetings/items/{again.id}"
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    member = sign_in(world.person("alva", Role.MEMBER))
    assert "Take these papers along" in desk.get(page).get_data(as_text=True)
    assert "Take these papers along" not in member.get(page).get_data(as_text=True)
    where = f"{page}/attachments/of-last-time"
    assert member.post(where).status_code == 404
    assert "here as well" in desk.post(where, follow_redirects=True).get_data(as_text=True)
    said = desk.post(where, follow_redirects=True).get_data(as_text=True)
    assert "There is nothing more to take along." in said
    assert "Take these papers along" not in said
    with in_city(world):
        assert names_on(again) == names_on(item) == ["list.csv"]
    # Another paper of last time is taken beside what is there; without room nothing is lost, and somebody is told.
    with in_city(world):
        with_paper(item, keeper, "plan.csv")
        db.session.commit()
    quota = world.app.config["FILES_QUOTA_MEGABYTES"]
    world.app.config["FILES_QUOTA_MEGABYTES"] = 0
    assert "is full" in desk.post(where, follow_redirects=True).get_data(as_text=True)
    world.app.config["FILES_QUOTA_MEGABYTES"] = quota
    desk.post(where)
    with in_city(world):
        assert names_on(again) == ["list.csv", "plan.csv"]


def test_papers_of_what_comes_back_and_was_not_reached_go_along(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=-3)
        item = agenda.add_item(first, body, ItemEntry("The fund", "en", recurring=True), keeper)
        # A standing item nobody has written anything about.
        other = next(each for each in items_of(first) if each.kind == "any_other")
        ahead = make(body, keeper, days=10)
        with_paper(item, keeper)
        with_paper(other, keeper)
        hold(first, keeper, until=0)
        second = make(body, keeper, days=4)
        for meeting in (second, ahead):
            carried = {each.carried_from: each for each in items_of(meeting)}
            assert names_on(carried[item.id]) == names_on(carried[other.id]) == ["list.csv"]
        kinds = [each.kind for each in items_of(second)]
        assert kinds.count("any_other") == 1


def test_papers_of_a_restricted_item_reach_nobody_else(world: World, see: See) -> None:
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        body = make_body(keeper, type="case_table")
        first = make(body, chair, days=-3)
        secret = next(each for each in items_of(first) if each.restricted)
        with_paper(secret, chair)
        hold(first, keeper, until=0)
        # Whoever makes the next meeting is not let in to what hangs there, though nothing else was written.
        second = make(body, keeper, days=4)
        [carried] = [each for each in items_of(second) if each.carried_from == secret.id]
        assert names_on(carried) == ["list.csv"]
        readers = set(
            db.session.scalars(
                select(AudienceMember.membership_id).where(AudienceMember.item_id == carried.id)
            )
        )
        assert readers == {chair.membership_id}
        # A second paper is offered while all who read it could read it then, and not to anybody more.
        with_paper(secret, chair, "plan.csv")
        for meeting in (first, second):
            attendance.promise(meeting, "I keep it to myself.", chair)
        assert papers_of_last_time(carried.id, secret.id, chair) == ["plan.csv"]
        assert papers_of_last_time(carried.id, secret.id, keeper) == []
        db.session.add(AudienceMember(item_id=carried.id, membership_id=keeper.membership_id))
        db.session.flush()
        assert take_along(carried.id, secret.id, chair) == 0
        assert names_on(carried) == ["list.csv"]
