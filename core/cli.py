"""The command ``maillage``."""

from flask import Flask
from flask.cli import FlaskGroup


def init_cli(app: Flask) -> None:
    """Add the commands of core to the application."""


def main() -> None:
    """Run the command line."""
    from core import create_app

    FlaskGroup(create_app=create_app, add_default_commands=False)(prog_name="maillage")
