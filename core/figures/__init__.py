"""The figures of a city: what its plugins count in a year or a quarter, beside the year before."""

from flask import Flask


def init_figures(app: Flask) -> None:
    """Register the page and its list."""
    from core.exporting.lists import register
    from core.figures.exporting import FIGURES
    from core.figures.views import bp

    app.register_blueprint(bp)
    register("figures", FIGURES)
