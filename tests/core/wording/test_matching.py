"""What a reader typed or selected is found in the catalogues of their language."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from core.i18n import LANGUAGES, add_catalogues
from core.wording import catalogue

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_application(app: Flask):
    with app.app_context():
        yield


def english_of(words: str, language: str) -> list[str]:
    return [one.english for one in catalogue.find(words, language)]


def test_the_very_text_comes_first_and_needs_no_question() -> None:
    found = catalogue.find("Enregistrer", "fr")
    assert (found[0].rank, found[0].english) == (0, "Save")
    assert catalogue.certain(found) == found[0]


def test_case_marks_and_spaces_do_not_count() -> None:
    assert english_of("  enregistrer   LES modifications ", "fr")[0] == "Save changes"


def test_serbian_is_found_in_the_letters_of_the_reader() -> None:
    one = catalogue.find("Sačuvaj", "sr_Latn") or catalogue.find("Snimi", "sr_Latn")
    assert one
    assert all(entry.text.isascii() or "а" not in entry.text for entry in one)


def test_arabic_is_found_without_its_marks() -> None:
    assert english_of("حِفظ", "ar")[0] == "Save"


def test_what_is_put_into_a_text_may_be_anything() -> None:
    found = catalogue.find("312 personnes", "fr")
    assert (found[0].english, found[0].form) == ("%(num)s people", 1)


def test_a_part_of_a_text_offers_the_texts_that_hold_it() -> None:
    found = catalogue.find("le mot de passe", "fr")
    assert "Save the password" in [one.english for one in found]
    assert catalogue.certain(found) is None


def test_of_several_places_with_one_text_the_reader_is_asked() -> None:
    entries = catalogue.entries("fr")
    by_text: dict[str, set[str]] = {}
    for entry in entries:
        if len(entry.texts) == 1:
            by_text.setdefault(entry.texts[0], set()).add(entry.key)
    twice = next(text for text, keys in by_text.items() if len(keys) > 1)
    found = catalogue.find(twice, "fr")
    assert len([one for one in found if one.rank == 0]) > 1
    assert catalogue.certain(found) is None


def test_what_nobody_wrote_is_found_nowhere() -> None:
    assert catalogue.find("Qwxyz vbnmk", "fr") == []
    assert catalogue.find(" \u200f ", "ar") == []


def test_english_is_found_too() -> None:
    assert english_of("Save changes", "en")[0] == "Save changes"


def test_a_plugin_names_itself(app: Flask) -> None:
    owners = {one.entry.owner for one in catalogue.find("Enregistrer l’activité", "fr")}
    assert "activities" in owners


def test_a_catalogue_that_a_plugin_brings_is_searched(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "lending" / "translations"
    file = folder / "fr" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {LANGUAGES["fr"].plural_header}\\n"\n\n'
        'msgid "Lending"\nmsgstr "Prêt de matos"\n',
        "utf-8",
    )
    add_catalogues(app, folder)
    (one,) = catalogue.find("Prêt de matos", "fr")
    assert (one.entry.owner, one.english, one.rank) == ("lending", "Lending", 0)


@pytest.mark.parametrize(
    ("text", "words", "suggestion", "made"),
    [
        ("%(num)s activités", "12 activités", "12 actions", "%(num)s actions"),
        ("%(a)s de %(b)s", "3 de 10", "3 sur 10", "%(a)s sur %(b)s"),
        # Seen as it stands in the catalogue, and twice the same value: left to the translator.
        ("%(a)s de %(b)s", "3 de 3", "3 sur 3", "3 sur 3"),
        (
            "100 %% sûr, %(name)s",
            "100 % sûr, Ana",
            "100 % certain, Ana",
            "100 %% certain, %(name)s",
        ),
        ("Enregistrer", "Enregistrer", "Garder 5 %", "Garder 5 %"),
    ],
)
def test_a_suggestion_gets_its_places_back(
    text: str, words: str, suggestion: str, made: str
) -> None:
    assert catalogue.with_places(text, words, suggestion) == made


def test_looking_for_the_worst_that_can_be_typed_stays_quick() -> None:
    import time

    catalogue.find("a", "fr")
    start = time.process_time()
    for words in ("a " * 250, "%" * 500, "é" * 500, "(" * 500):
        catalogue.find(words, "fr")
    assert time.process_time() - start < 2
