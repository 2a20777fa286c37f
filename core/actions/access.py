"""Who may see and change which action. The one place that says so, for pages, panels, cards, files and mails alike.

An organisation sees its actions, and a person theirs, wherever they come from: that is how they learn what is asked of
them. Where they come from, each reader is told by the subject's own plugin, or not at all.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_

from core.actions.models import Action
from core.content.owners import subject_links
from core.permissions import Permission
from core.values import Ref, Viewer

PLUGIN, KIND = "actions", "action"


def ref_of(action_id: str) -> Ref:
    """The name of an action for the rest of the house."""
    return Ref(PLUGIN, KIND, action_id)


def subject_of(action: Action) -> Ref | None:
    """What an action hangs on; None for one of its own."""
    if not action.ref_id:
        return None
    return Ref(action.ref_plugin, action.ref_kind, action.ref_id)


def own_of(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves the actions of the viewer, of their organisation, and those that they added."""
    found = [Action.assignee_id == viewer.membership_id, Action.created_by == viewer.membership_id]
    if viewer.organisation_id is not None:
        found.append(Action.organisation_id == viewer.organisation_id)
    return or_(*found)


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves the actions that ``viewer`` may see in a list.

    A restricted action is open to whoever may see its subject as well; those find it on the subject's own page.
    """
    if not viewer.may(Permission.SEE_ACTIONS):
        # A plain false() would swallow the city's own condition, and the walls would refuse the statement.
        return Action.status == "nobody's"
    return or_(Action.restricted.is_(False), own_of(viewer))


def is_own(action: Action, viewer: Viewer) -> bool:
    """Whether an action is the viewer's, their organisation's, or was added by them; as :func:`own_of`."""
    return viewer.membership_id in {action.assignee_id, action.created_by} or (
        viewer.organisation_id is not None and action.organisation_id == viewer.organisation_id
    )


def may_see(action: Action, viewer: Viewer) -> bool:
    """Whether ``viewer`` may see an action that was fetched for another reason; the same as :func:`visible_to`."""
    return viewer.may(Permission.SEE_ACTIONS) and (not action.restricted or is_own(action, viewer))


def opened(actions: Iterable[Action], viewer: Viewer) -> list[Action]:
    """Those of ``actions`` that ``viewer`` may open: what they may see, and what hangs on a record open to them.

    Nothing is asked of records unless there are restricted actions of others.
    """
    if not viewer.may(Permission.SEE_ACTIONS):
        return []
    found = list(actions)
    others = {
        action.id: subject
        for action in found
        if not may_see(action, viewer)
        # An action on an action is open to whom it says itself; asking on would have no end.
        and (subject := subject_of(action)) is not None and subject.plugin != PLUGIN
    }  # fmt: skip
    links = subject_links(set(others.values()), viewer) if others else {}
    return [action for action in found if may_see(action, viewer) or others.get(action.id) in links]


def may_settle(action: Action, viewer: Viewer) -> bool:
    """Whether ``viewer`` may say how far an action is that they may see."""
    return viewer.may(Permission.SEE_ACTIONS) and (
        is_own(action, viewer) or viewer.may(Permission.MANAGE_ACTIONS)
    )


def may_change(action: Action, viewer: Viewer) -> bool:
    """Whether ``viewer`` may change the words, the date and the person of an action that they may see."""
    return viewer.may(Permission.ADD_ACTIONS) and may_settle(action, viewer)
