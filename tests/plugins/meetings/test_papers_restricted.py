"""To whom papers are given, and that none of them tells of what is restricted."""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.api import ActionEntry, Ref, add_action, db, keep_translation, save_upload, today
from core.audit.models import AuditRecord
from core.permissions import Role
from core.testing.app import World
from core.testing.papers import read_pdf, resolved, text_of, words_of
from plugins.meetings.models import Item, Meeting
from plugins.meetings.services.access import ITEM, ref_of

from .conftest import See, in_city, make, make_body
from .papers_desk import (
    CANARY,
    PAPERS,
    PNG,
    SignIn,
    get,
    hold,
    meeting,
    promise,
)

__all__ = ["meeting"]


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


def test_the_action_of_a_restricted_item_is_translated_by_who_may_read_it(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    hold(world, see, meeting)
    with in_city(world):
        secret = db.session.scalars(select(Item.id).where(Item.restricted.is_(True))).one()
        entry = ActionEntry(f"{CANARY} act", "en", world.organisations["alva"][0], None, today())
        chair = see(Role.CHAIR)
        made = add_action(entry, chair, subject=ref_of(ITEM, secret), restricted=True)
        ref = Ref("actions", "action", made.id)
        keep_translation(ref, "fr", {"text": f"{CANARY} agir"}, chair)
        db.session.commit()
    # She was in the room, and speaks for another organisation than the one that is to act.
    worker = sign_in(world.person("alva", Role.LEAD_WORKER))
    page, where = f"/alva/meetings/{meeting}", f"/alva/translations/actions/action/{ref.id}"
    assert worker.get(where).status_code == 404
    promise(world, see, meeting, Role.LEAD_WORKER)
    told = worker.get(page).text
    for said in ('lang="en" dir="auto">Kanarinka act', 'lang="fr" dir="auto">Kanarinka agir'):
        assert said in told, said
    assert f'href="{where}"' in told
    assert worker.get(f"{where}/ar").status_code == 200
    assert f"{CANARY} agir" in text_of(read_pdf(get(worker, meeting, "restricted")))
    # Not even its own organisation reads it in the minutes that are handed on, and nobody else in either.
    for role in (Role.MEMBER, Role.LEAD_WORKER):
        client = sign_in(world.person("alva", role))
        assert CANARY not in everything(get(client, meeting, "minutes"), "pdf"), role
    assert CANARY not in sign_in(world.person("alva", Role.MEMBER)).get(page).text


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


def test_it_is_written_down_who_took_a_paper(
    world: World, see: See, meeting: str, sign_in: SignIn
) -> None:
    hold(world, see, meeting)
    promise(world, see, meeting, Role.CHAIR)
    chair = sign_in(world.person("alva", Role.CHAIR))
    get(chair, meeting, "restricted", "docx")
    assert chair.get(f"/alva/meetings/{meeting}/papers/poster.pdf").status_code == 404
    with in_city(world):
        rows = list(
            db.session.scalars(
                select(AuditRecord).where(AuditRecord.action == "meetings.paper_made")
            )
        )
        assert [row.details for row in rows] == [{"kind": "restricted", "form": "docx"}]
        assert rows[0].membership_id == see(Role.CHAIR).membership_id
        assert rows[0].ref_id == meeting
