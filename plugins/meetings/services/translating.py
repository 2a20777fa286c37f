"""Texts in other languages: who may translate them, and the copies that pages, lists and search read."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.api import Ref, TextField, Translatable, Viewer, current_city, db
from core.api import gettext as _
from core.api import pgettext as _p
from plugins.meetings.models import Decision, Item, Meeting, Note
from plugins.meetings.permissions import Permission
from plugins.meetings.services import linking
from plugins.meetings.services.access import DECISION, ITEM, MEETING, NOTE
from plugins.meetings.services.describing import (
    describe_decisions,
    describe_items,
    describe_meetings,
    describe_notes,
)
from plugins.meetings.services.texts import (
    FIELDS,
    LONGEST_SENTENCE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    searched_in,
)

_DESCRIBE = {
    MEETING: describe_meetings,
    ITEM: describe_items,
    NOTE: describe_notes,
    DECISION: describe_decisions,
}
_MODELS: Mapping[str, Any] = {MEETING: Meeting, ITEM: Item, NOTE: Note, DECISION: Decision}


def _fields() -> Mapping[str, tuple[TextField, ...]]:
    return {
        MEETING: (TextField("title", _p("meeting", "Title"), LONGEST_TITLE),),
        ITEM: (
            TextField("title", _p("agenda item", "Title"), LONGEST_TITLE),
            TextField("background", _("What one should know before"), LONGEST_TEXT, multiline=True),
        ),
        NOTE: (TextField("text", _("Notes"), LONGEST_TEXT, multiline=True),),
        DECISION: (
            TextField("text", _("Decision"), LONGEST_SENTENCE, multiline=True),
            TextField("rationale", _("Rationale"), LONGEST_TEXT, multiline=True),
            TextField("alternatives", _("Alternatives considered"), LONGEST_TEXT, multiline=True),
        ),
    }


def translatable(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
    """The texts of what is open to ``viewer``. Every member may translate; approving is for those who convene."""
    fields = _fields()
    found = {}
    for kind, describe in _DESCRIBE.items():
        wanted = {ref.id: ref for ref in refs if ref.kind == kind}
        if wanted:
            for identifier in describe(list(wanted), viewer):
                found[wanted[identifier]] = Translatable(
                    fields[kind],
                    viewer.may(Permission.TAKE_PART),
                    viewer.may(Permission.CONVENE),
                )
    return found


def note_translation(ref: Ref, language: str, texts: Mapping[str, str], state: str) -> None:
    """Keep the copy of a translation that pages and lists read.

    A copy that says so already, as that of a new agenda does, is not written, and what is found is not indexed, again.
    """
    model = _MODELS.get(ref.kind)
    row = db.session.get(model, (current_city().id, ref.id)) if model is not None else None
    if row is None:
        return
    before = dict(row.translations or {})
    was = before.pop(language, {})
    told = {} if state == "missing" else {name: texts.get(name, "") for name in FIELDS[ref.kind]}
    same = all((was.get(name) or "") == told.get(name, "") for name in FIELDS[ref.kind])
    if not same or was.get("state", "missing") != state:
        row.translations = {**before, language: {**told, "state": state}} if told else before
    if same:
        return
    if ref.kind == DECISION:
        row.search_text = searched_in(row)
        linking.index_decisions([ref.id])
    elif ref.kind in {ITEM, NOTE}:
        linking.index_items([ref.id if ref.kind == ITEM else row.item_id])
