"""Words as the search compares them: folded, cut apart, with one wrong letter, and found again in what is shown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from core.folding import search_key
from core.search.models import LONGEST_WORD
from core.values import Piece, Snippet

SHORTEST_WORD = 2
# Of two letters every other word begins with some; a third makes a beginning worth looking for.
SHORTEST_BEGINNING = 3
SHORTEST_FORGIVEN = 5

# “And the police” and “and for the police” hold the police: what is written on to the article goes with it.
_JOINED_ARTICLE = re.compile(r"(?<!\w)(?:[وفبك]ال|[وف]لل)(?=\w{4})")
_APART = re.compile(r"[\W_]+")
# Marks and joiners stand inside a word: they are what folding takes away.
_MARKS = "\u00ad\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u2060-\u2064"
_SHOWN_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_IN_ARABIC = re.compile("[\u0600-\u06ff]")
_DIGIT = re.compile(r"\d")
# How much of a text is looked through for what is shown of it, and how long that is.
_LOOKED_THROUGH = 4_000
_SHOWN, _BEFORE = 170, 60


def words_in(text: str) -> list[str]:
    """The words of ``text`` as they are compared, in order; those of a single letter are left out."""
    found = _APART.split(search_key(_JOINED_ARTICLE.sub("", text)))
    return [word[:LONGEST_WORD] for word in found if len(word) >= SHORTEST_WORD]


@lru_cache(maxsize=512)
def with_one_wrong(word: str) -> frozenset[str]:
    """What ``word`` may have been meant to be, if one letter of it is wrong, missing, too many or swapped.

    Empty for words that are too short to be recognised by the rest, and for numbers: another number is another thing.
    """
    if len(word) < SHORTEST_FORGIVEN or _DIGIT.search(word):
        return frozenset()
    letters = _ARABIC if _IN_ARABIC.search(word) else _LATIN
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {start + end[1:] for start, end in parts if end}
    found |= {start + end[1] + end[0] + end[2:] for start, end in parts if len(end) > 1}
    found |= {start + letter + end[1:] for start, end in parts if end for letter in letters}
    found |= {start + letter + end for start, end in parts for letter in letters}
    found.discard(word)
    return frozenset(each for each in found if len(each) <= LONGEST_WORD)


class Finder:
    """Finds the words of a query in the text that a reader is shown."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple((word, with_one_wrong(word)) for word in words)

    def marked(self, text: str) -> tuple[Piece, ...]:
        """All of ``text``, with the words that match marked."""
        return tuple(_pieces(text, [span for span, _word in self._found(text)]))

    def excerpt(self, texts: Iterable[tuple[str, str]]) -> Snippet | None:
        """Where one of ``texts``, each with its language, says most of the words; else how the first begins."""
        best, shown = -1, None
        for number, (raw, language) in enumerate(texts):
            text = " ".join(raw[:_LOOKED_THROUGH].split())
            found = list(self._found(text))
            said = len({word for _span, word in found})
            if said > best and (said or not number):
                best = said
                shown = Snippet(_around(text, [span for span, _word in found]), language)
        return shown if shown is not None and shown.pieces else None

    def _found(self, text: str) -> Iterator[tuple[tuple[int, int], str]]:
        for match in _SHOWN_WORD.finditer(text):
            meant = self._meant(match[0])
            if meant:
                yield match.span(), meant

    def _meant(self, shown: str) -> str:
        for folded in _folded(shown):
            for word, nearly in self._words:
                begins = len(word) >= SHORTEST_BEGINNING and folded.startswith(word)
                if begins or folded == word or folded in nearly:
                    return word
        return ""


@lru_cache(maxsize=8192)
def _folded(shown: str) -> tuple[str, ...]:
    return tuple(words_in(shown))


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for start, end in spans:
        if start > at:
            yield Piece(text[at:start])
        yield Piece(text[start:end], marked=True)
        at = end
    if at < len(text):
        yield Piece(text[at:])


def _around(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    first = spans[0][0] if spans else 0
    start = 0 if first <= _BEFORE else text.find(" ", first - _BEFORE) + 1
    if start > first:
        start = first
    end = min(len(text), start + _SHOWN)
    if end < len(text):
        # Not within a word, unless the word is as long as what is shown.
        space = text.rfind(" ", start, end)
        end = space if space > first else end
    inside = [
        (max(a, start) - start, min(b, end) - start) for a, b in spans if b > start and a < end
    ]
    pieces = list(_pieces(text[start:end], inside))
    if start:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return tuple(pieces)
