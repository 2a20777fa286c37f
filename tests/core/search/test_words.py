"""How words are compared, and found again in what is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.query import LONGEST, MOST_WORDS, read_query
from core.search.words import Finder, with_one_wrong, words_in
from core.values import Piece

from .conftest import TODAY


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Ђорђе Љубичић", "djordje ljubicic"),
        ("школа", "ŠKOLA"),
        ("Џемпер", "džemper"),
        ("Ќерка", "kjerka"),
        ("l’école d’été", "ecole ete"),
        ("İSTANBUL ısı", "istanbul isi"),
        ("Işık", "isik"),
        ("مُؤَسَّسَةٌ", "موسسة"),
        ("المدرسة", "مدرسه"),
        ("والشرطة", "الشرطة"),
        ("وللشرطة", "شرطة"),
        ("فللأطفال", "الأطفال"),
        ("أمل إبراهيم", "امل ابراهيم"),
        ("Çaji i fqinjëve", "caji fqinjeve"),
        ("anti-bullying", "anti bullying"),
        ("ana.petrova@example.org", "ana petrova example org"),
        ("Brezovo.", "brezovo"),
    ],
)
def test_the_same_word(written: str, typed: str) -> None:
    assert words_in(written) == words_in(typed) != []


@pytest.mark.parametrize("typed", ["ćošak", "ćošek", "cosk", "ćoššak", "oćšak", "ćxšak"])
def test_one_letter_may_be_wrong(typed: str) -> None:
    (meant,), (given,) = words_in("ћошак"), words_in(typed)
    assert given == meant or meant in with_one_wrong(given) or len(given) < 5


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("skola", "skoal"),
        ("skola", "skol"),
        ("skola", "skolla"),
        ("skola", "stola"),
        ("مدرسه", "مدرصه"),
    ],
)
def test_wrong_missing_doubled_and_swapped_letters(typed: str, meant: str) -> None:
    assert meant in with_one_wrong(typed)


@pytest.mark.parametrize("typed", ["slon", "dom", "20261", "room5"])
def test_short_words_and_numbers_are_meant_as_they_are(typed: str) -> None:
    assert with_one_wrong(typed) == frozenset()


def test_two_wrong_letters_are_another_word() -> None:
    assert not {"skall", "sxyla", "skxolx"} & with_one_wrong("skola")


def test_a_query_is_bounded() -> None:
    query = read_query("x" * 3 + " " + " ".join(f"word{n}" for n in range(100)), TODAY)
    assert len(query.words) == MOST_WORDS
    assert len(query.typed) <= LONGEST
    assert read_query("a b c", TODAY).words == ()
    assert read_query("ab ab AB", TODAY).words == ("ab",)
    assert read_query("one\x00two\ud800three", TODAY).typed == "one two three"


@given(st.text())
def test_any_text_can_be_searched_for_and_in(text: str) -> None:
    query = read_query(text, TODAY)
    "".join(query.words).encode()
    assert "".join(piece.text for piece in query.marked(text)) == text
    query.excerpt([(text, "en")])


def test_what_matches_is_marked_as_it_was_written() -> None:
    finder = Finder(words_in("radionica skole"))
    assert finder.marked("Радионице у школи") == (
        Piece("Радионице", marked=True),
        Piece(" у "),
        Piece("школи", marked=True),
    )
    assert finder.marked("nothing") == (Piece("nothing"),)


def test_an_excerpt_is_around_the_word_and_from_the_text_that_says_most() -> None:
    finder = Finder(words_in("river bridge"))
    long = (
        "So it begins. " * 30 + "We met on the bridge over the river." + " And so it went on." * 30
    )
    snippet = finder.excerpt([("A river.", "en"), (long, "fr"), ("", "mk")])
    assert snippet is not None
    assert snippet.language == "fr"
    assert [piece.text for piece in snippet.pieces if piece.marked] == ["bridge", "river"]
    shown = "".join(piece.text for piece in snippet.pieces)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 200
    assert finder.excerpt([("", "en")]) is None
    begins = finder.excerpt([("Nothing of that kind.", "en")])
    assert begins is not None
    assert begins.pieces == (Piece("Nothing of that kind."),)
