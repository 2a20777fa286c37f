"""What stands outside every city: the start page, health, language and theme."""

from flask import Flask


def init_site(app: Flask) -> None:
    """Register the pages."""
    from core.site.views import bp

    app.register_blueprint(bp)
