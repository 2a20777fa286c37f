"""How often something repeats, in words: "every second Tuesday, until 30 June 2027"."""

from datetime import date, datetime

from core.api import first_week_day, format_date, list_comma, ngettext, weekday_names
from core.api import gettext as _
from core.api import lazy_pgettext as _lp
from core.api import pgettext as _p
from plugins.activities.models import Series
from plugins.activities.services.rhythm import (
    WEEKDAYS,
    Every,
    endless,
    every_of,
    parts_of,
)

# Whole, since in many languages the word before a weekday depends on it.
_EVERY = (
    _lp("activity repeats", "Every Monday"),
    _lp("activity repeats", "Every Tuesday"),
    _lp("activity repeats", "Every Wednesday"),
    _lp("activity repeats", "Every Thursday"),
    _lp("activity repeats", "Every Friday"),
    _lp("activity repeats", "Every Saturday"),
    _lp("activity repeats", "Every Sunday"),
)
_EVERY_SECOND = (
    _lp("activity repeats", "Every second Monday"),
    _lp("activity repeats", "Every second Tuesday"),
    _lp("activity repeats", "Every second Wednesday"),
    _lp("activity repeats", "Every second Thursday"),
    _lp("activity repeats", "Every second Friday"),
    _lp("activity repeats", "Every second Saturday"),
    _lp("activity repeats", "Every second Sunday"),
)


def rule_in_words(rule: str, start: date, last: date | None) -> str:
    """A rule that begins on ``start``; ``last`` is the last date of one that ends."""
    words = _pattern(rule, start)
    if not rule:
        return words
    if endless(rule):
        return _("%(rule)s, without an end", rule=words)
    if last is None:
        return words
    return _("%(rule)s, until %(day)s", rule=words, day=format_date(last, "long"))


def series_in_words(series: Series, last: date | None) -> str:
    """The rule of a series whose last date is ``last``."""
    until = parts_of(series.rule).get("UNTIL", "")
    if until:
        last = datetime.strptime(until[:8], "%Y%m%d").date()  # noqa: DTZ007  a day has no zone
    return rule_in_words(series.rule, series.wall_start.date(), last)


def _weekday(number: int) -> str:
    return weekday_names()[(number - first_week_day()) % 7]


def _pattern(rule: str, start: date) -> str:
    parts = parts_of(rule)
    match every_of(rule):
        case Every.WEEK:
            return str(_EVERY[start.weekday()])
        case Every.TWO_WEEKS:
            return str(_EVERY_SECOND[start.weekday()])
        case Every.MONTH_WEEKDAY:
            return _nth(int(parts["BYDAY"][:-2]), WEEKDAYS.index(parts["BYDAY"][-2:]))
        case Every.MONTH_DATE if parts.get("BYMONTHDAY") == "-1":
            return _("Every month, on the last day")
        case Every.MONTH_DATE:
            return _("Every month, on day %(number)s", number=start.day)
        case Every.YEAR:
            # Translators: a day and a month, such as "9 May".
            return _("Every year, on %(day)s", day=format_date(start, "day"))
    return _other(parts, start)


def _nth(ordinal: int, weekday: int) -> str:
    # Translators: where the number must agree with the weekday, write it in figures.
    day = _weekday(weekday)
    match ordinal:
        case 1:
            return _("Every month, on the first %(weekday)s", weekday=day)
        case 2:
            return _("Every month, on the second %(weekday)s", weekday=day)
        case 3:
            return _("Every month, on the third %(weekday)s", weekday=day)
        case 4:
            return _("Every month, on the fourth %(weekday)s", weekday=day)
    return _("Every month, on the last %(weekday)s", weekday=day)


def _other(parts: dict[str, str], start: date) -> str:
    """What other calendars can say and the form cannot."""
    days = parts.get("BYDAY", WEEKDAYS[start.weekday()]).split(",")
    interval = parts.get("INTERVAL", "1")
    if parts.get("FREQ") == "WEEKLY" and interval.isdecimal() and set(days) <= set(WEEKDAYS):
        names = list_comma().join(_weekday(WEEKDAYS.index(day)) for day in days)
        return ngettext(
            "Every week: %(days)s", "Every %(num)s weeks: %(days)s", int(interval), days=names
        )
    if parts.get("FREQ") == "DAILY" and parts.keys() <= {"FREQ", "UNTIL", "COUNT"}:
        return _p("activity repeats", "Every day")
    return _("Several dates")


def last_of(rule: str, days: list[date]) -> date | None:
    """The last date of a rule that ends, of those that were worked out."""
    return None if endless(rule) or not days else days[-1]
