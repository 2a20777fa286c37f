"""What features add below any subject, whichever plugin owns it: its actions, who is invited to it.

A feature registers a function that makes its panel, and a plugin's page draws all of them by one word,
``{{ subject_panels(ref) }}``: neither needs to know of the other.
"""

from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, get_template_attribute

from core.values import Ref, Viewer


@dataclass(frozen=True, slots=True)
class Panel:
    """A sheet below a subject: its title, a template, and what that template needs. Lower ``order`` comes first."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    order: int = 50


MakePanel = Callable[[Ref, Viewer], Panel | None]
_makers: list[tuple[int, str, MakePanel]] = []


def register_panel(order: int, make: MakePanel) -> None:
    """Let ``make`` add its panel to every subject; it answers None where it has nothing to show.

    Registering it again, as a second application in one process does, changes nothing.
    """
    name = f"{make.__module__}.{make.__qualname__}"
    if all(known != name for _order, known, _make in _makers):
        insort(_makers, (order, name, make), key=lambda one: one[:2])


def subject_panels(ref: Ref) -> Any:
    """The panels below the subject ``ref``, drawn for whoever reads the page. They may see the subject already."""
    from core.web import viewer

    who = viewer()
    found = [panel for _order, _name, make in _makers if (panel := make(ref, who)) is not None]
    return get_template_attribute("parts/panels.html", "panels")(found)


def init_panels(app: Flask) -> None:
    """Let every template draw the panels of a subject."""
    app.jinja_env.globals["subject_panels"] = subject_panels
