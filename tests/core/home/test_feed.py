"""Secret feeds: what they show is decided anew at each request, and what they were asked before costs little."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.cities.services import calendar_changed, set_plugin
from core.database import db, utcnow
from core.home.models import CalendarFeed
from core.identity.models import Membership, Person
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
