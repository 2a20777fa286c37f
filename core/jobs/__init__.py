"""Jobs: what is done outside requests, put aside in the transaction that wants it, done by ``maillage worker``."""

from flask import Flask

from core.jobs.services import GiveUp, enqueue, job

__all__ = ["GiveUp", "enqueue", "init_jobs", "job"]


def init_jobs(app: Flask) -> None:
    """Register the page of what is stuck, and what is told of it."""
    # The kinds of core are known once these are imported; those of plugins come with the plugins.
    from core import daily as _daily  # noqa: F401
    from core.jobs import telling
    from core.jobs.views import bp
    from core.mail import services as _mail  # noqa: F401
    from core.notifications.kinds import register_kinds
    from core.search import jobs as _search  # noqa: F401

    app.register_blueprint(bp)
    register_kinds(*telling.KINDS)
