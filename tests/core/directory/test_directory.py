"""Organisations and people: filters, pages, two who write at once, and what nobody has confirmed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import db, utcnow
from core.directory import listing
from core.directory.services import add_organisation, partners, people_by_membership
from core.identity.models import Invitation, Membership, Organisation
from core.permissions import Role
from core.testing.app import everything_of, statements_of


def _fill(world, count: int = 0) -> None:
    with world.in_city("alva"):
        add_organisation(
            {
                "names": {"mk": "Ромски центар", "en": "Roma centre"},
                "sector": "civil_society",
                "levels": ["primary", "tertiary"],
                "languages": ["rom", "mk"],
                "services": ["mentoring"],
                "about": "Homework club in Shuto",
            }
        )
        add_organisation(
            {
                "names": {"mk": "Полиција"},
                "sector": "police",
                "levels": ["secondary"],
                "languages": ["mk"],
                "services": ["online_safety"],
            }
        )
        for number in range(count):
            add_organisation({"names": {"mk": f"Club {number:03}"}, "sector": "sport_culture"})
        db.session.commit()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sector=police", {"Полиција"}),
        ("level=tertiary", {"Roma centre"}),
        ("level=secondary", {"Полиција"}),
        ("language=mk", {"Roma centre", "Полиција"}),
        ("service=mentoring", {"Roma centre"}),
        ("service=online_safety", {"Полиција"}),
        ("q=polic", {"Полиција"}),
        ("q=romski", {"Roma centre"}),
        ("q=HOMEWORK", {"Roma centre"}),
        ("q=shuto+centre", {"Roma centre"}),
        ("q=nobody", set()),
        ("q=%25", {"Roma centre", "Полиција", "School of Alva"}),
        ("sector=police&level=tertiary", set()),
        ("sector=nonsense", {"Roma centre", "Полиција", "School of Alva"}),
        ("show=left", set()),
    ],
)
def test_organisations_are_filtered(world, sign_in, query, found) -> None:
    _fill(world)
    page = sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/organisations?{query}").text
    names = {"Roma centre", "Полиција", "School of Alva"}
    assert {name for name in names if f">{name}</a>" in page} == found


def test_pages_hold_every_organisation_once(world, sign_in) -> None:
    _fill(world, 70)
    with world.in_city("alva"):
        seen: list[str] = []
        marks: dict[str, str] = {}
        for _page in range(5):
            page = listing.organisations(listing.OrganisationFilters(), marks)
            seen += [one.id for one in page.rows]
            last = page
            if not page.after:
                break
            marks = {"after": page.after}
        assert len(seen) == len(set(seen)) == page.count == 74
        back = listing.organisations(listing.OrganisationFilters(), {"before": last.before})
        assert [one.id for one in back.rows] == seen[30:60]
        assert back.before
        assert back.after
    client = sign_in(world.person("alva", Role.MEMBER))
    for mark in ("x", "x" * 500, world.organisations["bruma"][0]):
        assert client.get("/alva/organisations", query_string={"after": mark}).status_code == 200


def test_lists_take_the_same_queries_however_long(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    for path in ("/alva/organisations", "/alva/people"):
        client.get(path)
        with statements_of(world.app) as few:
            client.get(path)
        _fill(world, 25)
        with world.in_city("alva"):
            for number in range(25):
                db.session.add(
                    Membership(
                        shown_name=f"P {number}", organisation_id=world.organisations["alva"][0]
                    )
                )
            db.session.commit()
        # What was remembered of the city is worked out anew once.
        client.get(path)
        with statements_of(world.app) as many:
            client.get(path)
        assert len(few) == len(many) <= 7


def _organisation(world) -> Organisation:
    one: Organisation
    [one] = [row for row in everything_of(Organisation) if "New name" in row.names.values()]
    return one


def test_an_organisation_is_added_once_and_changed(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    data = {
        "once": "aaaabbbbccccdddd",
        "name-mk": "New name",
        "sector": "education",
        "levels": ["primary"],
        "contact_email": "office@example.org",
        "website": "example.org/contact",
        "agreement_from": "2026-01-01",
        "agreement_until": "2027-01-01",
    }
    assert client.post("/alva/organisations/new", data=data).status_code == 303
    assert client.post("/alva/organisations/new", data=data).status_code == 303
    with world.app.app_context():
        one = _organisation(world)
        assert one.id == "aaaabbbbccccdddd"
        assert one.website == "https://example.org/contact"
    page = client.get(f"/alva/organisations/{one.id}")
    assert page.status_code == 200
    assert "office@example.org" in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name-mk", ""),
        ("name-mk", "x" * 201),
        ("sector", ""),
        ("sector", "nonsense"),
        ("levels", "nonsense"),
        ("contact_email", "nobody"),
        ("website", "javascript:alert(1)"),
        ("website", "https://user@example.org"),
        ("agreement_from", "2026-02-30"),
        ("agreement_until", "2025-01-01"),
        ("about", "x" * 2001),
    ],
)
def test_what_cannot_be_is_said_at_the_field(world, sign_in, field, value) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    data = {
        "name-mk": "New name",
        "sector": "education",
        "agreement_from": "2026-01-01",
        field: value,
    }
    answer = client.post("/alva/organisations/new", data=data)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "New name" in answer.text or field == "name-mk"


def test_two_who_change_an_organisation_at_once_lose_nothing(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    path = f"/alva/organisations/{world.organisations['alva'][0]}/edit"
    first = {"name-mk": "Theirs", "sector": "education", "version": "1"}
    assert client.post(path, data=first).status_code == 303
    second = {"name-mk": "Mine", "sector": "health", "version": "1"}
    answer = client.post(path, data=second)
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert 'value="Mine"' in answer.text
    assert 'value="2"' in answer.text
    assert client.post(path, data=second | {"version": "2"}).status_code == 303


def test_an_organisation_leaves_and_comes_back(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    path = f"/alva/organisations/{world.organisations['alva'][0]}"
    left = client.post(path + "/leave", follow_redirects=True).text
    assert "Undo" in left
    assert "School of Alva" not in client.get("/alva/organisations").text
    assert "School of Alva" in client.get("/alva/organisations?show=left").text
    client.post(path + "/rejoin")
    assert "School of Alva" in client.get("/alva/organisations").text


def test_members_manage_nothing(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.MEMBER))
    path = f"/alva/organisations/{world.organisations['alva'][0]}"
    assert client.get("/alva/organisations/new").status_code == 403
    assert client.post(path + "/edit").status_code == 403
    assert client.post(path + "/leave").status_code == 403
    assert sign_in(world.person("alva", Role.OBSERVER)).get(path).status_code == 403


def test_unconfirmed_memberships_are_flagged_and_confirmed(world, sign_in) -> None:
    somebody = world.person("alva", Role.CHAIR)
    with world.in_city("alva") as city:
        one = db.session.get_one(Membership, (city.id, somebody.membership_id))
        one.confirmed_at = utcnow() - timedelta(days=91)
        db.session.commit()
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    path = f"/alva/people/{somebody.membership_id}"
    assert "To be confirmed" in client.get(path).text
    listed = client.get("/alva/people?show=unconfirmed").text
    assert path in listed
    assert f"/alva/people/{world.person('alva', Role.MEMBER).membership_id}" not in listed
    assert client.post(path + "/confirm").status_code == 303
    assert path not in client.get("/alva/people?show=unconfirmed").text
    member = sign_in(world.person("alva", Role.MEMBER))
    assert member.post(path + "/confirm").status_code == 403


@pytest.mark.parametrize(
    ("query", "role", "found"),
    [
        ("role=chair", Role.CHAIR, True),
        ("role=chair", Role.MEMBER, False),
        ("q=chair", Role.CHAIR, True),
        ("q=nobody", Role.CHAIR, False),
        ("show=ended", Role.CHAIR, False),
    ],
)
def test_people_are_filtered(world, sign_in, query, role, found) -> None:
    with world.in_city("alva"):
        for one in db.session.scalars(select(Membership)):
            one.search_text = one.shown_name.lower()
        db.session.commit()
    page = sign_in(world.person("alva", Role.FOCAL_POINT)).get(f"/alva/people?{query}").text
    assert (f"/alva/people/{world.person('alva', role).membership_id}" in page) is found


def test_somebody_is_invited_once_and_the_invitation_taken_back(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    data = {
        "once": "aaaabbbbccccdddd",
        "shown_name": "Нова Особа",
        "email": "Newcomer@Example.org",
        "organisation_id": world.organisations["alva"][0],
        "roles": ["member"],
        "language": "mk",
    }
    for _twice in range(2):
        assert client.post("/alva/people/new", data=data).status_code == 303
    with world.app.app_context():
        [invitation] = everything_of(Invitation)
        assert invitation.email == "newcomer@example.org"
        assert invitation.language == "mk"
    page = client.get("/alva/people/aaaabbbbccccdddd").text
    assert "newcomer@example.org" in page
    member = sign_in(world.person("alva", Role.MEMBER))
    assert "newcomer" not in member.get("/alva/people/aaaabbbbccccdddd").text
    assert client.post("/alva/people/aaaabbbbccccdddd/invitation/revoke").status_code == 303
    with world.app.app_context():
        [invitation] = everything_of(Invitation)
        assert invitation.revoked_at is not None


def test_people_without_an_address_are_members_too(world, sign_in) -> None:
    client = sign_in(world.person("alva", Role.FOCAL_POINT))
    data = {"shown_name": "Grandmother", "roles": ["member"], "language": "en"}
    answer = client.post("/alva/people/new", data=data, follow_redirects=True)
    assert answer.status_code == 200
    assert "No account" in answer.text


def test_an_ended_membership_opens_nothing_any_more(world, sign_in) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    assert member.get("/alva/").status_code == 200
    focal_point = sign_in(world.person("alva", Role.FOCAL_POINT))
    path = f"/alva/people/{world.person('alva', Role.MEMBER).membership_id}"
    assert focal_point.post(path + "/end").status_code == 303
    assert member.get("/alva/").status_code in {302, 303, 404}
    focal_point.get("/alva/people")  # the toast with its Undo is shown once
    assert path not in focal_point.get("/alva/people").text
    assert path in focal_point.get("/alva/people?show=ended").text
    chair = sign_in(world.person("alva", Role.CHAIR))
    assert chair.get(path).status_code == 404
    focal_point.post(path + "/resume")
    assert path in focal_point.get("/alva/people").text


def test_names_are_given_to_plugins(world) -> None:
    _fill(world)
    with world.in_city("alva"):
        names = [partner.name for partner in partners("sq")]
        assert "Ромски центар" in names  # no Albanian name: the city's first language
        somebody = world.person("alva", Role.CHAIR).membership_id
        stranger = world.person("bruma", Role.CHAIR).membership_id
        assert people_by_membership([somebody, stranger, ""]) == {somebody: "Chair of Alva"}
