"""In which encoding a text was written: told by its marks, else by which reading looks like the city's languages."""

import codecs
import itertools
import re
import unicodedata
from collections import Counter

# What programs of these places write, by the name that Python knows; the first are tried first.
ENCODINGS = (
    "utf-8", "utf-16-le", "utf-16-be", "cp1251", "cp1250", "cp1252", "cp1254", "cp1256",
    "iso8859-2", "iso8859-5", "iso8859-9", "mac-cyrillic", "cp866", "cp852",
)  # fmt: skip
_WINDOWS = ENCODINGS[3:]
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 12_000

# The letters beyond a to z that a language writes; a reading is as good as its letters are among these.
_LETTERS = {
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "sr_Latn": "čćđšž", "bs": "čćđšž", "hr": "čćđšž",
    "sq": "çë",
    "tr": "çğıİöşüâîû",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "ro": "ăâîșțşţ", "hu": "áéíóöőúüű", "de": "äöüß", "it": "àèéìòù", "es": "áéíñóúü",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئ", "fa": "پچژگ", "ur": "ٹڈڑںےپچژگ",
    "ku": "çêîşû",
}  # fmt: skip
_SIGNS = frozenset("„“”’‘‚–—№«»…•§°€×·،؛؟\u00a0\u200e\u200f\u200c")
_WORD = re.compile(r"[^\W\d_]+")


def decode(data: bytes, encoding: str) -> str | None:
    """``data`` read as ``encoding``, without its mark; None where it cannot be."""
    for mark, name in _MARKS:
        if name == encoding and data.startswith(mark):
            data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return None if "\x00" in text else text


def find_encoding(data: bytes, languages: tuple[str, ...]) -> str:
    """The encoding that reads ``data`` best for a city of these ``languages``; the empty text if none does."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name if decode(data, name) is not None else ""
    if b"\x00" in data[:2000]:
        return _without_mark(data)
    if decode(data, "utf-8") is not None:
        return "utf-8"
    sample = _telling(data)
    found = [
        (plausibility(text, languages), -order, name)
        for order, name in enumerate(_candidates(sample))
        if (text := decode(sample, name)) is not None and decode(data, name) is not None
    ]
    return max(found)[2] if found else ""


def _without_mark(data: bytes) -> str:
    """UTF-16 without its mark: text of these places has its zeros on one side of each pair."""
    even, odd = data[:2000:2].count(0), data[1:2000:2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    return name if decode(data, name) is not None else ""


def _telling(data: bytes) -> bytes:
    """The lines that hold more than ASCII, up to what is enough to judge by."""
    kept: list[bytes] = []
    size = 0
    for line in data.split(b"\n"):
        if not line.isascii():
            kept.append(line)
            size += len(line)
            if size > _SAMPLE:
                break
    return b"\n".join(kept)


def _candidates(sample: bytes) -> list[str]:
    """The encodings of these places, and what a library for all the world makes of it."""
    from charset_normalizer import from_bytes

    guessed = from_bytes(sample[:8000], cp_isolation=list(_WINDOWS)).best()
    names = list(_WINDOWS)
    # A guess that is no better than ours loses to the order above.
    if guessed is not None and guessed.encoding not in {codecs.lookup(n).name for n in names}:
        names.append(guessed.encoding)
    return names


def plausibility(text: str, languages: tuple[str, ...]) -> float:
    """How much ``text`` looks like words of ``languages``: from about -1 to 1."""
    wanted = {letter for code in languages for letter in _LETTERS.get(code, "")}
    near = {letter for letters in _LETTERS.values() for letter in letters}
    points, counted = 0.0, 0
    for sign, times in Counter(text).items():
        if sign.isascii():
            continue
        counted += times
        if sign.lower() in wanted or sign in wanted:
            points += times
        elif sign in _SIGNS:
            points += 0.5 * times
        elif sign.lower() in near:
            points += 0.2 * times
        elif unicodedata.category(sign)[0] != "L":
            points -= times
        else:
            points -= 0.5 * times
    if not counted:
        return 0.0
    odd = sum(_odd(word) for word in _WORD.findall(text) if not word.isascii())
    return points / counted - 2 * odd / counted


def _odd(word: str) -> int:
    """How often a word does what words do not: small letters before capitals, two scripts in one."""
    turns = sum(1 for one, two in itertools.pairwise(word) if one.islower() and two.isupper())
    scripts = {unicodedata.name(sign, "?").split()[0] for sign in word}
    return turns + 2 * (len(scripts & {"LATIN", "CYRILLIC", "ARABIC", "GREEK", "HEBREW"}) > 1)
