"""The pages of translations."""

from flask import Blueprint, abort

from core.content.services import texts_of
from core.permissions import member_only
from core.values import Ref

bp = Blueprint("content", __name__)


@bp.get("/<city_slug>/translations/<plugin>/<kind>/<record_id>")
@member_only
def read(plugin: str, kind: str, record_id: str) -> str:
    """All languages of a record, side by side."""
    if not texts_of(Ref(plugin, kind, record_id)):
        abort(404)
    return ""
