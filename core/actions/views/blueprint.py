"""The blueprint that the pages of actions share."""

from flask import Blueprint

bp = Blueprint("actions", __name__)
