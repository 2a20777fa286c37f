"""What people may be allowed to do with activities.

Named after what they let somebody do. The administrator reads no content, so holds none of them; the observer sees
figures alone.
"""

from enum import StrEnum

from core.api import PluginPermission, Role
from core.api import lazy_gettext as _l


class Permission(StrEnum):
    """The permissions of this plugin."""

    SEE = "activities.see"
    SEE_FIGURES = "activities.see_figures"
    LOG = "activities.log"
    EDIT_ANY = "activities.edit_any"
    IMPORT = "activities.import"


MAY_LOG = frozenset({Role.FOCAL_POINT, Role.CHAIR, Role.MEMBER, Role.LEAD_WORKER})
READING = MAY_LOG | {Role.DATA_PROTECTION_OFFICER}

PERMISSIONS = (
    PluginPermission(Permission.SEE, _l("See activities"), READING),
    PluginPermission(
        Permission.SEE_FIGURES,
        _l("See how many activities there were and how many people they reached"),
        READING | {Role.OBSERVER},
    ),
    PluginPermission(
        Permission.LOG, _l("Log activities and change those of one’s organisation"), MAY_LOG
    ),
    PluginPermission(
        Permission.EDIT_ANY,
        _l("Change activities of other organisations"),
        frozenset({Role.FOCAL_POINT}),
    ),
    PluginPermission(Permission.IMPORT, _l("Import a calendar as activities"), MAY_LOG),
)
