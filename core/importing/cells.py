"""A cell becomes a value, as people of these places write numbers, days, telephones and yes."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from babel import Locale

from core.i18n import LANGUAGES
from core.importing.tables import Cell, ImportField, Problem
from core.importing.words import fold

FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_NUMBER = 1_000_000
MOST_MONEY = Decimal("9999999999.99")
_DROPPED = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_SIGNS = str.maketrans({"٫": ".", "٬": " ", "،": ",", "’": " ", "'": " ", "−": "-", "–": "-"})
_GROUPED = re.compile(r"\d{1,3}(?:([ .,])\d{3})(?:\1\d{3})*")
_AMOUNT = re.compile(r"(\d+|\d{1,3}(?:([ .,])\d{3})(?:\2\d{3})*)(?:[.,](\d+))?")
_ISO = re.compile(r"(\d{4})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})(?:[T ].*)?")
_DAY = re.compile(
    r"(\d{1,2})\s*[-./ ]\s*(\d{1,2})\s*[-./ ]\s*(\d{4}|\d{2})\.?(?:\s+\d{1,2}:\d{2}.*)?"
)
_IN_WORDS = re.compile(r"(\d{1,2})\.?\s+(\D+?)\.?\s+(\d{4})")
_CLOCK = re.compile(
    r"(?:.*[T ])?(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*(?:h|ч|часот)?"
)
_SHORTENED = re.compile(r"\d[.,]?\d*[eE]\+?\d{1,2}")
_YEAR_WORD = re.compile(r"\s*(?:г|год|година|године|godina|yılı|سنة|م)\.?$", re.IGNORECASE)
_WEBSITE = re.compile(r"https?://[^\s/:?#@]+\.[^\s/:?#@]+(:\d{1,5})?([/?#]\S*)?", re.IGNORECASE)
# The time that it takes to look at an address grows with the square of its length.
_LONGEST_ADDRESS = 2000
_MAIL_LINK = re.compile(r"(?:mailto:|<)|>$", re.IGNORECASE)
_APART = re.compile(r"[;\n|؛]+")
_APART_FINER = re.compile(r"[,/،]+")
# The first day that a spreadsheet counts from, with the leap year that never was.
_SERIAL = date(1899, 12, 30)

_YES = "yes y true 1 x ✓ ✔ да д po p evet e oui o vrai نعم точно tačno doğru ja da"
_NO = "no n false 0 - не н jo hayır h non faux لا неточно netačno yanlış ne"
# As the Levant and Iraq call the months; Babel's Arabic has the names of the Maghreb's neighbours alone.
_LEVANTINE = (
    "كانون الثاني,شباط,آذار,نيسان,أيار,حزيران,تموز,آب,أيلول,تشرين الأول,تشرين الثاني,كانون الأول"
).split(",")


class Unread(Exception):
    """The cell does not hold what its column does."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def digits(text: str) -> str:
    """``text`` with digits of any script as 0 to 9, without marks of direction, with plain separators."""
    text = text.translate(_DROPPED)
    if not text.isascii():
        text = "".join(
            sign
            if sign.isascii() or (digit := unicodedata.decimal(sign, None)) is None
            else str(digit)
            for sign in text
        ).translate(_SIGNS)
    return " ".join(text.split())


def read_day(text: str) -> str:
    """A day, as ISO writes it: 31.12.2026, 2026-12-31, 31 декември 2026, or a spreadsheet's number of a day."""
    plain = _YEAR_WORD.sub("", digits(text))
    if len(plain) > 40:
        raise Unread("day")
    try:
        if found := _ISO.fullmatch(plain):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        elif found := _DAY.fullmatch(plain):
            day = _in_order(int(found[1]), int(found[2]), int(found[3]))
        elif plain.isdecimal() and 30_000 < int(plain) < 74_000:
            day = _SERIAL + timedelta(days=int(plain))
        elif (found := _IN_WORDS.fullmatch(plain)) and (month := _months().get(fold(found[2]))):
            day = date(int(found[3]), month, int(found[1]))
        else:
            raise Unread("day")
    except (ValueError, OverflowError):
        raise Unread("day") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unread("year")
    return day.isoformat()


def _in_order(first: int, second: int, year: int) -> date:
    year += 2000 if year < 100 else 0
    # Day before month, unless that is no date: then it was written the American way.
    return date(year, first, second) if second > 12 >= first else date(year, second, first)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    found = {fold(name): number for number, name in enumerate(_LEVANTINE, start=1)}
    for code in LANGUAGES:
        months = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    found.setdefault(fold(name), number)
    return found


def read_clock(text: str) -> str:
    """A time of day: 17:30, 17.30, 17ч, or what a spreadsheet adds to a day."""
    plain = digits(text)
    found = _CLOCK.fullmatch(plain) if len(plain) <= 30 else None
    if found is None:
        raise Unread("clock")
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 23 or minute > 59:
        raise Unread("clock")
    return f"{hour:02d}:{minute:02d}"


def read_number(text: str) -> int:
    """A whole number: 30, ٣٠, 1 046, 1.046."""
    plain = digits(text)
    if not (re.fullmatch(r"\d{1,9}", plain) or _GROUPED.fullmatch(plain)):
        raise Unread("number")
    number = int(re.sub(r"\D", "", plain))
    if number > MOST_NUMBER:
        raise Unread("number")
    return number


def read_money(text: str) -> str:
    """An amount: 1200, 1.200,50, ١٬٢٠٠٫٥٠, with the name of its currency beside it or not."""
    plain = re.sub(r"^[^\d-]+|[^\d]+$", "", digits(text)[:60])
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise Unread("money")
    try:
        whole = re.sub(r"\D", "", found[1])
        amount = Decimal(f"{whole}.{found[3] or '0'}").quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Unread("money") from None
    if amount > MOST_MONEY:
        raise Unread("money")
    return str(amount)


@lru_cache(maxsize=1)
def _truths() -> dict[str, bool]:
    found = {fold(word) or word: False for word in _NO.split()}
    return found | {fold(word) or word: True for word in _YES.split()}


def read_yes_no(text: str) -> bool:
    """Yes or no in any of the languages, or a mark."""
    plain = fold(text) or text.strip()
    if plain not in _truths():
        raise Unread("yes_no")
    return _truths()[plain]


def read_phone(text: str) -> str:
    """A telephone number as it stands; refused where a spreadsheet has shortened it."""
    plain = digits(text)
    if _SHORTENED.fullmatch(plain):
        raise Unread("shortened")
    if not re.search(r"\d{3}", re.sub(r"\D", "", plain)):
        raise Unread("phone")
    return plain


def read_email(text: str) -> str:
    """An address in its stored form."""
    from core.identity.forms import checked_address

    if len(text) > _LONGEST_ADDRESS:
        raise Unread("email")
    try:
        return checked_address(_MAIL_LINK.sub("", text.strip()).strip(" .;,"))
    except ValueError:
        raise Unread("email") from None


def read_website(text: str) -> str:
    """The address of a website, with its scheme."""
    plain = text.strip()
    plain = plain if "://" in plain else f"https://{plain}"
    if len(plain) > _LONGEST_ADDRESS or not _WEBSITE.fullmatch(plain):
        raise Unread("website")
    return plain


_READERS = {
    Cell.DAY: read_day,
    Cell.CLOCK: read_clock,
    Cell.NUMBER: read_number,
    Cell.MONEY: read_money,
    Cell.YES_NO: read_yes_no,
    Cell.PHONE: read_phone,
    Cell.EMAIL: read_email,
    Cell.WEBSITE: read_website,
}


def pieces(text: str, cell: Cell, known: Mapping[str, str]) -> list[str]:
    """The words of a cell that are looked up: the whole, or its parts where it lists several."""
    whole = " ".join(text.split())
    if not cell.several or fold(whole) in known:
        return [whole] if fold(whole) else []
    found: list[str] = []
    for part in (" ".join(part.split()) for part in _APART.split(text)):
        if fold(part) in known:
            found.append(part)
        elif cell is Cell.ORGANISATIONS:
            # Names hold commas; in a list of names the semicolon separates.
            found.append(part)
        else:
            found.extend(" ".join(each.split()) for each in _APART_FINER.split(part))
    return [piece for piece in found if fold(piece)]


def read_cell(text: str, each: ImportField, known: Mapping[str, str]) -> Any:
    """What a cell that is not empty says; None where it says that there is nothing.

    ``known`` are the codes by folded word; the empty code means that the word says nothing. Raises :class:`Unread`.
    """
    if each.cell.chosen:
        codes: list[str] = []
        for piece in pieces(text, each.cell, known):
            code = known.get(fold(piece))
            if code is None:
                raise Unread("word", word=piece[:80])
            if code and code not in codes:
                codes.append(code)
        if not codes:
            return None
        return sorted(codes) if each.cell.several else codes[0]
    if each.cell is Cell.TEXT:
        value: Any = text
    elif reader := _READERS.get(each.cell):
        value = reader(text)
    else:
        value = " ".join(text.split())
    if isinstance(value, str) and len(value) > each.longest:
        raise Unread("long", most=str(each.longest))
    return value


def problem_of(fault: Unread, name: str) -> Problem:
    """Why a row is refused, for the field of that name."""
    return Problem(fault.code, name, fault.params)
