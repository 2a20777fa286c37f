"""How often something repeats, which of its dates take place, and which dates of a series are meant."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import HiddenField, StringField
from wtforms.validators import Optional

from core.api import (
    ChoiceField,
    ChoicesField,
    ChosenField,
    DayField,
    Form,
    NumberField,
    OneOfField,
    choices_of,
    format_date,
    longest,
    needed,
    ngettext,
    refuse,
    today,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.services.rhythm import (
    MOST_DATES,
    Every,
    Rhythm,
    TooFewDates,
    TooLongAgo,
    TooManyDates,
    dates_of,
)
from plugins.activities.services.series import Reach, Scope
from plugins.activities.words import EVERY, TARGET_GROUPS


def rhythm_of(form: Any) -> Rhythm | None:
    """What the fields of ``form`` say; None when nothing is to be repeated."""
    if form.repeats.data not in set(Every):
        return None
    return Rhythm(Every(form.repeats.data), form.repeat_until.data, form.repeat_times.data)


def check_dates(form: Any, start: date) -> bool:
    """Whether the fields give a series that begins on ``start``; says at the field what does not fit."""
    if any(each.errors for each in (form.repeats, form.repeat_until, form.repeat_times)):
        return False
    rhythm = rhythm_of(form)
    if rhythm is None:
        return refuse(form.repeats, _("Choose one from the list."))
    if rhythm.until is not None and rhythm.times is not None:
        return refuse(
            form.repeat_times, _("Give the last date or how many dates there are, not both.")
        )
    if rhythm.times is not None and rhythm.times < 2:
        return refuse(form.repeat_times, _("A series has two dates at least."))
    try:
        dates_of(rhythm, start, today())
    except TooFewDates:
        return refuse(
            form.repeat_until,
            _("There is no second date until then. Give a later day, or do not repeat."),
        )
    except TooManyDates:
        return refuse(
            form.repeat_until if rhythm.times is None else form.repeat_times,
            _("A series has %(num)s dates at most. Let it end earlier.", num=MOST_DATES),
        )
    except TooLongAgo:
        return refuse(
            form.repeat_until,
            _("It began more than a year ago. Say when the series ended or will end."),
        )
    return True


def stamp(rhythm: Rhythm, start: date) -> str:
    """Names the dates that were shown: ticks of other dates count for nothing."""
    until = rhythm.until.isoformat() if rhythm.until else ""
    return f"{start.isoformat()} {rhythm.every.value} {until} {rhythm.times or ''}"


def skipped_of(form: Any, start: date | None) -> list[date] | None:
    """The dates that were shown and are not ticked; None where other dates were shown, or none."""
    rhythm = rhythm_of(form)
    if rhythm is None or start is None or form.shown_dates.data != stamp(rhythm, start):
        return None
    ticked = set(form.dates.data or ())
    return [day for day in dates_of(rhythm, start, today()) if day.isoformat() not in ticked]


class RepeatForm(Form):
    """How often an activity that stands alone is to be repeated."""

    repeats = ChoiceField(
        _lp("activity", "Repeats"),
        [needed(_l("Say how often it repeats."))],
        choices=choices_of(EVERY),
    )
    repeat_until = DayField(_l("Last date of the series"), [Optional()])
    repeat_times = NumberField(_l("Or so many dates"), [Optional()])
    shown_dates = HiddenField()
    dates = ChosenField()

    def fits(self, start: date) -> bool:
        """Whether it gives a series that begins on ``start``."""
        return self.validate() and check_dates(self, start)

    @property
    def rhythm(self) -> Rhythm | None:
        """How often it repeats."""
        return rhythm_of(self)


def scope_choices(reach: Reach) -> list[tuple[str, str]]:
    """The three ways, each with how many dates it touches."""

    def dates(number: int) -> str:
        return ngettext("%(num)s date", "%(num)s dates", number)

    choices = [(Scope.ONE.value, _("Only this date"))]
    if 1 < reach.following < reach.all:
        words = _("This and the following: %(dates)s", dates=dates(reach.following))
        choices.append((Scope.FOLLOWING.value, words))
    words = _("All that lie ahead: %(dates)s", dates=dates(reach.all))
    return [*choices, (Scope.ALL.value, words)]


class ScopeForm(Form):
    """Which dates of a series are meant."""

    scope = OneOfField(_l("Which dates?"), choices=[], default=Scope.ONE.value)

    def ask(self, reach: Reach) -> None:
        """Offer what there is."""
        self.scope.choices = scope_choices(reach)


class NearbyForm(Form):
    """What a new activity is compared with: its day, its place, for whom."""

    start_date = DayField(_lp("activity", "Date"), [Optional()])
    place = StringField(_lp("activity", "Place or area"), [Optional(), longest(200)])
    target_groups = ChoicesField(
        _l("For whom?"), [Optional()], choices=choices_of(TARGET_GROUPS), validate_choice=False
    )


def tickable(
    days: list[date], holidays: Mapping[date, Any], skipped: list[date] | None
) -> list[dict[str, Any]]:
    """The dates of a series as boxes to tick: holidays are left out at first, the first date always stands."""
    return [
        {
            "day": day,
            "words": format_date(day, "full"),
            "holiday": holidays.get(day),
            "ticked": day not in holidays if skipped is None else day not in skipped,
            "fixed": number == 0,
        }
        for number, day in enumerate(days)
    ]
