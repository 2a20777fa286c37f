"""A real browser: the system's Chromium, driven by Playwright, that notices what goes wrong.

::

    def test_front_page(open_page, site):
        page = open_page(phone=True, dark=True, language="ar")
        page.goto(site.url + "/")
        assert_clean(page)
        assert_accessible(page)
        screenshot(page, "front-page")

Every page comes in a context of its own, so that no cookie of one test reaches another. The browser
resolves no name but those of this machine: a page that asks another host for something gets an
error, and :func:`assert_clean` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pytest

from core.testing.system import find_chromium, lacking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "build" / "pictures"
DESKTOP = (1280, 800)
PHONE = (320, 640)
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
# The sandbox wants rights that root in a container does not have, and the pages are our own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
)
# Runs before the scripts of each page, outside its content policy.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
    window.maillageViolation(`${event.effectiveDirective} stopped ${event.blockedURI || "inline"}`
        + ` at ${event.sourceFile || document.URL}:${event.lineNumber}`));
"""
# What WCAG 2.2 AA asks, and axe's own advice beside it.
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@dataclass
class Watch:
    """What went wrong in the pages of one context, in the order in which it did."""

    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything, after a step that is meant to go wrong."""
        for notes in self._all().values():
            notes.clear()

    def complaints(self) -> list[str]:
        """One line for each thing that went wrong."""
        return [f"{kind}: {note}" for kind, notes in self._all().items() for note in notes]

    def _all(self) -> dict[str, list[str]]:
        return {
            "console": self.console,
            "script error": self.errors,
            "content policy": self.violations,
            "request to another host": self.foreign_requests,
            "failed request": self.failed_requests,
        }


_watches: dict[int, Watch] = {}


def watch_of(page: Page) -> Watch:
    """What was noticed in the context of ``page``."""
    return _watches[id(page.context)]


def assert_clean(page: Page) -> None:
    """Nothing on the console, no script error, no policy violation, no request to another host.

    Waits until the network is quiet. Raises ``AssertionError`` with every complaint and forgets
    them, so that each page answers for itself.
    """
    page.wait_for_load_state("networkidle")
    watch = watch_of(page)
    complaints = watch.complaints()
    watch.clear()
    assert not complaints, f"{page.url}:\n  " + "\n  ".join(complaints)


def unfold(page: Page, within: str = "main") -> None:
    """Open whatever is folded in ``within``, by the keyboard: what is fetched meanwhile may move a thing away from
    under the mouse, between the press of its button and the release.
    """
    folded = page.locator(f"{within} details.m-more:not([open]) > summary")
    while folded.count():
        folded.first.press("Enter")


# -- axe -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Violation:
    """A rule of axe that a page breaks, and where."""

    rule: str
    impact: str
    help: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        places = "\n    ".join(self.places)
        return f"{self.rule} ({self.impact}): {self.help}\n    {places}"


@cache
def _axe_source() -> str:
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        lacking("axe-core is not there (make front installs it)")
    return path.read_text(encoding="utf-8")


def axe(
    page: Page, *, tags: Sequence[str] = AXE_TAGS, within: str | None = None
) -> list[Violation]:
    """Run axe over ``page``, or over the part of it that the selector ``within`` names.

    The script is evaluated from outside, which the content policy does not stop.
    """
    session = page.context.new_cdp_session(page)
    try:
        session.send("Runtime.evaluate", {"expression": _axe_source()})
    finally:
        session.detach()
    found: dict[str, Any] = page.evaluate(
        """async ([within, tags]) => await axe.run(within || document,
            {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]})""",
        [within, list(tags)],
    )
    return [
        Violation(
            rule=violation["id"],
            impact=violation["impact"] or "",
            help=violation["help"],
            places=tuple(
                " ".join(map(str, node["target"]))
                + " "
                + node["html"][:160]
                + " "
                + _single_line(node.get("failureSummary") or "")
                for node in violation["nodes"]
            ),
        )
        for violation in found["violations"]
    ]


def _single_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:300]


def assert_accessible(page: Page, *, tags: Sequence[str] = AXE_TAGS) -> None:
    """axe finds nothing on ``page``. Raises ``AssertionError`` with every violation and its place."""
    violations = axe(page, tags=tags)
    assert not violations, f"{page.url}:\n  " + "\n  ".join(map(str, violations))


def assert_fits(page: Page) -> None:
    """The page does not scroll sideways. Raises ``AssertionError`` with what sticks out."""
    wider: dict[str, Any] = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            const sticksOut = [...document.body.querySelectorAll("*")].filter((element) => {
                const box = element.getBoundingClientRect();
                return box.width > 0 && (box.right > room + 1 || box.left < -1);
            });
            return {
                by: document.documentElement.scrollWidth - room,
                what: sticksOut.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)),
            };
        }"""
    )
    assert wider["by"] <= 0, f"{page.url} is {wider['by']} px too wide: {wider['what']}"


# -- Pictures --------------------------------------------------------------------------------------


def screenshot(page: Page, name: str, *, whole: bool = True) -> Path:
    """Keep a picture of ``page`` as ``build/pictures/NAME.png``; its path."""
    path = PICTURES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=whole, animations="disabled", caret="hide")
    return path


# -- Fixtures --------------------------------------------------------------------------------------


class OpenPage(Protocol):
    """What the fixture ``open_page`` gives."""

    def __call__(
        self,
        *,
        phone: bool = ...,
        dark: bool = ...,
        language: str = ...,
        width: int | None = ...,
        storage_state: Any = ...,
        scripts: bool = ...,
    ) -> Page:
        """Open an empty page in a new context."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole session of a worker; the test is skipped where there is none."""
    program = find_chromium()
    if program is None:
        lacking("There is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, headless=True, args=list(FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Call it for an empty page in a new, watched context.

    ``phone`` and ``dark`` choose size and colours, ``width`` another size; ``language`` is what the
    browser asks for; ``scripts=False`` is a browser without JavaScript; ``storage_state`` is what
    ``page.context.storage_state()`` gave after signing in, so that not every test signs in anew.
    """
    contexts: list[BrowserContext] = []

    def open_one(
        *,
        phone: bool = False,
        dark: bool = False,
        language: str = "en",
        width: int | None = None,
        storage_state: Any = None,
        scripts: bool = True,
    ) -> Page:
        size = PHONE if phone else DESKTOP
        context = chromium.new_context(
            viewport={"width": width or size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            locale=language,
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce",
            storage_state=storage_state,
            java_script_enabled=scripts,
            timezone_id="Europe/Skopje",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        _attach(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        _watches.pop(id(context), None)
        context.close()


def _attach(context: BrowserContext) -> None:
    watch = Watch()
    _watches[id(context)] = watch

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            watch.console.append(f"{message.text} ({message.location.get('url', '')})")

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.hostname not in HERE:
            watch.foreign_requests.append(request.url)

    def on_failure(request: Request) -> None:
        # A click that leaves the page aborts what was still under way; that is no fault.
        if request.failure and "ERR_ABORTED" not in request.failure:
            watch.failed_requests.append(f"{request.url} ({request.failure})")

    def on_error(error: WebError) -> None:
        watch.errors.append(str(error.error))

    context.on("console", on_console)
    context.on("request", on_request)
    context.on("requestfailed", on_failure)
    context.on("weberror", on_error)
    context.expose_binding(
        "maillageViolation", lambda _source, text: watch.violations.append(str(text))
    )
    context.add_init_script(REPORT_VIOLATIONS)
