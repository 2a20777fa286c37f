"""The directory of a city's network: its organisations and its people."""

from flask import Flask


def init_directory(app: Flask) -> None:
    """Register the pages of organisations and people."""
    from core.content.owners import add_owner
    from core.directory.services import PLUGIN
    from core.directory.translated import Organisations
    from core.directory.views import bp

    app.register_blueprint(bp)
    add_owner(app, PLUGIN, Organisations())
