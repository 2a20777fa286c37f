"""The next meeting opens already filled: nothing is typed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core.api import db
from core.content.models import ContentText
from core.permissions import Role
from core.testing.app import World, statements_of
from plugins.meetings.models import AudienceMember, Item, Proposal
from plugins.meetings.services import agenda, convening
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.meetings import change_meeting, entry_of, first_entry
from plugins.meetings.services.proposals import ProposalEntry, answer, propose
from plugins.meetings.standing import AGENDAS
from plugins.meetings.words import MEETING_TYPES

from .conftest import See, hold, in_city, items_of, make, make_body


def test_every_kind_of_meeting_has_a_standing_agenda() -> None:
    assert set(AGENDAS) == set(MEETING_TYPES)


def test_it_holds_the_standing_agenda_in_the_languages_of_the_city(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        meeting = make(make_body(keeper), keeper)
        kinds = [item.kind for item in items_of(meeting)]
        assert kinds[0] == "opening_declarations"
        assert "action_review" in kinds
        # There is no earlier meeting whose minutes could be approved.
        assert "previous_minutes" not in kinds
        text = db.session.scalars(
            select(ContentText)
            .where(ContentText.record_id == items_of(meeting)[0].id)
            .order_by(ContentText.original.desc())
        ).first()
        assert text is not None
        assert text.original


def test_it_holds_the_last_minutes_what_was_not_reached_and_what_comes_back(
    world: World, see: See
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=-30)
        again = agenda.add_item(
            first,
            body,
            ItemEntry("Every time", "en", "reports", "learning", recurring=True),
            keeper,
        )
        late = agenda.add_item(
            first,
            body,
            ItemEntry("For want of time", "en", "topics", "planning", minutes=7),
            keeper,
        )
        hold(first, keeper, until=again.position + 1)
        assert late.state == "not_reached"
        second = make(body, keeper, days=3)
        found = {item.title: item for item in items_of(second)}
        assert second.previous_id == first.id
        assert found["For want of time"].carried_from == late.id
        assert found["For want of time"].minutes == 7
        assert found["Every time"].recurring
        approval = next(item for item in found.values() if item.kind == "previous_minutes")
        assert approval.about_meeting == first.id
        assert "1" in approval.title


def test_it_holds_what_was_proposed_and_convening_accepts_it(world: World, see: See) -> None:
    keeper, member = see(), see(Role.MEMBER)
    with in_city(world):
        body = make_body(keeper)
        waiting = propose(ProposalEntry(body.id, "A sports day", "en"), member)
        deferred = propose(ProposalEntry(body.id, "A bus", "en"), member)
        answer(deferred, "deferred", "Next time.", keeper)
        returned = propose(ProposalEntry(body.id, "A pony", "en"), member)
        answer(returned, "returned", "Not ours.", keeper)
        meeting = make(body, keeper)
        titles = {item.title for item in items_of(meeting)}
        assert {"A sports day", "A bus"} <= titles
        assert "A pony" not in titles
        assert waiting.state == "waiting"
        convening.convene(meeting, keeper)
        db.session.refresh(waiting)
        assert waiting.state == "accepted"


def test_a_proposal_that_was_accepted_before_there_was_a_meeting_waits_for_it(
    world: World, see: See
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        proposal = propose(ProposalEntry(body.id, "A sports day", "en"), see(Role.MEMBER))
        assert answer(proposal, "accepted", "", keeper) is None
        meeting = make(body, keeper)
        assert "A sports day" in {item.title for item in items_of(meeting)}
        assert proposal.state == "accepted"


def test_a_restricted_item_that_was_not_reached_stays_restricted_to_the_same_people(
    world: World, see: See
) -> None:
    keeper, member = see(), see(Role.MEMBER)
    with in_city(world):
        body = make_body(keeper)
        first = make(body, keeper, days=-3)
        secret = agenda.add_item(
            first, body,
            ItemEntry("Secret", "en", "cases", "case_block", restricted=True, named=(member.membership_id,)),
            keeper,
        )  # fmt: skip
        hold(first, keeper, until=0)
        second = make(body, keeper, days=3)
        carried = db.session.scalars(select(Item).where(Item.carried_from == secret.id)).one()
        assert carried.restricted
        named = db.session.scalars(
            select(AudienceMember.membership_id).where(AudienceMember.item_id == carried.id)
        )
        assert set(named) == {member.membership_id, keeper.membership_id}
        assert carried.meeting_id == second.id


def test_numbers_go_on_and_moving_one_keeps_the_rest(world: World, see: See) -> None:
    keeper = see()
    with in_city(world) as today:
        body = make_body(keeper, last_number=12)
        entry, series_date = first_entry(body, today, "en")
        assert series_date is not None
        from plugins.meetings.services.meetings import make_meeting

        first = make_meeting(body, entry, keeper, series_date=series_date)
        assert first.number == 13
        _entry, expected = first_entry(body, today, "en")
        moved = entry_of(first)
        from dataclasses import replace

        assert change_meeting(
            first, replace(moved, day=moved.day + timedelta(days=9)), first.version, keeper
        )
        _entry, after = first_entry(body, today, "en")
        assert after == expected
        assert after is not None
        assert after > series_date


def test_opening_a_filled_meeting_takes_few_statements_however_much_there_is(
    world: World, see: See
) -> None:
    keeper = see()
    counts = []
    for number in (2, 40):
        with in_city(world):
            body = make_body(keeper)
            for each in range(number):
                db.session.add(
                    Proposal(body_id=body.id, title=f"Matter {each}", language="en",
                             proposed_by=keeper.membership_id)
                )  # fmt: skip
            db.session.commit()
            with statements_of(world.app) as seen:
                make(body, keeper)
            counts.append(len(seen))
            db.session.commit()
    assert counts[1] - counts[0] <= 6, counts


def test_what_earlier_agendas_said_alike_is_indexed_and_written_once(
    world: World, see: See
) -> None:
    keeper = see()
    counts = []
    with in_city(world):
        body = make_body(keeper)
        for days in (-90, -60, -30, 3):
            with statements_of(world.app) as seen:
                meeting = make(body, keeper, days=days)
            counts.append(len([each for each in seen if "INTO search_document" in each]))
            for item in items_of(meeting):
                told = item.translations.get("mk") or {}
                assert told.get("title"), item.title
            if days < 0:
                hold(meeting, keeper)
                convening.share_texts(meeting, body, keeper)
    # The standing items, translated on every agenda, go into the search together with the rest of their agenda.
    assert counts == [1, 1, 1, 1]
