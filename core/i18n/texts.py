"""Texts for people: gettext and its sisters, at once or when shown."""

from collections.abc import Iterator
from typing import Any, cast

from babel.support import Translations

from core.i18n.catalogues import merged_catalogue
from core.i18n.languages import babel_language_name, known_language
from core.i18n.pseudo import PseudoCatalogue
from core.i18n.reader import current_reader, language_settings

__all__ = [
    "LazyText",
    "Text",
    "gettext",
    "gettext_noop",
    "language_name",
    "lazy_gettext",
    "lazy_ngettext",
    "lazy_npgettext",
    "lazy_pgettext",
    "ngettext",
    "npgettext",
    "pgettext",
    "upper_first",
]


def gettext(message: str, /, **values: object) -> str:
    """``message`` in the reader's language, ``values`` put in for ``%(name)s``."""
    text = current_reader().words.gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """The form of a message that goes with ``num``, which stands in it as ``%(num)s``."""
    values.setdefault("num", num)
    return current_reader().words.ngettext(singular, plural, num) % values


def pgettext(context: str, message: str, /, **values: object) -> str:
    """As :func:`gettext`, for a short word that needs ``context`` to be understood."""
    text = str(current_reader().words.pgettext(context, message))
    return text % values if values else text


def npgettext(context: str, singular: str, plural: str, num: int, /, **values: object) -> str:
    """As :func:`ngettext`, with ``context``."""
    values.setdefault("num", num)
    return current_reader().words.npgettext(context, singular, plural, num) % values


def gettext_noop(message: str, /) -> str:
    """``message`` itself: marks a text that somebody else will hand to gettext, such as a library's setting."""
    return message


class LazyText:
    """A text that is looked up when it is shown: for forms, manifests and whatever is made before a request.

    It has no ``__html__``, so a template escapes it like any other text.
    """

    __slots__ = ("_function", "_known", "_parts", "_values")

    def __init__(self, function: Any, *parts: Any, **values: object) -> None:
        self._function = function
        self._parts = parts
        self._values = values
        # What it says in each catalogue: a page shows the words of a list, such as types of activities, many times.
        self._known: dict[Translations, str] = {}

    def __str__(self) -> str:
        words = current_reader().words
        known = self._known.get(words)
        if known is None:
            known = str(self._function(*self._parts, **self._values))
            if not (self._values or isinstance(words, PseudoCatalogue)):
                self._known[words] = known
        return known

    def __repr__(self) -> str:
        return f"LazyText({', '.join(map(repr, self._parts))})"

    def _key(self) -> tuple[object, ...]:
        return (self._function.__name__, self._parts, tuple(sorted(self._values.items())))

    # Two are equal when they are the same message: what they say changes with the reader.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, LazyText) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self._function.__name__, self._parts))

    def __bool__(self) -> bool:
        return bool(str(self))

    def __len__(self) -> int:
        return len(str(self))

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __contains__(self, part: str) -> bool:
        return part in str(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)


Text = str | LazyText


# The lazy functions say that they give a string, since that is what it stands for wherever it is shown, and what the
# types of WTForms ask for. Whoever needs a real one, for JSON say, writes str(…).


def lazy_gettext(message: str, /, **values: object) -> str:
    """:func:`gettext`, looked up when shown."""
    return cast("str", LazyText(gettext, message, **values))


def lazy_pgettext(context: str, message: str, /, **values: object) -> str:
    """:func:`pgettext`, looked up when shown."""
    return cast("str", LazyText(pgettext, context, message, **values))


def lazy_ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """:func:`ngettext`, looked up when shown."""
    return cast("str", LazyText(ngettext, singular, plural, num, **values))


def lazy_npgettext(context: str, singular: str, plural: str, num: int, /, **values: object) -> str:
    """:func:`npgettext`, looked up when shown."""
    return cast("str", LazyText(npgettext, context, singular, plural, num, **values))


# Languages for which Babel has no name, or one that their speakers do not use.
_OWN_NAMES: dict[str, object] = {
    "rom": lazy_pgettext("language", "Romani"),
    "rmn": lazy_pgettext("language", "Balkan Romani"),
    "rup": lazy_pgettext("language", "Aromanian"),
    "cnr": lazy_pgettext("language", "Montenegrin"),
    "ku": lazy_pgettext("language", "Kurdish"),
    "apc": lazy_pgettext("language", "Levantine Arabic"),
    "rmt": lazy_pgettext("language", "Domari"),
}


def language_name(code: str, in_language: str | None = None) -> str:
    """The name of any language of content, in the reader's language or in ``in_language``.

    As it stands inside a sentence (``français`` is ``French`` in English and ``francuski`` in Serbian): use
    :func:`upper_first` at the head of a line. A language nobody knows keeps its code.
    """
    reader_language = known_language(in_language) if in_language else current_reader().language
    own = _OWN_NAMES.get(code)
    if own is None:
        return babel_language_name(code, reader_language) or code
    if in_language is None:
        return str(own)
    lazy = cast("LazyText", own)
    context, message = lazy._parts
    words = merged_catalogue(language_settings().folders, reader_language)
    return str(words.pgettext(context, message))


def upper_first(text: object, language: str | None = None) -> str:
    """``text`` with its first letter made a capital as the language does (Turkish i becomes İ)."""
    written = str(text)
    if not written:
        return written
    first = written[0]
    if first == "i" and (language or current_reader().language) == "tr":
        return f"İ{written[1:]}"
    return first.upper() + written[1:]
