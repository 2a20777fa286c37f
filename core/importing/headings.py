"""Where the headings stand, and what each column is.

Offices put a title above a table, merge headings over several columns, and put notes and sums below. A heading of two
lines is joined as ``Contact / Telephone``; the person can move it.
"""

import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from core.importing.reading import Grid
from core.importing.tables import Cell, ImportField
from core.importing.words import every_title, fold, names_of_language

# Headings are looked for in the first rows, and are of three lines at most.
LOOKED_AT = 30
MOST_LINES = 3
ENOUGH = 0.55
_LONGEST = 80
# Words that are the same but for their endings share as many letters at least.
_STEM = 4
_REMEMBERED = 2.0
_UNNAMED = "a name in some language"
_NUMBER = re.compile(r"[\d\s.,:/+%()-]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_SCRIPTS = {"mk": "cyrillic", "sr": "cyrillic", "bg": "cyrillic", "ru": "cyrillic", "uk": "cyrillic",
            "ar": "arabic", "fa": "arabic", "ur": "arabic", "ku": "latin"}  # fmt: skip


def joined(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The headings of ``width`` columns from rows that stand above one another.

    What is merged over several columns is said once, in the first of them; it holds for those after it that say
    something in the row below.
    """
    grid = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    for upper, lower in itertools.pairwise(grid):
        above = ""
        for column in range(width):
            if upper[column]:
                above = upper[column] if lower[column] else ""
            elif lower[column]:
                upper[column] = above
            else:
                above = ""
    found = []
    for column in range(width):
        parts = list(dict.fromkeys(" ".join(row[column].split()) for row in grid if row[column]))
        found.append(" / ".join(parts)[:200])
    return found


def _like_a_label(text: str) -> bool:
    return (
        len(text) <= _LONGEST
        and "@" not in text
        and "://" not in text
        and not _NUMBER.fullmatch(text)
    )


@dataclass(slots=True)
class Guesser:
    """Knows what columns of a table are called, in every language."""

    fields: Sequence[ImportField]
    remembered: Mapping[str, str] = field(default_factory=dict)
    # Each phrase with its field, by what its words begin with: of hundreds only those are compared that can fit.
    _phrases: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)
    _name_words: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)
    _scores: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        titles = every_title(self.fields)
        for each in self.fields:
            said = [*titles[each.name], *each.words, each.name.replace("_", " ")]
            if each.language:
                # “Name” alone is no name in every language; see _unnamed.
                said = titles[each.name]
            folded = dict.fromkeys(fold(text) for text in said)
            for text in folded:
                _note(self._phrases, each.name, text.split())
            for word in each.words if each.language else ():
                _note(self._name_words, each.language, fold(word).split())

    def scores(self, heading: str) -> dict[str, float]:
        """How well each field fits a heading, from 0 to 1; those that do not fit are left out."""
        found = self._scores.get(heading)
        if found is None:
            found = self._scores[heading] = self._score(heading)
        return found

    def _score(self, heading: str) -> dict[str, float]:
        whole = fold(heading.replace(" / ", " "))
        last = fold(heading.rpartition(" / ")[2])
        if (known := self.remembered.get(whole)) is not None:
            return {known: _REMEMBERED}
        fits = {
            name: max(points, 0.97 * _best(last.split(), self._phrases).get(name, 0.0))
            for name, points in _best(whole.split(), self._phrases).items()
        }
        for each in self.fields:
            if each.language and (points := self._in_language(whole, each)):
                fits[each.name] = max(fits.get(each.name, 0.0), points)
        found = {name: points for name, points in fits.items() if points >= ENOUGH}
        if (points := max(self._unnamed(whole), 0.97 * self._unnamed(last))) >= ENOUGH:
            found[_UNNAMED] = points
        return found

    def _in_language(self, whole: str, each: ImportField) -> float:
        """A heading that says “name” in any language, and names the language, in any language."""
        says = [token for token in whole.split() if _names(token, each.language)]
        if not says:
            return 0.0
        rest = [token for token in whole.split() if token not in says]
        fits = _best(rest, self._name_words).get(each.language, 0.0)
        return 0.96 if fits >= ENOUGH or any(fold(word) in rest for word in each.words) else 0.6

    def _unnamed(self, whole: str) -> float:
        """A heading that says “name” and no language: of which one, the cells tell."""
        named = [each for each in self.fields if each.language]
        if not named or any(
            _names(token, each.language) for token in whole.split() for each in named
        ):
            return 0.0
        return 0.97 * _best(whole.split(), self._name_words).get(named[0].language, 0.0)

    def guess(self, headings: Sequence[str], samples: Sequence[Sequence[str]]) -> list[str]:
        """The field of each column, or the empty text. No field is given twice."""
        wishes = []
        for column, heading in enumerate(headings):
            points = dict(self.scores(heading)) if heading else {}
            if (unnamed := points.pop(_UNNAMED, 0.0)) and (
                name := self._by_script(samples[column])
            ):
                points[name] = max(points.get(name, 0.0), unnamed)
            if not any(each >= _REMEMBERED for each in points.values()):
                for name, more in self._by_content(samples[column], points).items():
                    points[name] = points.get(name, 0.0) + more
            wishes += [(value, -column, name) for name, value in points.items()]
        taken: dict[int, str] = {}
        for value, column, name in sorted(wishes, reverse=True):
            if (
                value >= ENOUGH
                and -column not in taken
                and (not name or name not in taken.values())
            ):
                taken[-column] = name
        return [taken.get(column, "") for column in range(len(headings))]

    def _by_content(self, sample: Sequence[str], points: Mapping[str, float]) -> dict[str, float]:
        """What the cells themselves say: addresses look like addresses, and names are written in a script."""
        filled = [text for text in sample if text]
        more: dict[str, float] = {}
        if not filled:
            return more
        mails = sum("@" in text for text in filled) / len(filled)
        sites = sum("www." in text or "://" in text for text in filled) / len(filled)
        for each in self.fields:
            if each.cell is Cell.EMAIL:
                more[each.name] = 0.6 if mails > 0.5 else -0.3
            elif each.cell is Cell.WEBSITE and sites > 0.5:
                more[each.name] = 0.6
        return more

    def _by_script(self, sample: Sequence[str]) -> str:
        """The field of a name whose language nobody said: that of the city's first language in its script."""
        script = _script_of("".join(sample))
        own = [each for each in self.fields if each.language]
        fitting = [each for each in own if _SCRIPTS.get(each.language, "latin") == script]
        return next((each.name for each in [*fitting, *own]), "")


@lru_cache(maxsize=20_000)
def _names(token: str, language: str) -> bool:
    """Whether a word is the name or the tag of a language."""
    stems = {fold(name)[:6] for name in names_of_language(language)}
    return token == language.lower() or any(token.startswith(stem) for stem in stems if stem)


def _script_of(text: str) -> str:
    if len(_ARABIC.findall(text)) * 3 > len(text):
        return "arabic"
    return "cyrillic" if len(_CYRILLIC.findall(text)) * 3 > len(text) else "latin"


def _note(phrases: dict[str, list[tuple[str, list[str]]]], name: str, words: list[str]) -> None:
    for start in {word[:_STEM] for word in words}:
        phrases.setdefault(start, []).append((name, words))


def _best(
    heading: Sequence[str], phrases: Mapping[str, list[tuple[str, list[str]]]]
) -> dict[str, float]:
    """How well the phrases of each name fit a heading, at best; those that share no word with it are left out."""
    found: dict[str, float] = {}
    for start in {word[:_STEM] for word in heading}:
        for name, phrase in phrases.get(start, ()):
            found[name] = max(found.get(name, 0.0), _alike(heading, phrase))
    return found


def _alike(heading: Sequence[str], phrase: Sequence[str]) -> float:
    """How much of ``phrase`` the heading says, and how little else."""
    if not heading or not phrase:
        return 0.0
    if list(heading) == list(phrase):
        return 1.0
    left = list(heading)
    said = 0.0
    for word in phrase:
        best, index = 0.0, -1
        for number, token in enumerate(left):
            fit = _same_word(token, word)
            if fit > best:
                best, index = fit, number
        if index < 0:
            return 0.0
        said += best
        del left[index]
    # What else the heading says makes it less sure; little words and numbers do not count.
    rest = sum(1 for token in left if len(token) > 3)
    return max(0.0, 0.95 * said / len(phrase) - 0.12 * rest - 0.01 * len(left))


def _same_word(one: str, other: str) -> float:
    """Whether two words are the same but for their endings."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) < _STEM:
        return 0.0
    stem = max(_STEM, len(long) - 3)
    return 0.9 if len(short) >= stem and short[:stem] == long[:stem] else 0.0


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the headings begin (a row of the grid), and how many lines they take."""

    first: int
    lines: int


def find_headings(grid: Grid, guesser: Guesser) -> Headings:
    """The rows that name the most columns; else the first that is filled as much as the table is."""
    usual = _usual_width(grid)
    best, most = None, 0.0
    for first in range(min(LOOKED_AT, len(grid.rows))):
        for lines in (1, 2):
            rows = grid.rows[first : first + lines]
            if len(rows) < lines or (lines == 2 and not _continues(rows[0], rows[1])):
                continue
            if not all(_labels(row) for row in rows):
                continue
            headings = joined(rows, grid.width)
            points = _worth(headings, guesser)
            if points > most:
                best, most = Headings(first, lines), points
    if best is not None and most >= 1:
        return best
    for number, row in enumerate(grid.rows[:LOOKED_AT]):
        if sum(1 for cell in row if cell) * 3 >= usual * 2:
            return Headings(number, 1)
    return Headings(0, 1)


def _usual_width(grid: Grid) -> int:
    widths = [sum(1 for cell in row if cell) for row in grid.rows]
    return max(set(widths), key=lambda width: (widths.count(width), width), default=0)


def _labels(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and sum(_like_a_label(cell) for cell in filled) * 10 >= len(filled) * 8


def _continues(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether ``lower`` says more about columns that ``upper`` has merged."""
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    filled = [column for column in range(width) if below[column]]
    under_empty = [column for column in filled if not above[column]]
    # A title stands alone in its row; a heading over others has neighbours.
    return bool(under_empty) and sum(1 for cell in above if cell) > 1 and len(filled) < width


def _worth(headings: Sequence[str], guesser: Guesser) -> float:
    """How many columns are named, each field counted once, with what fits best."""
    found: dict[str, float] = {}
    for heading in headings:
        for name, points in guesser.scores(heading).items() if heading else ():
            found[name or heading] = max(found.get(name or heading, 0.0), points)
    named = sum(1 for heading in headings if heading)
    return sum(found.values()) + 0.05 * named


def fingerprint(headings: Iterable[str]) -> str:
    """The same for files with the same headings, in whatever order."""
    folded = sorted({fold(heading.replace(" / ", " ")) for heading in headings if heading})
    return hashlib.sha256("\n".join(folded).encode()).hexdigest()
