"""What the pages of meetings share."""

from typing import Any

from flask import Blueprint, abort, request

from core.api import (
    ACTION_LOOKS,
    ACTION_STATUSES,
    SECTORS,
    ActionLine,
    Ref,
    current_city,
    lang_tag,
    language_name,
    translations_url,
    upper_first,
    viewer,
)
from plugins.meetings.models import Body, Item, Meeting
from plugins.meetings.services.access import DECISION, NOTE, may_prepare, ref_of
from plugins.meetings.services.bodies import find_body
from plugins.meetings.services.disclosure import find_item
from plugins.meetings.services.known import DecisionView, NoteView
from plugins.meetings.services.meetings import find_meeting
from plugins.meetings.words import (
    ATTENDANCE,
    ATTENDANCE_LOOKS,
    BODY_ROLES,
    DECISION_STATES,
    ITEM_KINDS,
    ITEM_STATES,
    MEETING_TYPES,
    MODES,
    PARTS,
    PROPOSAL_LOOKS,
    PROPOSAL_STATES,
    PUBLICITY,
    PURPOSES,
    RULES,
    SECTIONS,
    STATE_LOOKS,
    STATES,
    TEXT_STATES,
)

bp = Blueprint("meetings", __name__, template_folder="../templates")
MOST_COLUMNS = 4


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "state_looks": STATE_LOOKS,
        "item_states": ITEM_STATES,
        "item_kinds": ITEM_KINDS,
        "meeting_types": MEETING_TYPES,
        "sections": SECTIONS,
        "purposes": PURPOSES,
        "modes": MODES,
        "parts": PARTS,
        "attendance_words": ATTENDANCE,
        "attendance_looks": ATTENDANCE_LOOKS,
        "body_roles": BODY_ROLES,
        "rules": RULES,
        "publicity": PUBLICITY,
        "proposal_states": PROPOSAL_STATES,
        "proposal_looks": PROPOSAL_LOOKS,
        "text_states": TEXT_STATES,
        "decision_states": DECISION_STATES,
        "lang_tag": lang_tag,
        "named": _named,
        "note_url": note_url,
        "decision_url": decision_url,
        "say": Say,
    }


def note_url(note: NoteView) -> str:
    """Where the notes of an item stand in all languages."""
    return translations_url(ref_of(NOTE, note.id))


def decision_url(decision: DecisionView) -> str:
    """Where a decision stands in all languages."""
    return translations_url(ref_of(DECISION, decision.id))


def action_url(action: ActionLine) -> str:
    """Where an action stands in all languages."""
    return translations_url(Ref("actions", "action", action.id))


def _named(code: str) -> str:
    """The name of a language in itself, at the head of its column."""
    return upper_first(language_name(code, code), code)


class Say:
    """The words and addresses of agenda and minutes, as one value for what a page remembers."""

    sections = SECTIONS
    purposes = PURPOSES
    item_states = ITEM_STATES
    sectors = SECTORS
    text_states = TEXT_STATES
    rules = RULES
    publicity = PUBLICITY
    decision_states = DECISION_STATES
    action_statuses = ACTION_STATUSES
    action_looks = ACTION_LOOKS
    named = staticmethod(_named)
    note_url = staticmethod(note_url)
    decision_url = staticmethod(decision_url)
    action_url = staticmethod(action_url)


def sent() -> Any:
    """What was sent, texts and files together, as a form reads it."""
    from werkzeug.datastructures import CombinedMultiDict

    return CombinedMultiDict([request.form, request.files])


def languages() -> list[str]:
    """The languages of the city's content, or the one it began with."""
    city = current_city()
    return city.languages or [city.default_language]


def columns(written_in: str) -> tuple[str, ...]:
    """The languages in which minutes stand side by side: the official ones, and the one they are written in.

    By ``one`` in the address only the reader's own, or the one they are written in.
    """
    if request.args.get("one"):
        mine = viewer().locale
        return (mine if mine in current_city().languages else written_in,)
    return tuple(dict.fromkeys([*current_city().official_languages, written_in]))[:MOST_COLUMNS]


def found_body(body_id: str, *, for_change: bool = False) -> Body:
    """The body, or 404."""
    body = find_body(body_id, for_change=for_change)
    if body is None:
        abort(404)
    return body


def prepared_meeting(meeting_id: str, *, for_change: bool = True) -> Meeting:
    """The meeting, which the reader prepares: 404 for everybody else, as the page is not theirs."""
    meeting = find_meeting(meeting_id, viewer(), for_change=for_change)
    if meeting is None:
        abort(404)
    if not may_prepare(meeting, viewer()):
        abort(404)
    return meeting


def prepared_item(item_id: str, *, for_change: bool = True) -> tuple[Item, Meeting, Body]:
    """The item with its meeting, which the reader prepares: 404 for everybody else, and if it is not open to them."""
    found = find_item(item_id, viewer(), for_change=for_change)
    if found is None:
        abort(404)
    if not may_prepare(found[1], viewer()):
        abort(404)
    return found
