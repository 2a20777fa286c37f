"""Fields that forms of any plugin use: numbers, days and times as people write them, choices told in our words."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import (
    DateField,
    DecimalField,
    Field,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TimeField,
    ValidationError,
)
from wtforms.validators import Length, StopValidation

from core.forms import clean
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l

MOST_PEOPLE = 1_000_000
MOST_MONEY = Decimal("9999999999.99")
FIRST_YEAR, LAST_YEAR = 1990, 2100
_MOST_CHOSEN = 200


# -- Reading what people type ----------------------------------------------------------------------------

_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_SIGNS = str.maketrans({"٫": ".", "٬": " ", "،": ",", "’": " ", "'": " ", "−": "-"})
_WHOLE = re.compile(r"\d{1,9}|\d{1,3}(?:([ .,])\d{3})(?:\1\d{3})*")
_MONEY = re.compile(r"(\d+|\d{1,3}(?:([ .,])\d{3})(?:\2\d{3})*)(?:[.,](\d{1,2}))?")
_DAY = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{1,2})\s*[./ -]\s*(\d{4})\.?")
_ISO_DAY = re.compile(r"(\d{4})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?(?::\d{2}(?:\.\d+)?)?")


def plain_digits(text: str) -> str:
    """``text`` with digits of any script as 0 to 9, without marks of direction, with plain separators."""
    digits = [
        sign if sign.isascii() or (digit := unicodedata.decimal(sign, None)) is None else str(digit)
        for sign in text.translate(_MARKS)
    ]
    spaced = "".join(" " if sign.isspace() else sign for sign in digits)
    return spaced.translate(_SIGNS).strip()


def read_number(text: str) -> int:
    """A whole number as people write it: 30, ٣٠, 1 046, 1.046. Raises ``ValueError`` for anything else."""
    text = plain_digits(text)
    if len(text) > 20 or not _WHOLE.fullmatch(text):
        raise ValueError(text[:20])
    return int(re.sub(r"\D", "", text))


def read_money(text: str) -> Decimal:
    """An amount: 1200, 1.200,50, ١٬٢٠٠٫٥٠. Raises ``ValueError``."""
    text = plain_digits(text)
    match = _MONEY.fullmatch(text) if len(text) <= 30 else None
    if match is None:
        raise ValueError(text[:30])
    whole = re.sub(r"\D", "", match[1])
    return Decimal(f"{whole}.{match[3] or '0'}").quantize(Decimal("0.01"))


def read_day(text: str) -> date:
    """A day as a browser's field gives it, or as people here write it: day, month, year. Raises ``ValueError``."""
    text = plain_digits(text)
    if len(text) > 30:
        raise ValueError(text[:30])
    if match := _ISO_DAY.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY.fullmatch(text):
        day, month, year = match.groups()
    else:
        raise ValueError(text)
    return date(int(year), int(month), int(day))


def read_clock(text: str) -> time:
    """A time of day: 17:30, 17.30, ٥:٣٠, 17. Raises ``ValueError``."""
    text = plain_digits(text)
    match = _CLOCK.fullmatch(text) if len(text) <= 16 else None
    if match is None:
        raise ValueError(text[:16])
    return time(int(match[1]), int(match[2] or 0))


def read_version(text: str | None) -> int:
    """The version that a form carries; 0, which no record has, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


# -- Fields ----------------------------------------------------------------------------------------------------


class _Typed(Field):
    """A field that reads text by a function of ours and says in a sentence what it could not read."""

    # ``takes_text`` would clean what has been read already; what is typed is cleaned here.
    takes_text = False
    sentence: Any = ""

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the first value; an empty one is None."""
        text = clean(valuelist[0]) if valuelist and isinstance(valuelist[0], str) else ""
        self.raw_data = [text or ""]
        self.data = None
        if text:
            try:
                self.data = self.read(text)
            except (ValueError, OverflowError):
                raise ValueError(str(self.sentence)) from None


class NumberField(_Typed, IntegerField):
    """How many."""

    sentence = _l("Write a number, such as 30.")

    def read(self, text: str) -> int:
        """At most a million: more is a slip."""
        number = read_number(text)
        if number > MOST_PEOPLE:
            raise ValueError(text[:20])
        return number


class MoneyField(_Typed, DecimalField):
    """An amount of money, without its currency."""

    sentence = _l("Write an amount in figures, such as 1200 or 1200.50.")

    def read(self, text: str) -> Decimal:
        """Within what the database keeps exactly."""
        amount = read_money(text)
        if amount > MOST_MONEY:
            raise ValueError(text[:30])
        return amount

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class DayField(_Typed, DateField):
    """A day."""

    sentence = _l("Write a date as day, month and year, such as 14.11.2026.")

    def read(self, text: str) -> date:
        """Within the years that a record can sensibly be about."""
        day = read_day(text)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(text[:30])
        return day


class ClockField(_Typed, TimeField):
    """A time of day."""

    sentence = _l("Write a time as hours and minutes, such as 17:30.")

    def read(self, text: str) -> time:
        """Hours and minutes."""
        return read_clock(text)


class FilesField(MultipleFileField):
    """Files to keep with the record."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Leave out what a browser sends for no file, and what is no file."""
        self.data = [each for each in valuelist if isinstance(each, FileStorage) and each.filename]


class ChoiceField(SelectField):
    """One of several; an unknown value is told in our words."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered. Spaces are nothing: a field that may be empty would let them pass as they are."""
        if isinstance(self.data, str) and not self.data.strip():
            self.data = ""
        if not any(choice[2] for choice in self.iter_choices()):
            raise ValidationError(_("Choose one from the list."))


class OneOfField(RadioField):
    """One of few that stand one below the other; where nothing is offered, nothing is asked."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered."""
        if self.choices and not any(choice[2] for choice in self.iter_choices()):
            raise ValidationError(_("Choose one of these."))


class ChoicesField(SelectMultipleField):
    """Several of several; what is not offered is told, each is kept once and in the list's order."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered."""
        offered = [str(choice[0]) for choice in self.iter_choices()]
        if set(self.data or ()) - set(offered):
            raise ValidationError(_("Choose from the list."))
        self.data = [value for value in offered if value in (self.data or ())]


def needed(sentence: Any) -> Any:
    """The validator of a field that must be filled in, with what to do."""

    def check(_form: Any, field: Any) -> None:
        if field.data is None or field.data == "":
            if not field.errors:
                raise StopValidation(str(sentence))
            raise StopValidation

    check.field_flags = {"required": True}  # type: ignore[attr-defined]  # WTForms reads it
    return check


def longest(most: int) -> Length:
    """The validator of a text that may have so many characters."""
    return Length(max=most, message=_l("Shorten this to %(max)d characters at most."))


def choices_of(titles: Mapping[Any, Any], first: Any = None) -> list[tuple[str, Any]]:
    """Codes and words as a field offers them; ``first`` are the words of choosing none."""
    offered = [(str(getattr(code, "value", code)), title) for code, title in titles.items()]
    return offered if first is None else [("", first), *offered]


def refuse(field: Field, sentence: str) -> bool:
    """Say at a field what does not fit; always False."""
    field.errors = [*field.errors, sentence]
    return False


class ChosenField(Field):
    """What was ticked of a list that another field describes: texts as they were sent, at most some hundred."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the texts."""
        self.data = [each for each in valuelist if isinstance(each, str)][:_MOST_CHOSEN]
