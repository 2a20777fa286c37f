"""Words of the interface that a reader found wrong: reported on any page, settled, and sent to the translators."""

from flask import Flask


def init_wording(app: Flask) -> None:
    """Register the page on which a word is reported, and those on which reports are settled."""
    from core.wording import models  # noqa: F401  the tables are known from here on
    from core.wording.views import bp

    app.register_blueprint(bp)
