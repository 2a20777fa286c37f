"""The page and the paper of the handover: all that is open, and nothing that its reader may not see."""

from __future__ import annotations

import io
import re
import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from core.actions.access import ref_of
from core.content.services import keep_original, keep_translation
from core.database import db
from core.folding import sort_key
from core.handover.models import Note
from core.identity.models import Membership, Organisation, Person
from core.permissions import Role
from core.testing.app import everything_of, statements_of

CITY, FOCAL_POINT = "alva", Role.FOCAL_POINT
SECRET = "Ask the aunt about the boy"
NOTE = f"/{CITY}/handover/note"


def words_of(paper: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))


def write(client: Any, text: str, version: int = 0, language: str = "en") -> Any:
    return client.post(NOTE, data={"text": text, "language": language, "version": str(version)})


def test_page_and_paper_say_the_same(world, sign_in, add_action, day) -> None:
    mine = world.person(CITY, FOCAL_POINT).membership_id
    add_action("Book the hall", -3, assignee_id=mine)
    add_action("Paint the fence", 30, organisation=1)
    with world.in_city(CITY):
        db.session.add(
            Membership(shown_name="Ending Eda", roles=["member"], until=day + timedelta(days=3))
        )
        db.session.add(
            Organisation(
                names={"en": "Lapsed league"},
                contact_name="Whom to ask",
                agreement_until=day - timedelta(days=1),
            )
        )
        db.session.commit()
    client = sign_in(world.person(CITY, FOCAL_POINT))
    assert write(client, "Call the school before ten.").status_code == 303
    page = client.get(f"/{CITY}/handover").text
    answer = client.get(f"/{CITY}/handover.pdf")
    assert answer.mimetype == "application/pdf"
    assert f'"{CITY}-handover-{day.isoformat()}.pdf"' in answer.headers["Content-Disposition"]
    paper = words_of(answer.data)
    for said in (
        "Book the hall", "Paint the fence", "Ending Eda", "Lapsed league", "Whom to ask",
        "Call the school before ten.", "Chair of Alva", "City administrator of Alva", "Activities",
    ):  # fmt: skip
        assert said in page, said
        assert said in paper, said


def test_what_one_may_not_see_is_on_neither(world, sign_in, viewer_of, add_action) -> None:
    other = 1 - world.organisations[CITY].index(viewer_of(FOCAL_POINT).organisation_id)
    add_action(SECRET, -3, organisation=other, restricted=True)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    page = client.get(f"/{CITY}/handover").text
    assert SECRET not in page
    assert "Nobody owes anything." in page
    assert SECRET not in words_of(client.get(f"/{CITY}/handover.pdf").data)


def test_whoever_has_much_to_do_reads_what_others_owe_as_well(
    world, sign_in, add_action, monkeypatch
) -> None:
    monkeypatch.setattr("core.handover.services.MOST_ACTIONS", 2)
    mine = world.person(CITY, FOCAL_POINT).membership_id
    for number in range(3):
        add_action(f"My own duty {number}", number, assignee_id=mine)
    add_action("Paint the fence", 30, organisation=1)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    paper = words_of(client.get(f"/{CITY}/handover.pdf").data)
    for said in (client.get(f"/{CITY}/handover").text, paper):
        assert "My own duty 1" in said
        assert "My own duty 2" not in said
        assert "1 more" in said
        assert "Paint the fence" in said
        assert "Nobody owes anything." not in said


def test_whoever_holds_a_role_is_named_however_many_people_there_are(
    world, sign_in, monkeypatch
) -> None:
    monkeypatch.setattr("core.handover.services.MOST_PEOPLE", 7)
    with world.in_city(CITY):
        for number in range(7):
            key = f"{number:032d}"
            person = Person(email=f"first{number}@alva.example", password="", fs_uniquifier=key)
            db.session.add(person)
            db.session.flush()
            one = Membership(shown_name=f"Aaron {number}", roles=["member"], person_id=person.id)
            one.sort_key = sort_key(one.shown_name)
            db.session.add(one)
        db.session.commit()
    page = sign_in(world.person(CITY, FOCAL_POINT)).get(f"/{CITY}/handover").text
    for role in ("Focal point", "Chair", "City administrator", "Data-protection officer"):
        assert f"{role}</span>" in page, role


def test_what_is_translated_is_read_in_the_language_of_its_reader(
    world, sign_in, add_action, viewer_of
) -> None:
    action = add_action(
        "Bring the key", 3, ref_plugin="activities", ref_kind="activity", ref_id="a" * 16
    )
    who = viewer_of(FOCAL_POINT)
    with world.in_city(CITY):
        keep_original(ref_of(action), "en", {"text": "Bring the key"}, who, shared=False)
        keep_translation(ref_of(action), "fr", {"text": "Apporter la clé"}, who)
        db.session.commit()
    client = sign_in(world.person(CITY, FOCAL_POINT))
    client.post("/language", data={"language": "fr", "next": "/"})
    paper = words_of(client.get(f"/{CITY}/handover.pdf").data)
    for said in (client.get(f"/{CITY}/handover").text, paper):
        assert "Apporter la clé" in said
        assert "Bring the key" not in said


def test_the_paper_is_tagged_and_in_the_language_of_its_reader(world, sign_in, add_action) -> None:
    with world.in_city(CITY):
        person = db.session.get_one(Person, world.person(CITY, FOCAL_POINT).id)
        person.language = "ar"
        db.session.commit()
    add_action("حجز القاعة البلدية", -3)
    client = sign_in(world.person(CITY, FOCAL_POINT))
    write(client, "المدارس لا تردّ على البريد", language="ar")
    reader = PdfReader(io.BytesIO(client.get(f"/{CITY}/handover.pdf").data))
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/Lang"] == "ar"
    assert catalogue["/MarkInfo"]["/Marked"]
    text = words_of(client.get(f"/{CITY}/handover.pdf").data)
    # Where a letter is drawn once with a mark and once without, what the reader says of it comes in pieces.
    for words in ("حجز القاعة البلدية", "المدارس لا تردّ على البريد"):
        assert any(word in text for word in words.split() if len(word) > 3), words


def test_the_note_stays_and_is_edited_in_place(app, world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    assert "Nobody has written anything yet." in client.get(f"/{CITY}/handover").text
    write(client, "Call the school <b>before</b> ten.\n\nNever on Friday.")
    page = client.get(f"/{CITY}/handover").text
    assert "&lt;b&gt;before&lt;/b&gt;" in page
    editing = client.get(f"/{CITY}/handover?note=edit").text
    assert "Never on Friday." in editing
    assert 'name="version" type="hidden" value="1"' in editing
    write(client, "Call after ten.", version=1)
    with app.app_context():
        (note,) = everything_of(Note)
    assert (note.text, note.version) == ("Call after ten.", 2)


def test_of_two_who_write_the_second_loses_nothing(world, sign_in) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))
    write(client, "What the first wrote.")
    answer = write(client, "What the second wrote.", version=0)
    assert answer.status_code == 409
    assert "What the first wrote." in answer.text
    assert "What the second wrote." in answer.text
    assert 'name="version" type="hidden" value="1"' in answer.text
    assert write(client, "Both.", version=1).status_code == 303


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"text": "x" * 10_001, "language": "en", "version": "0"}, 422),
        ({"text": "words", "language": "nonesuch", "version": "0"}, 422),
        ({"text": "words", "language": "en", "version": "1"}, 409),
        ({"text": "wo\x00rds \ud800", "language": "en", "version": "0"}, 303),
    ],
)
def test_bad_notes_are_refused_in_words(world, sign_in, sent, status) -> None:
    sent = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
    client = sign_in(world.person(CITY, FOCAL_POINT))
    assert client.post(NOTE, data=sent).status_code == status


def test_the_note_is_for_who_keeps_the_network(world, sign_in) -> None:
    write(sign_in(world.person(CITY, FOCAL_POINT)), "Call the school before ten.")
    for role in Role:
        if role is FOCAL_POINT:
            continue
        client = sign_in(world.person(CITY, role))
        assert write(client, "Mine.", version=1).status_code == 403
        assert "Call the school" not in client.get(f"/{CITY}/handover").text
        assert client.get(f"/{CITY}/handover.pdf").status_code == 403


def test_more_rows_cost_no_more_questions(app, world, sign_in, add_action) -> None:
    client = sign_in(world.person(CITY, FOCAL_POINT))

    def questions() -> int:
        client.get(f"/{CITY}/handover")
        with statements_of(app) as seen:
            assert client.get(f"/{CITY}/handover").status_code == 200
        return len([each for each in seen if each.startswith("SELECT")])

    few = questions()
    for number in range(130):
        add_action(f"Book the hall {number}", number - 20, organisation=number % 2)
    assert questions() <= few <= 12
    assert "30 more" in client.get(f"/{CITY}/handover").text
