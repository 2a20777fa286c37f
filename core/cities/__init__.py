"""A city: its languages, settings, look, and the plugins it switches on."""

from flask import Flask


def init_cities(app: Flask) -> None:
    """Register the settings pages of a city."""
    from core.cities import models  # noqa: F401  the tables are known from here on
    from core.cities.translated import PLUGIN, Cities
    from core.cities.views import bp
    from core.content.owners import add_owner

    app.register_blueprint(bp)
    add_owner(app, PLUGIN, Cities())
