"""What is done once a day: the plugins' daily work in each city, and forgetting what need not be kept."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select

from core import tenancy
from core.cities.models import City
from core.cities.services import all_cities
from core.database import db, learn_sizes, utcnow, write_intent
from core.i18n import lazy_gettext as _l
from core.jobs.services import job, purge_jobs

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(slots=True)
class DailyReport:
    """What was done, in numbers, and what failed, by name."""

    cities: int = 0
    removed: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def run_daily() -> DailyReport:
    """Do the daily work of every city and of the site. Safe to run twice; commits each part by itself.

    A part that fails is logged and named in the report; the others are done all the same.
    """
    report = DailyReport()
    with write_intent():
        for name, purge in _purges().items():
            removed = _part(report, name, purge)
            if removed is not None:
                report.removed[name] = removed
        for city in _cities():
            with tenancy.city_scope(city):
                _day_of(city, report)
            report.cities += 1
        _part(report, "sizes of tables", learn_sizes)
    return report


def _cities() -> list[City]:
    cities = all_cities()
    for city in cities:
        # A part that is rolled back would otherwise make the row forget which city it is.
        db.session.expunge(city)
    db.session.rollback()
    return cities


def _day_of(city: City, report: DailyReport) -> None:
    from core.actions.telling import remind
    from core.importing.people import forget_needless_addresses
    from core.importing.services import forget_old
    from core.jobs.telling import tell_stuck
    from core.notifications import services as notifications
    from core.registry import plugin_registry
    from core.search.jobs import enqueue_if_incomplete
    from core.web import enabled_plugins
    from core.week.telling import tell_numbers

    today = _date_in(city, utcnow())
    registry = plugin_registry()
    on = enabled_plugins(city)
    hooks = registry.hooks(on)
    _part(report, f"{city.slug}: imports", forget_old)
    _part(report, f"{city.slug}: addresses of imports", forget_needless_addresses)
    _part(report, f"{city.slug}: notifications", notifications.forget_old)
    _part(report, f"{city.slug}: jobs", tell_stuck)
    _part(report, f"{city.slug}: search", partial(enqueue_if_incomplete, city))
    _part(report, f"{city.slug}: actions", partial(remind, today))
    _part(report, f"{city.slug}: week", partial(tell_numbers, city, today, on))
    for name in sorted(on):
        _part(
            report,
            f"{city.slug}: {name}",
            partial(hooks.call, "run_daily", only=name, city=city, today=today),
        )


def _date_in(city: City, moment: datetime) -> date:
    try:
        return moment.astimezone(ZoneInfo(city.zone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return moment.date()


# What daily work holds until a part of it is done, among PostgreSQL's locks of applications.
_LOCK = 0x6D61696C


def _alone() -> None:
    """Wait until nobody else is at a part of the daily work, so that two at once do as much as one after the other.

    On SQLite nobody else writes meanwhile anyhow.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _part(report: DailyReport, name: str, act: Callable[[], Answer]) -> Answer | None:
    try:
        _alone()
        answer = act()
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("daily_part_failed")
        report.failed.append(name)
        return None
    return answer


def _purges() -> dict[str, Callable[[], int]]:
    from core.exporting.services import remove_expired
    from core.files.services import sweep_orphans
    from core.identity import sessions, throttle

    return {
        "sessions": sessions.purge_sessions,
        "throttles": throttle.purge,
        "exports": remove_expired,
        "files": sweep_orphans,
        "jobs": purge_jobs,
    }


@job(
    "core.daily",
    title=_l("The daily work of the site"),
    lease=timedelta(minutes=30),
    most_attempts=3,
)
def _daily(_payload: dict[str, Any]) -> None:
    run_daily()
