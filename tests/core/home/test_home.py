"""The first page and the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.database import db, utcnow
from core.home.holidays import public_holidays
from core.home.overview import first_name, greeting
from core.identity.models import Membership, Organisation
from core.permissions import Role
from core.testing.app import statements_of
from core.values import Card


@pytest.mark.parametrize(
    "role", [Role.MEMBER, Role.FOCAL_POINT, Role.CITY_ADMINISTRATOR, Role.OBSERVER]
)
def test_the_first_page_takes_few_queries(world, sign_in, probe, make_entry, role) -> None:
    probe.entries = [make_entry(str(number)) for number in range(9)]
    client = sign_in(world.person("alva", role))
    client.get("/alva/")
    with statements_of(world.app) as statements:
        answer = client.get("/alva/")
    assert answer.status_code == 200
    # The frame's three and one for those who keep the network; two are left for plugins.
    own = [text for text in statements if "activities_" not in text]
    assert len(own) <= 4, "\n".join(statements)


def test_queries_do_not_grow_with_what_waits(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    client.get("/alva/")
    with statements_of(world.app) as few:
        client.get("/alva/")
    with world.in_city("alva"):
        old = utcnow() - timedelta(days=100)
        for number in range(30):
            db.session.add(Membership(shown_name=f"Waiting {number}", confirmed_at=old))
        db.session.commit()
    with statements_of(world.app) as many:
        page = client.get("/alva/").text
    assert len(many) == len(few)
    assert "30 memberships wait for confirmation." in page
    assert page.count("Waiting ") == 5


def test_cards_and_actions_of_plugins_are_shown(world, sign_in) -> None:
    page = sign_in(world.person("alva", Role.MEMBER)).get("/alva/").text
    assert "Start probing" in page
    assert "Probe card" in page
    assert "<p>on the card</p>" in page


def test_a_card_that_fails_is_left_out_alone(world, sign_in, probe) -> None:
    probe.items.insert(0, Card("Broken card", "broken.html"))
    probe.items.insert(0, Card("Missing card", "nowhere.html"))
    answer = sign_in(world.person("alva", Role.MEMBER)).get("/alva/")
    assert answer.status_code == 200
    assert "Broken card" not in answer.text
    assert "Missing card" not in answer.text
    assert "Probe card" in answer.text


def test_a_calendar_hook_that_fails_leaves_the_page_standing(world, sign_in, probe) -> None:
    probe.broken = True
    client = sign_in(world.person("alva", Role.MEMBER))
    assert client.get("/alva/").status_code == 200
    assert client.get("/alva/calendar").status_code == 200


def test_the_checklist_stays_until_all_is_done(world, sign_in) -> None:
    with world.in_city("alva") as city:
        city.official_languages = []
        db.session.commit()
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    page = administrator.get("/alva/").text
    assert "Getting started" in page
    assert "3 of 4 done" in page
    assert "/alva/settings/languages" in page
    focal_point = sign_in(world.person("alva", Role.FOCAL_POINT)).get("/alva/").text
    assert "The city administrator does this." in focal_point
    assert "Getting started" not in sign_in(world.person("alva", Role.MEMBER)).get("/alva/").text
    with world.in_city("alva") as city:
        city.official_languages = ["mk"]
        db.session.commit()
    assert "Getting started" not in administrator.get("/alva/").text


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Elena Stojkovska", "Elena"),
        ("Dr. Mira Dimova", "Mira"),
        ("عبد الله خوري", "عبد الله"),
        ("Abu Bakr Haddad", "Abu Bakr"),
        ("Teuta", "Teuta"),
        ("", ""),
    ],
)
def test_people_are_greeted_by_their_first_name(name, called) -> None:
    assert first_name(name) == called


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (4, "Good evening, Elena"),
        (5, "Good morning, Elena"),
        (12, "Good afternoon, Elena"),
        (18, "Good evening, Elena"),
    ],
)
def test_the_greeting_follows_the_time_of_day(app, hour, words) -> None:
    with app.app_context():
        assert greeting("Elena Stojkovska", datetime(2026, 11, 17, hour, tzinfo=UTC)) == words


def test_the_calendar_shows_a_month_by_day(world, sign_in, probe, make_entry) -> None:
    start = datetime(2026, 10, 11, 8, 0, tzinfo=UTC)
    probe.entries = [
        make_entry("one", start),
        make_entry("two", start + timedelta(hours=3), status="cancelled"),
        make_entry("late", datetime(2026, 10, 31, 23, 30, tzinfo=UTC)),
        make_entry("busy", start + timedelta(days=1), busy_only=True, title="Secret"),
    ]
    client = sign_in(world.person("alva", Role.MEMBER))
    page = client.get("/alva/calendar?month=2026-10").text
    assert "October 2026" in page
    assert "Sunday, 11 October" in page
    assert "10:00" in page  # Skopje is two hours ahead of UTC in summer time
    assert "Cancelled" in page
    assert "Busy" in page
    assert "Secret" not in page
    assert "Event late" not in page  # half past midnight of 1 November there
    assert "Event late" in client.get("/alva/calendar?month=2026-11").text


def test_the_calendar_is_filtered_by_what_the_address_says(
    world, sign_in, probe, make_entry
) -> None:
    start = datetime(2026, 10, 11, 8, 0, tzinfo=UTC)
    school, centre = world.organisations["alva"]
    probe.entries = [
        make_entry("school", start, organisation_id=school, level="primary"),
        make_entry("centre", start, organisation_id=centre, level="secondary"),
        make_entry("veiled", start, organisation_id=centre, busy_only=True),
    ]
    client = sign_in(world.person("alva", Role.MEMBER))

    def shown(query: str) -> set[str]:
        page = client.get(f"/alva/calendar?month=2026-10&{query}").text
        return {name for name in ("Event school", "Event centre", "Busy") if name in page}

    assert shown("") == {"Event school", "Event centre", "Busy"}
    assert shown(f"organisation={school}") == {"Event school"}
    # A filter must not tell whose time is taken.
    assert shown(f"organisation={centre}") == {"Event centre"}
    assert shown("level=primary") == {"Event school"}
    assert shown("kind=probe") == {"Event school", "Event centre", "Busy"}
    assert shown("level=nonsense") == {"Event school", "Event centre", "Busy"}


@pytest.mark.parametrize(
    "month", ["2026-13", "x", "99999-01", "0001-01", "2026-1", "２０２６-10", "-", "2026-10-01"]
)
def test_a_month_that_cannot_be_read_is_said_so(world, sign_in, month) -> None:
    answer = sign_in(world.person("alva", Role.MEMBER)).get(
        "/alva/calendar", query_string={"month": month}
    )
    assert answer.status_code == 400
    assert "month" in answer.text


@pytest.mark.parametrize("month", ["1990-01", "2100-12"])
def test_the_ends_of_the_calendar_stand(world, sign_in, month) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    assert client.get(f"/alva/calendar?month={month}").status_code == 200


def test_public_holidays_are_written_in_words(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    assert "Independence Day" in client.get("/alva/calendar?month=2026-09").text
    year = date(2026, 1, 1), date(2026, 12, 31)
    assert public_holidays("MK", *year, "mk")[date(2026, 9, 8)] == "Ден на независноста"
    assert public_holidays("MK", *year, "tr")[date(2026, 9, 8)].language == "mk"
    assert public_holidays("LB", *year, "ar")[date(2026, 11, 22)].language == "ar"
    assert not public_holidays("ZZ", *year, "en")
    assert not public_holidays("", *year, "en")


def test_public_holidays_are_given_across_years_with_both_ends() -> None:
    found = public_holidays("MK", date(2026, 12, 25), date(2027, 1, 1), "en")
    assert list(found) == [date(2027, 1, 1)]
    assert not public_holidays("MK", date(2026, 9, 9), date(2026, 9, 8), "en")


def test_the_calendar_takes_the_same_queries_whatever_there_is(
    world, sign_in, probe, make_entry
) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    client.get("/alva/calendar")
    with statements_of(world.app) as few:
        client.get("/alva/calendar?month=2026-10")
    start = datetime(2026, 10, 11, 8, 0, tzinfo=UTC)
    probe.entries = [make_entry(str(n), start + timedelta(minutes=n)) for n in range(60)]
    with world.in_city("alva"):
        db.session.add_all(Organisation(names={"en": f"O {n}"}, sort_key=str(n)) for n in range(20))
        db.session.commit()
    with statements_of(world.app) as many:
        client.get("/alva/calendar?month=2026-10")
    assert len(few) == len(many) <= 8
