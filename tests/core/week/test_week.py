"""This week: what is on the page and what is not, and an organisation reminded once a day."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from core.database import db, utcnow
from core.identity.models import Invitation, Membership, Organisation
from core.notifications.models import Notification
from core.permissions import Role
from core.testing.app import everything_of, statements_of
from core.week import services
from core.week.services import REMINDED
from core.week.telling import DIGEST, tell_numbers

CITY, FOCAL_POINT = "alva", Role.FOCAL_POINT
SECRET = "Ask the aunt about the boy"


def page(world: Any, sign_in: Any, path: str = "week", role: Role = FOCAL_POINT) -> str:
    answer = sign_in(world.person(CITY, role)).get(f"/{CITY}/{path}")
    assert answer.status_code == 200, answer.status_code
    return str(answer.text)


def sheet(text: str, name: str) -> str:
    found = re.search(rf'<section[^>]* id="{name}".*?</section>', text, re.S)
    assert found, f"no sheet {name}"
    return found[0]


def test_the_page_belongs_to_who_keeps_the_network(world, sign_in) -> None:
    for role in Role:
        answer = sign_in(world.person(CITY, role)).get(f"/{CITY}/week")
        assert answer.status_code == (200 if role is FOCAL_POINT else 403), role


def test_a_quiet_week_says_so(world, sign_in) -> None:
    text = page(world, sign_in)
    assert "Nothing is late." in sheet(text, "late")
    assert "Nothing is due this week." in sheet(text, "due")
    assert "Nothing waits." in sheet(text, "waiting")
    assert "Nothing runs out" in sheet(text, "lapsing")


def test_late_due_and_later_stand_where_they_belong(world, sign_in, add_action) -> None:
    add_action("Book the hall", -3)
    add_action("Print the posters", 0)
    add_action("Buy the pencils", 6)
    add_action("Paint the fence", 7)
    add_action("Sweep the yard", -9, closed=True, status="done")
    text = page(world, sign_in)
    late, due = sheet(text, "late"), sheet(text, "due")
    assert "Book the hall" in late
    assert "3 days late" in late
    assert "nobody yet" in late
    assert "Print the posters" in due
    assert "Buy the pencils" in due
    for hidden in ("Paint the fence", "Sweep the yard"):
        assert hidden not in text


def test_who_has_waited_longest_comes_first_and_each_has_its_number(
    world, viewer_of, add_action, day
) -> None:
    for days in (-2, -3, -4, -5):
        add_action(f"Of the first {days}", days, organisation=0)
    add_action("Of the second", -9, organisation=1)
    with world.in_city(CITY):
        late = services.late_actions(viewer_of(FOCAL_POINT), day)
    assert [group.organisation_id for group in late.rows] == [
        world.organisations[CITY][1],
        world.organisations[CITY][0],
    ]
    assert late.number == 5
    second = late.rows[1]
    assert second.number == 4
    assert [line.text for line in second.lines] == [
        "Of the first -5",
        "Of the first -4",
        "Of the first -3",
    ]
    assert second.since == day - timedelta(days=5)


def test_what_one_may_not_see_is_neither_shown_nor_counted(
    world, sign_in, viewer_of, add_action, day
) -> None:
    viewer = viewer_of(FOCAL_POINT)
    other = 1 - world.organisations[CITY].index(viewer.organisation_id)
    add_action(SECRET, -3, organisation=other, restricted=True)
    add_action(SECRET, 2, organisation=other, restricted=True)
    text = page(world, sign_in)
    assert SECRET not in text
    assert "Nothing is late." in text
    with world.in_city(CITY):
        assert services.late_actions(viewer, day).number == 0
        assert services.due_actions(viewer, day).number == 0
    # Their own organisation's they see, wherever it comes from.
    add_action(SECRET, -3, organisation=1 - other, restricted=True)
    assert SECRET in sheet(page(world, sign_in), "late")


def test_what_lapses_is_there_and_what_does_not_is_not(world, sign_in, day) -> None:
    with world.in_city(CITY):
        for name, days in (("Ended Erin", -2), ("Ending Eda", 60), ("Staying Sami", 61)):
            db.session.add(
                Membership(shown_name=name, roles=["member"], until=day + timedelta(days=days))
            )
        gone = Membership(
            shown_name="Gone Gani", roles=[], active=False, until=day - timedelta(days=1)
        )
        invited = Membership(shown_name="Invited Ina", roles=["member"])
        fresh = Membership(shown_name="Fresh Fea", roles=["member"])
        old = Membership(
            shown_name="Unsure Uma", roles=[], confirmed_at=utcnow() - timedelta(days=91)
        )
        db.session.add_all([gone, invited, fresh, old])
        db.session.flush()
        for one, days in ((invited, 3), (fresh, 13)):
            db.session.add(
                Invitation(
                    membership_id=one.id,
                    email=f"{one.id}@alva.example",
                    token_hash=one.id,
                    expires_at=utcnow() + timedelta(days=days),
                )
            )
        for name, days in (("Lapsed league", -1), ("Lasting lodge", 90)):
            db.session.add(
                Organisation(names={"en": name}, agreement_until=day + timedelta(days=days))
            )
        db.session.commit()
    for text in (sheet(page(world, sign_in), "lapsing"), page(world, sign_in, "week/lapsing")):
        for there in ("Ended Erin", "Ending Eda", "Invited Ina", "Lapsed league"):
            assert there in text, there
        for absent in ("Staying Sami", "Gone Gani", "Fresh Fea", "Lasting lodge"):
            assert absent not in text, absent
    assert "Unsure Uma" in sheet(page(world, sign_in), "lapsing")


def test_more_rows_cost_no_more_questions(app, world, sign_in, add_action) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))

    def questions() -> int:
        client.get(f"/{CITY}/week")
        with statements_of(app) as seen:
            assert client.get(f"/{CITY}/week").status_code == 200
        return len([each for each in seen if each.startswith("SELECT")])

    add_action("Book the hall", -3)
    few = questions()
    for number in range(40):
        add_action(f"Book the hall {number}", number - 20, organisation=number % 2)
    assert questions() <= few <= 12


# -- Reminding -------------------------------------------------------------------------------------------------


def reminded(world: Any) -> list[Any]:
    return [row for row in everything_of(Notification) if row.kind == REMINDED]


def test_an_organisation_is_reminded_once_a_day(app, world, sign_in, add_action) -> None:
    add_action("Book the hall", -3, organisation=1)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    path = f"/{CITY}/week/remind/{world.organisations[CITY][1]}"
    assert "Remind<" in client.get(f"/{CITY}/week").text
    answer = client.post(path, follow_redirects=True)
    assert "were reminded" in answer.text
    assert "Reminded today" in answer.text
    with app.app_context():
        first = reminded(world)
    assert first
    assert all(row.facts == {"number": 1} for row in first)
    assert "already" in client.post(path, follow_redirects=True).text
    with app.app_context():
        assert [row.times for row in reminded(world)] == [1] * len(first)


def test_a_reminder_says_no_more_than_the_number(app, world, sign_in, add_action) -> None:
    add_action("Book the hall", -3, organisation=1)
    sign_in(world.person(CITY, FOCAL_POINT)).post(
        f"/{CITY}/week/remind/{world.organisations[CITY][1]}"
    )
    told = sign_in(world.person(CITY, Role.CHAIR)).get(f"/{CITY}/notifications")
    assert "1 action is late." in told.text
    assert "Book the hall" not in told.text


@pytest.mark.parametrize("days", [0, 3])
def test_nobody_is_reminded_of_what_is_not_late(app, world, sign_in, add_action, days) -> None:
    add_action("Book the hall", days, organisation=1)
    answer = sign_in(world.person(CITY, FOCAL_POINT)).post(
        f"/{CITY}/week/remind/{world.organisations[CITY][1]}", follow_redirects=True
    )
    assert "late any more" in answer.text
    with app.app_context():
        assert not reminded(world)


def test_who_can_be_told_nothing_here_is_to_be_called(app, world, sign_in, add_action) -> None:
    with world.in_city(CITY):
        lonely = Organisation(names={"en": "Lonely league"}, contact_phone="+1 555 0100")
        db.session.add(lonely)
        db.session.commit()
        identifier = lonely.id
        world.organisations[CITY].append(identifier)
    add_action("Book the hall", -3, organisation=-1)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    late = sheet(client.get(f"/{CITY}/week").text, "late")
    assert "+1 555 0100" in late
    assert "Remind<" not in late
    answer = client.post(f"/{CITY}/week/remind/{identifier}", follow_redirects=True)
    assert "Nobody of this organisation" in answer.text


def test_an_organisation_of_another_city_is_not_there(world, sign_in, add_action) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    for identifier in (world.organisations["bruma"][0], "n" * 16, "x"):
        assert client.post(f"/{CITY}/week/remind/{identifier}").status_code == 404


# -- Monday ----------------------------------------------------------------------------------------------------


def test_on_monday_a_focal_point_reads_numbers_and_no_names(app, world, add_action, day) -> None:
    monday = day - timedelta(days=day.weekday())
    add_action("Book the hall", -20)
    with world.in_city(CITY) as city:
        for when in (monday + timedelta(days=1), monday, monday):
            tell_numbers(city, when, frozenset({"activities"}))
        db.session.commit()
    with app.app_context():
        rows = [row for row in everything_of(Notification) if row.kind == DIGEST]
    assert [row.membership_id for row in rows] == [world.person(CITY, FOCAL_POINT).membership_id]
    assert rows[0].times == 1
    assert rows[0].facts == {"late": 1, "due": 0, "waiting": 0, "lapsing": 0}
