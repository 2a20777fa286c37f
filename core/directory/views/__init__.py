"""The pages of the directory."""

from flask import Blueprint

bp = Blueprint("directory", __name__)

from core.directory.views import merging, organisations, people  # noqa: E402,F401  they add their pages to bp
