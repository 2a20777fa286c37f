"""What is typed while a meeting is held: notes, decisions, who is there."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from core.api import (
    ChoiceField,
    ChoicesField,
    Form,
    NumberField,
    OnceField,
    choices_of,
    longest,
    needed,
    refuse,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from plugins.meetings.forms.agenda import LONGEST_WORD, languages_offered
from plugins.meetings.forms.bodies import one_line
from plugins.meetings.services.decisions import DecisionEntry
from plugins.meetings.services.texts import LONGEST_SENTENCE, LONGEST_TEXT
from plugins.meetings.words import PARTS, PUBLICITY, RULES


class NoteForm(Form):
    """The notes of an item."""

    version = HiddenField()
    # The form of an action on the same page has a text as well.
    text = TextAreaField(_l("Notes"), [Optional(), longest(LONGEST_TEXT)], id="note-text")
    language = ChoiceField(_l("Language of these notes"), [Optional()], choices=[])
    reason = StringField(
        _l("Why the approved minutes are corrected"),
        [Optional(), longest(LONGEST_WORD)],
        filters=[one_line],
    )

    def offer(self, languages: Sequence[str], written_in: str) -> None:
        """Put in the languages of the city."""
        self.language.choices = languages_offered([written_in, *languages])


class DecisionForm(Form):
    """A decision. Its rationale is part of it."""

    once = OnceField()
    version = HiddenField()
    text = TextAreaField(
        _l("What is decided"),
        [needed(_l("Write down what is decided, in a sentence.")), longest(LONGEST_SENTENCE)],
    )
    rationale = TextAreaField(
        _l("Rationale"),
        [
            needed(_l("Say why. A decision without its reason helps nobody a year from now.")),
            longest(LONGEST_TEXT),
        ],
        description=_l("What speaks for it, and what was weighed."),
    )
    rule = ChoiceField(_l("How it was decided"), choices=choices_of(RULES), default="consensus")
    votes_for = NumberField(_l("For"), [Optional()])
    votes_against = NumberField(_l("Against"), [Optional()])
    votes_abstained = NumberField(_l("Abstained"), [Optional()])
    alternatives = TextAreaField(_l("Alternatives considered"), [Optional(), longest(LONGEST_TEXT)])
    legal_basis = StringField(_l("Legal basis"), [Optional(), longest(300)], filters=[one_line])
    publicity = ChoiceField(_l("May be read by"), choices=[], default="members")
    replaces_id = ChoiceField(
        _l("Takes the place of an earlier decision"), [Optional()], choices=[], default=""
    )
    language = ChoiceField(_l("Language of these texts"), choices=[])
    reason = StringField(
        _l("Why the approved minutes are corrected"),
        [Optional(), longest(LONGEST_WORD)],
        filters=[one_line],
    )
    dissent = ChoicesField(_l("Dissent"), [Optional()], choices=[])
    people: tuple[tuple[str, str], ...] = ()

    def offer(
        self,
        people: Iterable[tuple[str, str]],
        languages: Sequence[str],
        earlier: Iterable[tuple[str, str]] = (),
        *,
        restricted: bool,
    ) -> None:
        """Put in who is on the list, the languages, the ``earlier`` decisions, and to whom it may be open."""
        self.replaces_id.choices = [("", _("None of them")), *earlier]
        self.people = tuple(people)
        self.dissent.choices = list(self.people)
        self.language.choices = languages_offered(languages)
        offered = {
            code: title for code, title in PUBLICITY.items() if (code == "restricted") == restricted
        }
        self.publicity.choices = choices_of(offered)
        if restricted:
            self.publicity.data = "restricted"

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself; a majority has more votes for it than against."""
        fits = bool(super().validate(extra_validators))
        votes = (self.votes_for, self.votes_against, self.votes_abstained)
        if any(field.errors for field in votes):
            return False
        if self.rule.data == "majority":
            if self.votes_for.data is None:
                return refuse(self.votes_for, _("Say how many were for it."))
            if self.votes_for.data <= (self.votes_against.data or 0):
                return refuse(
                    self.votes_for,
                    _("A majority has more votes for than against. Correct a number or the rule."),
                )
        elif any(field.data is not None for field in votes) and self.votes_for.data is None:
            self.votes_for.data = 0
        return fits

    def entry(self, dissents: tuple[tuple[str, str], ...]) -> DecisionEntry:
        """What was typed, once it is valid."""
        counted = self.votes_for.data is not None
        return DecisionEntry(
            text=self.text.data or "",
            rationale=self.rationale.data or "",
            language=self.language.data,
            alternatives=self.alternatives.data or "",
            rule=self.rule.data,
            votes_for=self.votes_for.data,
            votes_against=(self.votes_against.data or 0) if counted else None,
            votes_abstained=(self.votes_abstained.data or 0) if counted else None,
            legal_basis=self.legal_basis.data or "",
            publicity=self.publicity.data,
            replaces_id=self.replaces_id.data or None,
            dissents=dissents,
        )


class WithdrawForm(Form):
    """Why an approved decision does not hold any more, or does after all."""

    reason = StringField(
        _l("Why"), [Optional(), longest(LONGEST_WORD)], filters=[one_line], id="withdraw-reason"
    )


class ListForm(Form):
    """Why the list of approved minutes is corrected; who is there comes beside it, one field for each."""

    reason = StringField(
        _l("Why the approved minutes are corrected"),
        [Optional(), longest(LONGEST_WORD)],
        filters=[one_line],
        id="list-reason",
    )


class PersonForm(Form):
    """Somebody else on the attendance list: of the network, or a guest by name."""

    once = OnceField()
    membership_id = ChoiceField(_l("Somebody of the network"), [Optional()], choices=[])
    name = StringField(_l("Or a guest: the name"), [Optional(), longest(120)], filters=[one_line])
    organisation = StringField(
        _l("The guest’s organisation"), [Optional(), longest(200)], filters=[one_line]
    )
    part = ChoiceField(
        _l("Takes part as"),
        choices=choices_of({code: PARTS[code] for code in ("guest", "observer")}),
        default="guest",
    )
    stands_for = ChoiceField(_l("In whose place"), [Optional()], choices=[])
    reason = StringField(
        _l("Why the approved minutes are corrected"),
        [Optional(), longest(LONGEST_WORD)],
        filters=[one_line],
    )

    def offer(self, people: Iterable[tuple[str, str]], seats: Iterable[tuple[str, str]]) -> None:
        """Put in who is in the network, and whose places there are."""
        self.membership_id.choices = [("", _("Nobody")), *people]
        self.stands_for.choices = [("", _("In nobody’s place")), *seats]

    def says_who(self) -> bool:
        """Somebody of the network, or a name."""
        if not self.membership_id.data and not self.name.data:
            return refuse(self.membership_id, _("Choose somebody, or write the name of a guest."))
        return True
