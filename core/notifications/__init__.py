"""Notifications: what members are told, in the page and by mail, and what they are reminded of."""

from flask import Flask


def init_notifications(app: Flask) -> None:
    """Register the pages of notifications, and the jobs that mail them."""
    from core.notifications import mails, models, views  # noqa: F401  tables and jobs are known from here on

    app.register_blueprint(views.bp)
    # A mail program asks without a session, and with a secret that does nothing else.
    app.extensions["csrf"].exempt(views.stop_now)
