"""The front door: what this plugin is, and what it adds to pages that are not its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from flask import url_for

from core.api import (
    CalendarEntry,
    Card,
    City,
    Hit,
    Link,
    Measure,
    NavItem,
    Period,
    Plugin,
    Query,
    Ref,
    Searchable,
    Shortcut,
    Translatable,
    Viewer,
    Waiting,
    current_city,
    hookimpl,
    ngettext,
    site_url,
    today,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from plugins.activities.permissions import PERMISSIONS, Permission
from plugins.activities.services import translating
from plugins.activities.services.access import KIND
from plugins.activities.services.exporting import ACTIVITIES
from plugins.activities.services.importing import extend_series, forget_old_previews
from plugins.activities.services.measures import measures as counted_in
from plugins.activities.services.overview import (
    SMALL,
    calendar_entries,
    events_of,
    home,
    titles_of,
)
from plugins.activities.services.searching import all_searchable, hits
from plugins.activities.services.spreadsheet import SPREADSHEET
from plugins.activities.services.telling import ask_for_reports, follow, roll_reminders
from plugins.activities.services.texts import shown_text
from plugins.activities.services.waiting import lacking_reports
from plugins.activities.shown import brief_line
from plugins.activities.told import NOTIFICATIONS
from plugins.activities.views import bp
from plugins.activities.words import Visibility

plugin = Plugin(
    name="activities",
    title=_l("Activities"),
    summary=_l("What organisations plan, do and achieve, and its place in the calendar."),
    audience=_l("Members of the network; an organisation may keep an activity to itself."),
    icon="clipboard-list",
    version="1.0",
    blueprint=bp,
    permissions=PERMISSIONS,
    exports=(ACTIVITIES,),
    imports=(SPREADSHEET,),
    notifications=NOTIFICATIONS,
)


@hookimpl
def navigation(viewer: Viewer) -> Iterable[NavItem]:
    """The list of activities."""
    if viewer.may(Permission.SEE):
        yield NavItem(_("Activities"), url_for("activities.index"), "clipboard-list", 30)


@hookimpl
def dashboard(viewer: Viewer) -> Iterable[Card | Shortcut]:
    """What waits for a report, the quarter's figures, and what was logged last; one query for all."""
    if viewer.may(Permission.LOG):
        yield Shortcut(_("Log an activity"), url_for("activities.new"), "plus", 10)
    if not viewer.may(Permission.SEE_FIGURES):
        return
    sees = viewer.may(Permission.SEE)
    found = home(viewer, today())
    if found.waiting:
        yield Card(
            _("Waiting for your report"),
            "activities/card_waiting.html",
            {"lines": tuple(brief_line(row, viewer) for row in found.waiting)},
            order=5,
            wide=True,
            link=Link(
                ngettext("All %(num)s", "All %(num)s", found.number_waiting),
                url_for("activities.index", status="unreported"),
            )
            if found.number_waiting > len(found.waiting)
            else None,
        )
    if sees:
        yield Card(
            _("Lately logged"),
            "activities/card_latest.html",
            {
                "lines": tuple(brief_line(row, viewer) for row in found.latest),
                "base": url_for("activities.index"),
                "may_log": viewer.may(Permission.LOG),
            },
            order=20,
            wide=True,
            link=Link(_("All activities"), url_for("activities.index")) if found.latest else None,
        )
    yield Card(
        _("This quarter"),
        "activities/card_figures.html",
        {
            "figures": found.figures,
            "hidden": 0 < found.figures.people < SMALL and not sees,
            "small": SMALL,
            "url": url_for("activities.index", period="this_quarter", status="took_place")
            if sees
            else "",
        },
        order=10,
    )


@hookimpl
def calendar(viewer: Viewer, start: datetime, end: datetime) -> Iterator[CalendarEntry]:
    """What is planned and was held; of what others keep to themselves, the time alone."""
    return calendar_entries(viewer, start, end, url_for("activities.index"))


@hookimpl
def waiting(viewer: Viewer) -> Iterator[Waiting]:
    """What was held, or should have been, and has no report."""
    return lacking_reports(viewer, today(), url_for("activities.index"))


@hookimpl
def measures(city: City, periods: Sequence[Period]) -> Iterator[Sequence[Measure]]:
    """What was held and reported, whom it reached, and how many organisations did something."""
    return counted_in(periods)


@hookimpl
def describe(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
    """Titles of the activities that the viewer may see."""
    wanted = {ref.id: ref for ref in refs if ref.kind == KIND}
    base = url_for("activities.index")
    links: dict[Ref, Link] = {}
    for row in titles_of(list(wanted), viewer):
        text = shown_text(row.title, "", row.language, row.translations, viewer.locale)
        links[wanted[row.id]] = Link(
            text.title,
            f"{base}{row.id}",
            text.language,
            restricted=row.visibility != Visibility.MEMBERS,
        )
    return links


@hookimpl
def events(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, CalendarEntry]:
    """What people are invited to; of what others keep to themselves, the time and the state alone."""
    wanted = {ref.id: ref for ref in refs if ref.kind == KIND}
    base = site_url("activities.index", city_slug=current_city().slug)
    return {wanted[one]: entry for one, entry in events_of(list(wanted), viewer, base).items()}


@hookimpl
def answered(ref: Ref) -> None:
    """Remind whoever is coming, and no longer who is not."""
    follow([ref.id])


@hookimpl
def translatable(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
    """Title and description."""
    return translating.translatable(refs, viewer)


@hookimpl
def text_translated(
    ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
) -> None:
    """Keep the copy that lists, calendars and search read."""
    translating.note_translation(ref, language, texts, state, viewer)


@hookimpl
def search(viewer: Viewer, query: Query) -> Iterable[Hit]:
    """The activities that match, as far as the viewer may see them."""
    if viewer.may(Permission.SEE):
        yield from hits(
            viewer, query, url_for("activities.index"), url_for("activities.index", q=query.typed)
        )


@hookimpl
def searchable(city: City) -> Iterator[Searchable]:
    """Every activity."""
    return all_searchable()


@hookimpl
def run_daily(city: City, today: date) -> None:
    """Make the next dates of endless series, remind of what comes, ask for reports, and forget unconfirmed imports."""
    extend_series(today)
    forget_old_previews()
    roll_reminders(today)
    ask_for_reports(today)


@hookimpl
def seed_demo(city: City) -> None:
    """A year of activities in the languages of an invented city."""
    from plugins.activities.demo import seed

    seed(city)
