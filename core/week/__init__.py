"""This week: what is late and with whom, what is due and coming, what waits and lapses, for who keeps it all going."""

from flask import Flask


def init_week(app: Flask) -> None:
    """Register the page and what is told of it."""
    from core.notifications.kinds import register_kinds
    from core.week.telling import KINDS
    from core.week.views import bp

    app.register_blueprint(bp)
    register_kinds(*KINDS)
