"""What hangs on a subject: its actions below it, and the way to add one.

The form has a page of its own: it offers everybody in the city, hundreds of names that most readers never open.
"""

from core.actions import listing
from core.actions.words import LOOKS, STATUSES
from core.i18n import gettext as _
from core.i18n import today
from core.panels import Panel
from core.permissions import Permission
from core.values import Ref, Viewer


def actions_panel(ref: Ref, viewer: Viewer) -> Panel | None:
    """The actions of ``ref``, which the viewer may see, for who may see actions at all; two queries at most."""
    if not viewer.may(Permission.SEE_ACTIONS):
        return None
    lines = listing.told_to(listing.actions_on([ref], viewer, today()).get(ref, ()), viewer.locale)
    return Panel(
        _("Actions"),
        "actions/panel.html",
        {
            "ref": ref,
            "lines": lines,
            "may_add": viewer.may(Permission.ADD_ACTIONS),
            "statuses": STATUSES,
            "looks": LOOKS,
            "may_manage": viewer.may(Permission.MANAGE_ACTIONS),
        },
    )
