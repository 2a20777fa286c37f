"""What the production server does before it answers."""

from __future__ import annotations

from flask import Flask

from core.i18n.catalogues import merged_catalogue
from core.i18n.languages import LANGUAGES
from core.i18n.reader import language_settings
from core.serving import read_languages


def test_the_first_reader_of_a_language_waits_for_no_catalogue(app: Flask) -> None:
    merged_catalogue.cache_clear()
    read_languages(app)
    before = merged_catalogue.cache_info().misses
    with app.app_context():
        for code in LANGUAGES:
            language_settings().catalogue(code)
    assert merged_catalogue.cache_info().misses == before
