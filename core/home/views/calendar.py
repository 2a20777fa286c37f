"""The shared calendar: a month or a week as a table, or day by day as a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from flask import Response, abort, current_app, g, render_template, request, url_for

from core.database import utcnow
from core.directory.lists import LEVELS
from core.directory.services import Partner, partners
from core.home.agenda import (
    STATES,
    Filters,
    by_day,
    entries_between,
    first_day,
    kinds,
    last_day,
    midnight,
    with_holidays,
)
from core.home.feed import write_calendar
from core.home.stretches import (
    DAY,
    LIST,
    MONTH,
    WEEK,
    Address,
    Stretch,
    UnreadableDay,
    UnreadableMonth,
    address_of,
    stretch_of,
)
from core.home.views.blueprint import bp
from core.i18n import (
    current_zone,
    first_week_day,
    format_date,
    format_range,
    lang_tag,
    month_names,
    pgettext,
    rest_days,
    today,
    upper_first,
)
from core.i18n import gettext as _
from core.permissions import Permission, requires
from core.values import CalendarEntry
from core.web import city_hooks, viewer

# How many entries a day shows before the rest become a link to it.
IN_A_MONTHS_DAY = 2
IN_A_WEEKS_DAY = 12
# How many years around the one shown can be chosen.
YEARS_AROUND = 5


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a page of the calendar was asked for, and what can be asked for."""

    stretch: Stretch
    wanted: Filters
    kinds: Mapping[str, str]
    partners: tuple[Partner, ...]

    @property
    def kept(self) -> dict[str, Any]:
        """The conditions, as every address of the page keeps them."""
        wanted = self.wanted
        held = {"kind": wanted.kind, "organisation": wanted.organisation, "level": wanted.level}
        return {name: value for name, value in held.items() if value}

    def url(self, address: Address) -> str:
        """A page of the calendar under the same conditions."""
        return url_for("home.calendar", **address, **self.kept)

    def entries(self) -> list[CalendarEntry]:
        """What is asked for, on all the days that are drawn."""
        zone = current_zone()
        return entries_between(
            city_hooks(),
            viewer(),
            midnight(self.stretch.drawn_from, zone).astimezone(UTC),
            midnight(self.stretch.drawn_to, zone).astimezone(UTC),
            self.wanted,
        )


def wanted_in(arguments: Mapping[str, str]) -> Filters:
    """The conditions that an address or a form names; what is not known is left out."""
    return _filters(arguments, kinds(g.enabled_plugins), partners(g.language))


def _filters(
    arguments: Mapping[str, str], known: Mapping[str, str], organisations: Iterable[Partner]
) -> Filters:
    def one_of(name: str, choices: Iterable[str]) -> str:
        value = arguments.get(name, "")
        return value if value in choices else ""

    return Filters(
        one_of("kind", known),
        one_of("organisation", {partner.id for partner in organisations}),
        one_of("level", LEVELS),
    )


def _asked() -> _Asked:
    now = today()
    try:
        stretch = stretch_of(request.args, now, first_week_day())
    except UnreadableMonth:
        abort(
            400,
            _(
                "The month in the address cannot be read. Write it like %(month)s.",
                month=f"{now:%Y-%m}",
            ),
        )
    except UnreadableDay:
        abort(
            400,
            _(
                "The day in the address cannot be read. Write it like %(day)s.",
                day=now.isoformat(),
            ),
        )
    known, organisations = kinds(g.enabled_plugins), partners(g.language)
    return _Asked(stretch, _filters(request.args, known, organisations), known, organisations)


@bp.get("/<city_slug>/calendar")
@requires(Permission.SEE_CALENDAR)
def calendar() -> str:
    """Everything that the reader may know of in a month, a week or a day."""
    asked, now, zone = _asked(), today(), current_zone()
    stretch = asked.stretch
    entries = asked.entries()
    days = by_day(entries, stretch.drawn_from, stretch.drawn_to, zone)
    with_holidays(days, g.city.country, g.language)
    shown = [day for day in days.values() if day]
    if stretch.view == LIST and shown and not asked.wanted and now in stretch and not days[now]:
        shown = sorted([*shown, days[now]], key=lambda day: day.date)
    # The present month opens at today; what is over can be unfolded.
    earlier = [day for day in shown if day.date < now] if now in stretch else []
    drawn = stretch.view if stretch.view in {MONTH, WEEK} else LIST
    return render_template(
        f"home/calendar_{drawn}.html",
        stretch=stretch,
        title=_title(stretch),
        days=days,
        earlier=earlier,
        shown=[day for day in shown if day not in earlier],
        count=sum(
            first_day(entry, zone) < stretch.end and last_day(entry, zone) >= stretch.first
            for entry in entries
        ),
        views=_views(asked, now),
        ways=_ways(asked, now),
        years=range(stretch.first.year - YEARS_AROUND, stretch.first.year + YEARS_AROUND + 1),
        months=month_names(),
        rest=rest_days(),
        kept=asked.kept,
        kinds=asked.kinds,
        organisations=[
            partner
            for partner in asked.partners
            if partner.active or partner.id == asked.wanted.organisation
        ],
        levels=LEVELS,
        wanted=asked.wanted,
        tokens=_tokens(asked),
        today=now,
        tomorrow=now + timedelta(days=1),
        states=STATES,
        most=IN_A_MONTHS_DAY if stretch.view == MONTH else IN_A_WEEKS_DAY,
        until=lambda entry: (
            last_day(entry, zone) if last_day(entry, zone) > first_day(entry, zone) else None
        ),
        started=lambda entry: first_day(entry, zone),
        of_day=lambda day: asked.url(address_of(DAY, day)),
        file=url_for("home.calendar_file", **stretch.here, **asked.kept),
    )


@bp.get("/<city_slug>/calendar/file")
@requires(Permission.SEE_CALENDAR)
def calendar_file() -> Response:
    """What a page of the calendar shows, as a file for other programs."""
    asked = _asked()
    zone = current_zone()
    stretch = asked.stretch
    entries = [
        entry
        for entry in asked.entries()
        if first_day(entry, zone) < stretch.end and last_day(entry, zone) >= stretch.first
    ]
    data = write_calendar(
        entries,
        name=f"{g.city.name_in(g.language)}, {_title(stretch)}",
        zone=g.city.zone,
        prodid_lang=lang_tag(g.language),
        now=utcnow(),
        site_url=current_app.config["SITE_URL"],
    )
    answer = Response(data, mimetype="text/calendar")
    name = f"{g.city.slug}-{next(reversed(list(stretch.here.values())))}.ics"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _title(stretch: Stretch) -> str:
    """What the page is about, in words: November 2026; 16–22 Nov 2026; Tuesday, 17 November 2026."""
    if stretch.view == WEEK:
        return upper_first(format_range(stretch.first, stretch.last))
    return upper_first(format_date(stretch.first, "full" if stretch.view == DAY else "month"))


def _views(asked: _Asked, now: date) -> list[tuple[str, str, bool]]:
    """The ways of looking at the same time: their names, their addresses, and which is the present one."""
    day = asked.stretch.day_for(now)
    names = {
        MONTH: pgettext("calendar", "Month"),
        WEEK: pgettext("calendar", "Week"),
        LIST: pgettext("calendar", "List"),
    }
    return [
        (name, asked.url(address_of(view, day)), view == asked.stretch.view)
        for view, name in names.items()
    ]


def _ways(asked: _Asked, now: date) -> dict[str, tuple[str, str]]:
    """Where the page leads in time: addresses, empty at the ends of the calendar, and words."""
    stretch = asked.stretch
    if stretch.view == WEEK:
        words = pgettext("calendar", "Previous week"), pgettext("calendar", "Next week")
    elif stretch.view == DAY:
        words = pgettext("calendar", "Previous day"), pgettext("calendar", "Next day")
    else:
        before = stretch.first - timedelta(1)
        words = (
            upper_first(format_date(before, "month_short")),
            upper_first(format_date(stretch.end, "month_short")),
        )
    return {
        "prev": (asked.url(stretch.before) if stretch.before else "", words[0]),
        "now": (f"{asked.url(address_of(stretch.view, now))}#today", pgettext("day", "Today")),
        "next": (asked.url(stretch.after) if stretch.after else "", words[1]),
    }


def _tokens(asked: _Asked) -> list[tuple[str, str]]:
    """Each condition in words, with the address of the page without it."""
    kept = asked.kept
    names = {partner.id: partner.name for partner in asked.partners}
    tokens = []
    for name in kept:
        alone = Filters(**{name: kept[name]})
        others = {key: value for key, value in kept.items() if key != name}
        url = url_for("home.calendar", **asked.stretch.here, **others)
        tokens += [(words, url) for words in alone.in_words(asked.kinds, names)]
    return tokens
