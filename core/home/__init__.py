"""The pages that gather from all plugins: home, the shared calendar and its feeds."""

from flask import Flask


def init_home(app: Flask) -> None:
    """Register home, calendar and feeds."""
    from core.home import models  # noqa: F401  the table is known from here on
    from core.home.views import bp

    app.register_blueprint(bp)
