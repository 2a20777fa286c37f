"""What the pages of activities share."""

from typing import Any

from flask import Blueprint, abort, request

from core.api import (
    Viewer,
    save_upload,
    viewer,
)
from plugins.activities.models import Activity
from plugins.activities.services.access import may_change, ref_of
from plugins.activities.services.records import (
    find_activity,
)
from plugins.activities.words import (
    STATUS_LOOKS,
    STATUSES,
)

bp = Blueprint("activities", __name__, template_folder="../templates")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"statuses": STATUSES, "status_looks": STATUS_LOOKS}


def sent() -> Any:
    """What was sent, texts and files together, as a form reads it."""
    from werkzeug.datastructures import CombinedMultiDict

    return CombinedMultiDict([request.form, request.files])


def keep_files(activity_id: str, files: list[Any], who: Viewer) -> None:
    """Keep the files that were sent with the activity. Raises :class:`UploadRefused`."""
    for file in files:
        save_upload(ref_of(activity_id), file, who)


def found_activity(activity_id: str, *, for_change: bool = True) -> Activity:
    """The activity to be changed; 404 if the reader may not see it, 403 if they may not change it."""
    activity = find_activity(activity_id, viewer(), for_change=for_change)
    if activity is None:
        abort(404)
    if not may_change(activity, viewer()):
        abort(403)
    return activity
