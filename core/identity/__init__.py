"""People, organisations, memberships, sign-in and sessions."""

from flask import Flask


def init_identity(app: Flask) -> None:
    """Register sign-in, sessions, the pages of one's own account, and the directory."""
    from core.identity import models  # noqa: F401  the tables are known from here on
