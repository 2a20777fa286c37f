"""The one guard against texts that a spreadsheet would run as a formula, for every kind of file."""

import re
import unicodedata

# What XML cannot hold, and what only a program that reads wrongly would see.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Programs skip these before they look for the sign of a formula.
_SKIPPED = re.compile("^[\\s\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_SIGNS = frozenset("=+-@|%\u2212")
# The first sign of a cell that some programs take away together with what it hides.
_BREAKS = frozenset("\t\r\n")


def readable(text: str) -> str:
    """``text`` without characters that no spreadsheet can hold, its lines ended by ``\\n``."""
    # Most texts need no look at each sign: asking takes a tenth of the time.
    if text.isprintable():
        return text
    return _UNREADABLE.sub("", text.replace("\r\n", "\n"))


def reads_as_formula(text: str) -> bool:
    """Whether a spreadsheet that is given ``text`` without its type could take it for a formula.

    So begin ``=``, ``+``, ``-``, ``@``, ``|`` and ``%``, also in their full-width and small forms, after blanks, and
    so does a tab or a line break.
    """
    # No letter or figure, of whatever script, is a form of one of the signs.
    if not text or text[0].isalnum():
        return False
    if text[0] in _BREAKS:
        return True
    first = _SKIPPED.sub("", text)[:1]
    return bool(first) and unicodedata.normalize("NFKC", first)[:1] in _SIGNS


def harmless(text: str) -> str:
    """``text`` for a file that knows no types, such as CSV: an apostrophe in front of what could be a formula."""
    text = readable(text)
    return f"'{text}" if reads_as_formula(text) else text
