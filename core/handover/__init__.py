"""Handover: what a substitute or successor of the focal point must know, and the role passed on in one act."""

from flask import Flask


def init_handover(app: Flask) -> None:
    """Register the page, its paper, and what is told of it."""
    from core.handover import models  # noqa: F401  the table is known from here on
    from core.handover.telling import KINDS
    from core.handover.views import bp
    from core.notifications.kinds import register_kinds

    app.register_blueprint(bp)
    register_kinds(*KINDS)
