"""The search over everything that a reader may see."""

from flask import Flask


def init_search(app: Flask) -> None:
    """Register the search."""
    from core.search import models  # noqa: F401  the tables are known from here on
