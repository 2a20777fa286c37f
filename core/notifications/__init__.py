"""Notifications: what members are told, in the page and by mail, and what they are reminded of."""

from flask import Flask


def init_notifications(app: Flask) -> None:
    """Register notifications."""
    from core.notifications import models  # noqa: F401  the tables are known from here on
