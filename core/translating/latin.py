"""Serbian from Cyrillic to Latin letters: one letter at a time, and so without a choice to make."""

import re

_PAIRS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "ђ": "đ", "е": "e", "ж": "ž", "з": "z",
    "и": "i", "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "ћ": "ć", "у": "u", "ф": "f", "х": "h", "ц": "c",
    "ч": "č", "џ": "dž", "ш": "š",
}  # fmt: skip
_LETTERS = _PAIRS | {big.upper(): small.upper() for big, small in _PAIRS.items()}
_DIGRAPHS = frozenset("ЉЊЏ")

# Names of placeholders, tags and entities belong to the program.
_KEPT = re.compile(r"(%\(\w+\)[a-z]|<[^>]*>|&#?\w+;)")


def latinise(text: str) -> str:
    """``text`` in Latin letters; placeholders, HTML and words that are Latin already stay.

    A capital Љ, Њ or Џ becomes LJ among capitals (ЉУБАВ) and Lj elsewhere (Љубав).
    """
    parts = _KEPT.split(text)
    parts[::2] = [_part(part) for part in parts[::2]]
    return "".join(parts)


def _part(text: str) -> str:
    letters = []
    for index, letter in enumerate(text):
        latin = _LETTERS.get(letter, letter)
        if letter in _DIGRAPHS and not _among_capitals(text, index):
            latin = latin.capitalize()
        letters.append(latin)
    return "".join(letters)


def _among_capitals(text: str, index: int) -> bool:
    after = text[index + 1 : index + 2]
    if after.isalpha():
        return after.isupper()
    before = text[index - 1] if index else ""
    return before.isupper()
