"""Migrations: one history for core and one for each plugin, each with a version table of its own."""

from flask import Flask


def init_schema(app: Flask) -> None:
    """Tell the application where the histories are."""
