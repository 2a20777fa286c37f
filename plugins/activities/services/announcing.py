"""Telling those who are invited to activities what has changed."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.api import event_changed
from plugins.activities.models import Activity
from plugins.activities.services.access import ref_of
from plugins.activities.services.entries import announced


def tell_invited(changed: Iterable[tuple[Activity, Mapping[str, Any]]]) -> None:
    """Let core tell whoever is invited to one of the activities; each comes with the fields that were changed.

    One query for all of them, and none where nothing was changed that others' calendars show.
    """
    event_changed(*(ref_of(activity.id) for activity, fields in changed if announced(fields)))
