"""The register of decisions: what it finds, what became of each, its files, and what it never tells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from core.api import ActionEntry, add_action, db, keep_translation
from core.i18n import today
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Body, Decision, Item, Meeting
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.bodies import Quorum, set_quorum
from plugins.meetings.services.decisions import (
    DecisionEntry,
    NotReplaceable,
    change_decision,
    decide,
    entry_of,
    replaceable,
)
from plugins.meetings.services.exporting import (
    ATTENDED,
    DECISIONS,
    attendance_rows,
    count_attended,
    count_leaving,
    decision_rows,
)
from plugins.meetings.services.register import (
    PAGE,
    Filters,
    count_decisions,
    list_decisions,
    read_filters,
    years,
)

from .conftest import See, asking, in_city, make, make_body, seated

ENTRY = DecisionEntry("Lamps on the square.", "It is dark there.", "en")
SignIn = Callable[[Any], FlaskClient]


def met(see: See, body: Body | None = None, days: int = 0) -> tuple[Body, Meeting, Item]:
    """A meeting that goes on, at an open item."""
    keeper = see()
    body = body or make_body(keeper)
    meeting = make(body, keeper, days=days)
    convening.start(meeting, keeper)
    item = agenda.add_item(meeting, body, ItemEntry("Lighting", "en", kind="planning"), keeper)
    return body, meeting, item


def finish(meeting: Meeting, see: See) -> None:
    convening.end(meeting, see())
    convening.circulate(meeting, see())


def found(see: See, role: Role = Role.MEMBER, **filters: str) -> list[str]:
    """What the register shows, which is as much as it counts."""
    asked, reader = read_filters(filters), see(role)
    lines = list_decisions(asked, reader).lines
    assert count_decisions(asked, reader) == len(lines)
    return [line.decision.label for line in lines]


def test_it_is_narrowed_by_what_a_decision_is(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body, meeting, item = met(see)
        decide(item, meeting, body, ENTRY, keeper)
        set_quorum(body, Quorum(least=5), keeper)
        other = agenda.add_item(meeting, body, ItemEntry("Sport", "en", kind="resources"), keeper)
        vote = replace(
            ENTRY, text="A sports day.", rule="majority", votes_for=3, publicity="public"
        )
        decide(other, meeting, body, vote, keeper)
        # A meeting in progress is read by who is on its list; the others wait for the minutes.
        assert found(see) == []
        finish(meeting, see)
        assert found(see) == ["1/2", "1/1"]
        assert found(see, kind="resources") == ["1/2"]
        assert found(see, rule="consensus") == ["1/1"]
        assert found(see, publicity="public") == ["1/2"]
        assert found(see, quorate="no") == ["1/2"]
        assert found(see, quorate="no_rule") == ["1/1"]
        assert found(see, quorate="yes") == []
        assert found(see, year=str(today().year)) == ["1/2", "1/1"]
        assert found(see, year="1999") == []
        assert found(see, body=body.id, q="SPORTS day") == ["1/2"]
        assert found(see, body="nnnnnnnnnnnnnnnn") == []
        assert years(see()) == [today().year]
        # What an address cannot ask for is not asked for.
        assert read_filters({"kind": "x", "year": "٢٠٢٦", "body": "'", "state": "?"}) == Filters()


def test_words_are_found_in_every_language_and_script(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = met(see)
        decision = decide(item, meeting, body, ENTRY, see())
        with asking(world):
            keep_translation(
                ref_of("decision", decision.id),
                "mk",
                {
                    "text": "Светилки на плоштадот.",
                    "rationale": "Таму е темно.",
                    "alternatives": "",
                },
                see(),
            )
        finish(meeting, see)
        assert found(see, q="ploštadot") == ["1/1"]
        assert found(see, q="темно dark") == ["1/1"]
        assert found(see, q="water") == []


def test_it_tells_what_became_of_each(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body, meeting, item = met(see)
        first = decide(item, meeting, body, ENTRY, keeper)
        finish(meeting, see)
        assert found(see, actions="none") == ["1/1"]
        with asking(world):
            action = add_action(
                ActionEntry(
                    text="Order the lamps", language="en",
                    organisation_id=world.organisations["alva"][0], assignee_id=None,
                    due_on=today() - timedelta(days=1),
                ),
                keeper,
                subject=ref_of("decision", first.id),
            )  # fmt: skip
        assert found(see, actions="open") == found(see, actions="late") == ["1/1"]
        assert found(see, actions="done") == found(see, actions="none") == []
        line = list_decisions(Filters(), see(Role.MEMBER)).lines[0]
        assert [(each.text, each.late) for each in line.actions] == [("Order the lamps", True)]
        action.closed, action.status = True, "done"
        db.session.flush()
        assert found(see, actions="done") == ["1/1"]
        assert found(see, actions="late") == []

        body, later, new_item = met(see, body, days=1)
        assert [each.id for each, _n in replaceable(new_item, later, keeper)] == [first.id]
        second = decide(
            new_item, later, body, replace(ENTRY, text="More lamps.", replaces_id=first.id), keeper
        )
        finish(later, see)
        lines = {
            each.decision.label: each for each in list_decisions(Filters(), see(Role.MEMBER)).lines
        }
        assert lines["1/1"].decision.state == "replaced"
        assert lines["1/1"].replaced_by is not None
        assert lines["1/1"].replaced_by.label == "2/1"
        assert lines["2/1"].replaces is not None
        assert lines["2/1"].replaces.label == "1/1"
        assert found(see, state="in_force") == ["2/1"]
        # Not twice: it is not in force any more. Let go, it is again.
        third = agenda.add_item(later, body, ItemEntry("Once more", "en"), keeper)
        with pytest.raises(NotReplaceable):
            decide(third, later, body, replace(ENTRY, replaces_id=first.id), keeper)
        db.session.expire_all()
        undone = replace(entry_of(second), replaces_id=None)
        change_decision(
            second, new_item, later, body, undone, second.version, keeper, reason="A slip."
        )
        assert first.state == "in_force"


def test_what_is_restricted_is_neither_shown_nor_counted(world: World, see: See) -> None:
    with in_city(world):
        keeper, chair = see(), see(Role.CHAIR)
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR)
        meeting = make(body, keeper, days=0)
        convening.start(meeting, keeper)
        item = agenda.add_item(
            meeting,
            body,
            ItemEntry("Kanarinka", "en", "topics", "case_block", restricted=True),
            chair,
        )
        rows = attendance.rows_of(meeting.id)
        attendance.set_statuses(meeting, {row.id: "present" for row in rows}, {}, {}, chair)
        convening.go_to(meeting, item, chair)
        decide(item, meeting, body, replace(ENTRY, text="Kanarinka is helped."), chair)
        assert replaceable(item, meeting, chair) == []
        finish(meeting, see)
        for role in (Role.FOCAL_POINT, Role.MEMBER, Role.DATA_PROTECTION_OFFICER):
            assert found(see, role) == []
            assert found(see, role, q="Kanarinka") == found(see, role, kind="case_block") == []
            assert years(see(role)) == []
        assert found(see, Role.CHAIR) == []
        attendance.promise(meeting, "I do.", chair)
        assert found(see, Role.CHAIR) == ["1/R1"]
        # And in no file, not even of somebody who may read it: a file is handed on.
        with asking(world):
            assert list(decision_rows(chair, {})) == []
            assert count_leaving(chair, {}) == 0
            assert "Kanarinka" not in repr(list(attendance_rows(chair, {})))


def test_its_pages_hold_each_decision_once(world: World, see: See) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        for days in (0, 1):
            _same, meeting, item = met(see, body, days)
            for number in range(PAGE):
                decide(item, meeting, body, replace(ENTRY, text=f"{days} {number}"), keeper)
            finish(meeting, see)
        reader = see(Role.MEMBER)
        seen, page = [], list_decisions(Filters(), reader)
        seen += [line.decision.id for line in page.lines]
        assert not page.before
        while page.after:
            page = list_decisions(Filters(), reader, after=page.after)
            seen += [line.decision.id for line in page.lines]
        assert len(seen) == len(set(seen)) == 2 * PAGE == count_decisions(Filters(), reader)
        back = list_decisions(Filters(), reader, before=page.before)
        assert [line.decision.id for line in back.lines] == seen[:PAGE]
        assert [line.decision.label for line in back.lines][:2] == [f"2/{PAGE}", f"2/{PAGE - 1}"]
        # A mark of nothing leads to the first page.
        assert list_decisions(Filters(), reader, after="nnnnnnnnnnnnnnnn") == back


def test_files_hold_decisions_and_who_came(world: World, see: See, sign_in: SignIn) -> None:
    with in_city(world):
        keeper = see()
        body = make_body(keeper)
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER)
        _body, meeting, item = met(see, body)
        rows = attendance.rows_of(meeting.id)
        attendance.set_statuses(
            meeting, {rows[0].id: "present", rows[1].id: "excused"}, {}, {rows[1].id: "Secretly ill"},
            keeper,
        )  # fmt: skip
        decide(
            item, meeting, body,
            replace(ENTRY, text="=1+1", rule="majority", votes_for=2, votes_against=1,
                    votes_abstained=0, dissents=((rows[0].id, "Too dear."),)),
            keeper,
        )  # fmt: skip
        finish(meeting, see)
        db.session.commit()
        home, of_body = f"meetings/{meeting.id}", body.id
        reader = see(Role.MEMBER)
        assert count_attended(reader, {"body": of_body}) == 2
        assert count_attended(reader, {"year": "1999"}) == 0
        assert count_attended(reader, {"meeting": "nnnnnnnnnnnnnnnn"}) == 0
    client = sign_in(world.person("alva", Role.MEMBER))
    text = client.get("/alva/exports/meetings/decisions.csv?q=1").get_data().decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text))
    told = dict(zip(head, row, strict=True))
    assert told["Decision"] == "'=1+1"
    assert told["Votes against"] == "1"
    assert "Too dear." in told["Dissent"]
    text = client.get(f"/alva/exports/meetings/attendance.csv?body={of_body}").get_data().decode()
    assert {"Present", "Excused"} <= {row[8] for row in csv.reader(io.StringIO(text))}
    assert "Secretly ill" not in text
    for name in ("decisions", "attendance"):
        sheet = client.get(f"/alva/exports/meetings/{name}.xlsx").get_data()
        assert "xl/workbook.xml" in ZipFile(io.BytesIO(sheet)).namelist()
    assert {each.name for each in (DECISIONS, ATTENDED)} == {"decisions", "attendance"}
    page = client.get("/alva/meetings/decisions").get_data(as_text=True)
    assert "It is dark there." in page
    for where in (home, f"meetings/bodies/{of_body}"):
        assert f"/alva/meetings/decisions?body={of_body}" in client.get(f"/alva/{where}").get_data(
            as_text=True
        )
    hits = client.get("/alva/search?q=dark").get_data(as_text=True)
    assert "/alva/meetings/decisions?q=dark" in hits


def test_a_decision_is_dated_by_its_meeting(world: World, see: See) -> None:
    with in_city(world):
        body, meeting, item = met(see, days=-3)
        decision = decide(item, meeting, body, ENTRY, see())
        assert isinstance(decision, Decision)
        assert decision.decided_on == today() - timedelta(days=3)
        assert isinstance(decision.decided_on, date)
