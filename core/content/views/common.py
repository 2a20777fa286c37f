"""What the pages of translations share."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g

from core.content import owners
from core.content.models import ContentText
from core.content.services import original_of, texts_of
from core.content.shown import STATES
from core.directory.services import people_by_membership
from core.i18n import CONTENT_LANGUAGES, language_name, upper_first
from core.permissions import Permission
from core.values import Link, Ref, TextField, Viewer
from core.web import city_hooks, viewer

bp = Blueprint("content", __name__)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,40}")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"text_states": STATES}


def named(code: str) -> str:
    """The name of a language at the head of a line."""
    return upper_first(language_name(code))


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its texts, as this reader may see and translate it."""

    ref: Ref
    link: Link
    original: ContentText
    texts: dict[str, ContentText]
    fields: tuple[TextField, ...]
    may_translate: bool
    may_approve: bool

    @property
    def languages(self) -> list[str]:
        """The languages it may be read in: the original's, the city's, and whatever it was translated to."""
        return list(dict.fromkeys([self.original.language, *g.city.languages, *self.texts]))

    def takes(self, language: str) -> bool:
        """Whether it can be translated to ``language``."""
        known = language in CONTENT_LANGUAGES or language in self.languages
        return known and language != self.original.language


def found_record(plugin: str, kind: str, record_id: str) -> Record:
    """The record that an address names; 404 for what is not there and for what this reader may not see."""
    who, hooks = viewer(), city_hooks()
    ref = Ref(plugin, kind, record_id)
    shaped = _NAME.fullmatch(plugin) and _NAME.fullmatch(kind) and _IDENTIFIER.fullmatch(record_id)
    if not shaped or plugin not in owners.owner_names(hooks):
        abort(404)
    texts = texts_of(ref)
    original = original_of(texts)
    link = owners.describe([ref], who, hooks).get(ref) if original is not None else None
    allowed = owners.translatable([ref], who, hooks).get(ref) if link is not None else None
    if original is None or link is None or allowed is None:
        abort(404)
    return Record(
        ref,
        link,
        original,
        texts,
        allowed.fields,
        may_translate=allowed.may_translate and who.may(Permission.TRANSLATE_CONTENT),
        may_approve=allowed.may_approve and who.may(Permission.APPROVE_TRANSLATIONS),
    )


def names_of(texts: Iterable[ContentText]) -> dict[str, str]:
    """Who wrote and who approved, by membership; at most one query."""
    wanted = {one for text in texts for one in (text.made_by, text.approved_by) if one}
    return people_by_membership(wanted)


def may_translate_here(who: Viewer) -> bool:
    """Whether the pages for translators are open to ``who``."""
    return who.may(Permission.TRANSLATE_CONTENT)
