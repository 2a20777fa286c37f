"""What people type about a meeting and its agenda."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from wtforms import BooleanField, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import Optional

from core.api import (
    CONTENT_LANGUAGES,
    ChoiceField,
    ChoicesField,
    ClockField,
    DayField,
    Form,
    NumberField,
    OnceField,
    choices_of,
    language_name,
    longest,
    needed,
    refuse,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.meetings.forms.bodies import MOST_MINUTES, one_line
from plugins.meetings.services.agenda import ItemEntry
from plugins.meetings.services.meetings import MeetingEntry
from plugins.meetings.services.proposals import ANSWERS, ProposalEntry
from plugins.meetings.services.texts import LONGEST_TEXT, LONGEST_TITLE
from plugins.meetings.words import (
    ITEM_KINDS,
    MEETING_TYPES,
    MODES,
    PROPOSAL_STATES,
    PURPOSES,
    SECTIONS,
)

LONGEST_WORD = 500
LONGEST_URL = 500
# Minutes of a meeting that goes on past midnight.
LONGEST_NIGHT = 12 * 60


def languages_offered(own: Sequence[str]) -> list[tuple[str, str]]:
    """The languages in which somebody may write: those of the city first."""
    return [(code, language_name(code)) for code in dict.fromkeys([*own, *CONTENT_LANGUAGES])]


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


class MeetingForm(Form):
    """When and where a meeting is, and who chairs it."""

    once = OnceField()
    version = HiddenField()
    # The date that the body's rule gave, kept when the meeting is set on another day.
    series_date = HiddenField()
    day = DayField(_lp("meeting", "Date"), [needed(_l("Say on which day it is."))])
    start = ClockField(_lp("meeting", "From"), [needed(_l("Say when it begins."))])
    end = ClockField(_lp("meeting", "Until"), [needed(_l("Say when it ends."))])
    place = StringField(_lp("meeting", "Place"), [Optional(), longest(300)], filters=[one_line])
    mode = ChoiceField(_l("How people meet"), choices=choices_of(MODES), default="in_person")
    online_url = StringField(
        _l("Address of the video call"), [Optional(), longest(LONGEST_URL)], filters=[one_line]
    )
    chair_id = ChoiceField(_lp("meeting", "Chair"), [Optional()], choices=[])
    secretary_id = ChoiceField(_l("Who writes the minutes"), [Optional()], choices=[])
    title = StringField(
        _l("Title of its own"),
        [Optional(), longest(LONGEST_TITLE)],
        description=_l("Leave it empty for the name of the body and the number of the meeting."),
        filters=[one_line],
    )
    type = ChoiceField(_l("Kind of meeting"), choices=choices_of(MEETING_TYPES))
    language = ChoiceField(_l("Language of the agenda and the minutes"), choices=[])
    reason = StringField(
        _l("Why the approved minutes are corrected"),
        [Optional(), longest(LONGEST_WORD)],
        filters=[one_line],
    )

    def offer(self, people: Iterable[tuple[str, str]], languages: Sequence[str]) -> None:
        """Put in who is in the network, and the languages of the city."""
        named = [("", _("Nobody yet")), *people]
        self.chair_id.choices = named
        self.secretary_id.choices = named
        self.language.choices = languages_offered(languages)

    def validate_end(self, field: ClockField) -> None:
        """A meeting may go on past midnight; one that would then take most of a day was mistyped."""
        if self.start.data is None or field.data is None or self.start.data < field.data:
            return
        if not 0 < _minutes(field.data) + 24 * 60 - _minutes(self.start.data) <= LONGEST_NIGHT:
            raise ValidationError(_("It ends before it begins. Check both times."))

    def validate_online_url(self, field: StringField) -> None:
        """An address of the web, and nothing that a browser would run."""
        if not field.data:
            return
        try:
            parts = urlsplit(field.data)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"https", "http"} or not parts.netloc:
            raise ValidationError(
                _("Write the whole address, such as https://meet.example.org/room.")
            )

    def entry(self) -> MeetingEntry:
        """What was typed, once it is valid."""
        assert self.day.data is not None  # noqa: S101  it is needed
        assert self.start.data is not None  # noqa: S101  it is needed
        assert self.end.data is not None  # noqa: S101  it is needed
        return MeetingEntry(
            type=self.type.data,
            language=self.language.data,
            day=self.day.data,
            start=self.start.data,
            end=self.end.data,
            title=self.title.data or "",
            place=self.place.data or "",
            mode=self.mode.data,
            online_url=self.online_url.data or "",
            chair_id=self.chair_id.data or "",
            secretary_id=self.secretary_id.data or "",
        )


class ItemForm(Form):
    """An item of an agenda."""

    once = OnceField()
    version = HiddenField()
    title = StringField(
        _lp("agenda item", "Title"),
        [needed(_l("Say in a few words what it is about.")), longest(LONGEST_TITLE)],
        filters=[one_line],
    )
    purpose = ChoiceField(_l("What for"), choices=choices_of(PURPOSES), default="discuss")
    minutes = NumberField(_l("Minutes needed"), [Optional()])
    presenter_id = ChoiceField(_l("Who presents it"), [Optional()], choices=[])
    presenter_name = StringField(
        _l("Or a guest who presents it"), [Optional(), longest(120)], filters=[one_line]
    )
    background = TextAreaField(
        _l("What one should know before"), [Optional(), longest(LONGEST_TEXT)]
    )
    section = ChoiceField(_l("Section"), choices=choices_of(SECTIONS), default="topics")
    kind = ChoiceField(_l("Kind of item"), choices=choices_of(ITEM_KINDS), default="planning")
    language = ChoiceField(_l("Language of these texts"), choices=[])
    recurring = BooleanField(_l("It stands on every agenda"))
    restricted = BooleanField(
        _l("It is restricted"),
        description=_l(
            "Only those named here, and who is in the room for it, read it. Everybody else reads “Restricted item”."
        ),
    )
    named = ChoicesField(_l("Who may read it"), [Optional()], choices=[])

    def offer(self, people: Sequence[tuple[str, str]], languages: Sequence[str]) -> None:
        """Put in who is in the network, and the languages of the city."""
        self.presenter_id.choices = [("", _("Nobody named")), *people]
        self.named.choices = list(people)
        self.language.choices = languages_offered(languages)

    def validate_minutes(self, field: NumberField) -> None:
        """An item lasts a day at most."""
        if field.data is not None and field.data > MOST_MINUTES:
            raise ValidationError(_("Write at most 1440 minutes, a whole day."))

    def entry(self) -> ItemEntry:
        """What was typed, once it is valid."""
        return ItemEntry(
            title=self.title.data or "",
            language=self.language.data,
            section=self.section.data,
            kind=self.kind.data,
            background=self.background.data or "",
            purpose=self.purpose.data,
            minutes=self.minutes.data,
            presenter_id=self.presenter_id.data or "",
            presenter_name=self.presenter_name.data or "",
            restricted=bool(self.restricted.data),
            recurring=bool(self.recurring.data),
            named=tuple(sorted(self.named.data or ())) if self.restricted.data else (),
        )


def item_values(entry: ItemEntry, version: int) -> dict[str, Any]:
    """What the form shows of an item."""
    values = {name: getattr(entry, name) for name in ItemEntry.__slots__}
    return values | {"named": list(entry.named), "version": version}


class ProposalForm(Form):
    """What a member would like a body to discuss."""

    once = OnceField()
    body_id = ChoiceField(
        _l("Which body"), [needed(_l("Choose who should discuss it."))], choices=[]
    )
    title = StringField(
        _l("What should be discussed"),
        [needed(_l("Say in a few words what it is about.")), longest(LONGEST_TITLE)],
        filters=[one_line],
    )
    why = TextAreaField(
        _l("Why"),
        [Optional(), longest(LONGEST_TEXT)],
        description=_l("What has happened, and what you would like the meeting to do."),
    )
    purpose = ChoiceField(_l("What for"), choices=choices_of(PURPOSES), default="discuss")
    minutes = NumberField(_l("Minutes needed"), [Optional()])
    language = ChoiceField(_l("Language of these texts"), choices=[])
    restricted = BooleanField(
        _l("It is restricted"),
        description=_l("Then only you and those who prepare the agenda read it."),
    )

    def offer(self, bodies: Iterable[tuple[str, str]], languages: Sequence[str]) -> None:
        """Put in the bodies of the city, and its languages."""
        self.body_id.choices = list(bodies)
        self.language.choices = languages_offered(languages)

    def validate_minutes(self, field: NumberField) -> None:
        """An item lasts a day at most."""
        if field.data is not None and field.data > MOST_MINUTES:
            raise ValidationError(_("Write at most 1440 minutes, a whole day."))

    def entry(self) -> ProposalEntry:
        """What was typed, once it is valid."""
        return ProposalEntry(
            self.body_id.data,
            self.title.data or "",
            self.language.data,
            self.why.data or "",
            self.purpose.data,
            self.minutes.data,
            bool(self.restricted.data),
        )


class AnswerForm(Form):
    """What becomes of a proposal, with a word for whoever proposed it."""

    state = ChoiceField(
        _l("What becomes of it"), choices=[(code, PROPOSAL_STATES[code]) for code in ANSWERS]
    )
    word = TextAreaField(_l("A word for whoever proposed it"), [Optional(), longest(LONGEST_WORD)])

    def says_enough(self) -> bool:
        """Refuse to return or defer something without a word."""
        if self.state.data != "accepted" and not self.word.data:
            return refuse(self.word, _("Say in a sentence why, so that they know what to do next."))
        return True


class ReasonForm(Form):
    """Why a meeting is cancelled or postponed."""

    reason = TextAreaField(
        _l("Why, for those who were invited"), [Optional(), longest(LONGEST_WORD)]
    )
