"""What people may be allowed to do with meetings.

Named after what they let somebody do. Who may write the minutes of one meeting, and who may read a restricted item, is
not a role but a matter of that meeting: :mod:`plugins.meetings.services.access` says so.
"""

from enum import StrEnum

from core.api import PluginPermission, Role
from core.api import lazy_gettext as _l


class Permission(StrEnum):
    """The permissions of this plugin."""

    SEE = "meetings.see"
    TAKE_PART = "meetings.take_part"
    CONVENE = "meetings.convene"
    MANAGE_BODIES = "meetings.manage_bodies"


_TAKING_PART = frozenset({Role.FOCAL_POINT, Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER})

PERMISSIONS = (
    PluginPermission(
        Permission.SEE,
        _l("See meetings, their agendas and minutes, but for what is restricted"),
        _TAKING_PART | {Role.DATA_PROTECTION_OFFICER},
    ),
    PluginPermission(
        Permission.TAKE_PART,
        _l("Propose items, and write minutes where one is the secretary"),
        _TAKING_PART,
    ),
    PluginPermission(
        Permission.CONVENE,
        _l("Prepare, convene and minute meetings, and have the minutes approved"),
        frozenset({Role.FOCAL_POINT, Role.CHAIR}),
    ),
    PluginPermission(
        Permission.MANAGE_BODIES,
        _l("Set up the bodies that meet, their members, rules and standing agendas"),
        frozenset({Role.FOCAL_POINT}),
    ),
)
