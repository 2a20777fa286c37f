"""The front door: the manifest and the hooks."""

from collections.abc import Iterable

from flask import url_for

from core.api import NavItem, Plugin, Viewer, hookimpl
from core.api import gettext as _
from core.api import lazy_gettext as _l

from . import views
from .permissions import PERMISSIONS, LendingPermission

plugin = Plugin(
    name="lending",
    title=_l("Lending"),
    summary=_l("Who has the projector, and when it comes back."),
    audience=_l("All members"),
    icon="heart-handshake",
    version="1.2",
    blueprint=views.bp,
    permissions=PERMISSIONS,
)


@hookimpl
def navigation(viewer: Viewer) -> Iterable[NavItem]:
    """The list of things."""
    if viewer.may(LendingPermission.SEE):
        yield NavItem(_("Lending"), url_for("lending.index"), "heart-handshake", 60)
