"""When mails are due: a minute after the first thing to tell, or at seven in the morning where the reader lives."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.notifications.kinds import AT_ONCE, DAILY, NEVER

# What happens within it makes one mail.
GATHERED = timedelta(seconds=60)
MORNING = time(7)
DAY = timedelta(days=1)


def next_mail(
    mail: str, now: datetime, zone: ZoneInfo, first_week_day: int, *, calm: bool = False
) -> datetime | None:
    """When somebody who wants to be told ``mail`` gets the next one; None for never.

    ``first_week_day`` is 0 for Monday. The morning is by the clock of ``zone``, whatever that clock does meanwhile. At
    night, what is ``calm`` waits for it.
    """
    if mail == NEVER:
        return None
    here = now.astimezone(zone)
    if mail == AT_ONCE:
        if calm and here.time() < MORNING:
            return datetime.combine(here.date(), MORNING, zone).astimezone(UTC)
        return now + GATHERED
    day = here.date()
    while True:
        due = datetime.combine(day, MORNING, zone).astimezone(UTC)
        if due > now and (mail == DAILY or day.weekday() == first_week_day):
            return due
        day += DAY
