"""A meeting whose papers are read: held in Arabic and French, with an item that is restricted."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.api import current_city, db, keep_translation
from core.permissions import Role
from core.testing.app import World
from plugins.meetings.models import Meeting
from plugins.meetings.services import agenda, attendance, convening
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.approval import approve
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.notes import save_note

from .conftest import See, in_city, items_of, make, make_body, seated

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
