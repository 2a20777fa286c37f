"""Filling the index of a city whose records were there before the search was."""

from datetime import timedelta
from typing import Any

from core.cities.models import City
from core.database import db, utcnow
from core.i18n import lazy_gettext as _l
from core.jobs.services import enqueue, job
from core.search.services import is_incomplete, rebuild
from core.tenancy import current_city


def enqueue_rebuild(city: City, why: str) -> bool:
    """Put the rebuilding of a city's index aside, once a day for each reason; returns whether it was."""
    return enqueue(
        "search.rebuild",
        {},
        city_id=city.id,
        key=f"search.rebuild {city.id} {why} {utcnow().date().isoformat()}",
    )


def enqueue_if_incomplete(city: City) -> bool:
    """As :func:`enqueue_rebuild`, for the city in force, where records are older than the index."""
    return is_incomplete() and enqueue_rebuild(city, "incomplete")


@job(
    "search.rebuild",
    title=_l("Filling the search"),
    lease=timedelta(minutes=30),
    most_attempts=3,
)
def _rebuild(_payload: dict[str, Any]) -> None:
    # What is done is kept: tried again, it finds it done and goes on to what differs.
    for _read in rebuild(current_city()):
        db.session.commit()
