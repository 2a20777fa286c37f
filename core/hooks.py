"""Every hook that a plugin can implement. No hook can grant access: each adds to what a reader may see anyway.

A hook is called for a city only if the plugin is on there. A reading hook that raises is rolled back, logged and
left out of the page; the rest of the page stands.
"""

# mypy: disable-error-code="empty-body"
# A specification has no body: pluggy reads its name, its arguments and its annotations.

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import pluggy
from flask import Flask

from core.values import (
    CalendarEntry,
    Card,
    Hit,
    Link,
    Measure,
    NavItem,
    Period,
    Ref,
    Searchable,
    Shortcut,
    Translatable,
    Viewer,
    Waiting,
)

if TYPE_CHECKING:
    from core.cities.models import City
    from core.search.query import Query

PROJECT = "maillage"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class HookSpecs:
    """The specifications, in the order in which the manual explains them."""

    @hookspec
    def configure_app(self, app: Flask) -> None:
        """Called once at start; the only way to change the application itself."""

    @hookspec
    def plugin_enabled(self, city: "City") -> None:
        """Called on the plugin alone when ``city`` switches it on, inside the same transaction."""

    @hookspec
    def plugin_disabled(self, city: "City") -> None:
        """Called on the plugin alone when ``city`` switches it off; its records stay."""

    @hookspec
    def navigation(self, viewer: Viewer) -> Iterable[NavItem]:
        """Entries of the side navigation."""

    @hookspec
    def dashboard(self, viewer: Viewer) -> Iterable[Card | Shortcut]:
        """Cards of the home page, and what can be started from it."""

    @hookspec
    def calendar(self, viewer: Viewer, start: datetime, end: datetime) -> Iterable[CalendarEntry]:
        """What happens from ``start`` up to and without ``end`` (moments in UTC), as this viewer may see it.

        What the viewer may know only as taken time is given with ``busy_only`` and without title or place.
        """

    @hookspec
    def waiting(self, viewer: Viewer) -> Iterable[Waiting]:
        """What waits for an organisation, of what this viewer may see, the longest first; a hundred at most.

        Asked for the page of those who keep the network, and for their handover.
        """

    @hookspec
    def measures(self, city: "City", periods: Sequence[Period]) -> Iterable[Sequence[Measure]]:
        """For each of ``periods``, in their order, what the plugin can count in it, as it is to be read.

        The same for every reader, so of what every member may see alone; a handful of queries for all periods together,
        however much there is. The periods do not overlap.
        """

    @hookspec
    def describe(self, refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Link]:
        """Title and address of the plugin's own records; what is absent may not be seen by this viewer.

        Sent to the owner of the refs alone, all refs of a page at once. Attachments are open to exactly those
        who get an answer here.
        """

    @hookspec
    def events(self, refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, CalendarEntry]:
        """The plugin's own records as entries of calendars, as this viewer may see them.

        Sent to the owner of the refs alone, all refs of a page at once; by it people are invited to a record. What
        the viewer may not read is given with ``busy_only``: its time, ``uid``, ``sequence`` and ``status``, and
        neither title nor place. What is absent is no more, and whoever was invited to it is told so. The ``url`` is a
        whole address, made by ``site_url``: it goes into mails, and the worker asks as well, outside any request.
        """

    @hookspec
    def translatable(self, refs: Sequence[Ref], viewer: Viewer) -> Mapping[Ref, Translatable]:
        """Which texts of the plugin's own records can be translated; what is absent may not be seen by this viewer."""

    @hookspec
    def answered(self, ref: Ref) -> None:
        """Who comes to the plugin's own record has changed: an answer was given or taken back; same transaction.

        The place to let reminders follow: :func:`core.api.accepted_members` says who is coming now.
        """

    @hookspec
    def text_translated(
        self,
        ref: Ref,
        language: str,
        texts: Mapping[str, str],
        state: str,
        viewer: Viewer | None,
    ) -> None:
        """The texts of the plugin's own record in ``language`` have changed, or how they stand; same transaction.

        ``state`` is ``translated``, ``approved``, ``outdated``, or ``missing`` once the translation is gone. The
        plugin keeps a copy for its lists and its search. ``viewer`` is who did it, None for the system itself.
        """

    @hookspec
    def search(self, viewer: Viewer, query: "Query") -> Iterable[Hit]:
        """What the viewer may see of the plugin's own records that match, the best first.

        ``query.best`` finds them, given the viewer's own condition as a SELECT of identifiers: it is part of the same
        statement, so that neither order nor number depends on what the viewer may not see.
        """

    @hookspec
    def searchable(self, city: "City") -> Iterable[Searchable]:
        """Every record of the plugin that can be found, whoever may see it: the index is made anew from it.

        Read it in parts: what was given is written, and committed, before more is asked for.
        """

    @hookspec
    def run_daily(self, city: "City", today: date) -> None:
        """Once a day in each city, ``today`` being the city's date; safe to run twice."""

    @hookspec
    def seed_demo(self, city: "City") -> None:
        """The plugin's part of the demo of an invented city."""
