"""Work for a translator, in slices: what is missing as JSON, and JSON back into the catalogues."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Message

from core.i18n.languages import LANGUAGES
from core.translating import catalogues
from core.translating.catalogues import DERIVED, ROOT, Place
from core.translating.checks import entry_problems, glossary, numbers_of_forms

_EXAMPLES = 6


class NotWritten(Exception):
    """A language that nobody translates into by hand; the message says what to do instead."""


@dataclass(slots=True)
class Filled:
    """What came of filling: how many entries were written, and what was refused and why."""

    written: int
    refused: list[str]


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise NotWritten(f"{language} is not a language of the interface: {', '.join(LANGUAGES)}.")
    if language in DERIVED:
        raise NotWritten(f"{language} is written from {DERIVED[language]} by “latinise”.")


def todo(language: str, root: Path = ROOT, *, everything: bool = False) -> list[dict[str, Any]]:
    """The entries of ``language`` without a translation, or all; each a dictionary for JSON.

    ``translation`` is there to be filled: a text, or a list with one text for each plural form, whose numbers
    stand in ``forms``. ``in_our_words`` is the English we prefer to a library's.
    Raises :class:`NotWritten`.
    """
    _check_language(language)
    terms = glossary(root)
    work: list[dict[str, Any]] = []
    for place in catalogues.places(root):
        english = {
            catalogues.key_of(message): catalogues.texts_of(message)
            for message in catalogues.read_catalogue(place.file("en"), "en")
            if message.id
        }
        for message in sorted(
            catalogues.read_catalogue(place.file(language), language), key=_by_file
        ):
            done = all(catalogues.texts_of(message)) and not message.fuzzy
            if message.id and (everything or not done):
                work.append(_entry(place, message, language, english, terms))
    return work


def _by_file(message: Message) -> tuple[str, str]:
    return (message.locations[0][0] if message.locations else "", catalogues.key_of(message)[0])


def _entry(
    place: Place,
    message: Message,
    language: str,
    english: dict[catalogues.Key, tuple[str, ...]],
    terms: dict[str, dict[str, set[str]]],
) -> dict[str, Any]:
    ids, texts = catalogues.ids_of(message), catalogues.texts_of(message)
    entry: dict[str, Any] = {"place": place.name, "id": ids[0]}
    if message.context:
        entry["context"] = message.context
    if len(ids) == 2:
        entry["plural"] = ids[1]
        entry["forms"] = [
            ", ".join(map(str, numbers[:_EXAMPLES])) for numbers in numbers_of_forms(language)
        ]
    own = english.get(catalogues.key_of(message), ())
    if language != "en" and own and all(own):
        entry["in_our_words"] = own[0]
    if message.auto_comments:
        entry["comments"] = list(message.auto_comments)
    entry["where"] = sorted({file for file, _ in message.locations})
    words = terms.get(ids[0][:1].lower() + ids[0][1:], {}).get(language)
    if words and not message.context:
        entry["glossary"] = sorted(words)
    entry["translation"] = texts[0] if len(ids) == 1 else list(texts)
    return entry


def fill(language: str, entries: list[dict[str, Any]], root: Path = ROOT) -> Filled:
    """Write the translations of ``entries`` (as :func:`todo` gives them) into the catalogues.

    An entry without a translation is passed over; one that is wrong is refused and the rest is written. Serbian
    in Latin letters follows Serbian at once. Raises :class:`NotWritten`.
    """
    _check_language(language)
    result = Filled(0, [])
    open_catalogues = {
        place.name: (place, catalogues.read_catalogue(place.file(language), language))
        for place in catalogues.places(root)
    }
    for entry in entries:
        fault = _fill_one(entry, language, open_catalogues)
        if fault is None:
            continue
        if fault:
            result.refused.append(f"“{entry.get('id', entry)}”: {fault}")
        else:
            result.written += 1
    for place, catalogue in open_catalogues.values():
        if len(catalogue):
            catalogues.write_catalogue(place.file(language), catalogue, language)
    if language in DERIVED.values():
        catalogues.write_derived(root)
    return result


def _fill_one(
    entry: dict[str, Any], language: str, places: dict[str, tuple[Place, Any]]
) -> str | None:
    """``None`` where there is nothing to write, an empty text when it is written, else what is wrong."""
    value = entry.get("translation")
    texts = (value,) if isinstance(value, str) else tuple(value or ())
    if not any(texts):
        return None
    if not all(isinstance(text, str) and text for text in texts):
        return "a form is missing"
    _, catalogue = places.get(entry.get("place", ""), (None, None))
    message = catalogue.get(entry.get("id"), entry.get("context")) if catalogue else None
    if message is None:
        return "no such entry"
    faults = list(entry_problems(message, texts, language))
    if faults:
        return "; ".join(faults)
    message.string = texts[0] if isinstance(message.id, str) else texts
    message.flags.discard("fuzzy")
    return ""
