"""Every list as a file: CSV, Excel, OpenDocument or PDF, and activities as a calendar."""

from flask import Flask


def init_exporting(app: Flask) -> None:
    """Register the pages of exports, core's own lists, and the menu that the heads of lists show."""
    from core.cities.exporting import LOG
    from core.content.exporting import GLOSSARY, TRANSLATIONS
    from core.directory.exporting import ORGANISATIONS, PEOPLE
    from core.exporting import making  # noqa: F401  the worker knows its jobs from here on
    from core.exporting.lists import register
    from core.exporting.views import bp, export_links
    from core.wording.exporting import WORDS

    register("directory", ORGANISATIONS, PEOPLE)
    register("cities", LOG)
    register("content", TRANSLATIONS, GLOSSARY)
    register("wording", WORDS)
    app.register_blueprint(bp)
    app.jinja_env.globals["export_links"] = export_links
