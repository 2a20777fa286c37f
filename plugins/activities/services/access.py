"""Who may see and change which activity. The one place that says so, for pages, calendar, cards and files alike."""

from sqlalchemy import ColumnElement, false, or_

from core.api import Ref, Viewer
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.words import Visibility

KIND = "activity"


def ref_of(activity_id: str) -> Ref:
    """The name of an activity for the rest of the house."""
    return Ref("activities", KIND, activity_id)


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves the activities ``viewer`` may see.

    Those for members, those of the viewer's own organisation, and those the viewer logged for another one.
    """
    if not viewer.may(Permission.SEE):
        return false()
    own = [Activity.logged_by == viewer.membership_id]
    if viewer.organisation_id is not None:
        own.append(Activity.organisation_id == viewer.organisation_id)
    return or_(Activity.visibility == Visibility.MEMBERS.value, *own)


def may_change(activity: Activity, viewer: Viewer) -> bool:
    """Whether ``viewer`` may change an activity that they may see."""
    if not viewer.may(Permission.LOG):
        return False
    return (
        viewer.may(Permission.EDIT_ANY)
        or activity.logged_by == viewer.membership_id
        or (
            viewer.organisation_id is not None
            and activity.organisation_id == viewer.organisation_id
        )
    )
