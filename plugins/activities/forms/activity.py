"""Everything that people say of an activity: eight fields at once, the rest behind "more"."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from core.api import (
    CONTENT_LANGUAGES,
    ChoiceField,
    ChoicesField,
    ChosenField,
    ClockField,
    DayField,
    FilesField,
    Form,
    MoneyField,
    NumberField,
    OnceField,
    OneOfField,
    Partner,
    choices_of,
    language_name,
    longest,
    needed,
    refuse,
    today,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.forms.repeating import (
    check_dates,
    rhythm_of,
    scope_choices,
    skipped_of,
)
from plugins.activities.services.entries import Entry, settle_status
from plugins.activities.services.rhythm import Rhythm
from plugins.activities.services.series import Reach, Scope
from plugins.activities.services.texts import LONGEST_TEXT, LONGEST_TITLE
from plugins.activities.words import (
    AGES,
    CURRENCIES,
    EVERY,
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


class ActivityForm(Form):
    """Everything about an activity: eight fields that everybody sees, the rest behind "more"."""

    once = OnceField()
    version = HiddenField()

    title = StringField(
        _l("What happened?"),
        [
            needed(_l("Give the activity a short title, such as “Media literacy workshop”.")),
            longest(LONGEST_TITLE),
        ],
    )
    type = ChoiceField(
        _l("Type of activity"), [needed(_l("Choose the type that fits best."))], choices=[]
    )
    start_date = DayField(
        _lp("activity", "Date"), [needed(_l("Say on which day it took place or will take place."))]
    )
    place = StringField(_lp("activity", "Place or area"), [Optional(), longest(200)])
    partners = ChoicesField(_l("With whom?"), [Optional()], choices=[])
    target_groups = ChoicesField(
        _l("For whom?"), [Optional()], choices=choices_of(TARGET_GROUPS), validate_choice=False
    )
    participants = NumberField(
        _l("How many people came?"),
        [Optional()],
        description=_l("Each person counted once. For a coming activity: how many you expect."),
    )
    result = TextAreaField(
        _lp("activity", "Result"),
        [Optional(), longest(LONGEST_TEXT)],
        description=_l("Two sentences are enough. No names of participants."),
    )

    repeats = ChoiceField(
        _lp("activity", "Repeats"), [Optional()], choices=choices_of(EVERY, _l("Does not repeat"))
    )
    repeat_until = DayField(_l("Last date of the series"), [Optional()])
    repeat_times = NumberField(_l("Or so many dates"), [Optional()])
    # Ticked where the dates were shown before saving: what was shown, and which of them take place.
    shown_dates = HiddenField()
    dates = ChosenField()
    scope = OneOfField(_l("Change which dates?"), choices=[], default=Scope.ONE.value)

    start_time = ClockField(_lp("activity", "From"), [Optional()])
    end_time = ClockField(_lp("activity", "Until"), [Optional()])
    end_date = DayField(_l("Last day"), [Optional()])
    status = ChoiceField(_lp("activity", "Status"), [Optional()], choices=[])
    organisation_id = ChoiceField(
        _l("Lead organisation"), [needed(_l("Choose the lead organisation."))], choices=[]
    )
    visibility = ChoiceField(_l("Visible to"), choices=choices_of(VISIBILITIES))
    description = TextAreaField(
        _l("Description"),
        [Optional(), longest(LONGEST_TEXT)],
        description=_l("What is planned, for whom and why. No names of participants."),
    )
    language = ChoiceField(_l("Language of these texts"), choices=[])
    level = ChoiceField(
        _l("Level of prevention"),
        [Optional()],
        choices=choices_of(LEVELS, _lp("level of prevention", "Not stated")),
    )
    languages_used = ChoicesField(_l("Languages used"), [Optional()], choices=[])
    mode = ChoiceField(_l("How people met"), choices=choices_of(MODES))
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
    objective = StringField(_l("Objective in the local action plan"), [Optional(), longest(300)])
    funding = StringField(_l("Project or source of funding"), [Optional(), longest(300)])
    worked = TextAreaField(_l("What worked"), [Optional(), longest(LONGEST_TEXT)])
    not_worked = TextAreaField(_l("What did not work"), [Optional(), longest(LONGEST_TEXT)])
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
        self.type.choices = choices_of(TYPES, None if changing else _l("Choose a type"))
        languages = dict.fromkeys([*city_languages, *CONTENT_LANGUAGES])
        names = [(code, language_name(code)) for code in languages]
        self.language.choices = names
        self.languages_used.choices = names
        by_itself = _l("By its date: planned, held or reported")
        self.status.choices = choices_of(STATUSES, None if changing else by_itself)

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
        return self._check_time() and self._check_people() and self._check_repeats() and fits

    def _check_repeats(self) -> bool:
        start = self.start_date.data
        if not self.repeats.data or start is None:
            return True
        return check_dates(self, start)

    @property
    def rhythm(self) -> Rhythm | None:
        """How often it repeats; None when it does not."""
        return rhythm_of(self)

    @property
    def skipped(self) -> list[date] | None:
        """The dates of the series that are left out; None where the writer has not seen the dates as they are now."""
        return skipped_of(self, self.start_date.data)

    @property
    def wanted_scope(self) -> Scope:
        """Which dates of its series are meant; only this one where nothing is said."""
        return Scope(self.scope.data) if self.scope.data in set(Scope) else Scope.ONE

    def ask_scope(self, reach: Reach) -> None:
        """Offer the ways in which a date of a series is changed."""
        self.scope.choices = scope_choices(reach) if reach.others else []

    def _check_time(self) -> bool:
        start, end = self.start_date.data, self.end_date.data
        if start is None:
            return True
        if end is not None and end < start:
            return refuse(
                self.end_date, _("The last day lies before the first. Correct one of the two.")
            )
        begin, until = self.start_time.data, self.end_time.data
        if until is not None and begin is None and not self.start_time.errors:
            return refuse(self.start_time, _("Say also when it begins."))
        if begin is not None and until is not None and end in {None, start} and until < begin:
            return refuse(
                self.end_time,
                _(
                    "It ends before it begins. If it ends after midnight, give the last day as well."
                ),
            )
        if self.status.data in {Status.HELD.value, Status.REPORTED.value} and start > today():
            return refuse(
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
            return refuse(
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
            return refuse(
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
        return refuse(
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
