"""What members are told of meetings, in words. No title of a restricted item comes near any of them."""

from collections.abc import Callable
from datetime import datetime

from core.api import NotificationKind, Told, format_datetime
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import pgettext as _p
from plugins.meetings.services.linking import ANSWERED, PROPOSED, REMINDER


def _when(told: Told) -> str:
    return format_datetime(datetime.fromisoformat(told.facts["start"]), "full")


def _convened(told: Told) -> str:
    if not told.title:
        return _("You are invited to a meeting: %(when)s.", when=_when(told))
    return _("You are invited: “%(title)s”, %(when)s.", title=told.title, when=_when(told))


def _agenda(told: Told) -> str:
    if not told.title:
        return _("The agenda of a meeting has changed.")
    return _("The agenda of “%(title)s” has changed.", title=told.title)


def _called_off(told: Told) -> str:
    cancelled = told.facts.get("state") == "cancelled"
    if not told.title:
        return (
            _("A meeting is cancelled: %(when)s.", when=_when(told))
            if cancelled
            else _("A meeting is postponed: %(when)s.", when=_when(told))
        )
    if cancelled:
        return _p(
            "meeting",
            "“%(title)s” is cancelled. It was to begin: %(when)s.",
            title=told.title,
            when=_when(told),
        )
    return _p(
        "meeting",
        "“%(title)s” is postponed. It was to begin: %(when)s.",
        title=told.title,
        when=_when(told),
    )


def _circulated(told: Told) -> str:
    if not told.title:
        return _("The minutes of a meeting are circulated. Say if something is wrong.")
    return _(
        "The minutes of “%(title)s” are circulated. Say if something is wrong.", title=told.title
    )


def _remark(told: Told) -> str:
    if not told.title:
        return _("Somebody finds something wrong in minutes that you write.")
    return _("Somebody finds something wrong in the minutes of “%(title)s”.", title=told.title)


def _approved(told: Told) -> str:
    if not told.title:
        return _("The minutes of a meeting are approved.")
    return _("The minutes of “%(title)s” are approved.", title=told.title)


def _corrected(told: Told) -> str:
    if not told.title:
        return _("The approved minutes of a meeting are corrected.")
    return _("The approved minutes of “%(title)s” are corrected.", title=told.title)


def _proposed(told: Told) -> str:
    if not told.title:
        return _("Somebody proposed an item for an agenda.")
    return _("Proposed for an agenda: “%(title)s”.", title=told.title)


def _answered(told: Told) -> str:
    sentences: dict[str, tuple[str, str]] = {
        "accepted": (
            _("What you proposed is on the agenda."),
            _("What you proposed is on the agenda: “%(title)s”.", title=told.title),
        ),
        "deferred": (
            _("What you proposed is put off to a later meeting."),
            _("What you proposed is put off to a later meeting: “%(title)s”.", title=told.title),
        ),
        "returned": (
            _("What you proposed came back with a word."),
            _("What you proposed came back with a word: “%(title)s”.", title=told.title),
        ),
    }
    without, with_title = sentences.get(told.facts.get("state", ""), sentences["returned"])
    return with_title if told.title else without


def _reminder(told: Told) -> str:
    if not told.title:
        return _("Reminder: a meeting begins: %(when)s.", when=_when(told))
    return _p(
        "meeting", "Reminder: “%(title)s” begins: %(when)s.", title=told.title, when=_when(told)
    )


def _kind(name: str, title: object, words: Callable[[Told], str]) -> NotificationKind:
    return NotificationKind(f"meetings.{name}", title, words)


NOTIFICATIONS = (
    # The invitation itself goes by mail from the invitations, with the agenda.
    NotificationKind(
        "meetings.convened", _l("You are invited to a meeting"), _convened, mail="never"
    ),
    _kind("agenda", _l("The agenda of a meeting has changed"), _agenda),
    _kind("called_off", _l("A meeting is cancelled or postponed"), _called_off),
    _kind("circulated", _l("Minutes are circulated"), _circulated),
    _kind("remark", _l("Somebody finds something wrong in minutes you write"), _remark),
    _kind("approved", _l("Minutes are approved"), _approved),
    _kind("corrected", _l("Approved minutes are corrected"), _corrected),
    NotificationKind(PROPOSED, _l("An item is proposed for an agenda you prepare"), _proposed),
    NotificationKind(ANSWERED, _l("What you proposed is answered"), _answered),
    NotificationKind(
        REMINDER, _l("A meeting you are invited to comes up"), _reminder, digest=False
    ),
)
