"""What the worker does for signing in."""

from typing import Any

from core.i18n import lazy_gettext as _l
from core.identity.mails import send_reset_link
from core.jobs import job


@job("identity.reset_link", title=_l("Writing a link for a new password"))
def reset_link(payload: dict[str, Any]) -> None:
    """Write a link for a new password to the owner of an address, if there is one."""
    send_reset_link(str(payload["address"]))
