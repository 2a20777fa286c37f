"""What is told of a handover: to who takes over, and to those who keep people and settings in order."""

from flask import url_for

from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.notifications.kinds import NotificationKind, Told
from core.permissions import Permission

RECEIVED, DONE = "handover.received", "handover.done"


def _received(told: Told) -> str:
    if told.facts.get("way") == "substitute":
        if told.actor:
            return _("%(actor)s asks you to stand in as focal point.", actor=told.actor)
        return _("You stand in as focal point.")
    if told.actor:
        return _("%(actor)s made you the focal point.", actor=told.actor)
    return _("You are the focal point now.")


def _done(told: Told) -> str:
    if told.facts.get("way") == "substitute":
        if told.actor:
            return _("%(actor)s named a substitute for the focal point.", actor=told.actor)
        return _("The focal point has a substitute.")
    if told.actor:
        return _("%(actor)s handed over the role of focal point.", actor=told.actor)
    return _("The role of focal point was handed over.")


KINDS = (
    NotificationKind(
        RECEIVED,
        _l("You take over as focal point"),
        _received,
        digest=False,
        where=lambda: url_for("handover.index"),
        permission=Permission.KEEP_NETWORK,
    ),
    NotificationKind(
        DONE,
        _l("The focal point hands over"),
        _done,
        where=lambda: url_for("directory.people", role="focal_point"),
        permission=Permission.HAND_OVER,
    ),
)
