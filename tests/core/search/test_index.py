"""The index follows the records, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from core.actions.models import Action
from core.cities.services import set_plugin
from core.daily import run_daily
from core.database import db
from core.directory.services import add_organisation, change_organisation
from core.identity.models import Membership, Organisation
from core.jobs.models import Job
from core.jobs.worker import Worker
from core.permissions import Role
from core.registry import plugin_registry
from core.search.models import Document, Term
from core.search.query import read_query
from core.search.services import (
    forget,
    forget_plugin,
    index,
    index_many,
    is_incomplete,
    rebuild,
)
from core.testing.app import World, statements_of
from core.values import Hit, Ref, Searchable

from .conftest import TODAY, See

KIND = "probe.thing"


def thing(
    identifier: str = "one", title: str = "Bridge over the river", **facts: object
) -> Searchable:
    return Searchable(Ref("probe", "thing", identifier), title, **facts)  # type: ignore[arg-type]


def terms(identifier: str = "one") -> dict[str, int]:
    rows = db.session.execute(
        select(Term.word, Term.weight).where(Term.kind == KIND, Term.ref_id == identifier)
    )
    return {row.word: row.weight for row in rows}


def best(
    typed: str, identifiers: tuple[str, ...] = ("one", "two", "three"), **more: int
) -> list[str]:
    everything = select(Document.ref_id).where(
        Document.kind == KIND, Document.ref_id.in_(identifiers)
    )
    return read_query(typed, TODAY).best(KIND, everything, **more)


def test_a_record_is_found_by_what_it_says_now(world: World) -> None:
    with world.in_city("alva"):
        assert index(thing(text="We met the river people."))
        assert terms() == {
            "bridge": 2, "over": 2, "the": 2, "river": 2, "we": 1, "met": 1, "people": 1,
        }  # fmt: skip
        assert index(thing(title="Tunnel", text="river"))
        assert terms() == {"tunnel": 2, "river": 1}
        forget(Ref("probe", "thing", "one"))
        assert terms() == {}
        assert (
            db.session.scalar(
                select(func.count()).select_from(Document).where(Document.kind == KIND)
            )
            == 0
        )


def test_saving_without_a_change_writes_nothing(world: World) -> None:
    with world.in_city("alva"):
        index_many([thing(), thing("two")])
        with statements_of(world.app) as seen:
            assert index_many([thing(), thing("two")]) == 0
        assert [one for one in seen if not one.startswith("SELECT")] == []


def test_the_order_is_title_then_text_then_later_then_title(world: World) -> None:
    with world.in_city("alva"):
        index_many(
            [
                thing("text", "Zebra", text="river"),
                thing("prefix", "Riverside"),
                thing("exact", "River", at=TODAY),
                thing("later", "River zebra", at=TODAY + timedelta(days=1)),
                thing("same", "River a", at=TODAY),
                thing("begins", "Other", text="riverside"),
            ]
        )
        names = ("text", "prefix", "exact", "later", "same", "begins")
        assert best("river", names) == ["later", "exact", "same", "prefix", "text", "begins"]
        assert best("river", names, most=2) == ["later", "exact"]
        assert best("river zebra", names) == ["later", "text"]


def test_the_dates_of_a_series_are_found_as_the_nearest_of_them(world: World) -> None:
    with world.in_city("alva"):
        index_many(
            thing(name, "River club", at=TODAY + timedelta(days=days), thread="club")
            for name, days in (("one", -200), ("two", 3), ("three", 700))
        )
        assert best("river") == ["two"]
        # Of those that may be seen.
        assert best("river", ("one", "three")) == ["one"]


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "%%%", "ri%er", "' OR 1=1 --", '"river"', "\\", "r_v_r", "river'", "rivér)"],
)
def test_signs_of_the_database_mean_nothing(world: World, typed: str) -> None:
    with world.in_city("alva"):
        index(thing())
        answer = best(typed)
        assert answer == (["one"] if typed in {'"river"', "river'", "rivér)"} else [])


def test_a_letter_is_forgiven_only_where_nothing_matches_as_it_is(world: World) -> None:
    with world.in_city("alva"):
        index_many([thing("one", "Bridge"), thing("two", "Fridge")])
        assert best("bridge") == ["one"]
        assert best("bridgx") == ["one"]
        assert best("bridge", ("two",)) == ["two"]


def test_the_index_is_asked_once_for_all_kinds_and_each_kind_that_holds_the_words(
    world: World,
) -> None:
    with world.in_city("alva"):
        index_many([thing("one", "Bridge"), Searchable(Ref("probe", "other", "two"), "River")])
        db.session.commit()
        everything = select(Document.ref_id)
        for typed, asked in (("bridge", 2), ("bridgx", 2), ("bridge river", 1), ("nobody", 1)):
            query = read_query(typed, TODAY)
            with statements_of(world.app) as seen:
                answers = [query.best(f"probe.{name}", everything) for name in ("thing", "other")]
            assert answers == [["one"] if asked == 2 else [], []]
            found = [each for each in seen if "search_term" in each]
            assert len(found) == asked, typed
            # The hundreds of spellings go as one value.
            assert max(map(len, found)) < 3_000


def test_one_of_two_words_may_have_a_letter_wrong(world: World) -> None:
    with world.in_city("alva"):
        index_many([thing("one", "Bridge by the river"), thing("two", "Bridge by the lake")])
        assert best("bridgx river") == best("bri rivver") == best("river birdge") == ["one"]


def test_what_may_not_be_seen_changes_nothing(world: World) -> None:
    """The words of a hidden record decide neither order nor number, nor whether a letter is forgiven."""
    typed = ["bridge", "bridgw", "fridge", "river bridge", "riv", "bri", "bridgee"]
    with world.in_city("alva"):
        index_many([thing("one", "Bridge", at=TODAY), thing("two", "Fridge by the river")])
        before = {each: best(each, ("one", "two")) for each in typed}
        hidden = [
            thing(
                f"hidden{n}",
                title,
                text="bridge fridge river bridgw",
                at=TODAY + timedelta(days=n),
                thread="one",
            )
            for n, title in enumerate(typed)
        ]
        index_many(hidden)
        assert {each: best(each, ("one", "two")) for each in typed} == before
        assert best("bridgw", ("hidden1",)) == ["hidden1"]


def test_another_city_has_words_of_its_own(world: World) -> None:
    with world.in_city("alva"):
        index(thing())
        db.session.commit()
    with world.in_city("bruma"):
        assert best("river") == []
        index(thing(title="Brume"))
        db.session.commit()
    with world.in_city("alva"):
        assert best("river") == ["one"]
        assert best("brume") == []


# -- Core's own records ----------------------------------------------------------------------------------------------


def test_the_latin_word_finds_the_cyrillic_organisation(
    world: World, see: See, found: Callable[..., list[Hit]]
) -> None:
    with world.in_city("alva"):
        add_organisation(
            {"names": {"sr": "Омладински клуб Ђердан"}, "about": "Радионице за младе."}
        )
        db.session.commit()
    hits = found("djerdan", see())
    assert [hit.title for hit in hits] == ["Омладински клуб Ђердан"]
    assert hits[0].kind.more is not None
    assert hits[0].language == "sr"
    (hit,) = found("radionice", see())
    assert hit.snippet is not None
    assert [piece.text for piece in hit.snippet.pieces if piece.marked] == ["Радионице"]


def test_people_and_organisations_are_for_who_may_see_the_directory(
    world: World, see: See, found: Callable[..., list[Hit]]
) -> None:
    assert {hit.ref.kind for hit in found("alva", see())} == {"organisation", "membership"}
    assert found("alva", see(permissions=frozenset())) == []


def test_who_left_and_what_was_merged_is_not_found(
    world: World, see: See, found: Callable[..., list[Hit]]
) -> None:
    before = {hit.ref.id for hit in found("chair", see())}
    with world.in_city("alva"):
        chair = db.session.get_one(
            Membership, (see().city_id, world.person("alva", Role.CHAIR).membership_id)
        )
        assert chair.id in before
        chair.active = False
        db.session.commit()
    assert found("chair", see()) == []


def test_a_renamed_organisation_is_found_by_its_new_name_alone(
    world: World, see: See, found: Callable[..., list[Hit]]
) -> None:
    with world.in_city("alva"):
        one = db.session.get_one(Organisation, (see().city_id, world.organisations["alva"][0]))
        change_organisation(one, {"names": {"en": "Lighthouse"}}, one.version)
        db.session.commit()
    assert [hit.title for hit in found("lighthouse", see())] == ["Lighthouse"]
    assert all(hit.title != "Lighthouse" for hit in found("school", see()))


def test_a_change_that_is_rolled_back_leaves_no_word(world: World) -> None:
    with world.in_city("alva"):
        add_organisation({"names": {"en": "Evanescent"}})
        assert db.session.scalar(
            select(func.count()).select_from(Term).where(Term.word == "evanescent")
        )
        db.session.rollback()
        assert not db.session.scalar(
            select(func.count()).select_from(Term).where(Term.word == "evanescent")
        )


def action(
    world: World, text: str, *, restricted: bool, assignee: str | None = None, at: int = 0
) -> Action:
    return Action(
        text=text,
        language="en",
        organisation_id=world.organisations["alva"][at],
        assignee_id=assignee,
        due_on=TODAY,
        restricted=restricted,
    )


def test_restricted_actions_are_for_their_own(world: World, see: See) -> None:
    from core.actions.access import visible_to
    from core.actions.searching import FOUND

    viewer = see()
    own = world.organisations["alva"].index(viewer.organisation_id or "")
    with world.in_city("alva"):
        mine = action(world, "Telescope one", restricted=True, at=own)
        kept = action(world, "Telescope two", restricted=True, at=1 - own)
        given = action(
            world, "Telescope three", restricted=True, at=1 - own, assignee=viewer.membership_id
        )
        shared = action(world, "Telescope four", restricted=False, at=1 - own)
        db.session.add_all([mine, kept, given, shared])
        db.session.commit()
        ids = read_query("telescope", TODAY).best(
            FOUND, select(Action.id).where(visible_to(viewer))
        )
        assert set(ids) == {mine.id, given.id, shared.id}
        db.session.delete(mine)
        db.session.commit()
        assert not db.session.scalar(
            select(func.count()).select_from(Term).where(Term.ref_id == mine.id)
        )


# -- Making it anew ----------------------------------------------------------------------------------------------------


def everything() -> list[tuple[object, ...]]:
    documents = db.session.execute(
        select(Document.kind, Document.ref_id, Document.day, Document.thread, Document.words)
    )
    words = db.session.execute(select(Term.kind, Term.ref_id, Term.word, Term.weight))
    return sorted(map(tuple, documents)) + sorted(map(tuple, words))


def empty() -> None:
    for model in (Term, Document):
        db.session.execute(delete(model).execution_options(synchronize_session=False))
    db.session.commit()


def test_made_anew_it_is_what_following_made_it(world: World) -> None:
    with world.in_city("alva") as city:
        db.session.add(action(world, "Telescope", restricted=False))
        db.session.commit()
        before = everything()
        assert before
        empty()
        index(Searchable(Ref("identity", "membership", "gone"), "Nobody"))
        assert list(rebuild(city))[-1] > 0
        assert everything() == before
        with statements_of(world.app) as seen:
            list(rebuild(city))
        assert [one for one in seen if one.startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_an_existing_city_is_filled_by_the_daily_work_and_the_worker(world: World) -> None:
    with world.in_city("alva"):
        before = everything()
        empty()
        # Somebody works before the day is over: that must not hide what is missing.
        index(thing())
        db.session.commit()
        assert is_incomplete()
    with world.app.app_context():
        assert run_daily().failed == []
        assert (
            db.session.scalar(select(func.count(Job.id)).where(Job.kind == "search.rebuild")) == 1
        )
        db.session.remove()
    Worker(world.app, daily=False).work_off()
    with world.in_city("alva"):
        assert not is_incomplete()
        forget(Ref("probe", "thing", "one"))
        assert everything() == before


def test_the_upgrade_of_an_existing_site_fills_it(world: World) -> None:
    from core.cli.keeping import _fill_searches

    with world.in_city("bruma"):
        empty()
    with world.app.app_context():
        _fill_searches()
        _fill_searches()
        kept = db.session.scalars(select(Job).where(Job.kind == "search.rebuild")).all()
        assert len(kept) == 1


def test_the_command_makes_it_anew(world: World) -> None:
    with world.in_city("alva"):
        empty()
    answer = world.app.test_cli_runner().invoke(args=["search", "rebuild", "--city", "alva"])
    assert answer.exit_code == 0, answer.output
    assert "alva: 9 records can be found." in answer.output
    with world.in_city("alva"):
        assert not is_incomplete()


def test_a_plugin_that_is_removed_leaves_no_word(world: World) -> None:
    with world.in_city("alva"):
        index(thing())
        index(Searchable(Ref("probe_two", "thing", "one"), "Another"))
        forget_plugin("probe")
        assert terms() == {}
        assert db.session.scalar(
            select(func.count()).select_from(Term).where(Term.kind == "probe_two.thing")
        )


def test_a_plugin_that_is_switched_on_again_is_read_again(world: World) -> None:
    with world.in_city("alva"):
        name = next(iter(plugin_registry().plugins))
        assert set_plugin(name, enabled=False)
        assert set_plugin(name, enabled=True)
        assert (
            db.session.scalar(select(func.count(Job.id)).where(Job.kind == "search.rebuild")) == 1
        )


def test_a_plugin_that_fails_keeps_what_it_had(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(iter(plugin_registry(world.app).plugins))

    def broken(_city: object) -> None:
        raise RuntimeError("broken")

    with world.in_city("alva") as city:
        index(Searchable(Ref(name, "thing", "one"), "Kept"))
        gone = Searchable(Ref("identity", "membership", "gone"), "Nobody")
        index(gone)
        db.session.commit()
        found = plugin_registry().manager.hook.searchable.get_hookimpls()
        (own,) = (each for each in found if each.plugin_name == name)
        monkeypatch.setattr(own, "function", broken)
        list(rebuild(city))
        kept = set(db.session.scalars(select(Document.ref_id)))
        assert "one" in kept
        assert "gone" not in kept
