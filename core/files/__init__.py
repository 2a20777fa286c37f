"""Attachments: where they are kept, and who may fetch them."""

from flask import Flask


def init_files(app: Flask) -> None:
    """Register the download of attachments."""
