"""What hangs on a subject: its actions below it, and a short form to add one."""

from core.actions import listing
from core.actions.forms import action_form
from core.actions.people import Actor, actors
from core.actions.words import LOOKS, STATUSES
from core.i18n import gettext as _
from core.i18n import today
from core.panels import Panel
from core.permissions import Permission
from core.values import Ref, Viewer


def actions_panel(ref: Ref, viewer: Viewer) -> Panel | None:
    """The actions of ``ref``, which the viewer may see, for who may see actions at all; two queries."""
    if not viewer.may(Permission.SEE_ACTIONS):
        return None
    now = today()
    lines = listing.actions_on([ref], viewer, now).get(ref, ())
    form = None
    if viewer.may(Permission.ADD_ACTIONS):
        everybody = actors(viewer.locale, now)
        own = everybody.find(Actor("", viewer.membership_id).value)
        form = action_form(None, everybody, chosen=own)
    return Panel(
        _("Actions"),
        "actions/panel.html",
        {
            "ref": ref,
            "lines": lines,
            "form": form,
            "statuses": STATUSES,
            "looks": LOOKS,
            "may_manage": viewer.may(Permission.MANAGE_ACTIONS),
        },
    )
