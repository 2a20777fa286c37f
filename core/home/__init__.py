"""The pages that gather from all plugins: home, the shared calendar and its feeds."""

from flask import Flask


def init_home(app: Flask) -> None:
    """Register home, calendar and feeds."""
