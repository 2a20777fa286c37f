"""Actions: who does what by when, one record for every plugin."""

from flask import Flask


def init_actions(app: Flask) -> None:
    """Register actions."""
    from core.actions import models  # noqa: F401  the tables are known from here on
