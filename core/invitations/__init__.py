"""Invitations to events: sent to the calendars of others, answered by a link."""

from flask import Flask


def init_invitations(app: Flask) -> None:
    """Register invitations."""
    from core.invitations import models  # noqa: F401  the tables are known from here on
