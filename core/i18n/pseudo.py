"""The pseudo-locale: every text that went through gettext is marked, so that a test finds what did not."""

import re

from babel.support import Translations

OPEN, CLOSE = "⟦", "⟧"

_ACCENTED = str.maketrans(
    "AEIOUYaeiouycdghklnrstz",
    "ÅÉÎÖÛÝåéîöûýçđğĥķļñŕšţž",
)
# Placeholders, tags and entities are for machines.
_KEPT = re.compile(r"(%(?:\(\w+\))?[a-z%]|<[^>]+>|&#?\w+;)")


def pseudo(text: str) -> str:
    """``text`` with accents on its letters and in brackets; placeholders, tags and entities stay."""
    if not text:
        return text
    parts = _KEPT.split(text)
    parts[::2] = [part.translate(_ACCENTED) for part in parts[::2]]
    return f"{OPEN}{''.join(parts)}{CLOSE}"


class PseudoCatalogue(Translations):
    """Marks whatever another catalogue answers."""

    def __init__(self, inner: Translations) -> None:
        super().__init__()
        self.inner = inner

    def gettext(self, message: str) -> str:
        return pseudo(self.inner.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(self.inner.ngettext(msgid1, msgid2, n))

    def pgettext(self, context: str, message: str) -> str:
        return pseudo(str(self.inner.pgettext(context, message)))

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(self.inner.npgettext(context, msgid1, msgid2, n))

    # The names under which Flask-Babel asks.
    ugettext = gettext
    ungettext = ngettext
    upgettext = pgettext

    def unpgettext(self, context: str, singular: str, plural: str, num: int) -> str:
        return self.npgettext(context, singular, plural, num)
