"""The front door: what this plugin is, and what it adds to pages that are not its own."""

from core.api import Plugin
from core.api import lazy_gettext as _l
from plugins.meetings import models  # noqa: F401  the tables are known from here on
from plugins.meetings.permissions import PERMISSIONS
from plugins.meetings.views import bp

plugin = Plugin(
    name="meetings",
    title=_l("Meetings"),
    summary=_l("Agendas, minutes and decisions in every language, and actions that get done."),
    audience=_l(
        "Members of the network; a restricted item only those who are named or were in the room."
    ),
    icon="users",
    version="1.0",
    blueprint=bp,
    permissions=PERMISSIONS,
)
