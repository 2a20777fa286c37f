"""Notes that lose no word, decisions with their reasons, approval by language, corrections with their reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.actions.services import change_action, entry_of
from core.api import ActionEntry, Ref, add_action, db, keep_translation, today, utcnow
from core.cities.models import CityPlugin
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Body, Correction, Item, Meeting, NoteVersion
from plugins.meetings.services import agenda, approval, convening, notes
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.decisions import (
    Conflict as DecisionConflict,
)
from plugins.meetings.services.decisions import (
    DecisionEntry,
    change_decision,
    decide,
)
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.history import corrections_of, history_of
from plugins.meetings.words import State

from .conftest import See, in_city, items_of, make, make_body, seated

ENTRY = DecisionEntry("So be it.", "Because.", "en")


def held(see: See) -> tuple[Body, Meeting, Item]:
    keeper = see()
    body = make_body(keeper)
    meeting = make(body, keeper, days=0)
    convening.start(meeting, keeper)
    item = items_of(meeting)[0]
    convening.go_to(meeting, item, keeper)
    return body, meeting, item


def test_two_who_write_at_once_lose_no_word(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        first, second = see(), see(Role.CHAIR)
        note = notes.save_note(item, meeting, body, "Ana said yes.", 0, first)
        with pytest.raises(notes.Conflict) as conflict:
            notes.save_note(item, meeting, body, "Ben said no.", 0, second)
        assert conflict.value.current.text == "Ana said yes."
        both = "Ana said yes. Ben said no."
        assert notes.save_note(item, meeting, body, both, note.version, second).text == both
        # What was there before is kept, since another person wrote on.
        assert [each.text for each in notes.versions_of(note.id)] == ["Ana said yes."]


def test_sending_the_same_twice_is_no_conflict(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        notes.save_note(item, meeting, body, "Words.", 0, see())
        assert notes.save_note(item, meeting, body, "Words.", 0, see(Role.CHAIR)).version == 1


def test_who_writes_on_for_a_while_makes_one_version(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        note = notes.save_note(item, meeting, body, "W", 0, see())
        for text in ("Wo", "Wor", "Word"):
            note = notes.save_note(item, meeting, body, text, note.version, see())
        assert [each.text for each in notes.versions_of(note.id)] == ["W"]
        note.changed_at = utcnow() - timedelta(minutes=10)
        for kept in db.session.scalars(select(NoteVersion)):
            kept.written_at = utcnow() - timedelta(minutes=10)
        notes.save_note(item, meeting, body, "Words", note.version, see())
        assert [each.text for each in notes.versions_of(note.id)] == ["Word", "W"]


def test_nothing_is_noted_or_decided_before_the_meeting(world: World, see: See) -> None:
    with in_city(world):
        body = make_body(see())
        meeting = make(body, see())
        item = items_of(meeting)[0]
        with pytest.raises(notes.NotHeld):
            notes.save_note(item, meeting, body, "Words.", 0, see())
        with pytest.raises(notes.NotHeld):
            decide(item, meeting, body, ENTRY, see())


def test_minutes_are_read_once_they_are_circulated(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        notes.save_note(item, meeting, body, "Spoken.", 0, see())
        decide(item, meeting, body, ENTRY, see())
        reader = see(Role.LEAD_WORKER)
        view = read_meeting(meeting.id, reader)
        assert view is not None
        assert not view.minutes_open
        assert "Spoken" not in repr(view)
        assert not view.decisions
        convening.end(meeting, see())
        convening.circulate(meeting, see())
        after = read_meeting(meeting.id, reader)
        assert after is not None
        assert "Spoken" in repr(after)
        assert [each.label for each in after.decisions] == ["1/1"]


def test_a_draft_is_seen_by_who_prepares_it_alone(world: World, see: See) -> None:
    with in_city(world):
        meeting = make(make_body(see()), see())
        assert read_meeting(meeting.id, see(Role.MEMBER)) is None
        meeting.secretary_id = see(Role.MEMBER).membership_id
        db.session.flush()
        mine = read_meeting(meeting.id, see(Role.MEMBER))
        assert mine is not None
        assert mine.may_prepare


def to_approve(see: See) -> tuple[Body, Meeting, Item]:
    body, meeting, item = held(see)
    for other in items_of(meeting)[1:]:
        agenda.remove_item(other, meeting, see())
    notes.save_note(item, meeting, body, "Spoken.", 0, see())
    convening.end(meeting, see())
    convening.circulate(meeting, see())
    return body, meeting, item


def rule(name: str) -> None:
    row = db.session.scalars(select(CityPlugin).where(CityPlugin.name == "meetings")).one()
    row.settings = {"language_rule": name}
    db.session.flush()


def test_a_city_that_asks_for_every_language_refuses(world: World, see: See) -> None:
    with in_city(world):
        _body, meeting, item = to_approve(see)
        rule("refuse")
        with pytest.raises(approval.Incomplete) as lacking:
            approval.approve(meeting, see())
        assert lacking.value.languages == ("mk", "sq")
        note = notes.note_of(item.id)
        assert note is not None
        for code in ("mk", "sq"):
            keep_translation(ref_of("note", note.id), code, {"text": f"In {code}"}, see())
            keep_translation(ref_of("item", item.id), code, {"title": f"T {code}"}, see())
        found = approval.approve(meeting, see())
        assert all(each.complete for each in found)
        assert State(meeting.state) is State.APPROVED
        assert {each.language for each in approval.standings(meeting, see()) if each.approved} == {
            "en", "mk", "sq",
        }  # fmt: skip


def test_a_city_that_only_warns_writes_down_what_is_missing(world: World, see: See) -> None:
    with in_city(world):
        _body, meeting, item = to_approve(see)
        rule("warn")
        found = {each.language: each for each in approval.approve(meeting, see())}
        assert found["en"].complete
        # The notes; the title of a standing item is known in every language.
        assert found["mk"].missing == 1
        assert {each.language for each in approval.standings(meeting, see()) if each.approved} == {
            "en"
        }
        note = notes.note_of(item.id)
        assert note is not None
        with pytest.raises(approval.Incomplete):
            approval.approve_language(meeting, "mk", see())
        keep_translation(ref_of("note", note.id), "mk", {"text": "Кажано."}, see())
        keep_translation(ref_of("item", item.id), "mk", {"title": "Точка"}, see())
        approval.approve_language(meeting, "mk", see())
        assert {each.language for each in approval.standings(meeting, see()) if each.approved} == {
            "en", "mk",
        }  # fmt: skip


def test_an_action_that_is_not_translated_holds_up_the_approval(world: World, see: See) -> None:
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        body, meeting, item = held(see)
        for other in items_of(meeting)[1:]:
            agenda.remove_item(other, meeting, keeper)
        secret = agenda.add_item(meeting, body, ItemEntry("S", "mk", restricted=True), chair)
        convening.go_to(meeting, secret, chair)
        decision = decide(item, meeting, body, ENTRY, keeper)
        convening.end(meeting, keeper)
        convening.circulate(meeting, keeper)
        rule("refuse")
        for code in ("mk", "sq"):
            keep_translation(ref_of("item", item.id), code, {"title": "T"}, keeper)
            texts = {"text": "D", "rationale": "R"}
            keep_translation(ref_of("decision", decision.id), code, texts, keeper)
        for code in ("en", "sq"):
            keep_translation(ref_of("item", secret.id), code, {"title": "S"}, keeper)
        assert all(each.complete for each in approval.standings(meeting, keeper))
        entry = ActionEntry("Do it.", "en", world.organisations["alva"][0], None, today())
        open_one = add_action(entry, keeper, subject=ref_of("decision", decision.id))
        # Of a restricted item it counts as well, also for who may not read it.
        secret_one = add_action(entry, chair, subject=ref_of("item", secret.id), restricted=True)
        # What hangs on nothing is not of these minutes.
        add_action(entry, keeper)
        before = approval.standings(meeting, keeper)
        assert [(each.language, each.texts, each.missing) for each in before] == [
            ("en", 5, 0), ("mk", 5, 2), ("sq", 5, 2),
        ]  # fmt: skip
        with pytest.raises(approval.Incomplete):
            approval.approve(meeting, keeper)
        for one in (open_one, secret_one):
            for code in ("mk", "sq"):
                ref = Ref("actions", "action", one.id)
                keep_translation(ref, code, {"text": f"In {code}"}, keeper)
        # Worded anew, it is outdated, and holds it up again.
        change_action(open_one, replace(entry_of(open_one), text="Do it now."), 1, keeper)
        with pytest.raises(approval.Incomplete):
            approval.approve(meeting, keeper)
        assert [each.outdated for each in approval.standings(meeting, keeper)] == [0, 1, 1]
        change_action(open_one, replace(entry_of(open_one), text="Do it."), 2, keeper)
        assert all(each.complete for each in approval.approve(meeting, keeper))


def test_a_translation_becomes_outdated_when_the_notes_change(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        note = notes.save_note(item, meeting, body, "Spoken.", 0, see())
        keep_translation(ref_of("note", note.id), "mk", {"text": "Кажано."}, see())
        assert note.translations["mk"]["state"] == "translated"
        notes.save_note(item, meeting, body, "Spoken twice.", note.version, see())
        assert note.translations["mk"]["state"] == "outdated"


def test_a_translation_reaches_records_that_were_not_read_before(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        note = notes.save_note(item, meeting, body, "Spoken.", 0, see())
        decision = decide(item, meeting, body, ENTRY, see())
        db.session.commit()
        wanted = {"note": note.id, "item": item.id, "decision": decision.id}
        for kind, field in (("note", "text"), ("item", "title"), ("decision", "text")):
            db.session.expunge_all()
            keep_translation(ref_of(kind, wanted[kind]), "mk", {field: "Кажано."}, see())
        view = read_meeting(meeting.id, see(locale="mk"))
        assert view is not None
        assert repr(view).count("Кажано.") >= 3


def test_after_approval_only_a_correction_with_its_reason_changes_anything(
    world: World, see: See
) -> None:
    with in_city(world):
        body, meeting, item = to_approve(see)
        approval.approve(meeting, see())
        note = notes.note_of(item.id)
        assert note is not None
        with pytest.raises(notes.ReasonNeeded):
            notes.save_note(item, meeting, body, "Otherwise.", note.version, see())
        db.session.refresh(note)
        notes.save_note(item, meeting, body, "Otherwise.", note.version, see(), reason="Misheard.")
        with pytest.raises(notes.ReasonNeeded):
            decide(item, meeting, body, ENTRY, see())
        assert meeting.minutes_version == 2
        [told] = corrections_of(meeting.id, see(Role.MEMBER))
        assert (told.version, told.reason) == (2, "Misheard.")
        assert db.session.scalars(select(Correction)).one().fields["text"] == [
            "Spoken.",
            "Otherwise.",
        ]


def test_two_who_change_a_decision_at_once(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = held(see)
        decision = decide(item, meeting, body, ENTRY, see())
        from dataclasses import replace

        assert change_decision(
            decision, item, meeting, body, replace(ENTRY, text="Otherwise."), 1, see()
        )
        with pytest.raises(DecisionConflict):
            change_decision(decision, item, meeting, body, replace(ENTRY, text="No."), 1, see())


def test_the_order_passes_what_is_withheld_and_keeps_its_place(world: World, see: See) -> None:
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        body = make_body(keeper)
        meeting = make(body, keeper)
        for item in items_of(meeting):
            agenda.remove_item(item, meeting, keeper)
        a = agenda.add_item(meeting, body, ItemEntry("A", "en"), keeper)
        secret = agenda.add_item(meeting, body, ItemEntry("S", "en", restricted=True), chair)
        b = agenda.add_item(meeting, body, ItemEntry("B", "en"), keeper)
        c = agenda.add_item(meeting, body, ItemEntry("C", "en"), keeper)
        view = read_meeting(meeting.id, keeper)
        assert view is not None
        open_ids = {each.id for each in view.open_items}
        assert secret.id not in open_ids
        agenda.reorder(meeting, [c.id, a.id, b.id, secret.id], [], keeper, open_ids)
        assert [each.title for each in items_of(meeting)] == ["C", "S", "A", "B"]
        agenda.move(a, meeting, -1, keeper)
        assert [each.title for each in items_of(meeting)] == ["C", "A", "S", "B"]
        agenda.move(c, meeting, -1, keeper)
        assert c.section == "reports"


def test_an_agenda_of_three_hundred_items(world: World, see: See) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        meeting = make(body, keeper)
        db.session.add_all(
            Item(meeting_id=meeting.id, position=100 + n, title=f"Item {n}", language="en",
                 section="topics", translations={})
            for n in range(300)
        )  # fmt: skip
        db.session.flush()
        convening.convene(meeting, keeper)
        view = read_meeting(meeting.id, keeper)
        assert view is not None
        assert len(view.items) > 300


def test_history_tells_what_happened(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, _item = held(see)
        seated(world, body, see(), Role.CHAIR)
        ways = {line.way for line in history_of(meeting.id, see(Role.MEMBER))}
        assert {"made", "state", "item_taken_up"} <= ways


def test_actions_of_a_restricted_item_are_seen_by_who_acts_and_not_by_others(
    world: World, see: See
) -> None:
    from plugins.meetings.services import linking

    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        body = make_body(keeper)
        meeting = make(body, keeper, days=0)
        secret = agenda.add_item(meeting, body, ItemEntry("S", "en", restricted=True), chair)
        plain = agenda.add_item(meeting, body, ItemEntry("P", "en"), keeper)
        entry = ActionEntry("Do it.", "en", world.organisations["alva"][0], None, today())
        add_action(entry, chair, subject=ref_of("item", secret.id), restricted=True)
        add_action(entry, chair, subject=ref_of("item", plain.id))
        found = linking.open_actions(body.id, keeper)
        assert [line.subject for line in found] == [ref_of("item", plain.id)]


def test_who_answers_that_they_cannot_come_is_excused(world: World, see: See) -> None:
    from core.api import invitees_of, set_answer
    from plugins.meetings.services import attendance

    keeper = see()
    with in_city(world):
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        meeting = make(body, keeper)
        convening.convene(meeting, keeper)
        ref = ref_of("meeting", meeting.id)
        line = next(
            each
            for each in invitees_of(ref)
            if each.membership_id == see(Role.MEMBER).membership_id
        )
        assert set_answer(ref, line.id, "declined")
        convening.start(meeting, keeper)
        statuses = {row.membership_id: row.status for row in attendance.rows_of(meeting.id)}
        assert statuses[see(Role.MEMBER).membership_id] == "excused"
        assert statuses[see(Role.CHAIR).membership_id] == "expected"
