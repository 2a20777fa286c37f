"""Who may see and change which activity. The one place that says so, for pages, calendar, cards and files alike."""

from sqlalchemy import ColumnElement, bindparam, or_

from core.api import Ref, Viewer
from plugins.activities.models import Activity
from plugins.activities.permissions import Permission
from plugins.activities.words import Visibility

KIND = "activity"
# As the search names it.
FOUND = f"activities.{KIND}"


def ref_of(activity_id: str) -> Ref:
    """The name of an activity for the rest of the house."""
    return Ref("activities", KIND, activity_id)


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves the activities ``viewer`` may see.

    Those for members, those of the viewer's own organisation, and those the viewer logged for another one.
    """
    if not viewer.may(Permission.SEE):
        # A plain false() would swallow the city's own condition, and the walls would refuse the statement.
        return Activity.visibility == "nobody"
    own = [Activity.logged_by == viewer.membership_id]
    if viewer.organisation_id is not None:
        own.append(Activity.organisation_id == viewer.organisation_id)
    return or_(Activity.visibility == Visibility.MEMBERS.value, *own)


# The same condition for statements that are kept, whose parameters :func:`sight` gives: putting together a statement
# anew takes longer than the database's answer.
VISIBLE = or_(
    Activity.visibility == bindparam("seen_visibility"),
    Activity.logged_by == bindparam("seen_by"),
    Activity.organisation_id == bindparam("seen_from"),
)
_NOBODY = "nobody"


def sight(viewer: Viewer, *, counts_only: bool = False) -> dict[str, str]:
    """The parameters of :data:`VISIBLE`.

    With ``counts_only`` somebody who may see no activity counts those that every member may see.
    """
    if not viewer.may(Permission.SEE):
        visibility = Visibility.MEMBERS.value if counts_only else _NOBODY
        return {"seen_visibility": visibility, "seen_by": _NOBODY, "seen_from": _NOBODY}
    return {
        "seen_visibility": Visibility.MEMBERS.value,
        "seen_by": viewer.membership_id,
        "seen_from": viewer.organisation_id or _NOBODY,
    }


def may_see(activity: Activity, viewer: Viewer) -> bool:
    """Whether ``viewer`` may see an activity that was fetched for another reason; the same as :func:`visible_to`."""
    return viewer.may(Permission.SEE) and (
        activity.visibility == Visibility.MEMBERS
        or activity.logged_by == viewer.membership_id
        or (
            viewer.organisation_id is not None
            and activity.organisation_id == viewer.organisation_id
        )
    )


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
