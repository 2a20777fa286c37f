"""The papers of a meeting: what each says, in which languages, and to whom it is given."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.api import (
    Ref,
    current_city,
    db,
    force_language,
    keep_translation,
    paper_docx,
    paper_pdf,
    save_upload,
)  # fmt: skip
from core.files.models import Attachment
from core.permissions import Role
from core.testing.app import World
from core.testing.papers import (
    follows_the_standard,
    fonts,
    kinds,
    read_pdf,
    resolved,
    says,
    text_of,
    words_of,
)
from plugins.meetings.models import Item, Meeting
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.approval import approve
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.papers import paper_of

from .conftest import See, asking, in_city, items_of, make, make_body, seated

CANARY = "Kanarinka"
ARABIC = "ورشة عمل حول قراءة الأخبار"
FRENCH = "La discussion a été ouverte."
DECIDED_AR = "تعقد ثلاث ورش عن الإعلام"
DECIDED_FR = "Trois ateliers ont lieu."
PAPERS = ("agenda", "attendance", "minutes", "extract")
SignIn = Callable[[Any], FlaskClient]


def picture(*, broken: bool = False) -> bytes:
    """A PNG of four points; ``broken`` has no points where it says that they are."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    points = zlib.compress((b"\0" + b"\x30\x60\x90" * 2) * 2)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", b"nothing" if broken else points)
        + chunk(b"IEND", b"")
    )


PNG = picture()


@pytest.fixture
def meeting(world: World, see: See) -> str:
    """A meeting held in Arabic, of a city whose official languages are Arabic and French, with a restricted item."""
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        city = db.session.merge(current_city())
        city.official_languages, city.working_languages = ["ar", "fr"], ["en"]
        city.arms, city.accent_light = "bridge", "#1c5a8a"
        db.session.flush()
        body = make_body(
            keeper, names={"ar": "مجلس الوقاية", "en": "Council", "fr": "Conseil"}, language="ar"
        )
        seated(world, body, keeper, Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER)
        made = make(body, chair, days=1)
        item = agenda.add_item(
            made, body, ItemEntry("برنامج الشتاء", "ar", "topics", "planning", "خلفية"), keeper
        )
        agenda.add_item(
            made, body,
            ItemEntry(
                f"{CANARY} title", "en", "topics", "case_block", f"{CANARY} background",
                minutes=37, presenter_name=f"{CANARY} presenter", restricted=True,
            ),
            chair,
        )  # fmt: skip
        convening.convene(made, keeper)
        keep_translation(
            ref_of(ITEM, item.id),
            "fr",
            {"title": "Programme d’hiver", "background": "Contexte"},
            keeper,
        )
        db.session.commit()
        return made.id


def hold(world: World, see: See, meeting_id: str) -> None:
    """Hold the meeting, with notes and a decision in both languages, and approve its minutes."""
    keeper, chair = see(), see(Role.CHAIR)
    with in_city(world):
        made = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id)).one()
        body = body_of(made)
        convening.start(made, chair)
        rows = {row.membership_id: row for row in attendance.rows_of(made.id)}
        here = {chair.membership_id: "present", see(Role.LEAD_WORKER).membership_id: "present"}
        attendance.set_statuses(
            made,
            {row.id: here.get(name or "", "excused") for name, row in rows.items()},
            {},
            {},
            chair,
        )
        for each in items_of(made):
            convening.go_to(made, each, chair)
            if each.restricted:
                save_note(each, made, body, f"{CANARY} note", 0, chair)
                decide(
                    each,
                    made,
                    body,
                    DecisionEntry(f"{CANARY} text", f"{CANARY} reason", "en"),
                    chair,
                )
            elif each.title == "برنامج الشتاء":
                note = save_note(each, made, body, ARABIC, 0, chair)
                keep_translation(ref_of("note", note.id), "fr", {"text": FRENCH}, keeper)
                decision = decide(
                    each, made, body,
                    DecisionEntry(DECIDED_AR, "طلبتها المدرستان", "ar", votes_for=2, votes_against=0,
                                  votes_abstained=1, publicity="public"),
                    chair,
                )  # fmt: skip
                keep_translation(
                    ref_of("decision", decision.id), "fr",
                    {"text": DECIDED_FR, "rationale": "Les deux écoles les ont demandés."}, keeper,
                )  # fmt: skip
        convening.end(made, chair)
        convening.circulate(made, chair)
        approve(made, chair)
        db.session.commit()


def get(client: FlaskClient, meeting: str, kind: str, form: str = "pdf", **more: str) -> bytes:
    answer = client.get(f"/alva/meetings/{meeting}/papers/{kind}.{form}", query_string=more)
    assert answer.status_code == 200, (kind, form, answer.status_code)
    return bytes(answer.data)


def promise(world: World, see: See, meeting: str, role: Role) -> None:
    with in_city(world):
        made = db.session.scalars(select(Meeting).where(Meeting.id == meeting)).one()
        attendance.promise(made, "I do.", see(role))
        db.session.commit()


@pytest.mark.parametrize("kind", PAPERS)
def test_every_pdf_is_tagged_in_its_language_with_its_fonts(
    world: World, see: See, meeting: str, sign_in: SignIn, kind: str
) -> None:
    hold(world, see, meeting)
    reader = read_pdf(get(sign_in(world.person("alva", Role.FOCAL_POINT)), meeting, kind))
    assert follows_the_standard(reader)
    assert str(reader.root_object["/Lang"]) == "en"
    assert all(fonts(reader).values())
    assert {"/H1"} <= set(kinds(reader))
    assert reader.metadata is not None
    assert reader.metadata.title
    assert all("Plex" in name or "NotoSans" in name for name in fonts(reader))


def test_minutes_hold_both_languages_side_by_side_with_how_each_stands(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    hold(world, see, meeting)
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    reader = read_pdf(get(desk, meeting, "minutes"))
    text = text_of(reader)
    assert says(reader, ARABIC)
    assert says(reader, DECIDED_AR)
    for words in (
        FRENCH, DECIDED_FR, "Original", "Translated, not yet approved", "Restricted item",
        "Minutes approved", "2 for, 0 against, 1 abstained", "Rationale", "Programme d’hiver",
    ):  # fmt: skip
        assert words in text, words
    document = words_of(get(desk, meeting, "minutes", "docx"))
    for words in (
        ARABIC, DECIDED_AR, "طلبتها المدرستان", FRENCH, DECIDED_FR, "Original", "Restricted item",
        "Translated, not yet approved", "2 for, 0 against, 1 abstained", "برنامج الشتاء",
    ):  # fmt: skip
        assert words in document, words


def test_minutes_in_one_language_hold_only_that(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    hold(world, see, meeting)
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    document = words_of(get(desk, meeting, "minutes", "docx", one="1"))
    assert FRENCH not in document


def test_the_agenda_lists_every_item_in_the_languages_of_the_city(
    world: World, meeting: str, sign_in: SignIn
) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    reader = read_pdf(get(member, meeting, "agenda"))
    text = text_of(reader)
    assert says(reader, "برنامج الشتاء")
    for words in ("Programme d’hiver", "Contexte", "Restricted item", "Issue"):
        assert words in text, words
    document = words_of(get(member, meeting, "agenda", "docx"))
    for words in ("برنامج الشتاء", "Programme d’hiver", "خلفية", "Restricted item"):
        assert words in document, words
    assert "37" not in text


def test_the_agenda_says_what_changed_since_it_was_sent(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert "Changed since" not in words_of(get(desk, meeting, "agenda", "docx"))
    with in_city(world):
        made = db.session.scalars(select(Meeting).where(Meeting.id == meeting)).one()
        body = body_of(made)
        keeper = see()
        agenda.add_item(made, body, ItemEntry("A late matter", "en"), keeper)
        gone = next(each for each in items_of(made) if each.title == "برنامج الشتاء")
        agenda.remove_item(gone, made, keeper)
        made.place = "Town hall"
        db.session.commit()
    for _round in ("before it is sent again", "after it was"):
        document = words_of(get(desk, meeting, "agenda", "docx"))
        for words in (
            "Changed since issue 1",
            "A late matter",
            "Taken off: برنامج الشتاء",
            "Town hall",
        ):
            assert words in document, words
        with in_city(world):
            made = db.session.scalars(select(Meeting).where(Meeting.id == meeting)).one()
            if made.issue == 1:
                convening.send_again(made, see())
                db.session.commit()


def test_an_item_that_became_restricted_is_not_told_as_taken_off(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    with in_city(world):
        row = db.session.scalars(select(Item).where(Item.title == "برنامج الشتاء")).one()
        row.restricted = True
        db.session.commit()
    for role in (Role.FOCAL_POINT, Role.MEMBER):
        document = words_of(get(sign_in(world.person("alva", role)), meeting, "agenda", "docx"))
        assert "برنامج الشتاء" not in document
        assert "Programme d’hiver" not in document


def test_the_attendance_list_has_a_column_to_sign_in_and_lines_for_others(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    reader = read_pdf(get(desk, meeting, "attendance"))
    text = text_of(reader)
    with in_city(world):
        people = len(attendance.rows_of(meeting))
    assert "Signature" in text
    assert kinds(reader).count("/TR") == 1 + people + 4
    assert "Signature" in words_of(get(desk, meeting, "attendance", "docx"))
    hold(world, see, meeting)
    after = text_of(read_pdf(get(desk, meeting, "attendance")))
    assert "Excused" in after
    assert "Quorum" in after


def test_the_extract_is_a_document_of_its_own_that_names_nobody(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    hold(world, see, meeting)
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    document = words_of(get(desk, meeting, "extract", "docx"))
    for words in (DECIDED_AR, DECIDED_FR):
        assert words in document
    for words in (
        ARABIC,
        FRENCH,
        "Restricted",
        "Printed on",
        "Attendance",
        "Chair of Alva",
    ):
        assert words not in document, words
    reader = read_pdf(get(desk, meeting, "extract"))
    assert says(reader, DECIDED_AR)
    assert "Restricted" not in text_of(reader)


def test_a_whole_paper_runs_from_right_to_left_for_who_reads_arabic(
    world: World, see: See, meeting: str
) -> None:
    hold(world, see, meeting)
    reader = see(Role.MEMBER, locale="ar")
    for kind in ("minutes", "extract", "agenda", "attendance"):
        with in_city(world), asking(world), force_language("ar"):
            view = read_meeting(meeting, reader)
            assert view is not None
            paper = paper_of(kind, view, reader, ["ar", "fr"])
            assert paper is not None
            printed, document = read_pdf(paper_pdf(paper)), paper_docx(paper)
        assert follows_the_standard(printed), kind
        assert str(printed.root_object["/Lang"]) == "ar"
        with zipfile.ZipFile(io.BytesIO(document)) as package:
            body = package.read("word/document.xml").decode()
        assert '<w:bidiVisual w:val="0"/>' not in body
        assert "<w:bidiVisual/>" in body
        assert body.count("<w:bidi/>") > 5
        if kind in {"minutes", "extract"}:
            assert says(printed, DECIDED_AR), kind
            words = words_of(document)
            assert DECIDED_AR in words
            assert DECIDED_FR in words


# -- To whom -----------------------------------------------------------------------------------------------------


def everything(content: bytes, form: str) -> str:
    """All that stands in a file: words, names of parts, properties, addresses."""
    if form == "docx":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = [package.read(name).decode("utf-8", "replace") for name in package.namelist()]
        return "\n".join(parts)
    reader = read_pdf(content)
    told = [text_of(reader), repr(reader.metadata), repr(reader.outline)]
    told.append(resolved(reader.root_object["/Metadata"]).get_data().decode())
    told += [repr(resolved(each)) for page in reader.pages for each in page.get("/Annots", ())]
    told.append(content.decode("latin-1"))
    return "\n".join(told)


@pytest.mark.parametrize("form", ["pdf", "docx"])
@pytest.mark.parametrize(
    "role", [Role.FOCAL_POINT, Role.MEMBER, Role.DATA_PROTECTION_OFFICER, Role.CHAIR]
)
def test_no_paper_tells_of_what_is_restricted(
    world: World, see: See, meeting: str, sign_in: SignIn, role: Role, form: str
) -> None:
    client = sign_in(world.person("alva", role))
    with in_city(world):
        secret = db.session.scalars(select(Item.id).where(Item.restricted.is_(True))).one()
        save_upload(
            ref_of(ITEM, secret), FileStorage(io.BytesIO(PNG), f"{CANARY}.png"), see(Role.CHAIR)
        )
        db.session.commit()
    before = everything(get(client, meeting, "agenda", form), form)
    assert CANARY not in before
    hold(world, see, meeting)
    if role is Role.CHAIR:
        promise(world, see, meeting, role)
    for kind in PAPERS:
        told = everything(get(client, meeting, kind, form), form)
        assert CANARY not in told, kind
        assert secret not in told, kind
        answer = client.get(f"/alva/meetings/{meeting}/papers/{kind}.{form}")
        assert CANARY not in str(answer.headers)
    calendar = client.get(f"/alva/meetings/{meeting}/papers/meeting.ics")
    assert calendar.status_code == 200
    assert CANARY not in calendar.get_data(as_text=True)
    restricted = client.get(f"/alva/meetings/{meeting}/papers/restricted.{form}")
    page = client.get(f"/alva/meetings/{meeting}").get_data(as_text=True)
    if role is Role.CHAIR:
        content = bytes(restricted.data)
        told = words_of(content) if form == "docx" else text_of(read_pdf(content))
        assert f"{CANARY} note" in told
        assert f"{CANARY} reason" in told
        assert "Restricted, not to be handed on" in everything(content, form)
        assert "papers/restricted" in page
    else:
        assert restricted.status_code == 404
        assert "papers/restricted" not in page


def test_who_has_not_promised_gets_no_restricted_minutes(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    hold(world, see, meeting)
    chair = sign_in(world.person("alva", Role.CHAIR))
    assert chair.get(f"/alva/meetings/{meeting}/papers/restricted.pdf").status_code == 404


def test_papers_are_refused_before_their_time_and_to_strangers(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    for kind in ("minutes", "restricted", "extract", "poster"):
        assert member.get(f"/alva/meetings/{meeting}/papers/{kind}.pdf").status_code == 404, kind
    assert member.get(f"/alva/meetings/{meeting}/papers/agenda.exe").status_code == 404
    assert member.get("/alva/meetings/aaaaaaaaaaaaaaaa/papers/agenda.pdf").status_code == 404
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    for name in ("agenda.pdf", "minutes.docx", "meeting.ics"):
        refused = administrator.get(f"/alva/meetings/{meeting}/papers/{name}")
        assert refused.status_code in {403, 404}, name
    with in_city(world):
        draft = make(make_body(see()), see(), days=20)
        db.session.commit()
        draft_id = draft.id
    for name in ("agenda.pdf", "agenda.docx", "attendance.pdf", "meeting.ics"):
        assert member.get(f"/alva/meetings/{draft_id}/papers/{name}").status_code == 404, name
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    assert "Draft" in text_of(read_pdf(get(desk, draft_id, "agenda")))


def test_names_of_files_say_the_city_the_paper_and_the_day(
    world: World, meeting: str, sign_in: SignIn
) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    answer = member.get(f"/alva/meetings/{meeting}/papers/agenda.pdf")
    with in_city(world):
        made = db.session.scalars(select(Meeting).where(Meeting.id == meeting)).one()
        name = f"alva-agenda-{made.number}-{made.wall_start.date().isoformat()}"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{name}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    document = member.get(f"/alva/meetings/{meeting}/papers/agenda.docx")
    assert document.headers["Content-Disposition"] == f'attachment; filename="{name}.docx"'


def test_the_page_offers_the_papers_there_are(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    member = sign_in(world.person("alva", Role.MEMBER))
    page = member.get(f"/alva/meetings/{meeting}").get_data(as_text=True)
    assert "papers/agenda.pdf" in page
    assert "papers/meeting.ics" in page
    assert "papers/minutes" not in page
    hold(world, see, meeting)
    page = member.get(f"/alva/meetings/{meeting}").get_data(as_text=True)
    for kind in PAPERS:
        assert f"papers/{kind}.docx" in page


def test_the_calendar_file_holds_the_meeting_and_its_open_agenda(
    world: World, meeting: str, sign_in: SignIn
) -> None:
    from icalendar import Calendar

    member = sign_in(world.person("alva", Role.MEMBER))
    answer = member.get(f"/alva/meetings/{meeting}/papers/meeting.ics")
    assert answer.mimetype == "text/calendar"
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert len(events) == 1
    assert "برنامج الشتاء" in str(events[0]["DESCRIPTION"])


# -- What hangs on it --------------------------------------------------------------------------------------------


def written_pdf(pages: int, *, acting: bool = False) -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(300, 300)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://net.example/"))
    if acting:
        action = DictionaryObject(
            {
                NameObject("/S"): NameObject("/SubmitForm"),
                NameObject("/F"): TextStringObject("https://evil.example"),
            }
        )
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def attach(world: World, see: See, content: bytes, name: str) -> str:
    with in_city(world):
        item = db.session.scalars(select(Item).where(Item.title == "برنامج الشتاء")).one()
        kept = save_upload(
            Ref("meetings", "item", item.id), FileStorage(io.BytesIO(content), name), see()
        )
        db.session.commit()
        return kept.id


def agenda_of(world: World, meeting: str, sign_in: SignIn) -> PdfReader:
    return read_pdf(get(sign_in(world.person("alva", Role.MEMBER)), meeting, "agenda"))


def test_pdfs_and_pictures_are_appended_and_others_linked(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    alone = len(agenda_of(world, meeting, sign_in).pages)
    attach(world, see, written_pdf(3), "budget.pdf")
    attach(world, see, PNG, "poster.png")
    attach(world, see, b"Some notes.", "notes.txt")
    reader = agenda_of(world, meeting, sign_in)
    text = text_of(reader)
    assert len(reader.pages) >= alone + 4
    for words in ("budget.pdf (appended, 3 pages)", "poster.png (appended)", "notes.txt"):
        assert words in text, words
    addresses = repr([resolved(each) for page in reader.pages for each in page.get("/Annots", ())])
    assert "/alva/files/" in addresses
    assert "https://net.example/" in addresses
    assert "/StructTreeRoot" in reader.root_object
    # What others wrote may not follow the standard, so the whole does not say that it does.
    assert not follows_the_standard(reader)
    assert [str(each["/Title"]) for each in reader.outline if not isinstance(each, list)][
        -1
    ] == "budget.pdf"


def test_a_picture_alone_leaves_the_agenda_by_the_standard(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, PNG, "poster.png")
    reader = agenda_of(world, meeting, sign_in)
    assert follows_the_standard(reader)
    assert "/Figure" in kinds(reader)


def test_what_acts_in_the_pdf_of_somebody_else_is_left_out(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, written_pdf(1, acting=True), "acting.pdf")
    reader = agenda_of(world, meeting, sign_in)
    assert all("/AA" not in page for page in reader.pages)
    assert "evil" not in repr(
        [resolved(each) for page in reader.pages for each in page.get("/Annots", ())]
    )


def test_a_broken_pdf_and_a_broken_picture_are_linked_with_a_sentence(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, b"%PDF-1.7\nnothing\n%%EOF\n", "broken.pdf")
    attach(world, see, picture(broken=True), "broken.png")
    text = text_of(agenda_of(world, meeting, sign_in))
    assert text.count("not appended, since it could not be") == 2


def test_an_attachment_of_200_megabytes_is_linked_with_a_sentence(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, written_pdf(1), "huge.pdf")
    with in_city(world):
        db.session.scalars(select(Attachment)).one().size = 200 * 1024 * 1024
        db.session.commit()
    text = " ".join(text_of(agenda_of(world, meeting, sign_in)).split())
    assert "too large to be appended (200.0 MB); open it here" in text


def test_a_pdf_of_too_many_pages_is_linked(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    attach(world, see, written_pdf(201), "long.pdf")
    reader = agenda_of(world, meeting, sign_in)
    assert len(reader.pages) < 20
    assert "the paper would become too long" in " ".join(text_of(reader).split())


def test_a_paper_that_cannot_be_made_says_so_on_the_page(
    world: World, meeting: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins.meetings.services.papers import making

    monkeypatch.setattr(making, "SECONDS", 0.001)
    member = sign_in(world.person("alva", Role.MEMBER))
    answer = member.get(f"/alva/meetings/{meeting}/papers/agenda.pdf", follow_redirects=True)
    assert "The paper could not be made." in answer.get_data(as_text=True)


def test_a_file_that_is_gone_is_linked(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    from core.api import file_of

    attach(world, see, written_pdf(1), "gone.pdf")
    with in_city(world):
        path = file_of(db.session.scalars(select(Attachment)).one())
    assert path is not None
    path.unlink()
    assert "gone.pdf" in text_of(agenda_of(world, meeting, sign_in))


def test_an_agenda_of_300_items_is_made(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    with in_city(world):
        made = db.session.scalars(select(Meeting).where(Meeting.id == meeting)).one()
        for number in range(300):
            db.session.add(
                Item(
                    meeting_id=made.id,
                    position=100 + number,
                    title=f"Matter {number}",
                    language="fr",
                )
            )
        db.session.commit()
    assert "Matter 299" in text_of(agenda_of(world, meeting, sign_in))
