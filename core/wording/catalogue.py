"""Which text of the catalogues a reader saw, found from what they typed or selected."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.folding import sort_key
from core.i18n.catalogues import CORE_CATALOGUES, messages_file
from core.i18n.languages import LANGUAGES, SOURCE_LANGUAGE
from core.i18n.reader import language_settings

MOST = 8
# Below this a text is too short to be looked for inside others.
_SHORT = 3
# From this rank on a text is only like what was typed.
_SURE = 2
_PLACEHOLDER = re.compile(r"%\((\w+)\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of one catalogue: whose it is, its English, its forms in one language, and where it is used."""

    owner: str
    context: str | None
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def key(self) -> str:
        """Names the entry in a form, for one language."""
        parts = "\0".join([self.owner, self.context or "", *self.ids])
        return hashlib.sha256(parts.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that the reader may have seen: the entry, which of its forms, and how sure that is.

    ``rank`` 0 is the very text, and higher numbers are less certain.
    """

    entry: Entry
    form: int
    rank: int

    @property
    def text(self) -> str:
        """The text as the catalogue has it."""
        return self.entry.texts[self.form]

    @property
    def english(self) -> str:
        """The English of that form."""
        return self.entry.ids[min(self.form, len(self.entry.ids) - 1)]

    @property
    def key(self) -> str:
        """Names the candidate in a form."""
        return f"{self.entry.key}-{self.form}"


# -- Reading catalogues --------------------------------------------------------------------------------------


def entries(language: str) -> tuple[Entry, ...]:
    """Every message of core and of the plugins in ``language``; English comes from what is translated from it.

    A message without a translation shows its English, so it is found by that.
    """
    found: list[Entry] = []
    for folder in language_settings().folders:
        owner = "core" if folder == CORE_CATALOGUES else folder.parent.name
        file = _file(folder, language)
        if file is not None:
            found += _read(file, owner, language, file.stat().st_mtime_ns)
    return tuple(found)


def _file(folder: Path, language: str) -> Path | None:
    wanted = (
        [language]
        if language != SOURCE_LANGUAGE
        else [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
    )
    for code in wanted:
        file = messages_file(folder, code)
        for one in (file, file.with_suffix(".mo")):
            if one.is_file():
                return one
    return None


@lru_cache(maxsize=64)
def _read(file: Path, owner: str, language: str, _changed: int) -> tuple[Entry, ...]:
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    with file.open("rb") as stream:
        catalogue = read_po(stream) if file.suffix == ".po" else read_mo(stream)
    found = []
    for message in catalogue:
        if not message.id:
            continue
        ids = (message.id,) if isinstance(message.id, str) else tuple(map(str, message.id))
        string = message.string
        texts = (string,) if isinstance(string, str) else tuple(string or ())
        if language == SOURCE_LANGUAGE or not all(texts) or not texts:
            texts = ids
        files = tuple(sorted({str(place) for place, _line in message.locations}))
        found.append(Entry(owner, message.context or None, ids, texts, files))
    return tuple(found)


# -- Comparing -----------------------------------------------------------------------------------------------


def readable(text: str) -> str:
    """A text of a catalogue as a page shows it: no markup, and what is put in as an ellipsis."""
    return _SPACE.sub(" ", _PLACEHOLDER.sub("…", _plain(text)).replace("%%", "%")).strip()


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def _seen(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


@dataclass(frozen=True, slots=True)
class _Known:
    """A form of an entry, prepared for comparing: the pieces between what is put in, folded."""

    entry: Entry
    form: int
    text: str
    pieces: tuple[str, ...]
    words: frozenset[str]


@lru_cache(maxsize=16)
def _prepared(found: tuple[Entry, ...]) -> tuple[_Known, ...]:
    known = []
    for entry in found:
        for form, text in enumerate(entry.texts):
            plain = _plain(text).replace("%%", "%")
            # Odd pieces are the names of what is put in.
            pieces = tuple(sort_key(piece) for piece in _PLACEHOLDER.split(plain)[::2])
            words = frozenset(" ".join(pieces).split())
            known.append(_Known(entry, form, _seen(plain), pieces, words))
    return tuple(known)


def find(words: str, language: str) -> list[Candidate]:
    """The texts of ``language`` that ``words`` may be, the likeliest first, at most :data:`MOST`.

    Compared exactly, then folded (case, marks and script do not count), then with anything in the place of what
    is put into a text, then by part.
    """
    seen, folded = _seen(words), sort_key(words)
    if not seen:
        return []
    typed = frozenset(folded.split())
    ranked: dict[str, tuple[int, float, Candidate]] = {}
    for known in _prepared(entries(language)):
        rank = _rank(known, seen, folded, typed)
        if rank is None:
            continue
        length = sum(map(len, known.pieces))
        one = Candidate(known.entry, known.form, rank)
        scored = (rank, abs(length - len(folded)), one)
        # Of several forms of one message the best is enough.
        before = ranked.get(known.entry.key)
        if before is None or scored[:2] < before[:2]:
            ranked[known.entry.key] = scored
    best = sorted(ranked.values(), key=lambda one: (one[0], one[1], one[2].key))
    return [one for _rank_of, _length, one in best[:MOST]]


def _rank(known: _Known, seen: str, folded: str, typed: frozenset[str]) -> int | None:
    if known.text == seen:
        return 0
    if not folded:
        return None
    whole = " ".join(known.pieces).strip()
    if len(known.pieces) == 1 and whole == folded:
        return 1
    if len(known.pieces) > 1 and len(whole) >= _SHORT and _fits(known.pieces, folded):
        return 2
    if len(folded) >= _SHORT and any(folded in piece for piece in known.pieces):
        return 3
    shared = len(typed & known.words)
    if len(typed) > 1 and shared * 5 >= len(typed) * 3 and shared * 2 >= len(known.words):
        return 4
    return None


def _fits(pieces: tuple[str, ...], folded: str) -> bool:
    """Whether ``folded`` is the pieces in their order with something between them; linear, whatever is typed."""
    first, *middle, last = pieces
    if not folded.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        found = folded.find(piece, at + 1)
        if found < 0:
            return False
        at = found + len(piece)
    return len(folded) - len(last) > at and folded.endswith(last)


def certain(candidates: list[Candidate]) -> Candidate | None:
    """The one that needs no question: the very text, or the only one that fits at all."""
    sure = [one for one in candidates if one.rank == 0] or [
        one for one in candidates if one.rank == 1 or len(candidates) == 1
    ]
    # Two that read alike in both languages are one to the reader: nobody could say which was meant.
    alike = {(one.english, one.text) for one in sure}
    return sure[0] if len(alike) == 1 and sure[0].rank <= _SURE else None


# -- Putting back what was put in -------------------------------------------------------------------------------


def put_in(text: str, words: str) -> dict[str, str]:
    """What stood in the places of ``text`` when it read ``words``; empty where that cannot be told."""
    parts = _PLACEHOLDER.split(_plain(text).replace("%%", "%"))
    names, pieces = parts[1::2], [_SPACE.sub(" ", piece) for piece in parts[::2]]
    pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
    rest = _seen(words)
    if not names or not rest.startswith(pieces[0]):
        return {}
    rest = rest[len(pieces[0]) :]
    values: dict[str, str] = {}
    for name, piece in zip(names, pieces[1:], strict=True):
        end = len(rest) if not piece else rest.find(piece, 1)
        if end < 1:
            return {}
        values[name], rest = rest[:end], rest[end + len(piece) :]
    return {} if rest else values


def with_places(text: str, words: str, suggestion: str) -> str:
    """``suggestion`` as a catalogue must have it: names in the place of the values that the reader saw.

    A reader types what a page showed, "12 activities"; the catalogue needs ``%(num)s activities``. What cannot be
    told is left as typed, for the translator's eye.
    """
    values = put_in(text, words)
    made = suggestion.replace("%", "%%") if _PLACEHOLDER.search(text) else suggestion
    for name, value in sorted(values.items(), key=lambda pair: -len(pair[1])):
        if made.count(value) == 1:
            made = made.replace(value, f"%({name})s")
    return made


def places(entry: Entry) -> Iterator[str]:
    """The pages and forms that use a text, shortened to what tells them apart."""
    # What has no folder is a library, of which a reader knows nothing.
    for file in [one for one in entry.files if "/" in one][:3]:
        name = re.sub(r"^.*/(?:templates/)?(?=[^/]+/[^/]+$)", "", file)
        yield re.sub(r"\.(?:html|py|txt)$", "", name)
