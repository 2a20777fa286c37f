"""Secret feeds: what they show is decided anew at each request, and what they were asked before costs little."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.cities.services import calendar_changed, set_plugin
from core.database import db, utcnow
from core.home.models import CalendarFeed
from core.identity.models import Membership, Organisation, Person
from core.permissions import Role
from core.testing.app import everything_of, statements_of


@pytest.fixture
def make_feed(world, sign_in):
    """Makes a feed for somebody of Alva and gives its path."""

    def make(role: Role = Role.MEMBER) -> str:
        answer = sign_in(world.person("alva", role)).post(
            "/alva/calendar/feeds", data={"name": "my phone"}
        )
        assert answer.status_code == 200
        found = re.search(r"http://localhost(/feed/[\w-]+\.ics)", answer.text)
        assert found is not None
        return found[1]

    return make


def read(app, path, **headers):
    return app.test_client().get(path, headers=headers)


def test_the_address_is_shown_once_and_stored_as_a_hash(world, sign_in, make_feed) -> None:
    path = make_feed()
    token = path.removeprefix("/feed/").removesuffix(".ics")
    assert len(token) == 43
    page = sign_in(world.person("alva", Role.MEMBER)).get("/alva/calendar/feeds").text
    assert "my phone" in page
    assert token not in page
    with world.app.app_context():
        [feed] = everything_of(CalendarFeed)
        assert token not in repr(vars(feed))
        assert len(feed.token_hash) == 64


def test_sending_the_form_twice_makes_one_feed(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    data = {"name": "phone", "once": "abcdefghijklmnop"}
    assert client.post("/alva/calendar/feeds", data=data).status_code == 200
    assert client.post("/alva/calendar/feeds", data=data).status_code == 303
    with world.app.app_context():
        assert len(everything_of(CalendarFeed)) == 1


def test_it_is_a_calendar_of_what_the_reader_may_see(world, probe, make_entry, make_feed) -> None:
    probe.entries = [
        make_entry("a"),
        make_entry("b", busy_only=True, title="Secret", place="Hidden"),
    ]
    answer = read(world.app, make_feed())
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    text = answer.text.replace("\r\n ", "")
    assert "SUMMARY:Event a" in text
    assert "LOCATION:Town hall" in text
    assert "URL:http://localhost/alva/probe/" in text
    assert "SUMMARY:Busy" in text
    assert "Secret" not in text
    assert "Hidden" not in text
    viewer = probe.viewers[-1]
    assert viewer.membership_id == world.person("alva", Role.MEMBER).membership_id
    assert viewer.roles == {"member"}


def test_an_entry_that_cannot_be_written_leaves_out_its_plugin_and_nothing_else(
    world, probe, make_entry, make_feed
) -> None:
    path = make_feed()
    probe.entries = [make_entry("a")]
    assert "SUMMARY:Event a" in read(world.app, path).text
    probe.entries = [make_entry("b"), make_entry("c", updated=None)]
    answer = read(world.app, path)
    assert answer.status_code == 200
    assert "SUMMARY" not in answer.text
    assert answer.text.endswith("END:VCALENDAR\r\n")


def test_what_has_not_changed_is_answered_with_two_queries(world, make_feed) -> None:
    path = make_feed()
    first = read(world.app, path)
    tag = first.headers["ETag"]
    with statements_of(world.app) as statements:
        second = read(world.app, path, **{"If-None-Match": tag})
    assert second.status_code == 304
    assert second.data == b""
    assert second.headers["ETag"] == tag
    assert len(statements) == 2, statements


def test_a_change_in_the_city_changes_the_tag(world, make_feed) -> None:
    path = make_feed()
    tag = read(world.app, path).headers["ETag"]
    with world.in_city("bruma"):
        calendar_changed()
        db.session.commit()
    assert read(world.app, path, **{"If-None-Match": tag}).status_code == 304
    with world.in_city("alva"):
        calendar_changed()
        db.session.commit()
    assert read(world.app, path, **{"If-None-Match": tag}).status_code == 200


def test_a_plugin_switched_off_leaves_the_feed_at_once(world, probe, make_entry, make_feed) -> None:
    probe.entries = [make_entry("a")]
    path = make_feed()
    first = read(world.app, path)
    assert "Event a" in first.text
    with world.in_city("alva"):
        set_plugin("probe", enabled=False)
        db.session.commit()
    second = read(world.app, path, **{"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert "Event a" not in second.text


def _end(world, change) -> None:
    member = world.person("alva", Role.MEMBER)
    with world.in_city("alva") as city:
        change(
            db.session.get(Membership, (city.id, member.membership_id)),
            db.session.get(Person, member.id),
        )
        db.session.commit()


@pytest.mark.parametrize(
    "change",
    [
        lambda membership, person: setattr(membership, "active", False),
        lambda membership, person: setattr(
            membership, "until", utcnow().date() - timedelta(days=3)
        ),
        lambda membership, person: setattr(membership, "roles", ["observer"]),
        lambda membership, person: setattr(membership, "roles", []),
        lambda membership, person: setattr(person, "active", False),
    ],
    ids=["ended", "run out", "observer", "no role", "disabled"],
)
def test_who_may_no_longer_see_the_calendar_gets_nothing(world, make_feed, change) -> None:
    path = make_feed()
    assert read(world.app, path).status_code == 200
    _end(world, change)
    unknown = read(world.app, "/feed/" + "x" * 43 + ".ics")
    assert read(world.app, path).status_code == unknown.status_code == 404


def test_an_ended_feed_answers_like_an_unknown_one(world, sign_in, make_feed) -> None:
    path = make_feed()
    client = sign_in(world.person("alva", Role.MEMBER))
    with world.app.app_context():
        [feed] = everything_of(CalendarFeed)
    # Somebody else cannot end it.
    other = sign_in(world.person("alva", Role.CHAIR))
    assert other.post(f"/alva/calendar/feeds/{feed.id}/end").status_code == 404
    assert read(world.app, path).status_code == 200
    assert client.post(f"/alva/calendar/feeds/{feed.id}/end").status_code == 303
    ended, unknown = read(world.app, path), read(world.app, "/feed/" + "x" * 43 + ".ics")
    assert ended.status_code == unknown.status_code == 404
    # The pages differ in the address that was asked for, the number of the request and the form's token.
    own = re.compile(r'[a-z2-7]{16}|value="[^"]*"')
    assert own.sub("", ended.text) == own.sub("", unknown.text)


@pytest.mark.parametrize("token", ["x", "x" * 42, "x" * 44, "%00" * 43, "é" * 43, "." * 43])
def test_any_other_address_is_not_found(world, token) -> None:
    assert read(world.app, f"/feed/{token}.ics").status_code in {400, 404}


def test_the_last_reading_is_noted_once_an_hour(world, make_feed) -> None:
    path = make_feed()

    def used() -> datetime | None:
        with world.app.app_context():
            [feed] = everything_of(CalendarFeed)
            return feed.used_at  # type: ignore[no-any-return]

    assert used() is None
    read(world.app, path)
    first = used()
    assert first is not None
    read(world.app, path)
    assert used() == first
    with world.in_city("alva"):
        db.session.query(CalendarFeed).one().used_at = datetime(2026, 1, 1, tzinfo=UTC)
        db.session.commit()
    read(world.app, path)
    again = used()
    assert again is not None
    assert again >= first


def test_only_who_may_see_the_calendar_makes_a_feed(world, sign_in) -> None:
    for role in (Role.OBSERVER, Role.CITY_ADMINISTRATOR):
        assert sign_in(world.person("alva", role)).post("/alva/calendar/feeds").status_code == 403
    stranger = sign_in(world.person("bruma", Role.MEMBER))
    assert stranger.post("/alva/calendar/feeds").status_code == 404


# -- A feed of a filter --------------------------------------------------------------------------------------


@pytest.fixture
def narrowed(world, sign_in, probe, make_entry):
    """Makes a feed of what an address is narrowed to; entries of two organisations and levels are there."""
    school, centre = world.organisations["alva"]
    probe.entries = [
        make_entry("school", organisation_id=school, level="primary"),
        make_entry("centre", organisation_id=centre, level="primary"),
        make_entry("later", organisation_id=centre, level="secondary"),
        make_entry("veiled", organisation_id=centre, level="secondary", busy_only=True),
        make_entry("other", kind="elsewhere", organisation_id=school),
    ]
    client = sign_in(world.person("alva", Role.MEMBER))

    def make(**conditions: str) -> tuple[str, str]:
        answer = client.post("/alva/calendar/feeds", data={"name": "phone", **conditions})
        assert answer.status_code == 200, answer.text
        found = re.search(r"http://localhost(/feed/[\w-]+\.ics)", answer.text)
        assert found is not None
        return found[1], client.get("/alva/calendar/feeds").text

    return make


def titles(data: bytes) -> set[str]:
    from icalendar import Calendar

    return {str(event["SUMMARY"]) for event in Calendar.from_ical(data).walk("VEVENT")}


def test_a_narrowed_feed_holds_its_entries_alone(world, narrowed) -> None:
    school, centre = world.organisations["alva"]
    expected = {
        (): {"Event school", "Event centre", "Event later", "Busy", "Event other"},
        (("kind", "probe"),): {"Event school", "Event centre", "Event later", "Busy"},
        (("organisation", school),): {"Event school", "Event other"},
        # A feed must not tell whose time is taken.
        (("organisation", centre),): {"Event centre", "Event later"},
        (("level", "primary"), ("organisation", centre)): {"Event centre"},
    }
    for conditions, shown in expected.items():
        path, _page = narrowed(**dict(conditions))
        assert titles(read(world.app, path).data) == shown


def test_the_page_says_in_words_what_each_feed_holds(world, narrowed) -> None:
    school, _centre = world.organisations["alva"]
    _path, page = narrowed(kind="probe", organisation=school, level="secondary")
    with world.in_city("alva") as city:
        organisation = db.session.get(Organisation, (city.id, school))
        assert organisation is not None
        name = organisation.names["en"]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))
    assert f"Probe · {name} · Secondary prevention" in text
    _path, page = narrowed()
    assert "The whole calendar" in page


def test_subscribing_on_a_narrowed_calendar_offers_that_part(world, sign_in) -> None:
    school, _centre = world.organisations["alva"]
    client = sign_in(world.person("alva", Role.MEMBER))
    calendar = client.get(f"/alva/calendar?view=month&organisation={school}&level=primary").text
    found = re.search(r'href="(/alva/calendar/feeds\?[^"]*)"', calendar)
    assert found is not None
    page = client.get(found[1].replace("&amp;", "&")).text
    assert "It will hold only:" in page
    assert re.search(rf'name="organisation"[^>]*value="{school}"', page)
    assert re.search(r'name="level"[^>]*value="primary"', page)


@pytest.mark.parametrize("condition", ["kind", "organisation", "level"])
def test_a_feed_of_what_is_not_known_is_not_made(world, sign_in, condition) -> None:
    # Leaving the condition out would hand out more than was chosen.
    client = sign_in(world.person("alva", Role.MEMBER))
    answer = client.post("/alva/calendar/feeds", data={"name": "my phone", condition: "x" * 99})
    assert answer.status_code == 422
    assert "choose again" in answer.text
    assert "my phone" in answer.text
    with world.app.app_context():
        assert not everything_of(CalendarFeed)


def test_a_feed_of_another_citys_organisation_is_not_made(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    there = world.organisations["bruma"][0]
    answer = client.post("/alva/calendar/feeds", data={"organisation": there})
    assert answer.status_code == 422


def test_a_feed_of_a_plugin_that_is_off_holds_nothing(world, narrowed) -> None:
    path, _page = narrowed(kind="probe")
    with world.in_city("alva"):
        set_plugin("probe", enabled=False)
        db.session.commit()
    assert titles(read(world.app, path).data) == set()


def test_other_programs_read_a_narrowed_feed(world, narrowed, tmp_path) -> None:
    import subprocess
    import sys
    from pathlib import Path

    school, _centre = world.organisations["alva"]
    path, _page = narrowed(organisation=school)
    file = tmp_path / "feed.ics"
    file.write_bytes(read(world.app, path).data)
    (tmp_path / "config").write_text(
        f"[calendars]\n[[city]]\npath = {tmp_path / 'city'}\ntype = calendar\n"
        f"[locale]\ntimeformat = %H:%M\ndateformat = %d.%m.%Y\nlongdateformat = %d.%m.%Y\n"
        f"datetimeformat = %d.%m.%Y %H:%M\nlongdatetimeformat = %d.%m.%Y %H:%M\n"
        f"[default]\ndefault_calendar = city\n[sqlite]\npath = {tmp_path / 'khal.db'}\n"
    )
    (tmp_path / "city").mkdir()
    khal = [str(Path(sys.executable).parent / "khal"), "-c", str(tmp_path / "config")]
    subprocess.run([*khal, "import", "--batch", "-a", "city", str(file)], check=True, timeout=60)
    found = subprocess.run(
        [*khal, "list", "--format", "{title}", "today", "7d"],
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert "Event school" in found
    assert "Event centre" not in found
    assert "Busy" not in found
