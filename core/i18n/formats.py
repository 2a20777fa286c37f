"""Dates, times and numbers as the reader's language and the city's country write them, in the city's time zone.

Moments come in aware, as the database keeps them, and are turned to the city's zone, or to ``zone`` where one is
given. A moment without a zone is what the clock on the wall says already. ``None`` gives an empty text.

Digits are always 0 to 9, in Arabic too, as Babel has them.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, dates, numbers
from babel.dates import DateTimePattern

from core.i18n.languages import days_of_rest, first_day_of_week
from core.i18n.pseudo import CLOSE, OPEN
from core.i18n.reader import Reader, current_reader, zone_of
from core.i18n.texts import pgettext
from core.values import Period

__all__ = [
    "first_week_day",
    "format_date",
    "format_datetime",
    "format_hours",
    "format_number",
    "format_percent",
    "format_period",
    "format_range",
    "format_relative_day",
    "format_time",
    "list_comma",
    "local_time",
    "month_names",
    "quarter_names",
    "rest_days",
    "today",
    "weekday_names",
]

# Besides CLDR's four lengths, what a page needs: CLDR puts the parts of a skeleton in each language's own order.
_SKELETONS = {
    "day": "MMMd",
    "month": "yMMMM",
    "month_short": "yMMM",
    "weekday": "MMMEd",
    "weekday_short": "Ed",
    "weekday_year": "yMMMEd",
}


def _shown(reader: Reader, text: str) -> str:
    return f"{OPEN}{text}{CLOSE}" if reader.pseudo and text else text


# The year of a full date with what belongs to it, such as the Macedonian "г." (CLDR has few patterns without it).
_YEAR = re.compile(r",?\s*y+(?:\s*'г'\.?|\.)?")


# A list shows few different days many times, and Babel takes a hundred times longer than a look into a table.
# Locales are compared by identity there: formatting_locale() gives the same object for the same pair.
class _Formats:
    """Patterns of one locale, parsed once."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self.date_patterns: dict[str, DateTimePattern] = {}
        self.joints: dict[str, str] = {}
        short = locale.time_formats["short"]
        self.time_pattern: DateTimePattern = short
        self.hour_skeleton = "hm" if "h" in short.pattern or "K" in short.pattern else "Hm"

    def date_pattern(self, style: str) -> DateTimePattern:
        pattern = self.date_patterns.get(style)
        if pattern is None:
            skeleton = _SKELETONS.get(style)
            if style == "weekday_long":
                full = self.locale.date_formats["full"].pattern
                pattern = dates.parse_pattern(_YEAR.sub("", full).strip(" ,،"))
            elif skeleton is None:
                pattern = self.locale.date_formats[style]
            else:
                near = dates.match_skeleton(skeleton, self.locale.datetime_skeletons)
                pattern = self.locale.datetime_skeletons[near or "yMMMd"]
            self.date_patterns[style] = pattern
        return pattern

    def join(self, style: str, day: str, clock: str) -> str:
        pattern = self.joints.get(style)
        if pattern is None:
            length = style if style in {"short", "medium", "long", "full"} else "medium"
            # In CLDR's pattern a quoted part is literal, as in {1} 'at' {0}.
            pattern = str(self.locale.datetime_formats[length]).replace("'", "")
            self.joints[style] = pattern
        return pattern.replace("{1}", day).replace("{0}", clock)


@lru_cache(maxsize=64)
def _formats(locale: Locale) -> _Formats:
    return _Formats(locale)


@lru_cache(maxsize=8192)
def _date(formats: _Formats, style: str, value: date) -> str:
    return str(formats.date_pattern(style).apply(value, formats.locale))


@lru_cache(maxsize=2048)
def _time(formats: _Formats, hour: int, minute: int) -> str:
    return str(formats.time_pattern.apply(time(hour, minute), formats.locale))


@lru_cache(maxsize=2048)
def _times(formats: _Formats, start: time, end: time) -> str:
    day = date(2001, 1, 1)
    return str(
        dates.format_interval(
            datetime.combine(day, start, UTC),
            datetime.combine(day, end, UTC),
            formats.hour_skeleton,
            tzinfo=UTC,
            locale=formats.locale,
        )
    )


@lru_cache(maxsize=2048)
def _dates(formats: _Formats, style: str, start: date, end: date) -> str:
    skeleton = {"short": "yMd", "medium": "yMMMd", "day": "MMMd", "weekday": "MMMEd"}.get(style)
    if skeleton is None:
        skeleton = "yMMMMd" if style == "long" else "yMMMEd"
    if skeleton not in formats.locale.interval_formats:
        return _between(formats, _date(formats, style, start), _date(formats, style, end))
    return str(dates.format_interval(start, end, skeleton, locale=formats.locale))


def _between(formats: _Formats, start: str, end: str) -> str:
    pattern = str(formats.locale.interval_formats[None])
    return pattern.replace("{0}", start).replace("{1}", end)


def local_time(value: datetime, zone: str | None = None) -> datetime:
    """``value`` as the clock shows it in the city, or in ``zone``; one without a zone stays as it is."""
    return _local(current_reader(), value, zone)


def _local(reader: Reader, value: datetime, zone: str | None) -> datetime:
    if value.tzinfo is None:
        return value
    return value.astimezone(zone_of(zone) if zone else reader.zone)


def today(zone: str | None = None) -> date:
    """The city's date at this moment."""
    return local_time(datetime.now(UTC), zone).date()


def _day(reader: Reader, value: date, zone: str | None) -> date:
    return _local(reader, value, zone).date() if isinstance(value, datetime) else value


def format_date(value: date | None, style: str = "medium", zone: str | None = None) -> str:
    """A day: ``short``, ``medium``, ``long`` or ``full`` as in CLDR; ``day`` (23 Nov), ``weekday`` (Mon 23 Nov),
    ``weekday_short`` (Mon 23), ``weekday_long`` (Monday 23 November), ``weekday_year``, ``month`` (November 2026) or
    ``month_short``.
    """
    if value is None:
        return ""
    reader = current_reader()
    return _shown(reader, _date(_formats(reader.locale), style, _day(reader, value, zone)))


def format_time(value: datetime | time | None, zone: str | None = None) -> str:
    """Hours and minutes."""
    if value is None:
        return ""
    reader = current_reader()
    clock = _local(reader, value, zone) if isinstance(value, datetime) else value
    return _shown(reader, _time(_formats(reader.locale), clock.hour, clock.minute))


def format_datetime(value: datetime | None, style: str = "medium", zone: str | None = None) -> str:
    """A day with hours and minutes; ``style`` is that of the day (see :func:`format_date`)."""
    if value is None:
        return ""
    reader = current_reader()
    formats = _formats(reader.locale)
    local = _local(reader, value, zone)
    text = formats.join(
        style, _date(formats, style, local.date()), _time(formats, local.hour, local.minute)
    )
    return _shown(reader, text)


def format_range(
    start: date | None, end: date | None, style: str = "medium", zone: str | None = None
) -> str:
    """From ``start`` to ``end``, saying once what both share: 23–26 Nov 2026; 23 Nov 2026, 10:00–12:00.

    Both are days (the last one included) or both are moments. Without ``end`` it is ``start`` alone.
    """
    if start is None:
        return ""
    reader = current_reader()
    formats = _formats(reader.locale)
    if not isinstance(start, datetime):
        if end is None or end == start:
            return format_date(start, style)
        return _shown(reader, _dates(formats, style, start, _day(reader, end, zone)))
    if not isinstance(end, datetime) or end == start:
        return format_datetime(start, style, zone)
    first, last = _local(reader, start, zone), _local(reader, end, zone)
    if first.date() == last.date():
        clock = _times(formats, time(first.hour, first.minute), time(last.hour, last.minute))
        return _shown(reader, formats.join(style, _date(formats, style, first.date()), clock))
    parts = [
        formats.join(
            style, _date(formats, style, each.date()), _time(formats, each.hour, each.minute)
        )
        for each in (first, last)
    ]
    return _shown(reader, _between(formats, *parts))


def format_period(period: Period) -> str:
    """A year by its number, any other stretch of days from its first to its last."""
    if period == Period.named(str(period.first.year)):
        return str(period.first.year)
    return format_range(period.first, period.after - timedelta(days=1))


def format_hours(start: datetime, end: datetime, zone: str | None = None) -> str:
    """From one time of a day to another: 10:00–12:00."""
    reader = current_reader()
    first, last = (_local(reader, each, zone) for each in (start, end))
    clock = _times(
        _formats(reader.locale), time(first.hour, first.minute), time(last.hour, last.minute)
    )
    return _shown(reader, clock)


@lru_cache(maxsize=1024)
def _span(locale: Locale, days: int) -> str:
    # Days up to thirteen, then weeks, then months: the unit changes when there are two of the next.
    return dates.format_timedelta(
        timedelta(days=days), granularity="day", threshold=2, add_direction=True, locale=locale
    )


def format_relative_day(
    value: date | None, reference: date | None = None, zone: str | None = None
) -> str:
    """How far a day is from today (or from ``reference``): today, tomorrow, in 3 days, 2 weeks ago."""
    if value is None:
        return ""
    reader = current_reader()
    days = (_day(reader, value, zone) - (reference or today(zone))).days
    if days == 0:
        return pgettext("relative day", "today")
    if days == 1:
        return pgettext("relative day", "tomorrow")
    if days == -1:
        return pgettext("relative day", "yesterday")
    return _shown(reader, _span(reader.locale, days))


@lru_cache(maxsize=4096, typed=True)
def _number(locale: Locale, value: float | Decimal, decimals: int | None) -> str:
    if decimals is None:
        return numbers.format_decimal(value, locale=locale)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return numbers.format_decimal(value, format=pattern, locale=locale)


def format_number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """A number with the locale's separators: with exactly ``decimals`` of them, or up to three."""
    if value is None:
        return ""
    reader = current_reader()
    return _shown(reader, _number(reader.locale, value, decimals))


@lru_cache(maxsize=1024, typed=True)
def _percent(locale: Locale, value: float | Decimal, decimals: int) -> str:
    pattern = locale.percent_formats[None].pattern
    if decimals:
        pattern = pattern.replace("0", "0." + "0" * decimals, 1)
    return numbers.format_percent(value, format=pattern, locale=locale)


def format_percent(value: float | Decimal | None, decimals: int = 0) -> str:
    """A share of one as a percentage, with the sign where the language puts it."""
    if value is None:
        return ""
    reader = current_reader()
    return _shown(reader, _percent(reader.locale, value, decimals))


def first_week_day() -> int:
    """The day a week begins with in the city's country, 0 being Monday."""
    reader = current_reader()
    return first_day_of_week(reader.locale, reader.country)


def rest_days() -> frozenset[int]:
    """The days of rest in the city's country, 0 being Monday."""
    reader = current_reader()
    return days_of_rest(reader.locale, reader.country)


def weekday_names(width: str = "wide") -> list[str]:
    """The seven days in the order of the city's week: ``wide``, ``abbreviated``, ``short`` or ``narrow``."""
    reader = current_reader()
    names = reader.locale.days["stand-alone"][width]
    first = first_week_day()
    return [_shown(reader, names[(first + offset) % 7]) for offset in range(7)]


def weekday_titles() -> list[tuple[int, str]]:
    """The seven days with their numbers (0 being Monday), in the order of the city's week: for a choice of one."""
    first = first_week_day()
    return [((first + place) % 7, name) for place, name in enumerate(weekday_names())]


def month_names(width: str = "wide") -> list[str]:
    """The twelve months as they stand alone."""
    reader = current_reader()
    names = reader.locale.months["stand-alone"][width]
    return [_shown(reader, names[month]) for month in range(1, 13)]


def quarter_names() -> list[str]:
    """The four quarters of a year."""
    reader = current_reader()
    # Babel gives the names that stand alone in another language than asked for.
    names = reader.locale.quarters["format"]["wide"]
    return [_shown(reader, names[quarter]) for quarter in range(1, 5)]


def list_comma() -> str:
    """What stands between the words of a list: Arabic writes its own comma."""
    return "، " if current_reader().locale.language == "ar" else ", "
