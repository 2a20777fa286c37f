"""The search over everything that a reader may see."""

from flask import Flask


def init_search(app: Flask) -> None:
    """Register the search, and let it follow what is written."""
    from core.search import jobs, models  # noqa: F401  the tables and the job are known from here on
    from core.search.following import init_following
    from core.search.own import init_own
    from core.search.views import bp

    init_following()
    init_own()
    app.register_blueprint(bp)
