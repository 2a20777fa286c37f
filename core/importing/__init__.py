"""Spreadsheets of organisations, people and whatever plugins keep: read, matched, looked at, then taken over."""

from flask import Flask


def init_importing(app: Flask) -> None:
    """Register the pages of imports."""
    from core.importing.views import bp

    app.register_blueprint(bp)
