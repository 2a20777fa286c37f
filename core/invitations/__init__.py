"""Invitations to events: sent to the calendars of others, answered by a link."""

from flask import Flask


def init_invitations(app: Flask) -> None:
    """Register the pages of invitations, the job that sends them, and the panel that shows who is invited."""
    from core.invitations import jobs, models  # noqa: F401  the tables and the job are known from here on
    from core.invitations.panel import invited
    from core.invitations.views import bp
    from core.panels import register_panel

    register_panel(5, invited)
    app.register_blueprint(bp)
