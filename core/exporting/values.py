"""The values of a row, as each kind of file needs them."""

from datetime import date, datetime
from decimal import Decimal

from core.exporting.lists import Value, Written
from core.i18n import local_time


def is_text(value: Value) -> bool:
    """Whether a value is words."""
    return isinstance(value, str | Written)


def wall_time(value: datetime) -> datetime:
    """A moment as the clock shows it in the city, without its zone: spreadsheets know none."""
    return local_time(value).replace(tzinfo=None, microsecond=0)


def as_plain_text(value: Value, decimal: str, yes: str, no: str) -> str:
    """A value for a file without types: days as ISO has them, numbers without marks between thousands."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return yes if value else no
    if isinstance(value, datetime):
        return wall_time(value).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return f"{value:f}".replace(".", decimal) if isinstance(value, Decimal) else str(value)
    return str(value)
