"""What one meeting hands on to the next: once, to the same readers, and also when the next is made already."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.api import attachments_of, db, file_of, save_upload
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import AudienceMember, Item
from plugins.meetings.services import agenda, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.proposals import ProposalEntry, answer, propose

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
