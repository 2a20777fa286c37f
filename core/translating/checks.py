"""What is wrong with the catalogues, entry by entry."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from core.i18n.catalogues import plural_rule
from core.i18n.languages import LANGUAGES
from core.i18n.texts import upper_first
from core.translating import catalogues
from core.translating.catalogues import DERIVED, ROOT, WRITTEN, Place
from core.translating.latin import latinise

_PLACEHOLDER = re.compile(r"%\((\w+)\)([a-zA-Z]?)")
_BARE_PERCENT = re.compile(r"%(?!\(\w+\)[sd])")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_STRAIGHT = re.compile(r"(?<=\w)'(?=\w)")
_WORDS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to put right."""

    place: str
    language: str
    message: str
    what: str

    def __str__(self) -> str:
        shown = self.message if len(self.message) <= 70 else f"{self.message[:67]}…"
        return f"{self.place} · {self.language} · “{shown}”: {self.what}"


# -- One translation ---------------------------------------------------------------------------------------


@cache
def numbers_of_forms(language: str) -> tuple[tuple[int, ...], ...]:
    """For each plural form of ``language``, the whole numbers up to 300 that take it."""
    forms, rule = plural_rule(LANGUAGES[language].plural_header)
    return tuple(tuple(n for n in range(301) if rule(n) == form) for form in range(forms))


def entry_problems(message: Message, texts: tuple[str, ...], language: str) -> Iterator[str]:
    """What is wrong with ``texts`` as the translation of ``message``; nothing is said of what is missing."""
    ids = catalogues.ids_of(message)
    plural = len(ids) == 2
    wanted_forms = len(numbers_of_forms(language)) if plural else 1
    if len(texts) != wanted_forms:
        yield f"needs {wanted_forms} forms and has {len(texts)}"
        return
    for form, text in enumerate(texts):
        where = f" (form {form})" if plural else ""
        original = ids[-1]
        single = plural and len(numbers_of_forms(language)[form]) == 1
        for what in _text_problems(original, ids[0], text, single):
            yield what + where
        # A library's messages are said in our words, so their English sets no example.
        if not catalogues.is_foreign(message):
            for what in _end_problems(original, text):
                yield what + where
        if language == "sr" and re.search(r"[ѓќѕйыьъэщюяєіїёѐѝ]", text.lower()):
            yield "has letters that Serbian does not have" + where
        # The two that carry a grave accent are Macedonian: it keeps short words apart.
        if language == "mk" and re.search(r"[ђћйыьъэщюяєіїё]", text.lower()):
            yield "has letters that Macedonian does not have" + where
        if language != "ar" and re.search(r"[\u0600-\u06ff]", text):
            yield "has Arabic letters" + where


def _text_problems(original: str, first: str, text: str, single: bool) -> Iterator[str]:
    wanted, has = set(_PLACEHOLDER.findall(original)), set(_PLACEHOLDER.findall(text))
    # A form for one number alone may say it in a word: Arabic's "two days" is one word.
    named = {name for name, _ in has}
    lacking = {
        name for name, kind in wanted - has if not (single and (name == "num" or kind == "d"))
    }
    if lacking:
        yield "lacks %(" + ")s, %(".join(sorted(lacking)) + ")s"
    extra = named - {name for name, _ in wanted}
    if extra:
        yield "has %(" + ")s, %(".join(sorted(extra)) + ")s, which the English does not have"
    if wanted and _BARE_PERCENT.search(text.replace("%%", "")):
        yield "has a % that belongs to no placeholder"
    if Counter(_TAG.findall(original)) != Counter(_TAG.findall(text)):
        yield "has other HTML than the English"
    if text != text.strip() and first == first.strip():
        yield "begins or ends with a space"
    if original.count("\n") != text.count("\n"):
        yield "breaks its lines elsewhere"
    if _STRAIGHT.search(text):
        yield "has a straight apostrophe: write ’"


def _end_problems(original: str, text: str) -> Iterator[str]:
    if original.endswith("…") != text.endswith("…"):
        yield "differs in its final …"
    if re.search(r"[^.]\.$", original) and not re.search(r"[.!?؟]$|\.[”“»\"]$", text):
        yield "lacks the full stop at its end"
    if re.search(r"\w$", original) and re.search(r"[^.\d]\.$", text) and not _abbreviated(text):
        yield "ends with a full stop that the English does not have"


def _abbreviated(text: str) -> bool:
    return bool(re.search(r"\b\w{1,4}\.$", text))


# -- Lists that people keep --------------------------------------------------------------------------------


def language_lines(file: Path) -> Iterator[tuple[str, str]]:
    """``code: text`` and ``*: text`` of a list, comments and blank lines left out."""
    for line in file.read_text("utf-8").splitlines() if file.is_file() else ():
        code, colon, text = line.partition(":")
        if colon and not line.startswith("#"):
            for each in code.split(","):
                yield each.strip(), text.strip()


def allowed_copies(root: Path) -> set[tuple[str, str]]:
    """The texts that may equal their English: by language, or ``*`` for all."""
    return set(language_lines(catalogues.house_of(root) / "translations" / "same-as-english.txt"))


def avoided_words(root: Path) -> dict[str, re.Pattern[str]]:
    """For each language, the words that no text of ours may hold."""
    words: dict[str, list[str]] = {}
    for code, word in language_lines(catalogues.house_of(root) / "translations" / "avoid.txt"):
        words.setdefault(code, []).append(re.escape(word).replace(r"\*", r"\w*"))
    return {
        code: re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)
        for code, each in words.items()
    }


def glossary(root: Path = ROOT) -> dict[str, dict[str, set[str]]]:
    """For each English term, and each language, the words the glossary allows."""
    terms: dict[str, dict[str, set[str]]] = {}
    with (catalogues.house_of(root) / "translations" / "glossary.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        for row in csv.DictReader(lines):
            if not row["key"].startswith("_"):
                for language in WRITTEN:
                    words = terms.setdefault(row["en"], {}).setdefault(language, set())
                    words.add(row[language])
    return terms


def glossary_problem(
    terms: dict[str, dict[str, set[str]]], message: Message, text: str, language: str
) -> str | None:
    """What is wrong where the whole English text is a term of the glossary; a text with a context is free."""
    if message.context or not isinstance(message.id, str):
        return None
    term = message.id[:1].lower() + message.id[1:]
    words = terms.get(term, terms.get(message.id, {})).get(language)
    if not words:
        return None
    allowed = {each for word in words for each in (word, upper_first(word, language))}
    if language == "ar":
        # A label may be definite where the list of terms is not, and the other way round.
        allowed |= {f"ال{word}" for word in words} | {word.removeprefix("ال") for word in words}
    return None if text in allowed else f"is “{' / '.join(sorted(words))}” in the glossary"


# -- All of them -------------------------------------------------------------------------------------------


def check(root: Path = ROOT, languages: tuple[str, ...] = ()) -> list[Problem]:
    """Everything that is wrong, in the order of places and languages; empty when all is well.

    Raises :class:`~core.translating.catalogues.ExtractionFault` when the source cannot be read.
    """
    made = catalogues.templates(root)
    problems: list[Problem] = []
    for place in catalogues.places(root):
        if not languages or "en" in languages:
            problems.extend(_source_problems(place, made[place.name], root))
        for language in ("en", *WRITTEN, *DERIVED):
            if not languages or language in languages:
                problems.extend(_catalogue_problems(place, made[place.name], language, root))
    return problems


def _source_problems(place: Place, source: Catalog, root: Path) -> Iterator[Problem]:
    avoided = avoided_words(root).get("en")
    for message in source:
        if not message.id or catalogues.is_foreign(message):
            continue
        where = ", ".join(sorted({file for file, _ in message.locations}))
        for text in catalogues.ids_of(message):
            if _STRAIGHT.search(text):
                yield Problem(place.name, "en", text, f"straight apostrophe in {where}: write ’")
            if text != text.strip():
                yield Problem(place.name, "en", text, f"space at an end in {where}")
            if re.search(r"%[sd]|\{\w*\}", text):
                yield Problem(place.name, "en", text, f"placeholder without name in {where}")
            if avoided and (found := avoided.search(text)):
                yield Problem(place.name, "en", text, f"“{found[0]}” in {where} (avoid.txt)")


def _catalogue_problems(
    place: Place, source: Catalog, language: str, root: Path
) -> Iterator[Problem]:
    file = place.file(language)
    wanted = {
        (catalogues.key_of(message), catalogues.ids_of(message)): message
        for message in source
        if message.id and (language != "en" or catalogues.is_foreign(message))
    }
    if not file.is_file():
        if wanted:
            yield Problem(place.name, language, "", f"no catalogue for {len(wanted)} messages")
        return
    if LANGUAGES[language].plural_header not in file.read_text("utf-8"):
        yield Problem(place.name, language, "", "Plural-Forms is not that of the table")
        return
    if language in DERIVED:
        derived = catalogues.derived_catalogue(place, language)
        if catalogues.catalogue_text(derived, language) != file.read_bytes():
            yield Problem(
                place.name, language, "", f"out of step with {DERIVED[language]}: run latinise"
            )
        return
    catalogue = catalogues.read_catalogue(file, language)
    has = {
        (catalogues.key_of(message), catalogues.ids_of(message)): message
        for message in catalogue
        if message.id
    }
    for (key, _), message in wanted.items():
        if (key, catalogues.ids_of(message)) not in has:
            yield Problem(place.name, language, key[0], "not in the catalogue: run update")
    for (key, ids), message in has.items():
        if (key, ids) not in wanted:
            yield Problem(place.name, language, key[0], "no longer in the source: run update")
        elif message.fuzzy:
            yield Problem(place.name, language, key[0], "fuzzy")
    yield from _translation_problems(place, catalogue, language, root)


def _translation_problems(
    place: Place, catalogue: Catalog, language: str, root: Path
) -> Iterator[Problem]:
    copies, terms = allowed_copies(root), glossary(root)
    avoided = avoided_words(root).get(language)
    for message in catalogue:
        if not message.id:
            continue
        key, texts = catalogues.key_of(message), catalogues.texts_of(message)
        if not all(texts):
            # English need say nothing where the library says it well.
            if language != "en":
                yield Problem(place.name, language, key[0], "missing")
            continue
        for what in entry_problems(message, texts, language):
            yield Problem(place.name, language, key[0], what)
        if language != "en" and is_copy(message, texts, language, copies):
            yield Problem(
                place.name, language, key[0], "copied from English (same-as-english.txt allows)"
            )
        for text in texts:
            if avoided and (found := avoided.search(text)):
                yield Problem(place.name, language, key[0], f"“{found[0]}” (avoid.txt)")
        differs = glossary_problem(terms, message, texts[0], language) if language != "en" else None
        if differs:
            yield Problem(place.name, language, key[0], differs)


def is_copy(
    message: Message, texts: tuple[str, ...], language: str, allowed: set[tuple[str, str]]
) -> bool:
    """Whether a translation says what the English says, with no leave to."""
    for text in texts:
        words = _WORDS.search(_TAG.sub("", _PLACEHOLDER.sub("", text)))
        if words and text in catalogues.ids_of(message):
            return not {(language, text), ("*", text)} & allowed
    return False


def latin_glossary(root: Path = ROOT) -> dict[str, set[str]]:
    """The glossary's Serbian in Latin letters."""
    return {
        term: {latinise(word) for word in words["sr"]} for term, words in glossary(root).items()
    }
