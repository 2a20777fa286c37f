"""The front door: what this plugin is, and what it adds to pages that are not its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from flask import Flask, url_for

from core.api import (
    CalendarEntry,
    Card,
    City,
    Hit,
    Link,
    Measure,
    NavItem,
    Panel,
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
    register_panel,
    site_url,
    today,
)
from core.api import gettext as _
from core.api import lazy_gettext as _l
from plugins.meetings.forms.settings import SettingsForm
from plugins.meetings.permissions import PERMISSIONS, Permission
from plugins.meetings.services import translating
from plugins.meetings.services.convening import answers_changed
from plugins.meetings.services.describing import described
from plugins.meetings.services.exporting import ATTENDED, DECISIONS
from plugins.meetings.services.linking import all_searchable
from plugins.meetings.services.listing import coming
from plugins.meetings.services.measures import measures as counted_in
from plugins.meetings.services.overview import calendar_entries
from plugins.meetings.services.overview import events as events_of
from plugins.meetings.services.searching import hits
from plugins.meetings.services.waiting import waiting as what_waits
from plugins.meetings.told import NOTIFICATIONS
from plugins.meetings.views import bp

COMING_SHOWN = 3

plugin = Plugin(
    name="meetings",
    title=_l("Meetings"),
    summary=_l("Agendas, minutes and decisions in every language, and actions that get done."),
    audience=_l(
        "Members of the network; a restricted item only those who are named or were in the room."
    ),
    icon="users",
    version="1.0",
    blueprint=bp,
    permissions=PERMISSIONS,
    settings_form=SettingsForm,
    exports=(DECISIONS, ATTENDED),
    notifications=NOTIFICATIONS,
)


@hookimpl
def navigation(viewer: Viewer) -> Iterable[NavItem]:
    """The list of meetings."""
    if viewer.may(Permission.SEE):
        yield NavItem(_("Meetings"), url_for("meetings.index"), "users", 20)


@hookimpl
def dashboard(viewer: Viewer) -> Iterable[Card | Shortcut]:
    """The next meetings, and what can be begun; one query."""
    if not viewer.may(Permission.SEE):
        return
    if viewer.may(Permission.CONVENE):
        yield Shortcut(_("Prepare a meeting"), url_for("meetings.new"), "calendar-plus", 30)
    elif viewer.may(Permission.TAKE_PART):
        yield Shortcut(_("Propose an item"), url_for("meetings.propose_form"), "message-plus", 30)
    lines = coming(viewer, COMING_SHOWN)
    if lines:
        yield Card(
            _("Next meetings"),
            "meetings/card_coming.html",
            {"lines": lines, "base": url_for("meetings.index")},
            order=8,
            link=Link(_("All meetings"), url_for("meetings.index")),
        )


@hookimpl
def calendar(viewer: Viewer, start: datetime, end: datetime) -> Iterator[CalendarEntry]:
    """Meetings, as the viewer may see them."""
    return calendar_entries(viewer, start, end, url_for("meetings.index"))


@hookimpl
def waiting(viewer: Viewer) -> Iterator[Waiting]:
    """Minutes that are not circulated or not approved, and meetings to prepare and to convene; one query."""
    return what_waits(viewer, today(), url_for("meetings.index"))


@hookimpl
def configure_app(app: Flask) -> None:
    """Let every record of every plugin be put on an agenda."""
    register_panel(40, put_on_agenda)


def put_on_agenda(ref: Ref, viewer: Viewer) -> Panel | None:
    """The panel "Put on an agenda" below a record of another plugin; it asks nothing of the database."""
    if ref.plugin == plugin.name or not viewer.may(Permission.TAKE_PART):
        return None
    url = url_for("meetings.propose_form", plugin=ref.plugin, kind=ref.kind, id=ref.id)
    return Panel(_("Meetings"), "meetings/panel.html", {"url": url}, order=40)


@hookimpl
def events(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, CalendarEntry]:
    """Meetings with their agenda as text, for invitations; of restricted items nothing."""
    base = site_url("meetings.index", city_slug=current_city().slug)
    return events_of(refs, viewer, base)


@hookimpl
def measures(city: City, periods: Sequence[Period]) -> Iterator[Sequence[Measure]]:
    """Meetings held, seats filled, decisions, actions and proposals."""
    return counted_in(periods)


@hookimpl
def describe(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
    """Titles of what is open to the viewer; a restricted item is nothing to anybody else."""
    return {
        ref: Link(told.title.text, _address(ref, told.meeting_id, told.item_id), told.title.language,
                  told.restricted)
        for ref, told in described(refs, viewer).items()
    }  # fmt: skip


def _address(ref: Ref, meeting_id: str, item_id: str) -> str:
    if item_id:
        anchor = {"decision": "#decisions", "note": "#notes"}.get(ref.kind, "")
        return url_for("meetings.item", item_id=item_id) + anchor
    if ref.kind == "proposal":
        return url_for("meetings.proposal", proposal_id=ref.id)
    return url_for("meetings.detail", meeting_id=meeting_id)


@hookimpl
def answered(ref: Ref) -> None:
    """Remind whoever is coming and no longer who is not, and invite the substitutes of those."""
    answers_changed(ref.id)


@hookimpl
def translatable(refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
    """Titles, notes and decisions."""
    return translating.translatable(refs, viewer)


@hookimpl
def text_translated(
    ref: Ref, language: str, texts: Mapping[str, str], state: str, viewer: Viewer | None
) -> None:
    """Keep the copy that pages and lists read."""
    translating.note_translation(ref, language, texts, state)


@hookimpl
def search(viewer: Viewer, query: Query) -> Iterable[Hit]:
    """Items and decisions that match, as far as they are open to the viewer."""
    if viewer.may(Permission.SEE):
        yield from hits(viewer, query, url_for("meetings.index"))


@hookimpl
def searchable(city: City) -> Iterator[Searchable]:
    """Every item and decision."""
    return all_searchable()


@hookimpl
def seed_demo(city: City) -> None:
    """Meetings of an invented city."""
    from plugins.meetings.demo import seed

    seed(city)
