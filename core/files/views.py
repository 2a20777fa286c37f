"""The download of attachments."""

import logging

from flask import Blueprint, abort, send_file
from werkzeug.wrappers import Response as AnyResponse

from core.files import store
from core.files.services import find_attachment
from core.forms import valid_id
from core.permissions import member_only
from core.web import city_hooks, viewer

log = logging.getLogger(__name__)
bp = Blueprint("files", __name__)


@bp.get("/<city_slug>/files/<attachment_id>")
@member_only
def download(attachment_id: str) -> AnyResponse:
    """Send a file to those, and only those, to whom its owner describes the record it hangs on."""
    attachment = find_attachment(attachment_id) if valid_id(attachment_id) else None
    if attachment is None:
        abort(404)
    ref = attachment.ref
    answers = city_hooks().read("describe", only=ref.plugin, refs=[ref], viewer=viewer())
    if not any(ref in answer for answer in answers):
        abort(404)
    path = store.path_of(attachment.city_id, attachment.stored_as)
    if not path.is_file():
        log.error("file_missing")
        abort(404)
    response = send_file(
        path,
        mimetype=attachment.media_type,
        as_attachment=True,
        download_name=attachment.name,
        etag=False,
        conditional=False,
    )
    # Should a browser show it all the same, it runs nothing and reaches nothing.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    response.headers.pop("Last-Modified", None)
    return response
