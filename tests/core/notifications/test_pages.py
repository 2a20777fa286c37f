"""The page of notifications, the bell, the settings, and the link that ends mails without signing in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from core.cities.services import set_plugin
from core.database import db, new_id, utcnow, write_intent
from core.identity.models import Person
from core.notifications.models import Choice, Notification
from core.notifications.services import notify
from core.notifications.tokens import stop_token, who_stops
from core.permissions import Role
from core.registry import PluginError, _check_manifest, _Found
from core.testing.app import Somebody, World, statements_of
from core.testing.mailbox import Mailbox

from .conftest import KIND, Clock, change, log, text_of, viewer_of

SignIn = Callable[[Somebody], FlaskClient]
Work = Callable[[], int]


def tell(world: World, role: Role = Role.MEMBER, **more: Any) -> None:
    with world.in_city("alva"):
        notify(KIND, [world.person("alva", role).membership_id], **more)
        db.session.commit()


def rows(world: World) -> list[Notification]:
    with world.in_city("alva"):
        return list(db.session.scalars(select(Notification).order_by(Notification.at)))


def test_the_bell_says_how_much_is_unread_and_reading_changes_it(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in(world.person("alva"))
    assert ">Notifications</span>" in client.get("/alva/calendar").text
    ref = log(world, role=Role.FOCAL_POINT, title="An evening of games", language="mk")
    tell(world, subject=ref, facts={"n": 7}, actor=viewer_of(world, role=Role.CHAIR))
    assert "Notifications: 1 unread" in client.get("/alva/calendar").text
    page = client.get("/alva/notifications").text
    assert "Thing 7 times 1 title [" in page
    assert '<bdi lang="mk" dir="auto">An evening of games</bdi>' in page
    assert "Unread" in page
    assert len(rows(world)) == 1
    assert rows(world)[0].unread, "looking changes nothing"
    answer = client.post(f"/alva/notifications/{rows(world)[0].id}/open")
    assert answer.headers["Location"] == f"/alva/activities/{ref.id}"
    assert not rows(world)[0].unread
    assert rows(world)[0].read_at is not None
    assert ">Notifications</span>" in client.get("/alva/calendar").text
    assert "Nothing is unread" in client.get("/alva/notifications?show=unread").text


def test_the_bell_counts_for_the_city_at_hand_and_costs_no_question(
    world: World, sign_in: SignIn, app: Flask
) -> None:
    client = sign_in(world.person("alva"))
    with statements_of(app) as before:
        client.get("/alva/organisations")
    with world.in_city("alva") as city:
        row: dict[str, Any] = {
            "city_id": city.id,
            "membership_id": world.person("alva").membership_id,
            "kind": KIND,
            "facts": {},
        }
        db.session.execute(insert(Notification), [row | {"id": new_id()} for _ in range(150)])
        db.session.commit()
    with statements_of(app) as after:
        page = client.get("/alva/organisations").text
    assert "more than 99 unread" in page
    assert len(after) == len(before)
    other = sign_in(world.person("alva", Role.CHAIR))
    assert ">Notifications</span>" in other.get("/alva/calendar").text
    assert "Notifications" not in client.get("/me/").text.partition("<main")[0]


def test_everything_can_be_marked_as_read(world: World, sign_in: SignIn) -> None:
    tell(world)
    tell(world, Role.CHAIR)
    client = sign_in(world.person("alva"))
    assert client.get("/alva/notifications/read").status_code == 405
    answer = client.post("/alva/notifications/read", follow_redirects=True)
    assert "1 notification is marked as read." in answer.text
    assert [row.unread for row in rows(world) if row.mail_due_at is None] == [False]
    assert sum(row.unread for row in rows(world)) == 1, "those of others stay"


def test_what_is_not_ones_own_is_not_there(world: World, sign_in: SignIn) -> None:
    tell(world)
    (one,) = rows(world)
    client = sign_in(world.person("alva", Role.CHAIR))
    assert client.post(f"/alva/notifications/{one.id}/open").status_code == 404
    assert rows(world)[0].unread
    abroad = sign_in(world.person("bruma"))
    assert abroad.post(f"/bruma/notifications/{one.id}/open").status_code == 404


def test_a_title_that_somebody_may_not_see_any_more_is_not_on_their_page(
    world: World, sign_in: SignIn
) -> None:
    ref = log(world, role=Role.FOCAL_POINT, title="Canary of the school")
    tell(world, Role.CHAIR, subject=ref)
    client = sign_in(world.person("alva", Role.CHAIR))
    assert "Canary" in client.get("/alva/notifications").text
    change(world, ref, role=Role.FOCAL_POINT, visibility="organisation")
    page = client.get("/alva/notifications").text
    assert "Canary" not in page
    assert "title []" in page
    answer = client.post(f"/alva/notifications/{rows(world)[0].id}/open")
    assert answer.headers["Location"] == "/alva/notifications"
    # Those of its own organisation see it on the page, though in no mail.
    tell(world, Role.MEMBER, subject=ref)
    assert "Canary" in sign_in(world.person("alva")).get("/alva/notifications").text


def test_names_are_shown_to_those_who_may_open_the_directory(world: World, sign_in: SignIn) -> None:
    for role in (Role.MEMBER, Role.OBSERVER):
        tell(world, role, actor=viewer_of(world, role=Role.FOCAL_POINT))
    shown = '<bdi dir="auto">Focal point of Alva</bdi>'
    assert shown in sign_in(world.person("alva")).get("/alva/notifications").text
    page = sign_in(world.person("alva", Role.OBSERVER)).get("/alva/notifications").text
    assert "by []" in page
    assert "Focal point of Alva" not in page


def test_a_long_list_comes_page_by_page_and_none_is_lost(world: World, sign_in: SignIn) -> None:
    with world.in_city("alva") as city:
        now = utcnow()
        db.session.execute(
            insert(Notification),
            [
                {
                    "city_id": city.id, "id": new_id(), "kind": KIND, "facts": {"n": f"<{number}>"},
                    "membership_id": world.person("alva").membership_id,
                    # Several at one moment, as one press makes them.
                    "at": now - timedelta(minutes=number // 7),
                }
                for number in range(70)
            ],
        )  # fmt: skip
        db.session.commit()
    client = sign_in(world.person("alva"))
    address, found = "/alva/notifications?show=unread", []
    while address:
        page = client.get(address).text
        found += re.findall(r"Thing &lt;(\d+)&gt;", page)
        more = re.search(r'href="([^"]+)" rel="next"', page)
        address = more[1].replace("&amp;", "&") if more else ""
        assert not address or "show=unread" in address
    assert sorted(map(int, found)) == list(range(70))
    assert client.get("/alva/notifications?after=aaaaaaaaaaaaaaaa").status_code == 200
    assert client.get("/alva/notifications?after=%F0%9F%90%A6&show=x").status_code == 200


def test_settings_say_how_one_is_told(
    world: World, sign_in: SignIn, site: Flask, clock: Clock, work: Work, mailbox: Mailbox
) -> None:
    client = sign_in(world.person("alva"))
    page = client.get("/alva/notifications/settings").text
    assert "Things of tests" in page
    assert "An activity is moved, postponed or cancelled" in page
    sent = {
        "mail-probe-thing": "never",
        "mail-activities-changed": "daily",
        "page-activities-changed": "y",
        "mail-activities-reminder": "never",
        "mail-activities-report_waiting": "weekly",
    }
    assert client.post("/alva/notifications/settings", data=sent).status_code == 303
    with world.in_city("alva"):
        stored = {row.kind: (row.in_page, row.mail) for row in db.session.scalars(select(Choice))}
    assert stored[KIND] == (False, "never")
    assert stored["activities.changed"] == (True, "daily")
    tell(world)
    assert rows(world) == [], "neither page nor mail"
    wrong = client.post(
        "/alva/notifications/settings", data=sent | {"mail-activities-reminder": "weekly"}
    )
    assert wrong.status_code == 422, "a reminder that comes weekly reminds of what is over"
    assert 'aria-invalid="true"' in wrong.text


def test_nobody_is_asked_about_what_only_others_are_told(world: World, sign_in: SignIn) -> None:
    asked = {
        role: sign_in(world.person("alva", role)).get("/alva/notifications/settings").text
        for role in (Role.MEMBER, Role.FOCAL_POINT, Role.CITY_ADMINISTRATOR)
    }
    for words, who in (
        ("Something is stuck in the background", {Role.CITY_ADMINISTRATOR}),
        ("The numbers of the week, on Monday", {Role.FOCAL_POINT}),
        ("You take over as focal point", {Role.FOCAL_POINT}),
        ("The focal point hands over", {Role.FOCAL_POINT, Role.CITY_ADMINISTRATOR}),
        ("An action of mine is late", set(asked)),
    ):
        assert {role for role, page in asked.items() if words in page} == who, words


def test_what_somebody_is_not_asked_about_stays_as_they_chose_it(
    world: World, sign_in: SignIn
) -> None:
    member = world.person("alva")
    with world.in_city("alva"):
        db.session.add(
            Choice(membership_id=member.membership_id, kind="week.digest", mail="weekly")
        )
        db.session.commit()
    assert sign_in(member).post("/alva/notifications/settings", data={}).status_code == 303
    with world.in_city("alva"):
        kept = select(Choice.mail).where(Choice.kind == "week.digest")
        assert db.session.scalars(kept).all() == ["weekly"]


def test_mails_end_without_signing_in(
    world: World, app: Flask, site: Flask, clock: Clock, work: Work, mailbox: Mailbox,
    sign_in: SignIn,
) -> None:  # fmt: skip
    app.config["WTF_CSRF_ENABLED"] = True
    tell(world)
    clock.go(minutes=2)
    work()
    (mail,) = mailbox.messages
    link = re.fullmatch(r"<http://localhost(/me/mails/\S+)>", str(mail["List-Unsubscribe"]))
    assert link is not None
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link[1] in text_of(mail)
    stranger = app.test_client()
    page = stranger.get(link[1])
    assert page.status_code == 200
    assert world.person("alva").email not in page.text
    with world.in_city("alva"):
        assert db.session.scalars(select(Choice)).all() == [], "a look changes nothing"
    # As a mail program sends it (RFC 8058): no session, no token of a form.
    assert stranger.post(link[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert stranger.post(link[1]).status_code == 200, "twice is no fault"
    tell(world)
    tell(world, Role.CHAIR)
    with world.in_city("alva"):
        notify("activities.changed", [world.person("alva").membership_id], facts={"many": 3})
        db.session.commit()
    clock.go(days=9)
    work()
    assert len(mailbox.to(world.person("alva").email)) == 1
    assert len(mailbox.to(world.person("alva", Role.CHAIR).email)) == 1
    app.config["WTF_CSRF_ENABLED"] = False
    settings = sign_in(world.person("alva")).get("/alva/notifications/settings").text
    assert settings.count('selected value="never"') == settings.count("<select ")


@pytest.mark.parametrize("token", ["x", "a.b", "%00", "WyJhIiwgImIiXQ.x", "é", "a" * 3000])
def test_a_forged_link_ends_nobodys_mails(world: World, app: Flask, token: str) -> None:
    assert app.test_client().post(f"/me/mails/{token}").status_code in {400, 404}


def test_the_secret_of_a_mail_names_one_membership(app: Flask) -> None:
    with app.app_context():
        token = stop_token("c" * 16, "m" * 16)
        assert who_stops(token) == ("c" * 16, "m" * 16)
        assert who_stops(token[:-1]) is None
        assert who_stops(token.replace(".", "x", 1)) is None


def test_a_plugin_that_is_switched_off_leaves_nothing_behind_the_bell(
    world: World, sign_in: SignIn
) -> None:
    with world.in_city("alva"):
        notify("activities.changed", [world.person("alva").membership_id], facts={"many": 3})
        db.session.commit()
    client = sign_in(world.person("alva"))
    assert "Notifications: 1 unread" in client.get("/alva/calendar").text
    with world.in_city("alva"), write_intent():
        set_plugin("activities", enabled=False)
        db.session.commit()
    page = client.get("/alva/notifications").text
    assert "unread" not in page.partition("<main")[0]
    assert "3 activities" not in page
    with world.in_city("alva"), write_intent():
        set_plugin("activities", enabled=True)
        db.session.commit()
    assert "3 activities that concern you" in client.get("/alva/notifications").text


def test_the_account_holds_a_time_zone(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.person("alva"))
    sent = {"name": "Somebody", "language": "en", "theme": "auto"}
    assert client.post("/me/", data=sent | {"zone": "Asia/Beirut"}).status_code == 303
    with world.app.app_context():
        person = db.session.get(Person, world.person("alva").id)
        assert person is not None
        assert person.zone == "Asia/Beirut"
    assert '<option selected value="Asia/Beirut">Asia/Beirut</option>' in client.get("/me/").text
    assert client.post("/me/", data=sent | {"zone": "Asia/Nowhere"}).status_code == 422
    assert client.post("/me/", data=sent).status_code == 303


def test_a_plugin_tells_only_kinds_of_its_own() -> None:
    from core.notifications.kinds import NotificationKind
    from core.registry import Plugin

    def check(kind: NotificationKind) -> None:
        manifest = Plugin("lending", "Lending", "", notifications=(kind,))
        _check_manifest(_Found("lending", "lending.plugin", "lending"), manifest)

    def words(_told: object) -> str:
        return ""

    check(NotificationKind("lending.due", "Due", words))
    for name, more in (
        ("activities.changed", {}),
        ("lending", {}),
        ("lending.", {}),
        ("lending." + "x" * 80, {}),
        ("lending.due", {"mail": "hourly"}),
        ("lending.due", {"mail": "daily", "digest": False}),
    ):
        with pytest.raises(PluginError):
            check(NotificationKind(name, "Due", words, **more))
