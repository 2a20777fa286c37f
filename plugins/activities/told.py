"""What members are told of activities, in words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import url_for

from core.api import NotificationKind, Told, format_date, format_datetime, ngettext
from core.api import gettext as _
from core.api import lazy_gettext as _l
from plugins.activities.services.telling import CHANGED, REMINDER, REPORT_WAITING
from plugins.activities.words import Status


def _when(facts: Mapping[str, Any]) -> str:
    if "day" in facts:
        return format_date(date.fromisoformat(facts["day"]), "full")
    return format_datetime(datetime.fromisoformat(facts["start"]), "full")


def _changed(told: Told) -> str:
    if "many" in told.facts:
        return ngettext(
            "%(num)s activity that concerns you has another time, place or status.",
            "%(num)s activities that concern you have another time, place or status.",
            told.facts["many"],
        )
    match told.facts["status"]:
        case Status.CANCELLED:
            return _cancelled(told)
        case Status.POSTPONED:
            return _postponed(told)
    return _again(told) if told.facts.get("again") else _moved(told)


def _cancelled(told: Told) -> str:
    if not told.title:
        return _("An activity that concerns you is cancelled.")
    if told.facts["dates"] > 1:
        return ngettext(
            "“%(title)s” is cancelled on %(num)s date.",
            "“%(title)s” is cancelled on %(num)s dates.",
            told.facts["dates"],
            title=told.title,
        )
    return _(
        "“%(title)s” is cancelled. It was to begin: %(when)s.",
        title=told.title,
        when=_when(told.facts),
    )


def _postponed(told: Told) -> str:
    if not told.title:
        return _("An activity that concerns you is postponed.")
    if told.facts["dates"] > 1:
        return ngettext(
            "“%(title)s” is postponed on %(num)s date.",
            "“%(title)s” is postponed on %(num)s dates.",
            told.facts["dates"],
            title=told.title,
        )
    return _(
        "“%(title)s” is postponed. It was to begin: %(when)s.",
        title=told.title,
        when=_when(told.facts),
    )


def _again(told: Told) -> str:
    if not told.title:
        return _("An activity that concerns you is planned again.")
    if told.facts["dates"] > 1:
        return ngettext(
            "“%(title)s” is planned again on %(num)s date.",
            "“%(title)s” is planned again on %(num)s dates.",
            told.facts["dates"],
            title=told.title,
        )
    return _(
        "“%(title)s” is planned again. It begins: %(when)s.",
        title=told.title,
        when=_when(told.facts),
    )


def _moved(told: Told) -> str:
    if not told.title:
        return _("An activity that concerns you has another time or place.")
    if told.facts["dates"] > 1:
        return ngettext(
            "“%(title)s” has another time or place on %(num)s date.",
            "“%(title)s” has another time or place on %(num)s dates.",
            told.facts["dates"],
            title=told.title,
        )
    return _(
        "“%(title)s” has another time or place. It begins: %(when)s.",
        title=told.title,
        when=_when(told.facts),
    )


def _reminder(told: Told) -> str:
    if not told.title:
        return _("Reminder: an activity of yours begins: %(when)s.", when=_when(told.facts))
    return _("Reminder: “%(title)s” begins: %(when)s.", title=told.title, when=_when(told.facts))


def _report_waiting(told: Told) -> str:
    return ngettext(
        "%(num)s activity of your organisation waits for a report.",
        "%(num)s activities of your organisation wait for a report.",
        told.facts["activities"],
    )


NOTIFICATIONS = (
    NotificationKind(CHANGED, _l("An activity is moved, postponed or cancelled"), _changed),
    NotificationKind(
        REMINDER, _l("An activity you logged or said yes to is tomorrow"), _reminder, digest=False
    ),
    NotificationKind(
        REPORT_WAITING,
        _l("Your organisation’s activities wait for a report"),
        _report_waiting,
        mail="weekly",
        where=lambda: url_for("activities.index", status="unreported"),
    ),
)
