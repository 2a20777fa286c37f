"""What the focal point types about a body: who meets, how often, and when it is quorate."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import Optional

from core.api import (
    CONTENT_LANGUAGES,
    ChoiceField,
    ChoicesField,
    ClockField,
    Form,
    NumberField,
    OnceField,
    Partner,
    choices_of,
    language_name,
    longest,
    needed,
    refuse,
    weekday_titles,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from plugins.meetings.models import Body
from plugins.meetings.services.bodies import BodyEntry, Quorum, facts_of
from plugins.meetings.words import (
    BODY_ROLES,
    COUNTED,
    ITEM_KINDS,
    MEETING_TYPES,
    NTH,
    ON_HOLIDAYS,
    READERS,
    RHYTHMS,
)

LONGEST_NAME, LONGEST_ABOUT, LONGEST_STATEMENT = 120, 1000, 2000
MOST_MINUTES = 24 * 60
MOST_DAYS = 90
MOST_SEATS = 500


def one_line(text: str | None) -> str | None:
    """Text in one line."""
    return " ".join(text.split()) if text else text


class BodyForm(Form):
    """A body; made by :func:`body_form`, which adds a name for each language of the city."""

    once = OnceField()
    version = HiddenField()
    type = ChoiceField(
        _l("Kind of meeting"),
        choices=choices_of(MEETING_TYPES),
        description=_l("Each kind comes with a standing agenda, which you can change."),
    )
    rhythm = ChoiceField(_l("How often it meets"), choices=choices_of(RHYTHMS))
    nth = ChoiceField(_l("Which weekday of the month"), choices=choices_of(NTH))
    weekday = ChoiceField(_l("Weekday"), choices=[])
    start_time = ClockField(_l("Begins at"), [needed(_l("Say when its meetings begin."))])
    duration = NumberField(_l("Length in minutes"), [needed(_l("Say how long its meetings last."))])
    place = StringField(_l("Usual place"), [Optional(), longest(300)], filters=[one_line])
    language = ChoiceField(_l("Language of its agendas and minutes"), choices=[])
    readers = ChoiceField(
        _l("Who reads its agendas and minutes"),
        choices=choices_of(READERS),
        description=_l(
            "Restricted items are open only to those who are named or were in the room."
        ),
    )
    on_holidays = ChoiceField(
        _l("If the date is a public holiday"), choices=choices_of(ON_HOLIDAYS)
    )
    notice_days = NumberField(_l("Days before it that the agenda goes out"), [Optional()])
    remind_days = NumberField(_l("Days before it that members are reminded"), [Optional()])
    last_number = NumberField(
        _l("Number of its last meeting so far"),
        [Optional()],
        description=_l("A body that has met before goes on counting from here."),
    )
    about = TextAreaField(_l("What it is for"), [Optional(), longest(LONGEST_ABOUT)])
    active = BooleanField(_l("It still meets"))
    codes: tuple[str, ...] = ()

    def validate_duration(self, field: NumberField) -> None:
        """A meeting lasts a day at most."""
        if field.data is not None and not 5 <= field.data <= MOST_MINUTES:
            raise ValidationError(_("Write between 5 minutes and a whole day, 1440."))

    def validate_notice_days(self, field: NumberField) -> None:
        """Within a quarter."""
        _within(field)

    def validate_remind_days(self, field: NumberField) -> None:
        """Within a quarter."""
        _within(field)

    def entry(self) -> BodyEntry:
        """What was typed, once it is valid."""
        assert self.start_time.data is not None  # noqa: S101  it is needed
        assert self.duration.data is not None  # noqa: S101  it is needed
        return BodyEntry(
            names={code: self[f"name-{code}"].data or "" for code in self.codes},
            type=self.type.data,
            language=self.language.data,
            readers=self.readers.data,
            about=self.about.data or "",
            rhythm=self.rhythm.data or "",
            weekday=int(self.weekday.data),
            nth=int(self.nth.data),
            on_holidays=self.on_holidays.data,
            start_time=self.start_time.data,
            duration=self.duration.data,
            place=self.place.data or "",
            notice_days=self.notice_days.data if self.notice_days.data is not None else 7,
            remind_days=self.remind_days.data if self.remind_days.data is not None else 0,
            last_number=self.last_number.data or 0,
            active=bool(self.active.data),
        )


def _within(field: NumberField) -> None:
    if field.data is not None and field.data > MOST_DAYS:
        raise ValidationError(_("Write at most 90 days."))


def body_form(formdata: Any, languages: Sequence[str], stored: Body | None = None) -> BodyForm:
    """The form with a name for each of ``languages``; the first is needed."""
    codes = tuple(dict.fromkeys([*languages, *(stored.names if stored else ())])) or ("en",)
    values: dict[str, Any] = {
        "weekday": "1", "nth": "1", "duration": 120, "notice_days": 7, "remind_days": 2,
        "language": codes[0], "rhythm": "monthly", "active": True, "readers": "network",
        "on_holidays": "next_week", "type": "plenary_network",
    }  # fmt: skip
    if stored is not None:
        values = facts_of(stored) | {
            "version": stored.version,
            "weekday": str(stored.weekday),
            "nth": str(stored.nth),
            **{f"name-{code}": text for code, text in stored.names.items()},
        }
    else:
        from datetime import time

        values["start_time"] = time(10)
    if formdata is not None:
        # What a form does not send is not what its writer had before them.
        values.pop("version", None)
    fields: dict[str, Any] = {}
    for number, code in enumerate(codes):
        rules = [needed(_("Give the body a name."))] if number == 0 else [Optional()]
        fields[f"name-{code}"] = StringField(
            _("Name in %(language)s", language=language_name(code)),
            [*rules, longest(LONGEST_NAME)],
            filters=[one_line],
        )
    made = type("NamedBodyForm", (BodyForm,), fields)
    form: BodyForm = made(formdata, data=values)
    form.codes = codes
    form.weekday.choices = [(str(number), name) for number, name in weekday_titles()]
    spoken = dict.fromkeys([*codes, *CONTENT_LANGUAGES])
    form.language.choices = [(code, language_name(code)) for code in spoken]
    # The names stand first on the page, and so they do in the summary of errors.
    form._fields = {**{name: form._fields[name] for name in fields}, **form._fields}
    return form


class SeatForm(Form):
    """Somebody who gets a seat in a body."""

    membership_id = ChoiceField(_l("Who"), [needed(_l("Choose somebody."))], choices=[])
    role = ChoiceField(
        _l("Role"),
        choices=choices_of({k: v for k, v in BODY_ROLES.items() if k != "substitute"}),
        default="member",
    )
    substitute_for = ChoiceField(_l("Or as a substitute for"), [Optional()], choices=[])

    def offer(self, people: Iterable[tuple[str, str]], seats: Iterable[tuple[str, str]]) -> None:
        """Put in who is in the network, and whose seats there are."""
        self.membership_id.choices = [("", _("Choose")), *people]
        self.substitute_for.choices = [("", _("Nobody; it is their own seat")), *seats]


class RoleForm(Form):
    """Another role for somebody with a seat."""

    role = ChoiceField(
        _l("Role"), choices=choices_of({k: v for k, v in BODY_ROLES.items() if k != "substitute"})
    )


class QuorumForm(Form):
    """When a body is quorate for items of a kind. Every condition that is set must hold."""

    item_kind = ChoiceField(
        _l("For items of the kind"),
        choices=choices_of(ITEM_KINDS, _l("All that have no rule of their own")),
    )
    counted = ChoiceField(_l("What is counted"), choices=choices_of(COUNTED))
    least = NumberField(_l("Smallest number present"), [Optional()])
    percent = NumberField(_l("Smallest percentage present"), [Optional()])
    sectors = ChoicesField(_l("Each of these sectors is present"), [Optional()], choices=[])
    organisations = ChoicesField(_l("These organisations are present"), [Optional()], choices=[])
    chair_present = BooleanField(_l("The chair is present"))

    def offer(self, sectors: Iterable[tuple[str, str]], organisations: Iterable[Partner]) -> None:
        """Put in the sectors of the city and its organisations."""
        self.sectors.choices = list(sectors)
        self.organisations.choices = [(each.id, each.name) for each in organisations if each.active]

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself; a percentage is at most a hundred, a number at most what a list holds."""
        fits = bool(super().validate(extra_validators))
        if self.percent.data is not None and self.percent.data > 100:
            fits = refuse(self.percent, _("Write at most 100."))
        if self.least.data is not None and self.least.data > MOST_SEATS:
            fits = refuse(self.least, _("Write at most 500."))
        return fits

    def quorum(self) -> Quorum:
        """What was typed, once it is valid."""
        return Quorum(
            self.item_kind.data or "",
            self.counted.data,
            self.least.data,
            self.percent.data,
            tuple(self.sectors.data or ()),
            tuple(self.organisations.data or ()),
            bool(self.chair_present.data),
        )


def statement_form(formdata: Any, languages: Sequence[str], stored: Body) -> Form:
    """The statement of confidence in each language of the city."""
    codes = dict.fromkeys([*languages, *stored.statement])
    fields = {
        f"text-{code}": TextAreaField(
            _("In %(language)s", language=language_name(code)),
            [Optional(), longest(LONGEST_STATEMENT)],
        )
        for code in codes
    }
    made = type("StatementForm", (Form,), fields)
    form: Form = made(
        formdata, data={f"text-{code}": text for code, text in stored.statement.items()}
    )
    return form
