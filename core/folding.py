"""Text folded to plain Latin letters: what lists are sorted by and what searches compare.

Both keys are stored beside the text, so that order and hits are the same on every database. They are for
comparing only, never for showing.
"""

import re
import unicodedata

# Serbian and Macedonian in the Latin letters their writers use; what is left out stands for itself below.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "ђ": "đ", "ѓ": "gj", "е": "e", "ж": "z",
    "з": "z", "ѕ": "dz", "и": "i", "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n",
    "њ": "nj", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "ћ": "c", "ќ": "kj", "у": "u",
    "ф": "f", "х": "h", "ц": "c", "ч": "c", "џ": "dz", "ш": "s",
    # Neighbours' letters, for names.
    "й": "j", "ё": "e", "ю": "ju", "я": "ja", "щ": "st", "ъ": "a", "ь": "", "ы": "y", "э": "e",
    "є": "je", "і": "i", "ї": "ji", "ґ": "g",
}  # fmt: skip

_LATIN = {
    "đ": "d", "ð": "d", "ı": "i", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "ħ": "h", "þ": "th",
    "ŋ": "n", "ə": "e",
}  # fmt: skip

# Hamza and madda on a carrier fall with the marks; these letters are written one for the other.
_ARABIC = {
    "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه",
    "ء": "", "ـ": "", "،": ",", "؛": ";", "؟": "?",
}  # fmt: skip

_SIGNS = {
    **dict.fromkeys("’‘‛ʼʹ′`´", "'"),
    **dict.fromkeys("“”„‟«»″‹›", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}

_BEFORE = str.maketrans({**_CYRILLIC, **_SIGNS})
_AFTER = str.maketrans({**_CYRILLIC, **_LATIN, **_ARABIC})
# A reader writes what we fold away: marks (Mn, Me), and marks of direction, joining and soft hyphens (Cf).
_DROPPED = frozenset({"Mn", "Me", "Cf"})
_SPACE = re.compile(r"[\s\x00-\x1f]+")


def sort_key(text: str) -> str:
    """``text`` as lists are sorted by it: no case, marks or script but Latin and unmarked Arabic.

    Serbian in Cyrillic and in Latin letters give the same key; so do the Turkish i's, alef with and without
    hamza, and digits of any script.
    """
    # Cyrillic letters first, while ѓ and ќ are whole; then what decomposing leaves.
    text = unicodedata.normalize("NFKC", text).casefold().translate(_BEFORE)
    folded = []
    for sign in unicodedata.normalize("NFKD", text).casefold().translate(_AFTER):
        if unicodedata.category(sign) in _DROPPED:
            continue
        digit = unicodedata.digit(sign, None) if not sign.isascii() else None
        folded.append(sign if digit is None else str(digit))
    return _SPACE.sub(" ", "".join(folded)).strip()


_ARTICLE = re.compile(r"\b([وفبك]?)(?:ال|لل)(?=\w{3})")
_NOT_WORD = re.compile(r"[^\w@.+]+|_+")


def search_key(text: str) -> str:
    """``text`` as searches compare it: :func:`sort_key`, and what writers leave open folded as well.

    đ may be typed as dj, the Arabic article may be missing, and signs between words do not count. Fold what is
    searched and what is searched for.
    """
    words = _NOT_WORD.sub(" ", sort_key(text))
    words = _ARTICLE.sub(r"\1", words)
    return words.replace("dj", "d").strip()
