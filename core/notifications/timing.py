"""When mails are due: a minute after the first thing to tell, or at seven in the morning where the reader lives."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.notifications.kinds import AT_ONCE, DAILY, NEVER

# What happens within it makes one mail.
GATHERED = timedelta(seconds=60)
MORNING = time(7)
DAY = timedelta(days=1)


def next_mail(mail: str, now: datetime, zone: ZoneInfo, first_week_day: int) -> datetime | None:
    """When somebody who wants to be told ``mail`` gets the next one; None for never.

    ``first_week_day`` is 0 for Monday. The morning is by the clock of ``zone``, whatever that clock does meanwhile.
    """
    if mail == NEVER:
        return None
    if mail == AT_ONCE:
        return now + GATHERED
    day = now.astimezone(zone).date()
    while True:
        due = datetime.combine(day, MORNING, zone).astimezone(UTC)
        if due > now and (mail == DAILY or day.weekday() == first_week_day):
            return due
        day += DAY
