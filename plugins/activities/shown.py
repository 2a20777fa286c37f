"""Records as pages show them: names of fields, values in words, dates as they are said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from core.api import (
    Period,
    Viewer,
    format_date,
    format_number,
    format_period,
    lang_tag,
    language_name,
    name_of,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.models import Activity
from plugins.activities.services.listing import Filters
from plugins.activities.services.texts import ShownText, shown_text
from plugins.activities.words import (
    AGES,
    LEVELS,
    MODES,
    PERIODS,
    SEXES,
    STATUS_FILTERS,
    STATUS_LOOKS,
    STATUSES,
    TARGET_GROUPS,
    TYPES,
    VISIBILITIES,
    Status,
)

LABELS = {
    "title": _lp("activity", "Title"),
    "description": _l("Description"),
    "language": _l("Language of these texts"),
    "type": _l("Type of activity"),
    "status": _lp("activity", "Status"),
    "organisation_id": _l("Lead organisation"),
    "partners": _l("Partner organisations"),
    "level": _l("Level of prevention"),
    "target_groups": _l("Target groups"),
    "languages_used": _l("Languages used"),
    "start_date": _lp("activity", "Date"),
    "start_time": _lp("activity", "From"),
    "end_date": _l("Last day"),
    "end_time": _lp("activity", "Until"),
    "place": _lp("activity", "Place or area"),
    "place_sensitive": _l("The place is sensitive"),
    "mode": _l("How people met"),
    "participants": _l("Participants"),
    "attendances": _l("Attendances"),
    "estimated": _l("The number is an estimate"),
    "expected": _l("Expected participants"),
    "by_sex": _l("Participants by sex"),
    "by_age": _l("Participants by age"),
    "budget_planned": _l("Budget planned"),
    "budget_spent": _l("Budget spent"),
    "currency": _l("Currency"),
    "result": _lp("activity", "Result"),
    "worked": _l("What worked"),
    "not_worked": _l("What did not work"),
    "objective": _l("Objective in the local action plan"),
    "funding": _l("Project or source of funding"),
    "visibility": _l("Visible to"),
}
_WORDS: dict[str, Mapping[Any, Any]] = {
    "type": TYPES,
    "status": STATUSES,
    "level": LEVELS,
    "target_groups": TARGET_GROUPS,
    "mode": MODES,
    "visibility": VISIBILITIES,
    "by_sex": SEXES,
    "by_age": AGES,
}
LONG_TEXTS = frozenset({"description", "result", "worked", "not_worked"})
_DAYS = frozenset({"start_date", "end_date"})
_LANGUAGES = frozenset({"language", "languages_used"})
_ORGANISATIONS = frozenset({"organisation_id", "partners"})


def label_of(name: str) -> str:
    """What a field of the history is called."""
    if name.startswith("translation."):
        return _("Translation: %(language)s", language=language_name(name.partition(".")[2]))
    return str(LABELS.get(name, name))


def in_words(name: str, value: Any, organisations: Mapping[str, str]) -> str:
    """A value as history keeps it, in words for a reader; ``organisations`` are names by identifier."""
    if value is None or value in ("", [], {}):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_one(name, each, organisations) for each in value)
    if isinstance(value, dict):
        words = _WORDS.get(name, {})
        return ", ".join(
            f"{words.get(code, code)} {format_number(number)}" for code, number in value.items()
        )
    return _one(name, value, organisations)


def _one(name: str, value: Any, organisations: Mapping[str, str]) -> str:
    if name in _ORGANISATIONS:
        return organisations.get(value) or _("another organisation")
    if name in _LANGUAGES:
        return language_name(value)
    if name in _DAYS:
        return format_date(date.fromisoformat(value))
    if name in {"budget_planned", "budget_spent"}:
        return format_number(Decimal(value), 2)
    if isinstance(value, int):
        return format_number(value)
    words = _WORDS.get(name)
    return str(words.get(value, value)) if words else str(value)


def text_for(record: Activity | Row[Any], viewer: Viewer, description: str = "") -> ShownText:
    """Title and description for this reader; ``record`` is an activity or a row with its texts."""
    return shown_text(
        record.title, description, record.language, record.translations, viewer.locale
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list, in words."""

    id: str
    title: str
    tag: str
    kind: str
    day: str
    organisation: str
    people: str
    status: str
    tone: str
    mark: str
    own: bool
    repeats: bool


def line_of(row: Row[Any], viewer: Viewer) -> Line:
    """A row of the list for this reader."""
    text = text_for(row, viewer)
    status = Status(row.status)
    if status.took_place or row.expected is None:
        people = "" if row.participants is None else format_number(row.participants)
    else:
        people = _("%(num)s expected", num=format_number(row.expected))
    return Line(
        row.id,
        text.title,
        "" if text.language == viewer.locale else lang_tag(text.language),
        str(TYPES.get(row.type, row.type)),
        format_date(row.start_date),
        name_of(row.organisation_names, viewer.locale),
        people,
        str(STATUSES[status]),
        *STATUS_LOOKS[status],
        row.visibility == "organisation",
        row.series_id is not None,
    )


@dataclass(frozen=True, slots=True)
class BriefLine:
    """An activity on a card, in words."""

    id: str
    title: str
    tag: str
    day: str
    organisation: str
    status: str
    tone: str
    mark: str


def brief_line(row: Row[Any], viewer: Viewer) -> BriefLine:
    """A row of the home page's query for this reader."""
    text, status = text_for(row, viewer), Status(row.status)
    return BriefLine(
        row.id,
        text.title,
        "" if text.language == viewer.locale else lang_tag(text.language),
        format_date(row.start_date),
        name_of(row.organisation_names, viewer.locale),
        str(STATUSES[status]),
        *STATUS_LOOKS[status],
    )


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency, as the reader's language writes numbers."""
    return "" if amount is None else f"{format_number(amount, 2)} {currency}"


def period_words(period: str) -> str:
    """A period of the list, or a year or quarter by its name, in words."""
    named = Period.named(period)
    return format_period(named) if named else str(PERIODS[period])


def filter_words(filters: Filters, names: Mapping[str, str]) -> dict[str, str]:
    """The conditions of a list in words, by the names they have in its address; ``names`` are organisations."""
    told = {
        "q": filters.q and _("Search: %(words)s", words=filters.q),
        "type": filters.type and _("Type: %(type)s", type=TYPES[filters.type]),
        "status": filters.status and _("Status: %(status)s", status=STATUS_FILTERS[filters.status]),
        "organisation": filters.organisation
        and _(
            "Organisation: %(organisation)s",
            organisation=names.get(filters.organisation, _("unknown")),
        ),
        "level": filters.level and _("Level: %(level)s", level=LEVELS[filters.level]),
        "group": filters.group and _("Target group: %(group)s", group=TARGET_GROUPS[filters.group]),
        "open_to": filters.open_to and _("Open to every member"),
        "period": filters.period and _("Period: %(period)s", period=period_words(filters.period)),
    }
    return {name: words for name, words in told.items() if words}
