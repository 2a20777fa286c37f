"""What people may be allowed to do with the things that are lent."""

from enum import StrEnum

from core.api import PluginPermission, Role
from core.api import lazy_gettext as _l


class LendingPermission(StrEnum):
    """The permissions of this plugin."""

    SEE = "lending.see"
    LEND = "lending.lend"


PERMISSIONS = (
    PluginPermission(
        LendingPermission.SEE,
        _l("See what is lent"),
        frozenset({Role.FOCAL_POINT, Role.CHAIR, Role.MEMBER}),
    ),
    PluginPermission(
        LendingPermission.LEND, _l("Lend things"), frozenset({Role.FOCAL_POINT, Role.MEMBER})
    ),
)
