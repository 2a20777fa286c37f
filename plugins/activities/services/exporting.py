"""The list of activities as a file: the same filters, the same order, and only what the reader may see on its pages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, select

from core.api import (
    CalendarEntry,
    Column,
    ListExport,
    Organisation,
    Viewer,
    Written,
    batches,
    current_city,
    db,
    language_name,
    name_of,
    partners,
    site_url,
    today,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from core.api import lazy_pgettext as _lp
from plugins.activities.models import Activity, Partner
from plugins.activities.permissions import Permission
from plugins.activities.services.access import sight
from plugins.activities.services.listing import (
    SORT_KEYS,
    Filters,
    count_activities,
    narrow,
    read_filters,
)
from plugins.activities.services.texts import shown_text
from plugins.activities.shown import LABELS, filter_words
from plugins.activities.words import (
    AGES,
    LEVELS,
    MODES,
    SEXES,
    STATUSES,
    TARGET_GROUPS,
    TYPES,
    VISIBILITIES,
    Mode,
    Status,
    Visibility,
)

Arguments = Mapping[str, str]
Value = Any

_FIELDS = (
    Activity.id,
    Activity.title,
    Activity.description,
    Activity.language,
    Activity.translations,
    Activity.type,
    Activity.status,
    Activity.level,
    Activity.target_groups,
    Activity.languages_used,
    Activity.all_day,
    Activity.wall_start,
    Activity.wall_end,
    Activity.start_date,
    Activity.end_date,
    Activity.place,
    Activity.place_sensitive,
    Activity.mode,
    Activity.participants,
    Activity.attendances,
    Activity.estimated,
    Activity.expected,
    Activity.by_sex,
    Activity.by_age,
    Activity.budget_planned,
    Activity.budget_spent,
    Activity.currency,
    Activity.result,
    Activity.objective,
    Activity.funding,
    Activity.visibility,
)
_IN_CALENDAR = (
    Activity.uid,
    Activity.sequence,
    Activity.zone,
    Activity.start_utc,
    Activity.end_utc,
    Activity.updated_at,
    Activity.organisation_id,
)


def _wanted(filters: Filters, viewer: Viewer) -> list[str]:
    """The identifiers of what the filters leave, in the list's order: what the pages of the list show, one by one."""
    name, falling = filters.order
    key = SORT_KEYS[name]
    query = narrow(select(Activity.id), filters, today())
    ends = (key.desc(), Activity.id.desc()) if falling else (key.asc(), Activity.id.asc())
    return list(db.session.scalars(query.order_by(*ends), sight(viewer)))


def _read(ids: Sequence[str], viewer: Viewer, *columns: Any) -> Iterator[Sequence[Row[Any]]]:
    """The rows of ``ids``, part by part.

    Asked again who may see them, since they are read after they were chosen.
    """
    everything = Filters()
    for part in batches(ids):
        query = narrow(
            select(*columns, Organisation.names.label("organisation_names")), everything, today()
        ).where(Activity.id.in_(part))
        found = {row.id: row for row in db.session.execute(query, sight(viewer))}
        yield [found[identifier] for identifier in part if identifier in found]


def _partners_of(ids: Sequence[str], viewer: Viewer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = db.session.execute(
        select(Partner.activity_id, Organisation.names)
        .join(
            Organisation,
            and_(
                Organisation.city_id == Partner.city_id, Organisation.id == Partner.organisation_id
            ),
        )
        .where(Partner.activity_id.in_(ids))
        .order_by(Organisation.sort_key, Organisation.id)
    )
    for activity_id, names in rows:
        found.setdefault(activity_id, []).append(name_of(names, viewer.locale))
    return found


def export_rows(viewer: Viewer, arguments: Arguments) -> Iterator[Sequence[Value]]:
    """What the list shows of each activity, and what its own page adds."""
    base = site_url("activities.index", city_slug=current_city().slug)
    for rows in _read(_wanted(read_filters(arguments), viewer), viewer, *_FIELDS):
        with_whom = _partners_of([row.id for row in rows], viewer)
        for row in rows:
            yield _row(row, viewer, with_whom.get(row.id, []), base)


def _row(row: Row[Any], viewer: Viewer, with_whom: list[str], base: str) -> Sequence[Value]:
    text = shown_text(row.title, row.description, row.language, row.translations, viewer.locale)
    return (
        row.start_date,
        row.end_date,
        None if row.all_day else f"{row.wall_start:%H:%M}",
        None if row.all_day or row.wall_end is None else f"{row.wall_end:%H:%M}",
        Written(text.title, text.language),
        Written(row.title, row.language),
        language_name(row.language),
        Written(name_of(row.organisation_names, viewer.locale)),
        Written("; ".join(with_whom)),
        str(TYPES.get(row.type, row.type)),
        str(STATUSES[Status(row.status)]),
        str(LEVELS.get(row.level, row.level)),
        "; ".join(str(TARGET_GROUPS.get(code, code)) for code in row.target_groups),
        "; ".join(language_name(code) for code in row.languages_used),
        # A file leaves the house, as a calendar does: a sensitive place stays on the page of the activity.
        _("sensitive, only on the page")
        if row.place_sensitive and row.place
        else Written(row.place),
        str(MODES[Mode(row.mode)]),
        row.participants,
        row.attendances,
        row.estimated,
        row.expected,
        *(row.by_sex.get(code) for code in SEXES),
        *(row.by_age.get(code) for code in AGES),
        row.budget_planned,
        row.budget_spent,
        row.currency if row.budget_planned is not None or row.budget_spent is not None else None,
        Written(text.description, text.description_language),
        Written(row.result, row.language),
        Written(row.objective),
        Written(row.funding),
        str(VISIBILITIES[Visibility(row.visibility)]),
        f"{base}{row.id}",
    )


def export_entries(viewer: Viewer, arguments: Arguments) -> Iterator[CalendarEntry]:
    """The same activities as a calendar file has them."""
    base = site_url("activities.index", city_slug=current_city().slug)
    ids = _wanted(read_filters(arguments), viewer)
    for rows in _read(ids, viewer, *_FIELDS, *_IN_CALENDAR):
        for row in rows:
            text = shown_text(
                row.title, row.description, row.language, row.translations, viewer.locale
            )
            yield CalendarEntry(
                uid=row.uid,
                sequence=row.sequence,
                kind="activities",
                title=text.title,
                status=row.status,
                zone=row.zone,
                start=row.start_utc,
                end=row.end_utc if row.wall_end is not None else None,
                wall_start=row.wall_start,
                wall_end=row.wall_end,
                updated=row.updated_at,
                all_day=row.all_day,
                start_date=row.start_date,
                end_date=row.end_date,
                place="" if row.place_sensitive else row.place,
                description=text.description,
                url=f"{base}{row.id}",
                language=text.language,
                organisation_id=row.organisation_id,
                organisation=name_of(row.organisation_names, viewer.locale),
                level=row.level,
            )


def export_count(viewer: Viewer, arguments: Arguments) -> int:
    """How many activities the filters leave."""
    return count_activities(read_filters(arguments), viewer, today())


def export_words(viewer: Viewer, arguments: Arguments) -> Sequence[str]:
    """Which filters are set."""
    names = {each.id: each.name for each in partners(viewer.locale)}
    return list(filter_words(read_filters(arguments), names).values())


ACTIVITIES = ListExport(
    name="activities",
    title=_l("Activities"),
    columns=(
        Column("start_date", LABELS["start_date"], "date", width=13),
        Column("end_date", LABELS["end_date"], "date", width=13, printed=False),
        Column("start_time", LABELS["start_time"], width=7, printed=False),
        Column("end_time", LABELS["end_time"], width=7, printed=False),
        Column("title", LABELS["title"], width=40),
        Column("original_title", _l("Original title"), width=40, printed=False),
        Column("language", _l("Language of the original"), width=14, printed=False),
        Column("organisation", LABELS["organisation_id"], width=26),
        Column("partners", LABELS["partners"], width=28, printed=False),
        Column("type", LABELS["type"], width=20),
        Column("status", LABELS["status"], width=12),
        Column("level", LABELS["level"], width=18, printed=False),
        Column("target_groups", LABELS["target_groups"], width=22),
        Column("languages_used", LABELS["languages_used"], width=18, printed=False),
        Column("place", LABELS["place"], width=20),
        Column("mode", LABELS["mode"], width=14, printed=False),
        Column("participants", LABELS["participants"], "number", width=13),
        Column("attendances", LABELS["attendances"], "number", width=12, printed=False),
        Column("estimated", LABELS["estimated"], "yes_no", width=12, printed=False),
        Column("expected", LABELS["expected"], "number", width=12, printed=False),
        *(
            Column(f"sex_{code}", title, "number", width=12, printed=False)
            for code, title in SEXES.items()
            if code not in {"other", "unknown"}
        ),
        Column("sex_other", _lp("participants", "Another sex"), "number", width=12, printed=False),
        Column(
            "sex_unknown", _lp("participants", "Sex unknown"), "number", width=12, printed=False
        ),
        *(
            Column(f"age_{code}", title, "number", width=12, printed=False)
            for code, title in AGES.items()
            if code != "unknown"
        ),
        Column(
            "age_unknown", _lp("participants", "Age unknown"), "number", width=12, printed=False
        ),
        Column("budget_planned", LABELS["budget_planned"], "money", width=14, printed=False),
        Column("budget_spent", LABELS["budget_spent"], "money", width=14, printed=False),
        Column("currency", LABELS["currency"], width=8, printed=False),
        Column("description", LABELS["description"], width=50, printed=False),
        Column("result", LABELS["result"], width=50, printed=False),
        Column("objective", LABELS["objective"], width=24, printed=False),
        Column("funding", LABELS["funding"], width=24, printed=False),
        Column("visibility", LABELS["visibility"], width=18, printed=False),
        Column("page", _lp("activity", "Page"), "url", width=24, printed=False),
    ),
    rows=export_rows,
    permission=Permission.SEE,
    count=export_count,
    arguments=(
        "q",
        "type",
        "status",
        "organisation",
        "level",
        "group",
        "period",
        "open_to",
        "sort",
    ),
    words=export_words,
    entries=export_entries,
)
