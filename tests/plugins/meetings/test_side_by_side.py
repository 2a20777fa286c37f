"""The minutes on the page: every text in every language of the city, and none that was written is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from core.actions.services import change_action, entry_of, find_any
from core.api import ActionEntry, add_action, current_city, db, keep_translation, today
from core.permissions import Role
from core.testing.app import World
from core.testing.papers import read_pdf, text_of
from plugins.meetings.services import convening
from plugins.meetings.services.access import ref_of
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.notes import save_note

from .conftest import See, in_city, items_of, make, make_body

SignIn = Callable[[Any], FlaskClient]


def minuted(world: World, see: See, language: str) -> tuple[str, str]:
    """A meeting in Macedonian with one item on which something is said and decided in ``language``."""
    keeper = see()
    with in_city(world):
        city = db.session.merge(current_city())
        city.working_languages = ["en", "ar"]
        db.session.flush()
        body = make_body(keeper, language="mk")
        meeting = make(body, keeper, days=0)
        convening.start(meeting, keeper)
        first, second = items_of(meeting)[:2]
        for item in (first, second):
            convening.go_to(meeting, item, keeper)
        note = save_note(first, meeting, body, "The words said.", 0, keeper, language=language)
        decision = decide(
            first, meeting, body,
            DecisionEntry("It is decided.", "The reasons.", language, "The other ways."), keeper,
        )  # fmt: skip
        decide(second, meeting, body, DecisionEntry("Another.", "Why.", "mk"), keeper)
        for kind, identifier, texts in (
            ("note", note.id, {"text": "Fjalët."}),
            (
                "decision", decision.id,
                {"text": "Vendimi.", "rationale": "Arsyet.", "alternatives": "Të tjerat."},
            ),
        ):  # fmt: skip
            keep_translation(ref_of(kind, identifier), "sq", texts, keeper)
        convening.end(meeting, keeper)
        convening.circulate(meeting, keeper)
        db.session.commit()
        return meeting.id, first.id


def minutes_of(page: str) -> str:
    return page[page.index('id="minutes"') :]


def test_a_text_in_a_language_without_a_column_stands_above_the_columns(
    world: World, see: See, sign_in: SignIn
) -> None:
    meeting, item = minuted(world, see, "ar")
    for role, address in (
        (Role.MEMBER, f"meetings/{meeting}"), (Role.FOCAL_POINT, f"meetings/{meeting}"),
    ):  # fmt: skip
        told = minutes_of(sign_in(world.person("alva", role)).get(f"/alva/{address}").text)
        for said in ("The words said.", "It is decided.", "The reasons.", "The other ways."):
            assert f'lang="ar" dir="auto">{said}' in told, said
        for said in ("Fjalët.", "Vendimi.", "Arsyet.", "Të tjerat."):
            assert f'lang="sq" dir="auto">{said}' in told, said
        # It says in which language it is, and runs in that language's direction.
        assert told.count('<div class="m-span m-outside"><div class="m-side-text" dir="rtl">') == 4
        assert "العربية" in told
    desk = sign_in(world.person("alva", Role.FOCAL_POINT))
    preview = desk.get(f"/alva/meetings/items/{item}").text
    assert preview.count("m-outside") == 1


def test_with_one_column_the_original_stands_where_there_is_no_translation(
    world: World, see: See, sign_in: SignIn
) -> None:
    meeting, _item = minuted(world, see, "ar")
    client = sign_in(world.person("alva", Role.MEMBER))
    told = minutes_of(client.get(f"/alva/meetings/{meeting}?one=1").text)
    # The reader reads English, in which there is nothing: better the original than nothing.
    assert "The words said." in told
    assert told.count("m-outside") == 1
    assert "Not translated yet." not in told
    client.post("/language", data={"language": "sq", "next": "/"})
    told = minutes_of(client.get(f"/alva/meetings/{meeting}?one=1").text)
    assert "Fjalët." in told
    assert "The words said." not in told


def test_a_text_in_an_official_language_stands_in_its_column_alone(
    world: World, see: See, sign_in: SignIn
) -> None:
    meeting, _item = minuted(world, see, "mk")
    told = minutes_of(
        sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/meetings/{meeting}").text
    )
    assert "m-outside" not in told
    assert told.count("The words said.") == 1
    assert len(re.findall("Alternatives considered", told)) == 1


def test_an_item_without_notes_says_what_it_is_called_in_every_language(
    world: World, see: See, sign_in: SignIn
) -> None:
    meeting, _item = minuted(world, see, "mk")
    told = minutes_of(
        sign_in(world.person("alva", Role.MEMBER)).get(f"/alva/meetings/{meeting}").text
    )
    second = told[told.index("Another.") - 3000 : told.index("Another.")]
    assert re.search(r'<strong lang="mk" dir="auto">[^<]+</strong>', second)
    assert re.search(r'<strong lang="sq" dir="auto">[^<]+</strong>', second)


def test_an_action_stands_in_every_language_on_the_page_and_on_paper(
    world: World, see: See, sign_in: SignIn
) -> None:
    keeper = see()
    with in_city(world):
        body = make_body(keeper, language="mk")
        meeting = make(body, keeper, days=0)
        convening.start(meeting, keeper)
        first, second, third = items_of(meeting)[:3]
        for item in (first, second, third):
            convening.go_to(meeting, item, keeper)
        entry = DecisionEntry("Одлука.", "Зошто.", "mk")
        decision = decide(first, meeting, body, entry, keeper)
        organisation = world.organisations["alva"][0]
        made = []
        for ref, text, language in (
            (ref_of("item", second.id), "Направи го тоа.", "mk"),
            (ref_of("decision", decision.id), "Do the other thing.", "en"),
        ):
            what = ActionEntry(text, language, organisation, None, today())
            made.append(add_action(what, keeper, subject=ref).id)
        convening.end(meeting, keeper)
        convening.circulate(meeting, keeper)
        db.session.commit()
        page = f"/alva/meetings/{meeting.id}"
    # It is translated by those who take part, through the page of its languages.
    member = sign_in(world.person("alva", Role.MEMBER))
    told = minutes_of(member.get(page).text)
    assert told.count("Направи го тоа.") == told.count("Do the other thing.") == 1
    where = f"/alva/translations/actions/action/{made[0]}"
    assert f'href="{where}"' in told
    assert member.get(f"{where}/sq").status_code == 200
    form = {"text-text": "Bëje këtë."}
    for tag in re.findall(r"<input[^>]*hidden[^>]*>", member.get(f"{where}/sq").text):
        name, value = (re.search(rf'{each}="([^"]*)"', tag) for each in ("name", "value"))
        if name is not None and value is not None:
            form[name[1]] = value[1]
    assert member.post(f"{where}/sq", data=form).status_code == 303
    told = minutes_of(member.get(page).text)
    assert 'lang="sq" dir="auto">Bëje këtë.' in told
    assert 'lang="en" dir="auto">Do the other thing.' in told
    paper = text_of(read_pdf(member.get(f"{page}/papers/minutes.pdf").data))
    for said in ("Направи го тоа.", "Bëje këtë.", "Do the other thing."):
        assert said in " ".join(paper.split()), said
    # Once it is worded anew, its translation is outdated.
    with in_city(world):
        action = find_any(made[0], for_change=True)
        assert action is not None
        change_action(action, replace(entry_of(action), text="Направи го сега."), 1, keeper)
        db.session.commit()
    told = minutes_of(member.get(page).text)
    after = told[told.index("Направи го сега.") :]
    assert "m-behind" in after[: after.index("Bëje këtë.")]
    # What hangs on nothing has no minutes to stand in.
    with in_city(world):
        alone = add_action(ActionEntry("Alone.", "en", organisation, None, today()), keeper).id
        db.session.commit()
    assert member.get(f"/alva/translations/actions/action/{alone}").status_code == 404
