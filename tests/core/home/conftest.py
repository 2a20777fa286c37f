"""A small plugin that shows up everywhere a plugin can: a page, a card, an action, calendar entries."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Blueprint, Flask

from core.hooks import hookimpl
from core.permissions import member_only
from core.registry import Plugin, plugin_registry
from core.testing.app import World
from core.values import CalendarEntry, Card, NavItem, Shortcut, Viewer

bp = Blueprint("probe", __name__)


@bp.get("/")
@member_only
def index() -> str:
    return "probe page"


def entry(uid: str, start: datetime, **facts: object) -> CalendarEntry:
    end = start + timedelta(hours=2)
    known = {
        "uid": uid, "sequence": 0, "kind": "probe", "title": f"Event {uid}", "status": "planned",
        "zone": "Europe/Skopje", "start": start, "end": end,
        "wall_start": start.replace(tzinfo=None), "wall_end": None, "updated": start,
        "place": "Town hall", "url": "/alva/probe/",
    }  # fmt: skip
    return CalendarEntry(**(known | facts))  # type: ignore[arg-type]


class Probe:
    """What the hooks of the plugin give; a test may change the lists."""

    def __init__(self) -> None:
        self.entries: list[CalendarEntry] = []
        self.items: list[object] = [
            Shortcut("Start probing", "/alva/probe/new", "plus"),
            Card("Probe card", "probe_card.html", {"text": "on the card"}, wide=True),
        ]
        self.viewers: list[Viewer] = []
        self.broken = False

    @hookimpl
    def navigation(self, viewer: Viewer) -> list[NavItem]:
        return [NavItem("Probing", "/alva/probe/", "flag")]

    @hookimpl
    def dashboard(self, viewer: Viewer) -> list[object]:
        return self.items

    @hookimpl
    def calendar(self, viewer: Viewer, start: datetime, end: datetime) -> Iterator[CalendarEntry]:
        if self.broken:
            raise RuntimeError("broken")
        self.viewers.append(viewer)
        for one in self.entries:
            if one.start < end and (one.start >= start or (one.end or one.start) > start):
                yield one

    @hookimpl
    def plugin_disabled(self, city: object) -> None:
        if self.broken:
            raise RuntimeError("broken")


@pytest.fixture
def probe(app: Flask) -> Probe:
    """The plugin's hooks, registered on this test's application."""
    from jinja2 import ChoiceLoader, DictLoader

    found = Probe()
    registry = plugin_registry(app)
    registry.manager.register(found, name="probe")
    registry.plugins["probe"] = Plugin("probe", "Probe", "Shows up everywhere", blueprint=bp)
    app.register_blueprint(bp, url_prefix="/<city_slug>/probe")
    cards = DictLoader({"probe_card.html": "<p>{{ text }}</p>", "broken.html": "{{ 1 / 0 }}"})
    app.jinja_env.loader = ChoiceLoader([cards, app.jinja_env.loader])  # type: ignore[list-item]
    return found


@pytest.fixture
def world(world: World, probe: Probe) -> World:
    """The usual world, with the probe on in both cities."""
    world.switch_on("probe")
    return world


@pytest.fixture
def soon() -> datetime:
    """Tomorrow at this hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def make_entry(soon: datetime) -> Callable[..., CalendarEntry]:
    """Makes a calendar entry of tomorrow."""

    def make(uid: str, start: datetime | None = None, **facts: object) -> CalendarEntry:
        return entry(uid, start or soon, **facts)

    return make
