"""Approving the minutes: which languages are complete, and what the city asks for. Flushes, never commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.api import Viewer, current_city, db, plugin_settings, record, utcnow
from plugins.meetings.models import Approval, Decision, Item, Meeting, Note
from plugins.meetings.services import linking
from plugins.meetings.services.access import DECISION, ITEM, MEETING, ref_of
from plugins.meetings.services.changes import note_change
from plugins.meetings.services.convening import NoSuchStep, share_texts
from plugins.meetings.services.meetings import body_of
from plugins.meetings.words import PLUGIN, State

REFUSE, WARN = "refuse", "warn"


class Incomplete(Exception):
    """The city asks for every official language, and in these something is missing or outdated."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        super().__init__(", ".join(languages))
        self.languages = languages


@dataclass(frozen=True, slots=True)
class Standing:
    """How the minutes stand in a language: so many texts, of which so many lack or are outdated."""

    language: str
    texts: int
    missing: int
    outdated: int
    approved: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything is there and up to date."""
        return not self.missing and not self.outdated

    @property
    def done(self) -> int:
        """How many texts are there and up to date."""
        return self.texts - self.missing - self.outdated


def rule_of_city() -> str:
    """Whether the city refuses to approve minutes that are incomplete in an official language, or only warns."""
    rule = plugin_settings(PLUGIN).get("language_rule")
    return REFUSE if rule == REFUSE else WARN


def languages_asked(meeting: Meeting) -> list[str]:
    """The languages in which the minutes are to be: the official ones, and the one they are written in."""
    return list(dict.fromkeys([meeting.language, *current_city().official_languages]))


def standings(meeting: Meeting, viewer: Viewer) -> list[Standing]:
    """How the minutes stand in each language that is asked for; five queries.

    Counted is everything, also what is restricted, whoever ``viewer`` is that asks: how much there is, is told to those
    who prepare the meeting alone.
    """
    texts = list(_texts(meeting, viewer))
    approved = set(
        db.session.scalars(
            select(Approval.language).where(
                Approval.meeting_id == meeting.id,
                Approval.minutes_version == max(meeting.minutes_version, 1),
            )
        )
    )
    return [_standing(code, texts, code in approved) for code in languages_asked(meeting)]


def _texts(
    meeting: Meeting, viewer: Viewer
) -> Iterable[tuple[str, Mapping[str, Any], Sequence[str]]]:
    """Each record of the minutes: its language, its translations, and the fields that say something."""
    subjects = []
    for row in db.session.execute(
        select(Item, Note)
        .outerjoin(Note, (Note.city_id == Item.city_id) & (Note.item_id == Item.id))
        .where(Item.meeting_id == meeting.id, Item.state.in_(["done", "not_reached"]))
    ):
        subjects.append(ref_of(ITEM, row.Item.id))
        yield row.Item.language, row.Item.translations or {}, ["title"]
        if row.Note is not None and row.Note.text:
            yield row.Note.language, row.Note.translations or {}, ["text"]
    for decision in db.session.scalars(select(Decision).where(Decision.meeting_id == meeting.id)):
        subjects.append(ref_of(DECISION, decision.id))
        fields = [name for name in ("text", "rationale", "alternatives") if getattr(decision, name)]
        yield decision.language, decision.translations or {}, fields
    lines = [line for found in linking.actions_of(subjects, viewer).values() for line in found]
    told = linking.translations_of_actions(lines)
    for line in lines:
        # An action whose words cannot be translated, since it is older than that, holds up no approval.
        if line.id in told:
            yield line.language, told[line.id], ["text"]


def _standing(
    code: str, texts: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]], approved: bool
) -> Standing:
    missing = outdated = 0
    for language, translations, fields in texts:
        if language == code:
            continue
        told = translations.get(code)
        if not told or any(not told.get(name) for name in fields):
            missing += 1
        elif told.get("state") == "outdated":
            outdated += 1
    return Standing(code, len(texts), missing, outdated, approved)


def approve(meeting: Meeting, viewer: Viewer) -> list[Standing]:
    """Approve circulated minutes in every language that is complete; returns how each stands.

    By the city's rule it is refused, with :class:`Incomplete`, while an official language lacks something; or the
    languages that lack something are written down as they are. Raises :class:`NoSuchStep`.
    """
    if State(meeting.state) is not State.CIRCULATED:
        raise NoSuchStep
    found = standings(meeting, viewer)
    lacking = tuple(each.language for each in found if not each.complete)
    if lacking and rule_of_city() == REFUSE:
        raise Incomplete(lacking)
    meeting.state = State.APPROVED.value
    meeting.minutes_version = 1
    meeting.approved_at, meeting.approved_by = utcnow(), viewer.membership_id or None
    _write(meeting, [each for each in found if each.complete or not lacking], viewer)
    # A meeting is approved in some language at least: the one that it was written in.
    if not any(each.complete for each in found):
        _write(meeting, found[:1], viewer)
    meeting.approved_in = _approved_in(meeting)
    share_texts(meeting, body_of(meeting), viewer)
    note_change(
        meeting,
        viewer,
        "approved",
        {"languages": [each.language for each in found if each.complete]},
    )
    record("meetings.approved", subject=ref_of(MEETING, meeting.id))
    linking.tell("approved", meeting, linking.listed(meeting), viewer)
    return found


def approve_language(meeting: Meeting, language: str, viewer: Viewer) -> None:
    """Approve the approved minutes in a further language, once it is complete. Raises :class:`Incomplete`."""
    if not State(meeting.state).closed:
        raise NoSuchStep
    found = next((each for each in standings(meeting, viewer) if each.language == language), None)
    if found is None or not found.complete:
        raise Incomplete((language,))
    if not found.approved:
        _write(meeting, [found], viewer)
        note_change(meeting, viewer, "approved", {"languages": [language]})
        record("meetings.approved", subject=ref_of(MEETING, meeting.id))


def _write(meeting: Meeting, found: Iterable[Standing], viewer: Viewer) -> None:
    db.session.add_all(
        Approval(
            meeting_id=meeting.id,
            language=each.language,
            minutes_version=max(meeting.minutes_version, 1),
            texts=each.texts,
            missing=each.missing + each.outdated,
            approved_by=viewer.membership_id or None,
        )
        for each in found
    )
    db.session.flush()


def _approved_in(meeting: Meeting) -> str | None:
    """The meeting that is held now and has these minutes on its agenda."""
    return db.session.scalar(
        select(Meeting.id)
        .join(Item, (Item.city_id == Meeting.city_id) & (Item.meeting_id == Meeting.id))
        .where(
            Item.about_meeting == meeting.id,
            Meeting.state.in_([State.IN_PROGRESS.value, State.MINUTES.value]),
        )
        .limit(1)
    )
