"""What people type about an activity: numbers and dates as they write them, sums that come out even."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import Length, Optional, StopValidation

from core.api import CONTENT_LANGUAGES, Form, OnceField, Partner, clean, language_name, today
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.services.entries import Entry, settle_status
from plugins.activities.words import (
    AGES,
    CURRENCIES,
    LEVELS,
    MODES,
    SEXES,
    STATUSES,
    TARGET_GROUPS,
    TYPES,
    USUAL_TARGET_GROUPS,
    VISIBILITIES,
    Mode,
    Status,
    Visibility,
)

MOST_PEOPLE = 1_000_000
MOST_MONEY = Decimal("9999999999.99")
FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_TEXT = 20_000


# -- Reading what people type ----------------------------------------------------------------------------

_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_SIGNS = str.maketrans({"٫": ".", "٬": " ", "،": ",", "’": " ", "'": " ", "−": "-"})
_WHOLE = re.compile(r"\d{1,9}|\d{1,3}(?:([ .,])\d{3})(?:\1\d{3})*")
_MONEY = re.compile(r"(\d+|\d{1,3}(?:([ .,])\d{3})(?:\2\d{3})*)(?:[.,](\d{1,2}))?")
_DAY = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{1,2})\s*[./ -]\s*(\d{4})\.?")
_ISO_DAY = re.compile(r"(\d{4})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?(?::\d{2}(?:\.\d+)?)?")


def plain_digits(text: str) -> str:
    """``text`` with digits of any script as 0 to 9, without marks of direction, with plain separators."""
    digits = [
        sign if sign.isascii() or (digit := unicodedata.decimal(sign, None)) is None else str(digit)
        for sign in text.translate(_MARKS)
    ]
    spaced = "".join(" " if sign.isspace() else sign for sign in digits)
    return spaced.translate(_SIGNS).strip()


def read_number(text: str) -> int:
    """A whole number as people write it: 30, ٣٠, 1 046, 1.046. Raises ``ValueError`` for anything else."""
    text = plain_digits(text)
    if len(text) > 20 or not _WHOLE.fullmatch(text):
        raise ValueError(text[:20])
    return int(re.sub(r"\D", "", text))


def read_money(text: str) -> Decimal:
    """An amount: 1200, 1.200,50, ١٬٢٠٠٫٥٠. Raises ``ValueError``."""
    text = plain_digits(text)
    match = _MONEY.fullmatch(text) if len(text) <= 30 else None
    if match is None:
        raise ValueError(text[:30])
    whole = re.sub(r"\D", "", match[1])
    return Decimal(f"{whole}.{match[3] or '0'}").quantize(Decimal("0.01"))


def read_day(text: str) -> date:
    """A day as a browser's field gives it, or as people here write it: day, month, year. Raises ``ValueError``."""
    text = plain_digits(text)
    if len(text) > 30:
        raise ValueError(text[:30])
    if match := _ISO_DAY.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY.fullmatch(text):
        day, month, year = match.groups()
    else:
        raise ValueError(text)
    return date(int(year), int(month), int(day))


def read_clock(text: str) -> time:
    """A time of day: 17:30, 17.30, ٥:٣٠, 17. Raises ``ValueError``."""
    text = plain_digits(text)
    match = _CLOCK.fullmatch(text) if len(text) <= 16 else None
    if match is None:
        raise ValueError(text[:16])
    return time(int(match[1]), int(match[2] or 0))


def read_version(text: str | None) -> int:
    """The version that a form carries; 0, which no record has, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


class _Typed(Field):
    """A field that reads text by a function of ours and says in a sentence what it could not read."""

    # ``takes_text`` would clean what has been read already; what is typed is cleaned here.
    takes_text = False
    sentence: Any = ""

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the first value; an empty one is None."""
        text = clean(valuelist[0]) if valuelist and isinstance(valuelist[0], str) else ""
        self.raw_data = [text or ""]
        self.data = None
        if text:
            try:
                self.data = self.read(text)
            except (ValueError, OverflowError):
                raise ValueError(str(self.sentence)) from None


class NumberField(_Typed, IntegerField):
    """How many."""

    sentence = _l("Write a number, such as 30. If nobody counted, write an estimate.")

    def read(self, text: str) -> int:
        """At most a million: more is a slip."""
        number = read_number(text)
        if number > MOST_PEOPLE:
            raise ValueError(text[:20])
        return number


class MoneyField(_Typed, DecimalField):
    """An amount of money, without its currency."""

    sentence = _l("Write an amount in figures, such as 1200 or 1200.50.")

    def read(self, text: str) -> Decimal:
        """Within what the database keeps exactly."""
        amount = read_money(text)
        if amount > MOST_MONEY:
            raise ValueError(text[:30])
        return amount

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class DayField(_Typed, DateField):
    """A day."""

    sentence = _l("Write a date as day, month and year, such as 14.11.2026.")

    def read(self, text: str) -> date:
        """Within the years that a record can sensibly be about."""
        day = read_day(text)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(text[:30])
        return day


class ClockField(_Typed, TimeField):
    """A time of day."""

    sentence = _l("Write a time as hours and minutes, such as 17:30.")

    def read(self, text: str) -> time:
        """Hours and minutes."""
        return read_clock(text)


class FilesField(MultipleFileField):
    """Files to keep with the record."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Leave out what a browser sends for no file, and what is no file."""
        self.data = [each for each in valuelist if isinstance(each, FileStorage) and each.filename]


class ChoiceField(SelectField):
    """One of several; an unknown value is told in our words."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered."""
        if not any(choice[2] for choice in self.iter_choices()):
            raise ValidationError(_("Choose one from the list."))


class ChoicesField(SelectMultipleField):
    """Several of several; what is not offered is told, each is kept once and in the list's order."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered."""
        offered = [str(choice[0]) for choice in self.iter_choices()]
        if set(self.data or ()) - set(offered):
            raise ValidationError(_("Choose from the list."))
        self.data = [value for value in offered if value in (self.data or ())]


def _needed(sentence: Any) -> Any:
    """The validator of a field that must be filled in, with what to do."""

    def check(_form: Any, field: Any) -> None:
        if field.data is None or field.data == "":
            if not field.errors:
                raise StopValidation(str(sentence))
            raise StopValidation

    check.field_flags = {"required": True}  # type: ignore[attr-defined]  # WTForms reads it
    return check


def _longest(most: int) -> Length:
    return Length(max=most, message=_l("Shorten this to %(max)d characters at most."))


def _choices(titles: Mapping[Any, Any], first: Any = None) -> list[tuple[str, Any]]:
    offered = [(str(getattr(code, "value", code)), title) for code, title in titles.items()]
    return offered if first is None else [("", first), *offered]


# -- The forms -----------------------------------------------------------------------------------------------


class ActivityForm(Form):
    """Everything about an activity: eight fields that everybody sees, the rest behind "more"."""

    once = OnceField()
    version = HiddenField()

    title = StringField(
        _l("What happened?"),
        [
            _needed(_l("Give the activity a short title, such as “Media literacy workshop”.")),
            _longest(200),
        ],
    )
    type = ChoiceField(
        _l("Type of activity"), [_needed(_l("Choose the type that fits best."))], choices=[]
    )
    start_date = DayField(
        _lp("activity", "Date"), [_needed(_l("Say on which day it took place or will take place."))]
    )
    place = StringField(_lp("activity", "Place or area"), [Optional(), _longest(200)])
    partners = ChoicesField(_l("With whom?"), [Optional()], choices=[])
    target_groups = ChoicesField(
        _l("For whom?"), [Optional()], choices=_choices(TARGET_GROUPS), validate_choice=False
    )
    participants = NumberField(
        _l("How many people came?"),
        [Optional()],
        description=_l("Each person counted once. For a coming activity: how many you expect."),
    )
    result = TextAreaField(
        _lp("activity", "Result"),
        [Optional(), _longest(LONGEST_TEXT)],
        description=_l("Two sentences are enough. No names of participants."),
    )

    start_time = ClockField(_lp("activity", "From"), [Optional()])
    end_time = ClockField(_lp("activity", "Until"), [Optional()])
    end_date = DayField(_l("Last day"), [Optional()])
    status = ChoiceField(_lp("activity", "Status"), [Optional()], choices=[])
    organisation_id = ChoiceField(
        _l("Lead organisation"), [_needed(_l("Choose the lead organisation."))], choices=[]
    )
    visibility = ChoiceField(_l("Visible to"), choices=_choices(VISIBILITIES))
    description = TextAreaField(
        _l("Description"),
        [Optional(), _longest(LONGEST_TEXT)],
        description=_l("What is planned, for whom and why. No names of participants."),
    )
    language = ChoiceField(_l("Language of these texts"), choices=[])
    level = ChoiceField(
        _l("Level of prevention"),
        [Optional()],
        choices=_choices(LEVELS, _lp("level of prevention", "Not stated")),
    )
    languages_used = ChoicesField(_l("Languages used"), [Optional()], choices=[])
    mode = ChoiceField(_l("How people met"), choices=_choices(MODES))
    place_sensitive = BooleanField(
        _l("The place is sensitive"),
        description=_l("Then write only the area, no address. It is left out of calendars."),
    )
    expected = NumberField(_l("Expected participants"), [Optional()])
    estimated = BooleanField(_l("The number is an estimate"))
    attendances = NumberField(
        _l("Attendances"),
        [Optional()],
        description=_l("One person at three sessions counts three times."),
    )
    budget_planned = MoneyField(_l("Budget planned"), [Optional()])
    budget_spent = MoneyField(_l("Budget spent"), [Optional()])
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in CURRENCIES])
    objective = StringField(_l("Objective in the local action plan"), [Optional(), _longest(300)])
    funding = StringField(_l("Project or source of funding"), [Optional(), _longest(300)])
    worked = TextAreaField(_l("What worked"), [Optional(), _longest(LONGEST_TEXT)])
    not_worked = TextAreaField(_l("What did not work"), [Optional(), _longest(LONGEST_TEXT)])
    files = FilesField(
        _l("Attachments"),
        [Optional()],
        description=_l("Programmes, material, photographs without recognisable people."),
    )

    sex_female = NumberField(SEXES["female"], [Optional()])
    sex_male = NumberField(SEXES["male"], [Optional()])
    sex_other = NumberField(SEXES["other"], [Optional()])
    sex_unknown = NumberField(SEXES["unknown"], [Optional()])
    age_0_11 = NumberField(AGES["0_11"], [Optional()])
    age_12_17 = NumberField(AGES["12_17"], [Optional()])
    age_18_29 = NumberField(AGES["18_29"], [Optional()])
    age_30_64 = NumberField(AGES["30_64"], [Optional()])
    age_65_up = NumberField(AGES["65_up"], [Optional()])
    age_unknown = NumberField(AGES["unknown"], [Optional()])

    def offer(
        self,
        organisations: Sequence[Partner],
        city_languages: Sequence[str],
        *,
        kept: Iterable[str] = (),
        changing: bool = False,
    ) -> None:
        """Put in the choices that depend on the city; ``kept`` are organisations offered though they have left."""
        kept = set(kept)
        offered = [(each.id, each.name) for each in organisations if each.active or each.id in kept]
        self.partners.choices = offered
        self.organisation_id.choices = offered
        self.type.choices = _choices(TYPES, None if changing else _l("Choose a type"))
        languages = dict.fromkeys([*city_languages, *CONTENT_LANGUAGES])
        names = [(code, language_name(code)) for code in languages]
        self.language.choices = names
        self.languages_used.choices = names
        by_itself = _l("By its date: planned, held or reported")
        self.status.choices = _choices(STATUSES, None if changing else by_itself)

    @property
    def usual_groups(self) -> list[tuple[str, Any, bool]]:
        """The target groups that are offered at once."""
        return self._groups(USUAL_TARGET_GROUPS)

    @property
    def other_groups(self) -> list[tuple[str, Any, bool]]:
        """The rest of them."""
        return self._groups(code for code in TARGET_GROUPS if code not in USUAL_TARGET_GROUPS)

    def _groups(self, codes: Iterable[str]) -> list[tuple[str, Any, bool]]:
        chosen = self.target_groups.data or []
        return [(code, TARGET_GROUPS[code], code in chosen) for code in codes]

    @property
    def more_is_open(self) -> bool:
        """Whether something behind "more" needs the writer's eye."""
        return any(field.errors for field in self if field.short_name not in _AT_ONCE)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Each field by itself, then what must fit together."""
        fits = bool(super().validate(extra_validators))
        return self._check_time() and self._check_people() and fits

    def _check_time(self) -> bool:
        start, end = self.start_date.data, self.end_date.data
        if start is None:
            return True
        if end is not None and end < start:
            return _refuse(
                self.end_date, _("The last day lies before the first. Correct one of the two.")
            )
        begin, until = self.start_time.data, self.end_time.data
        if until is not None and begin is None and not self.start_time.errors:
            return _refuse(self.start_time, _("Say also when it begins."))
        if begin is not None and until is not None and end in {None, start} and until < begin:
            return _refuse(
                self.end_time,
                _(
                    "It ends before it begins. If it ends after midnight, give the last day as well."
                ),
            )
        if self.status.data in {Status.HELD.value, Status.REPORTED.value} and start > today():
            return _refuse(
                self.start_date,
                _(
                    "The date lies ahead, so it cannot have been held. Correct the date or the status."
                ),
            )
        return True

    @property
    def settled_status(self) -> str:
        """The status that will be stored."""
        return settle_status(
            self.status.data or "", self.start_date.data or today(), self.result.data or "", today()
        )

    def _parts(self, prefix: str, codes: Iterable[str]) -> dict[str, Any]:
        return {code: self[f"{prefix}_{code}"] for code in codes}

    def _check_people(self) -> bool:
        parts = [self._parts("sex", SEXES), self._parts("age", AGES)]
        if any(
            field.errors
            for field in (
                self.status,
                self.participants,
                self.attendances,
                *parts[0].values(),
                *parts[1].values(),
            )
        ):
            return False
        told = [[f.data for f in group.values() if f.data is not None] for group in parts]
        if any(told) and not Status(self.settled_status).took_place:
            first = next(f for group in parts for f in group.values() if f.data is not None)
            return _refuse(
                first,
                _(
                    "People are counted once the activity has taken place. Leave this empty until then."
                ),
            )
        if any(told) and self.participants.data is None:
            self.participants.data = max(sum(each) for each in told)
            self.participants.raw_data = None
        total = self.participants.data
        if total is None:
            return True
        if self.attendances.data is not None and self.attendances.data < total:
            return _refuse(
                self.attendances,
                _("There cannot be fewer attendances than people. Correct one of the two."),
            )
        checked = [
            self._even_out(group, total)
            for group, numbers in zip(parts, told, strict=True)
            if numbers
        ]
        return all(checked)

    def _even_out(self, group: Mapping[str, Any], total: int) -> bool:
        """Put what is left over under "unknown"; refuse parts that do not make up the total."""
        unknown = group["unknown"]
        known = sum(field.data or 0 for code, field in group.items() if code != "unknown")
        if unknown.data is None and known <= total:
            unknown.data = total - known
            unknown.raw_data = None
            return True
        told = known + (unknown.data or 0)
        if told == total:
            return True
        first = next(field for field in group.values() if field.data is not None)
        return _refuse(
            first,
            _(
                "The parts add up to %(parts)s, but %(total)s people came. Correct one of the numbers.",
                parts=told,
                total=total,
            ),
        )

    def entry(self) -> Entry:
        """What the valid form says."""
        assert self.start_date.data is not None  # noqa: S101  the field is needed, and the form is valid
        took_place = Status(self.settled_status).took_place
        participants, expected = self.participants.data, self.expected.data
        if not took_place and participants is not None:
            participants, expected = None, expected if expected is not None else participants
        return Entry(
            title=" ".join((self.title.data or "").split()),
            type=self.type.data,
            start_date=self.start_date.data,
            organisation_id=self.organisation_id.data,
            language=self.language.data,
            start_time=self.start_time.data,
            end_date=self.end_date.data,
            end_time=self.end_time.data,
            description=self.description.data or "",
            status=self.status.data or "",
            level=self.level.data or "",
            target_groups=tuple(self.target_groups.data or ()),
            languages_used=tuple(self.languages_used.data or ()),
            partners=tuple(self.partners.data or ()),
            place=" ".join((self.place.data or "").split()),
            place_sensitive=bool(self.place_sensitive.data),
            mode=self.mode.data,
            participants=participants,
            attendances=self.attendances.data if took_place else None,
            estimated=bool(self.estimated.data),
            expected=expected,
            by_sex=self._counted("sex", SEXES) if took_place else {},
            by_age=self._counted("age", AGES) if took_place else {},
            budget_planned=self.budget_planned.data,
            budget_spent=self.budget_spent.data,
            currency=self.currency.data,
            result=self.result.data or "",
            worked=self.worked.data or "",
            not_worked=self.not_worked.data or "",
            objective=self.objective.data or "",
            funding=self.funding.data or "",
            visibility=self.visibility.data,
        )

    def _counted(self, prefix: str, codes: Iterable[str]) -> dict[str, int]:
        return {
            code: field.data
            for code, field in self._parts(prefix, codes).items()
            if field.data is not None
        }


_AT_ONCE = frozenset(
    "title type start_date place partners target_groups participants result once version".split()
)


def _refuse(field: Field, sentence: str) -> bool:
    field.errors = [*field.errors, sentence]
    return False


def form_values(entry: Entry) -> dict[str, Any]:
    """What the fields of the form show for ``entry``."""
    values = {
        name: getattr(entry, name) for name in Entry.__slots__ if name not in {"by_sex", "by_age"}
    }
    for name in ("target_groups", "languages_used", "partners"):
        values[name] = list(values[name])
    values |= {f"sex_{code}": number for code, number in entry.by_sex.items()}
    values |= {f"age_{code}": number for code, number in entry.by_age.items()}
    return values


def first_values(language: str, organisation_id: str | None, currency: str) -> dict[str, Any]:
    """What an empty form shows: today, and what is most likely."""
    return {
        "start_date": today(),
        "language": language,
        "organisation_id": organisation_id or "",
        "visibility": Visibility.MEMBERS.value,
        "mode": Mode.IN_PERSON.value,
        "currency": currency,
    }


class TranslationForm(Form):
    """Title and description in another language."""

    language = ChoiceField(
        _l("Language"), [_needed(_l("Choose the language of the translation."))], choices=[]
    )
    title = StringField(
        _lp("activity", "Title"), [_needed(_l("Translate the title.")), _longest(200)]
    )
    description = TextAreaField(_l("Description"), [Optional(), _longest(LONGEST_TEXT)])


class AttachmentForm(Form):
    """Files to add to a record."""

    files = FilesField(_l("Attachments"))


class ImportForm(Form):
    """A calendar file, and for whom it is imported."""

    file = FilesField(_l("Calendar file"))
    organisation_id = ChoiceField(
        _l("Lead organisation"), [_needed(_l("Choose the lead organisation."))], choices=[]
    )
    language = ChoiceField(_l("Language of the calendar"), choices=[])


__all__ = [
    "ActivityForm", "AttachmentForm", "ImportForm", "TranslationForm",
    "first_values", "form_values", "read_clock", "read_day", "read_money", "read_number",
    "read_version",
]  # fmt: skip
