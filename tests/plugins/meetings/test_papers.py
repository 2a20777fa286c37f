"""The papers of a meeting: what each says, and in which languages."""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlalchemy import select

from core.api import (
    db,
    force_language,
    keep_translation,
    paper_docx,
    paper_pdf,
)
from core.permissions import Role
from core.testing.app import World
from core.testing.papers import (
    follows_the_standard,
    fonts,
    kinds,
    read_pdf,
    says,
    text_of,
    words_of,
)
from plugins.meetings.models import Item, Meeting
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.papers import paper_of

from .conftest import See, asking, in_city, items_of
from .papers_desk import (
    ARABIC,
    DECIDED_AR,
    DECIDED_FR,
    FRENCH,
    PAPERS,
    SignIn,
    get,
    hold,
    meeting,
)

__all__ = ["meeting"]


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
    # What an item is called stands in every official language, though whoever made the paper reads English.
    with in_city(world):
        item = db.session.scalars(select(Item).where(Item.title == "برنامج الشتاء")).one()
        keep_translation(ref_of(ITEM, item.id), "fr", {"title": "Ateliers du soir"}, see())
        db.session.commit()
    document = words_of(get(desk, meeting, "extract", "docx"))
    assert "Ateliers du soir" in document
    reader = read_pdf(get(desk, meeting, "extract"))
    assert says(reader, DECIDED_AR)
    assert "Ateliers du soir" in text_of(reader)
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
