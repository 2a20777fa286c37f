"""The blueprint that the pages of home and calendar share."""

from flask import Blueprint

bp = Blueprint("home", __name__)
