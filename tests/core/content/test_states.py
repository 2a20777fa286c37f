"""The life of a translation: missing, translated, approved, outdated, still right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from core.content.models import ContentText
from core.content.services import (
    Conflict,
    Incomplete,
    confirm,
    forget_texts,
    keep_original,
    texts_of,
    translate,
    withdraw,
)
from core.database import db
from core.permissions import Role
from core.testing.app import World
from core.values import Ref, Viewer
from plugins.activities.models import Activity
from plugins.activities.services.entries import entry_of
from plugins.activities.services.records import change_activity, find_activity

See = Callable[..., Viewer]
Log = Callable[..., Ref]
SQ = {"title": "Punëtori", "description": "Të rinjtë kontrollojnë një lajm."}


def put(ref: Ref, viewer: Viewer, language: str = "sq", *, approve: bool = False) -> ContentText:
    rows = texts_of(ref)
    original = next(row for row in rows.values() if row.original)
    return translate(
        ref,
        language,
        SQ,
        viewer,
        version=rows[language].version if language in rows else 0,
        original_version=original.version,
        approve=approve,
    )


def change(ref: Ref, viewer: Viewer, **facts: object) -> Activity:
    activity = find_activity(ref.id, viewer, for_change=True)
    assert activity is not None
    entry = replace(entry_of(activity, ()), **facts)  # type: ignore[arg-type]  # any field
    change_activity(activity, entry, activity.version, viewer, date.today())  # noqa: DTZ011
    db.session.commit()
    return activity


def kept(ref: Ref) -> dict[str, dict[str, str]]:
    """The copy that the plugin's lists read."""
    found: dict[str, dict[str, str]] | None = db.session.scalar(
        select(Activity.translations).where(Activity.id == ref.id)
    )
    assert found is not None
    return found


def test_a_logged_activity_has_an_original_and_nothing_else(world: World, log: Log) -> None:
    ref = log()
    with world.in_city("alva"):
        ((language, text),) = texts_of(ref).items()
        assert (language, text.state, text.original, text.shared) == ("mk", "original", True, True)
        assert text.texts["title"].startswith("Работилница")


def test_translated_approved_outdated_still_right_and_approved_again(
    world: World, see: See, log: Log
) -> None:
    ref, member, focal = log(), see(), see(Role.FOCAL_POINT)
    with world.in_city("alva"):
        row = put(ref, member)
        assert (row.state, row.made_by, row.approved_by) == (
            "translated",
            member.membership_id,
            None,
        )
        row = put(ref, focal, approve=True)
        # Who translated stays, who approved stands beside it.
        assert (row.state, row.made_by) == ("approved", member.membership_id)
        assert row.approved_by == focal.membership_id
        assert kept(ref)["sq"]["state"] == "approved"

        change(ref, member, description="Младите проверуваат три вести.")
        row = texts_of(ref)["sq"]
        assert row.state == kept(ref)["sq"]["state"] == "outdated"
        assert row.source["description"] == "Младите проверуваат една вест."

        original = texts_of(ref)["mk"]
        row = confirm(ref, "sq", member, version=row.version, original_version=original.version)
        # The approval was for another original, and a member cannot renew it.
        assert (row.state, row.approved_by) == ("translated", None)
        assert put(ref, focal, approve=True).state == "approved"
        db.session.commit()
        assert kept(ref)["sq"] == {**SQ, "state": "approved"}


def test_a_change_taken_back_makes_the_translation_right_again(
    world: World, see: See, log: Log
) -> None:
    ref, member = log(), see()
    with world.in_city("alva"):
        put(ref, see(Role.FOCAL_POINT), approve=True)
        change(ref, member, title="Друго")
        assert texts_of(ref)["sq"].state == "outdated"
        change(ref, member, title="Работилница за медиумска писменост")
        assert texts_of(ref)["sq"].state == kept(ref)["sq"]["state"] == "approved"


def test_what_has_nothing_to_do_with_the_texts_outdates_nothing(
    world: World, see: See, log: Log
) -> None:
    ref, member = log(), see()
    with world.in_city("alva"):
        put(ref, member)
        change(ref, member, place="Дом на културата", participants=12)
        assert texts_of(ref)["sq"].state == "translated"


def test_what_lacks_a_text_cannot_be_approved(world: World, see: See, log: Log) -> None:
    ref = log()
    with world.in_city("alva"), pytest.raises(Incomplete) as fault:
        translate(
            ref,
            "sq",
            {"title": "Punëtori"},
            see(Role.FOCAL_POINT),
            version=0,
            original_version=1,
            approve=True,
        )
    assert fault.value.fields == ("description",)


def test_two_at_once_are_told_apart(world: World, see: See, log: Log) -> None:
    ref, one, other = log(), see(), see(Role.CHAIR)
    with world.in_city("alva"):
        put(ref, one)
        with pytest.raises(Conflict) as fault:
            translate(ref, "sq", {"title": "Tjetër"}, other, version=0, original_version=1)
        assert fault.value.current is not None
        assert fault.value.current.texts == SQ
        # Sent twice, the same is no conflict.
        translate(ref, "sq", SQ, one, version=0, original_version=1)
        change(ref, one, title="Поинаку")
        with pytest.raises(Conflict):
            translate(ref, "sq", {"title": "Tjetër"}, other, version=1, original_version=1)


def test_a_removed_translation_is_missing_everywhere(world: World, see: See, log: Log) -> None:
    ref = log()
    with world.in_city("alva"):
        row = put(ref, see())
        withdraw(ref, "sq", see(), version=row.version)
        db.session.commit()
        assert set(texts_of(ref)) == {"mk"}
        assert kept(ref) == {}


def test_a_language_said_wrongly_is_corrected_without_losing_translations(
    world: World, see: See, log: Log
) -> None:
    ref, member = log(), see()
    with world.in_city("alva"):
        put(ref, member)
        change(ref, member, language="sr")
        rows = texts_of(ref)
        assert {code: row.state for code, row in rows.items()} == {
            "sr": "original",
            "sq": "translated",
        }


def test_going_on_in_the_language_of_a_translation_keeps_what_was_the_original(
    world: World, see: See, log: Log
) -> None:
    ref, member = log(), see()
    with world.in_city("alva"):
        put(ref, member)
        change(ref, member, language="sq", title="Punëtori e re", description="Krejt ndryshe.")
        rows = texts_of(ref)
        assert {code: row.state for code, row in rows.items()} == {
            "sq": "original",
            "mk": "outdated",
        }
        assert rows["mk"].texts["title"] == "Работилница за медиумска писменост"
        assert set(kept(ref)) == {"mk"}


def test_what_says_the_same_is_translated_once(world: World, see: See, log: Log) -> None:
    first, second = log(days=3), log(days=10)
    kept_back = log(days=10, visibility="organisation")
    with world.in_city("alva"):
        original = texts_of(first)["mk"]
        from core.content.services import find_alike

        assert find_alike(original) == [second]
        translate(first, "sq", SQ, see(), version=0, original_version=1, alike=find_alike(original))
        db.session.commit()
        assert kept(second)["sq"]["title"] == "Punëtori"
        assert kept(kept_back) == {}
    third = log(days=17)
    with world.in_city("alva"):
        # A later date of the same is translated as soon as it is there.
        assert texts_of(third)["sq"].state == "translated"
        assert kept(third)["sq"]["title"] == "Punëtori"


def test_the_search_finds_what_was_translated(world: World, see: See, log: Log) -> None:
    ref = log()
    with world.in_city("alva"):
        put(ref, see())
        db.session.commit()
        text = db.session.scalar(select(Activity.search_text).where(Activity.id == ref.id))
        assert text is not None
        assert "punetori" in text


def test_what_is_forgotten_is_gone(world: World, see: See, log: Log) -> None:
    ref = log()
    with world.in_city("alva"):
        put(ref, see())
        forget_texts(ref)
        db.session.commit()
        assert texts_of(ref) == {}


def test_languages_beyond_the_interface_are_translated_to(world: World, see: See, log: Log) -> None:
    ref = log()
    with world.in_city("alva"):
        assert put(ref, see(), "rom").state == "translated"


def test_another_city_has_texts_of_its_own(world: World, see: See, log: Log) -> None:
    ref = log()
    with world.in_city("bruma"):
        assert texts_of(ref) == {}
        keep_original(ref, "fr", {"title": "Autre"}, None, shared=True)
        db.session.commit()
    with world.in_city("alva"):
        assert set(texts_of(ref)) == {"mk"}
