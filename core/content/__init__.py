"""Translated content: one original in its language, further languages with their state, and the city's glossary.

No text leaves the house: people translate, and what one of them has translated serves whatever says the same.
"""

from flask import Flask


def init_content(app: Flask) -> None:
    """Register the pages of translations and of the glossary."""
    from core.content import models  # noqa: F401  the tables are known from here on
    from core.content.views import bp

    app.register_blueprint(bp)
